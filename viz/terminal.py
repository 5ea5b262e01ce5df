"""Graphs and steps in the terminal, printed with rich.

`table` shows every node with its operation, value, local derivatives and gradient; `explain` shows
the forward and the backward pass step by step. Both are rows of cells: in columns where the window
is wide enough for that, else as one small block a row. Piped, both are plain text.

The widths are measured once over all rows; then the rows are written a few hundred at a time, each
cell as it is unless it is too wide for its column. (rich's own tables ask every cell anew, which
takes seconds where a graph has thousands of nodes.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.text import Text

from autograd.engine import Value
from autograd.graph import as_roots, topological_order
from autograd.graph_formulas import factor, operation_text, stale_nodes
from autograd.numbers import format_number, format_product
from viz.names import MOST_NAMES, shown_names
from viz.stepping import Backward, Forward, steps

#: A window of fewer columns gets blocks.
NARROW = 60
INDENT = 2
#: Spaces between columns; where the rows are too wide for that, one.
GAP = 2
#: How many rows are written at a time.
BATCH = 500


class Column(NamedTuple):
    """One column of a table: its heading, its style, and whether its cells are numbers."""

    heading: str
    style: str = ""
    is_number: bool = False
    is_title: bool = False


NUMBER = Column("", "dim", is_number=True, is_title=True)
NODE = Column("node", "bold cyan", is_title=True)
VALUE = Column("value", is_number=True)
GRADIENT = Column("gradient", "green", is_number=True)


def table(root: Value | Iterable[Value], *, console: Console | None = None) -> None:
    """Print every node of the graph: name, operation, value, local derivatives, gradient.

    A gradient is "–" where no backward pass has been. Values and local derivatives are those of
    the forward pass: if data was assigned since, a line at the end says what no longer follows
    from its operands.

    Args:
        root: the result of an expression, or several.
        console: where to print; the terminal if not given.
    """
    console = console or Console(highlight=False)
    roots = as_roots(root)
    order = topological_order(roots)
    names = shown_names(order, roots)
    not_yet = "–" if has_unicode(console) else "-"
    d = partial(console)
    rows = []
    for node in order:
        local = [
            f"{d}{names[node]}/{d}{names[parent]} = {format_number(derivative)}"
            for parent, derivative in zip(node.parents, node.local_derivatives, strict=True)
        ]
        rows.append(
            [
                names[node],
                operation_text(node, names) if node.op else "input",
                format_number(node.data),
                "\n".join(local),
                format_product(node.grad) if node.has_grad else not_yet,
            ]
        )
    columns = [NODE, Column("operation"), VALUE, Column("local derivatives"), GRADIENT]
    print_rows(console, columns, rows)
    if stale := stale_nodes(order):
        console.print(Text(staleness([names[node] for node in stale]), "red"))


def staleness(names: list[str]) -> str:
    """What is to be known of nodes whose operands' data, or own data, was assigned later."""
    shown = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
    return f"Data was assigned after {shown} was computed: build the expression again"


def explain(root: Value, *, seed: float = 1.0, console: Console | None = None) -> None:
    """Print the forward and the backward pass over the graph, step by step.

    Args:
        root: the result of an expression. Its nodes are left as they are: `backward` need not
            have run, and is not run.
        seed: the gradient to start the backward pass with.
        console: where to print; the terminal if not given.

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if data was assigned after the expression was built.
    """
    console = console or Console(highlight=False)
    d = partial(console)
    forward, backward = [], []
    for number, step in enumerate(steps(root, seed), 1):
        if isinstance(step, Forward):
            forward.append([str(number), *forward_cells(step)])
        else:
            backward.append([str(number), *backward_cells(step, d)])
    console.print(Text("Forward pass: each value from its operands", "bold"))
    columns = [NUMBER, NODE, Column("computed as"), Column("with numbers"), VALUE]
    print_rows(console, columns, forward)
    console.print()
    console.print(Text("Backward pass: each edge sends upstream * local derivative", "bold"))
    columns = [
        NUMBER,
        NODE._replace(heading="adds to"),
        Column("chain rule"),
        Column("local"),
        Column("with numbers"),
        GRADIENT,
    ]
    print_rows(console, columns, backward)


def forward_cells(step: Forward) -> list[str]:
    """A forward step: the node, symbols, the same with numbers, the value."""
    return [step.name, step.symbols or "given", step.numbers, format_number(step.value)]


def backward_cells(step: Backward, d: str) -> list[str]:
    """A backward step: the chain rule with symbols, with numbers, and the running gradient.

    `d` is what a local derivative is written with.
    """
    if step.source is None:
        rule, numbers = "the seed", ""
    else:
        rule = f"d{step.root_name}/d{step.source_name} * {d}{step.source_name}/{d}{step.name}"
        numbers = (
            f"{factor(step.upstream)} * {factor(step.local_derivative)}"
            f" = {format_product(step.contribution)}"
        )
    target = f"d{step.root_name}/d{step.name}"
    return [target, rule, step.symbols, numbers, format_product(step.gradient)]


def has_unicode(console: Console) -> bool:
    """Whether the terminal can show every character."""
    return "utf" in console.encoding.lower()


def partial(console: Console) -> str:
    """What local derivatives are written with: "∂", where the terminal can show it."""
    return "∂" if has_unicode(console) else "d"


# ---- rows on the screen -------------------------------------------------------------------------

Line = list[Segment]


def print_rows(console: Console, columns: list[Column], rows: list[list[str]]) -> None:
    """Print rows in columns, or as blocks where a number or a name would be broken by the edge."""
    layout = fitted(columns, rows, console.width) if console.width >= NARROW else None
    if layout is None:
        print_lines(console, [block(console, columns, row) for row in rows])
        return
    headings = [(Style(bold=True), column.heading) for column in columns]
    rule = "─" if has_unicode(console) else "-"
    title = [*in_columns(console, columns, headings, layout), [Segment(rule * layout.total)]]
    styles = [console.get_style(column.style) for column in columns]
    body = (
        in_columns(console, columns, list(zip(styles, row, strict=True)), layout) for row in rows
    )
    print_lines(console, [title])
    print_lines(console, body)


def print_lines(console: Console, rows: Iterable[Iterable[Line]]) -> None:
    """Print the lines of some rows, a batch at a time."""
    batch: list[Segment] = []
    for number, lines in enumerate(rows, 1):
        for line in lines:
            batch += line
            batch.append(Segment.line())
        if number % BATCH == 0:
            console.print(Segments(batch), crop=False)
            batch = []
    if batch:
        console.print(Segments(batch), crop=False)


class Layout(NamedTuple):
    """How wide each column is, and how many spaces stand between two."""

    widths: list[int]
    gap: int

    @property
    def total(self) -> int:
        """The width of a whole line."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1)


def fitted(columns: list[Column], rows: list[list[str]], width: int) -> Layout | None:
    """Columns that hold their cells, wrapped between words where the window is too narrow for all
    on one line; None if that would still break a word or a number."""
    widths, leasts = [], []
    for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
        lines = {line for cell in {column.heading, *cells} for line in cell.split("\n")}
        words = lines if column.is_number else {word for line in lines for word in line.split()}
        widths.append(max(map(cell_len, lines)))
        leasts.append(max(map(cell_len, words), default=0))
    wide = Layout(widths, GAP)
    if wide.total <= width:
        return wide
    narrow = Layout(widths, 1)
    if Layout(leasts, 1).total > width:
        return None
    while narrow.total > width:  # the widest column that can give way does
        giving = [i for i, least in enumerate(leasts) if widths[i] > least]
        widths[max(giving, key=lambda i: widths[i])] -= 1
    return narrow


def in_columns(
    console: Console, columns: list[Column], cells: list[tuple[Style, str]], layout: Layout
) -> Iterator[Line]:
    """The lines of one row: its cells beside each other."""
    parts = [
        wrapped(console, cell, width) for (_, cell), width in zip(cells, layout.widths, strict=True)
    ]
    for texts in zip_longest(*parts, fillvalue=""):
        line: Line = []
        space = ""  # what stands before the next text
        for column, (style, _), text, width in zip(
            columns, cells, texts, layout.widths, strict=True
        ):
            missing = " " * (width - cell_len(text))
            before, after = (missing, "") if column.is_number else ("", missing)
            if text:
                line += (Segment(space + before), Segment(text, style))
                space = after + " " * layout.gap
            else:
                space += missing + " " * layout.gap
        yield line


def block(console: Console, columns: list[Column], row: list[str]) -> Iterator[Line]:
    """A row as a line of its titles, and below it a line or more for each other cell."""
    cells = [(c, console.get_style(c.style), cell) for c, cell in zip(columns, row, strict=True)]
    titles = [(style, cell) for column, style, cell in cells if column.is_title]
    if cell_len(" ".join([cell for _, cell in titles])) <= console.width:
        line = [part for style, cell in titles for part in (Segment(" "), Segment(cell, style))]
        yield line[1:]
    else:
        for style, cell in titles:
            yield from indented(console, cell, style, 0)
    for column, style, cell in cells:
        if column.is_title or not cell:
            continue
        heading = Segment(f"{column.heading}:", console.get_style("dim"))
        margin = Segment(" " * INDENT)
        one_line = f"{column.heading}: {cell}"
        if "\n" in cell or cell_len(one_line) + INDENT > console.width:
            yield [margin, heading]
            yield from indented(console, cell, style, 2)
        else:
            yield [margin, heading, Segment(" "), Segment(cell, style)]


def indented(console: Console, text: str, style: Style, levels: int) -> Iterator[Line]:
    """Text with all its lines moved to the right."""
    margin = " " * (INDENT * levels)
    for line in wrapped(console, text, max(console.width - len(margin), 1)):
        yield [Segment(margin), Segment(line, style)]


def wrapped(console: Console, text: str, width: int) -> list[str]:
    """The lines of a text, those that are too long wrapped between words."""
    if "\n" not in text and cell_len(text) <= width:
        return [text]
    return [line.plain for line in Text(text).wrap(console, width)]

"""Graphs and steps in the terminal, printed with rich.

`table` shows every node with its operation, value, local derivatives and gradient; `explain` shows
the forward and the backward pass step by step. Both are rows of cells: in columns where the window
is wide enough for that, else as one small block a row. Piped, both are plain text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograd.engine import Value
from autograd.graph import topological_order
from autograd.graph_formulas import factor, operation_text
from autograd.numbers import format_number
from viz.names import shown_names
from viz.stepping import Backward, Forward, steps

#: A window of fewer columns gets blocks.
NARROW = 60
INDENT = 2


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

    A gradient is "–" where no backward pass has been.

    Args:
        root: the result of an expression, or several.
        console: where to print; the terminal if not given.
    """
    console = console or Console(highlight=False)
    order = topological_order(root)
    names = shown_names(order)
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
                format_number(node.grad) if node.has_grad else not_yet,
            ]
        )
    columns = [NODE, Column("operation"), VALUE, Column("local derivatives"), GRADIENT]
    print_rows(console, columns, rows)


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
            f" = {format_number(step.contribution)}"
        )
    target = f"d{step.root_name}/d{step.name}"
    return [target, rule, step.symbols, numbers, format_number(step.gradient)]


def has_unicode(console: Console) -> bool:
    """Whether the terminal can show every character."""
    return "utf" in console.encoding.lower()


def partial(console: Console) -> str:
    """What local derivatives are written with: "∂", where the terminal can show it."""
    return "∂" if has_unicode(console) else "d"


def print_rows(console: Console, columns: list[Column], rows: list[list[str]]) -> None:
    """Print rows in columns, or as blocks where a number or a name would be broken by the edge."""
    # Measured in a window of any width: in this one, rich would break words to make it fit.
    boundless = console.options.update(max_width=1_000_000)
    grid = new_table(columns, rows)
    if console.measure(grid, options=boundless).maximum > console.width:
        grid.padding = (0, 0, 0, 0)
    least = console.measure(grid, options=boundless).minimum
    if console.width >= NARROW and least <= console.width:
        console.print(grid)
    else:
        print_blocks(console, columns, rows)


def print_blocks(console: Console, columns: list[Column], rows: list[list[str]]) -> None:
    """Print each row as a line of its titles, and below it a line or more for each other cell."""
    for row in rows:
        cells = list(zip(columns, row, strict=True))
        titles = [Text(cell, column.style) for column, cell in cells if column.is_title]
        console.print(Text(" ").join(titles))
        for column, cell in cells:
            if column.is_title or not cell:
                continue
            heading = Text(f"{column.heading}:", "dim")
            item = Text(" ").join([heading, Text(cell, column.style)])
            if "\n" in cell or item.cell_len + INDENT > console.width:
                console.print(indented(heading, 1))
                console.print(indented(Text(cell, column.style), 2))
            else:
                console.print(indented(item, 1))


def indented(item: Text, levels: int) -> Padding:
    """Text with all its lines moved to the right."""
    return Padding(item, (0, 0, 0, INDENT * levels), expand=False)


def new_table(columns: list[Column], rows: list[list[str]]) -> Table:
    """A table that wraps text between words, and numbers not at all."""
    grid = Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold"
    )
    for column in columns:
        grid.add_column(
            column.heading,
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*(Text(cell, column.style) for column, cell in zip(columns, row, strict=True)))
    return grid

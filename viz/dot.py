"""Pictures of graphs: a Value's graph as DOT text that draws itself.

Values are boxes with a name, a value and a gradient; operations are small circles between them;
the arrows into an operation carry its local derivatives. Colours tell inputs, parameters and the
output apart.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from pathlib import Path

import graphviz

from autograd.engine import Value
from autograd.graph import as_roots, node_names, topological_order
from autograd.numbers import format_number
from autograd.registry import entry
from viz.files import write_file
from viz.render import DPI, FORMATS, TIME_LIMIT, render

#: (fill, border) of a box, by the part that the node plays. Told apart without colours too: leaves
#: have no arrow into them, the output none out of it.
COLOURS = {
    "input": ("#dbeafe", "#1d4ed8"),
    "parameter": ("#fef3c7", "#b45309"),
    "output": ("#dcfce7", "#15803d"),
    "inner": ("#ffffff", "#64748b"),
}
OPERATION_COLOURS = ("#1e293b", "#ffffff")  # fill, text
EDGE_COLOUR = "#475569"
QUIET_TEXT = "#64748b"
FONT = "DejaVu Sans,Verdana,sans-serif"
LONGEST_LABEL = 40

NOT_YET = "–"  # what stands for a gradient before any backward pass

DIRECTIONS = ("LR", "RL", "TB", "BT")


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz ships no types
    """A graph as DOT text (`.source`) that draws itself, with or without a `dot` program.

    It shows itself in a notebook. `pipe` gives the picture's bytes, `render` writes it to a file.
    """

    def pipe(
        self,
        format: str | None = None,
        *,
        encoding: str | None = None,
        dpi: int = DPI,
        timeout: float = TIME_LIMIT,
        **_: object,
    ) -> bytes | str:
        """The picture in a format ("svg", "png", "pdf"); as text if an encoding is given.

        Raises:
            ValueError: for another format.
            TimeoutError: if the layout takes longer than `timeout` seconds.
            RuntimeError: if nothing on this machine can draw, or Graphviz fails.
        """
        picture = render(self.source, format or self.format, dpi=dpi, timeout=timeout)
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike[str] | None = None,
        dpi: int = DPI,
        **_: object,
    ) -> str:
        """Draw into a file and return its path, as `graphviz.Digraph.render` does.

        With `outfile="f.png"` that file alone is written. With `filename="f"` the DOT text goes to
        `f` (unless `cleanup`) and the picture to `f.svg`, or what the format is.

        Raises:
            FileNotFoundError, PermissionError: if the file cannot be written.
            ValueError, TimeoutError, RuntimeError: as `pipe`.
        """
        if outfile is not None:
            target = Path(directory or "", outfile)
            format = format or target.suffix.lstrip(".").lower() or self.format
        else:
            source = Path(directory or self.directory, filename or self.filename)
            format = format or self.format
            target = source.with_name(f"{source.name}.{format}")
            if not cleanup:
                write_file(source, self.source)
        write_file(target, self.pipe(format, dpi=dpi))
        if view:
            self._view(str(target), format=format, quiet=False)
        return str(target)


def draw_dot(
    root: Value | Iterable[Value],
    format: str = "svg",
    rankdir: str = "LR",
    *,
    parameters: Iterable[str | Value] = (),
) -> Picture:
    """The picture of a graph, ready to be shown, saved or looked into.

    Args:
        root: the result whose graph is drawn, or several results.
        format: "svg", "png" or "pdf": what `render` and `pipe` draw unless told otherwise.
        rankdir: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".
        parameters: leaves to colour as parameters, by label or as Values; leaves with a scope are
            parameters anyway.

    Gradients are those that `backward` has left in the nodes; where it has not been, there is "–".

    >>> from autograd import Value
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> picture = draw_dot(x * y)
    >>> print(picture.source[:9])
    digraph {

    Raises:
        TypeError: if the root is not a Value, or a list of them.
        ValueError: for an unknown format or direction, or a parameter that is not in the graph.
    """
    if format not in FORMATS:
        raise ValueError(f"expected a format among {', '.join(FORMATS)}, not {format!r}")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"expected a rankdir among {', '.join(DIRECTIONS)}, not {rankdir!r}")
    roots = as_roots(root)
    order = topological_order(roots)
    names = node_names(order)
    parts = parts_played(order, roots, set_of_parameters(order, parameters))
    picture = Picture(
        format=format,
        graph_attr={
            "rankdir": rankdir,
            "bgcolor": "white",
            "fontname": FONT,
            "nodesep": "0.3",
            "ranksep": "0.35",
            "pad": "0.2",
        },
        node_attr={"fontname": FONT, "fontsize": "11", "shape": "plain"},
        edge_attr={
            "fontname": FONT,
            "fontsize": "9",
            "color": EDGE_COLOUR,
            "fontcolor": QUIET_TEXT,
            "arrowsize": "0.7",
        },
    )
    number = {node: index for index, node in enumerate(order)}
    for node in order:
        here = f"n{number[node]}"
        picture.body.append(f"\t{here} [label=<{box(node, names[node], parts[node])}>]\n")
        if not node.op:
            continue
        fill, ink = OPERATION_COLOURS
        picture.body.append(
            f'\t{here}op [label="{quoted(operation_symbol(node))}" shape=box '
            f'style="rounded,filled" margin="0.12,0.05" width=0.35 height=0.3 '
            f'fillcolor="{fill}" color="{fill}" fontcolor="{ink}" fontsize=13]\n'
            f"\t{here}op -> {here}\n"
        )
        for parent, derivative in zip(node.parents, node.local_derivatives, strict=True):
            label = quoted(f"d{short(names[node])}/d{short(names[parent])} = ")
            picture.body.append(
                f'\tn{number[parent]} -> {here}op [label=" {label}{format_number(derivative)} "]\n'
            )
    return picture


def set_of_parameters(order: list[Value], parameters: Iterable[str | Value]) -> set[Value]:
    """The leaves that the call names as parameters.

    Raises:
        ValueError: if one of them is not in the graph.
    """
    by_label = {node.label: node for node in order if node.label and not node.op}
    chosen = set()
    for item in [parameters] if isinstance(parameters, (str, Value)) else parameters:
        node = item if isinstance(item, Value) else by_label.get(item)
        if node is None or node not in set(order):
            known = ", ".join(by_label) or "none has a label"
            raise ValueError(f"{item!r} is no leaf of this graph; its leaves: {known}")
        chosen.add(node)
    return chosen


def parts_played(
    order: list[Value], roots: list[Value], parameters: set[Value]
) -> dict[Value, str]:
    """Whether each node is an input, a parameter, an output or none of these."""
    parts = {}
    for node in order:
        if node.op:
            parts[node] = "output" if node in roots else "inner"
        else:
            parts[node] = "parameter" if node.scope or node in parameters else "input"
    return parts


def box(node: Value, name: str, part: str) -> str:
    """The HTML-like label of a value: its name, and below it value and gradient."""
    fill, border = COLOURS[part]
    grad = format_number(node.grad) if node.has_grad else NOT_YET
    width = 2 if part == "output" else 1
    return (
        f'<table border="{width}" cellborder="0" cellspacing="0" cellpadding="3" '
        f'color="{border}" bgcolor="{fill}" style="rounded">'
        f'<tr><td colspan="2"><font point-size="13">{markup(short(name))}</font></td></tr>'
        f'<tr><td align="left"><font color="{QUIET_TEXT}">value</font></td>'
        f'<td align="right">{format_number(node.data)}</td></tr>'
        f'<tr><td align="left"><font color="{QUIET_TEXT}">grad</font></td>'
        f'<td align="right">{grad}</td></tr></table>'
    )


def operation_symbol(node: Value) -> str:
    """What stands in an operation's node: its symbol, and the plain numbers among its operands.

    A number that stands before the symbol is written there: "2 −", "× 3", "leaky ReLU 0.1".
    """
    operation = entry(node.op)
    before: list[str] = []
    after: list[str] = []
    for position, operand in enumerate(node.operands):
        if not isinstance(operand, Value):
            leading = position == 0 and operation.arity == 2
            (before if leading else after).append(format_number(operand))
    return " ".join([*before, operation.symbol, *after])


def short(name: str) -> str:
    """A name on one line, cut where it is too long for a box."""
    line = " ".join(name.split()) or "(blank)"
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"


def markup(text: str) -> str:
    """Text inside an HTML-like label, where Graphviz still looks for backslashes."""
    return html.escape(printable(text)).replace("\\", "\\\\")


def quoted(text: str) -> str:
    """Text inside a quoted DOT string; Graphviz sees no escapes in it."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


def printable(text: str) -> str:
    """Text without control characters, which Graphviz takes for errors or silently drops."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)

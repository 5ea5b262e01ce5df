"""Pictures of graphs: a Value's graph as DOT text that draws itself.

Values are boxes with a name, a value and a gradient; operations are small dark boxes between them;
the arrows into an operation carry its local derivatives. Colours tell inputs, parameters and the
output apart.
"""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import graphviz

from autograd.engine import Value
from autograd.graph import as_roots, topological_order
from autograd.numbers import format_number
from autograd.registry import entry
from viz.files import write_file
from viz.names import one_line, printable, shown_names
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
LABEL_COLOUR = "#334155"
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
        quiet: bool = False,
        engine: str | None = None,
        encoding: str | None = None,
        dpi: float = DPI,
        timeout: float = TIME_LIMIT,
    ) -> bytes | str:
        """The picture in a format ("svg", "png", "pdf"); as text if an encoding is given.

        Args:
            format: what to draw; the picture's own format if not given.
            quiet: whether to keep Graphviz's warnings back.
            engine: "dot", the only layout there is.
            encoding: such as "utf-8", for text in place of bytes.
            dpi: dots an inch, for PNG.
            timeout: seconds after which the attempt is given up.

        Raises:
            ValueError: for another format or engine, or a dpi that is not positive.
            TimeoutError: if the layout takes longer than `timeout` seconds.
            RuntimeError: if nothing on this machine can draw, or Graphviz fails.
        """
        if (engine or self.engine) != "dot":
            raise ValueError(f"pictures are laid out with 'dot', not {engine or self.engine!r}")
        with warnings.catch_warnings() if quiet else nullcontext():
            if quiet:
                warnings.simplefilter("ignore")
            picture = render(self.source, format or self.format, dpi=dpi, timeout=timeout)
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        quiet: bool = False,
        quiet_view: bool = False,
        *,
        outfile: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        dpi: float = DPI,
        timeout: float = TIME_LIMIT,
    ) -> str:
        """Draw into a file and return its path, as `graphviz.Digraph.render` does.

        `render("f.png")` and `render(outfile="f.png")` write that file alone. For a name without
        such a suffix, `render("f")`, or with a format, the DOT text goes to `f` (unless `cleanup`)
        and the picture to `f.svg`, or what the format is.

        Args:
            filename: the picture, or the DOT text beside which the picture goes.
            directory: the folder for it.
            view: whether to open the picture.
            cleanup: whether to leave the DOT text out.
            format, quiet, engine, dpi, timeout: as `pipe`.
            quiet_view: as `view`, with the viewer's own messages kept back.
            outfile: the picture; its suffix is the format if none is given.

        Raises:
            FileNotFoundError, PermissionError: if the file cannot be written.
            ValueError, TimeoutError, RuntimeError: as `pipe`.
        """
        if outfile is None and format is None and suffix(filename or "") in FORMATS:
            filename, outfile = None, filename
        source = None
        if outfile is not None:
            target = Path(directory or "", outfile)
            format = format or suffix(outfile) or self.format
            if filename is not None:
                source = Path(directory or "", filename)
        else:
            source = Path(directory or self.directory, filename or self.filename)
            format = format or self.format
            target = source.with_name(f"{source.name}.{format}")
        picture = self.pipe(format, quiet=quiet, engine=engine, dpi=dpi, timeout=timeout)
        if source is not None and not cleanup:
            write_file(source, self.source)
        write_file(target, picture)
        if view or quiet_view:
            self._view(str(target), format=format, quiet=quiet_view)
        return str(target)


def suffix(file: str | os.PathLike[str]) -> str:
    """What a file's name ends with, without the point and in lower case: "png"."""
    return Path(file).suffix.lstrip(".").lower()


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
    names = shown_names(order)
    parts = parts_played(order, roots, set_of_parameters(order, parameters))
    picture = Picture(
        format=format,
        graph_attr={
            "rankdir": rankdir,
            "bgcolor": "white",
            "fontname": FONT,
            "nodesep": "0.25",
            "ranksep": "0.25",
            "pad": "0.2",
        },
        node_attr={"fontname": FONT, "fontsize": "11", "shape": "plain"},
        edge_attr={"color": EDGE_COLOUR, "arrowsize": "0.7"},
    )
    number = {node: index for index, node in enumerate(order)}
    for node in order:
        here = f"n{number[node]}"
        picture.body.append(f"\t{here} [label=<{box(node, names[node], parts[node])}>]\n")
        if not node.op:
            continue
        fill, ink = OPERATION_COLOURS
        picture.body.append(
            f'\t{here}op [label="{quoted(short(operation_symbol(node)))}" shape=box '
            f'style="rounded,filled" margin="0.12,0.05" width=0.35 height=0.3 '
            f'fillcolor="{fill}" color="{fill}" fontcolor="{ink}" fontsize=13]\n'
            f"\t{here}op -> {here}\n"
        )
        for edge, (parent, derivative) in enumerate(
            zip(node.parents, node.local_derivatives, strict=True)
        ):
            # The label is a node in the middle of its arrow, so that it can belong to no other.
            label = f"∂{short(names[node])}/∂{short(names[parent])} = {format_number(derivative)}"
            picture.body.append(
                f'\t{here}d{edge} [label=" {quoted(label)} " fontsize=10 '
                f'fontcolor="{LABEL_COLOUR}"]\n'
                f"\tn{number[parent]} -> {here}d{edge} [arrowhead=none]\n"
                f"\t{here}d{edge} -> {here}op\n"
            )
    return picture


def set_of_parameters(order: list[Value], parameters: Iterable[str | Value]) -> set[Value]:
    """The leaves that the call names as parameters.

    Raises:
        ValueError: if one of them is not in the graph.
    """
    leaves = {node for node in order if not node.op}
    by_label = {node.label: node for node in order if node.label and node in leaves}
    chosen = set()
    for item in [parameters] if isinstance(parameters, (str, Value)) else parameters:
        node = item if isinstance(item, Value) else by_label.get(item)
        if node not in leaves:
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

    They stand where they are written: "2 −", "× 3", "clip(·, 0, 1)".
    """
    operation = entry(node.op)
    written = ["·" if isinstance(x, Value) else format_number(x) for x in node.operands]
    if all(word == "·" for word in written):
        return operation.symbol
    if operation.is_called or len(written) != 2:
        return f"{operation.symbol}({', '.join(written)})"
    left, right = written
    return f"{operation.symbol} {right}" if left == "·" else f"{left} {operation.symbol}"


def short(name: str) -> str:
    """A name on one line, cut where it is too long for a box."""
    line = one_line(name)
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"


def markup(text: str) -> str:
    """Text inside an HTML-like label, where Graphviz still looks for backslashes."""
    return html.escape(printable(text)).replace("\\", "\\\\")


def quoted(text: str) -> str:
    """Text inside a quoted DOT string; Graphviz sees no escapes in it."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')

"""Pictures of graphs: a Value's graph as DOT text that draws itself.

Values are boxes with a name, a value and a gradient; operations are small dark boxes between them;
the arrows into an operation carry its local derivatives. Colours tell inputs, parameters and the
output apart. What is drawn of a graph is chosen first (`drawing.py`), then how it looks
(`styles.py`, `emphasis.py`); here both become text.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd.engine import Value
from autograd.graph import as_roots, node_names, topological_order
from autograd.graph_formulas import check_fresh
from autograd.graph_paths import Path
from viz.clusters import automatic_folding, folding, folding_without_scope
from viz.dot_text import Writer
from viz.drawing import Drawing, drawing_of, join_arrows, parts_played, set_of_parameters
from viz.emphasis import STALE_COLOUR, emphasis
from viz.neighbourhood import neighbourhood
from viz.picture import MOST_VALUES, SEE_A_PART, Picture
from viz.render import FORMATS
from viz.single_operations import in_single_operations
from viz.styles import EDGE_COLOUR, FONT, Paper, legend, markup, paper, stacked

#: Each direction, with the sides of a label at which an arrow comes in and goes out.
DIRECTIONS = {"LR": (":w", ":e"), "RL": (":e", ":w"), "TB": (":n", ":s"), "BT": (":s", ":n")}
#: What stands below a picture in which something is stale.
STALE = "dashed red: data was assigned after this was computed; build the expression again"
MOST_TEXT = 20_000  # values in the text of a picture, drawn or not


def draw_dot(
    root: Value | Iterable[Value],
    format: str = "svg",
    rankdir: str = "LR",
    *,
    parameters: Iterable[str | Value] = (),
    style: str = "slide",
    blanks: str | Iterable[str] = "all",
    local_derivatives: bool | None = None,
    heat: bool = False,
    highlight: Path | Iterable[Value | str] | Value | str = (),
    clusters: bool = False,
    collapse: int | str | Iterable[str] | None = None,
    expand: str | Iterable[str] = (),
    single_operations: bool = False,
    depth: int | None = None,
    around: Value | str | None = None,
) -> Picture:
    """The picture of a graph, ready to be shown, saved or looked into.

    Args:
        root: the result whose graph is drawn, or several results.
        format: "svg", "png" or "pdf": what `render` and `pipe` draw unless told otherwise.
        rankdir: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".
        parameters: leaves to colour as parameters, by label or as Values; leaves with a scope are
            parameters anyway.
        style: "slide", a box a value and a node an operation; "compact", both in one row; "bare", a
            worksheet with blanks for numbers; "key", the same sheet with the answers.
        blanks: what a worksheet asks for: "values", "gradients", "local derivatives", several of
            them, or "all". The data of leaves are always given.
        local_derivatives: whether arrows carry them; so it is in all styles but "compact".
        heat: whether the colours and widths of boxes and arrows show |gradient|, with a legend.
            Of an arrow, that is |upstream * local derivative|. What no backward pass has reached
            looks as it does without.
        highlight: a path (see `autograd.paths`), or nodes, as Values or by the names that the
            picture shows, which are outlined with the arrows between them.
        clusters: whether frames are drawn around scopes.
        collapse: scopes to draw as one box each: names, or a number, 1 for the outermost ones, 2
            for those right inside them. Unless given, graphs of more than 300 nodes are collapsed
            if they have scopes, and so are many nodes without one; () collapses nothing.
        expand: scopes that are to be opened all the same.
        single_operations: whether dot, total, mean, logsumexp, softmax and log_softmax are drawn as
            the products, sums, ... that they consist of.
        depth: how many edges from the root, or from `around`, a node may be away; others are
            left out, and "⋯" stands for them.
        around: a node to draw the neighbourhood of, or its name (depth 2, if none is given).

    Gradients are those that `backward` has left in the nodes; where it has not been, there is "–".
    Values and local derivatives are those of the forward pass: if data was assigned since, what no
    longer follows from its operands has a dashed red border, and a line below says why.

    >>> from autograd import Value
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> picture = draw_dot(x * y)
    >>> print(picture.source[:9])
    digraph {

    Raises:
        TypeError: if the root is not a Value, or a list of them.
        ValueError: for an unknown format, direction, style or scope; for a parameter or a node that
            is not in the graph; if heat or a key is asked for before `backward`; for a worksheet of
            data that was assigned after the expression was built; or if there are more than 20,000
            nodes to draw. (Drawing the picture of more than 300 raises, too.)
    """
    sheet = paper(style, blanks)
    if heat and sheet.is_sheet:
        raise ValueError(
            f"heat colours by gradient, which a worksheet asks for: draw style={style!r} without it"
        )
    picture = empty_picture(format, rankdir)
    drawing = chosen_drawing(
        as_roots(root),
        parameters,
        collapse=collapse,
        expand=expand,
        single_operations=single_operations,
        depth=depth,
        around=around,
    )
    if sheet.is_sheet:
        check_sheet(drawing, sheet)
    look = emphasis(drawing, heat, highlight)
    below = [legend(look.heat.legend())] if look.heat is not None else []
    if look.stale:
        below.append(f'<font color="{STALE_COLOUR}">{markup(STALE)}</font>')
    if below:
        picture.graph_attr.update(label=f"<{stacked(below)}>", labelloc="b")
    if local_derivatives is None:
        local_derivatives = style != "compact"
    ports = DIRECTIONS[rankdir] if sheet.is_sheet else ("", "")
    writer = Writer(sheet, look, style == "compact", local_derivatives, ports)
    is_framed = clusters or bool(drawing.folds)
    picture.body.extend(writer.framed_lines(drawing) if is_framed else writer.lines(drawing))
    picture.drawn = (len(drawing.items), drawing.arrow_count)
    return picture


def empty_picture(format: str, rankdir: str) -> Picture:
    """A picture with its font and its distances, and nothing in it.

    Raises:
        ValueError: for an unknown format or direction.
    """
    if format not in FORMATS:
        raise ValueError(f"expected a format among {', '.join(FORMATS)}, not {format!r}")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"expected a rankdir among {', '.join(DIRECTIONS)}, not {rankdir!r}")
    return Picture(
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


def chosen_drawing(
    roots: list[Value],
    parameters: Iterable[str | Value] = (),
    *,
    collapse: int | str | Iterable[str] | None = None,
    expand: str | Iterable[str] = (),
    single_operations: bool = False,
    depth: int | None = None,
    around: Value | str | None = None,
) -> Drawing:
    """What is drawn of a graph; see `draw_dot`."""
    order = topological_order(roots)
    names = node_names(order, roots)
    chosen = set_of_parameters(names, parameters)
    near = None
    if depth is not None or around is not None:
        near = neighbourhood(names, roots, depth, around)
    visible = order if near is None else [node for node in order if node in near]
    folded = chosen_folding(visible, roots, collapse, expand)
    check_size(len(visible) - len(folded))
    parts = parts_played(order, roots, chosen)
    drawing = drawing_of(names, parts, folded, near)
    if single_operations:
        drawing = in_single_operations(drawing)
        check_size(len(drawing.boxes))
    join_arrows(drawing)
    return drawing


def chosen_folding(
    visible: list[Value],
    roots: list[Value],
    collapse: int | str | Iterable[str] | None,
    expand: str | Iterable[str],
) -> dict[Value, str]:
    """The collapsed scopes: those asked for, and those without which there is too much to see."""
    if collapse is not None:
        return folding(visible, collapse, expand)
    is_large = len(visible) > MOST_VALUES
    if expand:
        rest = folding_without_scope(visible, roots) if is_large else {}
        return {**folding(visible, 1, expand), **rest}
    if is_large and any(node.scope for node in visible):
        return automatic_folding(visible, roots)
    return {}


def check_size(count: int) -> None:
    """Raise a ValueError if there are too many values even for the text of a picture."""
    if count > MOST_TEXT:
        raise ValueError(
            f"the graph has {count:,} values to draw, and at most {MOST_VALUES:,} can be read "
            f"(DOT text is made of at most {MOST_TEXT:,}). {SEE_A_PART}"
        )


def check_sheet(drawing: Drawing, sheet: Paper) -> None:
    """Raise a ValueError if answers would be false, or a key asks for gradients that no backward
    pass has left."""
    check_fresh([*drawing.names], drawing.names)
    if not sheet.answered:
        return
    asked = drawing.boxes if "gradients" in sheet.blanks else []
    if asked and all(box.grad is None for box in asked):
        raise ValueError("a key needs the gradients: call backward() first")

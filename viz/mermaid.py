"""The drawing as Mermaid text, which GitHub, GitLab and many editors draw where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd.engine import Value
from autograd.graph import as_roots
from autograd.numbers import format_number
from viz.dot import DIRECTIONS, STALE, chosen_drawing
from viz.drawing import Arrow, Box, Drawing, Fold
from viz.names import short
from viz.styles import ANSWER_COLOUR, COLOURS, FOLD_COLOURS, OPERATION_COLOURS, number_or_dash

MOST_EDGES = 500  # Mermaid's own limit, where nobody has set another


def draw_mermaid(
    root: Value | Iterable[Value],
    rankdir: str = "LR",
    *,
    parameters: Iterable[str | Value] = (),
    local_derivatives: bool = True,
) -> str:
    """The graph as a Mermaid flowchart: text for a fenced code block of the kind "mermaid".

    Args:
        root: the result whose graph is drawn, or several results.
        rankdir: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".
        parameters: leaves to colour as parameters, by label or as Values.
        local_derivatives: whether arrows carry them.

    >>> x = Value(3.0, label="x")
    >>> print(draw_mermaid(x * x).splitlines()[0])
    flowchart LR

    Raises:
        TypeError: if the root is not a Value, or a list of them.
        ValueError: for an unknown direction or parameter, or a graph that is too large to be read.
    """
    if rankdir not in DIRECTIONS:
        raise ValueError(f"expected a rankdir among {', '.join(DIRECTIONS)}, not {rankdir!r}")
    drawing = chosen_drawing(as_roots(root), parameters)
    edges = drawing.arrow_count + sum(box.symbol != "" for box in drawing.boxes)
    if edges > MOST_EDGES:
        raise ValueError(
            f"the graph has {edges:,} arrows, and Mermaid draws at most {MOST_EDGES}: draw a part "
            "of it, such as an inner node's graph, or give its nodes scopes (autograd.scope)"
        )
    lines = [f"flowchart {rankdir}", *classes()]
    for item in drawing.items:
        lines += fold_lines(item) if isinstance(item, Fold) else box_lines(item, local_derivatives)
    lines += stale_lines(drawing)
    return "\n".join(lines) + "\n"


def classes() -> Iterator[str]:
    """The colours."""
    for part, (fill, border) in {**COLOURS, "scope": FOLD_COLOURS}.items():
        yield f"    classDef {part} fill:{fill},stroke:{border},color:#000000"
    fill, ink = OPERATION_COLOURS
    yield f"    classDef operation fill:{fill},stroke:{fill},color:{ink}"


def box_lines(box: Box, local_derivatives: bool) -> Iterator[str]:
    """A value, its operation, and the arrows into it."""
    numbers = f"value {format_number(box.data)}<br/>grad {number_or_dash(box.grad)}"
    yield f'    {box.id}["{escaped(box.name)}<br/>{numbers}"]:::{box.part}'
    if box.symbol:
        yield f'    {box.id}op(["{escaped(box.symbol)}"]):::operation'
        yield f"    {box.id}op --> {box.id}"
    for arrow in box.arrows:
        yield arrow_line(arrow, box, f"{box.id}op", local_derivatives)


def fold_lines(fold: Fold) -> Iterator[str]:
    """A collapsed scope, and the arrows into it."""
    yield f'    {fold.id}[["{escaped(short(fold.scope))}<br/>{len(fold.values):,} nodes"]]:::scope'
    for arrow in fold.arrows:
        yield arrow_line(arrow, fold, fold.id, False)


def stale_lines(drawing: Drawing) -> Iterator[str]:
    """What marks numbers that no longer follow from their operands, and a note that says so."""
    stale = [item.id for item in drawing.items if drawing.is_stale(item)]
    if stale:
        yield f"    classDef stale stroke:{ANSWER_COLOUR},stroke-width:2px,stroke-dasharray:4 3"
        yield f"    class {','.join(stale)} stale"
        yield f'    stale_note["{escaped(STALE)}"]'


def arrow_line(arrow: Arrow, target: Box | Fold, end: str, local_derivatives: bool) -> str:
    """One arrow, with the local derivative if it is asked for and there is one."""
    source = arrow.source
    if local_derivatives and isinstance(source, Box) and isinstance(target, Box):
        label = f"∂{escaped(target.name)}/∂{escaped(source.name)} = "
        return f'    {source.id} -- "{label}{format_number(arrow.derivative)}" --> {end}'
    return f"    {source.id} --> {end}"


def escaped(text: str) -> str:
    """Text inside quotation marks: what could be markup is written by its number.

    >>> escaped('say "hi"')
    'say #34;hi#34;'
    """
    return "".join(
        character
        if character.isalnum() or character in " ._" or ord(character) > 127
        else f"#{ord(character)};"
        for character in text
    )

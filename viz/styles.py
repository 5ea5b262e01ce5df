"""How boxes look: the HTML-like labels of Graphviz, one function a layout, and every colour.

In the tall layout a box is a small table, and the operation a node of its own; in the flat one,
both are one row. A `Paper` says which numbers are blanks to be filled in. Blanks and answers take
the same room, so that a key lies over its sheet.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from autograd.numbers import format_number
from viz.drawing import Box, Fold
from viz.names import printable, short

#: (fill, border) of a box, by the part that the node plays. Told apart without colours too: leaves
#: have no arrow into them, the output none out of it.
COLOURS = {
    "input": ("#dbeafe", "#1d4ed8"),
    "parameter": ("#fef3c7", "#b45309"),
    "output": ("#dcfce7", "#15803d"),
    "inner": ("#ffffff", "#64748b"),
}
FOLD_COLOURS = ("#ede9fe", "#6d28d9")  # fill, border
FRAME_COLOURS = ("#f8fafc", "#94a3b8")
OPERATION_COLOURS = ("#1e293b", "#ffffff")  # fill, text
EDGE_COLOUR = "#475569"
LABEL_COLOUR = "#334155"
QUIET_TEXT = "#64748b"
TEXT = "#000000"
ANSWER_COLOUR = "#b91c1c"
FONT = "DejaVu Sans,Verdana,sans-serif"

NOT_YET = "–"  # what stands for a gradient before any backward pass

DASHED = ' style="dashed"'

STYLES = ("slide", "compact", "bare", "key")
BLANKS = ("values", "gradients", "local derivatives")

# The room for a number on a worksheet, in points: ten characters of the usual size, or more of a
# smaller one. It must not depend on the number.
BLANK_WIDTH, BLANK_HEIGHT = 72, 15
#: A row that keeps the lowest line to write on clear of the box's round corners.
BELOW_A_BLANK = '</tr><tr><td colspan="2" height="4" cellpadding="0"></td>'
SIZES = ((10, 11), (13, 8))  # up to so many characters, in this size


class Ink(NamedTuple):
    """The look of one box or arrow, where it is not the usual one."""

    fill: str
    line: str
    text: str
    quiet: str
    width: float
    dashed: bool


#: The look of a box by the part that it plays.
USUAL_INKS = {
    part: Ink(fill, border, TEXT, QUIET_TEXT, 2 if part == "output" else 1, False)
    for part, (fill, border) in COLOURS.items()
}


@dataclass(frozen=True)
class Paper:
    """Which numbers a picture shows: all, or some of them as blanks or as answers to these.

    Attributes:
        blanks: the kinds of numbers that are left blank; see `BLANKS`.
        answered: whether they are filled in.
        is_sheet: whether numbers stand in rooms of one size.
    """

    blanks: Collection[str] = ()
    answered: bool = False
    is_sheet: bool = False

    def is_blank(self, kind: str, box: Box) -> bool:
        """Whether a number of this kind is asked for. The data of leaves are always given."""
        return kind in self.blanks and not (kind == "values" and not box.symbol)

    def room(self, written: str, blank: bool) -> str:
        """A cell of fixed size: a number, a line to write on, or the answer on that line."""
        line = f'border="1" sides="b" color="{LABEL_COLOUR}"' if blank else 'border="0"'
        start = (
            f'<td><table {line} cellborder="0" cellspacing="0" cellpadding="0"><tr>'
            f'<td fixedsize="true" width="{BLANK_WIDTH}" height="{BLANK_HEIGHT}">'
        )
        end = "</td></tr></table></td>"
        if blank and not self.answered:
            return start + end
        colour = ANSWER_COLOUR if blank else TEXT
        size = next(size for length, size in SIZES if len(written) <= length)
        return f'{start}<font color="{colour}" point-size="{size}">{written}</font>{end}'


def paper(style: str, blanks: str | Iterable[str]) -> Paper:
    """What a style and a choice of blanks mean.

    Raises:
        ValueError: for a style or a kind of blanks that there is not.
    """
    if style not in STYLES:
        raise ValueError(f"expected a style among {', '.join(STYLES)}, not {style!r}")
    kinds = (blanks,) if isinstance(blanks, str) else tuple(blanks)
    for kind in kinds:
        if kind not in (*BLANKS, "all"):
            raise ValueError(f"blanks are {', '.join(BLANKS)} or all, not {kind!r}")
    if style in ("slide", "compact"):
        return Paper()
    return Paper(BLANKS if "all" in kinds else kinds, style == "key", is_sheet=True)


def tall_box(box: Box, ink: Ink, paper: Paper, value: str) -> str:
    """The name, and below it value (as it is shown) and gradient."""
    gradient = number_or_dash(box.grad)
    if paper.is_sheet:
        value = paper.room(value, paper.is_blank("values", box))
        gradient = paper.room(gradient, paper.is_blank("gradients", box)) + BELOW_A_BLANK
    else:
        value, gradient = f'<td align="right">{value}</td>', f'<td align="right">{gradient}</td>'
    start, below_name, below_value, end = tall_frame(ink)
    return f"{start}{markup(box.name)}{below_name}{value}{below_value}{gradient}{end}"


@cache
def tall_frame(ink: Ink) -> tuple[str, str, str, str]:
    """What stands around a tall box's name, value and gradient."""
    around = in_colour(
        ink,
        f'{table(ink)}<tr><td colspan="2"><font point-size="13">|</font></td></tr>'
        f'<tr><td align="left"><font color="{ink.quiet}">value</font></td>|</tr>'
        f'<tr><td align="left"><font color="{ink.quiet}">grad</font></td>|</tr></table>',
    )
    start, below_name, below_value, end = around.split("|")
    return start, below_name, below_value, end


def flat_box(box: Box, ink: Ink) -> str:
    """The operation, the name, the value and the gradient in one row."""
    fill, symbol_ink = OPERATION_COLOURS
    operation = (
        f'<td bgcolor="{fill}"><font color="{symbol_ink}"> {markup(box.symbol)} </font></td>'
        if box.symbol
        else ""
    )
    return in_colour(
        ink,
        f"{table(ink, rounded=False)}<tr>{operation}<td>{markup(box.name)}</td><vr/>"
        f'<td><font color="{ink.quiet}">data</font> {format_number(box.data)}</td><vr/>'
        f'<td><font color="{ink.quiet}">grad</font> {number_or_dash(box.grad)}</td></tr></table>',
    )


def step_box(box: Box, ink: Ink, data: float, grad: float | None, moves: bool) -> str:
    """A tall box with two columns: value and gradient before a step of descent, and after it."""
    new = format_number(data)
    if moves and data != box.data:
        new = f'<font color="{ANSWER_COLOUR}">{new}</font>'
    rows = [
        ("value", format_number(box.data), new),
        ("grad", number_or_dash(box.grad), number_or_dash(grad)),
    ]
    cells = [
        f'<tr><td align="left"><font color="{ink.quiet}">{kind}</font></td>'
        f'<td align="right">{before}</td><td>→</td><td align="right">{after}</td></tr>'
        for kind, before, after in rows
    ]
    title = f'<tr><td colspan="4"><font point-size="13">{markup(box.name)}</font></td></tr>'
    return f"{table(ink)}{title}{''.join(cells)}</table>"


def number_or_dash(number: float | None) -> str:
    """A gradient as it is shown, computed or not."""
    return NOT_YET if number is None else format_number(number)


def fold_box(fold: Fold, ink: Ink) -> str:
    """The last name of the scope, and how much is in it."""
    leaves = [node for node in fold.values if not node.op]
    parameters = sum(node.scope != "" for node in leaves)
    counts = {
        "nodes": len(fold.values),
        "parameters": parameters,
        "inputs": len(leaves) - parameters,
        "operations": len(fold.values) - len(leaves),
    }
    name = short(fold.scope.rpartition(".")[2])
    rows = [
        f'<tr><td align="left"><font color="{ink.quiet}">{kind}</font></td>'
        f'<td align="right">{count:,}</td></tr>'
        for kind, count in counts.items()
        if count
    ]
    title = f'<tr><td colspan="2"><font point-size="13">{markup(name)}</font></td></tr>'
    return in_colour(ink, f"{table(ink)}{title}{''.join(rows)}</table>")


def derivative_label(target: str, source: str, written: str, paper: Paper) -> str:
    """The local derivative that an arrow between two boxes carries, or a room for it.

    With quotation marks or angle brackets, as DOT wants it.
    """
    if "local derivatives" not in paper.blanks:
        return f'" ∂{quoted(target)}/∂{quoted(source)} = {written} "'
    name = f"∂{target}/∂{source} = "
    room = paper.room(written, blank=True)
    return (
        '<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
        f"<tr><td> {markup(name)}</td>{room}</tr></table>>"
    )


def legend(rows: Iterable[tuple[str, Ink]]) -> str:
    """A table of looks and what they mean."""
    cells = [
        f'<td border="{ink.width:g}" color="{ink.line}" bgcolor="{ink.fill}"'
        f'{DASHED if ink.dashed else ""}><font color="{ink.text}"> {text} </font></td>'
        for text, ink in rows
    ]
    return (
        '<table border="0" cellborder="1" cellspacing="6" cellpadding="4"><tr>'
        f'<td border="0">|gradient|</td>{"".join(cells)}</tr></table>'
    )


def stacked(parts: Sequence[str]) -> str:
    """Pieces of markup, one below the other."""
    if len(parts) == 1:
        return parts[0]
    rows = "".join([f"<tr><td>{part}</td></tr>" for part in parts])
    return f'<table border="0" cellborder="0" cellspacing="0">{rows}</table>'


@cache
def table(ink: Ink, rounded: bool = True) -> str:
    """The start of a box's table."""
    line = ",".join(["rounded"] * rounded + ["dashed"] * ink.dashed)
    return (
        f'<table border="{ink.width:g}" cellborder="0" cellspacing="0" cellpadding="3" '
        f'color="{ink.line}" bgcolor="{ink.fill}" style="{line or "solid"}">'
    )


def in_colour(ink: Ink, label: str) -> str:
    """The label, with text that can be read on a dark fill."""
    return label if ink.text == TEXT else f'<font color="{ink.text}">{label}</font>'


def markup(text: str) -> str:
    """Text inside an HTML-like label, where Graphviz still looks for backslashes."""
    if text.isalnum():
        return text  # the usual case, at once
    return html.escape(shown(text)).replace("\\", "\\\\")


def quoted(text: str) -> str:
    """Text inside a quoted DOT string; Graphviz sees no escapes in it."""
    if text.isalnum():
        return text
    return shown(text).replace("\\", "\\\\").replace('"', '\\"')


def shown(text: str) -> str:
    """The text, every character a visible one."""
    return text if text.isprintable() else printable(text)

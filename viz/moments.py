"""Pictures of one moment of the two passes: the picture of `draw_dot` with what is known by then.

A box is as wide as its numbers, so a picture would move whenever a number changes. Here every
number gets room enough beforehand; then the same boxes stand in the same places at every moment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from viz.styles import LABEL_COLOUR, NOT_YET, TEXT, markup

#: Characters that are no wider than a digit; and more than the width of these, and of any other, in
#: points, in the shipped font at the size of numbers.
NARROW = frozenset("abcdefghijklnopqrstuvxyz0123456789 .,-*/()[]_'∂–…")
NARROW_WIDTH, WIDTH = 7.1, 11.5
PADDING = 6  # of a cell, left and right together
BACKGROUND = "#ffffff"
LONGEST_CAPTION = 110
#: (line, fill) of what a step is about.
ACCENTS = {"forward": ("#4338ca", "#e0e7ff"), "backward": ("#c2410c", "#ffedd5")}

#: The cells of a box that hold its value and its gradient.
NUMBER_CELL = re.compile(r'(<td align="right"[^>]*>)([^<]*)(?=</td>)')
#: The label of an edge: what it says of which derivative, and the number: "∂h3/∂z" and "20.0855".
DERIVATIVE_LABEL = re.compile(r'(?m)(?<= \[label=)" (.*) = (\S+) "(?= fontsize)')
#: A line of DOT text: a box (n5), its operation (n5op), the label of an edge (n5d0), or an arrow.
LINE = re.compile(r"(?m)^\tn(\d+)(op|d\d+)?(?: -> n(\d+)(op|d\d+)?)?(?: \[.*\])?$")
FRAME_COLOURS = re.compile(r' color="#\w+" bgcolor="#\w+"')


class Moment(NamedTuple):
    """What is known after a step.

    Attributes:
        phase: "forward" or "backward".
        values, gradients: the numbers in the boxes, "" where there is none yet; by the place of
            their node in topological order.
        news: the node that has just got a number.
        edges: the edges that brought it, as (node, operand): (5, 0).
        caption: what stands below the picture.
    """

    phase: str
    values: Sequence[str]
    gradients: Sequence[str]
    news: int
    edges: Collection[tuple[int, int]]
    caption: Sequence[str]


def with_room(source: str, width: int) -> str:
    """DOT text of `draw_dot` in which the numbers in boxes have so much room, in points.

    >>> with_room('<td align="right">3</td>', 64)
    '<td align="right" width="64">3</td>'
    """
    return NUMBER_CELL.sub(rf'<td align="right" width="{width}">\2', source)


def text_width(text: str) -> int:
    """The width of a cell in which a text has room for sure, in points."""
    return math.ceil(sum(NARROW_WIDTH if c in NARROW else WIDTH for c in text)) + PADDING


def at_moment(source: str, moment: Moment) -> str:
    """DOT text of `draw_dot` with the numbers of a moment, and its news in another colour."""

    def line(found: re.Match[str]) -> str:
        text, node, part = found.group(0, 1, 2)
        if found[3]:
            return text + arrow_colours(found, moment)
        if part is None:
            return box_at(text, int(node), moment)
        accent, _ = ACCENTS[moment.phase]
        if part == "op":
            is_news = int(node) in {sender for sender, _ in moment.edges}
            return text + (f' [fillcolor="{accent}" color="{accent}"]' if is_news else "")
        if (int(node), int(part[1:])) in moment.edges:
            return label_at(text, accent) + f' [fontcolor="{accent}"]'
        return label_at(text, LABEL_COLOUR if moment.values[int(node)] else BACKGROUND)

    return LINE.sub(line, source)


def box_at(line: str, node: int, moment: Moment) -> str:
    """The line of a box."""
    accent, fill = ACCENTS[moment.phase]
    is_news = node == moment.news
    new_number = ["values", "gradients"][moment.phase == "backward"]
    kinds = iter([("values", moment.values[node]), ("gradients", moment.gradients[node])])

    def number(cell: re.Match[str]) -> str:
        kind, written = next(kinds)
        colour = accent if is_news and kind == new_number else TEXT
        return cell[1] + coloured(written or NOT_YET, colour)

    if is_news:
        line = FRAME_COLOURS.sub(f' color="{accent}" bgcolor="{fill}"', line, count=1)
    return NUMBER_CELL.sub(number, line)


def label_at(line: str, number_colour: str) -> str:
    """The line of an edge's label. A number that is not known yet is there, but not to be seen."""

    def label(found: re.Match[str]) -> str:
        name = found[1].replace('\\"', '"').replace("\\\\", "\\")
        return f"< {markup(name)}{coloured(f' = {found[2]} ', number_colour)}>"

    return DERIVATIVE_LABEL.sub(label, line)


def coloured(text: str, colour: str) -> str:
    """Text in a colour; also where that is the usual one, or it would stand a little higher."""
    return f'<font color="{colour}">{text}</font>'


def arrow_colours(found: re.Match[str], moment: Moment) -> str:
    """What is added to the line of an arrow: n4 -> n5d1, n5d1 -> n5op or n5op -> n5."""
    ends = [(int(node), part or "") for node, part in (found.group(1, 2), found.group(3, 4))]
    labels = [(node, int(part[1:])) for node, part in ends if part.startswith("d")]
    operations = [node for node, part in ends if part == "op"]
    is_news = (
        labels[0] in moment.edges
        if labels
        else operations[0] in {sender for sender, _ in moment.edges}
    )
    return f' [color="{ACCENTS[moment.phase][0]}" penwidth=2.5]' if is_news else ""


def with_caption(source: str, caption: Sequence[str], width: int) -> str:
    """DOT text with lines of text below the picture, in so much room, in points."""
    rows = "".join(
        [
            f'<tr><td width="{width}" height="18" align="left">{markup(text)}</td></tr>'
            for text in caption
        ]
    )
    table = f'<table border="0" cellborder="0" cellspacing="0" cellpadding="2">{rows}</table>'
    body = source.rstrip().removesuffix("}")
    return f"{body}\tgraph [labelloc=b fontsize=11 label=<{table}>]\n}}\n"


def cut(text: str) -> str:
    """A line of a caption, cut where it is too long."""
    return text if len(text) <= LONGEST_CAPTION else text[: LONGEST_CAPTION - 1] + "…"

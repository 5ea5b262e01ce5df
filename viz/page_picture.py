"""The picture of a page: the SVG of `draw_dot`, made ready for a script and for style sheets.

Every part of it says which node or edge it belongs to, and every number is an element of its own.
Colours and fonts are taken out: they are the page's, which has a light and a dark set of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from viz.moments import DERIVATIVE_LABEL, text_width, with_room
from viz.render import render

#: How many characters of a number fit into a box; longer ones are set smaller.
ROOM = 9
PIXELS_A_POINT = 4 / 3
GEOMETRY = ("d", "points", "x", "y", "text-anchor", "transform", "font-size", "viewBox")
#: The names that `draw_dot` gives: n5 is a value, n5op its operation, n5d0 its first derivative.
NAME = re.compile(r"n(\d+)(?:(op)|d(\d+))?")


class Shown(NamedTuple):
    """What a box shows: the part that its node plays, and two numbers."""

    part: str
    value: str
    gradient: str


def page_picture(source: str, shown: Sequence[Shown], derivatives: Mapping[str, str]) -> str:
    """The SVG of a picture.

    Args:
        source: DOT text of `draw_dot`.
        shown: what the boxes show, in the topological order of their nodes.
        derivatives: what the edges say, by node and operand: {"5.0": "20.0855"}.

    Raises:
        RuntimeError: if nothing on this machine can draw, or Graphviz fails.
        TimeoutError: if the layout takes too long.
    """
    longest = "0" * ROOM
    roomy = DERIVATIVE_LABEL.sub(rf'" \1 = {longest} "', with_room(source, text_width(longest)))
    svg = ElementTree.fromstring(render(roomy, "svg"))
    width = float(svg.attrib["width"].removesuffix("pt")) * PIXELS_A_POINT
    for element in svg.iter():
        element.tag = element.tag.rpartition("}")[2]  # without the namespace
        element.tail = None
        element.attrib = {key: element.attrib[key] for key in GEOMETRY if key in element.attrib}
    background, *groups = svg[0]
    svg[0].remove(background)
    for group in groups:
        mark(group, shown, derivatives)
    join_arrows(groups)
    svg.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "role": "img",
        "aria-label": "The graph; the table below holds all its numbers",
        "style": f"--width: {width:.0f}px",
    }
    return ElementTree.tostring(svg, encoding="unicode")


def mark(
    group: ElementTree.Element, shown: Sequence[Shown], derivatives: Mapping[str, str]
) -> None:
    """Say what a part of the picture is and where it belongs; put the numbers in."""
    title = group[0]
    group.remove(title)  # a browser would show it under the pointer
    name = title.text or ""
    if "->" in name:  # n4->n5d1, n5d1->n5op or n5op->n5: what belongs to an edge, or an operation
        group.set("class", "edge")
        belonging = [belongs_to(end) for end in name.split("->")]
        group.attrib |= next((found for found in belonging if "data-edge" in found), belonging[0])
        return
    group.attrib |= belongs_to(name)
    if "data-node" in group.attrib:
        make_box(group, shown[int(group.attrib["data-node"])])
    elif "data-operation" in group.attrib:
        group.set("class", "operation")
    else:
        make_label(group, derivatives[group.attrib["data-edge"]])


def belongs_to(name: str) -> dict[str, str]:
    """What a name of DOT says: {"data-node": "5"}, {"data-edge": "5.0"}."""
    found = NAME.fullmatch(name)
    assert found, name
    node, operation, edge = found.groups()
    if edge:
        return {"data-edge": f"{node}.{edge}"}
    return {"data-operation" if operation else "data-node": node}


def make_box(group: ElementTree.Element, shown: Shown) -> None:
    """Say of a box which part it plays, and put its two numbers in."""
    shape, *texts, border = group
    group.remove(border)  # the style sheet gives the shape its border
    group.set("class", f"box {shown.part}")
    ends = [float(x) for x in re.findall(r"(-?[\d.]+),", shape.attrib["d"])]
    name, *cells = texts
    name.attrib |= {
        "class": "name",
        "x": f"{(min(ends) + max(ends)) / 2:.2f}",
        "text-anchor": "middle",
    }
    for caption, number, kind in zip(cells[::2], cells[1::2], ("value", "gradient"), strict=True):
        caption.set("class", "caption")
        margin = float(caption.attrib["x"]) - min(ends)
        number.attrib |= {
            "class": kind,
            "x": f"{max(ends) - margin:.2f}",
            "text-anchor": "end",
        }
        number.text = getattr(shown, kind)


def make_label(group: ElementTree.Element, derivative: str) -> None:
    """Put the local derivative into the label of an edge, as an element of its own."""
    group.set("class", "derivative")
    label = group[0]
    label.text = (label.text or "").strip().rpartition(" = ")[0]
    number = ElementTree.SubElement(label, "tspan")
    number.text = f" = {derivative}"


def join_arrows(groups: Sequence[ElementTree.Element]) -> None:
    """Lead each arrow on behind its label, which is set in room for a longer number."""
    labels = {group.get("data-edge"): group for group in groups if group.get("class") != "edge"}
    ends: dict[str, dict[str, str]] = {}
    for group in groups:
        edge = group.get("data-edge")
        if edge and group.get("class") == "edge":
            points = re.findall(r"-?[\d.]+,-?[\d.]+", group[0].attrib["d"])
            is_first = group.find("polygon") is None  # the arrowhead is at the second half
            ends.setdefault(edge, {})["L" if is_first else "M"] = points[-1 if is_first else 0]
    for edge, end in ends.items():
        labels[edge].insert(0, ElementTree.Element("path", {"d": f"M{end['M']}L{end['L']}"}))

"""Emphasis: which boxes and arrows of a drawing stand out, and how.

Heat shows the size of gradients on a logarithmic scale: of a box |gradient|, of an arrow |upstream
* local derivative|, its share in the gradient of the operand. A highlighted path is drawn on top.
The colours run from light to dark and widths with them, so that neither needs an eye for colours.
A dashed red border says that data was assigned after the forward pass: what a box shows was worked
out before that.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from autograd.engine import Value
from autograd.graph_paths import Path
from autograd.numbers import format_number
from viz.drawing import Box, Drawing, Fold
from viz.names import node_called
from viz.styles import ANSWER_COLOUR, EDGE_COLOUR, FOLD_COLOURS, QUIET_TEXT, TEXT, USUAL_INKS, Ink

HIGHLIGHT = "#be185d"
HIGHLIGHT_WIDTH = 4
STALE_COLOUR, STALE_WIDTH = ANSWER_COLOUR, 2
HIGHLIGHTED = Ink(HIGHLIGHT, HIGHLIGHT, TEXT, TEXT, HIGHLIGHT_WIDTH, False)

#: From the smallest gradients to the largest: (fill, line, text on the fill, width). The fills are
#: those of ColorBrewer's YlOrBr, which colour-blind people tell apart by their lightness; lines are
#: darker where the fill could not be seen on white.
CLASSES = (
    ("#fee391", "#d9b23c", TEXT, 1.25),
    ("#fec44f", "#e29a12", TEXT, 2.0),
    ("#fe9929", "#e97c0b", TEXT, 3.0),
    ("#cc4c02", "#cc4c02", "#ffffff", 4.0),
    ("#8c2d04", "#8c2d04", "#ffffff", 5.0),
)
DEAD = Ink("#f1f5f9", "#94a3b8", EDGE_COLOUR, EDGE_COLOUR, 1, True)
NOT_FINITE = Ink("#000000", "#000000", "#ffffff", "#ffffff", 5, False)
SMALLEST_SHARE = 1e-10  # of the largest: the scale begins there at the latest


@dataclass(frozen=True)
class Heat:
    """The scale of a drawing's gradients.

    Attributes:
        smallest, largest: its ends; what is smaller is in the lowest class.
        has_dead, has_non_finite: whether there are gradients that are 0, infinite or nan.
    """

    smallest: float
    largest: float
    has_dead: bool
    has_non_finite: bool

    def ink(self, size: float) -> Ink:
        """The look of a gradient of this absolute size."""
        if not math.isfinite(size):
            return NOT_FINITE
        return class_ink(self.place(size)) if size else DEAD

    def place(self, size: float) -> int:
        """In which of the classes a size is, 0 for the lowest."""
        low, high = math.log10(self.smallest), math.log10(self.largest)
        if low == high:
            return len(CLASSES) - 1
        place = math.floor(len(CLASSES) * (math.log10(size) - low) / (high - low))
        return min(max(place, 0), len(CLASSES) - 1)

    def legend(self) -> list[tuple[str, Ink]]:
        """What each look means, from the largest gradients down."""
        rows = [("0", DEAD)] if self.has_dead else []
        if self.smallest == self.largest:
            rows.append((two_digits(self.largest), class_ink(-1)))
        else:
            low, high = math.log10(self.smallest), math.log10(self.largest)
            step = (high - low) / len(CLASSES)
            inner = [10 ** (low + i * step) for i in range(1, len(CLASSES))]
            ends = map(two_digits, [self.smallest, *inner, self.largest])
            for place, (lower, upper) in enumerate(pairwise(ends)):
                rows.append((f"{lower} to {upper}", class_ink(place)))
        if self.has_non_finite:
            rows.append(("inf or nan", NOT_FINITE))
        return rows[::-1]


def class_ink(place: int) -> Ink:
    """The look of one of the classes."""
    fill, line, text, width = CLASSES[place]
    return Ink(fill, line, text, text, width, False)


def two_digits(number: float) -> str:
    """The end of a class: two significant digits."""
    return format_number(float(f"{number:.2g}"))


def heat_of(drawing: Drawing) -> Heat:
    """The scale of the gradients in a drawing.

    Raises:
        ValueError: if there are none yet.
    """
    found = [abs(box.grad) for box in drawing.boxes if box.grad is not None]
    found += [fold.largest_grad for fold in drawing.folds if fold.largest_grad is not None]
    arrows = [arrow for item in drawing.items for arrow in item.arrows]
    found += [arrow.share for arrow in arrows if arrow.share is not None]
    if not found:
        raise ValueError("heat shows gradients, and there are none yet: call backward() first")
    sizes = [size for size in found if 0 < size < math.inf] or [1.0]
    largest = max(sizes)
    smallest = max(min(sizes), largest * SMALLEST_SHARE)
    return Heat(smallest, largest, 0 in found, not all(map(math.isfinite, found)))


@dataclass(frozen=True)
class Emphasis:
    """The look of everything in a drawing.

    Attributes:
        heat: the scale of gradients, if they are shown.
        nodes: the boxes and folds of the highlighted path.
        arrows: its arrows, each as the box or fold that it leads into and its place there.
        stale: boxes and folds with numbers that no longer follow from their operands.
    """

    heat: Heat | None = None
    nodes: Collection[Box | Fold] = field(default_factory=set)
    arrows: Collection[tuple[Box | Fold, int]] = field(default_factory=set)
    stale: Collection[Box | Fold] = field(default_factory=set)

    def of_box(self, box: Box) -> Ink:
        """The look of a box; its border tells its part, also under heat."""
        usual = USUAL_INKS[box.part]
        if self is PLAIN:
            return usual
        return self.outlined(box, self.warmed(usual, box.grad))

    def of_fold(self, fold: Fold) -> Ink:
        """The look of a collapsed scope."""
        fill, border = FOLD_COLOURS
        usual = Ink(fill, border, TEXT, QUIET_TEXT, 2, False)
        return self.outlined(fold, self.warmed(usual, fold.largest_grad))

    def warmed(self, usual: Ink, grad: float | None) -> Ink:
        """The look with the fill and the width of a gradient."""
        if self.heat is None or grad is None:
            return usual
        hot = self.heat.ink(abs(grad))
        return hot._replace(line=usual.line)

    def outlined(self, item: Box | Fold, ink: Ink) -> Ink:
        """The look with the border of what is stale, or of the highlighted path."""
        if item in self.stale:
            return ink._replace(line=STALE_COLOUR, width=STALE_WIDTH, dashed=True)
        if item in self.nodes:
            return ink._replace(line=HIGHLIGHT, width=HIGHLIGHT_WIDTH, dashed=False)
        return ink

    def of_arrow(self, target: Box | Fold, place: int) -> Ink | None:
        """The look of an arrow into a box or fold; None for the usual one."""
        if self.arrows and (target, place) in self.arrows:
            return HIGHLIGHTED
        return self.of_share(target.arrows[place].share)

    def of_result(self, box: Box) -> Ink | None:
        """The look of the arrow from an operation to its result."""
        if self.arrows and any((box, i) in self.arrows for i in range(len(box.arrows))):
            return HIGHLIGHTED
        return self.of_share(None if box.grad is None else abs(box.grad))

    def of_share(self, share: float | None) -> Ink | None:
        """The look of an arrow that carries a gradient of this size."""
        return None if self.heat is None or share is None else self.heat.ink(share)


def emphasis(
    drawing: Drawing, heat: bool, highlight: Path | Iterable[Value | str] | Value | str
) -> Emphasis:
    """The emphasis that a call of `draw_dot` asks for.

    Raises:
        TypeError, ValueError: if what is to be highlighted is not in the drawing, or heat is asked
            for before any backward pass.
    """
    if not heat and highlight == () and not drawing.stale:
        return PLAIN
    scale = heat_of(drawing) if heat else None
    drawn: dict[Value, Box | Fold] = {
        box.value: box for box in drawing.boxes if box.value is not None
    }
    drawn.update((node, fold) for fold in drawing.folds for node in fold.values)
    chosen = nodes_to_highlight(highlight, drawn, drawing.names)
    edges = edges_to_highlight(highlight, chosen)
    arrows = {
        arrow
        for consumer, operand in edges
        for arrow in arrows_between(drawn[consumer], drawn[operand])
    }
    inner = {target for target, _ in arrows}
    stale = {item for item in drawing.items if drawing.is_stale(item)} if drawing.stale else set()
    return Emphasis(scale, {drawn[node] for node in chosen} | inner, arrows, stale)


PLAIN = Emphasis()


def nodes_to_highlight(
    highlight: Path | Iterable[Value | str] | Value | str,
    drawn: Collection[Value],
    names: Mapping[Value, str],
) -> Sequence[Value]:
    """The nodes of a path, or those given."""
    if isinstance(highlight, (Value, str)):
        highlight = [highlight]
    if not isinstance(highlight, (Path, Iterable)):
        raise TypeError(
            "highlight takes a path (see autograd.paths), or Values or their names, not "
            f"{type(highlight).__name__}"
        )
    if isinstance(highlight, Path):
        highlight = highlight.nodes
    nodes = [node_called(names, item) for item in highlight]
    for node in nodes:
        if node not in drawn:
            raise ValueError(f"{node!r} is not in the picture and cannot be highlighted")
    return nodes


def edges_to_highlight(highlight: object, nodes: Sequence[Value]) -> Iterable[tuple[Value, Value]]:
    """(consumer, operand): those along a path, or all between the nodes."""
    if isinstance(highlight, Path):
        return pairwise(nodes)
    chosen = set(nodes)
    return [(node, parent) for node in nodes for parent in node.parents if parent in chosen]


def arrows_between(consumer: Box | Fold, operand: Box | Fold) -> list[tuple[Box | Fold, int]]:
    """The arrows that lead from an operand to its consumer, through the steps of its operation."""
    leaving: dict[Box | Fold, list[tuple[Box | Fold, int]]] = {}
    met = {consumer}
    below = [consumer]
    while below:
        item = below.pop()
        for place, (source, *_) in enumerate(item.arrows):
            leaving.setdefault(source, []).append((item, place))
            if isinstance(source, Box) and source.value is None and source not in met:
                met.add(source)
                below.append(source)
    found: list[tuple[Box | Fold, int]] = []
    above = [operand]
    for item in above:
        arrows = leaving.pop(item, [])
        found += arrows
        above += [target for target, _ in arrows]
    return found

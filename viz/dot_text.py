"""A drawing as DOT text: a line a node or arrow, in frames around scopes where these are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache

from autograd.numbers import format_number
from viz.clusters import nested
from viz.drawing import Arrow, Box, Drawing, Fold
from viz.emphasis import PLAIN, Emphasis
from viz.names import short
from viz.styles import (
    FRAME_COLOURS,
    LABEL_COLOUR,
    OPERATION_COLOURS,
    QUIET_TEXT,
    Ink,
    Paper,
    derivative_label,
    flat_box,
    fold_box,
    quoted,
    tall_box,
)

OPERATION = (
    'shape=box style="rounded,filled" margin="0.12,0.05" width=0.35 height=0.3 '
    'fillcolor="{0}" color="{0}" fontcolor="{1}" fontsize=13'.format(*OPERATION_COLOURS)
)
LABEL = f'fontsize=10 fontcolor="{LABEL_COLOUR}"'
STUB_EDGE = f'[color="{QUIET_TEXT}"]'
STUB = f'[label="⋯" fontsize=16 fontcolor="{QUIET_TEXT}"]'  # for nodes that are not drawn


class Written(dict[float, str]):
    """Numbers as they are shown, each worked out once: one node's data is others' derivative."""

    def __missing__(self, number: float) -> str:
        written = format_number(number)
        if number:  # 0.0 and -0.0 are equal, but not on paper
            self[number] = written
        return written


@dataclass(frozen=True)
class Writer:
    """Writes boxes and folds as DOT text.

    Attributes:
        paper: which numbers are shown.
        look: what stands out.
        is_flat: whether an operation is part of its result's box.
        has_labels: whether arrows carry the local derivatives.
        ports: where an arrow enters its label and where it leaves it, such as (":w", ":e"), so that
            it crosses no blank; Graphviz's choice if empty.
        written: the numbers that were written already.
    """

    paper: Paper
    look: Emphasis
    is_flat: bool
    has_labels: bool
    ports: tuple[str, str] = ("", "")
    written: Written = field(default_factory=Written, repr=False, compare=False)

    def lines(self, drawing: Drawing) -> list[str]:
        """The whole drawing, without frames: arrows stand with the boxes into which they lead."""
        lines: list[str] = []
        for item in drawing.items:
            self.write(item, lines, lines)
        return lines

    def framed_lines(self, drawing: Drawing) -> list[str]:
        """The whole drawing, with nested frames around scopes.

        Arrows stand outside of frames; inside, they would pull both their ends in.
        """
        inside: dict[str, list[str]] = {}
        arrows: list[str] = []
        for item in drawing.items:
            scope = item.scope if isinstance(item, Box) else item.scope.rpartition(".")[0]
            self.write(item, inside.setdefault(scope, []), arrows)
        lines, depth = inside.pop("", []), 0
        for number, (scope, closing) in enumerate(nested(inside)):
            lines += ["\t}\n"] * closing
            lines += [frame(number, scope), *inside.get(scope, [])]
            depth += 1 - closing
        return [*lines, *["\t}\n"] * depth, *arrows]

    def write(self, item: Box | Fold, nodes: list[str], arrows: list[str]) -> None:
        """Append the lines of one box or fold: itself, its operation, and the arrows into it."""
        if isinstance(item, Fold):
            nodes.append(f"\t{item.id} [label=<{fold_box(item, self.look.of_fold(item))}>]\n")
            self.write_arrows(item, item.id, nodes, arrows)
            return
        nodes.append(f"\t{item.id} [label=<{self.box_label(item)}>]\n")
        end = item.id
        if item.symbol:
            if not self.is_flat:
                end = self.write_operation(item, nodes, arrows)
            self.write_arrows(item, end, nodes, arrows)
        if item.lacks_operands:
            nodes.append(f"\t{item.id}before {STUB}\n")
            arrows.append(f"\t{item.id}before -> {end} {STUB_EDGE}\n")
        if item.lacks_consumers:
            nodes.append(f"\t{item.id}after {STUB}\n")
            arrows.append(f"\t{item.id} -> {item.id}after {STUB_EDGE}\n")

    def box_label(self, box: Box) -> str:
        """What stands in a box."""
        ink = self.look.of_box(box)
        if self.is_flat:
            return flat_box(box, ink)
        return tall_box(box, ink, self.paper, self.written[box.data])

    def write_operation(self, box: Box, nodes: list[str], arrows: list[str]) -> str:
        """Append the operation that made a box as a node before it; return the node's name."""
        name = f"{box.id}op"
        look = "" if self.look is PLAIN else looks(self.look.of_result(box))[0]
        nodes.append(f"\t{name} {operation_look(box.symbol)}\n")
        arrows.append(f"\t{name} -> {box.id}{look}\n")
        return name

    def write_arrows(self, item: Box | Fold, end: str, nodes: list[str], arrows: list[str]) -> None:
        """Append the arrows into a box or fold, each with its label."""
        entry, exit = self.ports
        look, first_half = looks(None)
        for place, arrow in enumerate(item.arrows):
            text = self.label(arrow, item)
            source = arrow.source.id
            if self.look is not PLAIN:
                look, first_half = looks(self.look.of_arrow(item, place))
            if not text:
                arrows.append(f"\t{source} -> {end}{look}\n")
                continue
            # The label is a node in the middle of its arrow, so that it can belong to no other.
            label = f"{item.id}d{place}"
            nodes.append(f"\t{label} [label={text} {LABEL}]\n")
            arrows.append(
                f"\t{source} -> {label}{entry}{first_half}\n\t{label}{exit} -> {end}{look}\n"
            )

    def label(self, arrow: Arrow, target: Box | Fold) -> str:
        """What stands on an arrow: a local derivative, or how many edges it is; "" if nothing."""
        source, derivative, edge_count, _ = arrow
        if isinstance(source, Box) and isinstance(target, Box):
            if not self.has_labels:
                return ""
            written = self.written[derivative]
            return derivative_label(target.name, source.name, written, self.paper)
        return f'" {edge_count:,} edges "' if edge_count > 1 else ""


@lru_cache(maxsize=256)  # a symbol may have a number in it
def operation_look(symbol: str) -> str:
    """The attributes of an operation's node, in brackets."""
    return f'[label="{quoted(symbol)}" {OPERATION}]'


@cache
def looks(ink: Ink | None) -> tuple[str, str]:
    """The attributes of an arrow, and of the half before its label, which has no head."""
    if ink is None:
        return "", " [arrowhead=none]"
    style = " style=dashed" if ink.dashed else ""
    written = f'color="{ink.line}" penwidth={ink.width:g}{style}'
    return f" [{written}]", f" [arrowhead=none {written}]"


def frame(number: int, scope: str) -> str:
    """The beginning of a frame around a scope."""
    fill, border = FRAME_COLOURS
    name = quoted(short(scope.rpartition(".")[2]))
    return (
        f'\tsubgraph cluster_{number} {{\n\tlabel="{name}" labeljust=l labelloc=t fontsize=12 '
        f'fontcolor="{QUIET_TEXT}" style="rounded,filled" fillcolor="{fill}" color="{border}"\n'
    )

"""A drawing as DOT text: a line a node or arrow, in frames around scopes where these are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from viz.clusters import nested
from viz.drawing import Arrow, Box, Drawing, Fold
from viz.emphasis import Emphasis
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
STUB = f'[label="…" fontsize=14 fontcolor="{QUIET_TEXT}"]'  # for nodes that are not drawn


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
    """

    paper: Paper
    look: Emphasis
    is_flat: bool
    has_labels: bool
    ports: tuple[str, str] = ("", "")

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
        if item.symbol and not self.is_flat:
            end = self.write_operation(item, nodes, arrows)
        self.write_arrows(item, end, nodes, arrows)
        if item.lacks_operands:
            nodes.append(f"\t{item.id}before {STUB}\n")
            arrows.append(f"\t{item.id}before -> {end} [style=dotted]\n")
        if item.lacks_consumers:
            nodes.append(f"\t{item.id}after {STUB}\n")
            arrows.append(f"\t{item.id} -> {item.id}after [style=dotted]\n")

    def box_label(self, box: Box) -> str:
        """What stands in a box."""
        ink = self.look.of_box(box)
        return flat_box(box, ink) if self.is_flat else tall_box(box, ink, self.paper)

    def write_operation(self, box: Box, nodes: list[str], arrows: list[str]) -> str:
        """Append the operation that made a box as a node before it; return the node's name."""
        name = f"{box.id}op"
        nodes.append(f'\t{name} [label="{quoted(box.symbol)}" {OPERATION}]\n')
        arrows.append(f"\t{name} -> {box.id}{attributes(self.look.of_result(box))}\n")
        return name

    def write_arrows(self, item: Box | Fold, end: str, nodes: list[str], arrows: list[str]) -> None:
        """Append the arrows into a box or fold, each with its label."""
        entry, exit = self.ports
        for place, arrow in enumerate(item.arrows):
            ink = self.look.of_arrow(item, place)
            look = attributes(ink)
            text = self.label(arrow, item)
            if not text:
                arrows.append(f"\t{arrow.source.id} -> {end}{look}\n")
                continue
            # The label is a node in the middle of its arrow, so that it can belong to no other.
            label = f"{item.id}d{place}"
            nodes.append(f'\t{label} [label={text} fontsize=10 fontcolor="{LABEL_COLOUR}"]\n')
            half = attributes(ink, "arrowhead=none")
            arrows.append(f"\t{arrow.source.id} -> {label}{entry}{half}\n")
            arrows.append(f"\t{label}{exit} -> {end}{look}\n")

    def label(self, arrow: Arrow, target: Box | Fold) -> str:
        """What stands on an arrow: a local derivative, or how many edges it is; "" if nothing."""
        if isinstance(arrow.source, Box) and isinstance(target, Box):
            if not self.has_labels:
                return ""
            return derivative_label(target, arrow.source, arrow.derivative, self.paper)
        return f'" {arrow.edge_count:,} edges "' if arrow.edge_count > 1 else ""


@cache
def attributes(ink: Ink | None, *others: str) -> str:
    """The attributes of an arrow, in brackets."""
    if ink is None and not others:
        return ""
    written = list(others)
    if ink:
        written += [f'color="{ink.line}"', f"penwidth={ink.width:g}"]
        if ink.dashed:
            written.append("style=dashed")
    return f" [{' '.join(written)}]"


def frame(number: int, scope: str) -> str:
    """The beginning of a frame around a scope."""
    fill, border = FRAME_COLOURS
    name = quoted(short(scope.rpartition(".")[2]))
    return (
        f'\tsubgraph cluster_{number} {{\n\tlabel="{name}" labeljust=l labelloc=t fontsize=12 '
        f'fontcolor="{QUIET_TEXT}" style="rounded,filled" fillcolor="{fill}" color="{border}"\n'
    )

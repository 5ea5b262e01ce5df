"""A drawing as data: boxes, and the arrows between them, before either is given any look.

A `Box` is a value with the operation that made it, a `Fold` a whole scope drawn as one. Everything
that draws (DOT in its styles, Mermaid, one step of descent) prints this one list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.engine import Value
from autograd.graph_formulas import stale_nodes
from autograd.numbers import format_number
from autograd.registry import entry
from viz.names import short, short_names

#: Makes an arrow of a tuple: `Arrow(...)` takes three times as long, and there is one an edge.
new = tuple.__new__


@dataclass(eq=False, slots=True)
class Box:
    """One value, and the operation that made it.

    Attributes:
        id: its name in the DOT text.
        name: what it is called.
        part: "input", "parameter", "output" or "inner".
        scope: where it was made.
        data: its value.
        grad: its gradient; None before any backward pass.
        symbol: what stands in the operation's node; "" for a leaf.
        arrows: one an operand, in written order.
        value: the node itself; None for a step inside of an operation that is drawn in single ones.
        lacks_operands: whether operands of it are not drawn.
        lacks_consumers: whether nodes that use it are not drawn.
    """

    id: str
    name: str
    part: str
    scope: str
    data: float
    grad: float | None
    symbol: str
    arrows: list[Arrow]
    value: Value | None
    lacks_operands: bool = False
    lacks_consumers: bool = False


@dataclass(eq=False, slots=True)
class Fold:
    """All that was made in one scope, drawn as one box.

    Attributes:
        id: its name in the DOT text.
        scope: the scope.
        values: the nodes.
        arrows: one a box or fold from which edges lead into it.
    """

    id: str
    scope: str
    values: list[Value] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    @property
    def largest_grad(self) -> float | None:
        """The largest |gradient| inside; None before any backward pass."""
        return max([abs(node.grad) for node in self.values if node.has_grad], default=None)


class Arrow(NamedTuple):
    """What leads into a box.

    Attributes:
        source: where it comes from.
        derivative: the local derivative.
        edge_count: how many edges it stands for; with a fold at one end it can be more than one.
        share: the largest |upstream * local derivative| among them; None before a backward pass.
    """

    source: Box | Fold
    derivative: float
    edge_count: int
    share: float | None


@dataclass(frozen=True)
class Drawing:
    """What is drawn.

    Attributes:
        boxes: the values, in topological order.
        folds: the collapsed scopes, in the order of their first nodes.
        names: what all nodes of the graph are called, in topological order.
        stale: those that no longer follow from their operands, whose data was assigned later.
    """

    boxes: list[Box]
    folds: list[Fold]
    names: Mapping[Value, str]
    stale: Collection[Value]

    @property
    def items(self) -> list[Box | Fold]:
        """Boxes and folds."""
        return [*self.boxes, *self.folds]

    def is_stale(self, item: Box | Fold) -> bool:
        """Whether something that an item shows no longer follows from its operands."""
        nodes = item.values if isinstance(item, Fold) else [item.value]
        return any(node in self.stale for node in nodes)

    @property
    def arrow_count(self) -> int:
        """How many arrows lead into boxes and folds."""
        return sum(len(item.arrows) for item in self.items)


def drawing_of(
    names: dict[Value, str],
    parts: Mapping[Value, str],
    folded: Mapping[Value, str],
    visible: Collection[Value] | None = None,
) -> Drawing:
    """The boxes and folds of a graph, with one arrow an edge.

    Args:
        names: what the nodes are called, all of them, in topological order.
        parts: "input", "parameter", "output" or "inner".
        folded: the scope as which a node is drawn, of those that are not drawn as boxes.
        visible: the nodes that are drawn; all if not given.
    """
    drawn: dict[Value, Box | Fold] = {}
    boxes: list[Box] = []
    folds: dict[str, Fold] = {}
    shown = short_names(names)
    for number, node in enumerate(names):
        if visible is not None and node not in visible:
            mark_consumers(node, drawn)
            continue
        scope = folded.get(node)
        if scope is None:
            drawn[node] = box = box_of(node, f"n{number}", shown[node], parts[node], drawn)
            if visible is not None:
                box.lacks_operands = len(box.arrows) < len(node.parents)
            boxes.append(box)
        else:
            arrows = edges(node, drawn)
            drawn[node] = fold = folds.setdefault(scope, Fold(f"s{len(folds)}", scope))
            fold.values.append(node)
            fold.arrows += arrows
    stale = set(stale_nodes([*drawn]))
    return Drawing(boxes, list(folds.values()), names, stale)


def box_of(node: Value, id: str, name: str, part: str, drawn: Mapping[Value, Box | Fold]) -> Box:
    """The box of a node, with one arrow an edge from the operands that are drawn."""
    grad = node.grad if node.has_grad else None
    if not node.op:
        return Box(id, name, part, node.scope, node.data, grad, "", [], node)
    symbol = operation_symbol(node)
    return Box(id, name, part, node.scope, node.data, grad, symbol, edges(node, drawn), node)


def mark_consumers(node: Value, drawn: Mapping[Value, Box | Fold]) -> None:
    """Note in the operands' boxes that a node that uses them is not drawn."""
    for parent in node.parents:
        item = drawn.get(parent)
        if isinstance(item, Box):
            item.lacks_consumers = True


def edges(node: Value, drawn: Mapping[Value, Box | Fold]) -> list[Arrow]:
    """One arrow an edge into the node, from the operands that are drawn."""
    upstream = node.grad if node.has_grad else None
    share = None
    arrows = []
    for parent, derivative in zip(node.parents, node.local_derivatives, strict=True):
        if parent in drawn:
            if upstream is not None:
                share = abs(upstream * derivative)
            arrows.append(new(Arrow, (drawn[parent], derivative, 1, share)))
    return arrows


def join_arrows(drawing: Drawing) -> None:
    """Draw all edges between the same two ends as one arrow, where one of these is a fold."""
    if drawing.folds:
        for item in drawing.items:
            item.arrows = joined(item.arrows, item)


def joined(arrows: Iterable[Arrow], target: Box | Fold) -> list[Arrow]:
    """The arrows into a box or fold, those from or into folds joined, those within one left out."""
    apart: list[Arrow] = []
    together: dict[Box | Fold, list[Arrow]] = {}
    for arrow in arrows:
        if isinstance(target, Fold) or isinstance(arrow.source, Fold):
            together.setdefault(arrow.source, []).append(arrow)
        else:
            apart.append(arrow)
    for source, same in together.items():
        if source is not target:
            shares = [arrow.share for arrow in same if arrow.share is not None]
            apart.append(Arrow(source, same[0].derivative, len(same), max(shares, default=None)))
    return apart


def parts_played(
    order: Iterable[Value], roots: Iterable[Value], parameters: Collection[Value]
) -> dict[Value, str]:
    """Whether each node is an input, a parameter, an output or none of these."""
    parts = {
        node: "inner" if node.op else "parameter" if node.scope or node in parameters else "input"
        for node in order
    }
    parts.update((root, "output") for root in roots if root.op)
    return parts


def set_of_parameters(names: Mapping[Value, str], parameters: Iterable[str | Value]) -> set[Value]:
    """The leaves that the call names as parameters: by their names, or all of one label.

    Raises:
        ValueError: if one of them is not in the graph.
    """
    wanted = [parameters] if isinstance(parameters, (str, Value)) else list(parameters)
    if not wanted:
        return set()
    leaves = {node: name for node, name in names.items() if not node.op}
    chosen = set()
    for item in wanted:
        meant = [node for node, name in leaves.items() if item in (node, node.label, name)]
        if not meant:
            known = ", ".join([name for node, name in leaves.items() if node.label])
            raise ValueError(
                f"{item!r} is no leaf of this graph; its leaves: {known or 'none has a label'}"
            )
        chosen.update(meant)
    return chosen


def operation_symbol(node: Value) -> str:
    """What stands in an operation's node: its symbol, and the plain numbers among its operands.

    They stand where they are written: "2 −", "× 3", "clip(·, 0, 1)".
    """
    operation = entry(node.op)
    operands = node.operands
    if len(node.parents) == len(operands):
        return short(operation.symbol)
    written = ["·" if isinstance(x, Value) else format_number(x) for x in operands]
    if operation.is_called or len(written) != 2:
        return short(f"{operation.symbol}({', '.join(written)})")
    left, right = written
    return short(f"{operation.symbol} {right}" if left == "·" else f"{left} {operation.symbol}")

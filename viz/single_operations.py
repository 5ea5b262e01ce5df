"""Operations of many operands drawn as single ones: a dot product as products and sums.

Homework wants one simple operation a node. The steps inside of an operation are worked out on
Values of their own; the graph that is drawn is not changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograd.engine import Value
from autograd.graph import topological_order
from autograd.modes import ieee, recording
from autograd.single_operations import dot, log_softmax, logsumexp, mean, softmax, total
from viz.drawing import Box, Drawing, box_of, edges, operation_symbol

#: How an operation of any number of operands is made of simple ones. A softmax is the share of its
#: first operand, a dot has all factors w before all factors x, and the bias last.
IN_SINGLE_OPERATIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "total": total,
    "mean": mean,
    "dot": lambda xs: dot(xs[: len(xs) // 2], xs[len(xs) // 2 :][: len(xs) // 2], bias_of(xs)),
    "logsumexp": logsumexp,
    "softmax": lambda xs: softmax(xs)[0],
    "log_softmax": lambda xs: log_softmax(xs)[0],
}


def bias_of(xs: Sequence[Any]) -> Any:
    """The last operand of a dot, if it is one too many for pairs."""
    return xs[-1] if len(xs) % 2 else None


def in_single_operations(drawing: Drawing) -> Drawing:
    """The drawing with the steps inside of such operations as boxes of their own.

    The steps inside of h are called h.1, h.2, ... An operation stays whole where the steps overflow
    though it does not, and where operands are not drawn.
    """
    names = {box.name for box in drawing.boxes}
    boxes: list[Box] = []
    for box in drawing.boxes:
        boxes += [*steps_inside(box, names), box]
    return replace(drawing, boxes=boxes)


def steps_inside(box: Box, names: set[str]) -> list[Box]:
    """The boxes of the steps that lead to a box, which gets its arrows from the last of them.

    Its own arrows must be one an operand.
    """
    node = box.value
    if node is None or node.op not in IN_SINGLE_OPERATIONS or len(box.arrows) < len(node.parents):
        return []
    twins = {parent: Value(parent.data) for parent in node.parents}
    result = recomputed_in_steps(node, twins)
    if result in twins.values():  # the sum of one number
        return []
    order = [step for step in topological_order(result) if step.op]
    if math.isfinite(node.data) and not all(math.isfinite(step.data) for step in order):
        return []
    sources = {
        twins[parent]: arrow.source for parent, arrow in zip(node.parents, box.arrows, strict=True)
    }
    inner: list[Box] = []
    for number, step in enumerate(order[:-1], 1):
        name = free_name(f"{box.name}.{number}", names)
        drawn = box_of(step, f"{box.id}x{number}", name, "inner", sources)
        drawn.scope, drawn.value = box.scope, None
        sources[step] = drawn
        inner.append(drawn)
    box.symbol, box.arrows = operation_symbol(result), edges(result, sources)
    return inner


def recomputed_in_steps(node: Value, twins: Mapping[Value, Value]) -> Value:
    """The node once more in single operations, of twins of its operands, with its gradient."""
    operands = [twins[x] if isinstance(x, Value) else x for x in node.operands]
    with recording(), ieee():
        result: Value = IN_SINGLE_OPERATIONS[node.op](operands)
        if node.has_grad:
            result.backward(node.grad)
    return result


def free_name(name: str, taken: set[str]) -> str:
    """The name, with strokes until it is none of those taken; it is taken then."""
    while name in taken:
        name += "'"
    taken.add(name)
    return name

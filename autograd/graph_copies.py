"""Copies of graphs: pickle, copy and deepcopy, for graphs of any depth.

A graph is stored as flat arrays, so that a chain of any length can be. Its leaves are stored one by
one, as themselves: a parameter that stands in a pickle twice, alone and in a loss, comes out as one
object. Inner nodes are shared within one root.
"""

from __future__ import annotations

from array import array
from typing import Any

from autograd.engine import Value, restored_node
from autograd.graph import topological_order


def reduce_value(root: Value) -> tuple[Any, ...]:
    """What `pickle` and `copy` store of a Value: how to make it again."""
    if not root.op:
        state = (root.data, root.grad, root.has_grad, root.label, root.scope, root.source)
        return restored_node, ("", (), (), *state)
    order = topological_order(root)
    outer = [node for node in order if not node.op]
    inner = [node for node in order if node.op]
    index = {node: i for i, node in enumerate([*outer, *inner])}
    names = sorted({node.op for node in inner})
    operations, counts, operands = array("I"), array("I"), array("q")
    numbers, derivatives = array("d"), array("d")
    for node in inner:
        operations.append(names.index(node.op))
        counts.append(len(node.operands))
        derivatives.extend(node.local_derivatives)
        for operand in node.operands:
            if isinstance(operand, Value):
                operands.append(index[operand])
            else:
                operands.append(-1)
                numbers.append(operand)
    return restored_graph, (
        outer,
        names,
        operations,
        counts,
        operands,
        numbers,
        derivatives,
        array("d", [node.data for node in inner]),
        array("d", [node.grad for node in inner]),
        bytes([node.has_grad for node in inner]),
        {i: node.label for i, node in enumerate(inner) if node.label},
        {i: node.scope for i, node in enumerate(inner) if node.scope},
        {i: node.source for i, node in enumerate(inner) if node.source},
    )


def restored_graph(
    outer: list[Value],
    names: list[str],
    operations: array[int],
    counts: array[int],
    operands: array[int],
    numbers: array[float],
    derivatives: array[float],
    data: array[float],
    grads: array[float],
    have_grad: bytes,
    labels: dict[int, str],
    scopes: dict[int, str],
    sources: dict[int, str],
) -> Value:
    """The root of a graph that `reduce_value` took apart.

    Raises:
        KeyError: if it has an operation that is not in the table: one of a user's own that has to
            be entered first.
    """
    nodes = list(outer)
    edges, constants, recorded = iter(operands), iter(numbers), iter(derivatives)
    for i, (code, count) in enumerate(zip(operations, counts, strict=True)):
        places = [next(edges) for _ in range(count)]
        given = tuple([nodes[place] if place >= 0 else next(constants) for place in places])
        local = tuple([next(recorded) for place in places if place >= 0])
        notes = (labels.get(i, ""), scopes.get(i, ""), sources.get(i, ""))
        state = (data[i], grads[i], bool(have_grad[i]), *notes)
        nodes.append(restored_node(names[code], given, local, *state))
    return nodes[-1]


def teach(value: type[Value]) -> None:
    """Have Values copied and pickled as is written here."""
    value.__reduce__ = reduce_value  # type: ignore[assignment,method-assign]

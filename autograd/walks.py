"""Walks over a recorded graph that only read it: its nodes in order, which of them no longer follow
from their operands, and what each hands on in a backward pass.

The engine's own backward pass marks nodes and fills in their gradients. These walks leave no trace,
so that a picture or a list of steps can be made at any time. They are compiled like the engine:
steps and pictures of large graphs spend their time here.
"""

from __future__ import annotations

import cython

from autograd.registry import OPERATIONS

if cython.compiled:
    from cython.cimports.autograd.dispatch import evaluate1, evaluate2, evaluate_row
    from cython.cimports.autograd.engine import Value
    from cython.cimports.autograd.memory import read_data
    from cython.cimports.autograd.rows import Row, new_row
else:
    from autograd.engine import Value, read_data  # type: ignore[attr-defined]  # the plain form has it
    from autograd.evaluation import evaluate1, evaluate2, evaluate_row
    from autograd.rows import Row, new_row

#: How many operands each built-in operation has, by its code; 0 if any number.
ARITIES = [operation.arity for operation in OPERATIONS if not operation.is_own]

#: One edge of a backward pass: the node that receives, the node that sends, which of its parents
#: that is, the sender's gradient, the local derivative, their product, and the receiver's gradient
#: with it.
Contribution = tuple[Value, Value, int, float, float, float, float]


def evaluation_order(roots: list[Value]) -> list[Value]:
    """All nodes under the roots, each once and after its operands.

    Depth first and left to right, with a list for a stack, so that no graph is too deep; as
    `engine.topological_order`, but with sets in place of marks in the nodes.
    """
    order: list[Value] = []
    met: set[Value] = set()
    placed: set[Value] = set()
    stack: list[Value] = []
    for root in roots:
        stack.append(root)
        while stack:
            node = stack.pop()
            if node in placed:
                continue
            if node._code == 0 or node in met:
                placed.add(node)
                order.append(node)
                continue
            met.add(node)
            stack.append(node)
            if node._row is not None:
                for operand in reversed(node._row.operands):
                    if type(operand) is Value and operand not in placed:
                        stack.append(operand)
            if node._y is not None and node._y not in placed:
                stack.append(node._y)
            if node._x is not None and node._x not in placed:
                stack.append(node._x)
    return order


def unlike_recorded(order: list[Value]) -> list[Value]:
    """The nodes whose operation, run again, does not give to the bit what they recorded.

    Those of a user's own operations, whose rules cost what they cost, are always among them; so
    are those that recorded a nan.
    """
    return [node for node in order if not is_as_recorded(node)]


def is_as_recorded(node: Value) -> bool:
    """Whether value and local derivatives are those that the rule gives on the operands' data."""
    code = node._code
    if code == 0:
        return True
    if code >= len(ARITIES):
        return False
    if node._row is not None:
        return is_row_as_recorded(node, node._row)
    x = node._dx if node._x is None else node._x._data
    if ARITIES[code] == 1:
        out, dx = evaluate1(code, x)
        return out == node._data and dx == node._dx
    y = node._dy if node._y is None else node._y._data
    out, dx, dy = evaluate2(code, x, y)
    return (
        out == node._data
        and (node._x is None or dx == node._dx)
        and (node._y is None or dy == node._dy)
    )


def is_row_as_recorded(node: Value, row: Row) -> bool:
    """The same for a node with any number of operands."""
    again = new_row(row.operands)
    read_data(row.operands, again.numbers)
    if evaluate_row(node._code, again) != node._data:
        return False
    for i in range(row.count):
        if type(row.operands[i]) is Value and again.derivatives[i] != row.derivatives[i]:
            return False
    return True


def contributions(order: list[Value], seed: float) -> list[Contribution]:
    """What each node hands to its operands in a backward pass, in the order of that pass.

    Args:
        order: the nodes in topological order; the last one is where the pass starts.
        seed: the gradient to start with.
    """
    gradients = dict.fromkeys(order, 0.0)
    gradients[order[-1]] = seed
    passed: list[Contribution] = []
    for node in reversed(order):
        if node._code == 0:
            continue
        upstream = gradients[node]
        place = 0
        if node._row is not None:
            for i in range(node._row.count):
                if type(node._row.operands[i]) is Value:
                    parent = node._row.operands[i]
                    local = node._row.derivatives[i]
                    passed.append(contribution(gradients, parent, node, place, upstream, local))
                    place += 1
        if node._x is not None:
            passed.append(contribution(gradients, node._x, node, place, upstream, node._dx))
            place += 1
        if node._y is not None:
            passed.append(contribution(gradients, node._y, node, place, upstream, node._dy))
    return passed


def contribution(
    gradients: dict[Value, float],
    parent: Value,
    node: Value,
    place: int,
    upstream: float,
    local: float,
) -> Contribution:
    """One edge; the receiver's gradient is brought up to date."""
    share = upstream * local
    gradient = gradients[parent] + share
    gradients[parent] = gradient
    return parent, node, place, upstream, local, share, gradient

"""Domains: what is said when a value or a gradient is not a finite number.

The engine only notices that a result is inf or nan. Whether that is an error, which exception it
deserves and in which words, is found out here, off the fast path, from the operation's entry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.numbers import format_number
from autograd.registry import OPERATIONS, Operation
from autograd.state import modes

if TYPE_CHECKING:
    from autograd.engine import Value

MOST_OPERANDS = 6  # more are not named in an error


def check_domain(code: int, operands: Sequence[Any], data: float) -> None:
    """Raise what Python raises for the same numbers, unless a non-finite result is welcome.

    It is when an operand was not finite itself, or inside `with autograd.ieee():`.

    Args:
        code: the operation, as an index into the table.
        operands: its operands, Values and numbers.
        data: its result, inf or nan.
    """
    if modes.ieee:
        return
    numbers = [number_of(operand) for operand in operands]
    if not all(math.isfinite(number) for number in numbers):
        return
    operation = OPERATIONS[code]
    given = dict(zip(operation.operands, numbers, strict=False))
    for condition, exception in operation.domain.items():
        if not eval(condition, {"__builtins__": {}}, given):
            raise exception(
                f"{operation.notation} is defined for {condition}; "
                f"here {describe(operation, operands)}"
            )
    called = operation.name if operation.variadic else operation.notation
    raise OverflowError(f"{called} is too large for a float; here {describe(operation, operands)}")


def number_of(operand: Any) -> float:
    """The data of a Value, or the number itself."""
    return float(getattr(operand, "data", operand))


def describe(operation: Operation, operands: Sequence[Any]) -> str:
    """Operands with their numbers and, where they have one, their labels: "x = 0 (label 'r')"."""
    names = operation.operand_names(len(operands))
    words = []
    for name, operand in zip(names, operands[:MOST_OPERANDS], strict=False):
        label = getattr(operand, "label", "")
        also = f" (label {label!r})" if label and label != name else ""
        words.append(f"{name} = {format_number(number_of(operand))}{also}")
    return ", ".join(words) + (", ..." if len(operands) > MOST_OPERANDS else "")


def raise_non_finite_gradient(order: Sequence[Value], culprit: Value) -> None:
    """Name the first node whose gradient is inf or nan, and the edge over which it came.

    Args:
        order: the nodes of the pass, operands before the nodes that use them.
        culprit: the first node in the order of the pass whose gradient is not finite.
    """
    if modes.ieee:
        return
    name = node_text(culprit)
    reason = "the seed is not finite"
    for node in reversed(order):
        for parent, derivative in zip(node.parents, node.local_derivatives, strict=True):
            if parent is culprit and not math.isfinite(node.grad * derivative):
                reason = (
                    f"the local derivative of {node_text(node)} by it is "
                    f"{format_number(derivative)}, and the gradient that arrives there is "
                    f"{format_number(node.grad)}"
                )
                break
    raise ArithmeticError(
        f"the gradient of {name} is {format_number(culprit.grad)}: {reason}. "
        "All gradients are set; inside `with autograd.ieee():` this is not raised"
    )


def node_text(node: Value) -> str:
    """A node in an error message: its label or operation, and its value."""
    what = f"{node.label!r}" if node.label else f"a {node.op} node" if node.op else "a leaf"
    return f"{what} (value {format_number(node.data)})"

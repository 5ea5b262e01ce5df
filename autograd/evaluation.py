"""Calling a rule in plain Python: its value and local derivatives, and never an exception.

Where Python raises (1/0, ln 0, exp 1000), the rule is called once more with IEEE 754 arithmetic:
the engine then finds inf or nan in the result, as the compiled rules give it at once, and decides
what that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd.ieee import ieee_rule
from autograd.registry import OPERATIONS, Operation

if TYPE_CHECKING:
    from autograd.rows import Row


def evaluate1(code: int, x: float) -> tuple[float, float]:
    """Value and local derivative of a one-operand operation, by IEEE 754 where Python raises."""
    operation = OPERATIONS[code]
    try:
        pair: tuple[float, float] = operation.rule(x)
        return pair
    except (ArithmeticError, ValueError):
        return evaluate_quietly(operation, (x,))  # type: ignore[return-value]


def evaluate2(code: int, x: float, y: float) -> tuple[float, float, float]:
    """The same for two operands."""
    operation = OPERATIONS[code]
    try:
        triple: tuple[float, float, float] = operation.rule(x, y)
        return triple
    except (ArithmeticError, ValueError):
        return evaluate_quietly(operation, (x, y))  # type: ignore[return-value]


def evaluate(code: int, operands: Sequence[float]) -> tuple[float, ...]:
    """The same for any number of operands."""
    operation = OPERATIONS[code]
    try:
        results: tuple[float, ...] = operation.rule(*operands)
        return results
    except (ArithmeticError, ValueError):
        return evaluate_quietly(operation, operands)


def evaluate_row(code: int, row: Row) -> float:
    """The value of an operation on a row's numbers; the row's derivatives are filled in."""
    operation = OPERATIONS[code]
    if operation.variadic:
        value: float = operation.rule(row)
        return value
    out, *derivatives = evaluate(code, row.numbers)
    row.derivatives[:] = derivatives
    return out


def evaluate_quietly(operation: Operation, operands: Sequence[float]) -> tuple[float, ...]:
    """Off the fast path: the rule once more, with inf and nan where it has just raised."""
    results: tuple[float, ...] = ieee_rule(operation)(*operands)
    return results

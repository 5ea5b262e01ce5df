"""Calling a rule in plain Python: its value and local derivatives, and never an exception.

Where Python raises (1/0, ln 0, exp 1000), the rule is called once more with IEEE 754 arithmetic:
the engine then finds inf or nan in the result, as the compiled rules give it at once, and decides
what that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd.ieee import ieee_rule
from autograd.numbers import as_float
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
    except (ArithmeticError, ValueError):
        results = evaluate_quietly(operation, operands)
    return checked(operation, results, operands) if operation.is_own else results


def checked(operation: Operation, results: Any, operands: Sequence[float]) -> tuple[float, ...]:
    """What a user's rule returned, as floats.

    Raises:
        TypeError: if it is not a value and one local derivative an operand.
    """
    if isinstance(results, tuple) and any(isinstance(number, complex) for number in results):
        results = evaluate_quietly(operation, operands)  # (-1) ** 0.5 is nan then
    if not isinstance(results, tuple) or len(results) != 1 + len(operands):
        count = f"{len(results)} results" if isinstance(results, tuple) else repr(results)
        raise TypeError(
            f"the rule of {operation.name} must return its value and {len(operands)} local "
            f"derivatives, one an operand; it returned {count}"
        )
    try:
        return tuple([as_float(number) for number in results])
    except TypeError as error:
        raise TypeError(f"the rule of {operation.name} must return numbers: {error}") from None


def evaluate_row(code: int, row: Row) -> float:
    """The value of an operation on a row's numbers; the row's derivatives are filled in."""
    operation = OPERATIONS[code]
    if operation.variadic:
        try:
            value: float = operation.rule(row)
        except (ArithmeticError, ValueError):
            value = ieee_rule(operation)(row)
        return value
    out, *derivatives = evaluate(code, row.numbers)
    row.derivatives[:] = derivatives
    return out


def evaluate_quietly(operation: Operation, operands: Sequence[float]) -> tuple[float, ...]:
    """Off the fast path: the rule once more, with inf and nan where it has just raised."""
    results: tuple[float, ...] = ieee_rule(operation)(*operands)
    return results

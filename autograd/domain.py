"""Domains: what is said when a value or a gradient is not a finite number.

The engine only notices that a result is inf or nan. Whether that is an error, which exception it
deserves and in which words, is found out here, off the fast path, from the operation's entry.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.numbers import format_number
from autograd.registry import OPERATIONS, Operation
from autograd.state import modes

if TYPE_CHECKING:
    from autograd.engine import Value

MOST_OPERANDS = 6  # more are not named in an error


def check_domain(code: int, operands: Sequence[Any]) -> None:
    """For a result that is inf or nan: raise what Python raises, unless it is welcome.

    It is when an operand was not finite itself, or inside `with autograd.ieee():`.

    Args:
        code: the operation, as an index into the table.
        operands: its operands, Values and numbers.
    """
    if modes.ieee:
        return
    recorder, modes.recorder = modes.recorder, None  # what is read from here on is no escape
    try:
        check_numbers(code, operands)
    except (ArithmeticError, ValueError):
        if recorder is not None:
            recorder.refused(operands)
        raise
    finally:
        modes.recorder = recorder


def check_numbers(code: int, operands: Sequence[Any]) -> None:
    """Raise what Python raises if all operands are finite."""
    numbers = [number_of(operand) for operand in operands]
    if not all(math.isfinite(number) for number in numbers):
        return
    operation = OPERATIONS[code]
    names = operand_symbols(operation, operands)
    constants = constants_in(operation, operands)
    written = names | constants
    called = operation.name if operation.variadic else in_symbols(str(operation.notation), written)
    shown = [
        (names[name], x) for name, x in zip(names, numbers, strict=True) if name not in constants
    ]
    here = ", ".join(f"{symbol} = {format_number(x)}" for symbol, x in shown[:MOST_OPERANDS])
    for condition, exception in operation.domain.items():
        given = dict(zip(operation.operands, numbers, strict=False))
        if not eval(condition, {"__builtins__": {}}, given):
            raise exception(f"{called} is defined for {in_symbols(condition, names)}; here {here}")
    more = ", ..." if len(numbers) > MOST_OPERANDS else ""
    raise OverflowError(f"{called} is too large for a float; here {here}{more}")


def number_of(operand: Any) -> float:
    """The data of a Value, or the number itself."""
    return float(getattr(operand, "data", operand))


def operand_symbols(operation: Operation, operands: Sequence[Any]) -> dict[str, str]:
    """What stands for each operand in an error: its label, or the rule's name for it; where that
    is another operand's label, a numbered one."""
    labels = [getattr(operand, "label", "") for operand in operands]
    symbols = {}
    for i, (name, label) in enumerate(
        zip(operation.operand_names(len(operands)), labels, strict=True), 1
    ):
        symbols[name] = label or (f"x{i}" if name in labels else name)
    return symbols


def constants_in(operation: Operation, operands: Sequence[Any]) -> dict[str, str]:
    """The plain numbers beside a Value of which no condition speaks, as they were written: the 1 of
    `1 / x`."""
    if operation.variadic or not any(hasattr(operand, "label") for operand in operands):
        return {}
    spoken_of = set(re.findall(r"[a-z_]\w*", " ".join(operation.domain)))
    return {
        name: format_number(operand) if operand >= 0 else f"({format_number(operand)})"
        for name, operand in zip(operation.operands, operands, strict=False)
        if not hasattr(operand, "label") and name not in spoken_of
    }


def in_symbols(text: str, symbols: dict[str, str]) -> str:
    """A notation or a condition with symbols in the place of the rule's names."""
    return re.sub(r"[a-z_]\w*\b(?!\()", lambda word: symbols.get(word[0], word[0]), text)


def raise_non_finite_gradient(
    order: Sequence[Value], culprit: Value, gradients: Mapping[Value, float] | None = None
) -> None:
    """Name the first node whose gradient is inf or nan, and the edge over which it came.

    Args:
        order: the nodes of the pass, operands before the nodes that use them.
        culprit: the first node in the order of the pass whose gradient is not finite.
        gradients: what the pass found, where that is not the nodes' `.grad`.
    """
    if modes.ieee:
        return

    def gradient(node: Value) -> float:
        return node.grad if gradients is None else gradients.get(node, 0.0)

    name = node_text(culprit)
    is_root = culprit is order[-1]
    reason = "the seed is not finite" if is_root else "what arrives there adds up to it"
    for node in reversed(order):
        for parent, derivative in zip(node.parents, node.local_derivatives, strict=True):
            if parent is culprit and not math.isfinite(gradient(node) * derivative):
                reason = (
                    f"the local derivative of {node_text(node)} by it is "
                    f"{format_number(derivative)}, and the gradient that arrives there is "
                    f"{format_number(gradient(node))}"
                )
                break
    raise ArithmeticError(
        f"the gradient of {name} is {format_number(gradient(culprit))}: {reason}. "
        "All gradients are set; inside `with autograd.ieee():` this is not raised"
    )


def node_text(node: Value) -> str:
    """A node in an error message: its label or operation, and its value."""
    what = f"{node.label!r}" if node.label else f"a {node.op} node" if node.op else "a leaf"
    return f"{what} (value {format_number(node.data)})"

"""Clipping: gradients cut back between `backward` and `step`, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite, isnan

from autograd import Value
from autograd.numbers import format_number


def clip_grad_norm_(
    parameters: Iterable[Value],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients alike so that their norm, taken together, is at most `max_norm`.

    Each is multiplied by min(1, max_norm / (norm + 1e-6)), PyTorch's formula.

    Args:
        parameters: the Values whose gradients are meant, such as `model.parameters()`.
        max_norm: the largest norm allowed, above 0.
        norm_type: the p of the p-norm, above 0; `math.inf` for the largest absolute value.
        error_if_nonfinite: whether to raise when the norm is inf or nan.

    Returns:
        The norm before.

    Raises:
        ValueError: if max_norm or norm_type is not above 0.
        ArithmeticError: if the norm is not finite and `error_if_nonfinite` is set.

    >>> w, b = Value(1.0), Value(2.0)
    >>> w.grad, b.grad = 3.0, 4.0
    >>> clip_grad_norm_([w, b], max_norm=1.0)
    5.0
    >>> round(w.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    for name, number in (("max_norm", max_norm), ("norm_type", norm_type)):
        if not number > 0.0:
            raise ValueError(f"{name} must be above 0, not {format_number(number)}")
    reached = with_gradients(parameters)
    norm = p_norm([p.grad for p in reached], norm_type)
    if error_if_nonfinite and not isfinite(norm):
        raise ArithmeticError(f"the norm of the gradients is {norm}: it cannot be clipped")
    scale = max_norm / (norm + 1e-6)
    if scale < 1.0 or isnan(scale):
        for parameter in reached:
            parameter.grad *= scale
    return norm


def clip_grad_value_(parameters: Iterable[Value], clip_value: float) -> None:
    """Cut every gradient to the range from -clip_value to clip_value.

    Args:
        parameters: the Values whose gradients are meant, such as `model.parameters()`.
        clip_value: the largest absolute value allowed, above 0.

    Raises:
        ValueError: if clip_value is not above 0.

    >>> w, b = Value(1.0), Value(2.0)
    >>> w.grad, b.grad = 3.0, -0.5
    >>> clip_grad_value_([w, b], 1.0)
    >>> w.grad, b.grad
    (1.0, -0.5)
    """
    if not clip_value > 0.0:
        raise ValueError(f"clip_value must be above 0, not {format_number(clip_value)}")
    for parameter in with_gradients(parameters):
        if abs(parameter.grad) > clip_value:
            parameter.grad = clip_value if parameter.grad > 0.0 else -clip_value


def with_gradients(parameters: Iterable[Value]) -> list[Value]:
    """Those that a backward pass has reached; a lone Value is a list of one."""
    values = [parameters] if isinstance(parameters, Value) else parameters
    return [value for value in values if value.has_grad]


def p_norm(numbers: list[float], p: float) -> float:
    """(|x1|^p + ... + |xn|^p)^(1/p), or the largest |x| for p = inf; 0 for no numbers."""
    if any(map(isnan, numbers)):
        return float("nan")
    largest = max(map(abs, numbers), default=0.0)
    if p == inf or largest in (0.0, inf):
        return largest
    total = 0.0
    for x in numbers:  # of the shares of the largest: neither overflows nor vanishes
        total += float((abs(x) / largest) ** p)
    return largest * float(total ** (1.0 / p))

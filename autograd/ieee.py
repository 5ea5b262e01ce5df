"""IEEE 754 answers where Python raises: 1/0 is inf, ln(-1) is nan, exp(1000) is inf.

C has these answers built in; Python's `math` and its division raise instead. So that a rule has the
same results everywhere, `ieee_rule` gives a copy of it whose `math` does not raise and whose
operands are floats that divide as in C.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from autograd import precise
from autograd.numbers import as_float
from autograd.registry import Operation, Rule

if TYPE_CHECKING:
    from autograd.rows import Row


class IEEEFloat(float):
    """A float whose arithmetic stays in this class, and whose division by zero is not an error."""

    def __add__(self, other: float) -> IEEEFloat:
        return IEEEFloat(float(self) + float(other))

    def __sub__(self, other: float) -> IEEEFloat:
        return IEEEFloat(float(self) - float(other))

    def __rsub__(self, other: float) -> IEEEFloat:
        return IEEEFloat(float(other) - float(self))

    def __mul__(self, other: float) -> IEEEFloat:
        return IEEEFloat(float(self) * float(other))

    def __truediv__(self, other: float) -> IEEEFloat:
        return IEEEFloat(divide(float(self), float(other)))

    def __rtruediv__(self, other: float) -> IEEEFloat:
        return IEEEFloat(divide(float(other), float(self)))

    def __pow__(self, other: float, modulus: None = None) -> IEEEFloat:
        return IEEEFloat(power(float(self), float(other)))

    def __rpow__(self, other: float, modulus: None = None) -> IEEEFloat:
        return IEEEFloat(power(float(other), float(self)))

    def __neg__(self) -> IEEEFloat:
        return IEEEFloat(-float(self))

    __radd__ = __add__
    __rmul__ = __mul__


def divide(x: float, y: float) -> float:
    """x / y by IEEE 754: x/0 is inf with the sign of both, 0/0 is nan."""
    if y != 0.0:
        return x / y
    if x == 0.0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def power(x: float, y: float) -> float:
    """pow(x, y) by C99, annex F."""
    try:
        return math.pow(x, y)
    except OverflowError:
        size = math.inf
    except ValueError:
        if x != 0.0:
            return math.nan
        size = math.inf
    odd = math.isfinite(y) and math.fmod(y, 2.0) in (1.0, -1.0)
    return math.copysign(size, x) if odd else size


#: Where a function's exception means an infinity, the infinity: ln 0, log1p -1, ...
POLES = {
    ("log", 0.0): -math.inf,
    ("log2", 0.0): -math.inf,
    ("log10", 0.0): -math.inf,
    ("log1p", -1.0): -math.inf,
}


def without_raising(name: str, function: Callable[..., float]) -> Callable[..., IEEEFloat]:
    """The `math` function with inf for an overflow, and inf or nan for a domain error."""

    def quiet(x: float) -> IEEEFloat:
        x = float(x)
        try:
            return IEEEFloat(function(x))
        except OverflowError:
            return IEEEFloat(math.copysign(math.inf, x) if name == "sinh" else math.inf)
        except ValueError:
            return IEEEFloat(POLES.get((name, x), math.nan))

    return quiet


def ieee_math() -> SimpleNamespace:
    """The functions of `math` that rules may call, none of which raises."""
    names = [name for name in dir(math) if callable(getattr(math, name)) and name[0] != "_"]
    quiet: dict[str, Any] = {name: without_raising(name, getattr(math, name)) for name in names}
    quiet["pow"] = lambda x, y: IEEEFloat(power(float(x), float(y)))
    quiet["copysign"] = lambda x, y: IEEEFloat(math.copysign(float(x), float(y)))
    return SimpleNamespace(**quiet, pi=math.pi, inf=math.inf, nan=math.nan)


QUIET_MATH = ieee_math()


def ieee_precise() -> SimpleNamespace:
    """The functions of `precise`, none of which raises, given IEEEFloats."""
    scope = {**vars(precise), "math": QUIET_MATH}
    for name, function in vars(precise).items():
        if isinstance(function, FunctionType):  # compiled, they do not raise as they are
            scope[name] = FunctionType(function.__code__, scope, name)
    return SimpleNamespace(**scope)


QUIET_PRECISE = ieee_precise()


@cache
def ieee_rule(operation: Operation) -> Rule:
    """The operation's rule, following IEEE 754 instead of raising.

    >>> from autograd.registry import entry
    >>> ieee_rule(entry("div"))(1.0, 0.0)
    (inf, inf, -inf)
    """
    rule = operation.rule
    if not isinstance(rule, FunctionType):
        return rule  # compiled: C's arithmetic is IEEE 754's
    quiet = FunctionType(
        rule.__code__,
        {**rule.__globals__, "math": QUIET_MATH, "precise": QUIET_PRECISE},
        rule.__name__,
        rule.__defaults__,
        rule.__closure__,
    )

    def numbers(*operands: float) -> tuple[float, ...]:
        return tuple([as_float(number) for number in quiet(*map(IEEEFloat, operands))])

    def fill_row(row: Row) -> float:
        row.numbers = [IEEEFloat(number) for number in row.numbers]
        out = float(quiet(row))
        row.derivatives = [float(derivative) for derivative in row.derivatives]
        return out

    return fill_row if operation.variadic else numbers

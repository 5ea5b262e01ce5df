"""Numbers as people write them: "20.09", "2/3", "1e-3", "exp(3)".

A number in decimals claims as much precision as it has digits; a fraction or a formula is exact.
So a written number says of another one whether it is that number, or that number rounded.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from autograd.engine import Value
from autograd.expression import Expression, parse
from autograd.numbers import as_float

#: How far two numbers that are the same may lie apart, relative to them.
EXACT = 1e-9
#: A rounded number is within half a unit of its last digit, and within this part of the number.
ROUNDED = 0.01
#: Longer texts are refused: an answer is a number.
LONGEST = 200

DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
HINT = "write a number such as -0.06, 2/3, 1e-3 or exp(3)"


@dataclass(frozen=True)
class WrittenNumber:
    """A number as it was written.

    Attributes:
        number: its value.
        text: what was written.
        half_unit: half a unit of the last digit that was written; 0 for a formula.
    """

    number: float
    text: str
    half_unit: float = 0.0

    def is_exactly(self, number: float, slack: float = 0.0) -> bool:
        """Whether it is this number, but for the rounding of floats."""
        return math.isclose(self.number, number, rel_tol=EXACT, abs_tol=slack)

    def is_coarsely(self, number: float) -> bool:
        """Whether it has the digits of this number as far as it goes, however few they are."""
        return abs(self.number - number) <= self.half_unit * (1.0 + EXACT)

    def is_rounded(self, number: float) -> bool:
        """Whether it is this number rounded: to the digits that it has, and within 1 %."""
        is_near = abs(self.number - number) <= ROUNDED * abs(number)
        return is_near and self.is_coarsely(number)


def read_number(given: object) -> WrittenNumber:
    """A number, with the precision that its writing claims.

    Trailing zeros claim precision only behind a point: 1200 may be 1234 rounded, 1200.0 may not. A
    number that is no text counts as if it had been written with the fewest digits that tell it
    from its neighbours.

    Args:
        given: a number, or a text such as "-0.06", "1e-3", "2/3" or "exp(3)".

    Raises:
        TypeError: if it is neither a number nor a text.
        ValueError: if the text is no number, or if it is nan.

    >>> read_number("-0.06")
    WrittenNumber(number=-0.06, text='-0.06', half_unit=0.005)
    >>> read_number("2/3").half_unit, read_number(1200.0).half_unit
    (0.0, 50.0)
    """
    if isinstance(given, str):
        text = given.strip().replace("−", "-")
        number = number_in(text)
    else:
        if isinstance(given, Value):
            raise TypeError("expected a number or a text, not a Value: give its .data or .grad")
        number = as_float(given)
        short = repr(number) if isinstance(given, (bool, float)) else str(given)
        text = short.removesuffix(".0")
    if math.isnan(number):
        raise ValueError("nan is not a number that an answer can be")
    return WrittenNumber(number, text, half_unit(text))


def half_unit(text: str) -> float:
    """Half a unit of the last digit of a number in decimals; 0 for anything else."""
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        return 0.0
    written = decimal if "." in text or not decimal else decimal.normalize()
    exponent = written.as_tuple().exponent
    return float(f"5e{exponent - 1}") if isinstance(exponent, int) else 0.0


def number_in(text: str) -> float:
    """A number, or an expression without names, as a float.

    Raises:
        ValueError: for anything else; the message can be shown to the person who wrote it.
    """
    if len(text) > LONGEST:
        raise ValueError(f"an answer has at most {LONGEST} characters, not {len(text)}; {HINT}")
    try:
        number = float(text)
    except ValueError:
        return number_of_expression(text)
    if math.isinf(number) and any(character.isdigit() for character in text):
        raise ValueError(f"{text} is too large for a float")
    return number


def number_of_expression(text: str) -> float:
    """The value of an expression without names."""
    if not text:
        raise ValueError(f"nothing is written; {HINT}")
    if DECIMAL_COMMA.fullmatch(text):
        meant = text.replace(",", ".")
        raise ValueError(f"{text!r} is no number: decimals are written with a point: {meant}")
    try:
        expression = parse(text)
    except (SyntaxError, NameError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ValueError(f"{text!r} is no number: {reason}; {HINT}") from None
    if expression.names:
        raise ValueError(f"{text!r} is no number: {about_names(expression)}")
    try:
        return as_float(expression())
    except (ValueError, ArithmeticError) as error:
        raise ValueError(f"{text!r} has no value: {error}") from None


def about_names(expression: Expression) -> str:
    """What to write in the place of names."""
    name = expression.names[0]
    if name == "e":
        return "e is an ordinary name here: write exp(3) for e^3, exp(1) for e"
    return f"it has the name {name!r} in it; {HINT}"

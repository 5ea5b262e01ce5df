"""Numbers: what counts as one, and how one is printed."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real


def is_number(value: object) -> bool:
    """Whether `value` is a real number: int, float, bool, Fraction, Decimal, a NumPy scalar.

    An array of no dimensions counts as its one number; any other array does not.
    """
    if isinstance(value, (float, int, Real, Decimal)):
        return True
    return (
        type(value).__module__.partition(".")[0] == "numpy"
        and getattr(value, "shape", None) == ()
        and value.dtype.kind in "biuf"  # type: ignore[attr-defined]
    )


def as_float(value: object) -> float:
    """A real number as a builtin float.

    Raises:
        TypeError: for anything else; the message names its type.
        OverflowError: for an int too large for a float.
    """
    if not is_number(value):
        hint = ""
        if type(value).__name__ == "Value":
            hint = "; it is a Value already: use it as it is, or .data for its number"
        elif isinstance(value, str):
            hint = f"; write float({value!r}) if the text is a number"
        raise TypeError(f"expected a real number, not {type(value).__name__}{hint}")
    return float(value)  # type: ignore[arg-type]


def format_number(number: float) -> str:
    """A number as people read it: six significant digits at most.

    >>> format_number(40.171073846375336), format_number(0.1 + 0.2), format_number(-0.0)
    ('40.1711', '0.3', '-0')
    """
    return f"{number:.6g}"


def format_product(number: float) -> str:
    """A product, or a sum of products, as people work it out: 0 where a float is -0.

    >>> format_number(0.0 * -1.0), format_product(0.0 * -1.0), format_product(-0.5)
    ('-0', '0', '-0.5')
    """
    return format_number(number + 0.0)

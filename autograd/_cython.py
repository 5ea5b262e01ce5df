"""Stands in for the `cython` module where Cython is not installed.

`engine.py` and `operations.py` are ordinary Python which Cython can also compile. The few names
below tell the compiler about types; in plain Python they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

compiled = False

double = float
int = short = longlong = int


def final(item: T) -> T:
    """The compiled class cannot be subclassed."""
    return item


cclass = cfunc = ccall = inline = no_gc = final


def freelist(size: Any) -> Callable[[T], T]:
    """Keep `size` dead nodes for the next ones to be made of."""
    return final


def declare(kind: Any, value: T) -> T:
    """A module's variable with a C type."""
    return value

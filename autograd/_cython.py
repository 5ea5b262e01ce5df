"""Stands in for what the compiler provides, where the hot modules run as plain Python.

They are ordinary Python which Cython can also compile. The few names of its `cython` module that
they use speak to the compiler; here they do nothing. C arrays are lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

compiled = False


def final(item: T) -> T:
    """The compiled class cannot be subclassed."""
    return item


def no_gc(item: T) -> T:
    """The garbage collector never sees compiled instances."""
    return item


def cclass(item: T) -> T:
    """The class becomes an extension type."""
    return item


def freelist(size: int) -> Callable[[T], T]:
    """The memory of `size` dead instances is kept for the next ones."""
    return final


def array_of(count: int) -> list[float]:
    """Room for `count` numbers."""
    return [0.0] * count


def free_array(numbers: list[float]) -> list[float]:
    """What is left of an array that is no longer needed."""
    return []

"""Stands in for what the compiler provides, where the hot modules run as plain Python.

They are ordinary Python which Cython can also compile. What they import as `cython` is then its
module, whose names speak to the compiler; otherwise it is this one. C arrays are lists here.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

T = TypeVar("T")
C = TypeVar("C")

compiled = False
nogil = nullcontext()


def final(item: type[C]) -> type[C]:
    """The class cannot be subclassed, in either form."""

    def refuse(subclass: type[C], /, **_: Any) -> None:
        raise TypeError(f"{item.__name__} is final: keep what you add in an object of your own")

    item.__init_subclass__ = classmethod(refuse)  # type: ignore[assignment]
    return item


def no_gc(item: T) -> T:
    """The garbage collector never sees compiled instances."""
    return item


def cclass(item: T) -> T:
    """The class becomes an extension type."""
    return item


def freelist(size: int) -> Callable[[T], T]:
    """The memory of `size` dead instances is kept for the next ones."""
    return cclass


def array_of(count: int) -> list[float]:
    """Room for `count` numbers that stay."""
    return [0.0] * count


def free_array(numbers: list[float]) -> None:
    """Lists free themselves."""


#: There are no cache lines in a list.
aligned_array_of = array_of
free_aligned_array = free_array


def scratch(count: int) -> list[float]:
    """Room for `count` numbers that are soon forgotten."""
    return [0.0] * count


def joined(ws: Sequence[Any], xs: Sequence[Any], bias: Any) -> tuple[Any, ...]:
    """Two sequences of one length, and a bias unless it is None, as one tuple."""
    return (*ws, *xs) if bias is None else (*ws, *xs, bias)


def address(item: T) -> T:
    """Only where it is compiled."""
    return item


def cast(_: str, item: T) -> T:
    """Only where it is compiled."""
    return item


def ints_of(numbers: array[int]) -> array[int]:
    """A flat array by its first number."""
    return numbers


def doubles_of(numbers: array[float]) -> array[float]:
    """The same for floats."""
    return numbers


def bytes_of(numbers: bytearray) -> bytearray:
    """The same for bytes."""
    return numbers


def pointers(count: int) -> list[Any]:
    """Room for `count` arrays."""
    return [None] * count


def free_pointers(room: list[Any]) -> None:
    """Lists free themselves."""

"""Modes: context managers that change what the engine records, in the current thread alone.

with autograd.no_grad(): ...         values without a graph
with autograd.ieee(): ...            inf and nan instead of exceptions
with autograd.scope("layer1"): ...   every node made inside knows where it was made
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd.engine import count_modes
from autograd.state import Note, modes


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, results are plain leaves: no operands, no local derivatives, nothing to walk.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    before = modes.no_grad
    modes.no_grad = True
    count_modes(+1)
    try:
        yield
    finally:
        count_modes(-1)
        modes.no_grad = before


@contextmanager
def ieee() -> Iterator[None]:
    """Inside, values and gradients that leave the domain are inf or nan, and nothing is raised.

    >>> with ieee():
    ...     f = 1 / Value(0.0)
    >>> f.data
    inf
    """
    before = modes.ieee
    modes.ieee = True
    count_modes(+1)
    try:
        yield
    finally:
        count_modes(-1)
        modes.ieee = before


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Inside, every new node carries `name` as its `.scope`; nested names are joined by dots.

    Pictures draw nodes of one scope together, and a leaf with a scope as a parameter.

    >>> with scope("mlp"), scope("layer1"):
    ...     w = Value(0.5)
    >>> w.scope
    'mlp.layer1'

    Raises:
        TypeError: if the name is not a str.
        ValueError: if it is empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"a scope's name must be a str, not {type(name).__name__}")
    if not name:
        raise ValueError('a scope\'s name must not be empty, for example scope("layer1")')
    before = modes.scope
    modes.scope = Note("", name if before is None else f"{before.scope}.{name}")
    count_modes(+1)
    try:
        yield
    finally:
        count_modes(-1)
        modes.scope = before

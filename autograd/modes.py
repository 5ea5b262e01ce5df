"""Modes: context managers that change what the engine records, in the current thread alone.

with autograd.no_grad(): ...         values without a graph
with autograd.ieee(): ...            inf and nan instead of exceptions
with autograd.scope("layer1"): ...   every node made inside knows where it was made
with autograd.tracing(): ...         every node made inside knows the line that made it
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from autograd.engine import count_modes
from autograd.state import Note, modes


@contextmanager
def switched_on(name: str) -> Iterator[None]:
    """Count a mode up, and down again in the end.

    Counts may be taken back in any order, from any thread (as generators do that are closed late),
    and an interrupt at any point leaves them right.
    """
    here = modes.__dict__  # this thread's, wherever the end comes
    is_on = is_counted = False
    try:
        here[name] += 1
        is_on = True
        count_modes(+1)
        is_counted = True
        yield
    finally:
        if is_on:
            here[name] -= 1
        if is_counted:
            count_modes(-1)


def no_grad() -> AbstractContextManager[None]:
    """Inside, results are plain leaves: no operands, no local derivatives, nothing to walk.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    return switched_on("no_grad")


def ieee() -> AbstractContextManager[None]:
    """Inside, values and gradients that leave the domain are inf or nan, and nothing is raised.

    >>> with ieee():
    ...     f = 1 / Value(0.0)
    >>> f.data
    inf
    """
    return switched_on("ieee")


def tracing() -> AbstractContextManager[None]:
    """Inside, every new node carries the line of your code that made it as its `.source`.

    That is the innermost line outside of this project's packages: "homework.py:12", the path
    relative to the current directory where it lies under it.

    >>> with tracing():
    ...     y = Value(3.0) * 2
    >>> y.source == "", y.source.endswith(":2")
    (False, True)
    """
    return switched_on("tracing")


@contextmanager
def recording() -> Iterator[None]:
    """Inside, the graph is recorded, also where that was switched off around it."""
    here = modes.__dict__
    switched_off, here["no_grad"] = here["no_grad"], 0
    try:
        yield
    finally:
        here["no_grad"] += switched_off


@contextmanager
def differentiating() -> Iterator[None]:
    """Inside, a transform or a check calls its function: a compiled one runs as it is."""
    modes.transforms += 1
    try:
        yield
    finally:
        modes.transforms -= 1


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Inside, every new node carries `name` as its `.scope`; nested names are joined by dots.

    Pictures draw a leaf with a scope as a parameter.

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
    scopes = modes.scopes
    note = Note("", f"{scopes[-1].scope}.{name}" if scopes else name)
    is_counted = False
    try:
        scopes.append(note)
        count_modes(+1)
        is_counted = True
        yield
    finally:
        if note in scopes:
            scopes.remove(note)
        if is_counted:
            count_modes(-1)

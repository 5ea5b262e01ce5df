"""Scopes of modules: inside `nn.scopes()`, a call is a scope, and parameters get names.

A module's scope is named by the module whose call it runs in: that one knows its children's names.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import autograd
from autograd.state import modes as engine_modes
from nn.arrays import Array, flat, shape_of
from nn.modes import switches

if TYPE_CHECKING:
    from nn.module import Module

#: What parameters are called in formulas; others go by their attribute's name.
SYMBOLS = {"weight": "w", "bias": "b"}


def call_in_scope(
    forward: Callable[..., Any], module: Module, /, *inputs: Any, **named: Any
) -> Any:
    """forward(module, ...) inside the module's scope, in which its parameters are named too."""
    running = switches.running
    if running and running[-1] is module:  # a subclass's __call__ that uses its base's
        return forward(module, *inputs, **named)
    with autograd.scope(scope_name(module, running[-1] if running else None)):
        if not running:
            name_parameters(module, engine_modes.scopes[-1].scope)
        running.append(module)
        try:
            return forward(module, *inputs, **named)
        finally:
            running.pop()


def with_scope(call: Callable[..., Any]) -> Callable[..., Any]:
    """A subclass's own `__call__`, which enters the module's scope inside `nn.scopes()`."""

    @functools.wraps(call)
    def scoped(module: Module, /, *inputs: Any, **named: Any) -> Any:
        if switches.scopes:
            return call_in_scope(call, module, *inputs, **named)
        return call(module, *inputs, **named)

    return scoped


def scope_name(module: Module, enclosing: Module | None) -> str:
    """The module's scope as seen from the module whose call it runs in; its class if from none."""
    if enclosing is not None:
        for path, inner in scopes_below(enclosing):
            if inner is module:
                return path
    return type(module).__name__.lower()


def scopes_below(module: Module, own: str = "") -> Iterator[tuple[str, Module]]:
    """The modules below, each with its scope relative to the module."""
    for name, child in module.named_children():
        path = module.child_scope(own, name, child)
        yield path, child
        yield from scopes_below(child, path)


def name_parameters(root: Module, scope: str) -> None:
    """Give scopes to all parameters that have none, and labels to those that have none."""
    for path, module in [("", root), *scopes_below(root)]:
        for name, array in module.named_parameters(recurse=False):
            for value, label in zip(flat(array), labels(name, array), strict=True):
                value.scope = value.scope or joined_name(scope, path)
                value.label = value.label or label


def labels(name: str, array: Array) -> list[str]:
    """What the Values of a parameter are called: w12 is weight[0][1], and w10,12 is weight[9][11].

    >>> labels("weight", [[1.0, 2.0], [3.0, 4.0]])
    ['w11', 'w12', 'w21', 'w22']
    """
    symbol = SYMBOLS.get(name, name)
    shape = shape_of(array)
    separator = "," if any(length > 9 for length in shape) and len(shape) > 1 else ""
    places = itertools.product(*[range(1, length + 1) for length in shape])
    return [symbol + separator.join(map(str, place)) for place in places]


def joined_name(path: str, name: str) -> str:
    """Two names with a dot between them, unless one is empty."""
    return f"{path}.{name}" if path and name else path or name


def singular(name: str) -> str:
    """What one of several is called: the "layers" are each a "layer"."""
    return name[:-1] if name.endswith("s") and len(name) > 1 else name

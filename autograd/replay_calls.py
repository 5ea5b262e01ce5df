"""The arguments of one call of a compiled function: their form, and the numbers in them.

The form is what two calls must share to be answered by one program: how the arguments are nested,
and all that is no number in them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from autograd.engine import Value
from autograd.numbers import as_float, is_number


class Call:
    """The arguments of one call: their form, and the numbers in them.

    Attributes:
        args: as given.
        form: what two calls must share to be answered by one program.
        numbers: the numbers, from left to right, as floats.
        values: the Values among them, with their places.
        failure: what a user's own operation raised when the call was replayed.
        run: the inputs and the result of a run that turned out not to be replayed.
    """

    def __init__(self, args: tuple[Any, ...], static_argnums: tuple[int, ...]) -> None:
        self.args = args
        self.static_argnums = static_argnums
        self.numbers: list[float] = []
        self.values: list[tuple[int, Value]] = []
        self.failure: Exception | None = None
        self.run: tuple[list[Value], Any] | None = None
        self.form: Any = tuple(
            [
                static(arg, f"argument {place}")
                if place in static_argnums
                else self.take(arg, f"argument {place}")
                for place, arg in enumerate(args)
            ]
        )

    def take(self, tree: Any, name: str) -> Any:
        """The form of a tree; its numbers are put to the others."""
        kind = type(tree)
        if kind is float:
            self.numbers.append(tree)
            return 0
        if kind is Value:
            self.values.append((len(self.numbers), tree))
            self.numbers.append(tree.data)
            return 0
        if tree is None or kind is bool or kind is str:
            return static(tree, name)
        if is_number(tree):
            try:
                self.numbers.append(as_float(tree))
            except OverflowError as error:
                raise OverflowError(f"{name}: {error}") from None
            return 0
        if isinstance(tree, dict):
            parts = [(key, self.take(part, f"{name}[{key!r}]")) for key, part in tree.items()]
            return (kind, *parts)
        if isinstance(tree, (list, tuple)):
            return (kind, *[self.take(part, f"{name}[{i}]") for i, part in enumerate(tree)])
        if hasattr(tree, "tolist"):
            return self.take(tree.tolist(), name)
        raise TypeError(
            f"{name} of a compiled function must be a number, a Value, a text, or a list, tuple or "
            f"dict of such, not {kind.__name__}; what never changes can be an argument of "
            "static_argnums"
        )

    def inputs(self) -> list[Value]:
        """New nodes for all numbers."""
        nodes = [Value(number) for number in self.numbers]
        for place, node in self.values:
            nodes[place].label = node.label
        return nodes

    def arguments(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments, with other numbers in their places."""
        left = iter(inputs)
        return tuple(
            [
                arg if place in self.static_argnums else refilled(arg, left)
                for place, arg in enumerate(self.args)
            ]
        )

    def shaped(self, gradients: Sequence[float]) -> tuple[Any, ...]:
        """Derivatives in the shape of the arguments; None for what is no number."""
        left = iter(gradients)
        return tuple(
            [
                None if place in self.static_argnums else refilled(arg, left, None)
                for place, arg in enumerate(self.args)
            ]
        )

    def of_values(self, gradients: Sequence[float]) -> tuple[list[Value], list[float]]:
        """The Values among the arguments, and their gradients."""
        return [node for _, node in self.values], [gradients[place] for place, _ in self.values]


SAME = object()


def refilled(tree: Any, leaves: Any, other: Any = SAME) -> Any:
    """A tree with other numbers; what is no number stays, or becomes `other`."""
    kind = type(tree)
    if tree is None or kind is bool or kind is str:
        return tree if other is SAME else other
    if isinstance(tree, dict):
        return {key: refilled(part, leaves, other) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        parts = [refilled(part, leaves, other) for part in tree]
        if kind is list or kind is tuple:
            return parts if kind is list else tuple(parts)
        return kind(*parts) if hasattr(tree, "_fields") else list(parts)
    if hasattr(tree, "tolist") and not is_number(tree):
        parts = refilled(tree.tolist(), leaves, other)
        return sys.modules["numpy"].array(parts) if is_numpy(tree) and other is None else parts
    return next(leaves)


def static(item: Any, name: str) -> Any:
    """The form of what is no number but part of what is recorded."""
    try:
        hash(item)
    except TypeError:
        raise TypeError(
            f"{name} is static, so it must be hashable, not {type(item).__name__}"
        ) from None
    return (type(item), item)


def is_numpy(column: Any) -> bool:
    """Whether a column is an array of NumPy's."""
    return type(column).__module__.partition(".")[0] == "numpy"

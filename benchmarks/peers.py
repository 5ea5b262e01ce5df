"""What the engine is measured against: micrograd as published, and a node written by hand.

`SlotsValue` is what a good Python programmer arrives at who keeps microgpt's idea (a node holds its
operands and its local derivatives, in two tuples) and takes care of every cost that plain Python
lets one avoid:

- slots in place of a dictionary; no closures, no sets, and no cycles, so that reference counting
  frees a graph;
- a plain number becomes no node, and every operator is one node (micrograd's a - b is three);
- the topological sort asks whether an operand was met before it calls itself, and leaves, which
  send nothing on, get no place in the order;
- no checks: log(0) and the like are whatever `math` makes of them.
"""

from __future__ import annotations

import math
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, final

#: The topological sort recurses as deep as the graph is. The deepest workload here needs fewer
#: than 1 000 levels; this leaves room, and is safe for the stack of every supported Python.
RECURSION_LIMIT = 10_000


def has_micrograd() -> bool:
    """Whether the package micrograd is installed."""
    return find_spec("micrograd") is not None


def micrograd_value() -> Any:
    """The Value class of the package micrograd."""
    return import_module("micrograd.engine").Value


def micrograd_version() -> str:
    """The version of the package micrograd, such as "0.1.0"."""
    return version("micrograd")


@final
class SlotsValue:
    """A number that knows its operands and its local derivatives by them."""

    __slots__ = ("children", "data", "grad", "local_gradients")

    def __init__(
        self,
        data: float,
        children: tuple[SlotsValue, ...] = (),
        local_gradients: tuple[float, ...] = (),
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_gradients = local_gradients

    def __add__(self, other: SlotsValue | float) -> SlotsValue:
        if type(other) is SlotsValue:
            return SlotsValue(self.data + other.data, (self, other), (1.0, 1.0))
        return SlotsValue(self.data + other, (self,), (1.0,))

    def __mul__(self, other: SlotsValue | float) -> SlotsValue:
        if type(other) is SlotsValue:
            a = self.data
            b = other.data
            return SlotsValue(a * b, (self, other), (b, a))
        return SlotsValue(self.data * other, (self,), (other,))

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> SlotsValue:
        return SlotsValue(-self.data, (self,), (-1.0,))

    def __sub__(self, other: SlotsValue | float) -> SlotsValue:
        if type(other) is SlotsValue:
            return SlotsValue(self.data - other.data, (self, other), (1.0, -1.0))
        return SlotsValue(self.data - other, (self,), (1.0,))

    def __rsub__(self, other: float) -> SlotsValue:
        return SlotsValue(other - self.data, (self,), (-1.0,))

    def __truediv__(self, other: SlotsValue | float) -> SlotsValue:
        if type(other) is SlotsValue:
            b = other.data
            out = self.data / b
            return SlotsValue(out, (self, other), (1.0 / b, -out / b))
        return SlotsValue(self.data / other, (self,), (1.0 / other,))

    def __rtruediv__(self, other: float) -> SlotsValue:
        out = other / self.data
        return SlotsValue(out, (self,), (-out / self.data,))

    def __pow__(self, exponent: float) -> SlotsValue:
        a = self.data
        return SlotsValue(a**exponent, (self,), (exponent * a ** (exponent - 1.0),))

    def exp(self) -> SlotsValue:
        """e to the power of this value."""
        out = math.exp(self.data)
        return SlotsValue(out, (self,), (out,))

    def log(self) -> SlotsValue:
        """The natural logarithm."""
        return SlotsValue(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> SlotsValue:
        """The value where it is positive, else 0."""
        if self.data > 0.0:
            return SlotsValue(self.data, (self,), (1.0,))
        return SlotsValue(0.0, (self,), (0.0,))

    def backward(self) -> None:
        """Add d(self)/d(node) to the gradient of every node that this one depends on."""
        order: list[SlotsValue] = []
        place(self, set(), order)
        self.grad = 1.0
        for node in reversed(order):
            upstream = node.grad
            for child, local_gradient in zip(node.children, node.local_gradients):  # noqa: B905
                child.grad += upstream * local_gradient


def place(node: SlotsValue, met: set[SlotsValue], order: list[SlotsValue]) -> None:
    """Append all inner nodes under `node` to `order`, operands first, and then the node itself.

    A function inside `backward` would be a cycle that keeps the graph until the collector comes.
    """
    for child in node.children:
        if child not in met:
            met.add(child)
            if child.children:
                place(child, met, order)
    order.append(node)

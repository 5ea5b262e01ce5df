"""Questions about a graph: which number a key such as "x", "h2.data" or "dh3/dh2" asks for.

Right answers come from what the forward pass recorded. No node's `.grad` is read or changed.
"""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from autograd.diagnosis import SATURATING
from autograd.engine import Value
from autograd.graph import kind, node_names, topological_order
from autograd.graph_formulas import check_fresh
from autograd.numbers import as_float

GRADIENT, VALUE, LOCAL = "gradient", "value", "local derivative"
UPDATE = "value after the step"

#: More names than these are not listed in an error.
MOST_NAMES = 20

#: The rounding of a sum of a few floats, relative to the largest.
ULPS = 8.0 * sys.float_info.epsilon

#: How alike a name must be to be suggested, from 0 to 1.
NEAR = 0.5

#: Where the lower part of "dh3/dh2" begins.
BELOW = re.compile(r"\s*/\s*[d∂]")


class Question(NamedTuple):
    """A number that is asked for.

    Attributes:
        key: how it was asked for.
        kind: "gradient", d(top)/d(bottom) along all paths; "local derivative", along the edges
            between the two alone; "value", top's; or "value after the step", bottom's when it has
            moved against its gradient, x - lr * d(top)/d(x).
        top, bottom: the nodes; one and the same for a value.
        title: what it is called in print: "df/dx", "∂h3/∂h2", "h2", "w after the step".
    """

    key: str
    kind: str
    top: Value
    bottom: Value
    title: str


class Gradients(NamedTuple):
    """A backward pass.

    Attributes:
        of: d(top)/d(node) of every node under top.
        rounding: how far off each may be because floats are rounded.
    """

    of: dict[Value, float]
    rounding: dict[Value, float]


class Subject:
    """A graph about which questions are asked.

    Attributes:
        root: the result.
        order: its nodes in topological order.
        names: what they are called.
        lr: the learning rate of the step after which values are asked for; None if none are.

    Nodes may be `called` by other names than their labels.
    """

    def __init__(
        self, root: Value, lr: float | None = None, called: Mapping[Value, str] | None = None
    ) -> None:
        if not isinstance(root, Value):
            raise TypeError(f"answers are about a result, a Value, not {kind(root)}")
        self.root = root
        self.lr = None if lr is None else as_float(lr)
        self.order = topological_order(root)
        self.names = node_names(self.order)
        self.names.update(
            {node: name for node, name in (called or {}).items() if node in self.names}
        )
        check_fresh(self.order, self.names)
        self._by_name = {name.strip(): node for node, name in self.names.items()}
        self._gradients: dict[Value, Gradients] = {}
        self._rounding: dict[Value, float] = {}

    def question(self, key: str) -> Question:
        """What a key asks for.

        Raises:
            TypeError: if it is no text.
            ValueError: if a name in it is not the graph's.
        """
        if not isinstance(key, str):
            raise TypeError(
                f"answers are given by name ('x', 'h2.data', 'dh3/dh2'), not by {kind(key)}"
            )
        name = key.strip()
        node = self._by_name.get(name)
        if node is not None:
            return self.derivative(key, self.root, node)
        stem, point, attribute = name.rpartition(".")
        if point and attribute == "new":
            return self.update(key, self.node(stem))
        if point and attribute in ("data", "grad"):
            node = self.node(stem)
            if attribute == "grad":
                return self.derivative(key, self.root, node)
            return Question(key, VALUE, node, node, self.names[node])
        if name[:1] in ("d", "∂") and "/" in name:
            top, bottom = self.ends(name)
            is_total = top is self.root and name.startswith("d")
            if bottom in top.parents and not is_total:
                title = f"∂{self.names[top]}/∂{self.names[bottom]}"
                return Question(key, LOCAL, top, bottom, title)
            return self.derivative(key, top, bottom)
        raise ValueError(self.unknown(name))

    def derivative(self, key: str, top: Value, bottom: Value) -> Question:
        """The question for a derivative along all paths."""
        return Question(key, GRADIENT, top, bottom, f"d{self.names[top]}/d{self.names[bottom]}")

    def update(self, key: str, node: Value) -> Question:
        """The question for a leaf's value after a step of gradient descent."""
        name = self.names[node]
        if self.lr is None:
            raise ValueError(f"{key!r} is a value after a step, which needs a learning rate: lr")
        if node.op:
            raise ValueError(f"{key!r}: a step moves leaves, and {name} is computed from others")
        return Question(key, UPDATE, self.root, node, f"{name} after the step")

    def ends(self, name: str) -> tuple[Value, Value]:
        """The two nodes of "dh3/dh2"; a name may have a stroke and a d in it as well."""
        pairs = [
            (name[1 : sign.start()].strip(), name[sign.end() :]) for sign in BELOW.finditer(name)
        ]
        for top, bottom in pairs:
            if top in self._by_name and bottom.strip() in self._by_name:
                return self._by_name[top], self._by_name[bottom.strip()]
        if not pairs:
            raise ValueError(f"{name!r} is no derivative: write it as dh3/dh2")
        top, bottom = pairs[0]
        return self.node(top), self.node(bottom)

    def node(self, name: str) -> Value:
        """The node of this name."""
        name = name.strip()
        if name not in self._by_name:
            raise ValueError(self.unknown(name))
        return self._by_name[name]

    def unknown(self, name: str) -> str:
        """What to say of a name that no node has."""
        known = list(self._by_name)
        asked_for = [f"{other}.data" for other in known] if "." in name else known
        folded = [other for other in asked_for if other.lower() == name.lower()]
        close = folded or difflib.get_close_matches(name, asked_for, n=1, cutoff=NEAR)
        meant = f"; did you mean {close[0]!r}?" if close else "."
        more = f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else ""
        names = ", ".join(known[:MOST_NAMES])
        return f"no node is called {name!r}{meant} The names are {names}{more}"

    def right(self, question: Question) -> float:
        """The right answer."""
        if question.kind == VALUE:
            return question.top.data
        if question.kind == LOCAL:
            edges = zip(question.top.parents, question.top.local_derivatives, strict=True)
            return sum([local for parent, local in edges if parent is question.bottom])
        gradient = self.gradients(question.top).of.get(question.bottom, 0.0)
        return self.moved(question.bottom, gradient) if question.kind == UPDATE else gradient

    def moved(self, node: Value, gradient: float) -> float:
        """A leaf's value after the step."""
        return node.data - (self.lr or 0.0) * gradient

    def rounding(self, question: Question) -> float:
        """How far off the right answer may be because floats are rounded: 0.1 + 0.2 - 0.3."""
        if question.kind == LOCAL:
            return rounding_of_local(question.top, self.right(question))
        if question.kind == GRADIENT:
            return self.gradients(question.top).rounding.get(question.bottom, 0.0)
        if question.kind == UPDATE:
            own = ULPS * (abs(question.bottom.data) + abs(self.right(question)))
            of_gradient = self.gradients(question.top).rounding.get(question.bottom, 0.0)
            return finite(own) + abs(self.lr or 0.0) * of_gradient
        if not self._rounding:
            self._rounding.update(rounding_of(self.order))
        return self._rounding[question.top]

    def gradients(self, top: Value) -> Gradients:
        """The backward pass from a node; each is run once."""
        if top not in self._gradients:
            self._gradients[top] = backward_pass(self.order, top)
        return self._gradients[top]


def backward_pass(order: list[Value], top: Value) -> Gradients:
    """The gradients of `top`, from the recorded local derivatives."""
    of, rounding = {top: 1.0}, {top: 0.0}
    for node in reversed(order):
        if node in of:
            for parent, local in zip(node.parents, node.local_derivatives, strict=True):
                share = of[node] * local
                of[parent] = of.get(parent, 0.0) + share
                own = finite(abs(of[node]) * rounding_of_local(node, local))
                error = max(own, finite(rounding[node] * abs(local)))
                rounding[parent] = max(rounding.get(parent, 0.0), error)
    return Gradients(of, rounding)


def rounding_of_local(node: Value, local: float) -> float:
    """How far off a local derivative may be that was worked out in floats, as s * (1 - s) is."""
    return ULPS * (1.0 if node.op in SATURATING else abs(local))


def rounding_of(order: list[Value]) -> Iterator[tuple[Value, float]]:
    """How far off each node's value may be: its own rounding, or what comes from an operand.

    The largest of these is taken, not their sum: the sum is a bound that grows exponentially along
    a chain whose nodes are used twice, where the true error does not.
    """
    errors: dict[Value, float] = {}
    for node in order:
        edges = zip(node.parents, node.local_derivatives, strict=True)
        carried = [finite(abs(local) * errors[parent]) for parent, local in edges]
        errors[node] = max(finite(ULPS * abs(node.data)), *carried, 0.0)
        yield node, errors[node]


def finite(number: float) -> float:
    """The number, or 0 where it is none that could be used as a tolerance."""
    return number if math.isfinite(number) else 0.0

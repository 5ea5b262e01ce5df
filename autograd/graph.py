"""Walking a graph: its nodes in topological order, its leaves, a name for every node.

Nothing here recurses. These are the walks of pictures, steps and checks; the engine's own backward
pass has its faster twin in `engine.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from autograd.engine import Value


def as_roots(root: Value | Iterable[Value]) -> list[Value]:
    """One result, or several, as a list.

    Raises:
        TypeError: if something is not a Value; the message says what it is.
    """
    roots = [root] if isinstance(root, Value) else root
    if not isinstance(roots, Iterable) or isinstance(roots, (str, bytes)):
        raise TypeError(f"expected a Value (the result of an expression), not {kind(roots)}")
    roots = list(roots)
    for item in roots:
        if not isinstance(item, Value):
            raise TypeError(f"expected Values (results of expressions), not {kind(item)}")
    if not roots:
        raise TypeError("expected at least one Value, but the list is empty")
    return roots


def kind(item: object) -> str:
    """What an unexpected argument is, for an error message."""
    hint = (
        "; plain numbers leave no graph: make the inputs Values" if isinstance(item, float) else ""
    )
    return f"{type(item).__name__}{hint}"


def topological_order(root: Value | Iterable[Value]) -> list[Value]:
    """All nodes of the graph, operands before the nodes that use them, each once.

    The order is that of evaluation, left to right: the same for the same graph everywhere.

    >>> x = Value(1.0, label="x")
    >>> y = x + x
    >>> [node.label or node.op for node in topological_order(y * x)]
    ['x', 'add', 'mul']
    """
    order: list[Value] = []
    met: set[Value] = set()
    placed: set[Value] = set()
    for start in as_roots(root):
        stack = [start]
        while stack:
            node = stack.pop()
            if node in placed:
                continue
            if node in met:
                placed.add(node)
                order.append(node)
                continue
            parents = node.parents
            if not parents:
                placed.add(node)
                order.append(node)
                continue
            met.add(node)
            stack.append(node)
            stack.extend([parent for parent in reversed(parents) if parent not in placed])
    return order


def leaves(root: Value | Iterable[Value]) -> list[Value]:
    """The nodes that no operation made, in topological order.

    >>> x, y = Value(1.0, label="x"), Value(2.0, label="y")
    >>> leaves(x * y + x)
    [Value(data=1, label='x'), Value(data=2, label='y')]
    """
    return [node for node in topological_order(root) if not node.op]


def parameters(root: Value | Iterable[Value], names: Iterable[str] = ()) -> list[Value]:
    """The leaves that have a scope, or whose label is among `names`, in topological order.

    >>> x, w = Value(1.0, label="x"), Value(2.0, label="w")
    >>> parameters(w * x, ["w"])
    [Value(data=2, label='w')]
    """
    named = {names} if isinstance(names, str) else set(names)
    return [leaf for leaf in leaves(root) if leaf.scope or leaf.label in named]


def node_names(order: list[Value], root_name: str = "f") -> dict[Value, str]:
    """A name for every node, no two alike: its label, or v1, v2, ... in the order given.

    The last node, if it has no label, is called `root_name`. A label that several nodes share gets
    a number from the second node on: h, h#2, h#3.

    >>> x = Value(3.0, label="x")
    >>> list(node_names(topological_order(x * x + x)).values())
    ['x', 'v1', 'f']
    """
    labels = Counter(node.label for node in order if node.label)
    taken = set(labels)
    used: Counter[str] = Counter()
    names: dict[Value, str] = {}

    def free(stem: str, number: int, join: str) -> tuple[str, int]:
        while f"{stem}{join}{number}" in taken:
            number += 1
        name = f"{stem}{join}{number}"
        taken.add(name)
        return name, number

    unnamed = 1
    for node in order:
        label = node.label
        if label:
            used[label] += 1
            names[node] = label if used[label] == 1 else free(label, used[label], "#")[0]
        elif node is order[-1] and root_name not in taken:
            names[node] = root_name
        else:
            names[node], unnamed = free("v", unnamed, "")
    return names


def zero_grad(values: Value | Iterable[Value]) -> None:
    """Forget gradients: of all nodes under a result, or of the Values that are given.

    Args:
        values: a root, whose whole graph is zeroed; or an iterable of Values, such as parameters,
            of which these alone are.

    Raises:
        TypeError: if something is not a Value.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> zero_grad(y)
    >>> x.grad, x.has_grad
    (0.0, False)
    """
    nodes = topological_order(values) if isinstance(values, Value) else list(values)
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"zero_grad takes a Value or Values, not {type(node).__name__}")
        node.grad = 0.0

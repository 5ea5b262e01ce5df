"""Walking a graph: its nodes in topological order, its leaves, a name for every node.

Nothing here recurses, and nothing leaves a trace in the nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable
from itertools import count

from autograd.engine import Value
from autograd.walks import evaluation_order


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
    return evaluation_order(as_roots(root))


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


def node_names(order: list[Value], roots: Iterable[Value] = ()) -> dict[Value, str]:
    """A name for every node, no two alike: its label, or v1, v2, ... in the order given.

    A result without a label is called f; several are f1, f2, ... A label that several nodes share
    gets a number from the second node on, in the order in which they are used: h, h#2, h#3. So
    the weights of a layer come before those of the next.

    Args:
        order: the nodes, in topological order.
        roots: the results; the last node, if none are given.

    >>> x = Value(3.0, label="x")
    >>> list(node_names(topological_order(x * x + x)).values())
    ['x', 'v1', 'f']
    """
    labels = [node.label for node in order]
    given = [label for label in labels if label]
    taken = set(given)
    special = result_names([*roots] or order[-1:], taken)
    if len(taken) < len(given):
        special |= numbered_names(order, labels, taken)
    names: dict[Value, str] = {}
    number = 0
    for node, label in zip(order, labels, strict=True):
        if node in special:
            names[node] = special[node]
        elif label:
            names[node] = label
        else:
            number += 1
            while (name := f"v{number}") in taken:
                number += 1
            names[node] = name
    return names


def result_names(roots: list[Value], taken: Container[str]) -> dict[Value, str]:
    """Names for the results that have no label: f, or f1, f2, ..., none of them taken."""
    nameless = [root for root in dict.fromkeys(roots) if not root.label]
    if len(nameless) == 1:
        return {} if "f" in taken else {nameless[0]: "f"}
    free = (name for number in count(1) if (name := f"f{number}") not in taken)
    return dict(zip(nameless, free, strict=False))


def numbered_names(
    order: list[Value], labels: list[str], taken: Container[str]
) -> dict[Value, str]:
    """Names for the second and later nodes of each label that several share: h#2, h#3."""
    frequency = Counter(labels)
    sharing = {
        node for node, label in zip(order, labels, strict=True) if label and frequency[label] > 1
    }
    used: Counter[str] = Counter()
    names: dict[Value, str] = {}
    for node in in_order_of_use(order, sharing):
        label = node.label
        used[label] += 1
        if used[label] > 1:
            while (name := f"{label}#{used[label]}") in taken:
                used[label] += 1
            names[node] = name
    return names


def in_order_of_use(order: list[Value], nodes: Collection[Value]) -> list[Value]:
    """Some of the nodes: a leaf as the first node is computed that uses it, others as they are.

    A network is walked from its loss, so that the topological order begins with the last layer's
    weights. They are used last.
    """
    if not nodes:
        return []
    used: dict[Value, None] = {}
    for node in order:
        used.update(dict.fromkeys([leaf for leaf in node.parents if leaf in nodes and not leaf.op]))
        if node.op and node in nodes:
            used[node] = None
    used.update(dict.fromkeys([node for node in order if node in nodes]))  # a leaf that is a root
    return list(used)


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
    if isinstance(values, Value):
        nodes = topological_order(values)
    else:
        nodes = list(values) if isinstance(values, Iterable) else [values]
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"zero_grad takes a Value or Values, not {type(node).__name__}")
        node.grad = 0.0

"""Paths: every way from a result down to a node, and the product that the chain rule makes of it.

The gradient is the sum of these products. Backpropagation finds that sum without walking the paths,
of which there can be more than anybody can list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograd.engine import Value
from autograd.graph import kind, node_names, topological_order
from autograd.graph_formulas import factor
from autograd.numbers import format_number

MANY_PATHS = 10**18  # counting stops here: the number can have as many digits as there are nodes


@dataclass(frozen=True)
class Path:
    """One way from a result down to a node, with the product that the chain rule makes of it.

    Attributes:
        nodes: from the root to the node at its end.
        local_derivatives: d(node)/d(next node), one an edge, in that order.
        product: their product, multiplied from the root on.
        names: what the nodes are called in print.
    """

    nodes: tuple[Value, ...]
    local_derivatives: tuple[float, ...]
    product: float
    names: tuple[str, ...] = field(repr=False, compare=False)

    def __str__(self) -> str:
        way = " → ".join(self.names)
        if len(self.local_derivatives) < 2:
            return f"{way}: {format_number(self.product)}"
        first, *others = self.local_derivatives
        factors = " * ".join([format_number(first), *map(factor, others)])
        return f"{way}: {factors} = {format_number(self.product)}"


def paths(
    root: Value, leaf: Value, limit: int = 10_000, names: Mapping[Value, str] | None = None
) -> list[Path]:
    """Every path from `root` down to `leaf`. The sum of their products is d(root)/d(leaf).

    Args:
        root: the result.
        leaf: a node of its graph, a leaf or an inner one.
        limit: how many paths there may be: their number can double with every node.
        names: what to call the nodes in print; as `node_names` does if not given.

    Returns:
        The paths in the order in which operands are written. An operand that stands twice gives
        two; none if `root` does not depend on `leaf`; one without edges if they are one node.

    Raises:
        TypeError: if `root` or `leaf` is not a Value.
        ValueError: if there are more than `limit` paths; the message says how many.

    >>> x, y, z = Value(1.0, label="x"), Value(3.0, label="y"), Value(2.0, label="z")
    >>> for path in paths((x * z + 5) * x, x):
    ...     print(path)
    f → v2 → v1 → x: 1 * 1 * 2 = 2
    f → x: 7
    """
    for given in (root, leaf):
        if not isinstance(given, Value):
            raise TypeError(f"paths lead from a Value to a Value, not {kind(given)}")
    order = topological_order(root)
    counts = path_counts(order, leaf)
    called = node_names(order) if names is None else names
    if counts[root] > limit:
        several = f"more than {MANY_PATHS}" if counts[root] == MANY_PATHS else counts[root]
        raise ValueError(
            f"there are {several} paths from {called[root]} to {called[leaf]}, more than "
            f"limit={limit}: ask for those to a node on the way, or give a greater limit"
        )
    return enumerated_paths(root, leaf, counts, called) if counts[root] else []


def path_counts(order: list[Value], leaf: Value) -> dict[Value, int]:
    """How many paths lead from each node down to `leaf`; `MANY_PATHS` if as many or more."""
    counts: dict[Value, int] = {}
    for node in order:
        below = sum([counts[parent] for parent in node.parents])
        counts[node] = 1 if node is leaf else min(below, MANY_PATHS)
    return counts


def enumerated_paths(
    root: Value, leaf: Value, counts: Mapping[Value, int], names: Mapping[Value, str]
) -> list[Path]:
    """The paths, depth first; nodes from which `leaf` is not reached are not entered."""
    found: list[Path] = []
    nodes, local_derivatives, products = [root], [0.0], [1.0]  # the root's own factor is not read
    untried = [edges_towards(leaf, root, counts)]
    while untried:
        if nodes[-1] is leaf:
            called = tuple([names[node] for node in nodes])
            found.append(Path(tuple(nodes), tuple(local_derivatives[1:]), products[-1], called))
        if untried[-1]:
            parent, local_derivative = untried[-1].pop()
            nodes.append(parent)
            local_derivatives.append(local_derivative)
            products.append(products[-1] * local_derivative)
            untried.append(edges_towards(leaf, parent, counts))
        else:
            for stack in (nodes, local_derivatives, products, untried):
                stack.pop()
    return found


def edges_towards(
    leaf: Value, node: Value, counts: Mapping[Value, int]
) -> list[tuple[Value, float]]:
    """The node's edges on paths to `leaf`, (parent, local derivative), the first one last."""
    if node is leaf:
        return []
    edges = zip(node.parents, node.local_derivatives, strict=True)
    return [(parent, derivative) for parent, derivative in edges if counts[parent]][::-1]

"""A part of a graph: the nodes within a few edges of the root, or of any other node."""

from __future__ import annotations

from autograd.engine import Value

USUAL_DEPTH = 2


def neighbourhood(
    order: list[Value], roots: list[Value], depth: int | None, around: Value | str | None
) -> set[Value]:
    """The nodes within `depth` edges of the node `around`, or of the roots if there is none.

    Edges count in both directions: towards the operands and towards the nodes that use a node.

    Raises:
        TypeError, ValueError: if the depth is no whole number >= 0, or `around` no node of the
            graph.
    """
    depth = USUAL_DEPTH if depth is None else depth
    if not isinstance(depth, int):
        raise TypeError(f"depth is a number of edges, such as 3, not {type(depth).__name__}")
    if depth < 0:
        raise ValueError(f"depth is a number of edges, such as 3, not {depth}")
    centres = roots if around is None else [node_called(order, around)]
    neighbours: dict[Value, list[Value]] = {node: [] for node in order}
    for node in order:
        for parent in node.parents:
            neighbours[node].append(parent)
            neighbours[parent].append(node)
    met = set(centres)
    border = list(centres)
    for _ in range(depth):
        near = [other for node in border for other in neighbours[node] if other not in met]
        border = list(dict.fromkeys(near))
        met.update(border)
    return met


def node_called(order: list[Value], wanted: Value | str) -> Value:
    """The node of the graph that is meant: itself, or by its label."""
    if isinstance(wanted, str):
        labelled = [node for node in order if node.label == wanted]
        if len(labelled) != 1:
            found = f"{len(labelled)} nodes of this graph have" if labelled else "no node has"
            raise ValueError(f"{found} the label {wanted!r}: give the Value itself")
        return labelled[0]
    if not isinstance(wanted, Value):
        raise TypeError(f"expected a Value or its label, not {type(wanted).__name__}")
    if wanted not in set(order):
        raise ValueError(f"{wanted!r} is not in this graph")
    return wanted

"""A part of a graph: the nodes within a few edges of the root, or of any other node."""

from __future__ import annotations

from collections.abc import Mapping

from autograd.engine import Value
from viz.names import node_called

USUAL_DEPTH = 2


def neighbourhood(
    names: Mapping[Value, str], roots: list[Value], depth: int | None, around: Value | str | None
) -> set[Value]:
    """The nodes within `depth` edges of the node `around`, or of the roots if there is none.

    The names are those of all nodes. Edges count in both directions: towards the operands and
    towards the nodes that use a node.

    Raises:
        TypeError, ValueError: if the depth is no whole number >= 0, or `around` no node of the
            graph.
    """
    depth = USUAL_DEPTH if depth is None else depth
    if not isinstance(depth, int):
        raise TypeError(f"depth is a number of edges, such as 3, not {type(depth).__name__}")
    if depth < 0:
        raise ValueError(f"depth is a number of edges, such as 3, not {depth}")
    centres = roots if around is None else [node_called(names, around)]
    neighbours: dict[Value, list[Value]] = {node: [] for node in names}
    for node in names:
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

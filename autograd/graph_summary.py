"""Facts of a graph: what it counts, how deep it is, and what its backward pass keeps in memory.

A local derivative reads some of the numbers of the forward pass: that of a product reads the other
factor, that of a sigmoid its result. What none reads could be forgotten before the backward pass.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from autograd.engine import Value
from autograd.formulas import derivatives
from autograd.graph import topological_order
from autograd.registry import Operation, entry


@dataclass(frozen=True)
class Summary:
    """What a graph consists of, and what its backward pass needs. Prints as a table.

    Attributes:
        nodes, leaves, edges: how many.
        parameters: how many leaves have a scope.
        operations: how many nodes each operation made, in the order of their first ones.
        depth: the edges of the longest path from the root to a leaf.
        kept: the nodes whose values the local derivatives are made of, in topological order:
            what has to be kept in memory from the forward pass to the backward pass.
        width: bytes a number.
    """

    nodes: int
    leaves: int
    parameters: int
    edges: int
    operations: Mapping[str, int]
    depth: int
    kept: tuple[Value, ...] = field(repr=False)
    width: int

    @property
    def kept_leaves(self) -> tuple[Value, ...]:
        """Inputs and parameters that are kept: they are in memory anyway."""
        return tuple([node for node in self.kept if not node.op])

    @property
    def kept_intermediates(self) -> tuple[Value, ...]:
        """Results of operations that are kept: what the backward pass costs in memory."""
        return tuple([node for node in self.kept if node.op])

    @property
    def kept_bytes(self) -> int:
        """The memory of all that is kept."""
        return len(self.kept) * self.width

    @property
    def intermediate_bytes(self) -> int:
        """The memory of the kept intermediates alone."""
        return len(self.kept_intermediates) * self.width

    def __str__(self) -> str:
        intermediates, outer = len(self.kept_intermediates), len(self.kept_leaves)
        rows = [
            ("nodes", f"{self.nodes}"),
            ("  leaves", f"{self.leaves}, of which parameters: {self.parameters}"),
            *[(f"  {name}", f"{count}") for name, count in self.operations.items()],
            ("edges", f"{self.edges}"),
            ("depth", f"{self.depth}"),
            ("kept for backward", f"{len(self.kept)} numbers, {self.kept_bytes} bytes"),
            ("  intermediates", f"{intermediates} numbers, {self.intermediate_bytes} bytes"),
            ("  leaves", f"{outer} numbers, {outer * self.width} bytes"),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {entry}" for name, entry in rows)


def summary(root: Value | Iterable[Value], width: int = 8) -> Summary:
    """Count a graph: nodes, edges, depth, and what the backward pass reads.

    Args:
        root: a result, or several.
        width: bytes a number; 8 is a Python float.

    >>> w, x = Value(0.5, label="w"), Value(2.0, label="x")
    >>> print(summary((w * x).sigmoid()))
    nodes              4
      leaves           2, of which parameters: 0
      mul              1
      sigmoid          1
    edges              3
    depth              2
    kept for backward  3 numbers, 24 bytes
      intermediates    1 numbers, 8 bytes
      leaves           2 numbers, 16 bytes
    """
    order = topological_order(root)
    depths: dict[Value, int] = {}
    for node in order:
        depths[node] = max([depths[parent] + 1 for parent in node.parents], default=0)
    needed = {read for node in order for read in read_values(node)}
    return Summary(
        nodes=len(order),
        leaves=sum(not node.op for node in order),
        parameters=sum(not node.op and node.scope != "" for node in order),
        edges=sum(len(node.parents) for node in order),
        operations=dict(Counter(node.op for node in order if node.op)),
        depth=max(depths.values()),
        kept=tuple([node for node in order if node in needed]),
        width=width,
    )


def read_values(node: Value) -> list[Value]:
    """The nodes whose values the local derivatives of `node` are made of."""
    if not node.op:
        return []
    operation, operands = entry(node.op), node.operands
    words = operation.operand_names(len(operands))
    known = {**dict(zip(words, operands, strict=False)), "out": node}
    wanted: dict[str, None] = {}  # a set in order
    for operand, names in zip(operands, reads(operation, len(operands)), strict=False):
        if isinstance(operand, Value):
            wanted.update(dict.fromkeys(sorted(names)))
    values = [known.get(name) for name in wanted]  # a default that was left out is no operand
    return [value for value in values if isinstance(value, Value)]


@cache
def reads(operation: Operation, count: int = 0) -> tuple[frozenset[str], ...]:
    """Which numbers each local derivative is made of: operands, by name, and `out`, the result.

    Args:
        operation: an entry of the table.
        count: the number of operands, if any number is possible.

    >>> reads(entry("mul"))[0], reads(entry("sigmoid"))[0], reads(entry("add"))[0]
    (frozenset({'y'}), frozenset({'out'}), frozenset())
    """
    candidates = {*operation.operand_names(count), "out"}
    return tuple(
        [
            frozenset(
                part.id
                for part in ast.walk(formula)
                if isinstance(part, ast.Name) and part.id in candidates
            )
            for formula in derivatives(operation, count)
        ]
    )

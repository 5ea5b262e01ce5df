"""A recorded graph as flat arrays: nodes are numbers, and operands are rows of numbers.

Node i has the operation `codes[i]` and the operands `operands[starts[i]:starts[i + 1]]`, all of
them below i. A code of 0 is a source: an input, a parameter (a Value from outside of the function)
or a constant. For f(x) = 2 * x + w that is

    node      0      1    2    3    4
    what      input  2.0  mul  w    add
    operands              1 0       2 3
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import cython

from autograd.registry import slot_counts

if cython.compiled:
    from cython.cimports.autograd.engine import Value
else:
    from autograd.engine import Value


class FlatGraph:
    """What a recording comes to.

    Attributes:
        codes: the operation of each node, an index into the table; 0 for a source.
        starts: where the operands of each node begin, and at the end where the last ones end.
        operands: the operands of all nodes, one node after the other.
        data: the value that each node had.
        inputs: how many nodes are inputs: the first ones.
        parameters: the Values from outside, by node, in the order of their first use.
        is_constant: for each node, 1 if it is a source with a fixed value.
    """

    def __init__(self, inputs: int) -> None:
        self.codes = array("i")
        self.starts = array("i", [0])
        self.operands = array("i")
        self.data = array("d")
        self.is_constant = bytearray()
        self.inputs = inputs
        self.parameters: dict[int, Value] = {}

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.codes)


def flatten(
    tape: list[Value], inputs: Sequence[Value], wanted: Sequence[Any]
) -> tuple[FlatGraph, list[int]]:
    """The nodes of a tape as a flat graph, and the numbers in it of the wanted Values or numbers.

    Args:
        tape: all nodes of one run in the order of making, the inputs first. Nobody else has them.
        inputs: the inputs.
        wanted: what is to be found again: results, and what was compared.
    """
    graph = FlatGraph(len(inputs))
    numbering = Numbering(graph)
    try:
        for node in inputs:
            node._mark = -2 - numbering.source(node._data)
        for place in range(len(inputs), len(tape)):
            add_node(numbering, tape[place])
        found = [numbering.number(item) for item in wanted]
    finally:
        for node in tape:
            node._mark = 0
    return graph, found


@cython.final
@cython.cclass
class Numbering:
    """Gives nodes their numbers. A node of the tape has its own as a negative mark meanwhile."""

    def __init__(self, graph: FlatGraph) -> None:
        self.codes = graph.codes
        self.starts = graph.starts
        self.operands = graph.operands
        self.data = graph.data
        self.is_constant = graph.is_constant
        self.parameters = graph.parameters
        self.outside: dict[Value, int] = {}
        self.constants: dict[Any, int] = {}

    def source(self, data: float, is_constant: bool = False) -> int:
        """A node without operands."""
        self.codes.append(0)
        self.starts.append(len(self.operands))
        self.data.append(data)
        self.is_constant.append(is_constant)
        return len(self.codes) - 1

    def number(self, item: Any) -> int:
        """The number of a Value or of a plain number; a new source if it is not known yet."""
        if type(item) is Value:
            node = item
            return -2 - node._mark if node._mark < -1 else self.parameter(node)
        return self.constant(item)

    def constant(self, item: Any) -> int:
        """A plain number: the same source wherever it stands. 0 and -0 are two."""
        number = float(item)
        key = repr(number) if number == 0.0 else number
        if key not in self.constants:
            self.constants[key] = self.source(number, True)
        return self.constants[key]

    def parameter(self, node: Value) -> int:
        """A Value from outside of the function."""
        if node not in self.outside:
            number = self.source(node._data)
            self.outside[node] = number
            self.parameters[number] = node
        return self.outside[node]


#: How many operands a node of each of our operations has in slots; 0 if they are in a row.
ARITY = bytearray(slot_counts())


def add_node(numbering: Numbering, node: Value) -> None:
    """Number a node of the tape, after the sources among its operands."""
    if node._code == 0:
        node._mark = -2 - numbering.source(node._data, True)
        return
    if node._row is not None:
        numbers = [numbering.number(item) for item in node._row.operands]
        numbering.operands.extend(numbers)
    else:
        first = second = 0
        is_binary = ARITY[node._code] == 2
        if node._x is None:
            first = numbering.constant(node._dx)
        elif node._x._mark < -1:
            first = -2 - node._x._mark
        else:
            first = numbering.parameter(node._x)
        if is_binary:
            if node._y is None:
                second = numbering.constant(node._dy)
            elif node._y._mark < -1:
                second = -2 - node._y._mark
            else:
                second = numbering.parameter(node._y)
        numbering.operands.append(first)
        if is_binary:
            numbering.operands.append(second)
    numbering.codes.append(node._code)
    numbering.starts.append(len(numbering.operands))
    numbering.data.append(node._data)
    numbering.is_constant.append(0)
    node._mark = -2 - (len(numbering.codes) - 1)


# ---- the order of the eager engine --------------------------------------------------------------


def eager_order(graph: FlatGraph, root: int) -> list[int]:
    """The nodes under a root in the order in which `backward` would walk them, sources left out.

    See `engine.topological_order`.
    """
    codes, starts, operands = graph.codes, graph.starts, graph.operands
    state = bytearray(len(codes))  # 1: met; 2: placed
    order: list[int] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if state[node] == 1:
            state[node] = 2
            if codes[node] != 0:
                order.append(node)
        elif state[node] == 0:
            state[node] = 1
            stack.append(node)
            for place in range(starts[node + 1] - 1, starts[node] - 1, -1):
                if state[operands[place]] != 2:
                    stack.append(operands[place])
    return order

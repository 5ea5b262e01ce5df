"""A row: the operands, numbers and local derivatives of a node with any number of operands.

Nodes of one or two operands keep these in their own slots. Others (dot, total, leaky_relu, ...)
have a row. Compiled, its numbers are C arrays; here they are lists.
"""

from __future__ import annotations

from typing import Any

import cython

if cython.compiled:
    from cython.cimports.autograd.memory import array_of, free_array, scratch
else:
    from autograd._cython import array_of, free_array, scratch


@cython.final
@cython.no_gc
@cython.freelist(256)
@cython.cclass
class Row:
    """Room for `count` operands: what they are, their numbers, the derivatives by them.

    Attributes:
        operands: Values and builtin floats, in order.
        count: how many.
        numbers: the operands' data, only while the rule runs.
        derivatives: for the rule to fill in, one an operand.
    """

    __slots__ = ("count", "derivatives", "numbers", "operands")

    operands: tuple[Any, ...]
    count: int
    numbers: list[float]
    derivatives: list[float]

    def __dealloc__(self) -> None:
        free_array(self.derivatives)


def new_row(operands: tuple[Any, ...]) -> Row:
    """A row for these operands, its numbers and derivatives still to be filled in."""
    row = Row.__new__(Row)
    row.operands = operands
    row.count = len(operands)
    row.numbers = scratch(row.count)
    row.derivatives = array_of(row.count)
    return row


def row_for(count: int) -> Row:
    """A row without operands, for the numbers of `count` of them, or of fewer."""
    row = Row.__new__(Row)
    row.operands = ()
    row.derivatives = array_of(2 * count)
    if cython.compiled:
        row.numbers = cython.address(row.derivatives[count])
    resize(row, count)
    return row


def resize(row: Row, count: int) -> None:
    """Make a row from `row_for` one of `count` operands; its numbers are then anything."""
    row.count = count
    if not cython.compiled:
        row.numbers = [0.0] * count
        row.derivatives = [0.0] * count

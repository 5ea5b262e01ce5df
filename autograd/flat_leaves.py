"""Many leaves at once: their data and gradients as flat arrays, read and written in one loop.

A network's parameters are thousands of Values; what goes through all of them at each step of
training does so here.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import cython

from autograd.state import modes

if cython.compiled:
    from cython.cimports.autograd.engine import Value
    from cython.cimports.autograd.memory import doubles_of
else:
    from autograd._cython import doubles_of
    from autograd.engine import Value


def data_of(nodes: list[Value]) -> array[float]:
    """The data of each.

    >>> data_of([Value(2.0), Value(3.0)])
    array('d', [2.0, 3.0])
    """
    if modes.recorder is not None:  # it is told of every number that is read
        return array("d", [node.data for node in nodes])
    numbers = array("d", bytes(8 * len(nodes)))
    read_data(nodes, doubles_of(numbers))
    return numbers


def gradients_of(nodes: list[Value]) -> array[float]:
    """The gradient of each."""
    if modes.recorder is not None:
        return array("d", [node.grad for node in nodes])
    numbers = array("d", bytes(8 * len(nodes)))
    read_gradients(nodes, doubles_of(numbers))
    return numbers


def assign_data(nodes: list[Value], data: Iterable[float]) -> None:
    """Give each its number.

    Raises:
        ValueError: if there are not as many numbers as nodes.
    """
    numbers = data if type(data) is array and data.typecode == "d" else array("d", data)
    if len(numbers) != len(nodes):
        raise ValueError(f"there are {len(numbers)} numbers for {len(nodes)} Values")
    if modes.recorder is not None:
        for node, number in zip(nodes, numbers, strict=True):
            node.data = number
        return
    write_data(nodes, doubles_of(numbers))


def forget_gradients(nodes: list[Value]) -> None:
    """Set the gradient of each to 0, as if no backward pass had reached it."""
    if modes.recorder is not None:
        for node in nodes:
            node.grad = 0.0
        return
    clear_gradients(nodes)


def any_reached(nodes: list[Value]) -> bool:
    """Whether a backward pass has reached one of them."""
    for place in range(len(nodes)):
        node = nodes[place]
        if node._mark != 0:
            return True
    return False


# ---- the loops ----------------------------------------------------------------------------------


def read_data(nodes: list[Value], numbers: array[float]) -> None:
    """The loop of `data_of`."""
    for place in range(len(nodes)):
        node = nodes[place]
        numbers[place] = node._data


def read_gradients(nodes: list[Value], numbers: array[float]) -> None:
    """The loop of `gradients_of`."""
    for place in range(len(nodes)):
        node = nodes[place]
        numbers[place] = node._grad


def write_data(nodes: list[Value], numbers: array[float]) -> None:
    """The loop of `assign_data`."""
    for place in range(len(nodes)):
        node = nodes[place]
        node._data = numbers[place]


def clear_gradients(nodes: list[Value]) -> None:
    """The loop of `forget_gradients`."""
    for place in range(len(nodes)):
        node = nodes[place]
        node._grad = 0.0
        node._mark = 0

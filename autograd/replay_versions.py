"""A version: one program of a compiled function, with the rooms in which it runs."""

from __future__ import annotations

from typing import Any

from autograd import machine
from autograd.program import Program
from autograd.trees import filled, flat

#: How many samples are computed side by side: a multiple of LANES, larger for small programs, whose
#: numbers for one sample are fewer than SMALL, and their derivatives fewer than twice that.
LANES = 16
SMALL = 128
MOST_LANES = 256


class Version:
    """One program of a function: what it does where its comparisons come out as recorded.

    Attributes:
        program: see `program.py`.
        result: the shape of the result: any tree with as many leaves as there are outputs.
        is_single: whether the result is one number.
    """

    def __init__(self, program: Program, result: Any) -> None:
        self.program = program
        self.result = result
        self.is_single = not isinstance(result, (list, tuple, dict))
        self.machine = machine.Machine(program)
        self.outcomes = tuple(program.guards[3::4])
        self.spaces: list[machine.Space] = []
        self.batch_spaces: list[machine.Space] = []
        self.lanes = lanes_for(program)
        self.dependent = [node for node in program.parameters if node.op]

    def space(self) -> machine.Space:
        """Room for one run; `give_back` it."""
        try:
            return self.spaces.pop()
        except IndexError:
            return machine.space_for(self.machine, 1)

    def give_back(self, space: machine.Space) -> None:
        """A run is over."""
        self.spaces.append(space)

    def batch_space(self) -> machine.Space:
        """Room for the samples of one thread; `give_back_batch` it."""
        try:
            return self.batch_spaces.pop()
        except IndexError:
            return machine.space_for(self.machine, self.lanes)

    def give_back_batch(self, space: machine.Space) -> None:
        """A batch is over."""
        self.batch_spaces.append(space)

    def results(self, space: machine.Space) -> Any:
        """The result of a run, in the shape in which the function returns it."""
        numbers = [machine.value_at(self.machine, space, slot) for slot in self.program.outputs]
        return numbers[0] if self.is_single else filled(self.result, iter(numbers))


def lanes_for(program: Program) -> int:
    """How many samples of a program are worth computing side by side."""
    if not machine.has_lanes():
        return 1
    derivatives = program.derivatives - program.uniform_derivatives
    varying = max(1, program.slots - program.uniform, derivatives // 2)
    return min(MOST_LANES, LANES * max(1, SMALL // varying))


def shape_of(result: Any) -> Any:
    """A result's tree without its Values."""
    return filled(result, iter([0.0] * len(flat(result, "the result"))))


def single_output(version: Version) -> int:
    """The slot of the one number that the function returns."""
    if not version.is_single:
        raise_not_single(version.result)
    return version.program.outputs[0]


def raise_not_single(result: Any) -> None:
    """Say that derivatives are of one number."""
    raise TypeError(
        f"derivatives are of a function that returns one number, not {type(result).__name__}: "
        "compile one that returns it"
    )

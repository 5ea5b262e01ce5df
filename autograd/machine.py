"""The machine: runs a program forward and backward, for one sample or for several side by side.

What the instructions mean stands in `program.py`. A run of several samples keeps the numbers of one
slot side by side, one a *lane*; what is the same for all samples is there once, and its gradient is
the sum over the lanes. Operands are found by address and step: a lane step of 0 for what is there
once, 1 for what is there for each lane.

Rules are those of `operations.py`. Sums of products, where the time goes, are in `kernels.py`, or
compiled in `kernels.h`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import cython

from autograd.evaluation import evaluate
from autograd.program import Program
from autograd.registry import entry, slot_counts

if cython.compiled:
    from cython.cimports.autograd.dispatch import evaluate1, evaluate2, evaluate_row
    from cython.cimports.autograd.engine import Value
    from cython.cimports.autograd.kernels import (
        add_backward,
        add_forward,
        all_finite,
        clear,
        dot_backward,
        dot_forward,
        mul_backward,
        mul_forward,
        relu_forward,
        share_of_derivative,
    )
    from cython.cimports.autograd.memory import (
        aligned_array_of,
        free_aligned_array,
        free_pointers,
        ints_of,
        pointers,
    )
    from cython.cimports.autograd.rows import Row, resize, row_for
else:
    from autograd._cython import (
        aligned_array_of,
        free_aligned_array,
        free_pointers,
        ints_of,
        pointers,
    )
    from autograd.engine import Value
    from autograd.evaluation import evaluate1, evaluate2, evaluate_row
    from autograd.kernels import (
        add_backward,
        add_forward,
        all_finite,
        clear,
        dot_backward,
        dot_forward,
        mul_backward,
        mul_forward,
        relu_forward,
        share_of_derivative,
    )
    from autograd.rows import Row, resize, row_for

SCALARS, MAP, GATHER, DOT, PICK, ROW = 1, 2, 3, 4, 5, 6  # the kinds of program.py; CALL is the rest
ADD = entry("add").code
SUB = entry("sub").code
MUL = entry("mul").code
NEG = entry("neg").code
RELU = entry("relu").code
MANY = 0  # the arity of what takes any number of operands


@cython.final
@cython.cclass
class Machine:
    """A program, made ready to run. Several threads may run it, each with a `Space` of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.words = ints_of(program.words)
        self.offsets = ints_of(program.offsets)
        self.instructions = len(program.offsets) - 1
        self.uniform_instructions = program.uniform_instructions
        self.differentiable = program.differentiable
        self.constants = len(program.constants)
        self.parameters = len(program.parameters)
        self.uniform = program.uniform
        self.inputs = program.inputs
        self.slots = program.slots
        self.uniform_derivatives = program.uniform_derivatives
        self.derivatives = program.derivatives
        self.arities_kept = array("i", slot_counts())
        self.arities = ints_of(self.arities_kept)
        self.guards = ints_of(program.guards)
        self.guard_count = len(program.guards) // 4


@cython.final
@cython.cclass
class Space:
    """The numbers of one run: values, gradients, local derivatives. Made by `space_for`."""

    lanes: int
    count: int
    values: list[float]
    gradients: list[float]
    derivatives: list[float]
    row: Row
    failure: BaseException | None
    has_failed: bool

    def __dealloc__(self) -> None:
        free_aligned_array(self.values)
        free_aligned_array(self.gradients)
        free_aligned_array(self.derivatives)


def space_for(machine: Machine, lanes: int) -> Space:
    """Room for a run of so many samples side by side."""
    space = Space.__new__(Space)
    space.lanes = lanes
    space.count = machine.uniform + (machine.slots - machine.uniform) * lanes
    space.values = aligned_array_of(space.count)
    space.gradients = aligned_array_of(space.count)
    space.derivatives = aligned_array_of(
        machine.uniform_derivatives + (machine.derivatives - machine.uniform_derivatives) * lanes
    )
    space.row = row_for(machine.program.widest)
    space.failure = None
    space.has_failed = False
    for place, number in enumerate(machine.program.constants):
        space.values[place] = number
    return space


# ---- numbers in, numbers out --------------------------------------------------------------------


def read_parameters(machine: Machine, space: Space) -> None:
    """Take over the parameters' data of this moment."""
    copy_data(machine.program.parameters, space.values, machine.constants)


def copy_data(nodes: list[Value], numbers: list[float], start: int) -> None:
    """The loop of `read_parameters`."""
    for place in range(len(nodes)):
        node = nodes[place]
        numbers[start + place] = node._data


def add_gradients(machine: Machine, space: Space, from_theirs: bool) -> None:
    """Add what has arrived at the parameters to their `.grad`; or put it there if it began so."""
    hand_out(machine.program.parameters, space.gradients, machine.constants, from_theirs)


def hand_out(nodes: list[Value], numbers: list[float], start: int, is_whole: bool) -> None:
    """The loop of `add_gradients`."""
    for place in range(len(nodes)):
        node = nodes[place]
        node._grad = numbers[start + place] if is_whole else node._grad + numbers[start + place]
        if node._mark == 0:
            node._mark = 1


def add_totals(nodes: list[Value], totals: Sequence[float]) -> None:
    """Add gradients that were summed elsewhere to the `.grad` of nodes."""
    for place in range(len(nodes)):
        node = nodes[place]
        node._grad = node._grad + totals[place]
        if node._mark == 0:
            node._mark = 1


def take_gradients(machine: Machine, space: Space) -> None:
    """Begin with the parameters' `.grad` as it is, so that shares are added to it one by one."""
    nodes = machine.program.parameters
    for place in range(len(nodes)):
        node = nodes[place]
        space.gradients[machine.constants + place] = node._grad


def write_inputs(machine: Machine, space: Space, numbers: Sequence[float]) -> None:
    """One sample's inputs."""
    for place in range(machine.inputs):
        space.values[machine.uniform + place] = numbers[place]


def input_gradients(machine: Machine, space: Space) -> list[float]:
    """The gradients by the inputs, of one sample."""
    first = machine.uniform
    return [space.gradients[first + place] for place in range(machine.inputs)]


def parameter_gradients(machine: Machine, space: Space) -> list[float]:
    """The gradients by the parameters."""
    first = machine.constants
    return [space.gradients[first + place] for place in range(machine.parameters)]


def value_at(machine: Machine, space: Space, slot: int) -> float:
    """What is in a slot, of one sample."""
    return space.values[slot]


# ---- a run --------------------------------------------------------------------------------------


def forward(machine: Machine, space: Space) -> None:
    """Compute everything, for one sample.

    Raises:
        Exception: whatever a user's own operation raises.
    """
    run_forward(machine, space, 0, machine.instructions, 1)
    if space.has_failed:
        raise_failure(space)


def backward(
    machine: Machine, space: Space, upstream: Sequence[float], from_theirs: bool = False
) -> None:
    """Carry the gradients of the results back, for one sample."""
    clear(space.gradients, 0, space.count)
    if from_theirs:
        take_gradients(machine, space)
    for place, slot in enumerate(machine.program.outputs):
        space.gradients[slot] = space.gradients[slot] + upstream[place]
    run_backward(machine, space, 0, machine.differentiable, 1)


def is_finite(space: Space) -> bool:
    """Whether all values are finite."""
    return bool(all_finite(space.values, 0, space.count))


def has_finite_gradients(machine: Machine, space: Space) -> bool:
    """Whether all gradients but those of the constants are finite."""
    return bool(all_finite(space.gradients, machine.constants, space.count))


def first_broken_guard(machine: Machine, space: Space) -> int:
    """The first comparison that comes out otherwise than when it was recorded; -1 if none does."""
    for number in range(machine.guard_count):
        left = space.values[machine.guards[4 * number + 1]]
        right = space.values[machine.guards[4 * number + 2]]
        if holds(machine.guards[4 * number], left, right) != machine.guards[4 * number + 3]:
            return number
    return -1


def holds(relation: int, left: float, right: float) -> bool:
    """Whether a comparison does: the relations of program.py by number."""
    if relation == 0:
        return left < right
    if relation == 1:
        return left <= right
    if relation == 2:
        return left > right
    if relation == 3:
        return left >= right
    return left != right


def raise_failure(space: Space) -> None:
    """Raise what a user's rule raised."""
    failure = space.failure
    space.failure = None
    space.has_failed = False
    raise failure or RuntimeError("a run failed without a reason")


# ---- instructions, forward ----------------------------------------------------------------------


def run_forward(machine: Machine, space: Space, first: int, last: int, lanes: int) -> None:
    """Instructions in their order."""
    for number in range(first, last):
        at = machine.offsets[number]
        kind = machine.words[at]
        if kind == SCALARS:
            scalars_forward(machine, space, at, lanes)
        elif kind == MAP:
            map_forward(machine, space, at, lanes)
        elif kind == GATHER:
            gather_forward(machine, space, at, lanes)
        elif kind == DOT:
            dots_forward(machine, space, at, lanes)
        elif kind == PICK:
            pick_forward(machine, space, at, lanes)
        else:
            rows_forward(machine, space, at, lanes)


def address(machine: Machine, slot: int, lanes: int) -> int:
    """Where a slot's numbers begin."""
    if slot < machine.uniform:
        return slot
    return machine.uniform + (slot - machine.uniform) * lanes


def derivative_address(machine: Machine, place: int, lanes: int) -> int:
    """Where local derivatives begin."""
    if place < machine.uniform_derivatives:
        return place
    return machine.uniform_derivatives + (place - machine.uniform_derivatives) * lanes


def lane_step(machine: Machine, slot: int, lanes: int) -> int:
    """How far apart two lanes of a slot are: 0 for what all lanes share."""
    return 0 if slot < machine.uniform or lanes == 1 else 1


def one_forward(
    space: Space,
    code: int,
    arity: int,
    count: int,
    out: int,
    place: int,
    x: int,
    x_step: int,
    y: int,
    y_step: int,
) -> None:
    """One operation for `count` operands at constant steps, the results side by side."""
    values = space.values
    derivatives = space.derivatives
    if code == MUL:
        mul_forward(values, count, out, x, x_step, y, y_step)
    elif code == ADD:
        add_forward(values, count, out, x, x_step, y, y_step, 1.0)
    elif code == SUB:
        add_forward(values, count, out, x, x_step, y, y_step, -1.0)
    elif code == RELU:
        relu_forward(values, derivatives, count, out, place, x, x_step)
    elif arity == 1:
        for i in range(count):
            result, dx = evaluate1(code, values[x + i * x_step])
            values[out + i] = result
            if code != NEG:
                derivatives[place + i] = dx
    else:
        for i in range(count):
            result, dx, dy = evaluate2(code, values[x + i * x_step], values[y + i * y_step])
            values[out + i] = result
            derivatives[place + 2 * i] = dx
            derivatives[place + 2 * i + 1] = dy


def one_backward(
    space: Space,
    code: int,
    arity: int,
    count: int,
    out: int,
    place: int,
    x: int,
    x_step: int,
    y: int,
    y_step: int,
) -> None:
    """The same backwards: each operand is sent its share."""
    gradients = space.gradients
    derivatives = space.derivatives
    if code == MUL:
        mul_backward(space.values, gradients, count, out, x, x_step, y, y_step)
    elif code == ADD:
        add_backward(gradients, count, out, x, x_step, 1.0)
        add_backward(gradients, count, out, y, y_step, 1.0)
    elif code == SUB:
        add_backward(gradients, count, out, x, x_step, 1.0)
        add_backward(gradients, count, out, y, y_step, -1.0)
    elif code == NEG:
        add_backward(gradients, count, out, x, x_step, -1.0)
    elif arity == 1:
        share_of_derivative(gradients, derivatives, count, out, place, x, x_step)
    else:
        for i in range(count):
            gradients[x + i * x_step] += gradients[out + i] * derivatives[place + 2 * i]
            gradients[y + i * y_step] += gradients[out + i] * derivatives[place + 2 * i + 1]


def scalars_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Operations one after the other."""
    words = machine.words
    count = words[at + 1]
    out = address(machine, words[at + 2], lanes)
    place = derivative_address(machine, words[at + 3], lanes)
    values = space.values
    at += 4
    for _ in range(count):
        code = words[at]
        arity = machine.arities[code]
        x = words[at + 1]
        y = words[at + 2]
        if lanes == 1:
            if code == MUL:
                values[out] = values[x] * values[y]
            elif code == ADD:
                values[out] = values[x] + values[y]
            elif code == SUB:
                values[out] = values[x] - values[y]
            elif code == NEG:
                values[out] = -values[x]
            elif arity == 1:
                result, dx = evaluate1(code, values[x])
                values[out] = result
                space.derivatives[place] = dx
                place += 1
            else:
                result, dx, dy = evaluate2(code, values[x], values[y])
                values[out] = result
                space.derivatives[place] = dx
                space.derivatives[place + 1] = dy
                place += 2
            out += 1
        else:
            one_forward(
                space,
                code,
                arity,
                lanes,
                out,
                place,
                address(machine, x, lanes),
                lane_step(machine, x, lanes),
                address(machine, y, lanes),
                lane_step(machine, y, lanes),
            )
            out += lanes
            if code != MUL and code != ADD and code != SUB and code != NEG:
                place += arity * lanes
        at += 3


def map_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """One operation, its operands at constant steps."""
    words = machine.words
    code = words[at + 1]
    count = words[at + 2]
    arity = machine.arities[code]
    out = address(machine, words[at + 3], lanes)
    place = derivative_address(machine, words[at + 4], lanes)
    x = address(machine, words[at + 5], lanes)
    x_step = words[at + 6]
    x_lane = lane_step(machine, words[at + 5], lanes)
    y = address(machine, words[at + 7], lanes)
    y_step = words[at + 8]
    y_lane = lane_step(machine, words[at + 7], lanes)
    if lanes == 1:
        one_forward(space, code, arity, count, out, place, x, x_step, y, y_step)
    elif x_lane == x_step and y_lane == y_step:  # side by side, or one number for all
        one_forward(space, code, arity, count * lanes, out, place, x, x_step, y, y_step)
    else:
        x_step *= lanes if x_lane else 1
        y_step *= lanes if y_lane else 1
        for i in range(count):
            one_forward(
                space,
                code,
                arity,
                lanes,
                out + i * lanes,
                place + i * arity * lanes,
                x + i * x_step,
                x_lane,
                y + i * y_step,
                y_lane,
            )


def gather_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """One operation, its operands anywhere."""
    words = machine.words
    code = words[at + 1]
    count = words[at + 2]
    arity = machine.arities[code]
    out = address(machine, words[at + 3], lanes)
    place = derivative_address(machine, words[at + 4], lanes)
    at += 5
    for i in range(count):
        x = words[at + i]
        y = words[at + i + (count if arity == 2 else 0)]
        one_forward(
            space,
            code,
            arity,
            lanes,
            out + i * lanes,
            place + i * arity * lanes,
            address(machine, x, lanes),
            lane_step(machine, x, lanes),
            address(machine, y, lanes),
            lane_step(machine, y, lanes),
        )


def dots_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Sums of products at constant steps."""
    words = machine.words
    x = words[at + 4]
    y = words[at + 7]
    bias = words[at + 10]
    x_lane = lane_step(machine, x, lanes)
    y_lane = lane_step(machine, y, lanes)
    bias_lane = lane_step(machine, bias, lanes)
    dot_forward(
        space.values,
        lanes,
        words[at + 1],
        words[at + 2],
        address(machine, words[at + 3], lanes),
        address(machine, x, lanes),
        words[at + 5] * (lanes if x_lane else 1),
        words[at + 6] * (lanes if x_lane else 1),
        x_lane,
        address(machine, y, lanes),
        words[at + 8] * (lanes if y_lane else 1),
        words[at + 9] * (lanes if y_lane else 1),
        y_lane,
        address(machine, bias, lanes) if bias >= 0 else -1,
        words[at + 11] * (lanes if bias_lane else 1),
        bias_lane,
    )


def pick_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Sums of products of operands anywhere."""
    words = machine.words
    values = space.values
    rows = words[at + 1]
    terms = words[at + 2]
    out = address(machine, words[at + 3], lanes)
    has_bias = words[at + 4]
    at += 5
    for _ in range(rows):
        for lane in range(lanes):
            total = 0.0
            if has_bias:
                bias = words[at + 2 * terms]
                total = values[
                    address(machine, bias, lanes) + lane * lane_step(machine, bias, lanes)
                ]
            for j in range(terms):
                x = words[at + j]
                y = words[at + terms + j]
                total += (
                    values[address(machine, x, lanes) + lane * lane_step(machine, x, lanes)]
                    * values[address(machine, y, lanes) + lane * lane_step(machine, y, lanes)]
                )
            values[out] = total
            out += 1
        at += 2 * terms + has_bias


def rows_forward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Operations of any number of operands."""
    words = machine.words
    values = space.values
    is_call = words[at] > ROW
    code = words[at + 1]
    count = words[at + 2]
    width = words[at + 3]
    out = address(machine, words[at + 4], lanes)
    place = derivative_address(machine, words[at + 5], lanes)
    at += 6
    for _ in range(count):
        for lane in range(lanes):
            resize(space.row, width)
            for j in range(width):
                x = words[at + j]
                space.row.numbers[j] = values[
                    address(machine, x, lanes) + lane * lane_step(machine, x, lanes)
                ]
            if is_call:
                values[out] = call_rule(space, code)
            else:
                values[out] = evaluate_row(code, space.row)
            for j in range(width):
                space.derivatives[place + j] = space.row.derivatives[j]
            place += width
            out += 1
        at += width


def call_rule(space: Space, code: int) -> float:
    """A user's own operation on the numbers of the row. What it raises is kept for later."""
    row = space.row
    if space.has_failed:
        return 0.0
    try:
        out, *derivatives = evaluate(code, [row.numbers[j] for j in range(row.count)])
        for j in range(row.count):
            row.derivatives[j] = derivatives[j]
    except BaseException as failure:  # raised again where the run ends
        space.failure = failure
        space.has_failed = True
        return 0.0
    return out


# ---- instructions, backward ---------------------------------------------------------------------


def run_backward(machine: Machine, space: Space, first: int, last: int, lanes: int) -> None:
    """Instructions from the last to the first."""
    for number in range(last - 1, first - 1, -1):
        at = machine.offsets[number]
        kind = machine.words[at]
        if kind == SCALARS:
            scalars_backward(machine, space, at, lanes)
        elif kind == MAP:
            map_backward(machine, space, at, lanes)
        elif kind == GATHER:
            gather_backward(machine, space, at, lanes)
        elif kind == DOT:
            dots_backward(machine, space, at, lanes)
        elif kind == PICK:
            pick_backward(machine, space, at, lanes)
        else:
            rows_backward(machine, space, at, lanes)


def scalars_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Operations from the last to the first; each sends x its share, then y."""
    words = machine.words
    count = words[at + 1]
    out = address(machine, words[at + 2], lanes) + count * lanes
    place = derivative_address(machine, words[at + 3], lanes)
    values = space.values
    gradients = space.gradients
    derivatives = space.derivatives
    for i in range(count):
        code = words[at + 4 + 3 * i]
        if code != MUL and code != ADD and code != SUB and code != NEG:
            place += machine.arities[code] * lanes
    for i in range(count - 1, -1, -1):
        code = words[at + 4 + 3 * i]
        arity = machine.arities[code]
        x = words[at + 5 + 3 * i]
        y = words[at + 6 + 3 * i]
        out -= lanes
        if code != MUL and code != ADD and code != SUB and code != NEG:
            place -= arity * lanes
        if lanes == 1:
            upstream = gradients[out]
            if code == MUL:
                dx = values[y]
                dy = values[x]
                gradients[x] += upstream * dx
                gradients[y] += upstream * dy
            elif code == ADD:
                gradients[x] += upstream
                gradients[y] += upstream
            elif code == SUB:
                gradients[x] += upstream
                gradients[y] -= upstream
            elif code == NEG:
                gradients[x] -= upstream
            elif arity == 1:
                gradients[x] += upstream * derivatives[place]
            else:
                gradients[x] += upstream * derivatives[place]
                gradients[y] += upstream * derivatives[place + 1]
        else:
            one_backward(
                space,
                code,
                arity,
                lanes,
                out,
                place,
                address(machine, x, lanes),
                lane_step(machine, x, lanes),
                address(machine, y, lanes),
                lane_step(machine, y, lanes),
            )


def map_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """One operation, its operands at constant steps."""
    words = machine.words
    code = words[at + 1]
    count = words[at + 2]
    arity = machine.arities[code]
    out = address(machine, words[at + 3], lanes)
    place = derivative_address(machine, words[at + 4], lanes)
    x = address(machine, words[at + 5], lanes)
    x_step = words[at + 6]
    x_lane = lane_step(machine, words[at + 5], lanes)
    y = address(machine, words[at + 7], lanes)
    y_step = words[at + 8]
    y_lane = lane_step(machine, words[at + 7], lanes)
    if lanes == 1:
        one_backward(space, code, arity, count, out, place, x, x_step, y, y_step)
    elif x_lane == x_step and y_lane == y_step:
        one_backward(space, code, arity, count * lanes, out, place, x, x_step, y, y_step)
    else:
        x_step *= lanes if x_lane else 1
        y_step *= lanes if y_lane else 1
        for i in range(count):
            one_backward(
                space,
                code,
                arity,
                lanes,
                out + i * lanes,
                place + i * arity * lanes,
                x + i * x_step,
                x_lane,
                y + i * y_step,
                y_lane,
            )


def gather_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """One operation, its operands anywhere."""
    words = machine.words
    code = words[at + 1]
    count = words[at + 2]
    arity = machine.arities[code]
    out = address(machine, words[at + 3], lanes)
    place = derivative_address(machine, words[at + 4], lanes)
    at += 5
    for i in range(count):
        x = words[at + i]
        y = words[at + i + (count if arity == 2 else 0)]
        one_backward(
            space,
            code,
            arity,
            lanes,
            out + i * lanes,
            place + i * arity * lanes,
            address(machine, x, lanes),
            lane_step(machine, x, lanes),
            address(machine, y, lanes),
            lane_step(machine, y, lanes),
        )


def dots_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Sums of products at constant steps. Constants get no gradient."""
    words = machine.words
    x = words[at + 4]
    y = words[at + 7]
    bias = words[at + 10]
    x_lane = lane_step(machine, x, lanes)
    y_lane = lane_step(machine, y, lanes)
    bias_lane = lane_step(machine, bias, lanes)
    dot_backward(
        space.values,
        space.gradients,
        lanes,
        words[at + 1],
        words[at + 2],
        address(machine, words[at + 3], lanes),
        address(machine, x, lanes),
        words[at + 5] * (lanes if x_lane else 1),
        words[at + 6] * (lanes if x_lane else 1),
        x_lane,
        x >= machine.constants,
        address(machine, y, lanes),
        words[at + 8] * (lanes if y_lane else 1),
        words[at + 9] * (lanes if y_lane else 1),
        y_lane,
        y >= machine.constants,
        address(machine, bias, lanes) if bias >= 0 else -1,
        words[at + 11] * (lanes if bias_lane else 1),
        bias_lane,
    )


def pick_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Sums of products of operands anywhere."""
    words = machine.words
    values = space.values
    gradients = space.gradients
    rows = words[at + 1]
    terms = words[at + 2]
    out = address(machine, words[at + 3], lanes)
    has_bias = words[at + 4]
    at += 5
    for _ in range(rows):
        for lane in range(lanes):
            upstream = gradients[out]
            out += 1
            if has_bias:
                bias = words[at + 2 * terms]
                gradients[
                    address(machine, bias, lanes) + lane * lane_step(machine, bias, lanes)
                ] += upstream
            for j in range(terms):
                x = words[at + j]
                y = words[at + terms + j]
                x = address(machine, x, lanes) + lane * lane_step(machine, x, lanes)
                y = address(machine, y, lanes) + lane * lane_step(machine, y, lanes)
                dx = values[y]
                dy = values[x]
                gradients[x] += upstream * dx
                gradients[y] += upstream * dy
        at += 2 * terms + has_bias


def rows_backward(machine: Machine, space: Space, at: int, lanes: int) -> None:
    """Operations of any number of operands, the last first."""
    words = machine.words
    gradients = space.gradients
    count = words[at + 2]
    width = words[at + 3]
    out = address(machine, words[at + 4], lanes)
    place = derivative_address(machine, words[at + 5], lanes)
    at += 6
    for _ in range(count):
        for lane in range(lanes):
            upstream = gradients[out]
            for j in range(width):
                x = words[at + j]
                gradients[address(machine, x, lanes) + lane * lane_step(machine, x, lanes)] += (
                    upstream * space.derivatives[place + j]
                )
            out += 1
            place += width
        at += width


# ---- many samples -------------------------------------------------------------------------------


@cython.final
@cython.cclass
class Batch:
    """The columns of many samples: inputs, and room for results and for the inputs' gradients.

    A column is a flat array of `widths[c]` numbers a sample, one sample after the other; so are the
    results and the gradients that go back from them, of as many numbers as there are `outputs`.
    """

    def __init__(self, widths: Sequence[int], outputs: Sequence[int]) -> None:
        self.count = len(widths)
        self.outputs_count = len(outputs)
        self.kept = [array("i", widths), array("i", outputs)]
        self.widths = ints_of(self.kept[0])
        self.outputs = ints_of(self.kept[1])
        self.columns = pointers(len(widths))
        self.gradients = pointers(len(widths))
        self.results = pointers(1)
        self.upstream = pointers(1)

    def __dealloc__(self) -> None:
        free_pointers(self.columns)
        free_pointers(self.gradients)
        free_pointers(self.results)
        free_pointers(self.upstream)


def has_lanes() -> bool:
    """Whether it is worth while to compute several samples side by side."""
    return bool(cython.compiled)


def set_column(batch: Batch, place: int, numbers: Any) -> None:
    """Where a column's numbers are."""
    batch.kept.append(numbers)
    if cython.compiled:
        batch.columns[place] = cython.cast("double *", cython.address(numbers[0]))
    else:
        batch.columns[place] = numbers


def set_gradient_column(batch: Batch, place: int, numbers: Any) -> None:
    """Where the gradients by a column's numbers go."""
    batch.kept.append(numbers)
    if cython.compiled:
        batch.gradients[place] = cython.address(numbers[0])
    else:
        batch.gradients[place] = numbers


def set_results(batch: Batch, numbers: Any) -> None:
    """Where the results go."""
    batch.kept.append(numbers)
    if cython.compiled:
        batch.results[0] = cython.address(numbers[0])
    else:
        batch.results[0] = numbers


def set_upstream(batch: Batch, numbers: Any) -> None:
    """Where the gradients are that the results begin with on the way back."""
    batch.kept.append(numbers)
    if cython.compiled:
        batch.upstream[0] = cython.cast("double *", cython.address(numbers[0]))
    else:
        batch.upstream[0] = numbers


def begin_batch(machine: Machine, space: Space) -> bool:
    """Compute what all samples share; whether that is finite. No gradient has arrived yet."""
    clear(space.gradients, 0, space.count)
    read_parameters(machine, space)
    run_forward(machine, space, 0, machine.uniform_instructions, 1)
    if space.has_failed:
        raise_failure(space)
    return bool(all_finite(space.values, 0, machine.uniform))


def run_batch(
    machine: Machine,
    space: Space,
    batch: Batch,
    first: int,
    last: int,
    lanes: int,
    wants: int,
) -> int:
    """Samples `first` to `last`, some at a time. Returns the first of those that went wrong.

    Wrong are samples in which a number is not finite or a comparison comes out otherwise; -1 says
    that there are none. Inputs and results are taken from and put into the batch. `wants` says what
    is computed besides: 0, nothing; 1, the parameters' gradients, which add up; 2, also the
    gradients by the inputs, which are put into the batch.
    """
    with cython.nogil:
        wrong = run_samples(machine, space, batch, first, last, lanes, wants)
    if space.has_failed:
        raise_failure(space)
    return wrong


def run_samples(
    machine: Machine,
    space: Space,
    batch: Batch,
    first: int,
    last: int,
    lanes: int,
    wants: int,
) -> int:
    """The loop of `run_batch`."""
    while first < last:
        real = last - first
        if real >= lanes:
            real = lanes
            width = lanes
        else:
            width = (real + 3) // 4 * 4 if lanes > 1 else 1
        load_lanes(machine, space, batch, first, real, width)
        run_forward(machine, space, machine.uniform_instructions, machine.instructions, width)
        if space.has_failed or not lanes_are_right(machine, space, real, width):
            return first
        store_results(machine, space, batch, first, real, width)
        if wants > 0:
            varying = (machine.slots - machine.uniform) * width
            clear(space.gradients, machine.uniform, machine.uniform + varying)
            load_upstream(machine, space, batch, first, real, width)
            run_backward(
                machine, space, machine.uniform_instructions, machine.differentiable, width
            )
            if wants > 1:
                store_gradients(machine, space, batch, first, real, width)
        first += real
    return -1


def load_lanes(
    machine: Machine, space: Space, batch: Batch, first: int, real: int, width: int
) -> None:
    """The inputs of some samples, one a lane; lanes left over repeat the last one."""
    at = machine.uniform
    for column in range(batch.count):
        wide = batch.widths[column]
        for part in range(wide):
            for lane in range(width):
                sample = first + (lane if lane < real else real - 1)
                space.values[at + lane] = batch.columns[column][sample * wide + part]
            at += width


def store_results(
    machine: Machine, space: Space, batch: Batch, first: int, real: int, width: int
) -> None:
    """The results of some samples."""
    for place in range(batch.outputs_count):
        at = address(machine, batch.outputs[place], width)
        step = lane_step(machine, batch.outputs[place], width)
        for lane in range(real):
            batch.results[0][(first + lane) * batch.outputs_count + place] = space.values[
                at + lane * step
            ]


def load_upstream(
    machine: Machine, space: Space, batch: Batch, first: int, real: int, width: int
) -> None:
    """The gradients that the results of some samples begin with."""
    for place in range(batch.outputs_count):
        at = address(machine, batch.outputs[place], width)
        step = lane_step(machine, batch.outputs[place], width)
        for lane in range(real):
            space.gradients[at + lane * step] += batch.upstream[0][
                (first + lane) * batch.outputs_count + place
            ]


def store_gradients(
    machine: Machine, space: Space, batch: Batch, first: int, real: int, width: int
) -> None:
    """The gradients by the inputs of some samples."""
    at = machine.uniform
    for column in range(batch.count):
        wide = batch.widths[column]
        for part in range(wide):
            for lane in range(real):
                batch.gradients[column][(first + lane) * wide + part] = space.gradients[at + lane]
            at += width


def lanes_are_right(machine: Machine, space: Space, real: int, width: int) -> bool:
    """Whether all numbers are finite and all comparisons come out as they were recorded."""
    count = machine.uniform + (machine.slots - machine.uniform) * width
    if not all_finite(space.values, machine.uniform, count):
        return False
    for number in range(machine.guard_count):
        left = machine.guards[4 * number + 1]
        right = machine.guards[4 * number + 2]
        for lane in range(real):
            x = space.values[address(machine, left, width) + lane * lane_step(machine, left, width)]
            y = space.values[
                address(machine, right, width) + lane * lane_step(machine, right, width)
            ]
            if holds(machine.guards[4 * number], x, y) != machine.guards[4 * number + 3]:
                return False
    return True


def end_batch(machine: Machine, space: Space) -> bool:
    """Carry back what all samples share; whether all those gradients are finite."""
    last = machine.uniform_instructions
    if machine.differentiable < last:
        last = machine.differentiable
    run_backward(machine, space, 0, last, 1)
    return bool(all_finite(space.gradients, machine.constants, machine.uniform))

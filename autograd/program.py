"""A program: what is left of a recorded graph when it is to be run again and again.

Every number has a place, its *slot*. First come those that are the same for all samples of a batch
(constants, parameters, and what is computed from these alone), then the inputs and what depends on
them. Instructions are rows of integers in one array:

    SCALARS  count, out, derivatives, then operation, x, y for each       one after the other
    MAP      operation, count, out, derivatives, x, step, y, step         out[i] = f(x[i], y[i])
    GATHER   operation, count, out, derivatives, then all x, all y        the same, from anywhere
    DOT      rows, terms, out, x, row step, step, y, row step, step, bias, step
                                              out[i] = bias[i] + sum over j of x[i, j] * y[i, j]
    PICK     rows, terms, out, has bias, then for each row all x, all y, the bias
    ROW      operation, count, operands, out, derivatives, then for each all operands
    CALL     the same, for a user's own operation, which is Python

A step says how far apart the slots of neighbouring operands are: 0 for one that all share. Results
of an instruction lie side by side. `derivatives` is where the local derivatives go, one an operand;
additions and multiplications do without.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd.engine import Value
from autograd.registry import OPERATIONS, entry

SCALARS, MAP, GATHER, DOT, PICK, ROW, CALL = range(1, 8)

#: Operations whose local derivatives are at hand without being stored.
PLAIN = tuple([entry(name).code for name in ("add", "sub", "mul", "neg")])

RELATIONS = ("<", "<=", ">", ">=", "!=")


@dataclass
class Program:
    """See above.

    Attributes:
        words: the instructions, one after the other.
        offsets: where each begins, and at the end where the last one ends.
        uniform_instructions: how many do not depend on the inputs: the first ones.
        differentiable: how many lead to the results, so that gradients go through them: the first.
        constants: the first slots' numbers.
        parameters: the Values whose data comes next, read at each run.
        uniform: how many slots are the same for all samples; the inputs' come next.
        inputs: how many inputs.
        slots: how many slots in all.
        uniform_derivatives, derivatives: how many places for local derivatives, alike.
        outputs: the slots of the results.
        guards: for each comparison its relation, two slots, and its outcome.
        widest: the largest number of operands of one ROW or CALL.
        nodes: how many nodes were recorded.
    """

    words: array[int]
    offsets: array[int]
    uniform_instructions: int
    differentiable: int
    constants: array[float]
    parameters: list[Value]
    uniform: int
    inputs: int
    slots: int
    uniform_derivatives: int
    derivatives: int
    outputs: list[int]
    guards: array[int]
    widest: int
    nodes: int
    calls_python: bool = field(default=False)

    @property
    def bytes(self) -> int:
        """The memory of the program and of what one run of it needs, in bytes."""
        own = sum([part.itemsize * len(part) for part in (self.words, self.offsets, self.guards)])
        return own + 8 * (len(self.constants) + 2 * self.slots + self.derivatives)

    def listing(self) -> str:
        """The instructions in words, a line each."""
        summary = (
            f"{self.nodes} nodes recorded; {len(self.offsets) - 1} instructions; "
            f"{len(self.constants)} constants, {len(self.parameters)} parameters, "
            f"{self.inputs} inputs, {self.slots} slots; {self.bytes} bytes"
        )
        lines = [summary]
        for number in range(len(self.offsets) - 1):
            lines.append(self.instruction_text(number))
        for place in range(0, len(self.guards), 4):
            relation, left, right, outcome = self.guards[place : place + 4]
            outcome_text = "holds" if outcome else "does not hold"
            lines.append(
                f"guard: {self.slot_text(left)} {RELATIONS[relation]} {self.slot_text(right)} "
                f"{outcome_text}"
            )
        results = ", ".join([self.slot_text(slot) for slot in self.outputs])
        return "\n".join([*lines, f"results: {results}"])

    def slot_text(self, slot: int) -> str:
        """What a slot holds: a constant's number, a parameter, an input, or a result."""
        first_input = self.uniform
        if slot < len(self.constants):
            return f"{self.constants[slot]:.6g}"
        if slot < len(self.constants) + len(self.parameters):
            place = slot - len(self.constants)
            return self.parameters[place].label or f"p{place}"
        if first_input <= slot < first_input + self.inputs:
            return f"in{slot - first_input}"
        return f"v{slot}"

    def instruction_text(self, number: int) -> str:
        """One instruction in words."""
        start, end = self.offsets[number], self.offsets[number + 1]
        kind = self.words[start]
        words = list(self.words[start + 1 : end])
        name = self.slot_text
        if kind == SCALARS:
            lines = []
            for i in range(words[0]):
                code, x, y = words[3 + 3 * i : 6 + 3 * i]
                operands = [x, y][: OPERATIONS[code].arity]
                shown = ", ".join([name(slot) for slot in operands])
                lines.append(f"v{words[1] + i} = {OPERATIONS[code].name}({shown})")
            return "\n".join(lines)
        if kind == MAP:
            code, count, out, _, x, x_step, y, y_step = words
            runs = [(x, x_step), (y, y_step)][: OPERATIONS[code].arity]
            shown = ", ".join([run_text(name(slot), step, count) for slot, step in runs])
            return f"{results_text(out, count)} = {OPERATIONS[code].name}({shown})"
        if kind == GATHER:
            code, count, out = words[:3]
            shown = ", ".join(["[...]"] * OPERATIONS[code].arity)
            return f"{results_text(out, count)} = {OPERATIONS[code].name}({shown}), gathered"
        if kind == DOT:
            rows, terms, out, x, x_row, x_step, y, y_row, y_step, bias, _ = words
            added = f" + {run_text(name(bias), words[10], rows)}" if bias >= 0 else ""
            left = f"{name(x)}[{x_row} i + {x_step} j]"
            right = f"{name(y)}[{y_row} i + {y_step} j]"
            return f"{results_text(out, rows)} = sum of {terms} products {left} {right}{added}"
        if kind == PICK:
            rows, terms, out, has_bias = words[:4]
            if rows * terms <= FEW:
                return "\n".join(self.picked_lines(words[4:], rows, terms, out, has_bias))
            added = " + bias" if has_bias else ""
            return f"{results_text(out, rows)} = sum of {terms} products{added}, gathered"
        code, count, width, out = words[:4]
        return f"{results_text(out, count)} = {OPERATIONS[code].name} of {width} operands each"

    def picked_lines(
        self, slots: list[int], rows: int, terms: int, out: int, has_bias: int
    ) -> Iterator[str]:
        """Sums of a few products, written out."""
        width = 2 * terms + has_bias
        for row in range(rows):
            names = [self.slot_text(slot) for slot in slots[row * width : (row + 1) * width]]
            products = [
                f"{x} * {y}" for x, y in zip(names[:terms], names[terms : 2 * terms], strict=True)
            ]
            yield f"v{out + row} = {' + '.join([*products, *names[2 * terms :]])}"


#: So many products are written out.
FEW = 8


def results_text(out: int, count: int) -> str:
    """The slots of an instruction's results."""
    return f"v{out}" if count == 1 else f"v{out}..v{out + count - 1}"


def run_text(first: str, step: int, count: int) -> str:
    """Operands that lie a step apart, by the first one."""
    if count == 1 or step == 0:
        return first
    return f"{first}.." if step == 1 else f"{first}..(step {step})"

"""Programs from elsewhere: what a program says is checked before a machine believes it.

The machine reads and writes wherever the instructions tell it to, so a program that was read from a
file is walked through once, instruction by instruction, by the rules that `planning.py` writes by:

- results lie side by side behind the constants, parameters and inputs, each instruction's behind
  those of the one before; so do local derivatives;
- an operand is a slot that has been written by then. A run of operands lies on one side of
  `uniform`, since slots from there on have one number for each sample of a batch;
- what all samples share is computed first, and from nothing else;
- an operation stands only where its number of operands is right.

What follows from the instructions (where each begins, how many slots there are) is found out here,
not read.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import lt

from autograd.engine import Value
from autograd.planning import CACHE_LINE
from autograd.program import CALL, DOT, GATHER, MAP, PICK, PLAIN, RELATIONS, ROW, SCALARS, Program
from autograd.registry import Operation, slot_counts
from autograd.replay_versions import LANES

#: Numbers of slots, of derivatives, and of operands are C ints, also for all samples of a batch.
MOST_OPERANDS = 2**31 - 1
MOST_SLOTS = MOST_OPERANDS // LANES

#: How many words an instruction has before its lists of operands.
HEADS = {SCALARS: 4, MAP: 9, GATHER: 5, DOT: 12, PICK: 5, ROW: 6, CALL: 6}


class Walk:
    """A program as it is walked through: what has been written so far.

    Attributes:
        words: the instructions; operations are places in `operations`.
        offsets: where each instruction begins, and at the end where the last one ends.
        next_slot, next_derivative: where the next results go.
        uniform: the first slot that has one number for each sample.
        gap: the slots before it that are left free.
        reads: how many operands the instructions have in all.
        widest: the largest number of operands of a row.
        calls_python: whether there is a user's own operation.
    """

    def __init__(
        self, words: array[int], operations: Sequence[Operation], sources: int, uniform: int
    ) -> None:
        self.words = words
        self.operations = operations
        self.slot_counts = slot_counts()
        self.offsets = array("i", [0])
        self.next_slot = sources
        self.next_derivative = 0
        self.uniform = uniform
        self.gap: frozenset[int] = frozenset()
        self.reads = 0
        self.widest = 1
        self.calls_python = False

    def begin_varying(self, inputs: int) -> None:
        """What all samples share is computed: the inputs are next."""
        if not 0 <= self.uniform - self.next_slot < CACHE_LINE:
            raise ValueError(
                f"what all samples share ends at slot {self.next_slot}, the inputs begin at "
                f"{self.uniform}"
            )
        self.gap = frozenset(range(self.next_slot, self.uniform))
        self.next_slot = self.uniform + inputs
        self.check_size()

    def step(self) -> None:
        """Check the next instruction."""
        at = self.offsets[-1]
        kind = self.words[at]
        if kind not in HEADS:
            raise ValueError(f"there is no instruction of kind {kind}")
        end = at + HEADS[kind]
        if end > len(self.words):
            raise ValueError("it is cut short")
        head = self.words[at + 1 : end].tolist()
        if kind == SCALARS:
            end = self.scalars(end, *head)
        elif kind == MAP:
            self.map(*head)
        elif kind == GATHER:
            end = self.gather(end, *head)
        elif kind == DOT:
            self.dot(*head)
        elif kind == PICK:
            end = self.pick(end, *head)
        else:
            end = self.row(end, kind, *head)
        self.offsets.append(end)

    # ---- instructions -----------------------------------------------------------------------

    def scalars(self, start: int, count: int, out: int, place: int) -> int:
        """Operations one after the other; returns where they end."""
        self.begin(count, out, place)
        triples = self.listed(start, 3, count)
        codes = Counter(triples[::3])
        arities = {code: self.arity(code) for code in codes}
        for slots in (triples[1::3], triples[2::3]):
            if min(slots) < 0 or not all(map(lt, slots, range(out, out + count))):
                raise ValueError("it reads a slot that is not written by then")
            self.check_gap(slots)
        derivatives = sum([self.stored(code) * arities[code] * codes[code] for code in codes])
        self.end(count, derivatives, 2 * count)
        return start + 3 * count

    def map(
        self, code: int, count: int, out: int, place: int, x: int, x_step: int, y: int, y_step: int
    ) -> None:
        """One operation, its operands at constant steps."""
        self.begin(count, out, place)
        arity = self.arity(code)
        self.check_run(x, (count, x_step))
        self.check_run(y, (count, y_step))
        self.end(count, self.stored(code) * arity * count, arity * count)

    def gather(self, start: int, code: int, count: int, out: int, place: int) -> int:
        """One operation, its operands anywhere."""
        self.begin(count, out, place)
        arity = self.arity(code)
        self.check_slots(self.listed(start, arity, count))
        self.end(count, self.stored(code) * arity * count, arity * count)
        return start + arity * count

    def dot(
        self,
        rows: int,
        terms: int,
        out: int,
        x: int,
        x_row: int,
        x_step: int,
        y: int,
        y_row: int,
        y_step: int,
        bias: int,
        bias_step: int,
    ) -> None:
        """Sums of products at constant steps."""
        self.begin(rows, out, self.next_derivative)
        self.check_count(terms)
        self.check_run(x, (rows, x_row), (terms, x_step))
        self.check_run(y, (rows, y_row), (terms, y_step))
        if bias >= 0:
            self.check_run(bias, (rows, bias_step))
        elif (bias, bias_step) != (-1, 0):
            raise ValueError(f"its bias is {bias}")
        self.end(rows, 0, 2 * rows * terms)

    def pick(self, start: int, rows: int, terms: int, out: int, has_bias: int) -> int:
        """Sums of products of operands anywhere."""
        self.begin(rows, out, self.next_derivative)
        self.check_count(terms)
        if has_bias not in (0, 1):
            raise ValueError(f"whether it has a bias is 0 or 1, not {has_bias}")
        width = 2 * terms + has_bias
        self.check_slots(self.listed(start, width, rows))
        self.end(rows, 0, width * rows)
        return start + width * rows

    def row(
        self, start: int, kind: int, code: int, count: int, width: int, out: int, place: int
    ) -> int:
        """Operations of any number of operands."""
        self.begin(count, out, place)
        self.check_count(width)
        operation = self.operation(code)
        in_slots = not operation.is_own and self.slot_counts[operation.code] > 0
        if in_slots or operation.is_own != (kind == CALL):
            raise ValueError(f"{operation.name} is no operation for an instruction of this kind")
        if not operation.variadic and width != operation.arity:
            raise ValueError(f"{operation.name} takes {operation.arity} operands, not {width}")
        self.check_slots(self.listed(start, width, count))
        self.widest = max(self.widest, width)
        self.calls_python |= kind == CALL
        self.end(count, width * count, width * count)
        return start + width * count

    # ---- what they have in common -----------------------------------------------------------

    def begin(self, count: int, out: int, place: int) -> None:
        """There is a result, and results and derivatives go where the next ones belong."""
        self.check_count(count)
        if out != self.next_slot:
            raise ValueError(f"its results go to slot {out}, not {self.next_slot}")
        if place != self.next_derivative:
            raise ValueError(f"its derivatives go to {place}, not {self.next_derivative}")

    def end(self, count: int, derivatives: int, reads: int) -> None:
        """The results are written."""
        self.next_slot += count
        self.next_derivative += derivatives
        self.reads += reads
        self.check_size()

    def check_size(self) -> None:
        """A machine can count all that."""
        if max(self.next_slot, self.next_derivative) > MOST_SLOTS or self.reads > MOST_OPERANDS:
            raise ValueError("it has more results than a machine has room for")

    def check_count(self, count: int) -> None:
        """There is at least one of something."""
        if count < 1:
            raise ValueError(f"it has {count} results or operands")

    def operation(self, code: int) -> Operation:
        """The operation that a word stands for."""
        if not 0 <= code < len(self.operations):
            raise ValueError(f"it names operation {code} of {len(self.operations)}")
        return self.operations[code]

    def arity(self, code: int) -> int:
        """How many operands an operation has that keeps one or two in slots."""
        operation = self.operation(code)
        arity = 0 if operation.is_own else self.slot_counts[operation.code]
        if not arity:
            raise ValueError(f"{operation.name} is no operation for an instruction of this kind")
        return arity

    def stored(self, code: int) -> bool:
        """Whether local derivatives of an operation are stored."""
        return self.operations[code].code not in PLAIN

    def listed(self, start: int, width: int, count: int) -> array[int]:
        """The words of `count` lists."""
        if width * count > len(self.words) - start:
            raise ValueError("it is cut short")
        return self.words[start : start + width * count]

    def check_slots(self, slots: Sequence[int]) -> None:
        """All these can be read."""
        if min(slots) < 0 or max(slots) >= self.next_slot:
            raise ValueError("it reads a slot that is not written by then")
        self.check_gap(slots)

    def check_gap(self, slots: Sequence[int]) -> None:
        """None of these was left free."""
        if self.gap and not self.gap.isdisjoint(slots):
            raise ValueError("it reads a slot that nothing is written to")

    def check_run(self, first: int, *sides: tuple[int, int]) -> None:
        """All slots of a run, or of a block, can be read: of each side its length and its step."""
        low = high = first
        for count, step in sides:
            if count == 1 and step != 0:
                raise ValueError(f"it goes on by {step} from its only operand")
            low += min(0, (count - 1) * step)
            high += max(0, (count - 1) * step)
        self.check_slots((low, high))
        if low < self.uniform <= high:
            raise ValueError("its operands are partly the same for all samples, and partly not")


def checked_program(
    words: array[int],
    operations: Sequence[Operation],
    *,
    constants: array[float],
    parameters: list[Value],
    inputs: int,
    uniform: int,
    uniform_instructions: int,
    differentiable: int,
    outputs: Sequence[int],
    guards: array[int],
    nodes: int,
) -> Program:
    """The program that these are parts of; see `program.py`.

    Args:
        words: the instructions; an operation is given by its place in `operations`.
        operations: those that are used.

    Raises:
        ValueError: if they are parts of none; the message says which instruction is wrong.
    """
    for name, number in (("inputs", inputs), ("uniform", uniform), ("nodes", nodes)):
        if not 0 <= number <= MOST_OPERANDS:
            raise ValueError(f"{name} is {number}")
    walk = Walk(words, operations, len(constants) + len(parameters), uniform)
    number = reach = uniform_derivatives = 0
    try:
        while True:
            if number == uniform_instructions:
                uniform_derivatives = walk.next_derivative
                walk.begin_varying(inputs)
            if number == differentiable:
                reach = walk.next_slot
            if walk.offsets[-1] == len(words):
                break
            walk.step()
            number += 1
    except ValueError as error:
        raise ValueError(f"instruction {number}: {error}") from None
    for name, place in (
        ("uniform_instructions", uniform_instructions),
        ("differentiable", differentiable),
    ):
        if not 0 <= place <= number:
            raise ValueError(f"{name} is {place}, of {number} instructions")
    check_ends(walk, outputs, guards, reach)
    codes = [operation.code for operation in operations]
    return Program(
        words=renumbered(words, walk.offsets, codes),
        offsets=walk.offsets,
        uniform_instructions=uniform_instructions,
        differentiable=differentiable,
        constants=constants,
        parameters=parameters,
        uniform=uniform,
        inputs=inputs,
        slots=walk.next_slot,
        uniform_derivatives=uniform_derivatives,
        derivatives=walk.next_derivative,
        outputs=list(outputs),
        guards=guards,
        widest=walk.widest,
        nodes=nodes,
        calls_python=walk.calls_python,
    )


def check_ends(walk: Walk, outputs: Sequence[int], guards: array[int], reach: int) -> None:
    """Outputs and guards read what is there; gradients begin before slot `reach`."""
    try:
        if outputs:
            walk.check_slots(outputs)
    except ValueError:
        raise ValueError("a result is in a slot that is not written") from None
    if any(slot >= reach for slot in outputs):
        raise ValueError("no gradient goes back from a result")
    if len(guards) % 4:
        raise ValueError("the last guard is cut short")
    for place in range(0, len(guards), 4):
        relation, left, right, outcome = guards[place : place + 4]
        is_known = 0 <= relation < len(RELATIONS) and outcome in (0, 1)
        try:
            walk.check_slots((left, right))
        except ValueError:
            is_known = False
        if not is_known:
            raise ValueError(f"guard {place // 4} compares what is not there")


def renumbered(words: array[int], offsets: array[int], codes: Sequence[int]) -> array[int]:
    """The same instructions, with operation `codes[i]` in the place of operation i."""
    renamed = array("i", words)
    for place in code_places(words, offsets):
        renamed[place] = array("i", [codes[code] for code in words[place]])
    return renamed


def code_places(words: array[int], offsets: array[int]) -> Iterator[slice]:
    """Where the operations stand in the instructions."""
    for number in range(len(offsets) - 1):
        at = offsets[number]
        if words[at] == SCALARS:
            yield slice(at + 4, offsets[number + 1], 3)
        elif words[at] not in (DOT, PICK):
            yield slice(at + 1, at + 2)

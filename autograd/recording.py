"""Recording: a function is run once on Values, and what it did with them is written down.

The recorder of a thread is told of every node that is made (the *tape*), of every comparison whose
outcome the function may have branched on (the *guards*), and of every number that left the graph
by `.data` and the like. The last makes a record *escaped*: what the function went on to do with the
number cannot be known, so the record must not be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.engine import Value, count_modes
from autograd.numbers import format_number
from autograd.state import modes

#: What is done to a node that takes a number out of the graph, and what to do instead.
ADVICE = {
    "data": "use autograd.maximum, minimum, clip, where or softmax, which stay in the graph",
    "grad": "let the function return the result, and call value_and_grad or backward outside",
    "backward": "let the function return the result, and call value_and_grad or backward outside",
    "local_derivatives": "use autograd.gradients, which stays in the graph",
    "text": "print what the compiled function returns, outside of it",
    "domain": "keep the operands inside the domain with maximum, clip or where",
    "no_grad": "call the compiled function inside `with no_grad()`, not the other way round",
}


HOW = {
    "text": "was made a text",
    "backward": "had backward() called on it",
    "domain": "was an operand of an operation that raised an error, which was caught",
}


class Guard(NamedTuple):
    """A comparison that was made, and how it came out.

    Attributes:
        relation: "<", "<=", ">", ">=" or "!=".
        left, right: Values or numbers.
        outcome: what it was.
    """

    relation: str
    left: Any
    right: Any
    outcome: bool


@dataclass
class Recorder:
    """What is told of one run.

    Attributes:
        inputs: the nodes that stand for the arguments.
        tape: every node made, in the order of making; the inputs come first.
        guards: the comparisons, in order.
        escape: how a number left the graph, in words; "" if none did.
    """

    inputs: Sequence[Value]
    tape: list[Value] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    escape: str = ""

    def __post_init__(self) -> None:
        self.made: Callable[[Value], None] = self.tape.append
        self.sources = set(self.inputs)
        self.made_here: set[Value] = set()  # of the tape, as far as was asked
        self.fixed: set[Value] = set()  # nodes that are known to depend on nothing

    def settled(self, relation: str, left: Value, right: Any, outcome: bool) -> None:
        """A comparison was made."""
        if not self.escape:
            self.guards.append(Guard(relation, left, right, outcome))

    def notice(self, node: Value, what: str) -> None:
        """A number of a node was read, or assigned. That matters if it can differ at a replay."""
        if not self.escape and (what in ("grad", "backward") or self.is_dependent(node)):
            how = HOW.get(what, f"had its .{what} read or assigned")
            self.escape = f"{named(node)} {how}; {ADVICE[what]}"

    def refused(self, operands: Sequence[Any]) -> None:
        """An operation left its domain. If the function goes on, that was a decision."""
        for operand in operands:
            if isinstance(operand, Value):
                self.notice(operand, "domain")

    def cut(self, node: Value) -> None:
        """A node was made without a graph, inside `no_grad`, by a function that is recorded."""
        if not self.escape and self.is_dependent(node):
            self.escape = f"{named(node)} was made inside `no_grad`; {ADVICE['no_grad']}"

    def is_dependent(self, node: Value) -> bool:
        """Whether a node depends on an argument, or on a Value from outside of the function."""
        self.made_here.update(self.tape[len(self.made_here) :])
        stack, met = [node], {node}
        while stack:
            node = stack.pop()
            if node in self.sources or node not in self.made_here:
                return True
            for parent in node.parents:
                if parent not in met and parent not in self.fixed:
                    met.add(parent)
                    stack.append(parent)
        self.fixed |= met
        return False


def named(node: Value) -> str:
    """A node in a warning: by its label if it has one."""
    what = f"{node.label!r}" if node.label else f"a {node.op} node" if node.op else "a leaf"
    return f"{what} (value {format_number(raw_data(node))})"


def raw_data(node: Value) -> float:
    """The data of a node, of which the recorder is not told."""
    with unobserved():
        return float(node.data)


class unobserved:  # noqa: N801  # used as `with unobserved():`, as the modes are
    """Inside, nothing is recorded: what is made and read has no part in what the function does."""

    def __enter__(self) -> None:
        self.recorder, modes.recorder = modes.recorder, None

    def __exit__(self, *_: object) -> None:
        modes.recorder = self.recorder


def record(
    f: Callable[..., Any], inputs: Sequence[Value], arguments: Any, named_arguments: Any
) -> tuple[Any, Recorder]:
    """Run f, and return its result with what the recorder was told.

    The graph is recorded also inside `no_grad()`; inside another recording, this one has nothing
    to do with it.
    """
    here = modes.__dict__
    recorder = Recorder(inputs)
    recorder.tape.extend(inputs)
    around = here["recorder"], here["no_grad"]
    here["recorder"], here["no_grad"] = recorder, 0
    count_modes(+1)
    try:
        result = f(*arguments, **named_arguments)
    finally:
        count_modes(-1)
        here["recorder"] = around[0]
        here["no_grad"] += around[1]
    return result, recorder

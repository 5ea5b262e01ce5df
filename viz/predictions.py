"""Judging a prediction: a number given for a step before the step is shown.

It is marked as every answer is (`autograd.answers`), and a wrong one is compared with what the
mistakes that can happen at this one step would have given (`autograd.candidates`): all that came
before it has been seen. A mistake is named only if it explains the number; a right number is right
however it came about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograd.answers import ROUNDED, WRONG, told, verdict
from autograd.candidates import (
    Candidate,
    Derivative,
    Edge,
    Mistake,
    fitting,
    of_last_contribution,
    of_number,
    of_value,
)
from autograd.numbers import format_number
from autograd.questions import backward_pass, rounding_of
from autograd.written_numbers import WrittenNumber, read_number
from viz.stepping import Backward, Forward, Step, backward_steps


@dataclass(frozen=True)
class Verdict:
    """What became of a prediction.

    Attributes:
        given: the number that was given.
        expected: the number that the step gives.
        is_right: whether it is right, rounded or not.
        is_rounded: whether it is right but rounded.
        mistakes: what would explain a wrong number, the likeliest first; empty if nothing known
            does.
    """

    given: float
    expected: float
    is_right: bool
    is_rounded: bool = False
    mistakes: tuple[Mistake, ...] = ()

    def __bool__(self) -> bool:
        return self.is_right

    def __str__(self) -> str:
        right = format_number(self.expected)
        if self.is_rounded and format_number(self.given) != right:
            return f"Right but rounded: {right}."
        if self.is_right:
            return "Right."
        if not self.mistakes:
            return f"Wrong: it is {right}."
        return f"Wrong: it is {right}. Probably {told(self.mistakes)}."


def judge(step: Step, answer: str | float) -> Verdict:
    """Whether a number is what a step gives; and if not, what was probably done wrong.

    Of a forward step that is the value of the node; of a backward step, the gradient of the node
    that receives, with this contribution added.

    Right but rounded is a number within half a unit of its last digit and within 1 % of the right
    one, as in `autograd.check_answers`: 0.9 for 0.94 is not.

    Args:
        step: one of `steps(root)`.
        answer: a number, or a text such as "-0.06", "1e-3", "2/3" or "exp(3)".

    Raises:
        TypeError: if `answer` is neither a number nor a text.
        ValueError: if the text is no number, or nan: no computation leads there.

    >>> from viz import steps
    >>> x, y = Value(3.0, label="x"), Value(2.0, label="y")
    >>> to_y = steps(x * y)[-1]
    >>> print(judge(to_y, "9/3"))
    Right.
    >>> print(judge(to_y, -3))
    Wrong: it is 3. Probably the sign is wrong.
    """
    given = read_number(answer)
    right = expected(step)
    outcome = verdict(given, right, rounding(step))
    if outcome != WRONG:
        return Verdict(given.number, right, True, outcome == ROUNDED)
    found = fitting(candidates(step, given), given, step.board.names)
    return Verdict(given.number, right, False, mistakes=tuple(found))


def expected(step: Step) -> float:
    """The number that a prediction of this step is compared with."""
    return step.value if isinstance(step, Forward) else step.gradient


def rounding(step: Step) -> float:
    """How far off the step's number may be because floats are rounded."""
    order = list(step.board.names)
    if isinstance(step, Forward):
        return dict(rounding_of(order))[step.node]
    return abs(step.board.seed) * backward_pass(order, order[-1]).rounding[step.node]


def candidates(step: Step, given: WrittenNumber) -> Iterator[Candidate]:
    """The mistakes that can happen at a step."""
    yield from of_number(given, expected(step))
    if isinstance(step, Forward):
        yield from of_value(step.node, step.board.names)
    elif step.source is not None:
        root = list(step.board.names)[-1]
        asked = Derivative(root, step.node, step.gradient, step.board.names)
        yield from of_last_contribution(asked, list(edges_up_to(step)))


def edges_up_to(step: Backward) -> Iterator[Edge]:
    """The edges that have brought contributions to the step's node, the step's own last."""
    place = (step.source, step.operand)
    for other in backward_steps(list(step.board.names), step.board):
        if other.node is step.node and other.source is not None:
            yield Edge(
                other.source, other.node, other.operand, other.local_derivative, other.upstream
            )
            if (other.source, other.operand) == place:
                return

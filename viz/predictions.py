"""Judging a prediction: a number given for a step before the step is shown.

A wrong number is compared with what each common mistake would have given (see `mistakes.py`). A
mistake is named only if it explains the number; a right number is right however it came about.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.formulas import DERIVATIVE
from autograd.numbers import format_number
from autograd.slips import evaluated, formula_of, names_in, numbers_of
from autograd.written_numbers import WrittenNumber, read_number
from viz.mistakes import mistakes
from viz.stepping import Backward, Forward, Step

#: How far a number of six significant digits, as numbers are shown, may be from the one it shows.
SHOWN = 5e-6
#: How many explanations of a wrong number are told.
TOLD = 2


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
    mistakes: tuple[str, ...] = ()

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
        return f"Wrong: it is {right}. Probably {', or '.join(self.mistakes[:TOLD])}."


def judge(step: Step, answer: str | float, earlier: Sequence[Backward] = ()) -> Verdict:
    """Whether a number is what a step gives; and if not, what was probably done wrong.

    Of a forward step that is the value of the node; of a backward step, the gradient of the node
    that receives, with this contribution added.

    Right but rounded is a number within half a unit of its last digit and within 1 % of the right
    one: 0.9 for 0.94 is not. So is what comes of the numbers as they are shown, with six digits.

    Args:
        step: one of `steps(root)`.
        answer: a number, or a text such as "-0.06", "1e-3", "2/3" or "exp(3)".
        earlier: the backward steps that have added to the same node before. With them, the path
            that was forgotten can be named.

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
    if given.is_exactly(right):
        return Verdict(given.number, right, True)
    if given.is_rounded(right) or abs(given.number - right) <= slack(step):
        return Verdict(given.number, right, True, is_rounded=True)
    return Verdict(given.number, right, False, mistakes=explained(given, step, earlier))


def expected(step: Step) -> float:
    """The number that a prediction of this step is compared with."""
    return step.value if isinstance(step, Forward) else step.gradient


def explained(given: WrittenNumber, step: Step, earlier: Sequence[Backward]) -> tuple[str, ...]:
    """The mistakes that lead to the number given, the likeliest first."""
    right = expected(step)
    found = ["it is rounded too coarsely: give one more digit"] if given.is_coarsely(right) else []
    found += [
        mistake.text
        for mistake in mistakes(step, earlier)
        if (given.is_exactly(mistake.number) or given.is_rounded(mistake.number))
        and not abs(mistake.number - right) <= slack(step)
    ]
    return tuple(dict.fromkeys(found))


def slack(step: Step) -> float:
    """How far off a number may be that was worked out, rightly, from the numbers as shown."""
    if isinstance(step, Forward):
        node = step.node
        terms = zip(node.parents, node.local_derivatives, strict=True)
        error = SHOWN * sum(abs(derivative * operand.data) for operand, derivative in terms)
    else:
        error = 2 * SHOWN * (abs(step.gradient - step.contribution) + abs(step.contribution))
        error += abs(step.upstream) * slack_of_derivative(step)
    return error if math.isfinite(error) else 0.0


def slack_of_derivative(step: Backward) -> float:
    """How far off the local derivative is if its formula gets the numbers as shown."""
    formula = None if step.source is None else formula_of(step.source, step.operand)
    if step.source is None or formula is None or DERIVATIVE in names_in(formula):
        return 0.0  # there is none: the seed, very many operands, a user's rule that is no formula
    shown = {name: float(format_number(x)) for name, x in numbers_of(step.source).items()}
    found = evaluated(ast.unparse(formula), shown)
    return sum(abs(derivative - step.local_derivative) for derivative in found)

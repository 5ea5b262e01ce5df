"""The common mistakes at a step, and the number that each of them leads to.

A wrong derivative (see `autograd.slips`), a forgotten factor, a forgotten path, `=` where `+=`
belongs: each is worked out from the numbers of the step, so that a wrong answer can be compared
with all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.numbers import format_number
from autograd.slips import derivative_slips, value_slips
from viz.stepping import Backward, Forward, Step


class Mistake(NamedTuple):
    """Something that goes wrong, and the number that it leads to."""

    number: float
    text: str


def mistakes(step: Step, earlier: Sequence[Backward] = ()) -> Iterator[Mistake]:
    """The common mistakes at a step, the likeliest first."""
    if isinstance(step, Forward):
        yield from forward_mistakes(step)
    elif step.source is not None:
        yield from backward_mistakes(step, earlier)


def backward_mistakes(step: Backward, earlier: Sequence[Backward]) -> Iterator[Mistake]:
    """What can go wrong with one contribution, and with adding it."""
    before = sum_before(step, earlier)
    target, upstream, local = derivative_names(step)
    is_first = step.gradient == step.contribution or (not earlier and math.isnan(step.gradient))
    shares = list(share_mistakes(step, is_first))
    if not is_first:
        yield Mistake(
            step.contribution,
            f"the gradient was replaced: each share is added (+=) to {format_number(before)}, "
            "which came before",
        )
        yield Mistake(
            before,
            f"the path over {step.source_name} was forgotten: its share is "
            f"{format_number(step.contribution)}",
        )
    for other in earlier if len(earlier) > 1 else ():
        yield Mistake(
            step.gradient - other.contribution,
            f"the path over {other.source_name} was forgotten: its share is "
            f"{format_number(other.contribution)}",
        )
    yield Mistake(-step.gradient, "the sign is wrong")
    for share in shares:
        yield Mistake(before + share.number, share.text)
    if not is_first:
        for share in shares:
            yield Mistake(share.number, f"{share.text}, and what came before was not added")
    yield Mistake(step.local_derivative, f"this is {local} alone, not {target}")
    yield Mistake(step.upstream, f"this is {upstream}, not {target}")
    yield Mistake(step.node.data, f"this is the value of {step.name}, not its gradient")


def share_mistakes(step: Backward, is_first: bool) -> Iterator[Mistake]:
    """Wrong contributions: of one edge, whatever came before."""
    assert step.source is not None  # the seed is given
    _, upstream, local = derivative_names(step)
    right = format_number(step.local_derivative)
    yield Mistake(
        step.local_derivative,
        f"{upstream} = {format_number(step.upstream)}, the upstream factor, was forgotten",
    )
    for slip in derivative_slips(step.source, step.operand):
        if not (is_first and slip.kind == "sign"):  # that is the sign of the whole
            words = slip.words.format(node=step.source_name, operand=step.name)
            yield Mistake(
                step.upstream * slip.number,
                f"{local} is {right}, not {format_number(slip.number)}: {words}",
            )
    yield Mistake(
        step.upstream + step.local_derivative,
        f"{upstream} and {local} were added: they are multiplied",
    )


def forward_mistakes(step: Forward) -> Iterator[Mistake]:
    """What can go wrong with one value."""
    node, names = step.node, step.board.names
    for slip in value_slips(node):
        first = names[node.parents[0]] if node.parents else ""
        yield Mistake(slip.number, slip.words.format(node=step.name, operand=first))
    for operand in dict.fromkeys(node.parents):
        text = f"this is {names[operand]}: {step.symbols} has yet to be worked out"
        yield Mistake(operand.data, text)
    for operand, derivative in zip(node.parents, node.local_derivatives, strict=True):
        yield Mistake(derivative, f"this is its derivative by {names[operand]}, not its value")


def sum_before(step: Backward, earlier: Sequence[Backward]) -> float:
    """The gradient before this contribution came."""
    if earlier:
        return earlier[-1].gradient
    return step.gradient - step.contribution


def derivative_names(step: Backward) -> tuple[str, str, str]:
    """What the receiver's gradient, the sender's and the local derivative are called."""
    target = f"d{step.root_name}/d{step.name}"
    upstream = f"d{step.root_name}/d{step.source_name}"
    return target, upstream, f"∂{step.source_name}/∂{step.name}"

"""Contenders timed in turn on the same work: A B A B ...

The parts of one round lie next to each other in time, so whatever slows the machine for a moment
slows all, and their ratios stand. The figure is the median of those paired ratios. The garbage
collector is emptied before each round and left on during it, as a user has it.

A `Contender` builds graphs, and its forward and backward passes are timed apart. A `Stepper` has
one kind of step, which is timed whole.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Contender:
    """One side of a comparison.

    Attributes:
        name: what the tables call it.
        build: the forward pass: builds the graph and returns its root.
        parameters: the leaves whose gradients are wanted.
        operands: the nodes that a node points at.
    """

    name: str
    build: Callable[[], Any]
    parameters: Sequence[Any]
    operands: Callable[[Any], Iterable[Any]]

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to 0."""
        for parameter in self.parameters:
            parameter.grad = 0

    def count_nodes(self) -> int:
        """How many nodes one forward pass makes or reaches, leaves included."""
        root = self.build()
        met = {root}
        pending = [root]
        while pending:
            for operand in self.operands(pending.pop()):
                if operand not in met:
                    met.add(operand)
                    pending.append(operand)
        return len(met)


@dataclass(frozen=True)
class Step:
    """The seconds of one training step, part by part."""

    forward: float
    backward: float
    freeing: float

    @property
    def together(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward

    @property
    def with_freeing(self) -> float:
        """Forward, backward, and letting go of the graph."""
        return self.together + self.freeing


#: The parts of a step that are compared, as attributes of `Step`.
PARTS = ("forward", "backward", "together", "with_freeing")

#: How many steps a contender takes in a row.
STEPS_A_ROUND = 3


def timed_step(build: Callable[[], Any]) -> Step:
    """Build a graph, run backward over it and let go of it, with the time that each took."""
    start = perf_counter()
    root = build()
    built = perf_counter()
    root.backward()
    passed = perf_counter()
    del root
    return Step(built - start, passed - built, perf_counter() - passed)


def timed_round(contender: Contender, steps: int) -> Step:
    """The mean of several steps in a row, as in training; gradients zeroed before each.

    The collector is emptied once, before them all. Emptied before every step, it would never get
    round to a full collection within the step, which a training loop does pay for.
    """
    gc.collect()
    timed = []
    for _ in range(steps):
        contender.zero_grad()
        timed.append(timed_step(contender.build))
    return Step(
        fmean([step.forward for step in timed]),
        fmean([step.backward for step in timed]),
        fmean([step.freeing for step in timed]),
    )


@dataclass(frozen=True)
class Ratio:
    """How many times as long one side took as the other, over all rounds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The rounds of two contenders, in pairs."""

    peer: tuple[Step, ...]
    ours: tuple[Step, ...]

    def ratio(self, part: str) -> Ratio:
        """The peer's seconds over ours for a part of the step: median and extremes of the pairs."""
        return ratio_of(
            [getattr(step, part) for step in self.peer], [getattr(step, part) for step in self.ours]
        )


def median_seconds(rounds: Iterable[Step], part: str) -> float:
    """The median of one part over several rounds."""
    return float(median([getattr(step, part) for step in rounds]))


def compare(peer: Contender, ours: Contender, rounds: int) -> Comparison:
    """Time a round of each in turn, for so many rounds, after one unmeasured step of each."""
    for contender in (peer, ours):
        timed_round(contender, 1)
    pairs = [
        (timed_round(peer, STEPS_A_ROUND), timed_round(ours, STEPS_A_ROUND)) for _ in range(rounds)
    ]
    return Comparison(tuple([pair[0] for pair in pairs]), tuple([pair[1] for pair in pairs]))


# ---- whole steps --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stepper:
    """One side of a comparison: what the tables call it, and its step."""

    name: str
    step: Callable[[], Any]


def seconds_a_step(stepper: Stepper, steps: int) -> float:
    """The mean of some steps in a row, after the collector was emptied once."""
    gc.collect()
    start = perf_counter()
    for _ in range(steps):
        stepper.step()
    return (perf_counter() - start) / steps


def steps_that_fill(stepper: Stepper, seconds: float) -> int:
    """How many steps in a row take about so long; at least 1."""
    steps = 1
    while (taken := seconds_a_step(stepper, steps)) * steps < seconds / 4:
        steps *= 2
    return max(1, round(seconds / taken))


def seconds_in_turn(
    steppers: Sequence[Stepper], steps: Sequence[int], rounds: int
) -> dict[str, list[float]]:
    """The seconds a step of each; in every round all take their turn, in the order given.

    Args:
        steppers: the sides.
        steps: how many steps in a row each takes.
        rounds: how often they take turns.
    """
    seconds: dict[str, list[float]] = {stepper.name: [] for stepper in steppers}
    for _ in range(rounds):
        for stepper, count in zip(steppers, steps, strict=True):
            seconds[stepper.name].append(seconds_a_step(stepper, count))
    return seconds


def ratio_of(peer: Sequence[float], ours: Sequence[float]) -> Ratio:
    """The peer's seconds over ours: median and extremes of the rounds' pairs."""
    ratios = [a / b for a, b in zip(peer, ours, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios))

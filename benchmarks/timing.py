"""Two contenders timed in turn on the same work: A B A B ...

The two halves of one round lie next to each other in time, so whatever slows the machine for a
moment slows both, and their ratio stands. The figure is the median of those paired ratios. The
garbage collector is emptied before each round and left on during it, as a user has it.
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
        ratios = [
            getattr(peer, part) / getattr(ours, part)
            for peer, ours in zip(self.peer, self.ours, strict=True)
        ]
        return Ratio(median(ratios), min(ratios), max(ratios))


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

"""How measurements are shown: rich tables of at most 80 columns, and the same as plain data.

A comparison has one line a part of the step, with both medians and the ratio of the pairs; below
them stands what the graphs weigh.
"""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import autograd
from autograd.extras import install_command
from benchmarks.memory import traced_bytes
from benchmarks.peers import has_micrograd
from benchmarks.timing import (
    PARTS,
    Comparison,
    Contender,
    Ratio,
    compare,
    median_seconds,
)

#: A loss, and its gradients by all parameters in an order that both sides of a comparison share.
Answer: TypeAlias = tuple[float, list[float]]


@dataclass(frozen=True)
class Weight:
    """The graph of one contender after its forward pass: how many nodes, how many bytes."""

    nodes: int
    bytes: int

    @property
    def bytes_a_node(self) -> float:
        """The mean over all nodes, leaves included."""
        return self.bytes / self.nodes


@dataclass(frozen=True)
class Result:
    """Everything measured about two contenders."""

    title: str
    peer: str
    ours: str
    comparison: Comparison
    peer_weight: Weight
    ours_weight: Weight

    def ratios(self) -> dict[str, Ratio]:
        """The peer's time over ours, part by part."""
        return {part: self.comparison.ratio(part) for part in PARTS}

    def as_data(self) -> dict[str, Any]:
        """The seconds a step of every round, the ratios and the weights, for JSON."""
        return {
            "title": self.title,
            "ratios": {part: asdict(ratio) for part, ratio in self.ratios().items()},
            "peer": self.side(self.peer, self.peer_weight, "peer"),
            "ours": self.side(self.ours, self.ours_weight, "ours"),
        }

    def side(self, name: str, weight: Weight, which: str) -> dict[str, Any]:
        """One contender as data."""
        steps = getattr(self.comparison, which)
        return {
            "name": name,
            "seconds": {part: [getattr(step, part) for step in steps] for part in PARTS},
            **asdict(weight),
            "bytes_a_node": weight.bytes_a_node,
        }

    def table(self) -> Table:
        """The result for the terminal."""
        grid = new_table(self.title, "", self.peer, self.ours, "ratio", "min – max")
        for part, ratio in self.ratios().items():
            grid.add_row(
                part.replace("_", " "),
                milliseconds(median_seconds(self.comparison.peer, part)),
                milliseconds(median_seconds(self.comparison.ours, part)),
                f"[bold]{times(ratio.median)}[/bold]",
                f"{times(ratio.low)} – {times(ratio.high)}",
                end_section=part == PARTS[-1],
            )
        peer, ours = self.peer_weight, self.ours_weight
        grid.add_row("nodes", count(peer.nodes), count(ours.nodes), times(peer.nodes / ours.nodes))
        grid.add_row("graph", megabytes(peer), megabytes(ours), times(peer.bytes / ours.bytes))
        grid.add_row(
            "bytes a node",
            f"{peer.bytes_a_node:.0f}",
            f"{ours.bytes_a_node:.0f}",
            times(peer.bytes_a_node / ours.bytes_a_node),
        )
        return grid


def measure(title: str, peer: Contender, ours: Contender, rounds: int) -> Result:
    """Check that two contenders agree, then compare their times and their graphs."""
    check_agreement(peer, ours)
    return Result(
        title,
        peer.name,
        ours.name,
        compare(peer, ours, rounds),
        weigh(peer),
        weigh(ours),
    )


def weigh(contender: Contender) -> Weight:
    """Count the nodes and the bytes of a contender's graph."""
    return Weight(contender.count_nodes(), traced_bytes(contender.build))


class DisagreementError(Exception):
    """Two contenders did not compute the same: their times say nothing."""


def check_agreement(peer: Contender, ours: Contender, tolerance: float = 1e-9) -> None:
    """See that both compute the same loss and the same gradients, to rounding.

    Args:
        peer: one contender.
        ours: the other; its parameters stand in the same order.
        tolerance: the largest difference allowed, as a share of the loss, and of the largest
            gradient (a small gradient may be a difference of large ones).

    Raises:
        DisagreementError: if they differ.
    """
    answers = []
    for contender in (peer, ours):
        contender.zero_grad()
        root = contender.build()
        root.backward()
        answers.append((root.data, [parameter.grad for parameter in contender.parameters]))
    theirs, own = answers
    check_answers(f"{peer.name} and {ours.name}", theirs, own, tolerance)


def check_answers(names: str, theirs: Answer, ours: Answer, tolerance: float = 1e-9) -> None:
    """See that two losses are the same, and all gradients, to rounding.

    Args:
        names: whose they are, such as "micrograd and ours".
        theirs, ours: the loss and the gradients, in the same order.
        tolerance: as in `check_agreement`.

    Raises:
        DisagreementError: if they differ.
    """
    if not abs(theirs[0] - ours[0]) <= tolerance * abs(theirs[0]):
        raise DisagreementError(f"{names} differ in the loss: {theirs[0]!r}, {ours[0]!r}")
    if len(theirs[1]) != len(ours[1]):
        counts = f"{len(theirs[1])} and {len(ours[1])}"
        raise DisagreementError(f"{names} differ in the number of gradients: {counts}")
    largest = max(map(abs, theirs[1]))
    for index, (one, other) in enumerate(zip(theirs[1], ours[1], strict=True)):
        if not abs(one - other) <= tolerance * largest:
            raise DisagreementError(f"{names} differ in gradient {index}: {one!r}, {other!r}")


#: From this load average on, what else runs on the machine disturbs the measurements.
BUSY = 1.5


def surroundings() -> dict[str, Any]:
    """What every report states first: the engine's form, the Python and the processors."""
    return {
        "backend": autograd.backend(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }


def wrong_engine(wanted: str | None) -> str:
    """What to do if another form of the engine is running than was asked for; "" if not."""
    running = autograd.backend()
    if wanted in (None, running):
        return ""
    way = {
        "compiled": "`make` builds it where there is a C compiler",
        "python": "CHALKGRAD_PURE=1 in the environment chooses it",
    }[wanted]
    return f"asked for the {wanted} engine, but the {running} one is running; {way}"


def obstacle(wanted_engine: str | None, needs_micrograd: bool) -> str:
    """Why a run cannot be what was asked for; "" if it can."""
    if problem := wrong_engine(wanted_engine):
        return problem
    if needs_micrograd and not has_micrograd():
        return f"the package micrograd is missing: {install_command('chalkgrad[bench]')}"
    return ""


def print_surroundings(console: Console) -> None:
    """The surroundings on one line."""
    about = surroundings()
    console.print(
        f"autograd.backend(): [bold]{about['backend']}[/bold]   {about['python']}, "
        f"{about['system']}, {about['processors']} processors"
    )
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[0]) > BUSY:
        console.print(
            f"Other programs keep this machine busy (load average {load:.1f}): ratios of unlike\n"
            "kinds of work shift then, and are worth little."
        )


def new_table(title: str, *headings: str) -> Table:
    """An empty table whose first column is text and whose others are numbers."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for index, heading in enumerate(headings):
        grid.add_column(heading, justify="right" if index else "left")
    return grid


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds with three significant digits or more."""
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.1 else f"{seconds * 1e3:.3g} ms"


def megabytes(weight: Weight) -> str:
    """The bytes of a graph in units of a million."""
    return f"{weight.bytes / 1e6:.1f} MB"


def times(ratio: float) -> str:
    """A ratio such as 12.3×."""
    return f"{ratio:.0f}×" if ratio >= 100 else f"{ratio:#.3g}×"


def count(number: int) -> str:
    """A whole number in groups of three digits."""
    return f"{number:,}".replace(",", " ")

"""What a node costs in small graphs and in large ones: the running engine alone.

A graph of a thousand nodes lives in the processor's first cache, one of ten million does not, and
every list, every walk and every visit of the garbage collector grows with it. Two kinds of graph
show what that makes of a node's price: one as training makes them, and one that is the worst for a
cache (`network_graph` and `scattered_graph` in `networks.py`, which say why).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from autograd import Value, backend
from benchmarks.memory import Resident, available_bytes, resident_in_new_process
from benchmarks.networks import GRAPHS
from benchmarks.report import count, new_table, times
from benchmarks.timing import Contender, Step, median_seconds, timed_round

#: Up to here every engine goes; beyond it a step of the plain engine takes minutes.
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LARGEST = 10_000_000

#: Below this a process's own comings and goings would show in the memory of the graph.
SMALLEST_RESIDENT = 100_000

#: Small graphs are built over and over until a round has so many nodes, among which the
#: collector's full rounds fall as evenly as in a long run.
NODES_A_ROUND = 200_000
FEWEST_ROUNDS = 3

#: The columns of a table, as attributes of `Row`.
COSTS = ("forward", "backward", "together", "freeing")


@dataclass(frozen=True)
class Row:
    """One size of one graph: nanoseconds a node, and resident bytes a node where measured."""

    graph: str
    nodes: int
    rounds: int
    steps_a_round: int
    forward: float
    backward: float
    freeing: float
    resident: Resident | None

    @property
    def together(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward


def measure_size(graph: str, size: int, rounds: int) -> Row:
    """Time one size of a graph: medians over the rounds, of which large sizes get the fewest."""
    prepared = GRAPHS[graph](size)
    contender = Contender(graph, prepared.build, prepared.parameters, lambda node: node.parents)
    timed_round(contender, 1)
    if prepared.nodes > NODES_A_ROUND:
        rounds = FEWEST_ROUNDS
    steps = math.ceil(NODES_A_ROUND / prepared.nodes)
    timed = [timed_round(contender, steps) for _ in range(rounds)]
    return Row(
        graph,
        prepared.nodes,
        rounds,
        steps,
        nanoseconds_a_node(timed, "forward", prepared.nodes),
        nanoseconds_a_node(timed, "backward", prepared.nodes),
        nanoseconds_a_node(timed, "freeing", prepared.nodes),
        resident_in_new_process(graph, size) if size >= SMALLEST_RESIDENT else None,
    )


def nanoseconds_a_node(rounds: list[Step], part: str, nodes: int) -> float:
    """The median of one part over the rounds, for each node."""
    return median_seconds(rounds, part) / nodes * 1e9


def measure_scaling(sizes: tuple[int, ...], rounds: int) -> list[Row]:
    """All sizes of all graphs, smallest first."""
    return [measure_size(graph, size, rounds) for size in sizes for graph in GRAPHS]


def reason_to_stop(measured: Sequence[Resident | None], full: bool) -> str:
    """Why the largest size is left out, given the memory of smaller ones; "" if it is not."""
    if backend() != "compiled" and not full:
        return "--full adds it (minutes)"
    peaks = [resident.peak for resident in measured if resident is not None]
    available = available_bytes()
    if not peaks or available is None:
        return "" if full else "this system does not say how much memory is free; --full tries"
    needed = 1.3 * max(peaks) * LARGEST
    if needed > available:
        return f"it needs {needed / 1e9:.1f} GB, and {available / 1e9:.1f} GB are free"
    return ""


def growth(rows: list[Row], graph: str, part: str) -> float:
    """How many times as much a node costs in the largest graph of a kind as in the smallest."""
    costs = [getattr(row, part) for row in rows if row.graph == graph]
    return float(costs[-1] / costs[0])


def show_scaling(console: Console, rows: list[Row]) -> None:
    """One table a kind of graph, its growth from end to end in the last line."""
    for graph in GRAPHS:
        grid = new_table(
            f"cost of a node, {graph} graph",
            "nodes",
            "forward",
            "backward",
            "together",
            "freeing",
            "rounds",
            "bytes",
            "peak",
        )
        for row in rows:
            if row.graph == graph:
                grid.add_row(
                    count(row.nodes),
                    *[f"{getattr(row, part):.0f} ns" for part in COSTS],
                    str(row.rounds),
                    f"{row.resident.after_forward:.0f}" if row.resident else "",
                    f"{row.resident.peak:.0f}" if row.resident else "",
                )
        grid.add_section()
        grid.add_row(
            "growth", *[f"[bold]{times(growth(rows, graph, part))}[/bold]" for part in COSTS]
        )
        console.print(grid)
    console.print(
        "Nanoseconds a node: medians over the rounds. bytes: resident memory a node that\n"
        "the forward pass added to a new process; peak: the most until backward's end.\n"
        f"sys.getsizeof(node) is {node_size()}, without the floats and tuples that a node owns."
    )


def node_size() -> int:
    """What Python says that a node takes, a collector's header included where it has one."""
    return sys.getsizeof(Value(1.0) * Value(2.0))


def scaling_as_data(rows: list[Row], skipped: str) -> dict[str, Any]:
    """The rows for JSON."""
    return {
        "rows": [asdict(row) for row in rows],
        "growth": {graph: {part: growth(rows, graph, part) for part in COSTS} for graph in GRAPHS},
        "node_size": node_size(),
        "largest_left_out": skipped,
    }

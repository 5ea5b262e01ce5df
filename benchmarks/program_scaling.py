"""What a node costs in recorded programs small and large, in time and in memory.

The graphs are those of topic `eager`: one as training makes them, and one that is the worst for a
processor's cache. Each is a function of its parameters alone.
"""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console

from benchmarks.memory import Resident
from benchmarks.networks import GRAPHS
from benchmarks.preparing import prepare_in_new_process
from benchmarks.recorded import our_graph
from benchmarks.report import count, new_table, times
from benchmarks.scaling import (
    FEWEST_ROUNDS,
    LARGEST,
    NODES_A_ROUND,
    SIZES,
    SMALLEST_RESIDENT,
    reason_to_stop,
)
from benchmarks.timing import Stepper, seconds_a_step

ASKED_BYTES = 48

#: The columns of a table that are times, as attributes of `Row`.
COSTS = ("recording", "forward", "both")


@dataclass(frozen=True)
class Row:
    """One size of one graph.

    Attributes:
        graph: its kind.
        nodes: how many nodes the function makes, and parameters.
        rounds: how often it was timed.
        recording: nanoseconds a node to record, compile and run for the first time.
        forward: nanoseconds a node of a call for the value.
        both: nanoseconds a node of a call for the value and all gradients.
        bytes: of the program and its workspace a node, as it counts them.
        resident: of a new process that recorded it, a node.
    """

    graph: str
    nodes: int
    rounds: int
    recording: float
    forward: float
    both: float
    bytes: float
    resident: Resident | None


def measure_size(graph: str, size: int, rounds: int) -> Row:
    """Record one size of a graph, and time the program: medians over the rounds."""
    nodes = GRAPHS[graph](size).nodes
    side = our_graph(graph, size)
    start = perf_counter()
    prepared = side.prepare()
    recording = perf_counter() - start
    fast = prepared.program
    if nodes > NODES_A_ROUND:
        rounds = FEWEST_ROUNDS
    steps = math.ceil(NODES_A_ROUND / nodes)

    def of_a_node(step: Callable[[], object]) -> float:
        stepper = Stepper(graph, step)
        return median([seconds_a_step(stepper, steps) for _ in range(rounds)]) / nodes * 1e9

    return Row(
        graph,
        nodes,
        rounds,
        recording / nodes * 1e9,
        of_a_node(fast),
        of_a_node(fast.backward),
        fast.cache_info().bytes / nodes,
        resident_a_node(graph, size, nodes) if size >= SMALLEST_RESIDENT else None,
    )


def resident_a_node(graph: str, size: int, nodes: int) -> Resident | None:
    """What recording a graph in a new process left in its memory, and what it took at its peak."""
    preparation = prepare_in_new_process(graph, "chalkgrad", size)
    if preparation.held is None or preparation.peak is None:
        return None
    return Resident(preparation.held / nodes, preparation.peak / nodes)


def measure_programs(sizes: tuple[int, ...], rounds: int) -> list[Row]:
    """All sizes of all graphs, smallest first."""
    return [measure_size(graph, size, rounds) for size in sizes for graph in GRAPHS]


def nanoseconds(number: float) -> str:
    """Nanoseconds with three significant digits or more."""
    return f"{number:.0f} ns" if number >= 100 else f"{number:.3g} ns"


def growth(rows: list[Row], graph: str, part: str) -> float:
    """How many times as much a node costs in the largest program of a kind as in the smallest."""
    costs = [getattr(row, part) for row in rows if row.graph == graph]
    return float(costs[-1] / costs[0])


def show_programs(console: Console, rows: list[Row]) -> None:
    """One table a kind of graph, its growth from end to end in the last line."""
    for graph in GRAPHS:
        headings = ("nodes", "recording", "forward", "both", "rounds", "bytes", "held", "peak")
        table = new_table(f"cost of a node in a program, {graph} graph", *headings)
        for row in rows:
            if row.graph == graph:
                table.add_row(
                    count(row.nodes),
                    *[nanoseconds(getattr(row, part)) for part in COSTS],
                    str(row.rounds),
                    f"{row.bytes:.0f}",
                    f"{row.resident.after_forward:.0f}" if row.resident else "",
                    f"{row.resident.peak:.0f}" if row.resident else "",
                )
        table.add_section()
        cells = [f"[bold]{times(growth(rows, graph, part))}[/bold]" for part in COSTS]
        table.add_row("growth", *cells)
        console.print(table)
    console.print(
        "Nanoseconds a node: recording with compiling and the first call, once; the value\n"
        "alone; value and all gradients. bytes: of program and workspace a node, as the\n"
        f"program counts them (asked: {ASKED_BYTES} or fewer). held, peak: resident memory a node\n"
        "that recording left in a new process, and its most until then, graph included.\n"
    )


def run_scaling(console: Console, options: Namespace) -> dict[str, Any]:
    """Measure and print the cost of a node at every size that this run can afford."""
    sizes = SIZES[:-1] if options.quick else SIZES
    our_graph("network", sizes[0]).prepare()  # what is imported at first use is there from now on
    rows = measure_programs(sizes, options.rounds)
    resident = [row.resident for row in rows]
    skipped = "--quick" if options.quick else reason_to_stop(resident, options.full)
    if not skipped:
        rows += measure_programs((LARGEST,), options.rounds)
    show_programs(console, rows)
    if skipped:
        console.print(f"{count(LARGEST)} nodes left out: {skipped}.")
    return {
        "rows": [asdict(row) for row in rows],
        "growth": {graph: {part: growth(rows, graph, part) for part in COSTS} for graph in GRAPHS},
        "largest_left_out": skipped,
    }

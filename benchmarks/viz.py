"""Topic `viz`: how long it takes to see a graph, beside other work on the same graph.

`steps` and the text of `draw_dot` stand beside what the package micrograd needs to build the same
graph and run backward over it; the first picture beside a bare `dot` program on the same text;
`import viz` beside `import rich`. Every ratio is ours / theirs: below the figure asked for is well.
"""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from rich.console import Console

from autograd import Value, parse
from benchmarks.eager import SIZES_OF_MLP
from benchmarks.networks import MLP, max_margin_loss, two_moons
from benchmarks.peers import RECURSION_LIMIT, has_micrograd, micrograd_value, micrograd_version
from benchmarks.report import (
    count,
    milliseconds,
    new_table,
    print_surroundings,
    times,
    wrong_engine,
)
from benchmarks.timing import Ratio, ratio_of
from viz import draw_dot, steps
from viz.pages import page_text

POINTS = 12  # of the demo's network: a graph of about 10,000 nodes
ROUNDS = 9
IN_A_ROW = 10  # so many graphs on end, as in training
PAGE_LIMIT = 200_000
IMPORTING = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Line:
    """Two kinds of work timed in turn.

    Attributes:
        title: what is compared.
        ours, theirs: the seconds of each round.
        limit: the ratio asked for.
    """

    title: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    limit: float

    def ratio(self) -> Ratio:
        """Ours over theirs: median and extremes of the rounds' pairs."""
        return ratio_of(self.ours, self.theirs)


def seconds(work: Callable[[], object], in_a_row: int = 1, collector: bool = True) -> float:
    """The mean time of a piece of work, done several times after the collector was emptied once.

    Emptied before each time, it would spare micrograd the garbage that its graphs are. How often
    Python collects all of it depends on what else is in memory, so that micrograd has times of two
    kinds. Without the collector it has the fastest that it can have.
    """
    gc.collect()
    if not collector:
        gc.disable()
    try:
        start = perf_counter()
        for _ in range(in_a_row):
            work()
        return (perf_counter() - start) / in_a_row
    finally:
        gc.enable()


def in_turn(
    title: str, ours: Callable[[], float], theirs: Callable[[], float], limit: float, rounds: int
) -> Line:
    """Rounds of both in turn, each telling its own seconds; one round before them is not kept."""
    pairs = [(ours(), theirs()) for _ in range(rounds + 1)][1:]
    return Line(title, tuple([a for a, _ in pairs]), tuple([b for _, b in pairs]), limit)


def demo_graph() -> Value:
    """ln x + exp(y) z at (1, 3, 2), the inner nodes named, backward done."""
    f = parse("h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3")
    root: Value = f(x=Value(1.0), y=Value(3.0), z=Value(2.0))
    root.backward()
    return root


def micrograd_step() -> Callable[[], object]:
    """Building the network's loss and running backward over it, with the package micrograd."""
    value = micrograd_value()
    points, labels = two_moons(POINTS)
    model = MLP(value, SIZES_OF_MLP)

    def step() -> None:
        max_margin_loss(value, model, points, labels).backward()

    return step


def large_graph() -> Value:
    """The same loss as a graph of ours, backward done."""
    points, labels = two_moons(POINTS)
    root: Value = max_margin_loss(Value, MLP(Value, SIZES_OF_MLP), points, labels)
    root.backward()
    return root


def import_seconds(module: str) -> float:
    """How long importing a module takes in a process of its own."""
    command = [sys.executable, "-c", IMPORTING.format(module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def lines(rounds: int) -> list[Line]:
    """All comparisons that this machine can make."""
    root, demo = large_graph(), demo_graph()
    picture = draw_dot(demo, format="png")
    made = []
    if has_micrograd():
        step = micrograd_step()

        def stepping() -> object:
            return steps(root)

        def drawing() -> object:
            return draw_dot(root).source

        for title, ours, limit in (
            ("steps(root)", stepping, 1.0),
            ("text of draw_dot", drawing, 2.0),
        ):
            for collector in (True, False):
                made.append(
                    in_turn(
                        title if collector else "  without collector",
                        partial(seconds, ours, IN_A_ROW, collector),
                        partial(seconds, step, IN_A_ROW, collector),
                        limit,
                        rounds,
                    )
                )
    if dot := shutil.which("dot"):
        bare = [dot, "-Tpng"]
        text = picture.source.encode()
        made.append(
            in_turn(
                "a first PNG",
                lambda: seconds(picture.pipe),
                lambda: seconds(lambda: subprocess.run(bare, input=text, capture_output=True)),
                4.0,
                rounds,
            )
        )
    made.append(
        in_turn(
            "import viz", lambda: import_seconds("viz"), lambda: import_seconds("rich"), 2.5, rounds
        )
    )
    return made


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 2 if it cannot run as asked."""
    parser = ArgumentParser(prog="python -m benchmarks viz", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument(
        "--backend", choices=("compiled", "python"), help="fail unless this form is running"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if problem := wrong_engine(options.backend):
        print(problem, file=sys.stderr)
        return 2
    sys.setrecursionlimit(RECURSION_LIMIT)
    console = Console(highlight=False)
    print_surroundings(console)
    peer = f"micrograd {micrograd_version()}" if has_micrograd() else "micrograd (not installed)"
    console.print(
        f"Beside {peer}: build and backward of the same graph; beside a bare dot program; beside "
        "import rich. micrograd's time hangs on how often the collector comes; it is fastest "
        f"without it.\n{options.rounds} alternating rounds; medians, and the ratio of the pairs.\n"
    )
    table = new_table("ours / theirs", "", "ours", "theirs", "ratio", "min – max", "asked")
    for line in lines(options.rounds):
        ratio = line.ratio()
        table.add_row(
            line.title,
            milliseconds(median(line.ours)),
            milliseconds(median(line.theirs)),
            times(ratio.median),
            f"{times(ratio.low)} – {times(ratio.high)}",
            f"≤ {line.limit:g}×",
        )
    console.print(table)
    size = len(page_text(demo_graph()).encode())
    console.print(f"The demo's page has {count(size)} bytes; asked: under {count(PAGE_LIMIT)}.")
    return 0

"""Topic `replay`: what `autograd.compile` makes of recorded programs.

Five parts. `transformer`: a training step of a character model, against CasADi and PyTorch. `mlp`:
micrograd's perceptron mapped over 100 points, against JAX and PyTorch. `digits`: epochs of training
a classifier, against PyTorch. `scaling`: what a node costs in programs of a thousand to ten million
nodes. `threads`: `map` on two threads and on one. Every ratio is peer / ours: above 1, ours is
faster. What is not installed is left out with a line.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from array import array
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from rich.console import Console

import autograd
from autograd import Value
from benchmarks.digits import run_digits
from benchmarks.networks import MLP, two_moons
from benchmarks.peers import RECURSION_LIMIT
from benchmarks.preparing import Preparation, prepare_in_new_process
from benchmarks.program_scaling import run_scaling
from benchmarks.recorded import (
    SIZES_OF_MLP,
    eager_mlp,
    eager_transformer,
    hinge_of_point,
    matrix_view,
)
from benchmarks.report import (
    Answer,
    DisagreementError,
    check_answers,
    count,
    milliseconds,
    new_table,
    print_surroundings,
    times,
    wrong_engine,
)
from benchmarks.timing import Ratio, Stepper, ratio_of, seconds_in_turn, steps_that_fill
from benchmarks.topics import Run, options_of_topic, parse_options, run_parts
from benchmarks.vectorised import SIDES, missing, package_of

SECONDS_A_ROUND = 0.2  # of each side

CONTEXT = 16
POINTS = 100
POINTS_OF_THREADS = 20_000

EAGER: dict[str, Callable[[int], Answer]] = {"transformer": eager_transformer, "mlp": eager_mlp}

#: About a fifth of a second of arithmetic; it prints how long that took.
ARITHMETIC = """
from time import perf_counter
start, total = perf_counter(), 0
for i in range(2_000_000):
    total += i
print(perf_counter() - start)
"""

#: What is aimed at.
ASKED = {
    "transformer": "4× CasADi, 5× PyTorch; recording and compiling in 0.5 s or less",
    "mlp": "1.5× JAX, 5× PyTorch",
    "threads": "1.7×",
}


def compare_sides(
    console: Console, title: str, workload: str, size: int, rounds: int
) -> dict[str, Any]:
    """Check all sides of a workload against the eager engine, time them in turn, and show it.

    Raises:
        DisagreementError: if a side computes something else.
    """
    left_out = {}
    for side in SIDES[workload]:
        if reason := missing(package_of(side)):
            left_out[side] = reason
            console.print(f"Left out: {reason}.", markup=False)
    sides = [side for side in SIDES[workload] if side not in left_out]
    preparations = {side: prepare_in_new_process(workload, side, size) for side in sides}
    right = EAGER[workload](size)
    steppers, keys = [], {}
    for side in sides:
        made = SIDES[workload][side](size)
        prepared = made.prepare()
        check_answers(f"the eager engine and {made.name}", right, prepared.answer())
        steppers.append(Stepper(made.name, prepared.step))
        keys[made.name] = side
    steps = [steps_that_fill(stepper, SECONDS_A_ROUND) for stepper in steppers]
    seconds = seconds_in_turn(steppers, steps, rounds)
    (ours, own), *peers = seconds.items()
    ratios = {name: ratio_of(theirs, own) for name, theirs in peers}
    headings = ("a step", "ratio", "min – max", "made in", "memory")
    table = new_table(title, "", *headings)
    for name, taken in [*peers, (ours, own)]:
        side = keys[name]
        table.add_row(
            name,
            milliseconds(median(taken)),
            *ratio_cells(ratios.get(name)),
            *preparation_cells(preparations[side]),
        )
    console.print(table)
    console.print(f"Asked: {ASKED[workload]}.\n")
    return {
        "seconds": {keys[name]: taken for name, taken in seconds.items()},
        "ratios": {keys[name]: asdict(ratio) for name, ratio in ratios.items()},
        "preparations": {side: asdict(made) for side, made in preparations.items()},
        "left_out": left_out,
    }


def ratio_cells(ratio: Ratio | None) -> tuple[str, str]:
    """A ratio and its extremes; empty for ours."""
    if ratio is None:
        return "", ""
    return f"[bold]{times(ratio.median)}[/bold]", f"{times(ratio.low)} – {times(ratio.high)}"


def preparation_cells(preparation: Preparation) -> tuple[str, str]:
    """The time and the memory that it took to make a side ready."""
    held = preparation.held
    return f"{preparation.seconds:.2f} s", "" if held is None else f"{held / 1e6:.1f} MB"


def run_transformer(console: Console, options: Namespace) -> dict[str, Any]:
    """A training step of the character model: loss and 4,363 gradients."""
    title = f"character transformer, {CONTEXT} positions, loss and all gradients"
    return compare_sides(console, title, "transformer", CONTEXT, options.rounds)


def run_mlp(console: Console, options: Namespace) -> dict[str, Any]:
    """micrograd's perceptron, mapped: mean hinge loss and 337 gradients."""
    title = f"MLP 2-16-16-1 mapped over {POINTS} points, mean loss and all gradients"
    return compare_sides(console, title, "mlp", POINTS, options.rounds)


def run_threads(console: Console, options: Namespace) -> dict[str, Any]:
    """The same perceptron over many points, on two threads and on one."""
    processors = os.cpu_count() or 1
    if processors < 2:
        console.print("threads left out: there is one processor.\n")
        return {"left_out": "one processor"}
    points = POINTS_OF_THREADS // 10 if options.quick else POINTS_OF_THREADS
    return compare_threads(console, points, options.rounds)


def compare_threads(console: Console, points: int, rounds: int) -> dict[str, Any]:
    """`map` and `map_backward` on one thread and on two, in turn.

    Raises:
        DisagreementError: if two threads compute something else.
    """
    model = MLP(Value, SIZES_OF_MLP)
    places, labels = two_moons(points)
    columns = matrix_view(places), array("d", labels)
    fast = autograd.compile(hinge_of_point(model, 1.0 / points))
    table = new_table(
        f"MLP 2-16-16-1 over {count(points)} points",
        *("", "1 thread", "2 threads", "ratio", "min – max"),
    )
    results: dict[str, Any] = {}
    for method in (fast.map, fast.map_backward):
        one, two = [threads_stepper(method, columns, threads) for threads in (1, 2)]
        if list(values_of(one.step())) != list(values_of(two.step())):
            raise DisagreementError(f"{method.__name__} differs on two threads")
        steps = [steps_that_fill(stepper, SECONDS_A_ROUND) for stepper in (one, two)]
        seconds = seconds_in_turn([one, two], steps, rounds)
        ratio = ratio_of(*seconds.values())
        table.add_row(
            method.__name__,
            *[milliseconds(median(taken)) for taken in seconds.values()],
            *ratio_cells(ratio),
        )
        results[method.__name__] = {"seconds": seconds, "ratio": asdict(ratio)}
    console.print(table)
    gain = results["processes"] = median([gain_of_two_processes() for _ in range(rounds)])
    console.print(
        f"Asked: {ASKED['threads']}. Two processes of plain arithmetic did {gain:.2f}× the work\n"
        "of one here, in the same run: so much are the two processors worth.\n"
    )
    return results


def gain_of_two_processes() -> float:
    """How much more work two processes, which share nothing, do at once than one alone."""
    alone = max(seconds_of_processes(1))
    return 2 * alone / max(seconds_of_processes(2))


def seconds_of_processes(number: int) -> list[float]:
    """What each of some processes takes for the same arithmetic, run at once."""
    command = [sys.executable, "-c", ARITHMETIC]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(number)]
    return [float(process.communicate()[0]) for process in running]


def threads_stepper(method: Any, columns: tuple[Any, ...], threads: int) -> Stepper:
    """A call of `map` or `map_backward` on so many threads."""
    return Stepper(f"{threads} threads", lambda: method(*columns, threads=threads))


def values_of(answer: Any) -> Any:
    """The values alone, which `map` gives together with gradients."""
    return answer[0] if isinstance(answer, tuple) else answer


RUNS: dict[str, Run] = {
    "transformer": run_transformer,
    "mlp": run_mlp,
    "digits": run_digits,
    "scaling": run_scaling,
    "threads": run_threads,
}


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 1 if two sides disagree, or 2 if it cannot run as asked."""
    parser = options_of_topic("replay", __doc__, RUNS)
    parser.add_argument("--full", action="store_true", help="10 million nodes in any case")
    options = parse_options(parser, arguments)
    if problem := wrong_engine(options.backend):
        print(problem, file=sys.stderr)
        return 2
    sys.setrecursionlimit(RECURSION_LIMIT)
    console = Console(highlight=False)
    print_surroundings(console)
    console.print(
        f"{options.rounds} alternating rounds of about {SECONDS_A_ROUND:g} s a side; "
        "PyTorch on one thread; float64.\n"
        "Times: mean step of a round, median of rounds. Every side's loss and gradients\n"
        "were compared with the eager engine's first.\n"
        "Ratios: peer / ours, the median of the rounds' pairs, and their extremes.\n"
        "made in, memory: what making a side ready took in a new process, first step\n"
        "included, and how much resident memory it left there.\n"
    )
    if "OPENBLAS_CORETYPE" in os.environ:
        console.print("OPENBLAS_CORETYPE is set: unset it, or peers may run with slow kernels.\n")
    return run_parts(RUNS, console, options)

"""Topic `eager`: building graphs and running backward over them, call by call, as scripts do.

Four parts. `mlp`: micrograd's own demo against micrograd. `dot`: the same network with its weighted
sums as single nodes, against our plain operators. `transformer`: a training step of a character
model against the best node that plain Python allows. `scaling`: what a node costs in graphs of a
thousand to ten million nodes. Every ratio is peer / ours: above 1, ours is faster or smaller.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from rich.console import Console

from autograd import Value
from benchmarks.networks import (
    MLP,
    DotNeuron,
    Transformer,
    max_margin_loss,
    max_margin_loss_with_dot,
    next_character_loss,
    random_text,
    two_moons,
)
from benchmarks.peers import (
    RECURSION_LIMIT,
    SlotsValue,
    micrograd_value,
    micrograd_version,
)
from benchmarks.report import (
    Result,
    count,
    measure,
    obstacle,
    print_surroundings,
)
from benchmarks.scaling import (
    LARGEST,
    SIZES,
    measure_scaling,
    reason_to_stop,
    scaling_as_data,
    show_scaling,
)
from benchmarks.timing import STEPS_A_ROUND, Contender
from benchmarks.topics import Run, options_of_topic, parse_options, run_parts

SIZES_OF_MLP = (2, 16, 16, 1)
POINTS = 100
CONTEXT = 16


def ours_operands(node: Value) -> tuple[Value, ...]:
    """The nodes that one of ours points at."""
    return node.parents


def plain_mlp(name: str, value: Any, operands: Any) -> Contender:
    """The demo's network and loss in plain operators, on a class of values."""
    points, labels = two_moons(POINTS)
    model = MLP(value, SIZES_OF_MLP)
    return Contender(
        name,
        lambda: max_margin_loss(value, model, points, labels),
        model.parameters(),
        operands,
    )


def dot_mlp(name: str) -> Contender:
    """The same on our values, with a node for each weighted sum."""
    points, labels = two_moons(POINTS)
    model = MLP(Value, SIZES_OF_MLP, DotNeuron)
    return Contender(
        name,
        lambda: max_margin_loss_with_dot(Value, model, points, labels),
        model.parameters(),
        ours_operands,
    )


def transformer(name: str, value: Any, operands: Any) -> Contender:
    """The character model and the loss of one text, on a class of values."""
    text = random_text(CONTEXT + 1)
    model = Transformer(value, context=CONTEXT)
    return Contender(
        name,
        lambda: next_character_loss(model, text),
        model.parameters(),
        operands,
    )


def compare_mlp(rounds: int) -> Result:
    """micrograd's demo: micrograd against ours."""
    return measure(
        f"MLP 2-16-16-1, {POINTS} points, plain operators",
        plain_mlp(f"micrograd {micrograd_version()}", micrograd_value(), lambda node: node._prev),
        plain_mlp("chalkgrad", Value, ours_operands),
        rounds,
    )


def compare_dot(rounds: int) -> Result:
    """The same network: our plain operators against our `dot` and `total`."""
    return measure(
        f"MLP 2-16-16-1, {POINTS} points, our operators against our dot",
        plain_mlp("operators", Value, ours_operands),
        dot_mlp("dot"),
        rounds,
    )


def compare_transformer(rounds: int) -> Result:
    """A training step of the character model: slots and tuples against ours."""
    return measure(
        f"character transformer, {CONTEXT} positions, plain operators",
        transformer("slots, tuples", SlotsValue, lambda node: node.children),
        transformer("chalkgrad", Value, ours_operands),
        rounds,
    )


def showing(compare: Callable[[int], Result]) -> Run:
    """A part that makes one comparison and prints its table."""

    def run(console: Console, options: Namespace) -> dict[str, Any]:
        result = compare(options.rounds)
        console.print(result.table())
        return result.as_data()

    return run


def run_scaling(console: Console, options: Namespace) -> dict[str, Any]:
    """Measure and print the cost of a node at every size that this run can afford."""
    sizes = SIZES[:-1] if options.quick else SIZES
    rows = measure_scaling(sizes, options.rounds)
    skipped = (
        "--quick" if options.quick else reason_to_stop([row.resident for row in rows], options.full)
    )
    if not skipped:
        rows += measure_scaling((LARGEST,), options.rounds)
    show_scaling(console, rows)
    if skipped:
        console.print(f"{count(LARGEST)} nodes left out: {skipped}.")
    return scaling_as_data(rows, skipped)


RUNS: dict[str, Run] = {
    "mlp": showing(compare_mlp),
    "dot": showing(compare_dot),
    "transformer": showing(compare_transformer),
    "scaling": run_scaling,
}


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 1 if two sides disagree, or 2 if it cannot run as asked."""
    parser = options_of_topic("eager", __doc__, RUNS)
    parser.add_argument("--full", action="store_true", help="10 million nodes in any case")
    options = parse_options(parser, arguments)
    problem = obstacle(options.backend, needs_micrograd="mlp" in options.parts)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    sys.setrecursionlimit(RECURSION_LIMIT)
    console = Console(highlight=False)
    print_surroundings(console)
    console.print(
        f"{options.rounds} alternating rounds of {STEPS_A_ROUND} steps. "
        "Times: mean step of a round, median of rounds.\n"
        "Ratios: peer / ours, the median of the rounds' pairs, and their extremes.\n"
        "The garbage collector is on; it is emptied before each round.\n"
        f"sys.setrecursionlimit({RECURSION_LIMIT}): the peers sort by recursion.\n"
    )
    return run_parts(RUNS, console, options)

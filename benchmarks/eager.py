"""Topic `eager`: building graphs and running backward over them, call by call, as scripts do.

Four parts. `mlp`: micrograd's own demo against micrograd. `dot`: the same network with its weighted
sums as single nodes, against our plain operators. `transformer`: a training step of a character
model against the best node that plain Python allows. `scaling`: what a node costs in graphs of a
thousand to ten million nodes. Every ratio is peer / ours: above 1, ours is faster or smaller.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
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
    DisagreementError,
    Result,
    count,
    measure,
    obstacle,
    print_surroundings,
    surroundings,
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

PARTS = ("mlp", "dot", "transformer", "scaling")
LEAST_ROUNDS = 7
QUICK_ROUNDS = 3

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


COMPARISONS = {"mlp": compare_mlp, "dot": compare_dot, "transformer": compare_transformer}


def run_scaling(console: Console, options: Namespace) -> dict[str, Any]:
    """Measure and print the cost of a node at every size that this run can afford."""
    sizes = SIZES[:-1] if options.quick else SIZES
    rows = measure_scaling(sizes, options.rounds)
    skipped = "--quick" if options.quick else reason_to_stop(rows, options.full)
    if not skipped:
        rows += measure_scaling((LARGEST,), options.rounds)
    show_scaling(console, rows)
    if skipped:
        console.print(f"{count(LARGEST)} nodes left out: {skipped}.")
    return scaling_as_data(rows, skipped)


def parse_options(arguments: list[str]) -> Namespace:
    """The options of this topic; exits with status 2 on wrong ones."""
    parser = ArgumentParser(prog="python -m benchmarks eager", description=__doc__)
    parser.add_argument(
        "--backend", choices=("compiled", "python"), help="fail unless this form is running"
    )
    parser.add_argument("--rounds", type=int, help=f"{LEAST_ROUNDS} or more (default: 7)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sizes: a rough look")
    parser.add_argument("--full", action="store_true", help="10 million nodes in any case")
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = QUICK_ROUNDS if options.quick else LEAST_ROUNDS
    if options.rounds < (1 if options.quick else LEAST_ROUNDS):
        parser.error(f"--rounds must be {LEAST_ROUNDS} or more, or at least 1 with --quick")
    return options


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 1 if two sides disagree, or 2 if it cannot run as asked."""
    options = parse_options(arguments)
    parts = (options.only,) if options.only else PARTS
    problem = obstacle(options.backend, needs_micrograd="mlp" in parts)
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
    results: dict[str, Any] = {}
    try:
        for part in parts:
            if part == "scaling":
                results[part] = run_scaling(console, options)
            else:
                result = COMPARISONS[part](options.rounds)
                console.print(result.table())
                results[part] = result.as_data()
    except DisagreementError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        about = {**surroundings(), "rounds": options.rounds}
        options.json.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")
    return 0

"""Topic `nn`: layers, optimisers and `nn.fit` at the work of homework, and what they reach.

Three parts. `moons`: a whole training step of micrograd's demo (gradients zeroed, forward,
backward, update, graph freed), the package micrograd against `nn.MLP` and against `nn.Linear` with
`nn.ReLU`, all from the same weights; then `nn.fit` by the demo's recipe. `digits`: a classifier of
handwritten digits, on held-out images. `xor`: how many of 20 seeds learn it, and how many from
zeros. Every ratio is peer / ours: above 1, ours is faster.
"""

from __future__ import annotations

import random
import sys
from argparse import Namespace
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console

import nn
from autograd.extras import install_command
from benchmarks.memory import resident_bytes
from benchmarks.peers import RECURSION_LIMIT, micrograd_value, micrograd_version
from benchmarks.report import (
    DisagreementError,
    milliseconds,
    new_table,
    obstacle,
    print_surroundings,
    times,
)
from benchmarks.timing import Stepper, ratio_of, seconds_in_turn
from benchmarks.topics import options_of_topic, parse_options, run_parts
from examples import digits, xor
from examples import moons as recipe

PEER_STEPS, OUR_STEPS = 2, 100  # in a row; about as long as one another

XOR_UNITS = 8


# ---- moons: whole steps against micrograd -------------------------------------------------------


def moons() -> tuple[list[list[float]], list[int]]:
    """The points, and the moon that each lies on: -1 or 1."""
    pairs = recipe.moons()
    return [x for x, _ in pairs], [y for _, y in pairs]


def micrograd_stepper() -> Stepper:
    """The loop of micrograd's demo notebook, at its last learning rate."""
    value = micrograd_value()
    random.seed(recipe.SEED)
    model = import_module("micrograd.nn").MLP(2, [recipe.HIDDEN, recipe.HIDDEN, 1])
    points, labels = moons()

    def step() -> float:
        inputs = [list(map(value, point)) for point in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores)]  # noqa: B905
        data_loss = sum(losses) * (1.0 / len(losses))
        loss = data_loss + recipe.REGULARISATION * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return float(loss.data)

    return Stepper(f"micrograd {micrograd_version()}", step)


def our_stepper(name: str, model: nn.Module, labels: list[Any]) -> Stepper:
    """The same with our layers, loss and optimiser."""
    points, _ = moons()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    max_margin = recipe.max_margin(model)

    def step() -> float:
        loss = max_margin(model(points), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.data)

    return Stepper(name, step)


def our_steppers() -> list[Stepper]:
    """micrograd's network in our two ways of writing it, from the same weights."""
    mlp = recipe.network()
    units = recipe.HIDDEN
    sequential = nn.Sequential(
        nn.Linear(2, units), nn.ReLU(), nn.Linear(units, units), nn.ReLU(), nn.Linear(units, 1)
    )
    state: dict[str, Any] = {}
    for place, layer in zip((0, 2, 4), mlp.layers, strict=True):
        state[f"{place}.weight"] = [[w.data for w in neuron.w] for neuron in layer.neurons]
        state[f"{place}.bias"] = [neuron.b.data for neuron in layer.neurons]
    sequential.load_state_dict(state)
    labels = moons()[1]
    return [
        our_stepper("nn.MLP", mlp, labels),
        our_stepper("nn.Linear, nn.ReLU", sequential, [[label] for label in labels]),
    ]


def check_agreement(steppers: list[Stepper], steps: int = 5, tolerance: float = 1e-9) -> None:
    """See that all take the same steps from the same weights, to rounding.

    Raises:
        DisagreementError: if their losses differ.
    """
    for number in range(1, steps + 1):
        losses = {stepper.name: stepper.step() for stepper in steppers}
        if max(losses.values()) - min(losses.values()) > tolerance:
            raise DisagreementError(f"the losses differ at step {number}: {losses}")


def run_moons(console: Console, options: Namespace) -> dict[str, Any]:
    """Time whole steps in turn, then train by the demo's recipe."""
    steppers = [micrograd_stepper(), *our_steppers()]
    check_agreement(steppers)
    steps = [PEER_STEPS, *[OUR_STEPS] * (len(steppers) - 1)]
    seconds = seconds_in_turn(steppers, steps, options.rounds)
    (peer, theirs), *ours = seconds.items()
    ratios = {name: ratio_of(theirs, own) for name, own in ours}
    title = f"micrograd's demo, MLP 2-16-16-1, {recipe.POINTS} points"
    table = new_table(title, "", "a step", "ratio", "min – max")
    table.add_row(peer, milliseconds(median(theirs)))
    for name, own in ours:
        ratio = ratios[name]
        extremes = f"{times(ratio.low)} – {times(ratio.high)}"
        table.add_row(
            name, milliseconds(median(own)), f"[bold]{times(ratio.median)}[/bold]", extremes
        )
    console.print(table)
    history, duration = train_on_moons()
    accuracy = history.train_accuracy[-1] or 0.0
    console.print(
        f"nn.fit by the demo's recipe, {recipe.STEPS} steps: {accuracy:.1%} right "
        f"after {duration:.2f} s.\n"
    )
    return {
        "seconds": seconds,
        "ratios": {name: asdict(ratio) for name, ratio in ratios.items()},
        "accuracy": accuracy,
        "training_seconds": duration,
    }


def train_on_moons() -> tuple[nn.History, float]:
    """micrograd's recipe, and the seconds that it takes."""
    model, pairs = recipe.network(), recipe.moons()
    start = perf_counter()
    history = recipe.train(model, pairs)
    return history, perf_counter() - start


# ---- digits -------------------------------------------------------------------------------------


def run_digits(console: Console, options: Namespace) -> dict[str, Any]:
    """Train an MLP 64-32-10 on four fifths of scikit-learn's digits, and test it on the rest."""
    if find_spec("sklearn") is None:
        command = install_command("chalkgrad[datasets]")
        reason = f"the package scikit-learn is missing: {command}"
        console.print(f"digits left out: {reason}.\n", markup=False)
        return {"left_out": reason}
    train, test = digits.images()
    model = digits.network()
    before = resident_bytes("VmRSS")
    start = perf_counter()
    history = digits.train(model, train)
    seconds = perf_counter() - start
    peak = resident_bytes("VmHWM")
    added = None if before is None or peak is None else (peak - before) / 1e6
    loss, accuracy = nn.evaluate(model, test, nn.CrossEntropyLoss())
    learnt = history.train_accuracy[-1] or 0.0
    table = new_table("scikit-learn's digits, MLP 64-32-10", "", f"{digits.EPOCHS} epochs")
    table.add_row(f"right on {len(test)} images held out", f"[bold]{accuracy:.1%}[/bold]")
    table.add_row(f"right on {len(train)} images learnt from", f"{learnt:.1%}")
    table.add_row("time", f"{seconds:.2f} s")
    table.add_row("memory added, at its peak", "unknown" if added is None else f"{added:.1f} MB")
    console.print(table)
    return {
        "accuracy": accuracy,
        "loss": loss,
        "train_accuracy": learnt,
        "seconds": seconds,
        "megabytes": added,
    }


# ---- xor ----------------------------------------------------------------------------------------


def learns_xor(seed: int, from_zeros: bool = False) -> bool:
    """Whether 2-8-1 with ReLU gets all four points right: Adam at 0.05, all four a step."""
    model = xor.with_zeros(XOR_UNITS) if from_zeros else xor.new_network(XOR_UNITS, seed)
    xor.learn(model)
    return xor.right(model) == len(xor.POINTS)


def run_xor(console: Console, options: Namespace) -> dict[str, Any]:
    """How many seeds learn XOR, from random weights and from zeros."""
    table = new_table(f"XOR, 2-{XOR_UNITS}-1 with ReLU", "", f"learnt in {xor.EPOCHS} steps")
    figures = {}
    for name, from_zeros in (("random weights", False), ("all weights 0", True)):
        learnt = sum([learns_xor(seed, from_zeros) for seed in xor.SEEDS])
        table.add_row(name, f"[bold]{learnt}[/bold] of {len(xor.SEEDS)} seeds")
        figures[name] = learnt
    console.print(table)
    return {"seeds": len(xor.SEEDS), "learnt": figures}


# ---- the command --------------------------------------------------------------------------------

RUNS = {"moons": run_moons, "digits": run_digits, "xor": run_xor}


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 1 if two sides disagree, or 2 if it cannot run as asked."""
    options = parse_options(options_of_topic("nn", __doc__, RUNS), arguments)
    problem = obstacle(options.backend, needs_micrograd="moons" in options.parts)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    sys.setrecursionlimit(RECURSION_LIMIT)
    console = Console(highlight=False)
    print_surroundings(console)
    console.print(
        f"{options.rounds} alternating rounds of {PEER_STEPS} steps of micrograd and {OUR_STEPS} "
        "of each of ours.\nTimes: mean step of a round, median of rounds.\n"
        "Ratios: peer / ours, the median of the rounds' pairs, and their extremes.\n"
    )
    return run_parts(RUNS, console, options)

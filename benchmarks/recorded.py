"""The workloads of topic `replay` as functions that `autograd.compile` records, and the eager
engine's answers to them, by which every side is judged.

A `Side` is one way to compute a workload: ours here, those of other frameworks in `vectorised.py`.
Making one draws the data; `prepare` then does what has to be done once (recording and compiling,
or building, or tracing), the first call included, and that is measured apart.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import autograd
from autograd import Value, zero_grad
from benchmarks.networks import (
    GRAPHS,
    MLP,
    Transformer,
    largest_node,
    next_character_loss,
    random_text,
    two_moons,
)
from benchmarks.report import Answer

SIZES_OF_MLP = (2, 16, 16, 1)


@dataclass(frozen=True)
class Prepared:
    """A side that is ready to run.

    Attributes:
        step: computes the loss and all gradients, and returns when they are there.
        answer: the same, told; gradients in the order of our model's `parameters()`.
        program: what `autograd.compile` gave, where it is ours.
    """

    step: Callable[[], object]
    answer: Callable[[], Answer]
    program: Any = None


@dataclass(frozen=True)
class Side:
    """One way to compute a workload: what the tables call it, and how it is made ready."""

    name: str
    prepare: Callable[[], Prepared]


def matrix_view(rows: Sequence[Sequence[float]]) -> memoryview[float]:
    """Rows of numbers as a buffer of shape (rows, columns)."""
    numbers = array("d", [number for row in rows for number in row])
    return memoryview(numbers).cast("B").cast("d", (len(rows), len(rows[0])))


def eager_answer(loss: Callable[[], Value], parameters: Sequence[Value]) -> Answer:
    """What the eager engine says."""
    zero_grad(parameters)
    root = loss()
    root.backward()
    return root.data, [p.grad for p in parameters]


def our_prepared(
    program: Any, step: Callable[[], object], loss: Callable[[], float], parameters: Sequence[Value]
) -> Prepared:
    """A side of ours, which adds its gradients into those of the parameters.

    Args:
        program: what `autograd.compile` gave.
        step: one step, which makes the program run.
        loss: the same step, as the loss.
        parameters: where the gradients go.
    """

    def answer() -> Answer:
        zero_grad(parameters)
        return loss(), [p.grad for p in parameters]

    step()  # the first call records
    return Prepared(step, answer, program)


# ---- a training step of the character model -----------------------------------------------------


def character_model(context: int) -> tuple[Transformer, list[int]]:
    """The transformer, and a text that is one character longer than its context."""
    return Transformer(Value, context=context, largest=largest_node), random_text(context + 1)


def eager_transformer(context: int) -> Answer:
    """Loss and gradients of one text."""
    model, text = character_model(context)
    return eager_answer(lambda: next_character_loss(model, text), model.parameters())


def our_transformer(context: int) -> Side:
    """The model's plain operators, recorded; it is a function of its parameters alone."""
    model, text = character_model(context)

    def prepare() -> Prepared:
        fast = autograd.compile(lambda: next_character_loss(model, text))
        return our_prepared(fast, fast.backward, fast.backward, model.parameters())

    return Side("chalkgrad", prepare)


# ---- micrograd's perceptron on many points ------------------------------------------------------


def hinge_of_point(model: MLP, share: float) -> Callable[[list[Any], Any], Any]:
    """The hinge loss of a point, times its share in the mean."""

    def loss(point: list[Any], label: Any) -> Any:
        return (1 - label * model(point)).relu() * share

    return loss


def eager_mlp(points: int) -> Answer:
    """Mean hinge loss of all points, and gradients."""
    model = MLP(Value, SIZES_OF_MLP)
    loss = hinge_of_point(model, 1.0 / points)
    pairs = list(zip(*two_moons(points), strict=True))
    return eager_answer(lambda: sum([loss(*pair) for pair in pairs]), model.parameters())


def our_mlp(points: int) -> Side:
    """The loss of one point in plain operators, recorded, and mapped over all."""
    model = MLP(Value, SIZES_OF_MLP)
    places, sides = two_moons(points)
    columns = matrix_view(places), array("d", sides)

    def prepare() -> Prepared:
        fast = autograd.compile(hinge_of_point(model, 1.0 / points))

        def step() -> object:
            return fast.map_backward(*columns)

        return our_prepared(
            fast, step, lambda: sum(fast.map_backward(*columns)), model.parameters()
        )

    return Side("chalkgrad", prepare)


# ---- graphs of any size -------------------------------------------------------------------------


def our_graph(graph: str, size: int) -> Side:
    """One of `networks.GRAPHS`, recorded."""
    prepared = GRAPHS[graph](size)

    def prepare() -> Prepared:
        fast = autograd.compile(prepared.build)
        return our_prepared(fast, fast.backward, fast.backward, prepared.parameters)

    return Side(graph, prepare)

"""Two moons told apart by a small network: the demonstration of micrograd, with the same recipe.

100 points lie on two interleaving half circles, one labelled -1, the other 1. A perceptron with two
hidden layers of 16 ReLU units gives each point x a score s(x), whose sign is its answer. What is
minimised is the loss of a support vector machine, with L2 regularisation:

    loss = mean of max(0, 1 - y s(x)) + 0.0001 (sum of w^2 over all parameters)

Gradient descent takes 100 steps, each on all points, with a learning rate that falls from 1 to 0.1.
How far does it get, and which points decide where the border runs? (A. Karpathy, micrograd, 2020.)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import nn
from autograd import Value, dot
from examples.presenting import Chalkboard, Options, run
from viz import plot_decision_boundary, plot_history

POINTS, NOISE = 100, 0.1
LONG_POINTS, LONG_NOISE = 500, 0.25
SEED = 1337
HIDDEN = 16
REGULARISATION = 1e-4
STEPS, LONG_STEPS = 100, 300
#: The records that are printed, by the number of their step.
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 300)

#: A point, and the moon that it lies on: -1 or 1.
Pair = tuple[list[float], int]


# ---- the recipe ---------------------------------------------------------------------------------


def moons(points: int = POINTS, noise: float = NOISE) -> list[Pair]:
    """The data."""
    return [(x, 2 * y - 1) for x, y in nn.data.moons(points, noise, seed=SEED)]


def network(seed: int = SEED) -> nn.MLP:
    """micrograd's perceptron, with the weights that it draws itself from this seed."""
    random.seed(seed)
    return nn.MLP(2, [HIDDEN, HIDDEN, 1])


def max_margin(model: nn.Module) -> Callable[[Any, Any], Value]:
    """The loss, of scores and labels."""
    hinge = nn.HingeLoss()
    weights = model.parameters()

    def loss(scores: Any, labels: Any) -> Value:
        data_loss = hinge(scores, labels)
        squares = dot(weights, weights)
        regularisation = REGULARISATION * squares
        squares.label, regularisation.label = "squares", "regularisation"
        total: Value = data_loss + regularisation
        total.label = "loss"
        return total

    return loss


def has_right_sign(score: Value, label: int) -> bool:
    """Whether a point lies on its side of the border."""
    return score.data * label > 0


def train(
    model: nn.Module,
    pairs: Sequence[Pair],
    steps: int = STEPS,
    validation: Sequence[Pair] | None = None,
    progress: bool | None = None,
) -> nn.History:
    """Gradient descent on all points at once; the learning rate falls from 1 by 0.9 / steps."""
    optimizer = nn.optim.SGD(model.parameters(), lr=1.0)
    return nn.fit(
        model,
        pairs,
        max_margin(model),
        optimizer,
        epochs=steps,
        batch_size=len(pairs),
        validation=validation,
        scheduler=nn.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - 0.9 * step / steps),
        accuracy=has_right_sign,
        progress=progress,
        compiled=True,
    )


def share_right(model: nn.Module, pairs: Sequence[Pair]) -> float:
    """The share of points on their side of the border."""
    return nn.evaluate(model, pairs, max_margin(model), accuracy=has_right_sign)[1] or 0.0


# ---- which points pull --------------------------------------------------------------------------


@dataclass(frozen=True)
class Pull:
    """What one point does to the loss: its score s, its margin y s, and d loss / d s."""

    x: list[float]
    label: int
    score: float
    margin: float
    hinge: float
    gradient: float


def pulls(model: nn.Module, pairs: Sequence[Pair]) -> list[Pull]:
    """Each point's share in the loss and the gradient that goes back from it: -y / n, or 0."""
    scores = model([x for x, _ in pairs])
    max_margin(model)(scores, [y for _, y in pairs]).backward()
    model.zero_grad()
    return [
        Pull(x, y, s.data, y * s.data, max(0.0, 1.0 - y * s.data), s.grad)
        for (x, y), s in zip(pairs, scores, strict=True)
    ]


def step_graph(model: nn.Module, pairs: Sequence[Pair]) -> Value:
    """The loss of one step, its nodes knowing the layers that made them; backward is done."""
    with nn.scopes():
        loss = max_margin(model)(model([x for x, _ in pairs]), [y for _, y in pairs])
    model.zero_grad()
    loss.backward()
    return loss


# ---- the lesson ---------------------------------------------------------------------------------


def main(board: Chalkboard) -> None:
    """The loss by hand, the training, what it led to."""
    is_long = board.options.long
    pairs = moons(LONG_POINTS, LONG_NOISE) if is_long else moons()
    held_out: list[Pair] | None = None
    if is_long:
        pairs, held_out = nn.random_split(pairs, [0.8, 0.2])
    model = network()
    the_loss(board, model, pairs)
    loss = step_graph(model, pairs)
    layers = [f"mlp.layer{number}" for number in (1, 2, 3)]
    board.picture("moons_step", loss, collapse=[*layers, "hingeloss"])
    steps = LONG_STEPS if is_long else STEPS
    board.heading("Training")
    history = train(model, pairs, steps, held_out)
    the_training(board, history)
    the_border(board, model, pairs, held_out)
    board.plot("moons_history", plot_history, history)
    board.plot(
        "moons_border", plot_decision_boundary, model, [x for x, _ in pairs], [y for _, y in pairs]
    )


def the_loss(board: Chalkboard, model: nn.Module, pairs: Sequence[Pair]) -> None:
    """The first points, before training."""
    board.heading("Before training")
    parameters = len(model.parameters())
    board.say(
        f"{len(pairs)} points, {parameters} parameters: 16 (2 + 1) + 16 (16 + 1) + (16 + 1). A "
        "point whose margin, y s, is 1 or more lies far enough on its side and adds nothing to "
        f"the loss. Any other adds 1 - y s, divided by {len(pairs)} in the mean, so that its "
        f"score has the gradient -y / {len(pairs)}: it is pulled towards its own side, always "
        "equally hard."
    )
    show_pulls(board, pulls(model, pairs)[:6])


def show_pulls(board: Chalkboard, shown: Sequence[Pull]) -> None:
    """One row a point."""
    headings = ["x1", "x2", "y", "s", "y s", "max(0, 1 - y s)", "d loss / d s"]
    rows = []
    for pull in shown:
        x1, x2 = [f"{coordinate:.2f}" for coordinate in pull.x]
        s, margin, hinge = [round(each, 3) for each in (pull.score, pull.margin, pull.hinge)]
        rows.append((x1, x2, pull.label, s, margin, hinge, pull.gradient))
    board.rows(headings, rows)


def the_training(board: Chalkboard, history: nn.History) -> None:
    """Some of the steps."""
    board.say("The loss and the share of points on the right side, before each step.")
    if not history.epochs:  # Ctrl-C came before the first was over
        raise KeyboardInterrupt
    shown = [epoch for epoch in history.epochs if epoch.number in SHOWN]
    board.write(nn.History(shown, history.stopped))


def the_border(
    board: Chalkboard, model: nn.Module, pairs: Sequence[Pair], held_out: Sequence[Pair] | None
) -> None:
    """What came of it."""
    board.heading("After training")
    every = pulls(model, pairs)
    pulling = [pull for pull in every if pull.gradient != 0]
    right = f"{share_right(model, pairs):.1%}".replace("%", " %")
    nearest = min(pull.margin for pull in every)
    if pulling:
        left = (
            f"{len(pulling)} of them still pull. The others could be taken away without changing "
            "the next step; those that pull are called support vectors."
        )
    else:
        left = (
            f"None pulls any more: the smallest margin is {nearest:.3f}. What is left of the loss "
            "is regularisation. It makes the weights smaller, and with them the margins, until "
            "the first of these points pull again: the support vectors."
        )
    board.say(f"{right} of the points are on the right side. {left}")
    if held_out:
        right = f"{share_right(model, held_out):.1%}".replace("%", " %")
        board.say(f"Of the {len(held_out)} points held out, {right} are on the right side.")
    board.say("The points nearest to the border, or beyond it:")
    show_pulls(board, sorted(every, key=lambda pull: pull.margin)[:6])


def add_options(parser: Options) -> None:
    """A longer run."""
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"{LONG_POINTS} points with more noise, a fifth of them held out, {LONG_STEPS} steps",
    )


if __name__ == "__main__":
    run(main, add_options)

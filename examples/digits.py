"""Handwritten digits: a perceptron that reads them, where it errs, and where its gradients go.

scikit-learn brings 1,797 images of the digits 0 to 9, each of 8 x 8 pixels from 0 to 16. A network
of 64 inputs, 32 ReLU units and 10 logits is trained on four fifths of them by cross-entropy, with
Adam. How many of the other fifth does it read right? Which does it mistake, and for what? And how
large are the gradients in each layer when it is sure of a wrong answer?

Needs the extra datasets; the curves need the extra plots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import nn
from autograd import Value, softmax
from examples.presenting import Chalkboard, Options, run
from nn.data import Pair
from viz import plot_history

SIDE = 8
SHADES = "  ░░▒▒▓▓█"
EPOCHS, LONG_EPOCHS = 15, 30
BATCH_SIZE = 50
LEARNING_RATE, LONG_LEARNING_RATE = 0.01, 0.003


# ---- data, network, training --------------------------------------------------------------------


def images() -> tuple[list[Pair], list[Pair]]:
    """Images to train on, and others; pixels from 0 to 1.

    Raises:
        ImportError: if scikit-learn is not installed.
    """
    data = nn.data.from_scikit_learn("digits")
    train, test = nn.random_split([([p / 16 for p in x], y) for x, y in data], [0.8, 0.2], seed=0)
    return train, test


def network() -> nn.Sequential:
    """64-32-10."""
    nn.manual_seed(0)
    return nn.Sequential(nn.Linear(SIDE * SIDE, 32), nn.ReLU(), nn.Linear(32, 10))


def larger_network() -> nn.Sequential:
    """64-64-64-10, with dropout against learning by heart."""
    nn.manual_seed(0)
    return nn.Sequential(
        nn.Linear(SIDE * SIDE, 64),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(64, 10),
    )


def train(
    model: nn.Module,
    data: Sequence[Pair],
    epochs: int = EPOCHS,
    learning_rate: float = LEARNING_RATE,
    validation: Sequence[Pair] | None = None,
    progress: bool | None = None,
) -> nn.History:
    """Train with Adam, in batches of 50."""
    return nn.fit(
        model,
        data,
        nn.CrossEntropyLoss(),
        nn.optim.Adam(model.parameters(), lr=learning_rate),
        epochs,
        BATCH_SIZE,
        validation=validation,
        progress=progress,
    )


# ---- what it reads ------------------------------------------------------------------------------


class Reading(NamedTuple):
    """What the network makes of an image: its answer, and how sure it is."""

    image: list[float]
    label: int
    answer: int
    probability: float


def readings(model: nn.Module, data: Sequence[Pair]) -> list[Reading]:
    """The answers to all images."""
    model.eval()
    found = []
    for image, label in data:
        probabilities = softmax([logit.data for logit in model(image)])
        largest = max(probabilities)
        found.append(Reading(image, label, probabilities.index(largest), largest))
    return found


def surest_mistakes(read: Sequence[Reading]) -> list[Reading]:
    """The wrong answers, the surest first."""
    wrong = [reading for reading in read if reading.answer != reading.label]
    return sorted(wrong, key=lambda reading: -reading.probability)


def loss_graph(model: nn.Module, image: list[float], label: int) -> Value:
    """The loss of one image, its nodes knowing the layers that made them; backward is done."""
    model.eval()
    with nn.scopes():
        loss: Value = nn.CrossEntropyLoss()(model(image), label)
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    return loss


def rows_of(image: Sequence[float]) -> Iterator[str]:
    """An image in characters, two a pixel.

    >>> next(rows_of([0.0, 0.0, 0.3, 0.8, 1.0, 0.0, 0.0, 0.0]))
    '    ░░▓▓██      '
    """
    pixels = iter(image)
    while row := list(islice(pixels, SIDE)):
        yield "".join([2 * SHADES[int(pixel * (len(SHADES) - 1))] for pixel in row])


def beside(pictures: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Images side by side, each below its title."""
    columns = [[title.ljust(2 * SIDE), *rows_of(image)] for title, image in pictures]
    return "\n".join("    ".join(lines).rstrip() for lines in zip(*columns, strict=True))


# ---- the lesson ---------------------------------------------------------------------------------


def main(board: Chalkboard) -> None:
    """The data, the training, the mistakes and their gradients."""
    to_learn, held_out = images()
    the_data(board, to_learn, held_out)
    model = larger_network() if board.options.long else network()
    board.heading("The network")
    board.write(nn.summary(model, (SIDE * SIDE,)))
    board.heading("Training")
    if board.options.long:
        history = train(model, to_learn, LONG_EPOCHS, LONG_LEARNING_RATE, held_out)
    else:
        history = train(model, to_learn, validation=held_out)
    if not history.epochs:  # Ctrl-C came before the first was over
        raise KeyboardInterrupt
    shown = [epoch for epoch in history.epochs if epoch.number % 3 == 0]
    board.write(nn.History(shown, history.stopped))
    board.plot("digits_history", plot_history, history)
    read = readings(model, held_out)
    the_mistakes(board, read)
    the_gradients(board, model, read)


def the_data(board: Chalkboard, to_learn: Sequence[Pair], held_out: Sequence[Pair]) -> None:
    """Some images."""
    board.heading("The images")
    board.say(f"{len(to_learn):,} to learn from, {len(held_out)} held out. The first three:")
    board.write(beside([(f"a {label}", image) for image, label in to_learn[:3]]))


def the_mistakes(board: Chalkboard, read: Sequence[Reading]) -> None:
    """What is read wrong."""
    board.heading("Images that it has not seen")
    mistakes = surest_mistakes(read)
    share = f"{100 * (1 - len(mistakes) / len(read)):.1f} %"
    board.say(f"{len(read) - len(mistakes)} of {len(read)} are read right: {share}. By digit:")
    of_label = Counter(reading.label for reading in read)
    taken_for = {
        label: Counter(reading.answer for reading in mistakes if reading.label == label)
        for label in range(10)
    }
    board.rows(
        ["digit", "images", "right", "taken for"],
        [
            (
                label,
                of_label[label],
                of_label[label] - taken_for[label].total(),
                ", ".join(f"{count} for {answer}" for answer, count in sorted(wrong.items())),
            )
            for label, wrong in taken_for.items()
        ],
    )
    if mistakes:
        board.say("The mistakes of which it is surest:")
        board.write(
            beside(
                [(f"{m.label} as {m.answer}, {m.probability:.2f}", m.image) for m in mistakes[:3]]
            )
        )


def the_gradients(board: Chalkboard, model: nn.Module, read: Sequence[Reading]) -> None:
    """The graph of one loss, coloured by gradient."""
    board.heading("Gradients of one image")
    mistakes = surest_mistakes(read)
    sure = max(read, key=lambda reading: (reading.answer == reading.label, reading.probability))
    shown = {"right": sure} | ({"wrong": mistakes[0]} if mistakes else {})
    rows = []
    for name, reading in shown.items():
        loss = loss_graph(model, reading.image, reading.label)
        largest = max(abs(p.grad) for p in model.parameters())
        rows.append((f"{name}: a {reading.label} as {reading.answer}", loss.data, largest))
    board.rows(["the surest answers", "loss", "largest |gradient| of a parameter"], rows)
    board.say(
        "The gradient by a logit is its probability, less 1 for the true digit: a right and sure "
        "answer teaches next to nothing, a wrong and sure one a lot. The picture shows where the "
        "gradient of the last one goes, a box a layer."
    )
    board.picture("digits_gradients", loss, collapse=2, heat=True)


def add_options(parser: Options) -> None:
    """A longer run."""
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"64-64-64-10 with dropout, {LONG_EPOCHS} epochs: takes a minute or two",
    )


if __name__ == "__main__":
    run(main, add_options)

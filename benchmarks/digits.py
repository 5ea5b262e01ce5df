"""Training on handwritten digits by a recorded program, beside PyTorch.

An MLP 64-32-10 learns scikit-learn's digits by plain gradient descent in batches of 32. Ours is the
loss of one image, recorded, and mapped over the images of a batch; PyTorch's is vectorised over
them. Both sides start from the same weights and see the same batches; after one epoch their weights
must agree.
"""

from __future__ import annotations

from argparse import Namespace
from array import array
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

from rich.console import Console

import autograd
import nn
from autograd import dot, logsumexp
from benchmarks.report import DisagreementError, milliseconds, new_table, times
from benchmarks.timing import Stepper, ratio_of, seconds_in_turn, steps_that_fill
from benchmarks.vectorised import missing, torch_name, torch_on_one_thread

Pair: TypeAlias = tuple[list[float], int]

SIZES = (64, 32, 10)
TRAINING, HELD_OUT = 1_500, 297
BATCH = 32
EPOCHS, QUICK_EPOCHS = 30, 3
LEARNING_RATE = 0.5
ASKED = 2.0
SECONDS_A_ROUND = 0.2


@dataclass(frozen=True)
class Trainer:
    """One side.

    Attributes:
        name: what the table calls it.
        epoch: goes through the images in an order, with a learning rate.
        weights: all of them, in PyTorch's order.
        accuracy: the share of some images that it gets right.
    """

    name: str
    epoch: Callable[[Sequence[int], float], object]
    weights: Callable[[], list[float]]
    accuracy: Callable[[Sequence[Pair]], float]


def new_model(sizes: Sequence[int]) -> nn.Sequential:
    """The network, with the same weights each time."""
    nn.manual_seed(0)
    return nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.ReLU(), nn.Linear(sizes[1], sizes[2]))


# ---- ours ---------------------------------------------------------------------------------------


class Columns:
    """Images and their classes as buffers, cut into batches."""

    def __init__(self, pairs: Sequence[Pair], classes: int) -> None:
        self.pixels, self.classes = len(pairs[0][0]), classes
        self.images = [array("d", x).tobytes() for x, _ in pairs]
        self.targets = [array("d", one_hot(y, classes)).tobytes() for _, y in pairs]

    def batch(
        self, places: Sequence[int]
    ) -> tuple[memoryview[float], memoryview[float], array[float]]:
        """Images, targets, and the share of each in the mean."""
        return (
            joined([self.images[i] for i in places], self.pixels),
            joined([self.targets[i] for i in places], self.classes),
            array("d", [1.0 / len(places)]) * len(places),
        )


def one_hot(target: int, classes: int) -> list[float]:
    """1 in the place of a class, else 0."""
    return [float(i == target) for i in range(classes)]


def joined(rows: list[bytes], columns: int) -> memoryview[float]:
    """Rows of floats as a buffer of shape (rows, columns)."""
    return memoryview(b"".join(rows)).cast("d", (len(rows), columns))


def our_trainer(pairs: Sequence[Pair], sizes: Sequence[int]) -> Trainer:
    """The loss of one image, recorded, mapped over a batch; then a step of `nn.optim.SGD`."""
    model = new_model(sizes)
    optimizer = nn.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    columns = Columns(pairs, sizes[-1])

    def loss(x: list[Any], target: list[Any], share: Any) -> Any:
        logits = model(x)
        return (logsumexp(logits) - dot(target, logits)) * share

    fast = autograd.compile(loss)

    def epoch(order: Sequence[int], learning_rate: float) -> None:
        optimizer.param_groups[0]["lr"] = learning_rate
        for start in range(0, len(order), BATCH):
            optimizer.zero_grad()
            fast.map_backward(*columns.batch(order[start : start + BATCH]))
            optimizer.step()

    return Trainer(
        "chalkgrad",
        epoch,
        lambda: [p.data for p in model.parameters()],
        lambda images: nn.evaluate(model, images, nn.CrossEntropyLoss())[1] or 0.0,
    )


# ---- PyTorch ------------------------------------------------------------------------------------


def torch_trainers(pairs: Sequence[Pair], sizes: Sequence[int]) -> list[Trainer]:
    """PyTorch with its optimiser, and with the leanest update that was found."""
    return [torch_trainer(pairs, sizes, by_hand) for by_hand in (False, True)]


def torch_trainer(pairs: Sequence[Pair], sizes: Sequence[int], by_hand: bool) -> Trainer:
    """The same in PyTorch: a step of `torch.optim.SGD`, or one addition for all tensors."""
    torch = torch_on_one_thread()
    F = import_module("torch.nn.functional")  # noqa: N806  # as PyTorch's users write
    weights = torch.tensor([p.data for p in new_model(sizes).parameters()], dtype=torch.float64)
    shapes = [(sizes[1], sizes[0]), (sizes[1],), (sizes[2], sizes[1]), (sizes[2],)]
    parts = weights.split([torch.Size(shape).numel() for shape in shapes])
    parameters = [
        part.reshape(shape).clone().requires_grad_()
        for part, shape in zip(parts, shapes, strict=True)
    ]
    w1, b1, w2, b2 = parameters
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
    images = torch.tensor([x for x, _ in pairs], dtype=torch.float64)
    classes = torch.tensor([y for _, y in pairs])

    def logits(x: Any) -> Any:
        return F.linear(F.relu(F.linear(x, w1, b1)), w2, b2)

    def step_of_optimizer(loss: Any, learning_rate: float) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def step_by_hand(loss: Any, learning_rate: float) -> None:
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradients, alpha=-learning_rate)

    step = step_by_hand if by_hand else step_of_optimizer

    def epoch(order: Sequence[int], learning_rate: float) -> None:
        optimizer.param_groups[0]["lr"] = learning_rate
        places = torch.tensor(order)
        batches = zip(images[places].split(BATCH), classes[places].split(BATCH), strict=True)
        for x, y in batches:
            step(F.cross_entropy(logits(x), y), learning_rate)

    def accuracy(held_out: Sequence[Pair]) -> float:
        x = torch.tensor([x for x, _ in held_out], dtype=torch.float64)
        y = torch.tensor([y for _, y in held_out])
        return float((logits(x).argmax(1) == y).double().mean())

    return Trainer(
        f"{torch_name()}, {'update by hand' if by_hand else 'optim.SGD'}",
        epoch,
        lambda: torch.cat([p.detach().reshape(-1) for p in parameters]).tolist(),
        accuracy,
    )


# ---- both ---------------------------------------------------------------------------------------


def order_of_epoch(images: int, number: int) -> list[int]:
    """The images in an order that the number of the epoch gives."""
    order = list(range(images))
    Random(number).shuffle(order)
    return order


def check_epoch(trainers: Sequence[Trainer], images: int, tolerance: float = 1e-9) -> None:
    """See that all have the same weights after an epoch, to rounding.

    Raises:
        DisagreementError: if they differ.
    """
    for trainer in trainers:
        trainer.epoch(order_of_epoch(images, 0), LEARNING_RATE)
    ours = trainers[0].weights()
    largest = max(map(abs, ours))
    for trainer in trainers[1:]:
        differences = [abs(a - b) for a, b in zip(ours, trainer.weights(), strict=True)]
        if not max(differences) <= tolerance * largest:
            raise DisagreementError(f"the weights of {trainer.name} and ours differ after an epoch")


def train(trainer: Trainer, images: int, epochs: int) -> None:
    """So many epochs, the learning rate falling to 0 in equal steps."""
    for number in range(epochs):
        trainer.epoch(order_of_epoch(images, number), LEARNING_RATE * (1 - number / epochs))


def seconds_of_training(
    make: Callable[[], Trainer], images: int, epochs: int
) -> tuple[Trainer, float]:
    """A new side after its training, and how long it took, making it included."""
    start = perf_counter()
    trainer = make()
    train(trainer, images, epochs)
    return trainer, perf_counter() - start


def compare_training(
    console: Console,
    pairs: Sequence[Pair],
    held_out: Sequence[Pair],
    sizes: Sequence[int],
    epochs: int,
    rounds: int,
) -> dict[str, Any]:
    """Time epochs of both sides in turn; then a whole training of each, and what it reaches.

    Raises:
        DisagreementError: if they do not learn the same.
    """
    makers: list[Callable[[], Trainer]] = [lambda: our_trainer(pairs, sizes)]
    if reason := missing("torch"):
        console.print(f"Left out: {reason}.", markup=False)
    else:
        makers += [
            lambda by_hand=by_hand: torch_trainer(pairs, sizes, by_hand)  # type: ignore[misc]
            for by_hand in (False, True)
        ]
    trainers = [make() for make in makers]
    check_epoch(trainers, len(pairs))
    order = order_of_epoch(len(pairs), 1)
    steppers = [
        Stepper(trainer.name, lambda epoch=trainer.epoch: epoch(order, 0.01))  # type: ignore[misc]
        for trainer in trainers
    ]
    steps = [steps_that_fill(stepper, SECONDS_A_ROUND) for stepper in steppers]
    seconds = seconds_in_turn(steppers, steps, rounds)
    own = seconds["chalkgrad"]
    layers = "-".join(map(str, sizes))
    title = f"digits, MLP {layers}, {len(pairs)} images in batches of {BATCH}"
    trained = f"{epochs} epochs"
    table = new_table(title, "", "an epoch", "ratio", "min – max", trained, "held out")
    results = {}
    for make, (name, taken) in reversed([*zip(makers, seconds.items(), strict=True)]):
        trainer, total = seconds_of_training(make, len(pairs), epochs)
        ratio = ratio_of(taken, own)
        accuracy = trainer.accuracy(held_out)
        shown = f"[bold]{times(ratio.median)}[/bold]", f"{times(ratio.low)} – {times(ratio.high)}"
        table.add_row(
            name,
            milliseconds(median(taken)),
            *(("", "") if taken is own else shown),
            f"{total:.2f} s",
            f"{accuracy:.1%}",
        )
        results[name] = {
            "seconds": taken,
            "ratio": asdict(ratio),
            "training_seconds": total,
            "accuracy": accuracy,
        }
    console.print(table)
    fitted, total = train_with_fit(pairs, sizes, epochs)
    accuracy = nn.evaluate(fitted, held_out, nn.CrossEntropyLoss())[1] or 0.0
    results["nn.fit"] = {"training_seconds": total, "accuracy": accuracy}
    console.print(
        f"{epochs} epochs by nn.fit(..., compiled=True): {total:.2f} s, {accuracy:.1%} held out.\n"
        f"Asked: {ASKED:g}×, and 97% of {len(held_out)} images held out.\n"
    )
    return results


def train_with_fit(
    pairs: Sequence[Pair], sizes: Sequence[int], epochs: int
) -> tuple[nn.Sequential, float]:
    """The same recipe by one call of `nn.fit`, which has an order of its own; and its seconds."""
    start = perf_counter()
    model = new_model(sizes)
    optimizer = nn.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    nn.fit(
        model,
        pairs,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs,
        BATCH,
        scheduler=nn.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1.0 - k / epochs),
        compiled=True,
        progress=False,
    )
    return model, perf_counter() - start


def run_digits(console: Console, options: Namespace) -> dict[str, Any]:
    """scikit-learn's digits, 1,500 to learn from and the rest held out."""
    if reason := missing("sklearn"):
        console.print(f"digits left out: {reason}.\n", markup=False)
        return {"left_out": reason}
    data = [([p / 16 for p in x], y) for x, y in nn.data.from_scikit_learn("digits")]
    pairs, held_out = nn.random_split(data, [TRAINING, HELD_OUT], seed=0)
    epochs = QUICK_EPOCHS if options.quick else EPOCHS
    return compare_training(console, pairs, held_out, SIZES, epochs, options.rounds)

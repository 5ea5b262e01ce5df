"""`fit`: a network trained on data, as one would write the loop by hand, with care for its ends.

Each batch: forward, backward, step. Each epoch: a look at the validation data, a record in the
history, a checkpoint. However the run ends, by its last epoch, by itself, by Ctrl-C or by numbers
that are no longer finite, the model is left with good weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from autograd import Value, ieee, no_grad, why
from autograd.flat_leaves import assign_data, data_of, forget_gradients
from autograd.numbers import format_number
from nn.arrays import flat, mapped
from nn.checkpoints import read_checkpoint, write_checkpoint
from nn.data import DataLoader, Pair
from nn.decisions import DECISIONS, Decision, decision_for
from nn.history import Epoch, History
from nn.module import Module
from nn.optim import Optimizer
from nn.optim.lr_scheduler import LRScheduler
from nn.progress import Report, progress_bar
from nn.replaying import CannotReplayError, Replay, buffers_of, generators, why_unsure

Loss: TypeAlias = Callable[[Any, Any], Value]


class StopTraining(Exception):  # noqa: N818  # a wish, not an error
    """Raised by a callback, ends the run after this epoch; its text is the reason."""


class DivergedError(ArithmeticError):
    """The loss or a gradient was no finite number; the model has its last good weights back.

    Attributes:
        history: the epochs that were finished.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def fit(
    model: Module,
    data: Iterable[Pair],
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    *,
    validation: Iterable[Pair] | None = None,
    callbacks: Sequence[Callable[[Epoch], object]] = (),
    scheduler: LRScheduler | None = None,
    shuffle: bool = True,
    seed: int = 0,
    patience: int | None = None,
    accuracy: Decision | None = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: bool | None = None,
    compiled: bool | None = None,
) -> History:
    """Train a model: for each batch, `optimizer` takes a step against the gradient of `loss`.

    Ctrl-C ends the run; the model keeps what was learnt, and the history says so.

    Args:
        model: called with a list of x, it returns the list of outputs.
        data: pairs (x, y).
        loss: called with the outputs and the list of y, it returns their mean loss as a Value.
        optimizer: of the model's parameters.
        epochs: how many times all data are gone through, those before a checkpoint included.
        batch_size: how many pairs go into one step.
        validation: pairs (x, y) on which the model is evaluated after each epoch.
        callbacks: called with the record of each epoch; they may raise `StopTraining`.
        scheduler: of the optimiser's learning rate, stepped after each epoch.
        shuffle: whether each epoch has an order of its own, given by `seed` and its number.
        seed: chooses the orders.
        patience: after how many epochs without a lower validation loss the run ends. With it, the
            model gets its best weights in the end, those with the lowest validation loss.
        accuracy: called with one output and its y, it says whether the output is right; None for
            what `loss` implies, as the largest output does for `CrossEntropyLoss`.
        checkpoint: a JSON file, rewritten after each epoch. If it is there at the start the run
            goes on from it, to the same weights, bit for bit, as if it had never stopped.
        progress: whether to show a progress bar; None: if standard error is a terminal.
        compiled: whether the model is recorded once and replayed (`autograd.compile`), which is
            many times as fast and gives the same numbers but for rounding. None: where that is
            certain, which it is for a model made of `nn`'s own modules and a loss of `nn`, if in
            training nothing is random and no buffer is updated (no `Dropout`, no `BatchNorm1d`)
            and samples are treated one by one. False: never. True: also for modules and losses of
            your own. They must do the same at every call; a loss gets the outputs as leaves.

    Raises:
        ValueError: for options out of range, for data that are empty, not finite or of unequal
            shapes, for a checkpoint that is truncated or from another run, and for
            `compiled=True` where that is not possible; the message says why.
        DivergedError: when a loss or gradient is not finite: names the epoch, the batch and the
            node where it began, after giving the model the last weights for which they were.

    >>> import nn
    >>> nn.manual_seed(0)
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> optimizer = nn.optim.Adam(model.parameters(), lr=0.1)
    >>> history = nn.fit(model, nn.data.xor(), nn.CrossEntropyLoss(), optimizer, 30, batch_size=4)
    >>> history.train_accuracy[-1]
    1.0
    """
    if not isinstance(model, Module):
        raise TypeError(f"fit trains an nn.Module, not a {type(model).__name__}")
    for name, given in (("loss", loss), ("optimizer", optimizer)):
        if isinstance(given, type):
            raise TypeError(f"{name} is the class {given.__name__}: make it, {given.__name__}(...)")
    if epochs < 1:
        raise ValueError(f"epochs must be 1 or above, not {epochs}")
    if patience is not None and patience < 1:
        raise ValueError(f"patience must be 1 or above, not {patience}")
    if patience is not None and validation is None:
        raise ValueError("patience is for the loss on validation data: give validation=...")
    run = Run(
        model,
        DataLoader(data, batch_size, shuffle, seed=seed),
        None if validation is None else DataLoader(validation, batch_size),
        loss,
        optimizer,
        scheduler,
        accuracy or decision_for(loss),
        patience,
        compiled,
    )
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and path.exists():
        run.resume(read_checkpoint(path, run.settings()))
    history, batches = run.history, len(run.loader)
    done = len(history.epochs) * batches
    with modes_kept(model), progress_bar(epochs * batches, done, progress) as report:
        try:
            history.stopped = run.end_of_patience()
            while len(history.epochs) < epochs and not history.stopped:
                epoch = run.one_epoch(report)
                if path is not None:
                    write_checkpoint(path, run.content())
                for callback in callbacks:
                    callback(epoch)
                    run.touch()
                history.stopped = run.end_of_patience()
        except KeyboardInterrupt:
            history.stopped = f"interrupted in epoch {run.loader.epoch}"
        except StopTraining as wish:
            history.stopped = str(wish) or "a callback asked for it"
    run.restore_best()
    return history


def evaluate(
    model: Module,
    data: Iterable[Pair],
    loss: Loss,
    batch_size: int = 32,
    *,
    accuracy: Decision | None = None,
) -> tuple[float, float | None]:
    """The mean loss over data and the share of right answers, in evaluation mode, without a graph.

    Args:
        model, loss, accuracy: as for `fit`.
        data: pairs (x, y).
        batch_size: how many pairs go through the model at once.

    Returns:
        The loss; and the accuracy, or None where "right" has no meaning.

    >>> import nn
    >>> evaluate(nn.Identity(), [([2.0], [1.0]), ([1.0], [1.0])], nn.MSELoss())
    (0.5, None)
    """
    tally = Tally(accuracy or decision_for(loss))
    with modes_kept(model), no_grad():
        model.eval()
        for xs, ys in DataLoader(data, batch_size):
            outputs = model(xs)
            tally.add(loss(outputs, ys), outputs, ys)
    return tally.loss, tally.accuracy


@contextmanager
def modes_kept(model: Module) -> Iterator[None]:
    """Afterwards, each module is in training or in evaluation as it was before."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


class Tally:
    """Losses and right answers over several batches."""

    def __init__(self, is_right: Decision | None) -> None:
        self.is_right = is_right
        self.pairs = 0
        self.right = 0
        self.losses = 0.0

    def add(self, loss: Value | float, outputs: Any, ys: list[Any]) -> None:
        """Count a batch."""
        self.pairs += len(ys)
        self.losses += (loss.data if isinstance(loss, Value) else loss) * len(ys)
        if self.is_right is not None:
            for output, y in zip(outputs, ys, strict=True):
                self.right += bool(self.is_right(output, y))

    @property
    def loss(self) -> float:
        """The mean loss of a pair."""
        return self.losses / self.pairs

    @property
    def accuracy(self) -> float | None:
        """The share of right answers."""
        return None if self.is_right is None else self.right / self.pairs

    def __str__(self) -> str:
        share = "" if self.accuracy is None else f"  {self.accuracy:.1%}"
        return f"loss {format_number(self.loss)}{share}"


@dataclass
class Run:
    """A training run under way: what it was given, and how far it is."""

    model: Module
    loader: DataLoader
    validation: DataLoader | None
    loss: Loss
    optimizer: Optimizer
    scheduler: LRScheduler | None
    is_right: Decision | None
    patience: int | None
    compiled: bool | None = False

    def __post_init__(self) -> None:
        self.history = History()
        self.replays: dict[str, Replay | None] = {}  # by the data; None where it cannot be
        self.best: dict[str, Any] | None = None  # the weights after the best epoch
        own, optimised = self.model.parameters(), self.optimizer.parameters()
        if own and set(own).isdisjoint(optimised):
            raise ValueError(
                "the optimizer has none of the model's parameters: give it model.parameters() of "
                "this model"
            )
        # A loss may have parameters of its own, and a model some that are not optimised.
        every = [*own, *optimised]
        self.parameters = list(dict.fromkeys(every))
        self.own = own  # the parameters that `good` has the numbers of
        self.buffers = buffers_of(self.model)  # and the buffers
        self.good = self.weights()  # the last that led to a finite loss and finite gradients

    def one_epoch(self, report: Report) -> Epoch:
        """Go through all data once, and record what came out."""
        number = self.loader.epoch + 1
        learning_rate = self.optimizer.param_groups[0]["lr"]
        tally = Tally(self.is_right)
        self.model.train()
        replay = self.replay_of("training", self.loader.dataset)
        for batch, places in enumerate(self.loader.places(), 1):
            ys = self.loader.batch(places)[1]
            outputs, loss = self.one_step(replay, places, f"epoch {number}, batch {batch}")
            tally.add(loss, outputs, ys)
            report(f"epoch {number}  {tally}")
        dev_loss, dev_accuracy = self.on_validation_data(number)
        if self.scheduler is not None:
            self.scheduler.step()
        epoch = Epoch(number, learning_rate, tally.loss, tally.accuracy, dev_loss, dev_accuracy)
        self.history.epochs.append(epoch)
        if self.patience is not None and self.history.best is epoch:
            self.best = self.model.state_dict()
        return epoch

    def on_validation_data(self, epoch: int) -> tuple[float | None, float | None]:
        """Loss and accuracy there after an epoch; None if there are no such data."""
        if self.validation is None:
            return None, None
        tally, loader = Tally(self.is_right), self.validation
        with modes_kept(self.model), ieee(), no_grad():
            self.model.eval()
            replay = self.replay_of("validation", loader.dataset)
            for places in loader.places():
                xs, ys = loader.batch(places)
                answer = None if replay is None else replay.look(places)
                if answer is None:
                    outputs = self.model(xs)
                    tally.add(self.loss(outputs, ys), outputs, ys)
                else:
                    tally.add(answer[1], self.as_expected(answer[0]), ys)
        loss, accuracy = tally.loss, tally.accuracy
        if not math.isfinite(loss):
            self.diverged(f"the loss on the validation data is {loss} after epoch {epoch}")
        return loss, accuracy

    def replay_of(self, data: str, pairs: list[Pair]) -> Replay | None:
        """What runs the batches of an epoch; None if these are run on Values.

        Args:
            data: "training", or "validation" with the model in evaluation mode.
            pairs: the data.
        """
        try:
            if data not in self.replays:
                self.replays[data] = None
                if self.compiled or (
                    self.compiled is None and not why_unsure(self.model, self.loss)
                ):
                    self.replays[data] = Replay(self.model, self.loss, pairs)
            elif (replay := self.replays[data]) is not None:
                replay.begin_epoch()
        except CannotReplayError as reason:
            self.replays[data] = None
            if self.compiled and data == "training":
                raise ValueError(
                    f"compiled=True is not possible for this {type(self.model).__name__}: {reason}"
                ) from reason
        return self.replays[data]

    def as_expected(self, outputs: list[Any]) -> list[Any]:
        """A replay's outputs as a decision of the user's own expects them: as Values."""
        is_ours = self.is_right is None or self.is_right in DECISIONS.values()
        return outputs if is_ours else mapped(Value, outputs)

    def touch(self) -> None:
        """Something outside has run, which may have changed the model: it is looked at anew."""
        for data, replay in list(self.replays.items()):
            if replay is None or (self.compiled is None and why_unsure(self.model, self.loss)):
                del self.replays[data]
            else:
                replay.is_stale = True

    def one_step(
        self, replay: Replay | None, places: Sequence[int], where: str
    ) -> tuple[Any, float]:
        """Forward, backward and step for one batch: the outputs and the loss."""
        before = self.weights()
        if replay is not None:
            forget_gradients(self.parameters)
            answer = replay.step(places)
            if answer is not None:
                self.good = before
                self.optimizer.step()
                return self.as_expected(answer[0]), answer[1]
        xs, ys = self.loader.batch(places)
        outputs, loss = self.forward(xs, ys, where)
        if not math.isfinite(loss.data):
            cause = " ".join(why(loss).reason.splitlines())
            self.diverged(f"the loss is {loss.data} in {where}: {cause}")
        forget_gradients(self.parameters)
        try:
            loss.backward()
        except ArithmeticError as error:
            self.diverged(f"a gradient is not finite in {where}: {error}")
        self.good = before
        self.optimizer.step()
        return outputs, loss.data

    def forward(self, xs: list[Any], ys: list[Any], where: str) -> tuple[Any, Value]:
        """The outputs for one batch and their loss."""
        problem = None
        try:
            outputs = self.model(xs)
            loss = self.loss(outputs, ys)
        except (ArithmeticError, ValueError) as error:
            problem = str(error)
        if problem is not None:
            with ieee():  # where numbers raise nothing: what is wrong otherwise raises once more
                self.loss(self.model(xs), ys)
            self.diverged(f"the loss is not finite in {where}: {problem}")
        if not isinstance(loss, Value):
            raise TypeError(
                f"the loss must be one Value, not a {type(loss).__name__}; it is called with the "
                'outputs and the targets of a batch, and reduces them (reduction="mean")'
            )
        return outputs, loss

    def diverged(self, message: str) -> NoReturn:
        """Give the model its last good weights, and raise."""
        weights, buffers = self.good
        assign_data(self.own, weights)
        for place, numbers in zip(self.buffers, buffers, strict=True):
            place.write(numbers)
        raise DivergedError(
            f"{message.rstrip('.')}. The model has its last good weights; a lower learning rate "
            "may help, or nn.clip_grad_norm_ in a loop of your own",
            self.history,
        )

    def weights(self) -> tuple[Sequence[float], list[list[float]]]:
        """The numbers of the model's parameters, and those of its buffers."""
        return data_of(self.own), [flat(place.read()) for place in self.buffers]

    # ---- early stopping ---------------------------------------------------------------------

    def end_of_patience(self) -> str:
        """Why the run ends here, if the best epoch lies too far back; "" if it goes on."""
        if self.patience is None or not self.history.epochs:
            return ""
        best = self.history.best.number
        if len(self.history.epochs) - best < self.patience:
            return ""
        return (
            f"no lower validation loss in {self.patience} epochs; "
            f"the weights are those of epoch {best}"
        )

    def restore_best(self) -> None:
        """Give the model the best weights, where they were kept."""
        if self.best is not None:
            self.model.load_state_dict(self.best)

    # ---- checkpoints ------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What two parts of one run have in common."""
        return {
            "optimizer": type(self.optimizer).__name__,
            "parameters": sum(1 for _ in self.optimizer.parameters()),
            "scheduler": type(self.scheduler).__name__ if self.scheduler else None,
            "pairs": len(self.loader.dataset),
            "batch_size": self.loader.batch_size,
            "shuffle": self.loader.shuffle,
            "seed": self.loader.seed,
            "validation pairs": len(self.validation.dataset) if self.validation else 0,
        }

    def content(self) -> dict[str, Any]:
        """All that the run needs to go on after this epoch."""
        return {
            "settings": self.settings(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict() if self.scheduler else None,
            "random": [generator.getstate() for generator in generators(self.model)],
            "history": [asdict(epoch) for epoch in self.history.epochs],
            "best": self.best,
        }

    def resume(self, content: dict[str, Any]) -> None:
        """Go on from what `content` returned."""
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(content["scheduler"])
        states = zip(generators(self.model), content["random"], strict=True)
        for generator, (version, numbers, last_gauss) in states:
            generator.setstate((version, tuple(numbers), last_gauss))
        self.history.epochs = [Epoch(**record) for record in content["history"]]
        self.loader.epoch = len(self.history.epochs)
        self.best = content["best"]
        self.good = self.weights()

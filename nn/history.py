"""What a training run tells: one record an epoch, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograd.numbers import format_number
from nn.tables import aligned, number_or_dash, percent


@dataclass(frozen=True)
class Epoch:
    """What came out of one epoch.

    Attributes:
        number: which epoch it was, from 1.
        learning_rate: that of the optimiser's first group, during the epoch.
        train_loss: the mean over the epoch's batches, each before its step.
        train_accuracy: the share of right answers in them; None where "right" has no meaning.
        dev_loss, dev_accuracy: the same for the validation data, after the epoch; None without.
    """

    number: int
    learning_rate: float
    train_loss: float
    train_accuracy: float | None = None
    dev_loss: float | None = None
    dev_accuracy: float | None = None

    @property
    def watched_loss(self) -> float:
        """The loss by which epochs are compared: that of the validation data, if there are any."""
        return self.train_loss if self.dev_loss is None else self.dev_loss


@dataclass
class History:
    """The epochs of a run, in order; it prints as a table.

    Attributes:
        epochs: the records.
        stopped: why the run ended before its last epoch; "" if it did not.

    >>> history = History([Epoch(1, 0.1, 0.7, 0.5), Epoch(2, 0.1, 0.25, 1.0)])
    >>> history.train_loss, history.best.number
    ([0.7, 0.25], 2)
    >>> print(history)
    epoch  learning rate  train loss  train accuracy
        1            0.1         0.7          50.0 %
        2            0.1        0.25         100.0 %
    """

    epochs: list[Epoch] = field(default_factory=list)
    stopped: str = ""

    @property
    def train_loss(self) -> list[float]:
        """The training loss of each epoch."""
        return [epoch.train_loss for epoch in self.epochs]

    @property
    def train_accuracy(self) -> list[float | None]:
        """The share of right answers in each epoch's batches."""
        return [epoch.train_accuracy for epoch in self.epochs]

    @property
    def dev_loss(self) -> list[float | None]:
        """The loss on the validation data after each epoch."""
        return [epoch.dev_loss for epoch in self.epochs]

    @property
    def dev_accuracy(self) -> list[float | None]:
        """The share of right answers on the validation data after each epoch."""
        return [epoch.dev_accuracy for epoch in self.epochs]

    @property
    def best(self) -> Epoch:
        """The first epoch with the lowest loss: on the validation data, if there are any.

        Raises:
            ValueError: if no epoch was finished.
        """
        if not self.epochs:
            raise ValueError("there is no best epoch: none was finished")
        return min(self.epochs, key=lambda epoch: epoch.watched_loss)

    def __str__(self) -> str:
        columns = [
            ("epoch", [str(epoch.number) for epoch in self.epochs]),
            ("learning rate", [format_number(epoch.learning_rate) for epoch in self.epochs]),
            ("train loss", [format_number(loss) for loss in self.train_loss]),
            ("train accuracy", [percent(share) for share in self.train_accuracy]),
            ("dev loss", [number_or_dash(loss) for loss in self.dev_loss]),
            ("dev accuracy", [percent(share) for share in self.dev_accuracy]),
        ]
        used = [(name, cells) for name, cells in columns if not cells or set(cells) != {"–"}]
        lines = aligned(used)
        return "\n".join([*lines, f"stopped: {self.stopped}"] if self.stopped else lines)

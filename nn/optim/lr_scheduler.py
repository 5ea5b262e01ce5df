"""Learning rates that change as training goes on, with PyTorch's names and formulas.

A scheduler is stepped after its optimiser, once an epoch, and sets the "lr" of every group. It goes
from the last learning rate to the next, so that two schedulers of one optimiser multiply.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nn.optim.optimizer import Group, Optimizer


class LRScheduler:
    """The base of all schedulers.

    Args:
        optimizer: whose learning rates are set.
        last_epoch: how many epochs have passed, less one; -1 for a start.

    Attributes:
        last_epoch: how many times `step` was called since the start.
        base_lrs: the learning rate of each group at the start.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a scheduler takes an optimizer, not a {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.last_epoch = last_epoch
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"last_epoch={last_epoch} goes on from an earlier run, but group {number} of "
                    "the optimizer has no 'initial_lr': load the optimizer's state_dict first"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def next_lr(self, place: int, group: Group) -> float:
        """The learning rate of a group in the epoch `last_epoch`, from the one before.

        Args:
            place: which group it is, from 0.
            group: the group, with the last learning rate under "lr".
        """
        raise NotImplementedError(f"{type(self).__name__} must define next_lr")

    def step(self) -> None:
        """Go on to the next epoch."""
        self.last_epoch += 1
        for place, group in enumerate(self.optimizer.param_groups):
            group["lr"] = self.next_lr(place, group)

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """What the scheduler knows, ready for JSON; the learning rates stand in the optimiser's."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: if it comes from an optimiser with another number of groups.
        """
        base_lrs = list(state_dict["base_lrs"])
        if len(base_lrs) != len(self.base_lrs):
            raise ValueError(
                f"the optimizer has {len(self.base_lrs)} groups; the state_dict, {len(base_lrs)}"
            )
        self.last_epoch = state_dict["last_epoch"]
        self.base_lrs = base_lrs


class StepLR(LRScheduler):
    """The learning rate times gamma after every `step_size` epochs.

    Args:
        optimizer: whose learning rates are set.
        step_size: how many epochs one learning rate lasts, from 1 on.
        gamma: the factor.
        last_epoch: as for `LRScheduler`.

    >>> from nn.optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        if step_size < 1:
            raise ValueError(f"step_size must be 1 or above, not {step_size}")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, place: int, group: Group) -> float:
        """The learning rate of a group in the epoch `last_epoch`, from the one before."""
        is_due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return float(group["lr"] * self.gamma if is_due else group["lr"])


class ExponentialLR(LRScheduler):
    """The learning rate times gamma after every epoch.

    Args:
        optimizer: whose learning rates are set.
        gamma: the factor.
        last_epoch: as for `LRScheduler`.

    >>> from nn.optim import SGD
    >>> scheduler = ExponentialLR(SGD([Value(1.0)], lr=1.0), gamma=0.5)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, place: int, group: Group) -> float:
        """The learning rate of a group in the epoch `last_epoch`, from the one before."""
        return float(group["lr"] * self.gamma if self.last_epoch > 0 else group["lr"])


class CosineAnnealingLR(LRScheduler):
    """The learning rate down half a cosine: eta_min + (base - eta_min) * (1 + cos(pi t / T)) / 2.

    After T_max epochs it is at eta_min, and from there it rises again. Loshchilov and Hutter,
    "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.

    Args:
        optimizer: whose learning rates are set.
        T_max: the T of the formula, in epochs, from 1 on.
        eta_min: the lowest learning rate.
        last_epoch: as for `LRScheduler`.

    >>> from nn.optim import SGD
    >>> scheduler = CosineAnnealingLR(SGD([Value(1.0)], lr=1.0), T_max=3)
    >>> scheduler.step()
    >>> [round(lr, 6) for lr in scheduler.get_last_lr()]
    [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,  # noqa: N803  # PyTorch's name
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_max < 1:
            raise ValueError(f"T_max must be 1 or above, not {T_max}")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def next_lr(self, place: int, group: Group) -> float:
        """The learning rate of a group in the epoch `last_epoch`, from the one before."""
        lr: float = group["lr"]
        epoch, half = self.last_epoch, self.T_max
        if epoch == 0:
            return lr
        if (epoch - 1 - half) % (2 * half) == 0:  # up from the lowest point, where the ratio is 0/0
            rise = (1.0 - math.cos(math.pi / half)) / 2.0
            return lr + (self.base_lrs[place] - self.eta_min) * rise
        now, before = (1.0 + math.cos(math.pi * t / half) for t in (epoch, epoch - 1))
        return now / before * (lr - self.eta_min) + self.eta_min


class LambdaLR(LRScheduler):
    """The first learning rate times a function of the epoch.

    Args:
        optimizer: whose learning rates are set.
        lr_lambda: from the epoch, 0 at the start, to the factor; or a list of such functions, one
            a group. It is not stored in the `state_dict`.
        last_epoch: as for `LRScheduler`.

    >>> from nn.optim import SGD
    >>> scheduler = LambdaLR(SGD([Value(1.0)], lr=1.0), lambda epoch: 1 / (1 + epoch))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(lambdas) != groups:
            raise ValueError(f"expected a function for each of {groups} groups, not {len(lambdas)}")
        self.lr_lambdas = lambdas
        super().__init__(optimizer, last_epoch)

    def next_lr(self, place: int, group: Group) -> float:
        """The learning rate of a group in the epoch `last_epoch`."""
        return float(self.base_lrs[place] * self.lr_lambdas[place](self.last_epoch))

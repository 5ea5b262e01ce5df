"""The optimisers, with PyTorch's names, defaults and formulas: each turns gradients into a step.

In the formulas, w are the weights, g the gradients of the loss by them, t the number of the step
from 1 on. With `weight_decay`, g + weight_decay * w takes the place of g (AdamW decays otherwise);
with `maximize`, -g does.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from autograd import Value
from nn.optim.optimizer import Group, Optimizer, State, require


def decayed(group: Group, weights: list[float], gradients: list[float]) -> list[float]:
    """The gradients of the loss with weight_decay / 2 * |w|^2 added to it."""
    decay = group["weight_decay"]
    if decay == 0.0:
        return gradients
    return [g + decay * w for g, w in zip(gradients, weights, strict=True)]


def moving_squares(squares: list[float], gradients: list[float], keep: float) -> list[float]:
    """The moving average of squared gradients: keep * v + (1 - keep) * g^2."""
    return [keep * v + (1.0 - keep) * g * g for v, g in zip(squares, gradients, strict=True)]


class SGD(Optimizer):
    """Gradient descent: w = w - lr * g; with momentum, w = w - lr * b where b remembers.

    b = momentum * b + (1 - dampening) * g, which starts as g; with Nesterov's momentum
    g + momentum * b takes the place of b in the step.

    Args:
        params: the Values to change, or groups of them.
        lr: the learning rate.
        momentum: which share of the last step goes into the next, 0 for none.
        dampening: how much less of g goes into the memory.
        weight_decay: the strength of L2 regularisation.
        nesterov: whether to look ahead; needs momentum and no dampening.
        maximize: whether to ascend.

    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.4
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Group],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check(self, group: Group) -> None:
        """Raise ValueError for options that are out of range, or do not go together."""
        super().check(group)
        require(group, "momentum", "0 or above", lambda momentum: momentum >= 0.0)
        require(group, "dampening", "that is finite", lambda _: True)
        if group["nesterov"] and (group["momentum"] == 0.0 or group["dampening"] != 0.0):
            raise ValueError("nesterov=True needs a momentum above 0 and dampening 0")

    def update(
        self, group: Group, state: State, weights: list[float], gradients: list[float]
    ) -> list[float]:
        """One step for the parameters of a group."""
        lr, momentum = group["lr"], group["momentum"]
        gradients = decayed(group, weights, gradients)
        if momentum == 0.0:
            return [w - lr * g for w, g in zip(weights, gradients, strict=True)]
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = gradients
        else:
            share = 1.0 - group["dampening"]
            pairs = zip(buffer, gradients, strict=True)
            buffer = [momentum * b + share * g for b, g in pairs]
        state["momentum_buffer"] = buffer
        if group["nesterov"]:
            buffer = [g + momentum * b for g, b in zip(gradients, buffer, strict=True)]
        return [w - lr * b for w, b in zip(weights, buffer, strict=True)]


class Adagrad(Optimizer):
    """Steps that shrink with all gradients so far: w = w - lr_t * g / (sqrt(s) + eps).

    s = s + g^2 and lr_t = lr / (1 + (t - 1) * lr_decay). Duchi, Hazan and Singer, "Adaptive
    Subgradient Methods for Online Learning and Stochastic Optimization", 2011.

    Args:
        params: the Values to change, or groups of them.
        lr: the learning rate.
        lr_decay: how fast the learning rate falls.
        weight_decay: the strength of L2 regularisation.
        initial_accumulator_value: what s starts with.
        eps: what keeps the denominator from 0.
        maximize: whether to ascend.

    >>> w = Value(3.0)
    >>> optimizer = Adagrad([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.5
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Group],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def check(self, group: Group) -> None:
        """Raise ValueError for options that are out of range."""
        super().check(group)
        require(group, "eps", "above 0", lambda eps: eps > 0.0)
        for name in ("lr_decay", "initial_accumulator_value"):
            require(group, name, "0 or above", lambda number: number >= 0.0)

    def update(
        self, group: Group, state: State, weights: list[float], gradients: list[float]
    ) -> list[float]:
        """One step for the parameters of a group."""
        eps = group["eps"]
        gradients = decayed(group, weights, gradients)
        sums = state.get("sum", [group["initial_accumulator_value"]] * len(weights))
        sums = [s + g * g for s, g in zip(sums, gradients, strict=True)]
        lr = group["lr"] / (1.0 + state.get("step", 0) * group["lr_decay"])
        state["sum"] = sums
        state["step"] = state.get("step", 0) + 1
        return [
            w - lr * (g / (sqrt(s) + eps)) for w, g, s in zip(weights, gradients, sums, strict=True)
        ]


class RMSprop(Optimizer):
    """Steps scaled by the root of recent squares: w = w - lr * g / (sqrt(v) + eps).

    v = alpha * v + (1 - alpha) * g^2. If centered, the square of the moving average of g is taken
    from v; with momentum, b = momentum * b + g / (sqrt(v) + eps) takes the place of the quotient.
    Hinton, "Neural Networks for Machine Learning", lecture 6, 2012.

    Args:
        params: the Values to change, or groups of them.
        lr: the learning rate.
        alpha: the share that the moving averages keep, in [0, 1).
        eps: what keeps the denominator from 0.
        weight_decay: the strength of L2 regularisation.
        momentum: which share of the last step goes into the next, 0 for none.
        centered: whether to divide by an estimate of the deviation.
        maximize: whether to ascend.

    >>> w = Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.0
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Group],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def check(self, group: Group) -> None:
        """Raise ValueError for options that are out of range."""
        super().check(group)
        require(group, "alpha", "in [0, 1)", lambda alpha: 0.0 <= alpha < 1.0)
        require(group, "eps", "above 0", lambda eps: eps > 0.0)
        require(group, "momentum", "0 or above", lambda momentum: momentum >= 0.0)

    def update(
        self, group: Group, state: State, weights: list[float], gradients: list[float]
    ) -> list[float]:
        """One step for the parameters of a group."""
        lr, alpha, eps, momentum = (group[name] for name in ("lr", "alpha", "eps", "momentum"))
        zeros = [0.0] * len(weights)
        gradients = decayed(group, weights, gradients)
        squares = moving_squares(state.get("square_avg", zeros), gradients, alpha)
        state["step"] = state.get("step", 0) + 1
        state["square_avg"] = squares
        if group["centered"]:
            averages = state.get("grad_avg", zeros)
            pairs = zip(averages, gradients, strict=True)
            averages = [m + (1.0 - alpha) * (g - m) for m, g in pairs]
            # Never below 0, but for rounding.
            squares = [max(v - m * m, 0.0) for v, m in zip(squares, averages, strict=True)]
            state["grad_avg"] = averages
        steps = [g / (sqrt(v) + eps) for g, v in zip(gradients, squares, strict=True)]
        if momentum > 0.0:
            buffer = state.get("momentum_buffer", zeros)
            steps = [momentum * b + s for b, s in zip(buffer, steps, strict=True)]
            state["momentum_buffer"] = steps
        return [w - lr * s for w, s in zip(weights, steps, strict=True)]


class Adam(Optimizer):
    """Momentum and scaled steps: w = w - lr * m' / (sqrt(v') + eps).

    m = beta1 * m + (1 - beta1) * g and v = beta2 * v + (1 - beta2) * g^2 start at 0, which the
    corrections m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) make up for. With `amsgrad`, the
    largest v so far takes the place of v. Kingma and Ba, "Adam: A Method for Stochastic
    Optimization", 2015.

    Args:
        params: the Values to change, or groups of them.
        lr: the learning rate.
        betas: the shares that the averages of gradients and of squares keep, each in [0, 1).
        eps: what keeps the denominator from 0.
        weight_decay: the strength of L2 regularisation.
        amsgrad: whether the denominator never falls.
        maximize: whether to ascend.

    >>> w = Value(3.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.9
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def check(self, group: Group) -> None:
        """Raise ValueError for options that are out of range."""
        super().check(group)
        require(group, "eps", "above 0", lambda eps: eps > 0.0)
        betas = tuple(group["betas"])
        if len(betas) != 2 or not all(0.0 <= beta < 1.0 for beta in betas):
            raise ValueError(f"betas must be two numbers in [0, 1), not {betas}")

    def update(
        self, group: Group, state: State, weights: list[float], gradients: list[float]
    ) -> list[float]:
        """One step for the parameters of a group."""
        return adam_step(group, state, weights, decayed(group, weights, gradients))


class AdamW(Adam):
    """Adam whose weight decay stands apart from the gradients: w = w - lr * weight_decay * w first.

    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.

    Args:
        params: the Values to change, or groups of them.
        lr: the learning rate.
        betas: the shares that the averages of gradients and of squares keep, each in [0, 1).
        eps: what keeps the denominator from 0.
        weight_decay: the share of each weight, times lr, that a step takes away.
        amsgrad: whether the denominator never falls.
        maximize: whether to ascend.

    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.897
    """

    def __init__(
        self,
        params: Iterable[Value] | Iterable[Group],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(
        self, group: Group, state: State, weights: list[float], gradients: list[float]
    ) -> list[float]:
        """One step for the parameters of a group."""
        kept = 1.0 - group["lr"] * group["weight_decay"]
        return adam_step(group, state, [kept * w for w in weights], gradients)


def adam_step(
    group: Group, state: State, weights: list[float], gradients: list[float]
) -> list[float]:
    """Adam's step, weight decay apart."""
    (beta1, beta2), eps = group["betas"], group["eps"]
    zeros = [0.0] * len(weights)
    means = state.get("exp_avg", zeros)
    means = [m + (1.0 - beta1) * (g - m) for m, g in zip(means, gradients, strict=True)]
    squares = moving_squares(state.get("exp_avg_sq", zeros), gradients, beta2)
    step = state.get("step", 0) + 1
    state.update(step=step, exp_avg=means, exp_avg_sq=squares)
    if group["amsgrad"]:
        largest = state.get("max_exp_avg_sq", zeros)
        squares = [max(v, old) for v, old in zip(squares, largest, strict=True)]
        state["max_exp_avg_sq"] = squares
    rate = group["lr"] / (1.0 - beta1**step)
    correction = sqrt(1.0 - beta2**step)
    return [
        w - rate * (m / (sqrt(v) / correction + eps))
        for w, m, v in zip(weights, means, squares, strict=True)
    ]

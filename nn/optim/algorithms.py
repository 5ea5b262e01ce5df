"""The optimisers, with PyTorch's names, defaults and formulas: each turns gradients into a step.

In the formulas, w are the weights, g the gradients of the loss by them, t the number of the step
from 1 on. With `weight_decay`, g + weight_decay * w takes the place of g (AdamW decays otherwise);
with `maximize`, -g does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from math import sqrt as root
from typing import Any

from autograd import Value, maximum, sqrt
from nn.optim.elementwise import Numbers, elementwise
from nn.optim.optimizer import Group, Optimizer, State, require


def decayed(g: Any, w: Any, decay: Any) -> Any:
    """The gradient of the loss with decay / 2 * w^2 added to it; None for no decay."""
    return g if decay is None else g + decay * w


def average_of_squares(v: Any, g: Any, keep: Any, share: Any) -> Any:
    """The moving average of squared gradients: keep * v + share * g^2, share = 1 - keep."""
    return keep * v + share * g * g


def zeros(weights: Numbers) -> Numbers:
    """What a quantity starts with."""
    return array("d", bytes(8 * len(weights)))


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

    def update(self, group: Group, state: State, weights: Numbers, gradients: Numbers) -> Numbers:
        """One step for the parameters of a group."""
        decay, momentum = group["weight_decay"] or None, group["momentum"] or None
        buffer = state.get("momentum_buffer") if momentum else None
        new, *buffers = elementwise(
            sgd,
            [weights, gradients, buffer],
            [group["lr"], decay, momentum, 1.0 - group["dampening"], bool(group["nesterov"])],
        )
        if buffers:
            state["momentum_buffer"] = buffers[0]
        return new


def sgd(
    w: Any, g: Any, b: Any, lr: Any, decay: Any, momentum: Any, share: Any, nesterov: bool
) -> tuple[Any, ...]:
    """The new weight of `SGD`, and what it remembers."""
    g = decayed(g, w, decay)
    if momentum is None:
        return (w - lr * g,)
    b = g if b is None else momentum * b + share * g
    return w - lr * (g + momentum * b if nesterov else b), b


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

    def update(self, group: Group, state: State, weights: Numbers, gradients: Numbers) -> Numbers:
        """One step for the parameters of a group."""
        start, step = group["initial_accumulator_value"], state.get("step", 0)
        sums = state.get("sum", array("d", [start]) * len(weights))
        rate = group["lr"] / (1.0 + step * group["lr_decay"])
        options = [rate, group["weight_decay"] or None, group["eps"]]
        new, state["sum"] = elementwise(adagrad, [weights, gradients, sums], options)
        state["step"] = step + 1
        return new


def adagrad(w: Any, g: Any, s: Any, rate: Any, decay: Any, eps: Any) -> tuple[Any, ...]:
    """The new weight of `Adagrad`, and its sum of squares."""
    g = decayed(g, w, decay)
    s = s + g * g
    return w - rate * (g / (sqrt(s) + eps)), s


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

    def update(self, group: Group, state: State, weights: Numbers, gradients: Numbers) -> Numbers:
        """One step for the parameters of a group."""
        is_centered, momentum = bool(group["centered"]), group["momentum"] or None
        columns = [
            weights,
            gradients,
            state.get("square_avg", zeros(weights)),
            state.get("grad_avg", zeros(weights)) if is_centered else None,
            state.get("momentum_buffer", zeros(weights)) if momentum else None,
        ]
        alpha, decay = group["alpha"], group["weight_decay"] or None
        options = [group["lr"], decay, alpha, 1.0 - alpha, group["eps"], momentum]
        names = ["square_avg", "grad_avg", "momentum_buffer"]
        kept = [name for name, there in zip(names, columns[2:], strict=True) if there is not None]
        new, *quantities = elementwise(rmsprop, columns, options)
        state["step"] = state.get("step", 0) + 1
        state.update(zip(kept, quantities, strict=True))
        return new


def rmsprop(
    w: Any,
    g: Any,
    v: Any,
    m: Any,
    b: Any,
    lr: Any,
    decay: Any,
    alpha: Any,
    share: Any,
    eps: Any,
    momentum: Any,
) -> tuple[Any, ...]:
    """The new weight of `RMSprop`, and those of its averages that there are."""
    g = decayed(g, w, decay)
    v = average_of_squares(v, g, alpha, share)
    square, averages = v, [v]
    if m is not None:
        m = m + share * (g - m)
        square = maximum(v - m * m, 0.0)  # never below 0, but for rounding
        averages.append(m)
    step = g / (sqrt(square) + eps)
    if momentum is not None:
        step = momentum * b + step
        averages.append(step)
    return w - lr * step, *averages


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

    def update(self, group: Group, state: State, weights: Numbers, gradients: Numbers) -> Numbers:
        """One step for the parameters of a group."""
        return adam_step(group, state, weights, gradients, group["weight_decay"] or None, None)


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

    def update(self, group: Group, state: State, weights: Numbers, gradients: Numbers) -> Numbers:
        """One step for the parameters of a group."""
        kept = 1.0 - group["lr"] * group["weight_decay"]
        return adam_step(group, state, weights, gradients, None, kept)


def adam_step(
    group: Group,
    state: State,
    weights: Numbers,
    gradients: Numbers,
    decay: float | None,
    kept: float | None,
) -> Numbers:
    """Adam's step: with decay in the gradients, or with weights of which a share is kept."""
    (beta1, beta2), step = group["betas"], state.get("step", 0) + 1
    is_bounded = bool(group["amsgrad"])
    columns = [
        weights,
        gradients,
        state.get("exp_avg", zeros(weights)),
        state.get("exp_avg_sq", zeros(weights)),
        state.get("max_exp_avg_sq", zeros(weights)) if is_bounded else None,
    ]
    rate = group["lr"] / (1.0 - beta1**step)
    correction = root(1.0 - beta2**step)
    options = [rate, correction, group["eps"], 1.0 - beta1, beta2, 1.0 - beta2, decay, kept]
    new, means, squares, *largest = elementwise(adam, columns, options)
    state.update(step=step, exp_avg=means, exp_avg_sq=squares)
    if largest:
        state["max_exp_avg_sq"] = largest[0]
    return new


def adam(
    w: Any,
    g: Any,
    m: Any,
    v: Any,
    largest: Any,
    rate: Any,
    correction: Any,
    eps: Any,
    share1: Any,
    beta2: Any,
    share2: Any,
    decay: Any,
    kept: Any,
) -> tuple[Any, ...]:
    """The new weight of `Adam` and `AdamW`, its averages, and the largest square if that counts."""
    if kept is not None:
        w = kept * w
    g = decayed(g, w, decay)
    m = m + share1 * (g - m)
    v = average_of_squares(v, g, beta2, share2)
    if largest is None:
        return w - rate * (m / (sqrt(v) / correction + eps)), m, v
    largest = maximum(v, largest)
    return w - rate * (m / (sqrt(largest) / correction + eps)), m, v, largest

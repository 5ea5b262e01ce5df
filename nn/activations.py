"""Activations: nonlinearities that are applied to each scalar, and softmaxes along a dimension.

Derivatives at kinks are PyTorch's, which are 0 for ReLU and the slope for the leaky one.
"""

from __future__ import annotations

from typing import Any

from autograd import (
    elu,
    gelu,
    gelu_tanh,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softplus,
    swish,
    tanh,
    where,
)
from autograd.numbers import as_float
from nn.arrays import Array, along, mapped
from nn.modes import arithmetic
from nn.module import Module


class Activation(Module):
    """The base: the same function of every scalar of an array."""

    def forward(self, x: Array) -> Array:
        """The activations, in the shape of x."""
        return mapped(self.of_one, x)

    def of_one(self, x: Any) -> Any:
        """The activation of one Value or number."""
        raise NotImplementedError(f"{type(self).__name__} must define of_one(self, x)")


class ReLU(Activation):
    """max(0, x), with derivative 0 at 0.

    >>> ReLU()([Value(-1.0), Value(2.0)])
    [Value(data=0), Value(data=2)]
    """

    of_one = staticmethod(relu)


class LeakyReLU(Activation):
    """x for x > 0, else negative_slope * x; the derivative at 0 is the slope."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = as_float(negative_slope)

    def of_one(self, x: Any) -> Any:
        """leaky_relu(x)."""
        return leaky_relu(x, self.negative_slope, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Activation):
    """x for x > 0, else alpha * (exp(x) - 1)."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = as_float(alpha)

    def of_one(self, x: Any) -> Any:
        """elu(x)."""
        return elu(x, self.alpha)

    def extra_repr(self) -> str:
        """alpha."""
        return f"alpha={self.alpha}"


class GELU(Activation):
    """x * Phi(x), Phi the normal distribution's; `approximate="tanh"` takes the tanh formula."""

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate must be 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    def of_one(self, x: Any) -> Any:
        """gelu(x) or gelu_tanh(x)."""
        return gelu(x) if self.approximate == "none" else gelu_tanh(x)

    def extra_repr(self) -> str:
        """Which formula."""
        return f"approximate={self.approximate!r}"


class SiLU(Activation):
    """x * sigmoid(x)."""

    of_one = staticmethod(silu)


class Swish(Activation):
    """x * sigmoid(beta * x): x/2 for beta = 0, SiLU for 1, near to ReLU for a large beta.

    >>> Swish(beta=0.0)([3.0])
    [1.5]
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = as_float(beta)

    def of_one(self, x: Any) -> Any:
        """swish(x)."""
        return swish(x, self.beta)

    def extra_repr(self) -> str:
        """beta."""
        return f"beta={self.beta}"


class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    of_one = staticmethod(sigmoid)


class LogSigmoid(Activation):
    """ln(sigmoid(x)), as -softplus(-x), which does not overflow."""

    def of_one(self, x: Any) -> Any:
        """-softplus(-x)."""
        return -softplus(-x)


class Tanh(Activation):
    """tanh(x)."""

    of_one = staticmethod(tanh)


class Softplus(Activation):
    """ln(1 + exp(beta x)) / beta; where beta x is above the threshold, x itself."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        if not beta > 0.0:
            raise ValueError(f"beta must be positive, not {beta}")
        self.beta = as_float(beta)
        self.threshold = as_float(threshold)

    def of_one(self, x: Any) -> Any:
        """softplus(x), or x."""
        if self.beta == 1.0:
            return x if x > self.threshold else softplus(x)
        return x if self.beta * x > self.threshold else softplus(self.beta * x) / self.beta

    def extra_repr(self) -> str:
        """The constants."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(Activation):
    """x, but not below min_val nor above max_val; on the borders the derivative is 0.

    >>> Hardtanh()([Value(-3.0), Value(0.5)])
    [Value(data=-1), Value(data=0.5)]
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        if not min_val < max_val:
            raise ValueError(f"min_val must be below max_val; they are {min_val} and {max_val}")
        self.min_val = as_float(min_val)
        self.max_val = as_float(max_val)

    def of_one(self, x: Any) -> Any:
        """x inside, a border elsewhere. (On a border, autograd's clip has the derivative 1.)"""
        is_inside = self.min_val < x < self.max_val
        return where(is_inside, x, self.max_val if x >= self.max_val else self.min_val)

    def extra_repr(self) -> str:
        """The borders."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


def softmax(x: Array, dim: int) -> Array:
    """exp(x_i) / sum of exp(x_j), along dimension `dim`.

    >>> from nn.activations import softmax
    >>> softmax([[0.0, 0.0], [1000.0, 0.0]], dim=1)
    [[0.5, 0.5], [1.0, 0.0]]
    """
    return along(arithmetic().softmax, x, dim)


def log_softmax(x: Array, dim: int) -> Array:
    """x_i - logsumexp(x), along dimension `dim`: ln(softmax(x)) without loss of digits."""
    return along(arithmetic().log_softmax, x, dim)


class Softmax(Module):
    """exp(x_i) / sum of exp(x_j), along dimension `dim`, which must be said: -1 is the last."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        """Numbers from 0 to 1 that add up to 1 along `dim`.

        Raises:
            IndexError: if x has no such dimension.
        """
        return softmax(x, self.dim)

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """ln(softmax(x)) along dimension `dim`, without overflow or loss of digits."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Array) -> Array:
        """Log-probabilities.

        Raises:
            IndexError: if x has no such dimension.
        """
        return log_softmax(x, self.dim)

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"

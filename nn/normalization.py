"""Normalisation: numbers brought to mean 0 and deviation 1, then scaled and shifted as is learnt.

Batch norm does that for each channel over a batch, layer norm for each sample over its features;
RMS norm only divides by the root of the mean square.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from autograd import sqrt
from autograd.numbers import as_float
from nn import init
from nn.arrays import Array, as_lists, flat, nested, number_of, shape_of
from nn.linear import positive, zeros
from nn.modes import arithmetic
from nn.module import Module


class BatchNorm1d(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, for each channel.

    In training, mean and variance are the batch's, and the running ones follow them; in evaluation
    they are the running ones.

    Args:
        num_features: how many channels.
        eps: keeps the root away from 0.
        momentum: running = (1 - momentum) * running + momentum * the batch's; None: the plain mean
            of all batches.
        affine: whether there are a weight and a bias.
        track_running_stats: whether there are running ones; without, evaluation is as training.

    >>> norm = BatchNorm1d(1)
    >>> [[round(x.data, 4)] for [x] in norm([[1.0], [3.0]])], norm.running_mean
    ([[-1.0], [1.0]], [0.2])
    """

    running_mean: list[float]
    running_var: list[float]
    num_batches_tracked: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        self.num_features = positive("num_features", num_features)
        self.eps = as_float(eps)
        self.momentum = None if momentum is None else as_float(momentum)
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = init.ones_(zeros(num_features)) if affine else None
        self.bias = zeros(num_features) if affine else None
        if track_running_stats:
            self.register_buffer("running_mean", [0.0] * num_features)
            self.register_buffer("running_var", [1.0] * num_features)
            self.register_buffer("num_batches_tracked", 0)

    def forward(self, x: Array) -> Array:
        """The normalised batch.

        Args:
            x: of the shape (N, C) or (N, C, L).

        Raises:
            ValueError: for any other shape, and for a single number a channel in training, which
                has no variance.
        """
        x = as_lists(x)
        shape = shape_of(x)
        if len(shape) not in (2, 3) or shape[1] != self.num_features or 0 in shape:
            c = self.num_features
            raise ValueError(f"BatchNorm1d expects the shape (N, {c}) or (N, {c}, L), got {shape}")
        samples = x if len(shape) == 3 else [[[number] for number in row] for row in x]
        channels = [
            self.of_channel(i, [number for sample in samples for number in sample[i]])
            for i in range(self.num_features)
        ]
        if self.training and self.track_running_stats:
            self.num_batches_tracked += 1
        length = len(samples[0][0])
        by_sample = [
            scalar
            for n in range(len(samples))
            for channel in channels
            for scalar in channel[n * length : (n + 1) * length]
        ]
        return nested(by_sample, shape)

    def of_channel(self, i: int, xs: list[Any]) -> list[Any]:
        """All numbers of channel i, normalised."""
        if self.training or not self.track_running_stats:
            if len(xs) == 1 and self.training:
                raise ValueError(
                    "batch norm in training needs more than one number a channel; "
                    "give a larger batch, or call .eval() first"
                )
            deviations, mean, variance = centred(xs)
            if self.training and self.track_running_stats:
                unbiased = number_of(variance) * len(xs) / (len(xs) - 1)
                self.follow(i, number_of(mean), unbiased)
        else:
            mean, variance = self.running_mean[i], self.running_var[i]
            deviations = [x - mean for x in xs]
        normalised = divided(deviations, sqrt(variance + self.eps))
        if self.weight is None or self.bias is None:
            return normalised
        weight, bias = self.weight[i], self.bias[i]
        return [weight * x + bias for x in normalised]

    def follow(self, i: int, mean: float, variance: float) -> None:
        """Move the running statistics of channel i towards the batch's."""
        step = 1.0 / (self.num_batches_tracked + 1) if self.momentum is None else self.momentum
        self.running_mean[i] = (1.0 - step) * self.running_mean[i] + step * mean
        self.running_var[i] = (1.0 - step) * self.running_var[i] + step * variance

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class RowNorm(Module):
    """The base of norms over the last dimensions: of each stretch of numbers of that shape.

    Args:
        normalized_shape: the last dimensions, an int if it is one.
    """

    def __init__(self, normalized_shape: int | Sequence[int]) -> None:
        shape = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
        self.normalized_shape = tuple([positive("normalized_shape", size) for size in shape])

    def forward(self, x: Array) -> Array:
        """The normalised numbers, in the shape of x.

        Args:
            x: of the shape (*, normalized_shape).

        Raises:
            ValueError: if the last dimensions are others.
        """
        x = as_lists(x)
        shape = shape_of(x)
        if shape[-len(self.normalized_shape) :] != self.normalized_shape:
            expected = ", ".join(["*", *map(str, self.normalized_shape)])
            raise ValueError(f"{type(self).__name__} expects the shape ({expected}), got {shape}")
        size = math.prod(self.normalized_shape)
        scalars = flat(x)
        rows = [self.of_row(scalars[i : i + size]) for i in range(0, len(scalars), size)]
        return nested([scalar for row in rows for scalar in row], shape)

    def of_row(self, xs: list[Any]) -> list[Any]:
        """One stretch of numbers, normalised."""
        raise NotImplementedError(f"{type(self).__name__} must define of_row(self, xs)")


class LayerNorm(RowNorm):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the last dimensions of each sample.

    Args:
        normalized_shape: the last dimensions, an int if it is one.
        eps: keeps the root away from 0.
        elementwise_affine: whether there is a weight.
        bias: whether there is a bias beside it.

    >>> [round(x.data, 4) for x in LayerNorm(2)([1.0, 3.0])]
    [-1.0, 1.0]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__(normalized_shape)
        self.eps = as_float(eps)
        self.elementwise_affine = elementwise_affine
        shape = self.normalized_shape
        self.weight = init.ones_(zeros(*shape)) if elementwise_affine else None
        self.bias = zeros(*shape) if elementwise_affine and bias else None

    def of_row(self, xs: list[Any]) -> list[Any]:
        """One stretch of numbers, normalised."""
        deviations, _, variance = centred(xs)
        return affine(divided(deviations, sqrt(variance + self.eps)), self.weight, self.bias)

    def extra_repr(self) -> str:
        """The arguments."""
        affine = f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class RMSNorm(RowNorm):
    """x / sqrt(mean of x^2 + eps) * weight, over the last dimensions of each sample.

    Args:
        normalized_shape: the last dimensions, an int if it is one.
        eps: keeps the root away from 0; None for the distance from 1 to the next float, 2.2e-16.
        elementwise_affine: whether there is a weight.

    >>> [x.data for x in RMSNorm(2, eps=0.0)([1.0, 7.0])]
    [0.2, 1.4]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        super().__init__(normalized_shape)
        self.eps = None if eps is None else as_float(eps)
        self.elementwise_affine = elementwise_affine
        self.weight = init.ones_(zeros(*self.normalized_shape)) if elementwise_affine else None

    def of_row(self, xs: list[Any]) -> list[Any]:
        """One stretch of numbers, normalised."""
        eps = sys.float_info.epsilon if self.eps is None else self.eps
        return affine(divided(xs, sqrt(mean_square(xs) + eps)), self.weight, None)

    def extra_repr(self) -> str:
        """The arguments."""
        affine = f"elementwise_affine={self.elementwise_affine}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


def centred(xs: list[Any]) -> tuple[list[Any], Any, Any]:
    """The xs less their mean; the mean; the variance, which is the mean square of what remains."""
    mean = arithmetic().mean(xs)
    deviations = [x - mean for x in xs]
    return deviations, mean, mean_square(deviations)


def mean_square(xs: list[Any]) -> Any:
    """(x1^2 + ... + xn^2) / n."""
    return arithmetic().dot(xs, xs) / len(xs)


def divided(xs: list[Any], divisor: Any) -> list[Any]:
    """x1 / divisor, ..., xn / divisor."""
    return [x / divisor for x in xs]


def affine(xs: list[Any], weight: Array | None, bias: Array | None) -> list[Any]:
    """w1 x1 + b1, ..., wn xn + bn, without what is None."""
    scaled = xs if weight is None else [w * x for w, x in zip(flat(weight), xs, strict=True)]
    return scaled if bias is None else [x + b for x, b in zip(scaled, flat(bias), strict=True)]

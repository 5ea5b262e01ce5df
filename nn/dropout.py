"""`Dropout`: noise in training that keeps units from relying on each other."""

from __future__ import annotations

import random
from typing import Any

from autograd.numbers import as_float
from nn.arrays import Array, mapped
from nn.module import Module
from nn.randomness import uniform


def drop_probability(p: float) -> float:
    """p as a float.

    Raises:
        ValueError: if it is no probability.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a dropout probability must be from 0 to 1, not {p}")
    return as_float(p)


def dropped(x: Array, p: float, generator: random.Random | None) -> Array:
    """Each scalar times 0 with probability p, else times 1/(1-p); x itself for p = 0.

    What is dropped stays in the graph, with derivative 0.
    """

    def of_one(scalar: Any) -> Any:
        is_dropped = uniform(0.0, 1.0, generator) < p
        return scalar * (0.0 if is_dropped else 1.0 / (1.0 - p))

    return mapped(of_one, x) if p > 0.0 else x


class Dropout(Module):
    """In training, each scalar is set to 0 with probability p, and the rest multiplied by 1/(1-p).

    So the expected value stays what it was. In evaluation, x itself.

    Args:
        p: the probability.
        generator: where the random numbers come from, if not from the global `random`.

    >>> layer = Dropout(0.5).eval()
    >>> layer([1.0, 2.0])
    [1.0, 2.0]
    """

    def __init__(self, p: float = 0.5, *, generator: random.Random | None = None) -> None:
        self.p = drop_probability(p)
        self.generator = generator

    def forward(self, x: Array) -> Array:
        """x with the noise, or x."""
        return dropped(x, self.p, self.generator) if self.training else x

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"

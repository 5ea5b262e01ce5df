"""`RNNCell`: one step of a recurrent network, from an input and a state to the next state."""

from __future__ import annotations

import math
import random
from itertools import repeat
from typing import Any

from autograd import relu, tanh
from nn import init
from nn.arrays import Array, as_lists, shape_of
from nn.linear import positive, zeros
from nn.modes import arithmetic
from nn.module import Module

NONLINEARITIES = {"tanh": tanh, "relu": relu}


class RNNCell(Module):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Parameters are drawn evenly from -1/sqrt(hidden_size) to 1/sqrt(hidden_size).

    Args:
        input_size: the length of x.
        hidden_size: the length of the state h.
        bias: whether there are b_ih and b_hh.
        nonlinearity: "tanh" or "relu".
        generator: where the random numbers come from, if not from the global `random`.

    Attributes:
        weight_ih: hidden_size x input_size Values; weight_hh: hidden_size x hidden_size.
        bias_ih, bias_hh: hidden_size Values, or None.

    >>> cell = RNNCell(1, 2)
    >>> state = [0.0, 0.0]
    >>> for x in [1.0, 0.5, -1.0]:
    ...     state = cell([x], state)
    >>> len(state)
    2
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        generator: random.Random | None = None,
    ) -> None:
        self.input_size = positive("input_size", input_size)
        self.hidden_size = positive("hidden_size", hidden_size)
        if nonlinearity not in NONLINEARITIES:
            raise ValueError(f"nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
        self.nonlinearity = nonlinearity
        self.weight_ih = zeros(hidden_size, input_size)
        self.weight_hh = zeros(hidden_size, hidden_size)
        self.bias_ih = zeros(hidden_size) if bias else None
        self.bias_hh = zeros(hidden_size) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: random.Random | None = None) -> None:
        """Draw all parameters anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        init.uniform_(self.parameters(), -bound, bound, generator=generator)

    def forward(self, input: Array, hx: Array = None) -> Array:
        """The next state.

        Args:
            input: of the shape (input_size) or (N, input_size).
            hx: the state, of the shape (hidden_size) or (N, hidden_size); zeros if None.

        Raises:
            ValueError: for any other shape.
        """
        input = as_lists(input)
        batch = shape_of(input)[:-1]
        state = [0.0] * self.hidden_size
        if hx is None:
            hx = [state for _ in input] if batch else state
        expected = (*batch, self.input_size), (*batch, self.hidden_size)
        if len(batch) > 1 or (shape_of(input), shape_of(hx)) != expected:
            raise ValueError(
                f"RNNCell expects an input of (*, {self.input_size}) and a state of "
                f"(*, {self.hidden_size}), * a batch or nothing; got {shape_of(input)} and "
                f"{shape_of(hx)}"
            )
        hx = as_lists(hx)
        if not batch:
            return self.of_sample(input, hx)
        return [self.of_sample(x, h) for x, h in zip(input, hx, strict=True)]

    def of_sample(self, x: list[Any], h: list[Any]) -> list[Any]:
        """The next state of one sample."""
        dot = arithmetic().dot
        inputs = [*x, *h]
        biases = zip(self.bias_ih or repeat(None), self.bias_hh or repeat(0.0), strict=False)
        f = NONLINEARITIES[self.nonlinearity]
        units = zip(self.weight_ih, self.weight_hh, biases, strict=False)
        return [f(dot([*u, *w], inputs, b_ih) + b_hh) for u, w, (b_ih, b_hh) in units]

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = f"{self.input_size}, {self.hidden_size}"
        text += ", bias=False" if self.bias_ih is None else ""
        return text + (f", nonlinearity={self.nonlinearity}" if self.nonlinearity != "tanh" else "")

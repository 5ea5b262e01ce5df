"""The innermost loops of the machine, in plain Python: what they compute is said here.

Compiled, `kernels.h` has the same functions, which use the processor's vectors; sums are then added
up in another order. All arrays are flat: an operand is given by the address of its first number and
by steps, and the numbers of one slot lie `lanes` side by side (see `machine.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

Numbers = list[float]


def add_forward(
    v: Numbers, count: int, out: int, x: int, x_step: int, y: int, y_step: int, sign: float
) -> None:
    """out = x + sign * y, for a sign of 1 or -1."""
    for i in range(count):
        v[out + i] = v[x + i * x_step] + sign * v[y + i * y_step]


def add_backward(g: Numbers, count: int, out: int, x: int, x_step: int, sign: float) -> None:
    """The gradient of a term with that sign."""
    for i in range(count):
        g[x + i * x_step] += sign * g[out + i]


def mul_forward(v: Numbers, count: int, out: int, x: int, x_step: int, y: int, y_step: int) -> None:
    """out = x * y."""
    for i in range(count):
        v[out + i] = v[x + i * x_step] * v[y + i * y_step]


def mul_backward(
    v: Numbers, g: Numbers, count: int, out: int, x: int, x_step: int, y: int, y_step: int
) -> None:
    """The gradients of both factors."""
    for i in range(count):
        g[x + i * x_step] += g[out + i] * v[y + i * y_step]
        g[y + i * y_step] += g[out + i] * v[x + i * x_step]


def relu_forward(
    v: Numbers, d: Numbers, count: int, out: int, place: int, x: int, x_step: int
) -> None:
    """out = relu(x), and its derivatives; what is not finite may come out as anything."""
    for i in range(count):
        is_positive = v[x + i * x_step] > 0.0
        v[out + i] = v[x + i * x_step] if is_positive else 0.0
        d[place + i] = 1.0 if is_positive else 0.0


def share_of_derivative(
    g: Numbers, d: Numbers, count: int, out: int, place: int, x: int, x_step: int
) -> None:
    """The gradient of an operand whose derivatives have been recorded."""
    for i in range(count):
        g[x + i * x_step] += g[out + i] * d[place + i]


def dot_forward(
    v: Numbers,
    lanes: int,
    rows: int,
    terms: int,
    out: int,
    x: int,
    x_row: int,
    x_step: int,
    x_lane: int,
    y: int,
    y_row: int,
    y_step: int,
    y_lane: int,
    bias: int,
    bias_row: int,
    bias_lane: int,
) -> None:
    """out[i] = bias[i] + the sum over j of x[i, j] * y[i, j], in each lane; no bias if it is -1."""
    for i in range(rows):
        for lane in range(lanes):
            total = v[bias + i * bias_row + lane * bias_lane] if bias >= 0 else 0.0
            x_at, y_at = x + i * x_row + lane * x_lane, y + i * y_row + lane * y_lane
            for j in range(terms):
                total += v[x_at + j * x_step] * v[y_at + j * y_step]
            v[out + i * lanes + lane] = total


def dot_backward(
    v: Numbers,
    g: Numbers,
    lanes: int,
    rows: int,
    terms: int,
    out: int,
    x: int,
    x_row: int,
    x_step: int,
    x_lane: int,
    x_wanted: bool,
    y: int,
    y_row: int,
    y_step: int,
    y_lane: int,
    y_wanted: bool,
    bias: int,
    bias_row: int,
    bias_lane: int,
) -> None:
    """The gradients of the factors that are wanted, and of the bias."""
    for i in range(rows):
        for lane in range(lanes):
            upstream = g[out + i * lanes + lane]
            if bias >= 0:
                g[bias + i * bias_row + lane * bias_lane] += upstream
            x_at, y_at = x + i * x_row + lane * x_lane, y + i * y_row + lane * y_lane
            for j in range(terms):
                if x_wanted:
                    g[x_at + j * x_step] += upstream * v[y_at + j * y_step]
                if y_wanted:
                    g[y_at + j * y_step] += upstream * v[x_at + j * x_step]


def clear(v: Numbers, first: int, last: int) -> None:
    """Zeros, from `first` on and before `last`."""
    for place in range(first, last):
        v[place] = 0.0


def all_finite(v: Sequence[float], first: int, last: int) -> bool:
    """Whether there is no inf and no nan, from `first` on and before `last`."""
    total = 0.0
    for place in range(first, last):
        total += v[place] * 0.0
    return total == 0.0

"""Initialisation: the functions of `torch.nn.init`, on nested lists of Values.

Each sets the data of the Values that it is given and returns them. Random numbers are drawn in the
order of `flat`, from the global `random` unless a `generator` is given.
"""

from __future__ import annotations

import math
import random
from typing import Any

from autograd.numbers import as_float
from nn.arrays import Array, flat, shape_of
from nn.randomness import normal, uniform

#: By how much a nonlinearity shrinks what goes through it, turned round; others need the slope.
GAINS = {
    "linear": 1.0,
    "conv2d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4.0,
}


def constant_(tensor: Array, val: float) -> Array:
    """Set all to `val`."""
    number = as_float(val)
    for value in flat(tensor):
        value.data = number
    return tensor


def zeros_(tensor: Array) -> Array:
    """Set all to 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Array) -> Array:
    """Set all to 1.

    >>> ones_([Value(0.5), Value(0.25)])
    [Value(data=1), Value(data=1)]
    """
    return constant_(tensor, 1.0)


def uniform_(
    tensor: Array, a: float = 0.0, b: float = 1.0, generator: random.Random | None = None
) -> Array:
    """Draw each evenly from a to b."""
    for value in flat(tensor):
        value.data = uniform(a, b, generator)
    return tensor


def normal_(
    tensor: Array, mean: float = 0.0, std: float = 1.0, generator: random.Random | None = None
) -> Array:
    """Draw each from the normal distribution."""
    for value in flat(tensor):
        value.data = normal(mean, std, generator)
    return tensor


def xavier_uniform_(
    tensor: Array, gain: float = 1.0, generator: random.Random | None = None
) -> Array:
    """Draw from -a to a with a = gain * sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    bound = gain * math.sqrt(6.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: Array, gain: float = 1.0, generator: random.Random | None = None
) -> Array:
    """Draw with mean 0 and deviation gain * sqrt(2 / (fan_in + fan_out)) (Glorot, Bengio, 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Array,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Random | None = None,
) -> Array:
    """Draw from -b to b with b = gain * sqrt(3 / fan) (He and others, 2015).

    Args:
        tensor: Values of at least two dimensions.
        a: the negative slope of the leaky ReLU that follows.
        mode: "fan_in" or "fan_out".
        nonlinearity: a name that `calculate_gain` knows.
        generator: where the random numbers come from, if not from the global `random`.
    """
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Array,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: random.Random | None = None,
) -> Array:
    """Draw with mean 0 and deviation gain / sqrt(fan); arguments as for `kaiming_uniform_`."""
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_std(tensor: Array, a: float, mode: str, nonlinearity: str) -> float:
    """gain / sqrt(fan)."""
    modes = ("fan_in", "fan_out")
    if mode not in modes:
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', not {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(tensor)[modes.index(mode)])


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended gain for a nonlinearity: 5/3 for tanh, sqrt(2) for ReLU, ...

    Args:
        nonlinearity: "linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: the leaky ReLU's negative slope, 0.01 if None.

    Raises:
        ValueError: for any other name.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else as_float(param)
        return math.sqrt(2.0 / (1.0 + slope**2))
    if nonlinearity not in GAINS:
        known = ", ".join([*GAINS, "leaky_relu"])
        raise ValueError(f"no gain is known for {nonlinearity!r}; it is for {known}")
    return GAINS[nonlinearity]


def fans(tensor: Any) -> tuple[int, int]:
    """How many inputs a unit has, and how many units an input goes to.

    For the weight of a convolution, out x in x height x width, both count the kernel's places.

    Raises:
        ValueError: if there are fewer than two dimensions.
    """
    shape = shape_of(tensor)
    if len(shape) < 2:
        raise ValueError(f"fan-in and fan-out need two dimensions; the shape is {shape}")
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel

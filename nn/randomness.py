"""Random numbers that are the same for one seed on every platform, in both forms of the engine.

All of them come from `random()` of Python's generator: the global one, as micrograd's weights do,
unless a `generator` is given, a `random.Random` of the caller's own.
"""

from __future__ import annotations

import math
import random


def manual_seed(seed: int) -> None:
    """Seed Python's global generator, from which all of `nn` draws: `random.seed(seed)`.

    >>> import nn
    >>> nn.manual_seed(1)
    >>> first = nn.Linear(2, 2).state_dict()
    >>> nn.manual_seed(1)
    >>> nn.Linear(2, 2).state_dict() == first
    True

    Raises:
        TypeError: if the seed is not an int; None would seed from the clock.
    """
    if not isinstance(seed, int):
        raise TypeError(f"a seed must be an int, not {type(seed).__name__}")
    random.seed(seed)


def uniform(low: float, high: float, generator: random.Random | None = None) -> float:
    """A number drawn evenly from `low` to `high`."""
    unit = generator.random() if generator else random.random()
    return low + (high - low) * unit


def normal(mean: float, std: float, generator: random.Random | None = None) -> float:
    """A number drawn from the normal distribution, by the Box-Muller transform.

    The standard normal number is rounded to 12 significant digits, since the last digits of
    logarithm and cosine differ between platforms.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(0.0, 1.0, generator)))
    angle = uniform(0.0, 2.0 * math.pi, generator)
    return mean + std * float(f"{radius * math.cos(angle):.12g}")

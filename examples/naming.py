"""Numbers of a homework as Values that are called as there: W becomes W11, W12, ..."""

from __future__ import annotations

from typing import Any

from autograd import Value


def named(name: str, numbers: Any) -> Any:
    """A number, vector or matrix as Values of that name, with the places of their entries.

    >>> named("b", 2.0)
    Value(data=2, label='b')
    >>> [w.label for row in named("W1_", [[1.0, 2.0], [3.0, 4.0]]) for w in row]
    ['W1_11', 'W1_12', 'W1_21', 'W1_22']
    """
    if isinstance(numbers, list):
        return [named(f"{name}{i}", part) for i, part in enumerate(numbers, 1)]
    return Value(numbers, label=name)

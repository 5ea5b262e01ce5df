"""Update rules, written once for one parameter, run over thousands.

A rule is a plain function of numbers: a parameter's weight and gradient, what is remembered of it,
and the options of its group. It is recorded and replayed over flat arrays (`autograd.compile`),
with the operations and the rounding of the rule as it stands; where that cannot be (no compiler,
numbers that overflow), the rule itself is called for one parameter after the other.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import autograd
from autograd import Value
from autograd.flat_leaves import assign_data

#: From numbers to the new ones, in the order in which the caller wants them.
Rule: TypeAlias = Callable[..., tuple[Any, ...]]
#: One number a parameter.
Numbers: TypeAlias = "array[float]"


class Replays(threading.local):
    """The rules that this thread has recorded: each with the Values that its options go into."""

    def __init__(self) -> None:
        self.of: dict[Any, tuple[Any, list[Value]]] = {}


replays = Replays()


def elementwise(
    rule: Rule, columns: Sequence[Numbers | None], options: Sequence[float | bool | None]
) -> list[Numbers]:
    """What a rule makes of each row of some columns.

    Args:
        rule: called with one number of each column, then with the options.
        columns: arrays of one length; None for one that there is not, which the rule gets as None.
        options: numbers, which are the same for all rows. None, True and False are what the rule
            may branch on: for each choice of these it is recorded anew.

    Returns:
        The rule's results, a column each.

    >>> elementwise(lambda w, b, rate: (w - rate,), [array("d", [1.0, 2.0]), None], [0.5])
    [array('d', [0.5, 1.5])]
    """
    if autograd.backend() == "compiled":
        fast, values = recorded(rule, columns, options)
        assign_data(values, [float(x) for x in options if x is not None and is_number(x)])
        try:
            rows = fast.map_values(*[column for column in columns if column is not None])
        except ArithmeticError:  # a number that is not finite: Python's floats go on with it
            pass
        else:
            numbers: Numbers = rows.obj  # the array that these rows are a view of
            width = rows.shape[1]
            return [numbers[place::width] for place in range(width)]
    return one_by_one(rule, columns, options)


def is_number(option: float | bool | None) -> bool:
    """Whether an option is a number, not a choice."""
    return option is not None and not isinstance(option, bool)


def recorded(
    rule: Rule, columns: Sequence[Numbers | None], options: Sequence[float | bool | None]
) -> tuple[Any, list[Value]]:
    """A rule for these choices, to be replayed, and the Values for its options."""
    choices = tuple(["number" if is_number(x) else x for x in options])
    key = rule, tuple([column is None for column in columns]), choices
    if key not in replays.of:
        values = [Value(x) for x in options if is_number(x)]

        def replayed(*row: Value) -> tuple[Any, ...]:
            entries, numbers = iter(row), iter(values)
            given = [None if column is None else next(entries) for column in columns_there]
            return rule(*given, *[next(numbers) if x == "number" else x for x in choices])

        columns_there = [None if column is None else True for column in columns]
        replays.of[key] = autograd.compile(replayed, optimize=False), values
    return replays.of[key]


def one_by_one(
    rule: Rule, columns: Sequence[Numbers | None], options: Iterable[float | bool | None]
) -> list[Numbers]:
    """The same by calling the rule for each row."""
    count = max([len(column) for column in columns if column is not None])
    there = [[None] * count if column is None else column for column in columns]
    rows = [rule(*row, *options) for row in zip(*there, strict=True)]
    return [array("d", column) for column in zip(*rows, strict=True)]

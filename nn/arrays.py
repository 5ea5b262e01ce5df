"""Arrays as nested lists: [[w11, w12], [w21, w22]] is 2 x 2, a lone Value or number has shape ().

A row is a list of scalars (Values and plain numbers); any other list holds arrays of one shape.
What comes from NumPy, or from a tensor, becomes lists at the door, so that the rest knows one form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from autograd import Value
from autograd.numbers import as_float, is_number

#: A Value, a number, or nested lists of them.
Array: TypeAlias = Any

#: The types of most scalars, for a quick test.
USUAL = frozenset((Value, float, int))


def is_scalar(x: object) -> bool:
    """Whether x is a Value or a plain number."""
    return type(x) in USUAL or is_number(x)


def number_of(x: Any) -> float:
    """The data of a Value, or the plain number itself, as a float."""
    if type(x) is float:
        return x
    return x.data if type(x) is Value else as_float(x)


def as_lists(x: Any) -> Array:
    """x as nested lists: tuples, NumPy arrays and tensors become lists, scalars stay as they are.

    A list whose first entry is a scalar is taken for a row, and not copied.

    >>> as_lists(((1.0, 2.0), (3.0, 4.0)))
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if type(x) is list:
        return x if not x or is_scalar(x[0]) else [as_lists(part) for part in x]
    if hasattr(x, "tolist"):
        return as_lists(x.tolist())
    if isinstance(x, (list, tuple, range)):
        return as_lists(list(x))
    return x


def shape_of(x: Any) -> tuple[int, ...]:
    """The lengths of nested lists, from the outermost to the innermost; () for a scalar.

    Raises:
        ValueError: for ragged lists, with both lengths.
        TypeError: for anything but nested lists of Values and numbers.

    >>> shape_of([[1, 2, 3], [4, 5, 6]]), shape_of(Value(1.0))
    ((2, 3), ())
    """
    return shape_of_lists(as_lists(x))


def shape_of_lists(x: Any) -> tuple[int, ...]:
    """`shape_of` for what `as_lists` returns."""
    if type(x) is not list:
        if not is_scalar(x):
            raise TypeError(f"expected nested lists of Values and numbers, not {type(x).__name__}")
        return ()
    if USUAL.issuperset(map(type, x)):  # a row
        return (len(x),)
    first = shape_of_lists(x[0])
    for i, part in enumerate(x):
        if (shape := shape_of_lists(part)) != first:
            raise ValueError(
                f"these lists are ragged: entry 0 {length_text(first)}, "
                f"but entry {i} {length_text(shape)}"
            )
    return (len(x), *first)


def length_text(shape: tuple[int, ...]) -> str:
    """How an error speaks of a part's shape."""
    if not shape:
        return "is a single number"
    return f"has length {shape[0]}" if len(shape) == 1 else f"has shape {shape}"


def flat(x: Array) -> list[Any]:
    """The scalars of nested lists in order, the last index running fastest.

    >>> flat([[1, 2], [3, 4]])
    [1, 2, 3, 4]
    """
    return flat_lists(as_lists(x))


def flat_lists(x: Array) -> list[Any]:
    """`flat` for what `as_lists` returns."""
    if type(x) is not list:
        return [x]
    if not x or type(x[0]) is not list:
        return list(x)
    return [scalar for part in x for scalar in flat_lists(part)]


def nested(values: Sequence[Any], shape: Sequence[int]) -> Array:
    """The inverse of `flat`: as many values as the shape has places, in nested lists.

    Raises:
        ValueError: if there are more or fewer.

    >>> nested([1, 2, 3, 4, 5, 6], (2, 3))
    [[1, 2, 3], [4, 5, 6]]
    """
    if len(values) != math.prod(shape):
        raise ValueError(
            f"{len(values)} values do not fill the shape {tuple(shape)}, "
            f"which has {math.prod(shape)} places"
        )
    if not shape:
        return values[0]
    part = math.prod(shape[1:])
    return [nested(values[i * part : (i + 1) * part], shape[1:]) for i in range(shape[0])]


def mapped(f: Callable[[Any], Any], x: Array) -> Array:
    """f of every scalar, in lists nested as before.

    >>> mapped(abs, [[-1, 2], [3, -4]])
    [[1, 2], [3, 4]]
    """
    x = as_lists(x)
    if type(x) is not list:
        return f(x)
    if x and type(x[0]) is list:
        return [mapped(f, part) for part in x]
    return [f(scalar) for scalar in x]


def along_last(f: Callable[[list[Any]], Any], x: Array) -> Array:
    """f of every row: of each list of scalars, however deep it lies.

    >>> along_last(sum, [[1, 2], [3, 4]])
    [3, 7]

    Raises:
        ValueError: if x is a scalar.
        TypeError: if it is neither that nor a list.
    """
    x = as_lists(x)
    if type(x) is not list:
        if is_scalar(x):
            raise ValueError("expected a list of numbers, but a single number was given")
        raise TypeError(f"expected a list of numbers, not {type(x).__name__}")
    if x and type(x[0]) is list:
        return [along_last(f, part) for part in x]
    return f(x)


def along(f: Callable[[list[Any]], list[Any]], x: Array, dim: int) -> Array:
    """f of every line of scalars along dimension `dim` (negative: counted from the last).

    Args:
        f: takes a list and returns one of the same length.

    Raises:
        IndexError: if x has no such dimension.

    >>> along(sorted, [[3, 1], [2, 4]], dim=0)
    [[2, 1], [3, 4]]
    """
    x = as_lists(x)
    rank = len(shape_of(x))
    if not -rank <= dim < rank:
        raise IndexError(f"dim {dim} is out of range for an array of {rank} dimensions")
    return along_checked(f, x, dim % rank)


def along_checked(f: Callable[[list[Any]], list[Any]], x: list[Any], dim: int) -> list[Any]:
    """`along` for a dimension that is there, counted from the first."""
    if dim > 0:
        return [along_checked(f, part, dim - 1) for part in x]
    if not x or type(x[0]) is not list:
        return f(x)
    columns = [along_checked(f, list(column), 0) for column in zip(*x, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]

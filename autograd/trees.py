"""Trees: numbers and Values in lists, tuples and dicts, nested as the user likes.

The transforms take their arguments as such trees and give their results in the same shape.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from autograd.engine import Value
from autograd.numbers import is_number


def flat(tree: Any, name: str = "the argument") -> list[Any]:
    """The leaves of a tree, from left to right; dicts in their own order.

    >>> flat({"w": [1.0, 2.0], "b": 3.0})
    [1.0, 2.0, 3.0]

    Raises:
        TypeError: for a leaf that is neither a Value nor a number; the message says where it is.
    """
    return [leaf for _, leaf in named_leaves(tree, name)]


def named_leaves(tree: Any, name: str) -> list[tuple[str, Any]]:
    """The leaves of a tree, each with its place in it.

    >>> named_leaves({"w": [1.0, 2.0], "b": 3.0}, "x")
    [("x['w'][0]", 1.0), ("x['w'][1]", 2.0), ("x['b']", 3.0)]

    Raises:
        TypeError: as `flat`.
    """
    if isinstance(tree, Value) or is_number(tree):
        return [(name, tree)]
    if isinstance(tree, dict):
        parts = [(f"{name}[{key!r}]", branch) for key, branch in tree.items()]
    elif isinstance(tree, (list, tuple)):
        parts = [(f"{name}[{i}]", branch) for i, branch in enumerate(tree)]
    else:
        hint = "; write .tolist()" if hasattr(tree, "tolist") else ""
        raise TypeError(
            f"{name} must be a number, a Value, or a list, tuple or dict of such, "
            f"not {type(tree).__name__}{hint}"
        )
    return [leaf for path, branch in parts for leaf in named_leaves(branch, path)]


def filled(tree: Any, leaves: Iterator[Any]) -> Any:
    """A tree of the same shape, with other leaves.

    >>> filled({"w": [1.0, 2.0], "b": 3.0}, iter("abc"))
    {'w': ['a', 'b'], 'b': 'c'}
    """
    if isinstance(tree, dict):
        return {key: filled(branch, leaves) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [filled(branch, leaves) for branch in tree]
    if isinstance(tree, tuple):
        branches = [filled(branch, leaves) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else tuple(branches)  # named ones
    return next(leaves)


def check_shape(model: Any, tree: Any, what: str, of: str) -> None:
    """Raise a ValueError if a tree has not the shape of another one.

    A list stands for a tuple of the same length.
    """
    if shape(model) != shape(tree):
        raise ValueError(
            f"the {what} must have the shape of the {of}: {shape(model)}, not {shape(tree)}"
        )


def shape(tree: Any) -> str:
    """The shape of a tree as text: "[*, [*, *]]", with * for a number.

    >>> shape({"w": [1.0, 2.0], "b": 3.0})
    "{'w': [*, *], 'b': *}"
    """
    if isinstance(tree, dict):
        return "{" + ", ".join([f"{key!r}: {shape(part)}" for key, part in tree.items()]) + "}"
    if isinstance(tree, (list, tuple)):
        return "[" + ", ".join([shape(part) for part in tree]) + "]"
    return "*"


# ---- the arguments of a function ----------------------------------------------------------------


def spread(f: Callable[..., Any], inputs: Any) -> tuple[Any, ...]:
    """The positional arguments that `inputs` stands for.

    A tuple or a list has one entry an argument, unless `f` cannot take that many and can take one;
    anything else is the one argument.

    >>> spread(lambda x, y: x * y, [2.0, 3.0]), spread(lambda xs: sum(xs), [2.0, 3.0])
    ((2.0, 3.0), ([2.0, 3.0],))
    """
    if isinstance(inputs, (list, tuple)) and (takes(f, len(inputs)) or not takes(f, 1)):
        return tuple(inputs)
    return (inputs,)


def takes(f: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with that many positional arguments, as far as it tells."""
    try:
        inspect.signature(f).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # it does not tell
        return True
    return True


def parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """What a function calls its first arguments; x1, x2, ... where it has no names for them.

    >>> parameter_names(lambda x, y: x * y, 2), parameter_names(lambda *xs: sum(xs), 2)
    (['x', 'y'], ['x1', 'x2'])
    """
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except ValueError:
        parameters = []
    names = [parameter.name for parameter in parameters if parameter.kind in POSITIONAL]
    if not names and count == 1:
        return ["x"]
    return [names[i] if i < len(names) else f"x{i + 1}" for i in range(count)]


POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

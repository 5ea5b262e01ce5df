"""The operations as functions: `exp(x)`, `maximum(x, y)`, ... on Values and on plain numbers alike.

Given at least one Value they return a Value that is part of the graph; given numbers alone they
return a float. They are made from the table, one for each entry; a function of one argument is
a method of Value too, so that `x.relu()` is `relu(x)`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

try:
    import cython
except ImportError:
    from autograd import _cython as cython

from autograd.domain import check_domain
from autograd.evaluation import evaluate
from autograd.numbers import as_float
from autograd.registry import OPERATIONS, Operation

if cython.compiled:
    from cython.cimports.autograd.engine import Value, binary, unary
else:
    from autograd.engine import Value, binary, unary
from autograd.engine import nary

#: The public functions by name, aliases included.
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def on_numbers(operation: Operation, operands: tuple[Any, ...]) -> float:
    """The operation on plain numbers: a float, with the same errors as on Values."""
    numbers = [as_float(x) for x in operands]
    out = evaluate(operation.code, numbers)[0]
    if out - out != 0.0:
        check_domain(operation.code, numbers, out)
    return out


def function_of_one(operation: Operation) -> Callable[[Any], Any]:
    """The public function of a one-operand operation."""
    code: cython.int = operation.code

    def function(x: Any) -> Any:
        if type(x) is Value:
            return unary(code, x)
        return on_numbers(operation, (x,))

    return function


def function_of_two(operation: Operation) -> Callable[[Any, Any], Any]:
    """The public function of a two-operand operation."""
    code: cython.int = operation.code

    def function(x: Any, y: Any) -> Any:
        if type(x) is Value or type(y) is Value:
            node = binary(code, x, y)
            if node is NotImplemented:
                as_float(y if type(x) is Value else x)  # raises, and says what is wrong with it
            return node
        return on_numbers(operation, (x, y))

    return function


def function_of_many(operation: Operation) -> Callable[..., Any]:
    """The public function of any other operation: defaults and names as in its rule."""

    def function(*operands: Any, **named: Any) -> Any:
        operands = bind(operation, operands, named)
        for x in operands:
            if type(x) is Value:
                return nary(operation.code, operands)
        return on_numbers(operation, operands)

    return function


def bind(operation: Operation, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Positional and named arguments as one operand each, defaults filled in."""
    wanted = operation.operands
    call = f"{operation.name}({', '.join(wanted)})"
    if len(operands) > len(wanted):
        raise TypeError(f"{call} takes {len(wanted)} arguments, but {len(operands)} were given")
    bound = dict(zip(wanted, operands, strict=False))
    for name, operand in named.items():
        if name not in wanted or name in bound:
            problem = "was given twice" if name in bound else "is none of its arguments"
            raise TypeError(f"{call}: {name!r} {problem}")
        bound[name] = operand
    first_default = len(wanted) - len(operation.defaults)
    for name, default in zip(wanted[first_default:], operation.defaults, strict=True):
        bound.setdefault(name, default)
    missing = [name for name in wanted if name not in bound]
    if missing:
        raise TypeError(f"{call} is missing {' and '.join(missing)}")
    return tuple([bound[name] for name in wanted])


def make_function(operation: Operation) -> Callable[..., Any]:
    """The public function of an entry, under its names and, for one argument, as a method."""
    if operation.defaults or operation.arity > 2:
        function = function_of_many(operation)
    elif operation.arity == 2:
        function = function_of_two(operation)
    else:
        function = function_of_one(operation)
    function.__name__ = function.__qualname__ = operation.name
    function.__module__ = __name__
    function.__doc__ = operation.rule.__doc__
    for name in (operation.name, *operation.aliases):
        FUNCTIONS[name] = function
        if operation.is_called and operation.arity - len(operation.defaults) == 1:
            setattr(Value, name, function)
    return function


def public_names(operation: Operation) -> list[str]:
    """The names that `from autograd import *` gives: none for what has an operator (x + y), and
    none that would hide Python's own function (max)."""
    if not operation.is_called:
        return []
    return [name for name in (operation.name, *operation.aliases) if not hasattr(builtins, name)]


for entry in OPERATIONS[1:]:
    make_function(entry)
__all__ = sorted([name for entry in OPERATIONS[1:] for name in public_names(entry)])
globals().update({name: FUNCTIONS[name] for name in __all__})

"""The operations as functions: `exp(x)`, `maximum(x, y)`, ... on Values and on plain numbers alike.

Given at least one Value they return a Value that is part of the graph; given numbers alone they
return a float. They are made from the table, one for each entry; a function of one argument is
a method of Value too, so that `x.relu()` is `relu(x)`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import cython

from autograd.domain import check_domain
from autograd.evaluation import evaluate
from autograd.numbers import as_float
from autograd.registry import OPERATIONS, Operation, entry

if cython.compiled:
    from cython.cimports.autograd.engine import Value, binary, nary, unary
    from cython.cimports.autograd.memory import joined
else:
    from autograd._cython import joined
    from autograd.engine import Value, binary, nary, unary

TOTAL = entry("total").code
MEAN = entry("mean").code
DOT = entry("dot").code
LOGSUMEXP = entry("logsumexp").code
SOFTMAX = entry("softmax").code
LOG_SOFTMAX = entry("log_softmax").code

#: The functions of all operations by name, aliases included. Those of any number of operands take
#: them one by one here, as formulas do: FUNCTIONS["total"](x, y, z).
FUNCTIONS: dict[str, Callable[..., Any]] = {}

#: Those that an expression's text may call: all but the ones that it writes as operators.
CALLABLE: dict[str, Callable[..., Any]] = {}


def on_numbers(operation: Operation, operands: Sequence[Any]) -> float:
    """The operation on plain numbers: a float, with the same errors as on Values."""
    numbers = tuple([as_float(x) for x in operands])
    if operation.variadic:
        return nary(operation.code, numbers)
    out = evaluate(operation.code, numbers)[0]
    if out - out != 0.0:
        check_domain(operation.code, numbers)
    return out


def function_of_one(operation: Operation) -> Callable[[Any], Any]:
    """The public function of a one-operand operation."""
    code = operation.code

    def function(x: Any) -> Any:
        if type(x) is Value:
            return unary(code, x)
        return on_numbers(operation, (x,))

    return function


def function_of_two(operation: Operation) -> Callable[[Any, Any], Any]:
    """The public function of a two-operand operation."""
    code = operation.code

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
        return nary(operation.code, bind(operation, operands, named))

    return function


def function_of_any_number(operation: Operation) -> Callable[..., Any]:
    """The function of a variadic operation, of its operands one by one."""

    def function(*operands: Any) -> Any:
        return nary(operation.code, at_least_one(operation.name, operands))

    return function


def at_least_one(name: str, xs: Iterable[Any]) -> tuple[Any, ...]:
    """The operands as a tuple.

    Raises:
        TypeError: if a Value was given, not a list.
        ValueError: if there are none.
    """
    if type(xs) is Value:
        raise TypeError(f"{name} takes a list of operands, such as {name}([x, y]), not one Value")
    operands = tuple(xs)
    if not operands:
        raise ValueError(f"the {name} of no numbers is not defined: xs is empty")
    return operands


def total(xs: Iterable[Any]) -> Any:
    """The sum of any number of operands as one node: x1 + x2 + ... + xn, each with derivative 1.

    Args:
        xs: Values and numbers; none at all give 0.0.

    Raises:
        TypeError: for anything else among them.

    >>> total([Value(1.0), Value(2.0), 3]).data
    6.0
    """
    if type(xs) is Value:
        raise TypeError("total takes a list of operands, such as total([x, y]), not one Value")
    return nary(TOTAL, tuple(xs))


def mean(xs: Iterable[Any]) -> Any:
    """The mean of any number of operands as one node: (x1 + ... + xn) / n, each derivative 1/n.

    Args:
        xs: Values and numbers, at least one.

    Raises:
        TypeError: for anything else among them.
        ValueError: if there are none.

    >>> mean([Value(1.0), Value(2.0)]).local_derivatives
    (0.5, 0.5)
    """
    return nary(MEAN, at_least_one("mean", xs))


def affine(
    rows: Iterable[Iterable[Any]], xs: Iterable[Any], biases: Iterable[Any] | None = None
) -> list[Any]:
    """W x + b, the outputs of a layer: one dot for each row of W.

    Args:
        rows: the rows of W, each as long as `xs`.
        xs: Values and numbers.
        biases: one a row; none are added if None.

    Raises:
        TypeError: for anything but Values and numbers.
        ValueError: if a row has another length than xs, or there are not as many biases as rows.

    >>> affine([[Value(2.0), Value(3.0)], [Value(0.0), Value(1.0)]], [5.0, 7.0])
    [Value(data=31), Value(data=7)]
    """
    rows = list(rows)
    if type(xs) is not list:
        xs = list(xs)
    if biases is None:
        return [dot(row, xs) for row in rows]
    biases = list(biases)
    if len(biases) != len(rows):
        raise ValueError(f"affine needs a bias a row; there are {len(biases)} and {len(rows)}")
    return [dot(rows[i], xs, biases[i]) for i in range(len(rows))]


def logsumexp(xs: Iterable[Any]) -> Any:
    """ln(exp(x1) + ... + exp(xn)) as one node. It does not overflow; its gradient is softmax(xs).

    Args:
        xs: Values and numbers, at least one.

    Raises:
        TypeError: for anything else among them.
        ValueError: if there are none.

    >>> round(logsumexp([1000.0, 1000.0]) - 1000.0, 6)  # ln 2
    0.693147
    """
    return nary(LOGSUMEXP, at_least_one("logsumexp", xs))


def softmax(xs: Iterable[Any]) -> list[Any]:
    """exp(xi) / (exp(x1) + ... + exp(xn)) for each i: positive numbers that add up to 1.

    Each is one node, with its row of the Jacobian as local derivatives, pi (1 - pi) and -pi pj: n
    operands make n nodes of n operands. (The loss of a classifier needs no softmax: logsumexp and
    log_softmax keep the digits that a small pi has lost.)

    Args:
        xs: Values and numbers, at least one.

    Returns:
        A list as long as `xs`; the operands of entry i are xi and then the others in their order.

    Raises:
        TypeError: for anything but Values and numbers.
        ValueError: if there are none.

    >>> a, b = softmax([Value(0.0), Value(0.0)])
    >>> a.data, a.local_derivatives
    (0.5, (0.25, -0.25))
    """
    return [nary(SOFTMAX, operands) for operands in each_first(at_least_one("softmax", xs))]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """xi - logsumexp(x1, ..., xn) for each i: the logarithms of softmax, also where it underflows.

    Args:
        xs: Values and numbers, at least one.

    Returns:
        A list as long as `xs`; the operands of entry i are xi and then the others in their order.

    Raises:
        TypeError: for anything but Values and numbers.
        ValueError: if there are none.

    >>> log_softmax([0.0, 1000.0])
    [-1000.0, 0.0]
    """
    return [nary(LOG_SOFTMAX, operands) for operands in each_first(at_least_one("log_softmax", xs))]


def each_first(xs: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The operands once for each of them, that one first.

    >>> each_first((1, 2, 3))
    [(1, 2, 3), (2, 1, 3), (3, 1, 2)]
    """
    return [(xs[i], *xs[:i], *xs[i + 1 :]) for i in range(len(xs))]


def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = None) -> Any:
    """The sum of products w1 x1 + ... + wn xn + bias as one node instead of 2n.

    Args:
        ws, xs: Values and numbers, as many of one as of the other.
        bias: a Value or a number that is added; nothing if None.

    Returns:
        A Value whose operands are all w, all x, the bias; a float if none of them is a Value.

    Raises:
        TypeError: for anything but Values and numbers.
        ValueError: if there are not as many ws as xs.

    >>> w, x = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)]
    >>> y = dot(w, x, bias=1)
    >>> y.data, y.local_derivatives
    (32.0, (5.0, 7.0, 2.0, 3.0))
    """
    if type(ws) is not list:
        ws = factors(ws)
    if type(xs) is not list:
        xs = factors(xs)
    if len(ws) != len(xs):
        raise ValueError(f"dot needs as many ws as xs; there are {len(ws)} and {len(xs)}")
    return nary(DOT, joined(ws, xs, bias))


def factors(xs: Iterable[Any]) -> tuple[Any, ...]:
    """One side of a dot as a tuple.

    Raises:
        TypeError: if one Value or number was given, not a list.
    """
    if type(xs) is Value or isinstance(xs, (int, float)):
        raise TypeError(
            "dot takes two lists, such as dot([w1, w2], [x1, x2]), not one "
            f"{type(xs).__name__}; the product of two alone is w * x"
        )
    return tuple(xs)


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
    if operation.variadic:
        function = function_of_any_number(operation)
    elif operation.is_own or operation.defaults or operation.arity > 2:
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
        if operation.is_called or operation.variadic or operation.is_own or name == "pow":
            CALLABLE[name] = function
        if operation.is_called and operation.arity - len(operation.defaults) == 1:
            setattr(Value, name, function)
    return function


def public_names(operation: Operation) -> list[str]:
    """The names that `from autograd import *` gives: none for what has an operator (x + y), and
    none that would hide Python's own function (max)."""
    if not operation.is_called or operation.variadic:
        return []
    return [name for name in (operation.name, *operation.aliases) if not hasattr(builtins, name)]


for operation in OPERATIONS[1:]:
    make_function(operation)
OF_MANY = [operation.name for operation in OPERATIONS[1:] if operation.variadic]  # defined above
OF_MANY.append("affine")
__all__ = [name for operation in OPERATIONS[1:] for name in public_names(operation)]
globals().update({name: FUNCTIONS[name] for name in __all__})
identity = FUNCTIONS["identity"]
__all__ += OF_MANY
__all__.sort()

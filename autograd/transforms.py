"""Transforms: a function goes in, its derivative comes out, as a function of the same arguments.

All stand on one idea: `gradients` writes the backward pass down as an expression. The gradient is
then itself a graph of Values, which can be differentiated like any other, to any order.

A transform calls its function with fresh nodes in the place of the arguments: a number becomes a
leaf, a Value a node of its own on top of it. What is differentiated by is that node, so that nested
transforms cannot mistake each other's variables. The smallest example that needs this is

    derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0)     which is 1, not 2

Arguments and results are numbers and Values, in lists, tuples and dicts as one likes. Numbers go
in, numbers come out. Values come out if a Value goes in, or where a function that is itself being
differentiated calls a transform of something that depends on its own variables, as above.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from autograd.differentiable import local_derivative, one_sided_derivative
from autograd.domain import node_text, raise_non_finite_gradient
from autograd.engine import Value
from autograd.functions import identity
from autograd.graph import as_roots, leaves, topological_order, zero_grad
from autograd.graph_formulas import check_fresh
from autograd.modes import differentiating, ieee, recording
from autograd.numbers import format_number, is_number
from autograd.recording import unobserved
from autograd.registry import entry
from autograd.state import modes
from autograd.trees import check_shape, filled, flat, spread

Function = Callable[..., Any]
Argnums = int | str | Sequence[int | str]

# ---- the backward pass, written down ------------------------------------------------------------


def gradients(root: Value, wrt: Value | Sequence[Value]) -> list[Value]:
    """d(root)/d(node) for each node, as Values: the gradient as a graph.

    Args:
        root: the result of an expression.
        wrt: a node or nodes of it, leaves or not. `.grad` is neither read nor changed.

    Returns:
        One Value each, in order; 0 for a node that the root does not depend on.

    Raises:
        TypeError: if something is not a Value.
        ValueError: if data was assigned after the expression was built.
        ArithmeticError: when a gradient came out infinite or nan; not inside `ieee()`.

    >>> x = Value(2.0)
    >>> y = x**3
    >>> (first,) = gradients(y, x)
    >>> (second,) = gradients(first, x)
    >>> first.data, second.data
    (12.0, 12.0)
    """
    if not isinstance(root, Value):
        as_roots(root)  # raises for what is no result at all
        raise TypeError("gradients are of one result at a time: call it once for each of them")
    wanted = list(wrt) if isinstance(wrt, Iterable) else as_roots(wrt)
    if wanted:
        as_roots(wanted)
    order = topological_order(root)
    with unobserved():
        check_fresh(order)
    on_the_way = dependent_on(order, wanted)
    upstream: dict[Value, Any] = {root: 1.0}
    with ieee():
        for node in reversed(order):
            if node.op and node in on_the_way and node in upstream:
                send_shares(node, upstream, on_the_way)
    with unobserved():
        check_finite(order, upstream)
    return [as_value(upstream.get(node, 0.0)) for node in wanted]


def dependent_on(order: list[Value], wanted: list[Value]) -> set[Value]:
    """The nodes of an order that are among the wanted ones, or depend on one of them."""
    found = set(wanted)
    for node in order:
        if any(parent in found for parent in node.parents):
            found.add(node)
    return found


def send_shares(node: Value, upstream: dict[Value, Any], receivers: set[Value]) -> None:
    """Add to each operand's gradient the node's own times the local derivative."""
    for position, operand in enumerate(entry(node.op).with_defaults(node.operands)):
        if isinstance(operand, Value) and operand in receivers:
            share = product(upstream[node], local_derivative(node, position))
            upstream[operand] = total(upstream.get(operand, 0.0), share)


def product(x: Any, y: Any) -> Any:
    """x * y, without a node for a factor of 1, or for a 0 that a finite number is multiplied by."""
    for factor, other in ((x, y), (y, x)):
        if not isinstance(factor, Value):
            if factor == 1.0:
                return other
            if factor == 0.0:
                with unobserved():
                    is_nothing = math.isfinite(data_of(other))
                if is_nothing:
                    return 0.0
    return x * y


def total(x: Any, y: Any) -> Any:
    """x + y, without a node where one of them is the number 0."""
    if not isinstance(x, Value) and x == 0.0:
        return y
    if not isinstance(y, Value) and y == 0.0:
        return x
    return x + y


def check_finite(order: list[Value], upstream: dict[Value, Any]) -> None:
    """Raise an ArithmeticError for the first gradient of the pass that is infinite or nan."""
    if modes.ieee:
        return
    numbers = {node: data_of(gradient) for node, gradient in upstream.items()}
    for node in reversed(order):
        if not math.isfinite(numbers.get(node, 0.0)):
            raise_non_finite_gradient(order, node, numbers)


def data_of(x: Any) -> float:
    """The data of a Value, or the number itself."""
    return x.data if isinstance(x, Value) else float(x)


def as_value(x: Any) -> Value:
    """A Value as it is; a number as a leaf."""
    return x if isinstance(x, Value) else Value(x)


# ---- calling a function on fresh nodes ----------------------------------------------------------


class Call:
    """One call of a function with fresh nodes in the place of its arguments.

    Args:
        f: a function of these arguments.
        arguments: trees of numbers and Values.
        others: what else `f` is called with: a Value in there is a Value that goes in.

    Attributes:
        inputs: the fresh nodes, from left to right.
        result: what the function returned, a tree of Values and numbers.
        outputs: its leaves.
        is_closed: whether the result depends on no other Values than the inputs.
        is_numeric: whether the answer is to be numbers.
    """

    def __init__(self, f: Function, arguments: Sequence[Any], others: Any = ()) -> None:
        self.arguments = tuple(arguments)
        given = [leaf for i, tree in enumerate(arguments) for leaf in flat(tree, f"argument {i}")]
        self.inputs = [fresh(leaf) for leaf in given]
        with differentiating(), recording():
            self.result = f(*filled(self.arguments, iter(self.inputs)))
        self.outputs = flat(self.result, "the result")
        roots = [output for output in self.outputs if isinstance(output, Value)]
        own = set(self.inputs)
        self.is_closed = not roots or all(node in own for node in leaves(roots))
        takes_values = any(isinstance(leaf, Value) for leaf in given) or holds_value(others)
        self.is_numeric = not takes_values and (self.is_closed or modes.transforms == 0)

    def output(self, use: str) -> Any:
        """The one number that the function returned.

        Raises:
            TypeError: if it returned something else.
        """
        if not (isinstance(self.result, Value) or is_number(self.result)):
            raise TypeError(
                f"the function must return one number, not {type(self.result).__name__}; {use}"
            )
        return self.outputs[0]

    def gradient(self, output: Any) -> list[Any]:
        """The derivatives of one output by all inputs: numbers, or Values."""
        if not isinstance(output, Value):
            return [0.0] * len(self.inputs)
        if not self.is_numeric:
            return list(gradients(output, self.inputs))
        if not self.is_closed:  # `backward` would add to the gradients of others
            return [gradient.data for gradient in gradients(output, self.inputs)]
        zero_grad(self.inputs)
        output.backward()
        return [node.grad for node in self.inputs]

    def gradient_graph(self, output: Any) -> list[Value]:
        """The derivatives of one output by all inputs, to be differentiated again."""
        with recording():
            return gradients(as_value(output), self.inputs)

    def value(self) -> Any:
        """The result, as numbers or as it is."""
        return self.answer(self.result, self.outputs)

    def answer(self, tree: Any, items: Sequence[Any]) -> Any:
        """The items in the shape of a tree: numbers, or as they are."""
        return filled(tree, iter([data_of(x) for x in items] if self.is_numeric else items))


def fresh(x: Any) -> Value:
    """A node that stands for x and for nothing else: a leaf for a number, else one above x."""
    if not isinstance(x, Value):
        return Value(x)
    node: Value = identity(x)
    node.label = x.label
    return node


def holds_value(tree: Any) -> bool:
    """Whether there is a Value among any arguments."""
    if isinstance(tree, dict):
        return any(holds_value(branch) for branch in tree.values())
    if isinstance(tree, (list, tuple)):
        return any(holds_value(branch) for branch in tree)
    return isinstance(tree, Value)


def chosen_call(
    f: Function, argnums: Argnums, arguments: tuple[Any, ...], named: dict[str, Any]
) -> Call:
    """The call of f in which the chosen arguments are variables, and the others stay."""
    given: dict[Any, Any] = {**dict(enumerate(arguments)), **named}
    keys = chosen_keys(argnums, given, len(arguments))

    def of_chosen(*chosen: Any) -> Any:
        now = {**given, **dict(zip(keys, chosen, strict=True))}
        return f(*[now[i] for i in range(len(arguments))], **{name: now[name] for name in named})

    others = [argument for key, argument in given.items() if key not in keys]
    return Call(of_chosen, [given[key] for key in keys], others)


def chosen_keys(argnums: Argnums, given: dict[Any, Any], count: int) -> list[int | str]:
    """The positions and names that `argnums` stands for; a negative position counts from the end.

    Args:
        argnums: what the user asked for.
        given: the arguments of the call, by position and by name.
        count: how many of them have positions.

    Raises:
        TypeError: for what is neither a position nor a name.
        ValueError: for an argument that was not given, or is asked for twice.
    """
    keys: list[int | str] = []
    for asked in argnums if isinstance(argnums, (list, tuple)) else [argnums]:
        if isinstance(asked, bool) or not isinstance(asked, (int, str)):
            raise TypeError(
                "argnums is the position of an argument, its name, or a list of such, "
                f"not {asked!r}"
            )
        key = asked + count if isinstance(asked, int) and asked < 0 else asked
        if key not in given:
            raise ValueError(
                f"argnums asks for the argument {asked!r}, but the function was called with "
                f"{', '.join([repr(known) for known in given]) or 'none'}"
            )
        if key in keys:
            raise ValueError(f"argnums asks for the argument {asked!r} twice")
        keys.append(key)
    return keys


def in_argument_shape(call: Call, argnums: Argnums, items: Sequence[Any]) -> Any:
    """Derivatives in the shape of the chosen argument, or of the tuple of them."""
    trees = call.answer(call.arguments, items)
    return trees if isinstance(argnums, (list, tuple)) else trees[0]


# ---- the transforms -----------------------------------------------------------------------------


def called_like(f: Function) -> Callable[[Function], Function]:
    """A decorator that gives a function f's signature, from which `jvp` sees what it takes."""
    return wraps(f, assigned=(), updated=())


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The gradient of a function that returns one number.

    Args:
        f: any function of numbers, lists, tuples and dicts.
        argnums: which argument to differentiate by: a position, a name of one that is given by
            name, or a list of such.

    Returns:
        A function of the same arguments. Its result has the shape of the chosen argument; for a
        list of them, it is a tuple of such.

    Raises:
        TypeError: if `f` does not return one number, or is given what is no tree of numbers.
        ArithmeticError: when a gradient came out infinite or nan; not inside `ieee()`.

    >>> grad(lambda x, y: x**2 * y)(3.0, 2.0)
    12.0
    >>> grad(lambda w: w["a"] * w["b"][1])({"a": 3.0, "b": [5.0, 7.0]})
    {'a': 7.0, 'b': [0.0, 3.0]}
    """
    both = value_and_grad(f, argnums)

    @called_like(f)
    def gradient(*arguments: Any, **named: Any) -> Any:
        return both(*arguments, **named)[1]

    return gradient


def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The function's value and its gradient, as a pair, from one call of it.

    Args, result and errors: as `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    @called_like(f)
    def value_and_gradient(*arguments: Any, **named: Any) -> tuple[Any, Any]:
        call = chosen_call(f, argnums, arguments, named)
        derivatives = call.gradient(call.output("jacobian(f) differentiates several"))
        return call.value(), in_argument_shape(call, argnums, derivatives)

    return value_and_gradient


def jacobian(f: Function, argnums: Argnums = 0, layout: str = "numerator") -> Function:
    """All derivatives of all results: J[i][j] = d(result i)/d(argument j), outputs x inputs.

    Args:
        f: a function that returns a number or a tree of numbers.
        argnums: as for `grad`.
        layout: "numerator" for outputs x inputs, the layout of most books; "denominator" for its
            transpose, inputs x outputs.

    Returns:
        A function of the same arguments. For m results in a list and n arguments in a list, m
        lists of n numbers; in general a tree like the result, with a tree like the argument in the
        place of each number (the other way round in the denominator layout).

    Raises:
        ValueError: for another layout.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [4.0, 0.0]]
    """
    if layout not in ("numerator", "denominator"):
        raise ValueError(f"layout is 'numerator' or 'denominator', not {layout!r}")

    @called_like(f)
    def all_derivatives(*arguments: Any, **named: Any) -> Any:
        call = chosen_call(f, argnums, arguments, named)
        rows = [call.gradient(output) for output in call.outputs]
        if layout == "numerator":
            trees = [in_argument_shape(call, argnums, row) for row in rows]
            return filled(call.result, iter(trees))
        columns = [[row[i] for row in rows] for i in range(len(call.inputs))]
        by_input = [call.answer(call.result, column) for column in columns]
        trees = filled(call.arguments, iter(by_input))
        return trees if isinstance(argnums, (list, tuple)) else trees[0]

    return all_derivatives


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """All second derivatives of a function that returns one number: H[i][j] = d2f/dxi dxj.

    Args, errors: as `grad`.

    Returns:
        A function of the same arguments. For an argument of n numbers in a list, n lists of n
        numbers; in general a tree like the argument, with such a tree in the place of each number.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """

    @called_like(f)
    def second_derivatives(*arguments: Any, **named: Any) -> Any:
        call = chosen_call(f, argnums, arguments, named)
        output = call.output("its second derivatives are one matrix a result")
        rows = [call.gradient(first) for first in call.gradient_graph(output)]
        trees = [in_argument_shape(call, argnums, row) for row in rows]
        whole = filled(call.arguments, iter(trees))
        return whole if isinstance(argnums, (list, tuple)) else whole[0]

    return second_derivatives


def jvp(f: Function, primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of f, and its derivative along a direction: J v, in one forward pass.

    Forward mode: each node's tangent is the sum of its operands' tangents times the local
    derivatives, from the arguments to the results.

    Args:
        f: a function that returns a number or a tree of numbers.
        primals: its arguments, a tuple or list with one entry each; a lone argument may stand by
            itself.
        tangents: the direction, of the same shape.

    Returns:
        The result, and its derivative along the direction, a tree of the same shape.

    Raises:
        ValueError: if the tangents have not the shape of the primals.
        ArithmeticError: when a tangent came out infinite or nan; not inside `ieee()`.

    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 0.0))
    (6.0, 2.0)
    """
    arguments = spread(f, primals)
    check_shape(primals, tangents, "tangents", "primals")
    directions = flat(tangents, "the tangents")
    call = Call(f, arguments, directions)
    return call.value(), call.answer(call.result, pushed(call, call.outputs, directions))


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of f, and its pullback: a function from cotangents to v^T J, by reverse mode.

    Args:
        f: a function that returns a number or a tree of numbers.
        primals: its arguments.

    Returns:
        The result, and a function that takes a tree of the result's shape (what to weight each of
        the results with) and returns a tuple with one gradient an argument.

    >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> value, pullback([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    call = Call(f, primals)

    def pullback(cotangents: Any) -> tuple[Any, ...]:
        weights = flat(cotangents, "the cotangents")
        check_shape(call.result, cotangents, "cotangents", "result")
        weighted: Any = 0.0
        with recording(), ieee():
            for output, weight in zip(call.outputs, weights, strict=True):
                weighted = total(weighted, product(output, weight))
        if any(isinstance(weight, Value) for weight in weights):
            return filled(call.arguments, iter(gradients(as_value(weighted), call.inputs)))  # type: ignore[no-any-return]
        return call.answer(call.arguments, call.gradient(weighted))  # type: ignore[no-any-return]

    return call.value(), pullback


def hvp(f: Function, primals: Any, tangents: Any) -> Any:
    """The Hessian times a direction, H v, without the Hessian: forward mode over the gradient.

    Args:
        f: a function that returns one number.
        primals, tangents: as for `jvp`.

    Returns:
        H v, of the shape of the primals.

    >>> hvp(lambda v: v[0] ** 2 * v[1], ([3.0, 2.0],), ([1.0, 0.0],))
    ([4.0, 6.0],)
    """
    arguments = spread(f, primals)
    check_shape(primals, tangents, "tangents", "primals")
    directions = flat(tangents, "the tangents")
    call = Call(f, arguments, directions)
    output = call.output("its second derivatives are one matrix a result")
    moved = pushed(call, call.gradient_graph(output), directions)
    return call.answer(primals, moved)


def derivative(f: Function, order: int = 1, side: str | None = None) -> Function:
    """The derivative of a function of one number, of any order, or at a kink on one side.

    Args:
        f: a function of one number that returns one number.
        order: how often to differentiate, at least once.
        side: "left" or "right" for the one-sided first derivative, lim (f(x + h) - f(x)) / h for
            h < 0 or h > 0: in forward mode, where the direction decides what a comparison leaves
            open. (Comparisons that `f` itself makes, as in `if x > 0`, are not seen.)

    Returns:
        A function of one number.

    Raises:
        TypeError: if `f` takes or returns something else.
        ValueError: for another side or order; for a side inside of a function that is being
            differentiated itself.
        ArithmeticError: when the derivative is infinite or nan; not inside `ieee()`.

    >>> derivative(lambda x: x**3, order=2)(2.0)
    12.0
    >>> from autograd import relu
    >>> derivative(relu, side="left")(0.0), derivative(relu, side="right")(0.0)
    (0.0, 1.0)
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order must be a whole number, 1 or more, not {order!r}")
    if side not in (None, "left", "right"):
        raise ValueError(f"side is 'left', 'right' or None, not {side!r}")
    if side is not None and order != 1:
        raise ValueError("one-sided derivatives are of the first order: leave out side, or order")

    @called_like(f)
    def of_one_number(x: Any) -> Any:
        if not (isinstance(x, Value) or is_number(x)):
            raise TypeError(f"derivative is by one number, not {type(x).__name__}; grad takes more")
        call = Call(f, (x,))
        y = call.output("jacobian(f) differentiates several")
        if side is not None:
            if modes.transforms > 0 and not call.is_numeric:
                raise ValueError(
                    "a one-sided derivative is a number that cannot be differentiated again, but "
                    "it stands inside a function that is: leave out side"
                )
            return one_sided(call, y, 1.0 if side == "right" else -1.0)
        for _ in range(order - 1):
            (y,) = call.gradient_graph(y)
        return call.answer(x, call.gradient(y))

    return of_one_number


# ---- forward mode -------------------------------------------------------------------------------


def pushed(call: Call, outputs: Sequence[Any], directions: Sequence[Any]) -> list[Any]:
    """The tangents of some outputs as the inputs of a call move in given directions."""
    tangents: dict[Value, Any] = dict(zip(call.inputs, directions, strict=True))
    if call.is_numeric:
        push(outputs, tangents, lambda node, position, recorded: recorded)
    else:
        push(outputs, tangents, lambda node, position, recorded: local_derivative(node, position))
    return [tangents.get(output, 0.0) for output in outputs]


def one_sided(call: Call, output: Any, direction: float) -> float:
    """The derivative of an output as the one input moves to the right (1.0) or the left (-1.0)."""
    tangents: dict[Value, Any] = {call.inputs[0]: direction}
    push_one_sided([output], tangents)
    return float(tangents.get(output, 0.0)) * direction + 0.0  # no -0


def push_one_sided(outputs: Sequence[Any], tangents: dict[Value, Any]) -> None:
    """Forward mode in which the tangents decide what comparisons leave open."""

    def derivative_of(node: Value, position: int, recorded: float) -> float:
        return one_sided_derivative(node, position, recorded, tangents, push_one_sided)

    push(outputs, tangents, derivative_of)


def push(
    outputs: Sequence[Any],
    tangents: dict[Value, Any],
    derivative_of: Callable[[Value, int, float], Any],
) -> None:
    """Forward mode: give every node under the outputs its tangent.

    Args:
        outputs: results; numbers among them stand still.
        tangents: those of the inputs; the others are entered here.
        derivative_of: the local derivative of a node, given the position of the operand and what
            was recorded at the forward pass.
    """
    roots = [output for output in outputs if isinstance(output, Value)]
    order = topological_order(roots) if roots else []
    with ieee():
        for node in order:
            if not node.op or node in tangents:
                continue
            recorded = iter(node.local_derivatives)
            moved: Any = 0.0
            for position, operand in enumerate(node.operands):
                if not isinstance(operand, Value):
                    continue
                local = next(recorded)
                tangent = tangents.get(operand, 0.0)
                if isinstance(tangent, Value) or tangent != 0.0:
                    step = product(tangent, derivative_of(node, position, local))
                    moved = total(moved, step)
            tangents[node] = moved
    if modes.ieee:
        return
    for node in order:
        if not math.isfinite(data_of(tangents.get(node, 0.0))):
            raise ArithmeticError(
                f"the derivative of {node_text(node)} in this direction is "
                f"{format_number(data_of(tangents[node]))}; inside `with autograd.ieee():` this is "
                "not raised"
            )

"""The engine: a number that remembers how it was made, and the chain rule run backwards over it.

A `Value` holds its data, its operands, and its *local derivatives*: how much its own data changes
for a small change of each operand. That is recorded when it is made. For f = x * y + x at x = 2,
y = -3 two nodes are made, p = x * y and f = p + x:

    node  data  operands  local derivatives
    p      -6   x, y      dp/dx = y = -3, dp/dy = x = 2
    f      -4   p, x      1, 1

`backward` sorts the nodes so that each stands behind its operands (x, y, p, f), and walks that list
from its end. Each node hands every operand its share by the chain rule, one multiplication and one
addition an edge:

    operand.grad += node.grad * local_derivative

    f.grad = 1;  from f: p.grad = 1, x.grad = 1;  from p: x.grad = 1 + 1 * -3 = -2, y.grad = 2

The order matters because p must have received all of its gradient before it hands any on; the +=
because x is used twice, and its gradient is the sum over both ways. That is all of backpropagation.

What an operation computes stands in `operations.py`. This file is plain Python. Where a C compiler
is found, Cython compiles it as it stands; what is marked "for the compiler" can be skipped in
reading, and does nothing in plain Python.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

import cython  # without a compiler, `_cython.py`

from autograd import operations  # noqa: F401  # fills the table
from autograd.domain import check_domain, raise_non_finite_gradient
from autograd.evaluation import evaluate
from autograd.numbers import as_float, format_number, is_number
from autograd.registry import OPERATIONS, entry
from autograd.state import Note, as_note, calling_line, modes

# evaluate1(code, x) -> (value, d/dx); evaluate2(code, x, y) -> (value, d/dx, d/dy): a rule of
# operations.py on floats. Where the rule leaves its domain they answer inf or nan, never an error.
if cython.compiled:
    from cython.cimports.autograd.dispatch import evaluate1, evaluate2, evaluate_row
    from cython.cimports.autograd.memory import (
        address_of,
        fetch_listed,
        fetch_neighbours,
        read_data,
        send_shares,
        stack_operands,
    )
    from cython.cimports.autograd.rows import Row, new_row
else:
    from autograd.evaluation import evaluate1, evaluate2, evaluate_row
    from autograd.rows import Row, new_row

    address_of = id

# The codes of the operations that Python writes as operators.
ADD = entry("add").code
SUB = entry("sub").code
MUL = entry("mul").code
DIV = entry("div").code
POW = entry("pow").code
NEG = entry("neg").code
ABS = entry("absolute").code
BUILT_IN = len(OPERATIONS)  # codes below are operations.py's; from here on, users' own

# How many modes (no_grad, scope, ...) are on, over all threads. At zero, nothing else is asked.
active_modes = 0

# Each pass marks the nodes it meets with numbers of its own, so that no marks need cleaning up:
# an even one when it has met a node, the next odd one when the node has its place in the order.
# Two marks are no pass's: 0, there is no gradient; 1, the gradient was assigned by hand.
last_pass = 1
one_pass_at_a_time = RLock()


@cython.final  # for the compiler, and: no subclasses
@cython.no_gc
@cython.freelist(1024)
@cython.cclass
class Value:
    """A number in an expression: its data, its gradient, and how it was made.

    Args:
        data: any real number (int, float, bool, Fraction, Decimal, NumPy scalar).
        label: the name that pictures, steps and errors use.

    Raises:
        TypeError: for anything else; the message names its type.

    >>> x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    >>> f = x * y + x
    >>> f.backward()
    >>> f.data, x.grad, y.grad
    (-4.0, -2.0, 2.0)
    """

    __slots__ = (
        "_code",
        "_data",
        "_dx",
        "_dy",
        "_grad",
        "_mark",
        "_note",
        "_row",
        "_x",
        "_y",
    )

    # x / y at x = 3, y = 2 has _x = x, _dx = 0.5 (the derivative by it), _y = y, _dy = -0.75.
    # A plain number is no node, has no derivative, and is kept where that would be: 3 / y has
    # _x = None, _dx = 3.0. A leaf has no operands. Operations with other counts of operands than
    # one and two (dot, total, ...) have a row instead.
    _data: float
    _grad: float
    _code: int  # which operation made it: an index into the table; 0 for a leaf
    _mark: int  # of the last pass that met it; 0 while there is no gradient
    _x: Value | None
    _dx: float
    _y: Value | None
    _dy: float
    _row: Row | None
    _note: Any  # what people said of it: None, a label, or a Note of label, scope and source

    #: NumPy leaves `array * value` and `np.float64(2) * value` to this class.
    __array_ufunc__ = None

    def __init__(self, data: object, label: str = "") -> None:
        self._data = as_float(data) if type(data) is Value else data_of(data)  # a Value: TypeError
        self._grad = 0.0
        self._code = 0
        self._mark = 0
        self._x = None
        self._dx = 0.0
        self._y = None
        self._dy = 0.0
        self._row = None
        self._note = as_label(label) or None
        if active_modes:
            apply_modes(self)

    # ---- operators --------------------------------------------------------------------------

    def __add__(self, other: object) -> Value:
        return binary(ADD, self, other)

    def __radd__(self, other: object) -> Value:
        return binary(ADD, other, self)

    def __sub__(self, other: object) -> Value:
        return binary(SUB, self, other)

    def __rsub__(self, other: object) -> Value:
        return binary(SUB, other, self)

    def __mul__(self, other: object) -> Value:
        return binary(MUL, self, other)

    def __rmul__(self, other: object) -> Value:
        return binary(MUL, other, self)

    def __truediv__(self, other: object) -> Value:
        return binary(DIV, self, other)

    def __rtruediv__(self, other: object) -> Value:
        return binary(DIV, other, self)

    def __pow__(self, other: object) -> Value:
        return binary(POW, self, other)

    def __rpow__(self, other: object) -> Value:
        return binary(POW, other, self)

    def __neg__(self) -> Value:
        return unary(NEG, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return unary(ABS, self)

    # ---- the graph as data ------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number itself. Assigning changes it for expressions built from then on."""
        if active_modes:
            notice(self, "data")
        return self._data

    @data.setter
    def data(self, value: object) -> None:
        if active_modes:
            notice(self, "data")
        self._data = value if type(value) is float else as_float(value)

    @property
    def grad(self) -> float:
        """What has arrived here: d(root)/d(self) times the seed; 0.0 before any backward pass.

        Leaves add up over passes until `autograd.zero_grad`. Assigning 0 is zeroing.
        """
        if active_modes:
            notice(self, "grad")
        return self._grad

    @grad.setter
    def grad(self, value: object) -> None:
        if active_modes:
            notice(self, "grad")
        self._grad = value if type(value) is float else as_float(value)
        self._mark = 1 if self._grad != 0.0 else 0

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached this node (since its gradient was last zeroed)."""
        return self._mark != 0

    @property
    def label(self) -> str:
        """The name that pictures, steps and errors use; "" if none was given."""
        note = self._note
        return note.label if type(note) is Note else note or ""

    @label.setter
    def label(self, text: str) -> None:
        self._note = as_note(as_label(text), self.scope, self.source)

    @property
    def scope(self) -> str:
        """Where the node was made, such as "mlp.layer1" (see `autograd.scope`); "" if nowhere."""
        note = self._note
        return note.scope if type(note) is Note else ""

    @scope.setter
    def scope(self, path: str) -> None:
        if not isinstance(path, str):
            raise TypeError(f"a scope must be a str, not {type(path).__name__}")
        self._note = as_note(self.label, path, self.source)

    @property
    def source(self) -> str:
        """The line that made the node, such as "homework.py:12" (see `autograd.tracing`), or ""."""
        note = self._note
        return note.source if type(note) is Note else ""

    @property
    def op(self) -> str:
        """The name of the operation that made the node, such as "mul"; "" for a leaf."""
        return OPERATIONS[self._code].name

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """All operands in written order, Values and plain numbers.

        Trailing numbers that equal the operation's defaults are left out.

        >>> (2 - Value(5.0)).operands
        (2.0, Value(data=5))
        """
        if self._code == 0:
            return ()
        if self._row is not None:
            return OPERATIONS[self._code].as_written(self._row.operands)
        x = self._dx if self._x is None else self._x
        y = self._dy if self._y is None else self._y
        return (x, y)[: OPERATIONS[self._code].arity]

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values among the operands, in written order; one that stands twice is here twice."""
        if self._row is not None:
            return tuple([operand for operand in self._row.operands if type(operand) is Value])
        return tuple([operand for operand in (self._x, self._y) if operand is not None])

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """d(this node)/d(parent) for each of `parents`, as recorded at the forward pass.

        >>> x, y = Value(3.0), Value(2.0)
        >>> (x * y).local_derivatives
        (2.0, 3.0)
        """
        if active_modes:
            notice(self, "local_derivatives")
        derivatives: list[float] = []
        if self._row is not None:
            for i in range(self._row.count):
                if type(self._row.operands[i]) is Value:
                    derivatives.append(self._row.derivatives[i])
        if self._x is not None:
            derivatives.append(self._dx)
        if self._y is not None:
            derivatives.append(self._dy)
        return tuple(derivatives)

    # ---- backpropagation --------------------------------------------------------------------

    def backward(self, seed: object = 1.0) -> None:
        """Set d(self)/d(node) as `.grad` of every node that this one depends on.

        The nodes are put in topological order and walked from the last to the first, so that a
        node has received all that its consumers send before it sends anything on itself. Inner
        nodes start afresh at each call; leaves add to what they hold, until `autograd.zero_grad`.

        Args:
            seed: the gradient to start with, d(result)/d(self).

        Raises:
            ArithmeticError: when a gradient came out infinite or nan, after the pass is finished;
                the message names the first such node. Not inside `with autograd.ieee():`.
        """
        if active_modes:
            notice(self, "backward")
        upstream = as_float(seed)
        with one_pass_at_a_time:
            run_backward(self, upstream)

    # ---- conveniences -----------------------------------------------------------------------

    def __bool__(self) -> bool:
        return settled("!=", self, 0.0, self._data != 0.0)

    def __lt__(self, other: object) -> bool:
        if not is_operand(other):
            return NotImplemented
        return settled("<", self, other, self._data < data_of(other))

    def __le__(self, other: object) -> bool:
        if not is_operand(other):
            return NotImplemented
        return settled("<=", self, other, self._data <= data_of(other))

    def __gt__(self, other: object) -> bool:
        if not is_operand(other):
            return NotImplemented
        return settled(">", self, other, self._data > data_of(other))

    def __ge__(self, other: object) -> bool:
        if not is_operand(other):
            return NotImplemented
        return settled(">=", self, other, self._data >= data_of(other))

    # Two nodes of equal data are two nodes: equality is identity, so that they can be dict keys.

    def __eq__(self, other: object) -> bool:
        return True if self is other else NotImplemented

    def __hash__(self) -> int:
        return address_of(self) >> 4

    # Not conveniences: these would lose the graph without a word.

    def __float__(self) -> float:
        raise TypeError(LEAVING)

    def __int__(self) -> int:
        raise TypeError(LEAVING)

    def __complex__(self) -> complex:
        raise TypeError(LEAVING)

    def __repr__(self) -> str:
        if active_modes:
            notice(self, "text")
        grad = f", grad={format_number(self._grad)}" if self._mark != 0 else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={format_number(self._data)}{grad}{label})"

    def __format__(self, specification: str) -> str:
        if not specification:
            return repr(self)
        if active_modes:
            notice(self, "text")
        return format(self._data, specification)

    def __dealloc__(self) -> None:  # for the compiler: Python never calls it
        if self._x is not None or self._row is not None or self._y is not None:
            release(self)


# ---- recording: the forward pass ----------------------------------------------------------------


def unary(code: int, x: Value) -> Value:
    """The node of an operation on one Value."""
    out, dx = evaluate1(code, x._data)
    if out - out != 0.0:  # so it is for inf and nan alone
        check_domain(code, (x,))  # raises, unless that is welcome
    return new_node(code, out, x, dx, None, 0.0, None)


def binary(code: int, x: Any, y: Any) -> Any:
    """The node of an operation on two operands, at least one of them a Value.

    NotImplemented if the other is not a number, so that its own class gets its turn.
    """
    left = right = None
    if type(x) is Value:
        left = x
        a = left._data
    elif type(x) is float or type(x) is int or is_number(x):
        a = float(x)
    else:
        return NotImplemented
    if type(y) is Value:
        right = y
        b = right._data
    elif type(y) is float or type(y) is int or is_number(y):
        b = float(y)
    else:
        return NotImplemented
    out, dx, dy = evaluate2(code, a, b)
    if out - out != 0.0:
        check_domain(code, (x, y))
    # A plain number is no node: it is kept where its local derivative would be.
    if left is None:
        dx = a
    if right is None:
        dy = b
    return new_node(code, out, left, dx, right, dy, None)


def nary(code: int, operands: tuple[Any, ...]) -> Any:
    """The node of an operation on any number of operands; a float if none of them is a Value.

    Raises:
        TypeError: if one of them is neither a Value nor a number.
    """
    row = new_row(operands)
    value_count = read_data(operands, row.numbers)
    if value_count < 0:  # an int, say: once more, with builtin floats
        return nary(code, tuple([x if type(x) is Value else as_float(x) for x in operands]))
    out = evaluate_row(code, row) if code < BUILT_IN else evaluate_user_row(code, row)
    if out - out != 0.0:
        check_domain(code, operands)
    if value_count == 0:
        return out
    return new_node(code, out, None, 0.0, None, 0.0, row)


def evaluate_user_row(code: int, row: Row) -> float:
    """A user's own operation: its rule is Python, also where the engine is compiled."""
    out, *derivatives = evaluate(code, [data_of(x) for x in row.operands])
    for i in range(row.count):
        row.derivatives[i] = derivatives[i]
    return out


def new_node(
    code: int,
    out: float,
    x: Value | None,
    dx: float,
    y: Value | None,
    dy: float,
    row: Row | None,
) -> Value:
    """A node with all its slots filled; every result of an operation is made here."""
    node = Value.__new__(Value)
    node._data = out
    node._grad = 0.0
    node._code = code
    node._mark = 0
    node._x = x
    node._dx = dx
    node._y = y
    node._dy = dy
    node._row = row
    node._note = None
    if active_modes:
        apply_modes(node)
    return node


# ---- the backward pass --------------------------------------------------------------------------


def run_backward(root: Value, seed: float) -> None:
    """Put the nodes in order, then carry the gradient from the root to the leaves."""
    order = topological_order(root)
    if root._code == 0:  # a leaf adds up over passes
        root._grad += seed
    else:
        root._grad = seed
    culprit = None
    for place in range(len(order) - 1, -1, -1):
        if cython.compiled:  # for the compiler: have a later node at hand
            fetch_listed(order, place - 16)
        node = order[place]
        upstream = node._grad
        if upstream - upstream != 0.0 and culprit is None:  # the first that is inf or nan
            culprit = node
        if node._x is not None:
            node._x._grad += upstream * node._dx
        if node._y is not None:
            node._y._grad += upstream * node._dy
        elif node._row is not None:  # it has neither _x nor _y
            send_shares(node._row, upstream)
    if culprit is not None:
        raise_non_finite_gradient(order, culprit)


def topological_order(root: Value) -> list[Value]:
    """All nodes under `root`, each once and after its operands; inner gradients are set to 0.

    Depth first, with a list for a stack, so that no graph is too deep. The first time that a node
    comes from the stack, it goes back under its operands, which so find their places before it; the
    second time it takes its own. A node with several consumers may lie on the stack more often:
    it has its place already then, and is passed over.
    """
    global last_pass
    met = last_pass + 1
    placed = last_pass + 2
    last_pass = placed
    order: list[Value] = []
    stack: list[Value] = [root]
    while stack:
        node = stack.pop()
        if node._mark == met:
            node._mark = placed
            order.append(node)
        elif node._mark != placed:
            node._mark = met
            if cython.compiled:  # for the compiler: have what lies near at hand
                fetch_neighbours(node)
            if node._code != 0:  # leaves keep what they hold
                node._grad = 0.0
            stack.append(node)
            if node._y is not None and node._y._mark != placed:  # below x, which so comes first
                stack.append(node._y)
            if node._x is not None and node._x._mark != placed:
                stack.append(node._x)
            if node._row is not None:
                stack_operands(stack, node._row, placed)
    return order


# ---- rows: the same for any number of operands --------------------------------------------------
#
# Compiled, `memory.pxd` has these three loops, without reference counting.

if not cython.compiled:

    def read_data(operands: tuple[Any, ...], numbers: list[float]) -> int:
        """Put the operands' data into `numbers`; how many are Values, or -1 if one is no float."""
        value_count = 0
        for i, operand in enumerate(operands):
            if type(operand) is Value:
                numbers[i] = operand._data
                value_count += 1
            elif type(operand) is float:
                numbers[i] = operand
            else:
                return -1
        return value_count

    def send_shares(row: Row, upstream: float) -> None:
        """Hand each Value of a row its share of the gradient."""
        for operand, derivative in zip(row.operands, row.derivatives, strict=True):
            if type(operand) is Value:
                operand._grad += upstream * derivative

    def stack_operands(stack: list[Value], row: Row, placed: int) -> None:
        """Put the Values of a row on the stack that have no place yet, the first on top."""
        for operand in reversed(row.operands):
            if type(operand) is Value and operand._mark != placed:
                stack.append(operand)


# ---- numbers and labels -------------------------------------------------------------------------


def is_operand(x: object) -> bool:
    """Whether x can stand in an expression: a Value or a number."""
    return type(x) is Value or is_number(x)


def data_of(x: Any) -> float:
    """The data of a Value, or the number itself."""
    if type(x) is Value:
        node = x
        return node._data
    return float(x) if type(x) is float or type(x) is int else as_float(x)


def as_label(label: object) -> str:
    """A label is text; anything else is an error that says so."""
    if not isinstance(label, str):
        raise TypeError(f"a label must be a str, not {type(label).__name__}")
    return str.__str__(label)  # a plain one, also where a subclass of str was given


# ---- modes, copies, and what is refused ---------------------------------------------------------


def apply_modes(node: Value) -> None:
    """What the modes that are on in this thread ask of a new node."""
    if modes.recorder is not None:
        modes.recorder.made(node)
    if modes.no_grad:
        if modes.recorder is not None:
            modes.recorder.cut(node)
        node._code = 0
        node._x = node._y = node._row = None
    if modes.tracing:
        scope_name = modes.scopes[-1].scope if modes.scopes else ""
        node._note = as_note(node.label, scope_name, calling_line())
    elif modes.scopes:
        scope = modes.scopes[-1]
        node._note = scope if node._note is None else Note(node.label, scope.scope)


def notice(node: Value, what: str) -> None:
    """Tell the recorder of this thread, if there is one, that a number leaves the graph here."""
    if modes.recorder is not None:
        modes.recorder.notice(node, what)


def settled(relation: str, x: Value, y: object, outcome: bool) -> bool:
    """The outcome of a comparison, of which the recorder of this thread is told."""
    if active_modes and modes.recorder is not None:
        modes.recorder.settled(relation, x, y, outcome)
    return outcome


def count_modes(change: int) -> None:
    """Tell the engine that a mode was switched on (+1) or off (-1)."""
    global active_modes
    with one_pass_at_a_time:
        active_modes += change


def renew_lock() -> None:
    """After a fork, no other thread is there that could give the lock back."""
    global one_pass_at_a_time
    one_pass_at_a_time = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_lock)


def restored_node(
    name: str,
    operands: tuple[Any, ...],
    local_derivatives: tuple[float, ...],
    data: float,
    grad: float,
    has_grad: bool,
    label: str,
    scope: str,
    source: str = "",
) -> Value:
    """A node as it was recorded once, from its public attributes; no rule is run.

    Raises:
        KeyError: if there is no operation of that name.
    """
    node = Value(data, label)
    node._grad = grad
    node._mark = 1 if has_grad else 0
    node._note = as_note(label, scope, source)
    if not name:
        return node
    operation = entry(name)
    node._code = operation.code
    operands = operation.with_defaults(operands)
    recorded = iter(local_derivatives)
    derivatives = [next(recorded) if type(x) is Value else x for x in operands]
    if operation.arity == 1 and operation.code < BUILT_IN:
        (node._x,), (node._dx,) = operands, derivatives
    elif operation.arity == 2 and operation.code < BUILT_IN and not operation.defaults:
        node._x, node._y = [x if type(x) is Value else None for x in operands]
        node._dx, node._dy = derivatives
    else:
        node._row = new_row(operands)
        for i in range(len(operands)):
            node._row.derivatives[i] = derivatives[i]
    return node


LEAVING = (
    "a Value cannot become a plain number: that would cut it from its graph. "
    "Use autograd.exp(v) and the like in place of math.exp(v), or v.data for the number"
)

# What code that looked into other engines asks for, and what it is called here.
RENAMED = {
    "_prev": ".parents",
    "_children": ".operands",
    "_op": ".op",
    "_backward": ".local_derivatives (one a parent), which .backward() multiplies",
    "_local_grads": ".local_derivatives",
}


def renamed(name: str) -> property:
    """An attribute that only says where to find what it stands for elsewhere."""

    def refuse(node: Value) -> None:
        raise AttributeError(f"Value has no {name!r} here; its public form is {RENAMED[name]}")

    return property(refuse)


for their_name in RENAMED:
    setattr(Value, their_name, renamed(their_name))


# ---- the end of a node: for the compiler --------------------------------------------------------

# Python frees a chain of its own objects without recursion. So must the compiled nodes: operands of
# dead ones wait here for their turn, and `depth` is how deep in freeing we are.
depth = 0
waiting: list[Any] = []
DEEP = 100


def release(node: Value) -> None:
    """Let go of a dead node's operands, so that a chain of any length is freed.

    Each of them may die of it and release its own, a level deeper in C; too deep down they are put
    on a list instead, which the outermost level works off.
    """
    global depth
    if depth >= DEEP:
        waiting.append((node._x, node._y, node._row))
        return
    depth += 1
    node._x = None
    node._y = None
    node._row = None
    if depth == 1:
        while waiting:
            waiting.pop()  # the last reference goes, and what it held is freed
    depth -= 1

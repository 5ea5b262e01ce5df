"""Numerical checks: the derivative as a quotient of differences, and whether backward agrees.

`differences.py` measures slopes. Where both sides of an input have one slope, the analytic gradient
is right or wrong by it; where they have two, or take different branches, there is a kink, and where
the function itself is another number right beside the input, a jump. These are shown, not judged.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any, NamedTuple

from autograd.differences import (
    EPSILON,
    STEPS,
    Curve,
    Estimate,
    Sample,
    Slopes,
    checked_step,
    difference_quotient,
    measured,
    shrunk,
    usual_steps,
)
from autograd.domain import number_of, operand_symbols
from autograd.engine import Value
from autograd.formulas import derivatives
from autograd.functions import on_numbers
from autograd.graph import node_names, topological_order
from autograd.modes import differentiating, no_grad
from autograd.numbers import as_float, format_number, is_number
from autograd.registry import Operation, entry
from autograd.state import modes
from autograd.trees import filled, named_leaves, parameter_names, spread

# ---- the public functions -----------------------------------------------------------------------


def numerical_gradient(
    f: Callable[..., Any], inputs: Any, eps: float | None = None, method: str = "central"
) -> Any:
    """The gradient of f by differences alone: no graph, no rule of any operation.

    With h for eps and D(h) = (f(x + h) - f(x - h)) / (2 h), the derivative by each input x is

        central       D(h), with an error of order h^2
        forward       (f(x + h) - f(x)) / h, with an error of order h
        richardson    of T[0][j] = D(h / 2^j), j = 0 ... 5, and
                      T[i][j] = T[i-1][j] + (T[i-1][j] - T[i-1][j-1]) / (4^i - 1),
                      with an error of order h^(2i + 2), the entry that agrees best with the two
                      that it was made of

    Where f is not defined at x + h or x - h (it raises a ValueError or an ArithmeticError there,
    or is inf or nan), shorter steps are tried, unless eps is given. Where none stays in the domain,
    the difference to the side on which f is defined is taken: sqrt at 0 gives sqrt(h) / h.

    Args:
        f: a function that returns a Value or a number; it is called with Values, in `no_grad`.
        inputs: a list or tuple for f(*inputs), or for f(inputs) if f takes one argument alone; a
            dict for f(**inputs); a number for f(x). What stands in it are numbers, Values, and
            lists, tuples and dicts of them.
        eps: the step; if None, the 3rd root of the machine epsilon for central, the 2nd for
            forward and the 5th for richardson, times max(1, |x|).
        method: "central", "forward" or "richardson".

    Returns:
        Numbers in the shape of `inputs`.

    Raises:
        ValueError: if eps is not a positive finite number; if there is no such method; if f is not
            defined on either side of an input.
        TypeError: if f returns anything but a Value or a number.

    >>> print(format(numerical_gradient(lambda x: x**3, 2.0, eps=0.001), ".8g"))
    12.000001
    >>> gradient = numerical_gradient(lambda x, w: x * w[0] + w[1], {"x": 3, "w": [2, 1]})
    >>> [round(number, 6) for number in (gradient["x"], *gradient["w"])]
    [2.0, 3.0, 1.0]
    """
    if method not in STEPS:
        raise ValueError(f"method must be one of {', '.join(STEPS)}, not {method!r}")
    first_step = checked_step(eps)
    entries = flattened(f, inputs)

    def curve_of(place: int) -> Curve:
        def curve(x: float) -> Sample:
            with no_grad():
                return Sample(number_of(result_of(f, inputs, moved(entries, place, x))))

        return curve

    slopes = []
    for place, (name, x) in enumerate(entries):
        steps = [first_step] if first_step else usual_steps(STEPS[method], x)
        slope = difference_quotient(curve_of(place), x, steps, method)
        if slope is None:
            raise ValueError(
                f"f is not defined on either side of {name} = {format_number(x)}, so it has no "
                f"difference there; the shortest step was {format_number(steps[-1])}"
            )
        slopes.append(slope)
    return filled(inputs, iter(slopes))


def gradcheck(
    f: Callable[..., Any] | Value,
    inputs: Any = None,
    eps: float | None = None,
    rtol: float = 1e-6,
    atol: float = 0.0,
    per_node: bool = False,
) -> GradientReport:
    """Compare the gradient of f by the chain rule with its gradient by differences.

    The numerical gradient is that of `numerical_gradient`'s method "richardson", with steps that
    are shortened until x - h, x and x + h take the same branches (of relu, of maximum, of an `if`
    in f). An input is "right" if the two differ by no more than

        atol + rtol * |numeric| + the estimated error of numeric

    and "wrong" if by more. It is a "jump" if f is another number right beside it, and a "kink" if
    the slopes to the left and to the right of it differ with the shortest step as well, or have no
    limit that the steps come near to: then there is nothing that would be right. At the border of
    f's domain the slope of the inner side counts.

    No `.grad` is touched: neither of the inputs nor of Values that f closes over.

    Args:
        f: a function as in `numerical_gradient`; or the result of an expression, without inputs:
            then all its nodes are compared, as they were recorded.
        inputs: as in `numerical_gradient`.
        eps: the longest step; if None, chosen for each input.
        rtol, atol: the relative and the absolute difference allowed, besides the error of the
            numerical derivative, which is estimated.
        per_node: compare not the gradient but every local derivative of every node with the
            differences of that one operation, so that the report names the operation at fault.

    Returns:
        A report that prints as a table and is true unless something is wrong.

    Raises:
        TypeError: if f returns anything but a Value or a number.
        ValueError: if eps is not a positive finite number; if f is not finite at the inputs, or
            is another number when called again; if a recorded graph is out of date.
        RuntimeError: inside `no_grad`, where there is no graph to check.

    >>> bool(gradcheck(lambda x, y: ln(x) + exp(y), [1.0, 3.0]))
    True
    >>> print(gradcheck(lambda x: relu(x) + 2 * x, 0.0))
    0 of 1 agree; kink: x
    input  analytic  numeric  difference  tolerance  verdict
    x             2      2.5           –          –  kink
        slope 2 on the left, 3 on the right
    """
    limits = Limits(checked_step(eps), rtol, atol)
    if isinstance(f, Value):
        if inputs is not None:
            raise TypeError("gradcheck takes a function and inputs, or a Value alone")
        return GradientReport(tuple(node_rows(f, limits)))
    if inputs is None:
        raise TypeError("gradcheck needs the inputs of f: gradcheck(f, [1.0, 2.0])")
    if modes.no_grad:
        raise RuntimeError("gradcheck needs f's graph: call it outside of `with no_grad():`")
    entries = flattened(f, inputs)
    if per_node:
        root = result_of(f, inputs, as_leaves(entries))
        return GradientReport(tuple(node_rows(root, limits)) if isinstance(root, Value) else ())
    return GradientReport(tuple(input_rows(f, inputs, entries, limits)))


@dataclass(frozen=True)
class GradientRow:
    """One derivative, by the chain rule and by differences.

    Attributes:
        name: the input's name; for an operation, the node's.
        analytic: the derivative by the chain rule, or the local derivative that was recorded.
        numeric: the derivative by differences; at a kink the mean of both sides.
        difference: |analytic - numeric|.
        tolerance: the largest difference that is right; it includes numeric's estimated error.
        verdict: "right", "wrong", "kink" or "jump"; "kink" also where no slope can be told.
        left, right: the slopes to both sides; nan where the function is not defined there.
        op, operand: for an operation its name, and the operand by which the derivative is.
        source: for an operation the line that made the node, if that was traced.
    """

    name: str
    analytic: float
    numeric: float
    difference: float
    tolerance: float
    verdict: str
    left: float
    right: float
    op: str = ""
    operand: str = ""
    source: str = ""

    @property
    def title(self) -> str:
        """The input's name; for an operation "h (mul by x)"."""
        return f"{self.name} ({self.op} by {self.operand})" if self.op else self.name


@dataclass(frozen=True)
class GradientReport:
    """What `gradcheck` found: one row a derivative. It is true if none is wrong."""

    rows: tuple[GradientRow, ...]

    def __bool__(self) -> bool:
        return not self.of("wrong")

    def of(self, verdict: str) -> list[GradientRow]:
        """The rows with this verdict: "right", "wrong", "kink" or "jump"."""
        return [row for row in self.rows if row.verdict == verdict]

    @property
    def outcome(self) -> str:
        """One line, such as "3 of 4 agree; wrong: y"."""
        text = f"{len(self.of('right'))} of {len(self.rows)} agree"
        for verdict in ("wrong", *NOT_JUDGED):
            rows = self.of(verdict)
            if rows:
                names = ", ".join(shortened(row.title, WIDTH // 2) for row in rows[:MOST_NAMES])
                more = f", and {len(rows) - MOST_NAMES} more" if len(rows) > MOST_NAMES else ""
                text += f"; {verdict}: {names}{more}"
        return text

    def __str__(self) -> str:
        shown, agreeing = [], 0
        for row in self.rows:
            agreeing += row.verdict == "right"
            if row.verdict != "right" or agreeing <= MOST_RIGHT:
                shown.append(row)
        lines = wrapped(self.outcome) + table(shown)
        left_out = len(self.rows) - len(shown)
        return "\n".join([*lines, f"... and {left_out} more that agree"] if left_out else lines)


# ---- f and its inputs ---------------------------------------------------------------------------

#: An input's name and number.
Entry = tuple[str, float]


def flattened(f: Callable[..., Any], inputs: Any) -> list[Entry]:
    """The numbers among the inputs, from left to right, each with its name: its label, or the
    parameter and the place in it, such as x[0][1]."""
    if isinstance(inputs, dict):
        arguments = list(inputs.items())
    else:
        spread_out = spread(f, inputs)
        names = parameter_names(f, len(spread_out))
        arguments = list(zip(names, spread_out, strict=True))
    return [
        (getattr(leaf, "label", "") or path, number_of(leaf))
        for name, argument in arguments
        for path, leaf in named_leaves(argument, name)
    ]


def as_leaves(entries: Sequence[Entry]) -> list[Value]:
    """A fresh Value for each input: nothing that happens to it touches the caller's."""
    return [Value(number, label=name) for name, number in entries]


def moved(entries: Sequence[Entry], place: int, number: float) -> list[Value]:
    """Fresh Values, with another number for one of the inputs."""
    return as_leaves([*entries[:place], (entries[place][0], number), *entries[place + 1 :]])


def result_of(f: Callable[..., Any], inputs: Any, leaves: Sequence[Value]) -> Value | float:
    """What f answers for these leaves in the place of its inputs.

    Raises:
        TypeError: if that is neither a Value nor a number.
    """
    arguments = filled(inputs, iter(leaves))
    with differentiating():
        result = f(**arguments) if isinstance(arguments, dict) else f(*spread(f, arguments))
    if isinstance(result, Value):
        return result
    if not is_number(result):
        raise TypeError(
            f"f must return a Value or a number, not {type(result).__name__}; "
            "for several results, check them one by one"
        )
    return as_float(result)


# ---- comparing ----------------------------------------------------------------------------------


class Limits(NamedTuple):
    """How a derivative is measured and how far off it may be: gradcheck's arguments."""

    eps: float | None
    rtol: float
    atol: float

    def steps(self, x: float) -> list[float]:
        """The steps to try at x, the longest first."""
        return shrunk(self.eps) if self.eps else usual_steps(STEPS["richardson"], x)


def input_rows(
    f: Callable[..., Any], inputs: Any, entries: list[Entry], limits: Limits
) -> Iterator[GradientRow]:
    """A row for each input of f."""

    def sample(leaves: Sequence[Value]) -> Sample:
        result = result_of(f, inputs, leaves)
        return Sample(number_of(result), branches(result))

    leaves = as_leaves(entries)
    root = result_of(f, inputs, leaves)
    here = sample(as_leaves(entries))
    require_one_finite_result(number_of(root), here.value)
    gradients = gradient_by_node(root) if isinstance(root, Value) else {}
    rounding = EPSILON * finite_sum(node.data * gradient for node, gradient in gradients.items())
    for place, ((name, x), leaf) in enumerate(zip(entries, leaves, strict=True)):

        def curve(number: float, place: int = place) -> Sample:
            return sample(moved(entries, place, number))

        slopes = measured(curve, x, here, limits.steps(x), rounding)
        yield compared(name, gradients.get(leaf, 0.0), slopes, limits)


def require_one_finite_result(result: float, again: float) -> None:
    """What differences need: f is a finite number, and the same one when called again."""
    if not math.isfinite(result):
        raise ValueError(f"f is {result} at the inputs: it has no derivative there")
    if result != again:
        raise ValueError(
            f"f is {result!r} at the inputs and {again!r} when called again: a function that draws "
            "random numbers or changes something cannot be checked; fix the seed inside f"
        )


def gradient_by_node(root: Value) -> dict[Value, float]:
    """d(root)/d(node) of every node, by the chain rule; the nodes' own `.grad` stay as they are."""
    order = topological_order(root)
    gradients = dict.fromkeys(order, 0.0)
    gradients[root] = 1.0
    for node in reversed(order):
        for parent, derivative in zip(node.parents, node.local_derivatives, strict=True):
            gradients[parent] += gradients[node] * derivative
    return gradients


def finite_sum(terms: Iterator[float]) -> float:
    """The sum of the sizes of those terms that are finite: how far rounding of each adds up."""
    return sum([abs(term) for term in terms if math.isfinite(term)])


def node_rows(root: Value, limits: Limits) -> Iterator[GradientRow]:
    """A row for each local derivative of each node of a graph."""
    order = topological_order(root)
    names = node_names(order)
    for node in order:
        if node.op:
            yield from rows_of(node, names, limits)


def rows_of(node: Value, names: Mapping[Value, str], limits: Limits) -> Iterator[GradientRow]:
    """A row for each local derivative of one node, against its operation on plain numbers."""
    operation = entry(node.op)
    operands = operation.with_defaults(node.operands)
    numbers = [number_of(operand) for operand in operands]
    here = operation_sample(operation, numbers)
    if here.value != node.data and not math.isnan(node.data):
        raise ValueError(
            f"{names[node]} was recorded as {format_number(node.data)}, but its operands make it "
            f"{format_number(here.value)}: they changed since. Build the expression again"
        )
    recorded = iter(node.local_derivatives)
    terms = [(i, next(recorded)) for i, x in enumerate(operands) if isinstance(x, Value)]
    parts = [numbers[i] * derivative for i, derivative in terms]
    rounding = EPSILON * finite_sum(iter([node.data, *parts]))
    symbols = list(operand_symbols(operation, operands).values())
    for i, derivative in terms:

        def curve(number: float, i: int = i) -> Sample:
            return operation_sample(operation, [*numbers[:i], number, *numbers[i + 1 :]])

        slopes = measured(curve, numbers[i], here, limits.steps(numbers[i]), rounding)
        by = {"op": node.op, "operand": symbols[i], "source": node.source}
        yield compared(names[node], derivative, slopes, limits, **by)


def compared(
    name: str, analytic: float, slopes: Slopes | None, limits: Limits, **operation: str
) -> GradientRow:
    """The row of one derivative."""
    nowhere = Estimate(math.nan, math.nan)
    numeric, error, _ = slopes.best if slopes else nowhere
    is_same = analytic == numeric  # also where both are infinite
    difference = 0.0 if is_same else abs(analytic - numeric)
    tolerance = limits.atol + limits.rtol * abs(numeric) + error
    if slopes is not None and slopes.jumps:
        verdict = "jump"
    elif slopes is None or not slopes.agree:
        verdict = "kink"
    elif is_same:
        verdict = "right"
    elif not slopes.is_known:
        verdict = "kink"
    else:
        verdict = "right" if difference <= tolerance else "wrong"
    return GradientRow(
        name=name,
        analytic=analytic,
        numeric=numeric,
        difference=difference,
        tolerance=tolerance,
        verdict=verdict,
        left=((slopes and slopes.left) or nowhere).slope,
        right=((slopes and slopes.right) or nowhere).slope,
        **operation,
    )


# ---- the branches taken -------------------------------------------------------------------------


def operation_sample(operation: Operation, numbers: Sequence[float]) -> Sample:
    """One operation on plain numbers, and the branch that it took."""
    out = on_numbers(operation, numbers)
    return Sample(out, (branch(operation, numbers, out),))


def branches(result: Value | float) -> tuple[Any, ...]:
    """What tells one course of a calculation from another: each node's operation, its operands'
    places in the graph, and the branch of its derivatives that it took."""
    if not isinstance(result, Value):
        return ()
    order = topological_order(result)
    places = {node: place for place, node in enumerate(order)}
    return tuple(
        [(node.op, tuple([places[x] for x in node.parents]), branch_of(node)) for node in order]
    )


def branch_of(node: Value) -> tuple[int, ...]:
    """The branch that a node's derivatives took."""
    if not node.op:
        return ()
    operation = entry(node.op)
    operands = operation.with_defaults(node.operands)
    if branch_code(operation, len(operands)) is None:  # most have none, and graphs are large
        return ()
    return branch(operation, [number_of(operand) for operand in operands], node.data)


def branch(operation: Operation, numbers: Sequence[float], out: float) -> tuple[int, ...]:
    """Which outcome each conditional expression among the derivatives had: their numbers."""
    code = branch_code(operation, len(numbers))
    if code is None:
        return ()
    given = dict(zip(operation.operand_names(len(numbers)), numbers, strict=True))
    taken: tuple[int, ...] = eval(code, {"__builtins__": {}}, {**given, "out": out})
    return taken


@cache
def branch_code(operation: Operation, count: int) -> CodeType | None:
    """The operation's conditional derivatives with numbers for their outcomes, compiled; None if
    it has none.

    They are read as a textbook writes them, so that a rule's branches for accuracy do not count:
    sigmoid has no kink. Conditions on more than the operands are left out; kinks that come of them
    show in the slopes alone.
    """
    known = {*operation.operand_names(count), "out"}
    conditionals = [
        outcome_numbers(formula)
        for formula in derivatives(operation, count)
        if isinstance(formula, ast.IfExp) and names_in_conditions(formula) <= known
    ]
    if not conditionals:
        return None
    numbered = ast.Expression(ast.Tuple(conditionals, ast.Load()))
    return compile(ast.fix_missing_locations(numbered), f"<branches of {operation.name}>", "eval")


def outcome_numbers(formula: ast.expr, number: int = 0) -> ast.expr:
    """`a if x > 0 else (b if x < 0 else c)` with 0, 1 and 2 for a, b and c."""
    if not isinstance(formula, ast.IfExp):
        return ast.Constant(number)
    return ast.IfExp(
        formula.test, ast.Constant(number), outcome_numbers(formula.orelse, number + 1)
    )


def names_in_conditions(formula: ast.expr) -> set[str]:
    """The names that a chain of conditional expressions asks of."""
    names: set[str] = set()
    while isinstance(formula, ast.IfExp):
        names |= {node.id for node in ast.walk(formula.test) if isinstance(node, ast.Name)}
        formula = formula.orelse
    return names


# ---- the report as plain text -------------------------------------------------------------------

WIDTH = 80
NOT_JUDGED = ("kink", "jump")  # verdicts
MOST_NAMES = 5  # more wrong ones are not named in the first line
MOST_RIGHT = 20  # more rows that agree are not printed
LONGEST_TITLE = 18
HEADINGS = ("analytic", "numeric", "difference", "tolerance")


def shortened(title: str, length: int) -> str:
    """A title of at most this length on one line, what is left out marked by "…"."""
    title = " ".join(title.split())
    return title if len(title) <= length else title[: length - 1] + "…"


def wrapped(text: str) -> list[str]:
    """A text in lines that fit."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        lines[-1:] = [joined] if len(joined) <= WIDTH else [lines[-1], f"  {word}"]
    return lines


def table(rows: Sequence[GradientRow]) -> list[str]:
    """The rows in columns; below a wrong one its line, below a kink or jump its slopes."""
    if not rows:
        return []
    titles = [shortened(row.title, LONGEST_TITLE) for row in rows]
    numbers = [numbers_shown(row) for row in rows]
    first = max([len(title) for title in [*titles, "input"]])
    widths = [max(map(len, column)) for column in zip(HEADINGS, *numbers, strict=True)]

    def line(title: str, cells: Sequence[str], last: str) -> str:
        middle = "  ".join([cell.rjust(width) for cell, width in zip(cells, widths, strict=True)])
        return f"{title:{first}}  {middle}  {last}"

    lines = [line("node" if rows[0].op else "input", HEADINGS, "verdict")]
    for row, title, cells in zip(rows, titles, numbers, strict=True):
        lines.append(line(title, cells, row.verdict))
        if row.verdict in NOT_JUDGED:
            left, right = format_number(row.left), format_number(row.right)
            lines.append(f"    slope {left} on the left, {right} on the right")
        if row.verdict == "wrong" and row.source:
            lines.append(f"    made at {row.source}")
    return lines


def numbers_shown(row: GradientRow) -> list[str]:
    """The four numbers of a row; what is not judged has no difference."""
    shown = [format_number(row.analytic), format_number(row.numeric)]
    if row.verdict in NOT_JUDGED:
        return [*shown, "–", "–"]
    return [*shown, f"{row.difference:.2g}", f"{row.tolerance:.2g}"]

"""Slips: what people get wrong about one operation, and the number that comes of it.

A slip is a formula that stands in the place of the right one: d(x*y)/dx = x, exp'(x) = x, log10 for
ln. Where a whole family of slips has one form (the sign, the input for the output), it is made from
the operation's own formulas; the others stand in two tables, one row each.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import CodeType
from typing import NamedTuple

from autograd.engine import Value
from autograd.formulas import branch_taken, derivatives, parsed
from autograd.functions import FUNCTIONS
from autograd.graph_formulas import operand_numbers, recomputed
from autograd.registry import entry

#: The formulas of an operation with more operands are not tried: they are as long as it is wide.
MOST_OPERANDS = 32


class Slip(NamedTuple):
    """A number in the place of a right one.

    Attributes:
        kind: which sort of mistake it is.
        number: the wrong derivative, or the wrong value.
        words: what went wrong; "{node}" and "{operand}" stand for the names.
        derivatives: of a wrong value, the derivatives that come with it; None where they are
            taken by the right rule.
    """

    kind: str
    number: float
    words: str
    derivatives: tuple[float, ...] | None = None


class Row(NamedTuple):
    """A row of the tables: a slip as a formula of the operation's operands and `out`."""

    kind: str
    formula: str
    words: str


MINUS = "the minus sign is missing"
SQUARE = "the square is missing"
NUMERATOR = "the numerator is missing"
SWAPPED = "the derivative of a product by one factor is the other factor"
LOG_BASE = "the logarithm to base 10 was taken for the natural one"
NATURAL = "the natural logarithm was taken for this one"
DEGREES = "the angle was taken in degrees: it is in radians"
NOT_REDUCED = "the exponent was not reduced by one"
NO_FACTOR = "the exponent was not brought down as a factor"
TIMES_SLOPE = "the slope of the other side of 0 was taken"
OTHER_SIDE = "this is the derivative where the other operand wins"

#: Wrong derivatives, by operation and operand.
DERIVATIVE_SLIPS: dict[tuple[str, str], tuple[Row, ...]] = {
    ("mul", "x"): (Row("product rule", "x", SWAPPED),),
    ("mul", "y"): (Row("product rule", "y", SWAPPED),),
    ("div", "x"): (
        Row("quotient rule", "y", "the derivative by the numerator is 1 over the denominator"),
        Row("quotient rule", "-x / y ** 2", "this is the derivative by the denominator"),
        Row("quotient rule", "1 / y ** 2", "the denominator was squared"),
    ),
    ("div", "y"): (
        Row("quotient rule", "x / y ** 2", MINUS),
        Row("quotient rule", "-1 / y ** 2", NUMERATOR),
        Row("quotient rule", "-x / y", "the denominator was not squared"),
        Row("quotient rule", "x / y", "the minus sign and the square are missing"),
        Row("quotient rule", "1 / y ** 2", "the minus sign and the numerator are missing"),
        Row("quotient rule", "1 / y", "this is the derivative by the numerator"),
    ),
    ("pow", "x"): (
        Row("power rule", "y * x ** y", NOT_REDUCED),
        Row("power rule", "x ** (y - 1)", NO_FACTOR),
        Row("power rule", "y * x", "the power is missing"),
        Row("power rule", "(y - 1) * x ** (y - 1)", "the reduced exponent was brought down"),
        Row("power rule", "y * x ** (y + 1)", "the exponent was raised, not reduced"),
        Row("power rule", "out * ln(x)", "this is the derivative by the exponent"),
    ),
    ("pow", "y"): (
        Row("power rule", "out", "the factor ln of the base is missing"),
        Row("power rule", "y * x ** (y - 1)", "this is the derivative by the base"),
        Row("log base", "out * log10(x)", LOG_BASE),
    ),
    ("sqrt", "x"): (
        Row("power rule", "1 / out", "the factor 1/2 is missing"),
        Row("power rule", "out / 2", NOT_REDUCED),
        Row("reciprocal", "2 * out", "the derivative is 1 over this"),
    ),
    ("ln", "x"): (
        Row("log base", "1 / (x * ln(10))", LOG_BASE),
        Row("reciprocal", "x", "the derivative is 1 over this"),
    ),
    ("log2", "x"): (
        Row("log base", "1 / x", NATURAL),
        Row("log base", "ln(2) / x", "it is divided by ln 2"),
    ),
    ("log10", "x"): (
        Row("log base", "1 / x", NATURAL),
        Row("log base", "ln(10) / x", "it is divided by ln 10"),
    ),
    ("exp", "x"): (
        Row("power rule", "x * exp(x - 1)", "the rule for powers of a variable was used"),
        Row("power rule", "x * out", "the exponent was brought down"),
    ),
    ("sigmoid", "x"): (
        Row("other function", "1 - out ** 2", "this is the rule of tanh"),
        Row("left out", "1 - out", "the factor s in s * (1 - s) is missing"),
        Row("left out", "out", "the factor 1 - s in s * (1 - s) is missing"),
    ),
    ("tanh", "x"): (
        Row("other function", "out * (1 - out)", "this is the rule of sigmoid"),
        Row("left out", "1 - out", SQUARE),
        Row("sign", "1 + out ** 2", "the sign in 1 - tanh(x)^2 is wrong"),
    ),
    ("sin", "x"): (Row("degrees", "cos(x * pi / 180)", DEGREES),),
    ("cos", "x"): (Row("degrees", "-sin(x * pi / 180)", DEGREES),),
    ("tan", "x"): (Row("degrees", "1 + tan(x * pi / 180) ** 2", DEGREES),),
    ("relu", "x"): (
        Row("dead relu", "1", "a ReLU of a negative number lets nothing pass"),
        Row("live relu", "0", "a ReLU of a positive number lets all pass"),
    ),
    ("leaky_relu", "x"): (
        Row("leaky relu", "negative_slope if x > 0 else 1", TIMES_SLOPE),
        Row("leaky relu", "1 if x > 0 else 0", "a leaky ReLU of a negative number is not dead"),
    ),
    ("maximum", "x"): (Row("other branch", "0 if x > y else 1", OTHER_SIDE),),
    ("maximum", "y"): (Row("other branch", "1 if x > y else 0", OTHER_SIDE),),
    ("minimum", "x"): (Row("other branch", "0 if x < y else 1", OTHER_SIDE),),
    ("minimum", "y"): (Row("other branch", "1 if x < y else 0", OTHER_SIDE),),
}

NOT_APPLIED = "this is {operand}: {node} has yet to be worked out"
FIRST_ALONE = "the second operand was left out"
SECOND_ALONE = "the first operand was left out"

#: Wrong values, by operation.
VALUE_SLIPS: dict[str, tuple[Row, ...]] = {
    "add": (
        Row("operation", "x - y", "it is a sum, not a difference"),
        Row("operation", "x * y", "it is a sum, not a product"),
        Row("left out", "x", FIRST_ALONE),
        Row("left out", "y", SECOND_ALONE),
    ),
    "sub": (
        Row("swapped operands", "y - x", "the operands were swapped"),
        Row("operation", "x + y", "it is a difference, not a sum"),
        Row("left out", "x", FIRST_ALONE),
        Row("left out", "y", SECOND_ALONE),
    ),
    "mul": (
        Row("operation", "x + y", "it is a product, not a sum"),
        Row("left out", "x", FIRST_ALONE),
        Row("left out", "y", SECOND_ALONE),
    ),
    "div": (
        Row("swapped operands", "y / x", "the operands were swapped"),
        Row("operation", "x * y", "it is a quotient, not a product"),
        Row("left out", "x", FIRST_ALONE),
    ),
    "pow": (
        Row("operation", "x * y", "it is a power, not a product"),
        Row("swapped operands", "y ** x", "the operands were swapped"),
    ),
    "exp": (
        Row("sign", "exp(-x)", "the exponent's sign is wrong"),
        Row("log base", "10 ** x", "this is a power of 10, not of e"),
    ),
    "ln": (Row("log base", "log10(x)", LOG_BASE), Row("log base", "log2(x)", "it is no log2")),
    "log10": (Row("log base", "ln(x)", NATURAL), Row("log base", "log2(x)", "it is no log2")),
    "log2": (Row("log base", "ln(x)", NATURAL), Row("log base", "log10(x)", "it is no log10")),
    "sin": (
        Row("degrees", "sin(x * pi / 180)", DEGREES),
        Row("other function", "cos(x)", "this is the cosine"),
    ),
    "cos": (
        Row("degrees", "cos(x * pi / 180)", DEGREES),
        Row("other function", "sin(x)", "this is the sine"),
    ),
    "tan": (Row("degrees", "tan(x * pi / 180)", DEGREES),),
    "relu": (Row("live relu", "0", "a ReLU of a positive number is the number"),),
    "sigmoid": (
        Row("sign", "sigmoid(-x)", "the exponent's sign is wrong"),
        Row("other function", "tanh(x)", "this is the tanh"),
    ),
    "tanh": (Row("other function", "sigmoid(x)", "this is the sigmoid"),),
    "maximum": (Row("other function", "minimum(x, y)", "this is the smaller one"),),
    "minimum": (Row("other function", "maximum(x, y)", "this is the larger one"),),
}


def derivative_slips(node: Value, place: int) -> Iterator[Slip]:
    """Wrong derivatives of a node by its parent number `place`, the likeliest first.

    Those that go wrong alike for every operation (0, 1, the other sign) come last.
    """
    right = node.local_derivatives[place]
    numbers = numbers_of(node)
    for row in DERIVATIVE_SLIPS.get((node.op, parameter_of(node, place)), ()):
        yield from slip_of(row, numbers)
    if node.op == "dot":
        yield Slip("product rule", node.parents[place].data, SWAPPED)
    if len(node.parents) == 1:
        yield from elsewhere(node, place, numbers)
    yield from before_activation(node, place)
    yield Slip("sign", -right, "the sign is wrong")
    yield Slip("left out", 1.0, "this factor was left out")
    if len(node.operands) == 1:
        yield Slip("function", node.data, "this is the function itself, not its derivative")


def value_slips(node: Value) -> Iterator[Slip]:
    """Wrong values of a node, the likeliest first; of a leaf, the other sign alone."""
    numbers = numbers_of(node) if node.op else {}
    for row in VALUE_SLIPS.get(node.op, ()):
        for slip in slip_of(row, numbers):
            yield slip._replace(derivatives=wrong_derivatives(node, slip, numbers))
    if len(node.parents) == 1 and node.op != "neg":
        yield Slip("not applied", node.parents[0].data, NOT_APPLIED)
    yield Slip("sign", -node.data, "the sign is wrong")


def wrong_derivatives(
    node: Value, slip: Slip, numbers: Mapping[str, float]
) -> tuple[float, ...] | None:
    """The derivative that comes with a logarithm of another base, or with an angle in degrees."""
    for row in DERIVATIVE_SLIPS.get((node.op, "x"), ()):
        if row.kind == slip.kind and slip.kind in ("log base", "degrees"):
            return tuple([found.number for found in slip_of(row, numbers)]) or None
    return None


def elsewhere(node: Value, place: int, numbers: Mapping[str, float]) -> Iterator[Slip]:
    """The derivative of a function of one Value, taken at the wrong number."""
    formula = formula_of(node, place)
    operand = node.parents[place].data
    if formula is not None and "out" in names_in(formula):
        at_input = evaluated(ast.unparse(formula), {**numbers, "out": operand})
        words = "it was taken at the input {operand} where the output {node} belongs"
        yield from (Slip("at input", number, words) for number in at_input)
    replaced = [Value(node.data) if isinstance(x, Value) else x for x in node.operands]
    at_output = recomputed(node.op, replaced)[1 + place]
    yield Slip(
        "at output", at_output, "it was taken at the output {node} instead of the input {operand}"
    )


def before_activation(node: Value, place: int) -> Iterator[Slip]:
    """The derivative with the number from before an operand's function was applied."""
    operands = list(node.operands)
    for i in read_by(node, place):
        operand = operands[i]
        if isinstance(operand, Value) and operand.op and len(operand.operands) == 1:
            changed = [*operands[:i], Value(operand.parents[0].data), *operands[i + 1 :]]
            number = recomputed(node.op, changed)[1 + place]
            words = f"the number before {operand.op} was taken for the number after it"
            yield Slip("before activation", number, words)


def read_by(node: Value, place: int) -> list[int]:
    """Which operands a local derivative may depend on; none are named of very many."""
    count = len(node.operands)
    if node.op == "dot":
        position, half = value_positions(node)[place], count // 2
        return [] if position == 2 * half else [(position + half) % (2 * half)]
    return list(range(count)) if count <= MOST_OPERANDS else []


def value_positions(node: Value) -> list[int]:
    """Which of the node's operands are Values: the positions of its parents."""
    return [i for i, operand in enumerate(node.operands) if isinstance(operand, Value)]


def slip_of(row: Row, numbers: Mapping[str, float]) -> Iterator[Slip]:
    """The slip of a row; none where its formula has no value."""
    for number in evaluated(row.formula, numbers):
        yield Slip(row.kind, number, row.words)


# ---- formulas and their numbers -----------------------------------------------------------------


def numbers_of(node: Value) -> dict[str, float]:
    """The numbers that a node's formulas are about: its operands and itself."""
    return {**operand_numbers(entry(node.op), node), "out": node.data}


def parameter_of(node: Value, place: int) -> str:
    """What the operation calls its parent number `place`."""
    return entry(node.op).operand_names(len(node.operands))[value_positions(node)[place]]


def formula_of(node: Value, place: int) -> ast.expr | None:
    """The local derivative by one of the parents, on the branch that was taken."""
    if len(node.operands) > MOST_OPERANDS:
        return None
    written = derivatives(entry(node.op), len(node.operands))
    return branch_taken(written[value_positions(node)[place]], numbers_of(node))[0]


def names_in(formula: ast.expr) -> set[str]:
    """The names that a formula reads."""
    return {part.id for part in ast.walk(formula) if isinstance(part, ast.Name)}


KNOWN: dict[str, Callable[..., float] | float] = {**FUNCTIONS, "pi": math.pi}


def evaluated(formula: str, numbers: Mapping[str, float]) -> Iterator[float]:
    """The number that a formula gives; none where it has none."""
    try:
        yield float(eval(compiled(formula), {"__builtins__": {}, **KNOWN}, dict(numbers)))
    except (ValueError, ArithmeticError, TypeError, NameError):
        return  # out of the domain, complex, or a user's rule that calls what only its module knows


@cache
def compiled(formula: str) -> CodeType:
    """The formula's code."""
    return compile(ast.Expression(parsed(formula)), f"<{formula}>", "eval")

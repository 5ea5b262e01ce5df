"""Nodes as formulas: what a node was computed from, in names and in numbers; and is it still so?

A node records its value and its local derivatives once. Data that is assigned later does not change
them: `check_fresh` finds such nodes, by computing each once more.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence

from autograd.engine import Value
from autograd.formulas import notation
from autograd.functions import FUNCTIONS
from autograd.graph import node_names
from autograd.modes import ieee, recording
from autograd.numbers import format_number, format_product
from autograd.printing import text
from autograd.registry import Operation, entry
from autograd.walks import unlike_recorded


def operation_text(node: Value, names: Mapping[Value, str]) -> str:
    """How a node is computed: "h2 * z"; operands without a name are numbers: "20.0855 * 2"."""
    operation = entry(node.op)
    expression = notation(operation, len(node.operands))
    if isinstance(expression, ast.Call):  # less the arguments that were left out
        expression = ast.Call(expression.func, expression.args[: len(node.operands)], [])
    return text(expression, operand_words(operation, node, names))


def operand_numbers(operation: Operation, node: Value) -> dict[str, float]:
    """The number of each of the operation's parameters."""
    numbers = dict(zip(reversed(operation.operands), reversed(operation.defaults), strict=False))
    names = operation.operand_names(len(node.operands))
    for parameter, operand in zip(names, node.operands, strict=False):
        numbers[parameter] = operand.data if isinstance(operand, Value) else operand
    return numbers


def operand_words(operation: Operation, node: Value, names: Mapping[Value, str]) -> dict[str, str]:
    """What stands for each of the operation's parameters: a name, or a number where it has none."""
    numbers = operand_numbers(operation, node)
    words = {parameter: format_number(number) for parameter, number in numbers.items()}
    parameters = operation.operand_names(len(node.operands))
    for parameter, operand in zip(parameters, node.operands, strict=False):
        if isinstance(operand, Value) and operand in names:
            words[parameter] = names[operand]
    return words


def factor(number: float) -> str:
    """A number as a factor: in brackets if it has a sign; 0 for -0.

    >>> factor(2.0), factor(-2.0), factor(-0.0)
    ('2', '(-2)', '0')
    """
    written = format_product(number)
    return f"({written})" if written.startswith("-") else written


# ---- freshness: is what was recorded still what the data give? ----------------------------------


def check_fresh(order: list[Value], names: Mapping[Value, str] | None = None) -> None:
    """Raise a ValueError if a node is not what its operation makes of its operands' data."""
    for node in stale_nodes(order):
        names = names or node_names(order)
        operands = " or ".join(dict.fromkeys(names[parent] for parent in node.parents))
        raise ValueError(
            f"the data of {operands}, or of {names[node]} itself, was changed after "
            f"{names[node]} = {operation_text(node, names)} was computed as "
            f"{format_number(node.data)}: build the expression again"
        )


def stale_nodes(order: list[Value]) -> list[Value]:
    """The nodes that are no longer what their operations make of their operands' data."""
    return [node for node in unlike_recorded(order) if is_stale(node)]


def is_stale(node: Value) -> bool:
    """Whether the node's operation, run once more, gives another value or local derivative."""
    recorded = (node.data, *node.local_derivatives)
    if recorded == rule_results(node):
        return False
    now = recomputed(node.op, node.operands)
    return not all(map(agree, now, recorded))


def rule_results(node: Value) -> tuple[float, ...]:
    """The same as `recomputed`, from the rule itself, without making a node; () where the rule is
    not that simple: it raises, it takes any number of operands, or it is a user's."""
    operation, operands = entry(node.op), node.operands
    if operation.variadic or operation.is_own:
        return ()
    try:
        value, *slopes = operation.rule(*[x.data if type(x) is Value else x for x in operands])
    except (ArithmeticError, ValueError):
        return ()
    if len(node.parents) < len(operands):
        slopes = [dx for dx, x in zip(slopes, operands, strict=False) if type(x) is Value]
    return (value, *slopes)


TOLERANCE = 1e-9  # relative: the `math` of a machine that wrote a graph may round otherwise
SMALLEST = 1e-300  # below this, numbers have fewer digits than the tolerance asks for


def agree(x: float, y: float) -> bool:
    """Whether two numbers are equal but for rounding; a nan equals a nan."""
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return math.isclose(x, y, rel_tol=TOLERANCE, abs_tol=SMALLEST)


def recomputed(name: str, operands: Sequence[Value | float]) -> tuple[float, ...]:
    """The operation run once more on the operands' data: its value, and one derivative a Value.

    What leaves the domain is inf or nan. The operands get no new consumer.

    >>> recomputed("mul", (Value(3.0), 2.0))
    (6.0, 2.0)
    """
    twins = [Value(x.data) if isinstance(x, Value) else x for x in operands]
    with recording(), ieee():
        node = FUNCTIONS[name](*twins)
    return (node.data, *node.local_derivatives)

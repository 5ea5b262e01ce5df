"""Steps as data: the forward and the backward pass over a graph, one small record a step.

Everything that shows backpropagation step by step (terminal, page, notebook, derivation) prints
this one list. The gradients in it are worked out here from the recorded local derivatives; the
nodes' own `.grad` is neither read nor changed.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass

from autograd import functions
from autograd.engine import Value
from autograd.evaluation import evaluate
from autograd.formulas import branch_taken, derivatives, notation, text, with_numbers
from autograd.graph import as_roots, topological_order
from autograd.modes import ieee
from autograd.numbers import as_float, format_number
from autograd.registry import Operation, entry
from viz.names import shown_names


@dataclass(frozen=True)
class Forward:
    """One node gets its value.

    Attributes:
        node: the node.
        name: what it is called: its label, or v1, v2, ...
        symbols: how it is computed, with names: "h2 * z"; "" for a leaf.
        numbers: the same with numbers: "20.0855 * 2"; "" for a leaf.
        value: the result.
    """

    node: Value
    name: str
    symbols: str
    numbers: str
    value: float

    phase = "forward"

    def __str__(self) -> str:
        result = format_number(self.value)
        if not self.symbols:
            return f"{self.name} = {result}"
        return f"{self.name} = {self.symbols} = {self.numbers} = {result}"


@dataclass(frozen=True)
class Backward:
    """One edge carries its share of the gradient, from a node to one of its operands.

    Attributes:
        node: the node that receives.
        name: its name.
        source: the node that sends; None for the seed, with which the pass starts.
        source_name: its name; "" for the seed.
        root_name: the name of the result whose derivatives these are.
        operand: which of the sender's parents receives (0 is the first).
        symbols: the local derivative as a formula: "h2".
        upstream: the gradient that has arrived at the sender.
        local_derivative: d(sender)/d(receiver).
        contribution: their product.
        gradient: the receiver's gradient with this contribution added.
    """

    node: Value
    name: str
    source: Value | None
    source_name: str
    root_name: str
    operand: int
    symbols: str
    upstream: float
    local_derivative: float
    contribution: float
    gradient: float

    phase = "backward"

    def __str__(self) -> str:
        target = f"d{self.root_name}/d{self.name}"
        if self.source is None:
            return f"{target} = {format_number(self.contribution)}"
        upstream = f"d{self.root_name}/d{self.source_name}"
        local = f"∂{self.source_name}/∂{self.name}"
        return (
            f"{target} += {upstream} * {local} = {factor(self.upstream)} * "
            f"{factor(self.local_derivative)} = {format_number(self.contribution)}"
        )


Step = Forward | Backward


def steps(root: Value, seed: float = 1.0) -> list[Step]:
    """The two passes over the graph of `root`: every value, then every contribution.

    Args:
        root: the result of an expression.
        seed: the gradient to start the backward pass with.

    Returns:
        A `Forward` for every node in topological order, then a `Backward` for the root (the seed)
        and one for every edge, in the order in which `root.backward(seed)` multiplies.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> for step in steps(x * x):
    ...     print(step)
    x = 3
    f = x * x = 3 * 3 = 9
    df/df = 1
    df/dx += df/df * ∂f/∂x = 1 * 3 = 3
    df/dx += df/df * ∂f/∂x = 1 * 3 = 3

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if data was assigned after the expression was built: what was recorded would
            not follow from the numbers shown.
    """
    if not isinstance(root, Value):
        as_roots(root)  # raises for what is no result at all
        raise TypeError("steps are of one result at a time: call it once for each of them")
    order = topological_order(root)
    names = shown_names(order)
    check_fresh(order, names)
    return [*forward_steps(order, names), *backward_steps(order, names, as_float(seed))]


def check_fresh(order: list[Value], names: dict[Value, str]) -> None:
    """Raise a ValueError if a node is not what its operation makes of its operands' data."""
    for node in order:
        if node.op and is_stale(node):
            operands = " or ".join(dict.fromkeys(names[parent] for parent in node.parents))
            raise ValueError(
                f"the data of {operands}, or of {names[node]} itself, was changed after "
                f"{names[node]} = {operation_text(node, names)} was computed as "
                f"{format_number(node.data)}: build the expression again"
            )


def is_stale(node: Value) -> bool:
    """Whether the node's operation, run once more, gives another value or local derivative."""
    operation = entry(node.op)
    operands = operation.with_defaults(node.operands)
    numbers = [operand.data if isinstance(operand, Value) else operand for operand in operands]
    if operation.variadic:
        with ieee():
            results = [functions.on_numbers(operation, numbers)]
    else:
        results = list(evaluate(operation.code, numbers))
    by_value = [
        derivative
        for operand, derivative in zip(operands, results[1:], strict=False)
        if isinstance(operand, Value)
    ]
    recorded = [node.data, *node.local_derivatives]
    return any(
        now != then and not (math.isnan(now) and math.isnan(then))
        for now, then in zip([results[0], *by_value], recorded, strict=False)
    )


def forward_steps(order: list[Value], names: dict[Value, str]) -> list[Step]:
    """A `Forward` for every node, in the order given."""
    passed: list[Step] = []
    for node in order:
        symbols = numbers = ""
        if node.op:
            symbols = operation_text(node, names)
            numbers = operation_text(node, {})
        passed.append(Forward(node, names[node], symbols, numbers, node.data))
    return passed


def operation_text(node: Value, names: dict[Value, str]) -> str:
    """How a node is computed: "h2 * z"; operands without a name are numbers: "20.0855 * 2"."""
    operation = entry(node.op)
    expression = notation(operation, len(node.operands))
    if isinstance(expression, ast.Call):  # less the arguments that were left out
        expression = ast.Call(expression.func, expression.args[: len(node.operands)], [])
    return text(expression, operand_words(operation, node, names))


def backward_steps(order: list[Value], names: dict[Value, str], seed: float) -> list[Step]:
    """The seed, then a `Backward` for every edge, from the last node to the first."""
    root = order[-1]
    gradients = dict.fromkeys(order, 0.0)
    gradients[root] = seed
    root_name = names[root]
    passed: list[Step] = [
        Backward(root, root_name, None, "", root_name, 0, "", seed, 1.0, seed, seed)
    ]
    for node in reversed(order):
        upstream = gradients[node]
        formulas = local_formulas(node, names)
        edges = zip(node.parents, node.local_derivatives, formulas, strict=True)
        for operand, (parent, local_derivative, symbols) in enumerate(edges):
            contribution = upstream * local_derivative
            gradients[parent] += contribution
            passed.append(
                Backward(
                    parent,
                    names[parent],
                    node,
                    names[node],
                    root_name,
                    operand,
                    symbols,
                    upstream,
                    local_derivative,
                    contribution,
                    gradients[parent],
                )
            )
    return passed


def local_formulas(node: Value, names: dict[Value, str]) -> list[str]:
    """The node's local derivatives as formulas, one a parent: ["z", "h2"].

    Of a conditional formula, the branch that was taken: "1, as h > 0".
    """
    if not node.op:
        return []
    operation = entry(node.op)
    words = {**operand_words(operation, node, names), "out": names[node]}
    numbers = {**operand_numbers(operation, node), "out": node.data}
    parameters = operation.operand_names(len(node.operands))
    from_values = {
        parameter
        for parameter, operand in zip(parameters, node.operands, strict=False)
        if isinstance(operand, Value)
    }
    plain = {name: x for name, x in numbers.items() if name not in from_values | {"out"}}
    written = derivatives(operation, len(node.operands))
    formulas: list[str] = []
    for operand, formula in zip(node.operands, written, strict=False):
        if isinstance(operand, Value):
            branch, conditions = branch_taken(formula, numbers)
            formulas.append(
                text(with_numbers(branch, plain), words)
                + (", as " if conditions else "")
                + ", ".join(text(condition, words) for condition in conditions)
            )
    return formulas


def operand_numbers(operation: Operation, node: Value) -> dict[str, float]:
    """The number of each of the operation's parameters."""
    numbers = dict(zip(reversed(operation.operands), reversed(operation.defaults), strict=False))
    names = operation.operand_names(len(node.operands))
    for parameter, operand in zip(names, node.operands, strict=False):
        numbers[parameter] = operand.data if isinstance(operand, Value) else operand
    return numbers


def operand_words(operation: Operation, node: Value, names: dict[Value, str]) -> dict[str, str]:
    """What stands for each of the operation's parameters: a name, or a number where it has none."""
    numbers = operand_numbers(operation, node)
    words = {parameter: format_number(number) for parameter, number in numbers.items()}
    parameters = operation.operand_names(len(node.operands))
    for parameter, operand in zip(parameters, node.operands, strict=False):
        if isinstance(operand, Value) and operand in names:
            words[parameter] = names[operand]
    return words


def factor(number: float) -> str:
    """A number as a factor: in brackets if it has a sign."""
    written = format_number(number)
    return f"({written})" if written.startswith("-") else written

"""Steps as data: the forward and the backward pass over a graph, one small record a step.

Everything that shows backpropagation step by step (terminal, page, notebook, derivation) prints
this one list. The gradients in it are worked out here from the recorded local derivatives; the
nodes' own `.grad` is neither read nor changed.
"""

from __future__ import annotations

import ast
from collections.abc import Container
from dataclasses import dataclass

from autograd.engine import Value
from autograd.formulas import branch_taken, derivatives, with_numbers
from autograd.graph import as_roots, topological_order
from autograd.graph_formulas import (
    check_fresh,
    factor,
    operand_numbers,
    operand_words,
    operation_text,
)
from autograd.numbers import as_float, format_number
from autograd.printing import text
from autograd.registry import entry
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
    of_values = {"out"} | {
        parameter
        for parameter, operand in zip(parameters, node.operands, strict=False)
        if isinstance(operand, Value)
    }
    plain = {name: x for name, x in numbers.items() if name not in of_values}
    written = derivatives(operation, len(node.operands))
    formulas: list[str] = []
    for operand, formula in zip(node.operands, written, strict=False):
        if isinstance(operand, Value):
            branch, conditions = branch_taken(formula, numbers)
            reasons = [text(test, words) for test in conditions if not reads_only(test, plain)]
            formulas.append(
                text(with_numbers(branch, plain), words)
                + (", as " if reasons else "")
                + ", ".join(reasons)
            )
    return formulas


def reads_only(condition: ast.expr, names: Container[str]) -> bool:
    """Whether a condition is about these names alone: of plain numbers, it needs no saying."""
    read = [part.id for part in ast.walk(condition) if isinstance(part, ast.Name)]
    return all(name in names for name in read)

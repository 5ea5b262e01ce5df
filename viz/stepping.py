"""Steps as data: the forward and the backward pass over a graph, one small record a step.

Everything that shows backpropagation step by step (terminal, page, notebook, derivation) prints
this one list. The gradients in it are worked out here from the recorded local derivatives; the
nodes' own `.grad` is neither read nor changed. A record holds numbers; its formulas are written
when they are asked for, from the names and the data that the graph had when the list was made.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.engine import Value
from autograd.formulas import branch_taken, derivatives, notation, with_numbers
from autograd.graph import as_roots, topological_order
from autograd.graph_formulas import (
    check_fresh,
    factor,
    operand_numbers,
    operand_words,
    operation_text,
)
from autograd.numbers import as_float, format_number, format_product
from autograd.printing import text
from autograd.registry import entry
from autograd.walks import contributions
from viz.names import shown_names

#: How many steps a list shows of itself where nobody asked for all of them.
SHOWN = 100

#: Makes a record of a tuple: `Backward(...)` takes three times as long, and there is one an edge.
new = tuple.__new__


@dataclass(frozen=True)
class Board:
    """What all steps over a graph have in common.

    Attributes:
        names: what the nodes are called.
        values: their data when the steps were taken; what is assigned later changes no step.
        root_name: the name of the result.
        seed: the gradient that the backward pass starts with.
    """

    names: Mapping[Value, str]
    values: Mapping[Value, float]
    root_name: str
    seed: float = 1.0
    formulas: dict[Value, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def local_formulas(self, node: Value) -> list[str]:
        """The local derivatives of a node as formulas, written once for all of its edges."""
        if node not in self.formulas:
            self.formulas[node] = local_formulas(node, self.names, self.values)
        return self.formulas[node]

    def numbers(self, node: Value) -> dict[Value, str]:
        """The operands of a node, as numbers."""
        return {parent: format_number(self.values[parent]) for parent in node.parents}


class Forward(NamedTuple):
    """One node gets its value.

    Attributes:
        node: the node.
        board: the names and the data of the graph.
    """

    node: Value
    board: Board

    @property
    def phase(self) -> str:
        """Which pass it belongs to: "forward"."""
        return "forward"

    @property
    def name(self) -> str:
        """What the node is called: its label, or v1, v2, ..."""
        return self.board.names[self.node]

    @property
    def symbols(self) -> str:
        """How it is computed, with names: "h2 * z"; "" for a leaf."""
        return operation_text(self.node, self.board.names) if self.node.op else ""

    @property
    def numbers(self) -> str:
        """The same with numbers: "20.0855 * 2"; "" for a leaf."""
        return operation_text(self.node, self.board.numbers(self.node)) if self.node.op else ""

    @property
    def value(self) -> float:
        """The result."""
        return self.board.values[self.node]

    def __str__(self) -> str:
        result = format_number(self.value)
        if not self.node.op:
            return f"{self.name} = {result}"
        return f"{self.name} = {self.symbols} = {self.numbers} = {result}"

    def __repr__(self) -> str:
        return f"<forward: {self}>"


class Backward(NamedTuple):
    """One edge carries its share of the gradient, from a node to one of its operands.

    Attributes:
        node: the node that receives.
        source: the node that sends; None for the seed, with which the pass starts.
        operand: which of the sender's parents receives (0 is the first).
        upstream: the gradient that has arrived at the sender.
        local_derivative: d(sender)/d(receiver).
        contribution: their product.
        gradient: the receiver's gradient with this contribution added.
        board: the names and the data of the graph.
    """

    node: Value
    source: Value | None
    operand: int
    upstream: float
    local_derivative: float
    contribution: float
    gradient: float
    board: Board

    @property
    def phase(self) -> str:
        """Which pass it belongs to: "backward"."""
        return "backward"

    @property
    def name(self) -> str:
        """What the node that receives is called."""
        return self.board.names[self.node]

    @property
    def source_name(self) -> str:
        """What the node that sends is called; "" for the seed."""
        return "" if self.source is None else self.board.names[self.source]

    @property
    def root_name(self) -> str:
        """What the result is called, whose derivatives these are."""
        return self.board.root_name

    @property
    def symbols(self) -> str:
        """The local derivative as a formula: "h2"; "" for the seed."""
        return "" if self.source is None else self.board.local_formulas(self.source)[self.operand]

    def __str__(self) -> str:
        target = f"d{self.root_name}/d{self.name}"
        if self.source is None:
            return f"{target} = {format_number(self.contribution)}"
        upstream = f"d{self.root_name}/d{self.source_name}"
        local = f"∂{self.source_name}/∂{self.name}"
        return (
            f"{target} += {upstream} * {local} = {factor(self.upstream)} * "
            f"{factor(self.local_derivative)} = {format_product(self.contribution)}"
        )

    def __repr__(self) -> str:
        return f"<backward: {self}>"


Step = Forward | Backward


class Steps(list[Step]):
    """A list of steps that prints one a line, and shows itself as a table in a notebook."""

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        lines = list(map(str, self[:SHOWN]))
        if len(self) > SHOWN:
            lines.append(f"... and {len(self) - SHOWN} more steps; print() shows them all")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from viz.notebook import steps_html

        return steps_html(self)


def steps(root: Value, seed: float = 1.0) -> Steps:
    """The two passes over the graph of `root`: every value, then every contribution.

    Args:
        root: the result of an expression.
        seed: the gradient to start the backward pass with.

    Returns:
        A `Forward` for every node in topological order, then a `Backward` for the root (the seed)
        and one for every edge, in the order in which `root.backward(seed)` multiplies. The list
        prints one step a line.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> print(steps(x * x))
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
    board = Board(names, {node: node.data for node in order}, names[root], as_float(seed))
    return Steps([*forward_steps(order, board), *backward_steps(order, board)])


def forward_steps(order: list[Value], board: Board) -> list[Step]:
    """A `Forward` for every node, in the order given."""
    return [new(Forward, (node, board)) for node in order]


def backward_steps(order: list[Value], board: Board) -> list[Backward]:
    """The seed, then a `Backward` for every edge, from the last node to the first."""
    seed, ending = board.seed, (board,)
    start = Backward(order[-1], None, 0, seed, 1.0, seed, seed, board)
    return [start, *[new(Backward, edge + ending) for edge in contributions(order, seed)]]


# ---- nodes as formulas ---------------------------------------------------------------------------


def operation_expression(node: Value) -> ast.expr:
    """How a node is computed, in its operation's names for the operands: x * y."""
    expression = notation(entry(node.op), len(node.operands))
    if isinstance(expression, ast.Call):  # less the arguments that were left out
        return ast.Call(expression.func, expression.args[: len(node.operands)], [])
    return expression


class LocalDerivative(NamedTuple):
    """A local derivative as an expression of the operation's parameters and `out`, its result.

    Attributes:
        formula: of a conditional formula, the branch that was taken.
        reasons: the conditions on Values that decided which.
    """

    formula: ast.expr
    reasons: list[ast.expr]


def local_formulas(
    node: Value, names: Mapping[Value, str], values: Mapping[Value, float] | None = None
) -> list[str]:
    """The node's local derivatives as formulas, one a parent: ["z", "h2"].

    Of a conditional formula, the branch that was taken: "1, as h > 0".

    Args:
        node: a node.
        names: what it and its operands are called.
        values: their data; those that they have now, if not given.
    """
    if not node.op:
        return []
    words = {**operand_words(entry(node.op), node, names), "out": names[node]}
    formulas: list[str] = []
    for formula, reasons in local_derivatives(node, values):
        because = ", ".join([text(reason, words) for reason in reasons])
        formulas.append(text(formula, words) + (f", as {because}" if because else ""))
    return formulas


def local_derivatives(
    node: Value, values: Mapping[Value, float] | None = None
) -> list[LocalDerivative]:
    """The node's local derivatives as expressions, one a parent, plain numbers put in."""
    operation = entry(node.op)
    parameters = operation.operand_names(len(node.operands))
    nodes = {
        parameter: operand
        for parameter, operand in zip(parameters, node.operands, strict=False)
        if isinstance(operand, Value)
    }
    numbers = {**operand_numbers(operation, node), "out": node.data}
    if values is not None:
        numbers.update({parameter: values[operand] for parameter, operand in nodes.items()})
        numbers["out"] = values[node]
    plain = {name: x for name, x in numbers.items() if name not in nodes and name != "out"}
    expressions: list[LocalDerivative] = []
    written = derivatives(operation, len(node.operands))
    for operand, formula in zip(node.operands, written, strict=False):
        if isinstance(operand, Value):
            branch, conditions = branch_taken(formula, numbers)
            reasons = [test for test in conditions if not reads_only(test, plain)]
            expressions.append(LocalDerivative(with_numbers(branch, plain), reasons))
    return expressions


def reads_only(condition: ast.expr, names: Container[str]) -> bool:
    """Whether a condition is about these names alone: of plain numbers, it needs no saying."""
    read = [part.id for part in ast.walk(condition) if isinstance(part, ast.Name)]
    return all(name in names for name in read)

"""Why is this gradient 0, nan, infinite, huge or vanishing? The first node at fault, in words.

The chain rule multiplies along edges and adds at nodes, so a gradient can only go wrong at an edge
(a factor that is 0, infinite, large or small) or at a node (contributions that cancel). `why` runs
the backward pass on the side, from the recorded local derivatives, and looks for the first such
place from the root on; no node's `.grad` is read or changed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.engine import Value
from autograd.formulas import branch_taken, derivatives
from autograd.graph import kind, node_names, topological_order
from autograd.graph_formulas import check_fresh, factor, operand_numbers, operation_text
from autograd.numbers import format_number
from autograd.registry import entry

HUGE = 1e6
VANISHING = 1e-8
MOST_OPERANDS = 6  # a row with more is not written out
NEAR_ZERO = 0.01

#: What an operation does where its derivative by one of its operands is 0.
CUTS = {
    ("relu", "x"): "dead ReLU",
    ("leaky_relu", "x"): "leaky ReLU of slope 0",
    ("clip", "x"): "cut off by clip",
    ("clip", "low"): "a border that clip did not reach",
    ("clip", "high"): "a border that clip did not reach",
    ("maximum", "x"): "not the larger operand",
    ("maximum", "y"): "not the larger operand",
    ("minimum", "x"): "not the smaller operand",
    ("minimum", "y"): "not the smaller operand",
    ("where", "condition"): "a condition only chooses, its derivative is 0 everywhere",
    ("where", "x"): "the branch not taken",
    ("where", "y"): "the branch not taken",
}

#: Operations with a kink at 0, where the derivative is a convention.
KINKS = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "absolute": "absolute value"}

#: Operations of x that grow flat where x is far from 0.
SATURATING = ("sigmoid", "tanh", "erf", "elu", "softplus", "silu", "swish", "gelu", "gelu_tanh")

#: Operations that are steep where the operand of this name is near 0.
STEEP = {
    "sqrt": ("x", "square root near 0"),
    "ln": ("x", "logarithm near 0"),
    "log2": ("x", "logarithm near 0"),
    "log10": ("x", "logarithm near 0"),
    "div": ("y", "division by nearly 0"),
    "pow": ("x", "power of nearly 0"),
}


@dataclass(frozen=True)
class Explanation:
    """What is to be said about one derivative; prints as two to five lines.

    Attributes:
        root: the result.
        wrt: the node by which it is differentiated; None if none was named.
        gradient: d(root)/d(wrt); None where `wrt` is.
        kind: "ordinary", "no path", "zero", "nan", "infinite", "huge" or "vanishing".
        node: the first node at fault, from the root on; None if there is none.
        operand: the operand over whose edge it happened; None if it happened at the node.
        reason: why, in words.
        subject: what is explained: "df/dx = 0".
    """

    root: Value
    wrt: Value | None
    gradient: float | None
    kind: str
    node: Value | None
    operand: Value | None
    reason: str
    subject: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


class Edge(NamedTuple):
    """One multiplication of the backward pass: what `node` sends to `parent`.

    Attributes:
        node, parent: the sender and the receiver.
        place: which of the sender's operands the receiver is.
        upstream: the gradient that has arrived at the sender.
        local_derivative: d(node)/d(parent).
        contribution: their product.
        gradient: the receiver's gradient with this contribution added.
    """

    node: Value
    parent: Value
    place: int
    upstream: float
    local_derivative: float
    contribution: float
    gradient: float


class Fault(NamedTuple):
    """Where a gradient went wrong, and why."""

    node: Value | None
    operand: Value | None
    reason: str


@dataclass(frozen=True)
class Pass:
    """A backward pass that was written down.

    Attributes:
        names: what the nodes are called.
        gradients: d(root)/d(node) of every node.
        edges: every multiplication, in order.
    """

    names: Mapping[Value, str]
    gradients: Mapping[Value, float]
    edges: list[Edge]


def why(root: Value, wrt: Value | None = None) -> Explanation:
    """Explain d(root)/d(wrt) by the first node at fault, in the order of the backward pass.

    A gradient is called huge beyond 1e6 and vanishing below 1e-8.

    Args:
        root: a result.
        wrt: a node. If None: why the result is not finite; or else the first leaf, in topological
            order, whose gradient is not ordinary.

    Raises:
        TypeError: if `root` or `wrt` is not a Value.
        ValueError: if data was assigned after the expression was built.

    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> print(why(relu(w * x), w))
    df/dw = 0: dead ReLU.
    f = relu(v1) has v1 = -6, so its derivative by v1 is 0, and nothing passes.
    """
    for given in (root, root if wrt is None else wrt):
        if not isinstance(given, Value):
            raise TypeError(f"why takes a result and a node, Values, not {kind(given)}")
    order = topological_order(root)
    names = node_names(order)
    check_fresh(order, names)
    if wrt is not None and wrt not in names:
        return without_path(root, wrt, names)
    if wrt is None and not math.isfinite(root.data):
        return explained_value(root, order, names)
    passed = backward_pass(order, names)
    if wrt is not None:
        return explained_gradient(root, wrt, passed)
    leaves = [node for node in order if not node.op]
    for leaf in leaves:
        if kind_of(passed.gradients[leaf]) != "ordinary":
            return explained_gradient(root, leaf, passed)
    return all_ordinary(root, [passed.gradients[leaf] for leaf in leaves], names)


def backward_pass(order: list[Value], names: Mapping[Value, str]) -> Pass:
    """The gradients of all nodes and how they came about."""
    gradients = dict.fromkeys(order, 0.0)
    gradients[order[-1]] = 1.0
    edges: list[Edge] = []
    for node in reversed(order):
        upstream = gradients[node]
        places = [i for i, operand in enumerate(node.operands) if isinstance(operand, Value)]
        for place, parent, derivative in zip(
            places, node.parents, node.local_derivatives, strict=True
        ):
            contribution = upstream * derivative
            gradients[parent] += contribution
            edges.append(
                Edge(node, parent, place, upstream, derivative, contribution, gradients[parent])
            )
    return Pass(names, gradients, edges)


def kind_of(gradient: float) -> str:
    """What kind of number a gradient is.

    >>> kind_of(1e7), kind_of(-1e-9), kind_of(0.5)
    ('huge', 'vanishing', 'ordinary')
    """
    if math.isnan(gradient):
        return "nan"
    if math.isinf(gradient):
        return "infinite"
    if gradient == 0.0:
        return "zero"
    if abs(gradient) > HUGE:
        return "huge"
    return "vanishing" if abs(gradient) < VANISHING else "ordinary"


# ---- the explanations ---------------------------------------------------------------------------


def without_path(root: Value, wrt: Value, names: Mapping[Value, str]) -> Explanation:
    """The result does not depend on the node."""
    who = repr(wrt.label) if wrt.label else f"{wrt.op} node" if wrt.op else "leaf"
    reason = (
        f"no path.\n{names[root]} was not computed from this {who}, so it does not depend on it."
    )
    twins = [node for node in names if wrt.label and node.label == wrt.label]
    if twins:
        reason += (
            f"\nIt was computed from another Value with the label {wrt.label!r}, "
            f"whose data is {format_number(twins[0].data)}{made_at(twins[0])}: ask for that one."
        )
    subject = f"d{names[root]}/d{wrt.label or '?'} = 0"
    return Explanation(root, wrt, 0.0, "no path", None, None, reason, subject)


def explained_value(root: Value, order: list[Value], names: Mapping[Value, str]) -> Explanation:
    """The result is not finite: the first node that is not."""
    node = next(node for node in order if not math.isfinite(node.data))
    data = format_number(node.data)
    if node.op:
        given = facts(node, node.parents, names)
        cause = f"{written(node, names)} is {data}{f' at {given}' if given else ''}"
    else:
        cause = f"the leaf {names[node]} was given as {data}"
    reason = f"the value itself is not finite.\nIt begins where {cause}{made_at(node)}."
    subject = f"{names[root]} = {format_number(root.data)}"
    return Explanation(root, None, None, kind_of(root.data), node, None, reason, subject)


def all_ordinary(root: Value, gradients: list[float], names: Mapping[Value, str]) -> Explanation:
    """Nothing is wrong with any leaf."""
    sizes = [abs(gradient) for gradient in gradients]
    reason = (
        f"all gradients are ordinary.\nLeaves: {len(sizes)}; the sizes of their gradients lie "
        f"between {format_number(min(sizes))} and {format_number(max(sizes))}."
    )
    return Explanation(root, None, None, "ordinary", None, None, reason, names[root])


def explained_gradient(root: Value, wrt: Value, passed: Pass) -> Explanation:
    """Why d(root)/d(wrt) is what it is."""
    gradient = passed.gradients[wrt]
    sort = kind_of(gradient)
    fault = FINDERS[sort](wrt, passed)
    subject = f"d{passed.names[root]}/d{passed.names[wrt]} = {format_number(gradient)}"
    return Explanation(root, wrt, gradient, sort, *fault, subject)


def edges_above(wrt: Value, edges: Iterable[Edge]) -> list[Edge]:
    """The edges over which something can reach `wrt`, in the order of the pass."""
    reached = {wrt}
    found: list[Edge] = []
    for edge in reversed(list(edges)):  # a node's own edges stand before those of its parents
        if edge.parent in reached:
            reached.add(edge.node)
            found.append(edge)
    return found[::-1]


def ordinary(wrt: Value, passed: Pass) -> Fault:
    """Nothing is wrong: where most of it comes from."""
    way = strongest_way(wrt, passed)
    if not way:
        return Fault(None, None, "ordinary.\nIt is the derivative of the result by itself.")
    share, name = format_number(way[-1].contribution), passed.names[way[-1].node]
    reason = f"ordinary.\nThe largest contribution is {share}, from {name}."
    return Fault(None, None, reason)


def zero(wrt: Value, passed: Pass) -> Fault:
    """Every way is cut, or what comes over several of them cancels.

    The zeros above `wrt` that hang together begin at edges from nodes that have a gradient.
    """
    zeros = {wrt}
    first: list[Edge] = []
    for edge in reversed(passed.edges):
        if edge.parent in zeros:
            if passed.gradients[edge.node] == 0.0:
                zeros.add(edge.node)
            else:
                first.append(edge)
    edge = first[-1]
    cuts = {(other.node, other.place) for other in first if other.contribution == 0.0}
    cancelling = {other.parent for other in first if other.contribution != 0.0}
    others = len(cuts) + len(cancelling) - 1
    more = f"\nOther ways bring nothing either; further faults: {others}."
    if edge.contribution != 0.0:
        fault = cancellation(edge.parent, passed)
    elif edge.local_derivative != 0.0:
        fault = underflow(edge, passed)
    else:
        fault = cut(edge, passed)
    return Fault(fault.node, fault.operand, fault.reason + (more if others else ""))


def undefined(wrt: Value, passed: Pass) -> Fault:
    """The first edge after which a gradient is nan."""
    edge = next(edge for edge in edges_above(wrt, passed.edges) if math.isnan(edge.gradient))
    names = passed.names
    if math.isnan(edge.local_derivative):
        return at_edge(edge, passed, "undefined derivative")
    arrived = f"The gradient that arrives at {names[edge.node]} is {format_number(edge.upstream)}"
    if math.isnan(edge.contribution):
        numbers = f"{format_number(edge.upstream)} * {factor(edge.local_derivative)}"
        fault = at_edge(edge, passed, f"{numbers} is not defined")
        if math.isinf(edge.upstream):
            origin = infinite(edge.node, passed)
            arrived += f" because of {origin.reason.splitlines()[0].rstrip('.')}"
        return Fault(fault.node, fault.operand, f"{fault.reason}\n{arrived}.")
    reason = (
        f"inf - inf is not defined.\nContributions of both signs, infinite each, arrive at "
        f"{names[edge.parent]}; the last one comes from {names[edge.node]}{made_at(edge.parent)}."
    )
    return Fault(edge.parent, None, reason)


def infinite(wrt: Value, passed: Pass) -> Fault:
    """The first edge after which a gradient is infinite."""
    edge = next(edge for edge in edges_above(wrt, passed.edges) if math.isinf(edge.gradient))
    if math.isinf(edge.local_derivative):
        return at_edge(edge, passed, steepness(edge, "infinite derivative"))
    names = passed.names
    if math.isinf(edge.contribution):
        reason = (
            f"overflow of a product.\nThe gradient that arrives at {names[edge.node]} is "
            f"{format_number(edge.upstream)}, and times its derivative by {names[edge.parent]}, "
            f"{format_number(edge.local_derivative)}, it is too large for a float"
            f"{made_at(edge.node)}."
        )
        return Fault(edge.node, edge.parent, reason)
    reason = f"overflow of a sum.\nThe contributions to {names[edge.parent]} add up to too much."
    return Fault(edge.parent, None, reason)


def huge(wrt: Value, passed: Pass) -> Fault:
    """One large factor, many factors above 1, or many ways."""
    way = strongest_way(wrt, passed)
    size = math.log(abs(passed.gradients[wrt]))
    if sum(log_size(edge) for edge in way) < size / 2:
        reason = (
            "many ways add up.\nNo single way is that strong: over the strongest one comes "
            f"{format_number(math.exp(sum(log_size(edge) for edge in way)))}."
        )
        return Fault(None, None, reason)
    largest = max(way, key=log_size)
    if log_size(largest) >= size / 2:
        return at_edge(largest, passed, steepness(largest, "a large factor"))
    return many_factors(
        [edge for edge in way if log_size(edge) > 0.0], passed, "exploding", "above"
    )


def vanishing(wrt: Value, passed: Pass) -> Fault:
    """Contributions that nearly cancel, one small factor, or many factors below 1."""
    way = strongest_way(wrt, passed)
    size = math.log(abs(passed.gradients[wrt]))
    if sum(log_size(edge) for edge in way) > size / 2:
        worst = min(way, key=lambda edge: abs(passed.gradients[edge.parent] / edge.contribution))
        return cancellation(worst.parent, passed)
    smallest = min(way, key=log_size)
    if log_size(smallest) <= size / 2:
        is_flat = is_saturated(smallest)
        return at_edge(
            smallest, passed, f"saturated {smallest.node.op}" if is_flat else "a small factor"
        )
    return many_factors(
        [edge for edge in way if log_size(edge) < 0.0], passed, "vanishing", "below"
    )


FINDERS: dict[str, Callable[[Value, Pass], Fault]] = {
    "ordinary": ordinary,
    "zero": zero,
    "nan": undefined,
    "infinite": infinite,
    "huge": huge,
    "vanishing": vanishing,
}


def strongest_way(wrt: Value, passed: Pass) -> list[Edge]:
    """From the root to `wrt`, at every node over the edge that contributes most to it."""
    strongest: dict[Value, Edge] = {}
    for edge in passed.edges:
        best = strongest.get(edge.parent)
        if best is None or abs(edge.contribution) > abs(best.contribution):
            strongest[edge.parent] = edge
    way: list[Edge] = []
    node = wrt
    while node in strongest:
        way.append(strongest[node])
        node = way[-1].node
    return way[::-1]


def log_size(edge: Edge) -> float:
    """The logarithm of the size of an edge's factor, which is not 0."""
    return math.log(abs(edge.local_derivative))


# ---- the words ----------------------------------------------------------------------------------


def cut(edge: Edge, passed: Pass) -> Fault:
    """The local derivative is 0: which branch, factor or far end makes it so."""
    operation = entry(edge.node.op)
    count = len(edge.node.operands)
    parameter = operation.operand_names(count)[edge.place]
    numbers = {**operand_numbers(operation, edge.node), "out": edge.node.data}
    branch, conditions = branch_taken(derivatives(operation, count)[edge.place], numbers)
    if operation.name in KINKS and edge.place == 0 and edge.parent.data == 0.0:
        headline = f"{KINKS[operation.name]} exactly at 0: its derivative there is 0 by convention"
    elif (operation.name, parameter) in CUTS:
        headline = CUTS[operation.name, parameter]
    elif is_saturated(edge):
        headline = f"saturated {operation.name}"
    elif conditions:
        headline = f"the branch of {operation.name} that was taken is flat"
    elif isinstance(branch, ast.Name) and branch.id != "out":
        headline = "multiplied by 0"
    else:
        headline = f"{operation.name} is flat there"
    return at_edge(edge, passed, headline, "and nothing passes")


def is_saturated(edge: Edge) -> bool:
    """Whether the operand is so far out that the operation is flat there."""
    return edge.node.op in SATURATING and edge.place == 0 and abs(edge.parent.data) > 1.0


def at_edge(edge: Edge, passed: Pass, headline: str, outcome: str = "") -> Fault:
    """A fault of one local derivative, with the numbers that it is made of."""
    names = passed.names
    node, parent = edge.node, edge.parent
    sentence = (
        f"{written(node, names)} has {facts(node, read_by(edge), names)}, so its derivative by "
        f"{names[parent]} is {format_number(edge.local_derivative)}"
    )
    reason = f"{headline}.\n{sentence}{f', {outcome}' if outcome else ''}{made_at(node)}."
    return Fault(node, parent, reason)


def read_by(edge: Edge) -> list[Value]:
    """The operand of an edge, and the other nodes that the local derivative is made of."""
    operation, operands = entry(edge.node.op), edge.node.operands
    formula = derivatives(operation, len(operands))[edge.place]
    words = {part.id for part in ast.walk(formula) if isinstance(part, ast.Name)}
    read = [edge.parent]
    for name, operand in zip(operation.operand_names(len(operands)), operands, strict=False):
        if name in words and isinstance(operand, Value):
            read.append(operand)
    return list(dict.fromkeys([*read, edge.node] if "out" in words else read))


def cancellation(node: Value, passed: Pass) -> Fault:
    """Contributions of both signs add up to nothing, or next to it: the two largest."""
    arrived = [edge for edge in passed.edges if edge.parent is node]
    highest = max(arrived, key=lambda edge: edge.contribution)
    lowest = min(arrived, key=lambda edge: edge.contribution)
    name, names = passed.names[node], passed.names
    reason = (
        f"contributions over several paths cancel.\n{name} receives "
        f"{format_number(highest.contribution)} from {names[highest.node]} and "
        f"{format_number(lowest.contribution)} from {names[lowest.node]}, of {len(arrived)} "
        f"contributions that add up to {format_number(passed.gradients[node])}{made_at(node)}."
    )
    return Fault(node, None, reason)


def underflow(edge: Edge, passed: Pass) -> Fault:
    """A product of numbers that are not 0 is, in floats."""
    names = passed.names
    reason = (
        f"underflow of a product.\nThe gradient that arrives at {names[edge.node]} is "
        f"{format_number(edge.upstream)}, and times its derivative by {names[edge.parent]}, "
        f"{format_number(edge.local_derivative)}, it is too small for a float{made_at(edge.node)}."
    )
    return Fault(edge.node, edge.parent, reason)


def many_factors(edges: list[Edge], passed: Pass, headline: str, side: str) -> Fault:
    """Many factors on one side of 1: how many, their geometric mean, and the first of them."""
    average = math.exp(sum(log_size(edge) for edge in edges) / len(edges))
    first = edges[0]
    reason = (
        f"{headline}: a product of many factors {side} 1.\nOn the strongest way there are "
        f"{len(edges)}, {format_number(average)} on average; the first is "
        f"{format_number(first.local_derivative)}, from {passed.names[first.node]} to "
        f"{passed.names[first.parent]}{made_at(first.node)}."
    )
    return Fault(first.node, first.parent, reason)


def steepness(edge: Edge, otherwise: str) -> str:
    """What makes a derivative large: an operand near 0, where the operation is steep there."""
    operation = entry(edge.node.op)
    parameter, headline = STEEP.get(operation.name, ("", ""))
    numbers = operand_numbers(operation, edge.node)
    return headline if abs(numbers.get(parameter, math.inf)) < NEAR_ZERO else otherwise


def written(node: Value, names: Mapping[Value, str]) -> str:
    """A node and how it is computed: "h2 = relu(v3)"."""
    count = len(node.operands)
    if count > MOST_OPERANDS:
        return f"{names[node]} = {node.op} of {count} operands"
    return f"{names[node]} = {operation_text(node, names)}"


def facts(node: Value, given: Iterable[Value], names: Mapping[Value, str]) -> str:
    """The data of some operands: "x = 2, y = 0"."""
    unlike = list(dict.fromkeys(given))[:MOST_OPERANDS]
    return ", ".join([f"{names[value]} = {format_number(value.data)}" for value in unlike])


def made_at(node: Value) -> str:
    """Where a node was made, if that was traced."""
    return f" (made at {node.source})" if node.source else ""

"""The mistake behind a wrong answer, found by making the likely ones all over the graph.

The gradient d(f)/d(x) is linear in every local derivative: an edge n → p whose derivative d is
taken as w changes it by d(f)/d(n) * (w - d) * d(p)/d(x). So each wrong edge costs a multiplication,
however large the graph is. A wrong value of the forward pass is carried through the graph anew.
What can go wrong at one edge, sum or value stands in `candidates.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd.candidates import (
    PER_EDGE,
    Candidate,
    Derivative,
    Edge,
    Mistake,
    fitting,
    of_edge,
    of_factors_added,
    of_node,
    of_number,
    of_own_value,
    of_slip,
    of_sum,
    of_upstream,
    of_value,
    slack_of,
)
from autograd.engine import Value
from autograd.graph_formulas import factor, recomputed
from autograd.graph_paths import enumerated_paths, path_counts
from autograd.numbers import format_number
from autograd.questions import GRADIENT, LOCAL, UPDATE, VALUE, Question, Subject
from autograd.slips import value_slips
from autograd.written_numbers import WrittenNumber

#: Nodes whose edges are tried: those that are the nearest to the asked one.
MOST_NODES = 2_000
#: Nodes that are computed anew to carry wrong values of the forward pass to one answer.
MOST_RECOMPUTED = 20_000
#: Single paths are tried where there are no more than these.
MOST_PATHS = 64
#: Other nodes whose gradient is compared with the answer.
MOST_OTHERS = 2_000
#: What is added for a wrong value that leads to a wrong derivative.
IN_FORWARD_PASS = 1.5
#: What is added for a wrong gradient that leads to a wrong step.
IN_GRADIENT = 0.5


class Marked(NamedTuple):
    """A question with its answer and the right one."""

    question: Question
    given: WrittenNumber
    right: float
    verdict: str


class Region:
    """What lies between the two nodes of a derivative.

    Attributes:
        question, asked: what is asked for.
        edges: those over which `bottom` is reached, in the order of the backward pass; of very many
            the nearest to `bottom`.
        upstream: d(top)/d(node) of every node under top.
        below: d(node)/d(bottom) of every node on a path.
    """

    def __init__(self, subject: Subject, question: Question) -> None:
        self.subject = subject
        self.question = question
        right = subject.right(question)
        self.asked = Derivative(question.top, question.bottom, right, subject.names)
        if question.kind == LOCAL:
            self.upstream = {question.top: 1.0}
            self.below, self.distance = {question.bottom: 1.0}, {question.bottom: 0}
            self.edges = self.edges_of(question.top)
            return
        self.upstream = subject.gradients(question.top).of
        self.below, self.distance = derivatives_by(question.bottom, subject.order)
        nodes = sorted(
            [node for node in self.below if node in self.upstream and node is not question.bottom],
            key=self.distance.__getitem__,
        )[:MOST_NODES]
        chosen = set(nodes)
        ordered = [node for node in reversed(subject.order) if node in chosen]
        self.edges = [edge for node in ordered for edge in self.edges_of(node)]

    def edges_of(self, node: Value) -> list[Edge]:
        """The node's edges on paths to `bottom`."""
        return [
            Edge(
                node,
                parent,
                place,
                local,
                self.upstream[node],
                self.below[parent],
                self.distance[parent],
            )
            for place, (parent, local) in enumerate(
                zip(node.parents, node.local_derivatives, strict=True)
            )
            if parent in self.below
        ]


def derivatives_by(
    bottom: Value, order: Iterable[Value]
) -> tuple[dict[Value, float], dict[Value, int]]:
    """d(node)/d(bottom) of every node above `bottom`, and its distance from it."""
    below, distance = {bottom: 1.0}, {bottom: 0}
    for node in order:
        if node is not bottom:
            edges = zip(node.parents, node.local_derivatives, strict=True)
            reached = [(parent, local) for parent, local in edges if parent in below]
            if reached:
                below[node] = sum([local * below[parent] for parent, local in reached])
                distance[node] = 1 + min([distance[parent] for parent, _ in reached])
    return below, distance


def explanations(subject: Subject, marked: Marked, sheet: Iterable[Marked]) -> list[Mistake]:
    """The mistakes that give a wrong answer's number, the likeliest first.

    Args:
        subject: the graph.
        marked: the wrong answer.
        sheet: all answers that were given with it.
    """
    others = [other for other in sheet if other is not marked]
    return fitting(candidates(subject, marked, others), marked.given, subject.names)


def candidates(subject: Subject, marked: Marked, others: list[Marked]) -> Iterator[Candidate]:
    """Everything that is tried, in no particular order."""
    question = marked.question
    yield from of_any_answer(subject, marked, others)
    if question.kind == UPDATE:
        yield from of_update(subject, question, others)
    elif question.kind == VALUE:
        yield from of_node_value(subject, question, others)
    else:
        yield from of_derivative(subject, question, others)


def of_node_value(
    subject: Subject, question: Question, others: list[Marked]
) -> Iterator[Candidate]:
    """What can go wrong with a value."""
    root, title = subject.names[subject.root], question.title
    words = f"this is d{root}/d{title}, not the value of {title}"
    yield Candidate("gradient", subject.gradients(subject.root).of[question.top], words)
    yield from of_value(question.top, subject.names)
    yield from of_forward_pass(subject, question)
    yield from carried(subject, question, others)


def of_derivative(
    subject: Subject, question: Question, others: list[Marked]
) -> Iterator[Candidate]:
    """What can go wrong with a gradient or a local derivative."""
    region = Region(subject, question)
    for edge in region.edges:
        yield from of_edge(region.asked, edge)
        if question.kind == GRADIENT:
            yield from of_factors_added(region.asked, edge)
    if question.kind == LOCAL:
        yield from of_totals(subject, question)
    else:
        yield from of_sums(region)
        yield from of_products(region)
        yield from of_other_nodes(region)
    yield from of_forward_pass(subject, question)
    yield from carried(subject, question, others)


# ---- of the whole answer ------------------------------------------------------------------------


def of_any_answer(subject: Subject, marked: Marked, others: list[Marked]) -> Iterator[Candidate]:
    """The sign, the rounding, a number from another row."""
    question, right, given = marked.question, marked.right, marked.given
    yield from of_number(given, right)
    for other in others:
        is_swap = given.is_rounded(other.right) and other.given.is_rounded(right)
        words = f"this is the answer for {other.question.key}"
        yield Candidate("swapped answers" if is_swap else "other answer", other.right, words)
    if question.kind not in (VALUE, UPDATE):
        if question.bottom not in subject.gradients(question.top).of:
            top, bottom = subject.names[question.top], subject.names[question.bottom]
            words = f"{top} was not computed from {bottom}, so the derivative is 0"
            yield Candidate("no path", given.number, words)
        asked = Derivative(question.top, question.bottom, right, subject.names)
        yield of_own_value(asked, question.title)


def of_other_nodes(region: Region) -> Iterator[Candidate]:
    """The derivative by another node, one with a name of its own."""
    top = region.question.top
    for node in region.subject.order[-MOST_OTHERS:]:
        is_named = bool(node.label) or not node.op or node is top
        if is_named and node in region.upstream and node is not region.question.bottom:
            yield of_node(region.asked, node, region.upstream[node])


# ---- of a value after a step --------------------------------------------------------------------


def of_update(subject: Subject, question: Question, others: list[Marked]) -> Iterator[Candidate]:
    """What can go wrong with a step of gradient descent, or with the gradient that it takes."""
    node, lr = question.bottom, subject.lr or 0.0
    name, root = subject.names[node], subject.names[subject.root]
    asked = subject.derivative(question.key, subject.root, node)
    gradient = subject.right(asked)
    step = f"{format_number(lr)} * {factor(gradient)}"
    new = f"{name} after the step is {factor(node.data)} - {step}"
    words = f"the gradient is subtracted, not added: {new}"
    yield Candidate("wrong way", node.data + lr * gradient, words, node=node)
    for number, words in (
        (node.data - gradient, f"the learning rate was left out: {new}"),
        (node.data, f"this is {name} before the step: {new}"),
        (lr * gradient, f"this is the step alone: {new}"),
        (-lr * gradient, f"this is the step alone: {new}"),
        (gradient, f"this is d{root}/d{name}: {new}"),
    ):
        yield Candidate("step", number, words, node=node)
    for other in others:
        if other.verdict == "wrong" and other.question[1:4] == asked[1:4]:
            words = f"it follows from the wrong answer for {other.question.key}"
            slack = abs(lr) * other.given.half_unit
            number = subject.moved(node, other.given.number)
            yield Candidate("carried", number, words, slack=slack, node=node)
    for candidate in of_derivative(subject, asked, others):
        if candidate.kind == "sign" and math.isclose(candidate.number, -gradient):
            continue  # which has been said
        yield candidate._replace(
            number=subject.moved(node, candidate.number),
            words=f"in d{root}/d{name}: {candidate.words}",
            unlikeliness=candidate.unlikeliness + IN_GRADIENT,
            slack=abs(lr) * candidate.slack,
        )


# ---- of a local derivative ----------------------------------------------------------------------


def of_totals(subject: Subject, question: Question) -> Iterator[Candidate]:
    """What is not the local derivative that was asked for, but more of the chain rule."""
    root, top, bottom = [subject.names[x] for x in (subject.root, question.top, question.bottom)]
    gradients = subject.gradients(subject.root).of
    words = f"this is d{root}/d{bottom}; {question.title} is this one step alone"
    yield Candidate("stopped", gradients[question.bottom], words)
    total = subject.gradients(question.top).of[question.bottom]
    words = f"this is d{top}/d{bottom} over all paths; {question.title} is the direct one alone"
    yield Candidate("stopped", total, words)
    words = f"this is multiplied by d{root}/d{top}; {question.title} is this one step alone"
    yield Candidate("upstream", gradients[question.top] * subject.right(question), words)


# ---- of sums ------------------------------------------------------------------------------------


def of_sums(region: Region) -> Iterator[Candidate]:
    """A contribution that is missing where several come together, or a whole path."""
    arriving: dict[Value, list[Edge]] = {}
    for edge in region.edges:
        arriving.setdefault(edge.parent, []).append(edge)
    for parent, edges in arriving.items():
        if len(edges) > 1:
            yield from of_sum(region.asked, parent, edges)
    yield from of_paths(region)


def of_paths(region: Region) -> Iterator[Candidate]:
    """One path of a few that was missed, or that alone was counted."""
    question, asked = region.question, region.asked
    counts = path_counts(region.subject.order, question.bottom)
    if not 2 <= counts[question.top] <= MOST_PATHS:
        return
    for path in enumerated_paths(question.top, question.bottom, counts, asked.names):
        slack = slack_of(asked.right, path.product)
        words = f"the path {path} is missing: the gradient is the sum over all paths"
        yield Candidate("missed path", asked.right - path.product, words, 0.0, slack)
        words = f"this is the path {path} alone: the gradient is the sum over all paths"
        yield Candidate("single path", path.product, words, 0.0, slack)


# ---- of products --------------------------------------------------------------------------------


def of_products(region: Region) -> Iterator[Candidate]:
    """A factor that belongs to a node or to the whole: the upstream, the loss's 2, the mean's n."""
    asked = region.asked
    yield Candidate("factor", asked.right * 2.0, "it is twice what it should be")
    yield Candidate("factor", asked.right * 0.5, "it is half of what it should be")
    for node in dict.fromkeys(edge.node for edge in region.edges):
        if node is not asked.top:
            upstream, below = region.upstream[node], region.below[node]
            yield from of_upstream(asked, node, upstream, below, region.distance[node])
    yield from of_means(region)


def of_means(region: Region) -> Iterator[Candidate]:
    """A mean's 1/n that was forgotten."""
    for node in dict.fromkeys(edge.node for edge in region.edges):
        if node.op == "mean":
            count, part = len(node.operands), region.upstream[node] * region.below[node]
            words = f"at {region.asked.names[node]}: the mean's factor 1/{count} is missing"
            number = region.asked.right + (count - 1) * part
            slack = slack_of(region.asked.right, count * part)
            yield Candidate("mean", number, words, 0.0, slack, node)


# ---- of the forward pass ------------------------------------------------------------------------


class Rerun(NamedTuple):
    """A forward pass with a wrong value in it: what is different because of it."""

    values: dict[Value, float]
    local_derivatives: dict[Value, tuple[float, ...]]


def rerun(
    later: Iterable[Value],
    node: Value,
    value: float,
    derivatives: tuple[float, ...] | None = None,
) -> Rerun:
    """The forward pass with another value for one node.

    Args:
        later: the nodes after it, in topological order.
        node, value: the node, and its wrong value.
        derivatives: its local derivatives, if they are wrong as well.
    """
    values = {node: value}
    local = {} if derivatives is None else {node: derivatives}
    for other in later:
        if not values.keys().isdisjoint(other.parents):
            operands = [
                Value(values.get(x, x.data)) if isinstance(x, Value) else x for x in other.operands
            ]
            values[other], *derived = recomputed(other.op, operands)
            local[other] = tuple(derived)
    return Rerun(values, local)


def answer_after(subject: Subject, question: Question, run: Rerun) -> float:
    """The answer to a question with what a wrong forward pass gives."""
    if question.kind == VALUE:
        return run.values.get(question.top, question.top.data)
    if question.kind == LOCAL:
        local = run.local_derivatives.get(question.top, question.top.local_derivatives)
        edges = zip(question.top.parents, local, strict=True)
        return sum([number for parent, number in edges if parent is question.bottom])
    gradients = {question.top: 1.0}
    for node in reversed(subject.order):
        upstream = gradients.get(node)
        if upstream is not None:
            local = run.local_derivatives.get(node, node.local_derivatives)
            for parent, number in zip(node.parents, local, strict=True):
                gradients[parent] = gradients.get(parent, 0.0) + upstream * number
    return gradients.get(question.bottom, 0.0)


def of_forward_pass(subject: Subject, question: Question) -> Iterator[Candidate]:
    """A wrong value, and the answer that follows from it."""
    places = {node: place for place, node in enumerate(subject.order)}
    left = MOST_RECOMPUTED
    for node, distance in nearest_below(question.top):
        later = subject.order[places[node] + 1 : places[question.top] + 1]
        if node is question.top and question.kind == VALUE:
            continue  # what goes wrong there is of `of_value`
        for slip in value_slips(node):
            left -= 1 + len(later) + (len(subject.order) if question.kind == GRADIENT else 0)
            if left < 0:
                return
            run = rerun(later, node, slip.number, slip.derivatives)
            if question.kind == GRADIENT and len(run.local_derivatives) == 0:
                continue
            words = of_slip(node, slip, subject.names)
            away = PER_EDGE * distance + (0.0 if question.kind == VALUE else IN_FORWARD_PASS)
            number = answer_after(subject, question, run)
            yield Candidate(slip.kind, number, words, away, 0.0, node)


def nearest_below(top: Value) -> Iterator[tuple[Value, int]]:
    """The nodes that a value was computed from, itself first, with their distance from it."""
    distance = {top: 0}
    queue = [top]
    for node in queue:
        yield node, distance[node]
        for parent in node.parents:
            if parent not in distance:
                distance[parent] = distance[node] + 1
                queue.append(parent)


# ---- of other answers ---------------------------------------------------------------------------


def carried(subject: Subject, question: Question, others: list[Marked]) -> Iterator[Candidate]:
    """What follows, by right steps, from another answer that is wrong."""
    places = {node: place for place, node in enumerate(subject.order)}
    wrong = [other for other in others if other.verdict == "wrong"]
    for other in wrong:
        asked, given = other.question, other.given
        words = f"it follows from the wrong answer for {asked.key}"
        if asked.kind == VALUE:
            later = subject.order[places[asked.top] + 1 : places[question.top] + 1]
            if asked.top is question.top or places[asked.top] > places[question.top]:
                continue
            number = answer_after(subject, question, rerun(later, asked.top, given.number))
            yield Candidate("carried", number, words, slack=given.half_unit, node=asked.top)
    if question.kind == GRADIENT:
        yield from carried_gradients(subject, question, wrong)


def carried_gradients(
    subject: Subject, question: Question, wrong: list[Marked]
) -> Iterator[Candidate]:
    """A gradient that follows from another one, nearer to the result, that is wrong."""
    below, distance = derivatives_by(question.bottom, subject.order)
    right = subject.right(question)
    for other in wrong:
        node = other.question.bottom
        if other.question.kind != GRADIENT or other.question.top is not question.top:
            continue
        if node in below and node is not question.bottom:
            change = (other.given.number - other.right) * below[node]
            slack = slack_of(right, change) + other.given.half_unit * abs(below[node])
            words = f"it follows from the wrong answer for {other.question.key}"
            far = PER_EDGE * distance[node] / len(subject.order)  # the nearest one is named
            yield Candidate("carried", right + change, words, far, slack, node)

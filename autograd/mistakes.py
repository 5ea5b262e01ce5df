"""The mistake behind a wrong answer, found by making the likely ones and comparing.

The gradient d(f)/d(x) is linear in every local derivative: an edge n → p whose derivative d is
taken as w changes it by d(f)/d(n) * (w - d) * d(p)/d(x). So each wrong edge costs a multiplication,
however large the graph is. A wrong value of the forward pass is carried through the graph anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from autograd.engine import Value
from autograd.graph_formulas import factor, recomputed
from autograd.graph_paths import enumerated_paths, path_counts
from autograd.numbers import format_number
from autograd.questions import GRADIENT, LOCAL, VALUE, Question, Subject
from autograd.slips import derivative_slips, value_slips
from autograd.written_numbers import WrittenNumber

#: Nodes whose edges are tried: those that are the nearest to the asked one.
MOST_NODES = 2_000
#: Nodes that are computed anew to carry wrong values of the forward pass to one answer.
MOST_RECOMPUTED = 20_000
#: Single paths are tried where there are no more than these.
MOST_PATHS = 64
#: Other nodes whose gradient is compared with the answer.
MOST_OTHERS = 2_000
#: Numbers that are the same differ by less than this, relative to the largest that went into them.
ROUNDING = 1e-12
#: What one edge of distance from the asked node takes from a mistake's plausibility.
PER_EDGE = 0.2

#: How unlikely each kind of mistake is: of several that give the same number, the least is named.
UNLIKELINESS = {
    "no path": 0.4,
    "carried": 0.5,
    "forgotten minus": 0.9,
    "sign": 1.0,
    "missed contribution": 1.2,
    "swapped answers": 1.3,
    "dead relu": 1.4,
    "live relu": 1.4,
    "at input": 1.6,
    "product rule": 1.7,
    "power rule": 1.7,
    "quotient rule": 1.7,
    "at output": 1.8,
    "other branch": 1.8,
    "leaky relu": 1.8,
    "log base": 1.9,
    "degrees": 1.9,
    "overwritten": 1.9,
    "not applied": 1.9,
    "swapped operands": 1.9,
    "value": 2.0,
    "gradient": 2.0,
    "upstream": 2.0,
    "left out": 2.1,
    "operation": 2.2,
    "other function": 2.2,
    "before activation": 2.3,
    "missed path": 2.4,
    "single path": 2.5,
    "mean": 2.5,
    "stopped": 2.6,
    "factor": 2.7,
    "function": 2.8,
    "reciprocal": 2.8,
    "zero": 2.9,
    "added": 3.2,
    "other answer": 3.3,
    "coarse": 3.4,
    "early rounding": 3.5,
    "other node": 4.2,
}
#: What is added for a number that is only nearly the one that was answered.
PER_PERCENT = 200.0
#: What is added where the same words could be said of the whole answer.
SLIGHTLY = 0.1
#: What is added for one contribution of several that is neither the first nor the last.
IN_THE_MIDDLE = 1.0
#: What is added for a wrong value that leads to a wrong derivative.
IN_FORWARD_PASS = 1.5


@dataclass(frozen=True)
class Mistake:
    """A mistake that gives the number which was answered.

    Attributes:
        kind: which sort it is: a key of `UNLIKELINESS`.
        number: what it makes of the answer.
        text: what went wrong, where, and what it should be.
        node: the name of the node at which it happened; "" if it is about the whole answer.
        operand: the name of the operand, where it happened at the edge node → operand; else "".
    """

    kind: str
    number: float
    text: str
    node: str = ""
    operand: str = ""


class Marked(NamedTuple):
    """A question with its answer and the right one."""

    question: Question
    given: WrittenNumber
    right: float
    verdict: str


class Candidate(NamedTuple):
    """A mistake that may be the one.

    Attributes:
        kind: a key of `UNLIKELINESS`.
        number: what it makes of the answer.
        words: what is to be said of it.
        unlikeliness: what comes on top of the kind's.
        slack: how far off `number` may be.
        node, operand: where.
    """

    kind: str
    number: float
    words: str
    unlikeliness: float = 0.0
    slack: float = 0.0
    node: Value | None = None
    operand: Value | None = None

    def rank(self, given: WrittenNumber) -> float:
        """Its place among all that fit: the less digits agree, the less likely it is."""
        rank = UNLIKELINESS[self.kind] + self.unlikeliness
        if given.is_exactly(self.number, self.slack):
            return rank
        return rank + PER_PERCENT * abs(given.number / self.number - 1.0)

    def fits(self, given: WrittenNumber) -> bool:
        """Whether it gives the number that was answered, to the digits that were given."""
        return math.isfinite(self.number) and (
            given.is_exactly(self.number, self.slack) or given.is_rounded(self.number)
        )


class Edge(NamedTuple):
    """A multiplication of the chain rule on a way from `top` to `bottom`.

    Attributes:
        node, parent: the edge, node → parent.
        place: which of the node's parents it is.
        local: d(node)/d(parent).
        upstream: d(top)/d(node).
        below: d(parent)/d(bottom).
        distance: the least number of edges from the parent to `bottom`.
    """

    node: Value
    parent: Value
    place: int
    local: float
    upstream: float
    below: float
    distance: int


class Region:
    """What lies between the two nodes of a derivative.

    Attributes:
        question, right: what is asked for, and the right answer.
        edges: those over which `bottom` is reached, in the order of the backward pass; of very many
            the nearest to `bottom`.
        upstream: d(top)/d(node) of every node under top.
        below: d(node)/d(bottom) of every node on a path.
    """

    def __init__(self, subject: Subject, question: Question) -> None:
        self.subject = subject
        self.question = question
        self.names = subject.names
        self.right = subject.right(question)
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

    def changed(self, edge: Edge, contribution: float) -> tuple[float, float]:
        """The answer with another number for what comes over an edge, and how exact it is."""
        before, after = edge.upstream * edge.local * edge.below, contribution * edge.below
        return self.right - before + after, slack_of(self.right, before, after)


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


def slack_of(*numbers: float) -> float:
    """How far off a sum of these numbers may be."""
    slack = ROUNDING * sum(map(abs, numbers))
    return slack if math.isfinite(slack) else 0.0


def explanations(subject: Subject, marked: Marked, sheet: Iterable[Marked]) -> list[Mistake]:
    """The mistakes that give a wrong answer's number, the likeliest first.

    Args:
        subject: the graph.
        marked: the wrong answer.
        sheet: all answers that were given with it.
    """
    others = [other for other in sheet if other is not marked]
    found = [
        candidate
        for candidate in candidates(subject, marked, others)
        if candidate.fits(marked.given)
    ]
    mistakes: dict[tuple[str, str, str], Mistake] = {}
    for candidate in sorted(found, key=lambda candidate: candidate.rank(marked.given)):
        node, operand = [
            "" if place is None else subject.names[place]
            for place in (candidate.node, candidate.operand)
        ]
        mistake = Mistake(candidate.kind, candidate.number, candidate.words, node, operand)
        mistakes.setdefault((mistake.kind, node, operand), mistake)
    return list(mistakes.values())


def candidates(subject: Subject, marked: Marked, others: list[Marked]) -> Iterator[Candidate]:
    """Everything that is tried, in no particular order."""
    question = marked.question
    yield from of_any_answer(subject, marked, others)
    if question.kind == VALUE:
        yield Candidate(
            "gradient",
            subject.gradients(subject.root).of[question.top],
            f"this is d{subject.names[subject.root]}/d{question.title}, not the value of "
            f"{question.title}",
        )
    else:
        region = Region(subject, question)
        for edge in region.edges:
            yield from of_edge(region, edge)
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
    yield Candidate("sign", -right, "the sign is wrong")
    if given.is_coarsely(right):
        yield Candidate("coarse", given.number, "rounded too coarsely: give one more digit")
    elif abs(given.number - right) <= 0.005 * abs(right) and given.half_unit > 1e-6 * abs(right):
        yield Candidate("early rounding", given.number, "rounded too early: keep more digits")
    for other in others:
        is_swap = given.is_rounded(other.right) and other.given.is_rounded(right)
        words = f"this is the answer for {other.question.key}"
        yield Candidate("swapped answers" if is_swap else "other answer", other.right, words)
    if question.kind != VALUE:
        if question.bottom not in subject.gradients(question.top).of:
            top, bottom = subject.names[question.top], subject.names[question.bottom]
            words = f"{top} was not computed from {bottom}, so the derivative is 0"
            yield Candidate("no path", given.number, words)
        name = subject.names[question.bottom]
        words = f"this is the value of {name}, not {question.title}"
        yield Candidate("value", question.bottom.data, words)


def of_other_nodes(region: Region) -> Iterator[Candidate]:
    """The derivative by another node, one with a name of its own."""
    top = region.question.top
    for node in region.subject.order[-MOST_OTHERS:]:
        is_named = bool(node.label) or not node.op or node is top
        if is_named and node in region.upstream and node is not region.question.bottom:
            words = f"this is d{region.names[top]}/d{region.names[node]}"
            yield Candidate("other node", region.upstream[node], words, node=node)


# ---- of one edge --------------------------------------------------------------------------------


def of_edge(region: Region, edge: Edge) -> Iterator[Candidate]:
    """What can go wrong with one multiplication."""
    node, operand = region.names[edge.node], region.names[edge.parent]
    local = f"∂{node}/∂{operand}"
    far = PER_EDGE * edge.distance
    for slip in derivative_slips(edge.node, edge.place):
        number, slack = region.changed(edge, edge.upstream * slip.number)
        is_minus = slip.kind == "sign" and edge.node.op in ("sub", "neg") and edge.local < 0.0
        words = (
            f"at the edge {node} → {operand}: {slip.words.format(node=node, operand=operand)}; "
            f"{local} is {format_number(edge.local)}, not {format_number(slip.number)}"
        )
        yield Candidate(
            "forgotten minus" if is_minus else slip.kind,
            number,
            words,
            far + SLIGHTLY,
            slack,
            edge.node,
            edge.parent,
        )
    for kind, factor_, words in scalings(edge, node, local):
        number, slack = region.changed(edge, edge.upstream * edge.local * factor_)
        yield Candidate(kind, number, words, far + SLIGHTLY, slack, edge.node, edge.parent)
    total = edge.upstream + edge.local
    if region.question.kind == GRADIENT and total not in (edge.upstream, edge.local):
        number, slack = region.changed(edge, total)
        words = (
            f"at the edge {node} → {operand}: {format_number(edge.upstream)} and "
            f"{format_number(edge.local)} were added: the chain rule multiplies"
        )
        yield Candidate("added", number, words, far, slack, edge.node, edge.parent)


def scalings(edge: Edge, node: str, local: str) -> Iterator[tuple[str, float, str]]:
    """Factors by which an edge may be off."""
    is_ = f"{local} is {format_number(edge.local)}"
    yield "zero", 0.0, f"{is_}: it was taken as 0"
    yield "factor", 2.0, f"at {node}: twice the local derivative; {is_}"
    yield "factor", 0.5, f"at {node}: half of the local derivative; {is_}"


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
            yield from of_sum(region, parent, edges)
    yield from of_paths(region)


def of_sum(region: Region, parent: Value, edges: list[Edge]) -> Iterator[Candidate]:
    """A contribution that was missed, or that replaced those before it."""
    name = region.names[parent]
    far = PER_EDGE * edges[0].distance
    for edge in edges:
        number, slack = region.changed(edge, 0.0)
        node = region.names[edge.node]
        words = (
            f"at {name}: the contribution over the edge {node} → {name} is missing: "
            f"{format_number(edge.upstream)} * {factor(edge.local)} = "
            f"{format_number(edge.upstream * edge.local)}; contributions add up (+=)"
        )
        yield Candidate("missed contribution", number, words, far, slack, edge.node, parent)
    if len(edges) == 2:
        return
    contributions = [edge.upstream * edge.local for edge in edges]
    every = sum(contributions)
    for edge, contribution in zip(edges, contributions, strict=True):
        kept = "last" if edge is edges[-1] else "first" if edge is edges[0] else "single"
        number = region.right + (contribution - every) * edge.below
        words = (
            f"at {name}: of {len(edges)} contributions only the {kept} one counts, "
            f"{format_number(contribution)} over the edge {region.names[edge.node]} → {name}; "
            f"they add up (+=) to {format_number(every)}"
        )
        away = 0.0 if kept != "single" else IN_THE_MIDDLE
        slack = slack_of(region.right, *[x * edge.below for x in contributions])
        yield Candidate("overwritten", number, words, far + away, slack, edge.node, parent)


def of_paths(region: Region) -> Iterator[Candidate]:
    """One path of a few that was missed, or that alone was counted."""
    question, names = region.question, region.names
    counts = path_counts(region.subject.order, question.bottom)
    if not 2 <= counts[question.top] <= MOST_PATHS:
        return
    for path in enumerated_paths(question.top, question.bottom, counts, names):
        slack = slack_of(region.right, path.product)
        words = f"the path {path} is missing: the gradient is the sum over all paths"
        yield Candidate("missed path", region.right - path.product, words, 0.0, slack)
        words = f"this is the path {path} alone: the gradient is the sum over all paths"
        yield Candidate("single path", path.product, words, 0.0, slack)


# ---- of products --------------------------------------------------------------------------------


def of_products(region: Region) -> Iterator[Candidate]:
    """A factor that belongs to a node or to the whole: the upstream, the loss's 2, the mean's n."""
    question, names = region.question, region.names
    top = names[question.top]
    yield Candidate("factor", region.right * 2.0, "it is twice what it should be")
    yield Candidate("factor", region.right * 0.5, "it is half of what it should be")
    for node in dict.fromkeys(edge.node for edge in region.edges):
        if node is question.top:
            continue
        upstream, below, name = region.upstream[node], region.below[node], names[node]
        far = PER_EDGE * region.distance[node]
        is_ = f"d{top}/d{name} is {format_number(upstream)}"
        words = f"at {name}: the upstream gradient was taken as 1; {is_}"
        number = region.right + (1.0 - upstream) * below
        slack = slack_of(region.right, upstream * below, below)
        yield Candidate("upstream", number, words, far, slack, node)
        words = (
            f"this is d{name}/d{names[question.bottom]} alone, "
            f"still to be multiplied by d{top}/d{name} = {format_number(upstream)}"
        )
        yield Candidate("stopped", below, words, far, node=node)
    yield from of_means(region)


def of_means(region: Region) -> Iterator[Candidate]:
    """A mean's 1/n that was forgotten."""
    for node in dict.fromkeys(edge.node for edge in region.edges):
        if node.op == "mean":
            count, part = len(node.operands), region.upstream[node] * region.below[node]
            words = f"at {region.names[node]}: the mean's factor 1/{count} is missing"
            number = region.right + (count - 1) * part
            slack = slack_of(region.right, count * part)
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
        name = subject.names[node]
        for slip in value_slips(node):
            left -= 1 + len(later) + (len(subject.order) if question.kind == GRADIENT else 0)
            if left < 0:
                return
            run = rerun(later, node, slip.number, slip.derivatives)
            if question.kind == GRADIENT and len(run.local_derivatives) == 0:
                continue
            words = (
                f"at {name}: {slip.words.format(node=name)}; "
                f"{name} is {format_number(node.data)}, not {format_number(slip.number)}"
            )
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

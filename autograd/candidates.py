"""What can go wrong at one place of a graph, and which of it gives the number that was answered.

At an edge a wrong local derivative is multiplied; where several contributions arrive one is missed;
a value is worked out by another rule. Each is a `Candidate`: a number, and the words for it.
Whoever asks collects the candidates that lie at hand (`mistakes.py` those of a whole graph, the
walk those of one step), and `fitting` says which explain an answer, the likeliest first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.engine import Value
from autograd.graph_formulas import factor
from autograd.numbers import format_number, format_product
from autograd.slips import Slip, derivative_slips, value_slips
from autograd.written_numbers import WrittenNumber

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
    "wrong way": 1.0,
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
    "step": 2.1,
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
    "derivative": 3.0,
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
#: What is added for two mistakes in one.
TWO_AT_ONCE = 2.0
#: Of several mistakes that fit, so many are told.
TOLD = 2
#: A number that is off by no more than this part of it may come of rounding on the way.
ROUNDED_ON_THE_WAY = 0.005
#: Nobody who writes so many digits rounded on the way: the last one is worth less than this part.
ALL_DIGITS = 1e-6


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


def fitting(
    candidates: Iterable[Candidate], given: WrittenNumber, names: Mapping[Value, str]
) -> list[Mistake]:
    """The mistakes that give the number which was answered, the likeliest first."""
    found = [candidate for candidate in candidates if candidate.fits(given)]
    mistakes: dict[tuple[str, str, str], Mistake] = {}
    for candidate in sorted(found, key=lambda candidate: candidate.rank(given)):
        node, operand = [
            "" if place is None else names[place] for place in (candidate.node, candidate.operand)
        ]
        mistake = Mistake(candidate.kind, candidate.number, candidate.words, node, operand)
        mistakes.setdefault((mistake.kind, node, operand), mistake)
    return list(mistakes.values())


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
    below: float = 1.0
    distance: int = 0


class Derivative(NamedTuple):
    """A derivative that was asked for.

    Attributes:
        top, bottom: of which node, by which.
        right: what it is.
        names: what the nodes are called.
    """

    top: Value
    bottom: Value
    right: float
    names: Mapping[Value, str]

    def of(self, node: Value) -> str:
        """What the derivative of `top` by a node is called."""
        return f"d{self.names[self.top]}/d{self.names[node]}"

    def changed(self, edge: Edge, contribution: float) -> tuple[float, float]:
        """The answer with another number for what comes over an edge, and how exact it is."""
        before, after = edge.upstream * edge.local * edge.below, contribution * edge.below
        return self.right - before + after, slack_of(self.right, before, after)


def slack_of(*numbers: float) -> float:
    """How far off a sum of these numbers may be."""
    slack = ROUNDING * sum(map(abs, numbers))
    return slack if math.isfinite(slack) else 0.0


# ---- of any number ------------------------------------------------------------------------------


def of_number(given: WrittenNumber, right: float) -> Iterator[Candidate]:
    """The sign, and rounding."""
    yield Candidate("sign", -right, "the sign is wrong")
    if given.is_coarsely(right):
        yield Candidate("coarse", given.number, "rounded too coarsely: give one more digit")
    elif abs(given.number - right) <= ROUNDED_ON_THE_WAY * abs(
        right
    ) and given.half_unit > ALL_DIGITS * abs(right):
        yield Candidate("early rounding", given.number, "rounded too early: keep more digits")


# ---- of one edge --------------------------------------------------------------------------------


def of_edge(asked: Derivative, edge: Edge) -> Iterator[Candidate]:
    """What can go wrong with the local derivative at one edge."""
    node, operand = asked.names[edge.node], asked.names[edge.parent]
    local = f"∂{node}/∂{operand}"
    far = PER_EDGE * edge.distance
    for slip in derivative_slips(edge.node, edge.place):
        number, slack = asked.changed(edge, edge.upstream * slip.number)
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
    for kind, scale, words in scalings(edge, node, local):
        number, slack = asked.changed(edge, edge.upstream * edge.local * scale)
        yield Candidate(kind, number, words, far + SLIGHTLY, slack, edge.node, edge.parent)


def scalings(edge: Edge, node: str, local: str) -> Iterator[tuple[str, float, str]]:
    """Factors by which an edge may be off."""
    is_ = f"{local} is {format_number(edge.local)}"
    yield "zero", 0.0, f"{is_}: it was taken as 0"
    yield "factor", 2.0, f"at {node}: twice the local derivative; {is_}"
    yield "factor", 0.5, f"at {node}: half of the local derivative; {is_}"


def of_factors_added(asked: Derivative, edge: Edge) -> Iterator[Candidate]:
    """The chain rule with a sum for the product."""
    total = edge.upstream + edge.local
    if total not in (edge.upstream, edge.local):
        number, slack = asked.changed(edge, total)
        words = (
            f"at the edge {asked.names[edge.node]} → {asked.names[edge.parent]}: "
            f"{format_number(edge.upstream)} and "
            f"{format_number(edge.local)} were added: the chain rule multiplies"
        )
        far = PER_EDGE * edge.distance
        yield Candidate("added", number, words, far, slack, edge.node, edge.parent)


def of_upstream(
    asked: Derivative, node: Value, upstream: float, below: float, distance: int
) -> Iterator[Candidate]:
    """The upstream gradient at a node that was forgotten: it counts as 1, or is still to come.

    Args:
        asked: the derivative.
        node: a node on the way.
        upstream: d(top)/d(node).
        below: d(node)/d(bottom), over the edges that are meant.
        distance: how many edges lie between.
    """
    name, far = asked.names[node], PER_EDGE * distance
    is_ = f"{asked.of(node)} is {format_number(upstream)}"
    words = f"at {name}: the upstream gradient was taken as 1; {is_}"
    number = asked.right + (1.0 - upstream) * below
    slack = slack_of(asked.right, upstream * below, below)
    yield Candidate("upstream", number, words, far, slack, node)
    words = (
        f"this is d{name}/d{asked.names[asked.bottom]} alone, "
        f"still to be multiplied by {asked.of(node)} = {format_number(upstream)}"
    )
    yield Candidate("stopped", below, words, far, node=node)


def of_node(asked: Derivative, node: Value, upstream: float) -> Candidate:
    """The derivative by another node."""
    return Candidate("other node", upstream, f"this is {asked.of(node)}", node=node)


def of_own_value(asked: Derivative, title: str) -> Candidate:
    """The value of the node in the place of its gradient."""
    words = f"this is the value of {asked.names[asked.bottom]}, not {title}"
    return Candidate("value", asked.bottom.data, words)


# ---- of several contributions -------------------------------------------------------------------


def of_sum(asked: Derivative, parent: Value, edges: Sequence[Edge]) -> Iterator[Candidate]:
    """A contribution that was missed, or that replaced those before it."""
    name = asked.names[parent]
    far = PER_EDGE * edges[0].distance
    for edge in edges:
        number, slack = asked.changed(edge, 0.0)
        node = asked.names[edge.node]
        words = (
            f"at {name}: the contribution over the edge {node} → {name} is missing: "
            f"{format_number(edge.upstream)} * {factor(edge.local)} = "
            f"{format_product(edge.upstream * edge.local)}; contributions add up (+=)"
        )
        yield Candidate("missed contribution", number, words, far, slack, edge.node, parent)
    if len(edges) == 2:
        return
    contributions = [edge.upstream * edge.local for edge in edges]
    every = sum(contributions)
    for edge, contribution in zip(edges, contributions, strict=True):
        kept = "last" if edge is edges[-1] else "first" if edge is edges[0] else "single"
        number = asked.right + (contribution - every) * edge.below
        words = (
            f"at {name}: of {len(edges)} contributions only the {kept} one counts, "
            f"{format_number(contribution)} over the edge {asked.names[edge.node]} → {name}; "
            f"they add up (+=) to {format_number(every)}"
        )
        away = 0.0 if kept != "single" else IN_THE_MIDDLE
        slack = slack_of(asked.right, *[x * edge.below for x in contributions])
        yield Candidate("overwritten", number, words, far + away, slack, edge.node, parent)


def of_last_contribution(asked: Derivative, edges: Sequence[Edge]) -> Iterator[Candidate]:
    """What can go wrong when the last of some contributions arrives, those before it being known.

    Args:
        asked: the derivative as far as it has been added up.
        edges: those over which contributions have come, in their order.
    """
    last = edges[-1]
    own = [*of_edge(asked, last), *of_factors_added(asked, last)]
    own += of_upstream(asked, last.node, last.upstream, last.local, last.distance)
    if len(edges) == 1:  # then it is the sign of the whole
        own = [slip for slip in own if slip.kind != "sign"]
    yield from own
    yield of_node(asked, last.node, last.upstream)
    yield of_own_value(asked, asked.of(asked.bottom))
    if len(edges) > 1:
        yield from of_sum(asked, asked.bottom, edges)
        before = asked.right - last.upstream * last.local
        for slip in own:
            words = f"{slip.words}; and what came before, {format_number(before)}, was not added"
            yield slip._replace(
                number=slip.number - before,
                words=words,
                unlikeliness=slip.unlikeliness + TWO_AT_ONCE,
                slack=slip.slack + slack_of(before),
            )


# ---- of one value -------------------------------------------------------------------------------


def of_slip(node: Value, slip: Slip, names: Mapping[Value, str]) -> str:
    """The words for a wrong value of a node."""
    name = names[node]
    operand = names[node.parents[0]] if node.parents else ""
    return (
        f"at {name}: {slip.words.format(node=name, operand=operand)}; "
        f"{name} is {format_number(node.data)}, not {format_number(slip.number)}"
    )


def of_value(node: Value, names: Mapping[Value, str]) -> Iterator[Candidate]:
    """What can go wrong where one value is worked out."""
    for slip in value_slips(node):
        if (slip.kind, slip.number) != ("sign", -node.data):  # which is said of any number
            yield Candidate(slip.kind, slip.number, of_slip(node, slip, names), node=node)
    name = names[node]
    for operand, local in zip(node.parents, node.local_derivatives, strict=True):
        if len(node.parents) > 1:
            words = f"this is {names[operand]}: {name} has yet to be worked out"
            yield Candidate("not applied", operand.data, words, SLIGHTLY, 0.0, node, operand)
        words = f"this is ∂{name}/∂{names[operand]}, not the value of {name}"
        yield Candidate("derivative", local, words, node=node)

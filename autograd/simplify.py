"""What a flat graph can do without: constants are folded, equal nodes shared, dead ones dropped.

And sums of products are found: a chain of additions whose terms are used nowhere else becomes one
list of products and one of plain terms, which the processor adds up in one go.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import cython

from autograd.flat_graph import FlatGraph
from autograd.registry import built_in_count, entry

if cython.compiled:
    from cython.cimports.autograd.memory import bytes_of, doubles_of, ints_of
else:
    from autograd._cython import bytes_of, doubles_of, ints_of

ADD = entry("add").code
SUB = entry("sub").code
MUL = entry("mul").code
NEG = entry("neg").code
POW = entry("pow").code
IDENTITY = entry("identity").code
TOTAL = entry("total").code
DOT = entry("dot").code
BUILT_IN = built_in_count()

#: A sum with more terms than this is no sum that anybody wrote; the list of its terms is cut there.
LONGEST_SUM = 1 << 20


def share(graph: FlatGraph) -> array[int]:
    """Fold constants and find equal nodes: for each node the first one that is the same.

    What remains has the lowest number. Operands are made to be such first ones. Users' own
    operations are never taken to be equal: their rules may do anything.
    """
    count = graph.count
    size = 16
    while size < 2 * count:
        size *= 2
    same = array("i", bytes(4 * count))
    table = array("i", [-1]) * size
    share_nodes(
        count,
        size - 1,
        ints_of(graph.codes),
        ints_of(graph.starts),
        ints_of(graph.operands),
        doubles_of(graph.data),
        bytes_of(graph.is_constant),
        ints_of(same),
        ints_of(table),
    )
    return same


def share_nodes(
    count: int,
    mask: int,
    codes: array[int],
    starts: array[int],
    operands: array[int],
    data: array[float],
    is_constant: bytearray,
    same: array[int],
    table: array[int],
) -> None:
    """The loop of `share`; `table` has each node at a place that it and its operands give."""
    for node in range(count):
        same[node] = node
        code = codes[node]
        if code == 0:
            continue
        start = starts[node]
        end = starts[node + 1]
        is_fixed = code < BUILT_IN
        for place in range(start, end):
            operands[place] = same[operands[place]]
            if not is_constant[operands[place]]:
                is_fixed = False
        if is_fixed:
            codes[node] = 0
            is_constant[node] = 1
            continue
        first = operands[start]
        second = operands[end - 1]
        if code == IDENTITY:
            same[node] = first
            continue
        if code in (MUL, ADD):
            neutral = 1.0 if code == MUL else 0.0
            if is_constant[first] and data[first] == neutral:
                same[node] = second
                continue
            if is_constant[second] and data[second] == neutral:
                same[node] = first
                continue
        if code == POW and is_constant[second] and data[second] == 2.0:
            code = codes[node] = MUL
            second = operands[end - 1] = first
        if code >= BUILT_IN:
            continue
        commutes = code in (MUL, ADD)
        if commutes and first > second:
            first, second = second, first
        key = (code * 40503 + first * 30011 + second * 20011 + end - start) & 0x3FFFFFFF
        for place in range(start + 1, end - 1):
            key = (key * 31 + operands[place]) & 0x3FFFFFFF
        key = (key ^ (key >> 15)) * 0x2C1B3C6D & 0x3FFFFFFF
        key ^= key >> 12
        while True:
            place = key & mask
            other = table[place]
            if other < 0:
                table[place] = node
                break
            if (
                codes[other] == code
                and starts[other + 1] - starts[other] == end - start
                and is_same(operands, starts[other], start, end - start, commutes)
            ):
                same[node] = other
                break
            key += 1


def is_same(operands: array[int], one: int, other: int, count: int, commutes: bool) -> bool:
    """Whether two nodes of one operation have the same operands."""
    if commutes and operands[one] == operands[other + 1] and operands[one + 1] == operands[other]:
        return True
    place = 0
    while place < count and operands[one + place] == operands[other + place]:
        place += 1
    return place == count


def count_uses(graph: FlatGraph, wanted: Sequence[int]) -> array[int]:
    """How often each node is used by what leads to the wanted ones, being wanted included.

    What is used by nothing is dead.
    """
    uses = array("i", bytes(4 * graph.count))
    for node in wanted:
        uses[node] += 1
    add_uses(
        graph.count,
        ints_of(graph.codes),
        ints_of(graph.starts),
        ints_of(graph.operands),
        ints_of(uses),
    )
    return uses


def add_uses(
    count: int,
    codes: array[int],
    starts: array[int],
    operands: array[int],
    uses: array[int],
) -> None:
    """The loop of `count_uses`: consumers have higher numbers."""
    for node in range(count - 1, -1, -1):
        if uses[node] != 0 and codes[node] != 0:
            for place in range(starts[node], starts[node + 1]):
                uses[operands[place]] += 1


class Sums:
    """The sums of products of a graph.

    Attributes:
        place: for each node, the number of its sum, or -1 if it is none.
        is_absorbed: for each node, 1 if it is only a part of a sum.
        factors: two nodes a product.
        terms: the plain terms.
        factor_ends, term_ends: where the factors and the terms of each sum end.
        minus_one: the node that stands for -1, the factor of what is subtracted.
    """

    def __init__(self, count: int, minus_one: int) -> None:
        self.place = array("i", [-1]) * count
        self.is_absorbed = bytearray(count)
        self.factors = array("i")
        self.terms = array("i")
        self.factor_ends = array("i", [0])
        self.term_ends = array("i", [0])
        self.minus_one = minus_one


def find_sums(graph: FlatGraph, uses: array[int], minus_one: int) -> Sums:
    """Every sum that absorbs something: additions, and products that are used nowhere else."""
    sums = Sums(graph.count, minus_one)
    look_for_sums(
        sums,
        graph.count,
        ints_of(graph.codes),
        ints_of(graph.starts),
        ints_of(graph.operands),
        ints_of(uses),
        bytes_of(sums.is_absorbed),
    )
    return sums


def look_for_sums(
    sums: Sums,
    count: int,
    codes: array[int],
    starts: array[int],
    operands: array[int],
    uses: array[int],
    is_absorbed: bytearray,
) -> None:
    """The loop of `find_sums`, from the results to the sources: a sum's root comes first."""
    for root in range(count - 1, -1, -1):
        code = codes[root]
        if uses[root] == 0 or is_absorbed[root]:
            continue
        if code in (ADD, SUB, TOTAL, DOT):
            absorb(sums, root, codes, starts, operands, uses, is_absorbed)


def absorb(
    sums: Sums,
    root: int,
    codes: array[int],
    starts: array[int],
    operands: array[int],
    uses: array[int],
    is_absorbed: bytearray,
) -> None:
    """Spread a sum out into its products and plain terms, in their written order.

    The list holds nodes whose terms are still to come, the next on top; ~node for one that is
    subtracted.
    """
    factors = sums.factors
    terms = sums.terms
    first_factor = len(factors)
    first_term = len(terms)
    has_absorbed = codes[root] == TOTAL or codes[root] == DOT
    stack: list[int] = [root]
    while stack:
        node = stack.pop()
        is_minus = node < 0
        if is_minus:
            node = ~node
        code = codes[node]
        start = starts[node]
        end = starts[node + 1]
        is_lone = node == root or (uses[node] == 1 and not is_absorbed[node])
        if is_lone and len(factors) - first_factor > 2 * LONGEST_SUM:
            is_lone = False
        if is_lone and code in (ADD, TOTAL):
            for place in range(end - 1, start - 1, -1):
                stack.append(~operands[place] if is_minus else operands[place])
        elif is_lone and code == SUB:
            stack.append(operands[start + 1] if is_minus else ~operands[start + 1])
            stack.append(~operands[start] if is_minus else operands[start])
        elif is_lone and code == NEG:
            stack.append(operands[start] if is_minus else ~operands[start])
        elif is_lone and code == DOT and not is_minus:
            half = (end - start) // 2
            for place in range(half):
                factors.append(operands[start + place])
                factors.append(operands[start + half + place])
            if end - start > 2 * half:
                stack.append(operands[end - 1])
        elif is_lone and code == MUL and not is_minus:
            factors.append(operands[start])
            factors.append(operands[start + 1])
        else:
            is_lone = False
            if is_minus:
                factors.append(sums.minus_one)
                factors.append(node)
            else:
                terms.append(node)
        if is_lone and node != root:
            is_absorbed[node] = 1
            has_absorbed = True
    if has_absorbed:
        sums.place[root] = len(sums.factor_ends) - 1
        sums.factor_ends.append(len(factors))
        sums.term_ends.append(len(terms))
    else:  # a plain x + y, or x - y
        del factors[first_factor:]
        del terms[first_term:]

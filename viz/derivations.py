r"""Worked solutions: the derivative of a result by a node, derived line by line.

What is given, the definitions, the local derivatives, then the chain rule: with symbols, with
numbers, summed over the paths. The lines are made once, from the list of steps, as equations in a
language (plain text or LaTeX); three printers lay them out. Where there are too many paths to
write down, the chain rule goes node by node instead, from the result back: each gradient is the
sum over the node's consumers.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

from autograd.engine import Value
from autograd.formulas import DERIVATIVE, called_name, put_in
from autograd.graph import kind
from autograd.graph_formulas import operand_numbers, operand_words
from autograd.numbers import format_number
from autograd.printing import text
from autograd.registry import entry
from viz.latex import escaped, latex
from viz.simplified import addition, is_number, product, without_sign
from viz.stepping import (
    Backward,
    Board,
    LocalDerivative,
    Step,
    local_derivatives,
    operation_expression,
    steps,
)

#: More paths than this, or more factors in all of them, and the chain rule goes node by node.
MOST_PATHS = 4
MOST_FACTORS = 24
#: How many local derivatives a derivation may use.
MOST_EDGES = 300
#: A node with more operands is not written out.
MOST_OPERANDS = 12
#: How much stands on one line.
GIVENS_A_LINE = 5
TERMS_A_LINE = 3
NUMBERS_A_LINE = 6


#: Columns of plain text, if not given, and the fewest that hold a line.
WIDTH = 80
NARROWEST = 20


class Row(NamedTuple):
    """A line of an equation: the sign that it begins with ("=", "+", "-", "*"), and the rest."""

    sign: str
    text: str


class Equation(NamedTuple):
    """left = right = right ..., laid out in rows; without a left side, a line by itself."""

    left: str
    rows: list[Row]


class Section(NamedTuple):
    """Equations that belong together, under a heading."""

    heading: str
    equations: list[Equation]


class Language(ABC):
    """How formulas are written down."""

    times: str
    comma: str
    longest: int  # characters on a line
    factors: int  # derivatives multiplied on a line

    @abstractmethod
    def formula(self, expression: ast.expr, words: Mapping[str, str]) -> str:
        """An expression, with words in the place of its names."""

    @abstractmethod
    def quotient(self, sign: str, above: str, below: str) -> str:
        """The derivative of one node by another; the sign is "d" or "∂"."""

    @abstractmethod
    def words(self, plain: str) -> str:
        """Words between formulas."""

    def name(self, word: str) -> str:
        """What a node is called."""
        return self.formula(ast.Name("name"), {"name": word})


class PlainText(Language):
    """df/dx = ∂f/∂h * ∂h/∂x."""

    times = " * "
    comma = ", "
    factors = MOST_FACTORS  # its lines are folded by their lengths

    def __init__(self, width: int) -> None:
        self.longest = width - len("   = ")

    def formula(self, expression: ast.expr, words: Mapping[str, str]) -> str:
        """The expression as plain text."""
        return text(expression, words)

    def quotient(self, sign: str, above: str, below: str) -> str:
        """df/dx."""
        return f"{sign}{above}/{sign}{below}"

    def words(self, plain: str) -> str:
        """The words."""
        return plain


class Latex(Language):
    r"""\frac{df}{dx} = \frac{\partial f}{\partial h} \cdot \frac{\partial h}{\partial x}."""

    times = r" \cdot "
    comma = r", \quad "
    longest = 160
    factors = 8

    def formula(self, expression: ast.expr, words: Mapping[str, str]) -> str:
        """The expression in math mode."""
        return latex(expression, words)

    def quotient(self, sign: str, above: str, below: str) -> str:
        r"""\frac{df}{dx}."""
        sign = r"\partial " if sign == "∂" else "d"
        return rf"\frac{{{sign}{self.name(above)}}}{{{sign}{self.name(below)}}}"

    def words(self, plain: str) -> str:
        r"""\text{as}."""
        return rf"\text{{{escaped(plain)}}}"


def derivation(
    root: Value,
    wrt: Value | str | Iterable[Value | str],
    style: Literal["latex", "markdown", "text"] = "latex",
    *,
    limit: int = MOST_EDGES,
    width: int = WIDTH,
) -> str:
    r"""The derivative of a result by one of its nodes, as a worked solution.

    Args:
        root: the result of an expression. `backward` need not have run.
        wrt: the node to differentiate by, or the name under which pictures and steps show it; or
            several: what they share is then derived once.
        style: "latex" (an `align*` environment, for amsmath), "markdown" (`$$` blocks) or "text".
        limit: how many local derivatives it may take.
        width: columns of a line of text; what has no place to be broken is longer.

    Returns:
        The solution: what is given, the definitions, the local derivatives (∂) and the chain rule
        for each total derivative (d). Only what leads to `wrt` is in it.

    Raises:
        TypeError: if `root` is not one Value, or `wrt` not a Value or a name.
        ValueError: if `wrt` is not in the graph, if more than `limit` local derivatives are
            needed, if `width` is below 20, or if data was assigned after the expression was built.

    >>> x, y, z = Value(1, label="x"), Value(3, label="y"), Value(2, label="z")
    >>> h = x + y
    >>> h.label = "h"
    >>> print(derivation(h * z, x, style="text"))
    Values
      x = 1, y = 3, z = 2
    <BLANKLINE>
    Definitions
      h = x + y = 1 + 3 = 4
      f = h * z = 4 * 2 = 8
    <BLANKLINE>
    Local derivatives
      ∂f/∂h = z = 2
      ∂h/∂x = 1
    <BLANKLINE>
    Chain rule
      df/dx = ∂f/∂h * ∂h/∂x
            = z
            = 2
    """
    if style not in ("latex", "markdown", "text"):
        raise ValueError(f"style is 'latex', 'markdown' or 'text', not {style!r}")
    if width < NARROWEST:
        raise ValueError(f"width is {NARROWEST} columns or more, not {width}")
    passed = steps(root)
    targets = wanted_nodes(passed[0].board, wrt)
    solution = Solution(passed, PlainText(width) if style == "text" else Latex())
    sections = solution.sections(targets, limit)
    if style == "text":
        return as_text(sections, width)
    return as_latex(sections) if style == "latex" else as_markdown(sections)


def wanted_nodes(board: Board, wrt: Value | str | Iterable[Value | str]) -> list[Value]:
    """The nodes that were asked for.

    Raises:
        TypeError, ValueError: if one is no node of the graph.
    """
    by_name = {name: node for node, name in board.names.items()}
    found = []
    for item in [wrt] if isinstance(wrt, (Value, str)) else wrt:
        if not isinstance(item, (Value, str)):
            raise TypeError(f"a derivation is by a Value or the name of one, not {kind(item)}")
        node = by_name.get(item) if isinstance(item, str) else item
        if node is None or node not in board.names:
            asked = repr(item) if isinstance(item, str) else item.label or repr(item)
            raise ValueError(
                f"{asked} is not in the graph of {board.root_name}; there are "
                f"{', '.join(list(by_name)[:20])}{', ...' if len(by_name) > 20 else ''}"
            )
        found.append(node)
    if not found:
        raise ValueError("a derivation is by one node at least; none was given")
    return found


# ---- the lines of a solution --------------------------------------------------------------------


class Edge(NamedTuple):
    """From a node to one that it is computed from: what its local derivative is.

    A node that stands twice among the operands, as in x * x, has one edge, with the sum.

    Attributes:
        source: the node that is computed.
        node: the one that it is computed from.
        formula: the local derivative, in the names that `Solution` puts in.
        reasons: the conditions that decided it.
        number: its value.
    """

    source: Value
    node: Value
    formula: ast.expr
    reasons: list[ast.expr]
    number: float


class Solution:
    """A solution in the making: the graph's names and numbers, and the language it is written in.

    In formulas, node i of the graph is called ni; `symbols` and `numbers` say what stands for it.
    """

    def __init__(self, passed: Sequence[Step], language: Language) -> None:
        self.board = passed[0].board
        self.language = language
        self.order = list(self.board.names)
        self.root = self.order[-1]
        self.variables = {node: f"n{i}" for i, node in enumerate(self.order)}
        self.symbols = {self.variables[node]: name for node, name in self.board.names.items()}
        self.numbers = {
            self.variables[node]: format_number(value) for node, value in self.board.values.items()
        }
        self.gradients = {step.node: step.gradient for step in passed if isinstance(step, Backward)}

    def sections(self, targets: list[Value], limit: int) -> list[Section]:
        """All of it, for one derivative or several."""
        reached: set[Value] = set()
        defined = []
        for node in self.order:
            if not reached.isdisjoint(node.parents):
                defined.append(node)
                reached.add(node)
            elif node in targets:
                reached.add(node)
        edges = self.edges(defined, reached, limit)
        sections = [
            Section("Values", self.values(defined)),
            Section("Definitions", [self.definition(node) for node in defined]),
            Section("Local derivatives", [self.local_derivative(edge) for edge in edges]),
            self.chain_rule(targets, edges),
        ]
        return [section for section in sections if section.equations]

    def edges(self, defined: list[Value], reached: set[Value], limit: int) -> list[Edge]:
        """The edges on the way, from the result on.

        Raises:
            ValueError: if there are more than `limit`.
        """
        pairs = [
            (source, node)
            for source in reversed(defined)
            for node in dict.fromkeys(source.parents)
            if node in reached
        ]
        if len(pairs) > limit:
            raise ValueError(
                f"this derivation takes {len(pairs)} local derivatives, more than limit={limit}: "
                f"choose a node nearer to {self.board.root_name}, give a greater limit, or print "
                "steps(root)"
            )
        written = {source: self.local_formulas(source) for source in defined}
        return [self.edge(source, node, written[source]) for source, node in pairs]

    def local_formulas(self, source: Value) -> list[LocalDerivative]:
        """The local derivatives of a node, one a parent, in the solution's names."""
        operation = entry(source.op)
        names: dict[str, ast.expr] = {"out": ast.Name(self.variables[source])}
        for parameter, number in operand_numbers(operation, source).items():
            names[parameter] = ast.Constant(number)
        parameters = operation.operand_names(len(source.operands))
        for parameter, operand in zip(parameters, source.operands, strict=False):
            if isinstance(operand, Value):
                names[parameter] = ast.Name(self.variables[operand])
        return [
            LocalDerivative(
                product([put_in(formula, names)]), [put_in(reason, names) for reason in reasons]
            )
            for formula, reasons in local_derivatives(source, self.board.values)
        ]

    def edge(self, source: Value, node: Value, written: list[LocalDerivative]) -> Edge:
        """The edge between two nodes, the places at which the operand stands taken together."""
        places = [i for i, parent in enumerate(source.parents) if parent is node]
        reasons = {ast.unparse(reason): reason for i in places for reason in written[i].reasons}
        number = sum([source.local_derivatives[i] for i in places])
        formula: ast.expr = ast.Constant(number)
        if len(places) <= MOST_OPERANDS:
            formula = addition([written[i].formula for i in places])
        return Edge(source, node, formula, list(reasons.values()), number)

    def values(self, defined: list[Value]) -> list[Equation]:
        """The numbers to start from: operands whose definitions are not part of the solution."""
        operands = dict.fromkeys([operand for node in defined for operand in node.parents])
        given = [node for node in self.order if node in operands and node not in defined]
        words = [f"{self.symbol(node)} = {self.number(self.board.values[node])}" for node in given]
        return [
            Equation("", [Row("", self.language.comma.join(some))])
            for some in in_parts(words, GIVENS_A_LINE)
        ]

    def definition(self, node: Value) -> Equation:
        """h2 = exp(y) = exp(3) = 20.0855."""
        count = len(node.operands)
        if count > MOST_OPERANDS:
            sides = [self.language.words(f"{node.op} of {count} operands")]
        else:
            expression, operation = operation_expression(node), entry(node.op)
            sides = [
                self.language.formula(expression, operand_words(operation, node, words))
                for words in (self.board.names, self.board.numbers(node))
            ]
        return self.equation(self.symbol(node), [*sides, self.number(self.board.values[node])])

    def local_derivative(self, edge: Edge) -> Equation:
        """∂h3/∂h2 = z = 2; ∂x1/∂h = 1, as h > 0."""
        sides = [self.language.formula(edge.formula, self.symbols)]
        if not is_named_only(edge.formula):
            sides.append(self.language.formula(edge.formula, self.numbers))
        sides.append(self.number(edge.number))
        equation = self.equation(self.partial(edge), sides)
        if edge.reasons:
            reasons = [self.language.formula(reason, self.symbols) for reason in edge.reasons]
            because = self.language.words("as ") + self.language.comma.join(reasons)
            last = equation.rows[-1]
            equation.rows[-1] = last._replace(text=last.text + self.language.comma + because)
        return equation

    # ---- the chain rule ----

    def chain_rule(self, targets: list[Value], edges: list[Edge]) -> Section:
        """The total derivatives by the targets: over the paths, if they are few; otherwise node by
        node, each node once."""
        heading = "Chain rule"
        equations: dict[Value, Equation] = {}
        for target in targets:
            ways = self.ways(target, edges)
            if ways is not None:
                equations[target] = self.over_paths(target, ways)
                continue
            heading = f"Chain rule, node by node from {self.board.root_name} back"
            leading = self.leading_to(target, edges)
            for node in reversed(self.order[:-1]):
                if node in leading and node not in equations:
                    equations[node] = self.over_consumers(node, edges)
        return Section(heading, list(equations.values()))

    def leading_to(self, target: Value, edges: list[Edge]) -> dict[Value, int]:
        """The nodes on the way to the target, and how many paths there are from each."""
        counts = {target: 1}
        for edge in reversed(edges):  # those of a node stand together, after its consumers'
            if edge.node in counts:
                counts[edge.source] = counts.get(edge.source, 0) + counts[edge.node]
        return counts

    def ways(self, target: Value, edges: list[Edge]) -> list[list[Edge]] | None:
        """All paths from the root to the target, the shortest first; None if they are many."""
        counts = self.leading_to(target, edges)
        if counts[self.root] > MOST_PATHS:
            return None
        leaving: dict[Value, list[Edge]] = {}
        for edge in edges:
            if edge.node in counts:
                leaving.setdefault(edge.source, []).append(edge)
        found: list[list[Edge]] = []
        unfinished: list[list[Edge]] = [[]]
        while unfinished:
            way = unfinished.pop()
            end = way[-1].node if way else self.root
            if end is target:
                found.append(way)
            else:
                unfinished += [[*way, edge] for edge in reversed(leaving[end])]
        if sum(map(len, found)) > MOST_FACTORS:
            return None
        return sorted(found, key=len)

    def over_paths(self, target: Value, ways: list[list[Edge]]) -> Equation:
        """df/dx as the sum over paths of the product of their local derivatives."""
        numbers = [[ast.Constant(edge.number) for edge in way] for way in ways]
        products = [ast.Constant(math.prod([edge.number for edge in way])) for way in ways]
        rows = [row for way in ways for row in self.path(way)]
        rows[0] = rows[0]._replace(sign="=")
        in_symbols = addition([product([edge.formula for edge in way]) for way in ways])
        sides = [
            self.language.formula(in_symbols, self.symbols),
            self.language.formula(addition([product(row) for row in numbers]), {}),
            self.language.formula(addition(products), {}),
            self.number(self.gradients[target]),
        ]
        if sum(map(len, ways)) == 1 or not math.isfinite(self.gradients[target]):
            del sides[0]  # it has just been said; or it says 0 where the numbers say 0 * inf
        return Equation(self.total(target), without_repetition(rows, sides))

    def path(self, way: list[Edge]) -> Iterator[Row]:
        """The product of the local derivatives along a path."""
        sign = "+"
        for some in in_parts([self.partial(edge) for edge in way], self.language.factors):
            yield Row(sign, self.language.times.join(some))
            sign = "*"
        if not way:
            yield Row(sign, self.number(1.0))

    def over_consumers(self, node: Value, edges: list[Edge]) -> Equation:
        """df/dh as the sum over the nodes that h is an operand of."""
        consumers = [edge for edge in edges if edge.node is node]
        terms = []
        numbers = []
        for edge in consumers:
            if edge.source is self.root:
                terms.append(self.partial(edge))
                numbers.append(product([ast.Constant(edge.number)]))
            else:
                terms.append(self.total(edge.source) + self.language.times + self.partial(edge))
                upstream = self.gradients[edge.source]
                numbers.append(product([ast.Constant(upstream), ast.Constant(edge.number)]))
        gradient = self.number(self.gradients[node])
        if len(terms) == 1:
            sides = [*terms, self.language.formula(numbers[0], {}), gradient]
            return Equation(self.total(node), [Row("=", " = ".join(unlike(sides)))])
        rows = [Row("+", " + ".join(some)) for some in in_parts(terms, TERMS_A_LINE)]
        rows[0] = rows[0]._replace(sign="=")
        rows += self.sum_of(numbers)
        return Equation(self.total(node), without_repetition(rows, [gradient]))

    def sum_of(self, terms: list[ast.expr]) -> Iterator[Row]:
        """A sum, a few terms a line, each line with the sign of its first one."""
        kept = [term for term in terms if not is_number(term, 0.0)] or [ast.Constant(0.0)]
        sign = "="
        for first, *others in in_parts(kept, NUMBERS_A_LINE):
            if sign != "=":
                negative, first = without_sign(first)
                sign = "-" if negative else "+"
            yield Row(sign, self.language.formula(addition([first, *others]), {}))
            sign = "+"

    # ---- pieces ----

    def equation(self, left: str, sides: list[str]) -> Equation:
        """left = side = side: on one line, or one a line where that would be too long."""
        sides = unlike(sides)
        line = " = ".join(sides)
        if len(left) + len(line) <= self.language.longest:
            return Equation(left, [Row("=", line)])
        return Equation(left, [Row("=", side) for side in sides])

    def symbol(self, node: Value) -> str:
        """What a node is called."""
        return self.language.name(self.board.names[node])

    def number(self, number: float) -> str:
        """A number; 0 for -0."""
        return self.language.formula(ast.Constant(number + 0.0), {})

    def total(self, node: Value) -> str:
        """df/dx."""
        return self.language.quotient("d", self.board.root_name, self.board.names[node])

    def partial(self, edge: Edge) -> str:
        """∂h/∂x."""
        names = self.board.names
        return self.language.quotient("∂", names[edge.source], names[edge.node])


def unlike(sides: Sequence[str]) -> list[str]:
    """The sides of an equation, each of which says something new."""
    return [side for side, before in zip(sides, ["", *sides], strict=False) if side != before]


def without_repetition(rows: list[Row], sides: list[str]) -> list[Row]:
    """Rows, and a row for every further side that says something new."""
    return [*rows, *[Row("=", side) for side in unlike([rows[-1].text, *sides])[1:]]]


Item = TypeVar("Item")


def in_parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def is_named_only(formula: ast.expr) -> bool:
    """Whether a derivative has a name, but no formula to put numbers into."""
    return any(
        isinstance(part, ast.Call) and called_name(part) == DERIVATIVE for part in ast.walk(formula)
    )


# ---- layouts ------------------------------------------------------------------------------------


def as_text(sections: Sequence[Section], width: int) -> str:
    """Headings, and below them lines of plain text, the signs of equality below each other."""
    return "\n\n".join(
        ["\n".join([heading, *text_lines(equations, width)]) for heading, equations in sections]
    )


def text_lines(equations: Iterable[Equation], width: int) -> Iterator[str]:
    """The rows of equations, moved to the right."""
    for left, rows in equations:
        begin = left
        for sign, side in rows:
            if not sign:
                yield from textwrap.wrap(side, width, initial_indent="  ", subsequent_indent="  ")
                continue
            start = f"  {begin} {'  ' * (sign == '*')}{sign} "
            for line in folded(side, width - len(start)):
                yield start + line
                start = " " * len(start)
            begin = " " * len(left)


def folded(side: str, width: int) -> list[str]:
    """A side of an equation in lines of that width: where it is too long, each term of a sum has a
    line, and a product goes on below, moved to the right.

    >>> folded("a * (b + c) - d", 20), folded("a * (b + c) * d + e", 14)
    (['a * (b + c) - d'], ['a * (b + c)', '  * d', '+ e'])
    """
    if len(side) <= width:
        return [side]
    lines = []
    for term in split_before("[-+]", side):
        line = ""
        for factor in split_before("[*]", term):
            if line and len(line) + len(factor) > width:
                lines.append(line.rstrip())
                line = "  "
            line += factor
        lines.append(line.rstrip())
    return lines


def split_before(operators: str, text: str) -> list[str]:
    """A text in parts that begin with an operator, those in brackets left alone."""
    parts = [""]
    for piece in re.split(f"(?<= )(?={operators} )", text):
        is_inside = parts[-1].count("(") > parts[-1].count(")")
        if is_inside or not parts[-1]:
            parts[-1] += piece
        else:
            parts.append(piece)
    return parts


def as_latex(sections: Sequence[Section]) -> str:
    """One `align*` environment, with space between the sections."""
    body = "\\\\[1ex]\n".join([aligned(section.equations) for section in sections])
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def as_markdown(sections: Sequence[Section]) -> str:
    """Headings, and below each a block of formulas."""
    return "\n\n".join(
        [
            f"**{heading}**\n\n$$\n\\begin{{aligned}}\n{aligned(equations)}\n\\end{{aligned}}\n$$"
            for heading, equations in sections
        ]
    )


def aligned(equations: Iterable[Equation]) -> str:
    r"""Rows for `align*`: left &= right \\."""
    lines = []
    for left, rows in equations:
        begin = f"{left} " if left else ""
        for sign, side in rows:
            lines.append(f"{begin}&{LATEX_SIGNS[sign]}{side}")
            begin = ""
    return " \\\\\n".join(lines)


LATEX_SIGNS = {
    "": "",
    "=": "= ",
    "+": r"\quad {} + ",
    "-": r"\quad {} - ",
    "*": r"\qquad {} \cdot ",
}

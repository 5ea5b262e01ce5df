"""What a page knows of its graph: nodes, steps, and formulas with gaps that its script fills.

Formulas are printed here, by the printers that print them everywhere. Where a number will stand
that an input changes, a formula has a gap; a gap also says whether a negative number needs brackets
there.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd.domain import in_symbols
from autograd.engine import Value
from autograd.formulas import derivatives, holds, with_numbers
from autograd.graph_formulas import operand_numbers, operand_words, operation_text
from autograd.numbers import format_number
from autograd.printing import text
from autograd.registry import Operation, entry
from viz.mathml import MathMLPrinter, element
from viz.stepping import Forward, Step, operation_expression, reads_only

#: A formula with gaps: text, and operands as numbers (1) or numbers in brackets if negative ([1]).
Gapped = list[str | int | list[int]]

#: What stands in a gap while the formula is printed: more digits than any number is shown with.
FIRST_GAP = 90_210_000
OPENING, CLOSING = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'
TALL = re.compile("<mfrac|<mtable|<msqrt")


def page_data(passed: list[Step], names: Mapping[Value, str]) -> dict[str, Any]:
    """All that the page's script reads, made of what JSON knows.

    Args:
        passed: the steps of the graph.
        names: what its nodes are called, in topological order.
    """
    number = {node: place for place, node in enumerate(names)}
    return {
        "nodes": [node_data(node, names, number) for node in names],
        "steps": [step_data(step, number) for step in passed],
        "seed": encoded(next(step.gradient for step in passed if not isinstance(step, Forward))),
    }


def step_data(step: Step, number: Mapping[Value, int]) -> list[int]:
    """A step as [node], [node, sender, operand], or [node, -1] for the seed."""
    if isinstance(step, Forward):
        return [number[step.node]]
    if step.source is None:
        return [number[step.node], -1]
    return [number[step.node], number[step.source], step.operand]


def node_data(
    node: Value, names: Mapping[Value, str], number: Mapping[Value, int]
) -> dict[str, Any]:
    """One node: what was recorded, how to compute it anew, and how to write that down."""
    data = {"name": names[node], "symbol": name_mathml(names[node]), "value": encoded(node.data)}
    if not node.op:
        return data
    operation = entry(node.op)
    operands = operation.with_defaults(node.operands)
    words = operand_words(operation, node, names)
    return {
        **data,
        "operation": operation.name,
        "variadic": operation.variadic,
        # A node stands as [its place], a plain number as itself.
        "operands": [[number[x]] if isinstance(x, Value) else encoded(x) for x in operands],
        "derivatives": [encoded(derivative) for derivative in node.local_derivatives],
        "text": operation_text(node, names),
        "formula": mathml_text(operation_expression(node), words),
        "text_with_gaps": with_gaps(node, TEXT),
        "formula_with_gaps": with_gaps(node, MATHML),
        "local": local_data(operation, node, names),
        "domain": [in_symbols(condition, words) for condition in operation.domain],
    }


def local_data(
    operation: Operation, node: Value, names: Mapping[Value, str]
) -> list[dict[str, str]]:
    """The local derivatives as formulas, one a parent: as text, and as MathML."""
    numbers = operand_numbers(operation, node)
    parameters = operation.operand_names(len(node.operands))
    of_values = {
        parameter
        for parameter, operand in zip(parameters, node.operands, strict=False)
        if isinstance(operand, Value)
    }
    plain = {name: x for name, x in numbers.items() if name not in of_values}
    words = {**operand_words(operation, node, names), "out": names[node]}
    data = []
    for operand, formula in zip(
        node.operands, derivatives(operation, len(node.operands)), strict=False
    ):
        if isinstance(operand, Value):
            while isinstance(formula, ast.IfExp) and reads_only(formula.test, plain):
                formula = formula.body if holds(formula.test, plain) else formula.orelse
            shown = with_numbers(formula, plain)
            data.append({"text": text(shown, words), "formula": mathml_text(shown, words)})
    return data


class PageMathML(MathMLPrinter):
    """MathML whose brackets grow around what is tall alone: Chromium sets growing ones apart."""

    def brackets(self, inner: str) -> str:
        """Text in brackets."""
        if TALL.search(inner):
            return super().brackets(inner)
        return element("mrow", OPENING, inner, CLOSING)


def mathml_text(expression: ast.expr, names: Mapping[str, str]) -> str:
    """An expression as what stands inside a `<math>` element."""
    return PageMathML(names).text(expression)


def name_mathml(name: str) -> str:
    """A name as MathML."""
    return PageMathML({}).name(name).text


def encoded(number: float) -> float | str:
    """A number as JSON can hold it; JavaScript's `Number` reads either."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


# ---- formulas with gaps -------------------------------------------------------------------------


class Language(NamedTuple):
    """How formulas with gaps are printed, and how a gap looks in them: with brackets or without.

    Attributes:
        printer: prints an expression with names, or numbers, in the place of its operands.
        positive, negative: find a positive or negative number that stands in a gap. Their groups
            are a bracket that opens before it, and the number without its sign.
    """

    printer: Callable[[ast.expr, Mapping[str, str]], str]
    positive: re.Pattern[str]
    negative: re.Pattern[str]


TEXT = Language(text, re.compile(r"(\()?(9021\d{4})"), re.compile(r"(\()?-(9021\d{4})"))
MATHML = Language(
    mathml_text,
    re.compile(rf"({re.escape(OPENING)})?<mn>(9021\d{{4}})</mn>"),
    re.compile(rf"({re.escape(OPENING)})?<mrow><mo>−</mo><mn>(9021\d{{4}})</mn></mrow>"),
)


def with_gaps(node: Value, language: Language) -> Gapped:
    """The node's formula, with a gap in the place of each operand that is a Value.

    It is printed twice, with positive and with negative numbers in the gaps: where a bracket opens
    before these alone, the gap asks for brackets.
    """
    operation = entry(node.op)
    words = {
        name: format_number(number) for name, number in operand_numbers(operation, node).items()
    }
    parameters = operation.operand_names(len(node.operands))
    places = {
        parameter: str(FIRST_GAP + place)
        for place, (parameter, operand) in enumerate(zip(parameters, node.operands, strict=False))
        if isinstance(operand, Value)
    }
    expression = operation_expression(node)
    positive = language.printer(expression, {**words, **places})
    minus = {name: f"-{number}" for name, number in places.items()}
    negative = language.printer(expression, {**words, **minus})
    parts: Gapped = []
    end = 0
    for plain, signed in zip(
        language.positive.finditer(positive), language.negative.finditer(negative), strict=True
    ):
        opening = plain[1] or ""
        place = int(plain[2]) - FIRST_GAP
        asks = bool(signed[1]) and not opening
        parts += [positive[end : plain.start()] + opening, [place] if asks else place]
        end = plain.end()
    return [part for part in (*parts, positive[end:]) if part != ""]

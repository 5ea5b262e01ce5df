"""Printers: an expression tree as text of some language; here the base, and plain text.

A printer has one method for each kind of node. Where brackets are needed is decided once, in the
base: each piece of text comes with how tightly its outermost operator binds. No printer knows any
operation: a call prints as its name, or as the notation that its operation has in the table.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from autograd.formulas import DERIVATIVE, OPPOSITE, called_name, spelled_out
from autograd.numbers import format_number


class Binding(IntEnum):
    """How tightly an expression holds together, loosest first."""

    CONDITIONAL = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    PRODUCT = 6
    SIGN = 7
    FRACTION = 8
    POWER = 9
    ATOM = 10


BINARY: dict[type[ast.operator], Binding] = {
    ast.Add: Binding.SUM,
    ast.Sub: Binding.SUM,
    ast.Mult: Binding.PRODUCT,
    ast.Div: Binding.PRODUCT,
    ast.Pow: Binding.POWER,
}

SIGNS: dict[type[ast.operator], str] = {
    ast.Add: " + ",
    ast.Sub: " - ",
    ast.Mult: " * ",
    ast.Div: " / ",
}


class Printed(NamedTuple):
    """A piece of text, how tightly it binds, and whether it begins with a minus sign."""

    text: str
    binding: int = Binding.ATOM
    signed: bool = False


class Printer(ABC):
    """The base of all printers: for the languages, it leaves open what a node looks like.

    Args:
        names: what is printed in the place of each name: another name, or a number as text.

    Raises:
        ValueError: on printing what is no formula.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def text(self, node: ast.expr) -> str:
        """The expression by itself."""
        return self.printed(node).text

    def printed(self, node: ast.expr) -> Printed:
        """The expression, with what its surroundings have to know."""
        if isinstance(node, ast.Name):
            return self.name(self.names.get(node.id, node.id))
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return self.number(float(node.value))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.negative(node)
        if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
            return self.binary(node)
        if isinstance(node, ast.Call) and not node.keywords:
            return self.call(node)
        if isinstance(node, ast.IfExp):
            return self.conditional(node)
        if isinstance(node, ast.Compare) and all(type(sign) in OPPOSITE for sign in node.ops):
            return self.comparison(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.negation(node)
        if isinstance(node, ast.BoolOp):
            return self.boolean(node)
        raise self.refusal(node)

    def refusal(self, node: ast.AST) -> ValueError:
        """What is raised for what this language cannot say."""
        written = ast.unparse(node)
        return ValueError(
            f"{written!r} is no formula: write numbers, names, + - * / **, calls, conditions "
            "and `x if condition else y`"
        )

    def binary(self, node: ast.BinOp) -> Printed:
        """A sum, difference, product, quotient or power. A sum of very many terms is a tree that
        leans to the left: it is climbed in a loop."""
        binding = BINARY[type(node.op)]
        if isinstance(node.op, ast.Pow):
            return self.power(node)
        spine = [node]
        while isinstance(node.left, ast.BinOp) and BINARY.get(type(node.left.op)) == binding:
            node = node.left
            spine.append(node)
        left = self.printed(node.left)
        for node in reversed(spine):
            left = self.joined(node, left)
        return left

    def bracketed(self, node: ast.expr, binding: int, behind: bool = False) -> str:
        """A part of an expression, in brackets where it binds less tightly than asked, or has a
        sign behind an operator: 2 * (-3)."""
        return self.in_brackets(self.printed(node), binding, behind)

    def in_brackets(self, inner: Printed, binding: int, behind: bool = False) -> str:
        """The same for what has been printed."""
        if inner.binding < binding or (behind and inner.signed):
            return self.brackets(inner.text)
        return inner.text

    def brackets(self, inner: str) -> str:
        """Text in brackets."""
        return f"({inner})"

    def negative(self, node: ast.UnaryOp) -> Printed:
        """-x, -(x + y), -x^2."""
        return Printed(f"-{self.bracketed(node.operand, Binding.POWER)}", Binding.SIGN, True)

    def joined(self, node: ast.BinOp, left: Printed) -> Printed:
        """x + y, x * (y + z), x * (-y): an operator, whose left side is printed already."""
        binding = BINARY[type(node.op)]
        left_side = self.in_brackets(left, binding)
        right_side = self.bracketed(node.right, binding + 1, behind=True)
        signed = left_side.startswith("-")
        return Printed(f"{left_side}{SIGNS[type(node.op)]}{right_side}", binding, signed)

    # What a language says of each kind of node.

    @abstractmethod
    def name(self, word: str) -> Printed:
        """A name, or the number that stands in its place."""

    @abstractmethod
    def number(self, number: float) -> Printed:
        """A number of the formula."""

    @abstractmethod
    def power(self, node: ast.BinOp) -> Printed:
        """x ** y."""

    @abstractmethod
    def call(self, node: ast.Call) -> Printed:
        """f(x, y)."""

    @abstractmethod
    def conditional(self, node: ast.IfExp) -> Printed:
        """x if condition else y."""

    @abstractmethod
    def comparison(self, node: ast.Compare) -> Printed:
        """x < y, and -1 <= x <= 1."""

    @abstractmethod
    def negation(self, node: ast.UnaryOp) -> Printed:
        """not condition."""

    @abstractmethod
    def boolean(self, node: ast.BoolOp) -> Printed:
        """condition and condition, condition or condition."""


class FormulaPrinter(Printer):
    """The base of the printers for people, who read notations: x * y, and not mul(x, y)."""

    def printed(self, node: ast.expr) -> Printed:
        """The expression; of `math.pi`, the last word."""
        if isinstance(node, ast.Attribute):
            return self.name(node.attr)
        return super().printed(node)

    def call(self, node: ast.Call) -> Printed:
        """A call, as its operation is written."""
        if called_name(node) == DERIVATIVE:
            function, operand = node.args
            assert isinstance(function, ast.Call)
            return self.derivative(function, operand)
        spelled = spelled_out(node)
        if isinstance(spelled, ast.Call):
            return self.application(called_name(spelled), spelled.args)
        return self.printed(spelled)

    @abstractmethod
    def application(self, name: str, arguments: Sequence[ast.expr]) -> Printed:
        """f(x, y)."""

    @abstractmethod
    def derivative(self, function: ast.Call, operand: ast.expr) -> Printed:
        """The derivative of a call by one of its operands, which has no formula."""


# ---- plain text ---------------------------------------------------------------------------------

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "!=",
}


def text(expression: ast.expr, names: Mapping[str, str]) -> str:
    """The expression as plain text, with names (or numbers) put in the place of its operands.

    >>> from autograd.formulas import notation
    >>> from autograd.registry import entry
    >>> text(notation(entry("mul")), {"x": "h2", "y": "z"})
    'h2 * z'
    >>> text(notation(entry("pow")), {"x": "-4", "y": "2"})
    '(-4)^2'
    """
    return TextPrinter(names).text(expression)


class TextPrinter(FormulaPrinter):
    """Plain text, as one writes it in one line: x * (y + 1)^2."""

    def name(self, word: str) -> Printed:
        """The name as it is."""
        signed = word.startswith("-")
        return Printed(word, Binding.SIGN if signed else Binding.ATOM, signed)

    def number(self, number: float) -> Printed:
        """A number, in six digits."""
        return self.name(format_number(number))

    def power(self, node: ast.BinOp) -> Printed:
        """x^y."""
        base = self.bracketed(node.left, Binding.ATOM)
        exponent = self.bracketed(node.right, Binding.POWER, behind=True)
        return Printed(f"{base}^{exponent}", Binding.POWER)

    def application(self, name: str, arguments: Sequence[ast.expr]) -> Printed:
        """f(x, y)."""
        return Printed(f"{name}({', '.join([self.text(argument) for argument in arguments])})")

    def derivative(self, function: ast.Call, operand: ast.expr) -> Printed:
        """cube'(x), ∂ratio/∂y."""
        name = called_name(function)
        if len(function.args) == 1:
            return Printed(f"{name}'({self.text(operand)})")
        return Printed(f"∂{name}/∂{self.text(operand)}", Binding.PRODUCT)

    def conditional(self, node: ast.IfExp) -> Printed:
        """x if condition else y."""
        body = self.bracketed(node.body, Binding.OR)
        test = self.bracketed(node.test, Binding.OR)
        return Printed(f"{body} if {test} else {self.text(node.orelse)}", Binding.CONDITIONAL)

    def comparison(self, node: ast.Compare) -> Printed:
        """x < y, -1 <= x <= 1."""
        words = [self.bracketed(node.left, Binding.SUM)]
        for operator, side in zip(node.ops, node.comparators, strict=True):
            words += [COMPARISONS[type(operator)], self.bracketed(side, Binding.SUM)]
        return Printed(" ".join(words), Binding.COMPARISON)

    def negation(self, node: ast.UnaryOp) -> Printed:
        """not (condition)."""
        return Printed(f"not ({self.text(node.operand)})", Binding.NOT)

    def boolean(self, node: ast.BoolOp) -> Printed:
        """condition and condition, condition or condition."""
        both = isinstance(node.op, ast.And)
        binding = Binding.AND if both else Binding.OR
        parts = [self.bracketed(part, binding + 1) for part in node.values]
        return Printed((" and " if both else " or ").join(parts), binding)

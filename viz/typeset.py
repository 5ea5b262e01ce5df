"""Formulas as they are set in books: what LaTeX and MathML have in common.

Quotients are fractions, exp(x) is a power of e, sqrt is a root, h2 has an index, and a product is
written without a sign wherever it still reads as a product. How each of these is written down is
left to the two languages.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from abc import abstractmethod
from collections.abc import Sequence

from autograd.formulas import called_name
from autograd.numbers import format_number
from autograd.printing import BINARY, Binding, FormulaPrinter, Printed
from autograd.registry import BY_NAME
from viz.names import printable

NUMBER = re.compile(r"(-?)(?:(\d+(?:\.\d+)?)(?:e([+-]?\d+))?|(inf)|(nan))")
#: A letter or a word, then perhaps an index: x, h2, w_1, w_ij, alpha, loss_2.
INDEXED = re.compile(r"([^\W\d_]+)(?:_?(\d+)|_([^\W_]+))?")
#: Where books have another name for a function than programs.
BOOK_NAMES = {
    "maximum": "max",
    "minimum": "min",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
}
#: Functions whose powers are written at the name: tanh²(x).
RAISED_AT_THE_NAME = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "ln")


def greek_letter(word: str) -> str:
    """The Greek letter that a word names, or ""; a capital for a capitalised word.

    >>> greek_letter("alpha"), greek_letter("Phi"), greek_letter("loss")
    ('α', 'Φ', '')
    """
    size = "CAPITAL" if word[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {word.replace('ambda', 'amda').upper()}")
    except KeyError:
        return ""


class Typesetter(FormulaPrinter):
    """The base of the printers for books."""

    # ---- what a node comes down to ----

    def name(self, word: str) -> Printed:
        """A name, with its index below; the number that stands in its place; any other label as
        text."""
        word = printable(word)
        number = NUMBER.fullmatch(word)
        if number:
            return self.scientific(*number.groups())
        parts = INDEXED.fullmatch(word)
        if not parts or (parts[3] and is_long(parts[1])):
            return Printed(self.label(word))
        base, index, letters = parts.groups()
        letter = self.identifier(greek_letter(base) or base)
        if not (index or letters):
            return Printed(letter)
        below = self.digits(index) if index else self.identifier(letters)
        return Printed(self.indexed(letter, below))

    def number(self, number: float) -> Printed:
        """A number, in six digits."""
        return self.name(format_number(number))

    def scientific(self, sign: str, digits: str, exponent: str, inf: str, nan: str) -> Printed:
        """1.5e-07 as 1.5 × 10^-7."""
        text = self.digits(digits) if digits else self.identifier("∞" if inf else "nan")
        binding = Binding.SIGN if sign else Binding.ATOM
        if exponent:
            power = int(exponent)
            raised = self.digits(str(abs(power)))
            raised = self.signed(raised) if power < 0 else raised
            text = self.infix(text, "×", self.raised(self.digits("10"), raised))
            binding = min(binding, Binding.SIGN)
        return Printed(self.signed(text) if sign else text, binding, bool(sign))

    def negative(self, node: ast.UnaryOp) -> Printed:
        """-x."""
        inner = self.bracketed(node.operand, Binding.FRACTION)
        return Printed(self.signed(inner), Binding.SIGN, True)

    def joined(self, node: ast.BinOp, left: Printed) -> Printed:
        """x + y, x y, and x / y as a fraction."""
        binding = BINARY[type(node.op)]
        if isinstance(node.op, ast.Div):
            if isinstance(node.left, ast.UnaryOp):  # -x / y: the sign stands before the fraction
                left = self.printed(node.left.operand)
                fraction = self.fraction(left.text, self.text(node.right))
                return Printed(self.signed(fraction), Binding.SIGN, True)
            return Printed(self.fraction(left.text, self.text(node.right)), Binding.FRACTION)
        left_side = self.in_brackets(left, binding)
        right = self.printed(node.right)
        right_side = self.in_brackets(right, binding + 1, behind=True)
        signed = left.signed and left.binding >= binding
        if isinstance(node.op, ast.Mult):
            in_brackets = right.signed or right.binding <= binding
            dotted = in_brackets or self.needs_dot(last_factor(node.left), node.right)
            in_front = NUMBER.fullmatch(self.word(last_factor(node.left)))
            sign = "⋅" if dotted and not (in_brackets and in_front) else ""
        else:
            sign = "+" if isinstance(node.op, ast.Add) else "−"
        return Printed(self.infix(left_side, sign, right_side), binding, signed)

    def word(self, node: ast.expr) -> str:
        """The name or the number that a node is; "" if it is more."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return format_number(float(node.value)) if isinstance(node, ast.Constant) else ""  # type: ignore[arg-type]

    def needs_dot(self, left: ast.expr, right: ast.expr) -> bool:
        """Whether two factors, one after the other, would read as something else: 2 3, a number
        before a fraction, a word beside a name."""
        while isinstance(right, ast.BinOp) and isinstance(right.op, ast.Pow):
            right = right.left
        first, second = self.word(left), self.word(right)
        if NUMBER.fullmatch(second):
            return True
        if isinstance(right, ast.BinOp):  # a fraction
            return bool(NUMBER.fullmatch(first)) or isinstance(left, ast.BinOp)
        words = [word for word in (first, second) if word and not NUMBER.fullmatch(word)]
        return len(words) == 2 and any(map(is_long, words))

    def power(self, node: ast.BinOp) -> Printed:
        """x with y above it; tanh²(x)."""
        base, exponent = node.left, self.text(node.right)
        if (
            isinstance(base, ast.Call)
            and called_name(base) in RAISED_AT_THE_NAME
            and self.word(node.right).isdecimal()
        ):
            function = self.raised(self.function_name(called_name(base)), exponent)
            return Printed(self.applied(function, self.arguments(base.args)), Binding.FRACTION)
        return Printed(self.raised(self.bracketed(base, Binding.ATOM), exponent), Binding.POWER)

    def application(self, name: str, arguments: Sequence[ast.expr]) -> Printed:
        """A power of e, a root, an absolute value, or f(x, y)."""
        if len(arguments) == 1:
            inner = self.text(arguments[0])
            if name == "exp":
                return Printed(self.raised(self.identifier("e"), inner), Binding.POWER)
            if name == "sqrt":
                return Printed(self.root(inner))
            if name == "abs":
                return Printed(self.bars(inner))
        function = self.function_name(name)
        return Printed(self.applied(function, self.arguments(arguments)), Binding.FRACTION)

    def function_name(self, name: str) -> str:
        """The name of a function; where its operation's symbol is one letter, that: σ, Φ."""
        operation = BY_NAME.get(name)
        if operation and len(operation.symbol) == 1 and operation.symbol.isalpha():
            return self.identifier(operation.symbol)
        based = re.fullmatch(r"log(\d+)", name)  # log2, log10
        if based:
            return self.indexed(self.function_word("log"), self.digits(based[1]))
        return self.function_word(BOOK_NAMES.get(name, name))

    def arguments(self, arguments: Sequence[ast.expr]) -> str:
        """(x, y)."""
        return self.brackets(self.listed([self.text(argument) for argument in arguments]))

    def derivative(self, function: ast.Call, operand: ast.expr) -> Printed:
        """cube'(x); ∂ratio over ∂y."""
        name = self.function_name(called_name(function))
        if len(function.args) == 1:
            called = self.applied(self.primed(name), self.arguments([operand]))
            return Printed(called, Binding.FRACTION)
        below = self.bracketed(operand, Binding.ATOM)
        return Printed(self.fraction(self.partial(name), self.partial(below)), Binding.FRACTION)

    def conditional(self, node: ast.IfExp) -> Printed:
        """The cases, one a row."""
        rows = []
        rest: ast.expr = node
        while isinstance(rest, ast.IfExp):
            rows.append((self.text(rest.body), self.text(rest.test)))
            rest = rest.orelse
        return Printed(self.cases(rows, self.text(rest)), Binding.CONDITIONAL)

    def comparison(self, node: ast.Compare) -> Printed:
        """x < y, -1 ≤ x ≤ 1."""
        text = self.bracketed(node.left, Binding.SUM)
        for operator, side in zip(node.ops, node.comparators, strict=True):
            text = self.infix(text, RELATIONS[type(operator)], self.bracketed(side, Binding.SUM))
        return Printed(text, Binding.COMPARISON)

    def negation(self, node: ast.UnaryOp) -> Printed:
        """not (condition)."""
        return Printed(
            f"{self.phrase('not ')}{self.brackets(self.text(node.operand))}", Binding.NOT
        )

    def boolean(self, node: ast.BoolOp) -> Printed:
        """condition and condition, condition or condition."""
        both = isinstance(node.op, ast.And)
        binding = Binding.AND if both else Binding.OR
        parts = [self.bracketed(part, binding + 1) for part in node.values]
        return Printed(self.phrase(" and " if both else " or ").join(parts), binding)

    # ---- how it is written down ----

    @abstractmethod
    def identifier(self, word: str) -> str:
        """A letter or a word as a variable."""

    @abstractmethod
    def label(self, text: str) -> str:
        """Any text as a variable."""

    @abstractmethod
    def digits(self, number: str) -> str:
        """A number without a sign."""

    @abstractmethod
    def function_word(self, word: str) -> str:
        """The name of a function, upright."""

    @abstractmethod
    def phrase(self, words: str) -> str:
        """Words between formulas."""

    @abstractmethod
    def indexed(self, base: str, index: str) -> str:
        """An index below."""

    @abstractmethod
    def raised(self, base: str, exponent: str) -> str:
        """An exponent above."""

    @abstractmethod
    def signed(self, inner: str) -> str:
        """A minus sign before."""

    @abstractmethod
    def infix(self, left: str, sign: str, right: str) -> str:
        """A sign between two sides; none between factors."""

    @abstractmethod
    def fraction(self, above: str, below: str) -> str:
        """A fraction."""

    @abstractmethod
    def root(self, inner: str) -> str:
        """A square root."""

    @abstractmethod
    def bars(self, inner: str) -> str:
        """An absolute value."""

    @abstractmethod
    def listed(self, items: Sequence[str]) -> str:
        """Items with commas between."""

    @abstractmethod
    def applied(self, function: str, arguments: str) -> str:
        """A function and its arguments, which are in brackets."""

    @abstractmethod
    def primed(self, function: str) -> str:
        """The derivative of a function of one variable."""

    @abstractmethod
    def partial(self, inner: str) -> str:
        """∂ before something."""

    @abstractmethod
    def cases(self, rows: Sequence[tuple[str, str]], otherwise: str) -> str:
        """Values with their conditions, and the value where none of them holds."""


RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
}


def last_factor(node: ast.expr) -> ast.expr:
    """What stands right before the next factor: z of x * z and of -z."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return node.right
    return node.operand if isinstance(node, ast.UnaryOp) else node


def is_long(word: str) -> bool:
    """Whether a name is a word or a label rather than a letter with an index."""
    parts = INDEXED.fullmatch(word)
    return bool(word) and not (parts and (len(parts[1]) == 1 or greek_letter(parts[1])))

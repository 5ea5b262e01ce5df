"""MathML: formulas that browsers show by themselves (presentation markup, MathML Core)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from html import escape

from viz.typeset import Typesetter

TIMES, APPLY = "\u2062", "\u2061"  # invisible, but read aloud: "times" and "of"


def mathml(expression: ast.expr, names: Mapping[str, str]) -> str:
    """The expression as a `<math>` element, with names (or numbers) in the place of its operands.

    >>> from autograd.formulas import notation
    >>> from autograd.registry import entry
    >>> print(mathml(notation(entry("div")), {"x": "h2", "y": "z"}))
    <math><mfrac><msub><mi>h</mi><mn>2</mn></msub><mi>z</mi></mfrac></math>

    Raises:
        ValueError: for what is no formula.
    """
    return f"<math>{MathMLPrinter(names).text(expression)}</math>"


def element(tag: str, *children: str) -> str:
    """An element that holds others."""
    return f"<{tag}>{''.join(children)}</{tag}>"


def token(tag: str, text: str) -> str:
    """An element that holds text."""
    return f"<{tag}>{escape(text, quote=False)}</{tag}>"


class MathMLPrinter(Typesetter):
    """Presentation MathML. Whatever consists of several parts is a row of its own, so that it can
    stand above, below or beside."""

    def identifier(self, word: str) -> str:
        """A variable: one letter is slanted, a word is not."""
        return token("mi", word)

    def label(self, text: str) -> str:
        """A label that is no name."""
        return token("mtext", text)

    def digits(self, number: str) -> str:
        """A number."""
        return token("mn", number)

    def function_word(self, word: str) -> str:
        """The name of a function."""
        return token("mi", word)

    def phrase(self, words: str) -> str:
        """Words, with the spaces around them kept."""
        return token("mtext", words.replace(" ", "\u00a0"))

    def indexed(self, base: str, index: str) -> str:
        """x with an index."""
        return element("msub", base, index)

    def raised(self, base: str, exponent: str) -> str:
        """x with an exponent."""
        return element("msup", base, exponent)

    def signed(self, inner: str) -> str:
        """−x."""
        return element("mrow", token("mo", "−"), inner)

    def infix(self, left: str, sign: str, right: str) -> str:
        """x + y."""
        return element("mrow", left, token("mo", sign or TIMES), right)

    def fraction(self, above: str, below: str) -> str:
        """x over y."""
        return element("mfrac", above, below)

    def root(self, inner: str) -> str:
        """The square root."""
        return element("msqrt", inner)

    def brackets(self, inner: str) -> str:
        """Brackets, which grow by themselves."""
        return element("mrow", token("mo", "("), inner, token("mo", ")"))

    def bars(self, inner: str) -> str:
        """|x|."""
        return element("mrow", token("mo", "|"), inner, token("mo", "|"))

    def listed(self, items: Sequence[str]) -> str:
        """x, y."""
        return token("mo", ",").join(items)

    def applied(self, function: str, arguments: str) -> str:
        """f(x)."""
        return element("mrow", function, token("mo", APPLY), arguments)

    def primed(self, function: str) -> str:
        """f′."""
        return element("msup", function, token("mo", "′"))

    def partial(self, inner: str) -> str:
        """∂x."""
        return element("mrow", token("mo", "∂"), inner)

    def cases(self, rows: Sequence[tuple[str, str]], otherwise: str) -> str:
        """A table behind an opening brace."""
        lines = [(value, f"{self.phrase('if ')}{condition}") for value, condition in rows]
        table = [
            element("mtr", element("mtd", value), element("mtd", condition))
            for value, condition in [*lines, (otherwise, self.phrase("otherwise"))]
        ]
        return element("mrow", token("mo", "{"), element("mtable", *table))

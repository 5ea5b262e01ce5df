r"""LaTeX: formulas for `$...$`, for MathJax and for KaTeX (`cases` and `\text` are amsmath's)."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Mapping, Sequence

from viz.typeset import Typesetter


def latex(expression: ast.expr, names: Mapping[str, str]) -> str:
    r"""The expression in LaTeX's math mode, with names (or numbers) in the place of its operands.

    >>> from autograd.formulas import derivatives, notation
    >>> from autograd.registry import entry
    >>> print(latex(notation(entry("mul")), {"x": "h2", "y": "z"}))
    h_{2} z
    >>> print(latex(derivatives(entry("sqrt"))[0], {"out": "f"}))
    \frac{1}{2 f}

    Raises:
        ValueError: for what is no formula.
    """
    return LatexPrinter(names).text(expression)


#: The functions that LaTeX has a command for.
COMMANDS = (
    *("arccos", "arcsin", "arctan", "cos", "cosh", "exp", "ln", "log", "max", "min", "sin"),
    *("sinh", "tan", "tanh"),
)
SIGNS = {
    "": " ",
    "⋅": r" \cdot ",
    "×": r" \times ",
    "+": " + ",
    "−": " - ",
    "≤": r" \le ",
    "≥": r" \ge ",
    "≠": r" \ne ",
    "<": " < ",
    ">": " > ",
    "=": " = ",
}
ESCAPED = {character: f"\\{character}" for character in "#$%&_{}"}
ESCAPED |= {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
TALL = re.compile(r"\\frac|\\begin|\\sqrt")
#: Greek letters that look like Latin ones have no command.
LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
VARIANTS = {"ς": r"\varsigma", "λ": r"\lambda", "Λ": r"\Lambda"}


class LatexPrinter(Typesetter):
    """LaTeX, in math mode."""

    def identifier(self, word: str) -> str:
        r"""A letter as it is, a Greek one as its command, a word upright."""
        if word == "∞":
            return r"\infty"
        if len(word) == 1:
            return greek_command(word) or (word if word.isascii() else self.label(word))
        return rf"\mathrm{{{word}}}" if word.isascii() else self.label(word)

    def label(self, text: str) -> str:
        r"""\text{weight decay}, with all characters that mean something to TeX escaped."""
        return rf"\text{{{escaped(text)}}}"

    def digits(self, number: str) -> str:
        """The digits."""
        return number

    def function_word(self, word: str) -> str:
        r"""\ln, \operatorname{relu}."""
        if word in COMMANDS:
            return f"\\{word}"
        return rf"\operatorname{{{escaped(word)}}}"

    def phrase(self, words: str) -> str:
        r"""\text{ and }."""
        return rf"\text{{{words}}}"

    def indexed(self, base: str, index: str) -> str:
        """x_{1}."""
        return f"{base}_{{{index}}}"

    def raised(self, base: str, exponent: str) -> str:
        """x^{2}."""
        return f"{base}^{{{exponent}}}"

    def signed(self, inner: str) -> str:
        """-x."""
        return f"-{inner}"

    def infix(self, left: str, sign: str, right: str) -> str:
        """x + y."""
        return f"{left}{SIGNS[sign]}{right}"

    def fraction(self, above: str, below: str) -> str:
        r"""\frac{x}{y}."""
        return rf"\frac{{{above}}}{{{below}}}"

    def root(self, inner: str) -> str:
        r"""\sqrt{x}."""
        return rf"\sqrt{{{inner}}}"

    def brackets(self, inner: str) -> str:
        """Brackets that grow with what they hold."""
        return rf"\left({inner}\right)" if TALL.search(inner) else f"({inner})"

    def bars(self, inner: str) -> str:
        r"""\left|x\right|."""
        return rf"\left|{inner}\right|"

    def listed(self, items: Sequence[str]) -> str:
        """x, y."""
        return ", ".join(items)

    def applied(self, function: str, arguments: str) -> str:
        r"""\ln(x); without the space that \left puts behind a function."""
        return f"{function}{arguments.replace(LEFT, OPENING, 1)}"

    def primed(self, function: str) -> str:
        """f'."""
        return f"{function}'"

    def partial(self, inner: str) -> str:
        r"""\partial x."""
        return rf"\partial {inner}"

    def cases(self, rows: Sequence[tuple[str, str]], otherwise: str) -> str:
        r"""\begin{cases} ... \end{cases}."""
        lines = [rf"{value} & \text{{if }} {condition}" for value, condition in rows]
        lines.append(rf"{otherwise} & \text{{otherwise}}")
        return rf"\begin{{cases}} {LINE_BREAK.join(lines)} \end{{cases}}"


LEFT, OPENING, LINE_BREAK = r"\left(", r"\mathopen{}\left(", r" \\ "


def escaped(text: str) -> str:
    r"""Text whose characters mean nothing to TeX.

    >>> print(escaped("50 %"), escaped("x_1"))
    50 \% x\_1
    """
    return "".join([ESCAPED.get(character, character) for character in text])


def greek_command(letter: str) -> str:
    r"""The command of a Greek letter; "" if it is none.

    >>> print(greek_command("α"), greek_command("Φ"))
    \alpha \Phi
    """
    if letter in LATIN or letter in VARIANTS:
        return LATIN.get(letter) or VARIANTS[letter]
    kind, _, word = unicodedata.name(letter, "").partition(" LETTER ")
    if kind not in ("GREEK SMALL", "GREEK CAPITAL") or not word.isalpha():
        return ""
    return f"\\{word.lower() if kind.endswith('SMALL') else word.capitalize()}"

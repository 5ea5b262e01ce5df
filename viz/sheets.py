r"""Sheets: a problem printed, with blanks or with the answers in them, as Markdown and as LaTeX.

A sheet is a title, a line for the name, what is asked, the givens and the definitions, tables of
blanks, and the picture. Its key is the same with the answers, and the derivation below. What stands
in the tables (`Blank`) is worked out once, for both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.engine import Value
from autograd.graph import leaves, topological_order
from autograd.graph_formulas import operand_words, operation_text
from autograd.numbers import format_number
from autograd.registry import entry
from viz.derivations import Latex, derivation
from viz.latex import escaped
from viz.names import shown_names
from viz.problems import GRADIENTS, LOCALS, UPDATES, VALUES, Problem
from viz.stepping import operation_expression

HEADINGS = {
    VALUES: "Values",
    LOCALS: "Local derivatives",
    GRADIENTS: "Gradients",
    UPDATES: "After the step",
}
INSTRUCTION = (
    "Fill in the tables or the picture: first the values, forwards; then the gradients, from the "
    "result back."
)
#: What a blank in Markdown is made of.
BLANK = "\u00a0" * 14
#: Lines to write a name on.
MARKDOWN_LINE = r"\_" * 30
LATEX_LINE = r"\rule{7cm}{0.4pt}"


class Blank(NamedTuple):
    """A number that is asked for.

    Attributes:
        kind: one of `HEADINGS`.
        key: the name under which it is answered (see `autograd.check_answers`).
        title: what it is called: "m1", "∂m1/∂x", "df/dx", "w1 after the step".
        tex: the same in LaTeX's math mode.
        number: the answer.
    """

    kind: str
    key: str
    title: str
    tex: str
    number: float

    @property
    def answer(self) -> str:
        """The answer as it is written: a short decimal, or six digits."""
        return format_number(self.number + 0.0)


class Label(NamedTuple):
    """Whose sheet it is.

    Attributes:
        number: of the sheet, such as "07"; "" if there is one alone.
        student: the name; "" where there is a line to write it on.
        seed: the seed of all sheets.
        form: the file that takes the answers, if there is one.
    """

    number: str
    student: str
    seed: int
    form: str = ""


def blanks_of(problem: Problem) -> list[Blank]:
    """All that is asked for: values in the order of the forward pass, gradients from the result
    back."""
    order = by_level(problem.root)
    names = shown_names(topological_order(problem.root))
    root = names[problem.root]
    found: list[Blank] = []
    inner = [node for node in order if node.op]
    for node in inner:
        name = names[node]
        found.append(Blank(VALUES, f"{name}.data", name, symbol(name), node.data))
        for parent in dict.fromkeys(node.parents):
            edges = zip(node.parents, node.local_derivatives, strict=True)
            local = sum([number for operand, number in edges if operand is parent])
            title = f"∂{name}/∂{names[parent]}"
            tex = rf"\partial {symbol(name)} / \partial {symbol(names[parent])}"
            found.append(Blank(LOCALS, title, title, tex, local))
    for node in backwards(problem.root):
        title = f"d{root}/d{names[node]}"
        tex = f"d{symbol(root)} / d{symbol(names[node])}"
        found.append(Blank(GRADIENTS, title, title, tex, node.grad))
    for node in moved(problem):
        name = names[node]
        number = node.data - (problem.lr or 0.0) * node.grad
        found.append(Blank(UPDATES, f"{name}.new", name, symbol(name), number))
    return [blank for kind in problem.asked for blank in found if blank.kind == kind]


def levels(root: Value) -> dict[Value, int]:
    """How many steps each node is away from the inputs, the longest way taken."""
    found: dict[Value, int] = {}
    for node in topological_order(root):
        found[node] = 1 + max([found[parent] for parent in node.parents], default=-1)
    return found


def by_level(root: Value) -> list[Value]:
    """The nodes in an order of the forward pass that goes level by level: h1, h2, then y."""
    level = levels(root)
    return sorted(level, key=lambda node: (level[node], node.label))


def backwards(root: Value) -> list[Value]:
    """The nodes from the one before the result back, the inputs last."""
    level = levels(root)
    return sorted(level, key=lambda node: (-level[node], node.label))[1:]


def moved(problem: Problem) -> list[Value]:
    """The parameters, in their own order."""
    by_label = {node.label: node for node in leaves(problem.root)}
    return [by_label[label] for label in problem.parameters]


def symbol(name: str) -> str:
    """A name in math mode."""
    return Latex().name(name)


def givens(problem: Problem) -> list[tuple[str, str]]:
    """The leaves and what they are given as: parameters last, each kind by name."""
    written = dict(problem.written)
    nodes = sorted(
        leaves(problem.root), key=lambda node: (node.label in problem.parameters, node.label)
    )
    return [(node.label, written.get(node.label, format_number(node.data))) for node in nodes]


# ---- Markdown -----------------------------------------------------------------------------------


def markdown(problem: Problem, label: Label, picture: str, answered: bool) -> str:
    """The sheet, or its key, as Markdown.

    Args:
        problem: what is asked.
        label: whose it is.
        picture: the picture's file, as the sheet refers to it.
        answered: whether the answers stand in it, and the derivation below.
    """
    parts = [f"# {problem.title}", markdown_head(label, answered), problem.task]
    parts.append("Given: " + ", ".join([f"`{name} = {given}`" for name, given in givens(problem)]))
    parts.append("```text\n" + "\n".join(definitions(problem)) + "\n```")
    if not answered:
        parts.append(f"{INSTRUCTION}{markdown_form(problem, label)}")
    alt = "The graph with its answers" if answered else "The graph, with blanks"
    parts.append(f"![{alt}]({picture})")
    blanks = blanks_of(problem)
    for kind in problem.asked:
        parts.append(f"**{HEADINGS[kind]}**")
        parts.append(markdown_table([blank for blank in blanks if blank.kind == kind], answered))
    if answered:
        parts.append("## Derivation")
        parts.append(derivation(problem.root, derived_by(problem), "markdown"))
    return "\n\n".join(parts) + "\n"


def markdown_head(label: Label, answered: bool) -> str:
    """Whose sheet it is, or the line for that."""
    name = re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", label.student)
    number = f"Sheet {label.number}, " if label.number else ""
    seed = f"{number}seed {label.seed}"
    if answered:
        return f"**Key**{f' for {name}' if name else ''} ({seed})"
    return f"Name: {name or MARKDOWN_LINE}{BLANK[:4]}({seed})"


def markdown_form(problem: Problem, label: Label) -> str:
    """What the form is, if there is one."""
    if not label.form:
        return ""
    first = blanks_of(problem)[0]
    return (
        f" The form [{label.form}]({label.form}) takes the answers for marking; in it `{first.key}`"
        f" is the value of `{first.title}`."
    )


def markdown_table(blanks: Sequence[Blank], answered: bool) -> str:
    """A table of what is asked for and the answers, or room for them; three pairs a row."""
    columns = min(3, len(blanks))
    rows = -(-len(blanks) // columns)
    cells = [(f"`{blank.title}`", blank.answer if answered else BLANK) for blank in blanks]
    cells += [("", "")] * (rows * columns - len(cells))
    lines = ["| | " * columns + "|", "|---|---:" * columns + "|"]
    for row in range(rows):
        some = [cells[column * rows + row] for column in range(columns)]
        lines.append("".join([f"| {title} | {answer} " for title, answer in some]) + "|")
    return "\n".join(lines)


def definitions(problem: Problem) -> Iterator[str]:
    """How each node is computed: "a1 = m1 + b1"."""
    names = shown_names(topological_order(problem.root))
    for node in by_level(problem.root):
        if node.op:
            written = operation_text(node, names).replace("maximum(", "max(")  # as in class
            yield f"{names[node]} = {written}"


def derived_by(problem: Problem) -> list[Value]:
    """What the key's derivation is by: the parameters first, then all else that is given."""
    parameters = moved(problem) if problem.lr is not None else []
    return [*parameters, *[leaf for leaf in leaves(problem.root) if leaf not in parameters]]


# ---- LaTeX --------------------------------------------------------------------------------------

#: The document that sheets are put into. It needs nothing beyond LaTeX's base and amsmath.
DOCUMENT = r"""\documentclass[11pt]{article}
\usepackage[a4paper,margin=15mm]{geometry}
\usepackage{amsmath,graphicx}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\setlength{\jot}{6pt}
\allowdisplaybreaks
\begin{document}
%s
\end{document}
"""
#: The part of a page that a picture may take up.
PICTURE_HEIGHT = 0.93
#: A picture that is wider than this, relative to its height, lies on its side.
WIDE = 1.0
#: Signs that TeX has in math mode alone.
MATH_SIGNS = {"<": "$<$", ">": "$>$", "∂": r"$\partial$"}
#: The words of formulas in a task, as TeX has them.
MATH_WORDS = (
    (r"\*", r"\\cdot "),
    (r"\b(relu|lr)\b", r"\\operatorname{\1}"),
    (r"\b(exp|ln|max)\b", r"\\\1 "),
    (r"\b([a-z])(\d)\b", r"\1_{\2}"),
)
#: The accents that every TeX font has, and letters beside them.
ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
LETTERS = "ßæœøłÆŒØŁ"


def latex_document(bodies: Sequence[str]) -> str:
    """A document of sheets, each beginning on a page of its own."""
    return DOCUMENT % "\n\\clearpage\n".join(bodies)


def latex(
    problem: Problem, label: Label, picture: str, shape: tuple[int, int], answered: bool
) -> str:
    """The sheet, or its key, as the body of a LaTeX document.

    Args:
        problem: what is asked.
        label: whose it is.
        picture: the picture's file, as the document refers to it.
        shape: its width and height.
        answered: whether the answers stand in it, and the derivation below.
    """
    parts = [r"\setcounter{page}{1}", rf"\section*{{{latex_text(problem.title)}}}"]
    parts += [latex_head(label, answered), latex_task(problem.task)]
    given = [f"${symbol(name)} = {tex_number(number)}$" for name, number in givens(problem)]
    parts.append("Given: " + ", ".join(given))
    parts.append(f"\\[\n\\begin{{aligned}}\n{latex_definitions(problem)}\n\\end{{aligned}}\n\\]")
    if not answered:
        parts.append(INSTRUCTION)
    blanks = blanks_of(problem)
    tables = [
        latex_table(kind, [blank for blank in blanks if blank.kind == kind], answered)
        for kind in problem.asked
    ]
    parts.append("\\hfill\n".join(tables))
    if answered:
        parts.append(r"\newpage\subsection*{Derivation}")
        parts.append(derivation(problem.root, derived_by(problem), "latex"))
    turned = "angle=90," if shape[0] > WIDE * shape[1] else ""
    size = rf"width=0.99\linewidth,totalheight={PICTURE_HEIGHT}\textheight,keepaspectratio"
    parts.append(r"\newpage")
    parts.append(
        f"\\begin{{center}}\n\\includegraphics[{turned}{size}]{{{picture}}}\n\\end{{center}}"
    )
    return "\n\n".join(parts)


def latex_head(label: Label, answered: bool) -> str:
    """Whose sheet it is, or the line for that."""
    number = f"Sheet {label.number}, " if label.number else ""
    seed = rf"\hfill {{\small {number}seed {label.seed}}}"
    name = latex_text(label.student) if is_printable(label.student) else ""
    if answered:
        return rf"\textbf{{Key{f' for {name}' if name else ''}}}{seed}"
    return f"Name: {name or LATEX_LINE}{seed}"


def is_printable(name: str) -> bool:
    """Whether the fonts that every TeX has can print a name; if not, its line stays blank."""
    letters = unicodedata.normalize("NFD", name)
    return all(letter.isascii() or letter in ACCENTS or letter in LETTERS for letter in letters)


def latex_text(text: str) -> str:
    """Text, with the signs in it that TeX has in math mode alone."""
    return "".join([MATH_SIGNS.get(character) or escaped(character) for character in text])


def latex_task(task: str) -> str:
    """A task, its formulas in math mode."""
    parts = task.split("`")
    parts[::2] = [latex_text(words) for words in parts[::2]]
    for place in range(1, len(parts), 2):
        for pattern, replacement in MATH_WORDS:
            parts[place] = re.sub(pattern, replacement, parts[place])
        parts[place] = f"${parts[place]}$"
    return "".join(parts)


def tex_number(written: str) -> str:
    """A number, or "ln 2", in math mode."""
    return re.sub(r"^ln ", r"\\ln ", written)


def latex_definitions(problem: Problem) -> str:
    """The definitions, below each other."""
    names = shown_names(topological_order(problem.root))
    lines = [
        f"{symbol(names[node])} &= "
        + Latex().formula(operation_expression(node), operand_words(entry(node.op), node, names))
        for node in by_level(problem.root)
        if node.op
    ]
    half = -(-len(lines) // 2)
    rows = [
        line + (f" &\\qquad {lines[place + half]}" if place + half < len(lines) else "")
        for place, line in enumerate(lines[:half])
    ]
    return " \\\\\n".join(rows)


def latex_table(kind: str, blanks: Sequence[Blank], answered: bool) -> str:
    """A table of what is asked for, one a row."""
    rows = [
        rf"${blank.tex}$ & {f'${blank.answer}$' if answered else ''} \\ \hline" for blank in blanks
    ]
    body = "\n".join(rows)
    return (
        r"\begin{minipage}[t]{0.31\linewidth}" + "\n"
        rf"\textbf{{{HEADINGS[kind]}}}\par\smallskip" + "\n"
        r"\renewcommand{\arraystretch}{1.6}" + "\n"
        rf"\begin{{tabular}}[t]{{|l|p{{26mm}}|}} \hline"
        f"\n{body}\n"
        r"\end{tabular}" + "\n"
        r"\end{minipage}"
    )

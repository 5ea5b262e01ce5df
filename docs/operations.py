"""The table of operations as a table of the guide: what each is, and its local derivatives.

A page has it by the directive `operations`, with the names of the operations in it. What stands
in it is printed from the operations' own entries.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from autograd.formulas import derivatives
from autograd.registry import Operation, entry
from viz.mathml import mathml

HEADINGS = ("operation", "what it is", "local derivatives")
#: So many operands stand for any number of them.
SHOWN_OPERANDS = 2


class Operations(Directive):
    """The directive: names in its content, a row each."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The table."""
        names = " ".join(self.content).split()
        group = nodes.tgroup(cols=len(HEADINGS))
        group += [nodes.colspec(colwidth=1) for _ in HEADINGS]
        head, body = nodes.thead(), nodes.tbody()
        head += row([nodes.paragraph(text=heading) for heading in HEADINGS])
        body += [row(cells(entry(name))) for name in names]
        group += [head, body]
        table = nodes.table(classes=["operations"])
        table += group
        return [table]


def cells(operation: Operation) -> list[nodes.Node]:
    """An operation's name, what its rule says of it, and its local derivatives, one a line."""
    count = 0 if operation.arity else SHOWN_OPERANDS
    operands = operation.operand_names(count)
    name = nodes.paragraph()
    name += nodes.literal(text=operation.name)
    names = {operand: operand for operand in operands} | {"out": "out"}
    slopes = [
        f"<span>by <math><mi>{operand}</mi></math></span> {mathml(formula, names)}"
        for operand, formula in zip(operands, derivatives(operation, count), strict=False)
    ]
    return [
        name,
        nodes.paragraph(text=first_paragraph(operation.rule.__doc__ or "")),
        lines(slopes),
    ]


def first_paragraph(docstring: str) -> str:
    """What a docstring begins with, on one line."""
    return " ".join(docstring.partition("\n\n")[0].split())


def lines(formulas: list[str]) -> nodes.Node:
    """Formulas below one another."""
    return nodes.raw("", "".join([f"<div>{formula}</div>" for formula in formulas]), format="html")


def row(contents: list[nodes.Node]) -> nodes.row:
    """A row of a table."""
    made = nodes.row()
    for content in contents:
        made += nodes.entry("", content)
    return made


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("operations", Operations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Notebooks: Values and lists of steps that show themselves, with formulas that browsers set.

A Value is one line: its name, how it was computed, its value and its gradient. (Its picture is
`draw_dot(value)`, which shows itself too.) The engine knows nothing of notebooks: IPython is told
here what to show. All text in the HTML is escaped; the colours are those of the page.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any

from autograd.engine import Value
from autograd.graph_formulas import operand_words
from autograd.numbers import format_number, format_product
from autograd.registry import entry
from viz.mathml import MathMLPrinter, element, token
from viz.names import one_line
from viz.stepping import (
    SHOWN,
    Backward,
    Forward,
    LocalDerivative,
    Step,
    local_derivatives,
    operation_expression,
)

#: A Value of more operands is not written out on its line.
MOST_OPERANDS = 8
NOT_YET = "–"  # what stands for a gradient before any backward pass
CELL = "text-align: left; vertical-align: middle; padding: 0.2em 0.8em"
CAPTION = "text-align: left; font-weight: bold; padding: 0.8em 0 0.2em"
QUIET = "opacity: 0.6"


def load_ipython_extension(shell: Any) -> None:
    """Make an IPython shell show Values and plots; `%load_ext viz.notebook` calls this.

    A shell that shows matplotlib's figures already, as after `%matplotlib inline`, keeps its way.
    """
    formatters = shell.display_formatter.formatters
    formatters["text/html"].for_type(Value, value_html)
    try:
        formatters["image/png"].lookup_by_type(".".join(FIGURE))
    except KeyError:
        formatters["image/png"].for_type_by_name(*FIGURE, figure_png)


def register() -> None:
    """Make the running notebook show Values; outside of IPython, nothing happens."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        load_ipython_extension(shell)


FIGURE = ("matplotlib.figure", "Figure")  # not imported unless somebody plots


def figure_png(figure: Any) -> bytes:
    """A matplotlib figure as a PNG."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


# ---- a Value ------------------------------------------------------------------------------------


def value_html(value: Value) -> str:
    """A Value as a line of HTML: "h3 = h2 z = 40.1711, gradient 1".

    It looks at the node and its operands alone, however large the graph is.
    """
    sides = [number(value.data)]
    if value.op:
        sides.insert(0, computed_as(value))
    if value.label:
        sides.insert(0, name(one_line(value.label)))
    gradient = format_number(value.grad) if value.has_grad else NOT_YET
    return (
        f"<div>{in_math(equation(sides))}"
        f'<span style="margin-left: 1.5em; {QUIET}">gradient {escape(gradient)}</span></div>'
    )


def computed_as(node: Value) -> str:
    """The operation on the operands' labels; those without one are numbers."""
    count = len(node.operands)
    if count > MOST_OPERANDS:
        return token("mtext", f"{node.op} of {count} operands")
    labels = {parent: one_line(parent.label) for parent in node.parents if parent.label}
    return operation(node, labels)


# ---- steps --------------------------------------------------------------------------------------


def steps_html(steps: Sequence[Step]) -> str:
    """Steps as tables of HTML, the forward pass and below it the backward pass.

    Of a long list, each table has the first rows.
    """
    numbered = list(enumerate(steps, 1))
    forward = [(i, step) for i, step in numbered if isinstance(step, Forward)]
    backward = [(i, step) for i, step in numbered if isinstance(step, Backward)]
    write = BackwardCells()
    return "".join(
        [
            table(
                "Forward pass: each value from its operands",
                ["", "node", "computed as", "with numbers", "value"],
                forward,
                forward_cells,
            ),
            table(
                "Backward pass: each edge sends upstream × local derivative",
                ["", "adds to", "chain rule", "local", "with numbers", "gradient"],
                backward,
                write.cells,
            ),
        ]
    )


def table(
    caption: str,
    headings: Iterable[str],
    steps: Sequence[tuple[int, Step]],
    cells: Callable[[Any], list[str]],
) -> str:
    """A table with a row for each step; "" if there is none."""
    if not steps:
        return ""
    head = row("th", [escape(heading) for heading in headings])
    rows = [row("td", [str(i), *cells(step)]) for i, step in islice(steps, SHOWN)]
    more = f"<p>… and {len(steps) - SHOWN} more steps</p>" if len(steps) > SHOWN else ""
    return (
        f'<table><caption style="caption-side: top; {CAPTION}">'
        f"{escape(caption)}</caption>"
        f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>{more}"
    )


def row(tag: str, cells: Iterable[str]) -> str:
    """A row of cells, which hold HTML."""
    return element("tr", *[f'<{tag} style="{CELL}">{cell}</{tag}>' for cell in cells])


def forward_cells(step: Forward) -> list[str]:
    """The node, how it is computed, the same with numbers, the value."""
    board, node = step.board, step.node
    if not node.op:
        return [
            in_math(name(step.name)),
            f'<span style="{QUIET}">given</span>',
            "",
            shown(step.value),
        ]
    return [
        in_math(name(step.name)),
        in_math(operation(node, board.names)),
        in_math(operation(node, board.numbers(node))),
        shown(step.value),
    ]


class BackwardCells:
    """Writes backward steps; the local derivatives of a node once for all of its edges."""

    def __init__(self) -> None:
        self.written: dict[Value, list[LocalDerivative]] = {}

    def cells(self, step: Backward) -> list[str]:
        """The receiver, the chain rule, the local derivative, both with numbers, the gradient."""
        target = in_math(quotient("d", step.root_name, step.name))
        if step.source is None:
            seed = f'<span style="{QUIET}">the seed</span>'
            return [target, seed, "", "", shown(step.gradient)]
        factors = (
            quotient("d", step.root_name, step.source_name),
            quotient("∂", step.source_name, step.name),
        )
        product = ast.BinOp(ast.Name("u"), ast.Mult(), ast.Name("l"))
        numbers = {"u": format_product(step.upstream), "l": format_product(step.local_derivative)}
        with_numbers = [formula(product, numbers), number(step.contribution + 0.0)]
        return [
            target,
            in_math(element("mrow", factors[0], token("mo", "⋅"), factors[1])),
            self.local(step, step.source),
            in_math(equation(with_numbers)),
            shown(step.gradient),
        ]

    def local(self, step: Backward, source: Value) -> str:
        """The local derivative, and why it is that one."""
        if source not in self.written:
            self.written[source] = local_derivatives(source, step.board.values)
        local = self.written[source][step.operand]
        words = operand_words(entry(source.op), source, step.board.names)
        words["out"] = step.source_name
        reasons = [in_math(formula(reason, words)) for reason in local.reasons]
        because = f', <span style="{QUIET}">as</span> {", ".join(reasons)}' if reasons else ""
        return in_math(formula(local.formula, words)) + because


# ---- pieces of MathML ---------------------------------------------------------------------------


def in_math(inner: str) -> str:
    """A formula by itself."""
    return f'<math displaystyle="true">{inner}</math>'


def shown(x: float) -> str:
    """A number by itself."""
    return in_math(number(x))


def formula(expression: ast.expr, words: Mapping[str, str]) -> str:
    """An expression, with words in the place of its names."""
    return MathMLPrinter(words).text(expression)


def operation(node: Value, names: Mapping[Value, str]) -> str:
    """How a node is computed; operands that have no name are numbers."""
    return formula(operation_expression(node), operand_words(entry(node.op), node, names))


def name(word: str) -> str:
    """What a node is called."""
    return formula(ast.Name("name"), {"name": word})


def number(x: float) -> str:
    """A number, in six digits."""
    return formula(ast.Constant(x), {})


def quotient(sign: str, above: str, below: str) -> str:
    """The derivative of one node by another; the sign is "d" or "∂"."""
    tag = "mi" if sign == "d" else "mo"
    parts = [element("mrow", token(tag, sign), name(word)) for word in (above, below)]
    return element("mfrac", *parts)


def equation(sides: Sequence[str]) -> str:
    """left = right."""
    return element("mrow", token("mo", "=").join(sides))

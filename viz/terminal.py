"""Graphs and steps in the terminal, printed with rich.

`table` shows every node with its operation, value, local derivatives and gradient; `explain` shows
the forward and the backward pass step by step. Piped, both are plain text.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograd.engine import Value
from autograd.graph import node_names, topological_order
from autograd.numbers import format_number
from viz.stepping import Backward, Forward, Step, factor, operation_text, steps

NAME, NUMBER, GRADIENT, QUIET = "bold cyan", "", "green", "dim"


def table(root: Value | Iterable[Value], *, console: Console | None = None) -> None:
    """Print every node of the graph: name, operation, value, local derivatives, gradient.

    A gradient is "–" where no backward pass has been.

    Args:
        root: the result of an expression, or several.
        console: where to print; the terminal if not given.
    """
    console = console or Console(highlight=False)
    order = topological_order(root)
    names = node_names(order)
    not_yet = "–" if "utf" in console.encoding.lower() else "-"
    grid = new_table("node", "operation", ">value", "local derivatives", ">gradient")
    for node in order:
        local = [
            f"d{names[node]}/d{names[parent]} = {format_number(derivative)}"
            for parent, derivative in zip(node.parents, node.local_derivatives, strict=True)
        ]
        grid.add_row(
            Text(names[node], NAME),
            Text(operation_text(node, names) if node.op else "input"),
            Text(format_number(node.data), NUMBER),
            Text("\n".join(local)),
            Text(format_number(node.grad) if node.has_grad else not_yet, GRADIENT),
        )
    console.print(grid)


def explain(root: Value, *, seed: float = 1.0, console: Console | None = None) -> None:
    """Print the forward and the backward pass over the graph, step by step.

    Args:
        root: the result of an expression. Its nodes are left as they are: `backward` need not
            have run, and is not run.
        seed: the gradient to start the backward pass with.
        console: where to print; the terminal if not given.
    """
    console = console or Console(highlight=False)
    passes = steps(root, seed)
    console.print(Text("Forward pass: each value from its operands", "bold"))
    console.print(forward_table(passes))
    console.print()
    console.print(Text("Backward pass: each edge sends upstream * local derivative", "bold"))
    console.print(backward_table(passes))


def forward_table(passes: list[Step]) -> Table:
    """The forward steps: symbols, the same with numbers, the value."""
    grid = new_table(">", "node", "computed as", "with numbers", ">value")
    for number, step in enumerate(passes, 1):
        if isinstance(step, Forward):
            grid.add_row(
                Text(str(number), QUIET),
                Text(step.name, NAME),
                Text(step.symbols or "given"),
                Text(step.numbers),
                Text(format_number(step.value), NUMBER),
            )
    return grid


def backward_table(passes: list[Step]) -> Table:
    """The backward steps: the chain rule with symbols, with numbers, and the running gradient."""
    grid = new_table(">", "adds to", "chain rule", "local", "with numbers", ">gradient")
    for number, step in enumerate(passes, 1):
        if not isinstance(step, Backward):
            continue
        if step.source is None:
            rule, numbers = Text("the seed", QUIET), ""
        else:
            rule = Text(f"d{step.root_name}/d{step.source_name} * d{step.source_name}/d{step.name}")
            numbers = (
                f"{factor(step.upstream)} * {factor(step.local_derivative)}"
                f" = {format_number(step.contribution)}"
            )
        grid.add_row(
            Text(str(number), QUIET),
            Text(f"d{step.root_name}/d{step.name}", NAME),
            rule,
            Text(step.symbols),
            Text(numbers),
            Text(format_number(step.gradient), GRADIENT),
        )
    return grid


def new_table(*headings: str) -> Table:
    """An empty table; a heading that begins with ">" has its column aligned right."""
    grid = Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold"
    )
    for heading in headings:
        right = heading.startswith(">")
        grid.add_column(
            heading.lstrip(">"),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    return grid

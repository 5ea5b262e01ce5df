"""Names as they are shown: each on one line, every character a visible one."""

from __future__ import annotations

from autograd.engine import Value
from autograd.graph import node_names


def shown_names(order: list[Value]) -> dict[Value, str]:
    """A name for every node (see `autograd.graph.node_names`), each on one line."""
    return {node: one_line(name) for node, name in node_names(order).items()}


def one_line(name: str) -> str:
    """A name with its line breaks flattened and control characters replaced.

    >>> one_line("two\\nlines")
    'two lines'
    """
    if name.isalnum():  # as nearly all are
        return name
    return printable(" ".join(name.split())) or "(blank)"


def printable(text: str) -> str:
    """Text without control characters, which terminals obey and Graphviz takes for errors."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)

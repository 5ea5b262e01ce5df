"""Names as they are shown: each on one line, every character a visible one; in boxes, short."""

from __future__ import annotations

from collections.abc import Iterable

from autograd.engine import Value
from autograd.graph import node_names

LONGEST_LABEL = 40


def shown_names(order: list[Value], roots: Iterable[Value] = ()) -> dict[Value, str]:
    """A name for every node (see `autograd.graph.node_names`), each on one line."""
    names = node_names(order, roots)
    if all(map(str.isalnum, names.values())):  # as they nearly always are
        return names
    return {node: one_line(name) for node, name in names.items()}


def short_names(order: list[Value], roots: Iterable[Value] = ()) -> dict[Value, str]:
    """A name for every node, short enough for a box."""
    names = node_names(order, roots)
    if all(map(is_short, names.values())):
        return names
    return {node: short(name) for node, name in names.items()}


def short(name: str) -> str:
    """A name on one line, every character printable, cut where it is too long for a box."""
    if is_short(name):
        return name
    line = one_line(name)
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"


def is_short(name: str) -> bool:
    """Whether a name can stand in a box as it is."""
    return 0 < len(name) <= LONGEST_LABEL and name.isprintable() and " " not in name


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

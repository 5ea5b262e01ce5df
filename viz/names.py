"""Names as they are shown: each on one line, every character a visible one; in boxes, short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograd.engine import Value
from autograd.graph import node_names

LONGEST_LABEL = 40
MOST_NAMES = 8  # in a message


def shown_names(order: list[Value], roots: Iterable[Value] = ()) -> dict[Value, str]:
    """A name for every node (see `autograd.graph.node_names`), each on one line."""
    names = node_names(order, roots)
    if all(map(str.isalnum, names.values())):  # as they nearly always are
        return names
    return {node: one_line(name) for node, name in names.items()}


def node_called(names: Mapping[Value, str], wanted: Value | str) -> Value:
    """The node that is meant: itself, or by the name that pictures show (see `node_names`).

    Raises:
        TypeError, ValueError: if it is none of these nodes.
    """
    if isinstance(wanted, Value):
        if wanted not in names:
            raise ValueError(f"{wanted!r} is not in this graph")
        return wanted
    if not isinstance(wanted, str):
        raise TypeError(f"expected a Value or its name, not {type(wanted).__name__}")
    for node, name in names.items():
        if name == wanted:
            return node
    shown = ", ".join([*names.values()][:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
    raise ValueError(f"no node of this graph is called {wanted!r}; its nodes: {shown}")


def short_names(names: dict[Value, str]) -> dict[Value, str]:
    """The names, short enough for a box."""
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

"""Scopes in pictures: nested frames around what was made in them, or one box for all of it.

A scope is a dotted path, such as "mlp.layer1.neuron3". A collapsed scope is drawn as one box, with
all that lies deeper in it; an expanded one shows what it holds, and so do those that it lies in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from autograd.engine import Value

#: Automatic collapsing opens scopes as far as the picture stays this small, and draws as many
#: nodes without a scope one by one.
EASY_TO_READ = 60
MOST_WITHOUT_SCOPE = 20


def folding(
    order: Iterable[Value], collapse: int | str | Iterable[str], expand: str | Iterable[str]
) -> dict[Value, str]:
    """The scope as which each node is drawn, of the nodes in collapsed scopes.

    Args:
        order: the nodes.
        collapse: scopes, by name; or how many names a collapsed scope's path has (1: the
            outermost scopes).
        expand: scopes to open nevertheless. What they hold is then drawn: the scopes in them
            as boxes, where `collapse` is a number.

    Raises:
        TypeError, ValueError: if `collapse` is no number >= 1, or a scope is not in the graph.
    """
    scope_of = {node: node.scope for node in order}
    scopes = list(dict.fromkeys(scope_of.values()))
    known = list(dict.fromkeys([path for scope in scopes for path in scopes_around(scope)]))
    opened = {path for scope in listed(expand, known, "expand") for path in scopes_around(scope)}
    if isinstance(collapse, int):
        if collapse < 1:
            raise ValueError(f"collapse is a depth >= 1, or names of scopes, not {collapse}")
        closed = {path for path in known if path.count(".") + 1 >= collapse} - opened
    else:
        closed = set(listed(collapse, known, "collapse")) - opened
    box_of = {
        scope: next((path for path in scopes_around(scope) if path in closed), None)
        for scope in scopes
    }
    return {node: box for node, scope in scope_of.items() if (box := box_of[scope]) is not None}


def automatic_folding(order: list[Value], roots: Collection[Value]) -> dict[Value, str]:
    """The folding of a graph that is too large to be drawn: opened as far as is easy to read."""
    rest = folding_without_scope(order, roots)
    deepest = max([node.scope.count(".") + 1 for node in order if node.scope])
    folded = {**folding(order, 1, ()), **rest}
    for depth in range(2, deepest + 1):
        deeper = {**folding(order, depth, ()), **rest}
        if drawn_count(order, deeper) > EASY_TO_READ:
            break
        folded = deeper
    return folded


def folding_without_scope(order: list[Value], roots: Collection[Value]) -> dict[Value, str]:
    """The folding of nodes without a scope, where there are many: inputs, and all but the roots."""
    outputs = set(roots)
    without = [node for node in order if not node.scope and node not in outputs]
    inputs = [node for node in without if not node.op]
    others = [node for node in without if node.op]
    return {
        node: name
        for name, nodes in (("(inputs)", inputs), ("(no scope)", others))
        if len(nodes) > MOST_WITHOUT_SCOPE
        for node in nodes
    }


def drawn_count(order: list[Value], folded: dict[Value, str]) -> int:
    """How many boxes are drawn of these nodes."""
    return len(order) - len(folded) + len(set(folded.values()))


def listed(scopes: str | Iterable[str], known: Sequence[str], option: str) -> list[str]:
    """One name or several, each of a scope of the graph."""
    if not isinstance(scopes, Iterable):
        raise TypeError(f"{option} takes names of scopes, not {type(scopes).__name__}")
    wanted = [scopes] if isinstance(scopes, str) else list(scopes)
    for scope in wanted:
        if scope not in known:
            names = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
            there = f"its scopes: {names}" if known else "it has none: see autograd.scope"
            raise ValueError(f"{option}: no scope of this graph is called {scope!r}; {there}")
    return wanted


def scopes_around(scope: str) -> list[str]:
    """The scopes in which a scope lies, the outermost first, and itself at the end.

    >>> scopes_around("mlp.layer1.neuron3")
    ['mlp', 'mlp.layer1', 'mlp.layer1.neuron3']
    """
    names = scope.split(".") if scope else []
    return [".".join(names[: i + 1]) for i in range(len(names))]


def nested(scopes: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each scope after the one it lies in, with the number of frames to close before it.

    >>> list(nested(["a.b.c", "a.b", "d"]))
    [('a', 0), ('a.b', 0), ('a.b.c', 0), ('d', 3)]
    """
    places: dict[str, int] = {}
    for scope in scopes:
        for path in scopes_around(scope):
            places.setdefault(path, len(places))
    in_tree = sorted(places, key=lambda scope: [places[path] for path in scopes_around(scope)])
    depth = 0
    for scope in in_tree:
        own = scope.count(".")
        yield scope, depth - own
        depth = own + 1

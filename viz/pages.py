"""Pages: a graph and its steps as one HTML file that needs no server, no network and no library.

The file holds the picture, the formulas, the table, and a script that walks through the steps. The
script also holds the operations' own rules in JavaScript, so that an input can be changed and all
numbers follow. It is written out whole here: without JavaScript, it shows the final numbers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd.engine import Value
from autograd.files import check_writable, write_file
from autograd.graph import as_roots, topological_order
from autograd.numbers import format_number
from autograd.registry import entry
from viz.dot import draw_dot
from viz.drawing import parts_played, set_of_parameters
from viz.names import one_line, shown_names
from viz.page_data import page_data
from viz.page_picture import Shown, page_picture
from viz.page_rules import js_rules
from viz.stepping import Backward, Forward, Step, steps

#: More than these no one walks through step by step.
MOST_NODES, MOST_EDGES = 300, 900


def page(
    root: Value,
    file: str | os.PathLike[str],
    *,
    seed: float = 1.0,
    title: str = "",
    rankdir: str = "LR",
    parameters: Iterable[str | Value] = (),
) -> Path:
    """Write a page that walks through both passes over a graph, and return its path.

    Args:
        root: the result of an expression. Its nodes are left as they are: `backward` need not
            have run, and is not run.
        file: where to write, such as "f.html".
        seed: the gradient to start the backward pass with.
        title: the heading.
        rankdir, parameters: as for `draw_dot`.

    Where nothing can draw the picture, the page holds its DOT text and says so.

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if the graph has more than 300 nodes or 900 edges, or data was assigned after
            the expression was built; or as `draw_dot`.
        FileNotFoundError, PermissionError: if the file cannot be written.
    """
    check_writable(Path(file))
    text = page_text(root, seed=seed, title=title, rankdir=rankdir, parameters=parameters)
    return write_file(file, text)


def page_text(
    root: Value,
    *,
    seed: float = 1.0,
    title: str = "",
    rankdir: str = "LR",
    parameters: Iterable[str | Value] = (),
) -> str:
    """The HTML of a page, as `page` writes it: the same text in every process.

    >>> from autograd import Value
    >>> text = page_text(Value(2.0, label="x") * 3, title="Three times x")
    >>> "<h1>Three times x</h1>" in text
    True
    """
    if not isinstance(root, Value):
        as_roots(root)  # raises for what is no result at all
        raise TypeError("a page shows one result: write one for each of them")
    order = checked_size(topological_order(root))
    names = shown_names(order)
    passed = steps(root, seed)
    chosen = set_of_parameters(names, parameters)
    source = draw_dot(root, rankdir=rankdir, parameters=chosen).source
    picture, problem = drawing(source, passed, parts_played(order, [root], chosen))
    program, refusal = rules(names)
    data = {**page_data(passed, names), "is_live": not refusal}
    script = f'"use strict";\n{program}\n\n{part("page.js")}'
    return filled(
        part("page.html"),
        {
            "policy": policy(script),
            "title": escape(one_line(title) if title else f"Backpropagation: {names[root]}"),
            "style": part("page.css"),
            "notices": "".join([notice(words) for words in (problem, refusal) if words]),
            "picture": picture,
            "inputs": "" if refusal else inputs_html(data, names),
            "rows": rows_html(data, passed, names),
            "data": script_data(data),
            "script": script,
        },
    )


def checked_size(order: list[Value]) -> list[Value]:
    """The nodes, if a page can show them."""
    edges = sum([len(node.parents) for node in order])
    if len(order) > MOST_NODES or edges > MOST_EDGES:
        raise ValueError(
            f"the graph has {len(order):,} nodes and {edges:,} edges, and a page shows "
            f"{MOST_NODES:,} and {MOST_EDGES:,} at most: make the page of an inner node, "
            "page(node, file), or of a smaller example"
        )
    return order


def part(name: str) -> str:
    """One of the files that pages are made of."""
    return (files("viz") / "page_parts" / name).read_text(encoding="utf-8")


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with its gaps, {{title}}, filled; in one go, so that no part is read as one."""
    return re.sub(r"\{\{(\w+)\}\}", lambda gap: parts[gap[1]], template)


def policy(script: str) -> str:
    """What the browser is to allow the page: this script and style sheet, and no network."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def script_data(data: Mapping[str, Any]) -> str:
    """Data as JSON that no HTML parser takes for markup."""
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def notice(words: str) -> str:
    """A paragraph that says what the page goes without."""
    return f'<p class="notice">{escape(words)}</p>\n'


# ---- the picture --------------------------------------------------------------------------------


def drawing(source: str, passed: list[Step], parts: Mapping[Value, str]) -> tuple[str, str]:
    """The picture as SVG, and ""; or its DOT text, and why it is not drawn."""
    gradients = final_gradients(passed)
    shown = [
        Shown(parts[node], format_number(node.data), format_number(gradient))
        for node, gradient in gradients.items()
    ]
    derivatives = {
        f"{place}.{operand}": format_number(derivative)
        for place, node in enumerate(gradients)
        for operand, derivative in enumerate(node.local_derivatives)
    }
    try:
        return page_picture(source, shown, derivatives), ""
    except (RuntimeError, TimeoutError) as error:
        return dot_text(source), f"This page has no picture: {error}."


def dot_text(source: str) -> str:
    """DOT text, folded away."""
    return (
        "<details><summary>The graph as DOT text, for Graphviz</summary>"
        f"<pre>{escape(source)}</pre></details>"
    )


def final_gradients(passed: list[Step]) -> dict[Value, float]:
    """The gradient of every node after the last step, in topological order."""
    gradients = {step.node: 0.0 for step in passed if isinstance(step, Forward)}
    for step in passed:
        if isinstance(step, Backward):
            gradients[step.node] = step.gradient
    return gradients


# ---- the rules ----------------------------------------------------------------------------------


def rules(nodes: Iterable[Value]) -> tuple[str, str]:
    """The rules of the nodes' operations as a script, and ""; or none, and why there are none."""
    operations = dict.fromkeys([entry(node.op) for node in nodes if node.op])
    try:
        return js_rules(operations), ""
    except ValueError as error:
        return "", f"The inputs cannot be changed on this page: {error}."


# ---- inputs and table ---------------------------------------------------------------------------


def inputs_html(data: Mapping[str, Any], names: Mapping[Value, str]) -> str:
    """A field for every leaf, with room below it for what is wrong with it."""
    fields = []
    for place, (node, name) in enumerate(names.items()):
        if node.op:
            continue
        written = repr(node.data).removesuffix(".0")
        fields.append(
            f'<div class="field"><label><span>{math(data["nodes"][place]["symbol"])}</span>'
            f'<input type="text" autocomplete="off" spellcheck="false" data-node="{place}" '
            f'value="{written}" aria-label="{escape(name)}" aria-describedby="error-{place}">'
            f'</label><p class="error" id="error-{place}" role="alert"></p></div>\n'
        )
    return (
        '<fieldset class="inputs"><legend>Inputs</legend>\n'
        '<p>Change one: every value and gradient follows.</p>\n<div class="fields">\n'
        f'{"".join(fields)}</div>\n<p class="warning" id="warning" role="status"></p>\n'
        '<button type="button" id="reset">Back to the first inputs</button></fieldset>\n'
    )


def rows_html(data: Mapping[str, Any], passed: list[Step], names: Mapping[Value, str]) -> str:
    """The rows of the table, a node each."""
    gradients = final_gradients(passed)
    rows = []
    for place, (node, known) in enumerate(zip(names, data["nodes"], strict=True)):
        formula = math(known["formula"]) if node.op else '<span class="given">given</span>'
        derivatives = "".join(
            [
                f'<li data-edge="{place}.{operand}">'
                f"{escape(f'∂{names[node]}/∂{names[parent]}')} = "
                f'<span class="number">{format_number(derivative)}</span></li>'
                for operand, (parent, derivative) in enumerate(
                    zip(node.parents, node.local_derivatives, strict=True)
                )
            ]
        )
        rows.append(
            f'<tr data-node="{place}"><th scope="row">{math(known["symbol"])}</th>'
            f'<td>{formula}</td><td class="value">{format_number(node.data)}</td>'
            f"<td>{f'<ul>{derivatives}</ul>' if derivatives else ''}</td>"
            f'<td class="gradient">{format_number(gradients[node])}</td></tr>\n'
        )
    return "".join(rows)


def math(inner: str) -> str:
    """A formula as an element."""
    return f"<math>{inner}</math>"

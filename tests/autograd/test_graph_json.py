"""Graphs as JSON: what is written is read back exactly, and nothing else is believed."""

import copy
import json
import math
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    Value,
    clip,
    dot,
    exp,
    ieee,
    leaky_relu,
    log_softmax,
    logsumexp,
    mean,
    no_grad,
    relu,
    scope,
    sigmoid,
    sin,
    softmax,
    total,
)
from autograd.functions import FUNCTIONS, function_of_many
from autograd.graph import topological_order
from autograd.graph_json import GraphFormatError, checksum, from_json, to_json
from autograd.modes import tracing
from tests.own_operations import entered

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"


def graph():
    with scope("layer1"):
        w = Value(0.5, label="w")
    x, zero = Value(2.0, label="x"), Value(-0.0)
    h = relu(w * x - 0.25)
    h.label = 'h "quoted"\n\ud800 \N{GREEK SMALL LETTER SIGMA}'
    rows = dot([h, w], [h, 3.0], bias=1) + total([x, w, 2]) + mean([x, h])
    root = rows + leaky_relu(-x, 0.1) ** 2 + clip(x, 0, 1) + 2**w + sigmoid(x) / 3 + zero
    root.backward()
    return root


def exact(number):
    return "nan" if math.isnan(number) else number.hex()


def described(root):
    order = topological_order(root)
    index = {node: place for place, node in enumerate(order)}
    return [
        (
            node.op,
            [index[x] if isinstance(x, Value) else exact(x) for x in node.operands],
            [exact(number) for number in node.local_derivatives],
            exact(node.data),
            exact(node.grad),
            node.has_grad,
            (node.label, node.scope, node.source),
        )
        for node in order
    ]


TEXT = to_json(graph())
RIGHT = described(graph())
DOCUMENT = json.loads(TEXT)


def small(**changes):
    """The document of y = 2 x at x = 3, with changes, and without a checksum."""
    document = {
        "format": "chalkgrad graph",
        "version": 1,
        "nodes": [
            {"data": 3.0, "label": "x"},
            {"op": "mul", "operands": [0, {"number": 2}], "data": 6, "local_derivatives": [2.0]},
        ],
        "root": 1,
    }
    document.update(changes)
    return document


def with_node(place, **changes):
    """The small document with keys of one node changed; None takes a key away."""
    nodes = copy.deepcopy(small()["nodes"])
    nodes[place].update(changes)
    nodes[place] = {key: item for key, item in nodes[place].items() if item is not None}
    return small(nodes=nodes)


def test_a_graph_comes_out_as_it_went_in():
    assert described(from_json(TEXT)) == RIGHT


def test_the_same_graph_gives_the_same_text():
    assert to_json(graph()) == to_json(from_json(TEXT)) == TEXT


def test_the_text_is_strict_json_in_ascii_with_a_line_for_every_node():
    json.loads(TEXT, parse_constant=pytest.fail)
    assert TEXT.isascii()
    assert TEXT.count("\n  {") == len(RIGHT)


def test_the_document_that_the_docstring_describes_is_read():
    y = from_json(json.dumps(small()))
    y.backward()
    assert (y.data, y.parents[0].label, y.parents[0].grad) == (6.0, "x", 2.0)


def test_what_was_read_can_be_differentiated():
    y = from_json(to_json(sin(Value(0.5)) * 2))
    y.backward()
    leaf = topological_order(y)[0]
    assert leaf.grad == 2 * math.cos(0.5)


def test_numbers_that_are_not_finite_are_words():
    with ieee():
        root = Value(math.inf) - Value(math.inf) + Value(-math.inf) * math.nan
    text = to_json(root)
    assert [json.loads(text)["nodes"][i]["data"] for i in (0, 3)] == ["inf", "-inf"]
    assert described(from_json(text)) == described(root)


def test_a_gradient_is_written_only_where_there_is_one():
    x = Value(1.0)
    assert "grad" not in json.loads(to_json(x))["nodes"][0]
    (x * 0).backward()
    assert json.loads(to_json(x))["nodes"][0]["grad"] == 0.0


def test_a_chain_of_a_hundred_thousand_nodes_is_written_and_read():
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1e-3
    twin = from_json(to_json(x))
    assert twin.data == x.data
    assert len(topological_order(twin)) == 100_001


def test_a_graph_whose_data_changed_is_not_written():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    with pytest.raises(ValueError, match="the data of x, or of f itself, was changed"):
        to_json(y)


def test_an_operation_of_ones_own_goes_by_name(monkeypatch):
    def cube(x):
        return x * x * x, 3.0 * x * x

    with entered(cube, "x ** 3") as made:
        monkeypatch.setitem(FUNCTIONS, "cube", function_of_many(made))
        text = to_json(FUNCTIONS["cube"](Value(2.0)))
        assert from_json(text).local_derivatives == (12.0,)
    with pytest.raises(GraphFormatError, match='node 1, op: there is no operation "cube"'):
        from_json(text)


@pytest.mark.parametrize("mode", [no_grad, tracing, lambda: scope("elsewhere")])
def test_a_graph_is_read_as_it_was_in_every_mode(mode):
    with mode():
        assert described(from_json(TEXT)) == RIGHT


def test_lines_and_rows_of_every_kind_come_out_as_they_went_in():
    xs = [Value(0.5, label="a"), Value(-700.0), 2.0]
    with tracing():
        root = total([*softmax(xs), *log_softmax(xs), logsumexp(xs)])
    twin = from_json(to_json(root))
    assert described(twin) == described(root)
    assert "test_graph_json.py:" in twin.source


def test_another_machines_rounding_is_accepted():
    text = json.dumps(with_node(1, data=6.000000000001, local_derivatives=[2.000000000001]))
    assert from_json(text).data == 6.000000000001


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (small(format="onnx"), 'the format is "onnx"'),
        (small(version=2), "the version is 2; this program reads version 1"),
        (small(version=True), "the version is true"),
        (small(version=1.0), "the version is 1.0"),
        (small(nodes=[]), "nodes must be a list"),
        (small(nodes={}), "nodes must be a list of nodes, not an object"),
        (small(extra=1), 'the document has the unknown key "extra"'),
        (small(root=0), "root must be 1"),
        (small(root=True), "root must be 1, the place of the last node, not true"),
        (small(sha256="0" * 64), "sha256"),
        (small(sha256=None), "sha256"),
        (small(nodes=[3]), "node 0 must be an object, not 3"),
        ([], "the document must be an object"),
        (with_node(0, data=None), "node 0 has no 'data'"),
        (with_node(0, data=True), "node 0, data: must be a number"),
        (with_node(0, data="3"), "node 0, data: must be a number"),
        (with_node(0, data=10**400), "node 0, data: must be a number"),
        (with_node(0, data=math.nan), "NaN is not JSON"),
        (with_node(0, grad=[]), "node 0, grad: must be a number.* not a list"),
        (with_node(0, label=3), "node 0, label: must be text"),
        (with_node(0, color="red"), 'node 0 has the unknown key "color"'),
        (with_node(0, operands=[]), 'node 0 has the unknown key "operands"'),
        (with_node(1, op="frobnicate"), 'node 1, op: there is no operation "frobnicate"'),
        (with_node(1, op=["mul"]), "node 1, op"),
        (with_node(1, op=""), "node 1, op"),
        (with_node(1, operands=3), "node 1, operands: must be a list"),
        (with_node(1, operands=[0]), "node 1, operands: mul takes x, y; there are 1"),
        (with_node(1, operands=[1, 0]), "node 1, operands: 1 is not the place"),
        (with_node(1, operands=[-1, 0]), "node 1, operands: -1 is not the place"),
        (with_node(1, operands=[False, 0]), "node 1, operands: what is not the place"),
        (with_node(1, operands=[0, {"number": "x"}]), "node 1, operands, number: must be"),
        (with_node(1, operands=[{"number": 3}, {"number": 2}]), "at least one of them"),
        (with_node(1, local_derivatives=[]), "node 1, local_derivatives: there must be"),
        (with_node(1, local_derivatives=[2.01]), "node 1, local_derivatives: one is 2.01"),
        (with_node(1, data=6.1), "node 1, data: it is 6.1, but mul gives 6.0"),
        (with_node(1, data="nan"), "node 1, data: it is nan, but mul gives 6.0"),
        (
            small(nodes=[{"data": 1.0}, *small()["nodes"]], root=2),
            "node 1, operands|does not depend",
        ),
        (small(nodes=[{"data": 1.0}, {"data": 3.0}]), "node 0: the root does not depend on it"),
    ],
)
def test_what_is_wrong_is_named_with_its_node_and_key(document, message):
    with pytest.raises(GraphFormatError, match=message):
        from_json(json.dumps(document))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{",
        "\ud800",
        "\ufeff" + TEXT,
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 900 + "]" * 900,
        json.dumps(small()).replace('"root": 1', '"root": ' + "[" * 900 + "]" * 900),
        json.dumps(small()).replace("3.0", "1" * 100_000),
        json.dumps(small()).replace("3.0", "1e999"),
        json.dumps(small()).replace("3.0", "Infinity"),
        json.dumps(small()).replace('"label"', '"data"'),
        "{" + ",".join(['"a": 1'] * 100_000) + "}",
    ],
)
def test_no_text_is_anything_but_a_value_error(text):
    with pytest.raises(GraphFormatError):
        from_json(text)


@pytest.mark.parametrize("wrong", [None, 3, b"{}", {}])
def test_only_text_is_read(wrong):
    with pytest.raises(TypeError, match="a graph is read from a str"):
        from_json(wrong)


def test_only_one_value_is_written():
    with pytest.raises(TypeError, match="not from list"):
        to_json([Value(1.0)])


# ---- damage -------------------------------------------------------------------------------------


def places(item, above=()):
    """Where everything in a document stands: the keys and indices that lead to it."""
    yield above
    if isinstance(item, (list, dict)):
        for key in item if isinstance(item, dict) else range(len(item)):
            yield from places(item[key], (*above, key))


PLACES = [place for place in places(DOCUMENT) if place]
ODD = [None, True, 0, -1, 10**30, 0.5, math.nan, "", "nan", "inf", "x", [], [0], {}, {"number": 1}]


def holder(document, place):
    for key in place[:-1]:
        document = document[key]
    return document


def damaged_document(chance):
    """The document with one part deleted, doubled, replaced, or swapped with another."""
    document = copy.deepcopy(DOCUMENT)
    place, other = chance.choice(PLACES), chance.choice(PLACES)
    inside, key = holder(document, place), place[-1]
    way = chance.choice(["delete", "double", "replace", "swap"])
    if way == "delete":
        del inside[key]
    elif way == "double" and isinstance(inside, list):
        inside.insert(key, copy.deepcopy(inside[key]))
    elif way == "swap" and place[: len(other)] != other and other[: len(place)] != place:
        elsewhere = holder(document, other)
        inside[key], elsewhere[other[-1]] = elsewhere[other[-1]], inside[key]
    else:
        inside[key] = chance.choice(ODD)
    return json.dumps(document)


def damaged_text(chance):
    """The text with one to three characters flipped, deleted or doubled."""
    text = TEXT
    for _ in range(chance.randint(1, 3)):
        i = chance.randrange(len(text))
        new = chance.choice(
            [
                "",
                text[i] * 2,
                chr(ord(text[i]) ^ 1 << chance.randrange(8)),
                chr(chance.randrange(32, 127)),
            ]
        )
        text = text[:i] + new + text[i + 1 :]
    return text


@settings(max_examples=100_000 if LONG else 500, deadline=None, database=None)
@given(st.integers(0, 2**64), st.sampled_from([damaged_document, damaged_text]))
def test_a_damaged_text_is_a_value_error_or_the_graph_as_it_was(seed, damage):
    text = damage(random.Random(seed))
    try:
        root = from_json(text)
    except GraphFormatError:
        return
    assert described(root) == RIGHT


@settings(max_examples=20_000 if LONG else 300, deadline=None, database=None)
@given(st.integers(0, 2**64))
def test_damage_that_renews_the_checksum_is_a_value_error_or_a_graph_that_holds_together(seed):
    document = json.loads(damaged_document(random.Random(seed)))
    if isinstance(document.get("nodes"), list) and "root" in document:
        document["sha256"] = checksum(document["nodes"], document["root"])
    try:
        root = from_json(json.dumps(document))
    except GraphFormatError:
        return
    assert described(from_json(to_json(root))) == described(root)


def test_exp_of_a_large_number_is_read_where_its_overflow_was_welcome():
    with ieee():
        root = exp(Value(1000.0))
    assert from_json(to_json(root)).data == math.inf

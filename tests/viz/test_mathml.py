"""Formulas in MathML: valid markup, and each part grouped as the formula groups it."""

from xml.etree import ElementTree

import pytest

from autograd.formulas import derivatives, notation, parsed
from autograd.registry import OPERATIONS
from viz.mathml import mathml

#: How many children an element of MathML Core has.
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2}
ELEMENTS = {"math", "mi", "mn", "mo", "mtext", "mrow", "msqrt", "mtable", "mtr", "mtd", *CHILDREN}


def content(element):
    """The element as nested lists of its tag and its children, or its text."""
    return [element.tag, *map(content, element)] if len(element) else element.text


def tree(source, **names):
    (root,) = ElementTree.fromstring(mathml(parsed(source), names))
    return content(root)


def test_a_product_is_a_row_with_an_invisible_sign_and_a_sum_holds_it():
    assert tree("x * y + z") == ["mrow", ["mrow", "x", "\u2062", "y"], "+", "z"]
    assert tree("2 * 3") == ["mrow", "2", "⋅", "3"]


def test_brackets_are_a_row():
    assert tree("x - (y - z)") == ["mrow", "x", "−", ["mrow", "(", ["mrow", "y", "−", "z"], ")"]]
    assert tree("(x + 1) ** 2") == [
        *("msup", ["mrow", "(", ["mrow", "x", "+", "1"], ")"]),
        "2",
    ]


def test_fractions_powers_roots_and_functions():
    assert tree("x / (y + 1)") == ["mfrac", "x", ["mrow", "y", "+", "1"]]
    assert tree("exp(-x)") == ["msup", "e", ["mrow", "−", "x"]]
    assert tree("sqrt(x)") == ["msqrt", "x"]
    assert tree("ln(x)") == ["mrow", "ln", "\u2061", ["mrow", "(", "x", ")"]]
    assert tree("max(x, y)") == ["mrow", "max", "\u2061", ["mrow", "(", "x", ",", "y", ")"]]
    assert tree("tanh(x) ** 2")[1] == ["msup", "tanh", "2"]
    assert tree("abs(x)") == ["mrow", "|", "x", "|"]


def test_cases_are_a_table():
    positive = ["mtd", "if\u00a0", ["mrow", "x", ">", "0"]]
    otherwise = ["mtd", "otherwise"]
    assert tree("1 if x > 0 else 0") == [
        *("mrow", "{"),
        ["mtable", ["mtr", ["mtd", "1"], positive], ["mtr", ["mtd", "0"], otherwise]],
    ]


def test_names_have_an_index_and_labels_are_text():
    assert tree("x", x="h2") == ["msub", "h", "2"]
    assert mathml(parsed("x"), {"x": "w < 1 & \x00"}) == (
        "<math><mtext>w &lt; 1 &amp; \ufffd</mtext></math>"
    )
    assert tree("x", x="1.5e-07") == ["mrow", "1.5", "×", ["msup", "10", ["mrow", "−", "7"]]]


@pytest.mark.parametrize("operation", OPERATIONS[1:], ids=lambda operation: operation.name)
def test_every_operation_is_valid_markup(operation):
    count = 5 if operation.variadic else 0
    for expression in (notation(operation, count), *derivatives(operation, count)):
        root = ElementTree.fromstring(mathml(expression, {"x": "<", "out": "f"}))
        for element in root.iter():
            assert element.tag in ELEMENTS
            assert len(element) == CHILDREN.get(element.tag, len(element))
            is_token = element.tag in ("mi", "mn", "mo", "mtext")
            assert bool(element.text) == is_token
            assert not (is_token and len(element))

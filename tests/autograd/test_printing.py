"""Plain text of formulas that the table does not hold: long, nested, and from users."""

import re

import pytest

from autograd.formulas import notation, parsed
from autograd.printing import text
from autograd.registry import entry
from tests.own_operations import entered


def test_a_sum_of_many_terms_is_printed_without_recursion():
    words = [f"x{i}" for i in range(1, 1001)]
    assert text(notation(entry("total"), 1000), {}) == " + ".join(words)
    assert text(parsed(" * ".join(words)), {"x1": "-3"}).startswith("-3 * x2 * x3")


def test_a_sum_of_very_many_terms_is_printed_as_a_call():
    words = [f"x{i}" for i in range(1, 100_001)]
    assert text(notation(entry("total"), 100_000), {}) == f"total({', '.join(words)})"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("(x or y) and z", "(x or y) and z"),
        ("x and y or z", "x and y or z"),
        ("not (x > 0)", "not (x > 0)"),
        ("-1 <= x <= 1", "-1 <= x <= 1"),
        ("(x if y > 0 else z) if z > 0 else 0", "(x if y > 0 else z) if z > 0 else 0"),
        ("x if y > 0 else z if z > 0 else 0", "x if y > 0 else z if z > 0 else 0"),
        ("2 * (x if y > 0 else z)", "2 * (x if y > 0 else z)"),
        ("x + -y * z", "x + (-y * z)"),
        ("(-x * y) ** 2", "(-x * y)^2"),
        ("x ** -y", "x^(-y)"),
        ("-(-x)", "-(-x)"),
        ("math.pi / 2", "pi / 2"),
    ],
)
def test_brackets_stand_where_the_reading_would_change(source, written):
    assert text(parsed(source), {}) == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("mul(x + 1, y)", "(x + 1) * y"),
        ("pow(neg(x), 2)", "(-x)^2"),
        ("sech2(x)", "1 - tanh(x)^2"),
        ("2 * sech2(x + y)", "2 * (1 - tanh(x + y)^2)"),
        ("sigmoid_slope(x)", "sigmoid(x) * (1 - sigmoid(x))"),
        ("absolute(x)", "abs(x)"),
        ("math.fabs(x) + log(y)", "abs(x) + ln(y)"),
        ("math.pow(x, y)", "x^y"),
        ("softmax(x, y)", "softmax(x, y)"),
        ("unheard_of(x)", "unheard_of(x)"),
    ],
)
def test_a_call_prints_as_the_notation_of_its_operation(source, written):
    assert text(parsed(source), {}) == written


def test_in_a_notation_the_arguments_keep_their_own_names():
    assert text(parsed("div(y, x)"), {"x": "a", "y": "b"}) == "b / a"


def quotient(x, y=2.0):
    return x / y, 1.0 / y, -x / (y * y)


def test_arguments_that_are_left_out_are_the_defaults():
    with entered(quotient, "x / y"):
        assert text(parsed("quotient(a)"), {}) == "a / 2"
        assert text(parsed("quotient(a, b + 1)"), {}) == "a / (b + 1)"


@pytest.mark.parametrize("source", ["x % 2", "x[0]", "f(x, y=1)", "'text'", "x in y"])
def test_what_is_no_formula_is_refused_with_what_would_be_one(source):
    words = re.escape(f"{source!r} is no formula: write numbers, names, + - * / **")
    with pytest.raises(ValueError, match=words):
        text(parsed(source), {})

"""Formulas as plain text: brackets only where they are needed, derivatives from the rules."""

import ast

import pytest

from autograd.formulas import branch_taken, derivatives, notation, text, with_numbers
from autograd.registry import entry


def formula(source, **names):
    return text(ast.parse(source, mode="eval").body, names)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("x + y * z", "x + y * z"),
        ("(x + y) * z", "(x + y) * z"),
        ("x - (y - z)", "x - (y - z)"),
        ("x - y - z", "x - y - z"),
        ("x / (y * z)", "x / (y * z)"),
        ("x / y * z", "x / y * z"),
        ("-x ** 2", "-x^2"),
        ("(-x) ** 2", "(-x)^2"),
        ("x ** y ** z", "x^y^z"),
        ("(x ** y) ** z", "(x^y)^z"),
        ("-(x + y)", "-(x + y)"),
        ("x * -y", "x * (-y)"),
        ("math.exp(-x * x)", "exp(-x * x)"),
        ("math.fabs(x) + math.log(y)", "abs(x) + ln(y)"),
        ("1.0 / 3.0", "1 / 3"),
        ("1.0 if x > 0.0 else 0.0", "1 if x > 0 else 0"),
    ],
)
def test_text(source, written):
    assert formula(source) == written


def test_numbers_in_the_place_of_operands_are_bracketed_where_they_have_a_sign():
    assert formula("x * y", x="-2", y="-3") == "-2 * (-3)"
    assert formula("x ** 2", x="-2") == "(-2)^2"
    assert formula("x - y", x="1", y="-3") == "1 - (-3)"
    assert formula("exp(x)", x="-3") == "exp(-3)"


@pytest.mark.parametrize(
    ("source", "numbers", "written"),
    [
        ("y * x ** (y - 1)", {"y": 3.0}, "3 * x^2"),
        ("y * x ** (y - 1)", {"y": 2.0}, "2 * x"),
        ("y * x ** (y - 1)", {"y": 0.5}, "0.5 * x^(-0.5)"),
        ("y * x ** (y - 1)", {"y": -1.0}, "-1 * x^(-2)"),
        ("1 / y", {"y": 3.0}, "1 / 3"),
        ("out * ln(x)", {"x": 2.0}, "out * ln(2)"),
        ("x ** y", {"x": 10.0, "y": 400.0}, "10^400"),
        ("x ** y", {"x": -2.0, "y": 0.5}, "(-2)^0.5"),
        ("x + y", {"y": 3.0}, "x + 3"),
    ],
)
def test_arithmetic_of_plain_numbers_is_done(source, numbers, written):
    expression = ast.parse(source, mode="eval").body
    assert text(with_numbers(expression, numbers), {}) == written
    assert ast.dump(expression) == ast.dump(ast.parse(source, mode="eval").body)  # left as it was


@pytest.mark.parametrize(
    ("name", "written", "by_operand"),
    [
        ("mul", "a * b", ["b", "a"]),
        ("div", "a / b", ["1 / b", "-h / b"]),
        ("exp", "exp(a)", ["h"]),
        ("ln", "ln(a)", ["1 / a"]),
        ("sin", "sin(a)", ["cos(a)"]),
        ("cos", "cos(a)", ["-sin(a)"]),
        ("sigmoid", "sigmoid(a)", ["h * (1 - h)"]),
        ("tanh", "tanh(a)", ["1 - h^2"]),
        ("pow", "a^b", ["b * a^(b - 1)", "h * ln(a)"]),
        ("sqrt", "sqrt(a)", ["1 / (2 * h)"]),
    ],
)
def test_notation_and_derivatives_of_operations(name, written, by_operand):
    operation = entry(name)
    names = {"x": "a", "y": "b", "out": "h"}
    assert text(notation(operation), names) == written
    assert [text(derivative, names) for derivative in derivatives(operation)] == by_operand


@pytest.mark.parametrize(
    ("name", "numbers", "branch", "condition"),
    [
        ("relu", {"x": 2.0}, "1", "x > 0"),
        ("relu", {"x": 0.0}, "0", "x <= 0"),
        ("maximum", {"x": 1.0, "y": 2.0}, "0", "y > x"),
        ("maximum", {"x": 2.0, "y": 2.0}, "1 / 2", "x <= y, y <= x"),
        ("mul", {"x": 2.0, "y": 2.0}, "y", ""),
    ],
)
def test_the_branch_taken_and_what_decided_it(name, numbers, branch, condition):
    taken, conditions = branch_taken(derivatives(entry(name))[0], numbers)
    assert text(taken, {}) == branch
    assert ", ".join(text(part, {}) for part in conditions) == condition

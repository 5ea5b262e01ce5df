"""Formulas as plain text: brackets only where they are needed, derivatives from the rules."""

import ast
import math
import sys
from types import ModuleType

import pytest

from autograd import operations
from autograd.formulas import (
    Called,
    branch_taken,
    called_source,
    derivatives,
    notation,
    rule_results,
    with_numbers,
)
from autograd.printing import text
from autograd.registry import entry
from tests.own_operations import entered


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


# ---- rules of users -----------------------------------------------------------------------------


def printed_derivatives(rule, **names):
    with entered(rule) as operation:
        return [text(derivative, names) for derivative in derivatives(operation)]


def test_a_rule_inside_a_function_is_read_where_it_stands():
    def cube(x):
        """A text at the margin:
        unindented."""
        # a comment
        out = x * x * x
        return out, 3.0 * x * x

    assert printed_derivatives(cube, x="h") == ["3 * h * h"]


def test_of_two_rules_of_one_name_the_right_one_is_read():
    def make(first):
        if first:

            def same(x):
                return 2.0 * x, 2.0

        else:

            def same(x):
                return 3.0 * x, 3.0

        return same

    assert printed_derivatives(make(True)) == ["2"]
    assert printed_derivatives(make(False)) == ["3"]


def decorator(function):
    return function


def test_decorators_are_passed_over():
    @decorator
    def square(x):
        return x * x, 2.0 * x

    assert printed_derivatives(square) == ["2 * x"]


def test_the_name_of_the_value_stands_for_out():
    def bell(x):
        minus_square = -x * x
        g = math.exp(minus_square)
        return g, -2.0 * x * g

    assert printed_derivatives(bell, out="f") == ["-2 * x * f"]
    with entered(bell) as operation:
        assert text(rule_results(operation)[0], {}) == "exp(-x * x)"


def test_a_name_that_is_not_the_value_is_put_in_even_if_it_is_out():
    def other(x):
        out = math.exp(x)
        return 2.0 * out, 2.0 * out

    assert printed_derivatives(other) == ["2 * exp(x)"]


def test_names_assigned_more_than_once_or_together_are_put_in_in_order():
    def chained(x, y):
        s, c = math.sin(x), math.cos(x)
        s += y
        s *= c
        slope: float = c * c
        return s, slope, c

    assert printed_derivatives(chained) == ["cos(x) * cos(x)", "cos(x)"]
    with entered(chained) as operation:
        assert text(rule_results(operation)[0], {}) == "(sin(x) + y) * cos(x)"


@pytest.mark.parametrize(
    "body",
    [
        "if x > 0:\n        return x, 1.0\n    return 0.0, 0.0",
        "for _ in range(3):\n        x = x * x\n    return x, 8 * x",
        "return x % 2, x[0]",
        "return x, (lambda y: y)(1.0)",
        "result = (x, 1.0)\n    return result",
    ],
)
def test_a_rule_that_is_no_formula_has_its_derivatives_named(body, tmp_path, monkeypatch):
    tmp_path.joinpath("rules_of_a_user.py").write_text(f"def cube(x):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "rules_of_a_user", raising=False)
    import linecache

    linecache.clearcache()
    from rules_of_a_user import cube

    assert printed_derivatives(cube, x="h") == ["cube'(h)"]
    del sys.modules["rules_of_a_user"]


def test_so_has_a_rule_whose_source_is_not_to_be_found():
    namespace = {}
    exec("def ratio(x, y):\n    return x / y, 1.0 / y, -x / (y * y)", namespace)
    assert printed_derivatives(namespace["ratio"], y="b") == ["∂ratio/∂x", "∂ratio/∂b"]


def test_derivatives_of_any_number_of_operands_are_named_one_by_one():
    def product(row):
        return math.prod(row.numbers)

    with entered(product, variadic=True) as operation:
        written = [text(item, {}) for item in derivatives(operation, 3)]
    assert written == ["∂product/∂x1", "∂product/∂x2", "∂product/∂x3"]


def test_the_branch_of_a_named_derivative_is_itself():
    def cube(x):
        if x > 0:
            return x * x * x, 3.0 * x * x
        return 0.0, 0.0

    with entered(cube) as operation:
        taken, conditions = branch_taken(derivatives(operation)[0], {"x": 2.0})
        assert (text(with_numbers(taken, {}), {}), conditions) == ("cube'(x)", [])


# ---- functions that are spelled out -------------------------------------------------------------


@pytest.fixture
def careful(tmp_path, monkeypatch):
    """A module of functions that are written for accuracy, with their spellings."""
    path = tmp_path / "careful.py"
    path.write_text(
        "SPELLINGS = {'slope': 'sech2(a)', 'scaled': 'b * sigmoid(a)'}\n"
        "def slope(a):\n    return 1.0\n"
        "def scaled(a, b):\n    return 1.0\n"
        "def silent(a):\n    return 1.0\n"
    )
    module = ModuleType("careful")
    module.__file__ = str(path)
    exec(compile(path.read_text(), path, "exec"), vars(module))
    monkeypatch.setitem(sys.modules, "careful", module)
    return module


def test_a_function_with_a_spelling_is_spelled_out_with_its_arguments(careful):
    def bent(b, c):
        return careful.slope(b), careful.scaled(b + c, careful.slope(c)), careful.silent(b)

    assert printed_derivatives(bent) == ["(1 - tanh(c)^2) * sigmoid(b + c)", "silent(b)"]


def test_so_is_one_that_was_imported_by_itself(careful):
    slope = careful.slope

    def bent(x):
        return slope(x), slope(2.0 * x)

    assert printed_derivatives(bent) == ["1 - tanh(2 * x)^2"]


# ---- compiled rules -----------------------------------------------------------------------------


def test_a_compiled_rule_is_read_from_the_file_beside_it():
    source = called_source(Called("autograd.operations", "log2"))
    assert source.definition.name == "log2"
    assert source.names["LOG2_E"] == pytest.approx(1 / math.log(2), rel=1e-15)
    assert source.names["math"] is math
    assert source.names["precise"] is sys.modules["autograd.precise"]
    assert operations.__file__

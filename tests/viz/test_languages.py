"""An operation that is entered in one place prints in all five languages."""

import math

import pytest

from autograd import Value
from autograd.c_source import c_function
from autograd.formulas import derivatives, notation, parsed
from autograd.functions import make_function
from autograd.printing import text
from tests.own_operations import entered
from viz import steps
from viz.javascript import js_function
from viz.latex import latex
from viz.mathml import mathml


def bell(x, width):
    """exp(-(x / width)^2)."""
    u = x / width
    out = math.exp(-u * u)
    return out, -2.0 * u / width * out, 2.0 * u * u / width * out


def test_a_new_operation_prints_in_all_languages():
    with entered(bell, "exp(-(x / width) ** 2)") as operation:
        slope = derivatives(operation)[0]
        assert text(slope, {"out": "f", "width": "w"}) == "-2 * (x / w) / w * f"
        assert latex(slope, {"out": "f"}) == (
            r"\frac{-2 \cdot \frac{x}{\mathrm{width}}}{\mathrm{width}} f"
        )
        assert "<mfrac><mi>x</mi><mi>w</mi></mfrac>" in mathml(slope, {"width": "w"})
        assert text(notation(operation), {"width": "w"}) == "exp(-(x / w)^2)"
        assert latex(parsed("2 * bell(x, 3)"), {}) == r"2 e^{-\left(\frac{x}{3}\right)^{2}}"
        assert c_function(operation).startswith(
            "static double chalkgrad_bell(double x, double width, double *d) {\n"
        )
        assert "out = Math.exp(-u * u);" in js_function(operation)


def bumpy(x):
    return float(str(x)), 1.0


def test_what_c_cannot_say_is_refused_by_name_and_still_printed_for_people():
    with entered(bumpy) as operation:
        assert text(notation(operation), {}) == "bumpy(x)"
        assert latex(notation(operation), {}) == r"\operatorname{bumpy}(x)"
        assert "<mi>bumpy</mi>" in mathml(notation(operation), {})
        for printer, language in ((c_function, "C"), (js_function, "JavaScript")):
            words = f"the rule of bumpy calls .*float, which has no {language} spelling"
            with pytest.raises(ValueError, match=words):
                printer(operation)


def bent(x):
    if x > 0:
        return x * x, 2.0 * x
    return 0.0, 0.0


def stretched(x, y):
    if x > 0:
        return x * y, y, x
    return x, 1.0, 0.0


def test_a_derivative_without_a_formula_is_named():
    with entered(bent) as one, entered(stretched) as two:
        (slope,) = derivatives(one)
        assert text(slope, {"x": "h"}) == "bent'(h)"
        assert latex(slope, {"x": "h"}) == r"\operatorname{bent}'(h)"
        assert mathml(slope, {}).startswith("<math><mrow><msup><mi>bent</mi><mo>′</mo></msup>")
        _, by_y = derivatives(two)
        assert text(by_y, {"y": "b"}) == "∂stretched/∂b"
        assert latex(by_y, {"y": "b"}) == (r"\frac{\partial \operatorname{stretched}}{\partial b}")
        assert mathml(by_y, {}).startswith("<math><mfrac><mrow><mo>∂</mo><mi>stretched</mi></mrow>")


def powered(x, y):
    return x**y, y * x ** (y - 1.0) if y != 0.0 else 0.0, 0.0 if x > 0.0 else 1.0


def test_steps_give_no_reason_that_is_about_plain_numbers_alone():
    with entered(powered, "x ** y") as operation:
        function = make_function(operation)
        x, y = Value(2.0, label="x"), Value(3.0, label="y")
        assert steps(function(x, 3.0))[-1].symbols == "3 * x^2"
        assert [step.symbols for step in steps(function(x, y))[-2:]] == [
            "y * x^(y - 1), as y != 0",
            "0, as x > 0",
        ]


def test_an_operation_whose_derivative_has_no_formula_has_steps():
    with entered(bent) as operation:
        function = make_function(operation)
        x = Value(3.0, label="x")
        assert str(steps(function(x))[-1]) == "df/dx += df/df * ∂f/∂x = 1 * 6 = 6"
        assert steps(function(x))[-1].symbols == "bent'(x)"

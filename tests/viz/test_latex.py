"""Formulas in LaTeX, as one would write them by hand."""

import re

import pytest

from autograd.formulas import derivatives, notation, parsed
from autograd.registry import OPERATIONS, entry
from viz.latex import latex


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("x + y * z", r"x + y z"),
        ("(x + y) * z", r"(x + y) z"),
        ("x - (y - z)", r"x - (y - z)"),
        ("x / (y * z)", r"\frac{x}{y z}"),
        ("x / y * z", r"\frac{x}{y} z"),
        ("-x / y", r"-\frac{x}{y}"),
        ("(-x / y) ** 2", r"\left(-\frac{x}{y}\right)^{2}"),
        ("z - -x / y", r"z - \left(-\frac{x}{y}\right)"),
        ("(x / y) ** 2", r"\left(\frac{x}{y}\right)^{2}"),
        ("-x ** 2", r"-x^{2}"),
        ("(-x) ** 2", r"(-x)^{2}"),
        ("x ** y ** z", r"x^{y^{z}}"),
        ("(x ** y) ** z", r"(x^{y})^{z}"),
        ("-(x + y)", r"-(x + y)"),
        ("-(x / y)", r"-\frac{x}{y}"),
        ("exp(-(x ** 2) / 2)", r"e^{-\frac{x^{2}}{2}}"),
        ("exp(x) ** 2", r"(e^{x})^{2}"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("abs(x - y)", r"\left|x - y\right|"),
        ("math.fabs(x) + math.log(y)", r"\left|x\right| + \ln(y)"),
        ("math.pi * x", r"\pi x"),
        ("ln(x / y)", r"\ln\mathopen{}\left(\frac{x}{y}\right)"),
        ("tanh(x) ** 2", r"\tanh^{2}(x)"),
        ("sigmoid(x) ** 2", r"(\sigma(x))^{2}"),
        ("normal_cdf(x)", r"\Phi(x)"),
        ("relu(x) + leaky_relu(x)", r"\operatorname{relu}(x) + \operatorname{leaky\_relu}(x)"),
        ("maximum(x, y)", r"\max(x, y)"),
        ("log2(x) + log10(y)", r"\log_{2}(x) + \log_{10}(y)"),
        ("-1 <= x <= 1", r"-1 \le x \le 1"),
        ("not (x > 0)", r"\text{not }(x > 0)"),
        ("(x > 0 or y > 0) and z == 0", r"(x > 0\text{ or }y > 0)\text{ and }z = 0"),
    ],
)
def test_latex(source, written):
    assert latex(parsed(source), {}) == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("2 * x", r"2 x"),
        ("2 * 3", r"2 \cdot 3"),
        ("x * 2", r"x \cdot 2"),
        ("x * 2 ** y", r"x \cdot 2^{y}"),
        ("x * y", r"x y"),
        ("x * -y", r"x \cdot (-y)"),
        ("x * (y + 1)", r"x \cdot (y + 1)"),
        ("2 * (y + 1)", r"2 (y + 1)"),
        ("2 * (x / y)", r"2 \cdot \frac{x}{y}"),
        ("x * exp(y)", r"x e^{y}"),
        ("x * ln(y)", r"x \ln(y)"),
        ("loss * x", r"\mathrm{loss} \cdot x"),
        ("2 * loss", r"2 \mathrm{loss}"),
        ("mul(x, y + 1)", r"x \cdot (y + 1)"),
    ],
)
def test_a_product_has_a_dot_where_it_would_read_as_something_else(source, written):
    assert latex(parsed(source), {}) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x", "x"),
        ("h2", "h_{2}"),
        ("w_1", "w_{1}"),
        ("w_ij", r"w_{\mathrm{ij}}"),
        ("loss", r"\mathrm{loss}"),
        ("loss_2", r"\mathrm{loss}_{2}"),
        ("learning_rate", r"\text{learning\_rate}"),
        ("x_", r"\text{x\_}"),
        ("weight decay", r"\text{weight decay}"),
        ("x#2", r"\text{x\#2}"),
        ("%", r"\text{\%}"),
        ("2nd", r"\text{2nd}"),
        (r"a\b{c}", r"\text{a\textbackslash{}b\{c\}}"),
        ("a$b^c~d&e", r"\text{a\$b\textasciicircum{}c\textasciitilde{}d\&e}"),
        ("α", r"\alpha"),
        ("alpha", r"\alpha"),
        ("λ", r"\lambda"),
        ("Ω_0", r"\Omega_{0}"),
        ("ο", "o"),
        ("é", r"\text{é}"),
        ("日本", r"\text{日本}"),
        ("a\x1bb", "\\text{a\ufffdb}"),
        ("", r"\text{}"),
    ],
)
def test_a_name_is_a_letter_a_word_or_text_and_never_a_command_of_its_own(name, written):
    assert latex(parsed("x"), {"x": name}) == written


@pytest.mark.parametrize(
    ("source", "words", "written"),
    [
        ("x", "1.5e-07", r"1.5 \times 10^{-7}"),
        ("x", "-2e+30", r"-2 \times 10^{30}"),
        ("x ** 2", "-4", "(-4)^{2}"),
        ("x ** 2", "1e-07", r"(1 \times 10^{-7})^{2}"),
        ("z * x", "-3", r"z \cdot (-3)"),
        ("z * x", "20.0855", r"z \cdot 20.0855"),
        ("x * z", "20.0855", "20.0855 z"),
        ("x", "inf", r"\infty"),
        ("-x", "-inf", r"-(-\infty)"),
        ("x", "nan", r"\mathrm{nan}"),
    ],
)
def test_a_number_may_stand_in_the_place_of_a_name(source, words, written):
    assert latex(parsed(source), {"x": words}) == written


def test_a_conditional_has_its_cases_below_each_other():
    assert latex(derivatives(entry("maximum"))[0], {"x": "a", "y": "b"}) == (
        r"\begin{cases} 1 & \text{if } a > b \\ 0 & \text{if } b > a"
        r" \\ \frac{1}{2} & \text{otherwise} \end{cases}"
    )


@pytest.mark.parametrize("operation", OPERATIONS[1:], ids=lambda operation: operation.name)
def test_brackets_and_environments_of_every_operation_are_closed(operation):
    count = 5 if operation.variadic else 0
    for expression in (notation(operation, count), *derivatives(operation, count)):
        written = latex(expression, {"out": "f"})
        assert written.isascii()
        assert written.count(r"\left") == written.count(r"\right")
        assert written.count(r"\begin{cases}") == written.count(r"\end{cases}")
        bare = re.sub(r"\\[{}]", "", written)
        depth = 0
        for character in bare:
            depth += {"{": 1, "}": -1}.get(character, 0)
            assert depth >= 0
        assert depth == 0


def test_what_is_no_formula_is_refused():
    with pytest.raises(ValueError, match=re.escape("'x[0]' is no formula: write numbers, names")):
        latex(parsed("1 + x[0]"), {})

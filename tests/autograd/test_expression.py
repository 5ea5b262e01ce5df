"""Text to function: what is read, in which order, and what is said of a wrong text."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, parse
from autograd.expression import LONGEST_TEXT
from autograd.graph import topological_order


def test_names_are_in_order_of_first_appearance():
    assert parse("ln(x) + exp(y)*z + x").names == ("x", "y", "z")
    assert parse("h = b*a; h + c*h").names == ("b", "a", "c")
    assert parse("1 + 2").names == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7),
        ("2^3", 8),
        ("2**3", 8),
        ("2^3 + 1", 9),  # ^ binds as ** does
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("(1 + 2)*3", 9),
        ("6/3/2", 1),
        ("+4 - -1", 5),
        ("pi", math.pi),
        ("1e3 + .5", 1000.5),
        ("max(1, 2) + min(1, 2) + abs(-3)", 6),
        ("leaky_relu(-2, 0.1)", -0.2),
        ("pow(2, 3)", 8),
        ("a = 2; b = a*3; b + 1", 7),
        ("a = 2\nb = a*3\nb + 1", 7),
        ("\n   a = 2\n\n   a + 1\n", 3),
        ("a = 2", 2),
        ("2·3 × 4 − 8÷2", 20),
    ],
)
def test_values(text, value):
    result = parse(text)()
    assert result == pytest.approx(value, rel=1e-15)
    assert type(result) is float


def test_numbers_give_a_float_and_any_value_gives_a_value():
    f = parse("x*y")
    assert f(2, 3) == f(x=2, y=3) == f(2, y=3) == 6.0
    assert type(f(2, 3)) is float
    assert type(f(2, Value(3))) is Value


def test_leaves_and_inner_names_label_their_nodes_once():
    x = Value(2.0, label="mine")
    y = Value(3.0)
    root = parse("h = x*y; k = h; k + x")(x, y)
    assert [node.label for node in topological_order(root)] == ["mine", "y", "h", ""]


def test_a_name_may_be_that_of_a_function():
    f = parse("neg = -x; exp(neg) * max")
    assert f.names == ("x", "max")
    assert f(x=0, max=3) == 3


def test_a_shared_inner_name_is_one_node():
    x = Value(3.0)
    root = parse("h = x*x; h*h")(x)
    root.backward()
    assert len(topological_order(root)) == 3
    assert x.grad == 4 * 27  # d x^4 = 4 x^3


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("ln(x) +", 8, "ends where an operand is expected"),
        ("2x + 1", 1, r"write 2\*x"),
        ("0x", 1, r"^multiplication needs its sign: write 0\*x"),
        ("1 + 2.5e3x", 5, r"write 2.5e3\*x"),
        ("1 + x y", 5, r"write x\*y"),
        ("(x + 1)y", 7, r"write \.\.\.\)\*y"),
        ("2^α·β γ", 5, r"write β\*γ"),
        ("1 + ln x", 5, r"write ln\(x\)"),
        ("sin 2x", 1, r"write sin\(\.\.\.\)"),
        ("1 + |x + y|", 5, r"write abs\(x \+ y\)"),
        ("h1 = ln(x) h1 + 2", 12, "parts are divided by ';'"),
        ("h1 = x h2 = y h1 + h2", 8, "parts are divided by ';'"),
        ("f(x) = x^2", 1, r"write f = x\^2$"),
        ("a = 1; f(x, y) = x*y; f + a", 8, r"write f = x\*y$"),
        ("1 + lambda*x", 5, "'lambda' is a word of Python: use another name"),
        ("x + 1 = 2", 1, "only a name can stand before '='$"),
        ("np.exp(x^2 − y)", 1, r"write exp\(x\^2 − y\)"),
        ("1 + math.log(x)", 5, r"write log\(x\)"),
        ("(x×2).relu()", 1, r"write relu\(x×2\)"),
        ("1 + sin^2(x)", 5, r"write sin\(x\)\^2"),
        ("sin^-1(x)", 1, r"write sin\(x\)\^\(-1\)"),
        ("x×y − z ÷ ) + 1", 11, "unmatched"),
        ("(x + 1", 1, "never closed"),
        ("x + 1)", 6, "unmatched"),
        ("x^2 + y^y^", 11, "ends where an operand"),
        ("x^^2", 3, "invalid syntax"),
        ("", 1, "empty"),
        ("  ", 1, "empty"),
        ("x^2 + 'a'", 7, "only real numbers"),
        ("1j", 1, "only real numbers"),
        ("True", 1, "only real numbers"),
        ("x == 1", 1, "comparisons"),
        ("x if x else y", 1, "where"),
        ("x.real", 1, "a point cannot stand here"),
        ("x[0]", 1, "square brackets"),
        ("1,5 + x", 1, "decimals are written with a point"),
        ("x % 2", 1, r"\+ - \* / \*\*"),
        ("x // 2", 1, r"\+ - \* / \*\*"),
        ("~x", 1, "cannot stand"),
        ("lambda: 1", 1, "cannot stand"),
        ("import os", 1, "Python statement"),
        ("x; y", 1, "only the last part"),
        ("a = b = 1; a", 1, "only one name"),
        ("pi = 3; pi", 1, "pi is a constant"),
        ("f(x)(y)", 1, "only functions can be called"),
        ("exp(*x)", 5, "cannot stand"),
        ("leaky_relu(x, negative_slope=1)", 30, "in order, without names"),
        ("exp()", 1, "takes 1 argument"),
        ("exp(x, y)", 1, "takes 1 argument"),
        ("leaky_relu()", 1, "takes 1 to 3 arguments"),
        ("x + 1e999", 5, "too large for a float"),
        ("x - 1" + "0" * 400, 5, "too large for a float"),
        ("x + \x00", 1, "null"),
        ("h = 1\nh +* 2", 4, "invalid syntax"),
    ],
)
def test_wrong_text_is_a_syntax_error_that_points_at_the_place(text, offset, words):
    with pytest.raises(SyntaxError, match=words) as error:
        parse(text)
    assert error.value.offset == offset
    assert error.value.text in [line.strip() for line in text.split("\n")]


def test_an_unknown_function_is_a_name_error_with_a_suggestion():
    with pytest.raises(NameError, match="no function 'sigmiod'; did you mean 'sigmoid'") as error:
        parse("1 + sigmiod(x)")
    assert error.value.offset == 5
    with pytest.raises(NameError, match="there are abs, absolute, acos"):
        parse("zzzz(x)")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Relu", "relu"),
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("SIN", "sin"),
        ("Ln", "ln"),
        ("lg", "log10"),
        ("tg", "tan"),
        ("arctan", "atan"),
        ("arcsin", "asin"),
        ("arccos", "acos"),
        ("logistic", "sigmoid"),
        ("Sigmiod", "sigmoid"),
    ],
)
def test_other_names_of_functions_lead_to_ours(written, meant):
    with pytest.raises(NameError, match=f"no function '{written}'; did you mean '{meant}'"):
        parse(f"{written}(x)")


@pytest.mark.parametrize("name", ["sgn", "sign"])
def test_what_does_not_exist_by_any_name_gives_the_list(name):
    with pytest.raises(NameError, match=f"no function '{name}'; there are abs, "):
        parse(f"{name}(x)")


@pytest.mark.parametrize(
    "text", ["1 " * 90_000, "x " * 90_000, "a" * 190_000 + " )", "1." * 90_000, "|" * 190_000]
)
def test_hints_for_long_texts_end(text):
    with pytest.raises((SyntaxError, ValueError)):
        parse(text)


def test_names_can_be_given_anew_and_unused_ones_are_known():
    assert parse("x = x + 1; x = x*x; x")(2) == 9
    f = parse("h = x; k = y; h + 1")
    assert f.unused == ("k",)
    assert f(x=1, y=5) == 2
    assert parse("h = x; h + 1").unused == ()


def test_a_name_that_only_renames_an_input_may_be_used():
    assert parse("h = x; h + 1")(x=2) == 3


def test_a_missing_multiplication_sign_before_a_bracket_is_recognised():
    with pytest.raises(NameError, match=r"write x\*\(\.\.\.\)"):
        parse("x(y + 1)")


def test_a_number_of_five_thousand_digits_is_a_syntax_error():
    with pytest.raises(SyntaxError, match="digits|too large"):
        parse("x + 1" + "0" * 5000)


@pytest.mark.parametrize("text", ["__import__('os')", "open('f')", "eval('1')", "print(x)"])
def test_nothing_of_python_can_be_reached(text):
    with pytest.raises(NameError, match="there is no function"):
        parse(text)


def test_wrong_values_say_what_is_wrong_with_which():
    f = parse("x*e")
    with pytest.raises(TypeError, match=r"no value was given for e \(.*exp"):
        f(x=1)
    with pytest.raises(TypeError, match="no value was given for x, e"):
        f()
    with pytest.raises(TypeError, match="'y' is not among them"):
        f(x=1, e=2, y=3)
    with pytest.raises(TypeError, match="'x' was given twice"):
        f(1, x=1)
    with pytest.raises(TypeError, match="3 values were given"):
        f(1, 2, 3)
    with pytest.raises(TypeError, match="str"):
        f("1", 2)
    with pytest.raises(TypeError, match=r"write exp\(\.\.\.\)"):
        parse("exp + 1")()


def test_errors_of_the_domain_come_through():
    with pytest.raises(ZeroDivisionError, match="y != 0"):
        parse("1/x")(0)
    with pytest.raises(ValueError, match="x > 0"):
        parse("ln(x)")(Value(0))


def test_what_is_too_long_or_too_deep_is_refused_in_no_time():
    with pytest.raises(ValueError, match=str(LONGEST_TEXT)):
        parse("1+" * LONGEST_TEXT + "1")
    with pytest.raises((ValueError, SyntaxError)):
        parse("(" * 10_000 + "x" + ")" * 10_000)
    with pytest.raises((ValueError, SyntaxError)):
        parse("-" * 100_000 + "x")
    with pytest.raises(OverflowError):
        parse("9**9**9")()
    with pytest.raises(TypeError, match="bytes"):
        parse(b"x")


def test_a_sum_of_a_thousand_terms():
    x = Value(2.0)
    root = parse(" + ".join(["x"] * 1000))(x)
    root.backward()
    assert (root.data, x.grad) == (2000, 1000)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="xyab01.+-*/^()=;,'\"[]{}: \n\t\\#e", max_size=40) | st.text(max_size=30))
def test_any_text_gives_an_expression_or_a_documented_error(text):
    try:
        f = parse(text)
        f(*[1.5] * len(f.names))
    except (SyntaxError, NameError, ValueError, ArithmeticError):
        return
    assert f.text == text.strip()

"""Judging predictions: right ones are never accused, wrong ones are explained."""

import math

import pytest

from autograd import (
    Value,
    cos,
    ieee,
    ln,
    log10,
    relu,
    sigmoid,
    sin,
    softmax,
    sqrt,
    tan,
    tanh,
    total,
)
from autograd.functions import make_function
from autograd.numbers import format_number
from tests.own_operations import entered
from tests.published import CASES, lets, name_of
from viz import steps
from viz.predictions import expected, judge
from viz.stepping import Backward


def to(root, name):
    """The backward steps into the node of this name."""
    return [step for step in steps(root) if isinstance(step, Backward) and step.name == name]


def value_of(root, name):
    """The forward step of the node of this name."""
    return next(step for step in steps(root) if step.name == name)


def said(step, answer):
    return str(judge(step, answer))


@pytest.fixture
def second_share(skip_chain):
    """dz/dx0: 1 has come over the sum, -0.2 * 0.3 = -0.06 comes over x0 w0; 0.94 in all."""
    *earlier, last = to(skip_chain, "x0")
    return last, earlier


@pytest.fixture
def to_y(lnexp):
    """df/dy = df/dh2 * dh2/dy = 2 * exp(3) = 40.171073846."""
    (step,) = to(lnexp, "y")
    return step


# ---- right answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["0.94", ".94", "+0.94", "47/50", "1 - 0.06", 0.94, " 0.940 "])
def test_right_however_it_is_written(second_share, answer):
    verdict = judge(second_share[0], answer)
    assert verdict
    assert not verdict.is_rounded
    assert str(verdict) == "Right."


@pytest.mark.parametrize("answer", ["-2e-1", "-1/5", "−0.2", "-0.2", "-(0.4 - 0.2)", -0.2])
def test_negative_numbers(skip_chain, answer):
    assert said(to(skip_chain, "w0")[0], answer) == "Right."


def test_expressions_count_as_exact(to_y):
    assert said(to_y, "2*exp(3)") == "Right."
    assert not judge(to_y, "2*exp(3) + 0.01")


@pytest.mark.parametrize("answer", ["40.17", "40.2", "40", 40.17, 40, "4.02e1", "40.1711"])
def test_rounded_within_half_a_unit_of_the_last_digit_and_within_one_percent(to_y, answer):
    verdict = judge(to_y, answer)
    assert verdict
    assert verdict.is_rounded


@pytest.mark.parametrize("answer", ["40.1", "40.18", "41", "40.0", "39"])
def test_more_than_half_a_unit_off_is_wrong(to_y, answer):
    assert not judge(to_y, answer)


@pytest.mark.parametrize("answer", ["1", "0.9", 1])
def test_more_than_one_percent_off_is_rounded_too_coarsely(second_share, answer):
    verdict = judge(second_share[0], answer)
    assert not verdict
    assert "rounded too coarsely: give one more digit" in str(verdict.mistakes)


def test_a_rounded_answer_is_told_the_number(to_y):
    assert said(to_y, "40.2") == "Right but rounded: 40.1711."
    assert said(to_y, "40.1711") == "Right."  # as it is shown


def test_what_comes_of_rounded_numbers_is_wrong_and_told_so(to_y):
    """2 * 20.0855 = 40.1710, and 40.17107 is 40.1711 in six digits; as in `check_answers`."""
    assert judge(to_y, "40.171")
    early = "rounded too early: keep more digits"
    assert said(to_y, "40.1710") == f"Wrong: it is 40.1711. Probably {early}."
    (step,) = to(tanh(Value(5.0, label="x")), "x")  # shown: 0.999909, and so 1 - 0.999909^2
    assert early in said(step, "0.000181992")


def test_what_should_cancel_may_be_answered_with_zero():
    root = Value(0.1) + Value(0.2) - Value(0.3)  # 5.6e-17 in floats
    assert judge(value_of(root, "f"), "0")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_no_right_answer_to_a_published_case_is_accused(case):
    from autograd import parse

    text = lets(case) if case.get("definitions") else case["expression"]
    root = parse(text)(**{name: Value(x) for name, x in case["inputs"].items()})
    for step in steps(root):
        right = expected(step)
        assert judge(step, right)
        assert judge(step, repr(right))
        assert judge(step, format_number(right))  # as the walk shows it


def test_infinite_and_undefined_numbers():
    with ieee():
        root = sqrt(Value(0.0, label="x"))
    (step,) = to(root, "x")
    assert judge(step, "inf")
    assert not judge(step, "-inf")
    assert not judge(step, "0")
    assert not judge(value_of(Value(math.nan, label="x") * 2, "f"), "0")


# ---- mistakes -----------------------------------------------------------------------------------


def test_the_sign(second_share):
    assert said(second_share[0], "-0.94") == "Wrong: it is 0.94. Probably the sign is wrong."
    # 1 - (-0.06)
    assert "the sign is wrong; ∂v1/∂x0 is 0.3, not -0.3" in said(second_share[0], "1.06")


def test_a_share_that_replaces_what_came_before(second_share):
    step, _ = second_share
    text = "at x0: the contribution over the edge v5 → x0 is missing: 1 * 1 = 1; "
    assert said(step, "-0.06").startswith(f"Wrong: it is 0.94. Probably {text}")
    assert "(+=)" in said(step, "-0.06")


def test_a_forgotten_path():
    x = Value(2.0, label="x")
    p, q, r = x * 3, x * 5, x * 11
    p.label, q.label, r.label = "p", "q", "r"
    *earlier, last = to(p + q + r, "x")  # 3 + 5 + 11 = 19, in the order r, q, p
    assert judge(last, "19")
    assert "over the edge q → x is missing: 1 * 5 = 5" in said(last, "14")
    assert "over the edge r → x is missing: 1 * 11 = 11" in said(last, "8")
    assert "over the edge p → x is missing: 1 * 3 = 3" in said(last, "16")
    assert "of 3 contributions only the last one counts, 3" in said(last, "3")
    assert "of 2" not in said(earlier[-1], "5")  # r and q alone have come by then: 11 + 5
    assert "over the edge r → x is missing" in said(earlier[-1], "5")


def test_a_forgotten_upstream_factor(to_y):
    # 2 * exp(3) without the 2
    assert "dh2/dy alone, still to be multiplied by df/dh2 = 2" in said(to_y, "20.09")
    assert "the upstream gradient was taken as 1; df/dh2 is 2" in said(to_y, "20.09")


def test_a_forgotten_local_derivative(to_y):
    assert "this factor was left out; ∂h2/∂y is 20.0855, not 1" in said(to_y, "2")


def test_the_input_in_the_place_of_the_output(to_y):
    # exp' = exp(3), and somebody took 3: 2 * 3
    text = "it was taken at the input y where the output h2 belongs; ∂h2/∂y is 20.0855, not 3"
    assert text in said(to_y, "6")
    s = sigmoid(Value(0.5, label="x"))  # s (1 - s) with x for s: 0.5 * 0.5
    assert "taken at the input x where the output f belongs" in said(to(s, "x")[0], "0.25")


def logistic(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (sin, math.cos(math.sin(0.5))),
        (ln, 1 / math.log(0.5)),
        (tanh, 1 - math.tanh(math.tanh(0.5)) ** 2),
        (sigmoid, logistic(logistic(0.5)) * (1 - logistic(logistic(0.5)))),
    ],
)
def test_the_output_in_the_place_of_the_input(function, answer):
    (step,) = to(function(Value(0.5, label="x")), "x")
    assert "it was taken at the output f instead of the input x" in said(step, answer)


def test_the_derivative_by_the_other_operand():
    root = Value(3.0, label="x") * Value(7.0, label="y")
    text = said(to(root, "x")[0], "3")
    assert "the derivative of a product by one factor is the other factor" in text


def test_factors_that_were_added():
    x = Value(3.0, label="x")
    inner = x * 5
    inner.label = "h"
    (step,) = to(inner * 7, "x")  # 7 * 5
    assert "at the edge h → x: 7 and 5 were added" in said(step, "12")


def test_a_value_for_a_gradient(lnexp):
    assert "this is the value of z, not df/dz" in said(to(lnexp, "z")[0], "2")


def test_two_mistakes_at_once(second_share):
    # 0.3: the upstream -0.2 forgotten, and not added to 1
    text = said(second_share[0], "0.3")
    assert "dz/dv1 is -0.2; and what came before, 1, was not added" in text


def test_unexplained_numbers_are_just_wrong(second_share):
    assert said(second_share[0], "17.5") == "Wrong: it is 0.94."


@pytest.mark.parametrize(
    ("root", "answer", "text"),
    [
        (lambda x: sin(x), "0.5", "degrees"),  # sin of 30 degrees
        (lambda x: cos(x), "0.866", "degrees"),
        (lambda x: tan(x), "0.57735", "degrees"),
        (lambda x: ln(x), "1.4771", "to base 10"),
        (lambda x: log10(x), "3.4012", "natural"),
        (lambda x: x - 20, "-10", "the sign"),
        (lambda x: 60 / x, "0.5", "swapped"),
        (lambda x: x**2, "60", "not a product"),
        (lambda x: x * 2, "32", "not a sum"),
        (lambda x: relu(-1 * x), "-30", "has yet to be worked out"),
        (lambda x: sqrt(x), "30", "this is x"),
        (lambda x: ln(x / 10), "0.3333", "this is ∂f/∂v1, not the value"),
    ],
)
def test_mistakes_with_a_value(root, answer, text):
    f = root(Value(30.0, label="x"))
    assert text in said(value_of(f, "f"), answer)


def test_operations_of_many_operands_are_judged():
    x = [Value(float(i), label=f"x{i}") for i in (1, 2, 3)]
    (step,) = to(total(x), "x2")
    assert judge(step, "1")
    assert "this is the value of x2" in said(step, "2")
    assert judge(to(softmax(x)[0], "x1")[0], "0.0819")  # s (1 - s), s = 0.0900306


def test_a_rule_of_the_user_s_own_is_judged():
    def halved(x):
        if x > 0:
            return x / 2, 0.5
        return x, 1.0

    with entered(halved) as operation:
        (step,) = to(make_function(operation)(Value(3.0, label="x")), "x")
        assert judge(step, "1/2")
        assert not judge(step, "2")


# ---- answers that cannot be read ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "write a number such as"),
        ("z*2", "has the name 'z' in it"),
        ("1/0", "has no value"),
        ("(", "is no number"),
        ("0,94", "decimals are written with a point"),
        ("1e999", "too large for a float"),
        ("1+" * 200 + "1", "at most 200 characters"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(to_y, answer, message):
    with pytest.raises(ValueError, match=message):
        judge(to_y, answer)


@pytest.mark.parametrize("answer", ["1e-999", "0e999", "1_000", "Infinity"])
def test_odd_ways_to_write_numbers_are_read(to_y, answer):
    assert not judge(to_y, answer)


def test_only_numbers_and_texts_are_answers(to_y):
    with pytest.raises(TypeError, match="expected a real number"):
        judge(to_y, [40.17])

"""`why`: the first node at fault for a gradient that is 0, nan, infinite, huge or vanishing."""

import math

import pytest

from autograd import (
    Value,
    clip,
    dot,
    exp,
    ieee,
    leaky_relu,
    ln,
    maximum,
    minimum,
    relu,
    sigmoid,
    sqrt,
    swish,
    tanh,
    topological_order,
    where,
)
from autograd.diagnosis import kind_of, why
from autograd.functions import FUNCTIONS, function_of_many
from autograd.modes import tracing
from tests.own_operations import entered


def leaf(data, label="x"):
    return Value(data, label=label)


def fault(explanation):
    """What it says, in one tuple: kind, node, operand."""
    return explanation.kind, explanation.node, explanation.operand


# ---- zero ---------------------------------------------------------------------------------------


def test_a_dead_relu_is_found_with_its_input_and_its_line():
    x, w = leaf(1.0), leaf(-0.38, "w1")
    with tracing():
        h = relu(w * x)
    h.label = "h2"
    told = why(h * 3, w)
    assert (*fault(told), told.gradient) == ("zero", h, h.parents[0], 0.0)
    first, second = str(told).splitlines()
    assert first == "df/dw1 = 0: dead ReLU."
    assert second.startswith(
        "h2 = relu(v1) has v1 = -0.38, so its derivative by v1 is 0, and nothing passes (made at "
    )
    assert f"test_why.py:{second.rpartition(':')[2]}" in second


@pytest.mark.parametrize(
    ("made", "data", "words"),
    [
        (relu, 0.0, "ReLU exactly at 0: its derivative there is 0 by convention"),
        (abs, 0.0, "absolute value exactly at 0"),
        (lambda x: clip(x, 0, 1), 3.0, "cut off by clip"),
        (lambda x: clip(2.0, x, 3.0), 1.0, "a border that clip did not reach"),
        (lambda x: maximum(x, 4), 3.0, "not the larger operand"),
        (lambda x: maximum(4, x), 3.0, "not the larger operand"),
        (lambda x: minimum(x, 2), 3.0, "not the smaller operand"),
        (lambda x: where(1, 2, x), 3.0, "the branch not taken"),
        (lambda x: where(0, x, 2), 3.0, "the branch not taken"),
        (lambda x: where(x, 1, 2), 3.0, "a condition only chooses"),
        (lambda x: leaky_relu(x, 0.0), -3.0, "leaky ReLU of slope 0"),
        (lambda x: x * Value(0.0), 3.0, "multiplied by 0"),
        (lambda x: dot([x, 2], [Value(0.0), 3]), 3.0, "multiplied by 0"),
        (sigmoid, -800.0, "saturated sigmoid"),
        (tanh, 800.0, "saturated tanh"),
        (lambda x: x**0, 3.0, "pow is flat there"),
        (lambda x: swish(0.0, x), 0.5, "swish is flat there"),
        (lambda x: swish(0.0, x), 3.0, "swish is flat there"),
    ],
)
def test_what_cuts_a_gradient_off_is_called_by_its_name(made, data, words):
    x = leaf(data)
    root = made(x)
    told = why(root, x)
    assert fault(told) == ("zero", root, x)
    assert words in told.reason


def test_the_cut_nearest_to_the_root_is_told_of_a_chain_of_them():
    x = leaf(-1.0)
    inner = relu(x)
    outer = relu(inner - 1)
    assert why(outer, x).node is outer


def test_a_cut_that_another_way_goes_round_is_not_blamed():
    x = leaf(1.0)
    h = relu(-x)  # the only way from x: this is what cuts
    side = relu(h - 1)
    told = why(side + h * 2, x)
    assert told.node is h
    assert "further faults" not in told.reason


def test_all_ways_are_counted_where_each_is_cut():
    x = leaf(-1.0)
    root = relu(x) + relu(x * 2) + clip(x, 0, 1)
    told = why(root, x)
    assert "further faults: 2." in told.reason
    assert 2 <= len(str(told).splitlines()) <= 5


def test_contributions_that_cancel_are_named():
    x = leaf(5.0)
    up, down = x * 2, x * -2
    up.label, down.label = "up", "down"
    told = why(up + down, x)
    assert fault(told) == ("zero", x, None)
    assert "x receives 2 from up and -2 from down" in told.reason
    assert "cancel" in told.reason


def test_a_product_that_underflows_is_told_from_a_factor_of_zero():
    x = leaf(1.0)
    told = why((x * 1e-200) * 1e-200, x)
    assert told.kind == "zero"
    assert "underflow" in told.reason


# ---- nan and infinite ---------------------------------------------------------------------------


def test_zero_times_infinity_is_found_at_the_square_root_of_zero():
    # d(sqrt(x)^2)/dx = 2 sqrt(x) * 1 / (2 sqrt(x)): 0 * inf at x = 0.
    x = leaf(0.0)
    h = sqrt(x)
    told = why(h**2, x)
    assert math.isnan(told.gradient)
    assert fault(told) == ("nan", h, x)
    assert "0 * inf is not defined" in told.reason


def test_infinity_times_zero_tells_where_the_infinity_came_from():
    x = leaf(0.0)
    h = x * 0.0
    with ieee():
        told = why(sqrt(h), x)
    assert fault(told) == ("nan", h, x)
    assert "inf * 0 is not defined" in told.reason
    assert "because of square root near 0" in told.reason


def test_a_norm_at_zero_is_reported_at_its_root():
    x, y = leaf(0.0), leaf(0.0, "y")
    squares = x * x + y * y
    told = why(sqrt(squares))
    assert (told.kind, told.wrt) == ("nan", x)
    assert told.node.op == "mul"


def test_one_over_one_over_zero_is_nan_at_the_inner_quotient():
    x = leaf(0.0)
    with ieee():
        h = 1 / x
        told = why(1 / h, x)
    assert fault(told) == ("nan", h, x)


def test_inf_minus_inf_is_found_at_the_node_where_they_meet():
    x = leaf(1.0)
    with ieee():
        told = why(x * math.inf - x * math.inf, x)
    assert fault(told) == ("nan", x, None)
    assert "inf - inf" in told.reason


def test_an_undefined_derivative_is_called_so():
    x, b = leaf(-2.0), leaf(2.0, "b")
    told = why(x**b, b)  # x^b ln x with x < 0
    assert fault(told) == ("nan", told.root, b)
    assert "undefined derivative" in told.reason


@pytest.mark.parametrize(
    ("made", "data", "kind", "words"),
    [
        (sqrt, 0.0, "infinite", "square root near 0"),
        (ln, 1e-320, "infinite", "logarithm near 0"),
        (lambda x: 1 / x, 1e-200, "infinite", "division by nearly 0"),
        (lambda x: x**0.5, 0.0, "infinite", "power of nearly 0"),
        (ln, 1e-9, "huge", "logarithm near 0"),
        (lambda x: 1 / x, 1e-5, "huge", "division by nearly 0"),
        (lambda x: x * 1e7, 1.0, "huge", "a large factor"),
        (sigmoid, 30.0, "vanishing", "saturated sigmoid"),
        (tanh, -20.0, "vanishing", "saturated tanh"),
        (lambda x: x * 1e-9, 1.0, "vanishing", "a small factor"),
    ],
)
def test_one_factor_that_accounts_for_it_is_named(made, data, kind, words):
    x = leaf(data)
    root = made(x)
    told = why(root, x)
    assert fault(told) == (kind, root, x)
    assert words in told.reason


def test_a_product_that_overflows_is_found():
    x = leaf(1e-200)
    inner = x * 1e200
    told = why(inner * 1e200, x)
    assert fault(told) == ("infinite", inner, x)
    assert "overflow of a product" in told.reason


def test_a_sum_that_overflows_is_found():
    x = leaf(1e-10)
    told = why(x * 1.7e308 + x * 1.7e308, x)
    assert fault(told) == ("infinite", x, None)
    assert "overflow of a sum" in told.reason


# ---- many factors -------------------------------------------------------------------------------


def test_a_chain_of_sigmoids_vanishes_by_many_factors():
    x = y = leaf(0.5)
    for _ in range(30):
        y = sigmoid(y)
    told = why(y, x)
    assert told.kind == "vanishing"
    assert "a product of many factors below 1" in told.reason
    assert "there are 30, 0.22" in told.reason  # s (1 - s) near the fixed point 0.659: 0.2247


def test_a_chain_of_factors_explodes():
    x = y = leaf(1.0)
    for _ in range(30):
        y = y * 2
    told = why(y, x)
    assert fault(told) == ("huge", y, y.parents[0])
    assert "there are 30, 2 on average" in told.reason


def test_many_ways_add_up_though_no_factor_is_large():
    x = y = leaf(1.0)
    for _ in range(30):
        y = y + y
    told = why(y, x)
    assert (told.kind, told.gradient) == ("huge", 2.0**30)
    assert "many ways add up" in told.reason


def test_contributions_that_nearly_cancel_are_not_called_vanishing_factors():
    x = leaf(1.0)
    told = why(x * 3 - x * (3 - 1e-12), x)
    assert fault(told) == ("vanishing", x, None)
    assert "cancel" in told.reason


# ---- no path, values, and nothing wrong ---------------------------------------------------------


def test_a_node_that_is_not_in_the_graph_has_no_path():
    told = why(leaf(2.0) * 2, leaf(1.0, "w"))
    assert (*fault(told), told.gradient) == ("no path", None, None, 0.0)
    assert "f was not computed from this 'w'" in told.reason
    assert "another" not in told.reason


def test_a_twin_with_the_same_label_in_the_graph_is_pointed_out():
    told = why(leaf(2.0) * 2, leaf(1.0))
    assert "from another Value with the label 'x', whose data is 2" in told.reason


def test_a_result_that_is_not_finite_is_followed_to_its_first_such_node():
    x = leaf(0.0)
    with ieee():
        h = ln(x)
        told = why(h * 0)
    assert fault(told) == ("nan", h, None)
    assert "v1 = ln(x) is -inf at x = 0" in told.reason


def test_a_leaf_that_was_given_as_nan_is_found():
    x = leaf(math.nan)
    assert fault(why(x * 2)) == ("nan", x, None)


def test_without_a_node_the_first_leaf_that_is_not_ordinary_is_explained():
    good, dead, flat = leaf(1.0, "good"), leaf(-1.0, "dead"), leaf(50.0, "flat")
    told = why(good * 2 + relu(dead) + sigmoid(flat))
    assert (told.wrt, told.kind) == (dead, "zero")


def test_when_all_is_well_it_says_of_how_many():
    told = why(leaf(3.0) * leaf(-4.0, "y"))
    assert fault(told) == ("ordinary", None, None)
    assert str(told) == (
        "f: all gradients are ordinary.\n"
        "Leaves: 2; the sizes of their gradients lie between 3 and 4."
    )


def test_an_ordinary_gradient_tells_its_largest_contribution():
    x = leaf(3.0)
    square = x * x
    square.label = "square"
    told = why(square * 2 + x, x)
    assert told.kind == "ordinary"
    assert "The largest contribution is 6, from square" in told.reason
    assert why(x, x).gradient == 1.0


# ---- the rest -----------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch):
    """An operation of a user's own that cuts, and one whose rule is no formula."""

    def gate(x):
        return x if -1.0 < x < 1.0 else 0.0, 1.0 if -1.0 < x < 1.0 else 0.0

    def ramp(x):
        if x > 0:
            return x, 1.0
        return 0.0, 0.0

    with entered(gate) as first, entered(ramp) as second:
        for made in (first, second):
            monkeypatch.setitem(FUNCTIONS, made.name, function_of_many(made))
        yield FUNCTIONS["gate"], FUNCTIONS["ramp"]


def test_operations_of_ones_own_are_explained_too(own):
    gate, ramp = own
    x = leaf(-2.0)
    told = why(gate(x), x)
    assert fault(told) == ("zero", told.root, x)
    assert "the branch of gate that was taken is flat" in told.reason
    told = why(ramp(x), x)
    assert fault(told) == ("zero", told.root, x)
    assert "ramp is flat there" in told.reason


def test_no_gradient_is_read_or_changed():
    x = leaf(2.0)
    root = exp(x) * x
    root.backward()
    before = [node.grad for node in topological_order(root)]
    x.grad = before[0] = 7.0
    assert why(root, x).gradient == exp(2.0) * 2 + exp(2.0)
    assert [node.grad for node in topological_order(root)] == before


def test_a_row_of_many_operands_is_not_written_out():
    xs = [leaf(float(i), f"x{i}") for i in range(500)]
    told = why(dot(xs, [0.0] * 499 + [1.0]), xs[3])
    assert len(str(told)) < 200


def test_the_thresholds():
    kinds = [kind_of(g) for g in (0.0, -0.0, 1e-8, -0.99e-8, 1e6, -1.01e6, math.inf, math.nan)]
    assert kinds == [
        *("zero", "zero", "ordinary", "vanishing", "ordinary", "huge"),
        *("infinite", "nan"),
    ]


@pytest.mark.parametrize("last", [1.0, 0.0])
def test_a_chain_of_a_hundred_thousand_nodes_is_explained(last):
    x = y = leaf(1.0)
    for _ in range(100_000):
        y = y * 0.9999
    told = why(y * last, x)
    # 0.9999^100000 = exp(100000 ln 0.9999) = 4.54e-5: ordinary
    assert told.kind == ("ordinary" if last else "zero")


def test_a_graph_whose_data_changed_is_not_explained():
    x = leaf(1.0)
    y = x * x
    x.data = 2.0
    with pytest.raises(ValueError, match="build the expression again"):
        why(y, x)


@pytest.mark.parametrize("arguments", [(1.0,), (Value(1.0), "x"), ([Value(1.0)], None)])
def test_it_takes_values(arguments):
    with pytest.raises(TypeError, match="why takes a result and a node"):
        why(*arguments)

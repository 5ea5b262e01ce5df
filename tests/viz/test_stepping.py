"""Steps as data, against the homework's worked answers."""

import math
import os

import pytest

from autograd import Value, cos, dot, exp, ieee, leaky_relu, mean, relu, sqrt, total
from autograd.graph import topological_order
from viz import steps
from viz.stepping import Backward, Forward


def forward(root):
    return [step for step in steps(root) if isinstance(step, Forward)]


def backward(root):
    return [step for step in steps(root) if isinstance(step, Backward)]


def test_the_forward_pass_of_the_homework(lnexp):
    assert [str(step) for step in forward(lnexp)] == [
        "x = 1",
        "h1 = ln(x) = ln(1) = 0",
        "y = 3",
        "h2 = exp(y) = exp(3) = 20.0855",
        "z = 2",
        "h3 = h2 * z = 20.0855 * 2 = 40.1711",
        "f = h1 + h3 = 0 + 40.1711 = 40.1711",
    ]


def test_the_backward_pass_of_the_homework(lnexp):
    passed = backward(lnexp)
    assert str(passed[0]) == "df/df = 1"
    assert [str(step) for step in passed if step.name in "xyz"] == [
        "df/dz += df/dh3 * ∂h3/∂z = 1 * 20.0855 = 20.0855",
        "df/dy += df/dh2 * ∂h2/∂y = 2 * 20.0855 = 40.1711",
        "df/dx += df/dh1 * ∂h1/∂x = 1 * 1 = 1",
    ]
    assert {step.name: step.symbols for step in passed} == {
        "f": "",
        "h1": "1",
        "h3": "1",
        "h2": "z",
        "z": "h2",
        "y": "h2",
        "x": "1 / x",
    }


def test_a_node_that_is_used_twice_gets_two_contributions_that_add_up(skip_chain):
    to_x0 = [step for step in backward(skip_chain) if step.name == "x0"]
    assert [step.contribution for step in to_x0] == pytest.approx([1, -0.06], rel=1e-15)
    assert to_x0[-1].gradient == pytest.approx(0.94, rel=1e-15)  # the sum over both paths


def test_steps_end_at_the_gradients_of_backward(skip_chain):
    last = {step.node: step.gradient for step in steps(skip_chain) if step.phase == "backward"}
    skip_chain.backward()
    for node in topological_order(skip_chain):
        assert last[node] == node.grad


def test_steps_change_nothing_and_need_no_backward(skip_chain):
    steps(skip_chain)
    assert not any(node.has_grad for node in topological_order(skip_chain))


def test_every_edge_is_a_step_and_a_square_has_two_edges():
    x = Value(3.0, label="x")
    passed = backward(x * x)
    assert [(step.name, step.operand, step.contribution) for step in passed[1:]] == [
        ("x", 0, 3.0),
        ("x", 1, 3.0),
    ]


def test_the_seed_scales_every_contribution():
    x = Value(3.0, label="x")
    *_, last = steps(x * 2, seed=0.5)
    assert (last.upstream, last.contribution) == (0.5, 1.0)


def test_numbers_with_a_sign_are_bracketed_and_plain_operands_shown():
    x = Value(-3.0, label="x")
    root = 2 * x - 1
    assert [str(step) for step in forward(root)] == [
        "x = -3",
        "v1 = 2 * x = 2 * (-3) = -6",
        "f = v1 - 1 = -6 - 1 = -7",
    ]


def test_of_a_branch_the_one_taken_is_shown_with_its_reason():
    x = Value(-3.0, label="x")
    *_, last = steps(leaky_relu(x, 0.1))
    assert last.symbols == "0.1, as x < 0"
    assert str(forward(leaky_relu(x, 0.1))[-1]).startswith(
        "f = leaky_relu(x, 0.1) = leaky_relu(-3, 0.1)"
    )


def test_a_product_of_0_and_a_negative_number_is_shown_as_0():
    """f = relu(x y) at x = -1, y = 2: relu stops the gradient, and 0 * -1 is the float -0.0."""
    x, y = Value(-1.0, label="x"), Value(2.0, label="y")
    to_y = steps(relu(x * y))[-1]
    assert math.copysign(1.0, to_y.contribution) == -1.0
    assert str(to_y) == "df/dy += df/dv1 * ∂v1/∂y = 0 * (-1) = 0"


def test_a_local_derivative_of_minus_0_is_shown_as_the_factor_0():
    """cos' = -sin, and -sin(0) is the float -0.0."""
    assert str(steps(cos(Value(0.0, label="x")))[-1]) == "df/dx += df/df * ∂f/∂x = 1 * 0 = 0"


def test_steps_are_frozen():
    with pytest.raises(AttributeError):
        steps(Value(1.0))[0].value = 2.0


def test_a_leaf_alone_is_its_own_result():
    assert [str(step) for step in steps(Value(2.0, label="x"))] == ["x = 2", "dx/dx = 1"]


@pytest.mark.skipif(os.environ.get("CHALKGRAD_TEST_ALL") != "1", reason="make test-all")
def test_a_chain_of_a_hundred_thousand_nodes_is_stepped_and_printed():
    x = Value(1.0, label="x")
    for _ in range(100_000):
        x = x + 1
    assert len(steps(x)) == 200_002
    assert repr(x) == "Value(data=100001)"


def test_a_chain_of_ten_thousand_nodes():
    x = Value(1.0, label="x")
    for _ in range(10_000):
        x = x + 1
    assert len(steps(x)) == 20_002


@pytest.mark.parametrize("wrong", [list, tuple])
def test_steps_are_of_one_result(wrong):
    x = Value(1.0)
    with pytest.raises(TypeError, match="one result at a time"):
        steps(wrong([x, x + 1]))
    with pytest.raises(TypeError, match="expected a Value"):
        steps(1.0)


def graphs_of(x, y):
    """One of each kind of operation."""
    return [
        x * y,
        exp(x),
        relu(x) + y,
        x**2,
        leaky_relu(x, 0.1),
        dot([x, y], [y, 2.0]),
        dot([x, y], [y, 2.0], bias=x),
        total([x, y, 3]),
        mean([x, y]),
    ]


@pytest.mark.parametrize("which", range(9))
def test_after_an_assignment_to_data_there_are_no_steps(which):
    x, y = Value(0.3, label="x"), Value(0.7, label="y")
    f = graphs_of(x, y)[which]
    assert steps(f)
    x.data = 5
    with pytest.raises(ValueError, match="data of x.* was changed .* build the expression again"):
        steps(f)
    x.data = 0.3
    assert steps(f)


def test_the_message_about_changed_data_shows_what_was_computed():
    x = Value(2.0, label="x")
    f = x * x
    x.data = 5
    words = "the data of x, or of f itself, was changed after f = x \\* x was computed as 4"
    with pytest.raises(ValueError, match=words):
        steps(f)


def test_assigned_data_of_inner_nodes_counts_too():
    h = Value(2.0, label="x") * 3
    h.label = "h"
    h.data = 7
    with pytest.raises(ValueError, match="the data of x, or of h itself"):
        steps(h)


def test_changed_data_is_found_by_the_local_derivative_where_the_value_is_the_same():
    x, y = Value(2.0, label="x"), Value(0.0, label="y")
    f = x * y
    x.data = 5  # f is 0 as before, df/dy is not
    with pytest.raises(ValueError, match="was changed"):
        steps(f)


def test_what_is_not_finite_is_not_taken_for_changed():
    with ieee():
        x = Value(-1.0, label="x")
        root = sqrt(x) + total([x, math.inf, -math.inf]) + Value(0.0) ** -1
    assert math.isnan(root.data)
    assert steps(root)


def test_arithmetic_of_plain_numbers_is_done_in_formulas():
    x = Value(2.0, label="x")
    assert [steps(x**n)[-1].symbols for n in (3, 2, 0.5, -1)] == [
        "3 * x^2",
        "2 * x",
        "0.5 * x^(-0.5)",
        "-1 * x^(-2)",
    ]
    assert steps(x / 3)[-1].symbols == "1 / 3"
    assert str(forward(3 * x)[-1]) == "f = 3 * x = 3 * 2 = 6"


def test_labels_stand_on_one_line():
    root = Value(2.0, label="two\nlines") * 3
    assert str(forward(root)[-1]) == "f = two lines * 3 = 2 * 3 = 6"


# ---- the list ------------------------------------------------------------------------------------


def test_the_list_prints_one_step_a_line(lnexp):
    passed = steps(lnexp)
    assert str(passed).splitlines() == [str(step) for step in passed]
    assert repr(passed) == str(passed)
    assert repr(passed[1]) == "<forward: h1 = ln(x) = ln(1) = 0>"
    assert repr(passed[7]) == "<backward: df/df = 1>"


def test_of_a_long_list_the_repr_shows_the_first_steps():
    x = Value(1.0, label="x")
    for _ in range(1000):
        x = x + 1
    passed = steps(x)
    lines = repr(passed).splitlines()
    assert lines[:2] == ["x = 1", "v1 = x + 1 = 1 + 1 = 2"]
    assert lines[-1] == "... and 1902 more steps; print() shows them all"  # 1001 + 1 + 1000 - 100
    assert len(str(passed).splitlines()) == 2002


def test_steps_stay_as_they_were_when_data_and_labels_are_assigned_later():
    x, y = Value(-2.0, label="x"), Value(3.0, label="y")
    f = relu(x) * y
    passed = steps(f)
    before = str(passed), [step.symbols for step in passed]
    x.data, y.data, f.data, x.label = 5.0, 7.0, 35.0, "weight"
    assert (str(passed), [step.symbols for step in passed]) == before
    assert "v1 = relu(x) = relu(-2) = 0" in str(passed)
    assert "0, as x <= 0" in before[1]


def test_a_step_says_which_pass_it_belongs_to(lnexp):
    assert [step.phase for step in steps(lnexp)] == ["forward"] * 7 + ["backward"] * 7


def test_steps_of_one_graph_are_equal(lnexp):
    assert steps(lnexp) == steps(lnexp)
    assert steps(lnexp) != steps(lnexp, seed=2.0)


def test_a_node_of_many_operands_has_its_formulas_written_once():
    xs = [Value(float(i), label=f"x{i}") for i in range(2000)]
    assert {step.symbols for step in backward(mean(xs))[1:]} == {"1 / 2000"}

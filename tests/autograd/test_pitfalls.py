"""Mistakes that engines of this kind make, by number: each is a test, here or `ELSEWHERE`.

1-17 are of the engine, 18-28 of operands and types, 29-40 of functions, 41 of higher derivatives.
"""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd import (
    Value,
    absolute,
    clip,
    derivative,
    exp,
    gradients,
    hessian,
    ieee,
    log_softmax,
    logsumexp,
    maximum,
    minimum,
    no_grad,
    relu,
    softmax,
    sqrt,
    tanh,
)

ROOT = Path(__file__).parents[2]

ELSEWHERE = {
    1: "test_engine.py::test_a_second_backward_starts_inner_nodes_afresh_and_accumulates_in_leaves",
    2: "test_engine.py::test_zeroed_leaves_get_the_first_gradients_again",
    3: "test_engine.py::test_a_shared_inner_node_waits_for_all_its_consumers",
    4: "test_engine.py::test_sixty_doublings_are_exact_and_take_no_time",
    5: "test_memory.py::test_a_very_long_chain_builds_goes_backward_is_walked_and_freed",
    6: "test_engine.py::test_each_slot_of_a_repeated_operand_counts",
    7: "test_engine.py::test_augmented_assignment_leaves_an_alias_alone",
    8: "test_engine.py::test_backward_uses_what_the_forward_pass_recorded",
    9: "test_engine.py::test_no_reference_to_the_graph_can_be_overwritten",
    10: "test_engine.py::test_two_losses_on_one_trunk_add_up",
    12: "test_user_operations.py::test_an_exception_in_a_rule_leaves_the_engine_right",
    14: "test_memory.py::test_nodes_form_no_cycles_and_go_without_the_collector",
    15: "test_copies.py::test_backward_on_the_copy_fills_the_copys_leaves_alone",
    16: "test_copies.py::test_a_graph_comes_out_as_it_went_in",
    17: "test_memory.py::test_threads_on_separate_graphs_with_a_shared_leaf_get_every_contribution",
    18: "test_engine.py::test_numbers_of_every_kind_stand_on_either_side_of_every_operator",
    19: "test_engine.py::test_an_array_of_several_numbers_is_refused_not_turned_into_objects",
    21: "test_engine.py::test_what_is_no_number_is_a_type_error_that_names_the_type",
    22: "test_engine.py::test_int_data_does_not_grow_without_bounds",
    23: "test_engine.py::test_sum_max_min_sorted",
    25: "test_engine.py::test_an_operator_with_no_number_names_both_types",
    26: "test_engine.py::test_an_unknown_attribute_cannot_be_written",
    27: "test_engine.py::test_equality_is_identity",
    28: "test_engine.py::test_another_class_gets_its_turn",
    30: "test_operations.py::test_far_ends_do_not_overflow",
    33: "test_engine.py::test_a_root_of_a_negative_is_an_error_never_a_complex_number",
    34: "test_operations.py::test_power_conventions",
    35: "test_engine.py::test_leaving_the_domain_raises_what_python_raises_and_names_the_node",
    39: "test_check.py::test_a_kink_is_flagged_with_the_slopes_of_both_sides",
}


def test_every_number_from_1_to_41_is_a_test():
    here = {int(number) for number in re.findall(r"def test_pitfall_(\d+)_", own_text())}
    assert here | set(ELSEWHERE) == set(range(1, 42))


@pytest.mark.parametrize("number", ELSEWHERE)
def test_what_is_said_to_be_elsewhere_is_there(number):
    file, _, name = ELSEWHERE[number].partition("::")
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    assert f"def {name}(" in text


def own_text():
    return Path(__file__).read_text(encoding="utf-8")


def slope(function, point):
    """The gradient by backpropagation of a function of one number."""
    x = Value(point)
    function(x).backward()
    return x.grad


# ---- engine -------------------------------------------------------------------------------------


def test_pitfall_01_a_third_backward_is_no_exception():
    a, b, d = Value(3.0), Value(2.0), Value(1.0)
    e = (a + b) * d
    for _ in range(3):
        e.backward()
    assert (a.grad, b.grad, d.grad) == (3.0, 3.0, 15.0)  # three times (1, 1, 5)


def test_pitfall_05_the_repr_of_a_long_chain_does_not_recurse():
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1
    assert repr(x) == "Value(data=100001)"


def test_pitfall_06_both_slots_of_a_power_count():
    # d a^a = a^a (ln a + 1)
    assert slope(lambda a: a**a, 2.0) == pytest.approx(4 * (math.log(2) + 1), rel=1e-15)


def test_pitfall_08_assigned_data_never_mixes_with_recorded_derivatives():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    a.data = 100.0
    product.backward()
    assert (product.data, b.grad) == (6.0, 2.0)  # both of the recorded pass


def test_pitfall_11_backward_where_no_parameter_is_reachable():
    x = Value(3.0)
    with no_grad():
        y = x * x
    y.backward()
    assert (y.grad, x.has_grad) == (1.0, False)


def test_pitfall_11_backward_on_a_graph_of_constants():
    y = Value(3.0) * 2
    y.backward()
    assert [parent.grad for parent in y.parents] == [2.0]


ORDER = """
from autograd import Value, dot, topological_order
leaves = [Value(float(i), label=f"w{i}") for i in range(9)]
y = leaves[0]
for i in range(60):
    y = y * leaves[i * i % 9] + leaves[i * 7 % 9]
y = dot(leaves, [y] * 9)
print([node.label or node.op for node in topological_order(y)])
"""


def test_pitfall_13_the_order_of_nodes_is_the_same_in_every_process():
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ORDER],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(20)
    ]
    orders = {process.communicate()[0] for process in processes}
    assert len(orders) == 1
    assert orders.pop().startswith(
        "['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8', 'mul', 'add', "
    )


# ---- operands and types -------------------------------------------------------------------------


def test_pitfall_20_a_power_by_a_numpy_integer():
    x = Value(3.0)
    y = x ** np.int64(2)
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)


def test_pitfall_24_math_exp_of_a_value_names_the_right_function():
    with pytest.raises(TypeError, match=r"autograd\.exp\(v\)"):
        math.exp(Value(1.0))


def test_pitfall_24_numpy_exp_of_a_value_is_a_type_error_that_names_it():
    with pytest.raises(TypeError, match="Value"):
        np.exp(Value(1.0))


# ---- functions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_pitfall_29_the_derivative_of_relu_at_0_is_0(zero):
    assert slope(relu, zero) == 0.0


def test_pitfall_29_relu_of_nan_is_nan_with_the_derivative_nan():
    node = relu(Value(math.nan))
    assert math.isnan(node.data)
    assert math.isnan(node.local_derivatives[0])


@pytest.mark.parametrize("x", [-1, 0, 1])
def test_pitfall_29_relu_is_a_float_on_either_side(x):
    assert type(relu(Value(x)).data) is type(relu(x)) is float


def test_pitfall_31_the_derivative_of_exp_is_its_output():
    node = exp(Value(2.0))
    assert node.local_derivatives == (node.data,) == (math.exp(2),)


def test_pitfall_32_x_to_the_power_0_at_0():
    assert (Value(0.0) ** 0).data == 1.0
    assert slope(lambda x: x**0, 0.0) == 0.0


def test_pitfall_32_x_to_the_power_1_at_0():
    assert slope(lambda x: x**1, 0.0) == 1.0


def test_pitfall_32_x_to_the_power_a_half_at_0_has_an_infinite_gradient_that_is_reported():
    with pytest.raises(
        ArithmeticError, match="is inf: the local derivative of a pow node"
    ) as error:
        slope(lambda x: x**0.5, 0.0)
    assert error.type is ArithmeticError  # no ZeroDivisionError


def test_pitfall_33_a_root_of_a_negative_number_is_nan_inside_ieee():
    with ieee():
        assert math.isnan((Value(-2.0) ** 0.5).data)


def test_pitfall_34_a_negative_base_has_a_finite_derivative_and_its_exponent_none():
    by_base, by_exponent = (Value(-2.0) ** Value(3.0)).local_derivatives
    assert by_base == 12.0  # 3 x^2
    assert math.isnan(by_exponent)  # as in PyTorch


def test_pitfall_34_a_base_of_0_has_the_derivative_0_by_a_positive_exponent():
    assert (Value(0.0) ** Value(2.0)).local_derivatives == (0.0, 0.0)


def test_pitfall_34_0_to_the_power_0_is_1():
    assert (Value(0.0) ** Value(0.0)).data == 1.0


def test_pitfall_36_the_derivative_of_abs_at_0_is_0():
    assert slope(absolute, 0.0) == 0.0


@pytest.mark.parametrize("function", [maximum, minimum])
def test_pitfall_36_the_gradients_of_a_tie_add_up_to_1(function):
    a = Value(2.0)
    function(a, a).backward()
    assert a.grad == 1.0


@pytest.mark.parametrize("border", [-1.0, 1.0])
def test_pitfall_36_the_derivative_of_clip_at_a_border_is_1(border):
    assert slope(lambda x: clip(x, -1, 1), border) == 1.0


@pytest.mark.parametrize(
    ("function", "node"),
    [
        (lambda x: sqrt(x) ** 2, "sqrt node"),
        (lambda x: sqrt(x * x + x * x), "sqrt node"),  # a norm at 0
    ],
)
def test_pitfall_37_nan_of_a_root_at_0_is_reported_with_the_node_at_fault(function, node):
    with pytest.raises(ArithmeticError, match=rf"is (nan|inf): the local derivative of a {node}"):
        slope(function, 0.0)


def test_pitfall_37_one_over_one_over_0_is_an_error_of_the_value():
    x = Value(0.0, label="x")
    with pytest.raises(ZeroDivisionError, match="defined for x != 0"):
        1 / (1 / x)


def test_pitfall_37_one_over_one_over_0_has_the_gradient_nan_inside_ieee():
    with ieee():
        assert math.isnan(slope(lambda x: 1 / (1 / x), 0.0))


@pytest.mark.parametrize("logits", [[1000.0, -1000.0], [-1000.0, 1000.0], [1000.0, 1000.0]])
def test_pitfall_38_softmax_of_large_logits(logits):
    right = {(1000.0, -1000.0): [1, 0], (-1000.0, 1000.0): [0, 1], (1000.0, 1000.0): [0.5, 0.5]}
    assert softmax(logits) == right[tuple(logits)]


def test_pitfall_38_the_cross_entropy_of_large_logits():
    x = [Value(1000.0), Value(-1000.0)]
    loss = -log_softmax(x)[1]  # the wrong one of the two
    loss.backward()
    assert (loss.data, x[0].grad, x[1].grad) == (2000.0, 1.0, -1.0)  # p - y


def test_pitfall_38_logsumexp_of_minus_infinity():
    assert logsumexp([-math.inf, -math.inf]) == -math.inf
    assert logsumexp([-math.inf, 3.0]) == 3.0


def test_pitfall_38_the_gradient_of_logsumexp_by_minus_infinity_is_0():
    x, y = Value(-math.inf), Value(3.0)
    logsumexp([x, y]).backward()
    assert (x.grad, y.grad) == (0.0, 1.0)


def test_pitfall_38_softmax_of_one_class_is_1_and_constant():
    (p,) = softmax([Value(7.0)])
    assert (p.data, p.local_derivatives) == (1.0, (0.0,))


def test_pitfall_40_zero_times_infinity_is_reported_with_both():
    words = "is nan: the local derivative of a sqrt node .* is inf, and the gradient .* there is 0"
    with pytest.raises(ArithmeticError, match=words):
        slope(lambda x: sqrt(x) * 0.0, 0.0)


def test_pitfall_40_zero_times_infinity_gives_nan_inside_ieee():
    with ieee():
        assert math.isnan(slope(lambda x: sqrt(x) * 0.0, 0.0))


# ---- higher derivatives -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "point", "right"),
    [
        (lambda x: x**3, 2.0, 12.0),  # 6 x
        (tanh, 0.5, -2 * math.tanh(0.5) / math.cosh(0.5) ** 2),
        (relu, 2.0, 0.0),
        (relu, 0.0, 0.0),
    ],
)
def test_pitfall_41_second_derivatives(function, point, right):
    assert derivative(function, 2)(point) == pytest.approx(right, rel=1e-15)


def test_pitfall_41_mixed_partial_derivatives_are_equal():
    matrix = hessian(lambda x, y: exp(x * y) * tanh(x), [0, 1])(0.3, -0.7)
    assert matrix[0][1] == pytest.approx(matrix[1][0], rel=1e-15)


def test_pitfall_41_the_third_derivative_of_exp_is_exp():
    assert derivative(exp, 3)(1.5) == math.exp(1.5)


def test_pitfall_41_the_gradient_of_a_gradient_with_a_shared_subexpression():
    x = Value(2.0)
    shared = x * x
    (first,) = gradients(shared * shared, x)
    assert gradients(first, x)[0].data == 48.0  # 12 x^2


def test_pitfall_41_nested_derivatives_do_not_mistake_their_variables():
    assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0

"""COSC490, homework 3: right answers, and the worked ones that are wrong."""

import math

import pytest

from autograd import check_answers, topological_order
from examples import cosc490_hw3 as hw3

E3 = 20.085536923187668  # exp(3)


# ---- 1: concepts ----


def test_units_that_begin_equal_stay_equal():
    weights = hw3.equal_weights(steps=30)
    first, second, third = weights["constant"]
    assert first == second == third != [0.5, 0.5]
    assert len({tuple(row) for row in weights["random"]}) == 3


def test_behind_sigmoids_the_gradients_of_a_unit_have_one_sign():
    signs = {name: {math.copysign(1, g) for g in row} for name, row in hw3.gradient_signs().items()}
    assert len(signs["Sigmoid"]) == 1
    assert len(signs["Tanh"]) == 2


def test_dropout_zeroes_or_doubles_in_training_and_does_nothing_in_evaluation():
    found = hw3.dropout()
    assert set(found["training"]) == {0.0, 2.0}
    assert found["training"] != found["again"]
    assert found["evaluation"] == [1.0, 1.0, 1.0, 1.0]
    # 2000 draws of 0 or 2: a standard deviation of 1 / sqrt(2000) = 0.022
    assert found["mean in training"] == pytest.approx([1.0] * 4, abs=0.08)


def test_large_positive_weights_saturate_sigmoids():
    saturated, usual = hw3.sigmoid_stack(5.0, 10.0), hw3.sigmoid_stack(-1.0, 1.0)
    assert [layer.saturated for layer in saturated.layers[1::2]] == [1.0] * 4
    assert saturated.layers[0].gradient < 1e-30
    assert usual.layers[0].gradient > 1e-4
    assert usual


def test_residual_connections_keep_the_gradient():
    shares = hw3.deep_stack()
    assert shares["plain"] < 1e-3
    assert shares["residual"] > 0.1


def test_the_backward_pass_reads_x_and_exp_y_and_z():
    """ln'(x) = 1 / x, exp'(y) = h2, and of h2 * z each factor's derivative is the other."""
    assert sorted(hw3.kept_for_backward()) == ["h2", "x", "z"]


# ---- 2: Jacobians ----


def test_the_jacobians_are_0_2w_x_X_the_identity_and_diag_2w():  # noqa: N802
    assert hw3.jacobians() == {
        "c": [0, 0, 0],
        "|w|^2": [2, -4, 6],
        "w.x": [4, 5, 6],
        "Xw": [[1, 2, 3], [4, 5, 6]],
        "w": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "w^2": [[2, 0, 0], [0, -4, 0], [0, 0, 6]],
    }


def test_the_worked_jacobian_of_x_w_transposed_has_shape_and_indices_wrong():
    found = hw3.matrix_product()
    assert found.shape == (2, 3)  # n x k; d x k would be (3, 3)
    assert found.jacobian_shape == (2, 3, 3, 3)
    assert found.right == found.entries == 54
    assert found.document < found.entries


# ---- 3: activations ----


def test_without_activations_two_layers_are_one_linear_one():
    found = hw3.without_activations()
    (here,), (there,) = found["none"]
    assert here == pytest.approx(there, rel=1e-12)
    (here,), (there,) = found["tanh"]
    assert here != pytest.approx(there, rel=0.1)


def test_activations_and_their_derivatives():
    found = {(name, x): (y, slope) for name, x, y, slope in hw3.activations()}
    s = 1 / (1 + math.exp(-2))
    assert found["sigmoid", 2.0] == pytest.approx((s, s * (1 - s)))
    assert found["sigmoid", 0.0] == (0.5, 0.25)
    assert found["tanh", -2.0] == pytest.approx((math.tanh(-2), 1 - math.tanh(2) ** 2))
    assert [found["relu", x] for x in (-2.0, 0.0, 2.0)] == [(0, 0), (0, 0), (2, 1)]


def test_the_jacobian_of_softmax_is_diag_s_minus_s_s_transposed():
    jacobian, claimed = hw3.softmax_jacobian([1.0, 2.0, 3.0])
    total = math.exp(1) + math.exp(2) + math.exp(3)
    s = [math.exp(z) / total for z in (1, 2, 3)]
    for i in range(3):
        expected = [s[i] * ((i == j) - s[j]) for j in range(3)]
        assert jacobian[i] == pytest.approx(expected, rel=1e-12)
        assert claimed[i] == pytest.approx(expected, rel=1e-12)


# ---- 4: XOR ----


def test_the_claim_that_all_gradients_from_zeros_are_zero_is_wrong_for_b2():
    rows = hw3.all_zero_claim().rows
    # b2 gets the mean of 2 (0 - y) over the answers 0, 1, 1, 0
    assert {row.key: row.right for row in rows if not row} == {"b2[1]": -1}
    assert len(rows) == 9


def test_the_first_layer_has_no_gradient_for_it_is_multiplied_by_zero():
    assert hw3.why_zero().startswith("dy/dW1[1,1] = 0: multiplied by 0.")


# ---- 5: the computation graph ----


def test_values_and_gradients_of_the_computation_graph():
    f = hw3.logarithm_and_exponential()
    f.backward()
    nodes = {node.label: node for node in topological_order(f)}
    values = {"h1": 0, "h2": E3, "h3": 2 * E3, "f": 2 * E3}
    assert {name: nodes[name].data for name in values} == pytest.approx(values, rel=1e-14)
    gradients = {"x": 1, "y": 2 * E3, "z": E3}
    assert {name: nodes[name].grad for name in gradients} == pytest.approx(gradients, rel=1e-14)


def test_the_worked_answers_are_right_zeros_included():
    marks = check_answers(hw3.logarithm_and_exponential(), hw3.ANSWERS)
    assert marks.score == len(hw3.ANSWERS) == 17


@pytest.mark.draws
def test_it_prints_every_section(output, tmp_path):
    printed = output("cosc490_hw3")
    assert "X_ip where j = q, else 0 (the worked answer)  30 of 54" in printed
    assert "(1,1)  [2, 0]      1  y is wrong     2    0" in printed
    assert "b2[1]          -1        0  wrong" in printed
    assert "17 of 17 right" in printed
    pictures = {path.name for path in tmp_path.iterdir()}
    assert "cosc490_graph.png" in pictures

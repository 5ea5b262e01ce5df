"""IFT6135, assignment 1: right answers, and the worked ones that are wrong."""

import math

import pytest

from examples import ift6135_hw1 as hw1

# ---- Q1 ----


def test_the_matrix_formulas_give_all_28_gradients():
    report = hw1.marked(hw1.gradients_by_matrices())
    assert report.score == len(report.rows) == 28


def test_the_doubled_derivative_is_wrong_in_a_and_before_it_by_a_times_one_minus_a():
    claimed = hw1.gradients_by_matrices(hw1.back_through_W3_and_sigmoid)
    wrong = [row for row in hw1.marked(claimed).rows if not row]
    names = ["a1", "a2", "a3", "h1", "h2", "b1_1", "b1_2", "W1_11", "W1_12", "W1_21", "W1_22"]
    assert [row.key for row in wrong] == names
    h = [0.5 * 1 - 0.25 * -2 + 0.1, 1 * 1 + 0.75 * -2 + 0.4]
    a1 = 1 / (1 + math.exp(-(0.6 * h[0] - 0.8 * h[1] + 0.2)))
    assert wrong[0].given / wrong[0].right == pytest.approx(a1 * (1 - a1), rel=1e-5)


def test_h_and_a_are_kept_in_2_times_m_plus_r_bytes():
    m, r, s = 2, 3, 2
    assert hw1.kept() == {
        "kept": ["h1", "h2", "a1", "a2", "a3"],
        "bytes": 2 * (m + r),
        "bytes with a squared loss": 2 * (m + r + s),
    }


def test_the_derivatives_of_relu_at_0():
    assert hw1.relu_at_zero() == {"left": 0, "right": 1, "used": 0}


def test_relu_has_no_second_derivative_and_swish_has():
    for x, of_relu, of_swish, slope in hw1.second_derivatives([-3.0, -0.5, 2.0]):
        s = 1 / (1 + math.exp(-x))
        assert of_relu == 0
        assert of_swish == pytest.approx(s * (1 - s) * (2 + x * (1 - 2 * s)), rel=1e-12)
        assert slope == pytest.approx(s + x * s * (1 - s), rel=1e-12)


def test_swish_lies_between_half_the_identity_and_relu():
    for x, small, usual, large in hw1.swish_limits([-2.0, 0.0, 3.0]):
        assert small == pytest.approx(x / 2, abs=1e-8)
        assert usual == pytest.approx(x / (1 + math.exp(-x)))
        assert large == max(0, x)


# ---- Q2 ----


def test_a_bias_before_batch_normalisation_has_no_effect():
    found = hw1.bias_before_normalisation()
    assert found["with bias 5"] == pytest.approx(found["with bias 0"], rel=1e-12)
    assert found["dL/dbias"] == pytest.approx(0, abs=1e-12)


def test_weights_depend_on_depth_and_filters_alone():
    counts = list(hw1.parameters_of_convolutions().values())
    assert counts == [(80, 5), (240, 5), (96, 6), (80, 5), (80, 5)]


def test_pooling_keeps_the_channels_apart():
    assert hw1.pooled()["pooled"] == [[[4]], [[20]]]


def test_the_shapes_and_parameters_of_the_convolutional_network():
    layers = hw1.convolutional_network().layers
    shapes = [(5, 31, 31), (5, 10, 10), (5, 8, 8), (5, 4, 4), (80,), (5,)]
    assert [layer.output_shape for layer in layers] == shapes
    assert [layer.parameters for layer in layers] == [85, 0, 230, 0, 0, 405]


def test_the_receptive_field_is_21():
    assert hw1.receptive_field().receptive_field == (21, 21)


# ---- Q3, Q4 ----


@pytest.mark.parametrize("point", [[1.0, 0.5], [-2.0, 1.0]])
def test_the_mixture_is_a_network_with_a_sigmoid(point):
    found = hw1.mixture(point)
    expected = 0.0
    for pi, (w1, w2) in zip((0.5, 0.3, 0.2), ((1, -2), (0.5, 1.5), (-3, 1)), strict=True):
        expected += pi / (1 + math.exp(-(w1 * point[0] + w2 * point[1])))
    assert found.network == pytest.approx(expected, rel=1e-12)
    # 20000 draws: a standard deviation of 0.0035
    assert found.sampled == pytest.approx(expected, abs=0.012)
    assert not 0 <= found.without_sigmoid <= 1


def test_cross_entropy_is_minus_the_log_likelihood_and_lowest_at_the_mean():
    found = hw1.likelihood([1, 1, 0, 1, 0, 0, 1, 1])
    expected = -(5 * math.log(5 / 8) + 3 * math.log(3 / 8))
    assert found["-ln likelihood"] == pytest.approx(expected, rel=1e-12)
    assert found["sum of ce"] == pytest.approx(expected, rel=1e-12)
    assert found["d/dp"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("p", "x"), [(0.6, 0.3), (0.3, 0.3), (0.9, 0.2)])
def test_cross_entropy_is_entropy_plus_divergence(p, x):
    found = hw1.cross_entropy(p, x)
    divergence = x * math.log(x / p) + (1 - x) * math.log((1 - x) / (1 - p))
    assert found.entropy == pytest.approx(-x * math.log(x) - (1 - x) * math.log(1 - x))
    assert found.divergence == pytest.approx(divergence, abs=1e-12)
    assert found.cross_entropy == pytest.approx(found.entropy + found.divergence, rel=1e-12)
    assert found.entropy > 0  # what the worked answer calls the entropy is its negative


# ---- Q5 ----


def test_the_minimum_is_at_0_0():
    found = hw1.minimum()
    assert found == {"gradient": [0, 0], "Hessian": [[2, -2], [-2, 4]], "determinant": 4}


@pytest.mark.parametrize(
    ("step_size", "point", "distance"),
    [(0.01, [1, 0.98], 1.400143), (0.1, [1, 0.8], 1.280625), (10.0, [1, -19], 19.026298)],
)
def test_one_step_of_gradient_descent(step_size, point, distance):
    _, found = hw1.descent(step_size)
    assert found == pytest.approx(point)
    assert hw1.distance(found) == pytest.approx(distance, abs=5e-7)


def test_momentum_is_faster_and_a_step_of_10_diverges():
    slow, fast, huge = (
        hw1.distance(hw1.descent(size, 40, momentum)[-1])
        for size, momentum in ((0.01, 0.0), (0.01, 0.9), (10.0, 0.0))
    )
    # the Hessian's eigenvalues are 3 + sqrt(5) and 3 - sqrt(5): |1 - 10 (3 + sqrt(5))| = 51.36
    assert fast < slow / 5
    assert huge > 50**40 / 10


def test_it_prints_every_question(output):
    printed = output("ift6135_hw1")
    assert "28 of 28 right" in printed
    assert "10  [1, -19]   19.026298" in printed
    assert "4 Conv2d  1 × 32 × 32         201      0  21 × 21" in printed

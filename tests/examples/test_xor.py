"""XOR: what homework says of it, and hand arithmetic."""

import itertools
import os

import pytest

import autograd
from examples import xor

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
PLAIN = autograd.backend() == "python"


def test_the_proposed_weights_answer_0_1_0_2_and_the_right_ones_xor():
    assert xor.answers(xor.PROPOSED) == [0, 1, 0, 2]
    assert xor.answers(xor.RIGHT) == [0, 1, 1, 0]


def test_the_proposals_hidden_layer_leaves_three_points_on_a_line():
    """(h1, h2) is (0, 0), (1, 0), (2, 0) where y should be 0, 1, 0: no affine y bends there."""
    hidden = [
        [max(0, x1 + x2), max(0, x1 - x2)] for (x1, x2), _ in xor.POINTS
    ]  # by hand: W1 = [[1, 1], [1, -1]]
    graphs = [xor.network(xor.PROPOSED, x) for x, _ in xor.POINTS]
    assert [[h1, h2] for (h1, h2), _ in xor.CLAIMED] == hidden
    assert [graph.data for graph in graphs] == [h1 - h2 for h1, h2 in hidden]
    assert [hidden[0], hidden[1], hidden[3]] == [[0, 0], [1, 0], [2, 0]]


@pytest.mark.parametrize("weights", [(1, 1, 0), (-2, 3, 0.5), (0.1, 0, -7)])
def test_both_sums_are_w1_and_w2_and_twice_b(weights):
    w1, w2, b = weights
    assert xor.affine_sums(w1, w2, b) == pytest.approx((w1 + w2 + 2 * b,) * 2, abs=1e-12)


def test_the_best_error_of_one_layer_is_a_quarter():
    """The square of 1/2 on each point, or of 1 on one of four; no grid point is below that."""
    grid = [k / 4 for k in range(-8, 9)]
    least = min(
        sum((max(0, w1 * x1 + w2 * x2 + b) - y) ** 2 for (x1, x2), y in xor.POINTS) / 4
        for w1, w2, b in itertools.product(grid, repeat=3)
    )
    assert least == 0.25
    trials = [xor.trial(0, seed, 200) for seed in range(5)]
    assert min(trial.loss for trial in trials) == pytest.approx(0.25, abs=1e-9)
    assert max(trial.right for trial in trials) == 3


def test_eight_hidden_units_learn_from_20_of_20_seeds():
    trials = [xor.trial(8, seed) for seed in xor.SEEDS]
    assert [trial.right for trial in trials] == [4] * 20
    assert max(trial.loss for trial in trials) < 0.001


def test_from_zeros_only_the_outputs_bias_has_a_gradient_and_nothing_is_learnt():
    """dE/db2 = mean of 2 (0 - y) = -2 (0 + 1 + 1 + 0) / 4 = -1; b2 ends at the mean of y, 1/2."""
    model = xor.with_zeros()
    zeros = {"dW1": [[0, 0], [0, 0]], "db1": [0, 0], "dW2": [[0, 0]]}
    assert xor.gradients(model) == {**zeros, "db2": [-1]}
    assert xor.learn(model, 300) == pytest.approx(0.25, abs=1e-6)
    assert xor.outputs(model) == pytest.approx([0.5] * 4, abs=1e-6)
    weights = [p.data for p in model.parameters()]
    assert weights[:8] == [0] * 8
    assert weights[8] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.draws
@pytest.mark.skipif(PLAIN and not LONG, reason="takes a while in plain Python: make test-all")
def test_the_graph_of_a_trained_network_has_the_gradients_of_y_alone():
    """At (1, 0), where W1[1,2] weighs a 0 and W1[1,1] an h that is 0: dy/dW1[1,1] = dy/dz1 = 0."""
    model, _ = xor.trained_on_two_units()
    y = xor.worked_graph(model, [1.0, 0.0])
    expected = autograd.gradients(y, model.parameters())
    assert [p.grad for p in model.parameters()] == [gradient.data for gradient in expected]


def test_it_prints_the_three_answers_and_draws_the_network(output, tmp_path):
    printed = output("xor")
    assert "(1,1)  [2, 0]      1  y is wrong     2    0" in printed
    assert "2-8-1    20 of 20" in printed
    assert "db2 = [-1]" in printed
    assert (tmp_path / "xor.png").is_file()

"""The ReLU chain: the homework's worked answers, and the right ones where it has none."""

import math

import pytest

from autograd import check_answers, topological_order
from examples import relu_chain


def test_values_and_gradients():
    z = relu_chain.relu_chain()
    z.backward()
    nodes = {node.label: node for node in topological_order(z)}
    values = {"xw0": 0.3, "xwb0": 0.4, "x1": 0.4, "xw1": -0.08, "y1": -0.38, "yx": 0.62, "z": 0.62}
    assert {name: nodes[name].data for name in values} == pytest.approx(values, rel=1e-14)
    gradients = {"w0": -0.2, "w1": 0.4, "b0": -0.2, "b1": 1, "x0": 0.94}
    assert {name: nodes[name].grad for name in gradients} == pytest.approx(gradients, rel=1e-14)
    assert check_answers(z, relu_chain.ANSWERS).score == 11


def test_dz_dx0_is_a_sum_over_two_paths():
    found = relu_chain.two_paths()
    assert found["skip"] == 1
    assert found["through w0 and w1"] == pytest.approx(-0.06)
    assert found["dz/dx0"] == pytest.approx(0.94)


def test_30_1024_512_1_has_557057_parameters():
    counted = relu_chain.parameter_count()
    assert counted.parameters == 30 * 1024 + 1024 + 1024 * 512 + 512 + 512 * 1 + 1 == 557_057


@pytest.mark.parametrize("label", [0, 1, 2])
def test_dl_dh_is_p_minus_y_for_every_class(label):
    exponentials = [math.exp(h) for h in (1.0, 2.0, 0.5)]
    expected = [e / sum(exponentials) - (i == label) for i, e in enumerate(exponentials)]
    found = relu_chain.softmax_cross_entropy(label)
    assert found.gradient == pytest.approx(expected, rel=1e-12)
    assert found.P_minus_y == pytest.approx(expected, rel=1e-12)


def test_dx4_dx3_is_x4_times_one_minus_x4():
    x4 = relu_chain.softmax_chain()
    # x3 = -1.5 * (0.5 + 0.1) + 0.4 = -0.5
    share = math.exp(-0.5) / (math.exp(-0.5) + math.exp(1.0) + math.exp(-0.5))
    assert x4.data == pytest.approx(share, rel=1e-14)
    x3 = next(node for node in topological_order(x4) if node.label == "x3")
    x4.backward()
    assert x3.grad == pytest.approx(share * (1 - share), rel=1e-13)


def test_the_network_learns_its_three_classes():
    history = relu_chain.trained().history
    assert history[0]["train_loss"] > 0.9
    assert history[-1]["train_loss"] < 0.1
    assert history[-1]["train_accuracy"] == 1


@pytest.mark.draws
def test_it_prints_the_products_and_the_sum_over_paths(output, tmp_path):
    printed = output("relu_chain")
    assert "= 1 - 0.06\n" in printed
    assert "11 of 11 right" in printed
    assert "parameters: 557,057 numbers" in printed
    pictures = {path.name for path in tmp_path.iterdir()}
    assert {"relu_chain.png", "softmax_chain.png"} <= pictures

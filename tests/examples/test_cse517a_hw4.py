"""CSE517A, homework 4."""

import json
import math

import pytest

from examples import cse517a_hw4 as hw4


def test_derivatives_of_vectors():
    found = list(hw4.derivatives_of_vectors().values())
    # x1 x2 + x3^2, (x^2, 3 x) and (x1 x2, x2 x3) at (1, 2, 3), or 2
    assert found == [
        [2, 1, 6],
        [4, 3],
        [[2, 1, 0], [0, 3, 2]],
        [[2, 0], [1, 3], [0, 2]],
    ]


def test_the_passes_through_the_network_by_hand():
    """a1 = 1*2 - 1 = 1, a2 = 0.5*2 + 0.5 = 1.5, a(2) = 1 - 2*1.5 + 0.5 = -1.5; delta(2) = -2.5."""
    hidden, output = hw4.forward_and_backward(hw4.NETWORK, [2.0], [1.0]).layers
    assert (hidden.a, hidden.z) == ([1, 1.5], [1, 1.5])
    assert (output.a, output.z, output.delta) == ([-1.5], [-1.5], [-2.5])
    assert output.d_weight == [[-2.5 * 1, -2.5 * 1.5]]
    assert output.d_bias == [-2.5]
    assert hidden.delta == [-2.5 * 1, -2.5 * -2]
    assert hidden.d_weight == [[-2.5 * 2], [5 * 2]]
    assert hidden.new_weight == [[1 + 0.1 * 5], [0.5 - 0.1 * 10]]


@pytest.mark.parametrize("y", [0, 1, 2])
def test_delta_is_z_minus_y_and_goes_back_through_w(y):
    found = hw4.several_classes(y)
    assert sum(found.z) == pytest.approx(1)
    assert found.prediction == 2
    assert found.loss == pytest.approx(-math.log(found.z[y]))
    assert found.delta == pytest.approx(found.z_minus_y, rel=1e-12)
    for row, expected in zip(found.d_weight, found.delta_z, strict=True):
        assert row == pytest.approx(expected, rel=1e-12)
    assert found.delta_before == pytest.approx(found.back_through_w, rel=1e-12)


def test_relu_and_its_derivative():
    assert hw4.relu_at([-1.0, 0.0, 2.0]) == [[-1, 0, 0], [0, 0, 0], [2, 2, 1]]


def test_the_gradient_vanishes_behind_sigmoids_and_not_behind_relu():
    sizes = hw4.gradients_by_layer()
    assert sizes["Sigmoid"] == sorted(sizes["Sigmoid"])
    assert sizes["Sigmoid"][0] < sizes["Sigmoid"][-1] / 1000
    assert sizes["ReLU"][0] > sizes["ReLU"][-1] / 10


def test_dead_units_stay_dead_and_leaky_ones_come_back():
    dying = hw4.dying_units()
    assert (dying.before.layers[1].dead, dying.after.layers[1].dead) == (0.0, 1.0)
    assert dying.after.layers[0].gradient == 0
    targets = [1 / 16, 1 / 4, 9 / 16, 1]
    mean = sum(targets) / 4
    variance = sum((y - mean) ** 2 for y in targets) / 4
    assert dying.loss["ReLU"] == pytest.approx(variance, rel=1e-6)
    assert dying.loss["LeakyReLU"] < variance / 10


def test_the_derivative_of_a_cube_at_2_is_12_and_by_differences_12_000001():
    found = hw4.cube_at_two()
    assert found["analytic"] == 12
    assert found["numerical"] == pytest.approx(12.000001, abs=1e-11)


def test_all_nine_parameters_agree_with_their_differences():
    report = hw4.network_check()
    assert len(report.of("right")) == len(report.rows) == 9


def test_the_gradient_by_hand_is_right_and_its_slip_is_found():
    assert hw4.marked(hw4.gradient_by_hand())
    slipped = hw4.gradient_by_hand(hw4.slope_at_input)
    wrong = [row for row in hw4.marked(slipped).rows if not row]
    assert [row.key for row in wrong] == ["b1_1", "W1_11", "W1_12", "b1_2", "W1_21", "W1_22"]
    assert all("taken at the input" in row.explanation for row in wrong)


@pytest.mark.draws
def test_it_prints_every_problem(output, tmp_path):
    printed = output("cse517a_hw4")
    assert "numerical  12.000001" in printed
    assert "loss 3.125, learning rate 0.1" in printed
    assert "9 of 9 agree" in printed
    assert "cse517a_network.png" in {path.name for path in tmp_path.iterdir()}


@pytest.mark.draws
def test_a_network_of_ones_own_is_worked_out(program, tmp_path):
    file = tmp_path / "network.json"
    file.write_text(json.dumps([{"W": [[2.0, 1.0]], "b": [1.0], "g": "sigmoid"}]))
    options = ["--network", file, "--x", -1, 1, "--y", 1]
    printed = program("cse517a_hw4", "--out", tmp_path, *options).stdout
    # a = -2 + 1 + 1 = 0, z = 0.5, delta = (0.5 - 1) / 4
    assert "1  0  0.5  -0.125" in printed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "is no network: Expecting value"),
        ('[{"W": [[1, 2]], "b": [1, 2], "g": "relu"}]', "is no network: layer 1 must be like"),
        ('[{"W": [[1]], "b": [1], "g": "step"}]', "g among identity, relu, leaky_relu"),
        ("[]", "is no network: there are no layers"),
        ('{"W": 1}', "is no network: "),
        (None, "cannot read"),
    ],
)
def test_a_file_that_is_no_network_is_one_line_and_status_2(content, said, program, tmp_path):
    file = tmp_path / "network.json"
    if content is not None:
        file.write_text(content)
    done = program("cse517a_hw4", "--out", tmp_path, "--network", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize(("x", "y"), [(("1", "2"), ("1",)), (("1",), ("1", "2")), (("nan",), "1")])
def test_inputs_that_do_not_fit_are_one_line_and_status_2(x, y, program, tmp_path):
    done = program("cse517a_hw4", "--out", tmp_path, "--x", *x, "--y", *y)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1

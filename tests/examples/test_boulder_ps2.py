"""CU Boulder, problem set 2: the answers of both graphs, and the learning curves."""

import math

import pytest

from examples import boulder_ps2 as ps2

# The standard network at X = (2, 1), worked out in 60 digits.
STANDARD = {"Y": 0.4750208125, "L": 0.6443966601, "dB3": 0.4750208125, "dB2": 0.04750208125}
STANDARD |= {"dW3_1": 0.4750208125, "dW3_2": -0.04750208125, "dB1": 0.4750208125}
STANDARD |= {"dW2_1": 0.0950041625, "dW2_2": 0.04750208125}
STANDARD |= {"dW1_1": 0.950041625, "dW1_2": 0.4750208125}
STANDARD |= {"dX1": 0.4275187313, "dX2": -0.4512697719, "dH1": 0.4750208125, "dH2": 0.4750208125}


def test_training_changes_the_parameters_alone():
    changed = ps2.changed_by_training()
    assert [item for item, was in changed.items() if was] == ["a weight matrix W", "a bias term b"]
    assert len(changed) == 6


def test_the_overfitting_run_is_best_early_and_its_cures_are_better_at_the_end():
    runs = ps2.overfitting()
    over, decay, stopped = runs.values()
    assert over.best.number < 10
    assert over.dev_loss[-1] > 1.5 * over.best.dev_loss
    assert over.train_loss[-1] < over.train_loss[0] / 2
    assert over.dev_accuracy[-1] < max(over.dev_accuracy)
    assert decay.dev_loss[-1] < over.dev_loss[-1] / 1.5
    assert len(stopped.epochs) < 20
    assert stopped.best.dev_loss == over.best.dev_loss


def test_the_underfitting_run_still_falls_at_its_end():
    under, larger = ps2.underfitting().values()
    assert under.best.number == len(under.epochs)
    assert under.train_loss[-1] > 0.6
    assert larger.train_loss[-1] < under.train_loss[-1] - 0.2


def test_the_standard_network():
    found = ps2.numbers_of(ps2.standard_network(2, 1))
    assert {name: found[name] for name in STANDARD} == pytest.approx(STANDARD, abs=5e-11)


def test_the_graph_that_is_written_down():
    """By hand: H = (1.5, 0.5, 1.5, 0.25, 0.75); e = Y - 1 is dL/dH5."""
    Y = 1 / (1 + math.exp(-0.75))  # noqa: N806
    e = Y - 1
    expected = {"Y": Y, "L": -math.log(Y), "dH5": e, "dH4": -3 * e, "dH3": e}
    expected |= {"dH2": 0.5 * -3 * e, "dH1": e, "dW2": 0.25 * e, "dW1": e, "dB1": -1.5 * e}
    expected |= {"dX1": 1.5 * e, "dX2": -1.5 * e, "dX3": 0.5 * -3 * e}
    found = ps2.numbers_of(ps2.wired_graph())
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_tanh_is_a_sigmoid_stretched():
    for x, ours, by_sigmoid, slope, other_slope in ps2.tanh_by_sigmoid([-2.0, 0.0, 0.3]):
        assert ours == pytest.approx(math.tanh(x))
        assert by_sigmoid == pytest.approx(math.tanh(x))
        assert slope == pytest.approx(1 - math.tanh(x) ** 2)
        assert other_slope == pytest.approx(slope)


def test_the_standard_network_with_a_tanh_output():
    found = ps2.through_the_output(ps2.standard_network(2, 1, ps2.TANH, -1))
    assert found["Y"] == pytest.approx(-0.0996679946, abs=5e-11)
    assert found["L"] == pytest.approx(0.4052988600, abs=5e-11)
    assert found["dL/dz"] == pytest.approx(0.8913883691, abs=5e-11)


@pytest.mark.draws
def test_it_prints_every_problem(output, tmp_path):
    printed = output("boulder_ps2")
    assert "dX1   = 0.427519" in printed
    assert "(a), label -1  -0.099668   0.405299   0.900332  0.990066   0.891388" in printed
    assert {"boulder_a.png", "boulder_b.png"} <= {path.name for path in tmp_path.iterdir()}


def test_inputs_and_a_wiring_of_ones_own():
    # A1 = 0, A2 = 0.5: z = 0 + 0.5 - 1
    found = ps2.numbers_of(ps2.standard_network(0, 0))
    assert found["L"] == pytest.approx(-math.log(1 - 1 / (1 + math.exp(0.5))))
    assert found["dA1"] == found["dH1"]  # at A1 = 0 the homework's slope is 1
    # H2 = 1 * 1.5 * 2 + 0 = 3
    values = {**ps2.VALUES, "X1": 2.0, "W2": 0.0}
    found = ps2.numbers_of(ps2.wired_graph("H1 = W1*X1; H2 = B1*H1 + W2;", values))
    assert found["Y"] == pytest.approx(1 / (1 + math.exp(-3)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--x", "2"], "argument --x: expected 2 arguments"),
        (["--x", "two", "1"], "argument --x: invalid number value: 'two'"),
        (["--wiring", "H1 = W1*"], "--wiring 'H1 = W1*': invalid syntax"),
        (["--wiring", "H1 = Q*X1"], "no value was given for Q"),
        (["--wiring", "H1 = ln(0*X1)"], "ln(x) is defined for x > 0"),
        (["--wiring", "H1 = 2"], "depends on none of its values"),
        (["--values", "X9=1"], "--values gives X9, which is not in the wiring"),
        (["--values", "X1"], "argument --values: expected such as X1=2, not 'X1'"),
    ],
)
def test_a_bad_option_is_one_line_and_status_2(options, said, program, tmp_path):
    done = program("boulder_ps2", "--out", tmp_path, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr

"""Two moons: micrograd's recipe and what it reaches."""

import os

import pytest

import autograd
from autograd import Value
from benchmarks.networks import max_margin_loss
from examples import moons

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
PLAIN = autograd.backend() == "python"
takes_a_while = pytest.mark.skipif(
    PLAIN and not LONG, reason="takes a while in plain Python: make test-all"
)


@pytest.fixture(scope="module")
def trained():
    model = moons.network()
    return model, moons.train(model, moons.moons(), progress=False)


def test_the_network_has_the_337_parameters_of_the_demonstration():
    """16 (2 + 1) + 16 (16 + 1) + (16 + 1) = 48 + 272 + 17."""
    assert len(moons.network().parameters()) == 337


def test_the_loss_is_that_of_micrograds_notebook_in_plain_operators():
    pairs = moons.moons(20)
    model = moons.network()
    points, labels = [x for x, _ in pairs], [y for _, y in pairs]
    ours = moons.max_margin(model)(model(points), labels)
    theirs = max_margin_loss(Value, model, points, labels)
    assert ours.data == pytest.approx(theirs.data, rel=1e-13)
    gradients = []
    for loss in (ours, theirs):
        model.zero_grad()
        loss.backward()
        gradients.append([p.grad for p in model.parameters()])
    assert gradients[0] == pytest.approx(gradients[1], abs=1e-13)


def test_a_point_pulls_with_y_over_n_or_not_at_all():
    every = moons.pulls(moons.network(), moons.moons())
    for pull in every:
        assert pull.gradient == (-pull.label / 100 if pull.margin < 1 else 0)
        assert pull.hinge == max(0, 1 - pull.margin)
    assert {pull.gradient for pull in every} == {-0.01, 0.0, 0.01}


@takes_a_while
def test_the_recipe_gets_every_point_right_in_100_steps(trained):
    model, history = trained
    assert moons.share_right(model, moons.moons()) == 1.0
    rates = [epoch.learning_rate for epoch in history.epochs]
    assert len(rates) == 100
    assert (rates[0], rates[50]) == pytest.approx((1.0, 0.55))  # 1 - 0.9 k / 100


@takes_a_while
def test_in_the_end_the_loss_is_regularisation_alone(trained):
    model, _ = trained
    assert min(pull.margin for pull in moons.pulls(model, moons.moons())) > 1
    loss = moons.step_graph(model, moons.moons())
    squares = sum(p.data**2 for p in model.parameters())
    assert loss.data == pytest.approx(0.0001 * squares, rel=1e-12)


@pytest.mark.draws
@takes_a_while
def test_it_prints_the_training_and_draws_a_step(output, tmp_path):
    printed = output("moons")
    assert "337 parameters" in printed
    assert "100.0 % of the points are on the right side" in printed
    assert (tmp_path / "moons_step.png").is_file()


@pytest.mark.skipif(PLAIN or not LONG, reason="takes a while: make test-all")
def test_the_longer_run_is_good_on_points_that_were_held_out(output):
    assert "Of the 100 points held out, 94.0 % are on the right side" in output("moons", "--long")

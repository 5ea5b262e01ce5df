"""Initialisation: bounds and moments from the papers' formulas, and the same draws everywhere."""

import math
import random
import statistics

import pytest

import nn
from autograd import Value
from nn import init
from nn.arrays import flat
from nn.linear import zeros


def numbers(array):
    return [value.data for value in flat(array)]


def test_functions_return_the_values_that_they_were_given():
    weight = zeros(2, 3)
    for function in (init.zeros_, init.ones_, init.uniform_, init.normal_, init.xavier_normal_):
        assert function(weight) is weight
    assert init.constant_(weight, 3) is weight
    assert numbers(weight) == [3.0] * 6


@pytest.mark.parametrize(
    ("function", "bound"),
    [
        (lambda w, g: init.uniform_(w, -0.5, 0.5, generator=g), 0.5),
        (lambda w, g: init.xavier_uniform_(w, gain=2.0, generator=g), 2.0 * math.sqrt(6 / 90)),
        (lambda w, g: init.kaiming_uniform_(w, generator=g), math.sqrt(6 / 40)),
        (
            lambda w, g: init.kaiming_uniform_(w, mode="fan_out", nonlinearity="tanh", generator=g),
            5 / 3 * math.sqrt(3 / 50),
        ),
    ],
)
def test_uniform_draws_fill_their_bounds(function, bound):
    drawn = numbers(function(zeros(50, 40), random.Random(1)))
    assert -bound <= min(drawn) < -0.99 * bound
    assert 0.99 * bound < max(drawn) <= bound
    # The mean of n even draws has the deviation bound / sqrt(3 n).
    assert abs(statistics.fmean(drawn)) < 4 * bound / math.sqrt(3 * 2000)


@pytest.mark.parametrize(
    ("function", "mean", "std"),
    [
        (lambda w, g: init.normal_(w, 1.0, 3.0, generator=g), 1.0, 3.0),
        (lambda w, g: init.xavier_normal_(w, generator=g), 0.0, math.sqrt(2 / 90)),
        (
            lambda w, g: init.kaiming_normal_(w, nonlinearity="relu", generator=g),
            0.0,
            math.sqrt(2 / 40),
        ),
    ],
)
def test_normal_draws_have_their_moments(function, mean, std):
    drawn = numbers(function(zeros(50, 40), random.Random(2)))
    assert abs(statistics.fmean(drawn) - mean) < 4 * std / math.sqrt(2000)
    assert statistics.pstdev(drawn) == pytest.approx(std, rel=4 / math.sqrt(2 * 2000))


def test_a_convolutions_fans_count_the_places_of_its_kernel():
    assert init.fans(zeros(4, 3, 5, 2)) == (3 * 10, 4 * 10)
    with pytest.raises(ValueError, match=r"two dimensions; the shape is \(3,\)"):
        init.xavier_normal_([Value(0.0)] * 3)


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1.0),
        ("sigmoid", None, 1.0),
        ("tanh", None, 1.6666666666666667),
        ("relu", None, 1.4142135623730951),
        ("selu", None, 0.75),
        ("leaky_relu", None, 1.4141428569978354),
        ("leaky_relu", 0.5, 1.2649110640673518),
    ],
)
def test_gains_are_those_of_pytorch(name, param, gain):
    assert init.calculate_gain(name, param) == gain


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="no gain is known for 'gelu'"):
        init.calculate_gain("gelu")
    with pytest.raises(ValueError, match="mode must be 'fan_in' or 'fan_out'"):
        init.kaiming_uniform_(zeros(1, 1), mode="fan")


def test_one_seed_gives_these_weights_on_every_platform():
    nn.manual_seed(0)
    # random.Random(0) begins with these two; they are drawn from -1/sqrt(1) to 1/sqrt(1).
    layer = nn.Linear(1, 1)
    assert layer.weight[0][0].data == pytest.approx(2.0 * 0.8444218515250481 - 1.0, rel=1e-15)
    assert layer.bias[0].data == pytest.approx(2.0 * 0.7579544029403025 - 1.0, rel=1e-15)


def test_normal_draws_are_rounded_so_that_platforms_agree():
    (value,) = init.normal_([Value(0.0)], generator=random.Random(0))
    exact = math.sqrt(-2 * math.log(1 - 0.8444218515250481)) * math.cos(
        2 * math.pi * 0.7579544029403025
    )
    assert value.data == float(f"{exact:.12g}")


def test_one_seed_covers_all_layers_and_micrograds_too():
    def made():
        nn.manual_seed(3)
        return [
            nn.MLP(2, [2]).state_dict(),
            nn.Sequential(nn.Conv2d(1, 1, 2), nn.Embedding(2, 2), nn.RNNCell(1, 2)).state_dict(),
            nn.MultiheadAttention(2, 1).state_dict(),
        ]

    assert made() == made()


def test_a_generator_of_its_own_leaves_the_global_one_alone():
    nn.manual_seed(1)
    expected = random.random()
    nn.manual_seed(1)
    first = nn.Linear(2, 2, generator=random.Random(9))
    assert random.random() == expected
    assert nn.Linear(2, 2, generator=random.Random(9)).state_dict() == first.state_dict()


def test_default_draws_have_pytorchs_bounds():
    linear = nn.Linear(16, 200, generator=random.Random(0))
    for drawn in (numbers(linear.weight), numbers(linear.bias)):
        assert 0.95 * 0.25 < max(map(abs, drawn)) <= 0.25
    conv = nn.Conv2d(4, 100, 2, generator=random.Random(0))
    for drawn in (numbers(conv.weight), numbers(conv.bias)):
        assert 0.95 * 0.25 < max(map(abs, drawn)) <= 0.25


def test_a_seed_is_an_int():
    with pytest.raises(TypeError, match="a seed must be an int, not NoneType"):
        nn.manual_seed(None)

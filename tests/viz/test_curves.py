"""Sampled curves: where they end, break and turn. (What is drawn of them: test_plots.py.)"""

import math

import pytest

from autograd import absolute, asin, ln, parse, relu, sigmoid
from viz.curves import sampled


def test_the_kink_of_relu_has_its_one_sided_derivatives():
    (kink,) = sampled(relu, -5, 5).kinks
    assert (kink.at.x, kink.slopes, kink.at.slope) == (0, (0, 1), 0)
    assert kink.is_continuous
    assert not kink.is_pole


def test_kinks_are_found_wherever_they_are():
    f = parse("abs(x - 0.1) + relu(x - pi) + max(x, -1)")
    assert [kink.at.x for kink in sampled(f, -5, 5).kinks] == pytest.approx([-1, 0.1, math.pi])


def test_the_own_comparisons_of_a_python_function_are_seen():
    (kink,) = sampled(lambda x: 3 * x if x > 1 else x * x, -5, 5).kinks
    assert kink.at.x == 1
    assert kink.slopes == pytest.approx((2, 3), rel=1e-6)
    assert (kink.left.y, kink.right.y) == pytest.approx((1, 3))
    assert not kink.is_continuous


@pytest.mark.parametrize("f", [sigmoid, ln, asin, parse("x**3 - x"), parse("sin(20*x)")])
def test_smooth_functions_have_no_kinks(f):
    assert sampled(f, -5, 5).kinks == []


@pytest.mark.parametrize("text", ["1/x", "1/x**2", "-1/x**3"])
def test_a_pole_is_a_kink_without_slopes(text):
    (kink,) = sampled(parse(text), -5, 5).kinks
    assert kink.is_pole
    assert abs(kink.at.x) < 1e-12


def test_the_edges_of_the_domain_are_found():
    points = sampled(asin, -5, 5).points
    assert (points[0].x, points[-1].x) == (-1, 1)
    assert points[-1].y == pytest.approx(math.pi / 2)


def test_points_are_in_order_and_defined():
    curve = sampled(lambda x: ln(absolute(x) - 1), -3, 3)
    xs = [point.x for point in curve.points]
    assert xs == sorted(xs)
    assert all(point.is_defined for point in curve.points)
    assert not [x for x in xs if abs(x) <= 1]


def test_a_function_that_is_not_defined_has_no_points():
    assert sampled(ln, -3, -1).points == []

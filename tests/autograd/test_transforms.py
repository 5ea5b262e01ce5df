"""The transforms: grad, jacobian, hessian, jvp, vjp, hvp, derivative, alone and nested."""

import math
import os
import threading
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    Value,
    atan,
    clip,
    derivative,
    elu,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    ieee,
    jacobian,
    jvp,
    leaky_relu,
    ln,
    maximum,
    minimum,
    no_grad,
    parse,
    relu,
    sin,
    sqrt,
    tanh,
    total,
    value_and_grad,
    vjp,
    where,
)
from autograd.functions import FUNCTIONS
from autograd.registry import OPERATIONS

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"


def area(x, y):
    """x^2 y: gradient (2xy, x^2), Hessian ((2y, 2x), (2x, 0)); at (3, 2): (12, 9), 4, 6, 6, 0."""
    return x**2 * y


def wave(v):
    """exp(v0 v1) + v0^3 sin(v1), of a list."""
    return exp(v[0] * v[1]) + v[0] ** 3 * sin(v[1])


POINT = [0.7, -0.4]


def wave_by_mpmath(*orders):
    """A partial derivative of `wave` at POINT, from a difference quotient with 50 digits."""
    with mpmath.workdps(50):

        def f(x, y):
            return mpmath.exp(x * y) + x**3 * mpmath.sin(y)

        return float(mpmath.diff(f, tuple(map(mpmath.mpf, POINT)), orders))


WAVE_GRADIENT = [wave_by_mpmath(1, 0), wave_by_mpmath(0, 1)]
WAVE_HESSIAN = [
    [wave_by_mpmath(2, 0), wave_by_mpmath(1, 1)],
    [wave_by_mpmath(1, 1), wave_by_mpmath(0, 2)],
]


def close(tree):
    return pytest.approx(np.array(tree), rel=1e-13)


# ---- what each one gives ------------------------------------------------------------------------


def test_the_gradient():
    assert grad(wave)(POINT) == close(WAVE_GRADIENT)


def test_value_and_gradient_come_from_one_call():
    calls = []

    def f(x):
        calls.append(x)
        return x**3

    assert value_and_grad(f)(2.0) == (8.0, 12.0)
    assert len(calls) == 1


def test_the_hessian():
    assert hessian(wave)(POINT) == close(WAVE_HESSIAN)


def test_the_jacobian_is_outputs_by_inputs():
    # f = (xy, x^2, 3): rows (y, x), (2x, 0), (0, 0)
    def f(v):
        return [v[0] * v[1], v[0] ** 2, 3]

    assert jacobian(f)([2.0, 5.0]) == [[5.0, 2.0], [4.0, 0.0], [0.0, 0.0]]


def test_the_denominator_layout_is_its_transpose():
    def f(v):
        return [v[0] * v[1], v[0] ** 2, 3]

    transposed = jacobian(f, layout="denominator")([2.0, 5.0])
    assert transposed == [[5.0, 4.0, 0.0], [2.0, 0.0, 0.0]]


def test_the_jacobian_of_one_number_by_one_number_is_a_number():
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_forward_mode_gives_the_derivative_along_a_direction():
    value, moved = jvp(area, (3.0, 2.0), (10.0, -1.0))
    assert (value, moved) == (18.0, 12 * 10 - 9)


def test_reverse_mode_gives_the_weighted_rows():
    # rows (y, x) and (1, 1) at (3, 2), weighted by 1 and 10: (2 + 10, 3 + 10)
    value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    assert value == [6.0, 5.0]
    assert pullback([1.0, 10.0]) == (12.0, 13.0)
    assert pullback([0.0, 1.0]) == (1.0, 1.0)  # as often as one likes


def test_the_hessian_times_a_direction():
    # ((4, 6), (6, 0)) times (1, 2)
    assert hvp(area, (3.0, 2.0), (1.0, 2.0)) == (16.0, 6.0)


@pytest.mark.parametrize(
    ("order", "right"),
    [(1, 4 * 8 + math.exp(2)), (2, 12 * 4 + math.exp(2)), (4, 24 + math.exp(2)), (5, math.exp(2))],
)
def test_derivatives_of_any_order(order, right):
    f = derivative(lambda x: x**4 + exp(x), order)  # 4 x^3, 12 x^2, 24 x, 24, 0; and exp(x)
    assert f(2.0) == pytest.approx(right, rel=1e-15)


#: Functions of one number, in mpmath's words. (mpmath's ncdf loses digits below 0: erfc does not.)
TRUTH = {
    "absolute": abs,
    "acos": mpmath.acos,
    "asin": mpmath.asin,
    "atan": mpmath.atan,
    "cos": mpmath.cos,
    "cosh": mpmath.cosh,
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "erf": mpmath.erf,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu_tanh": lambda x: (
        x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf(0.044715) * x**3)))
    ),
    "identity": lambda x: x,
    "leaky_relu": lambda x: x if x > 0 else mpmath.mpf(0.01) * x,
    "ln": mpmath.log,
    "log10": mpmath.log10,
    "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "neg": lambda x: -x,
    "normal_cdf": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "normal_pdf": mpmath.npdf,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "sech2": lambda x: mpmath.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "sin": mpmath.sin,
    "sinh": mpmath.sinh,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "sqrt": mpmath.sqrt,
    "swish": lambda x: x / (1 + mpmath.exp(-x)),
    "tan": mpmath.tan,
    "tanh": mpmath.tanh,
}


def test_most_operations_of_one_number_are_taken_to_the_fourth_order():
    of_one = {
        entry.name
        for entry in OPERATIONS[1:]
        if not entry.variadic and not entry.is_own and entry.arity - len(entry.defaults) == 1
    }
    assert of_one - set(TRUTH) <= {"gaussian", "sigmoid_slope"}  # parts of erf's and sigmoid's


ANYWHERE, POSITIVE, COSINES = (-4.0, -0.7, 0.3, 2.5), (0.3, 2.5), (-0.95, 0.6)
DOMAINS = {
    **dict.fromkeys(["ln", "log10", "log1p", "log2", "sqrt"], POSITIVE),
    **dict.fromkeys(["acos", "asin"], COSINES),
}


@pytest.mark.parametrize("name", TRUTH)
def test_four_derivatives_against_mpmath(name):
    for point in DOMAINS.get(name, ANYWHERE):
        for order in (1, 2, 3, 4):
            with mpmath.workdps(60):
                exactly = mpmath.mpf(point)
                right = float(mpmath.diff(TRUTH[name], exactly, order, h=mpmath.mpf("1e-12")))
            ours = derivative(FUNCTIONS[name], order)(point)
            assert ours == pytest.approx(right, rel=1e-11, abs=1e-11), (point, order)


# ---- arguments and results ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argnums", "right"),
    [
        (0, 12.0),
        (1, 9.0),
        (-1, 9.0),
        (-2, 12.0),
        ([0, 1], (12.0, 9.0)),
        ((1, 0), (9.0, 12.0)),
        ([-1], (9.0,)),
        ([], ()),
    ],
)
def test_argnums_are_positions(argnums, right):
    assert grad(area, argnums)(3.0, 2.0) == right


def test_argnums_may_be_names_of_arguments_given_by_name():
    assert grad(area, "y")(3.0, y=2.0) == 9.0
    assert grad(area, ["y", 0])(3.0, y=2.0) == (9.0, 12.0)
    assert hessian(area, ["x", "y"])(y=2.0, x=3.0) == ((4.0, 6.0), (6.0, 0.0))


def test_results_have_the_shape_of_the_argument():
    def f(model, x):
        return total([w * xi for w, xi in zip(model["w"], x, strict=True)]) * model["b"][0]

    model = {"w": [1.0, 2.0], "b": (3.0, 4.0)}
    # 3 (w1 x1 + w2 x2) at x = (5, 7): by w 15, 21; by b 19 and, unused, 0; by x 3, 6
    assert grad(f)(model, [5.0, 7.0]) == {"w": [15.0, 21.0], "b": (19.0, 0.0)}
    assert grad(f, 1)(model, (5.0, 7.0)) == (3.0, 6.0)


def test_a_named_tuple_stays_one():
    class Point(NamedTuple):
        x: float
        y: float

    answer = grad(lambda p: p.x * p.y)(Point(2.0, 3.0))
    assert (type(answer), answer) == (Point, (3.0, 2.0))


def test_trees_may_be_empty():
    assert grad(lambda v: 1.0)([]) == []
    assert jacobian(lambda v: [])([1.0, 2.0]) == []
    assert jacobian(lambda v: [], layout="denominator")([1.0, 2.0]) == [[], []]


def test_what_carries_no_name_may_be_differentiated():
    assert grad(parse("x*y"), ["x", "y"])(x=2, y=3) == (3.0, 2.0)
    assert jvp(parse("x*y"), (2.0, 3.0), (1.0, 0.0)) == (6.0, 3.0)
    assert grad(partial(area, 3.0))(2.0) == 9.0
    assert grad(abs)(-3.0) == -1.0
    assert jvp(grad(lambda v: v[0] ** 2 * v[1]), [3.0, 2.0], [1.0, 0.0])[1] == [4.0, 6.0]


def test_a_jacobian_is_a_tree_of_results_with_trees_of_arguments():
    def f(v):
        return {"product": v["a"] * v["b"], "rest": (v["a"], 3)}

    at = {"a": 2.0, "b": 5.0}
    assert jacobian(f)(at) == {
        "product": {"a": 5.0, "b": 2.0},
        "rest": ({"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 0.0}),
    }
    assert jacobian(f, layout="denominator")(at) == {
        "a": {"product": 5.0, "rest": (1.0, 0.0)},
        "b": {"product": 2.0, "rest": (0.0, 0.0)},
    }


def test_a_jacobian_by_several_arguments_has_a_tuple_of_them_in_each_row():
    def f(x, y):
        return [x * y, y]

    assert jacobian(f, [0, 1])(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]
    assert jacobian(f, [0, 1], layout="denominator")(2.0, 3.0) == ([3.0, 0.0], [2.0, 1.0])


def test_a_hessian_is_a_tree_in_a_tree():
    blocks = hessian(lambda d: d["a"] * d["b"] ** 2)({"a": 3.0, "b": 2.0})
    # by a and b: 2b = 4; twice by b: 2a = 6
    assert blocks == {"a": {"a": 0.0, "b": 4.0}, "b": {"a": 4.0, "b": 6.0}}


@pytest.mark.parametrize("number", [3, Fraction(3), np.float64(3), np.float32(3), np.int64(3)])
def test_numbers_of_any_kind_give_builtin_floats(number):
    answers = [
        grad(lambda x: x * x)(number),
        *value_and_grad(lambda x: x * x)(number),
        jacobian(lambda x: x * x)(number),
        hessian(lambda x: x * x)(number),
        *jvp(lambda x: x * x, number, number),
        vjp(lambda x: x * x, number)[0],
        *vjp(lambda x: x * x, number)[1](number),
        hvp(lambda x: x * x, number, number),
        derivative(lambda x: x * x)(number),
        derivative(abs, side="left")(number),
    ]
    assert [type(answer) for answer in answers] == [float] * len(answers)


@pytest.mark.parametrize(
    "transformed",
    [
        grad(lambda x: 5),
        hessian(lambda x: 5),
        hessian(lambda x: 2 * x),
        jacobian(lambda x: 5),
        derivative(lambda x: 5),
        derivative(lambda x: 5, 3),
        derivative(lambda x: 5, side="left"),
        lambda x: jvp(lambda y: 5, x, 1.0)[1],
        lambda x: hvp(lambda y: 5, x, 1.0),
        lambda x: vjp(lambda y: 5, x)[1](1.0)[0],
    ],
)
def test_what_does_not_depend_on_the_argument_has_the_derivative_0(transformed):
    answer = transformed(3.0)
    assert (answer, type(answer)) == (0.0, float)


def test_an_argument_that_is_not_used_has_the_derivative_0():
    assert grad(lambda x, y: x, [0, 1])(3.0, 4.0) == (1.0, 0.0)
    assert hessian(lambda x, y: x * x, [0, 1])(3.0, 4.0) == ((2.0, 0.0), (0.0, 0.0))


def test_the_function_may_be_a_module_of_state_and_python_control_flow():
    def f(x, n):
        y = x
        for _ in range(int(n)):
            y = y * x if y < 100 else y + x
        return y

    # 2, 4, ..., 128 by six products, then three sums: x^7 + 3x; 7 x^6 + 3 = 451
    with no_grad():
        assert derivative(lambda x: f(x, 9))(2.0) == 451.0


def test_a_primal_that_stands_by_itself_is_the_one_argument():
    assert jvp(lambda v: v[0] * v[1], [3.0, 2.0], [1.0, 0.0]) == (6.0, 2.0)
    assert jvp(lambda d: d["a"] ** 2, {"a": 3.0}, {"a": 1.0}) == (9.0, 6.0)
    assert hvp(lambda v: area(*v), [3.0, 2.0], [1.0, 2.0]) == [16.0, 6.0]


# ---- Values go in -------------------------------------------------------------------------------


def test_given_a_value_the_answer_is_a_value_that_can_be_differentiated_on():
    x = Value(2.0)
    first = grad(lambda x: x**4)(x)
    (second,) = gradients(first, x)
    assert (first.data, second.data) == (32.0, 48.0)  # 4 x^3, 12 x^2


@pytest.mark.parametrize(
    ("transform", "right"),
    [
        (lambda x: value_and_grad(lambda y: y**3)(x)[0], 12.0),  # x^3: 3 x^2
        (lambda x: jacobian(lambda y: [y**3, y])(x)[0], 12.0),  # 3 x^2: 6 x
        (lambda x: hessian(lambda y: y**4)(x), 48.0),  # 12 x^2: 24 x
        (lambda x: jvp(lambda y: y**3, x, 1.0)[1], 12.0),
        (lambda x: jvp(lambda y: y**3, 2.0, x)[1], 12.0),  # 12 x, linear in the tangent
        (lambda x: vjp(lambda y: y**3, x)[1](1.0)[0], 12.0),
        (lambda x: vjp(lambda y: y**3, 2.0)[1](x)[0], 12.0),
        (lambda x: hvp(lambda y: y**4, x, 1.0), 48.0),
        (lambda x: hvp(lambda y: y**4, 2.0, x), 48.0),  # 48 x, linear in the tangent
        (lambda x: derivative(lambda y: y**5, 3)(x), 240.0),  # 60 x^2: 120 x
        (lambda x: grad(lambda y, z: y**3 * z)(2.0, x), 12.0),  # 12 z, linear in z
    ],
)
def test_every_transform_of_a_value_can_be_differentiated_on(transform, right):
    x = Value(2.0)
    (gradient,) = gradients(transform(x), x)
    assert gradient.data == right


def test_values_that_go_in_keep_their_gradients():
    x = Value(2.0)
    x.grad = 7.0
    answer = grad(lambda x: x**3)(x)
    assert (answer.data, x.grad) == (12.0, 7.0)


@pytest.mark.parametrize(
    "transform",
    [
        grad,
        value_and_grad,
        jacobian,
        hessian,
        derivative,
        lambda f: derivative(f, 2),
        lambda f: derivative(f, side="left"),
        lambda f: lambda x: jvp(f, x, 1.0),
        lambda f: lambda x: vjp(f, x)[1](1.0),
        lambda f: lambda x: hvp(f, x, 1.0),
    ],
)
def test_values_that_are_closed_over_keep_their_gradients(transform):
    w = Value(2.0)
    h = w * 3
    w.grad = 7.0
    transform(lambda x: h * x**3 + w * x)(5.0)
    assert (w.grad, h.has_grad) == (7.0, False)


def test_what_is_closed_over_is_a_constant():
    w = Value(2.0)
    assert grad(lambda x: w * x**2)(3.0) == 12.0
    assert hessian(lambda x: w * x**2)(3.0) == 4.0
    assert jvp(lambda x: w * x**2, 3.0, 1.0) == (18.0, 12.0)
    assert grad(lambda x: w)(3.0) == 0.0


# ---- transforms of transforms -------------------------------------------------------------------


def test_nested_transforms_do_not_mistake_each_others_variables():
    # d/dx (x * d/dy (x + y)) = d/dx (x * 1) = 1
    assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, 1.0, 1.0)[1], 1.0, 1.0) == (1.0, 1.0)


def test_the_inner_point_may_be_the_outer_variable():
    # d/dy (x y^2) at y = x is 2 x^2, whose derivative is 4 x
    inner_at_x = derivative(lambda x: derivative(lambda y: x * y * y)(x))
    assert inner_at_x(3.0) == 12.0


def test_the_inner_function_may_depend_on_the_outer_variable_alone():
    # d/dy (x^2) = 0 whatever x is
    assert derivative(lambda x: derivative(lambda y: x * x)(1.0) + x)(3.0) == 1.0


def test_three_levels():
    # d/dz (x y z) = x y; d/dy (y * x y) = 2 x y; d/dx (x * 2 x y) = 4 x y, at (2, 3, 5): 24
    def inner(x, y):
        return derivative(lambda z: x * y * z)(5.0)

    def middle(x):
        return derivative(lambda y: y * inner(x, y))(3.0)

    assert derivative(lambda x: x * middle(x))(2.0) == 24.0


def test_the_gradient_of_a_gradient_with_a_shared_subexpression():
    def f(x):
        square = x * x
        return square * square + square

    assert grad(grad(f))(2.0) == 50.0  # x^4 + x^2: 12 x^2 + 2
    assert grad(grad(grad(f)))(2.0) == 48.0  # 24 x


def test_the_jacobian_of_the_gradient_is_the_hessian():
    assert jacobian(grad(wave))(POINT) == close(WAVE_HESSIAN)
    assert jacobian(jacobian(wave))(POINT) == close(WAVE_HESSIAN)


def test_the_tangent_of_the_gradient_is_the_hessian_times_the_direction():
    # forward over reverse
    direction = [2.0, -1.0]
    right = [2 * row[0] - row[1] for row in WAVE_HESSIAN]
    assert jvp(grad(wave), POINT, direction)[1] == close(right)
    assert hvp(wave, POINT, direction) == close(right)


def test_the_pullback_of_the_tangent_is_the_hessian_times_the_direction():
    # reverse over forward
    direction = [2.0, -1.0]
    right = [2 * row[0] - row[1] for row in WAVE_HESSIAN]
    pullback = vjp(lambda v: jvp(wave, v, direction)[1], POINT)[1]
    assert pullback(1.0)[0] == close(right)


def test_a_tangent_of_a_tangent():
    # forward over forward: e1 H e1
    def along_x(x, y):
        return jvp(lambda x, y: wave([x, y]), (x, y), (1.0, 0.0))[1]

    assert jvp(along_x, tuple(POINT), (1.0, 0.0))[1] == pytest.approx(WAVE_HESSIAN[0][0], rel=1e-13)


def test_a_pullback_of_a_pullback():
    # reverse over reverse: the row of H that belongs to v0
    pullback = vjp(lambda v: vjp(wave, v)[1](1.0)[0][0], POINT)[1]
    assert pullback(1.0)[0] == close(WAVE_HESSIAN[0])


def test_a_penalty_on_the_gradient():
    # (d/dx (w x^2))^2 = 4 w^2 x^2 at x = 3: by w, 8 w x^2 = 144
    assert grad(lambda w: grad(lambda x: w * x**2)(3.0) ** 2)(2.0) == 144.0


def test_mixed_partial_derivatives_are_equal():
    matrix = hessian(lambda v: sin(v[0] * v[1]) * exp(v[2]) / v[0])([0.7, -0.4, 0.3])
    for i in range(3):
        for j in range(3):
            assert matrix[i][j] == pytest.approx(matrix[j][i], rel=1e-14)


# ---- modes and threads --------------------------------------------------------------------------


def test_inside_no_grad_the_answers_are_the_same():
    with no_grad():
        assert grad(wave)(POINT) == close(WAVE_GRADIENT)
        assert hessian(wave)(POINT) == close(WAVE_HESSIAN)
        assert hvp(area, (3.0, 2.0), (1.0, 2.0)) == (16.0, 6.0)
        assert jvp(area, (3.0, 2.0), (1.0, 0.0)) == (18.0, 12.0)
        assert vjp(area, 3.0, 2.0)[1](1.0) == (12.0, 9.0)
        assert jacobian(area, [0, 1])(3.0, 2.0) == (12.0, 9.0)
        assert derivative(lambda x: x**4, 3)(2.0) == 48.0
        assert derivative(relu, side="right")(0.0) == 1.0
        assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0


def test_inside_no_grad_the_gradient_of_a_value_is_a_leaf():
    x = Value(3.0)
    with no_grad():
        answer = grad(lambda x: x**2)(x)
    assert (answer.data, answer.op) == (6.0, "")


def test_no_grad_inside_the_function_cuts_as_it_does_elsewhere():
    def f(x):
        with no_grad():
            factor = x * x
        return factor * x

    assert grad(f)(3.0) == 9.0


def test_after_a_function_that_raises_the_next_transform_is_right():
    def broken(x):
        raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        grad(broken)(1.0)
    w = Value(2.0)
    answer = grad(lambda x: w * x)(3.0)
    assert (answer, type(answer)) == (2.0, float)  # not taken for a nested one


def test_threads_do_not_see_each_other():
    w = Value(2.0)
    answers = {}

    def work(k):
        for _ in range(20):
            answers[k] = (
                hessian(lambda v: w * v[0] ** 2 * v[1])([float(k), 1.0]),
                derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0),
            )

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # w x^2 y: ((2 w y, 2 w x), (2 w x, 0))
    assert answers == {k: ([[4.0, 4.0 * k], [4.0 * k, 0.0]], 1.0) for k in range(4)}
    assert not w.has_grad


# ---- size ---------------------------------------------------------------------------------------


def chain(x):
    """100,000 nodes: x + 50,000 times 1e-6 x^2, with derivatives 1 + 0.1 x and 0.1."""
    square, y = x * x, x
    for _ in range(50_000):
        y = y + 1e-6 * square
    return y


def test_a_chain_of_a_hundred_thousand_nodes():
    assert grad(chain)(2.0) == pytest.approx(1.2, rel=1e-10)
    assert jvp(chain, 2.0, 1.0)[1] == pytest.approx(1.2, rel=1e-10)
    assert derivative(chain, side="left")(2.0) == pytest.approx(1.2, rel=1e-10)


def test_second_derivatives_of_a_long_chain():
    assert derivative(chain, 2)(2.0) == pytest.approx(0.1, rel=1e-10)


# ---- derivatives that are not finite ------------------------------------------------------------


@pytest.mark.parametrize(
    "transformed",
    [
        grad(sqrt),
        value_and_grad(sqrt),
        hessian(sqrt),
        jacobian(sqrt),
        derivative(sqrt),
        derivative(sqrt, 2),
        derivative(sqrt, side="right"),
        lambda x: jvp(sqrt, x, 1.0),
        lambda x: vjp(sqrt, x)[1](1.0),
        lambda x: hvp(sqrt, x, 1.0),
        lambda x: grad(lambda y: sqrt(y))(Value(x)),
    ],
)
def test_an_infinite_derivative_raises_as_backward_does_but_not_inside_ieee(transformed):
    with pytest.raises(ArithmeticError, match=r"inf.*ieee"):
        transformed(0.0)
    with ieee():
        transformed(0.0)


def test_inside_ieee_an_infinite_derivative_is_infinite():
    with ieee():
        assert grad(sqrt)(0.0) == math.inf
        assert derivative(sqrt, 2)(0.0) == -math.inf
        assert derivative(sqrt, side="right")(0.0) == math.inf
        assert jvp(sqrt, 0.0, 1.0) == (0.0, math.inf)


def test_outside_the_domain_the_error_is_that_of_the_function():
    with pytest.raises(ValueError, match="ln"):
        grad(ln)(0.0)
    with pytest.raises(ZeroDivisionError):
        hessian(lambda x: 1 / x)(0.0)


def test_an_unbounded_second_derivative_is_reported_the_first_is_not():
    assert derivative(lambda x: x**1.5)(0.0) == 0.0  # 1.5 sqrt(x)
    with pytest.raises(ArithmeticError):
        derivative(lambda x: x**1.5, 2)(0.0)  # 0.75 / sqrt(x)


# ---- one side of a kink -------------------------------------------------------------------------

ONE_SIDED = {
    "relu": (relu, 0.0, 0.0, 1.0),
    "relu, -0": (relu, -0.0, 0.0, 1.0),
    "abs": (abs, 0.0, -1.0, 1.0),
    "max(x, 1)": (lambda x: maximum(x, 1), 1.0, 0.0, 1.0),
    "max(1, x)": (lambda x: maximum(1, x), 1.0, 0.0, 1.0),
    "min(x, 1)": (lambda x: minimum(x, 1), 1.0, 1.0, 0.0),
    "max(x, -x)": (lambda x: maximum(x, -x), 0.0, -1.0, 1.0),
    "min(x, -x)": (lambda x: minimum(x, -x), 0.0, 1.0, -1.0),
    "max(x, x)": (lambda x: maximum(x, x), 2.0, 1.0, 1.0),
    "max(x, 2x)": (lambda x: maximum(x, 2 * x), 0.0, 1.0, 2.0),
    "max(x, sin x)": (lambda x: maximum(x, sin(x)), 0.0, 1.0, 1.0),
    "clip, lower border": (lambda x: clip(x, 0, 1), 0.0, 0.0, 1.0),
    "clip, upper border": (lambda x: clip(x, 0, 1), 1.0, 1.0, 0.0),
    "clip of a moving lower border": (lambda x: clip(0.0, x, 1), 0.0, 0.0, 1.0),
    "clip of a moving upper border": (lambda x: clip(0.0, -1, x), 0.0, 1.0, 0.0),
    "leaky_relu": (lambda x: leaky_relu(x, 0.1), 0.0, 0.1, 1.0),
    "leaky_relu, other convention": (lambda x: leaky_relu(x, 0.1, 0.5), 0.0, 0.1, 1.0),
    "elu": (lambda x: elu(x, 2.0), 0.0, 2.0, 1.0),
    "where": (lambda x: where(x, 2 * x, 5 * x), 0.0, 2.0, 2.0),  # the 0 itself does not count
    "relu(-x)": (lambda x: relu(-x), 0.0, -1.0, 0.0),
    "abs(x) - relu(-x)": (lambda x: abs(x) - relu(-x), 0.0, 0.0, 1.0),
    "relu(-relu(-x))": (lambda x: relu(-relu(-x)), 0.0, 0.0, 0.0),
    "-relu(-relu(x))": (lambda x: -relu(-relu(x)), 0.0, 0.0, 0.0),
    "abs(abs(x))": (lambda x: abs(abs(x)), 0.0, -1.0, 1.0),
    "abs(-abs(x))": (lambda x: abs(-abs(x)), 0.0, -1.0, 1.0),
    "relu(x) + relu(-x)": (lambda x: relu(x) + relu(-x), 0.0, -1.0, 1.0),
    "relu(x) - relu(-x)": (lambda x: relu(x) - relu(-x), 0.0, 1.0, 1.0),
    "x abs(x)": (lambda x: x * abs(x), 0.0, 0.0, 0.0),
    "abs(x^2)": (lambda x: abs(x**2), 0.0, 0.0, 0.0),
    "abs(x - 1) at 1": (lambda x: abs(x - 1), 1.0, -1.0, 1.0),
    "max of three": (lambda x: maximum(maximum(x, -x), x / 2), 0.0, -1.0, 1.0),
    "in a sum": (lambda x: total([relu(x), abs(x), x]), 0.0, 0.0, 3.0),
    "in a quotient": (lambda x: (2 + relu(x)) / (1 + abs(x)), 0.0, 2.0, -1.0),
    "atan(abs(3x))": (lambda x: atan(abs(3 * x)), 0.0, -3.0, 3.0),
    "a kink of a kink's constant": (lambda x: relu(x) * abs(x - 1), 0.0, 0.0, 1.0),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_one_sided_derivatives(name):
    f, point, left, right = ONE_SIDED[name]
    assert derivative(f, side="left")(point) == left
    assert derivative(f, side="right")(point) == right


@pytest.mark.parametrize("name", ONE_SIDED)
@pytest.mark.parametrize("side", ["left", "right"])
def test_one_sided_derivatives_are_limits_of_difference_quotients(name, side):
    f, point, left, right = ONE_SIDED[name]
    h = -(2.0**-30) if side == "left" else 2.0**-30
    slope = (f(point + h) - f(point)) / h
    assert slope == pytest.approx(left if side == "left" else right, abs=1e-8)


@pytest.mark.parametrize("name", ONE_SIDED)
@pytest.mark.parametrize("point", [-0.37, 0.37])
def test_where_a_function_is_smooth_both_sides_are_the_derivative(name, point):
    f = ONE_SIDED[name][0]
    right = derivative(f)(point)
    assert derivative(f, side="left")(point) == pytest.approx(right, rel=1e-15)
    assert derivative(f, side="right")(point) == pytest.approx(right, rel=1e-15)


@st.composite
def bent_lines(draw):
    """A function of one number that is made of straight pieces, whose borders are halves."""
    operations = [
        (draw(st.sampled_from(sorted(PIECES))), draw(st.integers(0, i)), draw(st.integers(0, i)))
        for i in range(draw(st.integers(1, 8)))
    ]

    def f(x):
        places = [x]
        for name, first, second in operations:
            places.append(PIECES[name](places[first], places[second]))
        return places[-1]

    return f


PIECES = {
    "relu": lambda x, y: relu(x),
    "abs": lambda x, y: abs(x),
    "leaky_relu": lambda x, y: leaky_relu(x, 0.5),
    "max": maximum,
    "min": minimum,
    "clip": lambda x, y: clip(x, -1, 1),
    "clip between": lambda x, y: clip(0.5, minimum(x, y), maximum(x, y)),
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "+ 1": lambda x, y: x + 1,
    "- 1": lambda x, y: x - 1,
    "*-2": lambda x, y: x * -2,
}


@settings(max_examples=5000 if LONG else 300, deadline=None)
@given(bent_lines(), st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]))
def test_one_sided_derivatives_of_any_bent_line_are_the_slopes_of_its_pieces(f, point):
    for side, h in (("left", -(2.0**-30)), ("right", 2.0**-30)):
        slope = (f(point + h) - f(point)) / h  # exact: no piece is shorter, nothing is rounded
        assert derivative(f, side=side)(point) == slope


def test_a_one_sided_derivative_cannot_be_differentiated_again():
    with pytest.raises(ValueError, match="leave out side"):
        derivative(lambda x: derivative(lambda y: y**3, side="left")(x))(2.0)
    with pytest.raises(ValueError, match="leave out side"):
        derivative(lambda x: derivative(lambda y: x * y, side="left")(1.0))(2.0)
    # a number that does not depend on x may be used
    assert derivative(lambda x: x * derivative(abs, side="left")(0.0))(2.0) == -1.0


def test_a_side_is_the_direction_of_the_argument_not_of_the_inner_node():
    f = derivative(lambda x: relu(1 - tanh(x) - 1), side="right")  # falls through 0
    assert f(0.0) == 0.0


# ---- wrong input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: grad(area, 5)(3.0, 2.0), ValueError, "argument 5, .* called with 0, 1"),
        (lambda: grad(area, -3)(3.0, 2.0), ValueError, "argument -3, .* called with 0, 1"),
        (lambda: grad(area, "z")(3.0, y=2.0), ValueError, "argument 'z', .* called with 0, 'y'"),
        (lambda: grad(area)(), ValueError, "argument 0, .* called with none"),
        (lambda: grad(area, [0, 0])(3.0, 2.0), ValueError, "argument 0 twice"),
        (lambda: grad(area, [0, -2])(3.0, 2.0), ValueError, "argument -2 twice"),
        (lambda: grad(area, True)(3.0, 2.0), TypeError, "argnums is the position .* not True"),
        (lambda: grad(area, 1.0)(3.0, 2.0), TypeError, "argnums is the position .* not 1.0"),
        (lambda: grad(area, None)(3.0, 2.0), TypeError, "argnums is the position .* not None"),
        (lambda: grad(area)("3", 2.0), TypeError, "argument 0 must be a number.* not str"),
        (
            lambda: grad(lambda w: 0.0)([1.0, {"a": None}]),
            TypeError,
            r"argument 0\[1\]\['a'\] must be a number.* not NoneType",
        ),
        (lambda: grad(wave)(np.array(POINT)), TypeError, r"not ndarray; write \.tolist\(\)"),
        (lambda: grad(lambda x: [x])(1.0), TypeError, "one number, not list; jacobian"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "the result must be .* not NoneType"),
        (
            lambda: jacobian(lambda x: [x, "y"])(1.0),
            TypeError,
            r"the result\[1\] must be .* not str",
        ),
        (lambda: hessian(lambda x: [x])(1.0), TypeError, "one number, not list"),
        (lambda: hvp(lambda x: [x], 1.0, 1.0), TypeError, "one number, not list"),
        (lambda: derivative(lambda x: [x])(1.0), TypeError, "one number, not list"),
        (lambda: derivative(relu)([1.0]), TypeError, "one number, not list; grad"),
        (lambda: derivative(relu, 0), ValueError, "1 or more, not 0"),
        (lambda: derivative(relu, -1), ValueError, "1 or more, not -1"),
        (lambda: derivative(relu, 1.0), ValueError, "whole number, 1 or more, not 1.0"),
        (lambda: derivative(relu, True), ValueError, "whole number, 1 or more, not True"),
        (lambda: derivative(relu, side="up"), ValueError, "'left', 'right' or None, not 'up'"),
        (lambda: derivative(relu, 2, "left"), ValueError, "leave out side, or order"),
        (lambda: jacobian(area, layout="rows"), ValueError, "'denominator', not 'rows'"),
        (lambda: jvp(area, (3.0, 2.0), (1.0,)), ValueError, r"primals: \[\*, \*\], not \[\*\]"),
        (lambda: jvp(area, (3.0, 2.0), 1.0), ValueError, r"primals: \[\*, \*\], not \*"),
        (lambda: jvp(relu, 3.0, "up"), TypeError, "the tangents must be a number.* not str"),
        (lambda: hvp(area, (3.0, 2.0), (1.0,)), ValueError, r"primals: \[\*, \*\], not \[\*\]"),
        (lambda: vjp(area, 3.0, 2.0)[1]([1.0]), ValueError, r"result: \*, not \[\*\]"),
        (lambda: vjp(area, 3.0, 2.0)[1]("1"), TypeError, "the cotangents must be .* not str"),
    ],
)
def test_wrong_input_says_what_was_given_and_what_is_wanted(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_function_that_assigns_data_is_not_differentiated_twice():
    def f(x):
        y = x * x
        x.data = 7.0
        return y

    assert grad(f)(3.0) == 6.0  # of what was recorded
    with pytest.raises(ValueError, match="build the expression again"):
        hessian(f)(3.0)


def test_the_mixed_derivative_of_a_power_at_exponent_0_is_the_same_both_ways():
    rows = hessian(lambda x, y: x**y, [0, 1])(2.0, 0.0)
    assert rows[0][1] == rows[1][0] == 0.5  # d/dy (y 2^(y - 1)) = 2^-1 at y = 0

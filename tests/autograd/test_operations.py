"""The table of operations: values and derivatives against mpmath, kinks, far ends, notation."""

import ast
import math

import mpmath
import pytest
from mpmath import mp

from autograd import Value, ieee, operations
from autograd import functions as F
from autograd.formulas import derivatives, rule_results
from autograd.functions import FUNCTIONS
from autograd.registry import BY_NAME, OPERATIONS, operation

mp.dps = 50

#: The true function, in mpmath's words, and points in its domain away from kinks.
TRUTH = {
    "add": (lambda x, y: x + y, [(1.5, -2.25)]),
    "sub": (lambda x, y: x - y, [(1.5, -2.25)]),
    "mul": (lambda x, y: x * y, [(1.5, -2.25)]),
    "div": (lambda x, y: x / y, [(1.5, -2.25), (1e-300, 3.0)]),
    "pow": (lambda x, y: x**y, [(1.5, -2.25), (2.0, 3.0), (0.1, 0.4), (9.0, 0.5)]),
    "neg": (lambda x: -x, [1.5]),
    "absolute": (abs, [1.5, -2.5]),
    "exp": (mpmath.exp, [-700.0, -1.0, 0.0, 1e-9, 3.0, 700.0]),
    "expm1": (mpmath.expm1, [-30.0, -1e-12, 1e-12, 0.5, 30.0]),
    "ln": (mpmath.log, [1e-300, 0.5, 1 + 1e-12, 20.0, 1e300]),
    "log2": (lambda x: mpmath.log(x) / mpmath.log(2), [1e-300, 0.5, 8.0, 1e300]),
    "log10": (mpmath.log10, [1e-300, 0.5, 1000.0, 1e300]),
    "log1p": (mpmath.log1p, [-0.75, -1e-12, 1e-12, 0.5, 30.0]),
    "sqrt": (mpmath.sqrt, [1e-300, 0.25, 2.0, 1e300]),
    "sin": (mpmath.sin, [-3.0, 1e-9, 0.5, 100.0]),
    "cos": (mpmath.cos, [-3.0, 0.5, 100.0]),
    "tan": (mpmath.tan, [-1.5, 1e-9, 0.5, 1.5]),
    "asin": (mpmath.asin, [-0.99, 1e-9, 0.5, 0.999999]),
    "acos": (mpmath.acos, [-0.99, 1e-9, 0.5, 0.999]),
    "atan": (mpmath.atan, [-100.0, 1e-9, 0.5, 1e10]),
    "sinh": (mpmath.sinh, [-30.0, 1e-9, 0.5, 700.0]),
    "cosh": (mpmath.cosh, [-30.0, 0.5, 700.0]),
    "tanh": (mpmath.tanh, [-30.0, -1.0, 1e-9, 0.5, 18.0, 300.0]),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), [-700.0, -40.0, -1.0, 0.0, 1.0, 40.0]),
    "relu": (lambda x: max(x, mpmath.mpf(0)), [-1.5, 2.5]),
    "leaky_relu": (lambda x, s, z: x if x > 0 else s * x, [(-1.5, 0.1, 1.0), (2.5, 0.1, 1.0)]),
    "elu": (
        lambda x, a: x if x > 0 else a * mpmath.expm1(x),
        [(-1.5, 1.0), (-1e-9, 2.0), (2.5, 1.0)],
    ),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), [-700.0, -20.0, 0.0, 1.0, 20.0, 600.0]),
    "silu": (lambda x: x / (1 + mpmath.exp(-x)), [-30.0, -6.0, -0.5, 0.0, 3.0, 30.0]),
    "swish": (lambda x, b: x / (1 + mpmath.exp(-b * x)), [(-6.0, 1.0), (3.0, 0.0), (2.0, -1.5)]),
    "erf": (mpmath.erf, [-3.0, -0.5, 1e-9, 1.0, 5.0]),
    "gelu": (lambda x: x * mpmath.ncdf(x), [-5.0, -3.0, -0.5, 0.0, 1.0, 6.0]),
    "gelu_tanh": (
        lambda x: (
            x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mp.pi) * (x + mpmath.mpf(0.044715) * x**3)))
        ),
        [-5.0, -2.0, -0.5, 0.0, 1.0, 6.0],
    ),
    "maximum": (max, [(1.5, -2.25), (-2.25, 1.5)]),
    "minimum": (min, [(1.5, -2.25), (-2.25, 1.5)]),
    "clip": (
        lambda x, a, b: min(max(x, a), b),
        [(0.5, -1.0, 1.0), (-3.0, -1.0, 1.0), (3.0, -1.0, 1.0)],
    ),
    "where": (lambda c, x, y: x if c else y, [(1.0, 2.0, 3.0), (0.0, 2.0, 3.0)]),
}
#: Operands in which an operation is not differentiable, or a convention speaks: no derivative here.
NO_DERIVATIVE = {("leaky_relu", 2), ("where", 0)}

BUILT_IN = [entry for entry in OPERATIONS[1:] if entry.rule.__module__ == "autograd.operations"]


FIXED = [entry for entry in BUILT_IN if not entry.variadic]


def points(name):
    return [point if isinstance(point, tuple) else (point,) for point in TRUTH[name][1]]


def test_every_operation_is_tested_here():
    assert {entry.name for entry in FIXED} == set(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_value_and_local_derivatives_against_mpmath(name):
    truth = TRUTH[name][0]
    for point in points(name):
        exact = [mpmath.mpf(number) for number in point]
        operands = [Value(number) for number in point]
        node = FUNCTIONS[name](*operands)
        right = truth(*exact)
        assert abs(node.data - right) <= 1e-14 * abs(right) + 1e-300, point
        for position, derivative in enumerate(node.local_derivatives):
            if (name, position) in NO_DERIVATIVE:
                assert derivative == 0.0
                continue
            orders = tuple(int(i == position) for i in range(len(exact)))
            step = abs(exact[position] or 1) * mpmath.mpf(10) ** -20
            right = mpmath.diff(truth, tuple(exact), orders, h=step)
            tolerance = 1e-13 * abs(right) + mpmath.mpf(10) ** -18 * max(1, abs(node.data))
            assert abs(derivative - right) <= tolerance, (point, position)


@pytest.mark.parametrize("entry", FIXED, ids=lambda entry: entry.name)
def test_the_printed_derivatives_are_the_computed_ones(entry):
    names = {**vars(operations), **FUNCTIONS, "pi": math.pi, "math": math}
    for point in points(entry.name):
        if any(abs(number) > 100 for number in point):
            continue  # textbook forms overflow or cancel there; the rules do not
        value, *right = entry.rule(*point)
        given = {**dict(zip(entry.operands, point, strict=True)), "out": value}
        for formula, number in zip(derivatives(entry), right, strict=False):
            code = compile(ast.Expression(formula), entry.name, "eval")
            shown = eval(code, names, given)
            assert shown == pytest.approx(number, rel=1e-6, abs=1e-12), point


@pytest.mark.parametrize("entry", FIXED, ids=lambda entry: entry.name)
def test_every_rule_is_straight_line_python(entry):
    assert len(rule_results(entry)) == 1 + entry.arity


@pytest.mark.parametrize(
    ("function", "point", "value", "gradient"),
    [
        (F.relu, 0.0, 0.0, 0.0),
        (F.relu, -0.0, 0.0, 0.0),
        (F.absolute, 0.0, 0.0, 0.0),
        (F.leaky_relu, 0.0, 0.0, 1.0),
        (lambda x: F.leaky_relu(x, 0.1, 0.1), 0.0, 0.0, 0.1),
        (lambda x: F.clip(x, 0, 1), 0.0, 0.0, 1.0),
        (lambda x: F.clip(x, 0, 1), 1.0, 1.0, 1.0),
        (lambda x: x**0, 0.0, 1.0, 0.0),
        (lambda x: x**1, 0.0, 0.0, 1.0),
        (lambda x: x**2, 0.0, 0.0, 0.0),
        (F.elu, 0.0, 0.0, 1.0),
    ],
)
def test_conventions_at_kinks_and_at_zero(function, point, value, gradient):
    x = Value(point)
    root = function(x)
    root.backward()
    assert (root.data, x.grad) == (value, gradient)
    assert math.copysign(1, root.data) == math.copysign(1, value)


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_a_tie_is_shared_evenly(function):
    x, y = Value(2.0), Value(2.0)
    function(x, y).backward()
    assert (x.grad, y.grad) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("base", "exponent", "by_base", "by_exponent"),
    [
        (-2.0, 3.0, 12.0, math.nan),  # a negative base: no derivative by the exponent
        (0.0, 2.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
    ],
)
def test_power_conventions(base, exponent, by_base, by_exponent):
    node = Value(base) ** Value(exponent)
    assert node.local_derivatives == pytest.approx((by_base, by_exponent), nan_ok=True)


def test_x_to_a_half_at_zero_has_an_infinite_derivative():
    assert (Value(0.0) ** 0.5).local_derivatives == (math.inf,)


ONE_OPERAND = [entry.name for entry in BUILT_IN if entry.arity - len(entry.defaults) == 1]


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_nan_goes_in_and_nan_comes_out_in_value_and_derivative(name):
    x = Value(math.nan)
    node = FUNCTIONS[name](x)
    assert math.isnan(node.data)
    if name != "neg":
        assert math.isnan(node.local_derivatives[0]), node.local_derivatives


@pytest.mark.parametrize(
    ("function", "point", "value", "derivative"),
    [
        (F.tanh, 1000.0, 1.0, 0.0),
        (F.tanh, -1000.0, -1.0, 0.0),
        (F.sigmoid, 1000.0, 1.0, 0.0),
        (F.sigmoid, -1000.0, 0.0, 0.0),
        (F.softplus, 1000.0, 1000.0, 1.0),
        (F.softplus, -1000.0, 0.0, 0.0),
        (F.silu, 1e308, 1e308, 1.0),
        (F.silu, -1e308, 0.0, 0.0),
        (F.gelu, 1e308, 1e308, 1.0),
        (F.gelu, -1e308, 0.0, 0.0),
        (F.gelu_tanh, 1e308, 1e308, 1.0),
        (F.gelu_tanh, -1e308, 0.0, 0.0),
        (F.atan, 1e308, math.pi / 2, 0.0),
        (F.erf, 1e308, 1.0, 0.0),
    ],
)
def test_far_ends_do_not_overflow(function, point, value, derivative):
    node = function(Value(point))
    assert (node.data, *node.local_derivatives) == (value, derivative)


def test_every_function_of_one_argument_is_a_method_too():
    for name in ONE_OPERAND:
        if BY_NAME[name].is_called:
            assert getattr(Value(0.5), name)().data == FUNCTIONS[name](0.5)
    assert Value(0.5).log().op == "ln"
    assert Value(-2.0).leaky_relu(negative_slope=0.5).data == -1


def test_a_function_on_plain_numbers_returns_a_float():
    for name, function in FUNCTIONS.items():
        arity = BY_NAME[name].arity
        assert type(function(*[0.5] * arity)) is float


def test_wrong_calls_say_what_was_expected():
    with pytest.raises(TypeError, match="leaky_relu.* 'slope' is none of its arguments"):
        F.leaky_relu(Value(1.0), slope=0.1)
    with pytest.raises(TypeError, match=r"clip\(x, low, high\) is missing high"):
        F.clip(Value(1.0), 0)
    with pytest.raises(TypeError, match="takes 3 arguments, but 4 were given"):
        F.clip(Value(1.0), 0, 1, 2)
    with pytest.raises(TypeError, match="'x' was given twice"):
        F.clip(Value(1.0), 0, 1, x=3)
    with pytest.raises(TypeError, match="str"):
        F.exp("1")
    with pytest.raises(TypeError, match="str"):
        F.maximum(Value(1.0), "1")


def test_trailing_defaults_are_not_operands():
    x = Value(-2.0)
    assert F.leaky_relu(x).operands == (x,)
    assert F.leaky_relu(x, 0.1).operands == (x, 0.1)
    assert F.leaky_relu(x, 0.1, 0.5).operands == (x, 0.1, 0.5)


def test_parameters_of_a_function_can_be_values():
    x, beta = Value(2.0), Value(0.0)
    node = F.swish(x, beta)
    assert node.data == 1.0  # beta = 0 halves x
    assert node.local_derivatives == (0.5, 1.0)  # x^2 s (1 - s) = 4/4


def test_a_name_can_be_entered_once():
    def relu(x):
        return x, 1.0

    with pytest.raises(ValueError, match="'relu' exists already"):
        operation(relu)


def test_public_names_do_not_hide_pythons_own():
    assert not {"abs", "max", "min", "pow", "sum"} & set(F.__all__)
    assert {"exp", "ln", "log", "relu", "absolute", "maximum", "where"} <= set(F.__all__)


def test_ieee_answers_are_those_of_c():
    with ieee():
        assert F.ln(-0.0) == -math.inf
        assert F.log1p(-1) == -math.inf
        assert math.isnan(F.asin(2))
        assert math.isnan(F.sin(math.inf))
        assert F.sinh(-1000) == -math.inf
        assert F.cosh(-1000) == math.inf
        assert (Value(-10.0) ** 401).data == -math.inf
        assert (Value(-10.0) ** 400).data == math.inf
        assert (Value(-0.0) ** -1).data == -math.inf
        assert (1 / Value(-0.0)).data == -math.inf
        assert math.isnan((Value(0.0) / 0.0).data)
        assert math.isnan((Value(-2.0) ** 0.5).data)

"""The table of operations: values and derivatives against mpmath, kinks, far ends, notation."""

import ast
import math
import os
from dataclasses import replace
from itertools import combinations_with_replacement

import pytest

from autograd import Value, derivative, gradients, hessian, ieee, operations
from autograd import functions as F
from autograd.formulas import derivatives, rule_results
from autograd.functions import FUNCTIONS
from autograd.registry import BY_NAME, OPERATIONS, operation
from benchmarks import exactness
from benchmarks.exactness import error_in_ulps, points_of, worst_errors
from benchmarks.truths import CASES, mp

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
POINTS = 10_000 if LONG else 250

#: Where each operation is differentiated three times: away from kinks.
SMOOTH = {
    "add": [(1.5, -2.25)],
    "sub": [(1.5, -2.25)],
    "mul": [(1.5, -2.25)],
    "div": [(1.5, -2.25)],
    "pow": [(1.5, -2.25), (2.0, 3.0), (0.1, 0.4), (9.0, 0.5)],
    "neg": [1.5],
    "identity": [1.5],
    "absolute": [1.5, -2.5],
    "exp": [-1.0, 0.0, 3.0],
    "expm1": [-30.0, 0.0, 0.5],
    "ln": [0.5, 1.0, 20.0],
    "log2": [0.5, 8.0],
    "log10": [0.5, 1000.0],
    "log1p": [-0.75, 0.0, 30.0],
    "sqrt": [0.25, 2.0],
    "sin": [-3.0, 0.0, 0.5],
    "cos": [-3.0, 0.0, 0.5],
    "tan": [-1.5, 0.0, 0.5],
    "asin": [-0.9, 0.0, 0.5],
    "acos": [-0.9, 0.0, 0.5],
    "atan": [-10.0, 0.0, 0.5, 3.0],
    "sinh": [-3.0, 0.0, 0.5],
    "cosh": [-3.0, 0.0, 0.5],
    "tanh": [-1.0, 0.0, 0.5, 5.0],
    "sech2": [-1.0, 0.0, 0.5, 5.0],
    "sigmoid": [-5.0, 0.0, 1.0],
    "sigmoid_slope": [-5.0, 0.0, 1.0],
    "relu": [-1.5, 2.5],
    "leaky_relu": [(-1.5, 0.1, 1.0), (2.5, 0.1, 1.0)],
    "elu": [(-1.5, 1.0), (-0.5, 2.0), (2.5, 1.0)],
    "softplus": [-5.0, 0.0, 1.0],
    "silu": [-6.0, -0.5, 0.0, 3.0],
    "swish": [(-6.0, 1.0), (3.0, 0.0), (0.0, 2.0), (2.0, -1.5)],
    "erf": [-3.0, 0.0, 1.0],
    "gaussian": [-3.0, 0.0, 1.0],
    "normal_pdf": [-3.0, 0.0, 1.0],
    "normal_cdf": [-3.0, 0.0, 1.0],
    "gelu": [-5.0, -0.5, 0.0, 1.0],
    "gelu_tanh": [-2.0, -0.5, 0.0, 1.0],
    "maximum": [(1.5, -2.25), (-2.25, 1.5)],
    "minimum": [(1.5, -2.25), (-2.25, 1.5)],
    "clip": [(0.5, -1.0, 1.0), (-3.0, -1.0, 1.0), (3.0, -1.0, 1.0)],
    "where": [(1.0, 2.0, 3.0), (0.0, 2.0, 3.0)],
    "total": [(0.5, -1.5, 2.0)],
    "mean": [(0.5, -1.5, 2.0)],
    "dot": [(0.5, -1.5, 2.0, 3.0), (0.5, 2.0, 3.0)],
    "logsumexp": [(0.3,), (0.5, -1.5, 2.0), (1.0, 1.0)],
    "softmax": [(0.3,), (0.5, -1.5, 2.0), (1.0, 1.0)],
    "log_softmax": [(0.3,), (0.5, -1.5, 2.0), (1.0, 1.0)],
}
#: Operands by which a derivative is a convention only.
NO_DERIVATIVE = {("leaky_relu", 2), ("where", 0)}

BUILT_IN = [entry for entry in OPERATIONS[1:] if entry.rule.__module__ == "autograd.operations"]
FIXED = [entry for entry in BUILT_IN if not entry.variadic]
TRUTHS = {case.name: case.truth for case in CASES}
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def points(name):
    return [point if isinstance(point, tuple) else (point,) for point in SMOOTH[name]]


def sum_of_terms(truth):
    return mp.fsum(truth) if isinstance(truth, list) else mp.mpf(truth)


# ---- exactness ----------------------------------------------------------------------------------


def test_every_operation_is_tested_here():
    names = {entry.name for entry in BUILT_IN}
    assert names == set(SMOOTH) == {case.name for case in CASES}


@by_name
def test_values_and_local_derivatives_are_within_the_limit(case):
    for worst in worst_errors(case, points_of(case, POINTS, seed=1)):
        assert worst.is_within, (worst, [number.hex() for number in worst.point])


@by_name
def test_the_truths_are_right_to_50_digits(case):
    for point in points_of(case, POINTS // 10, seed=2):
        exact = [mp.mpf(number) for number in point]
        truths = case.truth(*exact)
        with mp.workdps(200):
            for truth, finer in zip(truths, case.truth(*exact), strict=True):
                if truth is None or not mp.isfinite(sum_of_terms(truth)):
                    continue
                terms = truth if isinstance(truth, list) else [truth]
                largest = max(map(abs, terms))
                error = abs(sum_of_terms(truth) - sum_of_terms(finer))
                assert error <= largest * mp.mpf(10) ** -50, point


@pytest.mark.parametrize(
    ("computed", "true", "ulps"),
    [
        (1.0 + 2.0**-52, 1, 1.0),
        (1.0 - 2.0**-53, 1, 0.5),  # below 1 floats are twice as dense; the ulp is that of 1
        (1e-323, 0, 2.0),  # two steps of 5e-324
        (math.inf, mp.mpf(10) ** 400, 0.0),
        (1.7976931348623157e308, mp.mpf(2) ** 1024, 1.0),
        (math.nan, 1, math.inf),
        (0.0, [mp.mpf(1), mp.mpf(-1) + mp.mpf(2) ** -60], 2.0**-8),  # 2^-60 in ulps of 1
    ],
)
def test_errors_are_counted_in_ulps_of_the_truth_or_its_largest_term(computed, true, ulps):
    assert error_in_ulps(computed, true if isinstance(true, list) else mp.mpf(true)) == ulps


def test_the_benchmark_prints_a_table_of_80_columns_and_writes_it(tmp_path, monkeypatch, capsys):
    document = tmp_path / "exactness.md"
    document.write_text("above\n<!-- table -->\nold\n<!-- end of table -->\nbelow\n")
    monkeypatch.setattr(exactness, "DOCUMENT", document)
    assert exactness.main(["--points", "12", "--seed", "3", "--write"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    written = document.read_text()
    assert written.startswith("above\n")
    assert written.endswith("\nbelow\n")
    assert "| softmax | value |" in written
    assert "old" not in written


def test_the_benchmark_fails_where_an_error_is_over_its_limit(monkeypatch, capsys):
    (sine,) = [case for case in CASES if case.name == "sin"]
    monkeypatch.setattr(exactness, "CASES", [replace(sine, limit=0)])
    assert exactness.main(["--points", "12"]) == 1
    assert "over" in capsys.readouterr().out


# ---- derivatives of derivatives -----------------------------------------------------------------


def mixed_partial(name, point, positions):
    """The derivative by the operands at these positions, one after the other."""
    operands = [Value(number) for number in point]
    node = FUNCTIONS[name](*operands)
    for position in positions:
        node = gradients(node, operands[position])[0]
    return node.data


@pytest.mark.parametrize("name", SMOOTH)
def test_all_derivatives_to_third_order_against_numerical_ones(name):
    def value(*exact):
        return sum_of_terms(TRUTHS[name](*exact)[0])

    for point in points(name):
        differentiable = [i for i in range(len(point)) if (name, i) not in NO_DERIVATIVE]
        for order in (1, 2, 3):
            for positions in combinations_with_replacement(differentiable, order):
                orders = tuple(positions.count(i) for i in range(len(point)))
                right = mp.diff(value, tuple(map(mp.mpf, point)), orders)
                found = mixed_partial(name, point, positions)
                assert found == pytest.approx(float(right), rel=1e-10, abs=1e-13), (point, orders)


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (F.relu, 0.0),
        (F.absolute, 0.0),
        (F.leaky_relu, 0.0),
        (lambda x: F.leaky_relu(x, 0.1, 0.5), 0.0),
        (lambda x: F.clip(x, 0, 1), 0.0),
        (lambda x: F.clip(x, 0, 1), 1.0),
        (lambda x: F.maximum(x, 1.0), 1.0),
        (lambda x: F.minimum(x, 1.0), 1.0),
        (lambda x: F.where(x, x, 0.0), 0.0),
    ],
)
def test_second_derivatives_at_kinks_are_0(function, point):
    assert derivative(function, order=2)(point) == 0.0


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_second_derivatives_at_a_tie_are_0(function):
    assert hessian(lambda v: function(v[0], v[1]))([2.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


# ---- the entries --------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_the_printed_derivatives_are_the_computed_ones(entry):
    names = {**vars(operations), **FUNCTIONS, "pi": math.pi, "math": math}
    for point in points(entry.name):
        node = FUNCTIONS[entry.name](*[Value(number) for number in point])
        given = {**dict(zip(entry.operand_names(len(point)), point, strict=True)), "out": node.data}
        formulas = derivatives(entry, len(point))
        for formula, number in zip(formulas, node.local_derivatives, strict=True):
            code = compile(ast.Expression(formula), entry.name, "eval")
            shown = eval(code, names, given)
            assert shown == pytest.approx(number, rel=1e-6, abs=1e-12), point


@pytest.mark.parametrize("entry", FIXED, ids=lambda entry: entry.name)
def test_every_rule_is_straight_line_python(entry):
    assert len(rule_results(entry)) == 1 + entry.arity


# ---- kinks and far ends -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "point", "value", "gradient"),
    [
        (F.relu, 0.0, 0.0, 0.0),
        (F.relu, -0.0, 0.0, 0.0),
        (F.absolute, 0.0, 0.0, 0.0),
        (F.absolute, -0.0, 0.0, 0.0),
        (F.leaky_relu, 0.0, 0.0, 1.0),
        (lambda x: F.leaky_relu(x, 0.1, 0.1), 0.0, 0.0, 0.1),
        (lambda x: F.clip(x, 0, 1), 0.0, 0.0, 1.0),
        (lambda x: F.clip(x, 0, 1), 1.0, 1.0, 1.0),
        (lambda x: x**0, 0.0, 1.0, 0.0),
        (lambda x: x**1, 0.0, 0.0, 1.0),
        (lambda x: x**2, 0.0, 0.0, 0.0),
        (F.elu, 0.0, 0.0, 1.0),
        (lambda x: F.elu(x, 2.0), 0.0, 0.0, 2.0),
        (lambda x: F.where(x, 3.0, 4.0), 0.0, 4.0, 0.0),
        (lambda x: F.where(-0.0, 3.0, x), 5.0, 5.0, 1.0),
        (lambda x: F.where(math.nan, x, 4.0), 5.0, 5.0, 1.0),  # nan is not 0
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
    node = function(x, y)
    node.backward()
    assert (node.data, x.grad, y.grad) == (2.0, 0.5, 0.5)


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_a_nan_beside_a_number_is_not_passed_over(function):
    for pair in [(math.nan, 1.0), (1.0, math.nan)]:
        node = function(*map(Value, pair))
        assert all(map(math.isnan, [node.data, *node.local_derivatives]))


def test_clip_with_crossed_borders_is_the_upper_one():
    x, low, high = Value(3.0), Value(5.0), Value(1.0)
    node = F.clip(x, low, high)
    assert node.data == 1.0  # min(max(3, 5), 1), as PyTorch's clamp
    assert node.local_derivatives == (0.0, 0.0, 1.0)
    assert F.clip(0, 5, 1) == F.clip(9, 5, 1) == 1.0


def test_clip_on_a_border_is_inside():
    for border in (0.0, 1.0):
        node = F.clip(*map(Value, (border, 0.0, 1.0)))
        assert (node.data, *node.local_derivatives) == (border, 1.0, 0.0, 0.0)


def test_relu_returns_a_float_for_a_whole_number():
    assert [type(F.relu(number)) for number in (-2, 0, 2)] == [float] * 3


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


@pytest.mark.parametrize("function", [lambda x: x**0.5, F.sqrt])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_root_at_zero_has_an_infinite_derivative(function, zero):
    root = function(Value(zero))
    assert root.local_derivatives == (math.inf,)
    with pytest.raises(ArithmeticError, match="inf"):
        root.backward()


def test_the_derivative_of_exp_is_its_result_and_not_its_operand():
    node = F.exp(Value(0.5))
    assert node.local_derivatives == (node.data,) == (1.6487212707001282,)  # sqrt(e)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: F.exp(x + 1000), OverflowError, "exp"),
        (lambda x: F.ln(x), ValueError, "x = 0"),
        (lambda x: F.ln(x - 1), ValueError, "-1"),
        (lambda x: 1 / x, ZeroDivisionError, "x = 0"),
        (lambda x: x**-1, ZeroDivisionError, "x = 0"),
        (lambda x: (x - 2) ** 0.5, ValueError, "-2"),
    ],
)
def test_where_there_is_no_value_the_error_is_pythons_and_names_the_operand(call, error, words):
    with pytest.raises(error, match=words):
        call(Value(0.0, label="x"))


ONE_OPERAND = [entry.name for entry in BUILT_IN if entry.arity - len(entry.defaults) == 1]


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_nan_goes_in_and_nan_comes_out_in_value_and_derivative(name):
    x = Value(math.nan)
    node = FUNCTIONS[name](x)
    assert math.isnan(node.data)
    if name not in ("neg", "identity"):
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


#: The limits of value and derivative at inf and at -inf, where there are any.
AT_INFINITY = {
    "tanh": [(1.0, 0.0), (-1.0, 0.0)],
    "sech2": [(0.0, 0.0), (0.0, 0.0)],
    "sigmoid": [(1.0, 0.0), (0.0, 0.0)],
    "sigmoid_slope": [(0.0, 0.0), (0.0, 0.0)],
    "relu": [(math.inf, 1.0), (0.0, 0.0)],
    "leaky_relu": [(math.inf, 1.0), (-math.inf, 0.01)],
    "elu": [(math.inf, 1.0), (-1.0, 0.0)],
    "softplus": [(math.inf, 1.0), (0.0, 0.0)],
    "silu": [(math.inf, 1.0), (0.0, 0.0)],
    "swish": [(math.inf, 1.0), (0.0, 0.0)],
    "erf": [(1.0, 0.0), (-1.0, 0.0)],
    "gaussian": [(0.0, 0.0), (0.0, 0.0)],
    "normal_pdf": [(0.0, 0.0), (0.0, 0.0)],
    "normal_cdf": [(1.0, 0.0), (0.0, 0.0)],
    "gelu": [(math.inf, 1.0), (0.0, 0.0)],
    "gelu_tanh": [(math.inf, 1.0), (0.0, 0.0)],
}


@pytest.mark.parametrize("name", AT_INFINITY)
def test_infinities_go_in_and_limits_come_out(name):
    for infinity, expected in zip((math.inf, -math.inf), AT_INFINITY[name], strict=True):
        node = FUNCTIONS[name](Value(infinity))
        assert (node.data, *node.local_derivatives) == expected


def test_softmax_of_logits_a_thousand_apart():
    low, high = F.softmax([Value(-1000.0), Value(1000.0)])
    assert (low.data, high.data) == (0.0, 1.0)
    assert [x.data for x in F.log_softmax([Value(-1000.0), Value(1000.0)])] == [-2000.0, 0.0]
    assert F.logsumexp([Value(-1000.0), Value(-1000.0)]).data == math.log(2.0) - 1000.0


def test_softmax_of_one_class_is_1_whatever_its_logit():
    for logit in (-1000.0, 0.0, 1000.0):
        (share,) = F.softmax([Value(logit)])
        assert (share.data, share.local_derivatives) == (1.0, (0.0,))
        (logarithm,) = F.log_softmax([Value(logit)])
        assert (logarithm.data, logarithm.local_derivatives) == (0.0, (0.0,))
        assert F.logsumexp([Value(logit)]).data == logit


def test_a_class_that_is_ruled_out_has_no_share():
    node = F.logsumexp([Value(-math.inf), Value(2.0)])
    assert (node.data, node.local_derivatives) == (2.0, (0.0, 1.0))
    assert [share.data for share in F.softmax([Value(-math.inf), Value(2.0)])] == [0.0, 1.0]
    assert F.logsumexp([Value(-math.inf)]).data == -math.inf  # ln 0


def test_every_function_of_one_argument_is_a_method_too():
    for name in ONE_OPERAND:
        if BY_NAME[name].is_called:
            assert getattr(Value(0.5), name)().data == FUNCTIONS[name](0.5)
    assert Value(0.5).log().op == "ln"
    assert Value(-2.0).leaky_relu(negative_slope=0.5).data == -1


def test_a_function_on_plain_numbers_returns_a_float():
    for name, function in FUNCTIONS.items():
        arity = BY_NAME[name].arity or 3
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

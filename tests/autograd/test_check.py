"""Numerical derivatives, and gradcheck: what it finds right, wrong, and a kink."""

import inspect
import math

import pytest

from autograd import Value, exp, functions, ieee, ln, no_grad, relu, sigmoid, sqrt, tanh, where
from autograd.check import GradientReport, gradcheck, numerical_gradient
from autograd.functions import CALLABLE, FUNCTIONS, make_function
from autograd.modes import tracing
from autograd.registry import BY_NAME, OPERATIONS, operation

#: Points in the operations' domains, away from kinks, at far ends and near borders.
POINTS = {
    "add": [(1.5, -2.25)],
    "sub": [(1.5, -2.25)],
    "mul": [(1.5, -2.25), (1e8, 1e-8)],
    "div": [(1.5, -2.25), (1e-300, 3.0)],
    "pow": [(1.5, -2.25), (0.1, 0.4), (9.0, 0.5)],
    "neg": [1.5],
    "absolute": [1.5, -2.5],
    "exp": [-700.0, 0.0, 3.0, 700.0],
    "expm1": [-30.0, -1e-12, 30.0],
    "ln": [1e-300, 1e-9, 0.5, 1e300],
    "log2": [1e-300, 0.5, 8.0],
    "log10": [1e-300, 0.5, 1000.0],
    "log1p": [-1 + 1e-7, -0.75, 1e-12, 30.0],
    "sqrt": [1e-300, 0.25, 1e300],
    "sin": [-3.0, 1e-9, 100.0],
    "cos": [-3.0, 0.0, 100.0],
    "tan": [-1.5, 1e-9, 0.5],
    "asin": [-0.99, 0.5, 0.999999],
    "acos": [-0.99, 0.5, 0.999999],
    "atan": [-100.0, 1e-9, 1e10],
    "sinh": [-30.0, 1e-9, 700.0],
    "cosh": [-30.0, 0.5, 700.0],
    "tanh": [-30.0, -1.0, 0.0, 18.0],
    "sigmoid": [-700.0, -1.0, 0.0, 40.0],
    "relu": [-1.5, 2.5, 1e-9],
    "leaky_relu": [(-1.5, 0.1), (2.5, 0.1)],
    "elu": [(-1.5, 1.0), (-1e-9, 2.0), (2.5, 1.0)],
    "softplus": [-700.0, 0.0, 600.0],
    "silu": [-30.0, 0.0, 3.0],
    "swish": [(-6.0, 1.0), (3.0, 0.0), (2.0, -1.5)],
    "erf": [-3.0, 1e-9, 5.0],
    "gelu": [-5.0, 0.0, 6.0],
    "gelu_tanh": [-5.0, 0.0, 6.0],
    "maximum": [(1.5, -2.25), (-2.25, 1.5)],
    "minimum": [(1.5, -2.25), (-2.25, 1.5)],
    "clip": [(0.5, -1.0, 1.0), (-3.0, -1.0, 1.0), (3.0, -1.0, 1.0)],
    "where": [(1.0, 2.0, 3.0), (-1.0, 2.0, 3.0)],
}
FIXED = [entry for entry in OPERATIONS[1:] if not entry.variadic]


def verdicts(report):
    return [row.verdict for row in report.rows]


# ---- numerical gradients ------------------------------------------------------------------------


def test_the_homeworks_difference_of_a_cube():
    # ((2.001)^3 - (1.999)^3) / 0.002 = (6 * 4 * 0.001 + 2 * 1e-9) / 0.002 = 12.000001
    slope = numerical_gradient(lambda x: x**3, 2.0, eps=0.001)
    assert f"{slope:.8g}" == "12.000001"


@pytest.mark.parametrize(
    ("method", "error"), [("central", 1e-9), ("forward", 1e-6), ("richardson", 1e-12)]
)
def test_each_method_finds_the_slope_of_exp_as_well_as_it_says(method, error):
    assert numerical_gradient(exp, 1.0, method=method) == pytest.approx(math.e, abs=error)


def test_forward_looks_forward():
    # ((2 + 0.5)^2 - 2^2) / 0.5 = 4.5
    assert numerical_gradient(lambda x: x**2, 2.0, eps=0.5, method="forward") == 4.5


def test_richardson_is_exact_for_a_polynomial_of_degree_four():
    # d/dx x^4 = 32 at 2; the central difference alone is 32 + 4 * 2 * 0.25^2 = 32.5
    f = lambda x: x * x * x * x  # noqa: E731
    assert numerical_gradient(f, 2.0, eps=0.25) == 32.5
    assert numerical_gradient(f, 2.0, eps=0.25, method="richardson") == pytest.approx(32, rel=1e-14)


def test_the_step_is_the_one_that_was_really_taken():
    # 2^30 + 1e-7 is the float 2^30 + 2^-23: with 1e-7 for the step the slope would be 1.19
    assert numerical_gradient(lambda x: x * 1, 2.0**30, eps=1e-7) == 1.0


def test_results_have_the_shape_of_the_inputs():
    assert numerical_gradient(lambda x: 2 * x, 1) == pytest.approx(2)
    listed = numerical_gradient(lambda w, x: w[0][0] * x + w[0][1], [[[2, 3]], Value(5.0)])
    assert listed == [[[pytest.approx(5), pytest.approx(1)]], pytest.approx(2)]
    named = numerical_gradient(lambda x, p: x * p["a"], {"x": (2.0), "p": {"a": 3}})
    assert named == {"x": pytest.approx(3), "p": {"a": pytest.approx(2)}}
    assert type(numerical_gradient(lambda x, y: x * y, (1.0, 2.0))) is tuple


def test_a_list_is_the_one_argument_of_a_function_of_one():
    squares = numerical_gradient(lambda xs: sum(x * x for x in xs), [1.0, 2.0, 3.0])
    assert squares == pytest.approx([2, 4, 6])
    assert numerical_gradient(lambda *xs: xs[0] * xs[1], [2.0, 3.0]) == pytest.approx([3, 2])


def test_functions_and_methods_both_work_and_no_graph_is_kept():
    seen = []

    def f(x):
        seen.append(x.exp() + exp(x))
        return seen[-1]

    assert numerical_gradient(f, 0.0) == pytest.approx(2)
    assert all(node.operands == () for node in seen)


def test_a_function_of_numbers_alone_is_a_function_too():
    assert numerical_gradient(lambda x: 3 * x.data, 1.0) == pytest.approx(3)


def test_near_the_border_of_the_domain_the_step_is_shortened():
    assert numerical_gradient(ln, 1e-9) == pytest.approx(1e9, rel=1e-4)
    assert numerical_gradient(lambda x: ln(x - 1), 1 + 2**-30) == pytest.approx(2**30, rel=1e-4)
    assert numerical_gradient(ln, 1e-300, method="richardson") == pytest.approx(1e300, rel=1e-9)


def test_on_the_border_the_inner_side_is_taken():
    # (sqrt(0.01) - 0) / 0.01 = 10; to the left of 0 there is nothing
    assert numerical_gradient(sqrt, 0.0, eps=0.01) == pytest.approx(10)
    # (1 - (1 - 0.5)^1.5) / 0.5 for -(1-x)^1.5 + 1 at 1: the inner side is the left one
    f = lambda x: -((1 - x) ** 1.5)  # noqa: E731
    assert numerical_gradient(f, 1.0, eps=0.25, method="forward") == pytest.approx(0.5)


def test_no_side_is_an_error_that_names_the_input():
    with pytest.raises(ValueError, match=r"on either side of y = 3"):
        numerical_gradient(lambda x, y: x**y, [-2.0, 3.0])


def test_undefined_values_count_as_outside_also_without_exceptions():
    with ieee():
        slope = numerical_gradient(lambda x: x * sqrt(x), 0.0, eps=0.25)
    assert slope == 0.5  # sqrt(0.25)


@pytest.mark.parametrize("eps", [0.0, -0.1, math.inf, math.nan])
def test_a_step_that_is_none_is_refused(eps):
    with pytest.raises(ValueError, match="positive finite number"):
        numerical_gradient(exp, 1.0, eps=eps)


def test_methods_are_listed_for_one_that_does_not_exist():
    with pytest.raises(ValueError, match="central, forward, richardson, not 'backward'"):
        numerical_gradient(exp, 1.0, method="backward")


@pytest.mark.parametrize("check", [numerical_gradient, gradcheck])
def test_a_result_that_is_no_number_is_refused(check):
    with pytest.raises(TypeError, match="f must return a Value or a number, not list"):
        check(lambda x: [x], 1.0)


# ---- gradcheck: right and wrong -----------------------------------------------------------------


@pytest.mark.parametrize("entry", FIXED, ids=lambda entry: entry.name)
def test_every_operation_is_right(entry):
    somewhere = [(0.75, -0.5, 1.25)[: entry.arity], (-2.5, 1.5, -0.5)[: entry.arity]]
    for point in POINTS.get(entry.name, somewhere):
        operands = point if isinstance(point, tuple) else (point,)
        report = gradcheck(lambda *xs: FUNCTIONS[entry.name](*xs), operands)
        assert set(verdicts(report)) == {"right"}, report
        nodes = gradcheck(FUNCTIONS[entry.name](*[Value(number) for number in operands]))
        assert set(verdicts(nodes)) == {"right"}, nodes


def test_the_operations_of_many_operands_are_right():
    def f(xs):
        return functions.dot(xs[:2], xs[2:4], xs[4]) * functions.mean(xs) + functions.total(xs)

    numbers = [1.0, -2.0, 3.0, 0.5, 7.0]
    assert verdicts(gradcheck(f, numbers)) == ["right"] * 5
    assert set(verdicts(gradcheck(f, numbers, per_node=True))) == {"right"}


def slipped(x):
    """x squared; its derivative is off in the fourth digit."""
    return x * x, 2.0005 * x


@pytest.fixture
def wrong_square():
    """The operation with the slip, entered for one test."""
    before = len(OPERATIONS)
    yield make_function(operation(slipped))
    for entry in OPERATIONS[before:]:
        del BY_NAME[entry.name], FUNCTIONS[entry.name], CALLABLE[entry.name]
    del OPERATIONS[before:]
    del Value.slipped


def test_a_slip_in_the_fourth_digit_is_found(wrong_square):
    report = gradcheck(lambda x, y: wrong_square(x) + y, [3.0, 1.0])
    assert not report
    assert verdicts(report) == ["wrong", "right"]
    assert report.outcome == "1 of 2 agree; wrong: x"
    assert report.rows[0].numeric == pytest.approx(6)


def test_the_operation_at_fault_is_named_and_nothing_else(wrong_square):
    def f(x, y):
        h = wrong_square(x * y)
        h.label = "h"
        return tanh(exp(y) * h / 10) + sigmoid(h)

    assert verdicts(gradcheck(f, [0.5, 1.0])) == ["wrong", "wrong"]
    report = gradcheck(f, [0.5, 1.0], per_node=True)
    (row,) = report.of("wrong")
    assert (row.name, row.op, row.operand) == ("h", "slipped", "x")
    assert report.outcome == "10 of 11 agree; wrong: h (slipped by x)"
    recorded = gradcheck(f(Value(0.5), Value(1.0)))
    assert [row.title for row in recorded.of("wrong")] == ["h (slipped by x)"]


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_slip_is_found_and_right_is_right_at_any_scale(wrong_square, scale):
    assert verdicts(gradcheck(lambda x: scale * exp(x), 0.7)) == ["right"]
    assert verdicts(gradcheck(lambda x: scale * wrong_square(x), 0.7)) == ["wrong"]


def test_rounding_of_large_values_accuses_nobody(wrong_square):
    assert verdicts(gradcheck(lambda x: 1e8 + x * x, 3.0)) == ["right"]
    assert verdicts(gradcheck(lambda x: (1e8 + x * x) - 1e8, 3.0)) == ["right"]
    assert verdicts(gradcheck(lambda x: 1e8 + wrong_square(x), 3.0)) == ["wrong"]


def test_a_steep_function_gets_a_shorter_step():
    # d/dx tanh(1e5 x) = 1e5 at 0
    (row,) = gradcheck(lambda x: tanh(1e5 * x), 0.0).rows
    assert (row.verdict, row.analytic) == ("right", 1e5)
    assert row.tolerance < 1.0


def test_a_calculation_cut_from_the_graph_is_wrong():
    report = gradcheck(lambda x: x * x.data, 3.0)
    assert (report.rows[0].analytic, report.rows[0].verdict) == (3.0, "wrong")


def test_a_gradient_that_is_nan_where_there_is_a_slope_is_wrong():
    # sqrt(x)^2 is x, its derivative at 0 is 1; the chain rule says 0 * inf
    report = gradcheck(lambda x: sqrt(x) ** 2, 0.0)
    assert (report.rows[0].verdict, report.rows[0].right) == ("wrong", pytest.approx(1))


def test_a_slope_that_has_hardly_a_limit_is_not_judged():
    # x^1.2 has slope 0 at 0, x^0.95 an infinite one; with h for x the quotients are h^0.2, h^-0.05
    assert verdicts(gradcheck(lambda x: x**1.2, 0.0)) == ["kink"]
    assert verdicts(gradcheck(lambda x: x**0.95, 0.0)) == ["kink"]
    assert verdicts(gradcheck(lambda x: x**3.5, 0.0)) == ["right"]


def test_an_infinite_slope_at_the_border_is_right():
    (row,) = gradcheck(sqrt, 0.0).rows
    assert (row.analytic, row.numeric, row.verdict) == (math.inf, math.inf, "right")


def test_an_input_that_f_does_not_use_has_gradient_zero():
    assert [row.analytic for row in gradcheck(lambda x, y: x * 2, [1.0, 2.0]).rows] == [2.0, 0.0]
    assert verdicts(gradcheck(lambda x: 5.0, 1.0)) == ["right"]


# ---- gradcheck: kinks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "point", "slopes"),
    [
        (relu, 0.0, (0, 1)),
        (abs, 0.0, (-1, 1)),
        (lambda x: functions.maximum(x, 2.0), 2.0, (0, 1)),
        (lambda x: functions.minimum(x, 2.0), 2.0, (1, 0)),
        (lambda x: functions.clip(x, 0, 1), 1.0, (1, 0)),
        (lambda x: functions.clip(x, 0, 1), 0.0, (0, 1)),
        (lambda x: functions.leaky_relu(x, 0.25), 0.0, (0.25, 1)),
        (lambda x: exp(relu(x - 3) * 2), 3.0, (0, 2)),
        (lambda x: sqrt(x * x), 0.0, (-1, 1)),
        (lambda x: x if x > 0 else -2 * x, 0.0, (-2, 1)),
        (lambda x: 1e8 + relu(x), 0.0, (0, 1)),
        (lambda x: 1e-8 * relu(x), 0.0, (0, 1e-8)),
    ],
)
def test_a_kink_is_flagged_with_the_slopes_of_both_sides(f, point, slopes):
    report = gradcheck(f, point)
    (row,) = report.rows
    assert row.verdict == "kink"
    assert (row.left, row.right) == pytest.approx(slopes, rel=1e-3, abs=1e-12)
    assert report


@pytest.mark.parametrize(
    ("f", "point", "slopes"),
    [
        (lambda x: x * (3 if x > 1 else 1), 1.0, (1, math.inf)),  # from 1 to 3
        (lambda x: where(x > 0, 1.0, 0.0) + x, 0.0, (1, math.inf)),
        (lambda x: where(x >= 0, -2.0, 1.0) + x, 0.0, (-math.inf, 1)),
    ],
)
def test_a_jump_is_called_a_jump(f, point, slopes):
    report = gradcheck(f, point)
    (row,) = report.rows
    assert row.verdict == "jump"
    assert (row.left, row.right) == pytest.approx(slopes, rel=1e-3)
    assert report
    assert str(report).startswith("0 of 1 agree; jump: x\n")


def test_an_upright_tangent_is_no_jump():
    # the root of |x| is continuous at 0; its quotients grow by the root of 2
    assert verdicts(gradcheck(lambda x: abs(x) ** 0.5, 0.0)) == ["kink"]


def test_near_a_kink_the_step_is_shortened_and_the_branch_is_judged():
    for x in (1e-9, -1e-9, 1e-300):
        assert verdicts(gradcheck(relu, x)) == ["right"]
    assert verdicts(gradcheck(lambda x: functions.maximum(x, 2.0) ** 2, 2.00001)) == ["right"]


def test_branches_for_accuracy_alone_are_no_kinks():
    for f in (sigmoid, functions.softplus, functions.silu):
        assert verdicts(gradcheck(f, 0.0)) == ["right"]


def test_where_branches_meet_without_a_kink_there_is_one_slope(wrong_square):
    # elu is x on the right and exp(x) - 1 on the left: slope 1 on both sides
    assert verdicts(gradcheck(functions.elu, 0.0)) == ["right"]
    assert verdicts(gradcheck(lambda x: 1 + functions.elu(x) * 3, 0.0)) == ["right"]
    joined = lambda x: x * x if x > 1 else wrong_square(x)  # noqa: E731
    assert verdicts(gradcheck(joined, 1.0)) == ["wrong"]


def test_control_flow_on_an_input_is_followed():
    def f(x):
        y = x
        while y < 100:
            y = y * 3 if y.data < 10 else y * y
        return y

    # 2 -> 6 -> 18 -> 324: (9 x)^2, so 162 x = 324
    (row,) = gradcheck(f, 2.0).rows
    assert (row.verdict, row.analytic) == ("right", 324.0)


def test_no_derivative_on_either_side_is_not_judged():
    assert verdicts(gradcheck(lambda x, y: x**y, [-2.0, 3.0])) == ["right", "kink"]


def test_a_kink_is_flagged_at_the_operation_too():
    x = Value(0.0, label="x")
    h = relu(x)
    h.label = "h"
    report = gradcheck(h * 3 + exp(x))
    assert [row.title for row in report.of("kink")] == ["h (relu by x)"]
    assert len(report.of("right")) == 4


# ---- gradcheck: inputs, names, safety -----------------------------------------------------------


def names(f, inputs):
    return [row.name for row in gradcheck(f, inputs).rows]


def test_inputs_are_named_by_label_key_parameter_and_place():
    assert names(lambda t: t * t, 2.0) == ["t"]
    assert names(lambda a, b: a * b, {"b": 2.0, "a": 1.0}) == ["b", "a"]
    assert names(lambda x: x[0][0] * x[0][1], [[[1.0, 2.0]]]) == ["x[0][0]", "x[0][1]"]
    assert names(lambda w, x: w["k"] * x, [{"k": 1.0}, Value(2.0, label="input")]) == [
        "w['k']",
        "input",
    ]
    assert names(lambda xs: xs[0] * xs[1], [1.0, 2.0]) == ["xs[0]", "xs[1]"]
    assert names(lambda *xs: xs[0] * xs[1], [1.0, 2.0]) == ["x1", "x2"]


def test_gradients_of_inputs_and_of_what_f_closes_over_stay_as_they_are():
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    w.grad = 7.0
    gradcheck(lambda x: w * x, [x])
    gradcheck(lambda x: w * x, [x], per_node=True)
    gradcheck(w * x)
    assert (x.has_grad, w.grad) == (False, 7.0)


def test_a_function_that_is_another_at_each_call_is_refused():
    calls = iter(range(100))
    with pytest.raises(ValueError, match="fix the seed"):
        gradcheck(lambda x: x * next(calls), 1.0)


def test_a_function_that_is_not_finite_at_the_inputs_is_refused():
    with pytest.raises(ValueError, match="f is inf at the inputs"), ieee():
        gradcheck(lambda x: 1 / x, 0.0)


def test_a_graph_whose_leaves_have_changed_is_refused():
    x = Value(2.0, label="x")
    root = x * x
    x.data = 3.0
    with pytest.raises(ValueError, match=r"f was recorded as 4, but its operands make it 9"):
        gradcheck(root)


def test_calls_that_cannot_be_meant_are_refused():
    with pytest.raises(TypeError, match="needs the inputs of f"):
        gradcheck(exp)
    with pytest.raises(TypeError, match="or a Value alone"):
        gradcheck(exp(Value(1.0)), [1.0])
    with no_grad(), pytest.raises(RuntimeError, match="outside of `with no_grad"):
        gradcheck(exp, 1.0)
    with pytest.raises(TypeError, match="x must be a number, a Value, .* not str"):
        gradcheck(exp, "1")


def test_a_long_chain_is_checked_without_recursion():
    def f(x):
        for _ in range(3000):
            x = x + 0.001
        return x

    assert verdicts(gradcheck(f, 1.0)) == ["right"]


# ---- the report ---------------------------------------------------------------------------------


def test_the_report_says_the_outcome_first_and_fits_the_terminal(wrong_square):
    def f(**named):
        total = 0
        for number in named.values():
            total = total + wrong_square(number) * -1.23456e-250 + abs(number)
        return total

    inputs = {f"a_very_long_name_of_an_input_{i}": float(i) for i in range(12)}
    text = str(gradcheck(f, inputs))
    assert text.startswith("11 of 12 agree; kink: ")
    assert max(map(len, text.splitlines())) <= 80


def test_the_report_of_many_rows_shows_all_that_is_not_right():
    report = gradcheck(lambda xs: sum(abs(x) for x in xs), [1.0] * 50 + [0.0] + [1.0] * 49)
    lines = str(report).splitlines()
    assert lines[0] == "99 of 100 agree; kink: xs[50]"
    assert lines[-1] == "... and 79 more that agree"
    assert sum(line.startswith("xs[") for line in lines) == 21


def test_the_table_as_it_is_printed(wrong_square):
    text = str(gradcheck(lambda x, y: wrong_square(x) + relu(y), [3.0, 0.0]))
    assert text == inspect.cleandoc(
        """
        0 of 2 agree; wrong: x; kink: y
        input  analytic  numeric  difference  tolerance  verdict
        x        6.0015        6      0.0015      6e-06  wrong
        y             0      0.5           –          –  kink
            slope 0 on the left, 1 on the right
        """
    )


def test_the_line_of_a_wrong_operation_is_told_where_it_was_traced(wrong_square):
    with tracing():
        root = exp(wrong_square(Value(1.0)))
    report = gradcheck(root)
    (row,) = report.of("wrong")
    assert row.source.partition(":")[0].endswith("test_check.py")
    assert f"    made at {row.source}" in str(report).splitlines()


def test_a_report_of_nothing_is_true():
    assert GradientReport(())
    assert str(gradcheck(Value(1.0))) == "0 of 0 agree"

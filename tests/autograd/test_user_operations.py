"""An operation of a user's own: one rule, and it is a function, a node, a step and a picture."""

import ast
import copy
import linecache
import math
import pickle
from math import exp as e_to_the
from math import sqrt as root_of

import mpmath
import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    define,
    derivative,
    grad,
    gradients,
    hessian,
    ieee,
    no_grad,
    parse,
    topological_order,
)
from autograd.check import gradcheck
from autograd.formulas import derivatives
from autograd.functions import CALLABLE, FUNCTIONS
from autograd.graph_json import from_json, to_json
from autograd.registry import BY_NAME, OPERATIONS
from viz import draw_dot, steps

SLOPE = 0.25


@pytest.fixture(autouse=True)
def table():
    """The table as it is before each test."""
    before = len(OPERATIONS)
    yield
    for entry in OPERATIONS[before:]:
        for name in (entry.name, *entry.aliases):
            for known in (BY_NAME, FUNCTIONS, CALLABLE):
                known.pop(name, None)
            if name in vars(Value):
                delattr(Value, name)
    del OPERATIONS[before:]


def cubed():
    @define("x ** 3", symbol="³")
    def cube(x):
        """x to the third power."""
        out = x * x * x
        return out, 3.0 * x * x

    return cube


def divided():
    @define(domain={"y != 0": ZeroDivisionError})
    def ratio(x, y=2.0):
        """x / y, where y is 2 unless given."""
        return x / y, 1.0 / y, -x / (y * y)

    return ratio


def robust():
    @define()
    def huber(x, delta=1.0):
        """x^2 / 2 near 0, delta (|x| - delta / 2) further out: a rule with statements."""
        if x > delta:
            return delta * (x - 0.5 * delta), delta, x - delta
        if x < -delta:
            return -delta * (x + 0.5 * delta), -delta, -x - delta
        return 0.5 * x * x, x, 0.0

    return huber


# ---- entered in one place, seen everywhere ------------------------------------------------------


def test_value_and_gradient():
    cube, ratio = cubed(), divided()
    x = Value(2.0, label="x")
    y = cube(x) + ratio(x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 12.5)  # x^3 + x/2; 3 x^2 + 1/2
    assert y.parents[0].local_derivatives == (12.0,)


def test_given_numbers_it_gives_a_float():
    cube, ratio = cubed(), divided()
    assert (cube(2), type(cube(2))) == (8.0, float)
    assert ratio(8, 4) == 2.0


def test_operands_may_be_named_and_left_out():
    ratio = divided()
    x = Value(8.0)
    assert ratio(x).data == 4.0
    assert ratio(x, y=4).data == 2.0
    assert ratio(x).operands == (x,)
    with pytest.raises(TypeError, match="ratio.* takes 2 arguments, but 3 were given"):
        ratio(x, 1, 2)
    with pytest.raises(TypeError, match="'z' is none of its arguments"):
        ratio(x, z=1)


def test_with_one_required_operand_it_is_a_method():
    divided()
    assert Value(8.0).ratio(4).data == 2.0
    assert Value(8.0).ratio().data == 4.0


def test_it_keeps_its_name_and_its_docstring():
    cube = cubed()
    assert (cube.__name__, cube.__doc__) == ("cube", "x to the third power.")


def test_it_is_a_step():
    x = Value(2.0, label="x")
    said = [str(step) for step in steps(cubed()(x))]
    assert said[1] == "f = x^3 = 2^3 = 8"
    assert said[-1].endswith("= 12")


def test_a_rule_with_statements_is_a_step_too():
    x = Value(2.0, label="x")
    said = [str(step) for step in steps(robust()(x))]
    assert said[1] == "f = huber(x) = huber(2) = 1.5"
    assert said[-1].endswith("∂f/∂x = 1 * 1 = 1")


def test_it_is_in_the_picture():
    assert "³" in draw_dot(cubed()(Value(2.0))).source
    assert "huber" in draw_dot(robust()(Value(2.0))).source


def test_it_is_a_word_of_expressions():
    divided()
    cubed()
    assert parse("ratio(x, 4)")(8) == 2.0
    root = parse("cube(x) + ratio(x)")(Value(2.0))
    root.backward()
    assert (root.data, root.parents[0].op) == (9.0, "cube")


@pytest.mark.parametrize(
    "way", [copy.deepcopy, copy.copy, lambda root: pickle.loads(pickle.dumps(root))]
)
def test_it_is_copied_and_pickled_by_name(way):
    x = Value(2.0, label="x")
    root = cubed()(x) * divided()(x, 4.0)
    twin = way(root)
    assert (twin.data, twin.local_derivatives) == (root.data, root.local_derivatives)
    assert [node.op for node in twin.parents] == ["cube", "ratio"]
    assert twin.parents[1].operands[1] == 4.0


def test_it_is_written_as_json_and_read_again():
    root = cubed()(Value(2.0, label="x")) * divided()(3.0, Value(4.0))
    twin = from_json(to_json(root))
    assert [node.op for node in topological_order(twin)] == ["", "cube", "", "ratio", "mul"]
    twin.backward()
    assert twin.data == 6.0


def test_json_of_an_operation_that_is_not_defined_is_refused():
    text = to_json(cubed()(Value(2.0)))
    del BY_NAME["cube"]
    with pytest.raises(ValueError, match="cube"):
        from_json(text)


def test_a_check_of_gradients_agrees():
    assert gradcheck(cubed(), [1.5])
    assert gradcheck(divided(), [3.0, 4.0])
    assert gradcheck(robust(), [3.0, 1.5])


def test_a_check_of_gradients_finds_a_wrong_rule_and_names_it():
    @define()
    def wrong(x):
        return x * x, 2.001 * x

    report = gradcheck(lambda x: autograd.sin(wrong(x) + x), [1.5], per_node=True)
    assert not report
    assert [row.op for row in report.of("wrong")] == ["wrong"]


# ---- higher derivatives -------------------------------------------------------------------------


def test_higher_derivatives_of_a_straight_rule():
    cube = cubed()
    right = [12.0, 12.0, 6.0, 0.0]  # 3 x^2, 6 x, 6, 0
    assert [derivative(cube, order)(2.0) for order in (1, 2, 3, 4)] == right


def test_mixed_derivatives():
    # x/y: 0, -1/y^2, 2x/y^3 at (3, 2)
    assert hessian(divided(), [0, 1])(3.0, 2.0) == ((0.0, -0.25), (-0.25, 0.75))


@pytest.mark.parametrize(
    ("x", "delta", "right"),
    [
        # inside: x^2/2; outside: delta (|x| - delta/2)
        (0.5, 1.0, ((1.0, 0.0), (0.0, 0.0))),
        (3.0, 2.0, ((0.0, 1.0), (1.0, -1.0))),
        (-3.0, 2.0, ((0.0, -1.0), (-1.0, -1.0))),
    ],
)
def test_higher_derivatives_of_a_rule_with_if_statements(x, delta, right):
    assert hessian(robust(), [0, 1])(x, delta) == right


def test_a_rule_may_use_a_closure():
    def scaled_by(factor):
        @define()
        def scaled(x):
            return factor * x * x, 2.0 * factor * x

        return scaled

    scaled = scaled_by(3.0)
    assert [derivative(scaled, order)(2.0) for order in (1, 2, 3)] == [12.0, 6.0, 0.0]


def test_a_rule_may_use_constants_and_functions_of_its_module():
    @define()
    def bent(x):
        return SLOPE * third_power(x), 3.0 * SLOPE * (third_power(x) / x)

    # 3/4 x^2, 3/2 x, 3/2
    assert [derivative(bent, order)(2.0) for order in (1, 2, 3)] == [3.0, 3.0, 1.5]


def third_power(x):
    return x * x * x


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_rule_may_use_math_however_it_was_imported(order):
    @define()
    def bell(x):
        out = math.exp(-x * x)
        return out, -2.0 * x * out

    @define()
    def bell_2(x):
        return e_to_the(-x * x), -2.0 * x * e_to_the(-x * x)

    @define()
    def bell_3(x):
        return np.exp(-x * x), -2.0 * x * np.exp(-x * x)

    right = float(mpmath.diff(lambda x: mpmath.exp(-(x**2)), 0.7, order))
    for operation in (bell, bell_2, bell_3):
        assert derivative(operation, order)(0.7) == pytest.approx(right, rel=1e-12)


def test_a_rule_may_use_numbers_of_math():
    @define()
    def circle(x):
        return math.pi * x * x, 2.0 * math.pi * x

    assert derivative(circle, 2)(3.0) == 2 * math.pi


def test_a_function_of_the_users_own_may_have_the_name_of_an_operation():
    def clip(x):  # not the table's, which takes three operands
        return x * x

    @define()
    def clipped(x):
        return clip(x) * x, 3.0 * clip(x)

    assert [derivative(clipped, order)(2.0) for order in (1, 2)] == [12.0, 12.0]


def test_what_cannot_be_differentiated_again_says_so_and_has_a_first_derivative():
    @define()
    def log_factorial(x):
        return math.lgamma(x + 1.0), math.log(x) + 1.0 / (2.0 * x) + 0.0 * math.gamma(x)

    assert grad(log_factorial)(5.0) == math.log(5) + 0.1
    with pytest.raises(
        ValueError, match="log_factorial cannot be differentiated again.*math.gamma"
    ):
        derivative(log_factorial, 2)(5.0)


def test_a_rule_without_source_has_a_first_derivative():
    names = {}
    exec("def unread(x): return x * x, 2.0 * x", names)
    unread = define()(names["unread"])
    assert grad(unread)(3.0) == 6.0
    with pytest.raises(ValueError, match="unread cannot be differentiated again.*in a file"):
        derivative(unread, 2)(3.0)


# ---- one side of a kink -------------------------------------------------------------------------


def test_one_sided_derivatives_of_a_rule_whose_conditions_are_expressions():
    @define()
    def hinge(x):
        margin = 1.0 - 2.0 * x
        return (margin if margin > 0.0 else 0.0), (-2.0 if margin > 0.0 else 0.0)

    for switch in (ieee, no_grad):
        with switch():
            assert derivative(hinge, side="left")(0.5) == -2.0
            assert derivative(hinge, side="right")(0.5) == 0.0
    assert derivative(lambda x: hinge(1 - x), side="left")(0.5) == 0.0


def test_one_sided_derivatives_of_a_rule_with_if_statements():
    @define()
    def ramp(x):
        if math.fabs(x - 1.0) > 1.0:
            return 0.0, 0.0
        return x, 1.0

    # x in [0, 2], 0 outside; at 2 the condition is undecided, and so is a step: the slopes remain
    assert derivative(ramp, side="left")(2.0) == 1.0
    assert derivative(ramp, side="right")(0.0) == 1.0
    assert derivative(ramp, side="left")(0.0) == 0.0


def test_one_sided_derivatives_where_the_rule_calls_what_has_no_derivative():
    @define()
    def tail(x):
        slope = -2.0 / math.sqrt(math.pi) * math.exp(-x * x)
        return (math.erfc(x), slope) if x > 0.0 else (1.0, 0.0)

    @define()
    def tail_2(x):
        slope = -2.0 / root_of(math.pi) * e_to_the(-x * x)
        return math.erfc(x) if x > 0.0 else 1.0, slope if x > 0.0 else 0.0

    for operation in (tail, tail_2):
        right = derivative(operation, side="right")(0.0)
        assert right == pytest.approx(-2 / math.sqrt(math.pi), rel=1e-15)
        assert derivative(operation, side="left")(0.0) == 0.0


# ---- the domain ---------------------------------------------------------------------------------


def test_its_domain_is_kept_and_ieee_turns_it_off():
    ratio = divided()
    with pytest.raises(ZeroDivisionError, match=r"ratio\(x, q\) is defined for q != 0"):
        ratio(Value(1.0), Value(0.0, label="q"))
    with pytest.raises(ZeroDivisionError, match=r"ratio\(x, y\) is defined for y != 0"):
        ratio(1.0, 0.0)
    with ieee():
        assert ratio(Value(1.0), 0.0).data == math.inf


def test_a_result_that_is_too_large_is_an_overflow():
    with pytest.raises(OverflowError, match="too large for a float; here q = 1e\\+200"):
        cubed()(Value(1e200, label="q"))


# ---- rules that go wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("x", "bad must return its value and 1 local derivatives.* returned 2.0"),
        ("[x, 1.0]", r"bad must return its value and 1 local derivatives.* returned \[2.0, 1.0\]"),
        ("(x,)", "bad must return its value and 1 local derivatives.* returned 1 results"),
        ("(x, 1.0, 1.0)", "bad must return its value and 1 local derivatives.* returned 3 results"),
        ("None", "bad must return its value and 1 local derivatives.* returned None"),
        ("(x, None)", "not NoneType"),
        ("(x, 'a')", "not str"),
        ("(x, 1j)", "complex"),
        ("(x, Value(1.0))", "not Value"),
    ],
)
def test_a_rule_that_does_not_return_numbers_is_a_type_error(returned, words):
    names = {"Value": Value}
    exec(f"def bad(x): return {returned}", names)
    bad = define()(names["bad"])
    with pytest.raises(TypeError, match=words):
        bad(Value(2.0))


def test_numbers_of_any_kind_become_builtin_floats():
    @define()
    def mixed(x, y):
        return np.float64(x * y), np.float32(0.5), 1

    node = mixed(Value(2.0), Value(3.0))
    assert [type(number) for number in (node.data, *node.local_derivatives)] == [float] * 3
    assert node.local_derivatives == (0.5, 1.0)


def test_a_root_of_a_negative_number_is_an_error_never_a_complex_number():
    @define(domain={"x >= 0": ValueError})
    def half_power(x):
        return x**0.5, 0.5 * x**-0.5

    with pytest.raises(ValueError, match=r"half_power\(x\) is defined for x >= 0; here x = -1"):
        half_power(Value(-1.0))


def test_an_exception_in_a_rule_leaves_the_engine_right():
    @define()
    def broken(x):
        raise RuntimeError("not today")

    x = Value(3.0)
    root = x * x
    with pytest.raises(RuntimeError, match="not today"):
        broken(root)
    with pytest.raises(RuntimeError, match="not today"):
        grad(lambda x: broken(x * x))(3.0)
    root.backward()
    assert x.grad == 6.0
    assert gradients(root, x)[0].data == 6.0


# ---- defining anew ------------------------------------------------------------------------------


def cell(text, number):
    """Run a notebook's cell: text whose source Python can find, under a name of its own."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = {"define": define}
    exec(compile(text, name, "exec"), names)
    return names["own"]


def test_a_rule_may_be_defined_anew_as_in_a_notebook():
    first = cell("@define()\ndef own(x):\n    return x * x, 2.0 * x\n", 1)
    old = first(Value(3.0))
    second = cell("@define()\ndef own(x):\n    return x * x * x, 3.0 * x * x\n", 2)
    assert [derivative(second, order)(2.0) for order in (1, 2)] == [12.0, 12.0]
    assert Value(2.0).own().data == parse("own(x)")(2.0) == 8.0
    old.backward()  # by what was recorded
    assert old.parents[0].grad == 6.0


@pytest.mark.parametrize("name", ["relu", "add", "mean", "data", "grad", "backward", "label"])
def test_a_name_that_is_taken_is_refused(name):
    names = {}
    exec(f"def {name}(x): return x, 1.0", names)
    with pytest.raises(ValueError, match=f"'{name}'"):
        define()(names[name])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(*x): ...", "plain arguments such as x and y, not \\*x"),
        ("def f(x, *, y): ...", "plain arguments such as x and y, not y"),
        ("def f(**x): ...", "plain arguments such as x and y, not \\*\\*x"),
        ("def f(): ...", "needs at least one operand"),
        ("def f(x, y=1): ...", "the default of y must be a float such as 1.0, not 1"),
        ("def f(x, y='a'): ...", "the default of y must be a float such as 1.0, not 'a'"),
        ("def f(x, out): ...", "called out, as formulas call its result"),
        ("f = lambda x: (x, 1.0)", "a function that `def` gives a name, not <function <lambda>"),
        ("async def f(x): ...", "a function that `def` gives a name"),
        ("def f(x): yield x", "a function that `def` gives a name"),
        ("class f: ...", "a function that `def` gives a name"),
        ("f = 3", "a function that `def` gives a name, not 3"),
    ],
)
def test_what_is_no_rule_is_a_type_error(text, words):
    names = {}
    exec(text, names)
    with pytest.raises(TypeError, match=words):
        define()(names["f"])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"notation": "x **"}, ValueError, "'x \\*\\*' is no Python expression"),
        ({"notation": "x ** n"}, ValueError, "uses 'n'; it may use own, x"),
        ({"notation": 3}, TypeError, "must be a str, not 3"),
        ({"derivatives": ("1", "2")}, ValueError, "1 operands, but 2 derivatives"),
        ({"derivatives": ("k * x",)}, ValueError, "uses 'k'; it may use out, pi, x"),
        ({"domain": {"y > 0": ValueError}}, ValueError, "uses 'y'"),
        ({"domain": {"x > 0": "ValueError"}}, TypeError, "unless x > 0.*not 'ValueError'"),
    ],
)
def test_wrong_options_say_what_is_possible(options, error, words):
    def own(x):
        return x, 1.0

    with pytest.raises(error, match=words):
        define(**options)(own)
    assert "own" not in BY_NAME


def test_define_without_brackets_says_how_to_write_it():
    with pytest.raises(TypeError, match=r"write @define\(\)"):

        @define
        def own(x):
            return x, 1.0


def test_formulas_show_the_derivatives_that_are_given_else_those_of_the_rule():
    def logistic(x):
        out = 1.0 / (1.0 + math.exp(-x))
        return out, (1.0 - out) * out

    for given, shown in [((), "(1.0 - out) * out"), (("out * (1 - out)",), "out * (1 - out)")]:
        define(derivatives=given)(logistic)
        assert [ast.unparse(formula) for formula in derivatives(BY_NAME["logistic"])] == [shown]

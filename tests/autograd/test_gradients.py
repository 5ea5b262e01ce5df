"""`gradients`: the backward pass written down as a graph that can be differentiated again."""

import math
import os
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import (
    Value,
    dot,
    exp,
    gradients,
    ieee,
    log_softmax,
    logsumexp,
    mean,
    no_grad,
    relu,
    sigmoid,
    sin,
    softmax,
    sqrt,
    tanh,
    topological_order,
    total,
)
from tests.autograd.graph_programs import ARITIES, ROWS, build

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"

# ---- values -------------------------------------------------------------------------------------


def test_the_first_second_and_third_derivative():
    x = Value(2.0)
    first = gradients(x**5, x)[0]
    second = gradients(first, x)[0]
    third = gradients(second, x)[0]
    assert (first.data, second.data, third.data) == (80.0, 160.0, 240.0)  # 5x^4, 20x^3, 60x^2


def test_each_derivative_of_the_exponential_is_the_exponential():
    x = Value(1.5)
    y = exp(x)
    for _ in range(6):
        (y,) = gradients(y, x)
        assert y.data == math.exp(1.5)


def test_one_gradient_for_each_node_in_order_and_a_lone_node_needs_no_list():
    x, y = Value(3.0), Value(2.0)
    root = x**2 * y
    assert [gradient.data for gradient in gradients(root, [y, x, y])] == [9.0, 12.0, 9.0]
    assert [gradient.data for gradient in gradients(root, x)] == [12.0]
    assert gradients(root, (node for node in [x]))[0].data == 12.0
    assert gradients(root, []) == []


def test_by_an_inner_node():
    x = Value(3.0)
    square = x * x
    root = square * square + x
    first = gradients(root, [square, x])
    assert [gradient.data for gradient in first] == [18.0, 109.0]  # 2 s; 4 x^3 + 1
    assert gradients(first[0], square)[0].data == 2.0
    assert gradients(first[0], x)[0].data == 12.0  # 2 x^2 by x


def test_the_gradient_by_the_root_itself_is_1():
    x = Value(3.0)
    assert gradients(x, x)[0].data == 1.0
    root = x * x
    assert [gradient.data for gradient in gradients(root, [root, x])] == [1.0, 6.0]


def test_a_node_that_the_root_does_not_depend_on_has_the_gradient_0():
    x, y = Value(3.0), Value(2.0)
    assert gradients(x * x, y)[0].data == 0.0
    assert gradients(y, [x * x])[0].data == 0.0


def test_both_slots_of_a_repeated_operand_count():
    # a + a: 2; a * a: 2 a; a - a: 0; a / a: 0; a^a: a^a (ln a + 1)
    for make, right in [
        (lambda a: a + a, 2.0),
        (lambda a: a * a, 6.0),
        (lambda a: a - a, 0.0),
        (lambda a: a / a, 0.0),
        (lambda a: a**a, 27 * (math.log(3) + 1)),
        (lambda a: total([a, a, a]), 3.0),
        (lambda a: dot([a, a], [a, 2.0], bias=a), 9.0),  # a^2 + 2a + a: 2a + 3
    ]:
        a = Value(3.0)
        assert gradients(make(a), a)[0].data == pytest.approx(right, rel=1e-15, abs=1e-15)


def test_operations_of_any_number_of_operands_to_the_second_order():
    # dot: d2/dw dx = 1, d2/dw2 = 0
    w, x = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)]
    first = gradients(dot(w, x, bias=1), w)
    assert [gradients(first[0], [*w, *x])[i].data for i in range(4)] == [0.0, 0.0, 1.0, 0.0]
    # total and mean are linear
    assert gradients(gradients(total(x), x)[0], x)[0].data == 0.0
    assert gradients(gradients(mean(x), x)[0], x)[0].data == 0.0
    # logsumexp: p (1 - p) and -p q, with p = 1/4 and q = 3/4
    x = [Value(0.0), Value(math.log(3))]
    first = gradients(logsumexp(x), x)
    assert [g.data for g in gradients(first[0], x)] == pytest.approx([3 / 16, -3 / 16], rel=1e-14)
    # log_softmax: the same with the other sign
    first = gradients(log_softmax(x)[0], x)
    assert [g.data for g in gradients(first[0], x)] == pytest.approx([-3 / 16, 3 / 16], rel=1e-14)
    # softmax: p (1 - p) (1 - 2p) = 3/32
    first = gradients(softmax(x)[0], x)
    assert gradients(first[0], x[0])[0].data == pytest.approx(3 / 32, rel=1e-14)


def test_gradients_are_a_graph_of_the_operations_of_the_table():
    x = Value(0.5, label="x")
    (slope,) = gradients(tanh(x), x)
    assert [node.op or node.label for node in topological_order(slope)] == ["x", "sech2"]


def test_factors_of_1_and_terms_of_0_make_no_nodes():
    x, y = Value(3.0), Value(2.0)
    assert gradients(x * y + x, y)[0] is x
    assert gradients(x + y, x)[0].op == ""


def test_backward_may_run_on_a_gradient():
    x = Value(2.0)
    (slope,) = gradients(x**3, x)
    slope.backward()
    assert x.grad == 12.0


def test_no_gradient_is_read_or_changed():
    x = Value(3.0)
    root = sin(x) * x
    root.backward()
    before = [(node.grad, node.has_grad) for node in topological_order(root)]
    gradients(root, x)
    assert [(node.grad, node.has_grad) for node in topological_order(root)] == before


# ---- the same numbers as backward ---------------------------------------------------------------

#: Operations whose rule computes its derivative by steps that no operation of the table stands for
#: (a rounding error made good, one exponential shared by several operands): as a graph, the same
#: derivative is made of the operations that its formula names, and may differ in the last digits.
ROUNDED_OTHERWISE = {"gaussian", "gelu", "gelu_tanh", "normal_pdf", "pow", "silu", "swish"}
ROWS_ROUNDED_OTHERWISE = {"logsumexp", "softmax", "log_softmax"}
SAME_STEPS = sorted({*ARITIES, *ROWS} - ROUNDED_OTHERWISE - ROWS_ROUNDED_OTHERWISE)


@st.composite
def programs(draw, names):
    numbers = st.floats(-3, 3) | st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e-300, 1e300])
    count = draw(st.integers(1, 4))
    leaves = [[i == 0 or draw(st.booleans()), draw(numbers).hex()] for i in range(count)]
    operations = []
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from(names))
        places = len(leaves) + len(operations)
        arity = ARITIES.get(name) or draw(st.integers(1, 5))
        operations.append([name, [draw(st.integers(0, places - 1)) for _ in range(arity)]])
    return {"leaves": leaves, "operations": operations}


def both_passes(program):
    """(what `backward` gives, what `gradients` gives) for every node of a program."""
    with ieee():
        nodes = [place for place in build(program) if isinstance(place, Value)]
        nodes[-1].backward()
        written_down = gradients(nodes[-1], nodes)
        return [node.grad for node in nodes if node.has_grad], [
            gradient.data
            for node, gradient in zip(nodes, written_down, strict=True)
            if node.has_grad
        ]


@settings(
    max_examples=5000 if LONG else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(programs(SAME_STEPS))
def test_on_random_graphs_the_numbers_are_those_of_backward_bit_for_bit(program):
    backward, written_down = both_passes(program)
    for recorded, again in zip(backward, written_down, strict=True):
        assert recorded == again or (math.isnan(recorded) and math.isnan(again))


@pytest.mark.parametrize("name", sorted(ROUNDED_OTHERWISE))
@pytest.mark.parametrize("point", [-3.5, -0.5, 0.25, 2.0])
def test_other_steps_differ_in_the_last_digits_alone(name, point):
    operands = [[True, abs(point).hex() if name == "pow" else point.hex()], [True, (1.5).hex()]]
    program = {"leaves": operands, "operations": [[name, [0, 1][: ARITIES[name]]]]}
    backward, written_down = both_passes(program)
    assert written_down == pytest.approx(backward, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    "function", [logsumexp, lambda x: softmax(x)[0], lambda x: log_softmax(x)[0]]
)
def test_other_steps_differ_in_the_last_digits_alone_in_rows_too(function):
    xs = [Value(0.3), Value(-1.2), Value(2.0)]
    root = function(xs)
    root.backward()
    written_down = [gradient.data for gradient in gradients(root, xs)]
    assert written_down == pytest.approx([x.grad for x in xs], rel=1e-13)


# ---- size ---------------------------------------------------------------------------------------


def test_a_chain_of_a_hundred_thousand_nodes():
    x = leaf = Value(1e-6)
    for _ in range(50_000):
        x = x + 1e-6 * leaf
    (slope,) = gradients(x, leaf)
    assert slope.data == pytest.approx(1.05, rel=1e-10)


def test_the_graph_of_a_long_chains_gradient_is_differentiated_again():
    x = leaf = Value(0.5)
    for _ in range(20_000):
        x = sin(x)
    first = gradients(x, leaf)[0]
    second = gradients(first, leaf)[0]
    h = 1e-5

    def slope(start):  # the product of the cosines
        out, product = start, 1.0
        for _ in range(20_000):
            product *= math.cos(out)
            out = math.sin(out)
        return product

    assert first.data == pytest.approx(slope(0.5), rel=1e-12)
    assert second.data == pytest.approx((slope(0.5 + h) - slope(0.5 - h)) / (2 * h), rel=1e-6)


def test_sixty_doublings_take_no_time():
    x = leaf = Value(1.0)
    for _ in range(60):
        x = x + x
    assert gradients(x, leaf)[0].data == 2.0**60


# ---- modes --------------------------------------------------------------------------------------


def test_inside_no_grad_the_gradients_are_leaves():
    x = Value(3.0)
    y = x**3
    with no_grad():
        (slope,) = gradients(y, x)
    assert (slope.data, slope.op) == (27.0, "")


def test_threads_on_one_graph():
    x = Value(3.0)
    y = sigmoid(x) * x
    right = gradients(gradients(y, x)[0], x)[0].data
    answers = []

    def work():
        for _ in range(20):
            answers.append(gradients(gradients(y, x)[0], x)[0].data)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [right] * 80


# ---- what is refused ----------------------------------------------------------------------------


def test_after_an_assignment_to_data_there_are_no_gradients():
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    with pytest.raises(ValueError, match="the data of x.* was changed.*build the expression again"):
        gradients(y, x)


def test_an_infinite_gradient_raises_as_backward_does():
    x = Value(0.0, label="x")
    y = sqrt(x)
    with pytest.raises(ArithmeticError) as by_backward:
        y.backward()
    with pytest.raises(ArithmeticError) as by_gradients:
        gradients(y, x)
    assert str(by_gradients.value) == str(by_backward.value)
    with ieee():
        assert gradients(y, x)[0].data == math.inf


def test_inside_ieee_plain_numbers_follow_ieee_754_too():
    x = Value(2.0)
    with ieee():
        assert gradients(x / 0.0, x)[0].data == math.inf
        assert math.isnan(gradients(0.0 ** (x - 3.0), x)[0].data)


def test_the_derivative_of_the_square_root_is_plus_infinity_at_either_zero():
    with ieee():
        for zero in (0.0, -0.0):
            x = Value(zero)
            assert gradients(sqrt(x), x)[0].data == math.inf


def test_zero_times_infinity_is_reported_at_its_node():
    x = Value(0.0, label="x")
    with pytest.raises(ArithmeticError, match="the gradient of 'x' .* is nan.* sqrt"):
        gradients(sqrt(x) * x * 0.0, x)


def test_an_infinite_gradient_elsewhere_in_the_graph_raises_too():
    x, y = Value(0.0, label="x"), Value(1.0)
    root = sqrt(x) * y
    assert gradients(root, y)[0].data == 0.0  # sqrt(x) itself; x is not asked for
    with pytest.raises(ArithmeticError, match="'x'"):
        gradients(root, [y, x])


@pytest.mark.parametrize(
    ("root", "wrt", "words"),
    [
        (3.0, Value(1.0), "not float; plain numbers leave no graph"),
        ([Value(1.0)], Value(1.0), "of one result at a time"),
        (None, Value(1.0), "not NoneType"),
        (Value(1.0), 1.0, "expected a Value.* not float"),
        (Value(1.0), None, "expected a Value.* not NoneType"),
        (Value(1.0), [1.0], "expected Values.* not float"),
        (Value(1.0), "x", "expected Values.* not str"),
    ],
)
def test_what_is_no_value_is_a_type_error(root, wrt, words):
    with pytest.raises(TypeError, match=words):
        gradients(root, wrt)


def test_kinks_have_the_second_derivative_0():
    x = Value(0.0)
    assert gradients(gradients(relu(x), x)[0], x)[0].data == 0.0
    assert gradients(gradients(abs(x), x)[0], x)[0].data == 0.0

"""autograd.compile: a replayed function gives what the function gives, and is replayed safely."""

import math
import warnings
from array import array

import pytest

import autograd
from autograd import (
    Value,
    compile,
    define,
    derivative,
    dot,
    elu,
    exp,
    grad,
    gradcheck,
    gradients,
    hessian,
    jvp,
    ln,
    logsumexp,
    softmax,
    sqrt,
    swish,
    total,
)


def test_a_call_gives_floats_and_gradients_in_the_shape_of_the_arguments():
    fast = compile(lambda p: (p["w"][0] * p["x"] + p["w"][1]) ** 2)
    # (3 * 2 - 1)^2 = 25; d/dw0 = 2 * 5 * 2, d/dw1 = 2 * 5, d/dx = 2 * 5 * 3
    value, gradient = fast.value_and_grad({"w": [3.0, -1.0], "x": 2.0})
    assert (value, gradient) == (25.0, ({"w": [20.0, 10.0], "x": 30.0},))
    assert fast({"w": [3, -1], "x": 2}) == 25.0


def test_parameters_are_read_at_each_call_and_their_gradients_add_up():
    w = Value(3.0)
    fast = compile(lambda x: w * x)
    assert fast.backward(2.0) == 6.0
    w.data = 5.0
    assert fast.backward(4.0) == 20.0
    assert w.grad == 2.0 + 4.0
    assert fast.cache_info().recordings == 1


def test_a_branch_taken_otherwise_is_recorded_and_remembered():
    fast = compile(lambda x: 2 * x if x > 0 else x * x)
    assert [fast(x) for x in (3.0, -3.0, 1.0, -1.0, 0.0)] == [6.0, 9.0, 2.0, 1.0, 0.0]
    assert fast.cache_info().recordings == 2
    values, (slopes,) = fast.map([3.0, -3.0] * 20)
    assert (values[:2], slopes[:2], len(values)) == ([6.0, 9.0], [2.0, -6.0], 40)
    assert fast.cache_info().recordings == 2


def test_a_loop_whose_length_depends_on_a_value():
    def halvings(x):
        count = 0.0
        while x > 1:
            x, count = x / 2, count + 1
        return x + count

    fast = compile(halvings)
    assert [fast(x) for x in (8.0, 0.5, 3.0, 8.0)] == [1.0 + 3, 0.5, 0.75 + 2, 1.0 + 3]


def test_reading_data_is_noticed_once_and_the_answers_stay_right():
    fast = compile(lambda x, y: x * y.data)
    with pytest.warns(RuntimeWarning, match="the graph: a leaf .* its .data .*maximum") as seen:
        assert fast(2.0, 3.0) == 6.0
    assert len(seen) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fast(2.0, 4.0) == 8.0
        assert fast.value_and_grad(2.0, 5.0) == (10.0, (5.0, 0.0))
    assert fast.cache_info().replays == 0


@pytest.mark.parametrize(
    "escape",
    [
        lambda w, x: (w * x).backward() or w,
        lambda w, x: w * x * w.grad,
        lambda w, x: w * x if (w * x).local_derivatives[0] > 1 else w,
    ],
)
def test_other_ways_out_of_the_graph_are_noticed(escape):
    w = Value(2.0)
    fast = compile(lambda x: escape(w, x))
    with pytest.warns(RuntimeWarning, match="is not replayed"):
        fast(3.0)
    assert fast.cache_info().programs == 0


@pytest.mark.parametrize("call", ["__call__", "value_and_grad", "backward"])
def test_the_warning_points_at_the_line_of_the_program(call):
    fast = compile(lambda x: x * x.data)
    with pytest.warns(RuntimeWarning, match="is not replayed") as seen:
        getattr(fast, call)(3.0)
    assert [warning.filename for warning in seen] == [__file__]


def test_a_function_that_is_not_replayed_runs_once_a_call():
    seen = []

    def peeking(x):
        seen.append(x.data)
        return x * 2

    fast = compile(peeking)
    with pytest.warns(RuntimeWarning, match="is not replayed"):
        assert fast.value_and_grad(1.0) == (2.0, (2.0,))
    assert fast(3.0) == 6.0
    assert seen == [1.0, 3.0]


def test_numbers_made_without_a_graph_are_noticed():
    def detached(x):
        with autograd.no_grad():
            y = x * 2
        return x + y

    fast = compile(detached)
    with pytest.warns(RuntimeWarning, match="no_grad"):
        assert fast(1.0) == 3.0
    assert fast(2.0) == 6.0


def test_reading_what_does_not_depend_on_the_arguments_is_allowed():
    fast = compile(lambda x: x * Value(2.0).data)
    assert (fast(3.0), fast(4.0), fast.cache_info().recordings) == (6.0, 8.0, 1)


def test_leaving_the_domain_is_the_engine_s_error():
    fast = compile(lambda x: ln(x))
    assert fast(1.0) == 0.0
    rate = Value(-1.0, label="rate")
    with pytest.raises(ValueError, match=r"ln\(rate\) is defined for rate > 0; here rate = -1"):
        fast(rate)
    with pytest.raises(ValueError, match=r"^in sample 2: ln\(x\) is defined"):
        fast.map([1.0, 2.0, -1.0])
    with autograd.ieee():
        assert math.isnan(fast(-1.0))


def test_an_infinite_gradient_is_the_engine_s_error():
    fast = compile(lambda x: sqrt(x))
    assert fast(0.0) == 0.0
    with pytest.raises(ArithmeticError, match="the gradient of"):
        fast.value_and_grad(0.0)
    with autograd.ieee():
        assert fast.value_and_grad(0.0) == (0.0, (math.inf,))


def test_several_results_and_plain_ones():
    fast = compile(lambda x: {"twice": [2 * x, x], "three": 3})
    assert fast(1.5) == {"twice": [3.0, 1.5], "three": 3.0}
    with pytest.raises(TypeError, match="returns one number, not dict"):
        fast.value_and_grad(1.5)
    assert compile(lambda x: 7)(1.0) == 7.0
    assert compile(lambda x: x).value_and_grad(4.0) == (4.0, (1.0,))


def test_several_results_of_many_samples():
    fast = compile(lambda x, y: {"product": x * y, "both": [x, 2 * y]})
    rows = [({"product": 3.0, "both": [1.0, 6.0]}), ({"product": 8.0, "both": [2.0, 8.0]})]
    assert fast.map_values([1.0, 2.0], [3.0, 4.0]) == rows
    buffers = fast.map_values(array("d", [1.0, 2.0] * 20), array("d", [3.0, 4.0] * 20))
    assert buffers.tolist() == [[3.0, 1.0, 6.0], [8.0, 2.0, 8.0]] * 20
    with pytest.raises(TypeError, match="returns one number, not dict"):
        fast.map([1.0], [2.0])
    with pytest.raises(TypeError, match="returns one number, not dict"):
        fast.map_backward([1.0], [2.0])


def by_upstream(x):
    """Two results of one weight, one of them behind a branch."""
    return [WEIGHT * x, WEIGHT * WEIGHT if x > 0 else -WEIGHT]


WEIGHT = Value(3.0)


@pytest.mark.parametrize("optimize", [True, False])
def test_gradients_begin_with_what_is_given_for_each_result(optimize):
    fast = compile(by_upstream, optimize=optimize)
    xs, upstream = [1.0, -2.0, 5.0], [[1.0, 10.0], [0.5, 7.0], [0.0, 1.0]]
    WEIGHT.grad = 0.0
    assert fast.map_backward(xs, upstream=upstream) == [[3.0, 9.0], [-6.0, -3.0], [15.0, 9.0]]
    # w x and w^2 have the slopes x and 6, -w has -1: 1 + 60, -1 - 7, and 0 + 6
    assert WEIGHT.grad == 59.0
    flat = array("d", [number for row in upstream for number in row] * 30)
    WEIGHT.grad = 0.0
    fast.map_backward(array("d", xs * 30), upstream=flat, threads=2)
    assert WEIGHT.grad == 30 * 59.0
    with pytest.raises(ValueError, match="upstream must hold 6 numbers, .*, not 2"):
        fast.map_backward(xs, upstream=[1.0, 2.0])


def test_several_results_of_a_function_that_is_not_replayed():
    def read(x):
        return [WEIGHT * x, x * x] if x.data > 0 else [x, WEIGHT * 2]

    fast = compile(read)
    with pytest.warns(RuntimeWarning, match="had its .data read"):
        assert fast.map_values([1.0, -1.0]) == [[3.0, 1.0], [-1.0, 6.0]]
    WEIGHT.grad = 0.0
    with autograd.no_grad():
        fast.map_backward([2.0, -1.0], upstream=[[1.0, 1.0], [1.0, 0.5]])
    assert WEIGHT.grad == 2.0 + 0.5 * 2.0


def test_samples_need_as_many_results():
    fast = compile(lambda x: [x] if x > 0 else [x, x])
    with pytest.raises(ValueError, match="in sample 1: all samples need as many results"):
        fast.map_values([1.0, -1.0])


def test_without_optimisation_many_samples_have_the_values_of_each_to_the_last_bit():
    @compile(optimize=False)
    def fast(x):
        return x * WEIGHT + sqrt(x) / (x + 0.1), x - WEIGHT * x

    xs = [0.1 * i for i in range(1, 301)]
    assert fast.map_values(xs) == [fast(x) for x in xs]
    assert fast.map_values(xs)[7] == (
        0.8 * 3.0 + math.sqrt(0.8) / (0.8 + 0.1),
        0.8 - 3.0 * 0.8,
    )


def test_texts_flags_and_static_arguments_are_part_of_what_is_recorded():
    @compile(static_argnums=2)
    def scaled(x, how, place):
        return [x, 2 * x, 3 * x][place] if how == "list" else -x

    assert scaled(1.0, "list", 2) == 3.0
    assert scaled(1.0, "list", 1) == 2.0
    assert scaled.value_and_grad(1.0, "minus", 0) == (-1.0, (-1.0, None, None))
    assert scaled.cache_info().recordings == 3


def test_what_no_argument_can_be_is_said():
    with pytest.raises(TypeError, match="argument 0 .* not object; .* static_argnums"):
        compile(lambda x: x)(object())
    with pytest.raises(TypeError, match="takes a function, not int"):
        compile(3)
    with pytest.raises(ValueError, match="equally long, not 2, 3"):
        compile(lambda x, y: x * y).map([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="threads must be a whole number from 1 on, not 0"):
        compile(lambda x: x).map([1.0], threads=0)
    with pytest.raises(ValueError, match="has no program; call it first"):
        compile(lambda x: x).program()


def test_a_users_own_operation_is_replayed():
    @define("x ** 3")
    def cube_of_replay(x):
        return x * x * x, 3 * x * x

    fast = compile(lambda x: cube_of_replay(x) + x)
    assert fast.value_and_grad(2.0) == (10.0, (13.0,))
    assert fast.map([1.0, 2.0]) == ([2.0, 10.0], ([4.0, 13.0],))


def test_gradients_of_a_graph_are_replayed():
    slope = compile(lambda x: gradients(x**3, [x])[0])
    assert slope.value_and_grad(2.0) == (12.0, (12.0,))  # 3 x^2 and 6 x
    assert slope(3.0) == 27.0
    assert slope.cache_info().recordings == 1


def test_a_compiled_function_inside_of_another():
    inner = compile(lambda x: x * x)
    outer = compile(lambda x: inner(x) + x)
    assert outer.value_and_grad(3.0) == (12.0, (7.0,))


def test_a_value_from_outside_hands_its_gradient_on():
    w = Value(2.0)
    tripled = 3 * w
    fast = compile(lambda x: tripled * x)
    assert fast.backward(5.0) == 30.0
    assert (tripled.grad, w.grad) == (5.0, 15.0)


def test_a_method_is_compiled_for_each_object():
    class Line:
        def __init__(self, slope):
            self.slope = Value(slope)

        @compile
        def at(self, x):
            return self.slope * x

    steep, flat = Line(3.0), Line(1.0)
    assert (steep.at(2.0), flat.at(2.0), steep.at(1.0)) == (6.0, 2.0, 3.0)


def test_softmax_and_its_like():
    fast = compile(lambda xs: softmax(xs)[0] * logsumexp(xs))
    xs = [1.0, 2.0, 3.0]
    nodes = [Value(x) for x in xs]
    expected = softmax(nodes)[0] * logsumexp(nodes)
    expected.backward()
    value, (slopes,) = fast.value_and_grad(xs)
    assert value == pytest.approx(expected.data, rel=1e-15)
    assert slopes == pytest.approx([node.grad for node in nodes], rel=1e-14)


def test_numpy_arrays_go_in_and_come_out():
    numpy = pytest.importorskip("numpy")
    points = numpy.random.default_rng(0).normal(size=(37, 3))
    scales = numpy.arange(37.0)
    fast = compile(lambda v, scale: dot(v, v) * scale)
    values, (by_points, by_scales) = fast.map(points, scales, threads=2)
    assert isinstance(values, numpy.ndarray)
    numpy.testing.assert_allclose(values, (points**2).sum(1) * scales, rtol=1e-14)
    numpy.testing.assert_allclose(by_points, 2 * points * scales[:, None], rtol=1e-14)
    numpy.testing.assert_allclose(by_scales, (points**2).sum(1), rtol=1e-14)


@pytest.mark.parametrize("count", [1, 3, 4, 15, 16, 17, 33, 100])
@pytest.mark.parametrize("threads", [1, 3])
def test_batches_of_any_length_are_the_sum_of_their_samples(count, threads):
    w = Value(0.5)
    fast = compile(lambda x: exp(w * x) + w)
    xs = [i / count for i in range(count)]
    values = fast.map_backward(xs, threads=threads)
    assert values == pytest.approx([math.exp(x / 2) + 0.5 for x in xs], rel=1e-14)
    assert w.grad == pytest.approx(sum(x * math.exp(x / 2) + 1 for x in xs), rel=1e-13)


def test_no_samples_at_all():
    assert compile(lambda x: x * x).map([]) == ([], ([],))


def test_operations_with_defaults_and_own_ones_of_two_operands():
    @define()
    def square_plus_of_replay(x, y):
        return x * x + y, 2 * x, 1.0

    fast = compile(lambda x: square_plus_of_replay(x, 0.0) + elu(x, 0.5) + swish(x, 2.0))
    x = Value(-0.3)
    eager = square_plus_of_replay(x, 0.0) + elu(x, 0.5) + swish(x, 2.0)
    eager.backward()
    assert fast.value_and_grad(-0.3) == (pytest.approx(eager.data), (pytest.approx(x.grad),))


@pytest.mark.parametrize("shown", [str, repr, "{:.1f}".format])
def test_a_text_is_a_way_out_of_the_graph(shown):
    fast = compile(lambda x: x * len(shown(x * x)))
    with pytest.warns(RuntimeWarning, match="was made a text; print what"):
        fast(2.0)
    assert fast(100.0) == 100.0 * len(shown(Value(10000.0)))


def test_an_infinite_argument_is_no_escape():
    fast = compile(lambda x: x + 1)
    assert (fast(math.inf), fast(1.0), fast.cache_info().recordings) == (math.inf, 2.0, 1)


def test_an_error_that_the_function_catches_is_a_decision():
    def logarithm_or_zero(x):
        try:
            return ln(x)
        except ValueError:
            return 0 * x

    fast = compile(logarithm_or_zero)
    with pytest.warns(RuntimeWarning, match="raised an error, which was caught"):
        assert fast(-1.0) == 0.0
    assert fast(math.e) == 1.0


def test_samples_of_two_forms_are_told_apart():
    with pytest.raises(ValueError, match="sample 1 has a list of 2, sample 0 has a list of 1"):
        compile(lambda xs: sum(xs)).map([[1.0], [1.0, 2.0]])


def test_a_compiled_function_is_differentiated_by_the_transforms():
    fast = compile(lambda x: x**3)
    assert grad(fast)(2.0) == 12.0
    assert grad(lambda x: 2 * fast(x))(2.0) == 24.0
    assert derivative(fast, order=2)(2.0) == 12.0
    assert hessian(fast)(2.0) == 12.0
    assert jvp(fast, (2.0,), (1.0,)) == (8.0, 12.0)
    assert gradcheck(fast, [2.0])


def test_the_gradient_by_an_array_is_an_array():
    numpy = pytest.importorskip("numpy")
    _, (slopes,) = compile(lambda xs: sum(x * x for x in xs)).value_and_grad(numpy.arange(3.0))
    numpy.testing.assert_array_equal(slopes, [0.0, 2.0, 4.0])


def test_what_no_column_can_be_is_said():
    with pytest.raises(TypeError, match="column 0 must be a sequence .*, not set"):
        compile(lambda x: x).map({1.0, 2.0})
    with pytest.raises(OverflowError, match="argument 0: int too large"):
        compile(lambda x: x)(10**400)


def test_reading_many_constants_takes_time_for_each_alone():
    def sum_of_constants(x):
        running = Value(0.0)
        for i in range(20_000):
            running = running + Value(i)
            x = x * (1.0 if running.data >= 0 else 2.0)
        return x

    assert compile(sum_of_constants)(3.0) == 3.0  # quadratic, this would take minutes


def test_a_parameter_that_is_several_terms_of_one_sum():
    w = Value(5.0)
    fast = compile(lambda x: total([w, w, x - x, x - w]))
    assert fast.backward(2.0) == 7.0  # 5 + 5 + 0 + 2 - 5
    assert w.grad == 1.0

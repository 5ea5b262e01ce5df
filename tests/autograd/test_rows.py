"""Nodes of any number of operands: dot, total, mean."""

import math

import pytest

from autograd import (
    Value,
    dot,
    ieee,
    logsumexp,
    mean,
    no_grad,
    softmax,
    topological_order,
    total,
)


def test_dot_is_one_node_with_the_other_factor_as_derivative():
    w = [Value(2.0), Value(3.0)]
    x = [Value(5.0), Value(7.0)]
    b = Value(0.5)
    y = dot(w, x, bias=b)
    assert y.data == 2 * 5 + 3 * 7 + 0.5
    assert y.op == "dot"
    assert y.operands == y.parents == (*w, *x, b)
    assert y.local_derivatives == (5.0, 7.0, 2.0, 3.0, 1.0)
    y.backward(2.0)
    assert [v.grad for v in (*w, *x, b)] == [10, 14, 4, 6, 2]
    assert len(topological_order(y)) == 6


def test_plain_numbers_among_the_operands_are_no_parents():
    w = Value(2.0)
    y = dot([w, 3], [5, 7.0], bias=1)
    assert y.data == 32
    assert y.operands == (w, 3.0, 5.0, 7.0, 1.0)
    assert y.parents == (w,)
    assert y.local_derivatives == (5.0,)


def test_an_operand_that_stands_twice_counts_twice():
    x = Value(3.0)
    y = dot([x, x], [x, 2.0])  # x^2 + 2x: derivative 2x + 2
    y.backward()
    assert (y.data, x.grad) == (15, 8)


def test_total_and_mean():
    xs = [Value(1.0), Value(2.0), 6]
    assert total(xs).data == 9
    assert total(xs).local_derivatives == (1, 1)
    assert mean(xs).data == 3
    assert mean(xs).local_derivatives == pytest.approx((1 / 3, 1 / 3), rel=1e-16)


def test_they_take_any_iterable():
    x = Value(2.0)
    assert total(x * i for i in range(4)).data == 12
    assert dot(iter([x]), (3,)).data == 6


def test_without_any_value_the_result_is_a_float():
    assert dot([1, 2], [3, 4], bias=5) == 16.0
    assert type(dot([1, 2], [3, 4])) is float
    assert total([]) == 0.0
    assert mean([1, 2]) == 1.5
    assert dot([], []) == 0.0


def test_wrong_operands_are_named():
    with pytest.raises(ValueError, match="there are 2 and 1"):
        dot([1, 2], [Value(3.0)])
    with pytest.raises(ValueError, match="empty"):
        mean([])
    with pytest.raises(TypeError, match="str"):
        total([Value(1.0), "2"])
    with pytest.raises(TypeError, match="NoneType"):
        dot([None], [1])


def test_an_overflow_is_an_error_and_inf_under_ieee():
    with pytest.raises(OverflowError, match=r"dot is too large.*x1 = 1e\+308"):
        dot([Value(1e308)], [10])
    with ieee():
        assert dot([Value(1e308)], [10]).data == math.inf


def test_no_grad_leaves_no_row_behind():
    with no_grad():
        y = dot([Value(1.0)], [Value(2.0)])
    assert (y.data, y.operands, y.op) == (2, (), "")


def test_a_chain_of_rows_is_freed():
    x = leaf = Value(1.0)
    for _ in range(200_000):
        x = dot([x, x], [0.5, 0.5])
    x.backward()
    assert leaf.grad == 1.0
    del x


def test_the_sum_of_products_is_that_of_single_operations():
    numbers = [0.1 * i - 0.7 for i in range(15)]
    w = [Value(n) for n in numbers]
    x = [Value(1 / (3 + n)) for n in numbers]
    one = dot(w, x)
    many = Value(0.0)
    for a, b in zip(w, x, strict=True):
        many = many + a * b
    assert one.data == many.data  # bit for bit: the same order of the same roundings
    one.backward()
    first = [v.grad for v in w + x]
    for v in w + x:
        v.grad = 0
    many.backward()
    assert [v.grad for v in w + x] == first


@pytest.mark.parametrize("function", [total, mean, softmax, logsumexp])
def test_one_value_in_the_place_of_a_list_is_explained(function):
    with pytest.raises(TypeError, match=rf"takes a list of operands, such as {function.__name__}"):
        function(Value(1.0))


@pytest.mark.parametrize("sides", [(Value(1.0), Value(2.0)), ([Value(1.0)], Value(2.0)), (3, [4])])
def test_a_dot_of_what_is_no_list_says_how_two_alone_are_multiplied(sides):
    with pytest.raises(TypeError, match=r"dot takes two lists, .* two alone is w \* x"):
        dot(*sides)

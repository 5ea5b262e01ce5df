"""Walks that only read: what a backward pass hands on, what is still as recorded, and no traces."""

import math

from autograd import Value, dot, exp, ieee, ln, total, zero_grad
from autograd.functions import function_of_many
from autograd.graph import topological_order
from autograd.walks import contributions, unlike_recorded
from tests.own_operations import entered


def test_contributions_are_those_of_the_chain_rule_in_the_order_of_the_pass():
    # f = p + x with p = x * y at x = 2, y = -3 (the docstring of engine.py):
    # f hands 1 to p and 1 to x; p hands -3 to x, which then has -2, and 2 to y.
    x, y = Value(2.0), Value(-3.0)
    p = x * y
    f = p + x
    assert contributions(topological_order(f), 1.0) == [
        (p, f, 0, 1.0, 1.0, 1.0, 1.0),
        (x, f, 1, 1.0, 1.0, 1.0, 1.0),
        (x, p, 0, 1.0, -3.0, -3.0, -2.0),
        (y, p, 1, 1.0, 2.0, 2.0, 2.0),
    ]


def test_only_values_among_the_operands_receive_and_they_are_counted_by_themselves():
    x, y = Value(5.0), Value(7.0)
    row = dot([2.0, x], [y, 3.0])  # 2 y + 3 x: operands 2, x, y, 3
    half = 1 / x  # by x: -1/25
    assert contributions([x, y, row], 10.0) == [
        (x, row, 0, 10.0, 3.0, 30.0, 30.0),
        (y, row, 1, 10.0, 2.0, 20.0, 20.0),
    ]
    assert contributions([x, half], 50.0) == [(x, half, 0, 50.0, -0.04, -2.0, -2.0)]


def test_a_leaf_hands_on_nothing():
    assert contributions([Value(1.0)], 1.0) == []


def test_walks_leave_no_trace_in_the_nodes():
    x = Value(2.0)
    f = exp(x) * x
    f.backward()
    before = [(node.grad, node.has_grad) for node in topological_order(f)]
    order = topological_order(f)
    contributions(order, 3.0)
    unlike_recorded(order)
    assert [(node.grad, node.has_grad) for node in order] == before
    zero_grad(f)
    assert not any(node.has_grad for node in topological_order(f))


def test_nodes_whose_operands_or_numbers_changed_are_unlike_what_they_recorded():
    x, y = Value(2.0), Value(3.0)
    one, two, three = ln(x), 4 / x, total([y, x, 1.0])
    order = [x, y, one, two, three]
    assert unlike_recorded(order) == []
    y.data = 3.5
    assert unlike_recorded(order) == [three]
    x.data = 2.5
    assert unlike_recorded(order) == [one, two, three]
    x.data, y.data, one.data = 2.0, 3.0, 0.7
    assert unlike_recorded(order) == [one]


def test_a_derivative_alone_can_be_unlike():
    w, x = Value(3.0), Value(2.0)
    product, row = w * x, dot([w], [x])
    w.data, x.data = 2.0, 3.0  # the value is 6 as before, and the derivatives are exchanged
    assert unlike_recorded([w, x, product, row]) == [product, row]


def successor(x):
    return x + 1.0, 1.0


def test_what_the_walk_cannot_tell_is_left_to_a_closer_look():
    with entered(successor) as made:
        own = function_of_many(made)(Value(1.0))
        with ieee():
            no_number = Value(math.nan) * 2
        assert unlike_recorded([own, no_number]) == [own, no_number]

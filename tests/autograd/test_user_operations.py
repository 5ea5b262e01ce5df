"""An operation of a user's own: one entry, and it is a function, a node, a step and a picture."""

import copy
import pickle

import pytest

from autograd import Value, ieee, parse
from autograd.functions import CALLABLE, FUNCTIONS, make_function
from autograd.registry import BY_NAME, OPERATIONS, operation
from viz import draw_dot, steps


def cube(x):
    """x to the third power."""
    out = x * x * x
    return out, 3.0 * x * x


def ratio(x, y=2.0):
    """x / y, where y is 2 unless given."""
    return x / y, 1.0 / y, -x / (y * y)


@pytest.fixture
def own():
    """The two operations, entered for one test."""
    before = len(OPERATIONS)
    made = [
        make_function(operation(cube, "x ** 3", symbol="³")),
        make_function(operation(ratio, domain={"y != 0": ZeroDivisionError})),
    ]
    yield made
    for entry in OPERATIONS[before:]:
        del BY_NAME[entry.name], FUNCTIONS[entry.name], CALLABLE[entry.name]
    del OPERATIONS[before:]
    del Value.ratio


def test_value_and_gradient(own):
    x = Value(2.0, label="x")
    y = own[0](x) + own[1](x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 12.5)
    assert own[0](2) == 8.0
    assert Value(8.0).ratio(4).data == 2.0


def test_it_is_a_step_a_picture_and_a_word_of_expressions(own):
    x = Value(2.0, label="x")
    root = own[0](x)
    assert [str(step) for step in steps(root)][1] == "f = x^3 = 2^3 = 8"
    assert "³" in draw_dot(root).source
    assert parse("ratio(x, 4)")(8) == 2.0


def test_it_is_copied_and_pickled_by_name(own):
    x = Value(2.0, label="x")
    root = own[0](x) * own[1](x, 4.0)
    for twin in (copy.deepcopy(root), pickle.loads(pickle.dumps(root))):
        assert twin.data == root.data
        assert [node.op for node in twin.parents] == ["cube", "ratio"]


def test_its_domain_is_kept_and_ieee_turns_it_off(own):
    with pytest.raises(ZeroDivisionError, match=r"ratio\(x, q\) is defined for q != 0"):
        own[1](Value(1.0), Value(0.0, label="q"))
    with ieee():
        assert own[1](Value(1.0), 0.0).data == float("inf")


def test_an_exception_in_a_users_rule_leaves_the_engine_right(own):
    def broken(x):
        raise RuntimeError("not today")

    function = make_function(operation(broken))
    x = Value(3.0)
    root = x * x
    with pytest.raises(RuntimeError, match="not today"):
        function(root)
    root.backward()
    assert x.grad == 6
    del Value.broken

"""Many leaves at once: what is read and written is what each leaf's own attributes say."""

from array import array

import pytest

from autograd import Value, compile
from autograd.flat_leaves import any_reached, assign_data, data_of, forget_gradients, gradients_of


def test_numbers_go_out_and_come_in():
    x, y, z = nodes = [Value(2.0), Value(-3.5), Value(0.0)]
    (x * y).backward()
    assert data_of(nodes) == array("d", [2.0, -3.5, 0.0])
    assert gradients_of(nodes) == array("d", [-3.5, 2.0, 0.0])
    assert (any_reached(nodes), any_reached([z]), any_reached([])) == (True, False, False)
    forget_gradients(nodes)
    assert [(node.grad, node.has_grad) for node in nodes] == [(0.0, False)] * 3
    assign_data(nodes, array("d", [1.0, 2.0, 3.0]))
    assert [node.data for node in nodes] == [1.0, 2.0, 3.0]
    assign_data(nodes, [4, 5, 6])
    assert [(type(node.data), node.data) for node in nodes] == [
        (float, float(i)) for i in (4, 5, 6)
    ]


def test_a_reached_gradient_of_zero_counts_as_reached():
    x = Value(1.0)
    (x * 0.0).backward()
    assert any_reached([x])


def test_as_many_numbers_as_leaves_are_needed():
    x = Value(1.0)
    with pytest.raises(ValueError, match="2 numbers for 1 Values"):
        assign_data([x], [1.0, 2.0])
    assert x.data == 1.0


@pytest.mark.parametrize(
    "peek",
    [
        lambda w: data_of([w]),
        lambda w: gradients_of([w]),
        lambda w: assign_data([w], [2.0]),
        lambda w: forget_gradients([w]),
    ],
)
def test_a_recording_is_told(peek):
    w = Value(2.0)
    with pytest.warns(RuntimeWarning, match=r"had its \.(data|grad) read or assigned"):
        assert compile(lambda x: (peek(w), w * x)[1])(3.0) == 6.0

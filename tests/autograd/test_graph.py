"""Walking graphs: order, leaves, names."""

import pytest

from autograd import Value, exp, leaves, topological_order
from autograd.graph import node_names


def test_operands_come_before_the_nodes_that_use_them_and_each_node_once():
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    a = x * y
    b = a + x
    root = a * b
    assert topological_order(root) == [x, y, a, b, root]
    assert leaves(root) == [x, y]


def test_several_roots_share_one_order():
    x = Value(1.0)
    a, b = x + 1, x + 2
    assert topological_order([a, b, a]) == [x, a, b]


def test_a_chain_of_a_hundred_thousand_nodes_can_be_walked():
    x = leaf = Value(1.0)
    for _ in range(100_000):
        x = x * 0.5 + x * 0.5
    assert len(topological_order(x)) == 300_001
    assert leaves(x) == [leaf]


@pytest.mark.parametrize("wrong", [3, "x", None, [Value(1.0), 2.0], [], b"x"])
def test_what_has_no_graph_is_a_type_error(wrong):
    with pytest.raises(TypeError, match="expected"):
        topological_order(wrong)


def test_names_are_labels_or_numbers_and_never_two_alike():
    x = Value(1.0, label="x")
    v1 = Value(2.0, label="v1")
    one, two = exp(x), exp(v1)
    first, second = one + two, one * two
    first.label = second.label = "h"
    root = first - second
    names = node_names(topological_order(root))
    assert [names[node] for node in (x, v1, one, two, first, second, root)] == [
        "x",
        "v1",
        "v2",
        "v3",
        "h",
        "h#2",
        "f",
    ]


def test_the_result_is_not_called_f_where_an_input_is():
    f = Value(1.0, label="f")
    assert list(node_names(topological_order(f * 2)).values()) == ["f", "v1"]

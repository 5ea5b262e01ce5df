"""Walking graphs: order, leaves, names, freshness, and what the backward pass keeps."""

import pytest

from autograd import (
    Value,
    dot,
    exp,
    leaves,
    log_softmax,
    logsumexp,
    mean,
    no_grad,
    relu,
    scope,
    sigmoid,
    softmax,
    topological_order,
    total,
    zero_grad,
)
from autograd.functions import function_of_many
from autograd.graph import node_names, parameters
from autograd.graph_formulas import check_fresh, is_stale
from autograd.graph_summary import reads, summary
from autograd.registry import entry
from tests.own_operations import entered


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


def test_several_results_are_numbered_in_the_order_given():
    x = Value(1.0, label="x")
    first, second, third = exp(x), x * 2, x + 1
    third.label = "sum"
    inner = exp(second)
    names = node_names(topological_order([inner, first, third]), [inner, first, third])
    assert [names[node] for node in (inner, first, third, second)] == ["f1", "f2", "sum", "v1"]
    assert node_names([x, first], [first])[first] == "f"


def test_nodes_of_one_label_are_numbered_as_they_are_used_layer_by_layer():
    # The dot of the last layer is the first one that the walk from the result comes to, and its
    # weights stand before its inputs.
    x = Value(1.0, label="x")
    first, second, last = (Value(2.0, label="w") for _ in range(3))
    hidden = [dot([first], [x]), dot([second], [x])]
    root = dot([last, 1.0], hidden)
    order = topological_order(root)
    assert order[0] is last
    names = node_names(order)
    assert [names[node] for node in (first, second, last)] == ["w", "w#2", "w#3"]


# ---- freshness ----------------------------------------------------------------------------------


def test_a_node_is_stale_once_the_data_of_an_operand_or_its_own_changed():
    x = Value(3.0, label="x")
    y = x * 2
    assert not is_stale(y)
    x.data = 3.5
    assert is_stale(y)
    with pytest.raises(ValueError, match=r"the data of x, or of f itself, .* f = x \* 2 .* as 6"):
        check_fresh([x, y], node_names([x, y]))
    x.data = 3.0
    assert not is_stale(y)
    y.data = 7.0
    assert is_stale(y)


def test_a_dot_whose_factors_are_exchanged_has_its_value_but_is_stale():
    w, x = Value(3.0), Value(2.0)
    y = dot([w], [x])
    w.data, x.data = 2.0, 3.0
    assert is_stale(y)


def test_rows_are_fresh_when_nothing_changed():
    x, y = Value(300.0), Value(2.0)
    rows = [dot([x, 2], [y, x], bias=y), total([x, y, 1]), mean([x, x, y]), logsumexp([x, y, 1])]
    rows += [*softmax([x, y, 299]), *log_softmax([x, y, x])]
    with no_grad():
        assert not any(map(is_stale, rows))


# ---- facts --------------------------------------------------------------------------------------


def test_parameters_are_leaves_with_a_scope_or_a_name_that_was_given():
    with scope("layer1"):
        w = Value(1.0)
    x, b = Value(2.0, label="x"), Value(3.0, label="b")
    root = w * x + b
    assert parameters(root) == [w]
    assert parameters(root, ["b"]) == parameters(root, "b") == [w, b]


def test_every_node_edge_and_level_is_counted():
    x, y = Value(1.0), Value(2.0)
    facts = summary(exp(x * y) * x + 3)
    assert (facts.nodes, facts.leaves, facts.edges, facts.depth) == (6, 2, 6, 4)
    assert facts.operations == {"mul": 2, "exp": 1, "add": 1}


def affine(rows, bias, xs):
    return [dot(row, xs, bias=b) for row, b in zip(rows, bias, strict=True)]


def three_layers(n=4, m=3, r=2, s=2):
    """h = W1 x + b1, a = sigmoid(W2 h + b2), o = W3 a + b3; x is plain numbers."""

    def weights(rows, columns):
        return [[Value(0.1 * (i - j)) for j in range(columns)] for i in range(rows)]

    def biases(count):
        return [Value(0.1) for _ in range(count)]

    h = affine(weights(m, n), biases(m), [1.0, 2.0, 3.0, 4.0][:n])
    a = [sigmoid(z) for z in affine(weights(r, m), biases(r), h)]
    return h, a, affine(weights(s, r), biases(s), a)


def test_the_backward_pass_of_three_layers_keeps_h_and_a_alone():
    # dL/dW3 needs a, dL/db2 needs a (1 - a), dL/dW2 needs h, dL/dW1 needs x, which is no
    # intermediate; a loss that is a sum needs nothing: 2 (m + r) bytes with m = 3, r = 2.
    h, a, o = three_layers()
    facts = summary(total(o), width=2)
    assert set(facts.kept_intermediates) == {*h, *a}
    assert facts.intermediate_bytes == 2 * (3 + 2)
    # W2 for dL/dh and W3 for dL/da: 2 * 3 + 2 * 2 leaves; nothing asks for dL/dx, so not W1.
    assert len(facts.kept_leaves) == 10
    assert facts.kept_bytes == 2 * (5 + 10)


def test_it_keeps_o_too_if_the_loss_needs_it():
    h, a, o = three_layers()
    facts = summary(total([out * out for out in o]), width=2)
    assert set(facts.kept_intermediates) == {*h, *a, *o}
    assert facts.intermediate_bytes == 2 * (3 + 2 + 2)


def test_a_rectifiers_derivative_reads_the_sign_of_its_operand():
    x = Value(1.0)
    h = x + 1
    assert summary(relu(h)).kept == (h,)


def test_what_only_the_derivative_by_a_plain_number_reads_is_not_kept():
    x = Value(3.0)
    assert summary(x * 2).kept == ()  # d(2 x)/dx = 2; x would be the derivative by the 2
    assert summary(x**2).kept == (x,)  # 2 x; the result would be needed for the exponent
    power = x ** Value(2.0)
    assert power in summary(power).kept


@pytest.mark.parametrize(
    ("name", "count", "right"),
    [
        ("add", 2, [set(), set()]),
        ("mul", 2, [{"y"}, {"x"}]),
        ("div", 2, [{"y"}, {"out", "y"}]),
        ("exp", 1, [{"out"}]),
        ("ln", 1, [{"x"}]),
        ("tanh", 1, [{"out"}]),
        ("relu", 1, [{"x"}]),
        ("where", 3, [set(), {"condition"}, {"condition"}]),
        ("total", 3, [set()] * 3),
        ("dot", 5, [{"x3"}, {"x4"}, {"x1"}, {"x2"}, set()]),
    ],
)
def test_derivatives_read_what_their_textbook_formulas_name(name, count, right):
    assert list(reads(entry(name), count)) == right


def test_a_users_operation_that_has_no_formula_is_taken_to_read_its_operands():
    def step_sum(x, y):
        if x > 0:
            return x + y, 1.0, 1.0
        return y, 0.0, 1.0

    x, y = Value(1.0), Value(2.0)
    with entered(step_sum) as made:
        assert summary(function_of_many(made)(x, y)).kept == (x, y)


def test_a_summary_is_a_table():
    w, x = Value(0.5), Value(2.0)
    lines = str(summary(sigmoid(w * x), width=2)).splitlines()
    assert lines[0] == "nodes              4"
    assert lines[-2] == "  intermediates    1 numbers, 2 bytes"


def test_a_chain_of_a_hundred_thousand_nodes_is_summed_up():
    x = Value(1.0)
    for _ in range(100_000):
        x = x * 0.5 + x * 0.5
    assert summary(x).depth == 200_000


def test_several_results_are_summed_up_together_and_may_come_from_a_generator():
    x = Value(1.0)
    assert summary(x * k for k in (2.0, 3.0)).nodes == 3


@pytest.mark.parametrize("wrong", [3, None, [3], "x"])
def test_what_has_no_gradient_is_refused_by_zero_grad(wrong):
    with pytest.raises(TypeError, match="zero_grad takes a Value or Values, not (int|None|str)"):
        zero_grad(wrong)

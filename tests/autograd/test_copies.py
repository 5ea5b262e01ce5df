"""pickle, copy and deepcopy of values and of whole graphs."""

import copy
import pickle

import pytest

from autograd import Value, clip, dot, leaky_relu, relu, scope, topological_order


def graph():
    with scope("layer1"):
        w = Value(0.5, label="w")
    x = Value(2.0, label="x")
    h = relu(w * x - 0.25)
    h.label = "h"
    root = dot([h, w], [h, 3.0], bias=1) + leaky_relu(-x, 0.1) ** 2 + clip(x, 0, 1) + 2**w
    return root, w, x


def described(root):
    order = topological_order(root)
    index = {node: i for i, node in enumerate(order)}
    return [
        (
            node.op,
            [index[x] if isinstance(x, Value) else x for x in node.operands],
            node.local_derivatives,
            node.data,
            node.grad,
            node.has_grad,
            node.label,
            node.scope,
        )
        for node in order
    ]


def pickled(item):
    return pickle.loads(pickle.dumps(item))


WAYS = [pickled, copy.deepcopy]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after_backward", [False, True])
def test_a_graph_comes_out_as_it_went_in(way, after_backward):
    root = graph()[0]
    if after_backward:
        root.backward()
    assert described(way(root)) == described(root)


@pytest.mark.parametrize("way", WAYS)
def test_backward_on_the_copy_fills_the_copys_leaves_alone(way):
    root, w, x = graph()
    root.backward()
    right = (w.grad, x.grad)
    w.grad = x.grad = 0
    twin, w2, x2 = way([root, w, x])
    twin.backward()
    assert (w2.grad, x2.grad) == right
    assert (w.grad, x.grad) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_leaf_keeps_its_identity_beside_and_inside_the_graph(way):
    root, w, _ = graph()
    for together in ([w, root], [root, w], {"w": w, "loss": root}):
        values = way(together)
        values = values.values() if isinstance(values, dict) else values
        twin_w = next(v for v in values if not v.op)
        twin = next(v for v in values if v.op)
        assert twin_w in topological_order(twin)


def test_a_shallow_copy_shares_the_leaves():
    root, w, x = graph()
    twin = copy.copy(root)
    assert twin is not root
    assert {w, x} <= set(topological_order(twin))
    leaf = copy.copy(w)
    assert leaf is not w
    assert (leaf.data, leaf.label, leaf.scope) == (0.5, "w", "layer1")


@pytest.mark.parametrize("way", [*WAYS, copy.copy])
def test_a_chain_of_a_hundred_thousand_nodes(way):
    x = leaf = Value(1.0)
    for _ in range(100_000):
        x = x * 0.5 + leaf
    twin = way(x)
    assert len(topological_order(twin)) == 200_001
    assert twin.data == x.data


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol):
    root = graph()[0]
    assert described(pickle.loads(pickle.dumps(root, protocol))) == described(root)

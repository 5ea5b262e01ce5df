"""Paths from a result down to a node: their products add up to the derivative."""

import math
import random

import pytest

from autograd import Value, exp, ln
from autograd.graph import topological_order
from autograd.graph_paths import MANY_PATHS, paths


def random_graph(chance):
    """A result of up to ten random operations on three leaves."""
    nodes = [Value(chance.uniform(-2, 2)) for _ in range(3)]
    for _ in range(chance.randint(1, 10)):
        x, y = chance.choice(nodes), chance.choice(nodes)
        nodes.append(chance.choice([x + y, x - y, x * y, x.sin(), x.tanh()]))
    return nodes[-1]


def test_the_products_add_up_to_the_gradient_of_every_node():
    for seed in range(200):
        root = random_graph(random.Random(seed))
        root.backward()
        for node in topological_order(root):
            found = paths(root, node)
            assert math.isclose(
                math.fsum(path.product for path in found), node.grad, rel_tol=1e-9, abs_tol=1e-12
            )
            for path in found:
                assert math.isclose(math.prod(path.local_derivatives), path.product)
                assert (path.nodes[0], path.nodes[-1]) == (root, node)


def test_the_skip_connection_has_two_paths_of_products_1_and_minus_006(skip_chain):
    x0 = topological_order(skip_chain)[0]
    over_hidden, skipping = paths(skip_chain, x0)
    # z = relu(relu(x0 w0 + b0) w1 + b1 + x0): 1 * 1 * 1 * w1 * 1 * 1 * w0 = -0.2 * 0.3, and 1 * 1.
    assert over_hidden.local_derivatives == (1, 1, 1, -0.2, 1, 1, 0.3)
    assert over_hidden.product == -0.2 * 0.3
    assert (skipping.local_derivatives, skipping.product) == ((1, 1), 1)


def test_an_operand_that_stands_twice_gives_two_paths():
    x = Value(3.0)
    found = paths(x * x, x)
    assert [path.product for path in found] == [3.0, 3.0]
    assert found[0] == found[1]


def test_a_node_has_one_path_without_edges_to_itself():
    x = Value(3.0, label="x")
    (path,) = paths(x, x)
    assert (path.nodes, path.local_derivatives, path.product) == ((x,), (), 1.0)
    assert str(path) == "x: 1"


def test_a_node_that_is_not_in_the_graph_has_no_path():
    assert paths(Value(3.0) * 2, Value(3.0)) == []


def test_paths_lead_to_inner_nodes_too():
    x = Value(2.0)
    h = x * 3
    square = h * h
    root = square + x
    assert [path.nodes for path in paths(root, h)] == [(root, square, h)] * 2


def test_a_path_prints_its_names_factors_and_product():
    x, y, z = Value(1, label="x"), Value(3, label="y"), Value(-2, label="z")
    h2 = exp(y)
    h3 = h2 * z
    h2.label, h3.label = "h2", "h3"
    f = ln(x) + h3
    (path,) = paths(f, y)
    # exp(3) = 20.0855
    assert str(path) == "f → h3 → h2 → y: 1 * (-2) * 20.0855 = -40.1711"
    assert str(paths(h3, z)[0]) == "h3 → z: 20.0855"


def test_names_can_be_given():
    x = Value(1.0)
    y = x * 2
    assert str(paths(y, x, names={x: "in", y: "out"})[0]) == "out → in: 2"


def test_too_many_paths_are_counted_and_refused():
    leaf = x = Value(1.0, label="x")
    for _ in range(14):
        x = x + x
    with pytest.raises(
        ValueError, match="there are 16384 paths from f to x, more than limit=10000"
    ):
        paths(x, leaf)
    assert len(paths(x, leaf, limit=20_000)) == 2**14


def test_a_number_of_paths_beyond_all_bounds_is_refused_at_once():
    leaf = x = Value(1.0)
    for _ in range(20_000):
        x = x + x * 1e-9
    with pytest.raises(ValueError, match=f"more than {MANY_PATHS} paths"):
        paths(x, leaf)


def test_ways_that_do_not_reach_the_leaf_are_not_walked():
    leaf, other = Value(1.0), Value(1.0)
    for _ in range(100):  # 2^100 ways, none of which ends at the leaf
        other = other + other * 0.5
    assert len(paths(leaf * 2 + other, leaf)) == 1


def test_a_path_of_a_hundred_thousand_edges_is_found():
    leaf = x = Value(1.0)
    for _ in range(100_000):
        x = x * 1.0
    (path,) = paths(x, leaf)
    assert (len(path.nodes), path.product) == (100_001, 1.0)


@pytest.mark.parametrize("arguments", [(3.0, Value(1.0)), (Value(1.0), "x"), ([], Value(1.0))])
def test_paths_are_between_values(arguments):
    with pytest.raises(TypeError, match="paths lead from a Value to a Value, not"):
        paths(*arguments)

"""A part of a graph: what lies around the root or another node."""

import pytest

from autograd import Value, exp
from tests.viz.drawn import lines, texts
from viz import draw_dot


def names(root, **options):
    """The names of the boxes in a picture, sorted."""
    source = draw_dot(root, **options).source
    return sorted(
        line.split('point-size="13">')[1].split("<")[0] for line in lines(source, "[label=<")
    )


def test_depth_counts_edges_from_the_root(lnexp):
    assert names(lnexp, depth=0) == ["f"]
    assert names(lnexp, depth=1) == ["f", "h1", "h3"]
    assert names(lnexp, depth=2) == ["f", "h1", "h2", "h3", "x", "z"]
    assert names(lnexp, depth=3) == ["f", "h1", "h2", "h3", "x", "y", "z"]


def test_around_a_node_are_its_operands_and_what_uses_it(lnexp):
    assert names(lnexp, around="h3", depth=1) == ["f", "h2", "h3", "z"]
    assert names(lnexp, around="h2") == ["f", "h2", "h3", "y", "z"]  # two edges
    assert names(lnexp, around=lnexp.parents[0], depth=1) == ["f", "h1", "x"]


@pytest.mark.draws
def test_dots_stand_for_what_is_left_out(lnexp):
    assert texts(lnexp).count("⋯") == 0
    assert texts(lnexp, depth=1).count("⋯") == 2  # before ln and before the product
    # h2, z and f are cut off: exp has no operand, f lacks h1, and nothing else uses a node
    assert texts(lnexp, around="h3", depth=1).count("⋯") == 2
    assert texts(lnexp, around="x", depth=1).count("⋯") == 1  # h1 is used by f


def test_names_are_those_of_the_whole_graph(skip_chain):
    assert set(names(skip_chain, depth=2)) <= set(names(skip_chain))


@pytest.mark.parametrize("style", ["slide", "compact", "bare"])
def test_a_part_is_drawn_in_every_style(lnexp, style):
    assert "⋯" in draw_dot(lnexp, depth=1, style=style, single_operations=True).source


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"depth": -1}, ValueError, "depth is a number of edges, such as 3, not -1"),
        ({"depth": 1.5}, TypeError, "depth is a number of edges, such as 3, not float"),
        ({"around": "q"}, ValueError, "no node of this graph is called 'q'; its nodes: x, h1, y"),
        ({"around": Value(5.0)}, ValueError, "is not in this graph"),
        ({"around": 3}, TypeError, "a Value or its name, not int"),
    ],
)
def test_what_is_not_there_is_an_error(lnexp, options, error, words):
    with pytest.raises(error, match=words):
        draw_dot(lnexp, **options)


def test_a_name_is_the_one_that_pictures_show():
    w, other = Value(1.0, label="w"), Value(2.0, label="w")
    root = exp(w) + exp(other)
    assert names(root, around="w", depth=1) == ["v1", "w"]
    assert names(root, around="w#2", depth=1) == ["v2", "w#2"]
    assert names(root, around="v2", depth=1) == ["f", "v2", "w#2"]

"""Scopes in pictures: frames, collapsed boxes, and what becomes of graphs that are too large."""

import pytest

from autograd import Value, dot, scope, topological_order
from tests.viz.drawn import lines, small_network, texts
from viz import draw_dot
from viz.picture import MOST_VALUES


def frames(source):
    """The names of the frames, and how deep each lies."""
    found, depth = [], 0
    for line in map(str.strip, source.splitlines()[1:]):
        if line.startswith("subgraph"):
            depth += 1
        elif line.startswith("label="):
            found.append((depth, line.split('"')[1]))
        elif line == "}":
            depth -= 1
    assert depth == -1
    return found


def chain(length):
    """x + 1 + 1 + ...: a graph of `length` nodes."""
    x = Value(1.0, label="x")
    for _ in range(length - 1):
        x = x + 1
    return x


def wide(scopes, each):
    """A sum over scopes, in each of which a chain of `each` products was made."""
    total = Value(0.0, label="start")
    for number in range(scopes):
        with scope(f"part{number}"):
            w = Value(1.0, label="w")
            for _ in range(each - 1):
                w = w * 1.5
        total = total + w
    return total


def test_frames_are_nested_as_scopes_are():
    assert frames(draw_dot(small_network(), clusters=True).source) == [
        (1, "mlp"),
        (2, "layer2"),
        (3, "neuron1"),
        (2, "layer1"),
        (3, "neuron1"),
        (3, "neuron2"),
        (3, "neuron3"),
    ]
    assert frames(draw_dot(small_network()).source) == []


def test_no_arrow_stands_in_a_frame():
    source = draw_dot(small_network(), clusters=True).source
    last_frame = source.rindex("subgraph")
    assert source.index(" -> ") > last_frame


def test_frames_change_nothing_but_the_order():
    loss = small_network()
    framed = draw_dot(loss, clusters=True).source.splitlines()
    for line in draw_dot(loss).source.splitlines():
        assert line in framed


@pytest.mark.draws
def test_a_collapsed_scope_says_how_much_is_in_it():
    # Three neurons of two weights, a bias, a sum of products and a ReLU each; then one of three
    # weights, a bias and a sum of products.
    words = texts(small_network(), collapse=2)
    place = words.index("layer1")
    counts = ["layer1", "nodes", "15", "parameters", "9", "operations", "6"]
    assert words[place : place + 7] == counts
    place = words.index("layer2")
    assert words[place : place + 7] == [
        *("layer2", "nodes", "5", "parameters", "4", "operations", "1"),
    ]
    assert words.count("3 edges") == 3  # x1 and x2 to three neurons each, three outputs to layer2


def test_arrows_between_scopes_are_drawn_once():
    source = draw_dot(small_network(), collapse=2, local_derivatives=False).source
    assert len(lines(source, "\ts1 -> ")) == 1  # layer1, to layer2 alone
    assert not lines(source, "s0 -> s0")
    whole = draw_dot(small_network(), collapse=1).source
    assert len(lines(whole, "[label=<")) == 6  # x1, x2, t, mlp, the difference, the loss


@pytest.mark.parametrize(
    ("options", "boxes", "inside"),
    [
        ({"collapse": 1}, ["mlp"], []),
        ({"collapse": 2}, ["layer2", "layer1"], ["mlp"]),
        ({"collapse": 9}, [], ["mlp", "layer2", "neuron1", "layer1", *("neuron1", "neuron2")]),
        ({"collapse": "mlp.layer1"}, ["layer1"], ["mlp", "layer2", "neuron1"]),
        (
            {"collapse": ["mlp.layer1.neuron2", "mlp.layer2"]},
            ["layer2", "neuron2"],
            ["mlp", "layer1", "neuron1", "neuron3"],
        ),
        ({"expand": "mlp"}, ["layer2", "layer1"], ["mlp"]),
        ({"expand": "mlp.layer1"}, ["layer2", "neuron1", "neuron2", "neuron3"], ["mlp", "layer1"]),
        (
            {"expand": "mlp.layer1.neuron3", "collapse": 2},
            ["layer2", "neuron1", "neuron2"],
            ["mlp", "layer1", "neuron3"],
        ),
        ({"collapse": ["mlp"], "expand": ["mlp"]}, [], ["mlp", "layer2", "neuron1", "layer1"]),
    ],
)
def test_scopes_are_collapsed_and_opened_as_asked(options, boxes, inside):
    source = draw_dot(small_network(), clusters=True, **options).source
    folds = [line for line in source.splitlines() if line.startswith("\ts") and "[label=<" in line]
    assert [line.split('point-size="13">')[1].split("<")[0] for line in folds] == boxes
    assert [name for _, name in frames(source)][: len(inside)] == inside


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"collapse": "layer1"}, ValueError, "collapse: no scope .* 'layer1'; its scopes: mlp,"),
        ({"expand": ["mlp.layer3"]}, ValueError, "expand: no scope .* called 'mlp.layer3'"),
        ({"collapse": 0}, ValueError, "a depth >= 1, or names of scopes, not 0"),
        ({"collapse": 1.5}, TypeError, "collapse takes names of scopes, not float"),
    ],
)
def test_scopes_that_are_not_there_are_errors(options, error, words):
    with pytest.raises(error, match=words):
        draw_dot(small_network(), **options)


def test_a_graph_without_scopes_says_so():
    with pytest.raises(ValueError, match="it has none: see autograd.scope"):
        draw_dot(Value(1.0) + 1, expand="layer1")


# ---- large graphs -------------------------------------------------------------------------------


@pytest.mark.draws
def test_a_large_graph_with_scopes_is_collapsed_by_itself():
    root = wide(8, 200)
    assert len(topological_order(root)) == 8 * 200 + 9
    picture = draw_dot(root)
    assert len(lines(picture.source, "[label=<")) == 8 + 9
    assert picture.pipe("svg")
    assert len(lines(draw_dot(root, collapse=()).source, "[label=<")) == 8 * 200 + 9


@pytest.mark.draws
def test_of_a_large_graph_many_nodes_without_scope_are_collapsed_too_but_not_the_root():
    words = texts(wide(40, 10))
    assert "(no scope)" in words  # 39 of the 40 sums; the last one is the root
    assert words[words.index("(no scope)") + 2] == "39"
    assert "f" in words


def test_a_large_graph_is_opened_where_one_asks():
    source = draw_dot(wide(8, 200), expand="part3").source
    assert len(lines(source, "[label=<")) == 7 + 9 + 200


@pytest.mark.parametrize("options", [{}, {"heat": True}, {"style": "compact"}])
def test_a_picture_that_nobody_could_read_is_refused_but_not_its_text(options):
    root = chain(5000)
    root.backward()
    picture = draw_dot(root, **options)
    assert len(lines(picture.source, "[label=<")) >= 5000
    with pytest.raises(ValueError, match="5,000 values .* cannot be read: at most 300 .*depth=3"):
        picture.pipe("png")
    with pytest.raises(ValueError, match="See a part of it"):
        picture.render("never.png")


@pytest.mark.draws
def test_the_largest_picture_is_drawn():
    assert draw_dot(chain(MOST_VALUES), style="compact").pipe("svg")


def test_a_graph_of_a_hundred_thousand_nodes_is_refused():
    with pytest.raises(ValueError, match="100,000 values to draw, and at most 300 can be read"):
        draw_dot(chain(100_000))


def test_a_graph_of_a_hundred_thousand_nodes_is_collapsed_if_it_has_scopes():
    with scope("long"):
        root = chain(100_000)
    assert len(draw_dot(root + 1).source) < 3000


def test_a_part_of_a_graph_of_a_hundred_thousand_nodes_is_drawn():
    root = chain(100_000)
    assert len(lines(draw_dot(root, depth=3).source, "[label=<")) == 4
    assert len(lines(draw_dot(root, around="x", depth=3).source, "[label=<")) == 4


def test_too_many_arrows_are_refused_too():
    xs = [Value(1.0) for _ in range(100)]
    outputs = [dot(xs[:50], xs[50:]) for _ in range(10)]
    with pytest.raises(ValueError, match="110 values and 1,000 arrows cannot be read"):
        draw_dot(outputs).pipe("svg")

"""Heat and highlighted paths: what stands out in a picture."""

import math
from itertools import pairwise

import pytest

from autograd import Value, exp, ieee, leaves, paths, relu, topological_order
from tests.viz.drawn import lines, small_network, texts
from viz import draw_dot
from viz.emphasis import CLASSES, DEAD, HIGHLIGHT, NOT_FINITE, STALE_COLOUR


def line_of(source, node):
    """The line that draws a node."""
    (found,) = lines(source, f"\t{node} [label=")
    return found


def place_of(line):
    """Which of the classes a line is drawn in."""
    (place,) = [i for i, (fill, *_) in enumerate(CLASSES) if f'bgcolor="{fill}"' in line]
    return place


def test_heat_needs_gradients(skip_chain):
    with pytest.raises(ValueError, match=r"there are none yet: call backward\(\) first"):
        draw_dot(skip_chain, heat=True)


def test_the_colour_of_a_box_is_the_logarithm_of_its_gradient():
    # f = 10^1 * a + 10^3 * b + 10^5 * c: gradients 1, 10, 1000, 100000 in five equal classes of
    # log10 from 0 to 5 are in classes 0, 1, 3 and (at the upper end) 4.
    a, b, c = Value(1.0, label="a"), Value(1.0, label="b"), Value(1.0, label="c")
    root = a * 10 + b * 1e3 + c * 1e5
    root.backward()
    source = draw_dot(root, heat=True).source
    order = topological_order(root)
    places = {node.label: place_of(line_of(source, f"n{order.index(node)}")) for node in (a, b, c)}
    assert places == {"a": 1, "b": 3, "c": 4}
    assert place_of(line_of(source, f"n{len(order) - 1}")) == 0


def test_the_colour_of_an_arrow_is_its_share_not_its_local_derivative():
    # f = 100 h, h = 2 x + 30 y: the arrow of x carries 100 * 2, that of y 100 * 30.
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    root = (x * 2 + y * 30) * 100
    root.backward()
    source = draw_dot(root, heat=True, style="compact").source
    (of_x,), (of_y,) = lines(source, "\tn0 -> "), lines(source, "\tn2 -> ")
    # log10 of the scale: 0 to 3.48 in five classes of 0.70; 2.30 is in class 3, 3.48 at the end
    assert "penwidth=4" in of_x
    assert "penwidth=5" in of_y


@pytest.mark.draws
def test_dead_ways_are_dashed_and_named_in_the_legend():
    x, w = Value(2.0, label="x"), Value(-1.0, label="w")
    root = relu(x * w) + x
    root.backward()
    source = draw_dot(root, heat=True).source
    order = topological_order(root)
    product = order.index(next(node for node in order if node.op == "mul"))
    assert "dashed" in line_of(source, f"n{product}")
    assert "dashed" in line_of(source, f"n{order.index(w)}")
    assert "dashed" not in line_of(source, f"n{order.index(x)}")
    assert all("style=dashed" in line for line in lines(source, f"-> n{product}op"))
    words = texts(root, heat=True)
    place = words.index("|gradient|")
    assert words[place + 1 : place + 3] == ["1", "0"]


@pytest.mark.draws
def test_gradients_that_are_not_finite_have_a_look_of_their_own():
    with ieee():
        x = Value(0.0, label="x")
        root = x.sqrt() + x
        root.backward()
        assert math.isinf(x.grad)
    words = texts(root, heat=True)
    assert words[words.index("|gradient|") + 1] == "inf or nan"
    assert NOT_FINITE.fill in line_of(draw_dot(root, heat=True).source, "n0")


@pytest.mark.draws
@pytest.mark.parametrize("seed", [1.7e308, 5e-324, 1.0])
def test_the_ends_of_the_floats_have_a_scale(seed):
    x = Value(1.0)
    root = exp(x * 0.001)
    root.backward(seed)
    assert "|gradient|" in texts(root, heat=True)


def test_the_colours_differ_in_lightness_and_their_text_can_be_read():
    def luminance(colour):  # as WCAG 2 defines it
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for scale in ([fill for fill, *_ in CLASSES], [line for _, line, *_ in CLASSES]):
        assert all(luminance(a) > 1.1 * luminance(b) for a, b in pairwise(scale))
    for fill, text in [(fill, text) for fill, _, text, _ in CLASSES] + [(DEAD.fill, DEAD.text)]:
        dark, light = sorted([luminance(fill), luminance(text)])
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    widths = [width for *_, width in CLASSES]
    assert widths == sorted(widths)


# ---- highlighted paths --------------------------------------------------------------------------


def test_a_path_is_highlighted_and_the_other_way_is_not(skip_chain):
    x0 = leaves(skip_chain)[0]
    long, short = paths(skip_chain, x0)
    assert len(long.nodes) == 8  # z, yx, y1, xw1, x1, xwb0, xw0, x0
    for path in (long, short):
        source = draw_dot(skip_chain, highlight=path, style="compact").source
        assert len(lines(source, HIGHLIGHT)) == len(path.nodes) + len(path.nodes) - 1


def test_nodes_are_highlighted_with_the_arrows_between_them(lnexp):
    h1, h3 = lnexp.parents  # h1 is 0, and a node all the same
    source = draw_dot(lnexp, highlight=[lnexp, h1], local_derivatives=False).source
    assert len(lines(source, HIGHLIGHT)) == 2 + 2  # f, h1; h1 to the addition, that to f
    assert len(lines(draw_dot(lnexp, highlight=[h1, h3]).source, HIGHLIGHT)) == 2
    assert len(lines(draw_dot(lnexp, highlight=h3).source, HIGHLIGHT)) == 1


def test_a_path_leads_through_the_single_operations_of_a_dot():
    loss = small_network()
    x1 = next(leaf for leaf in leaves(loss) if leaf.label == "x1")
    path = paths(loss, x1)[0]
    source = draw_dot(loss, highlight=path, style="compact", single_operations=True).source
    # x1 w1 + x2 w2 + b and h1 w1 + h2 w2 + h3 w3 + b: through the product and the sums after it,
    # so 2 + 3 more nodes than in the graph itself.
    assert len(path.nodes) == 6  # loss, difference, sum, relu, sum, x1
    assert len(lines(source, HIGHLIGHT)) == 2 * (6 + 2 + 3) - 1


def test_a_path_leads_through_collapsed_scopes():
    loss = small_network()
    x1 = next(leaf for leaf in leaves(loss) if leaf.label == "x1")
    source = draw_dot(
        loss, highlight=paths(loss, x1)[0], style="compact", collapse=2, local_derivatives=False
    ).source
    nodes = [line for line in lines(source, HIGHLIGHT) if " -> " not in line]
    assert len(nodes) == 5  # x1, layer1, layer2, the difference, the loss


@pytest.mark.parametrize(
    ("highlight", "error", "words"),
    [
        ([Value(3.0, label="w")], ValueError, "label='w'.* is not in this graph"),
        (["q"], ValueError, "no node of this graph is called 'q'"),
        ([3], TypeError, "expected a Value or its name, not int"),
        (3, TypeError, "takes a path .* or Values or their names, not int"),
    ],
)
def test_what_cannot_be_highlighted_is_an_error(lnexp, highlight, error, words):
    with pytest.raises(error, match=words):
        draw_dot(lnexp, highlight=highlight)


def test_what_is_out_of_the_picture_cannot_be_highlighted(lnexp):
    with pytest.raises(ValueError, match="label='y'.* is not in the picture"):
        draw_dot(lnexp, depth=1, highlight="y")


def test_nodes_are_highlighted_by_the_names_that_the_picture_shows(lnexp):
    y, h2 = lnexp.parents[1].parents[0].parents[0], lnexp.parents[1].parents[0]
    assert (
        draw_dot(lnexp, highlight=["y", "h2"]).source == draw_dot(lnexp, highlight=[y, h2]).source
    )


# ---- data assigned after the forward pass -------------------------------------------------------

DASHED = f'color="{STALE_COLOUR}" bgcolor="#ffffff" style="rounded,dashed"'


def test_numbers_from_before_an_assignment_are_marked_and_the_picture_says_why(lnexp):
    assert STALE_COLOUR not in draw_dot(lnexp).source
    z = lnexp.parents[1].parents[1]
    z.data = 5.0  # h3 = h2 * z = 40.2 is no longer their product; f = h1 + h3 still is their sum
    source = draw_dot(lnexp).source
    (box,) = lines(source, DASHED)
    assert box.startswith("n5 ")
    assert ">h3<" in box
    assert "dashed red: data was assigned after this was computed" in source


def test_a_collapsed_scope_is_marked_too_and_the_legend_stays():
    loss = small_network()
    weight = next(leaf for leaf in leaves(loss) if leaf.scope == "mlp.layer2.neuron1")
    weight.data += 0.5
    source = draw_dot(loss, collapse=2, heat=True).source
    (fold,) = [line for line in lines(source, STALE_COLOUR) if line.startswith("s")]
    assert "layer2" in fold
    assert "|gradient|" in source
    assert "dashed red: " in source


@pytest.mark.parametrize("style", ["bare", "key"])
def test_no_worksheet_is_made_of_numbers_that_do_not_follow(lnexp, style):
    lnexp.parents[1].parents[1].data = 5.0
    with pytest.raises(ValueError, match="the data of h2 or z, or of h3 itself, was changed after"):
        draw_dot(lnexp, style=style)

"""One step of gradient descent as a picture."""

import pytest

from autograd import Value, ln, topological_order
from tests.viz.drawn import small_network, texts
from viz.descent import copied, draw_step
from viz.styles import ANSWER_COLOUR, COLOURS


def words_of(picture):
    from xml.etree import ElementTree

    svg = picture.pipe("svg", encoding="utf-8")
    items = ElementTree.fromstring(svg).iter()
    return [item.text.strip() for item in items if item.tag.endswith("}text")]


@pytest.mark.draws
@pytest.mark.parametrize(
    ("rate", "y", "loss"),
    # Homework 002: y^2 + (y - x)^2 from (1, 1). The gradient is (0, 2), so x stays and y becomes
    # 1 - 2 * rate; the loss at (1, y) is y^2 + (y - 1)^2.
    [(0.01, "0.98", "0.9608"), (0.1, "0.8", "0.68"), (10, "-19", "761")],
)
def test_the_steps_of_the_homework(rate, y, loss):
    x0, y0 = Value(1.0, label="x"), Value(1.0, label="y")
    words = words_of(draw_step(y0**2 + (y0 - x0) ** 2, rate))
    assert y in words
    assert loss in words
    assert f"one step of gradient descent, learning rate {rate}: f from 1 to {loss}" in words


@pytest.mark.draws
def test_every_box_shows_value_and_gradient_before_and_after():
    # f = w x at w = 3, x = 2, rate 0.5: w becomes 3 - 0.5 * 2 = 2, and f' = 4.
    w, x = Value(3.0, label="w"), Value(2.0, label="x")
    words = words_of(draw_step(w * x, 0.5, parameters=["w"]))
    place = words.index("w")
    assert words[place : place + 9] == ["w", "value", "3", "→", "2", "grad", "2", "→", "2"]
    place = words.index("x")  # given, so it stays
    assert words[place : place + 9] == ["x", "value", "2", "→", "2", "grad", "3", "→", "2"]
    place = words.index("f")
    assert words[place : place + 9] == ["f", "value", "6", "→", "4", "grad", "1", "→", "1"]


def test_what_moves_is_what_is_named_or_has_a_scope_or_all_leaves(skip_chain):
    parameter = COLOURS["parameter"][0]
    assert draw_step(skip_chain, 0.1, parameters=["w0", "b0"]).source.count(parameter) == 2
    assert draw_step(skip_chain, 0.1).source.count(parameter) == 5
    network = draw_step(small_network(), 0.1).source
    assert network.count(parameter) == 13  # 9 weights and 4 biases, not x1, x2 and t


def test_what_moved_is_red_and_nothing_else(skip_chain):
    # dz/dw0 = -0.2, dz/db1 = 1: both move. A rate of 0 moves nothing.
    source = draw_step(skip_chain, 0.1, parameters=["w0", "b1"]).source
    assert source.count(ANSWER_COLOUR) == 2
    assert ANSWER_COLOUR not in draw_step(skip_chain, 0.0).source


def test_the_users_values_are_not_touched():
    root = small_network()
    root.backward()  # leaves hold twice their gradient now
    before = [(node.data, node.grad, node.has_grad) for node in topological_order(root)]
    draw_step(root, 0.1)
    assert [(node.data, node.grad, node.has_grad) for node in topological_order(root)] == before


def test_gradients_are_those_of_the_root_whatever_was_left_in_the_nodes():
    x = Value(3.0, label="x")
    root = x * x
    for _ in range(3):
        root.backward()
    assert x.grad == 18.0
    assert copied(topological_order(root), {})[x].grad == 6.0


@pytest.mark.draws
def test_a_step_out_of_the_domain_is_shown_as_nan():
    x = Value(0.1, label="x")
    assert "nan" in words_of(draw_step(ln(x), 1.0))  # x becomes 0.1 - 10


@pytest.mark.draws
def test_any_label_is_safe():
    root = Value(1.0, label='<b>"\\') * Value(2.0, label="]]>&amp;")
    root.label = "f<{|}>\\N"
    assert "f<{|}>\\N" in words_of(draw_step(root, 0.1))


def test_what_is_no_step_is_an_error(lnexp):
    with pytest.raises(TypeError, match="one result smaller"):
        draw_step([lnexp, lnexp], 0.1)
    with pytest.raises(TypeError, match="expected a real number, not str"):
        draw_step(lnexp, "0.1")
    with pytest.raises(ValueError, match="'q' is no leaf"):
        draw_step(lnexp, 0.1, parameters=["q"])
    lnexp.parents[0].parents[0].data = 5.0
    with pytest.raises(ValueError, match="was changed after"):
        draw_step(lnexp, 0.1)


def test_a_graph_that_is_too_large_is_refused():
    x = Value(1.0)
    for _ in range(400):
        x = x + 1
    with pytest.raises(ValueError, match="cannot be read"):
        draw_step(x, 0.1).pipe()


@pytest.mark.draws
def test_the_words_of_a_plain_picture_are_not_those_of_a_step(lnexp):
    assert "→" not in texts(lnexp)

"""Styles: compact pictures, worksheets, and keys that lie over them."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Value, ieee, scope
from autograd.functions import make_function
from tests.own_operations import entered
from tests.viz.drawn import elements, lines, small_network, texts
from viz import draw_dot
from viz.styles import ANSWER_COLOUR, BLANKS, STYLES

DATA = Path(__file__).parents[1] / "data"


def test_a_compact_picture_has_one_node_a_value_and_one_arrow_an_operand(lnexp):
    source = draw_dot(lnexp, style="compact").source
    assert len(lines(source, "[label=")) == 7  # x, y, z, h1, h2, h3, f
    assert len(lines(source, " -> ")) == 6  # ln 1, exp 1, times 2, plus 2


@pytest.mark.draws
def test_a_compact_node_says_operation_name_data_and_gradient(lnexp):
    words = texts(lnexp, style="compact")
    place = words.index("×")
    assert words[place : place + 6] == ["×", "h3", "data", "40.1711", "grad", "1"]


def test_local_derivatives_are_shown_or_not_as_asked(lnexp):
    assert "∂" not in draw_dot(lnexp, style="compact").source
    assert "∂h3/∂h2 = 2" in draw_dot(lnexp, style="compact", local_derivatives=True).source
    assert "∂" not in draw_dot(lnexp, local_derivatives=False).source
    assert len(lines(draw_dot(lnexp, local_derivatives=False).source, " -> ")) == 6 + 4


@pytest.mark.draws
def test_a_worksheet_gives_the_inputs_and_asks_for_all_else(lnexp):
    words = texts(lnexp, style="bare")
    # x = 1, y = 3, z = 2 are given; 40.1711 and 20.0855 are to be found.
    assert [word for word in words if word.replace(".", "").isdigit()] == ["1", "3", "2"]
    for name in ("x", "h1", "h2", "h3", "f", "ln", "exp", "×", "+", "∂h3/∂z ="):
        assert name in words


@pytest.mark.draws
def test_a_key_has_every_answer(lnexp):
    words = texts(lnexp, style="key")
    assert words.count("40.1711") == 3  # the values of h3 and f, the gradient of y
    assert words.count("20.0855") == 4  # h2, the gradient of z, dh2/dy, dh3/dz


@pytest.mark.draws
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("graph", ["lnexp", "skip_chain", "network"])
def test_a_key_lies_over_its_sheet(graph, rankdir, request):
    root = small_network() if graph == "network" else request.getfixturevalue(graph)
    options = {"rankdir": rankdir, "clusters": graph == "network"}
    sheet = [(item.tag, item.attrib, item.text) for item in elements(root, style="bare", **options)]
    root.backward()
    key = [
        (item.tag, item.attrib, item.text)
        for item in elements(root, style="key", **options)
        if item.get("fill") != ANSWER_COLOUR
    ]
    assert key == sheet


@pytest.mark.draws
@pytest.mark.parametrize(
    ("blanks", "answers"),
    [
        ("values", ["0", "20.0855", "40.1711", "40.1711"]),
        ("gradients", ["1", "1", "40.1711", "2", "20.0855", "1", "1"]),
        ("local derivatives", ["1", "20.0855", "2", "20.0855", "1", "1"]),
        (("values", "local derivatives"), ["0", "20.0855", "40.1711", "40.1711"]),
    ],
)
def test_what_is_asked_for_is_a_choice(lnexp, blanks, answers):
    given_numbers = texts(lnexp, style="bare", blanks=blanks)
    everything = texts(lnexp, style="key", blanks=blanks)
    for word in given_numbers:
        everything.remove(word)
    expected = [*answers, "1", "20.0855", "2", "20.0855", "1", "1"]
    assert sorted(everything) == sorted(expected if isinstance(blanks, tuple) else answers)


def test_a_worksheet_needs_no_backward_pass_and_a_key_does(skip_chain):
    assert "∂" in draw_dot(skip_chain, style="bare").source
    assert draw_dot(skip_chain, style="key", blanks="values").source
    with pytest.raises(ValueError, match=r"call backward\(\) first"):
        draw_dot(skip_chain, style="key")


@pytest.mark.draws
def test_the_longest_numbers_fit_their_room():
    with ieee():
        x = Value(-1.234567e-100, label="x")
        root = x * -7.654321e-200
        root.backward(-1.111111e-105)
    assert {"-1.23457e-100", "-7.65432e-200", "-1.11111e-105"} <= set(texts(root, style="key"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style": "plain"}, "slide, compact, bare, key, not 'plain'"),
        ({"style": "bare", "blanks": "grads"}, "values, gradients, local derivatives or all"),
    ],
)
def test_wrong_choices_say_what_is_possible(options, words):
    with pytest.raises(ValueError, match=words):
        draw_dot(Value(1.0), **options)


@pytest.mark.draws
@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=4, deadline=None)
@given(st.text(max_size=12), st.text(min_size=1, max_size=12))
@example("\ud800", "\uffff")
@example('quote" \\N {a|b} <c> -->', "a\nb.c\\")
@example("trailing\\", '<table>.&amp;."')
def test_any_label_and_any_scope_is_safe_in_every_style(style, label, name):
    with scope(name):
        product = Value(1.0, label=label) * Value(2.0, label=label)
    product.label = label
    product.backward()
    for options in ({}, {"local_derivatives": True}, {"collapse": 1}):
        heat = style in ("slide", "compact")
        words = texts(product, style=style, clusters=True, heat=heat, **options)
        assert ("|gradient|" in words) == heat
        assert "nodes" in words if "collapse" in options else "×" in words


@pytest.mark.draws
@pytest.mark.parametrize("style", STYLES)
def test_the_symbol_of_a_users_operation_is_safe(style):
    def odd(x):
        return x, 1.0

    with entered(odd, symbol='<b>"\\{}|\n') as operation:
        root = make_function(operation)(Value(1.0))
        root.backward()
        assert '<b>"\\{}|' in texts(root, style=style)


@pytest.mark.parametrize("style", ["compact", "bare", "key"])
def test_the_text_of_a_style_is_the_golden_one(lnexp, style):
    golden = DATA / f"lnexp_{style}.dot"
    assert draw_dot(lnexp, style=style).source == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", STYLES)
def test_a_square_has_two_arrows_and_two_nodes_of_one_label_stay_two(style):
    a, b = Value(3.0, label="w"), Value(3.0, label="w")
    square, product = a * a, a * b
    square.backward()
    product.backward()
    assert len(lines(draw_dot(square, style=style).source, "\tn0 -> ")) == 2
    source = draw_dot(product, style=style).source
    assert len(lines(source, "\tn0 [")) == len(lines(source, "\tn1 [")) == 1


@pytest.mark.draws
def test_a_compact_node_shows_odd_numbers_and_a_dash_before_backward():
    with ieee():
        x = Value(-0.0, label="x")
        root = (x + 1e-300) / 0.0
    words = texts(root, style="compact")
    assert {"-0", "1e-300", "inf", "÷ 0"} <= set(words)
    assert words.count("–") == 3
    with ieee():
        root.backward()
    assert "–" not in texts(root, style="compact")


@pytest.mark.draws
@pytest.mark.parametrize("style", STYLES)
def test_all_styles_draw_all_three_graphs(style, lnexp, skip_chain):
    skip_chain.backward()
    for root in (lnexp, skip_chain, small_network()):
        picture = draw_dot(root, style=style, clusters=True)
        assert picture.pipe("pdf").startswith(b"%PDF")
        assert picture.pipe("png", dpi=50).startswith(b"\x89PNG")


def test_blanks_are_named_as_in_the_documentation():
    for kind in BLANKS:
        assert f'"{kind}"' in draw_dot.__doc__


@pytest.mark.parametrize("style", ["bare", "key"])
def test_heat_would_give_a_worksheet_away(style):
    x = Value(2.0, label="x")
    root = x * x
    root.backward()
    with pytest.raises(ValueError, match="heat colours by gradient, which a worksheet asks for"):
        draw_dot(root, style=style, heat=True)

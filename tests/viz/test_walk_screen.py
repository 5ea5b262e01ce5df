"""What a walk looks like, as text, at the widths and heights people have."""

import pytest

from autograd import Value, dot, ieee, sqrt
from examples.demo import relu_chain
from viz import steps
from viz.walk_screen import ASCII, UNICODE, Entry, Sheet, help_screen, screen
from viz.walking import Walk

SIZES = [(120, 40), (80, 24), (60, 20), (40, 15), (20, 6), (10, 3), (1, 1)]


@pytest.fixture
def walk():
    return Walk(steps(relu_chain()))


def text(walk, width=80, height=24, signs=UNICODE, entry=None):
    lines = screen(Sheet(walk, width, signs), height, entry)
    return "\n".join(line.plain.rstrip() for line in lines)


def test_a_value_with_symbols_with_numbers_and_among_its_neighbours(walk):
    walk.go_to("x1")
    assert text(walk, 60, 20) == (
        """\
Forward pass, step 6 of 25
────────────────────────────────────────────────────────────
x1 = relu(xwb0)
   = relu(0.4)
   = 0.4

from          this node     used by
xwb0 = 0.4    ▶ x1 = 0.4    xw1 = –

  node  value  gradient    then
  w0      0.3         –    w1 = given
  xw0     0.3         –    xw1 = x1 * w1
  b0      0.1         –    b1 = given
  xwb0    0.4         –    y1 = xw1 + b1
▶ x1      0.4         –    yx = y1 + x0
  w1        –         –    z = relu(yx)
  xw1       –         –    dz/dz = the seed
  b1        –         –    and 12 more steps

→ next  ← back  g go to  n follow  p predict  ? help  q quit"""
    )


def test_a_contribution_with_what_it_is_added_to_and_who_sends_it(walk):
    walk.go(23)
    shown = text(walk)
    assert (
        """\
dz/dx0 += dz/dxw0 * ∂xw0/∂x0
        = (-0.2) * 0.3
        = -0.06
  with ∂xw0/∂x0 = w0
dz/dx0 = 1 + (-0.06) = 0.94  (complete)

from        this node          used by
an input    ▶ x0 = 1           yx sent 1
              dz/dx0 = 0.94    ← xw0 sends -0.06
"""
        in shown
    )


def test_a_share_that_is_still_to_come(walk):
    walk.go(15)
    assert "dz/dx0 = 1  (1 more to come)" in text(walk)
    assert "xw0 to come" in text(walk)


def test_in_forty_columns_the_panels_stand_below_each_other(walk):
    walk.go(23)
    assert text(walk, 40, 15) == (
        """\
Backward pass, step 24 of 25
dz/dx0 += dz/dxw0 * ∂xw0/∂x0
        = (-0.2) * 0.3
        = -0.06
  with ∂xw0/∂x0 = w0
dz/dx0 = 1 + (-0.06) = 0.94  (complete)
from an input
▶ x0 = 1    dz/dx0 = 0.94
used by yx sent 1, ← xw0 sends -0.06
then
dz/dw0 += dz/dxw0 * ∂xw0/∂w0



→ next  ← back  g go to  ? help  q quit"""
    )


def test_what_is_asked_for_is_nowhere_on_the_screen():
    walk = Walk(steps(relu_chain()), predicting=True)
    walk.go_to("xw1")
    shown = text(walk)
    assert "xw1 = x1 * w1\n    = 0.4 * (-0.2)\n    = ?" in shown
    assert "-0.08" not in shown
    walk.go(23)
    shown = text(walk)
    assert "with xw0 = x0 * w0, dz/dxw0 = -0.2, so far dz/dx0 = 1" in shown
    assert "dz/dx0 = ?  (this share added)" in shown
    assert "← xw0 sends ?" in shown
    assert "-0.06" not in shown
    assert "0.94" not in shown
    assert "enter answer  → show it" in shown


def test_the_verdict_and_the_score_are_shown():
    walk = Walk(steps(relu_chain()), predicting=True)
    walk.go(23)
    walk.predict("1.06")
    shown = text(walk)
    said = "You: 1.06. Wrong: it is 0.94. Probably at the edge xw0 → x0: the sign is wrong; "
    assert f"{said}∂xw0/∂x0 is 0.3, not -0.3." in " ".join(shown.split())
    assert shown.splitlines()[0].endswith("0 of 1 right")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_every_line_fits_and_there_are_as_many_as_the_window_has(width, height, signs):
    inputs = [Value(i / 3, label=f"a_rather_long_name_{i}") for i in range(40)]
    wide = Value(2.0, label="日本語の名前です")
    root = dot(inputs, inputs[::-1]) * wide
    for predict in (False, True):
        walk = Walk(steps(root), predicting=predict)
        for position in (0, 40, 41, 42, 43, 44, 60, len(walk.steps) - 1):
            walk.go(position)
            for entry in (None, Entry("go to", "a" * 100, "hint " * 30)):
                lines = screen(Sheet(walk, width, signs), height, entry)
                assert len(lines) == height
                assert all(line.cell_len <= width for line in lines)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_help_fits(walk, width, height):
    lines = help_screen(Sheet(walk, width), height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (40, 15)])
def test_the_help_names_every_key_in_the_usual_windows(walk, width, height):
    shown = "\n".join(line.plain for line in help_screen(Sheet(walk, width), height))
    for key in ("right", "left", "home", "g /", "n ", "w ", "p ", "?", "q "):
        assert key in shown


def test_a_graph_taller_than_the_window_shows_the_nodes_around_this_one():
    root = Value(0.0, label="start")
    for _ in range(1000):
        root = root + 1
    walk = Walk(steps(root))
    walk.go(500)
    shown = text(walk)
    assert "▶ v500" in shown
    assert "and 1490 more steps" in shown  # 2002 in all, 501 gone, 11 listed
    assert "start" not in shown.split()


def test_a_node_that_thousands_use_shows_the_shares_around_this_one():
    x = root = Value(1.0, label="x")
    for _ in range(3000):
        root = root + x
    walk = Walk(steps(root))
    walk.to_end()
    assert "← v1 sends 1" in text(walk)
    walk.go(3003 + 2 * 1500)  # after 3001 values and the seed, every second share is for x
    assert "← v1500 sends 1" in text(walk)


def test_ascii_alone_where_the_terminal_has_no_more(walk):
    for position in range(25):
        walk.go(position)
        text(walk, signs=ASCII).encode("ascii")
    walk = Walk(steps(relu_chain()), predicting=True)
    walk.go(23)
    walk.predict("1.06")  # its verdict speaks of a local derivative
    shown = " ".join(text(walk, 120, signs=ASCII).split())
    assert "at the edge xw0 -> x0: the sign is wrong; dxw0/dx0 is 0.3, not -0.3." in shown
    text(walk, signs=ASCII).encode("ascii")


def test_nodes_whose_value_is_zero_send_and_receive_like_others():
    x = Value(0.0, label="x")
    h = x * 3
    h.label = "h"
    walk = Walk(steps(h * 5), predicting=True)
    walk.to_backward()
    assert "df/dx += df/dh * ∂h/∂x" in text(walk)
    walk.to_end()
    assert "with h = x * 3, df/dh = 5" in text(walk)


def test_infinite_and_undefined_numbers_are_shown():
    with ieee():
        root = sqrt(Value(0.0, label="x")) * 0
    walk = Walk(steps(root))
    walk.to_end()
    assert "= 0 * inf\n       = nan" in text(walk)


def test_control_characters_in_labels_do_nothing():
    walk = Walk(steps(Value(1.0, label="two\nlines") * Value(2.0, label="\x1b[2Jcleared")))
    for position in range(6):
        walk.go(position)
        assert "\x1b" not in text(walk)
        assert len(text(walk).split("\n")) == 24


def test_a_watched_node_is_marked(walk):
    walk.go_to("w0")
    walk.toggle_watch()
    walk.to_start()
    assert "\n* w0 " in text(walk)


def test_what_is_typed_stands_in_place_of_the_keys(walk):
    shown = text(walk, entry=Entry("go to", "x", "x0  x1"))
    assert shown.endswith("go to: x▏\nx0  x1")

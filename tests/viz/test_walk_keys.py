"""The walk key by key: what keys do, and that the terminal is left as it was."""

import io
import re
import sys

import pytest
from rich.console import Console

from autograd import Value
from examples.demo import relu_chain
from tests.terminals import in_terminals
from viz import explain, steps
from viz.walk_keys import KeyView, run
from viz.walk_views import walk
from viz.walking import Walk

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals alone")


@pytest.fixture
def view():
    return KeyView(Walk(steps(relu_chain())))


@pytest.fixture
def predicting():
    return KeyView(Walk(steps(relu_chain()), predicting=True))


def press(view, *keys):
    for key in keys:
        view.press(key)
    return view.walk


def shown(view, width=80, height=24):
    console = Console(file=io.StringIO(), width=width, height=height)
    return "\n".join(line.plain for line in view.lines(console))


# ---- what keys do -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["right", "space", "l", "j", "down", "enter"])
def test_keys_that_go_on(view, key):
    assert press(view, key).position == 1


@pytest.mark.parametrize("key", ["left", "backspace", "h", "k", "up"])
def test_keys_that_go_back(view, key):
    assert press(view, "end", key).position == 23


def test_the_ends_and_the_backward_pass(view):
    assert press(view, "G").position == 24
    assert press(view, "<").position == 0
    assert press(view, "b").position == 12


def test_unknown_keys_do_nothing(view):
    assert press(view, "", "Z", "delete", "θ").position == 0


def test_a_name_is_typed_completed_and_gone_to(view):
    press(view, "g", "x", "w", "b", "tab")
    assert "go to: xwb0" in shown(view)
    assert press(view, "enter").step.name == "xwb0"


def test_tab_offers_one_name_after_another(view):
    press(view, "/", "w", "tab")
    assert view.text == "w0"
    press(view, "tab")
    assert view.text == "w1"
    press(view, *["tab"] * 4)
    assert view.text == "w0"  # w0, w1, xw0, xwb0, xw1, and again


def test_the_names_that_fit_are_shown_while_typing(view):
    press(view, "g", "w")
    assert "w0  w1  xw0  xwb0  xw1" in shown(view)


def test_a_digit_begins_the_number_of_a_step(view):
    assert press(view, "1", "3", "enter").position == 12


def test_escape_leaves_what_was_typed_and_letters_are_keys_again(view):
    assert press(view, "g", "l", "l", "escape", "l").position == 1


def test_backspace_takes_back_a_letter(view):
    assert press(view, "1", "9", "backspace", "2", "enter").position == 11


def test_the_help_goes_away_with_any_key(view):
    press(view, "?")
    assert "the next step that changes the watched node" in shown(view)
    assert press(view, "l").position == 0
    assert press(view, "l").position == 1


def test_q_leaves(view):
    press(view, "q")
    assert view.is_done


def test_an_answer_is_typed_and_judged(predicting):
    walk = press(predicting, "3", "enter", *"0.3", "enter")
    assert str(walk.score) == "1 of 1 right"
    assert "= 0.3" in shown(predicting)


def test_an_answer_that_begins_with_a_letter(predicting):
    walk = press(predicting, "3", "enter", "=", *"exp(3)", "enter")
    assert str(walk.score) == "0 of 1 right"
    assert "You: 20.0855. Wrong: it is 0.3." in shown(predicting)


def test_an_answer_that_cannot_be_read_stays_to_be_mended(predicting):
    press(predicting, "3", "enter", *"0,3", "enter")
    assert "decimals are written with a point" in " ".join(shown(predicting).split())
    press(predicting, "backspace", "backspace", *".3", "enter")
    assert predicting.walk.score.right == 1


def test_enter_does_not_give_the_number_away(predicting):
    press(predicting, "3", "enter", "enter", "escape")
    assert predicting.walk.is_asking


# ---- in a terminal ------------------------------------------------------------------------------


class Typist:
    """A keyboard at which some keys are pressed, and then Ctrl-D."""

    def __init__(self, *keys):
        self.keys = list(keys)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read(self, timeout):
        if not self.keys:
            raise EOFError
        return self.keys.pop(0)


def drawn(*keys, width=80, **options):
    console = Console(
        file=io.StringIO(), force_terminal=True, width=width, height=24, highlight=False, **options
    )
    run(Walk(steps(relu_chain())), console, Typist(*keys))
    return console.file.getvalue()


def test_the_end_of_the_input_leaves():
    assert "step 2 of 25" in drawn("l")


def test_without_colour_nothing_is_lost(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    text = drawn("b", "l")
    assert not re.search(r"\x1b\[[0-9;]*3\d", text)  # no colour
    assert "← z sends 1" in re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_dumb_terminal_gets_one_step_below_the_other(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    text = drawn("b", "l", "g", "x", "escape", "?")
    assert "\x1b" not in text
    assert text.index("dz/dz = 1  (the seed)") < text.index("dz/dyx += dz/dz * ∂z/∂yx")
    assert "go to: x" in text
    assert "the next step that changes the watched node" in text


@pytest.fixture
def session():
    """Starts programs in terminals of their own."""
    with in_terminals() as start:
        yield start


WALK = "from viz.walk_views import walk; from examples.demo import relu_chain\n"
KEYS = f"{WALK}walk(relu_chain(), view='keys')"


@posix
def test_leaving_leaves_the_terminal_as_it_was(session):
    terminal = session(KEYS)
    terminal.wait_for("step 1 of 25")
    terminal.press("l")
    terminal.wait_for("step 2 of 25")
    terminal.press("\x1b[D")
    terminal.wait_for("step 1 of 25")
    terminal.press("q")
    assert terminal.finish() == 0
    assert terminal.is_restored()


@posix
def test_ctrl_c_leaves_the_terminal_as_it_was(session):
    terminal = session(KEYS)
    terminal.wait_for("quit")
    terminal.press("\x03")
    assert terminal.finish() != 0
    assert "KeyboardInterrupt" in terminal.output
    assert terminal.is_restored()


@posix
def test_an_exception_leaves_the_terminal_as_it_was(session):
    broken = "from viz.walking import Walk\ndef broken(walk): raise ZeroDivisionError('broken')\n"
    terminal = session(f"{broken}Walk.to_end = broken\n{KEYS}")
    terminal.wait_for("quit")
    terminal.press("G")
    assert terminal.finish() == 1
    assert "ZeroDivisionError" in terminal.output
    assert terminal.is_restored()


@posix
def test_a_window_that_gets_narrower_is_drawn_anew(session):
    terminal = session(KEYS, columns=80)
    terminal.wait_for("p predict")
    terminal.resize(40)
    shown = terminal.wait_for("q quit")  # no key was pressed
    assert "p predict" not in shown
    terminal.press("q")
    assert terminal.finish() == 0


@posix
def test_the_score_is_said_in_the_end(session):
    terminal = session(f"{WALK}walk(relu_chain(), view='keys', predict=True)")
    terminal.wait_for("quit")
    terminal.press("ll0.3\rq")
    assert terminal.finish() == 0
    assert "Predictions: 1 of 1 right." in terminal.output


# ---- where there is no terminal -----------------------------------------------------------------


def test_piped_all_steps_are_printed_and_that_is_said(capsys):
    root = relu_chain()
    walk(root)
    captured = capsys.readouterr()
    explain(root, console=Console(highlight=False))
    assert captured.out == capsys.readouterr().out
    assert "dz/dx0" in captured.out
    assert captured.err == "chalkgrad: not a terminal, so all steps are printed at once\n"


def test_what_is_no_result_and_no_view_is_refused():
    with pytest.raises(TypeError, match="expected a Value"):
        walk(3.0)
    with pytest.raises(ValueError, match="view is"):
        walk(Value(1.0), view="vim")


def test_a_missing_textual_is_named(monkeypatch):
    monkeypatch.setattr("viz.walk_views.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r" -m pip install '?chalkgrad\[tui\]"):
        walk(Value(1.0), view="textual")

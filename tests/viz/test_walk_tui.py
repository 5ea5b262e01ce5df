"""The walk as a Textual application, driven without a terminal."""

import asyncio
import re
import sys

import pytest

pytest.importorskip("textual")

from textual.pilot import Pilot

from examples.demo import relu_chain
from tests.terminals import in_terminals
from viz import steps
from viz.walk_tui import Entry, HelpScreen, NodePanel, WalkApp
from viz.walking import Walk

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals alone")


class Screen:
    """The application at some size, with keys and the mouse."""

    def __init__(self, pilot: Pilot):
        self.pilot = pilot
        self.app = pilot.app
        self.walk = pilot.app.walk

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text):
        await self.press(*(KEY_NAMES.get(letter, letter) for letter in text))

    def text(self):
        """All that is on the screen."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        assert len(lines) == height
        assert all(line.cell_length <= width for line in lines)
        return "\n".join(line.text.rstrip() for line in lines)


KEY_NAMES = {".": "full_stop", "-": "minus", "(": "left_parenthesis", ")": "right_parenthesis"}


def in_app(size=(80, 24), predict=False):
    """A test that is a coroutine of the screen."""

    def decorated(test):
        def run_test():
            async def main():
                app = WalkApp(Walk(steps(relu_chain()), predicting=predict))
                async with app.run_test(size=size) as pilot:
                    await pilot.pause()
                    await test(Screen(pilot))

            asyncio.run(main())

        run_test.__name__ = test.__name__
        return run_test

    return decorated


@in_app()
async def test_the_first_screen(screen):
    text = screen.text()
    assert "Forward pass, step 1 of 25" in text
    assert "x0 = 1  (given)" in text
    assert "→ next  ← back  g go to" in text


@in_app()
async def test_a_contribution_among_its_neighbours(screen):
    await screen.press("b", *["l"] * 11)
    lines = [line.strip() for line in screen.text().splitlines()]
    start = lines.index("dz/dx0 += dz/dxw0 * ∂xw0/∂x0")
    assert lines[start + 1 : start + 9] == [
        "= (-0.2) * 0.3",
        "= -0.06",
        "with ∂xw0/∂x0 = w0",
        "dz/dx0 = 1 + (-0.06) = 0.94  (complete)",
        "",
        "from        this node          used by",
        "an input    ▶ x0 = 1           yx sent 1",
        "dz/dx0 = 0.94    ← xw0 sends -0.06",
    ]


@in_app()
async def test_forward_and_back(screen):
    for position in (2, 3, 4):
        await screen.press("right")
        assert f"step {position} of 25" in screen.text()
    for position in (3, 2):
        await screen.press("left")
        assert f"step {position} of 25" in screen.text()


@in_app()
async def test_the_same_keys_as_in_the_other_view(screen):
    for key, position in [
        ("G", 24),
        ("k", 23),
        ("less_than_sign", 0),
        ("greater_than_sign", 24),
        ("home", 0),
        ("space", 1),
        ("j", 2),
        ("h", 1),
        ("enter", 2),
        ("pagedown", 12),
        ("pageup", 2),
        ("b", 12),
        ("N", 11),
    ]:
        await screen.press(key)
        assert screen.walk.position == position


@in_app()
async def test_a_name_is_typed_completed_and_gone_to(screen):
    await screen.press("g", "x", "w", "b")
    assert "go to: xwb" in screen.text()
    assert "xwb0" in screen.text()
    await screen.press("tab", "enter")
    assert screen.walk.step.name == "xwb0"
    await screen.press("l")  # letters are keys again
    assert screen.walk.position == 5


@in_app()
async def test_while_a_name_is_typed_letters_and_arrows_are_no_moves(screen):
    await screen.press("slash", "l", "b", "n", "question_mark", "q", "left", "home", "pagedown")
    assert screen.walk.position == 0
    assert screen.app.query_one(Entry).value == "lbn?q"
    await screen.press("escape", "l")
    assert screen.walk.position == 1


@in_app()
async def test_a_digit_begins_the_number_of_a_step(screen):
    await screen.press("1", "3", "enter")
    assert "dz/dz = 1  (the seed)" in screen.text()


@in_app()
async def test_a_name_that_is_not_there_is_said(screen):
    await screen.press("g", "q", "q", "enter")
    assert "There is no node qq." in screen.text()


@in_app()
async def test_a_watched_node_is_followed(screen):
    await screen.press("w", "n", "n")
    assert screen.walk.position == 23
    await screen.press("n")
    assert "Nothing changes x0 after this." in screen.text()


@in_app(predict=True)
async def test_a_prediction_is_asked_judged_and_scored(screen):
    await screen.press("3", "enter")
    assert "xw0 = x0 * w0" in screen.text()
    assert "= ?" in screen.text()
    await screen.write("-0.3")
    assert "the number is: -0.3" in screen.text()
    await screen.press("enter")
    text = screen.text()
    assert "You: -0.3. Wrong: it is 0.3. Probably the sign is wrong." in text
    assert "0 of 1 right" in text


@in_app(predict=True)
async def test_an_answer_that_cannot_be_read_stays_to_be_mended(screen):
    await screen.press("3", "enter", "equals_sign", "z", "enter")
    assert "has the name 'z' in it" in " ".join(screen.text().split())
    await screen.press("backspace", *["full_stop", "3"], "enter")
    assert str(screen.walk.score) == "1 of 1 right"


@in_app(predict=True)
async def test_enter_does_not_give_the_number_away(screen):
    await screen.press("3", "enter", "enter", "escape")
    assert screen.walk.is_asking
    assert "= ?" in screen.text()


@in_app()
async def test_the_help_comes_and_goes(screen):
    await screen.press("question_mark")
    assert isinstance(screen.app.screen, HelpScreen)
    assert "the next step that changes the watched node" in screen.text()
    await screen.press("l")
    assert not isinstance(screen.app.screen, HelpScreen)
    assert screen.walk.position == 0


@in_app()
async def test_a_click_on_a_node_goes_to_it(screen):
    await screen.press("l")
    assert await screen.pilot.click(NodePanel, offset=(5, 4))  # a heading, x0, w0, xw0, b0
    await screen.pilot.pause()
    assert screen.walk.step.name == "b0"


@in_app()
async def test_a_click_on_a_hint_does_what_its_key_does(screen):
    assert await screen.pilot.click("#hints", offset=(3, 0))
    await screen.pilot.pause()
    assert "step 2 of 25" in screen.text()


@in_app(size=(60, 20))
async def test_sixty_columns(screen):
    await screen.press("end")
    assert "→ next  ← back  g go to  n follow  p predict  ? help  q quit" in screen.text()
    assert "then nothing" in screen.text()


@in_app(size=(40, 15))
async def test_forty_columns(screen):
    await screen.press("2", "4", "enter")
    lines = screen.text().splitlines()
    assert lines[1:5] == [
        "dz/dx0 += dz/dxw0 * ∂xw0/∂x0",
        "        = (-0.2) * 0.3",
        "        = -0.06",
        "  with ∂xw0/∂x0 = w0",
    ]
    assert lines[-1] == "→ next  ← back  g go to  ? help  q quit"


@in_app(size=(80, 24))
async def test_a_window_that_changes_its_size(screen):
    await screen.press("b", "l")
    for width, height in [(40, 15), (120, 40), (20, 6), (80, 24)]:
        await screen.pilot.resize_terminal(width, height)
        await screen.pilot.pause()
        assert "14" in screen.text().splitlines()[0]


@in_app()
async def test_q_leaves(screen):
    await screen.press("q")
    assert screen.app.return_code == 0


@in_app()
async def test_ctrl_c_leaves_with_the_status_of_an_interrupt(screen):
    await screen.press("ctrl+c")
    assert screen.app.return_code == 130


# ---- in a terminal ------------------------------------------------------------------------------

WALK = "from viz.walk_views import walk; from examples.demo import relu_chain\n"
TEXTUAL = f"{WALK}walk(relu_chain())"  # what there is, and Textual is there


@pytest.fixture
def session():
    """Starts programs in terminals of their own."""
    with in_terminals() as start:
        yield start


@posix
def test_leaving_leaves_the_terminal_as_it_was(session):
    terminal = session(TEXTUAL)
    terminal.wait_for("quit")
    terminal.press("q")
    assert terminal.finish() == 0
    assert terminal.is_restored()


@posix
def test_ctrl_c_leaves_the_terminal_as_it_was(session):
    terminal = session(TEXTUAL)
    terminal.wait_for("quit")
    terminal.press("\x03")
    assert terminal.finish() != 0
    assert "KeyboardInterrupt" in terminal.output
    assert terminal.is_restored()


@posix
def test_an_exception_leaves_the_terminal_as_it_was(session):
    broken = "from viz.walking import Walk\ndef broken(walk): raise ZeroDivisionError('broken')\n"
    terminal = session(f"{broken}Walk.to_end = broken\n{TEXTUAL}")
    terminal.wait_for("quit")
    terminal.press("G")
    assert terminal.finish() == 1
    assert "ZeroDivisionError" in terminal.output
    assert terminal.is_restored()


@posix
def test_without_colour_no_colour_is_sent(session):
    terminal = session(TEXTUAL, NO_COLOR="1", COLORTERM="truecolor")
    shown = terminal.wait_for("quit")
    colours = {tuple(c.split(";")) for c in re.findall(r"[34]8;2;(\d+;\d+;\d+)", shown)}
    assert colours  # shades of grey
    assert all(red == green == blue for red, green, blue in colours)


@posix
def test_a_dumb_terminal_gets_the_other_view(session):
    terminal = session(TEXTUAL, TERM="dumb")
    terminal.wait_for("step 1 of 25")
    terminal.press("q")
    assert terminal.finish() == 0
    assert "\x1b" not in terminal.output

"""The walk key by key, drawn with rich: for terminals without Textual.

The window is drawn anew after every key and every change of its size. A terminal that cannot move
its cursor (TERM=dumb) gets the step printed below the last one instead.
"""

from __future__ import annotations

from contextlib import suppress

from rich.console import Console, Group

from viz.keyboard import Keyboard, keyboard
from viz.terminal import has_unicode
from viz.walk_screen import ASCII, UNICODE, Entry, Lines, Sheet, help_screen, screen
from viz.walking import COMMANDS, HINTS, OFFERED, TITLES, Walk

#: How often the size of the window is looked at, in seconds.
INTERVAL = 0.25
ACTIONS = {key: command.action for command in COMMANDS for key in command.keys}


def run(walk: Walk, console: Console, keys: Keyboard | None = None) -> None:
    """Walk until the person leaves.

    Args:
        walk: where to begin.
        console: a terminal; it is left as it was, also by an exception.
        keys: the keyboard; the terminal's, if not given.
    """
    view = KeyView(walk)
    with suppress(EOFError), keys or keyboard() as source:
        if console.is_dumb_terminal:
            show_below(view, console, source)
        else:
            show_in_window(view, console, source)


def show_in_window(view: KeyView, console: Console, keys: Keyboard) -> None:
    """Draw on the alternate screen, which gives way to what was there before."""
    with console.screen(hide_cursor=True) as window:
        while not view.is_done:
            size = console.size
            window.update(Group(*view.lines(console)))
            key = None
            while key is None and console.size == size:
                key = keys.read(INTERVAL)
            if key is not None:
                view.press(key)


def show_below(view: KeyView, console: Console, keys: Keyboard) -> None:
    """Print what each key changes below what stands there."""
    while not view.is_done:
        for line in view.brief_lines(console):
            console.print(line)
        key = None
        while key is None:
            key = keys.read(INTERVAL)
        view.press(key)


class KeyView:
    """What the keys do, and what is shown.

    Attributes:
        walk: the state.
        typing: what is being typed: "place", "answer", or "" for nothing.
        text: what has been typed.
        stem: what was typed before Tab completed it.
        hint: what the person who types should know.
        is_helping: whether the keys are explained.
        is_done: whether the person has left.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.typing = ""
        self.text = ""
        self.stem = ""
        self.hint = ""
        self.is_helping = False
        self.is_done = False

    # ---- showing --------------------------------------------------------------------------------

    def lines(self, console: Console) -> Lines:
        """The whole window."""
        sheet, height = self.sheet(console), console.height
        if self.is_helping:
            return help_screen(sheet, height)
        return screen(sheet, height, self.entry())

    def brief_lines(self, console: Console) -> Lines:
        """The step alone, and what is being typed."""
        sheet = self.sheet(console)
        if self.is_helping:
            return sheet.help()
        entry = self.entry()
        if entry is not None:
            return [sheet.typed(entry), *sheet.remark(entry.hint)]
        return sheet.brief_screen()

    def sheet(self, console: Console) -> Sheet:
        """The panels for this console."""
        return Sheet(self.walk, console.width, UNICODE if has_unicode(console) else ASCII)

    def entry(self) -> Entry | None:
        """The line that is being typed."""
        return Entry(TITLES[self.typing], self.text, self.hint) if self.typing else None

    # ---- keys -----------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Do what a key does."""
        if self.is_helping:
            self.is_helping = False
        elif self.typing:
            self.edit(key)
        elif begun := self.walk.begun_by(key):
            self.ask(begun, key)
        elif key in ACTIONS and not self.walk.perform(ACTIONS[key]):
            getattr(self, ACTIONS[key])()

    def toggle_help(self) -> None:
        """Explain the keys."""
        self.is_helping = True

    def quit(self) -> None:
        """Leave."""
        self.is_done = True

    def ask_place(self) -> None:
        """Ask for a node or for a step."""
        self.ask("place")

    def ask_answer(self) -> None:
        """Ask for the number of the step; where that is shown already, go on."""
        if self.walk.is_asking:
            self.ask("answer")
        else:
            self.walk.forward()

    def ask(self, what: str, text: str = "") -> None:
        """Begin to type."""
        self.typing, self.text, self.stem = what, text, text
        self.offer()

    def edit(self, key: str) -> None:
        """Type, complete, take back or finish."""
        if key == "escape":
            self.typing = ""
        elif key == "enter":
            self.finish()
        elif key == "tab":
            self.complete()
        elif key == "backspace":
            self.type(self.text[:-1])
        elif key == "space" or len(key) == 1:
            self.type(self.text + (" " if key == "space" else key))

    def type(self, text: str) -> None:
        """What has been typed is now this."""
        self.text = self.stem = text
        self.offer()

    def offer(self) -> None:
        """Say which names fit what has been typed."""
        self.hint = HINTS[self.typing]
        if self.typing == "place" and self.stem.strip():
            fitting = self.walk.matches(self.stem)[:OFFERED]
            self.hint = "  ".join(fitting) or self.hint

    def complete(self) -> None:
        """Put in a name that fits; once more, the next one."""
        fitting = self.walk.matches(self.stem) if self.typing == "place" else []
        if fitting:
            following = fitting.index(self.text) + 1 if self.text in fitting else 0
            self.text = fitting[following % len(fitting)]

    def finish(self) -> None:
        """Go there, or judge the number; what cannot be read stays to be mended."""
        if self.typing == "place":
            self.walk.go_to(self.text)
            self.typing = ""
            return
        try:
            self.walk.predict(self.text)
        except ValueError as error:
            self.hint = str(error)
        else:
            self.typing = ""

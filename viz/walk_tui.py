"""The walk as a Textual application: the same moves and the same panels, with a mouse.

Needs the extra `tui`. The keys are those of `walking.COMMANDS`; a click on a node goes to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from autograd.engine import Value
from viz.walk_screen import LOW, NARROW, NEIGHBOURS, QUIET, Lines, Sheet
from viz.walking import COMMANDS, HINTS, OFFERED, TITLES, Walk

#: What Textual calls the keys that are written as one character.
KEY_NAMES = {
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "/": "slash",
    "?": "question_mark",
    "=": "equals_sign",
}
INTERRUPTED = 130
#: The columns left and right of the panels, in a wide window.
MARGIN = 1


def run(walk: Walk) -> None:
    """Walk until the person leaves.

    Raises:
        KeyboardInterrupt: at Ctrl-C, as in the other view.
        SystemExit: if the application failed; it has said why.
    """
    app = WalkApp(walk)
    app.run()
    if app.return_code == INTERRUPTED:
        raise KeyboardInterrupt
    if app.return_code:
        raise SystemExit(app.return_code)


class Panel(Widget):
    """Lines of a sheet: as many as there are, or as many as there is room for."""

    def __init__(self, walk: Walk, write: Callable[[Sheet, int], Lines], id: str) -> None:
        super().__init__(id=id)
        self.walk = walk
        self.write = write

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines there are, where the panel takes what it needs."""
        return len(self.write(Sheet(self.walk, width), viewport.height))

    def render(self) -> Group:
        """The lines."""
        return Group(*self.write(Sheet(self.walk, self.size.width), self.size.height))


class NodePanel(Panel):
    """The list of nodes, which can be clicked."""

    class Chosen(Message):
        """A node was clicked."""

        def __init__(self, node: Value) -> None:
            super().__init__()
            self.node = node

    def on_click(self, event: events.Click) -> None:
        """Say which node it was, if it was one."""
        shown = Sheet(self.walk, self.size.width).window(self.size.height - 1)
        place = event.get_content_offset(self)
        if place is not None and 1 <= place.y <= len(shown):
            self.post_message(self.Chosen(shown[place.y - 1]))


class HintPanel(Panel):
    """The keys at the foot, which can be clicked."""

    async def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        place = event.get_content_offset(self)
        end = 0
        for action, words in Sheet(self.walk, self.size.width).hinted():
            end += cell_len(words) + 2
            if place is not None and place.x < end - 1:
                await self.run_action(f"app.perform('{action}')")
                return


class Names(Suggester):
    """Completes the names of nodes while one is typed."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.walk = walk

    async def get_suggestion(self, value: str) -> str | None:
        """The first name that begins so."""
        fitting = self.walk.matches(value) if value else []
        return next((name for name in fitting if name.startswith(value)), None)


class Entry(Input):
    """The line in which a place or a number is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.complete", "complete", show=False, priority=True),
        Binding("escape", "app.stop_typing", "never mind", show=False),
    ]


class HelpScreen(ModalScreen[None]):
    """The keys; any key goes back."""

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk

    def compose(self) -> ComposeResult:
        """The list of keys."""
        yield Panel(self.walk, lambda sheet, height: sheet.help(), "help")

    def on_key(self, event: events.Key) -> None:
        """Go back."""
        event.stop()
        self.dismiss()

    def on_click(self) -> None:
        """Go back."""
        self.dismiss()


class WalkApp(App[None]):
    """The window."""

    TITLE = "chalkgrad"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS = """
    Panel { height: auto; width: 1fr; }
    #title { background: $primary; color: $text; }
    #step { margin-top: 1; }
    #neighbours { margin-top: 1; }
    #lists { margin-top: 1; }
    #nodes, #to_come { height: 1fr; }
    #message { height: auto; text-style: bold; }
    #typing { height: 1; display: none; }
    #asked { width: auto; text-style: bold; }
    Entry, Entry:focus { height: 1; width: 1fr; border: none; padding: 0; }
    HelpScreen { align: center middle; }
    #help { width: 78; max-width: 100%; padding: 1 2; background: $surface; }
    .wide Panel, .wide #message, .wide #typing { padding: 0 1; }
    .low #step, .low #neighbours, .low #lists { margin-top: 0; }
    .narrow #lists { layout: vertical; }
    .narrow.low #nodes { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            ",".join(KEY_NAMES.get(key, key) for key in command.keys),
            f"perform('{command.action}')",
            command.short,
            show=False,
        )
        for command in COMMANDS
    ]
    BINDINGS += [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk
        self.typing = ""

    def compose(self) -> ComposeResult:
        """The panels from top to bottom."""
        walk = self.walk
        yield Panel(walk, lambda sheet, height: [sheet.title()], "title")
        with Vertical():
            yield Panel(walk, lambda sheet, height: sheet.formulas() + sheet.verdict(), "step")
            yield Panel(walk, lambda sheet, height: sheet.neighbours(NEIGHBOURS), "neighbours")
            with Horizontal(id="lists"):
                yield NodePanel(walk, lambda sheet, height: sheet.nodes(height), "nodes")
                yield Panel(walk, lambda sheet, height: sheet.to_come(height), "to_come")
        yield Static(id="message", markup=False)
        with Horizontal(id="typing"):
            yield Static(id="asked", markup=False)
            yield Entry()
        yield HintPanel(walk, lambda sheet, height: [self.hint(sheet)], "hints")

    def on_mount(self) -> None:
        """Show the first step."""
        self.show()

    def on_resize(self, event: events.Resize) -> None:
        """Stack the lists in a narrow window, and do without blank lines in a low one."""
        self.screen.set_class(event.size.width >= NARROW + 2 * MARGIN, "wide")
        self.screen.set_class(event.size.width < NARROW, "narrow")
        self.screen.set_class(event.size.height < LOW, "low")

    def hint(self, sheet: Sheet) -> Text:
        """The last line: what to type, or the keys."""
        return Text(HINTS[self.typing], QUIET) if self.typing else sheet.hints()

    def show(self) -> None:
        """Draw what the walk says now."""
        message = self.query_one("#message", Static)
        message.update(self.walk.message)
        message.display = bool(self.walk.message)
        for panel in self.query(Panel):
            panel.refresh(layout=True)

    # ---- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, keys are letters."""
        return action != "perform" or not self.typing

    def action_perform(self, action: str) -> None:
        """Do what a key does."""
        if not self.walk.perform(action):
            getattr(self, action)()
        self.show()

    def on_key(self, event: events.Key) -> None:
        """A digit begins the number of a step, or an answer."""
        begun = self.walk.begun_by(event.character or "") if not self.typing else ""
        if begun:
            event.stop()
            event.prevent_default()
            self.ask(begun, event.character or "")

    def on_node_panel_chosen(self, event: NodePanel.Chosen) -> None:
        """Go to the node that was clicked."""
        self.walk.go_to_node(event.node)
        self.show()

    def action_interrupt(self) -> None:
        """Leave, as Ctrl-C does elsewhere."""
        self.exit(return_code=INTERRUPTED)

    def quit(self) -> None:
        """Leave."""
        self.exit()

    def toggle_help(self) -> None:
        """Explain the keys."""
        self.push_screen(HelpScreen(self.walk))

    # ---- typing ---------------------------------------------------------------------------------

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
        self.typing = what
        self.query_one("#asked", Static).update(f"{TITLES[what]}: ")
        self.query_one("#typing").display = True
        entry = self.query_one(Entry)
        entry.placeholder = HINTS[what]
        entry.suggester = Names(self.walk) if what == "place" else None
        entry.select_on_focus = False
        entry.value = text
        entry.cursor_position = len(text)
        entry.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say which names fit what has been typed."""
        is_place = self.typing == "place" and bool(event.value.strip())
        fitting = self.walk.matches(event.value)[:OFFERED] if is_place else []
        self.walk.message = "  ".join(fitting)
        self.show()

    def action_complete(self) -> None:
        """Put in the first name that fits."""
        entry = self.query_one(Entry)
        fitting = self.walk.matches(entry.value) if self.typing == "place" else []
        if fitting:
            entry.value = fitting[0]
            entry.cursor_position = len(entry.value)

    def action_stop_typing(self) -> None:
        """Leave what was typed."""
        self.typing = ""
        self.walk.message = ""
        self.query_one("#typing").display = False
        self.set_focus(None)
        self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there, or judge the number; what cannot be read stays to be mended."""
        if self.typing == "place":
            self.action_stop_typing()
            self.walk.go_to(event.value)
        else:
            try:
                self.walk.predict(event.value)
            except ValueError as error:
                self.walk.message = str(error)
            else:
                self.action_stop_typing()
        self.show()

"""`walk`: an interactive walk through the steps, in the view that this terminal has."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from rich.console import Console

from autograd.engine import Value
from autograd.extras import install_command
from viz.stepping import steps
from viz.terminal import explain, has_unicode
from viz.walking import Walk

VIEWS = ("", "keys", "textual")


def walk(
    root: Value,
    *,
    seed: float = 1.0,
    predict: bool = False,
    view: str = "",
    console: Console | None = None,
) -> None:
    """Walk through the forward and the backward pass, forward and back, one step a key.

    Where input or output is no terminal, all steps are printed instead, and standard error says so.

    Args:
        root: the result of an expression. Its nodes are left as they are.
        seed: the gradient to start the backward pass with.
        predict: whether to ask for each number before it is shown; in the end the score is printed.
        view: "textual" for the window with a mouse (it needs the extra `tui`); "keys" for the one
            that rich draws; "" for the first of them that can be.
        console: where to draw; the terminal if not given. Textual draws on the terminal alone.

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if data was assigned after the expression was built, or there is no such view.
        ModuleNotFoundError: if `view` is "textual" and Textual is not installed.
    """
    if view not in VIEWS:
        raise ValueError(f'view is "keys", "textual" or "" for what there is, not {view!r}')
    if view == "textual" and find_spec("textual") is None:
        raise ModuleNotFoundError(
            f'the textual view needs Textual: {install_command("chalkgrad[tui]")}, or view="keys"'
        )
    place = Walk(steps(root, seed), predicting=predict)
    terminal = console or Console(highlight=False)
    if not (sys.stdin is not None and sys.stdin.isatty() and terminal.file.isatty()):
        print("chalkgrad: not a terminal, so all steps are printed at once", file=sys.stderr)
        explain(root, seed=seed, console=terminal)
        return
    if view == "textual" or (view == "" and console is None and can_show_textual(terminal)):
        from viz import walk_tui

        walk_tui.run(place)
    else:
        from viz import walk_keys

        walk_keys.run(place, terminal)
    if place.verdicts:
        terminal.print(f"Predictions: {place.score}.", highlight=False)


def can_show_textual(console: Console) -> bool:
    """Whether Textual is installed, and the terminal can show what it draws."""
    installed = find_spec("textual") is not None
    return installed and not console.is_dumb_terminal and has_unicode(console)

"""What is switched on in the current thread, and what is noted of nodes.

`modes.py` offers the switches; the engine and its domain checks read them. What a node's note says
is found out here: its label and its scope are given, its source line is looked up.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.recording import Recorder


@dataclass(frozen=True, eq=False)
class Note:
    """What is known of a node besides its label: in which scope and by which line it was made.

    All unlabelled nodes of one scope share one note, unless their lines are traced.
    """

    label: str
    scope: str
    source: str = ""


def as_note(label: str, scope: str, source: str) -> Note | str | None:
    """What a node keeps of the three: no more than the label where there is no more."""
    return Note(label, scope, source) if scope or source else label or None


class Modes(threading.local):
    """One set of switches a thread; a new thread starts with all of them off.

    Attributes:
        no_grad, ieee, tracing: how many of these modes are on, one inside the other.
        transforms: how many transforms are calling their functions, one inside the other.
        scopes: the scopes that are on, the innermost last.
        recorder: what is told of every node, comparison and number read (see `recording.py`).
    """

    def __init__(self) -> None:
        self.no_grad = 0
        self.ieee = 0
        self.tracing = 0
        self.transforms = 0
        self.scopes: list[Note] = []
        self.recorder: Recorder | None = None


modes = Modes()


# ---- the line that made a node ------------------------------------------------------------------

PACKAGES = ("autograd", "nn", "viz")


def calling_line() -> str:
    """The line that is running outside of our own packages, such as "homework.py:12"; "" if none.

    Compiled functions have no frames, so frames are told apart by their files, not counted.
    """
    frame = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    return f"{shown_path(frame.f_code.co_filename)}:{frame.f_lineno}" if frame is not None else ""


def level_of_calling_line() -> int:
    """The `stacklevel` by which a warning of the function that asks points at that line."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    return level


@cache
def is_ours(path: str) -> bool:
    """Whether a file lies in the folder of one of our packages, which all stand side by side."""
    home = os.path.dirname(os.path.dirname(__file__))
    return path.startswith(tuple([os.path.join(home, package, "") for package in PACKAGES]))


def shown_path(path: str) -> str:
    """The path, relative to the current directory where it lies under that."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))

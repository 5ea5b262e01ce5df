"""What is switched on in the current thread, and what is noted of nodes.

`modes.py` offers the switches; the engine and its domain checks read them. No logic stands here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """What people said of a node besides its label: where it was made.

    All unlabelled nodes of one scope share one note.
    """

    label: str
    scope: str


class Modes(threading.local):
    """One set of switches a thread; a new thread starts with these."""

    no_grad: bool = False
    ieee: bool = False
    scope: Note | None = None


modes = Modes()

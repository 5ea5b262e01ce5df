"""What is switched on in the current thread, and what is noted of nodes.

`modes.py` offers the switches; the engine and its domain checks read them. No logic stands here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Note:
    """What people said of a node besides its label: where it was made.

    All unlabelled nodes of one scope share one note.
    """

    label: str
    scope: str


class Modes(threading.local):
    """One set of switches a thread; a new thread starts with all of them off.

    Attributes:
        no_grad, ieee: how many of these modes are on, one inside the other.
        scopes: the scopes that are on, the innermost last.
    """

    def __init__(self) -> None:
        self.no_grad = 0
        self.ieee = 0
        self.scopes: list[Note] = []


modes = Modes()

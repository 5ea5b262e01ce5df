"""What is switched on in the current thread: the modes that `modes.py` offers.

The engine and its domain checks read this; it holds no logic of its own.
"""

from __future__ import annotations

import threading


class Modes(threading.local):
    """One set of switches a thread; a new thread starts with these."""

    no_grad: bool = False
    ieee: bool = False
    scope: str = ""


modes = Modes()

"""The keyboard, key by key: POSIX terminals and Windows consoles.

    with keyboard() as keys:
        key = keys.read(timeout=0.25)

A key is a character, or a name: "left", "right", "up", "down", "home", "end", "pageup", "pagedown",
"delete", "enter", "tab", "space", "backspace", "escape". Leaving the block, also by an exception,
leaves the terminal as it was.
"""

from __future__ import annotations

import codecs
import importlib
import os
import re
import select
import sys
import time
from types import TracebackType
from typing import Any, Protocol

#: What terminals send for the keys that are no characters, less modifiers such as Shift.
SEQUENCES = {
    "[A": "up",
    "[B": "down",
    "[C": "right",
    "[D": "left",
    "[H": "home",
    "[F": "end",
    "[1~": "home",
    "[3~": "delete",
    "[4~": "end",
    "[5~": "pageup",
    "[6~": "pagedown",
    "[7~": "home",
    "[8~": "end",
}
CHARACTERS = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    " ": "space",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "escape",
}
END_OF_INPUT = "\x04"  # Ctrl-D
SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O[@-~])")
UNFINISHED = re.compile(r"\x1b(\[[0-9;?]*[ -/]*|O)?")
MODIFIER = re.compile(r"(?<=[\[0-9])(1?;\d+)(?=[A-Z~])")

#: How long the rest of a sequence may take; after that, its first character was the Escape key.
PATIENCE = 0.05

#: What Windows sends after "\0" or "à".
WINDOWS_KEYS = {
    "H": "up",
    "P": "down",
    "M": "right",
    "K": "left",
    "G": "home",
    "O": "end",
    "I": "pageup",
    "Q": "pagedown",
    "S": "delete",
}
POLL = 0.02


class Keyboard(Protocol):
    """Keys, one at a time."""

    def __enter__(self) -> Keyboard: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def read(self, timeout: float) -> str | None:
        """The next key; None if there was none in so many seconds.

        Raises:
            EOFError: at the end of the input.
            KeyboardInterrupt: at Ctrl-C.
        """


def keyboard() -> Keyboard:
    """The keyboard of this machine's terminal."""
    return WindowsKeyboard() if sys.platform == "win32" else PosixKeyboard(sys.stdin.fileno())


def first_key(text: str) -> tuple[str, str]:
    """The first key of what a terminal sent, and the rest of it; "" is a key that has no name.

    >>> first_key("\\x1b[1;2Dq"), first_key("é")
    (('left', 'q'), ('é', ''))
    """
    sequence = SEQUENCE.match(text)
    if sequence:
        name = MODIFIER.sub("", sequence[1].replace("O", "[", 1))
        return SEQUENCES.get(name, ""), text[sequence.end() :]
    key = CHARACTERS.get(text[0], text[0])
    return key if len(key) > 1 or key.isprintable() else "", text[1:]


class PosixKeyboard:
    """A terminal that gives each character at once and shows none; Ctrl-C still interrupts.

    Ctrl-Z and Ctrl-\\ do nothing meanwhile: they would leave the terminal in this state.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.pending = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.saved: list[Any] = []

    def __enter__(self) -> PosixKeyboard:
        import termios

        self.saved = termios.tcgetattr(self.descriptor)
        attributes = termios.tcgetattr(self.descriptor)
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        characters = attributes[6]
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        disabled = bytes([os.fpathconf(self.descriptor, "PC_VDISABLE")])
        characters[termios.VSUSP] = characters[termios.VQUIT] = disabled
        termios.tcsetattr(self.descriptor, termios.TCSADRAIN, attributes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        import termios

        termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self.saved)

    def read(self, timeout: float) -> str | None:
        """The next key; None if there was none in so many seconds."""
        if not self.pending and not self.receive(timeout):
            return None
        while UNFINISHED.fullmatch(self.pending) and self.receive(PATIENCE):
            pass
        if not self.pending:  # a part of a character
            return None
        key, self.pending = first_key(self.pending)
        return key

    def receive(self, timeout: float) -> bool:
        """Take in what was typed; False if nothing was in so many seconds."""
        ready, _, _ = select.select([self.descriptor], [], [], timeout)
        if not ready:
            return False
        data = os.read(self.descriptor, 1024)
        self.pending += self.decoder.decode(data)
        if not data or self.pending.startswith(END_OF_INPUT):
            raise EOFError("the input has ended")
        return True


class WindowsKeyboard:
    """A Windows console, which neither waits for Enter nor shows what is typed."""

    def __enter__(self) -> WindowsKeyboard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing was changed."""

    def read(self, timeout: float) -> str | None:
        """The next key; None if there was none in so many seconds."""
        msvcrt: Any = importlib.import_module("msvcrt")
        end = time.monotonic() + timeout
        while not msvcrt.kbhit():
            if time.monotonic() >= end:
                return None
            time.sleep(POLL)
        character = msvcrt.getwch()
        if character in ("\0", "à") and msvcrt.kbhit():
            return WINDOWS_KEYS.get(msvcrt.getwch(), "")
        if character == "\x03":
            raise KeyboardInterrupt
        if character in (END_OF_INPUT, "\x1a"):
            raise EOFError("the input has ended")
        return first_key(character)[0]

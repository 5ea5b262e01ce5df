"""Programs in terminals of their own: what they draw, and how they leave the terminal."""

import os
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def in_terminals():
    """A function that starts a program in a terminal; in the end all of them are stopped."""
    sessions = []

    def start(code, **options):
        sessions.append(Session(code, **options))
        return sessions[-1]

    try:
        yield start
    finally:
        for session in sessions:
            session.close()


class Session:
    """A program in a terminal of its own."""

    def __init__(self, code, columns=80, **environment):
        import pty
        import termios

        self.master, self.slave = pty.openpty()
        self.resize(columns)
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        claim = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        usual = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
        kept = {k: x for k, x in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", claim + code],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=ROOT,
            env={**kept, **usual, **environment},
            start_new_session=True,
        )
        os.set_blocking(self.master, False)

    def resize(self, columns, rows=24):
        import fcntl
        import termios

        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def receive(self):
        try:
            self.output += os.read(self.master, 65536).decode("utf-8", "replace")
        except BlockingIOError:
            time.sleep(0.01)

    def wait_for(self, text, seconds=30):
        """Read until the text appears in what has come since the last wait."""
        end = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < end, f"no {text!r} in {self.output!r}"
            self.receive()
        before, _, self.output = self.output.partition(text)
        return before

    def press(self, keys):
        os.write(self.master, keys.encode())

    def finish(self, seconds=30):
        """The exit status, with all output read."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running: {self.output!r}"
            self.receive()
        self.receive()
        return self.process.returncode

    def is_restored(self):
        """Whether echo, line mode, cursor and screen are as they were."""
        import termios

        return (
            termios.tcgetattr(self.slave) == self.before
            and self.output.rfind("\x1b[?25h") > self.output.rfind("\x1b[?25l")
            and self.output.rfind("\x1b[?1049l") > self.output.rfind("\x1b[?1049h")
        )

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

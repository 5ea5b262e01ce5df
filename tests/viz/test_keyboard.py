"""Keys: what terminals and consoles send, and what it means."""

import os
import sys
import types

import pytest

from viz.keyboard import PosixKeyboard, WindowsKeyboard, first_key

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals alone")


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1b[A", "up"),
        ("\x1bOB", "down"),
        ("\x1b[C", "right"),
        ("\x1b[1;5D", "left"),  # with Ctrl
        ("\x1b[H", "home"),
        ("\x1b[1~", "home"),
        ("\x1b[4~", "end"),
        ("\x1b[5~", "pageup"),
        ("\x1b[6;2~", "pagedown"),  # with Shift
        ("\r", "enter"),
        ("\t", "tab"),
        (" ", "space"),
        ("\x7f", "backspace"),
        ("\x1b", "escape"),
        ("q", "q"),
        ("θ", "θ"),
        ("\x01", ""),  # Ctrl-A has no name here
        ("\x1b[15~", ""),  # nor has F5
    ],
)
def test_what_a_terminal_sends_is_one_key(sent, key):
    assert first_key(sent) == (key, "")


def test_keys_that_come_together_are_taken_one_by_one():
    text, keys = "x\x1b[C\x1bq1", []
    while text:
        key, text = first_key(text)
        keys.append(key)
    assert keys == ["x", "right", "escape", "q", "1"]


@posix
class TestPosix:
    @pytest.fixture
    def terminal(self):
        """Both ends of a terminal: what writes to the first is typed at the second."""
        import pty

        master, slave = pty.openpty()
        yield master, slave
        os.close(master)
        os.close(slave)

    def test_keys_are_read_without_waiting_for_a_line(self, terminal):
        master, slave = terminal
        with PosixKeyboard(slave) as keys:
            os.write(master, "lθ\x1b[C".encode())
            assert [keys.read(5) for _ in range(3)] == ["l", "θ", "right"]
            assert keys.read(0) is None

    def test_a_character_that_comes_in_two_parts_is_one_key(self, terminal):
        master, slave = terminal
        first, second = "θ".encode()
        with PosixKeyboard(slave) as keys:
            os.write(master, bytes([first]))
            assert keys.read(5) is None
            os.write(master, bytes([second]))
            assert keys.read(5) == "θ"

    def test_escape_alone_is_told_from_the_beginning_of_an_arrow(self, terminal):
        master, slave = terminal
        with PosixKeyboard(slave) as keys:
            os.write(master, b"\x1b")
            assert keys.read(5) == "escape"
            os.write(master, b"\x1b[")
            os.write(master, b"D")
            assert keys.read(5) == "left"

    def test_ctrl_d_ends_the_input(self, terminal):
        master, slave = terminal
        with PosixKeyboard(slave) as keys:
            os.write(master, b"\x04")
            with pytest.raises(EOFError):
                keys.read(5)

    def test_the_terminal_is_left_as_it_was_also_by_an_exception(self, terminal):
        import termios

        _, slave = terminal
        before = termios.tcgetattr(slave)
        keys = PosixKeyboard(slave)
        with keys:
            meanwhile = termios.tcgetattr(slave)
        with pytest.raises(ZeroDivisionError), keys:
            1 / 0  # noqa: B018
        assert not meanwhile[3] & (termios.ECHO | termios.ICANON)
        assert meanwhile[3] & termios.ISIG  # Ctrl-C interrupts
        assert termios.tcgetattr(slave) == before


class TestWindows:
    @pytest.fixture
    def console(self, monkeypatch):
        """A console in which some characters have been typed."""
        typed = []
        console = types.SimpleNamespace(
            kbhit=lambda: bool(typed), getwch=lambda: typed.pop(0), typed=typed
        )
        monkeypatch.setitem(sys.modules, "msvcrt", console)
        return typed

    def test_characters_and_arrows(self, console):
        console += ["l", "à", "K", "\0", "H", "\r", "à"]
        with WindowsKeyboard() as keys:
            read = [keys.read(0) for _ in range(6)]
        assert read == ["l", "left", "up", "enter", "à", None]

    def test_ctrl_c_interrupts_and_ctrl_z_ends_the_input(self, console):
        console += ["\x03", "\x1a"]
        keys = WindowsKeyboard()
        with pytest.raises(KeyboardInterrupt):
            keys.read(0)
        with pytest.raises(EOFError):
            keys.read(0)

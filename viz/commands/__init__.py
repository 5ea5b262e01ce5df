"""The commands of `chalkgrad`, a module each, and what they have in common.

`viz/cli.py` chooses one and reports what goes wrong. A command reads its options, works everything
out, writes the files, then prints, and returns the exit status.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: In the place of a file.
STANDARD_OUTPUT = STANDARD_INPUT = "-"

#: The exit statuses: all is well; an answer is wrong; there is something to be mended first.
FINE, SOME_WRONG, REFUSED = 0, 1, 2

#: Put before a word such as "-x + 1", so that argparse does not take it for an option. No word of
#: a command line can hold this character.
GUARD = "\0"
#: Words that follow this one are no options.
END = "--"
#: What is an option and nothing else: "--png", but not "--x + 1".
OPTION = re.compile(r"--\w[\w-]*")
#: How like an option a word has to be for the option to have been meant.
NEAR = 0.7


class CommandError(Exception):
    """What the person at the keyboard has to know, in one line, or with a place in the text."""


def complain(problem: str) -> None:
    """Say on standard error what is wrong, if it can be said."""
    with suppress(OSError):
        print(f"chalkgrad: {problem}", file=sys.stderr)


def guarded(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words for argparse: "-x + 1" is an expression, not an option.

    Args:
        words: of the command line.
        options: all that there are: "--png".

    Raises:
        CommandError: for an option that there is not; it names the one that was meant.
    """
    end = words.index(END) if END in words else len(words)
    before = [guarded_word(word, options) for word in words[:end]]
    return before + [GUARD + word if word.startswith("-") else word for word in words[end + 1 :]]


def guarded_word(word: str, options: Sequence[str]) -> str:
    """A word that may be an option."""
    name = word.partition("=")[0]
    if not word.startswith("-") or word in ("-h", STANDARD_OUTPUT) or name in options:
        return word
    if f"-{name}" in options:
        raise CommandError(f"{word} is no option; did you mean -{name}?")
    if OPTION.fullmatch(name):
        beginning = [option for option in options if option.startswith(name)]
        near = beginning or difflib.get_close_matches(name, options, n=1, cutoff=NEAR)
        hint = f"did you mean {near[0]}?" if near else "--help shows those that there are"
        raise CommandError(f"{name} is no option; {hint}")
    return GUARD + word


def unguarded(word: str) -> str:
    """The word as it was given."""
    return word.removeprefix(GUARD)


def print_out(content: str | bytes) -> None:
    """Write a picture, or a text, to standard output and nothing else."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    sys.stdout.buffer.write(data)


def write(target: Path, content: str | bytes) -> None:
    """Write one file, whole or not at all."""
    from autograd.files import write_file

    try:
        write_file(target, content)
    except OSError as error:
        raise CommandError(str(error)) from None


def read_text(file: str) -> str:
    """The text of a file, or what comes from standard input."""
    try:
        if file == STANDARD_INPUT:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        place = "standard input" if file == STANDARD_INPUT else file
        raise CommandError(f"{place} is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"cannot read {file}: {reason}") from None


def terminal() -> Console:
    """A console that leaves a broken pipe to `main`."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Terminal(highlight=False)


def same_place(file: str) -> str:
    """A file as it is told apart from others."""
    return file if file == STANDARD_OUTPUT else os.path.realpath(file)

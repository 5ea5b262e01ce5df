"""The command line: `chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2 --png f.png --steps`.

Here a command is chosen and run; the commands themselves are the modules of `viz.commands`, each
imported when it is asked for. Whatever goes wrong is one clear line on standard error, exit status
2, and no file written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from viz.commands import FINE, REFUSED, CommandError, complain

#: A word that is a command when it comes first. As an expression it is a name, and has a value.
WORKSHEET = "worksheet"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    That is 0; 1 if answers were marked and one is wrong; or 2 if something has to be mended first.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what the terminal cannot show becomes "?"
            stream.reconfigure(errors="replace")
    try:
        status = run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except CommandError as problem:
        complain(f"error: {problem}")
        return REFUSED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        discard_output()
        return FINE
    except OSError as error:
        discard_output()
        complain(f"error: cannot write to standard output: {error.strerror or error}")
        return REFUSED
    except KeyboardInterrupt:
        return 130
    return status


def run(arguments: list[str]) -> int:
    """The command that was asked for: the worksheet maker, or else an expression."""
    if is_worksheet(arguments):
        from viz.commands import worksheet

        return worksheet.run(worksheet.options(arguments[1:]))
    from viz.commands import expression

    return expression.run(expression.options(arguments))


def is_worksheet(arguments: Sequence[str]) -> bool:
    """Whether the word `worksheet` is the command, and not an expression with a value for it.

    >>> is_worksheet(["worksheet", "--topic", "mlp"]), is_worksheet(["worksheet", "worksheet=3"])
    (True, False)
    """
    values = [word for word in arguments if word.replace(" ", "").startswith(f"{WORKSHEET}=")]
    return list(arguments[:1]) == [WORKSHEET] and not values


def discard_output() -> None:
    """Let standard output lead nowhere, or Python would try to write the rest of it at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

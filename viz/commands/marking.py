"""Answers given on the command line: read, marked, and shown.

`--check "x=1, dh3/dh2=2"` marks answers, `--submission FILE` a file of them; `--json FILE` writes
what came of it for other programs. Wrong answers make the exit status 1.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from autograd.engine import Value
from viz.commands import FINE, SOME_WRONG, CommandError, read_text, terminal, unguarded

if TYPE_CHECKING:
    from rich.console import Console

    from autograd.answers import ReportLine

OPTIONS = ("--check", "--submission", "--all-rows", "--json", "--lr")
ALL_ROWS = "show every answer of a class, not the wrong ones alone"
STYLES = {"right": "green", "rounded": "yellow", "wrong": "bold red"}


class Report(Protocol):
    """What marking gives: it is true if nothing is wrong."""

    def lines(self, width: int = ...) -> list[ReportLine]:
        """The report in lines of at most this width."""
        ...

    def as_data(self) -> dict[str, object]:
        """The report as JSON can hold it."""
        ...

    def __bool__(self) -> bool: ...


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of marking."""
    group = parser.add_argument_group("marking (the exit status is 1 if an answer is wrong)")
    group.add_argument(
        "--check",
        metavar="ANSWERS",
        type=unguarded,
        help='mark answers: "x=1, h2.data=20.09, dh3/dh2=2"; x is the gradient by x, h2.data the '
        "value of h2, dh3/dh2 a local derivative",
    )
    group.add_argument(
        "--submission",
        metavar="FILE",
        type=unguarded,
        help="mark a CSV file (columns name, answer and perhaps student) or a JSON file; "
        "- is standard input",
    )
    group.add_argument("--all-rows", action="store_true", help=ALL_ROWS)
    group.add_argument(
        "--lr",
        metavar="RATE",
        type=float,
        help="the learning rate, for answers such as w.new: w after a step of gradient descent",
    )
    group.add_argument(
        "--json",
        metavar="FILE",
        type=unguarded,
        help="write the marks as JSON; with -, to standard output and nothing else",
    )


def check_options(chosen: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if chosen.check is not None and chosen.submission is not None:
        raise CommandError("--check and --submission are one or the other")
    for option in ("json", "lr"):
        if getattr(chosen, option) is not None and not is_asked(chosen):
            raise CommandError(
                f"--{option} is of the marks: add --check ANSWERS or --submission FILE"
            )
    if chosen.all_rows and chosen.submission is None:
        raise CommandError("--all-rows is of a class: add --submission FILE")
    if chosen.json == "":
        raise CommandError("--json needs the name of a file, or - for standard output")


def is_asked(chosen: argparse.Namespace) -> bool:
    """Whether there are answers to mark."""
    return chosen.check is not None or chosen.submission is not None


def marks(root: Value, chosen: argparse.Namespace) -> Report:
    """The answers, marked."""
    from autograd.answers import check_answers
    from autograd.submissions import check_submission

    try:
        if chosen.check is not None:
            return check_answers(root, read_answers(chosen.check), chosen.lr)
        return check_submission(root, submitted_text(chosen.submission), chosen.lr)
    except (TypeError, ValueError, OverflowError) as error:
        raise CommandError(str(error)) from None


def submitted_text(file: str) -> str:
    """The text of a submission, which cannot be taken for the name of a file."""
    if not file:
        raise CommandError("--submission needs the name of a file, or - for standard input")
    return f"{read_text(file)}\n"


def read_answers(text: str) -> dict[str, str]:
    """The answers in "x=1, h2.data=20.09, dh3/dh2=2", as texts.

    Raises:
        CommandError: if there are none, one has no "=", or one is given twice.

    >>> read_answers("x=1, dh3/dh2 = max(1, 2)")
    {'x': '1', 'dh3/dh2': 'max(1, 2)'}
    """
    answers: dict[str, str] = {}
    for item in items(text):
        name, equals, written = [part.strip() for part in item.partition("=")]
        if not equals or not name:
            raise CommandError(
                f"expected name=answer, such as x=1, not {item.strip()!r}{hint(item, text)}"
            )
        if "=" in written:
            raise CommandError(f"between answers stands a comma: x=1, y=2; not {item.strip()!r}")
        if name in answers:
            raise CommandError(f"{name!r} is answered twice")
        answers[name] = written
    if not answers:
        raise CommandError('--check needs answers, such as "x=1, h2.data=20.09"')
    return answers


def hint(item: str, text: str) -> str:
    """What was probably meant by an item that is no answer."""
    if item.strip().isdigit():
        return "; decimals are written with a point"
    return "" if "=" in text else "; a file of answers is given as --submission FILE"


def items(text: str) -> Iterable[str]:
    """The parts of a text between commas that stand in no brackets; empty ones are left out."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character in ",;\n" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def as_json(report: Report) -> str:
    """The marks, for other programs."""
    return json.dumps(report.as_data(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def show(report: Report, console: Console | None = None, all_rows: bool = False) -> None:
    """Print the marks, as wide as the terminal; of a class every answer, if that is asked for."""
    from rich.text import Text

    from autograd.submissions import SubmissionReport
    from viz.terminal import has_unicode

    console = console or terminal()
    signs = {} if has_unicode(console) else {"∂": "d", "→": "->", "…": "~"}
    lines = report.lines(console.width)
    if all_rows and isinstance(report, SubmissionReport):
        lines = report.all_lines(console.width)
    for line in lines:
        text = line.text
        for sign, plain in signs.items():
            text = text.replace(sign, plain)
        printed = Text(text)
        if line.verdict:
            printed.stylize(STYLES[line.verdict], len(text) - len(line.verdict))
        console.print(printed, crop=False, soft_wrap=True)


def status(report: Report) -> int:
    """The exit status that the marks lead to."""
    return FINE if report else SOME_WRONG

"""Worksheets on the command line: `chalkgrad worksheet --topic mlp --count 30 --out sheets`.

A folder of sheets is made, or answers to one are marked against its key.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from viz.commands import (
    FINE,
    STANDARD_INPUT,
    STANDARD_OUTPUT,
    CommandError,
    guarded,
    marking,
    print_out,
    read_text,
    unguarded,
    write,
)

STUDENT = "student"
#: What a class list's lines are divided by, if it is a table.
DELIMITERS = ",;\t"
#: Files that a folder of submissions is read from.
SUBMISSIONS = (".csv", ".json")

EXAMPLES = """examples:
  chalkgrad worksheet --topic relu-chain --seed 7 --count 30 --out sheets
  chalkgrad worksheet --topic mlp --students class.txt --out sheets
  chalkgrad worksheet --key sheets/key.json --submission answers.csv

The folder gets sheets.tex and keys.tex (all of them, to be printed with LaTeX);
sheets/ and keys/ with each as Markdown and PNG, and a form for the answers; and
key.json, which answers are marked against. The same seed gives the same sheets
everywhere; a named student's sheet does not depend on the others in the list.
As an expression, the name worksheet is given its value: chalkgrad worksheet
worksheet=3.
"""


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, read; argparse itself reports what it cannot read, with status 2."""
    from viz.problems import TOPICS

    parser = argparse.ArgumentParser(
        prog="chalkgrad worksheet",
        description="Backpropagation to be worked out by hand: a sheet a student, and the keys;\n"
        "or the marks of what comes back.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    making = parser.add_argument_group("making sheets")
    making.add_argument("--topic", metavar="TOPIC", help=f"one of {', '.join(TOPICS)}")
    making.add_argument("--seed", metavar="N", help="a whole number from 0 on (0, if not given)")
    number = making.add_mutually_exclusive_group()
    number.add_argument("--count", metavar="N", help="how many sheets (1, if not given)")
    number.add_argument(
        "--students",
        metavar="FILE",
        type=unguarded,
        help="a sheet for each name: one a line, or the column student of a CSV file",
    )
    making.add_argument(
        "--out", metavar="FOLDER", type=unguarded, help="a folder that is new, or empty"
    )
    marks = parser.add_argument_group("marking (the exit status is 1 if anything is wrong)")
    marks.add_argument(
        "--key", metavar="FILE", type=unguarded, help="the key.json of a folder of sheets"
    )
    marks.add_argument(
        "--submission",
        metavar="FILE",
        type=unguarded,
        help="the answers: a filled-in form, several in one CSV file, or a folder of them; JSON "
        "too; - is standard input",
    )
    marks.add_argument("--all-rows", action="store_true", default=None, help=marking.ALL_ROWS)
    marks.add_argument(
        "--json",
        metavar="FILE",
        type=unguarded,
        help="write the marks as JSON; with -, to standard output and nothing else",
    )
    names = ["--help", *[f"--{name.replace('_', '-')}" for name in vars(parser.parse_args([]))]]
    return parser.parse_args(guarded(arguments, names))


def run(chosen: argparse.Namespace) -> int:
    """Make sheets, or mark answers."""
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    making = [name for name in ("topic", "seed", "count", "students", "out") if given(chosen, name)]
    marks = [name for name in ("key", "submission", "json", "all_rows") if given(chosen, name)]
    if making and marks:
        raise CommandError(
            f"--{making[0]} is for making sheets and --{marks[0].replace('_', '-')} for marking "
            "answers: one at a time"
        )
    return mark(chosen) if marks else make(chosen)


def given(chosen: argparse.Namespace, name: str) -> bool:
    """Whether an option was given."""
    return getattr(chosen, name) is not None


def make(chosen: argparse.Namespace) -> int:
    """Make a folder of sheets."""
    for name, example in (("topic", "mlp"), ("out", "sheets")):
        if not getattr(chosen, name):
            raise CommandError(f"--{name} is needed, such as --{name} {example}")
    seed = whole_number("seed", chosen.seed, 0)
    count = whole_number("count", chosen.count, 1)
    students = None if chosen.students is None else read_students(chosen.students)
    from viz.worksheets import write_worksheets

    try:
        with progress() as report:
            folder = write_worksheets(
                chosen.out, chosen.topic, seed, count, students=students, progress=report
            )
    except (ValueError, RuntimeError, OSError) as error:
        raise CommandError(reason(error)) from None
    number = count if students is None else len(set(students))
    sheets = "1 sheet" if number == 1 else f"{number} sheets"
    print(f"wrote {sheets} and the key to {folder}")
    return FINE


def reason(error: Exception) -> str:
    """What went wrong, without the number that the system has for it."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write {error.filename}: {error.strerror}"
    return str(error)


def whole_number(name: str, written: str | None, default: int) -> int:
    """The number that was given to an option."""
    if written is None:
        return default
    try:
        return int(unguarded(written))
    except ValueError:
        raise CommandError(f"--{name} is a whole number, not {unguarded(written)!r}") from None


def read_students(file: str) -> list[str]:
    """The names in a class list: one a line, or the column `student` of a table."""
    lines = [line for line in read_text(file).splitlines() if line.strip()]
    if not lines:
        raise CommandError(f"{file} has no names in it")
    delimiter = max(DELIMITERS, key=lines[0].count)
    if delimiter not in lines[0]:
        names = [line.strip() for line in lines]
        return names[1:] if names[0].lower() == STUDENT else names
    rows = list(csv.reader(lines, delimiter=delimiter))
    columns = [cell.strip().lower() for cell in rows[0]]
    if STUDENT not in columns:
        raise CommandError(
            f"{file} has no column {STUDENT!r}; its columns are {', '.join(columns)}. A class list "
            "has one name a line, or such a column"
        )
    place = columns.index(STUDENT)
    return [row[place].strip() for row in rows[1:] if len(row) > place and row[place].strip()]


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """What shows how far the sheets are, if there is somebody to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sheets")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def mark(chosen: argparse.Namespace) -> int:
    """Mark answers against a key."""
    for name in ("key", "submission"):
        if not getattr(chosen, name):
            raise CommandError(
                f"--{name} is needed: chalkgrad worksheet --key sheets/key.json --submission FILE"
            )
    if Path(chosen.key).is_dir():
        raise CommandError(f"{chosen.key} is a folder: give the key.json in it")
    if chosen.json == "":
        raise CommandError("--json needs the name of a file, or - for standard output")
    from viz.worksheets import check_worksheets

    try:
        report = check_worksheets(chosen.key, submitted(chosen.submission))
    except OSError as error:
        raise CommandError(f"cannot read {error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(str(error)) from None
    if chosen.json == STANDARD_OUTPUT:
        print_out(marking.as_json(report))
        return marking.status(report)
    if chosen.json is not None:
        write(Path(chosen.json), marking.as_json(report))
    marking.show(report, all_rows=bool(chosen.all_rows))
    if chosen.json is not None:
        print(f"wrote {chosen.json}")
    return marking.status(report)


def submitted(file: str) -> list[str | Path]:
    """The text of a file of answers, or the files in a folder."""
    place = Path(file)
    if file == STANDARD_INPUT or not place.is_dir():
        return [marking.submitted_text(file)]
    files = sorted(found for found in place.iterdir() if found.suffix.lower() in SUBMISSIONS)
    if not files:
        raise CommandError(f"there is no {' or '.join(SUBMISSIONS)} file in the folder {file}")
    return list(files)

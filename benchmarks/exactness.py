"""How exact every operation is: its value and local derivatives against mpmath, in ulps.

A ulp is the distance between neighbouring floats where the true result lies: 2^-52 for results from
1 to 2, and 5e-324 for subnormal ones. Correct rounding is an error of at most 0.5. Where a result
crosses zero as a sum of terms, the ulp is that of the largest term: its rounding alone is that
large. `truths.py` holds the true results and says where they are asked for.
"""

from __future__ import annotations

import math
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from autograd import Value, ieee
from autograd.functions import FUNCTIONS
from autograd.numbers import format_number
from autograd.registry import entry
from benchmarks.report import count, new_table, print_surroundings, surroundings
from benchmarks.truths import CASES, Case, Point, Truth, mp

SMALLEST_ULP = mp.ldexp(1, -1074)
BEYOND = mp.ldexp(1, 1024)  # what inf counts as, and every true number above
DOCUMENT = Path(__file__).parents[1] / "docs" / "exactness.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- table -->\n", "<!-- end of table -->"

# ---- measuring ----------------------------------------------------------------------------------


@dataclass
class Worst:
    """The largest error of one result of an operation.

    Attributes:
        result: "value", or "by x" for a derivative.
        limit: how many ulps are allowed.
        terms: what the ulp is of, where that is not the result: the largest of these.
        ulps: the error; 0 until there is one.
        point: the operands where it was found.
        asked: how often there was a truth.
    """

    result: str
    limit: int
    terms: str = ""
    ulps: float = 0.0
    point: Point = ()
    asked: int = 0

    @property
    def is_within(self) -> bool:
        """Whether the limit is kept."""
        return self.ulps <= self.limit


def error_in_ulps(computed: float, truth: Truth) -> float:
    """How far a result is off, in ulps of the true one, or of its largest term.

    >>> error_in_ulps(1.0 + 2.0**-52, mp.mpf(1))
    1.0
    """
    if math.isnan(computed):
        return math.inf
    terms = truth if isinstance(truth, list) else [truth]
    true = clamped(mp.fsum(terms))
    error = abs(clamped(mp.mpf(computed)) - true)
    return float(error / ulp(max(abs(true), *[abs(term) for term in terms])))


def clamped(number: Any) -> Any:
    """The number; an infinite one, or one that rounds to it, as what follows the largest float."""
    return max(min(number, BEYOND), -BEYOND)


def ulp(size: Any) -> Any:
    """The distance of neighbouring floats around a number >= 0."""
    if size == 0:
        return SMALLEST_ULP
    return max(mp.ldexp(1, mp.mag(min(size, BEYOND / 2)) - 53), SMALLEST_ULP)


def computed_results(name: str, point: Point) -> tuple[float, ...]:
    """The value and the local derivatives that the engine records."""
    with ieee():
        node = FUNCTIONS[name](*[Value(number) for number in point])
    return (node.data, *node.local_derivatives)


def result_names(case: Case) -> list[str]:
    """What the results of an operation are called, the value first."""
    operation = entry(case.name)
    if operation.variadic:
        return ["value", "by x1", "by others"]
    return ["value", *[f"by {name}" for name in operation.operands]]


def worst_errors(case: Case, points: Iterable[Point]) -> list[Worst]:
    """The largest error of each result over some points; none for what is only a convention."""
    names = result_names(case)
    found = [Worst(name, case.limit, case.terms.get(i, "")) for i, name in enumerate(names)]
    for point in points:
        truths = case.truth(*[mp.mpf(number) for number in point])
        for i, computed in enumerate(computed_results(case.name, point)):
            if truths[i] is None:
                continue
            worst = found[min(i, len(found) - 1)]
            worst.asked += 1
            error = error_in_ulps(computed, truths[i])
            if error > worst.ulps:
                worst.ulps, worst.point = error, point
    return [worst for worst in found if worst.asked]


def points_of(case: Case, number: int, seed: int) -> list[Point]:
    """The points at which a case is measured: the same for the same seed, whatever else is."""
    return case.points(Random(f"{seed} {case.name}"), number)


# ---- showing ------------------------------------------------------------------------------------

HEADINGS = ("function", "result", "ulps", "at", "limit", "")


def rows(name: str, results: list[Worst]) -> Iterator[tuple[str, ...]]:
    """The lines of the table for one function."""
    for worst in results:
        yield (
            name,
            worst.result,
            f"{worst.ulps:.2f}" if worst.ulps < 1e4 else f"{worst.ulps:.1e}",
            where(worst.point),
            f"{worst.limit}{'*' if worst.terms else ''}",
            "ok" if worst.is_within else "over",
        )
        name = ""


def where(point: Point) -> str:
    """A point for the table; many operands are only counted."""
    if len(point) > 3:
        return f"{len(point)} operands"
    return ", ".join(map(format_number, point))


def notes(measured: dict[str, list[Worst]]) -> list[str]:
    """What the ulps marked with a star are of."""
    return [
        f"{name}, {worst.result}: {worst.terms}"
        for name, results in measured.items()
        for worst in results
        if worst.terms
    ]


def terminal_table(measured: dict[str, list[Worst]]) -> Table:
    """The results for the terminal."""
    grid = new_table("The largest errors", *HEADINGS)
    grid.padding = (0, 1, 0, 0)
    for column in (1, 3):
        grid.columns[column].justify = "left"
    for name, results in measured.items():
        for row in rows(name, results):
            grid.add_row(*row)
    return grid


def markdown(measured: dict[str, list[Worst]], options: Namespace) -> str:
    """The results for the document."""
    about = surroundings()
    lines = [
        (
            f"`python -m benchmarks exactness --points {options.points} --seed {options.seed}`, "
            f"{about['python']}, {about['system']}, {c_library()}, the {about['backend']} engine:"
        ),
        "",
        f"| {' | '.join(HEADINGS)} |",
        "|---|---|--:|---|--:|---|",
    ]
    for name, results in measured.items():
        lines += [f"| {' | '.join(row)} |" for row in rows(name, results)]
    lines += ["", "\\* ulps of the largest of these terms:", ""]
    lines += [f"- {note}" for note in notes(measured)]
    return "\n".join([*lines, ""])


def c_library() -> str:
    """The library whose `sin`, `exp`, ... the operations call: "glibc 2.36"."""
    return " ".join(platform.libc_ver()) or platform.system()


def write_document(text: str) -> None:
    """Put the results into the document, in the place of the last ones."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(TABLE_BEGINS)
    _, _, after = rest.partition(TABLE_ENDS)
    whole = f"{before}{TABLE_BEGINS}\n{text}\n{TABLE_ENDS}{after}"
    DOCUMENT.write_text(whole, encoding="utf-8")


# ---- the topic ----------------------------------------------------------------------------------


def parse_options(arguments: list[str]) -> Namespace:
    """The options of this topic; exits with status 2 on wrong ones."""
    parser = ArgumentParser(prog="python -m benchmarks exactness", description=__doc__)
    parser.add_argument("--points", type=int, default=10_000, help="a function (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the points (default: 0)")
    parser.add_argument("--write", action="store_true", help=f"the table into docs/{DOCUMENT.name}")
    options = parser.parse_args(arguments)
    if options.points < 1:
        parser.error(f"--points must be 1 or more, not {options.points}")
    return options


def main(arguments: list[str]) -> int:
    """Run the topic: 0, or 1 if an error is over its limit."""
    options = parse_options(arguments)
    console = Console(highlight=False)
    print_surroundings(console)
    console.print(
        f"{count(options.points)} points a function, seed {options.seed}. Errors in ulps of the "
        "true result,\nwith * of its largest term. Correct rounding is 0.5.\n"
    )
    measured: dict[str, list[Worst]] = {}
    for case in CASES:
        if sys.stderr.isatty():
            print(f"\r{case.name:15}", end="\r", file=sys.stderr, flush=True)
        measured[case.name] = worst_errors(case, points_of(case, options.points, options.seed))
    console.print(terminal_table(measured))
    console.print("\n".join(["* The terms:", *[f"  {note}" for note in notes(measured)]]))
    if options.write:
        write_document(markdown(measured, options))
    return int(any(not worst.is_within for results in measured.values() for worst in results))

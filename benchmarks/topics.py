"""What topics with several parts share: their options, and running one part after another."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console

from benchmarks.report import DisagreementError, surroundings

LEAST_ROUNDS = 7
QUICK_ROUNDS = 3

#: One part: it measures and prints, and returns its raw numbers.
Run: TypeAlias = Callable[[Console, Namespace], dict[str, Any]]


def options_of_topic(topic: str, about: str | None, parts: Mapping[str, Run]) -> ArgumentParser:
    """The options that every topic with parts has, for `parse_options`."""
    parser = ArgumentParser(prog=f"python -m benchmarks {topic}", description=about)
    parser.add_argument(
        "--backend", choices=("compiled", "python"), help="fail unless this form is running"
    )
    parser.add_argument("--rounds", type=int, help=f"{LEAST_ROUNDS} or more (default: 7)")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, less work: a rough look"
    )
    parser.add_argument("--only", choices=tuple(parts), help="one part alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers")
    parser.set_defaults(parts=tuple(parts))
    return parser


def parse_options(parser: ArgumentParser, arguments: Sequence[str]) -> Namespace:
    """The options, with `parts` for those that are to run; exits with status 2 on wrong ones."""
    options = parser.parse_args(arguments)
    if options.only:
        options.parts = (options.only,)
    if options.rounds is None:
        options.rounds = QUICK_ROUNDS if options.quick else LEAST_ROUNDS
    if options.rounds < (1 if options.quick else LEAST_ROUNDS):
        parser.error(f"--rounds must be {LEAST_ROUNDS} or more, or at least 1 with --quick")
    return options


def run_parts(runs: Mapping[str, Run], console: Console, options: Namespace) -> int:
    """Run the parts that were asked for and write their numbers: 0, or 1 if two sides disagree."""
    results = {}
    try:
        for part in options.parts:
            results[part] = runs[part](console, options)
    except DisagreementError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        about = {**surroundings(), "rounds": options.rounds}
        options.json.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")
    return 0

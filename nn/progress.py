"""A progress bar for training, where somebody is looking: on a terminal, and nowhere else."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TypeAlias

#: Called after each batch, with what to say.
Report: TypeAlias = Callable[[str], None]


@contextmanager
def progress_bar(batches: int, done: int, is_wanted: bool | None) -> Iterator[Report]:
    """Inside, calls of what this gives move the bar on by a batch.

    Args:
        batches: how many there are in all.
        done: how many were done before, in an earlier part of the run.
        is_wanted: whether to draw it; None: if the standard error stream is a terminal.
    """
    if not (sys.stderr.isatty() if is_wanted is None else is_wanted):
        yield lambda text: None
        return
    rich = imported()
    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    with rich.progress.Progress(*columns, console=rich.console.Console(stderr=True)) as bar:
        task = bar.add_task("training", total=batches, completed=done)
        yield lambda text: bar.update(task, advance=1, description=text)


def imported() -> ModuleType:
    """The package rich, without the random number that its import draws: no run depends on it."""
    state = random.getstate()
    try:
        import rich.console
        import rich.progress
    finally:
        random.setstate(state)
    return rich

"""Plots: a function and its derivative, a training run, a decision boundary. Needs matplotlib.

Each returns a matplotlib `Figure` that belongs to nobody (no window is opened, no display needed)
and writes it to a file if a path is given. At a kink the derivative of a function has open dots at
its one-sided values and a closed one at the value that is used.
"""

from __future__ import annotations

import inspect
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine import Value
from autograd.expression import Expression, parse
from autograd.extras import install_command
from autograd.files import write_file
from autograd.functions import FUNCTIONS
from autograd.modes import no_grad
from autograd.numbers import format_number, is_number
from autograd.registry import entry
from autograd.trees import POSITIONAL, flat
from viz.curves import Kink, quantiles, sampled, unzipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

File = str | PathLike[str]

BLUE, AMBER, GREEN, SLATE = "#1d4ed8", "#b45309", "#15803d", "#64748b"
COLOURS = (BLUE, AMBER, GREEN, "#be123c", "#7e22ce", "#0e7490", "#4d7c0f", "#334155")
DOT = 7  # points across

DEFAULT_INTERVAL = (-5.0, 5.0)


# ---- functions of one number --------------------------------------------------------------------


def plot_function(
    f: str | Callable[[Any], Any],
    interval: tuple[float, float] | None = None,
    *,
    label: str = "",
    path: File | None = None,
) -> Figure:
    """Plot a function of one number and, below it, its derivative.

    Args:
        f: the name of a function ("relu"), an expression of one variable ("x**2 + 1"), or a Python
            function that takes and returns one number or Value.
        interval: from where to where; if not given, [-5, 5], or as much of it as `f` is defined on.
        label: what to call the function; its name, or its text, if not given.
        path: a file to write the figure to: .png, .svg or .pdf.

    Returns:
        The figure; its axes are those of the function and of the derivative.

    Raises:
        ImportError: if matplotlib is not installed.
        TypeError: if `f` is no function.
        NameError, SyntaxError: if a text is neither a name nor an expression.
        ValueError: if `f` takes several numbers, if the interval is not one, or if `f` is not
            defined anywhere on it.
        FileNotFoundError, PermissionError: if the file cannot be written.
    """
    function, text, variable = as_function(f)
    start, stop = checked_interval(interval)
    curve = sampled(function, start, stop)
    if not curve.points:
        raise ValueError(f"{label or text} is not defined between {start:g} and {stop:g}")
    if interval is None and (curve.points[0].x, curve.points[-1].x) != (start, stop):
        start, stop = curve.points[0].x, curve.points[-1].x
        curve = sampled(function, start, stop)
    figure, (above, below) = panels(2, height=2.6)
    of_f, of_derivative = curve.lines()
    above.plot(*of_f, color=BLUE)
    below.plot(*of_derivative, color=AMBER)
    for kink in curve.kinks:
        mark(above, below, kink)
    for axes, line in ((above, of_f), (below, of_derivative)):
        axes.set_ylim(*visible_range(line[1]))
        axes.axhline(0, color=SLATE, linewidth=0.8, zorder=0)
    above.set_title(label or text, parse_math=False)
    above.set_ylabel(f"$f$({variable})")
    below.set_ylabel(f"$f'$({variable})")
    below.set_xlabel(variable)
    margin = 0.02 * (stop - start)
    below.set_xlim(start - margin, stop + margin)
    return finished(figure, path)


class NamedFunction(NamedTuple):
    """A function of one number, what it is called, and what its variable is called."""

    function: Callable[[Any], Any]
    text: str
    variable: str


def as_function(f: str | Callable[[Any], Any]) -> NamedFunction:
    """The function that a name, an expression or a Python function stands for."""
    if isinstance(f, str):
        if f in FUNCTIONS:
            operation = entry(f)
            needed = operation.operands[: operation.arity - len(operation.defaults)]
            if len(needed) > 1:
                raise ValueError(
                    f"a plot needs one variable; {f}({', '.join(needed)}) takes {len(needed)} "
                    f"numbers: write an expression of one, such as "
                    f'"{f}({", ".join(["x", *"123"[: len(needed) - 1]])})"'
                )
            return NamedFunction(FUNCTIONS[f], f"{f}(x)", "x")
        if f.isidentifier() and len(f) > 1:  # a variable by itself is rather a misspelt function
            parse(f"{f}(x)")  # raises, and says which one may be meant
        f = parse(f)
    if isinstance(f, Expression):
        if len(f.names) != 1:
            names = ", ".join(f.names) or "none"
            raise ValueError(f"a plot needs one variable; {f.text!r} has {names}")
        return NamedFunction(f, f.text, f.names[0])
    if not callable(f):
        raise TypeError(f"expected a function, its name or an expression, not {type(f).__name__}")
    name = getattr(f, "__name__", "f")
    return NamedFunction(f, f"{name}(x)" if name.isidentifier() else "f(x)", "x")


def checked_interval(interval: tuple[float, float] | None) -> tuple[float, float]:
    """The interval as two floats, the first one smaller."""
    start, stop = map(float, interval or DEFAULT_INTERVAL)
    if not (math.isfinite(start) and math.isfinite(stop) and start < stop):
        raise ValueError(f"interval must be two finite numbers, the smaller first, not {interval}")
    return start, stop


def mark(above: Axes, below: Axes, kink: Kink) -> None:
    """Dots at a kink: open at the one-sided limits, closed at what is taken there."""
    if kink.is_pole:
        for axes in (above, below):
            axes.axvline(kink.at.x, color=SLATE, linewidth=0.8, linestyle=":")
        return
    x = kink.at.x
    if kink.is_continuous:
        dot(above, x, kink.at.y, BLUE, BLUE)
    else:
        for y in (kink.left.y, kink.right.y):
            dot(above, x, y, BLUE, "white")
        dot(above, x, kink.at.y, BLUE, BLUE)
    for slope in kink.slopes:
        dot(below, x, slope, AMBER, "white")
    dot(below, x, kink.at.slope, AMBER, AMBER)


def dot(axes: Axes, x: float, y: float, edge: str, face: str) -> None:
    """One dot, over the lines."""
    axes.plot(
        [x],
        [y],
        marker="o",
        markersize=DOT,
        markeredgecolor=edge,
        markerfacecolor=face,
        linestyle="none",
        zorder=3,
    )


def visible_range(numbers: Sequence[float]) -> tuple[float, float]:
    """From where to where an axis goes: all of the curve, or its larger part where the rest would
    press that flat."""
    finite = [number for number in numbers if math.isfinite(number)] or [0.0]
    low, high = min(finite), max(finite)
    from_, to = quantiles(finite)
    usual = to - from_
    if usual > 0 and high - low > 8 * usual:
        low, high = max(low, from_ - usual), min(high, to + usual)
    margin = 0.08 * (high - low) or max(0.1 * abs(high), 1.0)
    return low - margin, high + margin


# ---- training runs ------------------------------------------------------------------------------


def plot_history(history: Any, *, path: File | None = None) -> Figure:
    """Plot the losses and, if there are any, the accuracies of a training run over its epochs.

    Args:
        history: the records of the epochs: `nn.History`, or any iterable of records or dicts with
            `train_loss` and perhaps `dev_loss`, `train_accuracy`, `dev_accuracy`. To compare
            several runs: a dict of such, by name; of each the validation data's curves are drawn,
            or the training data's where there are none.
        path: a file to write the figure to: .png, .svg or .pdf.

    Returns:
        The figure; its axes are those of the loss and of the accuracy, if there is one. The epoch
        with the lowest validation loss has a dot.

    Raises:
        ImportError: if matplotlib is not installed.
        TypeError, ValueError: if there are no such records.
        FileNotFoundError, PermissionError: if the file cannot be written.
    """
    if isinstance(history, Mapping):
        lines = [line for name, run in history.items() for line in main_lines(name, lines_of(run))]
    else:
        lines = lines_of(history)
    measures = [measure for measure in MEASURES if any(line.measure == measure for line in lines)]
    if not measures:
        raise ValueError("there is nothing to plot: no record has a train_loss or a dev_loss")
    figure, panel_axes = panels(len(measures), height=2.8)
    for axes, measure in zip(panel_axes, measures, strict=True):
        shown = [line for line in lines if line.measure == measure]
        for number, line in enumerate(shown):
            draw_line(axes, line, COLOURS[number % len(COLOURS)])
        axes.set_ylabel(measure)
        axes.legend(frameon=False)
    panel_axes[-1].set_xlabel("epoch")
    if len({epoch for line in lines for epoch in line.epochs}) == 1:
        panel_axes[-1].set_xlim(lines[0].epochs[0] - 1, lines[0].epochs[0] + 1)
    panel_axes[-1].xaxis.set_major_locator(whole_numbers())
    return finished(figure, path)


MEASURES = ("loss", "accuracy")
DATA = {"train": "training", "dev": "validation"}


class Line(NamedTuple):
    """One curve of a training run."""

    name: str
    measure: str
    is_validation: bool
    epochs: list[float]
    heights: list[float]


def lines_of(run: Any) -> list[Line]:
    """The curves of one run: those of which there are numbers."""
    records = getattr(run, "epochs", getattr(run, "rows", run))
    if not isinstance(records, Iterable):
        raise no_history(run)
    records = list(records)
    lines = []
    for measure in MEASURES:
        for part, name in DATA.items():
            points = []
            for number, record in enumerate(records, 1):
                y = entry_of(record, f"{part}_{measure}")
                if y is not None:
                    epoch = entry_of(record, "number") or entry_of(record, "epoch") or number
                    points.append((epoch, y))
            if points:
                lines.append(Line(name, measure, part == "dev", *unzipped(points)))
    return lines


def entry_of(record: Any, name: str) -> float | None:
    """An entry of a record or a dict; None if it has none."""
    if isinstance(record, Mapping):
        number = record.get(name)
    elif is_number(record) or isinstance(record, (str, Sequence)):
        raise no_history(record)
    else:
        number = getattr(record, name, None)
    return None if number is None else float(number)


def no_history(given: object) -> TypeError:
    """What is said of what has no records, or is none."""
    return TypeError(
        "the history of a run is its records: objects or dicts with train_loss, dev_loss, "
        f"train_accuracy, dev_accuracy; not {type(given).__name__}"
    )


def main_lines(name: str, lines: Sequence[Line]) -> list[Line]:
    """The curves that stand for a run among others: of the validation data, if there are any."""
    chosen = {line.measure: line for line in lines}  # the validation data's come last
    return [line._replace(name=name) for line in chosen.values()]


def draw_line(axes: Axes, line: Line, colour: str) -> None:
    """A curve; a loss on validation data gets a dot where it is lowest."""
    alone = "x" if len(line.epochs) == 1 else ""  # a curve of one point would not be seen
    name = line.name.replace("$", r"\$")
    axes.plot(line.epochs, line.heights, color=colour, label=name, marker=alone)
    if line.is_validation and line.measure == "loss":
        best = line.heights.index(min(line.heights))
        dot(axes, line.epochs[best], line.heights[best], colour, colour)


# ---- decision boundaries ------------------------------------------------------------------------


def plot_decision_boundary(
    f: Callable[..., Any],
    points: Iterable[Sequence[float]],
    labels: Iterable[float],
    *,
    threshold: float | None = None,
    resolution: int = 60,
    path: File | None = None,
) -> Figure:
    """Plot what a classifier of points in the plane answers, and the points with their labels.

    Args:
        f: takes a point, as f([x1, x2]) or f(x1, x2), and returns one number, or one score a class.
        points: pairs of numbers.
        labels: the class of each point. Of scores, class k is that of the k-th one.
        threshold: where one class ends and the other begins, if `f` returns one number; half-way
            between the two labels if not given: 0.5 for 0 and 1, 0 for -1 and 1.
        resolution: at how many places along each axis `f` is asked.
        path: a file to write the figure to: .png, .svg or .pdf.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if points and labels do not belong together, or the labels are no two classes.
        FileNotFoundError, PermissionError: if the file cannot be written.
    """
    places = [(float(x), float(y)) for x, y in points]
    classes = list(map(float, labels))
    if not places or len(places) != len(classes):
        raise ValueError(f"{len(places)} points and {len(classes)} labels do not belong together")
    if resolution < 2:
        raise ValueError(f"resolution must be 2 or more, not {resolution}")
    across = grid([x for x, _ in places], resolution)
    upwards = grid([y for _, y in places], resolution)
    as_two = takes_two_numbers(f)
    with no_grad():
        answers = [[as_scores(f(x, y) if as_two else f([x, y])) for x in across] for y in upwards]
    regions = regions_of(sorted(set(classes)), len(answers[0][0]))
    if len(answers[0][0]) == 1:
        border = sum(regions) / 2 if threshold is None else threshold
        answers = [[[border, answer] for (answer,) in row] for row in answers]
    figure, (axes,) = panels(1, height=4.4)
    for k in range(len(answers[0][0])):
        shade(axes, across, upwards, [[lead(row, k) for row in line] for line in answers], k)
    for kind, number in regions.items():
        chosen = [place for place, label in zip(places, classes, strict=True) if label == kind]
        axes.plot(
            *unzipped(chosen),
            marker=MARKERS[number % len(MARKERS)],
            linestyle="none",
            markersize=DOT,
            markerfacecolor=COLOURS[number % len(COLOURS)],
            markeredgecolor="white",
            label=format_number(kind),
        )
    axes.set_xlabel("x1")
    axes.set_ylabel("x2")
    axes.legend(title="label", framealpha=0.9)
    return finished(figure, path)


MARKERS = "os^Dv"


def lead(scores: Sequence[float], k: int) -> float:
    """By how much score k is above the best of the others."""
    return scores[k] - max(score for j, score in enumerate(scores) if j != k)


def grid(numbers: Sequence[float], resolution: int) -> list[float]:
    """Places over the range of some numbers, with a margin."""
    low, high = min(numbers), max(numbers)
    margin = 0.25 * (high - low) or 1.0
    step = (high - low + 2 * margin) / (resolution - 1)
    return [low - margin + i * step for i in range(resolution)]


def takes_two_numbers(f: Callable[..., Any]) -> bool:
    """Whether a classifier is called as f(x1, x2), and not with the point as a list."""
    if isinstance(f, Expression):
        return True
    try:
        parameters = inspect.signature(f).parameters.values()
    except ValueError:  # it does not tell
        return False
    needed = [one for one in parameters if one.kind in POSITIONAL and one.default is one.empty]
    return len(needed) == 2


def as_scores(answer: Any) -> list[float]:
    """What a classifier answers, as a list of numbers."""
    numbers = [answer] if isinstance(answer, Value) or is_number(answer) else flat(answer)
    return [float(score.data if isinstance(score, Value) else score) for score in numbers]


def regions_of(kinds: Sequence[float], count: int) -> dict[float, int]:
    """Which region belongs to each label, if a classifier answers with `count` numbers.

    Raises:
        ValueError: if there are not as many.
    """
    if count == 1:
        if len(kinds) != 2:
            raise ValueError(
                f"one number tells two classes apart, but the labels are of {len(kinds)}: a "
                "function for more returns one score a class"
            )
        return {kinds[0]: 0, kinds[1]: 1}
    for kind in kinds:
        if kind not in range(count):
            raise ValueError(
                f"of {count} scores, the labels are 0 to {count - 1}, not {format_number(kind)}"
            )
    return {kind: int(kind) for kind in kinds}


def shade(
    axes: Axes,
    across: Sequence[float],
    upwards: Sequence[float],
    leads: Sequence[Sequence[float]],
    k: int,
) -> None:
    """Colour the region in which class k is ahead, and draw its border."""
    most = max(map(max, leads))
    if most <= 0:  # it never is
        return
    colour = COLOURS[k % len(COLOURS)]
    axes.contourf(across, upwards, leads, levels=[0.0, most + 1.0], colors=[colour], alpha=0.25)
    if min(map(min, leads)) < 0:
        axes.contour(across, upwards, leads, levels=[0.0], colors=[SLATE], linewidths=1.0)


# ---- figures ------------------------------------------------------------------------------------


def panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with axes below each other, of that many inches each."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"plots need matplotlib: {install_command('chalkgrad[plots]')}"
        ) from error
    figure = Figure(figsize=(6.4, height * count + 0.4), layout="constrained")
    axes = [figure.add_subplot(count, 1, 1)]
    axes += [figure.add_subplot(count, 1, i, sharex=axes[0]) for i in range(2, count + 1)]
    for panel in axes:
        panel.grid(alpha=0.3, linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelbottom=panel is axes[-1])
    return figure, axes


def whole_numbers() -> Locator:
    """Puts the marks of an axis at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


def finished(figure: Figure, path: File | None) -> Figure:
    """The figure, written to a file if a path is given: the same bytes for the same plot."""
    if path is None:
        return figure
    from matplotlib import rc_context

    kind = Path(fspath(path)).suffix.lstrip(".").lower()
    if kind not in FILE_DATES:
        raise ValueError(f"a plot is written as .png, .svg or .pdf, not {fspath(path)!r}")
    content = io.BytesIO()
    with rc_context({"svg.hashsalt": "chalkgrad"}):
        figure.savefig(content, format=kind, dpi=150, metadata=FILE_DATES[kind])
    write_file(path, content.getvalue())
    return figure


#: What a file of each kind says about when it was made: nothing.
FILE_DATES: dict[str, dict[str, None]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}

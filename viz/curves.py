"""Curves: a function of one number and its derivative, sampled for drawing; no drawing here.

A curve stops at the edge of the domain and breaks at jumps and poles. Where neighbouring samples
differ more than those on either side of them, the place in between is closed in on by halving: what
is then left of the step is a kink (of the slope), a jump (of the value) or a pole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd.engine import Value
from autograd.transforms import derivative

SAMPLES = 801
OFFSET = 0.618  # samples lie beside round numbers, where kinks are
HALVINGS = 60  # from the distance of two samples down to the distance of two floats
BESIDE = 1e-9  # how far from a kink, relative to it, the sides are looked at
JUMP = 1e-4  # what is left of a step, relative to the curve, when it is no smooth one
HUGE = 1e6  # times the curve's height: that is a pole


class Point(NamedTuple):
    """A point of the curve, and its slope there; nan where there is none."""

    x: float
    y: float
    slope: float

    @property
    def is_defined(self) -> bool:
        """Whether the function has a value here."""
        return math.isfinite(self.y)


class Kink(NamedTuple):
    """Where the slope jumps, and perhaps the function too.

    Attributes:
        left, right: the points right beside it.
        at: the point itself, with the slope that backward uses.
        slopes: the one-sided derivatives.
        is_pole: whether the function has no bound there.
    """

    left: Point
    right: Point
    at: Point
    slopes: tuple[float, float]
    is_pole: bool

    @property
    def is_continuous(self) -> bool:
        """Whether the function itself does not jump."""
        jump = abs(self.right.y - self.left.y)
        return jump <= JUMP * max(abs(self.left.y), abs(self.right.y), 1e-3)


class Curve(NamedTuple):
    """A sampled function: its points in order, and its kinks."""

    points: list[Point]
    kinks: list[Kink]

    def lines(self) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
        """x and y of the function, then of the derivative; a nan breaks a line."""
        function, slopes = [], []
        ahead = sorted(self.kinks, key=lambda kink: kink.at.x)[::-1]
        for x, y, slope in self.points:
            if ahead and x > ahead[-1].at.x:
                kink = ahead.pop()
                slopes.append((x, math.nan))
                if not kink.is_continuous:
                    function.append((x, math.nan))
            function.append((x, y))
            slopes.append((x, slope))
        return unzipped(function), unzipped(slopes)


def unzipped(pairs: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Pairs as two lists."""
    pairs = list(pairs)
    return [x for x, _ in pairs], [y for _, y in pairs]


def sampled(f: Callable[[Any], Any], start: float, stop: float) -> Curve:
    """The function at many points, at the edges of its domain and beside its kinks."""
    slope_of = derivative(f)

    def point(x: float) -> Point:
        return Point(x, number_at(f, x), number_at(slope_of, x))

    step = (stop - start) / SAMPLES
    inner = [point(start + (i + OFFSET) * step) for i in range(SAMPLES)]
    samples = [point(start), *inner, point(stop)]
    points = [sample for sample in samples if sample.is_defined]
    if not points:
        return Curve([], [])
    kinks = []
    scale = height(points)
    for i in range(len(samples) - 1):
        left, right = samples[i], samples[i + 1]
        if left.is_defined != right.is_defined:
            edge = edge_of_domain(point, left, right)
            points += [edge, *approach(point, edge.x, left.x if left.is_defined else right.x)]
        elif left.is_defined and (part := part_that_steps(samples, i, scale)):
            kink = kink_between(f, point, part, left, right, scale)
            if kink is not None:
                kinks.append(kink)
                points += [] if kink.is_pole else [kink.left, kink.right]
    return Curve(sorted(points), kinks)


def approach(point: Callable[[float], Point], edge: float, start: float) -> list[Point]:
    """Points ever nearer to the edge of the domain, where the curve may become very steep."""
    nearer = [point(edge + (start - edge) / 2**k) for k in range(1, 8)]
    return [sample for sample in nearer if sample.is_defined]


def number_at(f: Callable[[Any], Any], x: float) -> float:
    """f(x), or nan where it is not defined or not finite."""
    try:
        y = f(x)
    except (ValueError, ArithmeticError):
        return math.nan
    number = float(y.data if isinstance(y, Value) else y)
    return number if math.isfinite(number) else math.nan


def height(points: Sequence[Point]) -> float:
    """How far the curve and its slopes range, the outermost tenth aside."""
    low, high = quantiles([point.y for point in points])
    slow, fast = quantiles([point.slope for point in points])
    return max(high - low, fast - slow, 1e-12)


def quantiles(numbers: Iterable[float]) -> tuple[float, float]:
    """The numbers below which a twentieth, and above which a twentieth of them lie."""
    finite = sorted(number for number in numbers if math.isfinite(number)) or [0.0]
    last = len(finite) - 1
    return finite[round(0.05 * last)], finite[round(0.95 * last)]


def part_that_steps(samples: Sequence[Point], i: int, scale: float) -> str:
    """ "y" or "slope", whichever changes more between samples i and i + 1 than on either side of
    them, for only there can it jump; "" if neither does."""
    for part in ("y", "slope"):
        here, *beside = [
            change(part, samples[j], samples[j + 1])
            for j in (i, i - 1, i + 1)
            if 0 <= j < len(samples) - 1
        ]
        known = max([step for step in beside if math.isfinite(step)], default=math.inf)
        changes_sign = getattr(samples[i], part) * getattr(samples[i + 1], part) < 0  # as at a pole
        if here > (1.0 if changes_sign else 1.01) * known + 1e-9 * scale:
            return part
    return ""


def change(part: str, left: Point, right: Point) -> float:
    """How far the value or the slope moves between two points."""
    before, after = getattr(left, part), getattr(right, part)
    return float(abs(after - before))


def edge_of_domain(point: Callable[[float], Point], left: Point, right: Point) -> Point:
    """The outermost point at which the function is defined, between one where it is and one where
    it is not."""
    for _ in range(HALVINGS):
        middle = point((left.x + right.x) / 2)
        if middle.is_defined == left.is_defined:
            left = middle
        else:
            right = middle
    return left if left.is_defined else right


def kink_between(
    f: Callable[[Any], Any],
    point: Callable[[float], Point],
    part: str,
    left: Point,
    right: Point,
    scale: float,
) -> Kink | None:
    """The kink, the jump or the pole between two points; None if the curve is smooth there."""
    for _ in range(HALVINGS):
        middle = point((left.x + right.x) / 2)
        if not middle.is_defined or middle.x in (left.x, right.x):
            break
        if change(part, left, middle) >= change(part, middle, right):
            right = middle
        else:
            left = middle
    at = point(min((right.x, left.x, round(left.x, 9) + 0.0), key=lambda x: len(repr(x))))
    if max(abs(left.y), abs(right.y)) > HUGE * scale:
        return Kink(left, right, at, (math.nan, math.nan), is_pole=True)
    beside = BESIDE * max(1.0, abs(at.x))
    left, right = point(at.x - beside), point(at.x + beside)
    jump = max(change("y", left, right), change("slope", left, right))
    if not jump > JUMP * max(scale, abs(at.y), abs(left.slope), abs(right.slope)):
        return None
    before, after = (number_at(derivative(f, side=side), at.x) for side in ("left", "right"))
    if before == after:  # f compares by itself
        before, after = left.slope, right.slope
    return Kink(left, right, at, (before, after), is_pole=False)

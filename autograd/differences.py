"""The slope of a function of one number by differences alone, and how far it can be trusted.

The one idea: a slope is measured from both sides, with a step that is halved again and again, so
that the numbers themselves say how good they are. Where the two sides agree there is one slope;
where they do not, a kink, or a jump of the function itself.

The formulas are Richardson's extrapolation with Ridders' choice of the best entry: C. J. F.
Ridders, Advances in Engineering Software 4 (1982) 75-76; Press et al., Numerical Recipes, 3rd ed.,
section 5.7, which also gives the steps that balance rounding against truncation.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.numbers import as_float

EPSILON = sys.float_info.epsilon

#: The steps of each method, for |x| <= 1: a rounding error of EPSILON / step against a truncation
#: error of order step^2, step, and (with one extrapolation) step^4.
STEPS = {
    "central": EPSILON ** (1 / 3),
    "forward": EPSILON ** (1 / 2),
    "richardson": EPSILON ** (1 / 5),
}
HALVINGS = 5  # of the step, in an extrapolation
SHRINK = 32.0  # where a step is too long, the next one is so much shorter,
SHRINKS = 4  # so many times

KINK = 1e-4  # slopes to the left and right that differ by more of themselves are two slopes
ACCURATE = 1e-7  # a slope that is known this well needs no shorter steps
KNOWN = 1e-2  # by a slope that is known less well than this, rounding aside, none is judged
RESOLVED = 0.1  # with shorter steps, rounding must stay below this part of the slope
ROUNDING = 4.0  # extrapolation enlarges rounding errors by not more than this
CAUTION = 10.0  # how far a one-sided slope with powers of h like h^1.8 belies its estimated error
JUMP = 1.95  # a quotient that grows so is that of a jump: it doubles as h is halved
GROWTH = 1.2  # a quotient that grows so at each halving has no limit (the root of h grows by 1.41)


class Sample(NamedTuple):
    """A function's value, and the branches that it took to get there."""

    value: float
    branches: tuple[Any, ...] = ()


#: A function of one number: one input of f, or one operand of an operation.
Curve = Callable[[float], Sample]


class Point(NamedTuple):
    """A sample beside x, and how far from x that is, as represented: (x + h) - x."""

    distance: float
    sample: Sample


class Estimate(NamedTuple):
    """A slope, how far off it may be, and whether the function jumps there."""

    slope: float
    error: float
    jumps: bool = False


@dataclass(frozen=True)
class Slopes:
    """The slopes of a function at x, as one step and its halvings show them.

    Attributes:
        left, right: the extrapolated slopes to either side; None where it is not defined there.
        central: the extrapolated central differences; None unless it is defined on both sides.
        scale: the size of the largest finite slope in sight.
        noise: how far rounding of the function's values may put the shortest step's slopes off.
        has_one_branch: whether x and the points beside it took the same branches.
    """

    left: Estimate | None
    right: Estimate | None
    central: Estimate | None
    scale: float
    noise: float
    has_one_branch: bool

    @property
    def sides(self) -> list[Estimate]:
        """The sides on which the function is defined."""
        return [side for side in (self.left, self.right) if side is not None]

    @property
    def jumps(self) -> bool:
        """Whether the function's value is another one right beside x."""
        return any(side.jumps for side in self.sides)

    @property
    def error(self) -> float:
        """How far off the slopes may be."""
        return sum([side.error for side in self.sides])

    @property
    def agree(self) -> bool:
        """Whether there is one slope: both sides have it, or there is one side."""
        first, last = self.sides[0], self.sides[-1]
        if first is last:
            return True
        return abs(first.slope - last.slope) <= KINK * self.scale + self.noise

    @property
    def is_accurate(self) -> bool:
        """Whether shorter steps are not needed."""
        return (
            self.central is not None
            and self.has_one_branch
            and self.agree
            and self.central.error <= ACCURATE * self.scale + self.noise
        )

    @property
    def is_known(self) -> bool:
        """Whether the slope is known well enough to judge another by it. It is not where the
        quotients creep towards their limit, as for x^1.2 at 0."""
        return self.best.error <= KNOWN * self.scale + self.noise

    @property
    def best(self) -> Estimate:
        """The slope: of the central differences, or the mean of the sides."""
        if self.central is not None and self.has_one_branch and self.agree:
            return self.central
        mean = sum([side.slope for side in self.sides]) / len(self.sides)
        return Estimate(mean, self.error)


def checked_step(eps: float | None) -> float | None:
    """The step that was given, as a float; None if it is to be chosen.

    Raises:
        ValueError: if it is not a positive finite number.
    """
    if eps is None:
        return None
    step = as_float(eps)
    if not 0.0 < step < math.inf:
        raise ValueError(f"eps, the step, must be a positive finite number, not {eps!r}")
    return step


def usual_steps(step: float, x: float) -> list[float]:
    """Steps to try, the longest first: on the scale of 1 or |x|, whichever is larger, and then on
    the scale of |x| itself, where something may be as near to x as 0 is."""
    scales = {max(1.0, abs(x)), abs(x) or 1.0}
    return sorted({step * scale for first in scales for scale in shrunk(first)}, reverse=True)


def shrunk(step: float) -> list[float]:
    """A step and the shorter ones that are tried after it."""
    return [step / SHRINK**i for i in range(SHRINKS + 1)]


def difference_quotient(
    curve: Curve, x: float, steps: Sequence[float], method: str
) -> float | None:
    """The slope at x by one method, with the first step that stays within the domain, or else to
    the one side that does; None if no side does."""
    here = curve(x)
    halvings = HALVINGS if method == "richardson" else 0
    near_border: float | None = None
    one_side: list[Point] = []
    for step in steps:
        ahead = points(curve, x, step, halvings)
        behind = [] if method == "forward" and ahead else points(curve, x, -step, halvings)
        one_side = one_side or ahead or behind
        if method == "forward" and ahead:
            slope = quotients(here, ahead)[0]
        elif method != "forward" and ahead and behind:
            slope = extrapolated(central_quotients(ahead, behind), 4).slope
        else:
            continue
        if step == steps[0] or near_border is not None:
            return slope
        near_border = slope  # where f may bend a lot: once more with a shorter step
    if near_border is not None:
        return near_border
    return extrapolated(quotients(here, one_side), 2).slope if one_side else None


def measured(
    curve: Curve, x: float, here: Sample, steps: Sequence[float], rounding: float
) -> Slopes | None:
    """The slopes at x, with the longest step that shows them accurately, or else with the best.

    Args:
        curve: the function.
        x, here: the place, and the function's sample there.
        steps: to try, the longest first.
        rounding: how far off the function's values may be.

    Returns:
        None if the function is not defined beside x.
    """
    seen: list[Slopes] = []
    for step in steps:
        slopes = slopes_with(curve, x, here, step, rounding)
        if slopes is None:
            continue
        if slopes.is_accurate and (not seen or slopes.noise <= RESOLVED * slopes.scale):
            return slopes
        seen.append(slopes)
    return min(seen, key=lambda slopes: (-len(slopes.sides), slopes.error), default=None)


def slopes_with(
    curve: Curve, x: float, here: Sample, step: float, rounding: float
) -> Slopes | None:
    """The slopes at x with one step and its halvings; None if both sides leave the domain."""
    ahead = points(curve, x, step, HALVINGS)
    behind = points(curve, x, -step, HALVINGS)
    beside = ahead + behind
    if not beside:
        return None
    rounding += EPSILON * max([abs(point.sample.value) for point in beside])
    noise = ROUNDING * rounding / min([abs(point.distance) for point in beside])
    left, right = one_sided(here, behind, noise), one_sided(here, ahead, noise)
    central = extrapolated(central_quotients(ahead, behind), 4, noise) if ahead and behind else None
    longest = [points[0] for points in (ahead, behind) if points]
    in_sight = quotients(here, longest) + [side.slope for side in (left, right) if side]
    return Slopes(
        left=left,
        right=right,
        central=central,
        scale=max([abs(slope) for slope in in_sight if math.isfinite(slope)]),
        noise=noise,
        has_one_branch=all(point.sample.branches == here.branches for point in beside),
    )


def points(curve: Curve, x: float, step: float, halvings: int) -> list[Point]:
    """Samples at x + step, x + step/2, ...; none at all if one of them is out of the domain."""
    found = []
    for halving in range(halvings + 1):
        beside = x + step / 2**halving
        sample = sample_at(curve, beside) if beside != x else None
        if sample is None:
            return []
        found.append(Point(beside - x, sample))
    return found


def sample_at(curve: Curve, x: float) -> Sample | None:
    """The function's sample at x; None where it is not defined, for which its domain's exceptions
    are the sign."""
    try:
        sample = curve(x)
    except (ArithmeticError, ValueError):
        return None
    return sample if math.isfinite(sample.value) else None


def quotients(here: Sample, points: Sequence[Point]) -> list[float]:
    """(f(x + h) - f(x)) / h for each point x + h."""
    return [(point.sample.value - here.value) / point.distance for point in points]


def central_quotients(ahead: Sequence[Point], behind: Sequence[Point]) -> list[float]:
    """(f(x + h) - f(x - h)) / (2 h) for each pair of points."""
    return [
        (right.sample.value - left.sample.value) / (right.distance - left.distance)
        for right, left in zip(ahead, behind, strict=True)
    ]


def one_sided(here: Sample, points: Sequence[Point], noise: float) -> Estimate | None:
    """The slope to one side; infinite where the quotients grow and grow (sqrt at 0, a jump)."""
    if not points:
        return None
    slopes = quotients(here, points)
    earlier, later, last = [abs(slope) for slope in slopes[-3:]]
    if last > GROWTH * later > GROWTH**2 * earlier and last > noise:
        jumps = last > JUMP * later > JUMP**2 * earlier
        return Estimate(math.copysign(math.inf, slopes[-1]), math.inf, jumps)
    slope, error, _ = extrapolated(slopes, 2, noise)
    return Estimate(slope, CAUTION * error)


def extrapolated(quotients: Sequence[float], base: int, noise: float = 0.0) -> Estimate:
    """Richardson's limit of D(h), D(h/2), D(h/4), ... for h = 0.

    Args:
        quotients: the D.
        base: 4 where the error of D(h) is a series in h^2, as for central differences; 2 where it
            is one in h.
        noise: how far rounding may put the last D off; each one before it half as far.

    Returns:
        Of the table's entries the one that is nearest to both that it was made of. Its error is the
        larger of those two distances, and the noise.
    """
    best = Estimate(quotients[0], math.inf)
    coarser: list[float] = []
    noise /= 2 ** (len(quotients) - 1)
    for place, quotient in enumerate(quotients):
        finer = [quotient]
        for i, entry_before in enumerate(coarser, 1):
            better = finer[-1] + (finer[-1] - entry_before) / (base**i - 1)
            distance = max(abs(better - finer[-1]), abs(better - entry_before))
            error = distance + noise * 2**place
            if error <= best.error:
                best = Estimate(better, error)
            finer.append(better)
        coarser = finer
    return best

"""Predictions in random graphs: a mistake planted at one step is named, a right number accepted."""

import math
import os
import random

import pytest

from tests.autograd.planted import (
    EDGE_KINDS,
    Mistake,
    drawn_program,
    is_seen,
    wrong_locals,
)
from viz import steps
from viz.predictions import expected, judge
from viz.stepping import Backward

GRAPHS = 500 if os.environ.get("CHALKGRAD_TEST_ALL") == "1" else 100


def place_of(node):
    """The place of a node from its label, n0, n1, ..."""
    return int(node.label[1:])


def slips_at(program, step):
    """What one of the planted mistakes at the step's edge makes of its number: (kind, number)."""
    node, before = place_of(step.source), step.gradient - step.contribution
    for kind in EDGE_KINDS:
        for wrong in wrong_locals(program, Mistake(kind, node, step.operand)):
            number = before + step.upstream * wrong
            if is_seen(number, step.gradient):
                yield kind, number


def drawn_slips():
    """A step of each random graph, with a mistake planted in it."""
    for seed in range(GRAPHS):
        rng = random.Random(seed)
        program = drawn_program(rng)
        passed = steps(program.build()[-1])
        shares = [step for step in passed if isinstance(step, Backward) and step.source is not None]
        planted = [(step, *slip) for step in shares for slip in slips_at(program, step)]
        if planted:
            yield (seed, *rng.choice(planted))


@pytest.mark.parametrize("digits", [17, 4])
def test_a_mistake_planted_at_a_step_is_named(digits):
    """Whether the mistake named first gives the very number that was planted."""
    missed, count = [], 0
    for seed, step, kind, number in drawn_slips():
        count += 1
        verdict = judge(step, f"{number:.{digits}g}")
        assert not verdict, (seed, step, kind, number)
        first = verdict.mistakes[:1]
        if not any(math.isclose(one.number, number, rel_tol=1e-7, abs_tol=1e-12) for one in first):
            missed.append((seed, kind, str(step), number, str(verdict)))
    assert count > 0.9 * GRAPHS
    assert len(missed) <= 0.1 * count, missed


@pytest.mark.parametrize("digits", [17, 4, 3])
def test_no_right_number_is_accused(digits):
    for seed in range(GRAPHS):
        program = drawn_program(random.Random(30_000 + seed))
        for step in steps(program.build()[-1]):
            verdict = judge(step, f"{expected(step):.{digits}g}")
            assert verdict, (seed, step, verdict)

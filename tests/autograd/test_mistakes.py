"""A mistake planted in a random graph is found and named; a right answer is never accused."""

import math
import os
import random

import pytest

from autograd.answers import check_answers
from tests.autograd.planted import Mistake, drawn_mistake, drawn_program, outcomes

GRAPHS = 500 if os.environ.get("CHALKGRAD_TEST_ALL") == "1" else 100


def place_of(name):
    """The place of a node from its name, n0, n1, ..."""
    return int(name[1:]) if name else None


def is_same(number, other):
    return math.isclose(number, other, rel_tol=1e-7, abs_tol=1e-12)


def named_places(program, named):
    """The planted mistakes that a named one may mean: an operand can stand at two slots."""
    node, operand = place_of(named.node), place_of(named.operand)
    if operand is None:
        return [Mistake(named.kind, node)]
    slots = [i for i, parent in enumerate(program.step(node)[1]) if parent == operand]
    return [Mistake(named.kind, node, slot) for slot in slots]


def is_found(program, target, number, row):
    """Whether the mistake named first gives, planted anew, the very number that was planted."""
    if not row.mistakes:
        return False
    numbers = [
        outcome
        for mistake in named_places(program, row.mistakes[0])
        for outcome in outcomes(program, target, mistake)
    ]
    return any(is_same(number, outcome) for outcome in numbers)


def found_and_missed(answer_of, seed):
    """How many planted mistakes are named, and what was planted where one is not."""
    missed = []
    for i in range(GRAPHS):
        rng = random.Random(seed + i)
        program = drawn_program(rng)
        target, mistake, number = drawn_mistake(rng, program)
        report = check_answers(program.build()[-1], {f"n{target}": answer_of(number)})
        (row,) = report.rows
        assert row.verdict == "wrong", (seed + i, mistake, number, row)
        if not is_found(program, target, number, row):
            missed.append((seed + i, mistake, number, row.explanation))
    return GRAPHS - len(missed), missed


def test_a_planted_mistake_is_named():
    found, missed = found_and_missed(float, seed=0)
    assert found >= 0.9 * GRAPHS, missed


def test_a_planted_mistake_is_named_from_four_digits_of_the_answer():
    found, missed = found_and_missed(lambda number: f"{number:.4g}", seed=10_000)
    assert found >= 0.9 * GRAPHS, missed


@pytest.mark.parametrize("digits", [17, 4, 3])
def test_a_right_answer_is_never_accused(digits):
    for i in range(GRAPHS):
        program = drawn_program(random.Random(20_000 + i))
        gradients = program.gradients()
        nodes = program.build()
        answers = {}
        for place in program.used():
            answers[f"n{place}"] = f"{gradients[place]:.{digits}g}"
            answers[f"n{place}.data"] = float(f"{program.values[place]:.{digits}g}")
        report = check_answers(nodes[-1], answers)
        assert report, (i, str(report))

"""One source, two forms: the compiled and the plain engine agree bit for bit, errors included."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from tests.autograd.graph_programs import ARITIES, ROWS, answer

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"

pytestmark = pytest.mark.skipif(
    autograd.backend() != "compiled", reason="there is only the plain engine to compare"
)

ODD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, -1e-300, 1e300, 5e-324, 709.0, -745.0]
NOT_FINITE = [float("inf"), float("-inf"), float("nan")]


def numbers(with_infinities):
    plain = st.floats(-20, 20) | st.sampled_from(ODD)
    wild = st.floats(allow_nan=False, allow_infinity=False)
    return plain | wild | st.sampled_from(NOT_FINITE) if with_infinities else plain | plain | wild


@st.composite
def programs(draw):
    is_ieee = draw(st.booleans())
    count = draw(st.integers(1, 5))
    leaves = [[i == 0 or draw(st.booleans()), draw(numbers(is_ieee)).hex()] for i in range(count)]
    operations = []
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from(sorted([*ARITIES, *ROWS])))
        arity = ARITIES.get(name) or draw(st.integers(1, 9))
        places = len(leaves) + len(operations)
        operations.append([name, [draw(st.integers(0, places - 1)) for _ in range(arity)]])
    return {
        "ieee": is_ieee,
        "leaves": leaves,
        "operations": operations,
        "seed": draw(st.sampled_from([1.0, -0.5, 0.0])),
    }


@pytest.fixture(scope="module")
def plain():
    """Asks the plain engine, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.autograd.graph_programs"],
        cwd=ROOT,
        env={**os.environ, "CHALKGRAD_PURE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(program):
            process.stdin.write(json.dumps(program) + "\n")
            process.stdin.flush()
            return process.stdout.readline().rstrip("\n")

        yield ask
        process.stdin.close()


def test_the_other_process_runs_the_plain_engine():
    done = subprocess.run(
        [sys.executable, "-c", "import autograd; print(autograd.backend())"],
        cwd=ROOT,
        env={**os.environ, "CHALKGRAD_PURE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "python\n"


@settings(
    max_examples=5000 if LONG else 600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(programs())
def test_random_graphs_agree_bit_for_bit(plain, program):
    assert answer(program) == plain(program)


EVERY_NUMBER = [*ODD, *NOT_FINITE, 3.7, -0.3, 20.0, -36.7, 1e-8, 40.0, 800.0, -800.0]


@pytest.mark.parametrize("name", sorted(ARITIES))
@pytest.mark.parametrize("is_ieee", [True, False], ids=["ieee", "raising"])
def test_every_operation_agrees_bit_for_bit_at_odd_numbers(plain, name, is_ieee):
    arity = ARITIES[name]
    for i, first in enumerate(EVERY_NUMBER):
        for second in EVERY_NUMBER if arity > 1 else [0.0]:
            rest = [EVERY_NUMBER[(i + k) % len(EVERY_NUMBER)] for k in range(arity - 2)]
            leaves = [[True, number.hex()] for number in [first, second, *rest][:arity]]
            program = {
                "ieee": is_ieee,
                "leaves": leaves,
                "operations": [[name, list(range(arity))]],
                "seed": 1.0,
            }
            assert answer(program) == plain(program), [first, second, *rest][:arity]


WRONG = [
    "Value('1')",
    "Value(None)",
    "Value([1])",
    "Value(1.0, label=2)",
    "Value(Value(1.0))",
    "float(Value(1.0))",
    "Value(1.0)._prev",
    "Value(10**400)",
    "exp('1')",
    "maximum(Value(1.0), 'x')",
    "clip(Value(1.0), 0)",
    "dot([1], [Value(1.0), 2])",
    "mean([])",
    "Value(1.0).backward('x')",
    "type('Sub', (Value,), {})",
    "setattr(Value(1.0), 'data', None)",
]


@pytest.mark.parametrize("text", WRONG)
def test_our_own_errors_have_the_same_type_and_text(text):
    code = (
        "from autograd import *\n"
        f"try: {text}\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "CHALKGRAD_PURE": pure},
            capture_output=True,
            text=True,
        ).stdout.replace("autograd.engine.Value", "Value")
        for pure in ("", "1")
    }
    if text.startswith("type("):  # Python's own words for the one, ours for the other
        said = {words.split()[0] for words in said}
    assert len(said) == 1
    assert "Error" in said.pop()

"""The benchmarks start, say what they lack, and refuse to measure the wrong engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"


def benchmarks(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_wrong_topic_is_named_with_the_right_ones():
    done = benchmarks("speed")
    assert done.returncode == 2
    assert "eager" in done.stderr


@pytest.mark.parametrize("topic", ["eager", "nn", "viz"])
def test_the_wrong_engine_is_not_measured(topic):
    other = "python" if autograd.backend() == "compiled" else "compiled"
    done = benchmarks(topic, "--backend", other)
    assert done.returncode == 2
    assert other in done.stderr


def test_too_few_rounds_are_refused():
    assert benchmarks("eager", "--rounds", "3").returncode == 2


@pytest.mark.skipif(not LONG, reason="takes a minute: make test-all")
def test_both_sides_of_a_comparison_agree_and_a_table_comes_out(tmp_path):
    numbers = tmp_path / "numbers.json"
    done = benchmarks("eager", "--quick", "--only", "transformer", "--json", str(numbers))
    assert done.returncode == 0, done.stderr
    assert "together" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert numbers.stat().st_size > 500


@pytest.mark.skipif(not LONG, reason="takes a while: make test-all")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nn", "--quick", "--only", "moons"), "nn.Linear, nn.ReLU"),
        (("nn", "--quick", "--only", "xor"), "20 of 20"),
        (("viz", "--rounds", "1"), "text of draw_dot"),
    ],
)
def test_a_topic_runs_and_its_table_fits(arguments, said):
    done = benchmarks(*arguments)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80

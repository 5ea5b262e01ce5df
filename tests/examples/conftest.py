"""Examples run as programs, the way a student runs them."""

import os
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_program(name, *options, **environment):
    """`python -m examples.NAME OPTIONS`, in a terminal of 80 columns."""
    return subprocess.run(
        [sys.executable, "-m", f"examples.{name}", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture
def program(capsys, monkeypatch):
    """Runs an example and gives what came of it: its output, its complaints, its exit status.

    It runs here, which spares the start of a Python, unless it is to have an environment.
    """

    def run(name, *options, **environment):
        if environment:
            return run_program(name, *options, **environment)
        arguments = ["python", *map(str, options)]
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", arguments)
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # the module is imported already
            with pytest.raises(SystemExit) as end:
                runpy.run_module(f"examples.{name}", run_name="__main__", alter_sys=True)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, end.value.code, printed.out, printed.err)

    return run


@pytest.fixture
def output(tmp_path):
    """Runs an example that is to succeed, its pictures going to tmp_path; gives what it printed."""

    def run(name, *options):
        done = run_program(name, "--out", tmp_path, *options)
        assert (done.returncode, done.stderr) == (0, "")
        for line in done.stdout.splitlines():
            assert len(line) <= 80 or str(tmp_path) in line, line
        return done.stdout

    return run

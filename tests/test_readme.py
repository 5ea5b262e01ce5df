"""What the README shows is what the program does."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
EXAMPLES = re.findall(r"```pycon\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = re.findall(r"^    (?:\$ )?(chalkgrad .*)$", README, flags=re.MULTILINE)


def run(command, folder):
    arguments = [sys.executable, "-m", "viz", *shlex.split(command)[1:]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUTF8": "1"}
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )


def shown(block):
    """An indented block of the README as the terminal shows it."""
    return [line[4:].rstrip() for line in block.splitlines()]


@pytest.mark.draws
@pytest.mark.parametrize("program", PYTHON)
def test_python_blocks_run(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(program, names)
    assert round(names["y"].grad, 4) == 40.1711
    assert (tmp_path / "lnexp.png").stat().st_size > 10_000


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_print_what_they_show(example):
    test = doctest.DocTestParser().get_doctest(example, {}, "README.md", "README.md", 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_first_program_has_twelve_lines_at_most():
    assert len([line for line in PYTHON[0].splitlines() if line.strip()]) <= 12


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, tmp_path):
    assert run(command, tmp_path).returncode == 0


def test_the_printed_table_and_steps_are_what_the_program_prints(tmp_path):
    command = next(command for command in COMMANDS if command.startswith('chalkgrad "h1'))
    printed = [line.rstrip() for line in run(command + " --steps", tmp_path).stdout.splitlines()]
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", README, flags=re.MULTILINE)
    table = next(block for block in blocks if "local derivatives" in block)
    passes = next(block for block in blocks if "Backward pass" in block)
    for block in (table, passes):
        for line in shown(block):
            assert line in printed or line.startswith("$ ") or not line

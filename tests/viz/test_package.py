"""The package itself: its names, and another package of the engine's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import viz

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there_and_no_other():
    assert all(callable(getattr(viz, name)) for name in viz.__all__)
    assert set(viz.__all__) <= set(dir(viz))
    with pytest.raises(AttributeError, match="no attribute 'draw'"):
        getattr(viz, "draw")  # noqa: B009


def test_another_autograd_is_noticed(tmp_path):
    (tmp_path / "autograd.py").write_text("grad = None\n")
    done = subprocess.run(
        [sys.executable, "-c", "import viz"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert "ImportError: viz needs chalkgrad's own package `autograd`" in done.stderr
    assert str(tmp_path) in done.stderr


def test_importing_it_draws_nothing_in():
    code = "import sys, viz; print([m for m in ('rich', 'graphviz') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n"

"""The package: what importing it brings along."""

import subprocess
import sys

import nn


def test_importing_nn_imports_nothing_but_autograd_and_the_standard_library():
    outsiders = "{'viz', 'numpy', 'torch', 'safetensors', 'rich', 'sklearn', 'matplotlib'}"
    code = f"import sys, nn; print(sorted({outsiders} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_all_public_names_are_there():
    assert [name for name in nn.__all__ if not hasattr(nn, name)] == []
    assert len(set(nn.__all__)) == len(nn.__all__)

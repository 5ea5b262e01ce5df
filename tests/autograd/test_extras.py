"""How to install what is missing, said for the Python that is running."""

import os
import subprocess
import sys

import pytest

from autograd.extras import install_command

posix = pytest.mark.skipif(os.name == "nt", reason="the words are quoted as sh reads them")


@posix
def test_a_python_below_the_current_directory_is_named_from_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    said = ".venv/bin/python -m pip install 'chalkgrad[plots]'"
    assert install_command("chalkgrad[plots]") == said


@posix
def test_a_python_elsewhere_is_named_in_full_and_quoted_where_it_must_be(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", "/opt/my envs/bin/python")
    assert install_command("torch") == "'/opt/my envs/bin/python' -m pip install torch"


@posix
def test_a_python_in_the_current_directory_itself_would_be_another_by_its_bare_name(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert install_command("torch") == f"{tmp_path / 'python'} -m pip install torch"


@pytest.mark.parametrize("nothing", ["", None])
def test_inside_another_program_it_is_called_python(monkeypatch, nothing):
    monkeypatch.setattr(sys, "executable", nothing)
    assert install_command("torch") == "python -m pip install torch"


@posix
def test_the_command_runs_in_a_shell_with_the_python_that_is_running():
    program = "-c 'import sys; print(sys.argv[1])'"
    command = install_command("no[thing]").replace("-m pip install", program)
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "no[thing]\n")

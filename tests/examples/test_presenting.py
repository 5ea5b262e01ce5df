"""What all examples share: options, the folder, and what is said where something is missing."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from autograd import Value, check_answers
from examples.presenting import Chalkboard
from viz import picture, plot_function, render

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(
    path.stem
    for path in (ROOT / "examples").glob("*.py")
    if path.stem not in ("__init__", "examples", "naming", "presenting")
)


@pytest.fixture
def board(tmp_path):
    """A board that keeps what is written on it."""
    return Chalkboard(tmp_path, console=Console(file=io.StringIO(), width=80, highlight=False))


def shown(board):
    return board.console.file.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_unknown_option_is_one_line_and_status_2(name, program):
    done = program(name, "--fodler", "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"python -m examples.{name}: error: unrecognized arguments: --fodler out "
        "(--help shows the options)\n"
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_folder_that_cannot_be_is_one_line_and_status_2(name, program, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    done = program(name, "--out", file / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"python -m examples.{name}: error: cannot make the folder {file / 'out'}: Not a directory"
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_help_states_the_problem(name, program):
    done = program(name, "--help")
    assert done.returncode == 0
    assert "--out FOLDER" in done.stdout
    assert len(done.stdout.splitlines()) > 6


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_run_as_a_file_finds_what_says_how_it_is_run(name):
    source = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
    assert "\nfrom examples" in source


def test_an_example_run_as_a_file_says_how_it_is_run(tmp_path):
    for folder, rest in ((ROOT, ""), (tmp_path, f", in the folder {ROOT}")):
        command = [sys.executable, ROOT / "examples" / "mazur.py"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("run it as `")
        assert done.stderr.endswith(f" -m examples.mazur`{rest}\n")


def test_numbers_stand_below_each_other_with_their_names(board):
    board.numbers({"z": 0.1 + 0.2, "dW": [[1.0, Value(-2.0)]], "known": True})
    assert shown(board) == "  z     = 0.3\n  dW    = [[1, -2]]\n  known = yes\n"


def test_a_paragraph_has_a_line_before_it_and_what_it_announces_none(board):
    board.heading("P1")
    board.say("The value is\n  this one:")
    board.write("1")
    board.say("And so on " * 12)
    lines = shown(board).splitlines()
    assert lines[0].startswith("P1 ─")
    assert lines[1:4] == ["The value is this one:", "1", ""]
    assert [len(line) for line in lines[4:]] == [79, 39]


def test_a_table_sets_numbers_to_the_right(board):
    board.rows(["layer", "dW"], [["first", 0.25], ["second", -1]])
    assert shown(board).splitlines()[2:] == ["first   0.25", "second    -1"]


def test_marks_are_as_wide_as_the_terminal(board):
    x = Value(2.0, label="x")
    board.marks(check_answers((x**3).tanh(), {"x": 12}))
    assert shown(board).splitlines()[0] == "0 of 1 right; wrong: x"
    assert max(map(len, shown(board).splitlines())) <= 80


def test_where_there_is_ascii_alone_the_work_is_still_to_be_read(tmp_path):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    board = Chalkboard(tmp_path, console=Console(file=file, width=80, highlight=False))
    x = Value(2.0, label="x")
    board.derivation(x * x, "x")
    file.flush()
    text = file.buffer.getvalue().decode("ascii")
    assert "  df/dx = x + x = 2 + 2 = 4" in text
    assert "?" not in text


def test_without_a_renderer_the_graph_is_written_as_text(board, monkeypatch, tmp_path):
    monkeypatch.setattr(render, "renderers", lambda output_format, dpi: [])
    board.picture("sum", Value(1.0, label="x") + 2, kinds=("png", "svg"))
    assert "no picture sum: no renderer was found" in shown(board)
    assert (tmp_path / "sum.dot").read_text(encoding="utf-8").startswith("digraph")
    assert [path.name for path in tmp_path.iterdir()] == ["sum.dot"]


def test_a_picture_that_takes_too_long_is_left_out(board, monkeypatch, tmp_path):
    def too_slow(*arguments, **options):
        raise TimeoutError("Graphviz has not laid out the graph")

    monkeypatch.setattr(picture, "render", too_slow)
    board.picture("sum", Value(1.0, label="x") + 2)
    assert "no picture sum: Graphviz has not laid out the graph" in shown(board)
    assert [path.name for path in tmp_path.iterdir()] == ["sum.dot"]


def test_without_matplotlib_what_is_missing_is_said_in_a_line(board, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(sys, "executable", "")
    board.plot("relu", plot_function, "relu")
    said = "no plot relu.png: plots need matplotlib: python -m pip install 'chalkgrad[plots]'"
    assert " ".join(shown(board).splitlines()[-2:]) == said
    assert list(tmp_path.iterdir()) == []


def test_a_plot_is_written_and_named(board, tmp_path):
    pytest.importorskip("matplotlib")
    board.plot("relu", plot_function, "relu", interval=(-2, 2))
    assert (tmp_path / "relu.png").stat().st_size > 5000
    assert shown(board).endswith(f"wrote {tmp_path / 'relu.png'}\n")

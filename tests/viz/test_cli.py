"""The command, run as a process."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.viz.command import ROOT, chalkgrad
from viz import cli

LNEXP = ["h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3", "x=1", "y=3", "z=2"]


@pytest.mark.draws
def test_an_expression_becomes_its_table_steps_and_picture(tmp_path):
    png, svg = tmp_path / "f.png", tmp_path / "f.svg"
    done = chalkgrad("ln(x) + exp(y)*z", "x=1", "y=3", "z=2", "--png", png, "--svg", svg, "--steps")
    assert (done.returncode, done.stderr) == (0, "")
    for expected in ("40.1711", "20.0855", "Forward pass", "Backward pass", f"wrote {png}"):
        assert expected in done.stdout
    with Image.open(png) as picture:
        assert picture.width > 800
    assert svg.read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert sorted(tmp_path.iterdir()) == [png, svg]


def test_inner_names_label_the_nodes():
    done = chalkgrad(*LNEXP)
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()}
    assert rows["y"] == ["y", "input", "3", "40.1711"]
    assert rows["h2"][-1] == "2"
    assert rows["z"][-1] == "20.0855"
    assert rows["f"][:4] == ["f", "h1", "+", "h3"]


def test_the_installed_command_is_the_same():
    script = Path(sys.executable).with_name("chalkgrad")
    done = subprocess.run([script, *LNEXP], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0
    assert done.stdout == chalkgrad(*LNEXP).stdout


def test_dot_text_needs_no_renderer(tmp_path):
    target = tmp_path / "f.dot"
    done = chalkgrad("w*x", "w=2", "x=3", "--dot", target, "--parameters", "w", PATH="")
    assert done.returncode == 0
    assert target.read_text(encoding="utf-8").startswith("digraph {")
    assert "#fef3c7" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-x + 1", "x=2"], "-1"),
        (["-x+1", "x=2"], "-1"),
        (["--x*x", "x=2"], "4"),
        (["--", "--x", "x=7"], "7"),
        (["x^2", "x=-4"], "16"),
        (["x", "x = 2.5"], "2.5"),
        (["sin(x)", "x=pi/2"], "1"),
        (["x", "x=1/4"], "0.25"),
        (["--steps", "x*x", "x=3"], "9"),
        (["x*y", "--steps", "x=3", "y=5"], "15"),
    ],
)
def test_what_people_write(arguments, expected):
    done = chalkgrad(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout.split()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sn(x)", "x=1"], ["no function 'sn'", "'sin'"]),
        (["x + y", "x=1"], ["no value was given for y"]),
        (["x", "x=1", "y=2"], ["'y' is not among them"]),
        (["x*e", "x=1"], ["no value was given for e", "exp(x)"]),
        (["1/x", "x=0"], ["1 / x is defined for x != 0; here x = 0"]),
        (["ln(x)", "x=0"], ["ln(x) is defined for x > 0"]),
        (["exp(x)", "x=1000"], ["too large"]),
        (["(-2)^0.5"], ["x ** y", "x = -2"]),
        (["x", "x=one"], ["the value of 'x' must be a number, not 'one'"]),
        (["x", "x=0,5"], ["must be a number, not '0,5'", "written with a point: 0.5"]),
        (["x*y", "x=1,y=2"], ["not '1,y=2'", "between values stands a space: x=1 y=2"]),
        (["x*y", "x=1", "y", "=", "2"], ["not 'y'; no spaces beside the ="]),
        ([" ", "x=1"], ["the expression is empty\n"]),
        (["x", "x"], ["expected name=value, such as x=1, not 'x'"]),
        (["x", "x=1", "x=2"], ["'x' is given twice"]),
        (["1 + 1"], ["no variables", "2.0"]),
        (["x*w", "x=1", "w=2", "--parameters", "v"], ["'v' is no leaf"]),
        (["x", "x=1", "--png", "/nowhere/at/all/f.png"], ["no folder /nowhere/at/all"]),
        (["x", "x=1", "--svg", "/"], ["cannot write /"]),
        (["x", "x=1", "--png", ""], ["--png needs the name of a file"]),
        (["x", "x=1", "--png", "a.svg"], ["--png does not write a .svg file", "use --svg"]),
        (["x", "x=1", "--svg", "a.PNG"], ["--svg does not write a .png file", "use --png"]),
        (["x", "x=1", "--png", "a.gv"], ["use --dot"]),
        (["x", "x=1", "--png", "a.pdf"], ["--png does not write a .pdf file", "use --pdf"]),
        (["x", "x=1", "--png", "a.htm"], ["use --html"]),
        (["x", "x=1", "--png", "a.jpg"], [".jpg file", "no option draws one"]),
        (["x", "x=1", "--style", "bare"], ["--style is of the picture", "--png"]),
        (["x", "x=1", "--heat"], ["--heat is of the picture"]),
        (["x", "x=1", "--latex", "--steps"], ["--steps and --latex cannot both", "output"]),
        (["x", "x=1", "--walk", "--html", "-"], ["--walk and --html - cannot both"]),
        (["x", "x=1", "--png", "-", "--dot", "-"], ["--png and --dot cannot both", "output"]),
        (["x", "x=1", "--png", "-", "--steps"], ["--steps and --png - cannot both"]),
        (["x", "x=1", "--png", "a", "--svg", "./a"], ["--png and --svg cannot both", "./a"]),
        (["x", "x=1", "--png", "n" * 300], ["cannot write nnn", "too long"]),
        (["-steps", "x", "x=1"], ["did you mean --steps?"]),
        (["x", "x=1", "-png=f.png"], ["did you mean --png?"]),
        (["x", "x=1", "--pgn", "f.png"], ["--pgn is no option; did you mean --png?"]),
        (["x", "x=1", "--pgn=f.png"], ["--pgn is no option; did you mean --png?"]),
        (["x", "x=1", "--top"], ["--top is no option; did you mean --top-to-bottom?"]),
        (["x", "x=1", "--frob"], ["--frob is no option; --help shows those that there are"]),
        (["worksheet", "--topc", "mlp"], ["--topc is no option; did you mean --topic?"]),
        (["x=1", "y=2", "x*y"], ["the expression comes first", "'x=1'"]),
        (["x=1", "h = x; h + 1"], ["the expression comes first"]),
        (["x", "x=1e400"], ["the value of 'x' is too large for a float: 1e400"]),
        (["x", "x=-1e400"], ["too large"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(arguments, words):
    done = chalkgrad(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("chalkgrad: error: ")
    assert done.stderr.count("\n") == 1 or done.stderr.rstrip().endswith("^")
    for word in words:
        assert word in done.stderr


def test_a_syntax_error_has_a_caret_at_the_place():
    done = chalkgrad("x^2 + )", "x=1")
    assert done.returncode == 2
    message, line, caret = done.stderr.splitlines()
    assert message.startswith("chalkgrad: error: unmatched ')'")
    assert line[caret.index("^")] == ")"
    message, line, caret = chalkgrad("1 + foo(x)", "x=1").stderr.splitlines()
    assert line[caret.index("^") :].startswith("foo(x)")


@pytest.mark.parametrize("arguments", [[], ["x", "x=1", "--png"]])
def test_a_wrong_command_line_shows_the_usage(arguments):
    done = chalkgrad(*arguments)
    assert done.returncode == 2
    assert "usage: chalkgrad" in done.stderr


def test_without_a_renderer_nothing_is_written(tmp_path):
    (tmp_path / "pygraphviz.py").write_text("raise ImportError('broken')")
    target = tmp_path / "f.png"
    done = chalkgrad("x*x", "x=3", "--png", target, PYTHONPATH=str(tmp_path), PATH="")
    assert (done.returncode, done.stdout) == (2, "")
    assert " -m pip install pygraphviz" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not target.exists()


def test_if_one_file_cannot_be_written_none_is(tmp_path):
    done = chalkgrad("x", "x=1", "--png", tmp_path / "f.png", "--svg", tmp_path / "none" / "f.svg")
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_an_infinite_gradient_is_shown_not_hidden():
    done = chalkgrad("sqrt(x)", "x=0")
    assert done.returncode == 0
    assert done.stdout.count("inf") == 2  # the local derivative and the gradient
    assert "gradient of 'x' (value 0) is inf" in done.stderr


def test_help_shows_an_example():
    done = chalkgrad("--help")
    assert done.returncode == 0
    assert 'chalkgrad "ln(x) + exp(y)*z" x=1 y=3 z=2' in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_reader_that_leaves_early_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m viz 'x*x' x=3 --steps | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""


def test_a_bare_command_does_not_claim_that_values_are_required():
    done = chalkgrad()
    assert done.stderr.rstrip().endswith("arguments are required: expression")


def test_the_version_is_printed():
    done = chalkgrad("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "chalkgrad")


@pytest.mark.parametrize(
    ("kind", "beginning"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("dot", b"digraph {")]
)
def test_a_dash_is_standard_output_and_nothing_else_is_printed(kind, beginning, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "viz", "x*y", "x=1", "y=2", f"--{kind}", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(beginning)
    assert b"operation" not in done.stdout
    assert b"wrote" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_begins_with_a_dash_has_that_name(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "viz", "x", "x=1", "--dot", "-f.dot"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["-f.dot"]


def test_the_direction_is_a_choice():
    assert "rankdir=TB" in chalkgrad("x", "x=1", "--dot", "-", "--top-to-bottom").stdout
    assert "rankdir=LR" in chalkgrad("x", "x=1", "--dot", "-").stdout


@pytest.mark.parametrize(("number", "warned"), [("nan", True), ("inf", False), ("-inf", False)])
def test_infinity_is_accepted_and_a_nan_is_pointed_out(number, warned):
    done = chalkgrad("x*2", f"x={number}")
    assert done.returncode == 0
    assert ("warning: the result is nan" in done.stderr) == warned


def test_warnings_give_no_advice_that_only_python_can_follow():
    done = chalkgrad("sqrt(x)", "x=0")
    assert "warning: the gradient of 'x'" in done.stderr
    assert "ieee" not in done.stderr
    assert "All gradients" not in done.stderr


def test_the_root_has_a_free_name():
    done = chalkgrad("f = ln(x); f + 1", "x=2")
    assert "#" not in done.stdout
    assert "∂g/∂f = 1" in done.stdout


def test_characters_that_the_terminal_does_not_have_are_replaced():
    done = chalkgrad("α*β", "α=1", "β=2", "--steps", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("?*?\n")


def test_a_reader_that_leaves_at_once_is_no_error_and_status_0():
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m viz 'x*x' x=3 --steps | true"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


class Full:
    """A standard output on a device that is full."""

    encoding = "utf-8"

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    flush = write

    def isatty(self):
        return False

    def fileno(self):
        raise OSError("not a file")


def test_a_full_device_is_an_error_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Full())
    assert cli.main(["x", "x=1"]) == 2
    words = "chalkgrad: error: cannot write to standard output: No space left on device\n"
    assert capsys.readouterr().err == words


def test_a_closed_standard_output_is_an_error_in_one_line():
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m viz x x=3 >&-"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (2, "chalkgrad: error: standard output is closed\n")


def test_a_part_that_is_never_used_is_pointed_out():
    done = chalkgrad("h = x*2; k = x*3; h + 1", "x=1")
    assert done.returncode == 0
    assert "k is never used" in done.stderr


HOMEWORK = ["h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3", "x=1", "y=3", "z=2"]


def test_derivation_is_the_worked_solution_below_the_table():
    printed = chalkgrad(*HOMEWORK, "--derivation").stdout
    assert printed.index("local derivatives") < printed.index("Chain rule")
    assert "df/dy = ∂f/∂h3 * ∂h3/∂h2 * ∂h2/∂y\n" in printed
    assert "        = 2 * 20.0855\n        = 40.1711\n" in printed  # z exp(y), homework 004


def test_latex_is_the_solution_alone():
    printed = chalkgrad(*HOMEWORK, "--latex").stdout
    assert printed.startswith("\\begin{align*}")
    assert printed.endswith("\\end{align*}\n")
    assert "&= 40.1711" in printed


def test_an_input_that_nothing_uses_needs_no_derivation():
    done = chalkgrad("x + 0*y", "x=1", "y=2", "--latex")
    assert done.returncode == 0
    assert "\\frac{df}{dx}" in done.stdout


def test_html_is_one_page_with_nothing_from_outside(tmp_path):
    file = tmp_path / "f.html"
    assert chalkgrad(*HOMEWORK, "--html", file).returncode == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "://" not in text.replace("http://www.w3.org/", "")


@pytest.mark.draws
def test_pdf_is_one(tmp_path):
    file = tmp_path / "f.pdf"
    assert chalkgrad(*HOMEWORK, "--pdf", file).returncode == 0
    assert file.read_bytes().startswith(b"%PDF")


def test_a_sheet_has_blanks_where_its_key_has_numbers():
    sheet = chalkgrad(*HOMEWORK, "--style", "bare", "--dot", "-").stdout
    key = chalkgrad(*HOMEWORK, "--style", "key", "--dot", "-").stdout
    assert "40.1711" in key
    assert "40.1711" not in sheet

"""Answers marked by the command: what is shown, what is written, and the exit status."""

import json

import pytest

from tests.viz.command import chalkgrad
from viz import cli

#: Homework 004: df/dx = 1, df/dy = z exp(y) = 40.1711, df/dz = exp(3) = 20.0855.
LNEXP = ["h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3", "x=1", "y=3", "z=2"]
CLASS = "student,name,answer\nann,x,1\nann,y,40.17\nbob,x,1\nbob,y,6\nbob,w,2\nbob,z,many\n"


def test_right_answers_are_status_0():
    done = chalkgrad(*LNEXP, "--check", "x=1, y=40.17, h2.data=20.09, dh3/dh2=2, z = exp(3)")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert "5 of 5 right" in done.stdout
    assert ["y", "40.17", "40.1711", "rounded"] in lines
    assert ["dh3/dh2", "2", "2", "right"] in lines
    assert "local derivatives" not in done.stdout  # the marks stand in the table's place


def test_a_wrong_answer_is_status_1_and_explained():
    done = chalkgrad(*LNEXP, "--check", "x=1; y=6")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 of 2 right; wrong: y" in done.stdout
    assert "at the input y where the output h2 belongs" in " ".join(done.stdout.split())


def test_the_passes_and_the_solution_may_follow_the_marks():
    printed = chalkgrad(*LNEXP, "--check", "y=6", "--derivation", "--steps").stdout
    places = [printed.index(part) for part in ("wrong: y", "Backward pass", "Chain rule")]
    assert places == sorted(places)


@pytest.mark.parametrize("columns", [80, 60, 40, 30])
def test_the_marks_are_as_wide_as_the_terminal(columns):
    text = "some_long_name = ln(x); some_long_name * another_long_name"
    answers = "some_long_name.data=0.30103, another_long_name=7, x=20"
    done = chalkgrad(text, "x=2", "another_long_name=3", "--check", answers, COLUMNS=str(columns))
    assert done.returncode == 1
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "base 10" in done.stdout


def test_a_terminal_without_the_signs_gets_others():
    done = chalkgrad(*LNEXP, "--check", "y=6", PYTHONIOENCODING="ascii")
    assert "at the edge h2 -> y" in done.stdout
    assert "dh2/dy is 20.0855, not 3" in " ".join(done.stdout.split())


def test_a_class_is_marked_from_a_file(tmp_path):
    file, marks = tmp_path / "class.csv", tmp_path / "marks.json"
    file.write_text(CLASS, encoding="utf-8")
    done = chalkgrad(*LNEXP, "--submission", file, "--json", marks)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\nann      2 of 2\n" in done.stdout
    assert "\nbob      1 of 3  y; 1 cannot be read; 1 not counted\n" in done.stdout
    assert "total: 3 of 5 right; 1 of 2 students have everything right" in done.stdout
    assert "40.17 " not in done.stdout  # what is right is not shown
    written = json.loads(marks.read_text(encoding="utf-8"))
    assert (written["right"], written["answers"]) == (3, 5)
    assert [student["right"] for student in written["students"]] == [2, 1]
    assert written["students"][1]["rows"][1]["mistakes"][0]["kind"] == "at input"


def test_every_row_of_a_class_is_shown_if_asked_for(tmp_path):
    file = tmp_path / "class.csv"
    file.write_text(CLASS, encoding="utf-8")
    printed = chalkgrad(*LNEXP, "--submission", file, "--all-rows").stdout
    assert "ann: 2 of 2 right\n" in printed
    assert "bob: 1 of 3 right; 1 cannot be read; 1 not counted; wrong: y\n" in printed
    assert ["y", "40.17", "40.1711", "rounded"] in [line.split() for line in printed.splitlines()]


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_a_class_is_as_wide_as_the_terminal(columns, tmp_path):
    name = "Wolfeschlegelsteinhausenbergerdorff"
    file = tmp_path / "class.csv"
    file.write_text(CLASS.replace("bob", name), encoding="utf-8")
    done = chalkgrad(*LNEXP, "--submission", file, COLUMNS=str(columns))
    assert (done.returncode, done.stderr) == (1, "")
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "\nWolfeschlege" in done.stdout


def test_a_submission_may_come_from_standard_input():
    done = chalkgrad(*LNEXP, "--submission", "-", "--json", "-", written='{"x": 1, "z": "20.09"}')
    assert (done.returncode, done.stderr) == (0, "")
    (student,) = json.loads(done.stdout)["students"]
    assert [row["verdict"] for row in student["rows"]] == ["right", "rounded"]


def test_a_step_of_gradient_descent_is_marked():
    """f = (w - 3)^2 at w = 1: the gradient is -4, and a step of 0.1 leads to 1.4."""
    expression = ["(w - 3)^2", "w=1", "--lr", "0.1", "--check"]
    assert chalkgrad(*expression, "w.new=1.4").returncode == 0
    done = chalkgrad(*expression, "w.new=0.6")
    assert done.returncode == 1
    assert "subtracted, not added" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check", "q=1"], ["no node is called 'q'", "x, h1, y, h2, z, h3, f"]),
        (["--check", "H2=1"], ["did you mean 'h2'?"]),
        (["--check", "y=forty"], ["the answer for 'y': 'forty' is no number"]),
        (["--check", "y=e^3"], ["write exp(3) for e^3"]),
        (["--check", "x=1,5"], ["not '5'", "decimals are written with a point"]),
        (["--check", "class.csv"], ["--submission FILE"]),
        (["--check", "x=1 y=2"], ["between answers stands a comma", "not 'x=1 y=2'"]),
        (["--check", " , "], ["--check needs answers"]),
        (["--check", "x=1, x=2"], ["'x' is answered twice"]),
        (["--check", "x.new=2"], ["needs a learning rate"]),
        (["--check", "x=1", "--submission", "f"], ["one or the other"]),
        (["--check", "x=1", "--latex"], ["--latex and --check cannot both"]),
        (["--check", "x=1", "--json", "-", "--steps"], ["--steps and --json - cannot both"]),
        (["--check", "x=1", "--json", ""], ["--json needs the name of a file"]),
        (["--check", "x=1", "--json", "/nowhere/m.json"], ["no folder /nowhere"]),
        (["--check", "x=1", "--json", "a", "--dot", "a"], ["--dot and --json cannot both"]),
        (["--json", "f"], ["--json is of the marks"]),
        (["--check", "x=1", "--all-rows"], ["--all-rows is of a class: add --submission FILE"]),
        (["--submission", "/nowhere.csv"], ["cannot read /nowhere.csv: No such file"]),
        (["--submission", "/"], ["cannot read /"]),
        (["--submission", ""], ["--submission needs the name of a file"]),
        (["-check", "x=1"], ["did you mean --check?"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(arguments, words, capsys):
    assert cli.main([*LNEXP, *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("chalkgrad: error: ")
    for word in words:
        assert word in printed.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student,value\nann,x\n", "no column 'name'; its columns are student, value"),
        ("name,value\nx,1\n", "no column 'answer'"),
        ("", "the submission is empty"),
        ("name,answer\n", "no answers in it"),
        ('{"x": 1', "the JSON cannot be read"),
    ],
)
def test_a_submission_that_cannot_be_understood_is_one_clear_line(text, words, capsys, tmp_path):
    file = tmp_path / "answers"
    file.write_text(text)
    assert cli.main([*LNEXP, "--submission", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert words in printed.err

"""Worksheets: nice numbers, keys that are right, sheets that print, and marking against the key."""

import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from autograd.graph import leaves, topological_order
from tests.viz.command import chalkgrad
from viz import cli
from viz.problems import TOPICS, is_short
from viz.sheets import Label, blanks_of, latex, latex_document, markdown
from viz.worksheets import check_worksheets, checked_names, worksheet, write_worksheets

ALL = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
SEEDS = range(500 if ALL else 40)
ONE_EACH = [(topic, seed) for topic in TOPICS for seed in (1, 2, 3)]


def given(sheet):
    """The numbers that a sheet gives, exact."""
    return {node.label: Decimal(f"{node.data:.10g}") for node in leaves(sheet.root)}


def asserted(sheet, expected):
    """Whether these are among the key's answers."""
    assert {key: Decimal(sheet.answers[key]) for key in expected} == expected


# ---- the problems -------------------------------------------------------------------------------


def test_a_relu_chain_is_worked_out_by_hand():
    """f = relu(w2 relu(w1 x + b1) + b2 + x), with df/dx = 1 + w2 w1 over the two paths."""
    seen = set()
    for seed in SEEDS:
        sheet = worksheet("relu-chain", seed)
        x, w1, b1, w2, b2 = [given(sheet)[name] for name in ("x", "w1", "b1", "w2", "b2")]
        h = max(w1 * x + b1, Decimal(0))
        live = int(h > 0)
        f = w2 * h + b2 + x
        assert f > 0
        expected = {"a1.data": w1 * x + b1, "h.data": h, "m2.data": w2 * h, "f.data": f}
        expected |= {"df/dx": 1 + live * w2 * w1, "df/dw1": live * w2 * x, "df/db1": live * w2}
        expected |= {"df/dw2": h, "df/db2": Decimal(1), "∂h/∂a1": Decimal(live), "∂m2/∂h": w2}
        asserted(sheet, expected)
        seen.add(live)
    assert seen == {0, 1}


def test_a_network_is_worked_out_by_hand():
    """L = (y - t)^2 with y = v h + c and h = relu(W x + b); each parameter less lr times its
    gradient."""
    for seed in SEEDS:
        sheet, lr = worksheet("mlp", seed), Decimal(str(worksheet("mlp", seed).problem.lr))
        n = given(sheet)
        a = {j: n[f"w{j}1"] * n["x1"] + n[f"w{j}2"] * n["x2"] + n[f"b{j}"] for j in (1, 2)}
        h = {j: max(a[j], Decimal(0)) for j in a}
        e = n["v1"] * h[1] + n["v2"] * h[2] + n["c"] - n["t"]
        expected = {"e.data": e, "L.data": e * e, "dL/dy": 2 * e, "c.new": n["c"] - lr * 2 * e}
        for j in a:
            delta = 2 * e * n[f"v{j}"] * int(a[j] > 0)
            expected |= {f"a{j}.data": a[j], f"h{j}.data": h[j], f"dL/da{j}": delta}
            expected |= {f"v{j}.new": n[f"v{j}"] - lr * 2 * e * h[j]}
            expected |= {f"b{j}.new": n[f"b{j}"] - lr * delta}
            for i in (1, 2):
                gradient = delta * n[f"x{i}"]
                expected |= {f"dL/dw{j}{i}": gradient}
                expected |= {f"w{j}{i}.new": n[f"w{j}{i}"] - lr * gradient}
        asserted(sheet, expected)


def test_softmax_is_worked_out_by_hand():
    """The exponentials are whole, p is one share of them, and dL/dz = share - 1 or share."""
    for seed in SEEDS:
        sheet = worksheet("softmax", seed)
        counts = {f"z{i}": Decimal(round(math.exp(given(sheet)[f"z{i}"]))) for i in (1, 2, 3)}
        every = sum(counts.values())
        right = f"z{sheet.problem.task.split('number ')[1][0]}"
        expected = {f"e{z[1]}.data": count for z, count in counts.items()}
        expected |= {"S.data": every, "p.data": counts[right] / every}
        expected |= {f"dL/d{z}": count / every - int(z == right) for z, count in counts.items()}
        asserted(sheet, expected)
        share = float(counts[right] / every)
        assert float(sheet.answers["L.data"]) == pytest.approx(-math.log(share), rel=1e-5)
        written = {z: f"ln {count}" for z, count in counts.items() if count > 1}
        assert dict(sheet.problem.written) == written


def test_a_computation_graph_uses_everything_and_something_twice():
    operations = set()
    for seed in SEEDS:
        order = topological_order(worksheet("computation-graph", seed).root)
        assert [node.label for node in order if node.op][-1] == "f"
        assert sum(not node.op for node in order) == 3
        assert sum(bool(node.op) for node in order) == 6
        used = [parent for node in order for parent in node.parents]
        assert max(used.count(node) for node in order) > 1
        operations |= {node.op for node in order}
    assert operations > {"", "add", "sub", "mul", "div", "maximum", "relu"}


@pytest.mark.parametrize("topic", TOPICS)
def test_all_numbers_are_short_decimals(topic):
    """At most four decimals and five digits, but for the logarithms of softmax."""
    for seed in SEEDS:
        for key, answer in worksheet(topic, seed).answers.items():
            if not (topic == "softmax" and key in ("q.data", "L.data")):
                number = Decimal(answer)
                assert -number.as_tuple().exponent <= 4, (seed, key, answer)
                assert abs(number) <= 100
                assert answer != "-0"


def test_what_a_short_decimal_is():
    assert [is_short(x) for x in (0.1 + 0.2, -2.5, 0, 0.0125, 99.99)] == [True] * 5
    assert [is_short(x) for x in (1 / 3, 0.00001, 101.0, 3.14159, math.inf)] == [False] * 5


@pytest.mark.parametrize("topic", TOPICS)
def test_the_key_is_marked_right_throughout(topic):
    for seed in SEEDS:
        sheet = worksheet(topic, seed)
        report = sheet.check(sheet.answers)
        assert report, (seed, str(report))
        assert len(report.rows) == len(sheet.blanks) >= 20


#: SHA-256 of the answers to the sheets of seeds 0 to 19, as JSON. They are the same with every
#: Python and on every machine; a change here changes the sheets that instructors have handed out.
PINNED = {
    "relu-chain": "97bfed23378267708f10d587bbd7b3f72c53d056abd294a65596f5414956331c",
    "computation-graph": "8973650b919fc35412ea714577a7b3f349bdd57fecfd9e38bdd4591b3fd66a27",
    "mlp": "abccac2d36bf71baa80181ae7fb67d91a9210ee829bee0a4d95a24a1676775f2",
    "softmax": "0be37dab13ca065ce95ed5aba4205d6362d2164ff9931404c9ec01184adf436a",
}


@pytest.mark.parametrize("topic", TOPICS)
def test_the_same_seed_gives_the_same_sheet_everywhere(topic):
    answers = json.dumps([worksheet(topic, seed).answers for seed in range(20)])
    assert hashlib.sha256(answers.encode("ascii")).hexdigest() == PINNED[topic]


@pytest.mark.parametrize("topic", TOPICS)
def test_other_seeds_give_other_sheets(topic):
    sheets = {json.dumps(worksheet(topic, seed).answers) for seed in range(30)}
    assert len(sheets) >= 29


@pytest.mark.parametrize(
    ("topic", "seed", "kind", "words"),
    [
        ("mpl", 0, ValueError, "the topics are relu-chain, computation-graph, mlp, softmax"),
        ("mlp", -1, ValueError, "a seed is a whole number from 0 on, not -1"),
        ("mlp", 1.5, TypeError, "a seed is a whole number, not float"),
    ],
)
def test_what_is_no_topic_and_no_seed_is_refused(topic, seed, kind, words):
    with pytest.raises(kind, match=words):
        worksheet(topic, seed)


# ---- the sheets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("topic", "seed"), ONE_EACH)
def test_a_sheet_has_blanks_where_its_key_has_the_answers(topic, seed):
    sheet = worksheet(topic, seed)
    bare, key = sheet.markdown(), sheet.markdown(answered=True)
    for blank in sheet.blanks:
        assert f"| `{blank.title}` | {blank.answer} " in key
        assert f"| `{blank.title}` | \u00a0" in bare
    assert "Derivation" in key
    assert "Derivation" not in bare
    assert "Name: " in bare
    for name, number in given(sheet).items():
        written = dict(sheet.problem.written).get(name, f"{number:g}")
        assert f"`{name} = {written}`" in bare


def test_a_sheet_says_how_each_node_is_computed():
    text = str(worksheet("relu-chain", 3))
    lines = text[text.index("```text") :].splitlines()[1:8]
    assert lines == [
        "m1 = w1 * x",
        "a1 = m1 + b1",
        "h = relu(a1)",
        "m2 = w2 * h",
        "a2 = m2 + b2",
        "s = a2 + x",
        "f = relu(s)",
    ]
    assert "= max(x, h1)" in str(worksheet("computation-graph", 3))


def test_the_picture_has_blanks_or_answers():
    sheet = worksheet("relu-chain", 7)
    assert sheet.answers["df/dx"] == "0.64"
    assert "0.64" not in sheet.picture().source
    assert "0.64" in sheet.picture(answered=True).source
    assert "#fef3c7" in sheet.picture().source  # weights and biases look like parameters


@pytest.mark.parametrize("topic", TOPICS)
def test_the_key_works_out_the_gradient_by_everything_given(topic):
    sheet = worksheet(topic, 1)
    key = sheet.markdown(answered=True)
    for leaf in leaves(sheet.root):
        name = re.sub(r"(\d+)$", r"_{\1}", leaf.label)
        assert rf"{{d{name}}} &= " in key, leaf.label


def test_a_gradient_of_0_is_0_in_the_picture_of_the_key():
    """The first unit is dead, so a1 = -3 and six gradients are 0; none was left out by the pass."""
    sheet = worksheet("mlp", 1)
    assert (sheet.answers["h1.data"], sheet.answers["dL/dw11"]) == ("0", "0")
    assert all(node.has_grad for node in topological_order(sheet.root))
    assert "–" not in sheet.picture(answered=True).source


def test_a_name_cannot_break_the_sheet():
    sheet = worksheet("mlp", 1)
    label = Label("01", r"*A*_b_ \input{x} $ % & # ~ ^ <i>|", 0)
    text = markdown(sheet.problem, label, "01.png", False)
    assert r"\*A\*\_b\_ \\input{x} $ % & \# ~ ^ \<i\>\|" in text
    body = latex(sheet.problem, label, "01.png", (2, 3), False)
    assert r"*A*\_b\_ \textbackslash{}input\{x\} \$ \% \& \#" in body
    for name in ("李伟", "Ђорђе", "Łęcki"):  # what LaTeX's own fonts lack
        assert name not in latex(sheet.problem, Label("01", name, 0), "01.png", (2, 3), False)
    for name in ("Zoë Müller", "Łukasz", "Dvořák"):
        assert f"Name: {name}" in latex(
            sheet.problem, Label("01", name, 0), "01.png", (2, 3), False
        )


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_all_sheets_and_keys_compile(tmp_path):
    """With nothing beyond LaTeX's base; and nothing sticks out of the page."""
    Image.new("RGB", (30, 40), "white").save(tmp_path / "picture.png")
    bodies = [
        latex(worksheet(topic, seed).problem, label, "picture.png", shape, answered)
        for topic, seed in ONE_EACH
        for answered in (False, True)
        for label, shape in [(Label("01", "Zoë Müller-Dvořák, Ø. & Łukasz <3", 7), (30, 40))]
    ]
    (tmp_path / "all.tex").write_bytes(latex_document(bodies).encode("utf-8"))
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        encoding="latin-1",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    assert (tmp_path / "all.pdf").read_bytes().startswith(b"%PDF")


# ---- a folder of them ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three mlp sheets of the seed 7."""
    return write_worksheets(tmp_path_factory.mktemp("class") / "mlp", "mlp", seed=7, count=3)


def filled(folder, number, change=None):
    """The form of a sheet with the key's answers, some of them changed."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    answers = key["sheets"][number - 1]["answers"] | (change or {})
    rows = list(
        csv.DictReader(io.StringIO((folder / f"sheets/{number:02}.csv").read_text("utf-8")))
    )
    assert [row["name"] for row in rows] == list(key["sheets"][number - 1]["answers"])
    out = io.StringIO()
    writer = csv.DictWriter(out, ["student", "name", "answer"])
    writer.writeheader()
    writer.writerows([row | {"answer": answers[row["name"]]} for row in rows])
    return out.getvalue()


@pytest.mark.draws
def test_a_folder_has_every_sheet_its_key_and_its_picture(folder):
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    each = [f"{kind}/{n}.{end}" for kind in ("keys", "sheets") for n in ("01", "02", "03")
            for end in ("csv", "md", "png") if (kind, end) != ("keys", "csv")]  # fmt: skip
    assert files == sorted(["key.json", "keys.tex", "sheets.tex", *each])
    assert [path.name for path in folder.parent.iterdir()] == ["mlp"]
    for name in ("keys", "sheets"):
        with Image.open(folder / name / "01.png") as picture:
            assert picture.width > 1000
        assert f"{{{name}/03.png}}" in (folder / f"{name}.tex").read_text(encoding="utf-8")
        assert "(01.png)" in (folder / name / "01.md").read_text(encoding="utf-8")


@pytest.mark.draws
def test_the_key_marks_its_own_answers_right(folder):
    report = check_worksheets(folder / "key.json", [filled(folder, n) for n in (1, 2, 3)])
    assert report
    assert (report.score, report.count) == (34 * 3, 34 * 3)


@pytest.mark.draws
def test_a_wrong_answer_and_a_missing_one_are_told(folder):
    """Against the gradient: c + lr dL/dc in the place of c - lr dL/dc."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))["sheets"][1]
    c = next(node["data"] for node in key["graph"]["nodes"] if node.get("label") == "c")
    wrong = f"{2 * c - float(key['answers']['c.new']):.6g}"
    text = filled(folder, 2, {"c.new": wrong, "dL/dt": ""})
    (student,) = check_worksheets(folder / "key.json", [text]).students
    assert (student.student, student.score, student.count) == ("02", 32, 34)
    assert student.unanswered == ("dL/dt",)
    assert student.answers["c.new"].mistakes[0].kind == "wrong way"
    assert "not answered: dL/dt" in str(student)


@pytest.mark.draws
def test_answers_may_have_other_names_for_the_same_numbers(folder):
    """`y` is dL/dy, and `b1.grad` is dL/db1."""
    answers = {"y": "0", "b1.grad": "0"}
    (student,) = check_worksheets(
        folder / "key.json", [json.dumps({"1": answers, "zed": {"y": 1}})]
    ).students[:1]
    assert not {"dL/dy", "dL/db1"} & set(student.unanswered)
    assert len(student.unanswered) == 32


@pytest.mark.draws
def test_an_answer_that_the_sheet_does_not_ask_for_is_not_counted(folder):
    """A sheet of 34 stays one of 34 with a9, which is nowhere, x1, which it gives, and y twice."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))["sheets"][0]
    more = {"a9.data": 1, "x1.data": 1, "y": key["answers"]["dL/dy"]}
    (student,) = check_worksheets(
        folder / "key.json", [json.dumps({"1": key["answers"] | more})]
    ).students
    assert (student.score, student.count, bool(student)) == (34, 34, False)
    assert str(student).startswith("01: 34 of 34 right; 3 not counted\n")
    assert [line[:35] for line in student.uncounted] == [
        "not counted: no node is called 'a9'",
        "not counted: the sheet does not ask",
        "not counted: 'y' has an answer alre",
    ]


@pytest.mark.draws
def test_answers_to_no_sheet_are_told_and_the_others_marked(folder):
    report = check_worksheets(folder / "key.json", ['{"04": {"y.data": 1}, "03": {"y.data": 1}}'])
    assert "the key has no sheet for '04'; did you mean '0" in report["04"].uncounted[0]
    assert report.count == 34  # those of sheet 03
    assert report["03"].count == 34
    with pytest.raises(ValueError, match="no column 'student', and the key has 3 sheets"):
        check_worksheets(folder / "key.json", ["name,answer\ny.data,1"])


def test_a_student_has_the_same_sheet_wherever_the_name_stands():
    from viz.worksheets import copies_of

    one = {copy.label.student: copy for copy in copies_of("mlp", 7, 1, ["Ann Lee", "Bob"])}
    other = {copy.label.student: copy for copy in copies_of("mlp", 7, 1, ["Zoë", "Bob", "Ann Lee"])}
    assert one["Ann Lee"].sheet.answers == other["Ann Lee"].sheet.answers
    assert one["Ann Lee"].sheet.answers != one["Bob"].sheet.answers
    assert (one["Ann Lee"].stem, other["Ann Lee"].stem) == ("01-ann-lee", "03-ann-lee")
    assert other["Zoë"].stem == "01-zoe"


def test_sheets_of_a_seed_are_the_same_whatever_the_count():
    from viz.worksheets import copies_of

    few, many = [list(copies_of("softmax", 7, count, None)) for count in (2, 30)]
    assert [copy.sheet.answers for copy in few] == [copy.sheet.answers for copy in many[:2]]
    other = list(copies_of("softmax", 8, 2, None))
    assert other[0].sheet.answers not in [copy.sheet.answers for copy in many]


def test_names_that_are_alike_are_refused():
    assert checked_names([" Ann  Lee", "", "Bob"]) == ["Ann Lee", "Bob"]
    with pytest.raises(ValueError, match="two students are called 'Ann'"):
        checked_names(["Ann", "Bob", "Ann "])
    with pytest.raises(ValueError, match="from 1 to 10,000 students, not 0"):
        checked_names(["", " "])


@pytest.mark.draws
def test_an_empty_folder_is_filled_and_a_full_one_is_refused(tmp_path):
    write_worksheets(tmp_path, "softmax", students=["Ann"])
    assert (tmp_path / "sheets" / "01-ann.md").is_file()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileExistsError, match="is not empty: choose a new folder"):
        write_worksheets(tmp_path, "softmax")
    assert sorted(tmp_path.rglob("*")) == before


def test_if_a_picture_cannot_be_drawn_no_folder_is_left(tmp_path, monkeypatch):
    def fails(*_):
        raise RuntimeError("no renderer")

    monkeypatch.setattr("viz.worksheets.draw", fails)
    with pytest.raises(RuntimeError, match="no renderer"):
        write_worksheets(tmp_path / "sheets", "mlp")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no key of worksheets"),
        ("[]", "is no key of worksheets"),
        ('{"format": "chalkgrad worksheets"}', "'version' is missing"),
        ('{"format": "other", "version": 1}', "another format or version"),
    ],
)
def test_what_is_no_key_is_refused(tmp_path, text, words):
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        check_worksheets(tmp_path / "key.json", ["name,answer\nx,1"])


# ---- the command --------------------------------------------------------------------------------


@pytest.mark.draws
def test_the_command_makes_sheets_and_marks_them(tmp_path):
    students = tmp_path / "class.csv"
    students.write_text("id;Student\n1;Ann Lee\n2;Zoë\n", encoding="utf-8")
    out = tmp_path / "sheets"
    made = chalkgrad(
        "worksheet", "--topic", "relu-chain", "--students", students, "--seed", 7, "--out", out
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == f"wrote 2 sheets and the key to {out}\n"
    assert "Name: Ann Lee" in (out / "sheets" / "01-ann-lee.md").read_text(encoding="utf-8")
    marking = ["worksheet", "--key", out / "key.json", "--submission"]
    blank = chalkgrad(*marking, out / "sheets")
    assert blank.returncode == 1
    assert blank.stdout.splitlines() == [
        "student  right    not right",
        "Ann Lee  0 of 30  30 not answered",
        "Zoë      0 of 30  30 not answered",
        "",
        "total: 0 of 60 right; 0 of 2 students have everything right",
    ]
    every = chalkgrad(*marking, out / "sheets", "--all-rows").stdout
    assert "Ann Lee: 0 of 30 right; 30 not answered\n" in every
    key = json.loads((out / "key.json").read_text(encoding="utf-8"))
    answers = {sheet["student"]: sheet["answers"] for sheet in key["sheets"]}
    done = chalkgrad(*marking, "-", "--json", "-", written=json.dumps(answers))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["right"] == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--topic is needed, such as --topic mlp"),
        (["--topic", "mlp"], "--out is needed"),
        (["--topic", "MLP", "--out", "x"], "the topics are relu-chain, computation-graph, mlp"),
        (["--topic", "mlp", "--out", "x", "--count", "0"], "from 1 to 10,000, not 0"),
        (["--topic", "mlp", "--out", "x", "--count", "-2"], "from 1 to 10,000, not -2"),
        (["--topic", "mlp", "--out", "x", "--count", "many"], "--count is a whole number"),
        (["--topic", "mlp", "--out", "x", "--seed", "-1"], "from 0 on, not -1"),
        (["--topic", "mlp", "--out", "x", "--seed", "1.5"], "--seed is a whole number, not '1.5'"),
        (["--topic", "mlp", "--out", "/nowhere/x"], "cannot make /nowhere/x: there is no folder"),
        (["--topic", "mlp", "--out", "/etc/passwd"], "/etc/passwd is not a folder"),
        (["--topic", "mlp", "--out", "/etc"], "/etc is not empty"),
        (["--topic", "mlp", "--out", "/proc/x"], "cannot make /proc/x"),
        (["--topic", "mlp", "--out", "x", "--students", "/nowhere"], "cannot read /nowhere"),
        (["--topic", "mlp", "--key", "k"], "one at a time"),
        (["--topic", "mlp", "--all-rows"], "--all-rows for marking answers: one at a time"),
        (["--key", "/nowhere"], "--submission is needed"),
        (["--key", "/nowhere", "--submission", "/etc/passwd"], "cannot read /nowhere"),
        (["--key", "/nowhere", "--submission", "/nothing"], "cannot read /nothing"),
        (["--key", "/proc", "--submission", "x"], "/proc is a folder: give the key.json in it"),
        (["-topic", "mlp"], "did you mean --topic?"),
    ],
)
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the folders are those of Linux")
def test_bad_input_is_one_clear_line_and_status_2(arguments, words, capsys):
    assert cli.main(["worksheet", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("chalkgrad: error: ")
    assert words in printed.err


def test_a_class_list_without_the_column_is_refused(tmp_path):
    file = tmp_path / "class.csv"
    file.write_text("id,surname\n1,Lee\n")
    done = chalkgrad("worksheet", "--topic", "mlp", "--out", tmp_path / "x", "--students", file)
    assert done.returncode == 2
    assert "no column 'student'; its columns are id, surname" in done.stderr


def test_the_word_is_an_expression_where_it_has_a_value():
    done = chalkgrad("worksheet", "worksheet=3")
    assert done.returncode == 0
    assert "input" in done.stdout
    assert chalkgrad("worksheet * 2", "worksheet=3").returncode == 0


def test_help_shows_examples_in_80_columns():
    done = chalkgrad("worksheet", "--help")
    assert "chalkgrad worksheet --topic relu-chain --seed 7 --count 30 --out sheets" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("topic", TOPICS)
def test_every_blank_is_a_question_that_the_checker_understands(topic):
    sheet = worksheet(topic, 0)
    keys = [blank.key for blank in blanks_of(sheet.problem)]
    assert len(set(keys)) == len(keys)
    assert {row.key for row in sheet.check(sheet.answers).rows} == set(keys)


def test_a_sheet_speaks_of_branches_only_where_it_has_them():
    for seed in range(20):
        problem = worksheet("computation-graph", seed).problem
        operations = {node.op for node in topological_order(problem.root)}
        assert ("max(a, b)" in problem.task) == ("maximum" in operations)
        assert ("relu(a)" in problem.task) == ("relu" in operations)

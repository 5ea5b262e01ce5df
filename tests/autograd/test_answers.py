"""Marking: keys, verdicts, the mistakes that are named, and whole submissions."""

import json
import math
import re

import pytest

from autograd import Value, cos, dot, exp, ln, log10, mean, relu, sigmoid, sin, tanh
from autograd.answers import check_answers
from autograd.submissions import check_submission


def leaf(data, label):
    return Value(data, label=label)


def labelled(label, node):
    node.label = label
    return node


def row(root, key, answer):
    (row,) = check_answers(root, {key: answer}).rows
    return row


def named(root, key, answer):
    """The likeliest mistake: its kind, and the edge or the node."""
    mistake = row(root, key, answer).mistakes[0]
    return (mistake.kind, *[name for name in (mistake.node, mistake.operand) if name])


@pytest.fixture
def chain():
    """Homework 001: a ReLU chain with a skip connection."""
    x0, w0, w1 = leaf(1, "x0"), leaf(0.3, "w0"), leaf(-0.2, "w1")
    b0, b1 = leaf(0.1, "b0"), leaf(-0.3, "b1")
    xwb0 = labelled("xwb0", labelled("xw0", x0 * w0) + b0)
    x1 = labelled("x1", relu(xwb0))
    yx = labelled("yx", labelled("y1", labelled("xw1", x1 * w1) + b1) + x0)
    return labelled("z", relu(yx))


# ---- the homework's answers ---------------------------------------------------------------------


def test_the_answers_of_homework_001_are_right(chain):
    values = {"xw0": 0.3, "xwb0": 0.4, "x1": 0.4, "xw1": -0.08, "y1": -0.38, "yx": 0.62, "z": 0.62}
    gradients = {"w0": "-0.2", "w1": 0.4, "b0": "−0.2", "b1": 1, "x0": "0.94"}
    answers = {f"{name}.data": number for name, number in values.items()}
    assert check_answers(chain, answers | gradients)


def test_the_answers_of_homework_004_are_right(lnexp):
    answers = {"x": 1, "y": "40.171073846", "z": "20.085536923", "y.grad": 40.17, "f": 1}
    answers |= {"h1.data": 0, "h2.data": "exp(3)", "h3.data": "2*exp(3)", "f.data": 40.1711}
    answers |= {"dh1/dx": 1, "∂h2/∂y": 20.0855, "dh3/dh2": 2, "dh3/dz": 20.09}
    answers |= {"df/dh1": 1, "∂f/∂h3": 1, "dh1/dy": 0, "dh2/dx": "0", "dh3/dx": 0.0, "dh1/dz": 0}
    report = check_answers(lnexp, answers)
    assert report
    assert {row.verdict for row in report.rows} == {"right", "rounded"}


def xor_network(first, bias, second, x1, x2):
    a, b = leaf(x1, "x1"), leaf(x2, "x2")
    units = [relu(dot([a, b], list(w)) + c) for w, c in zip(first, bias, strict=True)]
    return labelled("out", dot(units, second))


@pytest.mark.parametrize(
    ("first", "bias", "second", "wrong"),
    [
        ([(1, 1), (1, -1)], [0, 0], [1, -1], [(1, 0), (1, 1)]),
        ([(1, 1), (1, 1)], [0, -1], [1, -2], []),
    ],
)
def test_homework_004s_weights_for_xor_are_caught(first, bias, second, wrong):
    """W1 = [[1,1],[1,-1]], W2 = [1,-1] gives 0, 1, 0, 2 where XOR is 0, 1, 1, 0."""
    inputs = [(0, 0), (0, 1), (1, 0), (1, 1)]
    caught = [
        point
        for point in inputs
        if not check_answers(
            xor_network(first, bias, second, *point), {"out.data": point[0] ^ point[1]}
        )
    ]
    assert caught == wrong


# ---- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("20.085536923187668", "right"),
        ("20.09", "rounded"),
        (20.09, "rounded"),
        ("20", "rounded"),
        ("2.01e1", "rounded"),
        ("20.08", "wrong"),
        ("20.090", "wrong"),
        ("21", "wrong"),
        ("exp(3)", "right"),
        ("60.25661/3", "wrong"),
    ],
)
def test_rounded_is_within_half_a_unit_of_the_last_digit(lnexp, answer, verdict):
    assert row(lnexp, "z", answer).verdict == verdict


def test_one_is_wrong_for_094_though_it_is_094_rounded_to_no_decimals(chain):
    assert row(chain, "x0", "1").verdict == "wrong"


def test_trailing_zeros_of_a_whole_number_claim_no_precision():
    x = leaf(1.0, "x")
    assert row(x * 123456.0, "x", "123000").verdict == "rounded"
    assert row(x * 123456.0, "x", "123000.0").verdict == "wrong"


def test_zero_is_right_where_rounding_leaves_something():
    """0.1 + 0.2 - 0.3 is 0, and 5.6e-17 in floats."""
    x = leaf(2.0, "x")
    f = x * 0.1 + x * 0.2 - x * 0.3
    assert row(f, "x", 0).verdict == "right"
    assert row(f, "f.data", "0").verdict == "right"
    assert row(f, "x", "1e-9").verdict == "wrong"


def test_zero_is_right_for_the_derivative_of_a_sigmoid_that_is_1_in_floats():
    """At 40 a calculator shows s = 1, and s * (1 - s) = 0; it is 4.2e-18."""
    f = labelled("s", sigmoid(leaf(40.0, "x"))) * 3
    assert check_answers(f, {"x": 0, "ds/dx": 0})
    assert not check_answers(f, {"x": "1e-9"})


def test_a_numpy_number_counts_by_its_own_precision(lnexp):
    numpy = pytest.importorskip("numpy")
    assert row(lnexp, "y", numpy.float32(40.171073846)).verdict == "rounded"


# ---- keys ---------------------------------------------------------------------------------------


def test_d_of_the_root_is_total_and_the_round_d_is_local():
    """f = x * h with h = x^2 at 3: df/dx = 3 x^2 = 27, and the direct edge alone has h = 9."""
    x = leaf(3.0, "x")
    f = x * labelled("h", x**2)
    assert check_answers(f, {"x": 27, "df/dx": 27, "∂f/∂x": 9, "dh/dx": 6})


def test_an_operand_that_stands_twice_has_both_edges_in_its_local_derivative():
    x = leaf(3.0, "x")
    assert check_answers(labelled("h", x * x) + 1, {"dh/dx": 6, "∂h/∂x": 6})


def test_a_derivative_over_several_edges_follows_all_paths(lnexp):
    assert row(lnexp, "dh3/dy", "2*exp(3)").verdict == "right"


def test_nodes_without_a_label_and_shared_labels_have_the_names_that_are_shown():
    x = leaf(2.0, "x")
    f = labelled("h", x * 3) + labelled("h", x * 5) + x * 7
    assert check_answers(
        f, {"h.data": 6, "h#2.data": 10, "v1.data": 16, "v2.data": 14, "f.data": 30}
    )


def test_labels_that_look_like_keys_are_names_first():
    x = leaf(2.0, "dz/dx")
    f = labelled("a.data", x * 3) * 2
    assert check_answers(f, {"dz/dx": 6, "a.data": 2, "a.data.data": 6, "da.data/ddz/dx": 3})


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("X", "no node is called 'X'; did you mean 'x'? The names are x, h1, y, h2, z, h3, f"),
        ("h4", "did you mean 'h"),
        ("dh3/dq", "no node is called 'q'"),
        ("h2.dat", "did you mean 'h2.data'"),
        ("dh3", "no node is called 'dh3'; did you mean 'h3'?"),
    ],
)
def test_an_unknown_name_is_told_with_the_names_there_are(lnexp, key, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        check_answers(lnexp, {key: 1})


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("e^3", ValueError, "the answer for 'y': 'e^3' is no number: e is an ordinary name here"),
        ("forty", ValueError, "the answer for 'y': 'forty' is no number"),
        ("2,5", ValueError, "'2,5' is no number: decimals are written with a point: 2.5"),
        ("-0,01", ValueError, "'-0,01' is no number: decimals are written with a point: -0.01"),
        ("", ValueError, "the answer for 'y': nothing is written"),
        ("1/0", ValueError, "the answer for 'y': '1/0' has no value"),
        ("1e999", ValueError, "too large"),
        (math.nan, ValueError, "the answer for 'y': nan"),
        ("nan", ValueError, "the answer for 'y': nan"),
        (None, TypeError, "the answer for 'y': expected a real number, not NoneType"),
        (Value(1.0), TypeError, "the answer for 'y': expected a number or a text, not a Value"),
    ],
)
def test_what_is_no_number_is_told_with_its_key(lnexp, answer, kind, words):
    with pytest.raises(kind) as error:
        check_answers(lnexp, {"x": 1, "y": answer})
    assert words in str(error.value)


def test_answers_are_a_mapping_from_names_that_is_not_empty(lnexp):
    with pytest.raises(TypeError, match="mapping"):
        check_answers(lnexp, [("x", 1)])
    with pytest.raises(TypeError, match="by name"):
        check_answers(lnexp, {lnexp: 1})
    with pytest.raises(ValueError, match="no answers"):
        check_answers(lnexp, {})
    with pytest.raises(TypeError, match="not float"):
        check_answers(1.0, {"x": 1})


def test_data_that_was_assigned_later_is_noticed(lnexp):
    lnexp.parents[0].parents[0].data = 2.0
    with pytest.raises(ValueError, match="was changed"):
        check_answers(lnexp, {"x": 1})


def test_no_gradient_is_read_or_changed():
    x = leaf(3.0, "x")
    f = x * x
    x.grad = 5.0
    assert check_answers(f, {"x": 6})
    assert x.grad == 5.0
    assert not f.has_grad


# ---- mistakes in derivatives --------------------------------------------------------------------


def test_exp_taken_at_the_input(lnexp):
    """exp'(3) taken as 3, times z = 2."""
    mistake = row(lnexp, "y", "6").mistakes[0]
    assert (mistake.kind, mistake.node, mistake.operand) == ("at input", "h2", "y")
    assert "∂h2/∂y is 20.0855, not 3" in mistake.text


def test_the_skip_connection_missed(chain):
    """dz/dx0 = 1 + 0.3 * 1 * (-0.2) = 1 - 0.06."""
    assert named(chain, "x0", "-0.06") == ("missed contribution", "yx", "x0")
    assert named(chain, "x0", "1.00") == ("missed contribution", "xw0", "x0")


def test_a_contribution_replaced_by_the_last_of_three():
    x = leaf(2.0, "x")
    f = labelled("a", x * 3) + labelled("b", x * 5) + labelled("c", x * 11)
    kinds = {mistake.kind for mistake in row(f, "x", 11).mistakes}
    assert named(f, "x", 11) == ("overwritten", "c", "x")
    assert "single path" in kinds


@pytest.mark.parametrize(
    ("made", "answer", "kind"),
    [
        (lambda x: sigmoid(x), 0.7 * 0.3, "at input"),
        (lambda x: tanh(x), 1 - 0.7**2, "at input"),
        (lambda x: tanh(x), 1 - math.tanh(math.tanh(0.7)) ** 2, "at output"),
        (lambda x: 3 / x, 3 / 0.49, "sign"),
        (lambda x: x**3, 3 * 0.7**3, "power rule"),
        (lambda x: x**3, 0.7**2, "power rule"),
        (lambda x: log10(x), 1 / 0.7, "log base"),
        (lambda x: ln(x), 1 / (0.7 * math.log(10)), "log base"),
        (lambda x: sin(x), math.cos(math.radians(0.7)), "degrees"),
        (lambda x: cos(x), math.sin(0.7), "sign"),
        (lambda x: relu(-x), -1.0, "dead relu"),
        (lambda x: relu(x), 0.0, "live relu"),
        (lambda x: 5 - x, 1.0, "forgotten minus"),
        (lambda x: mean([x * 2, x * 3, Value(1.0)]), 5.0, "mean"),
        (lambda x: (x - 2) ** 2 / 3, 4 * (0.7 - 2) / 3, "factor"),
    ],
)
def test_a_slip_at_one_operation_is_among_the_mistakes(made, answer, kind):
    x = leaf(0.7, "x")
    assert kind in {mistake.kind for mistake in row(made(x), "x", answer).mistakes}


def test_the_factors_of_a_product_swapped():
    x, y = leaf(3.0, "x"), leaf(7.0, "y")
    assert named(labelled("h", x * y) * 2, "∂h/∂x", 3) == ("product rule", "h", "x")


def test_the_number_before_the_activation():
    """h = relu(-3) * w: dh/dw is 0, not -3."""
    x, w = leaf(-3.0, "x"), leaf(2.0, "w")
    assert named(labelled("h", relu(x) * w), "w", -3) == ("before activation", "h", "w")


def test_the_upstream_forgotten():
    """f = h^2 with h = 5 w, at w = 3: df/dw = 2 * 15 * 5 = 150, and 5 without the 30."""
    w = leaf(3.0, "w")
    assert named(labelled("h", w * 5) ** 2, "w", 5) == ("upstream", "h")


def test_a_value_in_the_place_of_a_gradient_and_the_reverse(lnexp):
    assert named(lnexp, "h3", 40.1711) == ("value",)
    assert named(lnexp, "y.data", 40.1711) == ("gradient",)


def test_a_number_that_is_nearly_right_is_told_so(lnexp):
    """20.0855 * 2 = 40.171; 20.1 * 2 = 40.2, rounded on the way; 10 for 13.4 has one digit."""
    assert named(lnexp, "y", "40.20") == ("early rounding",)
    x = leaf(3.0, "x")
    assert named(x * 13.4, "x", "1e1") == ("coarse",)


def test_the_chain_rule_with_a_sum_for_the_product():
    """f = 5 h with h = 7 x: 5 + 7 in the place of 5 * 7."""
    assert named(labelled("h", leaf(3.0, "x") * 7) * 5, "x", 12) == ("added", "h", "x")


def test_a_derivative_by_another_node(lnexp):
    assert named(lnexp, "x", "20.0855")[0] == "other node"


def test_a_total_derivative_in_the_place_of_a_local_one():
    """f = x * h with h = x^2 at 3: 27 along both paths, 9 along the direct edge."""
    x = leaf(3.0, "x")
    assert named(x * labelled("h", x**2), "∂f/∂x", 27)[0] == "stopped"


def test_swapped_rows_are_named(lnexp):
    report = check_answers(lnexp, {"y": "20.0855", "z": "40.1711"})
    assert [row.mistakes[0].kind for row in report.rows] == ["swapped answers"] * 2


def test_a_derivative_of_what_does_not_depend_on_it(lnexp):
    assert named(lnexp, "dh1/dy", "3") == ("no path",)


def test_what_follows_from_a_wrong_answer_is_told_so(lnexp):
    """With exp(3) taken as 19, the derivative by z is 19 as well."""
    report = check_answers(lnexp, {"h2.data": "19", "z": "19", "dh3/dz": "19", "f.data": "38"})
    assert [row.mistakes[0].kind for row in report.rows[1:]] == ["carried"] * 3


def test_a_wrong_gradient_is_carried_to_what_lies_below(chain):
    """dz/dx1 = -0.2; with +0.2, dz/dw0 = 0.2 * 1 * 1."""
    report = check_answers(chain, {"x1": "0.2", "w0": "0.2"})
    assert [row.mistakes[0].kind for row in report.rows] == ["sign", "carried"]


def test_a_number_that_no_mistake_gives_is_wrong_and_no_more(lnexp):
    assert row(lnexp, "y", "123.4567").mistakes == ()
    assert row(lnexp, "y", "123.4567").verdict == "wrong"


# ---- a step of gradient descent -----------------------------------------------------------------


@pytest.fixture
def fitted():
    """f = (w x + b - 5)^2 / 2 at w = 3, x = 2, b = 1: the error is 2, df/dw = 4 and df/db = 2."""
    w, x, b = leaf(3.0, "w"), leaf(2.0, "x"), leaf(1.0, "b")
    return labelled("f", labelled("e", w * x + b - 5) ** 2 / 2)


def test_values_after_a_step_are_asked_for_with_its_learning_rate(fitted):
    """3 - 0.1 * 4 = 2.6 and 1 - 0.1 * 2 = 0.8."""
    report = check_answers(fitted, {"w.new": "2.6", "b.new": 0.8, "w": 4}, lr=0.1)
    assert [row.verdict for row in report.rows] == ["right"] * 3
    assert report["w.new"].title == "w after the step"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("3.4", "wrong way", "subtracted, not added: w after the step is 3 - 0.1 * 4"),
        ("-1", "step", "learning rate was left out"),
        ("3", "step", "before the step"),
        ("0.4", "step", "the step alone"),
        ("4", "step", "this is df/dw"),
        ("2.2", "power rule", "in df/dw: at the edge v3 → e: "),
    ],
)
def test_a_slip_in_a_step_is_named(fitted, answer, kind, words):
    """df/dw taken as 8, twice the 4, leads to 3 - 0.8 = 2.2."""
    (row,) = check_answers(fitted, {"w.new": answer}, lr=0.1).rows
    assert kind in {mistake.kind for mistake in row.mistakes[:2]}
    assert words in row.explanation


def test_a_wrong_gradient_is_carried_into_the_step(fitted):
    report = check_answers(fitted, {"w": "-4", "w.new": "3.4"}, lr=0.1)
    assert [row.mistakes[0].kind for row in report.rows] == ["sign", "carried"]


def test_a_step_needs_a_learning_rate_and_a_leaf(fitted):
    with pytest.raises(ValueError, match="'w.new' is a value after a step, which needs a learn"):
        check_answers(fitted, {"w.new": 1})
    with pytest.raises(ValueError, match="a step moves leaves, and e is computed"):
        check_answers(fitted, {"e.new": 1}, lr=0.1)
    with pytest.raises(ValueError, match=re.escape("no node is called 'W'; did you mean 'w'?")):
        check_answers(fitted, {"W.new": 1}, lr=0.1)


# ---- mistakes in values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "answer", "kind"),
    [
        (lambda x: ln(x) + 1, math.log10(0.7) + 1, "log base"),
        (lambda x: sin(x) * 2, 2 * math.sin(math.radians(0.7)), "degrees"),
        (lambda x: relu(-x) * 2, -1.4, "not applied"),
        (lambda x: x - 2, 1.3, "sign"),
        (lambda x: x**3, 2.1, "operation"),
        (lambda x: 2 / x, 0.35, "swapped operands"),
        (lambda x: exp(x) * 3, 3 * 0.7, "not applied"),
        (lambda x: sigmoid(x), 1 / (1 + math.exp(0.7)), "sign"),
    ],
)
def test_a_slip_in_the_forward_pass_is_named(made, answer, kind):
    assert row(made(leaf(0.7, "x")), "f.data", answer).mistakes[0].kind == kind


def test_an_angle_in_degrees_is_carried_into_the_gradient():
    """f = sin(x)^2 at 0.7: 2 sin(x°) cos(x°), both of a calculator set to degrees."""
    x = leaf(0.7, "x")
    f = labelled("s", sin(x)) ** 2
    answer = 2 * math.sin(math.radians(0.7)) * math.cos(math.radians(0.7))
    assert named(f, "x", answer) == ("degrees", "s")


# ---- the report ---------------------------------------------------------------------------------


def test_the_report_prints_in_80_columns_with_long_names():
    x = leaf(3.0, "a very long name " * 20)
    f = labelled("b" * 300, x * x) + 1
    report = check_answers(f, {x.label: "5" * 60, "b" * 300: "7"})
    assert max(map(len, str(report).splitlines())) <= 80


def test_the_report_counts_and_names_the_wrong_ones(lnexp):
    report = check_answers(lnexp, {"x": 1, "y": 6, "z": "20.09"})
    assert not report
    assert report.score == 2
    assert report.outcome == "2 of 3 right; wrong: y"
    assert report["z"].verdict == "rounded"


def test_the_report_is_data_that_json_holds(lnexp):
    data = json.loads(json.dumps(check_answers(lnexp, {"y": 6}).as_data(), allow_nan=False))
    assert (data["right"], data["answers"]) == (0, 1)
    assert data["rows"][0]["mistakes"][0]["kind"] == "at input"


def test_a_deep_and_a_tangled_graph_are_marked():
    deep = x = leaf(1.0, "x")
    for _ in range(20_000):
        deep = deep + 1.0
    assert row(deep, "x", "-1").mistakes[0].kind == "sign"
    tangled = x
    for _ in range(60):
        tangled = tangled + tangled
    assert row(tangled, "x", -(2.0**60)).mistakes[0].kind == "sign"


def test_in_a_long_chain_the_nearest_edges_are_tried():
    """x enters by x * y; the mistake there is 5,000 edges from the result."""
    x, y = leaf(3.0, "x"), leaf(7.0, "y")
    deep = labelled("h", x * y)
    for _ in range(5_000):
        deep = deep + y
    assert named(deep, "x", 3) == ("product rule", "h", "x")


# ---- submissions --------------------------------------------------------------------------------


def test_a_csv_of_several_students(lnexp, tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(
        "\ufeffStudent;Name;Answer\nann;x;1\nann;y;40.17\nbob;x;1\nbob;y;6\nbob;z;e^3\nbob;q;1\n",
        encoding="utf-8",
    )
    report = check_submission(lnexp, path)
    assert [(one.student, one.score, one.count) for one in report.students] == [
        ("ann", 2, 2),
        ("bob", 1, 3),
    ]
    assert [bool(one) for one in (report["ann"], report["bob"], report)] == [True, False, False]
    assert report["bob"].answers["y"].mistakes[0].kind == "at input"
    assert [problem.split(":")[0] for problem in report["bob"].problems] == ["line 6"]
    assert [line[:32] for line in report["bob"].uncounted] == ["line 7: not counted: no node is "]
    assert str(report).endswith("total: 3 of 5 right; 1 of 2 students have everything right")


def test_json_of_one_and_of_several_students(lnexp):
    assert check_submission(lnexp, '{"x": 1, "h2.data": "20.09"}')
    report = check_submission(lnexp, '{"ann": {"x": 1}, "bob": {"x": "2/3", "x": 1, "y": null}}')
    assert [(one.score, one.count) for one in report.students] == [(1, 1), (0, 2)]
    assert json.loads(json.dumps(report.as_data()))["answers"] == 3


def test_an_answer_that_cannot_be_read_is_one_line_and_no_more(lnexp):
    report = check_submission(lnexp, "name,answer\nx,1\ny,\nz,abc\n")
    assert (report.score, report.count) == (1, 3)
    assert [problem.splitlines() for problem in report.students[0].problems] == [
        [problem] for problem in report.students[0].problems
    ]
    assert len(report.students[0].problems) == 2


def test_a_second_answer_and_an_unknown_name_are_told_and_not_counted(lnexp):
    """`df/dx` is `x` by another name, and there is no q: one answer, x = 1, is left."""
    (student,) = check_submission(lnexp, "name,answer\nx,1\ndf/dx,1\nq,2\n").students
    assert (student.score, student.count, bool(student)) == (1, 1, False)
    assert str(student).startswith("1 of 1 right; 2 not counted\n")
    assert "line 3: not counted: 'df/dx' has an answer already" in str(student)
    assert "line 4: not counted: no node is called 'q'" in " ".join(str(student).split())
    assert len(student.as_data()["uncounted"]) == 2


def test_a_class_is_a_line_a_student_and_below_it_the_wrong_answers_alone(lnexp):
    text = "student,name,answer\nann,x,1\nann,y,40.17\nbob,x,1\nbob,y,6\nbob,z,three\n"
    report = check_submission(lnexp, text)
    shown = str(report).splitlines()
    assert shown[:8] == [
        "student  right   not right",
        "ann      2 of 2",
        "bob      1 of 3  y; 1 cannot be read",
        "",
        "bob:",
        "answer for  given    right  verdict",
        "y               6  40.1711  wrong",
        "    at the edge h2 → y: it was taken at the input y where the output h2 belongs;",
    ]
    every = [line.text for line in report.all_lines()]
    assert every[:2] == ["ann: 2 of 2 right", "answer for  given    right  verdict"]
    assert every[-1] == shown[-1]


def test_one_of_a_class_without_a_name_has_a_line_too(lnexp):
    shown = str(check_submission(lnexp, "student,name,answer\nann,x,1\n,x,7\n")).splitlines()
    assert shown[2:5] == ["(no name)  0 of 1  x", "", "(no name):"]


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (80, "x, y, z, h1.data; 1 cannot be read"),
        (51, "x, y, z, h1.data; 1 cannot be read"),
        (50, "x, y, z, +1; 1 cannot be read"),
        (40, "x, +3; 1 cannot be read"),
        (39, "4 wrong; 1 other"),
    ],
)
def test_the_keys_in_the_line_of_a_student_are_as_many_as_fit(lnexp, width, told):
    """Name and score take 17 columns, all keys 34 more, the first alone 23."""
    answers = {"x": 7, "y": 7, "z": 7, "h1.data": 7, "h2.data": "?"}
    report = check_submission(lnexp, json.dumps({"ann": {"x": 1}, "bob": answers}))
    lines = [line.text for line in report.lines(width)]
    assert lines[2] == f"bob      0 of 5  {told}"
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the submission is empty"),
        (" \n\n", "the submission is empty"),
        ("name,answer\n", "no answers in it"),
        ("name,value\nx,1\n", "no column 'answer'; its columns are name, value"),
        ("answer\n1\n", "no column 'name'"),
        ("{", "the JSON cannot be read"),
        ('{"ann": {"x": 1}, "x": 2}', "an answer for 'x' of none of them"),
        ("[\n1]", "JSON answers are"),
        ('{"a":' * 100_000, "JSON"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_in_one_line(lnexp, text, words):
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        check_submission(lnexp, text)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_not_text(lnexp, tmp_path):
    with pytest.raises(FileNotFoundError):
        check_submission(lnexp, tmp_path / "none.csv")
    (tmp_path / "class.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(ValueError, match="not text in UTF-8"):
        check_submission(lnexp, tmp_path / "class.xls")
    with pytest.raises(TypeError, match="a path or a text"):
        check_submission(lnexp, {"x": 1})

"""Plots: what is in the figures, read back from them. Most is skipped without matplotlib."""

import importlib.util
import math
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from autograd import parse, relu
from autograd.functions import FUNCTIONS
from autograd.registry import BY_NAME
from viz.plots import plot_decision_boundary, plot_function, plot_history

plots = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed"
)


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r" -m pip install '?chalkgrad\[plots\]"):
        plot_function("relu")


def test_importing_the_module_does_not_import_matplotlib():
    code = "import viz.plots, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def curve(axes):
    """The longest line of some axes, as points."""
    line = max(axes.lines, key=lambda line: len(line.get_xdata()))
    return list(zip(line.get_xdata(), line.get_ydata(), strict=True))


def dots(axes):
    """The dots: {(x, y): whether it is closed}; a closed one covers an open one."""
    found = {}
    for line in axes.lines:
        if line.get_marker() == "o" and math.isfinite(line.get_ydata()[0]):
            place = (round(line.get_xdata()[0], 6), round(line.get_ydata()[0], 6))
            found[place] = line.get_markerfacecolor() != "white"
    return found


def height(points, x):
    """The height of a curve at x, between its two nearest points."""
    (x0, y0), (x1, y1) = sorted(points, key=lambda point: abs(point[0] - x))[:2]
    return y0 if x0 == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)


# ---- functions -----------------------------------------------------------------------------------


@plots
def test_a_function_is_drawn_above_its_derivative_with_labelled_axes():
    above, below = plot_function("tanh").axes
    assert above.get_title() == "tanh(x)"
    assert (above.get_ylabel(), below.get_ylabel()) == ("$f$(x)", "$f'$(x)")
    assert below.get_xlabel() == "x"
    for x in (-2.0, 0.5, 3.0):
        assert height(curve(above), x) == pytest.approx(math.tanh(x), abs=1e-4)
        assert height(curve(below), x) == pytest.approx(1 - math.tanh(x) ** 2, abs=1e-4)


@plots
def test_at_the_kink_of_relu_the_right_derivative_is_open_and_the_one_taken_closed():
    above, below = plot_function("relu").axes
    assert dots(above) == {(0, 0): True}
    assert dots(below) == {(0, 0): True, (0, 1): False}  # left 0, right 1, relu'(0) = 0


@plots
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        ("abs(x)", {(0, -1): False, (0, 1): False, (0, 0): True}),
        ("leaky_relu(x, 0.1)", {(0, 0.1): False, (0, 1): True}),
        ("relu(-x)", {(0, -1): False, (0, 0): True}),
        ("maximum(x, 1)", {(1, 0): False, (1, 1): False, (1, 0.5): True}),
        ("clip(x, -1, 0.3)", {(-1, 0): False, (-1, 1): True, (0.3, 0): False, (0.3, 1): True}),
        ("x**2", {}),
        ("sigmoid(30*x)", {}),
        ("x*abs(x)", {}),  # its derivative 2|x| has a kink, but no jump
    ],
)
def test_one_sided_derivatives_at_kinks(f, expected):
    _, below = plot_function(f).axes
    assert dots(below) == expected


@plots
def test_the_derivative_is_not_joined_across_a_kink():
    _, below = plot_function("relu").axes
    assert not [y for _, y in curve(below) if 0 < y < 1]
    assert any(math.isnan(y) for _, y in curve(below))


@plots
def test_a_jump_breaks_the_function_with_an_open_and_a_closed_dot():
    above, _ = plot_function(lambda x: x * 0 + 2 if x > 1 else x, (-2, 4)).axes
    assert dots(above) == {(1, 1): True, (1, 2): False}
    assert any(math.isnan(y) for _, y in curve(above))


@plots
@pytest.mark.parametrize(("f", "pole"), [("1/x", 0), ("1/(x - 1)**2", 1), ("tan(x)", math.pi / 2)])
def test_at_a_pole_the_curve_breaks(f, pole):
    above, below = plot_function(f, (-0.7, 3.1)).axes
    assert dots(above) == dots(below) == {}
    left = max(i for i, (x, _) in enumerate(curve(above)) if x < pole)
    assert math.isnan(curve(above)[left + 1][1])


@plots
def test_a_curve_ends_where_the_domain_does():
    above, below = plot_function("asin").axes
    xs = [x for x, _ in curve(above)]
    assert (min(xs), max(xs)) == (-1, 1)
    assert below.get_xlim() == pytest.approx((-1.04, 1.04))
    above, _ = plot_function("ln").axes
    assert 0 < min(x for x, _ in curve(above)) < 1e-6


@plots
def test_a_given_interval_is_kept():
    _, below = plot_function("sqrt", (-1, 4)).axes
    assert below.get_xlim() == pytest.approx((-1.1, 4.1))


@plots
def test_a_steep_end_does_not_press_the_rest_flat():
    _, below = plot_function("ln").axes  # its derivative 1/x has no bound
    assert below.get_ylim()[1] < 20


ONE_ARGUMENT = [
    name
    for name in sorted(FUNCTIONS)
    if (known := BY_NAME.get(name))
    and not known.variadic
    and len(known.operands) - len(known.defaults) == 1
]


@plots
@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_every_function_of_one_argument_can_be_drawn(name):
    assert len(plot_function(name).axes) == 2


def test_there_are_many_functions_of_one_argument():
    assert {"relu", "leaky_relu", "erf", "gelu", "ln", "abs"} <= set(ONE_ARGUMENT)


@plots
def test_expressions_and_python_functions_can_be_drawn():
    above, below = plot_function(parse("t**3 - t")).axes
    assert (above.get_title(), below.get_xlabel()) == ("t**3 - t", "t")

    def cube(x):
        return x**3

    assert plot_function(cube).axes[0].get_title() == "cube(x)"
    assert plot_function(lambda x: relu(x) + 1, label="$1 & 2$").axes[0].get_title() == "$1 & 2$"


@plots
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("x*y",), ValueError, "needs one variable; 'x\\*y' has x, y"),
        ((5,), TypeError, "expected a function, its name or an expression, not int"),
        (("relu", (1, 0)), ValueError, "two finite numbers, the smaller first"),
        (("ln", (-3, -1)), ValueError, "ln\\(x\\) is not defined between -3 and -1"),
        (("nothing(x)",), NameError, "there is no function 'nothing'"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(arguments, error, message):
    with pytest.raises(error, match=message):
        plot_function(*arguments)


# ---- files ---------------------------------------------------------------------------------------


@plots
def test_a_figure_is_written_where_it_is_asked_for(tmp_path):
    plot_function("relu", path=tmp_path / "relu.png")
    with Image.open(tmp_path / "relu.png") as image:
        assert min(image.size) > 500
        assert len(image.convert("L").getcolors()) > 10
    plot_function("relu", path=tmp_path / "relu.pdf")
    assert (tmp_path / "relu.pdf").read_bytes().startswith(b"%PDF")


@plots
def test_the_same_plot_is_the_same_file(tmp_path):
    for name in ("a.svg", "b.svg"):
        plot_function("gelu", path=tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@plots
def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        plot_function("relu", path=tmp_path / "relu.xyz")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        plot_function("relu", path=tmp_path / "nowhere" / "relu.png")


@plots
def test_no_window_is_opened_and_no_figure_kept():
    plot_function("relu")
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("maximum", r'maximum\(x, y\) takes 2 numbers: .* such as "maximum\(x, 1\)"'),
        ("clip", r'clip\(x, low, high\) takes 3 numbers: .* such as "clip\(x, 1, 2\)"'),
    ],
)
def test_the_name_of_a_function_of_several_numbers_is_no_plot(name, words):
    with pytest.raises(ValueError, match=f"a plot needs one variable; {words}"):
        plot_function(name)


# ---- training runs -------------------------------------------------------------------------------

RUN = [
    {"train_loss": 0.9, "dev_loss": 1.0, "train_accuracy": 0.5, "dev_accuracy": 0.4},
    {"train_loss": 0.5, "dev_loss": 0.7, "train_accuracy": 0.7, "dev_accuracy": 0.6},
    {"train_loss": 0.2, "dev_loss": 0.8, "train_accuracy": 0.9, "dev_accuracy": 0.6},
]


def lines(axes):
    """The curves of some axes by name."""
    named = {line.get_label(): line for line in axes.lines}
    return {
        name: list(zip(line.get_xdata(), line.get_ydata(), strict=True))
        for name, line in named.items()
        if not name.startswith("_")
    }


@plots
@pytest.mark.parametrize(
    "history",
    [
        RUN,
        SimpleNamespace(rows=RUN),
        SimpleNamespace(epochs=[SimpleNamespace(number=i, **row) for i, row in enumerate(RUN, 1)]),
    ],
)
def test_a_run_is_its_losses_and_its_accuracies_over_the_epochs(history):
    loss, accuracy = plot_history(history).axes
    assert lines(loss) == {
        "training": [(1, 0.9), (2, 0.5), (3, 0.2)],
        "validation": [(1, 1.0), (2, 0.7), (3, 0.8)],
    }
    assert lines(accuracy)["validation"] == [(1, 0.4), (2, 0.6), (3, 0.6)]
    assert [axes.get_ylabel() for axes in (loss, accuracy)] == ["loss", "accuracy"]
    assert accuracy.get_xlabel() == "epoch"
    assert dots(loss) == {(2, 0.7): True}  # the lowest validation loss


@plots
def test_a_run_of_one_epoch_is_seen():
    (loss,) = plot_history([{"train_loss": 2.0}]).axes
    (curve,) = loss.get_lines()
    assert curve.get_marker() == "x"
    assert [tick for tick in loss.get_xticks() if 0 <= tick <= 2] == [0, 1, 2]


@plots
def test_a_run_without_accuracy_or_validation_has_one_curve():
    figure = plot_history([{"train_loss": 2.0, "dev_loss": None}, {"train_loss": 1.0}])
    (loss,) = figure.axes
    assert lines(loss) == {"training": [(1, 2.0), (2, 1.0)]}


@plots
def test_several_runs_are_compared_by_their_validation_data():
    runs = {"rate 0.1": RUN, "rate $1": [{"train_loss": 3.0}, {"train_loss": 2.0}]}
    loss, accuracy = plot_history(runs).axes
    assert lines(loss) == {
        "rate 0.1": [(1, 1.0), (2, 0.7), (3, 0.8)],
        r"rate \$1": [(1, 3.0), (2, 2.0)],
    }
    assert list(lines(accuracy)) == ["rate 0.1"]


@pytest.mark.parametrize("wrong", [[], {}, [{}]])
def test_a_history_of_nothing_is_an_error(wrong):
    with pytest.raises(ValueError, match="nothing to plot"):
        plot_history(wrong)


@pytest.mark.parametrize("wrong", [{"train_loss": [1, 2]}, [1, 2], "losses", 3])
def test_what_is_no_history_is_an_error(wrong):
    with pytest.raises(TypeError, match="the history of a run is its records"):
        plot_history(wrong)


# ---- decision boundaries -------------------------------------------------------------------------

XOR = ([(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 0])


def border(axes):
    """The points of the lines between regions."""
    return [
        tuple(point)
        for collection in axes.collections
        if not collection.get_fill()
        for path in collection.get_paths()
        for point in path.vertices
    ]


@plots
def test_the_border_of_xor_is_two_lines():
    # Homework 004, repaired: h = relu(x1 + x2), relu(x1 + x2 - 1); y = h1 - 2 h2, which is 1/2
    # where x1 + x2 is 1/2 or 3/2.
    figure = plot_decision_boundary(lambda a, b: relu(a + b) - 2 * relu(a + b - 1), *XOR)
    (axes,) = figure.axes
    sums = {round(x + y, 6) for x, y in border(axes)}
    assert sums == {0.5, 1.5}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    shown = {line.get_label(): line.get_xdata() for line in axes.lines}
    assert {name: len(xs) for name, xs in shown.items()} == {"0": 2, "1": 2}


class Model:
    """Called as a Module is."""

    def __call__(self, *inputs, **named):
        (point,) = inputs
        return [point[0] + point[1] - 1]


@plots
@pytest.mark.parametrize(
    "f", [Model(), parse("x + y - 1"), lambda x, y: x + y - 1, lambda p, shift=1: sum(p) - shift]
)
def test_a_classifier_takes_a_point_or_two_numbers(f):
    figure = plot_decision_boundary(f, *XOR, threshold=0)
    assert {round(x + y, 6) for x, y in border(figure.axes[0])} == {1}


@plots
def test_the_threshold_of_logits_can_be_given():
    figure = plot_decision_boundary(lambda p: p[0] - 0.25, *XOR, threshold=0.0)
    assert {round(x, 6) for x, _ in border(figure.axes[0])} == {0.25}


@plots
def test_of_several_scores_the_highest_decides():
    points, labels = [(0, 0), (1, 0), (2, 0), (1, 1)], [0, 1, 2, 1]
    figure = plot_decision_boundary(
        lambda p: [-((p[0] - c) ** 2) for c in (0, 1, 2)], points, labels
    )
    assert {round(x, 1) for x, _ in border(figure.axes[0])} == {0.5, 1.5}


@plots
@pytest.mark.parametrize(
    ("f", "points", "labels", "message"),
    [
        (max, [(0, 0)], [1, 2], "1 points and 2 labels"),
        (max, [(0, 0), (1, 1)], [1, 1], "the labels are of 1"),
        (lambda p: p, [(0, 0), (1, 1)], [1, 2], "of 2 scores, the labels are 0 to 1, not 2"),
    ],
)
def test_labels_that_do_not_fit_are_an_error(f, points, labels, message):
    with pytest.raises(ValueError, match=message):
        plot_decision_boundary(f, points, labels)

"""What notebooks show: called by hand, through a stand-in for a shell, and in IPython if there."""

import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value, leaky_relu, relu, total
from viz import steps
from viz.notebook import load_ipython_extension, register, steps_html, value_html
from viz.stepping import SHOWN


def parsed(html):
    """The HTML as a tree; it is well-formed XML, or this raises."""
    return ElementTree.fromstring(f"<body>{html}</body>")


def words(element):
    """All text in an element, without what is invisible."""
    return "".join(element.itertext()).replace("\u2061", "").replace("\u2062", "")


def cells(html):
    """The tables as lists of rows of text."""
    return [
        [[words(cell) for cell in row] for row in table.iter("tr")]
        for table in parsed(html).iter("table")
    ]


# ---- a Value -------------------------------------------------------------------------------------


def test_a_value_is_a_line_with_its_formula_value_and_gradient(lnexp):
    assert words(parsed(value_html(lnexp))) == "f=h1+h3=40.1711gradient 1"
    h1, h3 = lnexp.parents
    assert words(parsed(value_html(h1))) == "h1=ln(x)=0gradient 1"
    assert words(parsed(value_html(h3.parents[1]))) == "z=2gradient 20.0855"


def test_before_backward_the_gradient_is_a_dash():
    assert words(parsed(value_html(Value(2.0)))) == "2gradient –"


def test_operands_without_a_label_are_numbers():
    assert words(parsed(value_html(Value(3.0) - Value(2.0, label="y")))) == "3−y=1gradient –"


def test_a_value_of_many_operands_is_one_line_all_the_same():
    root = total([Value(1.0) for _ in range(1000)])
    assert words(parsed(value_html(root))) == "total of 1000 operands=1000gradient –"


@pytest.mark.parametrize(
    "label", ["<b>&'\"x", "</td><script>", "two\nlines", "\x1b[2J", "a_b", "π"]
)
def test_any_label_is_escaped(label):
    root = Value(2.0, label=label) * Value(3.0, label="y")
    for html in (value_html(root), value_html(root.parents[0]), steps_html(steps(root))):
        tags = {element.tag for element in parsed(html).iter()}
        assert not tags & {"b", "script"}


# ---- steps ---------------------------------------------------------------------------------------


def test_steps_are_two_tables_with_the_numbers_of_the_homework(lnexp):
    forward, backward = cells(steps_html(steps(lnexp)))
    assert forward[0] == ["", "node", "computed as", "with numbers", "value"]
    assert forward[1:3] == [["1", "x", "given", "", "1"], ["2", "h1", "ln(x)", "ln(1)", "0"]]
    assert ["6", "h3", "h2z", "20.0855⋅2", "40.1711"] in forward
    assert backward[1] == ["8", "dfdf", "the seed", "", "", "1"]
    by_z = next(row for row in backward if row[1] == "dfdz")
    assert by_z[2:] == ["dfdh3⋅∂h3∂z", "h2", "1⋅20.0855=20.0855", "20.0855"]


def test_of_a_branch_the_reason_is_shown():
    x = Value(-3.0, label="x")
    _, backward = cells(steps_html(steps(leaky_relu(x, 0.1))))
    assert backward[-1][3] == "0.1, as x<0"


def test_formulas_are_mathml(lnexp):
    tree = parsed(steps_html(steps(lnexp)))
    assert len(list(tree.iter("math"))) > 30
    fraction = next(tree.iter("mfrac"))
    assert [words(part) for part in fraction] == ["df", "df"]


def test_of_a_long_list_the_first_rows_are_shown_and_the_rest_counted():
    x = Value(1.0, label="x")
    for _ in range(10_000):
        x = x + 1
    html = steps_html(steps(x))
    assert [len(rows) for rows in cells(html)] == [SHOWN + 1, SHOWN + 1]
    assert "… and 9901 more steps" in html  # 10,001 nodes, 10,000 edges and the seed
    assert len(html) < 500_000


def test_the_list_shows_itself(lnexp):
    passed = steps(lnexp)
    assert passed._repr_html_() == steps_html(passed)


# ---- shells --------------------------------------------------------------------------------------


class Formatter:
    """Stands for one of IPython's."""

    def __init__(self, known=()):
        self.known = dict.fromkeys(known)

    def for_type(self, kind, function):
        self.known[kind] = function

    def for_type_by_name(self, module, name, function):
        self.known[f"{module}.{name}"] = function

    def lookup_by_type(self, name):
        return self.known[name]


def shell(figures=()):
    formatters = {"text/html": Formatter(), "image/png": Formatter(figures)}
    return SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))


def test_a_shell_is_told_how_to_show_values_and_figures():
    here = shell()
    load_ipython_extension(here)
    formatters = here.display_formatter.formatters
    assert formatters["text/html"].known[Value] is value_html
    assert formatters["image/png"].known["matplotlib.figure.Figure"] is not None


def test_a_shell_that_shows_figures_keeps_its_way():
    here = shell(figures=["matplotlib.figure.Figure"])
    load_ipython_extension(here)
    assert here.display_formatter.formatters["image/png"].known["matplotlib.figure.Figure"] is None


def test_outside_of_ipython_nothing_is_registered(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    register()
    monkeypatch.delitem(sys.modules, "IPython")
    register()


def test_the_running_shell_is_found(monkeypatch):
    here = shell()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: here))
    register()
    assert Value in here.display_formatter.formatters["text/html"].known


def test_the_engine_knows_nothing_of_notebooks():
    assert not hasattr(Value, "_repr_html_")
    assert not [name for name in dir(autograd) if "repr" in name]


def test_in_ipython_values_and_steps_have_html(lnexp):
    shells = pytest.importorskip("IPython.core.interactiveshell")
    here = shells.InteractiveShell.instance()
    try:
        register()
        bundle, _ = here.display_formatter.format(lnexp)
        assert bundle == {"text/plain": repr(lnexp), "text/html": value_html(lnexp)}
        bundle, _ = here.display_formatter.format(steps(lnexp))
        assert bundle["text/plain"].splitlines()[0] == "x = 1"
        assert bundle["text/html"].startswith("<table>")
    finally:
        shells.InteractiveShell.clear_instance()


def test_no_product_in_the_steps_is_minus_0():
    """0 * -1 is the float -0.0; on paper it is 0."""
    x, y = Value(-1.0, label="x"), Value(2.0, label="y")
    _, backward = cells(steps_html(steps(relu(x * y))))
    assert backward[-1][4] == "0(−1)=0"

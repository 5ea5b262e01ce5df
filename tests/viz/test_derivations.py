"""Worked solutions, against the worked answers of the homework and the published gradients."""

import re
import shutil
import subprocess

import pytest

from autograd import Value, leaky_relu, ln, log_softmax, mean, parse, relu, sqrt, total
from autograd.modes import ieee
from tests.published import CASES, lets, name_of
from viz.derivations import derivation

TEX = next((name for name in ("pdflatex", "latex") if shutil.which(name)), None)


def published(case):
    """The result of a published case, and its inputs by name."""
    inputs = {name: Value(number, label=name) for name, number in case["inputs"].items()}
    f = parse(lets(case) if case.get("definitions") else case["expression"])
    return f(**{name: inputs[name] for name in f.names}), inputs


@pytest.fixture
def chain():
    """Homework 001, every node named as there."""
    x0, w0, w1 = Value(1, label="x0"), Value(0.3, label="w0"), Value(-0.2, label="w1")
    b0, b1 = Value(0.1, label="b0"), Value(-0.3, label="b1")
    xw0 = x0 * w0
    xwb0 = xw0 + b0
    x1 = relu(xwb0)
    xw1 = x1 * w1
    y1 = xw1 + b1
    yx = y1 + x0
    z = relu(yx)
    names = {"xw0": xw0, "xwb0": xwb0, "x1": x1, "xw1": xw1, "y1": y1, "yx": yx, "z": z}
    for name, node in names.items():
        node.label = name
    return z


def section(text, heading):
    """The lines of a section, as equations without the layout."""
    _, _, rest = text.partition(f"{heading}\n")
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()]


def factors(text):
    """The local derivatives that are multiplied: ["∂z/∂yx", ...]."""
    return re.findall(r"∂\w+/∂\w+", text.partition("Chain rule")[2])


# ---- homework 001: the chain with a skip connection ----------------------------------------------

#: The products as they are written in the worked answer, and what they come to.
ANSWERS = {
    "w0": ("z/yx yx/y1 y1/xw1 xw1/x1 x1/xwb0 xwb0/xw0 xw0/w0", "-0.2"),
    "w1": ("z/yx yx/y1 y1/xw1 xw1/w1", "0.4"),
    "b0": ("z/yx yx/y1 y1/xw1 xw1/x1 x1/xwb0 xwb0/b0", "-0.2"),
    "b1": ("z/yx yx/y1 y1/b1", "1"),
}


@pytest.mark.parametrize("wrt", ANSWERS)
def test_each_derivative_of_the_chain_is_the_product_of_the_worked_answer(chain, wrt):
    products, result = ANSWERS[wrt]
    text = derivation(chain, wrt, "text")
    assert factors(text) == ["∂{}/∂{}".format(*factor.split("/")) for factor in products.split()]
    assert text.endswith(f"= {result}")


def test_the_local_derivatives_of_the_chain_are_those_of_the_worked_answer(chain):
    assert section(derivation(chain, "w0", "text"), "Local derivatives") == [
        "∂z/∂yx = 1, as yx > 0",
        "∂yx/∂y1 = 1",
        "∂y1/∂xw1 = 1",
        "∂xw1/∂x1 = w1 = -0.2",
        "∂x1/∂xwb0 = 1, as xwb0 > 0",
        "∂xwb0/∂xw0 = 1",
        "∂xw0/∂w0 = x0 = 1",
    ]


def test_the_definitions_of_the_chain_are_its_forward_pass(chain):
    assert section(derivation(chain, "w0", "text"), "Definitions") == [
        "xw0 = x0 * w0 = 1 * 0.3 = 0.3",
        "xwb0 = xw0 + b0 = 0.3 + 0.1 = 0.4",
        "x1 = relu(xwb0) = relu(0.4) = 0.4",
        "xw1 = x1 * w1 = 0.4 * (-0.2) = -0.08",
        "y1 = xw1 + b1 = -0.08 + (-0.3) = -0.38",
        "yx = y1 + x0 = -0.38 + 1 = 0.62",
        "z = relu(yx) = relu(0.62) = 0.62",
    ]


def test_a_shared_node_is_a_sum_over_its_paths(chain):
    assert section(derivation(chain, "x0", "text"), "Chain rule") == [
        "dz/dx0 = ∂z/∂yx * ∂yx/∂x0",
        "+ ∂z/∂yx * ∂yx/∂y1 * ∂y1/∂xw1 * ∂xw1/∂x1 * ∂x1/∂xwb0 * ∂xwb0/∂xw0",
        "* ∂xw0/∂x0",
        "= 1 + w1 * w0",
        "= 1 - 0.2 * 0.3",
        "= 1 - 0.06",
        "= 0.94",
    ]


# ---- homework 004: ln and exp --------------------------------------------------------------------


def test_the_logarithm_and_the_exponential_as_in_the_worked_answer(lnexp):
    assert section(derivation(lnexp, ["x", "y", "z"], "text"), "Chain rule") == [
        "df/dx = ∂f/∂h1 * ∂h1/∂x",
        "= 1 / x",
        "= 1",
        "df/dy = ∂f/∂h3 * ∂h3/∂h2 * ∂h2/∂y",
        "= z * h2",
        "= 2 * 20.0855",
        "= 40.1711",
        "df/dz = ∂f/∂h3 * ∂h3/∂z",
        "= h2",
        "= 20.0855",
    ]


def test_the_whole_solution_as_text(lnexp):
    assert (
        derivation(lnexp, "y", "text")
        == """\
Values
  h1 = 0, y = 3, z = 2

Definitions
  h2 = exp(y) = exp(3) = 20.0855
  h3 = h2 * z = 20.0855 * 2 = 40.1711
  f = h1 + h3 = 0 + 40.1711 = 40.1711

Local derivatives
  ∂f/∂h3 = 1
  ∂h3/∂h2 = z = 2
  ∂h2/∂y = h2 = 20.0855

Chain rule
  df/dy = ∂f/∂h3 * ∂h3/∂h2 * ∂h2/∂y
        = z * h2
        = 2 * 20.0855
        = 40.1711"""
    )


def test_the_whole_solution_as_latex(lnexp):
    assert (
        derivation(lnexp, "x")
        == r"""\begin{align*}
&x = 1, \quad h_{3} = 40.1711\\[1ex]
h_{1} &= \ln(x) = \ln(1) = 0 \\
f &= h_{1} + h_{3} = 0 + 40.1711 = 40.1711\\[1ex]
\frac{\partial f}{\partial h_{1}} &= 1 \\
\frac{\partial h_{1}}{\partial x} &= \frac{1}{x} = \frac{1}{1} = 1\\[1ex]
\frac{df}{dx} &= \frac{\partial f}{\partial h_{1}} \cdot \frac{\partial h_{1}}{\partial x} \\
&= \frac{1}{x} \\
&= 1
\end{align*}"""
    )


def test_markdown_has_a_block_of_formulas_under_each_heading(lnexp):
    text = derivation(lnexp, "z", "markdown")
    headings = re.findall(r"^\*\*(.*)\*\*$", text, re.MULTILINE)
    assert headings == ["Values", "Definitions", "Local derivatives", "Chain rule"]
    assert text.count("$$\n\\begin{aligned}\n") == text.count("\n\\end{aligned}\n$$") == 4
    assert "\\frac{df}{dz} &= \\frac{\\partial f}{\\partial h_{3}}" in text


# ---- what is in it, and how it is simplified -----------------------------------------------------


def test_only_what_leads_to_the_node_is_in_it(lnexp):
    text = derivation(lnexp, "y", "text")
    assert not re.search(r"\bx\b|∂f/∂h1|ln", text)
    assert "h1 = 0" in text  # a number that f is computed from


def test_factors_of_one_and_terms_of_zero_are_left_out_and_signs_are_merged():
    x = Value(2.0, label="x")
    f = (x + 1) * 1 - x / 4 + 0 * x
    chain_rule = derivation(f, x, "text").partition("Chain rule")[2]
    last = [line.strip() for line in chain_rule.splitlines()][-3:]
    assert last == ["= -1 / 4 + 1", "= -0.25 + 1", "= 0.75"]


def test_a_node_that_stands_twice_has_one_local_derivative_the_sum():
    x = Value(3.0, label="x")
    text = derivation(x * x, x, "text")
    assert section(text, "Local derivatives") == ["∂f/∂x = x + x = 3 + 3 = 6"]
    assert section(text, "Chain rule") == ["df/dx = ∂f/∂x", "= 6"]


def test_the_derivative_by_the_result_itself_is_one():
    x = Value(3.0, label="x")
    assert derivation(x, x, "text") == "Chain rule\n  dx/dx = 1"


def test_of_a_branch_the_reason_is_given():
    x = Value(-3.0, label="x")
    assert "∂f/∂x = 0.1, as x < 0" in derivation(leaky_relu(x, 0.1), x, "text")
    assert r"= 0.1, \quad \text{as }x < 0" in derivation(leaky_relu(x, 0.1), x)


def test_inner_nodes_can_be_asked_for_and_their_definitions_are_not_in_it(lnexp):
    text = derivation(lnexp, "h2", "text")
    assert section(text, "Values") == ["h1 = 0, h2 = 20.0855, z = 2"]
    assert text.endswith("df/dh2 = ∂f/∂h3 * ∂h3/∂h2\n         = z\n         = 2")


def test_a_node_of_many_operands_is_not_written_out():
    xs = [Value(float(i), label=f"x{i}") for i in range(50)]
    text = derivation(total(xs), xs[7], "text")
    assert section(text, "Definitions") == ["f = total of 50 operands = 1225"]
    assert text.endswith("df/dx7 = ∂f/∂x7\n         = 1")


def test_an_infinite_derivative_is_shown_as_what_it_is():
    with ieee():
        x = Value(0.0, label="x")
        text = derivation(sqrt(x) * 0, x, "text")
    assert section(text, "Chain rule")[-2:] == ["= 0 * inf", "= nan"]


def test_a_derivation_changes_nothing_and_needs_no_backward(chain):
    derivation(chain, "x0")
    assert not chain.has_grad


def test_the_same_graph_gives_the_same_text(chain):
    assert derivation(chain, "x0") == derivation(chain, "x0")


# ---- many paths ----------------------------------------------------------------------------------


def test_with_many_paths_the_chain_rule_goes_node_by_node():
    x = Value(1.0, label="x")
    y = x
    for _ in range(60):  # 2^60 paths
        y = y + y * 1.0
    y.label = "y"
    text = derivation(y, x, "text")
    assert "Chain rule, node by node from y back" in text
    assert text.endswith(f"= {2.0**60:.6g}")


def test_node_by_node_every_gradient_is_the_sum_over_its_consumers():
    case = next(case for case in CASES if case["id"] == "micrograd-readme")
    root, _ = published(case)
    text = derivation(root, "a", "text")
    for name, right in case["adjoints"].items():  # published, for the inner nodes
        equation = re.search(rf"^  dv16/d{name} = .*(\n {{4,}}.*)*", text, re.MULTILINE)[0]
        assert float(equation.rsplit("= ")[-1]) == pytest.approx(right, rel=1e-5), name
    assert text.endswith("= 138.834")


def test_a_derivation_that_would_be_too_long_is_refused_with_a_way_out():
    x = Value(1.0, label="x")
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    with pytest.raises(ValueError, match=r"takes 10000 local derivatives, more than limit=300: "):
        derivation(y, x)
    assert derivation(y, y.parents[0].parents[0], "text").endswith("= 1.0002")


def test_a_greater_limit_can_be_given():
    x = Value(1.0, label="x")
    y = x
    for _ in range(400):
        y = y + 1
    with pytest.raises(ValueError, match="more than limit=300"):
        derivation(y, x)
    assert derivation(y, x, "text", limit=400).endswith("= 1")


# ---- the published cases -------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_published_gradient_is_where_its_derivation_ends(case):
    root, inputs = published(case)
    for name, right in case["gradients"].items():
        if inputs[name] in root.parents or name in derivable(root):
            last = derivation(root, name, "text", limit=10_000).rsplit("= ", 1)[1]
            assert float(last) == pytest.approx(right, rel=1e-5, abs=1e-12), name


def derivable(root):
    """The names of the nodes in the graph."""
    from autograd.graph import topological_order

    return {node.label for node in topological_order(root)}


@pytest.mark.skipif(TEX is None, reason="no TeX engine")
def test_every_published_derivation_compiles(tmp_path):
    awkward = Value(2.0, label=r"50% of {a_b} & c\d ~^$#") * Value(3.0, label="alpha")
    many = [Value(float(i), label=f"x_{i}") for i in range(20)]
    solutions = [derivation(awkward, awkward.parents), derivation(log_softmax(many)[3], many[:5])]
    for case in CASES:
        root, _ = published(case)
        names = [name for name in case["gradients"] if name in derivable(root)]
        solutions += [
            derivation(root, names, limit=10_000),
            derivation(root, names[0], limit=10_000),
        ]
    document = "\n\n".join(
        [
            r"\documentclass{article}\usepackage{amsmath}\allowdisplaybreaks\begin{document}",
            *solutions,
            r"\end{document}",
        ]
    )
    (tmp_path / "all.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        [TEX, "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


# ---- mistakes ------------------------------------------------------------------------------------


def test_what_is_not_in_the_graph_is_an_error_that_says_what_is(lnexp):
    with pytest.raises(ValueError, match="'q' is not in the graph of f; there are x, h1, y, h2"):
        derivation(lnexp, "q")
    with pytest.raises(ValueError, match="u is not in the graph of f"):
        derivation(lnexp, Value(1.0, label="u"))


def test_other_arguments_are_errors(lnexp):
    with pytest.raises(TypeError, match="by a Value or the name of one, not int"):
        derivation(lnexp, [3])
    with pytest.raises(TypeError, match="one result at a time"):
        derivation([lnexp], "x")
    with pytest.raises(ValueError, match="style is 'latex', 'markdown' or 'text', not 'html'"):
        derivation(lnexp, "x", "html")
    with pytest.raises(ValueError, match="by one node at least"):
        derivation(lnexp, [])


def test_after_an_assignment_to_data_there_is_no_derivation():
    x = Value(2.0, label="x")
    f = ln(x) + mean([x, 4.0])
    x.data = 3
    with pytest.raises(ValueError, match="build the expression again"):
        derivation(f, x)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_long_chain_rule_is_folded_within_the_width(width):
    inner = Value(0.5, label="input_of_all")
    for number in range(8):
        inner = inner.tanh()
        inner.label = f"activation_{number}"
    root = inner * 2 + inner * inner
    text = derivation(root, "input_of_all", style="text", width=width)
    assert width - 20 < max(map(len, text.splitlines())) <= width
    assert text.count("∂activation_7/∂activation_6") == 3  # its own line, then once a path


def test_a_width_that_holds_no_line_is_refused():
    x = Value(1.0, label="x")
    with pytest.raises(ValueError, match="width is 20 columns or more, not 10"):
        derivation(x * x, x, style="text", width=10)

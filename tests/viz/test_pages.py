"""Pages as text: what is in the file, that it is complete in itself, that any label is safe."""

import base64
import hashlib
import json
import math
import os
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import viz.page_picture
from autograd import Value, dot, ieee, ln, relu, where
from autograd.functions import FUNCTIONS, make_function
from autograd.graph import topological_order
from autograd.graph_formulas import factor, operation_text
from autograd.numbers import format_number
from autograd.registry import OPERATIONS, entry
from tests.autograd.test_c_source import numpy_sine
from tests.own_operations import entered
from viz.names import one_line, shown_names
from viz.page_data import MATHML, TEXT, with_gaps
from viz.page_rules import js_domain, js_rules
from viz.pages import MOST_EDGES, MOST_NODES, page, page_text

ROOT = Path(__file__).parents[2]


class Reader(HTMLParser):
    """What an HTML parser finds: the tags, the script's data, and the words outside of scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.words, self.inside = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self.inside = tag
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data
        elif data.strip():
            self.words.append(data.strip())

    @property
    def data(self):
        """What the page's script reads."""
        return json.loads(self.scripts[1])


@pytest.fixture
def undrawn(monkeypatch):
    """A machine on which nothing can draw; quicker, too."""

    def render(*_):
        raise RuntimeError("no renderer was found: install one")

    monkeypatch.setattr(viz.page_picture, "render", render)


@pytest.mark.draws
def test_the_page_is_one_small_file_that_asks_for_no_other(lnexp, tmp_path):
    file = page(lnexp, tmp_path / "f.html")
    text = file.read_text(encoding="utf-8")
    assert len(text.encode()) < 200_000
    assert set(re.findall(r"https?://[^\"' )]*", text)) == {"http://www.w3.org/2000/svg"}
    tags = Reader(text).tags
    assert not [tag for tag, given in tags if "src" in given]
    assert [given["href"] for _, given in tags if "href" in given] == ["data:,"]
    assert [path.name for path in tmp_path.iterdir()] == ["f.html"]


def test_the_browser_is_told_to_run_this_script_alone(lnexp, undrawn):
    reader = Reader(page_text(lnexp))
    (policy,) = [given["content"] for tag, given in reader.tags if "http-equiv" in given]
    digest = base64.b64encode(hashlib.sha256(reader.scripts[2].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")


@pytest.mark.draws
def test_the_text_is_the_same_in_every_process():
    program = (
        "from autograd import Value, parse\n"
        "from viz.pages import page_text\n"
        "root = parse('h = x*y + z; relu(h) * h + max(x, erf(w))')(*map(Value, (1, 2, 3, 4)))\n"
        "print(page_text(root, parameters=['w', 'z']))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(answers) == 1


def test_backward_need_not_have_run_and_is_not_run(undrawn):
    x = Value(3.0, label="x")
    root = x * x
    words = Reader(page_text(root)).words
    assert not x.has_grad
    assert words.count("6") == 1  # d(x * x)/dx at 3


def test_without_a_script_the_table_holds_the_last_numbers(lnexp, undrawn):
    text = page_text(lnexp)
    row = re.search(r'<tr data-node="4">.*</tr>', text)[0]
    assert '<td class="value">2</td>' in row  # z
    assert '<td class="gradient">20.0855</td>' in row  # e^3
    assert "<noscript>" in text


def test_the_seed_scales_all_gradients(undrawn):
    x = Value(3.0, label="x")
    text = page_text(x * x, seed=-0.5)
    assert '<td class="gradient">-3</td>' in text  # -0.5 * 2 * 3


@pytest.mark.draws
def test_every_part_of_the_picture_says_where_it_belongs(lnexp):
    picture = re.search(r"<figure.*?</figure>", page_text(lnexp, parameters=["z"]), re.DOTALL)[0]
    for node in range(7):
        assert f'data-node="{node}"' in picture
    assert '<g data-node="4" class="box parameter">' in picture
    assert '<g data-node="6" class="box output">' in picture
    # h3 = h2 * z: a label, and the two halves of its arrow, for each factor.
    assert picture.count('data-edge="5.0"') == picture.count('data-edge="5.1"') == 3
    assert "∂h3/∂z<tspan> = 20.0855</tspan>" in picture
    assert "fill=" not in picture
    assert "<title>" not in picture  # a browser would show "n5op" under the pointer


def test_where_nothing_draws_the_page_says_so_and_holds_the_dot_text(lnexp, undrawn):
    reader = Reader(page_text(lnexp))
    assert "This page has no picture: no renderer was found: install one." in reader.words
    assert any(words.startswith("digraph {") for words in reader.words)
    assert "tspan" not in [tag for tag, _ in reader.tags]


def test_an_operation_that_javascript_cannot_say_leaves_the_page_without_inputs(undrawn):
    with entered(numpy_sine) as operation:
        x = Value(0.0, label="x")
        root = make_function(operation)(x) + 1
        reader = Reader(page_text(root))
    assert reader.data["is_live"] is False
    assert "input" not in [tag for tag, given in reader.tags if given.get("type") == "text"]
    assert (
        "The inputs cannot be changed on this page: the rule of numpy_sine calls numpy.sin, which "
        "has no JavaScript spelling." in reader.words
    )


def test_too_large_a_graph_is_refused_with_what_to_do():
    x = Value(1.0, label="x")
    chain = x
    for _ in range(MOST_NODES):
        chain = chain + 1
    with pytest.raises(ValueError, match=r"301 nodes .* shows 300 .* page of an inner node"):
        page_text(chain)
    many = [Value(1.0) for _ in range(100)]
    wide = dot(many, many)
    for _ in range(4):
        wide = wide + dot(many, many)
    assert sum(len(node.parents) for node in topological_order(wide)) > MOST_EDGES
    with pytest.raises(ValueError, match="1,008 edges"):
        page_text(wide)


def test_what_is_no_result_or_no_longer_true_is_an_error(undrawn):
    x = Value(2.0, label="x")
    root = x * x
    with pytest.raises(TypeError, match="a page shows one result"):
        page_text([root])
    with pytest.raises(TypeError, match="expected a Value"):
        page_text(1.0)
    x.data = 5.0
    with pytest.raises(ValueError, match="the data of x, or of f itself, was changed"):
        page_text(root)


def test_a_page_that_cannot_be_written_leaves_the_old_file(lnexp, undrawn, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        page(lnexp, tmp_path / "none" / "f.html")
    old = tmp_path / "f.html"
    old.write_text("old")
    with pytest.raises(ValueError, match="is no leaf"):
        page(lnexp, old, parameters=["v"])
    assert old.read_text() == "old"


# ---- labels -------------------------------------------------------------------------------------

AWKWARD = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    '"><b onfocus=alert(1) autofocus>',
    "{{data}}",
    "\\u003c/script>",
    "&lt;",
    "\u2028\x00\ud800",
    "имя 名前 α₁",
    "two\nlines",
]


def check_label(label):
    """The label is the node's name, and adds no element to the page."""
    x = Value(2.0, label=label)
    root = relu(x * 3) ** x
    reader = Reader(page_text(root, title=label))
    plain = Value(2.0, label="x")
    expected = Reader(page_text(relu(plain * 3) ** plain, title="x"))
    markup = {"mi", "mn", "mrow", "msub", "mtext", "msup", "mo"}  # a name's own
    assert [tag for tag, _ in reader.tags if tag not in markup] == [
        tag for tag, _ in expected.tags if tag not in markup
    ]
    assert [set(given) for tag, given in reader.tags if tag == "input"] == [
        set(given) for tag, given in expected.tags if tag == "input"
    ]
    assert reader.data["nodes"][0]["name"] == (one_line(label) if label else "v1")


@pytest.mark.parametrize("label", AWKWARD, ids=repr)
def test_awkward_labels_are_only_text(label, undrawn):
    check_label(label)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=12))
@example("")
def test_any_label_is_only_text(label):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(viz.page_picture, "render", refuse)
        check_label(label)


def refuse(*_):
    raise RuntimeError("no renderer was found")


@pytest.mark.draws
@pytest.mark.parametrize("label", AWKWARD, ids=repr)
def test_awkward_labels_are_shown_in_the_picture(label):
    root = Value(1.0, label=label) * 2
    reader = Reader(page_text(root))
    picture = " ".join(reader.words)
    assert f"∂f/∂{one_line(label)}" in picture.replace("\xa0", " ")


# ---- formulas with gaps -------------------------------------------------------------------------


def test_a_gap_says_where_a_negative_number_needs_brackets():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    assert with_gaps(x * y, TEXT) == [0, " * ", [1]]  # -2 * (-3)
    assert with_gaps(x - y, TEXT) == [0, " - ", [1]]
    assert with_gaps(x**2, TEXT) == [[0], "^2"]  # (-2)^2
    assert with_gaps(ln(x), TEXT) == ["ln(", 0, ")"]  # the function's own brackets serve
    assert with_gaps(-x, TEXT) == ["-", [0]]
    assert with_gaps(2 - y, TEXT) == ["2 - ", [1]]
    assert with_gaps(where(1.0, x, y), TEXT) == ["where(1, ", 1, ", ", 2, ")"]


def filled(parts, numbers):
    """A formula with numbers in its gaps, as the page's script fills them."""
    words = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, list):
            words.append(factor(numbers[part[0]]))
        else:
            words.append(format_number(numbers[part]))
    return "".join(words)


NO_BRACKETS = str.maketrans("", "", "()")


def test_filled_gaps_read_as_the_steps_do():
    generator = random.Random(5)
    for operation in OPERATIONS[1:]:
        if operation.is_own:
            continue
        count = 4 if operation.variadic else operation.arity - len(operation.defaults)
        for _ in range(10):
            numbers = [generator.uniform(-2, 2) for _ in range(count)]
            operands = [
                Value(x) if place == 0 or generator.random() < 0.7 else x
                for place, x in enumerate(numbers)
            ]
            with ieee():
                node = FUNCTIONS[operation.name](*operands)
            text = filled(with_gaps(node, TEXT), numbers)
            if operation.name == "dot":  # a * b + (-c * d) has its brackets around c: (-c) * d
                assert text.translate(NO_BRACKETS) == operation_text(node, {}).translate(
                    NO_BRACKETS
                )
            else:
                assert text == operation_text(node, {})
            gaps = [part for part in with_gaps(node, MATHML) if not isinstance(part, str)]
            places = {part[0] if isinstance(part, list) else part for part in gaps}
            assert places == {i for i, x in enumerate(operands) if isinstance(x, Value)}


def test_mathml_has_gaps_where_the_text_has_them():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    product = with_gaps(x * y, MATHML)
    assert [part for part in product if not isinstance(part, str)] == [0, [1]]
    assert "⋅" in "".join(part for part in product if isinstance(part, str))
    assert with_gaps(x / y, MATHML) == ["<mfrac>", 0, 1, "</mfrac>"]
    assert [part for part in with_gaps(x**2, MATHML) if not isinstance(part, str)] == [[0]]


def test_a_condition_on_plain_numbers_alone_is_decided_in_the_formula(undrawn):
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    data = Reader(page_text(where(1.0, x, y))).data
    assert [local["text"] for local in data["nodes"][-1]["local"]] == ["1", "0"]


def test_numbers_that_json_has_not_are_in_the_data_as_text(undrawn):
    with ieee():
        root = Value(math.inf, label="x") * Value(-0.0, label="y")
    data = Reader(page_text(root)).data
    assert [node["value"] for node in data["nodes"]] == ["Infinity", -0.0, "NaN"]


# ---- rules --------------------------------------------------------------------------------------


def test_every_operation_of_the_table_can_be_live():
    built_in = [operation for operation in OPERATIONS[1:] if not operation.is_own]
    assert len(built_in) > 30
    text = js_rules(built_in)
    for operation in built_in:
        assert f'"{operation.name}": chalkgrad_{operation.name}' in text


def test_domains_are_conditions_in_javascript():
    assert js_domain(entry("ln")) == "[(x) => x > 0.0]"
    assert js_domain(entry("pow")) == (
        "[(x, y) => x !== 0.0 || y >= 0.0, (x, y) => x >= 0.0 || ((y % 1.0) + 1.0) % 1.0 === 0.0]"
    )
    assert js_domain(entry("mul")) == "[]"


def test_the_names_are_those_of_all_printers(lnexp, undrawn):
    data = Reader(page_text(lnexp)).data
    names = shown_names(topological_order(lnexp))
    assert [node["name"] for node in data["nodes"]] == list(names.values())

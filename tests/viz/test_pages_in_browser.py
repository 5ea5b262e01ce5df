"""Pages in a real browser: Chromium without a window, where there is one."""

import functools
import json
import math
import os
import random
import re

import pytest

import viz.page_picture
from autograd import Value, dot, ln, parse, relu, softmax
from autograd.functions import FUNCTIONS, make_function
from autograd.graph import topological_order
from autograd.numbers import format_number
from autograd.registry import OPERATIONS
from tests.autograd.test_c_source import numpy_sine
from tests.own_operations import entered
from tests.published import CASES, is_right, name_of
from tests.viz.chromium import PROGRAM, Browser, Tab
from viz.pages import page
from viz.render import render
from viz.stepping import Backward, steps

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no Chromium (Debian's package: chromium)")


@pytest.fixture(scope="module")
def tab():
    with Browser() as running:
        yield Tab(running)


drawn_once = functools.cache(render)


@pytest.fixture
def opened(tab, tmp_path, monkeypatch):
    """A function that opens a graph's page; in the end, the page may not have complained."""
    monkeypatch.setattr(viz.page_picture, "render", drawn_once)

    def show(root, *, keep=(), **options):
        tab.show(page(root, tmp_path / "the page.html", **dict(keep)), **options)
        return tab

    yield show
    assert tab.complaints() == []
    assert tab.requests() == []


def numbers(tab):
    """All numbers that the page has: values, local derivatives, contributions, gradients."""
    program = """(() => {
        const text = (key, x) => typeof x === "number" ? String(x) : x;
        return JSON.stringify([pass.values, pass.derivatives,
            sent.filter((x) => x).map((x) => [x.contribution, x.gradient])], text);
    })()"""

    def number(x):
        return [number(y) for y in x] if isinstance(x, list) else float(x)

    return number(json.loads(tab.run(program)))


def assert_agree(tab, root):
    """The page's numbers are Python's, to 1e-12."""
    values, derivatives, sent = numbers(tab)
    order = topological_order(root)
    backward = [step for step in steps(root) if isinstance(step, Backward)]
    near = {"rel": 1e-12, "abs": 1e-300, "nan_ok": True}
    assert values == pytest.approx([node.data for node in order], **near)
    for found, node in zip(derivatives, order, strict=True):
        assert found == pytest.approx(list(node.local_derivatives), **near)
    for found, step in zip(sent, backward, strict=True):
        # A sum of large shares that cancel has lost digits, in the page as in Python.
        size = max(abs(step.contribution), abs(step.gradient - step.contribution))
        assert found[0] == pytest.approx(step.contribution, **near)
        assert found[1] == pytest.approx(step.gradient, rel=1e-12, abs=1e-12 * size, nan_ok=True)


def cells(tab, kind):
    """A column of the table, and the same numbers in the picture."""
    table = tab.run(f'[...document.querySelectorAll("td.{kind}")].map((x) => x.textContent)')
    drawn = tab.run(f'boxes.map((box) => box?.querySelector(".{kind}").textContent)')
    assert drawn in (table, [None] * len(table))
    return table


# ---- stepping -----------------------------------------------------------------------------------


def test_no_product_is_minus_0(opened):
    """0 * -1 is the float -0.0; on paper it is 0."""
    x, y = Value(-1.0, label="x"), Value(2.0, label="y")
    tab = opened(relu(x * y))
    tab.press("End")
    said = tab.text("#said")
    assert said.endswith("0 * (-1) = 0; df/dy is 0 now")
    assert "−0" not in tab.text("#step")


def test_all_steps_forward_and_back_by_keys_alone(opened, lnexp):
    tab = opened(lnexp)
    passed = steps(lnexp)
    assert tab.text("#place") == "start"
    assert cells(tab, "value") == ["–"] * 7
    said = []
    for number, step in enumerate(passed, 1):
        tab.press("ArrowRight")
        assert tab.text("#place") == f"step {number} of 14"
        said.append(tab.text("#said"))
        if step.phase == "forward":
            assert cells(tab, "value")[number - 1] == format_number(step.value)
    # x, h1 = ln 1, y, h2 = e^3, z, h3, f, and the gradients of these
    assert cells(tab, "value") == ["1", "0", "3", "20.0855", "2", "40.1711", "40.1711"]
    assert cells(tab, "gradient") == ["1", "1", "40.1711", "2", "20.0855", "1", "1"]
    for number in range(len(passed) - 1, 0, -1):
        tab.press("ArrowLeft")
        assert tab.text("#said") == said[number - 1]
    tab.press("ArrowLeft")
    assert cells(tab, "value") == cells(tab, "gradient") == ["–"] * 7


def test_each_step_is_said_as_the_steps_say_it(opened, skip_chain):
    tab = opened(skip_chain)
    passed = steps(skip_chain)
    for number, step in enumerate(passed, 1):
        tab.press(" ")
        said = tab.text("#said")
        assert said.startswith(f"step {number} of {len(passed)}: ")
        words = said.partition(": ")[2].partition("; ")[0]
        assert words.removesuffix(", given") == str(step)
    assert tab.run('document.querySelector("#said").getAttribute("aria-live")') == "polite"


def test_home_end_buttons_and_slider_move_too(opened, lnexp):
    tab = opened(lnexp)
    tab.press("End")
    assert tab.text("#place") == "step 14 of 14"
    tab.press("ArrowRight")
    assert tab.text("#place") == "step 14 of 14"
    tab.press("Home")
    assert tab.text("#place") == "start"
    for move, place in [("end", "step 14 of 14"), ("back", "step 13 of 14"), ("start", "start")]:
        tab.run(f"document.querySelector('[data-move={move}]').click()")
        assert tab.text("#place") == place
    tab.run("slider.value = 6; slider.dispatchEvent(new Event('input'))")
    assert tab.text("#said") == "step 6 of 14: h3 = h2 * z = 20.0855 * 2 = 40.1711"
    assert tab.run("slider.getAttribute('aria-valuetext')") == "step 6 of 14"


def test_the_tab_key_reaches_everything_and_the_focus_can_be_seen(opened, lnexp):
    tab = opened(lnexp)
    reached = []
    for _ in range(10):
        tab.press("Tab")
        reached.append(
            tab.run(
                "(({id, ariaLabel, tagName}) => ariaLabel || id || tagName)(document.activeElement)"
            )
        )
        style = tab.run("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", reached
    assert reached == [
        *("Picture of the graph", "To the start", "One step back", "One step forward"),
        *("To the end", "Step", "x", "y", "z", "reset"),
    ]
    tab.run("document.querySelector('[data-move=forward]').focus()")
    tab.press(" ")  # one press of a button is one step
    tab.press("Enter")
    assert tab.text("#place") == "step 2 of 14"


def test_the_node_and_the_edges_of_a_step_are_highlighted(opened, lnexp):
    tab = opened(lnexp)
    lit = """['now', 'beside'].map((name) => [...document.querySelectorAll(
        `.picture .${name}`)].map(({dataset: {node, edge, operation}}) =>
            node ?? edge ?? `op${operation}`))"""
    tab.run("go(6)")  # h3 = h2 * z: nodes 5, 3 and 4
    now, beside = tab.run(lit)
    assert sorted(set(now)) == ["5", "5.0", "5.1", "op5"]
    assert beside == ["3", "4"]
    tab.run("go(12)")  # h3 sends z its share
    now, beside = tab.run(lit)
    assert sorted(set(now)) == ["4", "5.1", "op5"]
    assert beside == ["5"]
    assert tab.run("document.querySelector('tr.now').dataset.node") == "4"
    assert tab.run("[...document.querySelectorAll('.news')].map((x) => x.textContent)") == [
        *("20.0855", "20.0855"),
    ]


def test_formulas_are_mathml_with_the_numbers_of_the_step(opened):
    x, y = Value(-2.0, label="x"), Value(1.5e-7, label="y")
    root = x**2 * y
    tab = opened(root)
    tab.run("go(2)")
    maths = "[...document.querySelectorAll('.step math')].map((x) => x.textContent)"
    assert tab.run(maths)[:2] == ["v1=x2", "(−2)2"]
    tab.run("go(4)")
    assert tab.run(maths)[1].replace("\u2062", "") == "4⋅(1.5×10−7)"
    assert tab.run("document.querySelector('.step msup').namespaceURI").endswith("MathML")


# ---- live inputs --------------------------------------------------------------------------------


def change(tab, place, number):
    """Type a number into the field of a node."""
    tab.write(f'input[data-node="{place}"]', repr(number))


def test_a_changed_input_changes_every_number_as_in_python(opened, lnexp):
    tab = opened(lnexp)
    assert_agree(tab, lnexp)
    x, y, z = Value(2.5, label="x"), Value(-1.25, label="y"), Value(1e-3, label="z")
    for place, node in [(0, x), (2, y), (4, z)]:
        change(tab, place, node.data)
    root = ln(x) + parse("exp(y)*z")(y=y, z=z)
    assert_agree(tab, root)
    tab.press("Enter")
    tab.run("go(steps.length)")
    root.backward()
    # ln 2.5 + e^-1.25 / 1000; 1 / 2.5; e^-1.25 / 1000; e^-1.25
    assert cells(tab, "value")[-1] == "0.916577"
    assert [cells(tab, "gradient")[place] for place in (0, 2, 4)] == [
        *("0.4", "0.000286505", "0.286505"),
    ]
    tab.run("document.querySelector('#reset').click()")
    assert_agree(tab, lnexp)
    assert tab.run("fields.map((field) => field.value)") == ["1", "3", "2"]


ALL = os.environ.get("CHALKGRAD_TEST_ALL") == "1"


@pytest.mark.parametrize("case", CASES if ALL else CASES[::12], ids=name_of)
def test_published_answers_come_out_of_the_page(opened, case):
    """Every input is changed and changed back, so that the page has computed all numbers itself."""
    f = parse(case["expression"])
    inputs = {name: Value(case["inputs"][name], label=name) for name in f.names}
    root = f(**inputs)
    tab = opened(root)
    order = topological_order(root)
    places = {name: order.index(node) for name, node in inputs.items()}
    for name, place in places.items():
        change(tab, place, inputs[name].data * 1.125 + 0.01)
    for name, place in places.items():
        change(tab, place, inputs[name].data)
    values, _, sent = numbers(tab)
    receivers = tab.run("steps.filter((step) => step.length > 1).map(([node]) => node)")
    gradients = {node: gradient for node, (_, gradient) in zip(receivers, sent, strict=True)}
    assert is_right(values[-1], case["value"])
    for name, gradient in case["gradients"].items():
        assert is_right(gradients[places[name]], gradient), name


def test_every_operation_follows_its_inputs(opened):
    generator = random.Random(7)
    built_in = [operation for operation in OPERATIONS[1:] if not operation.is_own]

    def built(numbers):
        x = [Value(number, label=f"x{place}") for place, number in enumerate(numbers)]
        results = []
        for operation in built_in:
            count = 5 if operation.variadic else operation.arity - len(operation.defaults)
            results.append(FUNCTIONS[operation.name](*x[:count]))
        return FUNCTIONS["mean"](*results)

    root = built([0.6, 0.3, 0.8, 0.5, 0.4])
    tab = opened(root)
    places = [place for place, node in enumerate(topological_order(root)) if not node.op]
    for _ in range(6):
        inputs = [generator.uniform(0.05, 0.95) for _ in places]
        for place, number in zip(places, inputs, strict=True):
            change(tab, place, number)
        expected = built(inputs)
        assert [node.label for node in topological_order(expected) if not node.op] == [
            node.label for node in topological_order(root) if not node.op
        ]
        assert_agree(tab, expected)


def test_an_input_outside_of_a_domain_is_said_at_the_input_and_breaks_nothing(opened):
    x, y = Value(2.0, label="x"), Value(0.5, label="y")
    root = ln(x) / y
    tab = opened(root)
    place = [node.label for node in topological_order(root)].index("x")
    tab.run("go(steps.length)")
    before = cells(tab, "gradient")
    change(tab, place, -1.0)
    assert tab.text(f"#error-{place}") == (
        "ln(x) is defined for x > 0; here x = -1. The numbers are still those for x = 2."
    )
    field = f"document.querySelector('input[data-node=\"{place}\"]')"
    assert tab.run(f"{field}.getAttribute('aria-invalid')") == "true"
    assert tab.run(f"{field}.getAttribute('aria-describedby')") == f"error-{place}"
    assert cells(tab, "gradient") == before
    change(tab, place, 3.0)
    assert tab.text(f"#error-{place}") == ""
    assert tab.run(f"{field}.getAttribute('aria-invalid')") == "false"
    assert_agree(tab, ln(Value(3.0)) / Value(0.5))


@pytest.mark.parametrize(
    ("expression", "name", "number", "words"),
    [
        ("1/x", "x", 0.0, "1 / x is defined for x != 0; here x = 0"),
        ("sqrt(x)", "x", -4.0, "sqrt(x) is defined for x >= 0; here x = -4"),
        ("asin(x)", "x", 1.5, "asin(x) is defined for -1 <= x <= 1; here x = 1.5"),
        ("x**y", "x", -2.0, "x^y is defined for x >= 0 or y % 1 == 0; here x = -2, y = 0.5"),
        ("x**y + x", "x", 0.0, ""),
        ("exp(x)", "x", 1000.0, "exp(x) is too large for a float; here x = 1000"),
        ("x*x", "x", 1e200, "x * x is too large for a float; here x = 1e+200"),
    ],
)
def test_domains_are_those_of_python(opened, expression, name, number, words):
    f = parse(expression)
    inputs = {"x": 0.25, "y": 0.5}
    root = f(**{given: Value(inputs[given], label=given) for given in f.names})
    tab = opened(root)
    place = [node.label for node in topological_order(root)].index(name)
    change(tab, place, number)
    said = tab.text(f"#error-{place}").partition(". The numbers")[0]
    assert said == words
    try:
        f(**{given: Value({**inputs, name: number}[given], label=given) for given in f.names})
    except (ValueError, ArithmeticError) as error:
        reason = str(error).partition(" is ")[2].partition(";")[0]
        assert said.partition(" is ")[2].startswith(f"{reason};")
    else:
        assert words == ""


def test_an_infinite_gradient_is_said_and_shown(opened):
    root = parse("sqrt(x)")(x=Value(4.0, label="x"))
    tab = opened(root)
    assert tab.text("#warning") == ""
    change(tab, 0, 0.0)
    assert tab.text("#warning") == "The gradient of x is inf for these inputs."
    tab.run("go(steps.length)")
    assert cells(tab, "gradient") == ["inf", "1"]


def test_what_is_no_number_is_said_when_the_field_is_left(opened, lnexp):
    tab = opened(lnexp)
    for text in [" ", "abc", "1,5", "1e999", "0x10", "--1", "inf"]:
        tab.run("document.querySelector('#reset').click()")
        tab.write('input[data-node="0"]', text)
        assert tab.text("#error-0") == ""  # the user may be typing still
        tab.press("Tab")
        assert tab.text("#error-0").startswith("Expected a number, such as 0.5 or 1e-3."), text
        assert_agree(tab, lnexp)


def test_a_typographic_minus_is_a_minus(opened, lnexp):
    tab = opened(lnexp)
    tab.write('input[data-node="0"]', "−0.5e0")  # ln(-0.5) is outside of the domain
    assert "here x = -0.5" in tab.text("#error-0")


def test_two_inputs_that_are_only_right_together(opened):
    x, y = Value(1.0, label="x"), Value(3.0, label="y")
    root = ln(x + y)
    tab = opened(root)
    change(tab, 0, -4.0)
    assert "is defined for" in tab.text("#error-0")
    change(tab, 1, 5.0)
    assert tab.text("#error-0") == tab.text("#error-1") == ""
    assert_agree(tab, ln(Value(-4.0) + Value(5.0)))


def test_without_a_spelling_in_javascript_the_page_steps_all_the_same(opened):
    with entered(numpy_sine, "sine(x)") as operation:
        root = make_function(operation)(Value(0.0, label="x")) * 2
        tab = opened(root)
        assert "the rule of numpy_sine calls numpy.sin" in tab.text(".notice")
        assert tab.run("document.querySelector('.inputs')") is None
        for _ in range(10):
            tab.press("ArrowRight")
        assert cells(tab, "gradient") == ["2", "2", "1"]  # 2 cos 0


def test_numbers_are_written_as_python_writes_them(opened, lnexp):
    generator = random.Random(3)
    given = [0.0, -0.0, 1.0, 1e-5, 0.0001, 999999.5, 1e6, 123456.5, 123457.5, 1e16, 5e-324, 1e308]
    given += [0.1, 100000.5, 1234565.0, 1234575.0, 2.5e-7, math.inf, -math.inf, math.nan, 1e-300]
    given += [generator.uniform(-1, 1) * 10 ** generator.uniform(-12, 12) for _ in range(500)]
    tab = opened(lnexp)
    texts = json.dumps([repr(x).replace("inf", "Infinity").replace("nan", "NaN") for x in given])
    assert tab.run(f"{texts}.map((x) => shown(Number(x)))") == [format_number(x) for x in given]


# ---- labels, looks ------------------------------------------------------------------------------


def test_labels_run_no_script(opened):
    label = "</script><img src=x onerror=hacked=1><b onclick='hacked=1'>{{data}}"
    x = Value(-1.0, label=label)
    tab = opened(relu(x) * x, keep={"title": label, "parameters": [x]})
    tab.press("End")
    change(tab, 0, 2.0)
    assert tab.run("typeof hacked") == "undefined"
    assert tab.text("h1") == label
    assert label in tab.text("#said")
    tab.write('input[data-node="0"]', "x")
    tab.press("Enter")
    assert label in tab.text("#error-0")
    assert tab.run("document.querySelectorAll('img, b').length") == 0


def test_no_width_makes_the_page_scroll_sideways(opened, skip_chain):
    tab = opened(skip_chain, calm=True)
    box = "document.querySelector('.box.now').getBoundingClientRect()"
    for width in (320, 360, 768, 1280, 1920):
        tab.resize(width)
        tab.press("Home")
        tab.press("End")
        assert tab.run("document.documentElement.scrollWidth") <= width
        assert tab.run(f"{box}.left") < width  # the node of the step is in sight
        assert tab.run(f"{box}.right") > 0


def test_nor_does_a_label_of_ten_thousand_characters(opened):
    x = Value(1.0, label="long" * 2500)
    tab = opened(x * 2 + x)
    tab.write('input[data-node="0"]', "no number")
    tab.press("Enter")
    for width in (360, 1280):
        tab.resize(width)
        for place in range(6):
            tab.run(f"go({place})")
            assert tab.run("document.documentElement.scrollWidth") <= width


def test_a_leaf_alone_has_two_steps(opened):
    tab = opened(Value(2.5, label="x"))
    tab.press("End")
    assert tab.text("#said") == "step 2 of 2: dx/dx = 1"
    assert (cells(tab, "value"), cells(tab, "gradient")) == (["2.5"], ["1"])


def channels(colour):
    return [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]


def luminance(colour):
    """WCAG 2's relative luminance."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels(colour)]
    return sum(weight * x for weight, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first, second):
    """WCAG 2's contrast of two colours: 1 to 21; text needs 4.5."""
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.draws
def test_light_and_dark_can_be_read(opened, lnexp, dark):
    tab = opened(lnexp, dark=dark, keep={"parameters": ["z"]})
    tab.run("go(12)")

    def style(selector, name):
        return tab.run(f"getComputedStyle(document.querySelector({selector!r})).{name}")

    paper = style("body", "backgroundColor")
    assert (luminance(paper) < 0.1) == dark
    card = style(".steps", "backgroundColor")
    for part, below in [("body", paper), (".keys", paper), (".step h2", card), (".step dt", card)]:
        assert contrast(style(part, "color"), below) >= 4.5, part
    for part in ("input", "parameter", "output", "inner"):
        fill = style(f"svg .{part} path", "fill")
        for text in (".name", ".caption", ".value", ".gradient"):
            assert contrast(style(f"svg .{part} {text}", "fill"), fill) >= 4.5, (part, text)
    assert (
        contrast(style("svg .operation text", "fill"), style("svg .operation path", "fill")) > 4.5
    )
    assert contrast(style("svg .derivative text", "fill"), paper) >= 4.5


def test_who_wants_no_motion_gets_none(opened, lnexp):
    moving = "getComputedStyle(document.querySelector('svg .box')).transitionDuration"
    assert opened(lnexp).run(moving) == "0.2s"
    assert opened(lnexp, calm=True).run(moving) == "0s"


def test_in_print_there_are_no_controls(opened, lnexp):
    tab = opened(lnexp)
    tab.press("End")
    tab.call("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector('.controls button')).display"
    assert tab.run(shown) == "none"
    assert tab.run("getComputedStyle(document.querySelector('.table')).display") != "none"
    assert tab.printed().startswith(b"%PDF")


def test_without_scripts_the_page_holds_the_last_numbers(opened, lnexp):
    tab = opened(lnexp, scripts=False)
    tree = tab.call("Accessibility.getFullAXTree")["nodes"]
    words = [node["name"]["value"] for node in tree if "name" in node and "value" in node["name"]]
    assert any("JavaScript, which is switched off here" in word for word in words)
    assert words.count("40.1711") >= 3  # the values of h3 and f, the gradient of y


def test_a_dot_of_many_operands_is_live(opened):
    w = [Value(0.5 * i, label=f"w{i}") for i in range(4)]
    x = [Value(1.0 - i, label=f"x{i}") for i in range(4)]
    root = softmax([dot(w, x), w[0], x[3]])[1]
    tab = opened(root)
    order = topological_order(root)
    change(tab, order.index(w[2]), -0.75)
    changed = [Value(-0.75) if node is w[2] else node for node in w]
    assert_agree(tab, softmax([dot(changed, x), w[0], x[3]])[1])

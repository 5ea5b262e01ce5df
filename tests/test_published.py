"""Every published case, as text through `parse` and as Python through the operators."""

import pytest

import autograd
from autograd import Value, derivative, gradients, hessian, parse
from autograd.functions import FUNCTIONS
from autograd.graph import topological_order
from tests.published import CASES, WITH_DEFINITIONS, is_right, lets, name_of

NAMES = {**FUNCTIONS, "pi": 3.141592653589793}


def inputs_of(case):
    return {name: Value(number, label=name) for name, number in case["inputs"].items()}


def check(case, root, inputs):
    root.backward()
    assert is_right(root.data, case["value"])
    for name, right in case["gradients"].items():
        assert is_right(inputs[name].grad, right), name


def test_there_are_69_cases_and_each_says_something():
    assert len(CASES) == 69
    assert all(case["gradients"] for case in CASES)
    assert sum(len(case["adjoints"]) for case in WITH_DEFINITIONS) > 200


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_expression_through_parse(case):
    inputs = inputs_of(case)
    f = parse(case["expression"])
    check(case, f(**{name: inputs[name] for name in f.names}), inputs)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_expression_through_the_operators(case):
    inputs = inputs_of(case)
    root = eval(case["expression"], dict(NAMES), inputs)  # Python's own operators on Values
    check(case, root, inputs)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_expression_on_plain_numbers_is_a_float(case):
    f = parse(case["expression"])
    value = f(**{name: case["inputs"][name] for name in f.names})
    assert type(value) is float
    assert is_right(value, case["value"])


@pytest.mark.parametrize("case", WITH_DEFINITIONS, ids=name_of)
def test_definitions_through_parse(case):
    inputs = inputs_of(case)
    f = parse(lets(case))
    root = f(**{name: inputs[name] for name in f.names})
    check(case, root, inputs)
    nodes = {node.label: node for node in topological_order(root)}
    for name, _ in case["definitions"]:
        assert is_right(nodes[name].data, case["intermediates"][name]), name
    for name, right in case["adjoints"].items():
        assert is_right(nodes[name].grad, right), name


@pytest.mark.parametrize("case", WITH_DEFINITIONS, ids=name_of)
def test_definitions_through_the_operators(case):
    inputs = inputs_of(case)
    nodes = dict(inputs)
    for name, text in case["definitions"]:
        nodes[name] = eval(text, dict(NAMES), nodes)
    check(case, eval(case["result"], dict(NAMES), nodes), inputs)
    for name, right in case["adjoints"].items():
        assert is_right(nodes[name].grad, right), name


AFTER_A_STEP = [case for case in CASES if "after_step:value" in case.get("intermediates", {})]


@pytest.mark.parametrize("case", AFTER_A_STEP, ids=name_of)
def test_one_step_along_the_gradient_gives_the_published_inputs_and_value(case):
    after = {
        name.removeprefix("after_step:"): right
        for name, right in case["intermediates"].items()
        if name.startswith("after_step:")
    }
    moved = [name for name in case["inputs"] if name in after]
    inputs = inputs_of(case)
    f = parse(case["expression"])
    f(**{name: inputs[name] for name in f.names}).backward()
    first = moved[0]
    step = (after[first] - inputs[first].data) / inputs[first].grad
    assert round(step, 6) in (0.01, -0.5, -0.001)  # the steps that the sources state
    for name in moved:
        inputs[name].data += round(step, 6) * inputs[name].grad
        assert is_right(inputs[name].data, after[name]), name
    assert is_right(f(**{name: inputs[name] for name in f.names}).data, after["value"])


def second_derivatives(case):
    """The published second derivatives: (first name, second name, number)."""
    published = case.get("intermediates", {})
    names = case["inputs"]
    pairs = [(x, y, f"d2/d{x}d{y}") for x in names for y in names]
    return [(x, y, published[key]) for x, y, key in pairs if key in published]


WITH_SECOND_DERIVATIVES = [case for case in CASES if second_derivatives(case)]


def test_every_published_second_derivative_is_tested():
    written = [key for case in CASES for key in case.get("intermediates", {}) if "d2/" in key]
    assert len(written) == sum(map(len, map(second_derivatives, CASES))) == 9


@pytest.mark.parametrize("case", WITH_SECOND_DERIVATIVES, ids=name_of)
def test_second_derivatives_through_hessian(case):
    f = parse(case["expression"])
    names = list(case["inputs"])
    matrix = hessian(f, names)(**case["inputs"])
    for x, y, right in second_derivatives(case):
        assert is_right(matrix[names.index(x)][names.index(y)], right), (x, y)
        assert is_right(matrix[names.index(y)][names.index(x)], right), (y, x)


@pytest.mark.parametrize("case", WITH_SECOND_DERIVATIVES, ids=name_of)
def test_second_derivatives_through_gradients(case):
    inputs = inputs_of(case)
    root = parse(case["expression"])(**inputs)
    for x, y, right in second_derivatives(case):
        (first,) = gradients(root, inputs[x])
        assert is_right(gradients(first, inputs[y])[0].data, right), (x, y)


OF_ONE_INPUT = [case for case in WITH_SECOND_DERIVATIVES if len(case["inputs"]) == 1]


@pytest.mark.parametrize("case", OF_ONE_INPUT, ids=name_of)
def test_derivatives_of_one_input_through_derivative(case):
    f = parse(case["expression"])
    ((name, point),) = case["inputs"].items()
    assert is_right(derivative(f)(point), case["gradients"][name])
    assert is_right(derivative(f, 2)(point), second_derivatives(case)[0][2])
    if "third" in case["published"]:
        assert is_right(derivative(f, 3)(point), float(case["published"]["third"]))


def test_the_engine_under_test_is_the_one_in_this_checkout():
    from pathlib import Path

    assert Path(autograd.__file__).parent.parent == Path(__file__).parent.parent

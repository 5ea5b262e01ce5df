"""PyTorch as judge: values, gradients and second derivatives of random graphs.

Where a derivative does not exist, both sides follow a convention, and are asked for the same one:
relu'(0) = 0, |x|'(0) = 0, ties of max and min are shared, clip' is 1 at a border, leaky_relu'(0) is
the slope, elu''(0) is that of the left side.

Three kinds of graphs are not compared. In steep ones (a local derivative above 300, or a node whose
rounding the result shows 10,000 times as large) the rounding of values moves the derivatives. Where
operands come within 1e-9 of a kink, but not onto it, rounding decides the branch. And of 0 * inf we
make nan, and report it, where PyTorch's relu, x**0 and where pass on a 0 unmultiplied.
"""

import math
import os
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, derivative, gradients, hvp, ieee, jvp, topological_order
from autograd.registry import BY_NAME

with warnings.catch_warnings():  # PyTorch's own import may warn; that is not ours to judge
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: `pip install torch`")
    from torch.nn import functional as torch_functions

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
GRAPHS = settings(
    max_examples=2000 if LONG else 200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
LARGEST = 1e3  # no node of a graph is larger
STEEPEST = 300.0  # nor does one change faster
STEEPEST_PATHS = 1e4


def normal_cdf(x):
    return torch.special.erfc(-x / math.sqrt(2)) / 2


#: Each function that both have: how many operands it takes, and how it is written in either.
PAIRS = {
    "add": (2, lambda x, y: x + y, lambda x, y: x + y),
    "sub": (2, lambda x, y: x - y, lambda x, y: x - y),
    "mul": (2, lambda x, y: x * y, lambda x, y: x * y),
    "div": (2, lambda x, y: x / y, lambda x, y: x / y),
    "pow": (2, lambda x, y: x**y, torch.pow),
    "square": (1, lambda x: x**2, lambda x: x**2),
    "cube": (1, lambda x: x**3, lambda x: x**3),
    "inverse": (1, lambda x: x**-1, lambda x: x**-1),
    "power of 2": (1, lambda x: 2**x, lambda x: 2**x),
    "power 0": (1, lambda x: x**0, lambda x: x**0),
    "neg": (1, lambda x: -x, lambda x: -x),
    "absolute": (1, abs, torch.abs),
    "exp": (1, ag.exp, torch.exp),
    "expm1": (1, ag.expm1, torch.expm1),
    "ln": (1, ag.ln, torch.log),
    "log2": (1, ag.log2, torch.log2),
    "log10": (1, ag.log10, torch.log10),
    "log1p": (1, ag.log1p, torch.log1p),
    "sqrt": (1, ag.sqrt, torch.sqrt),
    "sin": (1, ag.sin, torch.sin),
    "cos": (1, ag.cos, torch.cos),
    "tan": (1, ag.tan, torch.tan),
    "asin": (1, ag.asin, torch.asin),
    "acos": (1, ag.acos, torch.acos),
    "atan": (1, ag.atan, torch.atan),
    "sinh": (1, ag.sinh, torch.sinh),
    "cosh": (1, ag.cosh, torch.cosh),
    "tanh": (1, ag.tanh, torch.tanh),
    "sigmoid": (1, ag.sigmoid, torch.sigmoid),
    "relu": (1, ag.relu, torch.relu),
    "leaky_relu": (
        1,
        lambda x: ag.leaky_relu(x, 0.2, derivative_at_zero=0.2),
        lambda x: torch_functions.leaky_relu(x, 0.2),
    ),
    "elu": (
        1,
        lambda x: ag.elu(x, 1.5),
        lambda x: torch.where(x > 0, x, 1.5 * torch.expm1(torch.clamp(x, max=0.0))),
    ),
    "softplus": (1, ag.softplus, lambda x: torch_functions.softplus(x, threshold=700.0)),
    "silu": (1, ag.silu, torch_functions.silu),
    "swish": (2, ag.swish, lambda x, beta: x * torch.sigmoid(beta * x)),
    # (PyTorch's own ndtr and gelu cancel where 1 + erf(x) is near 0. They are asked below.)
    "gelu": (1, ag.gelu, lambda x: x * normal_cdf(x)),
    "gelu_tanh": (
        1,
        ag.gelu_tanh,
        lambda x: x * torch.sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)),
    ),
    "erf": (1, ag.erf, torch.erf),
    "normal_cdf": (1, ag.normal_cdf, normal_cdf),
    "normal_pdf": (
        1,
        ag.normal_pdf,
        lambda x: torch.exp(torch.distributions.Normal(0.0, 1.0).log_prob(x)),
    ),
    "maximum": (2, ag.maximum, torch.maximum),
    "minimum": (2, ag.minimum, torch.minimum),
    "clip": (1, lambda x: ag.clip(x, -1, 1), lambda x: torch.clamp(x, -1, 1)),
    "where": (3, ag.where, lambda c, x, y: torch.where(c != 0, x, y)),
    "total": (0, ag.total, lambda xs: torch.stack(xs).sum()),
    "mean": (0, ag.mean, lambda xs: torch.stack(xs).mean()),
    "dot": (
        0,
        lambda xs: ag.dot(xs, xs[::-1], bias=xs[0]),
        lambda xs: torch.stack(xs) @ torch.stack(xs[::-1]) + xs[0],
    ),
    "logsumexp": (0, ag.logsumexp, lambda xs: torch.logsumexp(torch.stack(xs), 0)),
    "softmax": (0, lambda xs: ag.softmax(xs)[-1], lambda xs: torch.softmax(torch.stack(xs), 0)[-1]),
    "log_softmax": (
        0,
        lambda xs: ag.log_softmax(xs)[-1],
        lambda xs: torch.log_softmax(torch.stack(xs), 0)[-1],
    ),
}
OURS, TORCHS = 1, 2


def test_every_public_function_of_the_table_is_judged():
    public = {BY_NAME[name].name for name in ag.functions.__all__ if name in BY_NAME}
    assert public <= set(PAIRS)


def applied(side, name, operands):
    """A function of the table, of these operands, as either side writes it."""
    function = PAIRS[name][side]
    return function(operands) if PAIRS[name][0] == 0 else function(*operands)


KINKS = ["absolute", "relu", "leaky_relu", "elu", "maximum", "minimum", "clip", "where"]


def is_close_call(name, numbers):
    """Whether operands lie so near to a kink that rounding decides on which side of it."""
    if name not in KINKS:
        return False
    x = numbers[0]
    distance = abs(x) - 1.0 if name == "clip" else x
    if name in ("maximum", "minimum"):
        distance = x - numbers[1]
    return 0.0 < abs(distance) < 1e-9


@st.composite
def programs(draw):
    """Leaves (whether it is a variable, its number), and operations on earlier places.

    The first operand is the result before. An operation that leaves its domain, or gives a large
    number, is left out.
    """
    numbers = st.floats(-3, 3).map(lambda x: round(x, 3)) | st.sampled_from([0.0, 1.0, -1.0, 0.5])
    count = draw(st.integers(1, 4))
    leaves = [(draw(st.integers(0, 3)) > 0, draw(numbers)) for _ in range(count - 1)]
    leaves.append((True, draw(numbers)))
    theirs = [torch.tensor(number, dtype=torch.float64) for _, number in leaves]
    ours = [number for _, number in leaves]
    operations = []
    for _ in range(draw(st.integers(3, 16))):
        name = draw(st.sampled_from(sorted(PAIRS)))
        arity = PAIRS[name][0] or draw(st.integers(1, 5))
        latest = len(ours) - 1  # so that nearly all of a program is under its result
        operands = [latest, *[draw(st.integers(0, latest)) for _ in range(arity - 1)]]
        if name == "pow" and ours[operands[1]] == 0.0:
            continue  # d/dx dy of x^y is 1/x at y = 0, which PyTorch takes for 0
        if is_close_call(name, [ours[i] for i in operands]):
            continue
        if is_close_call(name, [theirs[i].item() for i in operands]):
            continue
        result = applied(TORCHS, name, [theirs[i] for i in operands])
        if abs(result.item()) <= LARGEST:
            theirs.append(result)
            with ieee():
                ours.append(applied(OURS, name, [ours[i] for i in operands]))
            operations.append((name, operands))
    return leaves, operations


def variables_of(side, program):
    """The variables of a program, leaves for either side."""
    numbers = [number for is_variable, number in program[0] if is_variable]
    if side == OURS:
        return [Value(number) for number in numbers]
    return [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]


def result_of(side, program, variables):
    """What a program makes of its variables."""
    leaves, operations = program
    given = iter(variables)
    constant = float if side == OURS else lambda x: torch.tensor(x, dtype=torch.float64)
    places = [next(given) if is_variable else constant(number) for is_variable, number in leaves]
    for name, operands in operations:
        places.append(applied(side, name, [places[i] for i in operands]))
    return places[-1]


def run(side, program):
    """(the variables, the result) of a program."""
    variables = variables_of(side, program)
    return variables, result_of(side, program, variables)


def torch_gradients(result, variables, create_graph=False):
    """PyTorch's gradients; 0 for what the result does not depend on."""
    if not result.requires_grad:
        return [torch.zeros((), dtype=torch.float64) for _ in variables]
    return torch.autograd.grad(
        result, variables, create_graph=create_graph, allow_unused=True, materialize_grads=True
    )


def sizes(root, variables):
    """For each variable the largest summand of its gradient, everything taken as positive."""
    upstream = {root: 1.0}
    largest = {}
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            summand = upstream.get(node, 0.0) * abs(local)
            upstream[parent] = upstream.get(parent, 0.0) + summand
            largest[parent] = max(largest.get(parent, 0.0), summand)
    return [largest.get(variable, 0.0) for variable in variables]


def assert_right(ours, right, sizes):
    exactly = [tensor.item() for tensor in right]
    for number, exact, size in zip(ours, exactly, sizes, strict=True):
        assert abs(number - exact) <= 1e-10 * max(1.0, abs(exact), size), (number, exact, size)


def is_gentle(root):
    """Whether a graph is steep nowhere, neither at one node nor along its paths."""
    order = topological_order(root)
    upstream = {root: 1.0}
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            if not abs(local) <= STEEPEST:
                return False
            upstream[parent] = upstream.get(parent, 0.0) + upstream[node] * abs(local)
    return max(upstream.values()) <= STEEPEST_PATHS


WEIGHTS = [1.0, -0.5, 0.75, 2.0]  # of the variables, in the direction of the second derivative


def weighted(items):
    """The sum of the items, each with its weight."""
    return sum(weight * item for weight, item in zip(WEIGHTS, items, strict=False))


@GRAPHS
@given(programs())
def test_values_and_gradients(program):
    torch_variables, torch_result = run(TORCHS, program)
    right = torch_gradients(torch_result, torch_variables)
    with ieee():
        variables, result = run(OURS, program)
        assert_right([result.data], [torch_result], [0.0])
        if not is_gentle(result):
            return
        result.backward()
        summands = sizes(result, variables)
        assert_right([variable.grad for variable in variables], right, summands)
        written_down = gradients(result, variables)
        assert_right([gradient.data for gradient in written_down], right, summands)


@GRAPHS
@given(programs())
def test_second_derivatives_along_a_direction(program):
    torch_variables, torch_result = run(TORCHS, program)
    torch_first = torch_gradients(torch_result, torch_variables, create_graph=True)
    right = torch_gradients(weighted(torch_first), torch_variables)
    if not all(math.isfinite(tensor.item()) for tensor in right):  # 0**0 has no second derivative
        return
    with ieee():
        variables, result = run(OURS, program)
        if not is_gentle(result):
            return
        along = weighted(gradients(result, variables))
        if not is_gentle(along):
            return
        second = gradients(along, variables)
        summands = sizes(along, variables)
        assert_right([gradient.data for gradient in second], right, summands)


@GRAPHS
@given(programs())
def test_forward_mode_and_forward_over_reverse_mode(program):
    torch_variables, torch_result = run(TORCHS, program)
    torch_slope = weighted(torch_gradients(torch_result, torch_variables, create_graph=True))
    torch_second = torch_gradients(torch_slope, torch_variables)
    if not all(math.isfinite(tensor.item()) for tensor in torch_second):
        return

    def f(*variables):
        return result_of(OURS, program, variables)

    points = [number for is_variable, number in program[0] if is_variable]
    direction = WEIGHTS[: len(points)]
    with ieee():
        variables, result = run(OURS, program)
        first = gradients(result, variables)
        if not (is_gentle(result) and is_gentle(weighted(first))):
            return
        value, slope = jvp(f, points, direction)
        assert_right(
            [value, slope], [torch_result, torch_slope], [0.0, sum(sizes(result, variables))]
        )
        second = hvp(f, points, direction)
        assert_right(second, torch_second, sizes(weighted(first), variables))


@pytest.mark.parametrize("name", [*KINKS, "pow", "power 0", "square", "cube"])
@pytest.mark.parametrize("point", [0.0, 1.0, -1.0])
def test_conventions_where_there_is_no_derivative(name, point):
    count = PAIRS[name][0]
    ours = [Value(point) for _ in range(count)]
    theirs = [torch.tensor(point, dtype=torch.float64, requires_grad=True) for _ in range(count)]
    with ieee():
        applied(OURS, name, ours).backward()
    right = torch_gradients(applied(TORCHS, name, theirs), theirs)
    for node, tensor in zip(ours, right, strict=True):
        exact = tensor.item()
        assert node.grad == exact or (math.isnan(node.grad) and math.isnan(exact))


@pytest.mark.parametrize("point", [-4.0, -1.0, -0.1, 0.0, 0.5, 3.0])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (ag.gelu, torch_functions.gelu),
        (ag.gelu_tanh, lambda x: torch_functions.gelu(x, approximate="tanh")),
        (ag.normal_cdf, torch.special.ndtr),
        (lambda x: ag.elu(x, 1.5), lambda x: torch_functions.elu(x, 1.5)),
    ],
    ids=["gelu", "gelu_tanh", "normal_cdf", "elu"],
)
def test_functions_that_were_written_out_above(ours, theirs, point):
    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    right = theirs(x)
    (first,) = torch_gradients(right, [x])
    assert_right([ours(point), derivative(ours)(point)], [right, first], [0.0, 0.0])

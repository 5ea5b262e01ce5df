"""Programs as C: compiled, they give what the replay gives."""

import ctypes
import math
import shutil
import subprocess

import pytest

from autograd import (
    Value,
    clip,
    compile,
    define,
    dot,
    leaky_relu,
    ln,
    logsumexp,
    mean,
    relu,
    sigmoid,
    softmax,
    tanh,
)

COMPILER = shutil.which("cc") or shutil.which("gcc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler on PATH")

W = [[Value(math.sin(7 * i + 3 * j)) for j in range(5)] for i in range(6)]
B = [Value(math.cos(i)) for i in range(6)]


def layers(xs):
    hidden = [tanh(dot(row, xs, bias=bias)) for row, bias in zip(W, B, strict=True)]
    return sum([relu(h) * x for h, x in zip(hidden, xs, strict=False)], 1.0)


def everything(xs):
    a, b, c, d, e = xs
    parts = softmax([a, b, c])[1] * logsumexp([d, e]) + mean([a, b, e])
    return parts + clip(a * b, -0.5, 0.5) - leaky_relu(c, 0.1) / sigmoid(d) + (a - e) ** 3


def squares(xs):
    return sum([(x - 1) * (x - 1) for x in xs]) + sum([-tanh(x) for x in xs])


def branch(xs):
    return xs[0] * 2 if xs[0] > 0 else xs[1] * 3


def built(fast, folder, name):
    """The C function, as a Python function of inputs and parameters."""
    fast.to_c(folder / "f.c", name)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off", "-shared"]
    command = [COMPILER, *flags, "-fPIC", "-o", "f.so", "f.c", "-lm"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    function = getattr(ctypes.CDLL(str(folder / "f.so")), name)
    function.restype = ctypes.c_double

    def call(inputs, parameters):
        numbers = [(ctypes.c_double * len(given))(*given) for given in (inputs, parameters)]
        gradients = [(ctypes.c_double * len(given))() for given in (inputs, parameters)]
        value = function(*numbers, *gradients)
        assert function(*numbers, None, None) == value or math.isnan(value)
        return value, [list(part) for part in gradients]

    return call


@needs_compiler
@pytest.mark.parametrize("function", [layers, everything, squares])
@pytest.mark.parametrize("optimize", [True, False])
def test_value_and_gradients_agree(function, optimize, tmp_path):
    fast = compile(function, optimize=optimize)
    xs = [0.3, -0.4, 0.9, 0.2, -0.7]
    value, (slopes,) = fast.value_and_grad(xs)
    parameters = fast.last_program().parameters
    for node in parameters:
        node.grad = 0.0
    fast.backward(xs)
    in_c = built(fast, tmp_path, "loss")
    result, (by_inputs, by_parameters) = in_c(xs, [node.data for node in parameters])
    assert result == pytest.approx(value, rel=1e-14)
    assert by_inputs == pytest.approx(slopes, rel=1e-13, abs=1e-15)
    assert by_parameters == pytest.approx([node.grad for node in parameters], rel=1e-13)


@needs_compiler
def test_the_other_side_of_a_branch_is_no_number(tmp_path):
    fast = compile(branch)
    assert fast([1.5, 2.0]) == 3.0
    in_c = built(fast, tmp_path, "branch")
    assert in_c([2.5, 0.0], []) == (5.0, [[2.0, 0.0], []])
    assert math.isnan(in_c([-1.0, 0.0], [])[0])


def test_what_cannot_be_said_is_refused_by_name(tmp_path):
    @define("x ** 3")
    def cube_by_table(x):
        return float({1.0: 1.0}.get(x, x**3)), 3 * x * x

    fast = compile(lambda x: cube_by_table(x))
    fast(1.0)
    with pytest.raises(ValueError, match="cube_by_table"):
        fast.to_c(tmp_path / "f.c")
    two = compile(lambda x: [x, x])
    two(1.0)
    with pytest.raises(ValueError, match="one result"):
        two.to_c(tmp_path / "f.c")
    one = compile(lambda x: ln(x))
    one(1.0)
    with pytest.raises(ValueError, match="'a b' is no name of a C function"):
        one.to_c(tmp_path / "f.c", "a b")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        one.to_c(tmp_path / "missing" / "f.c")
    assert list(tmp_path.iterdir()) == []

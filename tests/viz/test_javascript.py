"""JavaScript of the rules, run by Node.js or by V8 in a wheel, where one of them is there."""

import importlib.util
import itertools
import math
import re
import shutil
import subprocess

import numpy
import pytest

from autograd.registry import entry
from tests.autograd.test_c_source import (
    BUILT_IN,
    NUMBERS,
    ROWS,
    bent,
    by_rule,
    numpy_sine,
    weighted,
)
from tests.own_operations import entered
from viz.javascript import RUNTIME, js_function, js_prelude

NODE = shutil.which("node")
MINI_RACER = importlib.util.find_spec("py_mini_racer")
needs_engine = pytest.mark.skipif(
    not (NODE or MINI_RACER),
    reason="no JavaScript: neither a node program nor the mini-racer package",
)


def run(script):
    """The numbers that a JavaScript function body returns."""
    program = f"(() => {{ {script} }})().map(String).join(' ')"
    if NODE:
        ran = subprocess.run(
            [NODE, "-"],
            input=f"console.log({program})",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        written = ran.stdout
    else:
        written = importlib.import_module("py_mini_racer").MiniRacer().eval(program)
    return [float(word.replace("Infinity", "inf")) for word in written.split()]


def literal(number):
    """A number as JavaScript writes it."""
    return repr(number).replace("inf", "Infinity").replace("nan", "NaN")


def in_javascript(operations_and_points):
    """Value and local derivatives of each operation at each point, one after the other."""
    operations = list(dict.fromkeys(operation for operation, _ in operations_and_points))
    lines = [js_prelude(operations), *map(js_function, operations), "const all = []; let d;"]
    for operation, numbers in operations_and_points:
        given = ", ".join(map(literal, numbers))
        if operation.variadic:
            given = f"[{given}], {len(numbers)}"
        lines += ["d = [];", f"all.push(chalkgrad_{operation.name}({given}, d), ...d);"]
    return run("\n".join([*lines, "return all;"]))


@needs_engine
def test_javascript_computes_what_the_rules_compute():
    cases = []
    for operation in BUILT_IN:
        few = NUMBERS[::3] if operation.arity > 2 else NUMBERS
        points = ROWS if operation.variadic else itertools.product(few, repeat=operation.arity)
        cases += [(operation, list(point)) for point in points]
    found = in_javascript(cases)
    for operation, numbers in cases:
        expected = by_rule(operation, numbers)
        results, found = found[: len(expected)], found[len(expected) :]
        words = f"{operation.name} at {numbers}"
        numpy.testing.assert_allclose(results, expected, rtol=1e-12, atol=1e-305, err_msg=words)
    assert not found


@needs_engine
@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_the_error_functions_agree_with_those_of_c(name):
    points = [x / 64 for x in range(-64 * 7, 64 * 27)] + [1e-300, -1e-300, 0.84375, 1.25, 27.2]
    points += [math.inf, -math.inf, 1 / 0.35, 5.9999, 6.0]
    found = run(f"{RUNTIME[name]} return [{', '.join(map(literal, points))}].map(math_{name});")
    expected = [getattr(math, name)(x) for x in points]
    numpy.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-307)


@needs_engine
def test_powers_are_those_of_c():
    pairs = [(1.0, math.nan), (-1.0, math.inf), (-1.0, -math.inf), (math.nan, 0.0), (2.0, -1.0)]
    text = ", ".join([f"math_pow({literal(x)}, {literal(y)})" for x, y in pairs])
    assert run(f"{RUNTIME['pow']} return [{text}];") == [math.pow(x, y) for x, y in pairs]


@needs_engine
def test_a_sign_is_copied_from_minus_zero_too():
    text = "math_copysign(3, -0), math_copysign(-3, 0), math_copysign(3, -Infinity)"
    assert run(f"{RUNTIME['copysign']} return [{text}];") == [-3, 3, -3]


@needs_engine
def test_a_users_rules_run_too():
    with entered(bent) as first, entered(weighted, variadic=True) as second:
        cases = [(first, [x, 1.0, 2.0]) for x in (-3.0, -1.5, 0.0, 0.7)]
        cases += [(second, [1.0, 2.0, 5.0]), (second, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])]
        expected = [by_rule(*case) for case in cases]
        numpy.testing.assert_allclose(in_javascript(cases), numpy.concatenate(expected), rtol=1e-15)


def test_what_is_outside_of_the_subset_is_refused_by_name():
    words = "the rule of numpy_sine calls numpy.sin, which has no JavaScript spelling"
    with entered(numpy_sine) as operation, pytest.raises(ValueError, match=re.escape(words)):
        js_function(operation)


def test_a_function_in_full():
    assert js_function(entry("relu")) == (
        "function chalkgrad_relu(x, d) {\n"
        "    d[0] = x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : x;\n"
        "    return x > 0.0 ? x : x <= 0.0 ? 0.0 : x;\n"
        "}"
    )


def test_the_prelude_holds_what_is_needed_and_no_more():
    assert js_prelude([entry("mul"), entry("exp")]) == ""
    assert js_prelude([entry("erf")]).count("function math_erf(") == 1
    assert "math_erf" not in js_prelude([entry("pow")])

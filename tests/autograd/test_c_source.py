"""C sources of the rules: the same bits as the rules, and refusals that name what is refused."""

import ctypes
import itertools
import math
import re
import shutil
import struct
import subprocess
import sys
from types import SimpleNamespace

import numpy
import pytest

from autograd import Value, ieee
from autograd.c_source import c_function, c_prelude
from autograd.evaluation import evaluate
from autograd.functions import FUNCTIONS
from autograd.registry import OPERATIONS, entry
from tests.own_operations import entered

COMPILER = shutil.which("cc") or shutil.which("gcc")
BUILT_IN = [operation for operation in OPERATIONS[1:] if not operation.is_own]
NUMBERS = [0.0, -0.0, 0.3, -0.7, 1.0, -1.0, 2.0, -3.7, 30.5, -41.0, 745.2, -745.2, 1e-310, -1e200]
NUMBERS += [math.inf, -math.inf, math.nan]
ROWS = [[2.0], [1.0, -1.0], [0.5, 3.0, -2.0], [-1.0, -1.0, 700.0, 1e-3], [1e300, 2.0, 1e300, 3.0]]
ROWS += [[-1000.0, 1000.0, 999.5, 0.1, 7.0]]

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler on PATH")


def source(operations):
    """A C file of these operations, whose functions can be called from outside."""
    functions = "\n\n".join([c_function(operation) for operation in operations])
    exported = functions.replace("static double chalkgrad_", "double chalkgrad_")
    return f"{c_prelude(operations)}\n\n{exported}\n"


def compiled(operations, folder):
    """The functions of these operations, compiled."""
    folder.joinpath("rules.c").write_text(source(operations), encoding="utf-8")
    flags = ["-std=c99", "-O2", "-ffp-contract=off", "-shared", "-fPIC"]
    command = [COMPILER, *flags, "-o", "rules.so", "rules.c", "-lm"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    return ctypes.CDLL(str(folder / "rules.so"))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compiled(BUILT_IN, tmp_path_factory.mktemp("c"))


def in_c(library, operation, numbers):
    """Value and local derivatives from C."""
    function = getattr(library, f"chalkgrad_{operation.name}")
    function.restype = ctypes.c_double
    derivatives = (ctypes.c_double * len(numbers))()
    if operation.variadic:
        given = [(ctypes.c_double * len(numbers))(*numbers), len(numbers)]
    else:
        given = [ctypes.c_double(number) for number in numbers]
    return [function(*given, derivatives), *derivatives]


def by_rule(operation, numbers):
    """Value and local derivatives from the rule itself."""
    if not operation.variadic:
        return [float(number) for number in evaluate(operation.code, numbers)]
    if operation.is_own:
        row = SimpleNamespace(count=len(numbers), numbers=numbers, derivatives=[0.0] * len(numbers))
        return [operation.rule(row), *row.derivatives]
    with ieee():
        node = FUNCTIONS[operation.name](*map(Value, numbers))
    return [node.data, *node.local_derivatives]


def bits(numbers):
    """The numbers' bits; every nan is the same."""
    return [struct.pack("d", math.nan if math.isnan(x) else x).hex() for x in numbers]


@needs_compiler
@pytest.mark.parametrize("operation", BUILT_IN, ids=lambda operation: operation.name)
def test_c_computes_the_same_bits_as_the_rule(library, operation):
    few = NUMBERS[::2] if operation.arity > 2 else NUMBERS
    points = ROWS if operation.variadic else itertools.product(few, repeat=operation.arity)
    own_erf = sys.version_info < (3, 11)  # Python 3.10 had an erf of its own
    for numbers in points:
        expected, found = by_rule(operation, list(numbers)), in_c(library, operation, numbers)
        if own_erf and re.search("erf|gelu|normal", operation.name):
            numpy.testing.assert_allclose(found, expected, rtol=1e-13)
        else:
            assert bits(found) == bits(expected), numbers


def test_a_function_of_c_in_full():
    assert c_function(entry("maximum")) == (
        "static double chalkgrad_maximum(double x, double y, double *d) {\n"
        "    d[0] = x > y ? 1.0 : y > x ? 0.0 : x == y ? 0.5 : x + y;\n"
        "    d[1] = x > y ? 0.0 : y > x ? 1.0 : x == y ? 0.5 : x + y;\n"
        "    return x > y ? x : y > x ? y : x == y ? x : x + y;\n"
        "}"
    )


def test_every_function_stands_after_those_that_it_calls():
    text = c_prelude(BUILT_IN)
    names = re.findall(r"^static double (\w+)\(", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 5
    for i, name in enumerate(names):
        body = text.partition(f"static double {name}(")[2].partition("\n}")[0]
        called = set(re.findall(r"autograd_precise_\w+", body))
        assert called <= set(names[:i])


SCALE = 3
HALVES = (1, 2)


def halved(x, by=2):
    return x / by


def twice(x):
    return abs(x) + halved(x, 4) * SCALE


def deep(x):
    return deep(x)


def bent(x, /, α, d):
    """A rule with all that the subset has: `if`, several names at once, a name that C keeps."""
    double, int_ = 1 / 2, math.pi
    if x > 0 and not (α < 0 or d == 1):
        double += x
    elif -2 <= x <= -1:
        return twice(x), α**2, -math.inf, math.e
    return (double * int_ if x else -double), (-α) ** d, α - (x - d), 2 * (1 if α > x > d else 0)


def weighted(row):
    """The numbers times their places, backwards; each place is kept for the next turn."""
    out = 0
    kept = SCALE
    middle = row.count // 2
    for place in range(middle, row.count - 1):
        row.derivatives[place] = (place + 1) * 2 / row.count + kept
        kept = place
        out = out + row.numbers[row.count - (place + 1)] * (place - middle)
    for place in range(middle):
        row.derivatives[place] = out if place == 0 or place >= middle - 1 else 0
    row.derivatives[row.count - 1] = -1
    return out


@needs_compiler
def test_a_users_rule_computes_the_same_bits(tmp_path):
    def factor(x):
        return 0.1 * x

    def inner(x):
        return factor(x) + x, 0.1

    with (
        entered(bent) as first,
        entered(weighted, variadic=True) as second,
        entered(inner) as third,
    ):
        library = compiled([first, second, third], tmp_path)
        for numbers in itertools.product([-2.0, -1.5, -0.7, 0.0, 0.3, 1.0, 2.0], repeat=3):
            if numbers[1] != 0 and not (numbers[1] > 0 and numbers[2] % 1):
                assert bits(in_c(library, first, numbers)) == bits(first.rule(*numbers))
        for numbers in ([1.0, 2.0, 5.0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]):
            assert bits(in_c(library, second, numbers)) == bits(by_rule(second, numbers))
        assert bits(in_c(library, third, [0.7])) == bits(inner(0.7))


def numpy_sine(x):
    return numpy.sin(x), numpy.cos(x)


def remainder(x):
    return x % 2, 1.0


def halves(x):
    return x * HALVES[0], 0.5


def of_text(x):
    return x * __name__, 0.5


def too_few(x):
    return x


def endless(x):
    while x < 1:
        x += x
    return x, 1.0


def silent(x):  # noqa: RET503
    if x > 0:
        return x, 1.0


def swapped(x, y):
    x, y = y, x
    return x, 0.0, 1.0


def with_default(x):
    return halved(x), 0.5


def recursive(x):
    return deep(x), 0.0


def gamma(x):
    return math.gamma(x), 0.0


def to_base_two(x):
    return math.log(x, 2), 0.0


def either(x):
    return (x or 1.0), 0.0


def from_lambda(x):
    return (lambda y: y)(x), 0.0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (numpy_sine, "the rule of numpy_sine calls numpy.sin, which has no C spelling"),
        (remainder, "the rule of remainder says 'x % 2', which has no C spelling"),
        (halves, "the rule of halves says 'HALVES[0]'"),
        (of_text, "the rule of of_text reads '__name__', which is no number"),
        (too_few, "the rule of too_few returns 1 of 2 numbers"),
        (endless, "the rule of endless says 'while x < 1:'"),
        (silent, "the rule of silent does not end by returning its results"),
        (swapped, "the rule of swapped says"),
        (with_default, "halved with arguments left out"),
        (recursive, "deep calls itself"),
        (gamma, "the rule of gamma calls math.gamma"),
        (to_base_two, "the rule of to_base_two says 'math.log(x, 2)'"),
        (either, "the rule of either takes the condition 'x or 1.0' as a number"),
        (from_lambda, "the rule of from_lambda calls"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_what_is_outside_of_the_subset_is_refused_by_name(rule, words):
    with entered(rule) as operation, pytest.raises(ValueError, match=re.escape(words)):
        c_prelude([operation])


def unknown_index(row):
    place = 0.5
    return row.numbers[place]


def writes_numbers(row):
    row.numbers[0] = 1.0
    return 1.0


def over_a_list(row):
    for number in row.numbers:
        row.derivatives[0] = number
    return 1.0


def after_the_loop(row):
    for i in range(row.count):
        row.derivatives[i] = 1.0
    return row.numbers[i]


i = 3.0


def number_after_the_loop(row):
    for i in range(row.count):
        row.derivatives[i] = 1.0
    return i


def row_as_number(row):
    numbers = row.numbers
    return 2.0 * numbers


def growing(row):
    end = row.count
    for _ in range(end):
        end = end + 1
    return 1.0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (unknown_index, "takes '0.5' as an index"),
        (writes_numbers, "assigns to 'row.numbers[0]'"),
        (over_a_list, "loops over 'row.numbers'"),
        (after_the_loop, "takes 'i' as an index"),
        (number_after_the_loop, "takes 'i' as a number"),
        (row_as_number, "takes 'numbers' as a number"),
        (growing, "says 'for _ in range(end):'"),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_so_are_loops_that_c_would_run_otherwise(rule, words):
    with entered(rule, variadic=True) as made, pytest.raises(ValueError, match=re.escape(words)):
        c_function(made)


def test_a_rule_without_a_source_is_refused():
    namespace = {}
    exec("def unseen(x):\n    return x, 1.0", namespace)
    words = "the source of unseen cannot be found"
    with entered(namespace["unseen"]) as operation, pytest.raises(ValueError, match=words):
        c_function(operation)

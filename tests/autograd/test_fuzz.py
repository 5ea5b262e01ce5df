"""`parse` on hostile texts: an expression, or one of the documented errors, in bounded time."""

import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, parse
from autograd.functions import CALLABLE
from autograd.registry import BY_NAME

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
CASES = 100_000 if LONG else 2_000

#: What `parse` says that it raises, and what an expression says that it raises at a point.
OF_PARSING = (SyntaxError, NameError, ValueError)
OF_EVALUATING = (ValueError, ZeroDivisionError, OverflowError)

NAMES = ["x", "y", "z", "h1", "e", "α", "x_1", "exp", "max"]
NUMBERS = ["0", "1", "2", "3.5", ".5", "1e3", "2.", "0.25", "1e-3", "7", "1_000", "0x1F", "1e308"]
OPERATORS = [" + ", " - ", "*", "/", "^", "**", "·", "×", " − ", "÷"]
FRAGMENTS = [
    *"()[]{}<>=!?;:,.'\"\\|#@$%&~`^*/+-_ \t\n\r\f\v\0",
    *["**", "//", "->", ":=", "==", "...", "if", "else", "lambda", "import os", "not", "and", "in"],
    *["x", "9**9**9", "0x", "1e", "1e999", "1j", "0b2", "1__0", "007", "٣", "²", "½", "∞", "π"],
    *["\ud800", "\u202e", "\ufeff", "\x85", "\u2028", "é", "e\u0301", "ﬁ", "𝒙", "🙂", "ⅷ", "ª"],
    *["__import__('os')", "f'{x}'", "b''", "'''", "None", "True", "yield", "await", "*x", "**x"],
    *["h = ", "; ", "\n", "sin^2(x)", "|x|", "2x", "x.y", "x[0]", "f(x) = ", "()", "(,)", "(x,)"],
]


def well_formed(rng, depth=4):
    """A random expression as text."""
    kind = rng.randrange(7 if depth else 2)
    if kind == 0:
        return rng.choice(NAMES)
    if kind == 1:
        return rng.choice(NUMBERS)
    if kind <= 3:
        left, right = well_formed(rng, depth - 1), well_formed(rng, depth - 1)
        return f"{left}{rng.choice(OPERATORS)}{right}"
    if kind == 4:
        return f"({well_formed(rng, depth - 1)})"
    if kind == 5:
        return f"-{well_formed(rng, depth - 1)}"
    name = rng.choice(sorted(CALLABLE))
    count = BY_NAME[name].arity or rng.randint(1, 4)
    return f"{name}({', '.join([well_formed(rng, depth - 1) for _ in range(count)])})"


def nearly_right(rng):
    """A random text: parts with names or none, and up to four mutations."""
    parts = [f"h{i} = {well_formed(rng, 2)}" for i in range(rng.choice([0, 0, 0, 1, 2]))]
    text = rng.choice(["; ", "\n"]).join([*parts, well_formed(rng)])
    for _ in range(rng.randint(0, 4)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice([0, 0, 1, 1, 2, 5, 20]))
        mutation = rng.randrange(5)
        if mutation == 0:
            middle = ""
        elif mutation == 1:
            middle = text[start:end] * 2
        elif mutation == 2:
            middle = text[start:end][::-1]
        elif mutation == 3:
            middle = chr(rng.choice([rng.randrange(128), rng.randrange(0x3000)]))
        else:
            middle = rng.choice(FRAGMENTS)
        text = text[:start] + middle + text[end:]
    return text


def check(text, rng):
    """Parse a text and evaluate it; anything but the documented errors comes through."""
    try:
        f = parse(text)
    except OF_PARSING:
        return
    numbers = [rng.choice([0.0, 1.0, -2.5, 0.3, 30.0]) for _ in f.names]
    try:
        answer = f(*numbers)
    except OF_EVALUATING:
        return
    assert type(answer) is float
    assert math.isfinite(answer)
    root = f(*map(Value, numbers))
    assert (root.data if type(root) is Value else root) == answer


def test_expressions_that_are_nearly_right():
    rng = random.Random(20)
    for _ in range(CASES):
        text = nearly_right(rng)
        try:
            check(text, rng)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} from {text!r}") from error


def test_expressions_that_are_right_are_read():
    rng = random.Random(21)
    for _ in range(CASES // 10):
        text = well_formed(rng)
        try:
            parse(text)
        except OF_PARSING as error:
            raise AssertionError(f"{type(error).__name__} from {text!r}") from error


@settings(max_examples=10_000 if LONG else 300, deadline=None)
@given(
    st.text(max_size=60)
    | st.text(alphabet="xyab019.+-*/^()=;,'\"[]{}: \n\t\\#e_|", max_size=60)
    | st.lists(st.sampled_from([*FRAGMENTS, *NAMES, *NUMBERS, *OPERATORS]), max_size=20).map(
        "".join
    )
    | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Nd", "Nl", "No", "Mn"]))
)
def test_any_text(text):
    check(text, random.Random(0))


# ---- texts that take long, or much memory, where nobody thought of them --------------------------

HUGE = {
    "a tower of powers": "9**9**9",
    "a higher tower of powers": "9**9**9**9",
    "a tower of powers of a name": "x**9**9**9",
    "a long tower": "2**" * 50_000 + "2",
    "brackets": "(" * 10_000 + "x" + ")" * 10_000,
    "open brackets": "(" * 100_000,
    "square brackets": "[" * 100_000,
    "all brackets": "([{" * 30_000,
    "minus signs": "-" * 10_000 + "x",
    "more minus signs": "-" * 190_000 + "x",
    "plus and minus": "+-" * 90_000 + "x",
    "a megabyte of text": "x + " * 250_000 + "x",
    "a megabyte of a name": "x" * 1_000_000,
    "a long name": "x" * 199_000,
    "a long unknown function": "f" * 100_000 + "(x)",
    "nested calls": "exp(" * 10_000 + "x" + ")" * 10_000,
    "nested calls that end": "tanh(" * 90 + "x" + ")" * 90,
    "a call of many": "total(" + "x, " * 60_000 + "x)",
    "calls of calls": "exp" + "(x)" * 50_000,
    "a long sum": "x" + " + x" * 5_000,
    "a long product": "*".join(["x"] * 5_000),
    "many parts": "h = x; " * 25_000 + "h",
    "many lines": "h = x*x\n" * 20_000 + "h",
    "empty lines": "\n" * 190_000 + "x",
    "semicolons": ";" * 190_000,
    "many names": " + ".join([f"x{i}" for i in range(20_000)]),
    "digits": "1" * 100_000,
    "digits behind the point": "0." + "1" * 100_000,
    "a large exponent": "1e" + "9" * 100_000,
    "hexadecimal digits": "0x" + "f" * 100_000,
    "underscores": "1" + "_1" * 90_000,
    "points": "." * 190_000,
    "quotes": "'" * 190_000,
    "an open text": '"' + "a" * 190_000,
    "null bytes": "\0" * 190_000,
    "lone surrogates": "\ud800" * 190_000,
    "digits of another script": "٣" * 100_000,
    "combining characters": "x" + "\u0301" * 100_000,
    "a letter that normal forms make long": "\ufdfa" * 100_000,
    "bars": "|" * 190_000,
    "numbers side by side": "1 " * 90_000,
    "names side by side": "x " * 90_000,
    "numbers and names side by side": "2x" * 90_000,
    "definitions of functions": "f(x) = " * 25_000,
    "backslashes": "\\\n" * 90_000 + "x",
    "comments": "#" * 190_000,
    "comparisons": "x<" * 90_000 + "x",
    "conditions": "x if x else " * 15_000 + "x",
    "lambdas": "lambda:" * 25_000 + "x",
    "formatted text": "f'{" * 50_000,
    "points and names": "x" + ".x" * 90_000,
    "a generator": "max(x for x in range(9**9))",
    "stars": "*" * 190_000,
}

#: Runs the texts with a limit of memory and of processor time, and says what else was raised.
RUN_HUGE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
from autograd import parse
from tests.autograd.test_fuzz import HUGE
for name, text in HUGE.items():
    try:
        f = parse(text)
        f(*[0.5] * len(f.names))
    except (SyntaxError, NameError, ValueError, ZeroDivisionError, OverflowError):
        pass
    except BaseException as error:
        print(f"{name}: {type(error).__name__}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are set as on Linux")
def test_huge_texts_end_with_little_memory_and_time():
    done = subprocess.run(
        [sys.executable, "-c", RUN_HUGE], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("text", ["9**9**9", "9**9**9**9", "9^9^9"])
def test_a_tower_of_powers_overflows_as_floats_do(text):
    with pytest.raises(OverflowError):
        parse(text)()


def test_a_text_that_is_read_is_evaluated_without_recursion():
    assert parse("x" + " + x" * 900)(1.0) == 901.0
    assert parse("-" * 50 + "x")(1.0) == 1.0


def test_digits_of_other_scripts_are_no_numbers():
    with pytest.raises(SyntaxError):
        parse("x + ٣")


def test_null_bytes_and_lone_surrogates_are_syntax_errors():
    for text in ("x + \0", "x + \ud800", "\udfff"):
        with pytest.raises(SyntaxError):
            parse(text)


def test_an_unusual_letter_is_a_name():
    assert parse("α·β + é")(2, 3, 4) == 10.0

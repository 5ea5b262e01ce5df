"""Compiled functions from files: they answer as the ones that were saved, or say why they cannot.

The judge is the function that was saved, which other tests compare with the eager engine, or
arithmetic that a test shows.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
from array import array
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import (
    Value,
    clip,
    compile,
    dot,
    exp,
    ieee,
    leaky_relu,
    ln,
    load_compiled,
    logsumexp,
    machine,
    mean,
    relu,
    scope,
    sigmoid,
    softmax,
    sqrt,
    tanh,
)
from autograd.functions import make_function
from autograd.program import DOT, GATHER, MAP, PICK, ROW, SCALARS
from autograd.program_check import MOST_SLOTS, checked_program
from autograd.registry import entry
from autograd.replay_files import little_endian, program_file, read_file
from tests.autograd.graph_programs import exact
from tests.autograd.program_fuzz import fuzz
from tests.autograd.test_replay_properties import MANY, exactly, programs, replayed
from tests.own_operations import entered

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"

W = [[Value(math.sin(7 * i + 3 * j), f"w{i}{j}") for j in range(5)] for i in range(6)]
B = [Value(math.cos(i)) for i in range(6)]
XS = [0.3, -0.7, 1.1, 0.2, -0.4]
both_ways = pytest.mark.parametrize("optimize", [True, False])


def layers(xs):
    hidden = [tanh(dot(row, xs, bias=bias)) for row, bias in zip(W, B, strict=True)]
    return sum([relu(h) * x for h, x in zip(hidden, xs, strict=False)], 1.0)


def everything(xs):
    a, b, c, d, e = xs
    parts = softmax([a, b, c])[1] * logsumexp([d, e]) + mean([a, b, e])
    return parts + clip(a * b, -0.5, 0.5) - leaky_relu(c, 0.1) / sigmoid(d) + (a - e) ** 3


def shared(xs):
    scale = ln(dot(W[0], W[1]) ** 2 + 1) * 0.1
    return sum([exp(x * scale) * w for x, w in zip(xs, W[2], strict=True)])


def saved(f, calls, path, **options):
    """The compiled function after these calls, and the one loaded from its file."""
    fast = compile(f, **options)
    for arguments in calls:
        fast(*arguments)
    fast.save(path)
    return fast, load_compiled(path)


def bits(tree):
    """All numbers of a tree, exactly."""
    return [exact(number) for number in autograd.trees.flat(tree)]


# ---- the same answers ---------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("f", [layers, everything, shared])
def test_a_loaded_function_gives_the_same_numbers_bit_for_bit(f, optimize, tmp_path):
    fast, loaded = saved(f, [(XS,)], tmp_path / "f", optimize=optimize)
    for arguments in ([XS], [[0.1 * x for x in XS]]):
        assert exact(loaded(*arguments)) == exact(fast(*arguments))
        assert bits(loaded.value_and_grad(*arguments)) == bits(fast.value_and_grad(*arguments))
    columns = [[[x + 0.01 * i for x in XS] for i in range(37)]]
    assert bits(loaded.map(*columns)) == bits(fast.map(*columns))
    assert bits(loaded.map(*columns, threads=2)) == bits(fast.map(*columns))
    assert bits(loaded.map_values(*columns)) == bits(fast.map_values(*columns))
    for way in ("backward", "map_backward"):
        given = XS if way == "backward" else columns[0]
        for function in (fast, loaded):
            autograd.zero_grad(function.parameters)
            getattr(function, way)(given)
        gradients = [node.grad for node in fast.parameters]
        assert bits([node.grad for node in loaded.parameters]) == bits(gradients)
    assert loaded.program() == fast.program()


@MANY
@given(programs(), st.booleans())
def test_every_program_comes_back_from_its_file(program, optimize):
    """Where a loaded function has no answer, the one that was saved had to run its function."""
    fast = compile(program, optimize=optimize)
    replayed(fast, program.calls[0])
    assume(fast.programs())
    loaded = read_file(program_file(fast))
    assert loaded.programs()[0].words == fast.programs()[0].words
    for arguments in program.calls:
        before = fast.cache_info()
        right = replayed(fast, arguments, fast.parameters)
        ours = replayed(loaded, arguments, loaded.parameters)
        if isinstance(ours[0], type):
            after = fast.cache_info()
            assert (after.eager, after.recordings) != (before.eager, before.recordings)
        else:
            assert exactly(ours) == exactly(right)


def test_numpy_columns_go_through_a_loaded_function(tmp_path):
    numpy = pytest.importorskip("numpy")
    _, loaded = saved(lambda x, y: x * y, [(1.0, 2.0)], tmp_path / "f")
    values, (by_x, _) = loaded.map(numpy.array([1.0, 2.0]), numpy.array([3.0, 5.0]))
    assert values.tolist() == [3.0, 10.0]
    assert by_x.tolist() == [3.0, 5.0]


def test_all_branches_are_kept(tmp_path):
    def f(x, y):
        return x * 2 if x > y else y * y

    _, loaded = saved(f, [(3.0, 1.0), (1.0, 3.0)], tmp_path / "f")
    assert loaded.value_and_grad(5.0, 4.0) == (10.0, (2.0, 0.0))
    assert loaded.value_and_grad(4.0, 5.0) == (25.0, (0.0, 10.0))
    assert loaded.map([5.0, 4.0], [4.0, 5.0])[0] == [10.0, 25.0]
    assert loaded.cache_info().programs == 2


def test_forms_of_arguments_and_results_are_kept(tmp_path):
    def f(tree, power, how):
        base = tree["a"][0] + tree["b"]
        return {"power": base**power, "both": (base, [base * 2])} if how == "dict" else base

    options = {"static_argnums": 1}
    calls = [({"a": (1.0,), "b": 2}, 2, "dict"), ({"a": (1.0,), "b": 2}, 3, "dict")]
    calls += [({"a": (1.0,), "b": 2}, 2, None), ({"a": [1.0], "b": 2}, 2, True)]
    _, loaded = saved(f, calls, tmp_path / "f", **options)
    assert loaded({"a": (2.0,), "b": 3.0}, 2, "dict") == {"power": 25.0, "both": (5.0, [10.0])}
    assert loaded({"a": (2.0,), "b": 3.0}, 3, "dict")["power"] == 125.0
    assert loaded({"a": [2.0], "b": 3.0}, 2, True) == 5.0
    value, gradients = loaded.value_and_grad({"a": (2.0,), "b": 3.0}, 2, None)
    assert (value, gradients) == (5.0, ({"a": (1.0,), "b": 1.0}, None, None))


def test_arguments_can_be_named_as_before(tmp_path):
    _, loaded = saved(lambda x, y: x - y, [(1.0, 2.0)], tmp_path / "f")
    assert loaded(y=1.0, x=5.0) == 4.0


def test_parameters_are_new_values_with_labels_scopes_and_data(tmp_path):
    with scope("layer"):
        w = Value(0.1, label="w")
    b = Value(-0.0)
    fast = compile(lambda x: w * x + b, optimize=False)
    fast(1.0)
    w.data = 1e-310  # as it is when it is saved
    fast.save(tmp_path / "f")
    loaded = load_compiled(tmp_path / "f")
    ours, other = loaded.parameters
    assert (ours.label, ours.scope, ours.data, other.label) == ("w", "layer", 1e-310, "")
    assert math.copysign(1.0, other.data) == -1.0
    assert ours is not w
    assert not ours.has_grad
    ours.data = 3.0
    assert loaded.backward(2.0) == 6.0
    assert (ours.grad, other.grad, w.data, w.has_grad) == (2.0, 1.0, 1e-310, False)


def test_a_parameter_of_two_branches_is_one_value(tmp_path):
    w = Value(2.0)
    _, loaded = saved(lambda x: w * x if x > 0 else -w, [(1.0,), (-1.0,)], tmp_path / "f")
    loaded.backward(3.0)
    loaded.backward(-3.0)
    assert [node.grad for node in loaded.parameters] == [3.0 - 1.0]


def test_constants_are_kept_exactly(tmp_path):
    numbers = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5]
    _, loaded = saved(lambda x: [x * c for c in numbers], [(0.5,)], tmp_path / "f", optimize=False)
    assert [x.hex() for x in loaded(1.0)] == [c.hex() for c in numbers]


def test_a_loaded_function_can_be_saved_again_to_the_same_bytes(tmp_path):
    _, loaded = saved(everything, [(XS,)], tmp_path / "f")
    loaded.save(tmp_path / "g")
    assert (tmp_path / "g").read_bytes() == (tmp_path / "f").read_bytes()


def test_the_first_lines_of_a_file_say_what_it_is(tmp_path):
    saved(layers, [(XS,)], tmp_path / "f")
    first, _, description, _ = (tmp_path / "f").read_bytes().split(b"\n", 3)
    assert first == b"chalkgrad program 1"
    assert json.loads(description)["name"] == "layers"


ELSEWHERE = """
import sys
import autograd
from autograd import define, load_compiled

@define()
def unrelated(x):
    return x, 1.0

@define()
def cubed_here(x):
    return x * x * x, 3 * x * x

print(autograd.backend(), load_compiled(sys.argv[1]).value_and_grad(2.0))
"""


@pytest.mark.parametrize("pure", ["", "1"])
def test_operations_are_found_by_name_in_another_process(pure, tmp_path):
    def cubed_here(x):
        return x * x * x, 3 * x * x

    with entered(cubed_here) as operation:
        saved(lambda x: make_function(operation)(x) + exp(x * 0), [(1.0,)], tmp_path / "f")
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "f")]
    environment = {**os.environ, "CHALKGRAD_PURE": pure}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    # 2^3 + 1, and 3 * 2^2
    assert run.stdout.split(" ", 1)[1] == "(9.0, (12.0,))\n", run.stderr


# ---- what cannot be saved -----------------------------------------------------------------------

Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("f", "arguments", "message"),
    [
        (lambda p: p.x, (Point(1.0, 2.0),), r"argument 0 is of type Point, which cannot be saved"),
        (lambda d: d[1], ({1: 2.0},), r"argument 0 has the key 1, and only texts"),
        (lambda x: Point(x, x), (1.0,), r"the result is of type Point"),
        (lambda x: {1: x}, (1.0,), r"the result has the key 1"),
    ],
)
def test_what_cannot_be_written_is_named(f, arguments, message, tmp_path):
    fast = compile(f)
    fast(*arguments)
    with pytest.raises(TypeError, match=message):
        fast.save(tmp_path / "f")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("item", [(1, 2), math.inf, Point, 2 + 3j])
def test_static_arguments_that_cannot_be_written_are_named(item, tmp_path):
    fast = compile(lambda x, how: x * 2, static_argnums=1)
    fast(1.0, item)
    with pytest.raises(TypeError, match=r"argument 1 is static, and .* cannot be saved"):
        fast.save(tmp_path / "f")


def test_nothing_recorded_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="has no program to save: call it first"):
        compile(layers).save(tmp_path / "f")


def test_what_is_not_replayed_cannot_be_saved(tmp_path):
    fast = compile(lambda x: x * (2.0 if x.data > 0 else 1.0))
    with pytest.warns(RuntimeWarning, match="is not replayed"):
        fast(1.0)
    with pytest.raises(ValueError, match=r"no program to save: a leaf .* had its \.data read"):
        fast.save(tmp_path / "f")


# ---- what a loaded function cannot answer -------------------------------------------------------


def test_a_branch_that_was_not_recorded_is_an_error(tmp_path):
    _, loaded = saved(lambda x: x if x > 0 else -x, [(1.0,)], tmp_path / "f")
    with pytest.raises(ValueError, match="saved without the branch that it takes here"):
        loaded(-1.0)
    with pytest.raises(ValueError, match="in sample 1: .* without the branch"):
        loaded.map([1.0, -1.0])
    assert loaded(2.0) == 2.0


def test_another_form_of_the_arguments_is_an_error(tmp_path):
    _, loaded = saved(lambda xs: sum(xs), [([1.0, 2.0],)], tmp_path / "f")
    message = r"saved for arguments of the form \(\[\*, \*\]\), and these are \(\(\*, \*, \*\)\)"
    for call in (loaded, loaded.value_and_grad, loaded.backward):
        with pytest.raises(TypeError, match=message):
            call((1.0, 2.0, 3.0))


def test_leaving_the_domain_is_an_error_that_asks_for_the_function(tmp_path):
    _, loaded = saved(lambda x: ln(x) * 2, [(1.0,)], tmp_path / "f")
    message = "a number left the domain of an operation, .* call the function itself to learn which"
    for call in (loaded, loaded.value_and_grad, loaded.backward):
        with pytest.raises(ArithmeticError, match=message):
            call(-1.0)
    with pytest.raises(ArithmeticError, match=f"in sample 1: .* {message}"):
        loaded.map([1.0, -1.0])


def test_a_gradient_that_is_not_finite_is_an_error(tmp_path):
    _, loaded = saved(sqrt, [(1.0,)], tmp_path / "f")
    assert loaded(0.0) == 0.0
    with pytest.raises(ArithmeticError, match="a value or a gradient is not finite"):
        loaded.value_and_grad(0.0)


def test_numbers_that_are_not_finite_are_errors_inside_ieee_too(tmp_path):
    _, loaded = saved(lambda x: x * 2, [(1.0,)], tmp_path / "f")
    with ieee(), pytest.raises(ArithmeticError, match="not finite"):
        loaded(math.inf)


def test_what_an_own_operation_raises_is_raised(tmp_path):
    def positive_alone(x):
        if x < 0:
            raise RuntimeError("below zero")
        return x, 1.0

    with entered(positive_alone) as operation:
        _, loaded = saved(lambda x: make_function(operation)(x), [(1.0,)], tmp_path / "f")
        assert loaded(2.0) == 2.0
        with pytest.raises(RuntimeError, match="below zero"):
            loaded(-2.0)


@pytest.mark.parametrize("around", [compile, autograd.grad])
def test_a_loaded_function_is_no_part_of_what_needs_its_graph(around, tmp_path):
    _, loaded = saved(lambda x: x * 2, [(1.0,)], tmp_path / "f")
    with pytest.raises(RuntimeError, match="was loaded from a file, so it cannot be a part of"):
        around(lambda x: loaded(x) + 1)(1.0)


# ---- files that are refused ---------------------------------------------------------------------


@pytest.fixture
def content(tmp_path):
    """A sound file's content."""
    saved(shared, [(XS,)], tmp_path / "f")
    return (tmp_path / "f").read_bytes()


def refused(content, message, tmp_path):
    """Whether the file is refused in these words, in one line."""
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_compiled(tmp_path / "bad")
    text = str(caught.value)
    return text.startswith(f"cannot load {tmp_path / 'bad'}: ") and "\n" not in text


def test_a_foreign_file_is_refused(content, tmp_path):
    for foreign in (b"", b"\x00" * 100, b'{"format": "chalkgrad graph"}', content[1:]):
        assert refused(foreign, "it is no program that chalkgrad saved", tmp_path)


def test_a_newer_file_is_refused(content, tmp_path):
    newer = content.replace(b"chalkgrad program 1\n", b"chalkgrad program 2\n", 1)
    message = "saved by a newer chalkgrad, in version 2 of the format; this one reads version 1"
    assert refused(newer, message, tmp_path)


def test_every_truncated_file_is_refused(content, tmp_path):
    for length in range(20, len(content), 97):
        assert refused(content[:length], "it is damaged", tmp_path)


def test_every_flipped_bit_behind_the_first_line_is_found(content, tmp_path):
    for place in range(20, len(content), 61):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        assert refused(bytes(flipped), "it is damaged", tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"cannot read {tmp_path / 'none'}: No such file"):
        load_compiled(tmp_path / "none")


def test_operations_that_are_not_defined_are_named(tmp_path):
    def cubed(x):
        return x * x * x, 3 * x * x

    with entered(cubed) as operation:
        saved(lambda x: make_function(operation)(x), [(1.0,)], tmp_path / "f")
    with pytest.raises(ValueError, match="operations that are not defined here: 'cubed'; define"):
        load_compiled(tmp_path / "f")


def with_description(content, **changes):
    """The content with other entries in its description, and the right checksum."""
    first, _, description, numbers = content.split(b"\n", 3)
    body = json.dumps({**json.loads(description), **changes}).encode() + b"\n" + numbers
    return b"\n".join([first, hashlib.sha256(body).hexdigest().encode(), body])


def test_a_changed_description_with_the_right_checksum_is_read(content, tmp_path):
    (tmp_path / "g").write_bytes(with_description(content, name="another"))
    assert repr(load_compiled(tmp_path / "g")) == "<compiled another, loaded>"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 3}, "its description has no name of type str"),
        ({"name": "f\n#include"}, "what it calls its function or the arguments is no name"),
        ({"arguments": ["x", "x"]}, "what it calls its function or the arguments is no name"),
        ({"arguments": ["class"]}, "what it calls its function or the arguments is no name"),
        ({"optimize": 1}, "its description has no optimize of type bool"),
        ({"static_argnums": [0]}, "form 0 of the arguments has numbers where it is static"),
        ({"operations": ["add"]}, "it names operation . of 1"),
        ({"operations": ["?"] * 9}, "operations that are not defined here"),
        ({"parameters": []}, "its parameters are none of the file's|not hold as much as it says"),
        ({"parameters": [["w"]] * 15}, "a parameter has not a label and a scope"),
        ({"forms": []}, "it does not hold as much as it says"),
        ({"forms": [3]}, "its description has forms that are not of type dict"),
        ({"forms": [{"form": [["set"]], "programs": []}]}, "a form .* is none"),
        ({"forms": [{"form": [0], "programs": []}]}, "is there twice, or has no programs"),
    ],
)
def test_each_wrong_entry_of_the_description_is_refused(content, changes, message, tmp_path):
    assert refused(with_description(content, **changes), message, tmp_path)


def test_brackets_without_end_are_refused(content, tmp_path):
    body = b"[" * 100_000 + b"\n"
    checksum = hashlib.sha256(body).hexdigest().encode()
    message = "its description is (nested too deeply|no JSON)"
    assert refused(b"\n".join([b"chalkgrad program 1", checksum, body]), message, tmp_path)


# ---- programs that are refused ------------------------------------------------------------------

#: Operations of the programs below, by their places.
ADD, EXP, MAX, TOTAL = range(4)
OPERATIONS = [entry(name) for name in ("add", "exp", "maximum", "total")]

# Slots: 0 a constant, 1 a parameter, 2 their sum, 3 to 7 left free, 8 to 17 ten inputs, then the
# results.
UNIFORM = [SCALARS, 1, 2, 0, ADD, 0, 1]
SOUND = {
    "scalars": [SCALARS, 2, 18, 0, EXP, 8, 8, MAX, 18, 9],
    "map": [MAP, MAX, 4, 18, 0, 8, 1, 15, -2],
    "gather": [GATHER, MAX, 2, 18, 0, 8, 2, 9, 10],
    "dot": [DOT, 2, 4, 18, 8, 1, 2, 17, -1, -1, 0, 1],
    "pick": [PICK, 1, 2, 18, 1, 8, 9, 10, 2, 0],
    "row": [ROW, TOTAL, 1, 3, 18, 0, 8, 1, 9],
}


def program_of(words, **changes):
    """The program of these instructions."""
    parts = {
        "constants": array("d", [0.5]),
        "parameters": [Value(2.0)],
        "inputs": 10,
        "uniform": 8,
        "uniform_instructions": 1,
        "differentiable": 2,
        "outputs": [18],
        "guards": array("i", [0, 8, 2, 1]),
        "nodes": 12,
    }
    return checked_program(array("i", [*UNIFORM, *words]), OPERATIONS, **{**parts, **changes})


@pytest.mark.parametrize("kind", SOUND)
def test_sound_programs_pass_and_know_their_sizes(kind):
    program = program_of(SOUND[kind])
    results = {"scalars": 2, "map": 4, "gather": 2, "dot": 2, "pick": 1, "row": 1}
    # exp keeps one derivative, maximum two, a row one for each of its operands; sums keep none
    derivatives = {"scalars": 3, "map": 8, "gather": 4, "dot": 0, "pick": 0, "row": 3}
    assert program.slots == 18 + results[kind]
    assert program.derivatives == derivatives[kind]
    assert program.offsets.tolist() == [0, 7, 7 + len(SOUND[kind])]
    assert program.widest == (3 if kind == "row" else 1)
    assert machine.space_for(machine.Machine(program), 16) is not None


@pytest.mark.parametrize(
    ("kind", "place", "word", "message"),
    [
        ("scalars", 0, 9, "there is no instruction of kind 9"),
        ("scalars", 1, 0, "it has 0 results"),
        ("scalars", 1, 3, "it is cut short"),
        ("scalars", 2, 17, "its results go to slot 17, not 18"),  # over an input
        ("scalars", 3, 1, "its derivatives go to 1, not 0"),
        ("scalars", 4, TOTAL, "total is no operation for an instruction of this kind"),
        ("scalars", 4, 4, "it names operation 4 of 4"),
        ("scalars", 5, -1, "reads a slot that is not written by then"),
        ("scalars", 5, 18, "reads a slot that is not written by then"),  # its own result
        ("scalars", 8, 19, "reads a slot that is not written by then"),
        ("scalars", 9, 5, "reads a slot that nothing is written to"),  # left free
        ("map", 2, 11, "reads a slot that is not written by then"),  # the eleventh from 8 on
        ("map", 5, 15, "reads a slot that is not written by then"),
        ("map", 6, -3, "reads a slot that is not written by then"),
        ("map", 7, 6, "reads a slot that"),
        ("map", 8, -5, "its operands are partly the same for all samples, and partly not"),
        ("gather", 2, 1000, "it is cut short"),
        ("gather", 7, 18, "reads a slot that is not written by then"),
        ("dot", 2, 0, "it has 0 results or operands"),
        ("dot", 2, 1 << 30, "reads a slot that is not written by then"),
        ("dot", 5, 1 << 30, "reads a slot that is not written by then"),
        ("dot", 6, -5, "reads a slot that"),
        ("dot", 10, -2, "its bias is -2"),
        ("dot", 10, 2, "reads a slot that nothing is written to"),  # 2, then 3
        ("pick", 4, 2, "whether it has a bias is 0 or 1, not 2"),
        ("pick", 9, 18, "reads a slot that is not written by then"),
        ("row", 1, EXP, "exp is no operation for an instruction of this kind"),
        ("row", 3, 0, "it has 0 results or operands"),
        ("row", 0, 7, "total is no operation for an instruction of this kind"),  # as a user's own
    ],
)
def test_each_wrong_word_is_refused(kind, place, word, message):
    words = list(SOUND[kind])
    words[place] = word
    with pytest.raises(ValueError, match=f"instruction 1: .*{message}"):
        program_of(words)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": -1}, "inputs is -1"),
        ({"inputs": 9}, "its results go to slot 18, not 17"),
        ({"inputs": MOST_SLOTS}, "more results than a machine has room for"),
        ({"uniform": 2}, "what all samples share ends at slot 3, the inputs begin at 2"),
        ({"uniform": 64}, "what all samples share ends at slot 3, the inputs begin at 64"),
        ({"uniform_instructions": 0}, "instruction 0: its results go to slot 2, not 18"),
        ({"uniform_instructions": 2}, "instruction 1: its results go to slot 18, not 3"),
        ({"uniform_instructions": 3}, "its results go to slot 18, not 3"),
        ({"differentiable": 3}, "differentiable is 3, of 2 instructions"),
        ({"differentiable": -1}, "differentiable is -1, of 2 instructions"),
        ({"differentiable": 1}, "no gradient goes back from a result"),
        ({"outputs": [20]}, "a result is in a slot that is not written"),
        ({"outputs": [-1]}, "a result is in a slot that is not written"),
        ({"outputs": [5]}, "a result is in a slot that is not written"),
        ({"guards": array("i", [5, 8, 2, 1])}, "guard 0 compares what is not there"),
        ({"guards": array("i", [0, 20, 2, 1])}, "guard 0 compares what is not there"),
        ({"guards": array("i", [0, 8, -1, 1])}, "guard 0 compares what is not there"),
        ({"guards": array("i", [0, 8, 2, 2])}, "guard 0 compares what is not there"),
        ({"guards": array("i", [0, 8, 2])}, "the last guard is cut short"),
        ({"nodes": -5}, "nodes is -5"),
    ],
)
def test_each_wrong_part_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        program_of(SOUND["scalars"], **changes)


def test_a_program_that_would_run_for_hours_is_refused():
    words = [DOT, 1 << 26, 1 << 30, 18, 8, 0, 0, 9, 0, 0, -1, 0]  # 2^56 products
    with pytest.raises(ValueError, match="more results than a machine has room for"):
        program_of(words)


def test_results_are_not_computed_from_what_varies_where_samples_share_them():
    words = [SCALARS, 1, 2, 0, ADD, 0, 8]  # slot 8, the first input, is not there yet
    with pytest.raises(ValueError, match="instruction 0: it reads a slot that is not written"):
        checked_program(
            array("i", words),
            OPERATIONS,
            constants=array("d", [0.5]),
            parameters=[Value(2.0)],
            inputs=1,
            uniform=8,
            uniform_instructions=1,
            differentiable=1,
            outputs=[2],
            guards=array("i"),
            nodes=1,
        )


def test_mutated_files_are_refused_or_run_without_harm():
    count = 20_000 if LONG else 1000
    found = fuzz(count, seed=7)
    assert sum(found.values()) == count
    assert found["ran"] > count / 20 < found["refused"]


@pytest.mark.skipif(autograd.backend() == "compiled", reason="C arrays cannot be watched")
def test_no_mutated_file_makes_the_plain_engine_read_before_the_first_slot(monkeypatch):
    class Watched(list):
        def __getitem__(self, place):
            assert type(place) is not int or place >= 0
            return super().__getitem__(place)

        def __setitem__(self, place, number):
            assert type(place) is not int or place >= 0
            super().__setitem__(place, number)

    monkeypatch.setattr(machine, "aligned_array_of", lambda count: Watched([0.0] * count))
    fuzz(5000 if LONG else 300, seed=8)


def test_two_programs_that_contradict_each_other_do_not_ask_for_each_other_for_ever(tmp_path):
    def f(x):
        return x * 1.0 if x > 0 else x * 2.0

    fast, _ = saved(f, [(1.0,), (-1.0,)], tmp_path / "f")
    (versions,) = fast.versions.values()
    first, second = [version.program for version in versions]
    # The first now says that x < 0 holds, the second that x >= x does not: for x = 1 each breaks at
    # its first comparison, and the other is the one in which that comes out otherwise.
    first.guards[0] = 0
    second.guards[0], second.guards[2] = 3, second.guards[1]
    fast.save(tmp_path / "g")
    with pytest.raises(ValueError, match="without the branch"):
        load_compiled(tmp_path / "g")(1.0)


def test_bytes_stand_in_the_same_order_on_every_machine(monkeypatch):
    monkeypatch.setattr(sys, "byteorder", "big")
    assert little_endian(array("i", [1])).tobytes() == array("i", [1 << 24]).tobytes()


def test_parameters_of_a_compiled_function_are_those_of_its_programs():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    fast = compile(lambda x: a * x + b)
    assert fast.parameters == []
    fast(1.0)
    assert fast.parameters == [a, b]

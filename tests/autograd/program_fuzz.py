"""Mutated files of compiled functions: each is refused with a ValueError, or runs without harm.

As a script, `python -m tests.autograd.program_fuzz 20000` tries so many and says what became of
them. `make sanitize` runs it on compiled modules that find out every access out of range.
"""

import hashlib
import json
import math
import random
import struct
import sys
from collections import Counter

import autograd
from autograd import Value, clip, compile, dot, exp, logsumexp, program_check, relu, sin, tanh
from autograd.functions import make_function
from autograd.replay_files import LISTS, program_file, read_file
from tests.own_operations import entered

#: Larger programs are refused, so that none takes minutes or gigabytes.
SMALL = {"MOST_OPERANDS": 200_000, "MOST_SLOTS": 20_000}
SAMPLES = 19  # one batch of lanes and a rest
EDGES = (0, 1, -1, 2, 3, 4, 7, 8, 16, 255, 1 << 16, 1 << 26, 1 << 30, (1 << 31) - 1, -(1 << 31))

W = [[Value(math.sin(7 * i + 3 * j), f"w{i}{j}") for j in range(6)] for i in range(9)]
B = [Value(math.cos(i), f"b{i}") for i in range(9)]
#: Arguments of `branches` that take each of its four ways.
SIDES = ((1, 0, 1), (1, 0, -1), (0, 1, 1), (-2, -1, 1))


def cubed(x):
    return x * x * x, 3 * x * x


def network(xs):
    """Sums of products at constant steps, of parameters and inputs, one behind the other."""
    hidden = [tanh(dot(row, xs, bias=bias)) for row, bias in zip(W, B, strict=True)]
    hidden = [relu(dot(row, hidden[:6], bias=0.5)) for row in W]
    return sum([h * h * w for h, w in zip(hidden, B, strict=True)], 1.0)


def shared(xs):
    """Much that all samples share: rows, gathered operands, products of parameters."""
    norms = [dot(row, row) for row in W]
    scaled = [w / (1 + n * n) for row, n in zip(W, norms, strict=True) for w in row]
    mixed = [sin(scaled[(7 * i) % 54] * scaled[(5 * i + 3) % 54]) for i in range(30)]
    picked = [dot([scaled[0], scaled[i], scaled[9]], [xs[0], xs[i % 6], xs[1]]) for i in range(6)]
    return logsumexp(mixed) + logsumexp([x * p for x, p in zip(xs, picked, strict=True)])


def branches(xs, how):
    """Both sides of two branches, and arguments in trees."""
    x, y = xs
    z = x * how["by"] if x > y else clip(y * 3, -1.0, 1.0)
    return exp(z) * W[0][0] if z > 0 else z - B[0]


def several(xs):
    """A tree of results."""
    return {"sum": sum(xs), "parts": [x * w for x, w in zip(xs, W[0], strict=False)]}


def seeds(own):
    """The contents of sound files."""
    xs = [0.3, -0.2, 0.5, 0.1, -0.4, 0.7]
    cube = make_function(own)

    def with_own(x):
        return cube(x) * cube(W[0][1]) + x

    contents = []
    for optimize in (True, False):
        for f, calls in (
            (network, [(xs,)]),
            (shared, [(xs,)]),
            (several, [([1.0, 2.0, 3.0],), (tuple(xs),)]),
            (branches, [((x, y), {"by": by}) for x, y, by in SIDES]),
            (with_own, [(0.5,)]),
        ):
            fast = compile(f, optimize=optimize)
            for arguments in calls:
                fast(*arguments)
            contents.append(program_file(fast))
    return contents


# ---- mutations ----------------------------------------------------------------------------------


def mutated(content, dice):
    """A content with something changed, and mostly with the right checksum again."""
    first, _, body = content.split(b"\n", 2)
    text, _, numbers = body.partition(b"\n")
    header, numbers = json.loads(text), bytearray(numbers)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        how = dice.random()
        if how < 0.7:
            change_word(header, numbers, dice)
        elif how < 0.8:
            change_count(header, dice)
        elif how < 0.95 and numbers:
            numbers[dice.randrange(len(numbers))] ^= 1 << dice.randrange(8)
        elif how < 0.97:
            del numbers[dice.randrange(len(numbers) + 1) :]
        else:
            numbers += dice.randbytes(dice.randrange(1, 40))
    if dice.random() < 0.1:
        change_description(header, dice)
    text = json.dumps(header).encode()
    if dice.random() < 0.05:
        text = bytearray(text)
        text[dice.randrange(len(text))] = dice.randrange(256)
    body = bytes(text) + b"\n" + bytes(numbers)
    content = b"\n".join([first, hashlib.sha256(body).hexdigest().encode(), body])
    if dice.random() < 0.03:
        return content[: dice.randrange(len(content))]
    return content


def change_word(header, numbers, dice):
    """Another int in the instructions, outputs, guards or parameters of one program."""
    places = []
    at = 8 * len(header["parameters"])
    for form in header["forms"]:
        for record in form["programs"]:
            for name, typecode in LISTS.items():
                size = 8 if typecode == "d" else 4
                if size == 4 and record[name] > 0:
                    places += [(at, record[name])] * (4 if name == "words" else 1)
                at += size * max(0, record[name])
    if not places:
        return
    start, count = dice.choice(places)
    place = start + 4 * dice.randrange(count)
    if place + 4 > len(numbers):
        return
    (number,) = struct.unpack_from("<i", numbers, place)
    how = dice.random()
    if how < 0.5:
        number += dice.choice((-8, -3, -2, -1, 1, 2, 3, 8))
    elif how < 0.8:
        number = dice.randrange(-4, 260)
    else:
        number = dice.choice(EDGES)
    struct.pack_into("<i", numbers, place, max(-(1 << 31), min((1 << 31) - 1, number)))


def change_count(header, dice):
    """Another number in what the description says of one program."""
    record = dice.choice(dice.choice(header["forms"])["programs"])
    name = dice.choice([key for key, item in record.items() if type(item) is int])
    record[name] = dice.choice((record[name] + dice.choice((-8, -1, 1, 8)), *EDGES))


def change_description(header, dice):
    """Something else in the description."""
    names = header["operations"]
    if names and dice.random() < 0.5:
        names[dice.randrange(len(names))] = dice.choice(
            ("add", "dot", "where", "exp", "cubed", "?")
        )
    elif dice.random() < 0.5:
        key = dice.choice(list(header))
        header[key] = dice.choice((None, 0, -1, [], {}, "x", [0], True, [[[]]], header["forms"]))
    else:
        header["forms"][0]["form"].append(dice.choice((0, ["list"], ["is", 1], ["dict", 0], "")))


# ---- trying -------------------------------------------------------------------------------------


def arguments_of(form, dice):
    """A tree of numbers of this form, or what is no number."""
    if form == 0:
        return dice.uniform(-1, 1)
    if form[0] is dict:
        return {key: arguments_of(part, dice) for key, part in form[1:]}
    if form[0] in (list, tuple):
        return form[0]([arguments_of(part, dice) for part in form[1:]])
    return form[1]


def tried(content, dice):
    """What becomes of a content: "refused", or "ran" with how many calls were answered."""
    try:
        loaded = read_file(content)
    except ValueError:
        return "refused"
    answers = 0
    for form in list(loaded.versions):
        arguments = tuple([arguments_of(part, dice) for part in form])
        columns = [[argument] * SAMPLES for argument in arguments]
        upstream = [0.5] * (SAMPLES * len(loaded.versions[form][-1].program.outputs))
        for ask in (loaded, loaded.value_and_grad, loaded.backward):
            answers += answered(ask, *arguments)
        for ask in (loaded.map, loaded.map_values):
            answers += answered(ask, *columns)
        answers += answered(loaded.map_backward, *columns, upstream=upstream, threads=2)
    loaded.program()
    return "ran" if answers else "answered nothing"


def answered(ask, *arguments, **named):
    """Whether a call is answered; or refused as a program may."""
    try:
        ask(*arguments, **named)
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True


def fuzz(count, seed=0):
    """Try so many mutated files; returns how often what became of them."""
    dice = random.Random(seed)
    before = {name: getattr(program_check, name) for name in SMALL}
    found = Counter()
    with entered(cubed) as own:
        contents = seeds(own)
        try:
            for name, limit in SMALL.items():
                setattr(program_check, name, limit)
            for content in contents:
                assert tried(content, dice) == "ran"
            for _ in range(count):
                found[tried(mutated(dice.choice(contents), dice), dice)] += 1
        finally:
            for name, limit in before.items():
                setattr(program_check, name, limit)
    return found


if __name__ == "__main__":
    print(autograd.backend(), dict(fuzz(int(sys.argv[1]))))

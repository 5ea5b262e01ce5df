"""The tiny transformer: its attention, that it reads forwards only, and what it reaches."""

import math
import os
import random
import re

import pytest

import autograd
import nn
from examples import tiny_gpt
from examples.tiny_gpt import NOTHING, Attention, Letters, TinyGPT

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
takes_a_while = pytest.mark.skipif(
    autograd.backend() == "python" and not LONG,
    reason="takes a while in plain Python: make test-all",
)


def small_model(letters, seed=0):
    nn.manual_seed(seed)
    return TinyGPT(len(letters.alphabet), letters.context, width=8, heads=2)


@pytest.fixture
def letters():
    return Letters(["anna", "nanda", "dan"])


def numbers(rows):
    return [value.data for row in rows for value in row]


def test_attention_is_that_of_nn_with_a_mask_over_what_comes_later():
    nn.manual_seed(1)
    ours, theirs = Attention(8, 2), nn.MultiheadAttention(8, 2, bias=False)
    layers = (ours.query, ours.key, ours.value)
    theirs.load_state_dict(
        {
            "in_proj_weight": [row for layer in layers for row in layer.state_dict()["weight"]],
            "out_proj.weight": ours.out.state_dict()["weight"],
        }
    )
    generator = random.Random(2)
    rows = [[generator.gauss(0, 1) for _ in range(8)] for _ in range(5)]
    later = [[column > row for column in range(5)] for row in range(5)]
    out, weights = theirs(rows, rows, rows, attn_mask=later, average_attn_weights=False)
    assert numbers(ours(rows)) == pytest.approx(numbers(out), abs=1e-14)
    for head, expected in zip(ours.weights(rows), weights, strict=True):
        for place, shares in enumerate(head):
            seen = [share.data for share in expected[place][: place + 1]]
            assert [share.data for share in shares] == pytest.approx(seen, abs=1e-14)


def test_what_comes_later_changes_no_earlier_guess(letters):
    model = small_model(letters)
    one, other = model([letters.numbers("nana"), letters.numbers("nand")])
    assert numbers(one[:4]) == numbers(other[:4])  # after ·, n, a and n
    assert numbers(one[4:]) != numbers(other[4:])


def test_what_is_filled_up_is_neither_read_nor_counted(letters):
    model = small_model(letters)
    (read, following), (longer, _) = letters.pair("dan"), letters.pair("nanda")
    assert len(read) == len(longer) == 6  # "nanda" and the mark before it
    assert (read[4:], following[4:]) == ([NOTHING] * 2, [NOTHING] * 2)
    whole = tiny_gpt.next_letter_loss(model([read]), [following])
    cut = tiny_gpt.next_letter_loss(model([read[:4]]), [following[:4]])
    assert whole.data == cut.data


def test_with_all_logits_0_the_loss_is_the_logarithm_of_the_alphabet(letters):
    model = small_model(letters)
    nn.init.zeros_(model.answer[1].weight)
    read, following = letters.pair("anna")
    loss = tiny_gpt.next_letter_loss(model([read]), [following])
    assert loss.data == pytest.approx(math.log(4), rel=1e-15)  # the mark, a, d, n
    assert tiny_gpt.even_loss(letters) == math.log(4)


def test_the_simple_guesses_by_hand():
    """In "aa" and "ab" there come a, a, mark, a, b, mark: a 3, b 1, mark 2 of 6, plus one each.
    After a come a, mark and b once each, and one more of each."""
    letters = Letters(["aa", "ab"])
    by_frequency = -(math.log(4 / 9) + math.log(3 / 9)) / 2
    assert tiny_gpt.frequency_loss(["aa", "ab"], ["a"], letters) == pytest.approx(by_frequency)
    by_pair = -(math.log(3 / 5) + math.log(2 / 6)) / 2  # after the mark come a and a
    assert tiny_gpt.pair_loss(["aa", "ab"], ["a"], letters) == pytest.approx(by_pair)


def test_names_that_are_made_up_end_and_come_out_again_with_the_same_seed(letters):
    model = small_model(letters)
    made, again = [
        [tiny_gpt.make_up(model, letters, generator) for _ in range(20)]
        for generator in (random.Random(5), random.Random(5))
    ]
    assert made == again
    assert len(set(made)) > 5
    assert max(map(len, made)) <= 5
    assert set("".join(made)) <= set("and")


def test_the_list_of_names_has_each_once():
    names = tiny_gpt.NAMES.read_text(encoding="utf-8").split()
    assert len(names) == len(set(names)) == 427
    assert names == tiny_gpt.read_names(tiny_gpt.NAMES)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "has 0 names; expected 10 or more"),
        (b"anna\nANNA\n hugo \n", "has 2 names; expected 10 or more"),
        (b"\xff\xfe" + b"a\n" * 9, "is not UTF-8"),
        ("\n".join("abcdefghij·").encode(), "has the letter '·'"),
        (b"\n".join(b"abcdefghi"[k : k + 1] for k in range(9)) + b"\n" + b"x" * 31, "too long"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_in_a_line(content, complaint, tmp_path):
    path = tmp_path / "own.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="own.txt") as caught:
        tiny_gpt.read_names(path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--names", "nowhere.txt"), "--names: cannot read nowhere.txt: No such file or directory"),
        (("--epochs", "1.5"), "--epochs: expected a whole number of 1 or more, not '1.5'"),
    ],
)
def test_a_bad_option_is_one_line_and_status_2(options, complaint, program):
    done = program("tiny_gpt", *options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert complaint in line


@takes_a_while
@pytest.mark.draws
def test_it_guesses_better_than_by_the_letter_before(output, tmp_path):
    printed = output("tiny_gpt", "--epochs", 1)
    rows = {row[0]: float(row[1]) for row in re.findall(r"^([a-z ]+?)  +(\d\.\d+) ", printed, re.M)}
    loss = float(re.search(r"its loss is (\d\.\d+)", printed)[1])
    assert loss < rows["by the letter before"] - 0.05
    assert rows["by the letter before"] < rows["by how often a letter occurs"]
    assert rows["all letters alike"] == round(math.log(26), 3)
    assert (tmp_path / "tiny_gpt.png").is_file()

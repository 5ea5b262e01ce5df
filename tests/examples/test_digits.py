"""Handwritten digits: what is read right, and what is said where scikit-learn is missing."""

import math
import os
import re

import pytest

import autograd
from autograd.extras import install_command
from examples import digits

LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
takes_a_while = pytest.mark.skipif(
    autograd.backend() == "python" and not LONG,
    reason="takes a while in plain Python: make test-all",
)


@pytest.fixture(scope="module")
def data():
    pytest.importorskip("sklearn")
    return digits.images()


def test_a_fifth_of_1797_images_is_held_out(data):
    """1797 * 4 / 5 = 1437.6: the remainder goes to the first part."""
    train, test = data
    assert (len(train), len(test)) == (1438, 359)
    assert {len(image) for image, _ in train} == {64}
    assert {label for _, label in test} == set(range(10))
    assert min(min(image) for image, _ in train) == 0
    assert max(max(image) for image, _ in train) == 1


def test_the_network_has_2410_parameters():
    """32 (64 + 1) + 10 (32 + 1) = 2080 + 330."""
    assert len(digits.network().parameters()) == 2410


def test_the_gradients_by_the_biases_of_the_logits_are_probabilities_less_1_for_the_label():
    model = digits.network()
    image = [k / 63 for k in range(64)]
    loss = digits.loss_graph(model, image, 3)
    logits = [logit.data for logit in model(image)]
    exponentials = [math.exp(logit) for logit in logits]
    expected = [e / sum(exponentials) - (k == 3) for k, e in enumerate(exponentials)]
    assert [b.grad for b in model[2].bias] == pytest.approx(expected, abs=1e-14)
    assert loss.data == pytest.approx(math.log(sum(exponentials)) - logits[3], rel=1e-13)


def test_mistakes_are_the_wrong_answers_the_surest_first():
    right, unsure, sure = [
        digits.Reading([], 3, answer, share) for answer, share in ((3, 0.9), (5, 0.4), (8, 0.8))
    ]
    assert digits.surest_mistakes([right, unsure, sure]) == [sure, unsure]


def test_images_in_characters_stand_side_by_side():
    dark, bright = [0.0] * 64, [1.0] * 64
    lines = digits.beside([("dark", dark), ("bright", bright)]).splitlines()
    assert lines[0] == "dark" + " " * 16 + "bright"
    assert lines[1:] == [" " * 20 + "█" * 16] * 8


@takes_a_while
@pytest.mark.draws
def test_it_reads_97_percent_of_what_it_has_not_seen(data, output, tmp_path):
    printed = output("digits")
    assert "1,438 to learn from, 359 held out" in printed
    right, share = re.search(r"(\d+) of 359 are read right: (.+) %", printed).groups()
    assert int(right) / 359 == pytest.approx(float(share) / 100, abs=0.0006)
    assert float(share) >= 97
    assert (tmp_path / "digits_gradients.png").is_file()


def test_without_scikit_learn_it_is_said_what_to_install(program, tmp_path):
    (tmp_path / "sklearn.py").write_text("raise ModuleNotFoundError('No module named sklearn')")
    done = program("digits", "--out", tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "python -m examples.digits: error: from_scikit_learn needs the package scikit-learn: "
        + install_command("chalkgrad[datasets]")
        + "\n"
    )

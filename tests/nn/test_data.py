"""Data sets, readers, splits and batches."""

import hashlib
import json
import math
import sys

import numpy as np
import pytest

import nn
from nn.data import (
    blobs,
    checked_pairs,
    circles,
    from_scikit_learn,
    moons,
    read_csv,
    shuffled,
    spirals,
    xor,
)

GENERATED = {"moons": moons, "circles": circles, "spirals": spirals, "blobs": blobs}


# ---- generated sets -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("moons", "ef50ea891b3298a6"),
        ("circles", "a6f14e7bf28e48d6"),
        ("spirals", "e9fb7effe9e1af5a"),
        ("blobs", "54e2bb058fed3686"),
    ],
)
def test_a_seed_gives_the_same_points_on_every_platform(name, digest):
    # to 9 digits, which no rounding of a platform's cosine reaches
    points = [[round(c, 9) for c in x] for x, _ in GENERATED[name](50, seed=7)]
    assert hashlib.sha256(json.dumps(points).encode()).hexdigest()[:16] == digest


@pytest.mark.parametrize("name", GENERATED)
def test_another_seed_gives_other_points(name):
    assert GENERATED[name](10, seed=1) != GENERATED[name](10, seed=2)


@pytest.mark.parametrize("name", GENERATED)
def test_classes_come_in_turn(name):
    labels = [label for _, label in GENERATED[name](12)]
    classes = max(labels) + 1
    assert labels == [i % classes for i in range(12)]


def test_moons_lie_on_their_half_circles():
    for (x, y), label in moons(40, noise=0):
        if label == 0:
            assert math.hypot(x, y) == pytest.approx(1)
            assert y >= 0
        else:
            assert math.hypot(x - 1, y - 0.5) == pytest.approx(1)
            assert y <= 0.5


def test_circles_have_their_radii():
    for point, label in circles(40, noise=0, factor=0.3):
        assert math.hypot(*point) == pytest.approx(0.3 if label else 1)


def test_arms_of_a_spiral_are_turns_of_each_other():
    for (x, y), label in spirals(60, noise=0, classes=3, turns=1):
        radius = math.hypot(x, y)
        turn = (math.atan2(y, x) / (2 * math.pi) - radius - label / 3) % 1
        assert min(turn, 1 - turn) == pytest.approx(0, abs=1e-9)


def test_a_cloud_has_its_centre_and_deviation():
    xs = np.array([x for x, label in blobs(6000, classes=2, std=0.3, seed=3) if label == 0])
    assert xs.mean(axis=0) == pytest.approx([1, 0], abs=5 * 0.3 / math.sqrt(3000))
    assert xs.std(axis=0) == pytest.approx([0.3, 0.3], abs=5 * 0.3 / math.sqrt(6000))


def test_xor_is_the_truth_table():
    assert [(x, y) for x, y in xor()] == [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]


def test_sets_that_cannot_be_are_refused():
    for make in (
        lambda: moons(0),
        lambda: moons(10, noise=-1),
        lambda: moons(10, noise=math.nan),
        lambda: blobs(10, classes=0),
        lambda: circles(10, factor=1.5),
    ):
        with pytest.raises(ValueError, match="expected 1 point|factor must be"):
            make()


# ---- readers ------------------------------------------------------------------------------------


def written(tmp_path, text):
    path = tmp_path / "data file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_column_is_the_target(tmp_path):
    path = written(tmp_path, "width,height,kind\n1,2.5,0\n-3,4e-1,1\n")
    assert read_csv(path) == [([1.0, 2.5], 0), ([-3.0, 0.4], 1)]


def test_the_target_may_be_named(tmp_path):
    path = written(tmp_path, "price;size\n1.5;10\n2.5;20\n")
    assert read_csv(path, "price", delimiter=";") == [([10.0], 1.5), ([20.0], 2.5)]


def test_names_of_classes_become_their_numbers(tmp_path):
    path = written(tmp_path, '5,"dog"\n6,cat\n7,dog\n')
    assert read_csv(path, header=False) == [([5.0], 1), ([6.0], 0), ([7.0], 1)]


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("", -1, "no rows"),
        ("a,b\n", -1, "no rows"),
        ("a,b\n1,2\n3\n", -1, "line 3: expected 2 fields, but there are 1"),
        ("a,b\n1,2\n\nx,2\n", -1, "line 4: 'x' is not a number"),
        ("a,b\n1,2\n", "c", r"no column 'c'; its columns are \['a', 'b'\]"),
        ("a,b\n1,2\n", 5, "2 columns"),
    ],
)
def test_files_that_are_wrong_are_named_with_the_line(tmp_path, text, target, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_csv(written(tmp_path, text), target)
    assert "data file.csv" in str(caught.value)


def test_scikit_learns_sets_come_as_pairs():
    pytest.importorskip("sklearn")
    digits = from_scikit_learn("digits")
    assert len(digits) == 1797  # as scikit-learn's documentation says
    x, y = digits[0]
    assert (len(x), type(x[0]), y, type(y)) == (64, float, 0, int)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"chalkgrad\[datasets\]"):
        from_scikit_learn("iris")
    with pytest.raises(ValueError, match="'mnist'.*digits"):
        from_scikit_learn("mnist")


# ---- splits -------------------------------------------------------------------------------------


def test_a_split_loses_and_doubles_nothing():
    parts = nn.random_split(range(103), [0.7, 0.2, 0.1], seed=4)
    # floors 72, 20, 10 leave one, which goes to the first part, as in PyTorch
    assert [len(part) for part in parts] == [73, 20, 10]
    assert sorted(item for part in parts for item in part) == list(range(103))


def test_a_split_may_be_by_number_and_repeats_with_its_seed():
    assert nn.random_split(range(9), [4, 5], seed=1) == nn.random_split(range(9), [4, 5], seed=1)
    assert nn.random_split(range(9), [4, 5], seed=1) != nn.random_split(range(9), [4, 5], seed=2)


@pytest.mark.parametrize("lengths", [[4, 4], [0.5, 0.4], [10, 0], [-1, 11], []])
def test_lengths_that_do_not_add_up_are_refused(lengths):
    with pytest.raises(ValueError, match="10 items"):
        nn.random_split(range(10), lengths)


def test_every_order_is_as_likely():
    counts = {}
    for seed in range(6000):
        order = tuple(shuffled([0, 1, 2], seed))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    # each 1000 expected, with a standard deviation of 29
    assert all(abs(count - 1000) < 5 * 29 for count in counts.values())


# ---- batches ------------------------------------------------------------------------------------

PAIRS = [([float(i)], i) for i in range(7)]


def test_batches_keep_pairs_together_and_leave_none_out():
    batches = list(nn.DataLoader(PAIRS, batch_size=3, shuffle=True))
    assert [len(xs) for xs, _ in batches] == [3, 3, 1]
    assert sorted((x, y) for xs, ys in batches for x, y in zip(xs, ys, strict=True)) == PAIRS


def test_each_epoch_has_an_order_of_its_own_that_repeats_with_the_seed():
    first, again, other = (nn.DataLoader(PAIRS, 7, shuffle=True, seed=s) for s in (1, 1, 2))
    one, two = list(first), list(first)
    assert one != two
    assert [list(again), list(again)] == [one, two]
    assert list(other) != one


def test_an_epoch_can_be_gone_to():
    straight, jumping = (nn.DataLoader(PAIRS, 3, shuffle=True) for _ in range(2))
    epochs = [list(straight) for _ in range(4)]
    jumping.epoch = 3
    assert list(jumping) == epochs[3]


def test_drop_last_leaves_out_the_smaller_batch():
    loader = nn.DataLoader(PAIRS, 3, drop_last=True)
    assert len(loader) == len(list(loader)) == 2


def test_numpy_rows_become_lists_of_floats():
    ((x, y),) = checked_pairs([(np.array([1.5, 2.5], dtype=np.float32), np.int64(3))])
    assert (x, y) == ([1.5, 2.5], 3)
    assert type(x[0]) is float


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ValueError, "no data"),
        ([1.0, 2.0], TypeError, r"pairs \(x, y\).*item 0"),
        ([([1.0], 0, 1)], TypeError, "3 long"),
        ([([1.0], 0), ([1.0, 2.0], 0)], ValueError, r"x of pair 1 has the shape \(2,\).*\(1,\)"),
        ([([1.0], 0), ([math.nan], 0)], ValueError, "x of pair 1 is nan"),
        ([([1.0, math.inf], 0)], ValueError, "x of pair 0, number 2 of 2, is inf"),
        ([([1.0], math.nan)], ValueError, "y of pair 0 is nan"),
        ([(["a"], 0)], TypeError, "expected"),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        checked_pairs(data)


def test_loaders_without_a_batch_are_refused():
    with pytest.raises(ValueError, match="batch_size"):
        nn.DataLoader(PAIRS, 0)
    with pytest.raises(ValueError, match="7 pairs are fewer"):
        nn.DataLoader(PAIRS, 8, drop_last=True)

"""The benchmarks start, say what they lack, and refuse to measure the wrong engine."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import autograd
import nn
from autograd import Value
from benchmarks import replay
from benchmarks.digits import (
    new_model,
    order_of_epoch,
    our_trainer,
    torch_trainer,
    train,
    train_with_fit,
)
from benchmarks.networks import MLP, two_moons
from benchmarks.preparing import Preparation
from benchmarks.program_scaling import Row, growth, measure_size
from benchmarks.recorded import SIZES_OF_MLP, eager_mlp, eager_transformer, our_mlp
from benchmarks.report import DisagreementError, check_answers, print_surroundings
from benchmarks.timing import Stepper, ratio_of, seconds_in_turn, steps_that_fill
from benchmarks.vectorised import EXTRAS, SIDES, missing, package_of

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"


def benchmarks(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_wrong_topic_is_named_with_the_right_ones():
    done = benchmarks("speed")
    assert done.returncode == 2
    assert "eager" in done.stderr


@pytest.mark.parametrize("topic", ["eager", "nn", "replay", "viz"])
def test_the_wrong_engine_is_not_measured(topic):
    other = "python" if autograd.backend() == "compiled" else "compiled"
    done = benchmarks(topic, "--backend", other)
    assert done.returncode == 2
    assert other in done.stderr


def test_too_few_rounds_are_refused():
    assert benchmarks("eager", "--rounds", "3").returncode == 2


@pytest.mark.skipif(not LONG, reason="takes a minute: make test-all")
def test_both_sides_of_a_comparison_agree_and_a_table_comes_out(tmp_path):
    numbers = tmp_path / "numbers.json"
    done = benchmarks("eager", "--quick", "--only", "transformer", "--json", str(numbers))
    assert done.returncode == 0, done.stderr
    assert "together" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert numbers.stat().st_size > 500


@pytest.mark.skipif(not LONG, reason="takes a while: make test-all")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "--quick", "--only", "transformer"), "chalkgrad"),
        (("replay", "--quick", "--only", "mlp"), "chalkgrad"),
        (("replay", "--quick", "--only", "digits"), "held out"),
        (("replay", "--quick", "--only", "scaling"), "growth"),
        (("replay", "--quick", "--only", "threads"), "map_backward"),
        (("nn", "--quick", "--only", "moons"), "nn.Linear, nn.ReLU"),
        (("nn", "--quick", "--only", "xor"), "20 of 20"),
        (("viz", "--rounds", "1"), "text of draw_dot"),
    ],
)
def test_a_topic_runs_and_its_table_fits(arguments, said):
    done = benchmarks(*arguments)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.skipif(not hasattr(os, "getloadavg"), reason="this system has no load average")
@pytest.mark.parametrize(("load", "said"), [(0.4, False), (7.5, True)])
def test_a_busy_machine_is_told_of(monkeypatch, load, said):
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    text = io.StringIO()
    print_surroundings(Console(file=text, width=80))
    assert ("load average 7.5" in text.getvalue()) == said
    assert max(map(len, text.getvalue().splitlines())) <= 80


# ---- turns and ratios ---------------------------------------------------------------------------


def test_a_ratio_is_the_median_of_the_pairs_with_their_extremes():
    ratio = ratio_of([2.0, 9.0, 8.0], [1.0, 3.0, 1.0])  # 2, 3, 8
    assert (ratio.median, ratio.low, ratio.high) == (3.0, 2.0, 8.0)


def test_sides_take_turns_in_every_round():
    calls = []
    steppers = [Stepper("a", lambda: calls.append("a")), Stepper("b", lambda: calls.append("b"))]
    seconds = seconds_in_turn(steppers, [2, 1], rounds=2)
    assert "".join(calls) == "aabaab"
    assert [len(seconds[name]) for name in "ab"] == [2, 2]


def test_a_step_that_takes_longer_than_a_round_is_taken_once():
    calls = []
    assert steps_that_fill(Stepper("slow", lambda: calls.append(sum(range(1000)))), 1e-9) == 1
    assert len(calls) == 1


@pytest.mark.parametrize(
    "other", [(1.0, [2.0, 3.1]), (1.1, [2.0, 3.0]), (1.0, [2.0]), (float("nan"), [2.0, 3.0])]
)
def test_different_answers_are_an_error(other):
    check_answers("one and the same", (1.0, [2.0, 3.0]), (1.0, [2.0, 3.0 + 1e-12]))
    with pytest.raises(DisagreementError, match="these and those"):
        check_answers("these and those", (1.0, [2.0, 3.0]), other)


# ---- replay: every side computes the same -------------------------------------------------------

EAGER = {"transformer": (eager_transformer, 3), "mlp": (eager_mlp, 7)}
COMPARED = [(workload, side) for workload in EAGER for side in SIDES[workload]]


@pytest.mark.filterwarnings("ignore")  # those of other frameworks
@pytest.mark.parametrize(("workload", "side"), COMPARED)
def test_a_side_of_the_replay_gives_the_eager_engines_loss_and_gradients(workload, side):
    if reason := missing(package_of(side)):
        pytest.skip(reason)
    eager, size = EAGER[workload]
    prepared = SIDES[workload][side](size).prepare()
    for _ in range(2):  # nothing adds up from one step to the next
        prepared.step()
        check_answers(f"the eager engine and {side}", eager(size), prepared.answer(), 1e-12)


def test_the_perceptrons_loss_is_the_mean_hinge_loss():
    model, (points, labels) = MLP(Value, SIZES_OF_MLP), two_moons(7)
    scores = [model(point).data for point in points]
    hinges = [max(0.0, 1.0 - y * score) for y, score in zip(labels, scores, strict=True)]
    assert eager_mlp(7)[0] == pytest.approx(sum(hinges) / 7, rel=1e-12)


def test_a_side_that_computes_something_else_is_not_timed(monkeypatch):
    monkeypatch.setitem(replay.SIDES, "mlp", {"chalkgrad": lambda points: our_mlp(points + 1)})
    monkeypatch.setattr(replay, "prepare_in_new_process", lambda *_: Preparation(0.0, None, None))
    with pytest.raises(DisagreementError, match="chalkgrad"):
        replay.compare_sides(Console(quiet=True), "title", "mlp", 5, rounds=1)


def test_what_is_not_installed_is_left_out_with_a_line(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/python")
    monkeypatch.setitem(EXTRAS, "no_such_package", "bench")
    sides = {"chalkgrad": our_mlp, "no_such_package": None}
    monkeypatch.setitem(replay.SIDES, "mlp", sides)
    monkeypatch.setattr(replay, "prepare_in_new_process", lambda *_: Preparation(0.25, 2**20, None))
    monkeypatch.setattr(replay, "SECONDS_A_ROUND", 1e-3)
    said = io.StringIO()
    done = replay.compare_sides(Console(file=said, width=80), "title", "mlp", 5, rounds=2)
    missing = "no_such_package is missing: /bin/python -m pip install 'chalkgrad[bench]'"
    assert missing in said.getvalue().replace("\n", "")
    assert "0.25 s   1.0 MB" in said.getvalue()
    assert list(done["seconds"]) == ["chalkgrad"]


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor")
def test_one_thread_and_two_are_compared(monkeypatch):
    monkeypatch.setattr(replay, "SECONDS_A_ROUND", 1e-3)
    done = replay.compare_threads(Console(quiet=True), points=10, rounds=2)
    assert 0.2 < done.pop("processes") < 5
    assert set(done) == {"map", "map_backward"}
    assert all(len(taken) == 2 for one in done.values() for taken in one["seconds"].values())


# ---- replay: what a node costs ------------------------------------------------------------------


def test_growth_is_from_the_smallest_program_to_the_largest_of_its_kind():
    rows = [
        Row("network", nodes, 1, recording, 1.0, 1.0, 40.0, None)
        for nodes, recording in ((10, 4.0), (100, 5.0), (1000, 6.0))
    ]
    assert (
        growth([*rows, Row("scattered", 9, 1, 1.0, 1.0, 1.0, 1.0, None)], "network", "recording")
        == 1.5
    )


@pytest.mark.parametrize("graph", ["network", "scattered"])
def test_a_program_of_any_size_is_weighed(graph):
    row = measure_size(graph, 500, rounds=1)
    assert 450 <= row.nodes <= 550
    assert min(row.recording, row.forward, row.both, row.bytes) > 0.0


# ---- replay: training ---------------------------------------------------------------------------

PAIRS = [([0.1 * i, (i % 5) / 5, (i % 3) / 3], i % 2) for i in range(40)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("by_hand", [False, True])
def test_ours_and_pytorchs_weights_are_the_same_after_two_epochs(by_hand):
    if reason := missing("torch"):
        pytest.skip(reason)
    ours = our_trainer(PAIRS, (3, 4, 2))
    theirs = torch_trainer(PAIRS, (3, 4, 2), by_hand)
    assert ours.weights() == theirs.weights()
    before = ours.weights()
    for trainer in (ours, theirs):
        train(trainer, len(PAIRS), epochs=2)
    assert ours.weights() == pytest.approx(theirs.weights(), rel=1e-9)
    assert max(abs(a - b) for a, b in zip(ours.weights(), before, strict=True)) > 0.01
    assert ours.accuracy(PAIRS) == theirs.accuracy(PAIRS)


def test_fit_learns_by_the_same_recipe():
    model, seconds = train_with_fit(PAIRS, (3, 4, 2), epochs=20)
    assert seconds > 0.0
    losses = [
        nn.evaluate(one, PAIRS, nn.CrossEntropyLoss())[0] for one in (new_model((3, 4, 2)), model)
    ]
    assert losses[1] < losses[0]


def test_every_epoch_has_all_images_in_an_order_of_its_own():
    first, second = order_of_epoch(20, 0), order_of_epoch(20, 1)
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert order_of_epoch(20, 1) == second

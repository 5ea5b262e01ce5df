"""`fit`: what it learns, what it tells, and how it ends: early, by Ctrl-C, by nan, by a kill."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nn
from autograd import Value
from nn.data import moons, xor
from nn.decisions import decision_for

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("CHALKGRAD_TEST_ALL") == "1"
MOONS = moons(24, seed=1)
TRAIN, DEV = MOONS[:16], MOONS[16:]


def made(seed=0, dropout=0.0, lr=0.05):
    """A small classifier and an optimiser with a state of its own."""
    nn.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Dropout(dropout), nn.Linear(4, 2))
    return model, nn.optim.Adam(model.parameters(), lr=lr)


def train(model, optimizer, epochs=4, **options):
    loss = nn.CrossEntropyLoss()
    return nn.fit(model, TRAIN, loss, optimizer, epochs, 5, validation=DEV, **options)


def line(values):
    """Pairs for y = 2 x."""
    return [([x], [2.0 * x]) for x in values]


# ---- what it does -------------------------------------------------------------------------------


def test_fit_takes_the_steps_of_the_loop_written_by_hand():
    model, optimizer = made()
    options = {"shuffle": False, "compiled": False}
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 3, 5, **options)
    twin, steps = made()
    for _ in range(3):
        for start in range(0, 16, 5):
            xs, ys = zip(*TRAIN[start : start + 5], strict=True)
            loss = nn.CrossEntropyLoss()(twin(list(xs)), list(ys))
            twin.zero_grad()
            loss.backward()
            steps.step()
    assert model.state_dict() == twin.state_dict()


def test_losses_are_means_over_pairs_also_where_the_last_batch_is_smaller():
    model = nn.Sequential(nn.Linear(1, 1))
    model[0].weight[0][0].data, model[0].bias[0].data = 0.0, 0.0
    optimizer = nn.optim.SGD(model.parameters(), lr=1e-300)
    history = nn.fit(model, line([1.0, 1.0, 3.0]), nn.MSELoss(), optimizer, 1, 2)
    # errors 2, 2, 6: (4 + 4 + 36) / 3
    assert history.train_loss == [pytest.approx(44 / 3)]


def test_parameters_of_the_loss_are_trained_with_the_models():
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    model[0].weight[0][0].data = 1.0
    scale = Value(1.0)

    def loss(outputs, targets):
        return scale * outputs[0][0]

    optimizer = nn.optim.SGD([*model.parameters(), scale], lr=0.5)
    nn.fit(model, [([1.0], 0)], loss, optimizer, 2)
    # w and s, both from 1: w - 0.5 s = s - 0.5 w = 0.5, then 0.25
    assert (model[0].weight[0][0].data, scale.data) == (0.25, 0.25)


def test_accuracy_is_the_share_of_right_answers():
    model = nn.Identity()
    data = [([0.2, 0.8], 1), ([0.6, 0.4], 1), ([0.9, 0.1], 0), ([0.1, 0.2], 0)]
    assert nn.evaluate(model, data, nn.CrossEntropyLoss())[1] == 0.5


@pytest.mark.parametrize(
    ("loss", "output", "target", "right"),
    [
        (nn.CrossEntropyLoss(), [0.1, 3.0, -1.0], 1, True),
        (nn.CrossEntropyLoss(), [0.1, 3.0, -1.0], [0.7, 0.2, 0.1], False),
        (nn.CrossEntropyLoss(), [[1.0, 0.0], [0.0, 1.0]], [0, 1], True),
        (nn.CrossEntropyLoss(), [[1.0, 0.0], [0.0, 1.0]], [0, 0], False),
        (nn.NLLLoss(), [-2.0, -0.1], 0, False),
        (nn.BCELoss(), [0.6], [1], True),
        (nn.BCELoss(), 0.4, 1, False),
        (nn.BCEWithLogitsLoss(), Value(-0.1), 0, True),
        (nn.BCEWithLogitsLoss(), [0.4, -3.0], [1, 1], False),
        (nn.HingeLoss(), 0.1, -1, False),
        (nn.HingeLoss(), -0.1, -1, True),
    ],
)
def test_each_loss_implies_what_is_right(loss, output, target, right):
    assert decision_for(loss)(output, target) is right


def test_squares_imply_no_accuracy_but_one_may_be_given():
    data = line([1.0, 2.0])
    assert nn.evaluate(nn.Identity(), data, nn.MSELoss())[1] is None

    def is_near(output, target):
        return abs(output[0] - target[0]) < 1.5

    assert nn.evaluate(nn.Identity(), data, nn.MSELoss(), accuracy=is_near)[1] == 0.5


def test_the_model_trains_in_training_mode_is_evaluated_in_evaluation_and_gets_its_own_back():
    seen = []

    class Watch(nn.Module):
        def forward(self, x):
            seen.append(self.training)
            return x

    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 2), Watch()).eval()
    train(model, nn.optim.SGD(model.parameters()), epochs=1)
    assert seen == [True] * 4 + [False] * 2
    assert not any(module.training for module in model.modules())


def test_the_schedule_is_stepped_once_an_epoch():
    model, optimizer = made(lr=0.5)
    scheduler = nn.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    history = train(model, optimizer, epochs=3, scheduler=scheduler)
    assert [epoch.learning_rate for epoch in history.epochs] == [0.5, 0.25, 0.125]


def test_callbacks_see_each_epoch_and_may_stop_the_run():
    seen = []

    def stop_after_two(epoch):
        seen.append(epoch.number)
        if epoch.number == 2:
            raise nn.StopTraining("enough")

    history = train(*made(), callbacks=[stop_after_two])
    assert (seen, len(history.epochs), history.stopped) == ([1, 2], 2, "enough")


def test_the_history_prints_in_80_columns():
    text = str(train(*made()))
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) == 5


def test_nothing_is_drawn_where_nobody_looks(capfd):
    train(*made())
    assert capfd.readouterr() == ("", "")


def test_a_bar_is_drawn_when_asked_for(capfd):
    train(*made(), progress=True)
    assert "epoch 4" in capfd.readouterr().err


def test_a_run_does_not_depend_on_being_watched():
    script = (
        "import nn; from tests.nn.test_training import made, train;"
        "model, optimizer = made(dropout=0.4);"
        "train(model, optimizer, progress={}); print(model.state_dict())"
    )
    watched, unwatched = (
        subprocess.run(
            [sys.executable, "-c", script.format(progress)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for progress in (True, False)
    )
    assert watched == unwatched


# ---- learning -----------------------------------------------------------------------------------


def xor_run(seed, epochs=200):
    """The documented recipe: 2-8-2 with tanh, Adam at 0.05, all four points a step."""
    nn.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    return model, nn.optim.Adam(model.parameters(), lr=0.05), epochs


@pytest.mark.parametrize("seed", range(20))
def test_xor_is_learnt(seed):
    model, optimizer, epochs = xor_run(seed)
    history = nn.fit(model, xor(), nn.CrossEntropyLoss(), optimizer, epochs, 4)
    assert history.train_accuracy[-1] == 1.0


def test_xor_is_not_learnt_from_zeros():
    model, optimizer, epochs = xor_run(0)
    for parameter in model.parameters():
        parameter.data = 0.0
    history = nn.fit(model, xor(), nn.CrossEntropyLoss(), optimizer, epochs, 4)
    # the units stay equal, so that the best is one half in each class: a loss of ln 2
    assert history.train_loss[-1] == pytest.approx(math.log(2))


@pytest.mark.skipif(not LONG, reason="takes a while in plain Python: make test-all")
def test_19_of_20_digits_are_read_right_that_were_never_seen():
    pytest.importorskip("sklearn")
    data = [([pixel / 16 for pixel in x], y) for x, y in nn.data.from_scikit_learn("digits")]
    train, test = nn.random_split(data, [0.8, 0.2], seed=0)
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    nn.fit(model, train, nn.CrossEntropyLoss(), optimizer, 10, 50)
    assert nn.evaluate(model, test, nn.CrossEntropyLoss())[1] >= 0.95


# ---- early stopping -----------------------------------------------------------------------------


def stubborn(dev_losses):
    """A model of one weight that counts the epochs, and a loss that is as listed in evaluation."""
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    model[0].weight[0][0].data = 0.0

    def loss(outputs, targets):
        if model.training:
            return -1.0 * model[0].weight[0][0]  # the gradient is -1: a step adds lr
        return Value(dev_losses[round(model[0].weight[0][0].data) - 1])

    return model, loss, nn.optim.SGD(model.parameters(), lr=1.0)


def test_patience_ends_the_run_and_brings_back_the_best_weights():
    model, loss, optimizer = stubborn([5, 3, 4, 3, 6, 1, 1])
    data = [([1.0], 0)]
    history = nn.fit(model, data, loss, optimizer, 7, validation=data, patience=3)
    assert history.dev_loss == [5, 3, 4, 3, 6]
    assert history.best.number == 2
    assert model[0].weight[0][0].data == 2.0
    assert "epoch 2" in history.stopped


def test_with_patience_the_best_weights_come_back_also_from_a_full_run():
    model, loss, optimizer = stubborn([5, 3, 4])
    data = [([1.0], 0)]
    history = nn.fit(model, data, loss, optimizer, 3, validation=data, patience=9)
    assert (model[0].weight[0][0].data, history.stopped) == (2.0, "")


def test_patience_needs_validation_data():
    model, optimizer = made()
    with pytest.raises(ValueError, match="validation"):
        nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 2, patience=1)


# ---- Ctrl-C -------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_was_learnt_and_returns():
    model, optimizer = made()
    before = model.state_dict()

    def press(epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    history = train(model, optimizer, callbacks=[press])
    assert len(history.epochs) == 2
    assert history.stopped == "interrupted in epoch 2"
    assert model.state_dict() != before


def test_ctrl_c_within_an_epoch_keeps_the_batches_before():
    model, optimizer = made()
    seen = []

    def loss(outputs, targets):
        seen.append(model.state_dict())
        if len(seen) == 3:
            raise KeyboardInterrupt
        return nn.CrossEntropyLoss()(outputs, targets)

    history = nn.fit(model, TRAIN, loss, optimizer, 5, 5)
    assert (history.epochs, history.stopped) == ([], "interrupted in epoch 1")
    assert model.state_dict() == seen[2] != seen[0]


# ---- numbers that are not finite ----------------------------------------------------------------


class Root(nn.Module):
    """The square root of its one weight, which is not defined below 0."""

    def __init__(self):
        self.w = Value(1.0, label="w")

    def forward(self, xs):
        return [self.w.sqrt() * x for (x,) in xs]


def sum_of(outputs, targets):
    return sum(outputs, Value(0.0))


def test_a_loss_outside_its_domain_names_batch_and_cause_and_restores_the_weights():
    model = Root()
    # d sqrt(w)/dw = 1/2 at 1; lr 4 leads to -1, where the next batch fails
    with pytest.raises(nn.DivergedError, match=r"epoch 1, batch 2.*sqrt.*w = -1") as caught:
        nn.fit(model, line([1.0, 1.0]), sum_of, nn.optim.SGD([model.w], lr=4.0), 3, 1)
    assert model.w.data == 1.0
    assert caught.value.history.epochs == []


def test_a_loss_that_is_nan_names_the_node_where_it_began():
    class Broken(nn.Module):
        def __init__(self):
            self.w = Value(2.0)

        def forward(self, xs):
            return [self.w * Value(math.nan, label="q") for _ in xs]

    model = Broken()
    with pytest.raises(nn.DivergedError, match=r"nan in epoch 1, batch 1.*the leaf q"):
        nn.fit(model, line([1.0]), sum_of, nn.optim.SGD([model.w]), 3)
    assert model.w.data == 2.0


def test_a_gradient_that_is_not_finite_stops_before_the_step():
    model = Root()
    model.w.data = 0.0  # the root is 0, its derivative infinite
    with pytest.raises(nn.DivergedError, match="gradient is not finite in epoch 1, batch 1.*inf"):
        nn.fit(model, line([1.0]), sum_of, nn.optim.SGD([model.w]), 3)
    assert model.w.data == 0.0


def test_a_validation_loss_that_is_not_finite_ends_the_run_too():
    model = Root()
    # the weight is 1 in the only step, and -1 after it
    with pytest.raises(nn.DivergedError, match="validation data is nan after epoch 1"):
        nn.fit(
            model,
            line([1.0]),
            sum_of,
            nn.optim.SGD([model.w], lr=4.0),
            3,
            validation=line([1.0]),
        )
    assert model.w.data == 1.0


def test_exploding_training_leaves_finite_weights():
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 1))
    optimizer = nn.optim.SGD(model.parameters(), lr=1e60)
    with pytest.raises(nn.DivergedError, match="epoch"):
        nn.fit(model, line([1.0, 2.0]), nn.MSELoss(), optimizer, 50)
    loss, _ = nn.evaluate(model, line([1.0, 2.0]), nn.MSELoss())
    assert math.isfinite(loss)


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "no data"),
        ([([math.nan, 0.0], 0)], "x of pair 0, number 1 of 2, is nan"),
        ([([0.0, 0.0], 5)], "class 5 is not one of 2 classes"),
        ([([0.0, 0.0, 0.0], 1)], "expects rows of 2, got one of 3"),
    ],
)
def test_wrong_data_are_named(data, message):
    model, optimizer = made()
    with pytest.raises(ValueError, match=message) as caught:
        nn.fit(model, data, nn.CrossEntropyLoss(), optimizer, 1)
    assert not isinstance(caught.value, ArithmeticError)


def test_wrong_calls_are_named():
    model, optimizer = made()
    loss = nn.CrossEntropyLoss()
    with pytest.raises(TypeError, match="nn.Module, not a function"):
        nn.fit(lambda xs: xs, TRAIN, loss, optimizer, 1)
    with pytest.raises(ValueError, match="epochs"):
        nn.fit(model, TRAIN, loss, optimizer, 0)
    with pytest.raises(ValueError, match="batch_size"):
        nn.fit(model, TRAIN, loss, optimizer, 1, 0)
    with pytest.raises(TypeError, match="must be one Value, not a list"):
        nn.fit(model, TRAIN, nn.CrossEntropyLoss(reduction="none"), optimizer, 1)


# ---- checkpoints --------------------------------------------------------------------------------


@pytest.mark.parametrize("own_generator", [False, True])
def test_a_resumed_run_ends_at_the_same_weights_bit_for_bit(tmp_path, own_generator):
    def run(epochs, **options):
        model, optimizer = made(dropout=0.4)
        if own_generator:
            model[2].generator = random.Random(5)
        scheduler = nn.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
        history = train(model, optimizer, epochs, scheduler=scheduler, patience=6, **options)
        return model.state_dict(), history.epochs

    straight = run(6)
    path = tmp_path / "run 1.json"
    for epochs in (2, 3, 6):  # each a new process's worth: everything is made anew
        resumed = run(epochs, checkpoint=path)
    assert resumed == straight
    assert run(6, checkpoint=path) == straight  # nothing is left to do
    assert os.listdir(tmp_path) == ["run 1.json"]


def test_running_statistics_are_part_of_a_checkpoint(tmp_path):
    def run(epochs, **options):
        nn.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
        optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, epochs, 4, **options)
        return model.state_dict()

    path = tmp_path / "run.json"
    run(2, checkpoint=path)
    resumed = run(4, checkpoint=path)
    assert resumed == run(4)
    assert resumed["1.num_batches_tracked"] == 16


def test_a_killed_run_loses_at_most_an_epoch(tmp_path):
    path = tmp_path / "run.json"
    script = (
        "import sys, nn; from tests.nn.test_training import made, train;"
        "train(*made(dropout=0.4), epochs=200, checkpoint=sys.argv[1])"
    )
    for _ in range(2):  # the second goes on from the first
        with subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT) as process:
            before = epochs_in(path)
            while epochs_in(path) < before + 3 and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    done = epochs_in(path)
    assert 6 <= done < 200
    model, optimizer = made(dropout=0.4)
    train(model, optimizer, done)
    assert json.loads(path.read_text(encoding="utf-8"))["model"] == model.state_dict()


def epochs_in(path):
    """How many epochs the checkpoint knows: at every moment it is whole, or not there yet."""
    return len(json.loads(path.read_text(encoding="utf-8"))["history"]) if path.exists() else 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": "chalkgrad checkp', "truncated"),
        ("", "truncated"),
        ("\xff\xfe", "truncated, or no checkpoint"),
        ("[1, 2]", "no checkpoint"),
        ('{"weight": [1.0]}', "no checkpoint"),
        ('{"format": "chalkgrad checkpoint 1", "settings": {}}', "without model, optimizer"),
    ],
)
def test_what_is_no_checkpoint_is_refused_and_left_alone(tmp_path, text, message):
    path = tmp_path / "run.json"
    path.write_bytes(text.encode("latin-1"))
    model, optimizer = made()
    before = model.state_dict()
    with pytest.raises(ValueError, match=message) as caught:
        train(model, optimizer, checkpoint=path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == text.encode("latin-1")
    assert model.state_dict() == before


def test_the_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.json"
    train(*made(), epochs=1, checkpoint=path)
    with pytest.raises(ValueError, match="seed 0 there, 1 here"):
        train(*made(), seed=1, checkpoint=path)
    model, _ = made()
    with pytest.raises(ValueError, match="optimizer 'Adam' there, 'SGD' here"):
        train(model, nn.optim.SGD(model.parameters()), checkpoint=path)
    other = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0), nn.Linear(3, 2))
    optimizer = nn.optim.Adam([*other.parameters(), *[Value(0.0) for _ in range(5)]])
    with pytest.raises(ValueError, match="this state is not one of Sequential"):
        train(other, optimizer, checkpoint=path)


def test_an_optimizer_of_another_model_is_refused():
    model, other = nn.Linear(1, 1), nn.Linear(1, 1)
    optimizer = nn.optim.SGD(other.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="none of the model's parameters"):
        nn.fit(model, [([1.0], [2.0])], nn.MSELoss(), optimizer, 1)


@pytest.mark.parametrize("forgotten", ["loss", "optimizer"])
def test_forgotten_brackets_are_pointed_out(forgotten):
    model = nn.Linear(1, 1)
    given = {"loss": nn.MSELoss(), "optimizer": nn.optim.SGD(model.parameters(), lr=0.1)}
    given[forgotten] = type(given[forgotten])
    with pytest.raises(TypeError, match=f"{forgotten} is the class"):
        nn.fit(model, [([1.0], [2.0])], given["loss"], given["optimizer"], 1)

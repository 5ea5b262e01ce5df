"""`fit(compiled=...)`: a replayed run is the run on Values, wherever it may be replayed at all."""

import math
import random

import pytest

import nn
from autograd import Value, exp, ln
from nn import optim
from nn.data import moons, xor
from nn.replaying import Replay

MOONS = moons(40, seed=3)
TRAIN, DEV = MOONS[:30], MOONS[30:]
OPTIMIZERS = {
    "SGD": lambda parameters: optim.SGD(parameters, lr=0.2),
    "momentum": lambda parameters: optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.01),
    "Adam": lambda parameters: optim.Adam(parameters, lr=0.02),
}


def digits():
    pytest.importorskip("sklearn")
    pairs = nn.data.from_scikit_learn("digits")[:64]
    return [([pixel / 16 for pixel in x], y) for x, y in pairs]


def classifier(inputs, units, outputs, activation=nn.Tanh):
    nn.manual_seed(4)
    return nn.Sequential(nn.Linear(inputs, units), activation(), nn.Linear(units, outputs))


@pytest.fixture
def replayed(monkeypatch):
    """How many batches a replay has answered, and how many it has left to the model."""
    answers = {"replayed": 0, "left": 0}
    step = Replay.step

    def counted(self, places):
        answer = step(self, places)
        answers["left" if answer is None else "replayed"] += 1
        return answer

    monkeypatch.setattr(Replay, "step", counted)
    return answers


def both_runs(make, data, loss, **options):
    """The histories and weights of a run on Values, and of a replayed one."""
    runs = []
    for compiled in (False, True):
        model, optimizer = make()
        settings = {"epochs": 3, "batch_size": 7, **options}
        history = nn.fit(model, data, loss, optimizer, compiled=compiled, **settings)
        runs.append((history, [p.data for p in model.parameters()]))
    return runs


def assert_alike(runs):
    """The same numbers but for rounding, and the same decisions."""
    (eager, weights), (replay, weights_of_replay) = runs
    assert replay.train_loss == pytest.approx(eager.train_loss, rel=1e-9, abs=1e-12)
    assert replay.train_accuracy == eager.train_accuracy
    assert [e.dev_accuracy for e in replay.epochs] == [e.dev_accuracy for e in eager.epochs]
    assert weights_of_replay == pytest.approx(weights, rel=1e-9, abs=1e-9)


# ---- the same numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("data", ["moons", "xor", "digits"])
def test_a_replayed_run_has_the_history_of_the_run_on_values(data, optimizer, replayed):
    pairs = {"moons": lambda: TRAIN, "xor": xor, "digits": digits}[data]()
    inputs, outputs = len(pairs[0][0]), 1 + max(y for _, y in pairs)

    def make():
        model = classifier(inputs, 6, outputs)
        return model, OPTIMIZERS[optimizer](model.parameters())

    assert_alike(both_runs(make, pairs, nn.CrossEntropyLoss()))
    assert replayed["left"] == 0 < replayed["replayed"]


LOSSES = {
    "sum": (nn.CrossEntropyLoss(reduction="sum"), None),
    "weighted": (nn.CrossEntropyLoss([1.0, 3.0]), None),
    "smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), None),
    "ignoring": (nn.CrossEntropyLoss(ignore_index=7), lambda x, y: 7 if x[0] > 1.5 else y),
    "probabilities": (nn.CrossEntropyLoss(), lambda x, y: [0.25 + 0.5 * y, 0.75 - 0.5 * y]),
    "many probabilities": (nn.CrossEntropyLoss(), lambda x, y: [x[0] ** 2 / 9, 1 - x[0] ** 2 / 9]),
    "squares": (nn.MSELoss(), lambda x, y: [x[0] + x[1], x[0] * x[1]]),
    "half squares": (nn.HalfSquaredError(), lambda x, y: [float(y), 1.0 - y]),
    "Huber": (nn.HuberLoss(delta=0.2), lambda x, y: [float(y), 1.0 - y]),
    "hinge": (nn.HingeLoss(), lambda x, y: [2 * y - 1, 1 - 2 * y]),
    "binary": (nn.BCEWithLogitsLoss(), lambda x, y: [y, 1 - y]),
    "probability": (nn.BCELoss(), lambda x, y: [y, 1 - y]),
    "divergence": (
        nn.KLDivLoss(reduction="batchmean"),
        lambda x, y: [0.25 + 0.5 * y, 0.75 - 0.5 * y],
    ),
}


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_replayed_right(name, replayed):
    loss, target = LOSSES[name]
    data = TRAIN if target is None else [(x, target(x, y)) for x, y in TRAIN]

    def make():
        model = classifier(2, 4, 2)
        if name == "probability":
            model.append(nn.Sigmoid())
        return model, optim.SGD(model.parameters(), lr=0.01)

    assert_alike(both_runs(make, data, loss))
    assert replayed["left"] == 0 < replayed["replayed"]


def test_a_loss_of_ones_own_is_called_with_the_outputs(replayed):
    def make():
        model = classifier(2, 4, 2)
        model.strength = Value(0.1)
        weights = model[0].weight

        def loss(outputs, ys):
            penalty = sum([w * w for row in weights for w in row], Value(0.0))
            return nn.CrossEntropyLoss()(outputs, ys) + model.strength * penalty

        made_loss.append(loss)
        return model, optim.SGD(model.parameters(), lr=0.1)

    made_loss = []
    assert_alike(both_runs(make, TRAIN, lambda outputs, ys: made_loss[-1](outputs, ys)))
    assert replayed["left"] == 0 < replayed["replayed"]


def test_one_step_of_a_neuron_by_hand():
    # (2 w - 1)^2 and (3 w + 1)^2 at w = 1: losses 1 and 16, mean 8.5;
    # slopes 2 * 2 * 1 = 4 and 2 * 3 * 4 = 24, mean 14; w = 1 - 0.1 * 14 = -0.4
    model = nn.Sequential(nn.Linear(1, 1, bias=False))
    model[0].weight[0][0].data = 1.0
    sgd = optim.SGD(model.parameters(), lr=0.1)
    data = [([2.0], [1.0]), ([3.0], [-1.0])]
    history = nn.fit(model, data, nn.MSELoss(), sgd, 1, compiled=True)
    assert history.train_loss == [8.5]
    assert model[0].weight[0][0].data == pytest.approx(-0.4, rel=1e-15)


class Rectifier(nn.Module):
    """ReLU as one would write it in Python."""

    def forward(self, xs):
        return [[x if x > 0 else 0.0 * x for x in row] for row in xs]


class Bent(nn.Module):
    """A branch, a logarithm in one of its arms, and one weight used twice."""

    def __init__(self):
        self.w = Value(0.7, label="w")
        self.b = Value(-0.1, label="b")

    def forward(self, xs):
        return [[self.arm(self.w * x[0] + self.b * x[1]), self.w * x[1]] for x in xs]

    def arm(self, x):
        return ln(1 + x) if x > 0 else exp(x) - 1


def test_branches_go_where_each_sample_goes(replayed):
    def make():
        model = classifier(2, 3, 2, Rectifier)
        return model, optim.Adam(model.parameters(), lr=0.05)

    assert_alike(both_runs(make, TRAIN, nn.CrossEntropyLoss(), validation=DEV))

    def make_bent():
        model = Bent()
        return model, optim.SGD(model.parameters(), lr=0.3)

    assert_alike(both_runs(make_bent, TRAIN, nn.CrossEntropyLoss()))
    assert replayed["left"] == 0 < replayed["replayed"]


def test_shared_and_frozen_parameters():
    def make():
        model = classifier(2, 2, 2)
        model[2].weight = model[0].weight  # shared
        trained = [p for p in model.parameters() if p not in model[0].bias]
        return model, optim.SGD(trained, lr=0.3, momentum=0.5)

    runs = both_runs(make, TRAIN, nn.CrossEntropyLoss())
    assert_alike(runs)
    frozen = [p.data for p in make()[0][0].bias]
    assert runs[1][1][4:6] == frozen


def test_images_of_two_dimensions_and_lone_numbers():
    images = [([[[x[0], x[1]], [x[1], x[0]]]], y) for x, y in TRAIN]

    def make():
        nn.manual_seed(1)
        model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(2, 2))
        return model, optim.SGD(model.parameters(), lr=0.3)

    assert_alike(both_runs(make, images, nn.CrossEntropyLoss()))

    class Line(nn.Module):
        def __init__(self):
            self.w = Value(0.5)

        def forward(self, xs):
            return [self.w * x for x in xs]

    def make_line():
        model = Line()
        return model, optim.SGD(model.parameters(), lr=0.1)

    assert_alike(both_runs(make_line, [(x[0], 2 * x[0]) for x, _ in TRAIN], nn.MSELoss()))


def test_schedules_patience_and_validation_are_as_ever():
    def make():
        model = classifier(2, 4, 2)
        optimizer = optim.Adam(model.parameters(), lr=0.5)
        schedulers.append(optim.lr_scheduler.ExponentialLR(optimizer, 0.7))
        return model, optimizer

    schedulers = []
    model, optimizer = make()
    settings = {"validation": DEV, "patience": 2, "scheduler": schedulers[-1]}
    eager = nn.fit(
        model, TRAIN, nn.CrossEntropyLoss(), optimizer, 30, 7, compiled=False, **settings
    )
    twin, optimizer = make()
    settings["scheduler"] = schedulers[-1]
    replay = nn.fit(twin, TRAIN, nn.CrossEntropyLoss(), optimizer, 30, 7, compiled=True, **settings)
    assert replay.stopped == eager.stopped != ""
    assert [e.learning_rate for e in replay.epochs] == [e.learning_rate for e in eager.epochs]
    assert replay.dev_loss == pytest.approx(eager.dev_loss, rel=1e-9)
    weights = [p.data for p in model.parameters()]
    assert [p.data for p in twin.parameters()] == pytest.approx(weights, rel=1e-9)


def test_an_accuracy_of_ones_own_is_called_with_values(replayed):
    model = classifier(2, 4, 2)
    seen = []

    def is_right(output, y):
        seen.append(type(output[0]))
        return (output[1].data > output[0].data) == (y == 1)

    sgd, settings = optim.SGD(model.parameters(), lr=0.1), {"accuracy": is_right}
    history = nn.fit(model, TRAIN, nn.CrossEntropyLoss(), sgd, 1, 30, validation=DEV, **settings)
    assert set(seen) == {Value}
    assert replayed == {"replayed": 1, "left": 0}
    right = sum([is_right(model(x), y) for x, y in DEV])
    assert history.dev_accuracy == [right / len(DEV)]


def test_what_a_callback_changes_is_recorded_anew():
    def trained(compiled):
        model = classifier(2, 4, 2)

        def swap(epoch):
            if epoch.number == 2:
                model[1].__class__ = nn.Sigmoid

        optimizer = optim.SGD(model.parameters(), lr=0.3)
        loss = nn.CrossEntropyLoss()
        nn.fit(model, TRAIN, loss, optimizer, 4, 7, callbacks=[swap], compiled=compiled)
        return [p.data for p in model.parameters()]

    assert trained(True) == pytest.approx(trained(False), rel=1e-9)


def test_a_module_that_a_callback_puts_in_is_looked_at(replayed):
    model = classifier(2, 4, 2)

    def swap(epoch):
        if epoch.number == 2:
            model[1].__class__ = Rectifier  # by default, what is not of nn is not replayed

    sgd = optim.SGD(model.parameters(), lr=0.3)
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), sgd, 5, 30, callbacks=[swap])
    assert replayed == {"replayed": 2, "left": 0}


# ---- what is replayed by default, and what cannot be ---------------------------------------------


def test_by_default_the_parts_of_nn_are_replayed_and_nothing_else(replayed):
    model = classifier(2, 4, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 1, 10)
    assert replayed == {"replayed": 3, "left": 0}
    nn.fit(model, TRAIN, lambda *given: nn.CrossEntropyLoss()(*given), optimizer, 1, 10)
    model = classifier(2, 4, 2, Rectifier)
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1), 1, 10)
    assert replayed == {"replayed": 3, "left": 0}


def test_the_validation_data_are_replayed_also_where_training_is_random(monkeypatch):
    looks = []
    look = Replay.look

    def counted(self, places):
        answer = look(self, places)
        looks.append(answer is not None)
        return answer

    monkeypatch.setattr(Replay, "look", counted)

    def trained(compiled, callbacks=()):
        nn.manual_seed(2)
        layers = nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.2), nn.ReLU(), nn.Linear(4, 2)
        model = nn.Sequential(*layers)
        settings = {"validation": DEV, "compiled": compiled, "callbacks": callbacks}
        adam = optim.Adam(model.parameters(), lr=0.05)
        history = nn.fit(model, TRAIN, nn.CrossEntropyLoss(), adam, 4, 7, **settings)
        return model.state_dict(), history

    weights, eager = trained(False)
    assert not looks
    for callbacks in ((), (lambda epoch: None,)):
        same_weights, replay = trained(None, callbacks)
        assert same_weights == weights
        assert replay.train_loss == eager.train_loss
        assert replay.dev_loss == pytest.approx(eager.dev_loss, rel=1e-9)
        assert replay.dev_accuracy == eager.dev_accuracy
    assert looks == [True] * 16  # four epochs of two batches, twice


class Remembering(nn.Module):
    """Adds how often it was called."""

    def __init__(self):
        self.w = Value(1.0)
        self.calls = 0

    def forward(self, xs):
        self.calls += 1
        return [[self.w * x + self.calls for x in row] for row in xs]


class Peeking(nn.Module):
    """Branches on a plain number."""

    def __init__(self):
        self.w = Value(1.0)

    def forward(self, xs):
        return [[self.w * x if x.data > 0 else x for x in row] for row in xs]


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (lambda: nn.Dropout(0.5), "it draws random numbers, as Dropout does in training"),
        (
            lambda: nn.Dropout(0.5, generator=random.Random(1)),
            "it draws random numbers, as Dropout does in training",
        ),
        (lambda: nn.BatchNorm1d(2), "it updates buffers, as BatchNorm1d does in training"),
        (
            lambda: nn.BatchNorm1d(2, track_running_stats=False),
            "the output for one sample depends on the others|more than one number a channel",
        ),
    ],
)
def test_random_modules_and_those_that_mix_samples_are_not_replayed(module, why, replayed):
    def made():
        nn.manual_seed(2)
        model = nn.Sequential(nn.Linear(2, 2), module(), nn.Linear(2, 2))
        return model, optim.SGD(model.parameters(), lr=0.1)

    states = []
    for compiled in (None, False):  # by default as on Values, bit for bit
        model, optimizer = made()
        nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 2, 10, compiled=compiled)
        states.append(model.state_dict())
    assert states[0] == states[1]
    model, optimizer = made()
    with pytest.raises(ValueError, match=f"compiled=True is not possible .*({why})"):
        nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 2, 10, compiled=True)
    assert replayed == {"replayed": 0, "left": 0}


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Remembering, "its output for one sample is not always the same"),
        (Peeking, r"had its \.data read"),
        (lambda: nn.Sequential(nn.Embedding(3, 2)), "for this Sequential: "),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_reason(model, why):
    module = model()
    data = [([1, 2], [0.0, 1.0])]
    sgd = optim.SGD(module.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=f"compiled=True is not possible.*{why}"):
        nn.fit(module, data, nn.MSELoss(), sgd, 1, compiled=True)


def test_dropout_of_nothing_and_a_model_that_is_whole_after_a_refusal():
    model = classifier(2, 2, 2, lambda: nn.Dropout(0.0))
    sgd = optim.SGD(model.parameters(), lr=0.1)
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), sgd, 1, compiled=True)
    norm = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before, draws = norm.state_dict(), random.getstate()
    sgd = optim.SGD(norm.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="buffers"):
        nn.fit(norm, TRAIN, nn.CrossEntropyLoss(), sgd, 1, compiled=True)
    assert (norm.state_dict(), random.getstate()) == (before, draws)


# ---- how runs end -------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [nn.ReLU, Rectifier])
def test_a_resumed_replay_ends_at_the_same_weights_bit_for_bit(tmp_path, activation):
    def run(epochs, **options):
        model = classifier(2, 4, 2, activation)
        optimizer = optim.Adam(model.parameters(), lr=0.05)
        loss = nn.CrossEntropyLoss()
        history = nn.fit(model, TRAIN, loss, optimizer, epochs, 8, compiled=True, **options)
        return model.state_dict(), history.epochs

    path = tmp_path / "run.json"
    for epochs in (1, 3, 5):
        resumed = run(epochs, checkpoint=path)
    assert resumed == run(5)


def test_a_loss_that_leaves_its_domain_is_the_models_own_error():
    class Root(nn.Module):
        def __init__(self):
            self.w = Value(1.0, label="w")

        def forward(self, xs):
            return [[self.w.sqrt() * x for x in row] for row in xs]

    model = Root()
    # d(sqrt(w) - 0)^2/dw = 1: a step of 4 leads to -3, where the next batch fails
    sgd = optim.SGD([model.w], lr=4.0)
    with pytest.raises(nn.DivergedError, match=r"epoch 2, batch 1.*sqrt.*w = -3"):
        nn.fit(model, [([1.0], [0.0])], nn.MSELoss(), sgd, 3, compiled=True)
    assert model.w.data == 1.0


def test_a_gradient_that_is_not_finite_stops_before_the_step():
    class Root(nn.Module):
        def __init__(self):
            self.w = Value(0.0, label="w")

        def forward(self, xs):
            return [[self.w.sqrt() + x for x in row] for row in xs]

    model = Root()
    sgd = optim.SGD([model.w], lr=1.0)
    with pytest.raises(nn.DivergedError, match="gradient is not finite in epoch 1, batch 1"):
        nn.fit(model, [([1.0], [0.0])], nn.MSELoss(), sgd, 3, compiled=True)
    assert model.w.data == 0.0


def test_wrong_targets_are_named():
    model = classifier(2, 2, 2)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="class 5 is not one of 2 classes"):
        nn.fit(model, [([0.0, 0.0], 5)], nn.CrossEntropyLoss(), sgd, 1, compiled=True)


def test_ctrl_c_keeps_what_was_learnt(monkeypatch):
    model = classifier(2, 4, 2)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    step, steps = Replay.step, []

    def interrupted(self, places):
        steps.append([p.data for p in model.parameters()])
        if len(steps) == 3:
            raise KeyboardInterrupt
        return step(self, places)

    monkeypatch.setattr(Replay, "step", interrupted)
    history = nn.fit(model, TRAIN, nn.CrossEntropyLoss(), sgd, 5, 10, compiled=True)
    assert history.stopped == "interrupted in epoch 1"
    assert [p.data for p in model.parameters()] == steps[2] != steps[0]
    assert all(map(math.isfinite, steps[2]))

"""Optimisers and schedules take PyTorch's steps, also after they were saved and loaded."""

import json
import math

import pytest

import nn
from autograd import Value
from nn import optim
from tests.nn.optim_cases import STORED, cases, ours, pytorchs

CASES = dict(cases())
NAMES = ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"]


def parameters(*numbers):
    return [Value(number) for number in numbers]


def descend(optimizer, values, steps=1):
    """Steps on the sum of squares, whose gradient is 2 w."""
    for _ in range(steps):
        optimizer.zero_grad()
        for value in values:
            value.grad = 2.0 * value.data
        optimizer.step()


# ---- PyTorch's steps ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_fifty_steps_end_where_pytorchs_end(name):
    weights, rates = ours(*CASES[name])
    for step, right in json.loads(STORED.read_text(encoding="utf-8"))[name].items():
        assert weights[int(step) - 1] == pytest.approx(right["weights"], rel=1e-10, abs=1e-10)
        assert rates[int(step) - 1] == pytest.approx(right["lr"], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_each_of_fifty_steps_is_that_of_the_pytorch_installed_here(name):
    pytest.importorskip("torch")
    weights, rates = ours(*CASES[name])
    their_weights, their_rates = pytorchs(*CASES[name])
    for step in range(50):
        assert weights[step] == pytest.approx(their_weights[step], rel=1e-10, abs=1e-10), step
        assert rates[step] == pytest.approx(their_rates[step], rel=1e-10, abs=1e-13), step


@pytest.mark.parametrize("name", NAMES)
def test_defaults_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.optim, name)([torch.zeros(1)]).defaults
    assert {key: theirs[key] for key in getattr(optim, name)([Value(0)]).defaults} == getattr(
        optim, name
    )([Value(0)]).defaults


def test_gradient_descent_on_the_homeworks_function():
    # f = y^2 + (y - x)^2 from (1, 1): df/dx = -2 (y - x) = 0, df/dy = 2 y + 2 (y - x) = 2
    for lr, y_right, distance in (
        (0.01, 0.98, 1.400143),
        (0.1, 0.8, 1.280625),
        (10, -19, 19.026298),
    ):
        x, y = parameters(1, 1)
        (y**2 + (y - x) ** 2).backward()
        optim.SGD([x, y], lr=lr).step()
        assert (x.data, y.data) == pytest.approx((1, y_right))
        assert math.hypot(x.data, y.data) == pytest.approx(distance, abs=5e-7)


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient():
    # m' = g and v' = g^2 after the corrections, so that m' / sqrt(v') is 1
    for gradient in (1e-3, 1.0, 1e3):
        (w,) = parameters(0.0)
        w.grad = gradient
        optim.Adam([w], lr=0.1, eps=1e-30).step()
        assert w.data == pytest.approx(-0.1, rel=1e-12)


# ---- saving and loading -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"lr": 0.01, "momentum": 0.9}),
        ("Adagrad", {"lr_decay": 0.1}),
        ("RMSprop", {"momentum": 0.5, "centered": True}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {}),
    ],
)
def test_a_loaded_optimizer_goes_on_as_if_never_stopped(name, options):
    straight = parameters(1.0, -2.0)
    descend(getattr(optim, name)(straight, **options), straight, steps=7)

    values = parameters(1.0, -2.0)
    first = getattr(optim, name)(values, **options)
    descend(first, values, steps=3)
    saved = json.loads(json.dumps(first.state_dict()))
    second = getattr(optim, name)(values)
    second.load_state_dict(saved)
    descend(second, values, steps=4)
    assert [v.data for v in values] == [v.data for v in straight]


def test_the_step_counter_survives_loading():
    (w,) = values = parameters(1.0)
    first = optim.Adam([w])
    descend(first, values, steps=3)
    second = optim.Adam([w])
    second.load_state_dict(first.state_dict())
    descend(second, values)
    assert second.state[0]["step"] == 4


def test_a_state_dict_is_a_copy():
    (w,) = values = parameters(1.0)
    optimizer = optim.Adam([w])
    descend(optimizer, values)
    saved = optimizer.state_dict()
    before = json.dumps(saved)
    descend(optimizer, values, steps=3)
    assert json.dumps(saved) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"state": [{}], "param_groups": [{"params": [0]}]},
        optim.Adam([Value(1.0), Value(2.0)]).state_dict(),
        optim.SGD([Value(1.0)]).state_dict(),
        {
            "state": [{"exp_avg": [0.0, 0.0]}],
            "param_groups": optim.Adam([Value(1.0)]).state_dict()["param_groups"],
        },
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(wrong):
    optimizer = optim.Adam([Value(1.0)], lr=0.5)
    before = json.dumps(optimizer.state_dict())
    with pytest.raises(ValueError, match="Adam"):
        optimizer.load_state_dict(wrong)
    assert json.dumps(optimizer.state_dict()) == before


@pytest.mark.parametrize("name", ["step", "exponential", "cosine", "lambda"])
def test_a_loaded_schedule_goes_on_as_if_never_stopped(name):
    kind, options, (schedule,) = CASES[f"schedule {name}"]

    def made():
        optimizer = getattr(optim, kind)([Value(1.0)], **options)
        return optimizer, getattr(optim.lr_scheduler, schedule[0])(optimizer, **schedule[1])

    _, straight = made()
    for _ in range(9):
        straight.step()
    optimizer, first = made()
    for _ in range(4):
        first.step()
    saved = json.loads(json.dumps([optimizer.state_dict(), first.state_dict()]))
    optimizer, second = made()
    optimizer.load_state_dict(saved[0])
    second.load_state_dict(saved[1])
    for _ in range(5):
        second.step()
    assert second.get_last_lr() == straight.get_last_lr()


# ---- groups, and parameters without gradient ----------------------------------------------------


def test_groups_have_options_of_their_own():
    a, b = parameters(1.0, 1.0)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5)
    a.grad = b.grad = 1.0
    optimizer.step()
    assert (a.data, b.data) == (0.5, 0.75)


def test_a_group_that_no_pass_has_reached_stays_as_it_is():
    (w,) = parameters(1.0)
    optim.SGD([w], lr=0.1, weight_decay=0.5).step()
    assert w.data == 1.0


def test_a_parameter_not_reached_counts_as_gradient_0_within_its_group():
    # as PyTorch's embedding row that no sample uses: momentum moves it on
    used, rare = parameters(1.0, 1.0)
    optimizer = optim.SGD([used, rare], lr=0.1, momentum=0.5)
    used.grad = rare.grad = 1.0
    optimizer.step()
    optimizer.zero_grad()
    used.grad = 1.0
    optimizer.step()
    assert rare.data == pytest.approx(1.0 - 0.1 - 0.1 * 0.5)


def test_zero_grad_forgets_the_gradients():
    (w,) = parameters(1.0)
    w.grad = 3.0
    optim.SGD([w]).zero_grad()
    assert (w.grad, w.has_grad) == (0.0, False)


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lr", [0, 0.0, -0.1, math.nan, math.inf])
def test_a_learning_rate_that_is_not_above_0_is_refused(name, lr):
    with pytest.raises(ValueError, match="lr must be a number above 0"):
        getattr(optim, name)([Value(1.0)], lr=lr)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"momentum": -0.1}),
        ("SGD", {"weight_decay": -1}),
        ("SGD", {"nesterov": True}),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
        ("Adagrad", {"lr_decay": -1}),
        ("RMSprop", {"alpha": 1.0}),
        ("Adam", {"betas": (0.9, 1.0)}),
        ("Adam", {"betas": (0.9,)}),
        ("Adam", {"eps": 0}),
    ],
)
def test_options_out_of_range_are_refused(name, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        getattr(optim, name)([Value(1.0)], **options)


def test_what_is_no_list_of_leaves_is_refused():
    w = Value(1.0)
    for wrong in (w, 1.0, nn.Linear(2, 1), [1.0], ["w"]):
        with pytest.raises(TypeError):
            optim.SGD(wrong)
    for wrong in ([], [w, w], [w * 2], [{"params": [w]}, {"params": [w]}], [{"parms": [w]}]):
        with pytest.raises(ValueError, match="parameter|SGD"):
            optim.SGD(wrong)


def test_schedules_refuse_what_cannot_be():
    optimizer = optim.SGD([Value(1.0)])
    schedules = optim.lr_scheduler
    with pytest.raises(ValueError, match="step_size"):
        schedules.StepLR(optimizer, 0)
    with pytest.raises(ValueError, match="T_max"):
        schedules.CosineAnnealingLR(optimizer, 0)
    with pytest.raises(ValueError, match="a function for each of 1 groups"):
        schedules.LambdaLR(optimizer, [abs, abs])
    with pytest.raises(TypeError, match="takes an optimizer"):
        schedules.ExponentialLR([Value(1.0)], 0.9)


# ---- clipping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_the_norm_is_clipped_by_pytorchs_formula(norm_type, max_norm):
    gradients = [3.0, -4.0, 0.5]
    values = parameters(0, 0, 0)
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient
    right = (
        4.0
        if norm_type == math.inf
        else sum(abs(g) ** norm_type for g in gradients) ** (1 / norm_type)
    )
    assert nn.clip_grad_norm_(values, max_norm, norm_type) == pytest.approx(right)
    scale = min(1.0, max_norm / (right + 1e-6))
    assert [v.grad for v in values] == pytest.approx([scale * g for g in gradients])


def test_a_norm_neither_overflows_nor_vanishes():
    for size in (1e200, 1e-200):
        values = parameters(0, 0)
        values[0].grad, values[1].grad = 3 * size, 4 * size
        assert nn.clip_grad_norm_(values, 1e300) == pytest.approx(5 * size)


def test_values_are_clipped_one_by_one():
    values = parameters(0, 0, 0)
    for value, gradient in zip(values, (3.0, -4.0, 0.5), strict=True):
        value.grad = gradient
    nn.clip_grad_value_(values, 1.0)
    assert [v.grad for v in values] == [1.0, -1.0, 0.5]


def test_a_norm_that_is_not_finite_is_reported_when_asked():
    (w,) = parameters(0.0)
    w.grad = math.inf
    with pytest.raises(ArithmeticError, match="inf"):
        nn.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    for wrong in (0, -1, math.nan):
        with pytest.raises(ValueError, match="max_norm"):
            nn.clip_grad_norm_([w], wrong)
        with pytest.raises(ValueError, match="clip_value"):
            nn.clip_grad_value_([w], wrong)


# ---- rules over arrays --------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_steps_over_arrays_are_those_of_the_rule_for_each_parameter_to_the_last_bit(
    name, monkeypatch
):
    over_arrays = ours(*CASES[name])
    monkeypatch.setattr("nn.optim.elementwise.autograd.backend", lambda: "python")
    assert ours(*CASES[name]) == over_arrays


def test_numbers_that_overflow_are_pythons_floats():
    w, v = parameters(1.0, 2.0)
    optimizer = optim.Adam([w, v], lr=0.1)
    w.grad, v.grad = 1e200, 1.0  # 1e400 is inf: m / sqrt(v) is 0
    optimizer.step()
    assert (w.data, v.data) == (1.0, pytest.approx(1.9, rel=1e-7))
    assert optimizer.state[0]["exp_avg_sq"][0] == math.inf


def test_an_optimizer_of_ones_own_gives_a_list():
    class Sign(optim.Optimizer):
        def __init__(self, params, lr):
            defaults = {"lr": lr, "weight_decay": 0.0, "maximize": False}
            super().__init__(params, defaults)

        def update(self, group, state, weights, gradients):
            state["last"] = list(gradients)
            return [
                w - math.copysign(group["lr"], g) for w, g in zip(weights, gradients, strict=True)
            ]

    values = parameters(1.0, -2.0)
    optimizer = Sign(values, 0.5)
    descend(optimizer, values)
    assert [value.data for value in values] == [0.5, -1.5]
    optimizer.load_state_dict(json.loads(json.dumps(optimizer.state_dict())))
    assert list(optimizer.state[0]["last"]) == [2.0, -4.0]
    monkey = Sign(values, 0.5)
    monkey.update = lambda *_: [1.0]
    with pytest.raises(ValueError, match="1 numbers for 2 Values"):
        descend(monkey, values)

"""Fifty steps of every optimiser and scheduler, taken by ours and by PyTorch's on the same numbers.

`python -m tests.nn.optim_cases` runs PyTorch's and stores where they went, in
tests/data/torch_optim.json: the tests need no PyTorch.
"""

import json
from math import sin
from pathlib import Path

from autograd import Value
from nn import optim

STORED = Path(__file__).parents[1] / "data" / "torch_optim.json"
STEPS = 50
START = [1.5, -0.7, 0.0, 3.0, -2.2, 0.01]

OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd defaults": ("SGD", {}),
    "sgd momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "sgd dampening": ("SGD", {"lr": 0.02, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1}),
    "sgd nesterov": (
        "SGD",
        {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ),
    "sgd maximize": ("SGD", {"lr": 0.001, "momentum": 0.5, "maximize": True}),
    "adagrad": ("Adagrad", {"lr": 0.3}),
    "adagrad defaults": ("Adagrad", {}),
    "adagrad all": (
        "Adagrad",
        {
            "lr": 0.3,
            "lr_decay": 0.05,
            "weight_decay": 0.1,
            "initial_accumulator_value": 0.2,
            "eps": 1e-6,
        },
    ),
    "rmsprop": ("RMSprop", {"lr": 0.02}),
    "rmsprop defaults": ("RMSprop", {}),
    "rmsprop all": (
        "RMSprop",
        {
            "lr": 0.01,
            "alpha": 0.9,
            "eps": 1e-5,
            "weight_decay": 0.05,
            "momentum": 0.7,
            "centered": True,
        },
    ),
    "adam": ("Adam", {"lr": 0.1}),
    "adam defaults": ("Adam", {}),
    "adam all": (
        "Adam",
        {
            "lr": 0.05,
            "betas": (0.8, 0.95),
            "eps": 1e-4,
            "weight_decay": 0.1,
            "amsgrad": True,
            "maximize": True,
        },
    ),
    "adamw": ("AdamW", {"lr": 0.1}),
    "adamw defaults": ("AdamW", {}),
    "adamw all": ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}),
}

SCHEDULERS = {
    "step": ("StepLR", {"step_size": 7, "gamma": 0.5}),
    "exponential": ("ExponentialLR", {"gamma": 0.93}),
    "cosine": ("CosineAnnealingLR", {"T_max": 12, "eta_min": 0.001}),
    "lambda": ("LambdaLR", {"lr_lambda": lambda epoch: 1.0 / (1.0 + 0.1 * epoch)}),
}


def gradient(step, place, weight):
    """A slope that depends on the weight, plus what changes from step to step."""
    return 0.3 * (place + 1) * weight + sin(1.7 * step + place)


def trajectory(optimizer, parameters, schedulers):
    """Weights and learning rates after each of the steps.

    Args:
        parameters: pairs of functions, to read a weight and to set its gradient.
    """
    weights, rates = [], []
    for step in range(STEPS):
        for place, (read, set_gradient) in enumerate(parameters):
            set_gradient(gradient(step, place, read()))
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
        weights.append([read() for read, _ in parameters])
        rates.append([group["lr"] for group in optimizer.param_groups])
    return weights, rates


def ours(name, options, schedules=()):
    """The trajectory of our optimiser and schedulers."""
    values = [Value(number) for number in START]
    optimizer = getattr(optim, name)(values, **options)
    schedulers = [getattr(optim.lr_scheduler, kind)(optimizer, **kw) for kind, kw in schedules]

    def accessors(value):
        return (lambda: value.data), (lambda gradient: setattr(value, "grad", gradient))

    return trajectory(optimizer, [accessors(value) for value in values], schedulers)


def pytorchs(name, options, schedules=()):
    """The trajectory of PyTorch's, in double precision; all weights are one tensor."""
    import torch

    tensor = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    tensor.grad = torch.zeros_like(tensor)
    optimizer = getattr(torch.optim, name)([tensor], **options)
    schedulers = [
        getattr(torch.optim.lr_scheduler, kind)(optimizer, **kw) for kind, kw in schedules
    ]

    def accessors(place):
        return (
            lambda: tensor[place].item(),
            lambda gradient: tensor.grad.__setitem__(place, gradient),
        )

    return trajectory(optimizer, [accessors(place) for place in range(len(START))], schedulers)


def cases():
    """All runs by name: the optimiser, its options and the schedulers on it."""
    for name, (kind, options) in OPTIMIZERS.items():
        yield name, (kind, options, ())
    for name, schedule in SCHEDULERS.items():
        yield f"schedule {name}", ("SGD", {"lr": 0.05, "momentum": 0.9}, (schedule,))
    both = (SCHEDULERS["step"], SCHEDULERS["exponential"])
    yield "schedule step and exponential", ("Adam", {"lr": 0.05}, both)


def stored_steps(run):
    """What is stored of a run: every tenth step and the first two."""
    weights, rates = run
    return {
        str(step): {"weights": weights[step - 1], "lr": rates[step - 1]}
        for step in (1, 2, 10, 20, 30, 40, 50)
    }


if __name__ == "__main__":
    runs = {name: stored_steps(pytorchs(*case)) for name, case in cases()}
    STORED.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")

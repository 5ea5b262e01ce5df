"""Modules and losses answer as PyTorch's: values, every gradient, buffers, how they print."""

import math

import pytest

import nn
from autograd import Value, dot
from nn.arrays import flat, mapped, shape_of
from tests.nn.torch_cases import CASES, drawn, stored_numbers, weights

STORED = stored_numbers()


def run_here(case):
    module = getattr(nn, case.module)(**case.arguments)
    for seed, (_, array) in enumerate(module.named_parameters(), 100):
        for value, number in zip(flat(array), flat(drawn(seed, *shape_of(array))), strict=True):
            value.data = number
    module.train(case.training)
    given = case.inputs[: case.differentiable]
    inputs = [mapped(Value, x) for x in given]
    for _ in range(case.calls):
        out = module(*inputs, *case.inputs[case.differentiable :], **case.options)
    outs = flat(list(map(flat, out))) if isinstance(out, tuple) else flat(out)
    total = dot(weights(len(outs)), outs)
    total.backward()
    return {
        "outputs": [number_of(x) for x in outs],
        "inputs": [[x.grad for x in flat(xs)] for xs in inputs],
        "parameters": {n: [p.grad for p in flat(ps)] for n, ps in module.named_parameters()},
        "buffers": dict(module.named_buffers()),
        "text": repr(module),
    }


def number_of(x):
    return x.data if isinstance(x, Value) else x


def near(a, b):
    return a == b or math.isclose(a, b, rel_tol=1e-10, abs_tol=1e-10)


def differences(ours, theirs, where=""):
    """Where two answers are further apart than 1e-10."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        return [d for key in theirs for d in differences(ours[key], theirs[key], f"{where} {key}")]
    if isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{where}[{i}]")]
    same = near(ours, theirs) if isinstance(theirs, (int, float)) else ours == theirs
    return [] if same else [f"{where}: {ours!r}, and not {theirs!r}"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_stored_numbers_of_pytorch(case):
    assert differences(run_here(case), STORED[case.name]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_single_operations_give_the_same(case):
    with nn.elementary():
        ours = run_here(case)
    assert differences(ours, STORED[case.name]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pytorch_itself(case):
    pytest.importorskip("torch")
    from tests.nn.make_torch_numbers import run_in_torch

    assert differences(run_here(case), run_in_torch(case)) == []

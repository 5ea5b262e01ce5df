"""The numbers of PyTorch that the tests compare with: `python -m tests.nn.make_torch_numbers`."""

import json
import re
import warnings

import torch

from nn.arrays import flat
from tests.nn.torch_cases import CASES, NUMBERS, drawn, weights


def run_in_torch(case):
    """Outputs, gradients, buffers and the printed form, of PyTorch in 64-bit floats."""
    arguments = dict(case.arguments)
    if "weight" in arguments:
        arguments["weight"] = torch.tensor(arguments["weight"], dtype=torch.float64)
    module = getattr(torch.nn, case.module)(**arguments).double()
    set_parameters(module)
    module.train(case.training)
    inputs = [tensor(x) for x in case.inputs]
    for x in inputs[: case.differentiable]:
        x.requires_grad_()
    options = {name: option_of_torch(option) for name, option in case.options.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # even kernels; the mean of KLDivLoss
        for _ in range(case.calls):
            out = module(*inputs, **options)
    outs = out if isinstance(out, tuple) else (out,)
    flat = torch.cat([part.reshape(-1) for part in outs])
    torch.dot(flat, torch.tensor(weights(len(flat)), dtype=torch.float64)).backward()
    return {
        "outputs": flat.tolist(),
        "inputs": [x.grad.reshape(-1).tolist() for x in inputs[: case.differentiable]],
        "parameters": {n: p.grad.reshape(-1).tolist() for n, p in module.named_parameters()},
        "buffers": {n: b.tolist() for n, b in module.named_buffers() if n != "weight"},
        "text": printed(module),
    }


def printed(module):
    """How PyTorch prints the module, without options and classes that there are not here."""
    text = repr(module).replace(", dilation=1, ceil_mode=False", "")
    text = text.replace("NonDynamicallyQuantizableLinear", "Linear")
    return re.sub(r"(momentum=\S+ affine=\w+), bias=\w+", r"\1", text)


def tensor(x):
    """An input: indices as integers, all else as 64-bit floats."""
    is_index = isinstance(flat(x)[0], int)
    return torch.tensor(x, dtype=torch.int64 if is_index else torch.float64)


def option_of_torch(option):
    """A mask as a tensor of booleans or of 64-bit floats; anything else as it is."""
    if not isinstance(option, list):
        return option
    is_boolean = isinstance(flat(option)[0], bool)
    return torch.tensor(option, dtype=torch.bool if is_boolean else torch.float64)


def set_parameters(module):
    """Give each parameter numbers drawn from the seed of its place."""
    with torch.no_grad():
        for seed, parameter in enumerate(module.parameters(), 100):
            parameter.copy_(torch.tensor(drawn(seed, *parameter.shape), dtype=torch.float64))


if __name__ == "__main__":
    answers = {case.name: run_in_torch(case) for case in CASES}
    lines = [f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
    NUMBERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")

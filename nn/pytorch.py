"""`to_torch`: the same model in PyTorch, with the same parameters, in 64-bit floats."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from autograd.extras import install_command
from nn.module import Module
from nn.perceptron import MLP, Layer


def to_torch(model: Module) -> Any:
    """A `torch.nn.Module` that computes what the model computes, on tensors of 64-bit floats.

    Modules of PyTorch's names become those; an `MLP` becomes a Sequential of Linear and ReLU, whose
    result keeps its last dimension also where there is one output.

    Args:
        model: a module of `nn`, or a container of such.

    Raises:
        ImportError: if PyTorch is not installed.
        TypeError: if PyTorch has no module of the same name, or the class is not one of `nn`.
    """
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise ImportError(f"to_torch needs PyTorch: {install_command('torch')}") from error
    return twin(torch, model).train(model.training)


def twin(torch: Any, module: Module) -> Any:
    """The same module there."""
    if isinstance(module, MLP):
        return torch.nn.Sequential(
            *[part for layer in module.layers for part in parts(torch, layer)]
        )
    if isinstance(module, Layer):
        return torch.nn.Sequential(*parts(torch, module))
    name = type(module).__name__
    if type(module).__module__.partition(".")[0] != "nn" or not hasattr(torch.nn, name):
        raise TypeError(
            f"PyTorch has no module that computes what {name} does; write one there, and give it "
            "this one's parameters by load_state_dict"
        )
    kind = getattr(torch.nn, name)
    if name == "Sequential":
        made = kind()
        for child_name, child in module.named_children():
            made.add_module(child_name, twin(torch, child))
        return made
    if name == "ModuleList":
        return kind([twin(torch, child) for child in module.children()])
    made = kind(**arguments(torch, module)).double()
    if state := module.state_dict():
        made.load_state_dict({key: tensor(torch, numbers) for key, numbers in state.items()})
    return made


def parts(torch: Any, layer: Layer) -> list[Any]:
    """A layer of neurons as Linear, followed by ReLU if they have one."""
    neurons = layer.neurons
    linear = torch.nn.Linear(len(neurons[0].w), len(neurons)).double()
    weight = [[w.data for w in neuron.w] for neuron in neurons]
    bias = [neuron.b.data for neuron in neurons]
    linear.load_state_dict({"weight": tensor(torch, weight), "bias": tensor(torch, bias)})
    return [linear, torch.nn.ReLU()] if neurons[0].nonlin else [linear]


def arguments(torch: Any, module: Module) -> dict[str, Any]:
    """The arguments with which the module was made: its attributes of the same names."""
    given = {}
    for name in inspect.signature(type(module)).parameters:
        if name == "bias":
            given[name] = any(key.startswith("bias") for key, _ in module.named_parameters())
        elif name != "generator":
            argument = getattr(module, name)
            given[name] = tensor(torch, argument) if isinstance(argument, list) else argument
    return given


def tensor(torch: Any, numbers: Any) -> Any:
    """Counts as integers, all else as 64-bit floats."""
    kind = torch.int64 if isinstance(numbers, int) else torch.float64
    return torch.tensor(numbers, dtype=kind)

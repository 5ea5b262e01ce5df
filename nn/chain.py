"""A network as the chain of layers that it is, for those who look into it layer by layer."""

from __future__ import annotations

from nn.containers import Sequential
from nn.module import Module
from nn.perceptron import MLP
from nn.scoping import joined_name


def chain(model: Module, path: str = "") -> list[tuple[str, Module]]:
    """The layers that run one after the other, with their names: those of `Sequential`s and `MLP`s,
    however deep. Any other module is one link.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))
    >>> [name for name, _ in chain(model)]
    ['0', '1.0', '1.1']
    """
    if not isinstance(model, (Sequential, MLP)):
        return [(path, model)]
    return [
        link
        for name, child in model.named_children()
        for link in chain(child, joined_name(path, name))
    ]

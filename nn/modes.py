"""Modes of `nn`, of the current thread alone: how finely operations are recorded, and where.

with nn.elementary(): ...   one simple operation a node, as a homework sheet draws it
with nn.scopes(): ...       every node knows the module that made it, such as "mlp.layer1.neuron3"
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import autograd
from autograd import single_operations

if TYPE_CHECKING:
    from nn.module import Module


class Switches(threading.local):
    """What is on in this thread.

    Attributes:
        elementary, scopes: how many of these modes are on, one inside the other.
        running: the modules whose calls are under way inside `scopes`, the innermost last.
    """

    def __init__(self) -> None:
        self.elementary = 0
        self.scopes = 0
        self.running: list[Module] = []


switches = Switches()


def arithmetic() -> ModuleType:
    """Where layers and losses take `dot`, `affine`, `total`, `mean`, `softmax` and its like.

    That is `autograd`, which makes one node of each; inside `elementary`, its `single_operations`.
    """
    return single_operations if switches.elementary else autograd


@contextmanager
def elementary() -> Iterator[None]:
    """Inside, sums of products, means and softmaxes are made of single operations.

    >>> import nn
    >>> unit = nn.Linear(2, 1)
    >>> unit([1.0, 2.0])[0].op
    'dot'
    >>> with nn.elementary():
    ...     unit([1.0, 2.0])[0].op
    'add'
    """
    switches.elementary += 1
    try:
        yield
    finally:
        switches.elementary -= 1


@contextmanager
def scopes() -> Iterator[None]:
    """Inside, a module's call is an `autograd.scope`, and its parameters get names.

    The path starts with the class of the module that is called first, in lower case. A child goes
    by its attribute's name, a child in a list by the singular and its number from 1
    (`layers[0]` is `layer1`), a child of a Sequential by its class and position (`linear1`,
    `relu2`). A parameter without a label gets one: `weight[0][1]`, from input 2 into unit 1, is
    `w12`.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1])
    >>> with nn.scopes():
    ...     out = model([1.0, 2.0])
    >>> out.scope
    'mlp.layer2.neuron1'
    """
    switches.scopes += 1
    try:
        yield
    finally:
        switches.scopes -= 1

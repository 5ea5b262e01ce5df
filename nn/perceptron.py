"""micrograd's `Neuron`, `Layer` and `MLP`: one sample at a time, a unit an object.

Attributes, order of parameters and order of random draws are micrograd's, so that code written for
it sees the same numbers. Other than there, an input of the wrong length is an error.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from autograd import Value, relu
from nn.arrays import Array, along_last
from nn.modes import arithmetic, switches
from nn.module import Module


class Neuron(Module):
    """One unit: relu(w . x + b), or w . x + b.

    Weights are drawn from `random.uniform(-1, 1)`; the bias is 0.

    Args:
        nin: how many inputs.
        nonlin: whether the ReLU is applied.

    >>> unit = Neuron(2)
    >>> unit.w[0].data, unit.w[1].data, unit.b.data = 3.0, -1.0, 0.5
    >>> unit([2.0, 4.0]).data
    2.5
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def forward(self, x: Sequence[Value | float]) -> Value:
        """The unit's output for one sample.

        Raises:
            ValueError: if there are not as many inputs as weights.
        """
        if len(x) != len(self.w):
            raise ValueError(f"a neuron of {len(self.w)} inputs was given {len(x)}")
        pre_activation: Value = arithmetic().dot(self.w, x, self.b)
        return relu(pre_activation) if self.nonlin else pre_activation

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Units side by side, all with the same inputs.

    Args:
        nin: how many inputs.
        nout: how many units.
        kwargs: for each `Neuron`.

    Called with one sample it returns a list of outputs; a lone output is not in a list.
    """

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def forward(self, x: Sequence[Value | float]) -> Any:
        """The outputs of all units for one sample."""
        neurons = self.neurons
        rows = [neuron.w for neuron in neurons if type(neuron) is Neuron]
        if switches.scopes or len(rows) < len(neurons) or not rows or len(x) != len(rows[0]):
            out = [neuron(x) for neuron in neurons]
        else:  # what calling them one by one gives, sooner
            sums = arithmetic().affine(rows, x, [neuron.b for neuron in neurons])
            out = [
                relu(pre_activation) if neuron.nonlin else pre_activation
                for neuron, pre_activation in zip(neurons, sums)  # noqa: B905  # slower strict
            ]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join([str(neuron) for neuron in self.neurons])}]"


class MLP(Module):
    """A multi-layer perceptron: ReLU in all layers but the last, which is linear.

    Args:
        nin: how many inputs.
        nouts: how many units each layer has.

    Called with one sample it returns the last layer's outputs, a lone one not in a list; called
    with a list of samples, a list of that.

    >>> model = MLP(3, [4, 4, 1])
    >>> len(model.parameters())
    41
    >>> model([2.0, 3.0, -1.0]).op
    'dot'
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        if isinstance(nouts, int):
            raise TypeError(f"nouts is a list, the units of each layer: [{nouts}], not {nouts}")
        last = len(nouts) - 1
        self.layers = [
            Layer(inputs, units, nonlin=i != last)
            for i, (inputs, units) in enumerate(pairwise([nin, *nouts]))
        ]

    def forward(self, x: Array) -> Any:
        """The last layer's output, or one a sample."""
        return along_last(self.of_sample, x)

    def of_sample(self, x: list[Value | float]) -> Any:
        """The last layer's output for one sample."""
        out: Any = x
        for layer in self.layers:
            out = layer(out if isinstance(out, list) else [out])
        return out

    def __repr__(self) -> str:
        return f"MLP of [{', '.join([str(layer) for layer in self.layers])}]"

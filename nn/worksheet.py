"""`worksheet`: one training step of a network worked out by hand, layer by layer.

The notation is that of lectures on backpropagation. Layer l takes z(l-1), what comes out of the
layer before (z(0) is the input), and

    a = W z(l-1) + b      z = g(a)      delta = dL/da
    dW = dL/dW, which is delta_j times input i for unit j      db = dL/db = delta

The update is W - lr dW and b - lr db.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd import Value, dot, relu
from autograd.numbers import format_number
from nn.arrays import Array, as_lists, flat, shape_of
from nn.chain import chain
from nn.linear import Linear
from nn.module import Module
from nn.perceptron import Layer
from nn.tables import aligned


@dataclass(frozen=True)
class LayerSheet:
    """The numbers of one layer; units by row, inputs by column.

    Attributes:
        name: the names of its modules, such as "0 Linear, 1 Sigmoid".
        inputs: z of the layer before.
        a: before the activation, one number a unit.
        z: after it.
        delta: dL/da.
        weight, d_weight, new_weight: W, dL/dW and W after the step.
        bias, d_bias, new_bias: the same for b; empty without a bias.
    """

    name: str
    inputs: list[float]
    a: list[float]
    z: list[float]
    delta: list[float]
    weight: list[list[float]]
    d_weight: list[list[float]]
    new_weight: list[list[float]]
    bias: list[float]
    d_bias: list[float]
    new_bias: list[float]

    def lines(self) -> list[str]:
        """The tables of the layer: its units, then its weights and biases."""
        units = [str(unit) for unit in range(1, len(self.a) + 1)]
        columns = [("unit", units)]
        for heading, numbers in (("a", self.a), ("z", self.z), ("delta", self.delta)):
            columns.append((heading, [format_number(number) for number in numbers]))
        names = parameter_names(len(self.weight), len(self.inputs), bool(self.bias))
        parameters = [("", names)]
        for heading, weight, bias in (
            ("value", self.weight, self.bias),
            ("gradient", self.d_weight, self.d_bias),
            ("after the step", self.new_weight, self.new_bias),
        ):
            parameters.append((heading, [format_number(n) for n in [*flat(weight), *bias]]))
        return [self.name, *aligned(columns), "", *aligned(parameters, left=1)]


@dataclass(frozen=True)
class Worksheet:
    """A step worked out; it prints as tables.

    Attributes:
        layers: the sheets, in the order of the forward pass.
        output: z of the last layer.
        loss: the loss before the step.
        lr: the learning rate of the step.
    """

    layers: list[LayerSheet]
    output: list[float]
    loss: float
    lr: float

    @property
    def answers(self) -> dict[str, float]:
        """Every number of the sheet under the name by which `nn.check_worksheet` asks for it."""
        found: dict[str, float] = {}
        for number, layer in enumerate(self.layers, 1):
            for name, numbers in (("a", layer.a), ("z", layer.z), ("delta", layer.delta)):
                for unit, value in enumerate(numbers, 1):
                    found[f"{name}{unit}({number})"] = value
            names = parameter_names(len(layer.weight), len(layer.inputs), bool(layer.bias))
            gradients = [*flat(layer.d_weight), *layer.d_bias]
            new = [*flat(layer.new_weight), *layer.new_bias]
            for name, gradient, after_step in zip(names, gradients, new, strict=True):
                found[f"d{name}({number})"] = gradient
                found[f"{name}({number}).new"] = after_step
        return {**found, "L": self.loss}

    def __str__(self) -> str:
        inputs = ", ".join([format_number(number) for number in self.layers[0].inputs])
        parts = [f"z(0) = {inputs}"]
        parts += [
            "\n".join([f"layer {number}: {line}" if place == 0 else line for place, line in rows])
            for number, rows in enumerate([enumerate(layer.lines()) for layer in self.layers], 1)
        ]
        parts.append(f"loss {format_number(self.loss)}, learning rate {format_number(self.lr)}")
        return "\n\n".join(parts)


@dataclass
class Stage:
    """A layer to be worked out: weights, biases, and the activation that follows."""

    name: str
    weight: list[list[Value]]
    bias: list[Value] | None
    activation: Callable[[list[Value]], list[Value]]

    def pre_activations(self, inputs: list[Any]) -> list[Value]:
        """W z + b as new nodes."""
        if self.bias is None:
            return [dot(row, inputs) for row in self.weight]
        return [dot(row, inputs, b) for row, b in zip(self.weight, self.bias, strict=True)]


def worksheet(
    model: Module, x: Array, y: Array, loss: Callable[[Any, Any], Value], lr: float
) -> Worksheet:
    """One step of gradient descent for one sample, with every number on the way.

    The model is left as it is; the new weights stand in the worksheet alone.

    Args:
        model: a chain of `Linear` layers and activations, or an `MLP`.
        x: the inputs of one sample.
        y: its target, in the form that `loss` takes for one sample.
        loss: called with the outputs and y.
        lr: the learning rate.

    Returns:
        A `Worksheet`, which prints. `check_worksheet` marks a student's numbers for it.

    Raises:
        ValueError: if the model holds other layers, or x has the wrong length.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(1, 1))
    >>> model[0].weight[0][0].data, model[0].bias[0].data = 3.0, 1.0
    >>> print(worksheet(model, [2.0], [5.0], nn.HalfSquaredError(), lr=0.1))
    z(0) = 2
    <BLANKLINE>
    layer 1: 0 Linear
    unit  a  z  delta
       1  7  7      2
    <BLANKLINE>
         value  gradient  after the step
    w11      3         4             2.6
    b1       1         2             0.8
    <BLANKLINE>
    loss 2, learning rate 0.1
    """
    passed, result = forward_pass(model, x, y, loss)
    model.zero_grad()
    result.backward()
    layers = [sheet(one, lr) for one in passed]
    model.zero_grad()
    return Worksheet(layers, data(passed[-1].z), result.data, lr)


class Passed(NamedTuple):
    """A layer after the forward pass: what came in, a and z."""

    stage: Stage
    inputs: list[Any]
    a: list[Value]
    z: list[Value]


def forward_pass(
    model: Module, x: Array, y: Array, loss: Callable[[Any, Any], Value]
) -> tuple[list[Passed], Value]:
    """The layers after the forward pass, and the loss.

    Raises:
        ValueError: if the model holds other layers than a worksheet has, or x has the wrong length.
    """
    stages = stages_of(model)
    inputs: list[Any] = as_lists(x)
    expected = (len(stages[0].weight[0]),)
    if shape_of(inputs) != expected:
        raise ValueError(f"x is one sample of the shape {expected}, not {shape_of(inputs)}")
    passed = []
    for stage in stages:
        a = stage.pre_activations(inputs)
        passed.append(Passed(stage, inputs, a, stage.activation(a)))
        inputs = passed[-1].z
    return passed, loss(inputs, y)


def stages_of(model: Module) -> list[Stage]:
    """The layers of a network, each with the activations that follow it."""
    stages: list[Stage] = []
    for name, module in chain(model):
        title = f"{name} {type(module).__name__}".strip()
        if isinstance(module, Linear):
            stages.append(Stage(title, module.weight, module.bias, list))
        elif isinstance(module, Layer):
            neurons = module.neurons
            weight, bias = [neuron.w for neuron in neurons], [neuron.b for neuron in neurons]
            stages.append(Stage(title, weight, bias, all_relu if neurons[0].nonlin else list))
        elif stages and not module.parameters():
            stages[-1].name += f", {title}"
            stages[-1].activation = after(stages[-1].activation, module)
        else:
            raise ValueError(
                f"a worksheet is for Linear layers, each followed by activations; {title} is none"
            )
    if not stages:
        raise ValueError("a worksheet needs at least one Linear layer; the model has none")
    return stages


def all_relu(a: list[Value]) -> list[Value]:
    """The activation of micrograd's layers."""
    return [relu(value) for value in a]


def after(
    first: Callable[[list[Value]], list[Value]], second: Module
) -> Callable[..., list[Value]]:
    """Two activations, one after the other."""
    return lambda a: second(first(a))


def sheet(passed: Passed, lr: float) -> LayerSheet:
    """The numbers of one layer after the backward pass."""
    stage, inputs, a, z = passed
    bias = stage.bias or []
    return LayerSheet(
        stage.name,
        data(inputs),
        data(a),
        data(z),
        [value.grad for value in a],
        [data(row) for row in stage.weight],
        [[w.grad for w in row] for row in stage.weight],
        [[w.data - lr * w.grad for w in row] for row in stage.weight],
        data(bias),
        [b.grad for b in bias],
        [b.data - lr * b.grad for b in bias],
    )


def data(values: list[Any]) -> list[float]:
    """Values and numbers as numbers."""
    return [value.data if isinstance(value, Value) else float(value) for value in values]


def parameter_names(units: int, inputs: int, has_bias: bool) -> list[str]:
    """w12 is the weight from input 2 into unit 1; beyond nine, w1,12. b1 is the bias of unit 1."""
    comma = "," if max(units, inputs) > 9 else ""
    names = [f"w{j}{comma}{i}" for j in range(1, units + 1) for i in range(1, inputs + 1)]
    return [*names, *[f"b{j}" for j in range(1, units + 1)]] if has_bias else names

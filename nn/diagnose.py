"""`diagnose`: what keeps a network from learning, layer by layer, and what helps against it.

It looks at four things: gradients that fade or grow on their way from the loss; units that are 0
for every sample and so have no gradient (dead); activations on the flat ends of their curve
(saturated); and units that all have the same weights, which stay the same for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from textwrap import wrap
from typing import Any, NamedTuple

from autograd import Value, ieee, mean
from autograd.numbers import format_number
from nn.activations import ReLU, Sigmoid, Tanh
from nn.arrays import Array, flat
from nn.chain import chain
from nn.data import Pair, checked_pairs
from nn.linear import Linear
from nn.module import Module
from nn.perceptron import Layer, Neuron
from nn.tables import aligned, number_or_dash, percent
from nn.training import modes_kept

#: A gradient this many times smaller (larger) than the last layer's has vanished (exploded).
FAR = 1e3
#: A gradient this many times larger than the weights themselves has exploded, too.
LARGE = 1e3
#: An activation whose derivative is below this share of the steepest is saturated.
FLAT = 0.05
#: More dead units, or saturated activations, than these shares are worth a remark.
MANY_DEAD, MANY_SATURATED = 0.1, 0.5

REVIVE = "dead units: LeakyReLU, nn.init.kaiming_uniform_, or a lower learning rate"
DESATURATE = "flat activations: smaller weights (nn.init.xavier_uniform_), scaled inputs, or ReLU"
RANDOMISE = "equal units learn the same for ever: random weights, as from nn.init.xavier_uniform_"
UNBLOCK = "no gradient: behind the layer all units are dead or flat, or all weights are 0"
STRENGTHEN = "vanishing gradients: ReLU, nn.Residual, normalisation, or nn.init.xavier_uniform_"
TAME = "exploding gradients: scaled inputs, smaller weights, nn.clip_grad_norm_"


class Remark(NamedTuple):
    """What is wrong with a layer, and what helps."""

    problem: str
    cure: str


@dataclass
class LayerDiagnosis:
    """What was seen in one layer; None where a question has no meaning.

    Attributes:
        name: the layer's name and class, such as "0 Linear".
        gradient: the root mean square of the gradients of its parameters.
        weight: the root mean square of the parameters themselves.
        dead: the share of its units that are 0 for every sample.
        saturated: the share of its activations whose derivative is below 5 % of the steepest.
        remarks: what is wrong with it, and what helps.
    """

    name: str
    gradient: float | None = None
    weight: float | None = None
    dead: float | None = None
    saturated: float | None = None
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class Diagnosis:
    """What was seen in a network; it prints as a table with the remarks below, and is truthy if
    there are none.

    Attributes:
        layers: one record a layer, in order.
        samples: how many samples were looked at.
    """

    layers: list[LayerDiagnosis]
    samples: int

    def __bool__(self) -> bool:
        return not any(layer.remarks for layer in self.layers)

    def __str__(self) -> str:
        columns = [
            ("layer", [layer.name for layer in self.layers]),
            ("gradient rms", [number_or_dash(layer.gradient) for layer in self.layers]),
            ("weight rms", [number_or_dash(layer.weight) for layer in self.layers]),
            ("dead", [percent(layer.dead) for layer in self.layers]),
            ("saturated", [percent(layer.saturated) for layer in self.layers]),
        ]
        return "\n".join([*aligned(columns, left=1), "", *self.remark_lines()])

    def remark_lines(self) -> list[str]:
        """What is wrong, layer by layer, and below it each cure once."""
        if self:
            plural = "" if self.samples == 1 else "s"
            return [f"nothing wrong was seen in {self.samples} sample{plural}"]
        remarks = [(layer.name, remark) for layer in self.layers for remark in layer.remarks]
        cures = dict.fromkeys([remark.cure for _, remark in remarks])
        lines = [f"{name}: {remark.problem}" for name, remark in remarks]
        lines += ["", "What helps:", *[f"- {cure}" for cure in cures]]
        return [part for line in lines for part in wrap(line, 80, subsequent_indent="  ") or [""]]


def diagnose(
    model: Module,
    data: Iterable[Pair],
    loss: Callable[[Any, Any], Value] | None = None,
    samples: int = 128,
) -> Diagnosis:
    """Run some samples forward and backward, in evaluation mode, and look at every layer.

    Args:
        model: a `Sequential`, an `MLP`, or one module.
        data: pairs (x, y).
        loss: called with the outputs and the list of y; None: the mean of all outputs.
        samples: how many of the pairs are used, the first ones.

    Returns:
        A `Diagnosis`, which prints.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    >>> for parameter in model.parameters():
    ...     parameter.data = -1.0
    >>> print(diagnose(model, [([1.0], [0.0]), ([2.0], [0.0])], nn.MSELoss()))
    layer     gradient rms  weight rms     dead  saturated
    0 Linear             0           1        –          –
    1 ReLU               –           –  100.0 %          –
    2 Linear        1.1547           1        –          –
    <BLANKLINE>
    0 Linear: all units have the same weights
    0 Linear: no gradient arrives
    1 ReLU: 100.0 % of the units are 0 for every sample and learn nothing
    <BLANKLINE>
    What helps:
    - equal units learn the same for ever: random weights, as from
      nn.init.xavier_uniform_
    - no gradient: behind the layer all units are dead or flat, or all weights are 0
    - dead units: LeakyReLU, nn.init.kaiming_uniform_, or a lower learning rate
    """
    pairs = checked_pairs(islice(data, samples))
    x: Array = [x for x, _ in pairs]
    layers = []
    with modes_kept(model), ieee():
        model.eval()
        for name, module in chain(model):
            x = outputs_of(module, x)
            layer = LayerDiagnosis(f"{name} {type(module).__name__}".strip())
            layers.append((module, layer))
            look_at_outputs(module, x, layer)
        result = mean(flat(x)) if loss is None else loss(x, [y for _, y in pairs])
        model.zero_grad()
        result.backward()
    for module, layer in layers:
        look_at_parameters(module, layer)
    compare_gradients([layer for _, layer in layers if layer.gradient is not None])
    model.zero_grad()
    return Diagnosis([layer for _, layer in layers], len(pairs))


def outputs_of(module: Module, batch: list[Any]) -> Array:
    """What comes out of a layer for a batch; micrograd's take one sample at a time."""
    if isinstance(module, (Layer, Neuron)):
        return [module(sample if isinstance(sample, list) else [sample]) for sample in batch]
    return module(batch)


# ---- what each layer shows ----------------------------------------------------------------------


def look_at_outputs(module: Module, batch: list[Any], layer: LayerDiagnosis) -> None:
    """Count dead units and saturated activations, where a layer can have such."""
    is_relu = isinstance(module, ReLU) or (
        isinstance(module, Layer) and any(neuron.nonlin for neuron in module.neurons)
    )
    if is_relu:
        layer.dead = share([not any(unit) for unit in units_of(batch)])
        if layer.dead > MANY_DEAD:
            problem = f"{percent(layer.dead)} of the units are 0 for every sample and learn nothing"
            layer.remarks.append(Remark(problem, REVIVE))
    slope = slope_for(module)
    if slope is not None:
        layer.saturated = share([slope(x.data) < FLAT for x in flat(batch)])
        if layer.saturated > MANY_SATURATED:
            problem = (
                f"{percent(layer.saturated)} of the activations are on a flat end of the curve"
            )
            layer.remarks.append(Remark(problem, DESATURATE))


def slope_for(module: Module) -> Callable[[float], float] | None:
    """From an output to the derivative there, as a share of the steepest; None for other curves."""
    if isinstance(module, Sigmoid):
        return lambda s: 4.0 * s * (1.0 - s)
    if isinstance(module, Tanh):
        return lambda t: 1.0 - t * t
    return None


def units_of(batch: list[Any]) -> list[list[float]]:
    """The numbers of each unit over all samples; of an image, the channels are the units."""
    samples = [sample if isinstance(sample, list) else [sample] for sample in batch]
    return [[x.data for x in flat(list(unit))] for unit in zip(*samples, strict=True)]


def look_at_parameters(module: Module, layer: LayerDiagnosis) -> None:
    """Measure weights and gradients, and see whether the units differ."""
    parameters = module.parameters()
    if not parameters:
        return
    layer.gradient = root_mean_square([p.grad for p in parameters])
    layer.weight = root_mean_square([p.data for p in parameters])
    rows = [[w.data for w in row] for row in weight_rows(module)]
    if len(rows) > 1 and all(row == rows[0] for row in rows):
        layer.remarks.append(Remark("all units have the same weights", RANDOMISE))


def weight_rows(module: Module) -> list[list[Value]]:
    """The weights and the bias of each unit."""
    if isinstance(module, Layer):
        return [neuron.parameters() for neuron in module.neurons]
    if isinstance(module, Linear):
        biases = [[]] * len(module.weight) if module.bias is None else [[b] for b in module.bias]
        return [[*row, *bias] for row, bias in zip(module.weight, biases, strict=True)]
    return []


def compare_gradients(layers: list[LayerDiagnosis]) -> None:
    """Say which layers' gradients have faded, or grown, beside those of the last."""
    for layer in layers:
        gradient, weight, last = layer.gradient, layer.weight, layers[-1].gradient
        if gradient is None or weight is None or last is None:
            continue
        if not math.isfinite(gradient):
            layer.remarks.append(Remark(f"the gradient is {format_number(gradient)}", TAME))
        elif gradient == 0.0:
            layer.remarks.append(Remark("no gradient arrives", UNBLOCK))
        elif gradient * FAR < last:
            problem = f"the gradient has vanished: {format_number(last / gradient)} times smaller"
            layer.remarks.append(Remark(f"{problem} than the last layer's", STRENGTHEN))
        elif gradient > FAR * last:
            problem = f"the gradient has exploded: {format_number(gradient / last)} times larger"
            layer.remarks.append(Remark(f"{problem} than the last layer's", TAME))
        elif 0.0 < weight * LARGE < gradient:
            problem = f"the gradient has exploded: {format_number(gradient / weight)} times larger"
            layer.remarks.append(Remark(f"{problem} than the weights", TAME))


def share(marks: list[bool]) -> float:
    """How many of the marks are set."""
    return sum(marks) / len(marks)


def root_mean_square(numbers: list[float]) -> float:
    """The square root of the mean of squares."""
    squares = 0.0
    for number in numbers:
        squares += number * number
    return math.sqrt(squares / len(numbers))

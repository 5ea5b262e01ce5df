"""What is known of a layer without running it: the shape that comes out, and what it keeps for the
backward pass.

Shapes are those of one sample, without the batch's dimension. A module of another kind may have a
method `output_shape(shape)`; without one, what comes after it is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import singledispatch
from typing import TypeAlias

from nn import activations
from nn.convolution import Conv2d, MaxPool2d, Pool
from nn.dropout import Dropout
from nn.linear import Embedding, Flatten, Identity, Linear
from nn.module import Module
from nn.normalization import BatchNorm1d, LayerNorm, RMSNorm
from nn.perceptron import Layer, Neuron

Shape: TypeAlias = tuple[int, ...]


@singledispatch
def output_shape(module: Module, shape: Shape) -> Shape | None:
    """The shape that comes out of a layer where `shape` goes in; None if it is not known.

    Raises:
        ValueError: if that shape cannot go in.
    """
    own: Callable[[Shape], Shape] | None = getattr(module, "output_shape", None)
    return None if own is None else own(shape)


def require(module: Module, shape: Shape, expected: str, is_right: bool) -> None:
    """Raise ValueError unless the shape is as expected."""
    if not is_right:
        raise ValueError(f"{type(module).__name__} expects the shape {expected}, not {shape}")


@output_shape.register(Linear)
def _(module: Linear, shape: Shape) -> Shape:
    require(module, shape, f"(*, {module.in_features})", shape[-1:] == (module.in_features,))
    return (*shape[:-1], module.out_features)


@output_shape.register(Neuron)
def _(module: Neuron, shape: Shape) -> Shape:
    require(module, shape, f"({len(module.w)},)", shape == (len(module.w),))
    return ()


@output_shape.register(Layer)
def _(module: Layer, shape: Shape) -> Shape:
    expected = len(module.neurons[0].w)
    require(module, shape or (1,), f"({expected},)", (shape or (1,)) == (expected,))
    return (len(module.neurons),) if len(module.neurons) > 1 else ()


@output_shape.register(Embedding)
def _(module: Embedding, shape: Shape) -> Shape:
    return (*shape, module.embedding_dim)


@output_shape.register(Flatten)
def _(module: Flatten, shape: Shape) -> Shape:
    batch = (1, *shape)
    start, end = (dim % len(batch) for dim in (module.start_dim, module.end_dim))
    merged = math.prod(batch[start : end + 1])
    return (*batch[:start], merged, *batch[end + 1 :])[1:]


@output_shape.register(Conv2d)
def _(module: Conv2d, shape: Shape) -> Shape:
    is_right = len(shape) == 3 and shape[0] == module.in_channels
    require(module, shape, f"({module.in_channels}, height, width)", is_right)
    return (module.out_channels, *module.output_size(*shape[1:]))


@output_shape.register(Pool)
def _(module: Pool, shape: Shape) -> Shape:
    require(module, shape, "(channels, height, width)", len(shape) == 3)
    return (shape[0], *module.output_size(*shape[1:]))


UNCHANGED = (
    activations.Activation,
    activations.Softmax,
    activations.LogSoftmax,
    BatchNorm1d,
    Dropout,
    Identity,
    LayerNorm,
    RMSNorm,
)


def unchanged(module: Module, shape: Shape) -> Shape:
    """The shape itself."""
    return shape


for kind in UNCHANGED:
    output_shape.register(kind, unchanged)


# ---- memory -------------------------------------------------------------------------------------

#: Their weights' gradients, or their derivatives, are computed from what went in.
KEEP_INPUT = (
    Linear,
    Neuron,
    Layer,
    Conv2d,
    activations.GELU,
    activations.Hardtanh,
    activations.LogSigmoid,
    activations.SiLU,
    activations.Softplus,
    activations.Swish,
)

#: Their derivatives are computed from what came out.
KEEP_OUTPUT = (
    activations.ELU,
    activations.LeakyReLU,
    activations.LogSoftmax,
    activations.ReLU,
    activations.Sigmoid,
    activations.Softmax,
    activations.Tanh,
)

#: They keep something of their own, one number for each that comes out: which units were dropped,
#: where the maximum was, the number before it was scaled and shifted.
KEEP_OWN = (Dropout, MaxPool2d, BatchNorm1d, LayerNorm, RMSNorm)

#: What comes out is what went in, in another arrangement.
SAME_NUMBERS = (Flatten, Identity)


def keeps_output(module: Module) -> bool:
    """Whether a layer's own backward pass reads what came out of it."""
    if isinstance(module, Layer):
        return module.neurons[0].nonlin
    if isinstance(module, Neuron):
        return module.nonlin
    return isinstance(module, KEEP_OUTPUT)

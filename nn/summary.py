"""`summary`: a network as a table, layer by layer, worked out from its layers without running it.

For each layer: the shape that comes out, the number of parameters, how many numbers of a sample
must be kept for the backward pass, and how large a square of the input one number sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nn.arrays import flat
from nn.chain import chain
from nn.containers import Residual
from nn.convolution import SlidingWindow
from nn.module import Module
from nn.shapes import (
    KEEP_INPUT,
    KEEP_OWN,
    SAME_NUMBERS,
    Shape,
    keeps_output,
    output_shape,
)
from nn.tables import aligned


@dataclass
class LayerSummary:
    """One line of the table.

    Attributes:
        name: the layer's name in the model, such as "0".
        kind: its class.
        output_shape: the shape that comes out for one sample; None if it is not known.
        parameters: how many numbers it learns.
        kept: how many numbers of one sample must be kept here for the backward pass; None if that
            is not known.
        receptive_field: how many rows and columns of the input one number sees; None where it sees
            all of it, or where the input is no image.
    """

    name: str
    kind: str
    output_shape: Shape | None
    parameters: int
    kept: int | None = 0
    receptive_field: tuple[int, int] | None = None


@dataclass(frozen=True)
class Summary:
    """The table of a network; it prints.

    Attributes:
        input_shape: the shape of one sample.
        layers: one record a layer.
        parameters: how many numbers the network learns; shared ones count once.
        bytes_per_number: how many bytes a number takes.
    """

    input_shape: Shape
    layers: list[LayerSummary]
    parameters: int
    bytes_per_number: int

    @property
    def kept(self) -> int | None:
        """How many numbers of one sample are kept for the backward pass, the input not counted."""
        kept = [layer.kept for layer in self.layers]
        return None if None in kept else sum([number for number in kept if number is not None])

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        """How many rows and columns of the input a number of the last layer sees."""
        return self.layers[-1].receptive_field if self.layers else None

    def __str__(self) -> str:
        layers = self.layers
        columns = [
            ("layer", [f"{layer.name} {layer.kind}".strip() for layer in layers]),
            ("output", [shape_text(layer.output_shape) for layer in layers]),
            ("parameters", [f"{layer.parameters:,}" for layer in layers]),
            ("kept", [number_text(layer.kept) for layer in layers]),
            ("sees", [field_text(layer.receptive_field) for layer in layers]),
        ]
        if all(layer.receptive_field is None for layer in layers):
            columns.pop()
        return "\n".join(
            [
                f"input {shape_text(self.input_shape)}",
                *aligned(columns, left=1),
                f"parameters: {self.amount(self.parameters)}",
                f"kept for backward, a sample: {self.amount(self.kept)}",
            ]
        )

    def amount(self, numbers: int | None) -> str:
        """How many numbers, and how many bytes they take."""
        if numbers is None:
            return "unknown"
        return f"{numbers:,} numbers, {numbers * self.bytes_per_number:,} bytes"


def summary(model: Module, input_shape: int | Sequence[int], bytes_per_number: int = 8) -> Summary:
    """What each layer of a network makes of one sample, what it learns and what it keeps.

    Kept are, each once: what went into a layer whose weights' gradients need it; what came out of
    an activation whose derivative is computed from that; masks and places of maxima. The input
    itself is there anyway, and is not counted. The receptive field grows with each window by
    (size - 1) times the product of the strides before it.

    Args:
        model: a `Sequential`, an `MLP`, or a module made of such; modules of other kinds show
            their parameters, and their shapes if they have a method `output_shape(shape)`.
        input_shape: the shape of one sample, without the batch's dimension.
        bytes_per_number: 8 for double precision.

    Returns:
        A `Summary`, which prints.

    Raises:
        ValueError: if a shape does not fit the next layer.

    >>> import nn
    >>> print(nn.summary(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), 3))
    input 3
    layer     output  parameters  kept
    0 Linear       4          16     0
    1 Tanh         4           0     4
    2 Linear       1           5     0
    parameters: 21 numbers, 168 bytes
    kept for backward, a sample: 4 numbers, 32 bytes
    """
    shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
    if any(length < 1 for length in shape) or bytes_per_number < 1:
        raise ValueError(
            f"lengths and bytes must be 1 or above; given are {shape} and {bytes_per_number}"
        )
    survey = Survey(shape)
    survey.walk(model, "")
    return Summary(shape, survey.layers, count_parameters(model), bytes_per_number)


class Survey:
    """A walk along a network, with what is known of the numbers between two layers."""

    def __init__(self, shape: Shape) -> None:
        self.shape: Shape | None = shape  # of what goes into the next layer
        self.layers: list[LayerSummary] = []
        self.maker: LayerSummary | None = None  # whose output goes in; None: the network's input
        self.is_kept = True  # whether that is counted; the input is there anyway
        image = len(shape) == 3
        self.field: tuple[int, int] | None = (1, 1) if image else None
        self.stride = (1, 1)  # how far apart two neighbouring numbers look

    def walk(self, model: Module, path: str) -> None:
        """Go through the layers of a network in order."""
        for name, module in chain(model, path):
            if isinstance(module, Residual):
                self.walk_around(module, name)
            else:
                self.pass_through(module, name)

    def walk_around(self, module: Residual, name: str) -> None:
        """Go through the layers that a shortcut leads around; then comes the sum."""
        before = self.shape
        self.walk(module.module, f"{name}.module".lstrip("."))
        if None not in (before, self.shape) and self.shape != before:
            raise ValueError(
                f"a shortcut needs one shape before and after; they are {before} and {self.shape}"
            )
        self.add(LayerSummary(name, "sum", self.shape, 0, 0, self.field))

    def pass_through(self, module: Module, name: str) -> None:
        """Add a layer, and take its output for what goes into the next."""
        if isinstance(module, KEEP_INPUT):
            self.keep()
        self.shape = None if self.shape is None else output_shape(module, self.shape)
        self.widen(module)
        layer = LayerSummary(
            name, type(module).__name__, self.shape, count_parameters(module), 0, self.field
        )
        if isinstance(module, SAME_NUMBERS):
            self.layers.append(layer)
            return
        self.add(layer)
        if self.shape is None:
            layer.kept = None
        elif isinstance(module, KEEP_OWN):
            layer.kept = math.prod(self.shape)
        if keeps_output(module):
            self.keep()

    def add(self, layer: LayerSummary) -> None:
        """Add a layer that makes new numbers."""
        self.layers.append(layer)
        self.maker = layer
        self.is_kept = False

    def keep(self) -> None:
        """Note that what went in, or came out last, is kept: once, where it was made."""
        if self.is_kept or self.maker is None or self.maker.kept is None:
            return
        self.maker.kept += math.prod(self.maker.output_shape or ())
        self.is_kept = True

    def widen(self, module: Module) -> None:
        """Widen the receptive field by a layer's windows; a fully connected layer sees it all."""
        if self.shape is None or len(self.shape) != 3:
            self.field = None
        if self.field is None or not isinstance(module, SlidingWindow):
            return
        (rows, columns), (down, right) = self.field, self.stride
        height, width = module.kernel_size
        self.field = (rows + (height - 1) * down, columns + (width - 1) * right)
        self.stride = (down * module.stride[0], right * module.stride[1])


def count_parameters(module: Module) -> int:
    """How many numbers a module learns; an array that stands in two places counts once."""
    return sum([len(flat(array)) for _, array in module.named_parameters()])


def shape_text(shape: Shape | None) -> str:
    """A shape such as 5 × 31 × 31; "one number" for a scalar."""
    if shape is None:
        return "?"
    return " × ".join(map(str, shape)) or "one number"


def number_text(number: int | None) -> str:
    """A number in groups of three digits."""
    return "?" if number is None else f"{number:,}"


def field_text(field: tuple[int, int] | None) -> str:
    """A receptive field such as 21 × 21."""
    return "–" if field is None else f"{field[0]} × {field[1]}"

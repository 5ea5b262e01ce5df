"""Convolution and pooling over images: a small window slides over the rows and columns.

Each place of the window gives one number: a sum of products with a kernel (`Conv2d`), the largest
number (`MaxPool2d`) or the mean (`AvgPool2d`). Images are channels x height x width; a batch is a
list of them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from nn import init
from nn.arrays import Array, as_lists, flat, shape_of
from nn.linear import positive, zeros
from nn.modes import arithmetic
from nn.module import Module

#: A window's places: an index into each of height and width.
Pair = tuple[int, int]
Image = list[list[list[Any]]]


def pair(name: str, size: Any, least: int = 1) -> Pair:
    """A size for height and width: an int for both, or two of them.

    Raises:
        ValueError: if there are not two, or one is too small.
    """
    sizes = tuple(size) if isinstance(size, Sequence) else (size, size)
    if len(sizes) != 2 or not all(isinstance(n, int) and n >= least for n in sizes):
        raise ValueError(f"{name} must be an int or two, each at least {least}, not {size!r}")
    return sizes


def shown(size: Pair) -> str:
    """A size in a module's text: one number where both are equal."""
    return str(size[0]) if size[0] == size[1] else str(size)


class SlidingWindow(Module):
    """The base: takes images apart into windows.

    Attributes:
        kernel_size, stride: of height and width.
        padding: how many places are added before and behind, for height and for width.
    """

    kernel_size: Pair
    stride: Pair
    pads: tuple[Pair, Pair]

    def forward(self, x: Array) -> Array:
        """One number a window.

        Args:
            x: of the shape (C, H, W) or (N, C, H, W).

        Raises:
            ValueError: for any other shape, and images smaller than the window.
        """
        x = as_lists(x)
        shape = shape_of(x)
        if len(shape) not in (3, 4) or 0 in shape:
            raise ValueError(
                f"{type(self).__name__} expects the shape (C, H, W) or (N, C, H, W), got {shape}"
            )
        return self.of_image(x) if len(shape) == 3 else [self.of_image(image) for image in x]

    def of_image(self, image: Image) -> Image:
        """What comes out for one image."""
        raise NotImplementedError(f"{type(self).__name__} must define of_image(self, image)")

    def over_windows(
        self, f: Callable[[list[Any]], Any], channels: Image, outside: float | None
    ) -> list[list[Any]]:
        """f of the numbers in each window, in the order of `flat`.

        Args:
            f: takes the numbers of all the channels together.
            channels: one or more channels of an image.
            outside: the number that stands in the padding; None: nothing does.
        """
        height, width = shape_of(channels)[1:]
        rows, columns = self.output_size(height, width)
        return [
            [f(self.window(channels, i, j, outside)) for j in range(columns)] for i in range(rows)
        ]

    def window(self, channels: Image, i: int, j: int, outside: float | None) -> list[Any]:
        """The numbers in the window of output place (i, j)."""
        height, width = len(channels[0]), len(channels[0][0])
        top = i * self.stride[0] - self.pads[0][0]
        left = j * self.stride[1] - self.pads[1][0]
        numbers = []
        for channel in channels:
            for row in range(top, top + self.kernel_size[0]):
                for column in range(left, left + self.kernel_size[1]):
                    if 0 <= row < height and 0 <= column < width:
                        numbers.append(channel[row][column])
                    elif outside is not None:
                        numbers.append(outside)
        return numbers

    def output_size(self, height: int, width: int) -> Pair:
        """How many windows there are below and beside each other.

        floor((size + padding before and behind - kernel_size) / stride) + 1, for each of the two.

        Raises:
            ValueError: if the window is larger than the padded image.
        """
        sizes = []
        for size, kernel, stride, (before, behind) in zip(
            (height, width), self.kernel_size, self.stride, self.pads, strict=True
        ):
            room = size + before + behind - kernel
            if room < 0:
                raise ValueError(
                    f"a window of {self.kernel_size} does not fit into an image of "
                    f"{(height, width)} with the padding {self.pads}"
                )
            sizes.append(room // stride + 1)
        return sizes[0], sizes[1]


class Conv2d(SlidingWindow):
    """Each output channel is a kernel's sum of products with the window at each place, plus a bias.

    The kernel is not flipped: it is a cross-correlation, as everywhere in deep learning. Parameters
    are drawn evenly from -1/sqrt(n) to 1/sqrt(n), n the number of places of a kernel.

    Args:
        in_channels: of the images that go in.
        out_channels: how many kernels there are.
        kernel_size: an int, or height and width.
        stride: how far the window moves, likewise.
        padding: how many zeros are put around the image, likewise; "valid" for none, "same" for as
            many as keep the size (stride 1 alone).
        bias: whether there are biases.
        generator: where the random numbers come from, if not from the global `random`.

    Attributes:
        weight: out_channels x in_channels x height x width Values.
        bias: out_channels Values, or None.

    >>> shape_of(Conv2d(1, 5, 4, stride=2)([[[0.0] * 64] * 64]))
    (5, 31, 31)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] | str = 0,
        *,
        bias: bool = True,
        generator: random.Random | None = None,
    ) -> None:
        self.in_channels = positive("in_channels", in_channels)
        self.out_channels = positive("out_channels", out_channels)
        self.kernel_size = pair("kernel_size", kernel_size)
        self.stride = pair("stride", stride)
        self.padding = padding if isinstance(padding, str) else pair("padding", padding, least=0)
        self.pads = self.pads_for(self.padding)
        self.weight = zeros(out_channels, in_channels, *self.kernel_size)
        self.bias = zeros(out_channels) if bias else None
        self.reset_parameters(generator)

    def pads_for(self, padding: Pair | str) -> tuple[Pair, Pair]:
        """How many zeros stand before and behind, for height and for width."""
        if padding == "same":
            if self.stride != (1, 1):
                raise ValueError(f"padding 'same' needs a stride of 1, not {self.stride}")
            height, width = [((k - 1) // 2, k - 1 - (k - 1) // 2) for k in self.kernel_size]
            return height, width
        if padding == "valid":
            return (0, 0), (0, 0)
        if isinstance(padding, str):
            raise ValueError(f"padding must be 'same', 'valid' or numbers, not {padding!r}")
        return (padding[0], padding[0]), (padding[1], padding[1])

    def reset_parameters(self, generator: random.Random | None = None) -> None:
        """Draw all parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_channels * math.prod(self.kernel_size))
            init.uniform_(self.bias, -bound, bound, generator=generator)

    def of_image(self, image: Image) -> Image:
        """One channel a kernel."""
        if len(image) != self.in_channels:
            raise ValueError(f"Conv2d expects {self.in_channels} channels, got {len(image)}")
        dot = arithmetic().dot
        windows = self.over_windows(lambda numbers: numbers, image, outside=0.0)
        kernels = zip(self.weight, self.bias or repeat(None), strict=False)
        return [
            [[dot(places, window, bias) for window in row] for row in windows]
            for places, bias in [(flat(kernel), bias) for kernel, bias in kernels]
        ]

    def extra_repr(self) -> str:
        """The arguments."""
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        text += f", padding={self.padding}" if self.padding != (0, 0) else ""
        return text + (", bias=False" if self.bias is None else "")


class Pool(SlidingWindow):
    """The base of pooling: one number of each window of each channel.

    Args:
        kernel_size: the window, an int or height and width.
        stride: how far it moves, the window's size if None.
        padding: how many places are added around the image, at most half the window.
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        self.kernel_size = pair("kernel_size", kernel_size)
        self.stride = self.kernel_size if stride is None else pair("stride", stride)
        self.padding = pair("padding", padding, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"padding must be at most half the window {self.kernel_size}, not {self.padding}"
            )
        self.pads = (self.padding[0], self.padding[0]), (self.padding[1], self.padding[1])

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"kernel_size={shown(self.kernel_size)}, stride={shown(self.stride)}, "
            f"padding={shown(self.padding)}"
        )


class MaxPool2d(Pool):
    """The largest number of each window: that very Value, so that it alone gets the gradient.

    Of equal ones it is the first, and a nan counts as the largest. The padding does not count.

    >>> MaxPool2d(2)([[[1.0, 2.0], [4.0, 3.0]]])
    [[[4.0]]]
    """

    def of_image(self, image: Image) -> Image:
        """The channels, each smaller."""
        return [self.over_windows(largest, [channel], outside=None) for channel in image]


class AvgPool2d(Pool):
    """The mean of each window, zeros in the padding included.

    >>> AvgPool2d(2)([[[1.0, 2.0], [4.0, 3.0]]])
    [[[2.5]]]
    """

    def of_image(self, image: Image) -> Image:
        """The channels, each smaller."""
        mean = arithmetic().mean
        return [self.over_windows(mean, [channel], outside=0.0) for channel in image]


def largest(numbers: list[Any]) -> Any:
    """The first of the largest; a nan if there is one."""
    best = numbers[0]
    for x in numbers[1:]:
        best_is_nan = not best <= best
        if not best_is_nan and not x <= best:  # larger, or nan
            best = x
    return best

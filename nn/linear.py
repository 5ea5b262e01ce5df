"""`Linear`, `Embedding`, `Flatten` and `Identity`: layers that multiply, look up and rearrange."""

from __future__ import annotations

import math
import operator
import random
from typing import Any

from autograd import Value
from nn import init
from nn.arrays import Array, along_last, as_lists, flat, mapped, nested, shape_of
from nn.modes import arithmetic
from nn.module import Module


def positive(name: str, size: Any) -> int:
    """A size as an int.

    Raises:
        TypeError: if it is none.
        ValueError: if it is not positive.
    """
    try:
        number = operator.index(size)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {type(size).__name__}") from None
    if number < 1:
        raise ValueError(f"{name} must be at least 1, not {number}")
    return number


def zeros(*shape: int) -> Array:
    """An array of new Values of 0, to be initialised."""
    return nested([Value(0.0) for _ in range(math.prod(shape))], shape)


class Identity(Module):
    """x itself."""

    def forward(self, x: Array) -> Array:
        """Return x."""
        return x


class Linear(Module):
    """y = W x + b for each row x of any array.

    Weights and biases are drawn evenly from -1/sqrt(in_features) to 1/sqrt(in_features).

    Args:
        in_features: the length of a row that goes in.
        out_features: the length of the row that comes out.
        bias: whether there is a b.
        generator: where the random numbers come from, if not from the global `random`.

    Attributes:
        weight: out_features x in_features Values.
        bias: out_features Values, or None.

    >>> layer = Linear(2, 1)
    >>> _ = init.constant_(layer.weight, 0.5), init.zeros_(layer.bias)
    >>> layer([[1.0, 2.0], [3.0, 4.0]])
    [[Value(data=1.5)], [Value(data=3.5)]]
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        generator: random.Random | None = None,
    ) -> None:
        self.in_features = positive("in_features", in_features)
        self.out_features = positive("out_features", out_features)
        self.weight = zeros(out_features, in_features)
        self.bias = zeros(out_features) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: random.Random | None = None) -> None:
        """Draw all parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound, generator=generator)

    def forward(self, x: Array) -> Array:
        """W x + b for each row.

        Args:
            x: of the shape (*, in_features).

        Returns:
            An array of the shape (*, out_features).

        Raises:
            ValueError: if a row has another length.
        """
        affine = arithmetic().affine

        def through(row: list[Any]) -> list[Any]:
            if len(row) != self.in_features:
                raise ValueError(
                    f"Linear expects rows of {self.in_features}, got one of {len(row)}"
                )
            outputs: list[Any] = affine(self.weight, row, self.bias)
            return outputs

        return along_last(through, x)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors, looked up by index. Its rows are drawn from the normal distribution.

    Args:
        num_embeddings: how many rows.
        embedding_dim: the length of a row.
        padding_idx: a row that starts as zeros and is not learnt, for places that hold nothing.
        generator: where the random numbers come from, if not from the global `random`.

    >>> table = Embedding(10, 3)
    >>> shape_of(table([[1, 2], [4, 5]]))
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        generator: random.Random | None = None,
    ) -> None:
        self.num_embeddings = positive("num_embeddings", num_embeddings)
        self.embedding_dim = positive("embedding_dim", embedding_dim)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx {padding_idx} is not one of {num_embeddings} rows")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = zeros(num_embeddings, embedding_dim)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: random.Random | None = None) -> None:
        """Draw all rows anew; the padding's is zeros."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            init.zeros_(self.weight[self.padding_idx])

    def forward(self, x: Array) -> Array:
        """The row of each index.

        Args:
            x: an int, or nested lists of ints.

        Returns:
            An array of the shape (*, embedding_dim).

        Raises:
            IndexError: for an index outside the table.
            TypeError: for what is no int.
        """
        return mapped(self.row, x)

    def row(self, index: Any) -> list[Any]:
        """The row of one index; the padding's as plain numbers, which have no gradient."""
        try:
            place = operator.index(index)
        except TypeError:
            raise TypeError(f"an index must be an int, not {index!r}") from None
        if not 0 <= place < self.num_embeddings:
            raise IndexError(f"index {place} is not in the table of {self.num_embeddings} rows")
        if place == self.padding_idx:
            return [value.data for value in self.weight[place]]
        return list(self.weight[place])

    def extra_repr(self) -> str:
        """The sizes."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Flatten(Module):
    """Dimensions `start_dim` to `end_dim` made into one, all but the first by default.

    >>> Flatten()([[[1, 2], [3, 4]]])
    [[1, 2, 3, 4]]
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Array) -> Array:
        """x with fewer dimensions.

        Raises:
            IndexError: if x has no such dimensions.
            ValueError: if the first comes behind the last.
        """
        x = as_lists(x)
        shape = shape_of(x)
        rank = len(shape)
        for dim in (self.start_dim, self.end_dim):
            if not -rank <= dim < rank:
                raise IndexError(f"dim {dim} is out of range for an array of {rank} dimensions")
        start, end = self.start_dim % rank, self.end_dim % rank
        if start > end:
            raise ValueError(f"start_dim {self.start_dim} lies behind end_dim {self.end_dim}")
        merged = math.prod(shape[start : end + 1])
        return nested(flat(x), (*shape[:start], merged, *shape[end + 1 :]))

    def extra_repr(self) -> str:
        """The dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

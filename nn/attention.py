"""`MultiheadAttention`: each place of a sequence takes a weighted mean of what the others hold.

A place asks with a query; the weights are the softmax of its products with the keys of the places,
and what it gets is their values' weighted mean. Several heads do so at once, each on a part of the
features.
"""

from __future__ import annotations

import math
import random
from typing import Any

from autograd.numbers import as_float
from nn import init
from nn.arrays import Array, as_lists, shape_of
from nn.dropout import drop_probability, dropped
from nn.linear import Linear, positive, zeros
from nn.modes import arithmetic
from nn.module import Module

Rows = list[list[Any]]


class MultiheadAttention(Module):
    """softmax(q k^T / sqrt(d)) v in each head, d features a head; then a linear layer.

    q, k and v are linear in query, key and value: x -> W x + b with one third each of
    `in_proj_weight` and `in_proj_bias`.

    Args:
        embed_dim: how many features a place has.
        num_heads: how many heads share them; embed_dim must be a multiple.
        dropout: the probability with which a weight is dropped in training.
        bias: whether there are biases.
        batch_first: whether batches are (N, L, E), and not (L, N, E).
        generator: where the random numbers come from, if not from the global `random`.

    >>> attention = MultiheadAttention(4, 2)
    >>> sequence = [[0.0] * 4, [1.0] * 4, [2.0] * 4]
    >>> out, weights = attention(sequence, sequence, sequence)
    >>> shape_of(out), shape_of(weights), [round(w.data, 4) for w in weights[0]]
    ((3, 4), (3, 3), [0.3333, 0.3333, 0.3333])
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        batch_first: bool = False,
        generator: random.Random | None = None,
    ) -> None:
        self.embed_dim = positive("embed_dim", embed_dim)
        self.num_heads = positive("num_heads", num_heads)
        if embed_dim % num_heads:
            raise ValueError(f"embed_dim {embed_dim} is no multiple of num_heads {num_heads}")
        self.dropout = drop_probability(dropout)
        self.batch_first = batch_first
        self.generator = generator
        self.in_proj_weight = zeros(3 * embed_dim, embed_dim)
        self.in_proj_bias = zeros(3 * embed_dim) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, generator=generator)
        if bias:
            init.zeros_(self.out_proj.bias)
        init.xavier_uniform_(self.in_proj_weight, generator=generator)

    def forward(
        self,
        query: Array,
        key: Array,
        value: Array,
        key_padding_mask: Array = None,
        need_weights: bool = True,
        attn_mask: Array = None,
        average_attn_weights: bool = True,
    ) -> tuple[Array, Array]:
        """What each place gets, and the weights with which it took it.

        Args:
            query: of the shape (L, E), or a batch of such sequences.
            key, value: of the shape (S, E), or a batch.
            key_padding_mask: of the shape (S) or (N, S); True where a place is not to be looked at.
            need_weights: whether the weights are returned, and not None.
            attn_mask: of the shape (L, S); True where a place must not look, or numbers to add to
                the products, minus infinity for the same.
            average_attn_weights: whether the weights are averaged over the heads.

        Returns:
            Outputs in the shape of the query; weights of the shape (L, S) or (N, L, S), and with a
            dimension of heads before the last two if they are not averaged.

        Raises:
            ValueError: for any other shape, and for a place that may look nowhere.
        """
        query, key, value = as_lists(query), as_lists(key), as_lists(value)
        is_batch = len(shape_of(query)) == 3
        if not is_batch:
            query, key, value = [query], [key], [value]
            key_padding_mask = None if key_padding_mask is None else [key_padding_mask]
        elif not self.batch_first:
            query, key, value = swapped(query), swapped(key), swapped(value)
        self.check(query, key, value)
        masks = combined_masks(query, key, key_padding_mask, attn_mask)
        results = [
            self.of_sequence(q, k, v, mask)
            for q, k, v, mask in zip(query, key, value, masks, strict=True)
        ]
        outs: Array = [out for out, _ in results]
        weights: Array = None
        if need_weights:
            weights = [averaged(w) if average_attn_weights else w for _, w in results]
        if not is_batch:
            return outs[0], weights and weights[0]
        return (outs if self.batch_first else swapped(outs)), weights

    def check(self, query: Array, key: Array, value: Array) -> None:
        """Raise ValueError unless these are batches that belong together."""
        asked, given, held = shape_of(query), shape_of(key), shape_of(value)
        fits = len(asked) == len(given) == 3 and asked[0] == given[0] and given == held
        if not fits or asked[2] != self.embed_dim or given[2] != self.embed_dim:
            raise ValueError(
                f"MultiheadAttention expects a query of (L, {self.embed_dim}), a key and a value "
                f"of (S, {self.embed_dim}), or batches of them; as (N, L, E), it got {asked}, "
                f"{given} and {held}"
            )

    def of_sequence(self, query: Rows, key: Rows, value: Rows, mask: Rows) -> tuple[Rows, Array]:
        """The outputs for one sequence, and each head's weights."""
        queries, keys, values = [
            self.projected(rows, third) for third, rows in enumerate((query, key, value))
        ]
        size = self.embed_dim // self.num_heads
        weights, mixed = [], []
        for start in range(0, self.embed_dim, size):
            part = slice(start, start + size)
            shares = attention_weights([q[part] for q in queries], [k[part] for k in keys], mask)
            if self.training:
                shares = dropped(shares, self.dropout, self.generator)
            weights.append(shares)
            mixed.append(weighted_means(shares, [v[part] for v in values]))
        rows = [[number for part in parts for number in part] for parts in zip(*mixed, strict=True)]
        return self.out_proj(rows), weights

    def projected(self, rows: Rows, third: int) -> Rows:
        """W x + b of each row, with the first, second or last third of the units."""
        dot = arithmetic().dot
        units = range(third * self.embed_dim, (third + 1) * self.embed_dim)
        biases = self.in_proj_bias or [None] * (3 * self.embed_dim)
        return [[dot(self.in_proj_weight[u], row, biases[u]) for u in units] for row in rows]


def attention_weights(queries: Rows, keys: Rows, mask: Rows) -> Rows:
    """For each query, the softmax of q . k / sqrt(d) + mask; 0 where the mask is minus infinity."""
    dot, softmax = arithmetic().dot, arithmetic().softmax
    scale = math.sqrt(len(queries[0]))
    rows = []
    for query, added in zip(queries, mask, strict=True):
        seen = [place for place, number in enumerate(added) if number != -math.inf]
        if not seen:
            raise ValueError("the masks leave a place of the query nowhere to look")
        scores = [dot(query, keys[place]) / scale for place in seen]
        masked = [
            score + added[place] if added[place] else score
            for place, score in zip(seen, scores, strict=True)
        ]
        row: list[Any] = [0.0] * len(keys)
        for place, share in zip(seen, softmax(masked), strict=True):
            row[place] = share
        rows.append(row)
    return rows


def weighted_means(weights: Rows, values: Rows) -> Rows:
    """For each row of weights, the sum of the rows of values, so weighted."""
    dot = arithmetic().dot
    columns = [list(column) for column in zip(*values, strict=True)]
    return [[dot(row, column) for column in columns] for row in weights]


def averaged(heads: list[Rows]) -> Rows:
    """The mean of the heads' weights, place by place."""
    mean = arithmetic().mean
    return [
        [mean(shares) for shares in zip(*rows, strict=True)] for rows in zip(*heads, strict=True)
    ]


def combined_masks(query: Array, key: Array, padding: Array, attention: Array) -> list[Rows]:
    """What is added to the products of each sequence: both masks as numbers.

    Raises:
        ValueError: for masks of other shapes.
    """
    count, length, places = len(query), len(query[0]), len(key[0])
    padding = [[False] * places] * count if padding is None else as_lists(padding)
    attention = [[False] * places] * length if attention is None else as_lists(attention)
    shapes = shape_of(padding), shape_of(attention)
    if shapes != ((count, places), (length, places)):
        raise ValueError(
            f"expected a key_padding_mask of {(count, places)} and an attn_mask of "
            f"{(length, places)}, got {shapes[0]} and {shapes[1]}"
        )
    return [
        [
            [added(hidden) + added(number) for hidden, number in zip(row, numbers, strict=True)]
            for numbers in attention
        ]
        for row in padding
    ]


def added(entry: Any) -> float:
    """An entry of a mask as what is added: minus infinity for True, 0 for False."""
    return (-math.inf if entry else 0.0) if isinstance(entry, bool) else as_float(entry)


def swapped(x: Array) -> Array:
    """The first two dimensions in the other order."""
    return [list(row) for row in zip(*x, strict=True)]

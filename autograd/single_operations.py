"""Sums of products, means and softmaxes in single operations: w1*x1, w2*x2, their sum, ...

Each function here gives what the one of the same name gives in one node. Additions go
from left to right with the bias last, so that sums come out bit for bit as there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

from autograd.functions import exp, ln

SAFE = 100.0  # exp of anything up to here, and sums of many such, are far from overflow


def total(xs: Iterable[Any]) -> Any:
    """x1 + x2 + ... + xn, one addition a node; 0.0 if there are none.

    >>> from autograd.single_operations import total
    >>> total([Value(1.0), Value(2.0), Value(3.0)]).operands
    (Value(data=3), Value(data=3))
    """
    operands = list(xs)
    return reduce(add, operands) if operands else 0.0


def mean(xs: Iterable[Any]) -> Any:
    """(x1 + ... + xn) / n.

    Raises:
        ValueError: if there are none.
    """
    operands = list(xs)
    if not operands:
        raise ValueError("the mean of no numbers is not defined: xs is empty")
    return total(operands) / len(operands)


def dot(ws: Iterable[Any], xs: Iterable[Any], bias: Any = None) -> Any:
    """w1 x1 + ... + wn xn + bias: n products, then the additions.

    Raises:
        ValueError: if there are not as many ws as xs.
    """
    ws, xs = list(ws), list(xs)
    if len(ws) != len(xs):
        raise ValueError(f"dot needs as many ws as xs; there are {len(ws)} and {len(xs)}")
    products = [w * x for w, x in zip(ws, xs, strict=True)]
    return total(products if bias is None else [*products, bias])


def affine(
    rows: Iterable[Iterable[Any]], xs: Iterable[Any], biases: Iterable[Any] | None = None
) -> list[Any]:
    """W x + b: a `dot` for each row.

    Raises:
        ValueError: if a row has another length than xs, or there are not as many biases as rows.
    """
    rows, xs = list(rows), list(xs)
    each = [None] * len(rows) if biases is None else list(biases)
    return [dot(row, xs, bias) for row, bias in zip(rows, each, strict=True)]


def softmax(xs: Iterable[Any]) -> list[Any]:
    """exp(x1) / (exp(x1) + ... + exp(xn)), ..., the x shifted where exp would leave the floats."""
    shifted, _ = moved_to_safety(list(xs))
    powers = [exp(x) for x in shifted]
    sum_of_powers = total(powers)
    return [power / sum_of_powers for power in powers]


def logsumexp(xs: Iterable[Any]) -> Any:
    """ln(exp(x1) + ... + exp(xn)), shifted likewise."""
    shifted, shift = moved_to_safety(list(xs))
    logarithm = ln(total([exp(x) for x in shifted]))
    return logarithm + shift if shift else logarithm


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """x1 - logsumexp(x), ..., xn - logsumexp(x)."""
    operands = list(xs)
    normaliser = logsumexp(operands)
    return [x - normaliser for x in operands]


def moved_to_safety(xs: list[Any]) -> tuple[list[Any], float]:
    """The xs, less their largest number where that is very large or small; and what was taken off.

    Raises:
        ValueError: if there are none.
    """
    if not xs:
        raise ValueError("expected at least one number: xs is empty")
    largest = max(x if isinstance(x, (int, float)) else x.data for x in xs)
    if -SAFE < largest < SAFE:
        return xs, 0.0
    return [x - largest for x in xs], largest

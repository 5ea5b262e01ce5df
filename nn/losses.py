"""Losses: how far outputs are from their targets, as one Value to run backward from.

Each takes the outputs first and the targets second. Unlike PyTorch, which broadcasts, a loss never
pairs up arrays of different shapes; and a target that is nan, which would turn all weights into
nan, is an error. Losses of logits stay finite and exact for logits of any size.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from autograd import absolute, exp, ln, relu, softplus
from autograd.numbers import as_float, format_number, is_number
from nn.arrays import Array, as_lists, flat, is_scalar, nested, number_of, shape_of
from nn.modes import arithmetic
from nn.module import Module

#: How far the probabilities of a target may be from a sum of 1: they are often rounded.
SUM_TOLERANCE = 1e-4
LEAST_PROBABILITY = math.exp(-100.0)


class Loss(Module):
    """The base: losses of the single elements, and what becomes of them.

    Args:
        reduction: "mean" of all, "sum" of all, or "none": each by itself, in the targets' shape.
    """

    reductions: tuple[str, ...] = ("mean", "sum", "none")

    def __init__(self, *, reduction: str = "mean") -> None:
        if reduction not in self.reductions:
            known = ", ".join([repr(name) for name in self.reductions])
            raise ValueError(f"reduction must be one of {known}, not {reduction!r}")
        self.reduction = reduction

    def count(self, output: Sequence[int], target: Array) -> float:
        """What one sample counts in a mean: that is the sum of all losses over the sum of these.

        Args:
            output: the shape of the sample's output.
            target: its target.

        Returns:
            How many elements the sample has, or the sum of their weights.
        """
        return float(math.prod(output))

    def reduced(self, losses: list[Any], shape: Sequence[int]) -> Any:
        """The losses of the elements as `reduction` says. A lone one needs no sum and no mean."""
        if self.reduction == "none":
            return nested(losses, shape)
        if len(losses) == 1:
            return losses[0]
        combine = arithmetic().total if self.reduction == "sum" else arithmetic().mean
        return combine(losses)


class ElementwiseLoss(Loss):
    """The base of losses that compare each output with its own target."""

    def forward(self, input: Array, target: Array) -> Any:
        """The loss.

        Args:
            input: the outputs, of any shape.
            target: the targets, of the same shape.

        Raises:
            ValueError: for shapes that differ, empty arrays, and a target that is nan or otherwise
                none that the loss is defined for.
        """
        outputs, targets, shape = paired(input, target)
        losses = [self.of_one(x, t) for x, t in zip(outputs, targets, strict=True)]
        return self.reduced(losses, shape)

    def of_one(self, x: Any, t: Any) -> Any:
        """The loss of one output x and its target t."""
        raise NotImplementedError(f"{type(self).__name__} must define of_one(self, x, t)")


class MSELoss(ElementwiseLoss):
    """The mean squared error: (x - t)^2.

    >>> MSELoss()([Value(1.0), Value(4.0)], [1.0, 2.0]).data
    2.0
    """

    def of_one(self, x: Any, t: Any) -> Any:
        """(x - t)^2."""
        return (x - t) ** 2


class HalfSquaredError(ElementwiseLoss):
    """Half the squared error, as courses write it: 1/2 (x - t)^2, whose derivative is x - t.

    Args:
        reduction: "sum" by default, over outputs and samples.

    >>> HalfSquaredError()([Value(1.0), Value(4.0)], [1.0, 2.0]).data
    2.0
    """

    def __init__(self, *, reduction: str = "sum") -> None:
        super().__init__(reduction=reduction)

    def of_one(self, x: Any, t: Any) -> Any:
        """1/2 (x - t)^2."""
        return 0.5 * (x - t) ** 2


class L1Loss(ElementwiseLoss):
    """The absolute error: |x - t|, with derivative 0 where they are equal."""

    def of_one(self, x: Any, t: Any) -> Any:
        """|x - t|."""
        return absolute(x - t)


class HuberLoss(ElementwiseLoss):
    """1/2 (x - t)^2 where they differ by less than delta, else delta (|x - t| - delta / 2).

    >>> HuberLoss(reduction="sum")([Value(0.5), Value(3.0)], [0.0, 0.0]).data
    2.625
    """

    def __init__(self, *, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        if not delta > 0.0:
            raise ValueError(f"delta must be positive, not {delta}")
        self.delta = as_float(delta)

    def of_one(self, x: Any, t: Any) -> Any:
        """The quadratic or the linear piece."""
        difference = x - t
        if -self.delta < difference < self.delta:
            return 0.5 * difference**2
        return self.delta * (absolute(difference) - 0.5 * self.delta)


class HingeLoss(ElementwiseLoss):
    """max(0, 1 - t x) for a score x and a target t of 1 or -1, as for a support vector machine.

    >>> HingeLoss(reduction="none")([Value(0.25), Value(0.25)], [1, -1])
    [Value(data=0.75), Value(data=1.25)]
    """

    def of_one(self, x: Any, t: Any) -> Any:
        """relu(1 - t x)."""
        if number_of(t) not in (1.0, -1.0):
            raise ValueError(f"the targets of HingeLoss are 1 and -1, not {shown(t)}")
        return relu(1.0 - t * x)


class BCELoss(ElementwiseLoss):
    """Binary cross-entropy of a probability: -(t ln x + (1 - t) ln(1 - x)).

    As in PyTorch, a logarithm is never below -100. For outputs of a sigmoid, `BCEWithLogitsLoss` of
    what goes into it is exact everywhere.

    >>> round(BCELoss()([Value(0.5)], [1.0]).data, 6)
    0.693147
    """

    def of_one(self, x: Any, t: Any) -> Any:
        """The terms whose factor is not 0."""
        check_probability(x)
        return between(t, at_one=lambda: -bounded_ln(x), at_zero=lambda: -bounded_ln(1.0 - x))


class BCEWithLogitsLoss(ElementwiseLoss):
    """Binary cross-entropy of a logit x, with the sigmoid built in: its gradient is sigmoid(x) - t.

    t softplus(-x) + (1 - t) softplus(x), which neither overflows nor loses digits.

    >>> BCEWithLogitsLoss()([Value(-1000.0)], [1]).data
    1000.0
    """

    def of_one(self, x: Any, t: Any) -> Any:
        """The terms whose factor is not 0."""
        return between(t, at_one=lambda: softplus(-x), at_zero=lambda: softplus(x))


class KLDivLoss(ElementwiseLoss):
    """Kullback-Leibler divergence from the targets: t (ln t - x) for a log-probability x.

    Args:
        reduction: also "batchmean", the sum divided by the number of rows, which is the divergence
            as defined; "mean" divides by the number of all elements.
        log_target: whether the targets are log-probabilities too: exp(t) (t - x).

    >>> import math
    >>> KLDivLoss(reduction="sum")([Value(math.log(0.5)), Value(math.log(0.5))], [1.0, 0.0]).data
    0.6931471805599453
    """

    reductions = ("mean", "sum", "none", "batchmean")

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.log_target = log_target

    def of_one(self, x: Any, t: Any) -> Any:
        """t (ln t - x); 0 for t = 0."""
        if self.log_target:
            return exp(t) * (t - x)
        if number_of(t) < 0.0:
            raise ValueError(f"the targets of KLDivLoss are probabilities; {shown(t)} is none")
        return t * (ln(t) - x) if number_of(t) > 0.0 else 0.0

    def count(self, output: Sequence[int], target: Array) -> float:
        """As the base; 1 for "batchmean"."""
        return 1.0 if self.reduction == "batchmean" else super().count(output, target)

    def reduced(self, losses: list[Any], shape: Sequence[int]) -> Any:
        """As the base; the sum over the length of the first dimension for "batchmean"."""
        if self.reduction != "batchmean":
            return super().reduced(losses, shape)
        return arithmetic().total(losses) / (shape[0] if shape else 1)


# ---- classes ------------------------------------------------------------------------------------


class ClassLoss(Loss):
    """The base of losses over classes, whose dimension is the second of a batch.

    Args:
        weight: a factor for each class, or None; "mean" divides by the sum of those used.
        ignore_index: a target that marks what is not to be counted.
        reduction: "mean", "sum" or "none".
    """

    def __init__(
        self,
        weight: Sequence[float] | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.ignore_index = ignore_index
        self.weight = None if weight is None else [as_float(w) for w in weight]

    def count(self, output: Sequence[int], target: Array) -> float:
        """The sum of the weights of the targets; those that are ignored have none."""
        if shape_of(target) == tuple(output):  # probabilities
            return math.prod(output) / output[0]
        indices = [class_index(index, output[0], self.ignore_index) for index in flat(target)]
        return sum([0.0 if place is None else self.weight_of(place) for place in indices])

    def of_indices(self, rows: list[list[Any]], targets: list[Any], shape: Sequence[int]) -> Any:
        """The reduced losses of rows whose targets are class indices."""
        losses: list[Any] = []
        weights: list[float] = []
        for row, target in zip(rows, targets, strict=True):
            place = class_index(target, len(row), self.ignore_index)
            losses.append(0.0 if place is None else self.of_class(row, place))
            weights.append(0.0 if place is None else self.weight_of(place))
        if not any(weights) and self.reduction == "mean":
            raise ValueError("the mean over no targets is not defined: all of them are ignored")
        if self.reduction == "mean" and set(weights) != {1.0}:
            return arithmetic().total(losses) / sum(weights)
        return self.reduced(losses, shape)

    def of_class(self, row: list[Any], place: int) -> Any:
        """The loss of one row whose target is one class."""
        raise NotImplementedError(f"{type(self).__name__} must define of_class(self, row, place)")

    def weight_of(self, place: int) -> float:
        """The factor of a class."""
        return 1.0 if self.weight is None else self.weight[place]

    def rows_of(self, input: Array) -> tuple[list[list[Any]], tuple[int, ...], tuple[int, ...]]:
        """The outputs with the class dimension last, as rows; the outputs' shape; the targets'."""
        shape = shape_of(input)
        if not shape or 0 in shape:
            raise ValueError(f"expected outputs for at least one sample and class, got {shape}")
        classes = shape[min(1, len(shape) - 1)]
        if self.weight is not None and len(self.weight) != classes:
            raise ValueError(f"there are {len(self.weight)} weights for {classes} classes")
        if len(shape) == 1:
            return [as_lists(input)], shape, ()
        scalars = flat([first_to_last(sample) for sample in as_lists(input)])
        rows = [scalars[i : i + classes] for i in range(0, len(scalars), classes)]
        return rows, shape, (shape[0], *shape[2:])


class NLLLoss(ClassLoss):
    """The negative log-likelihood of the target's class, from log-probabilities: -x[class].

    Args:
        weight: a factor for each class, or None; "mean" divides by the sum of those used.
        ignore_index: a target that marks what is not to be counted.
        reduction: "mean", "sum" or "none".

    >>> NLLLoss()([[Value(-0.5), Value(-1.0)]], [1]).data
    1.0
    """

    def forward(self, input: Array, target: Array) -> Any:
        """The loss.

        Args:
            input: log-probabilities of the shape (C), (N, C) or (N, C, d1, ...).
            target: class indices of the shape (), (N) or (N, d1, ...).

        Raises:
            ValueError: for other shapes, and classes that there are not.
            TypeError: for an index that is no int.
        """
        rows, _, expected = self.rows_of(input)
        check_shape(target, expected)
        return self.of_indices(rows, flat(target), expected)

    def of_class(self, row: list[Any], place: int) -> Any:
        """The weighted log-probability, negated."""
        return scaled(self.weight_of(place), -row[place])


class CrossEntropyLoss(ClassLoss):
    """Cross-entropy from logits, softmax built in: logsumexp(x) - x[class], with gradient p - y.

    For targets that are probabilities y: sum of y * (logsumexp(x) - x). It neither overflows nor
    loses digits for logits of any size.

    Args:
        weight: a factor for each class, or None; "mean" divides by the sum of those used.
        ignore_index: a target that marks what is not to be counted.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of each target, from 0 to 1, is spread evenly over all classes.

    >>> logits = [Value(0.0), Value(0.0)]
    >>> loss = CrossEntropyLoss()(logits, 1)
    >>> loss.backward()
    >>> round(loss.data, 6), logits[0].grad, logits[1].grad
    (0.693147, 0.5, -0.5)
    """

    def __init__(
        self,
        weight: Sequence[float] | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction)
        if not 0.0 <= label_smoothing <= 1.0:
            raise ValueError(f"label_smoothing must be from 0 to 1, not {label_smoothing}")
        self.label_smoothing = as_float(label_smoothing)

    def forward(self, input: Array, target: Array) -> Any:
        """The loss.

        Args:
            input: logits of the shape (C), (N, C) or (N, C, d1, ...).
            target: class indices of the shape (), (N) or (N, d1, ...); or probabilities of the
                shape of the logits.

        Raises:
            ValueError: for other shapes, classes that there are not, and probabilities that are
                negative or do not add up to 1.
            TypeError: for an index that is no int.
        """
        rows, whole, expected = self.rows_of(input)
        if shape_of(target) == whole:
            targets = self.rows_of(target)[0]
            losses = [self.of_probabilities(x, t) for x, t in zip(rows, targets, strict=True)]
            return self.reduced(losses, expected)
        check_shape(target, expected)
        return self.of_indices(rows, flat(target), expected)

    def of_class(self, row: list[Any], place: int) -> Any:
        """logsumexp(x) - x[class], or smoothed."""
        if self.label_smoothing:
            return self.of_shares(row, [1.0 if i == place else 0.0 for i in range(len(row))])
        return scaled(self.weight_of(place), arithmetic().logsumexp(row) - row[place])

    def of_probabilities(self, row: list[Any], target: list[Any]) -> Any:
        """The loss of one row whose target is a probability for each class."""
        numbers = [number_of(share) for share in target]
        if not (min(numbers) >= 0.0 and abs(sum(numbers) - 1.0) <= SUM_TOLERANCE):
            raise ValueError(
                "a target's probabilities must be 0 or more and add up to 1; "
                f"({', '.join(map(format_number, numbers))}) add up to "
                f"{format_number(sum(numbers))}"
            )
        return self.of_shares(row, target)

    def of_shares(self, row: list[Any], shares: list[Any]) -> Any:
        """q1 (logsumexp(x) - x1) + ..., q the target after smoothing, times the class weights.

        A class whose q is 0 is left out: its logit may be minus infinity.
        """
        even = self.label_smoothing / len(row)
        factors = [
            self.weight_of(i) * (share * (1.0 - self.label_smoothing) + even)
            for i, share in enumerate(shares)
        ]
        counted = [i for i, factor in enumerate(factors) if factor != 0.0]
        expected = arithmetic().dot([factors[i] for i in counted], [row[i] for i in counted])
        return scaled(arithmetic().total(factors), arithmetic().logsumexp(row)) - expected


# ---- what goes in -------------------------------------------------------------------------------


def paired(input: Array, target: Array) -> tuple[list[Any], list[Any], tuple[int, ...]]:
    """Outputs and targets side by side, and their shape."""
    shape = shape_of(input)
    if 0 in shape:
        raise ValueError(f"the loss of no outputs is not defined: their shape is {shape}")
    check_shape(target, shape)
    targets = flat(target)
    if any(math.isnan(number_of(t)) for t in targets):
        raise ValueError("a target is nan; leave such samples out, or replace their targets")
    return flat(input), targets, shape


def check_shape(target: Array, expected: tuple[int, ...]) -> None:
    """Raise ValueError if the targets have another shape."""
    if (given := shape_of(target)) != expected:
        raise ValueError(f"these outputs need targets of the shape {expected}, got {given}")


def class_index(target: Any, classes: int, ignored: int) -> int | None:
    """A target as the index of a class; None if it is to be ignored."""
    try:
        place = operator.index(target)
    except TypeError:
        raise TypeError(f"a class index must be an int, not {target!r}") from None
    if place == ignored:
        return None
    if not 0 <= place < classes:
        raise ValueError(f"class {place} is not one of {classes} classes, 0 to {classes - 1}")
    return place


def check_probability(x: Any) -> None:
    """Raise ValueError if x is no probability; nan goes through, as everywhere."""
    if x < 0.0 or x > 1.0:
        raise ValueError(
            f"expected a probability from 0 to 1, not {shown(x)}; for logits use BCEWithLogitsLoss"
        )


def shown(x: Any) -> str:
    """A Value or number in an error."""
    return format_number(number_of(x))


# ---- small formulas -----------------------------------------------------------------------------


def between(t: Any, at_one: Callable[[], Any], at_zero: Callable[[], Any]) -> Any:
    """t times the one term plus 1 - t times the other; a term whose factor is 0 is left out."""
    if not 0.0 <= number_of(t) <= 1.0:
        raise ValueError(f"a binary target must be from 0 to 1, not {shown(t)}")
    if is_number(t) and t in (0, 1):
        return at_one() if t == 1 else at_zero()
    return t * at_one() + (1.0 - t) * at_zero()


def bounded_ln(x: Any) -> Any:
    """ln x; near 0 the line that PyTorch's bounds stand for: -100, with the slope 1e12."""
    return ln(x) if x > LEAST_PROBABILITY else 1e12 * x - 100.0


def scaled(factor: float, x: Any) -> Any:
    """factor * x, without a node where the factor is 1."""
    return x if factor == 1.0 else factor * x


def first_to_last(x: Array) -> Array:
    """The same array with its first dimension as its last.

    >>> first_to_last([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    """
    if is_scalar(x[0]):
        return x
    return [first_to_last(list(column)) for column in zip(*x, strict=True)]

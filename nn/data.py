"""Data: lists of pairs (x, y), where they come from, and how they are split and batched.

A data set is a list of pairs: x is an array (a list of numbers, mostly), y a class number, a number
or an array. The sets that are generated here are the same for the same seed on every platform.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from os import PathLike
from typing import Any, TypeAlias

from autograd import Value
from autograd.extras import install_command
from autograd.numbers import format_number
from nn.arrays import as_lists, flat, is_scalar, shape_of
from nn.randomness import normal

Pair: TypeAlias = tuple[Any, Any]
Point: TypeAlias = tuple[list[float], int]

# ---- generated sets -----------------------------------------------------------------------------


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> list[Point]:
    """Two interleaving half circles, classes 0 and 1 in turn.

    Args:
        n: the number of points.
        noise: the standard deviation of normal noise on both coordinates.
        seed: chooses the points.

    >>> moons(2, noise=0, seed=1)
    [([0.912223370105, 0.409693205991], 0), ([1.88731746608, 0.0388409012203], 1)]
    """

    def place(label: int, generator: random.Random) -> tuple[float, float]:
        angle = math.pi * generator.random()
        x, y = math.cos(angle), math.sin(angle)
        return (1.0 - x, 0.5 - y) if label else (x, y)

    return scattered(place, n, 2, noise, seed)


def circles(n: int = 100, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> list[Point]:
    """A circle of radius 1, class 0, around one of radius `factor`, class 1.

    Args:
        n: the number of points.
        noise: the standard deviation of normal noise on both coordinates.
        factor: the radius of the inner circle, between 0 and 1.
        seed: chooses the points.

    Raises:
        ValueError: if the factor is not between 0 and 1.

    >>> [label for _, label in circles(4)]
    [0, 1, 0, 1]
    """
    if not 0.0 < factor < 1.0:
        raise ValueError(f"factor must be between 0 and 1, not {format_number(factor)}")

    def place(label: int, generator: random.Random) -> tuple[float, float]:
        angle = 2.0 * math.pi * generator.random()
        radius = factor if label else 1.0
        return radius * math.cos(angle), radius * math.sin(angle)

    return scattered(place, n, 2, noise, seed)


def spirals(
    n: int = 200, noise: float = 0.02, classes: int = 2, turns: float = 1.5, seed: int = 0
) -> list[Point]:
    """One spiral arm a class, wound around each other from the centre to radius 1.

    Args:
        n: the number of points, over all classes.
        noise: the standard deviation of normal noise on both coordinates.
        classes: the number of arms.
        turns: how often an arm goes around the centre.
        seed: chooses the points.

    >>> {label for _, label in spirals(9, classes=3)}
    {0, 1, 2}
    """

    def place(label: int, generator: random.Random) -> tuple[float, float]:
        radius = generator.random()
        angle = 2.0 * math.pi * (turns * radius + label / classes)
        return radius * math.cos(angle), radius * math.sin(angle)

    return scattered(place, n, classes, noise, seed)


def blobs(n: int = 100, classes: int = 3, std: float = 0.3, seed: int = 0) -> list[Point]:
    """Round clouds of points, one a class, whose centres stand on a circle of radius 1.

    Args:
        n: the number of points, over all classes.
        classes: the number of clouds.
        std: the standard deviation of a cloud, in both coordinates.
        seed: chooses the points.

    >>> blobs(3, classes=3, std=0)
    [([1.0, 0.0], 0), ([-0.5, 0.866025403784], 1), ([-0.5, -0.866025403784], 2)]
    """

    def place(label: int, generator: random.Random) -> tuple[float, float]:
        angle = 2.0 * math.pi * label / classes
        return math.cos(angle), math.sin(angle)

    return scattered(place, n, classes, std, seed)


def xor() -> list[Point]:
    """The four points of exclusive or.

    >>> xor()
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    return [([float(a), float(b)], a ^ b) for a in (0, 1) for b in (0, 1)]


def scattered(
    place: Callable[[int, random.Random], tuple[float, float]],
    n: int,
    classes: int,
    noise: float,
    seed: int,
) -> list[Point]:
    """Points of all classes in turn, with noise around the places where they belong.

    Coordinates are rounded to 12 significant digits, since the last digits of sine and cosine
    differ between platforms.
    """
    if n < 1 or classes < 1 or not noise >= 0.0:
        raise ValueError(
            f"expected 1 point or more, 1 class or more, and noise of 0 or more; given are "
            f"{n}, {classes} and {format_number(noise)}"
        )
    generator = random.Random(seed)
    points = []
    for index in range(n):
        label = index % classes
        centre = place(label, generator)
        point = [normal(c, noise, generator) if noise else c for c in centre]
        points.append(([float(f"{c:.12g}") + 0.0 for c in point], label))
    return points


# ---- sets from elsewhere ------------------------------------------------------------------------


def read_csv(
    path: str | PathLike[str],
    target: str | int = -1,
    *,
    header: bool = True,
    delimiter: str = ",",
) -> list[Pair]:
    """The rows of a CSV file as pairs: y is one column, x are all others, as floats.

    Args:
        path: the file, in UTF-8.
        target: the column of y, by its name in the header or by its place (-1: the last).
        header: whether the first row holds names.
        delimiter: what stands between two fields.

    Returns:
        Pairs in the order of the rows. If all y are whole numbers they are ints; if all are
        numbers, floats; otherwise class numbers, in the alphabetical order of their names.

    Raises:
        ValueError: if there are no rows, no such column, a row of another length, or a field that
            is no number; the message names the line.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        rows = [(reader.line_num, row) for row in reader if row]
    names = rows.pop(0)[1] if header and rows else []
    if not rows:
        raise ValueError(f"{path} has no rows of data")
    width = len(names or rows[0][1])
    column = target_column(path, target, names, width)
    xs, labels = [], []
    for line, row in rows:
        if len(row) != width:
            raise ValueError(
                f"{path}, line {line}: expected {width} fields, but there are {len(row)}"
            )
        labels.append(row[column].strip())
        fields = [field for place, field in enumerate(row) if place != column]
        xs.append([as_number(field, f"{path}, line {line}") for field in fields])
    return list(zip(xs, as_targets(labels), strict=True))


def target_column(path: object, target: str | int, names: list[str], width: int) -> int:
    """The place of the column that holds y, from 0."""
    if isinstance(target, int):
        if not -width <= target < width:
            raise ValueError(f"{path} has {width} columns, and none with the number {target}")
        return target % width
    if target not in names:
        raise ValueError(f"{path} has no column {target!r}; its columns are {names}")
    return names.index(target)


def as_number(field: str, where: str) -> float:
    """A field as a float."""
    try:
        return float(field)
    except ValueError:
        raise ValueError(f"{where}: {field!r} is not a number") from None


def as_targets(labels: list[str]) -> list[Any]:
    """The texts of one column as ints, floats, or the numbers of classes."""
    for kind in (int, float):
        try:
            return [kind(label) for label in labels]
        except ValueError:
            continue
    names = sorted(set(labels))
    return [names.index(label) for label in labels]


SCIKIT_LEARN_SETS = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def from_scikit_learn(name: str) -> list[Pair]:
    """A data set that comes with scikit-learn, as pairs.

    Args:
        name: "digits" (8 x 8 pixels from 0 to 16, ten classes), "iris", "wine", "breast_cancer",
            or "diabetes" (whose y is a number).

    Raises:
        ValueError: for another name.
        ImportError: if scikit-learn is not installed.
    """
    if name not in SCIKIT_LEARN_SETS:
        raise ValueError(f"there is no set {name!r}; there are {', '.join(SCIKIT_LEARN_SETS)}")
    try:
        datasets = import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        raise ImportError(
            "from_scikit_learn needs the package scikit-learn: "
            + install_command("chalkgrad[datasets]")
        ) from error
    bunch = getattr(datasets, f"load_{name}")()
    return list(zip(bunch.data.tolist(), bunch.target.tolist(), strict=True))


# ---- splitting and batching ---------------------------------------------------------------------


def shuffled(items: Sequence[Any], seed: int | str) -> list[Any]:
    """The items in an order that depends on the seed alone, on every platform."""
    generator = random.Random(seed)
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = int(generator.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def random_split(data: Sequence[Any], lengths: Sequence[float], seed: int = 0) -> list[list[Any]]:
    """The items in random order, cut into parts, such as for training, development and test.

    Args:
        data: what is to be split.
        lengths: how many items go into each part; or fractions with the sum 1, whose remainders go
            to the parts in turn, as in PyTorch.
        seed: chooses the order.

    Raises:
        ValueError: if the lengths do not add up to that of the data, or a part would be empty.

    >>> train, dev, test = random_split(range(10), [0.6, 0.2, 0.2])
    >>> len(train), len(dev), len(test), sorted(train + dev + test) == list(range(10))
    (6, 2, 2, True)
    """
    counts = counted(lengths, len(data))
    if sum(counts) != len(data) or any(count < 1 for count in counts):
        raise ValueError(
            f"{len(data)} items cannot be split into parts of {list(lengths)}: lengths add up to "
            "the number of items or, as fractions, to 1, and each part needs an item"
        )
    rest = iter(shuffled(data, f"split {seed}"))
    return [list(islice(rest, count)) for count in counts]


def counted(lengths: Sequence[float], items: int) -> list[int]:
    """Lengths as whole numbers, fractions of `items` made into such."""
    if all(isinstance(length, int) for length in lengths) or not math.isclose(sum(lengths), 1.0):
        return [int(length) for length in lengths]
    counts = [math.floor(items * fraction) for fraction in lengths]
    for place in range(items - sum(counts)):
        counts[place % len(counts)] += 1
    return counts


class DataLoader:
    """Pairs in batches: each is a list of x and the list of their y.

    Args:
        dataset: pairs (x, y); see `checked_pairs` for what is refused.
        batch_size: how many pairs make a batch; the last may be smaller.
        shuffle: whether each epoch has an order of its own, which depends on `seed` and its number.
        drop_last: whether a last, smaller batch is left out.
        seed: chooses the orders.

    Attributes:
        epoch: how many epochs were begun; setting it to k makes the next one epoch k + 1.

    Raises:
        ValueError: if there is no batch.

    >>> for xs, ys in DataLoader([([1.0], 0), ([2.0], 1), ([3.0], 0)], batch_size=2):
    ...     print(xs, ys)
    [[1.0], [2.0]] [0, 1]
    [[3.0]] [0]
    """

    def __init__(
        self,
        dataset: Iterable[Pair],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        seed: int = 0,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be 1 or above, not {batch_size}")
        self.dataset = checked_pairs(dataset)
        if drop_last and len(self.dataset) < batch_size:
            raise ValueError(
                f"there is no batch: {len(self.dataset)} pairs are fewer than a batch of "
                f"{batch_size}, and drop_last leaves out smaller ones"
            )
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole if self.drop_last or not rest else whole + 1

    def __iter__(self) -> Iterator[tuple[list[Any], list[Any]]]:
        """The batches of the next epoch."""
        for places in self.places():
            yield self.batch(places)

    def places(self) -> Iterator[Sequence[int]]:
        """The batches of the next epoch, by the places of their pairs in `dataset`."""
        self.epoch += 1
        order: Sequence[int] = range(len(self.dataset))
        if self.shuffle:
            order = shuffled(order, f"epoch {self.epoch} of {self.seed}")
        for number in range(len(self)):
            yield order[number * self.batch_size : (number + 1) * self.batch_size]

    def batch(self, places: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """The x and the y at some places."""
        pairs = [self.dataset[place] for place in places]
        return [x for x, _ in pairs], [y for _, y in pairs]


def checked_pairs(data: Iterable[Pair]) -> list[Pair]:
    """The data as a list of pairs of nested lists.

    Raises:
        TypeError: if they are no pairs of numbers and arrays.
        ValueError: if there are none, if their shapes differ, or for inf and nan among the numbers.
    """
    pairs: list[Pair] = []
    for number, pair in enumerate(data):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(
                f"data are pairs (x, y), such as list(zip(xs, ys)); item {number} is "
                + (f"{len(pair)} long" if isinstance(pair, (tuple, list)) else f"{pair!r:.60}")
            )
        pairs.append((as_lists(pair[0]), as_lists(pair[1])))
    if not pairs:
        raise ValueError("there are no data: expected at least one pair (x, y)")
    for place, name in enumerate("xy"):
        arrays = [pair[place] for pair in pairs]
        expected = shape_of(arrays[0])
        for number, array in enumerate(arrays):
            if (shape := shape_of(array)) != expected:
                raise ValueError(
                    f"{name} of pair {number} has the shape {shape}, that of pair 0 {expected}"
                )
            check_finite(array, f"{name} of pair {number}")
    return pairs


def check_finite(array: Any, name: str) -> None:
    """Raise ValueError for inf and nan, TypeError for what is no number."""
    scalars = flat(array)
    for place, scalar in enumerate(scalars):
        if not is_scalar(scalar):
            raise TypeError(f"{name} holds {scalar!r:.60}: expected numbers")
        number = scalar.data if isinstance(scalar, Value) else scalar
        if not math.isfinite(number):
            where = f", number {place + 1} of {len(scalars)}," if len(scalars) > 1 else ""
            raise ValueError(f"{name}{where} is {number}: clean the data before training")

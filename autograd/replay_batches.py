"""Batches: many samples through one program, some lanes at a time, on one thread or several.

Columns come in as sequences or as buffers; a contiguous buffer of doubles is read where it is.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from autograd import machine
from autograd.numbers import as_float
from autograd.replay_calls import Call, is_numpy
from autograd.replay_versions import LANES, Version
from autograd.trees import filled, flat


class Columns:
    """The arguments of many samples.

    Args:
        columns: one an argument.
        as_call: makes the arguments of one sample a `Call`.

    Attributes:
        count: how many samples.
        form: what they share, as `Call.form`.
        flat: for each argument all its numbers, one sample after the other.
        widths: for each argument how many numbers a sample has.
        shapes: for each argument the shape of its buffer; None if it came as a sequence.
    """

    def __init__(
        self, columns: Sequence[Any], as_call: Callable[[tuple[Any, ...], dict[str, Any]], Call]
    ) -> None:
        if not columns:
            raise TypeError("map needs at least one column: a sequence with one entry a sample")
        self.given = columns
        self.as_call = as_call
        self.flat: list[Any] = []
        self.widths: list[int] = []
        self.shapes: list[tuple[int, ...] | None] = []
        self.is_numpy = self.is_buffer = False
        forms = []
        counts = []
        for place, column in enumerate(columns):
            view = doubles_in(column)
            if view is None:
                form, count = self.add_sequence(column, f"column {place}")
            else:
                form, count = self.add_buffer(view, f"column {place}")
                self.is_buffer = True
                self.is_numpy |= is_numpy(column)
            forms.append(form)
            counts.append(count)
        if counts.count(counts[0]) != len(counts):
            lengths = ", ".join(map(str, counts))
            raise ValueError(f"the columns must be equally long, not {lengths}")
        self.count = counts[0]
        self.form = tuple(forms)

    def add_buffer(self, view: Any, name: str) -> tuple[Any, int]:
        """One more column; returns its form, and how many samples it has."""
        shape = tuple(view.shape)
        if len(shape) > 2:
            raise ValueError(f"{name} must have one dimension or two, not {len(shape)}")
        self.shapes.append(shape)
        if len(shape) == 1:
            self.flat.append(view)
            self.widths.append(1)
            return 0, shape[0]
        self.flat.append(view.cast("B").cast("d") if view.nbytes else array("d"))
        self.widths.append(shape[1])
        return (list, *([0] * shape[1])), shape[0]

    def add_sequence(self, column: Any, name: str) -> tuple[Any, int]:
        """The same for a column that is no buffer."""
        if isinstance(column, (str, dict)) or not hasattr(type(column), "__getitem__"):
            raise TypeError(
                f"{name} must be a sequence with one entry a sample, not {type(column).__name__}"
            )
        numbers = array("d")
        form: Any = None
        width = 0
        for place, sample in enumerate(column):
            call = self.as_call((sample,), {})
            if form is None:
                form, width = call.form[0], len(call.numbers)
            elif call.form[0] != form:
                raise ValueError(
                    f"all samples of {name} must have the same form: sample {place} has "
                    f"{described(call.form[0])}, sample 0 has {described(form)}"
                )
            numbers.extend(call.numbers)
        self.flat.append(numbers)
        self.widths.append(width)
        self.shapes.append(None)
        return form, len(column)

    def call(self, place: int) -> Call:
        """The call for one sample."""
        args = []
        for column, numbers, width, shape in zip(
            self.given, self.flat, self.widths, self.shapes, strict=True
        ):
            if shape is None:
                args.append(column[place])
            elif len(shape) == 1:
                args.append(numbers[place])
            else:
                args.append(list(numbers[place * width : (place + 1) * width]))
        return self.as_call(tuple(args), {})

    def store(self, place: int, by_inputs: Sequence[float], gradients: list[array[float]]) -> None:
        """Put one sample's gradients where they belong."""
        at = 0
        for width, into in zip(self.widths, gradients, strict=True):
            into[place * width : (place + 1) * width] = array("d", by_inputs[at : at + width])
            at += width


class Results:
    """The results of many samples.

    Attributes:
        samples: what they are the results of.
        shape: the tree of one sample's result; None until it is known.
        width: how many numbers a sample has.
        is_single: whether that is one number by itself, in no tree.
        numbers: all of them, one sample after the other.
    """

    def __init__(self, samples: Columns) -> None:
        self.samples = samples
        self.shape: Any = None
        self.width = 1
        self.is_single = True
        self.numbers = array("d")

    def begin(self, result: Any, width: int) -> None:
        """Make room for results like this one, of so many numbers."""
        self.shape = result
        self.is_single = not isinstance(result, (list, tuple, dict))
        self.width = width
        self.numbers = array("d", bytes(8 * self.width * self.samples.count))

    def store(self, place: int, result: Any) -> None:
        """Put one sample's result where it belongs."""
        numbers = flat(result)
        if self.shape is None:
            self.begin(result, len(numbers))
        if len(numbers) != self.width:
            raise ValueError(
                f"all samples need as many results: here are {len(numbers)}, not {self.width}"
            )
        self.numbers[place * self.width : (place + 1) * self.width] = array("d", numbers)

    def as_given(self) -> Any:
        """The results as the columns were given: a NumPy array, a buffer, or a list."""
        count, numbers = self.samples.count, self.numbers
        if self.samples.is_numpy:
            flat_array = sys.modules["numpy"].frombuffer(numbers, dtype=float)
            return flat_array if self.is_single else flat_array.reshape(count, self.width)
        if self.samples.is_buffer:
            return numbers if self.is_single else shaped_buffer(numbers, (count, self.width))
        if self.is_single:
            return numbers.tolist()
        left = iter(numbers)
        return [filled(self.shape, left) for _ in range(count)]


def gradients_of_columns(samples: Columns, gradients: list[array[float]]) -> tuple[Any, ...]:
    """The gradients in the shape of the columns."""
    shaped: list[Any] = []
    for place, (column, numbers) in enumerate(zip(samples.given, gradients, strict=True)):
        shape, width = samples.shapes[place], samples.widths[place]
        count = samples.count * width
        if shape is None:
            shaped.append(
                [
                    samples.as_call((column[i],), {}).shaped(numbers[i * width : (i + 1) * width])[
                        0
                    ]
                    for i in range(samples.count)
                ]
            )
        elif samples.is_numpy:
            numpy = sys.modules["numpy"]
            shaped.append(numpy.frombuffer(numbers, dtype=float)[:count].reshape(shape))
        elif len(shape) == 1:
            shaped.append(numbers[:count])
        else:
            shaped.append(shaped_buffer(numbers, shape))
    return tuple(shaped)


def described(form: Any) -> str:
    """The form of a sample in words."""
    if form == 0:
        return "one number"
    if form[0] in (list, tuple):
        return f"a {form[0].__name__} of {len(form) - 1}"
    return f"a {form[0].__name__}"


def flat_doubles(tree: Any) -> Any:
    """All numbers of a buffer, or of a tree, one after the other."""
    view = doubles_in(tree)
    if view is None:
        return array("d", [as_float(number) for number in flat(tree, "upstream")])
    return view.cast("B").cast("d") if view.nbytes else array("d")


def doubles_in(column: Any) -> Any:
    """A view of a buffer's numbers as contiguous doubles; None for what is no buffer of numbers."""
    if isinstance(column, (list, tuple, str, bytes, bytearray)):
        return None
    try:
        view = memoryview(column)
    except TypeError:
        return None
    if view.ndim == 0 or view.format not in NUMBERS:
        return None
    if view.format == "d" and view.c_contiguous:
        return view
    numbers = array("d", flattened(view.tolist()))
    if len(numbers) == 0:
        return memoryview(array("d"))
    return shaped_buffer(numbers, view.shape)


def shaped_buffer(numbers: array[float], shape: Any) -> Any:
    """A view of numbers with a shape."""
    return memoryview(numbers).cast("B").cast("d", shape=list(shape))


#: What the format of a buffer calls numbers.
NUMBERS = tuple("bBhHiIlLqQfd?")


def flattened(rows: Any) -> list[float]:
    """The numbers of nested lists."""
    if not isinstance(rows, list):
        return [float(rows)]
    return [number for row in rows for number in flattened(row)]


@dataclass
class Part:
    """What one thread has done.

    Attributes:
        space: where the sums of gradients are; None if they are not to be used.
        wrong: ranges of samples that have to be looked at one by one.
    """

    space: machine.Space | None = None
    wrong: list[tuple[int, int]] = field(default_factory=list)


def in_parallel(
    version: Version,
    results: Results,
    gradients: list[array[float]],
    threads: int,
    upstream: Any,
) -> list[Part]:
    """Run all samples through one program, in as many parts as there are threads.

    Args:
        version: the program.
        results: where the results go, and what goes in.
        gradients: where the gradients by the columns go; empty if they go nowhere.
        threads: how many.
        upstream: what the results' gradients begin with; None if none are computed.
    """
    samples = results.samples
    batch = machine.Batch(samples.widths, version.program.outputs)
    for place, numbers in enumerate(samples.flat):
        if len(numbers):
            machine.set_column(batch, place, numbers)
    for place, into in enumerate(gradients):
        machine.set_gradient_column(batch, place, into)
    if results.width:
        machine.set_results(batch, results.numbers)
        if upstream is not None:
            machine.set_upstream(batch, upstream)
    wants = (0 if upstream is None else 1) + (1 if gradients else 0)
    if threads == 1:
        return [run_part(version, batch, 0, samples.count, wants)]
    edges = [samples.count * i // threads // LANES * LANES for i in range(threads)]
    edges.append(samples.count)
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [
            pool.submit(run_part, version, batch, edges[i], edges[i + 1], wants)
            for i in range(1, threads)
        ]
        here = run_part(version, batch, edges[0], edges[1], wants)
        return [here, *[other.result() for other in others]]


def run_part(version: Version, batch: machine.Batch, first: int, last: int, wants: int) -> Part:
    """Run a range of samples; those that go wrong are left to others, with their neighbours."""
    lanes = version.lanes
    space = version.batch_space()
    part = Part(space)
    if not machine.begin_batch(version.machine, space):
        return failed(version, space, first, last)
    at = first
    while at < last:
        wrong = machine.run_batch(version.machine, space, batch, at, last, lanes, wants)
        if wrong < 0:
            break
        at = min(wrong + lanes, last)
        part.wrong.append((wrong, at))
    if wants and not machine.end_batch(version.machine, space):
        return failed(version, space, first, last)
    return part


def failed(version: Version, space: machine.Space, first: int, last: int) -> Part:
    """Nothing that a part has computed is to be used."""
    version.give_back_batch(space)
    return Part(wrong=[(first, last)])

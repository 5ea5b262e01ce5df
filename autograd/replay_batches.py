"""Batches: many samples through one program, some lanes at a time, on one thread or several.

Columns come in as sequences or as buffers; a contiguous buffer of doubles is read where it is.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd import machine
from autograd.engine import Value

if TYPE_CHECKING:
    from autograd.replay import Call, Compiled, Version


class Columns:
    """The arguments of many samples.

    Attributes:
        count: how many samples.
        flat: for each argument all its numbers, one sample after the other.
        widths: for each argument how many numbers a sample has.
    """

    def __init__(self, columns: Sequence[Any], owner: Compiled) -> None:
        self.given = columns
        self.owner = owner
        self.flat: list[Any] = []
        self.widths: list[int] = []
        self.shapes: list[tuple[int, ...] | None] = []
        counts = []
        for place, column in enumerate(columns):
            count = self.add(column, f"column {place}")
            counts.append(count)
        if len(set(counts)) > 1:
            lengths = ", ".join(map(str, counts))
            raise ValueError(f"the columns must be equally long, not {lengths}")
        if not counts:
            raise TypeError("map needs at least one column: a sequence with one entry a sample")
        self.count = counts[0]
        self.is_numpy = any([is_numpy(column) for column in columns])
        self.is_buffer = any([shape is not None for shape in self.shapes])

    def add(self, column: Any, name: str) -> int:
        """One more column; returns how many samples it has."""
        view = doubles_in(column)
        if view is not None:
            if view.ndim > 2:
                raise ValueError(f"{name} must have one dimension or two, not {view.ndim}")
            self.flat.append(view.cast("B").cast("d") if view.nbytes else array("d"))
            self.widths.append(view.shape[1] if view.ndim == 2 else 1)
            self.shapes.append(tuple(view.shape))
            return int(view.shape[0])
        if not hasattr(column, "__len__") or isinstance(column, (str, dict, Value)):
            raise TypeError(
                f"{name} must be a sequence with one entry a sample, not {type(column).__name__}"
            )
        numbers = array("d")
        width = 0
        form: Any = None
        for sample in column:
            call = self.owner.call((sample,), {})
            if form is None:
                form, width = call.form, len(call.numbers)
            elif call.form != form:
                raise ValueError(f"all samples of {name} must have the same form")
            numbers.extend(call.numbers)
        self.flat.append(numbers)
        self.widths.append(width)
        self.shapes.append(None)
        return len(column)

    def call(self, place: int) -> Call:
        """The call for one sample."""
        args = []
        for column, flat, width, shape in zip(
            self.given, self.flat, self.widths, self.shapes, strict=True
        ):
            if shape is None:
                args.append(column[place])
            elif len(shape) == 1:
                args.append(flat[place])
            else:
                args.append(list(flat[place * width : (place + 1) * width]))
        return self.owner.call(tuple(args), {})

    def store(
        self, place: int, by_inputs: Sequence[float], gradients: list[array[float]]
    ) -> None:
        """Put one sample's gradients where they belong."""
        at = 0
        for width, into in zip(self.widths, gradients, strict=True):
            into[place * width : (place + 1) * width] = array("d", by_inputs[at : at + width])
            at += width

    def as_given(self, results: array[float]) -> Any:
        """The results as the columns were given: a NumPy array, a buffer, or a list."""
        if self.is_numpy:
            return sys.modules["numpy"].frombuffer(results, dtype=float)
        return results if self.is_buffer else results.tolist()


def gradients_of_columns(samples: Columns, gradients: list[array[float]]) -> tuple[Any, ...]:
    """The gradients in the shape of the columns."""
    shaped: list[Any] = []
    for place, (column, numbers) in enumerate(zip(samples.given, gradients, strict=True)):
        shape, width = samples.shapes[place], samples.widths[place]
        count = samples.count * width
        if shape is None:
            shaped.append(
                [
                    samples.owner.call((column[i],), {}).shaped(
                        numbers[i * width : (i + 1) * width]
                    )[0]
                    for i in range(samples.count)
                ]
            )
        elif samples.is_numpy:
            numpy = sys.modules["numpy"]
            shaped.append(numpy.frombuffer(numbers, dtype=float)[:count].reshape(shape))
        elif len(shape) == 1:
            shaped.append(numbers[:count])
        else:
            shaped.append(memoryview(numbers).cast("B").cast("d", shape=list(shape)))
    return tuple(shaped)


def is_numpy(column: Any) -> bool:
    """Whether a column is an array of NumPy's."""
    return type(column).__module__.partition(".")[0] == "numpy"


def doubles_in(column: Any) -> memoryview | None:
    """The numbers of a buffer, as contiguous doubles; None for what is no buffer of numbers."""
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
    return memoryview(numbers).cast("B").cast("d", shape=list(view.shape))


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
        count: how many samples a program has answered.
        sums: the sums of their gradients by the parameters.
        wrong: ranges of samples that have to be looked at one by one.
        is_right: whether the sums are to be used.
    """

    count: int = 0
    sums: Sequence[float] = ()
    wrong: list[tuple[int, int]] = field(default_factory=list)
    is_right: bool = True


def in_parallel(
    version: Version,
    samples: Columns,
    results: array[float],
    gradients: list[array[float]],
    threads: int,
    lanes: int,
    with_gradients: bool,
) -> list[Part]:
    """Run all samples through one program, in as many parts as there are threads.

    Raises:
        ValueError: if there is no thread.
    """
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    batch = machine.Batch(samples.widths)
    for place, (numbers, into) in enumerate(zip(samples.flat, gradients, strict=True)):
        if len(numbers):
            machine.set_column(batch, place, numbers)
        machine.set_gradient_column(batch, place, into)
    machine.set_results(batch, results)
    edges = [samples.count * i // threads // lanes * lanes for i in range(threads)]
    edges.append(samples.count)

    def run(place: int) -> Part:
        return run_part(version, batch, edges[place], edges[place + 1], lanes, with_gradients)

    if threads == 1:
        return [run(0)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def run_part(
    version: Version,
    batch: machine.Batch,
    first: int,
    last: int,
    lanes: int,
    with_gradients: bool,
) -> Part:
    """Run a range of samples; those that go wrong are left to others, with their neighbours."""
    part = Part()
    if first == last:
        return part
    wide = lanes if machine.has_lanes() else 1
    space = version.batch_space(wide)
    try:
        slot = version.program.outputs[0]
        if not machine.begin_batch(version.machine, space):
            return Part(wrong=[(first, last)], is_right=False)
        at = first
        while at < last:
            wrong = machine.run_batch(
                version.machine, space, batch, slot, at, last, wide, with_gradients
            )
            if wrong < 0:
                break
            at = min(wrong + wide, last)
            part.wrong.append((wrong, at))
        if with_gradients and not machine.end_batch(version.machine, space):
            return Part(wrong=[(first, last)], is_right=False)
        part.sums = machine.parameter_gradients(version.machine, space)
        part.count = last - first - sum([end - start for start, end in part.wrong])
        return part
    finally:
        version.give_back_batch(space)

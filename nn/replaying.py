"""Training by replay: a model is recorded for one sample, and batches go through that program.

The program (`autograd.compile`) is one of a single sample, run for all samples of a batch side by
side; the gradients of the parameters add up. Where the loss is the sum or mean of what the samples
lose, and few targets differ (the classes), the losses by all of these are in the program, and each
sample's own is the one whose gradient goes back. Any other loss is called with the outputs, as
leaves; their gradients then go back through the program.

So a model must treat samples one by one, always in the same way: nothing random, nothing remembered
from batch to batch. `Replay` looks whether it does.
"""

from __future__ import annotations

import copy
import math
import random
import warnings
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import autograd
from autograd import Value, leaves, no_grad, total
from autograd.modes import recording
from autograd.recording import record, unobserved
from nn.arrays import flat, nested, number_of, shape_of
from nn.data import Pair
from nn.losses import Loss
from nn.module import Module
from nn.state import Buffer, places

#: The losses by so many targets are computed together, if these have no more outputs in all.
MOST_TARGETS = 32
MOST_TARGET_OUTPUTS = 512
#: How far the outputs of a sample by itself may be from those of the same sample in a batch.
TOLERANCE = 1e-9


class CannotReplayError(ValueError):
    """Says why a model, with its loss and its data, cannot be replayed."""


def why_unsure(model: Module, loss: Callable[[Any, Any], Any]) -> str:
    """Why nobody can know from outside that a replay trains this model alike; "" if it is known.

    It is for models made of the modules of `nn` alone, and a loss of `nn`.
    """
    for part in (*model.modules(), loss):
        if type(part).__module__.partition(".")[0] != "nn" or "forward" in vars(part):
            return f"{type(part).__name__} is not a part of nn"
    return ""


class Replay:
    """What runs the batches of some data.

    Args:
        model: in the mode, of training or of evaluation, in which it is to be replayed.
        loss: as for `fit`.
        pairs: the data.

    Raises:
        CannotReplayError: if it cannot be done right.
    """

    def __init__(
        self, model: Module, loss: Callable[[Any, Any], Any], pairs: Sequence[Pair]
    ) -> None:
        self.model = model
        self.loss = loss
        self.pairs = pairs
        self.shape = shape_of(pairs[0][0])
        self.width = math.prod(self.shape)
        scalars = [scalar for pair in pairs for side in pair for scalar in flat(side)]
        if self.width == 0 or any(isinstance(scalar, Value) for scalar in scalars):
            raise CannotReplayError("the data hold no plain numbers")
        self.rows = [array("d", flat(x)).tobytes() for x, _ in pairs]
        self.record_anew()

    def record_anew(self) -> None:
        """Look at the model, and forget what was recorded of it before."""
        self.has_buffers = bool(buffers_of(self.model))
        self.is_stale = False  # True once the model may have been changed from outside
        xs = [self.pairs[0][0], self.pairs[-1][0]]
        with unchanged_state(self.model):
            self.output_shape = examined(self.model, xs, self.shape)
            self.targets = self.distinct_targets()
            self.program = autograd.compile(self.of_sample)
            try:
                with no_grad(), warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # an escape is told below
                    self.program.map_values(self.column([0]))
            except Exception as error:  # a model may do anything
                raise CannotReplayError(str(error)) from error
        if self.program.cache_info().escape:
            raise CannotReplayError(self.program.cache_info().escape)

    def begin_epoch(self) -> None:
        """Make sure that what comes depends on nothing but what a checkpoint holds.

        Buffers are recorded as they are. And which of several programs is tried first, one for each
        way through the model's branches, depends on what has been. So these are recorded anew.
        """
        has_branches = any(program.guards for program in self.program.programs())
        if self.is_stale or has_branches or self.has_buffers:
            self.record_anew()

    # ---- what is recorded -------------------------------------------------------------------

    def distinct_targets(self) -> list[Any]:
        """The targets by which all losses are computed together; none if that is not possible."""
        self.choices: list[int] = []
        self.counts: list[float] = []
        if not (type(self.loss).__module__ == "nn.losses" and isinstance(self.loss, Loss)):
            return []
        if self.loss.reduction == "none":
            raise CannotReplayError('a loss with reduction="none" is not one number')
        most = min(MOST_TARGETS, MOST_TARGET_OUTPUTS // max(1, math.prod(self.output_shape)))
        found: dict[str, int] = {}
        targets: list[Any] = []
        for _, y in self.pairs:
            place = found.setdefault(repr(y), len(found))
            if place == len(targets):
                targets.append(y)
                if len(targets) > most:
                    return []
            self.choices.append(place)
        try:
            counts = [self.loss.count(self.output_shape, target) for target in targets]
        except (TypeError, ValueError) as error:
            raise CannotReplayError(f"its targets do not fit: {error}") from error
        self.counts = [counts[choice] for choice in self.choices]
        return targets

    def of_sample(self, numbers: Any) -> list[Any]:
        """The losses of one sample by all targets, and the outputs."""
        sample = nested(numbers, self.shape) if self.shape else numbers
        (output,) = self.model([sample])
        losses = []
        if self.targets:
            summed = copy.copy(self.loss)
            summed.reduction = "sum"  # type: ignore[attr-defined]  # a Loss
            losses = [summed([output], [target]) for target in self.targets]
        return [*losses, *flat(output)]

    def column(self, places: Sequence[int]) -> Any:
        """The inputs of some samples as a buffer, a row a sample."""
        view = memoryview(b"".join([self.rows[place] for place in places]))
        return view.cast("d", [len(places), self.width] if self.shape else [len(places)])

    # ---- a batch ----------------------------------------------------------------------------

    def step(self, places: Sequence[int]) -> tuple[list[Any], float] | None:
        """Outputs and loss of a batch; the parameters' gradients are added to their `.grad`.

        None if anything went wrong: the model itself then says what.
        """
        return self.answer(places, with_gradients=True)

    def look(self, places: Sequence[int]) -> tuple[list[Any], float] | None:
        """The same without gradients."""
        return self.answer(places, with_gradients=False)

    def answer(self, places: Sequence[int], with_gradients: bool) -> tuple[list[Any], float] | None:
        """What `step` and `look` do."""
        run = self.by_known_targets if self.targets else self.by_any_loss
        try:
            outputs, loss = run(places, with_gradients)
        except Exception:  # the model raises it again, and knows more about it
            return None
        return (outputs, loss) if math.isfinite(loss) else None

    def by_known_targets(
        self, places: Sequence[int], with_gradients: bool
    ) -> tuple[list[Any], float]:
        """The losses are in the program."""
        kinds = len(self.targets)
        width = kinds + math.prod(self.output_shape)
        chosen = [i * width + self.choices[place] for i, place in enumerate(places)]
        count = 1.0  # what the sum of all losses is divided by
        if self.loss.reduction != "sum":  # type: ignore[attr-defined]  # a Loss
            count = sum([self.counts[place] for place in places])
        column = self.column(places)
        if with_gradients:
            share = 1.0 / count
            upstream = array("d", bytes(8 * width * len(places)))
            for place in chosen:
                upstream[place] = share
            results = self.program.map_backward(column, upstream=upstream)
        else:
            results = self.program.map_values(column)
        numbers = results.obj  # the array that these rows are a view of
        loss = sum([numbers[place] for place in chosen]) / count
        starts = range(kinds, len(numbers), width)
        rows = [numbers[start : start + width - kinds].tolist() for start in starts]
        return self.shaped(rows), loss

    def by_any_loss(self, places: Sequence[int], with_gradients: bool) -> tuple[list[Any], float]:
        """The loss is called with the outputs."""
        column = self.column(places)
        rows = self.program.map_values(column).tolist()
        nodes = [[Value(number) for number in row] for row in rows]
        loss = self.loss(self.shaped(nodes), [self.pairs[place][1] for place in places])
        if with_gradients:
            loss.backward()
            upstream = array("d", [node.grad for row in nodes for node in row])
            self.program.map_backward(column, upstream=upstream)
        return self.shaped(rows), number_of(loss)

    def shaped(self, rows: list[list[Any]]) -> list[Any]:
        """The outputs of some samples, each from a row of scalars."""
        if len(self.output_shape) == 1:
            return rows
        return [nested(row, self.output_shape) for row in rows]


# ---- what a model does --------------------------------------------------------------------------


def examined(model: Module, xs: Sequence[Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one sample's output.

    Args:
        model: as it is to be replayed.
        xs: two samples.
        shape: that of one.

    Raises:
        CannotReplayError: if the samples have to do with each other, if the model draws random
            numbers or changes its buffers, or if it does anything else that cannot be replayed.
    """
    inputs = [[Value(number_of(number)) for number in flat(x)] for x in xs]
    batch = [nested(nodes, shape) for nodes in inputs]
    try:
        with watched(model):
            outputs, recorder = record(model, flat(inputs), (batch,), {})
        if recorder.escape:
            raise CannotReplayError(recorder.escape)
        with no_grad():
            alone = model(batch[:1])
    except Exception as error:  # a model may do anything
        raise CannotReplayError(str(error)) from error
    if not isinstance(outputs, list) or len(outputs) != len(xs):
        raise CannotReplayError("it does not return a list with one output for each sample")
    for place, output in enumerate(outputs):
        others = set(flat(inputs[:place] + inputs[place + 1 :]))
        with recording(), unobserved():
            if not others.isdisjoint(leaves(total([*flat(output), Value(0.0)]))):
                raise CannotReplayError("the output for one sample depends on the others")
    numbers = [[number_of(scalar) for scalar in flat(array_)] for array_ in (outputs[0], alone[0])]
    for x, y in zip(*numbers, strict=True):
        if not abs(x - y) <= TOLERANCE * max(1.0, abs(x)):
            raise CannotReplayError("its output for one sample is not always the same")
    return shape_of(outputs[0])


@contextmanager
def watched(model: Module) -> Iterator[None]:
    """Raise CannotReplayError if random numbers are drawn inside, or buffers change."""
    before = [generator.getstate() for generator in generators(model)]
    buffers = [buffer.read() for buffer in buffers_of(model)]
    yield
    if [generator.getstate() for generator in generators(model)] != before:
        raise CannotReplayError("it draws random numbers, as Dropout does in training")
    if [buffer.read() for buffer in buffers_of(model)] != buffers:
        raise CannotReplayError("it updates buffers, as BatchNorm1d does in training")


@contextmanager
def unchanged_state(model: Module) -> Iterator[None]:
    """Afterwards, random generators and buffers are as they were before."""
    before = [(generator, generator.getstate()) for generator in generators(model)]
    buffers = [(buffer, flat(buffer.read())) for buffer in buffers_of(model)]
    try:
        yield
    finally:
        for generator, state in before:
            generator.setstate(state)
        for buffer, numbers in buffers:
            buffer.write(numbers)


def buffers_of(model: Module) -> list[Buffer]:
    """Where the buffers are."""
    return [place for _, place in places(model) if isinstance(place, Buffer)]


def generators(model: Module) -> list[Any]:
    """Where random numbers come from: Python's own, and those that modules were given."""
    own = [getattr(module, "generator", None) for module in model.modules()]
    return [random, *[each for each in own if isinstance(each, random.Random)]]

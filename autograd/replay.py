"""Replay: record a function once, run it again at native speed.

>>> fast = compile(lambda x, y: x * y + exp(x))
>>> fast(0.0, 2.0)
1.0
>>> fast.value_and_grad(0.0, 2.0)
(1.0, (3.0, 0.0))

The first call runs the function on Values and keeps what it did as a flat program (`recording.py`,
`planning.py`); later calls run that program (`machine.py`). What the function decided by comparing
Values is remembered: where a comparison comes out otherwise, it is recorded anew, and each outcome
keeps a program of its own. Whatever a program cannot answer for (a number that is not finite, an
error) is left to the function itself, which runs once more on Values.
"""

from __future__ import annotations

import functools
import inspect
import os
import threading
import warnings
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import machine
from autograd.c_program import c_name, c_program
from autograd.engine import Value
from autograd.files import write_file
from autograd.flat_graph import flatten
from autograd.functions import dot
from autograd.modes import recording
from autograd.numbers import is_number
from autograd.planning import optimised_plan, plan
from autograd.program import RELATIONS, Program
from autograd.recording import Recorder, record, unobserved
from autograd.replay_batches import (
    Columns,
    Results,
    flat_doubles,
    gradients_of_columns,
    in_parallel,
)
from autograd.replay_calls import Call
from autograd.replay_versions import Version, raise_not_single, shape_of, single_output
from autograd.state import level_of_calling_line, modes
from autograd.trees import filled, flat

#: So many programs are kept for one form of the arguments, one for each outcome of the comparisons.
MOST_PROGRAMS = 64
#: What the gradient of a lone result begins with.
ONE = (1.0,)


@dataclass(frozen=True)
class CacheInfo:
    """What a compiled function has recorded, and what became of its calls.

    Attributes:
        programs: how many programs there are.
        recordings: how often the function was run to be recorded.
        replays: calls that a program has answered; samples of a `map` count one each.
        eager: calls that the function has answered itself, on Values.
        nodes: how many nodes were recorded, in all programs.
        instructions: how many instructions these have become.
        bytes: the memory that programs, and what one run of each works on, take.
        escape: why nothing is replayed; "" if it is.
    """

    programs: int
    recordings: int
    replays: int
    eager: int
    nodes: int
    instructions: int
    bytes: int
    escape: str


class Compiled:
    """A function that is recorded once and replayed; made by `autograd.compile`, which see."""

    def __init__(
        self, function: Callable[..., Any], optimize: bool, static_argnums: tuple[int, ...]
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.optimize = optimize
        self.static_argnums = static_argnums
        self.versions: dict[Any, list[Version]] = {}  # by the arguments' form, the last used last
        self.escape = ""
        self.recordings = self.replays = self.eager_calls = 0
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        name = getattr(self.function, "__qualname__", repr(self.function))
        return f"<compiled {name}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: compiled once for each object that it belongs to."""
        if instance is None:
            return self
        bound = compile(
            self.function.__get__(instance, owner),
            optimize=self.optimize,
            static_argnums=self.static_argnums,
        )
        with suppress(AttributeError):  # an object without a place for it
            instance.__dict__[self.function.__name__] = bound  # found first from now on
        return bound

    # ---- calls ------------------------------------------------------------------------------

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The function's result as floats, in the shape in which it returns it.

        While another function is being recorded, or differentiated by `grad` and its like, the
        function runs as it is: its operations are part of that one's.
        """
        if modes.recorder is not None or modes.transforms:
            return self.function(*args, **named)
        return self.answer(self.call(args, named))

    def value_and_grad(self, *args: Any, **named: Any) -> tuple[float, tuple[Any, ...]]:
        """The result, and its derivatives by all arguments, in the shape of the arguments.

        No `.grad` is changed. An argument of `static_argnums` has None.

        Raises:
            TypeError: if the function returns more than one number.
            ArithmeticError: if a gradient is infinite or nan; not inside `ieee()`.
        """
        call = self.call(args, named)
        run = self.replayed(call)
        if run is None:
            return self.value_and_grad_eagerly(call)
        version, space = run
        try:
            slot = single_output(version)
            machine.backward(version.machine, space, ONE)
            if not machine.has_finite_gradients(version.machine, space):
                return self.value_and_grad_eagerly(call)
            gradients = machine.input_gradients(version.machine, space)
            return machine.value_at(version.machine, space, slot), call.shaped(gradients)
        finally:
            version.give_back(space)

    def backward(self, *args: Any, **named: Any) -> float:
        """The result; its derivatives are added to `.grad` of the Values that it depends on.

        These are the Values that the function uses from around it (the parameters), and those
        among the arguments.

        Raises:
            TypeError: if the function returns more than one number.
            ArithmeticError: if a gradient is infinite or nan; not inside `ieee()`.
        """
        call = self.call(args, named)
        run = self.replayed(call)
        if run is None:
            return self.backward_eagerly(call)
        version, space = run
        try:
            slot = single_output(version)
            if not self.optimize and version.dependent:  # shares arrive in the eager order there
                return self.backward_eagerly(call)
            machine.backward(version.machine, space, ONE, not self.optimize)
            if not machine.has_finite_gradients(version.machine, space):
                return self.backward_eagerly(call)
            if version.dependent:
                sums = machine.parameter_gradients(version.machine, space)
                add_to_parameters(version.program.parameters, sums)
            else:
                machine.add_gradients(version.machine, space, not self.optimize)
            if call.values:
                sums = machine.input_gradients(version.machine, space)
                add_to_parameters(*call.of_values(sums))
            return machine.value_at(version.machine, space, slot)
        finally:
            version.give_back(space)

    # ---- many samples -----------------------------------------------------------------------

    def map(self, *columns: Any, threads: int = 1) -> tuple[Any, tuple[Any, ...]]:
        """The results for many samples, and their derivatives by the arguments.

        Args:
            columns: for each argument a sequence with one entry a sample: numbers, or trees of
                numbers. A buffer of floats (an array, a NumPy array) of two dimensions has a row a
                sample; where it is one contiguous block of doubles, it is not copied.
            threads: how many threads share the work.

        Returns:
            The results, one a sample, and the derivatives of each result by its own arguments, in
            the shape of the columns: NumPy arrays if one of the columns was one, buffers for
            buffers, else lists.

        Raises:
            TypeError: if the function returns more than one number.
            ValueError: if the columns are not equally long.

        >>> fast = compile(lambda x, y: x * y)
        >>> fast.map([1.0, 2.0], [3.0, 4.0])
        ([3.0, 8.0], ([3.0, 4.0], [1.0, 2.0]))
        """
        samples = Columns(columns, self.call)
        gradients = [array("d", bytes(8 * max(1, len(flat)))) for flat in samples.flat]
        results, _ = self.mapped(samples, gradients, threads, ONE)
        return results.as_given(), gradients_of_columns(samples, gradients)

    def map_values(self, *columns: Any, threads: int = 1) -> Any:
        """The results for many samples, without derivatives; see `map`.

        A function that returns several numbers has them in its own shape for each sample; for
        columns that are buffers, they are a row of a buffer of two dimensions.

        >>> compile(lambda x: x * x).map_values([1.0, 2.0, 3.0])
        [1.0, 4.0, 9.0]
        >>> compile(lambda x: (x, -x)).map_values([1.0, 2.0])
        [(1.0, -1.0), (2.0, -2.0)]
        """
        return self.mapped(Columns(columns, self.call), [], threads, None)[0].as_given()

    def map_backward(self, *columns: Any, upstream: Any = None, threads: int = 1) -> Any:
        """The results for many samples; the sum of their derivatives by the parameters is added to
        the parameters' `.grad`. See `map` and `backward`.

        Args:
            columns: see `map`.
            upstream: for each sample the gradient that its result begins with, in the shape of the
                results that `map_values` returns; None for 1. A function that returns several
                numbers needs it: what is added is the sum over all samples and results of upstream
                times derivative.
            threads: see `map`.

        Raises:
            TypeError: if the function returns more than one number, and there is no upstream.
            ValueError: if upstream is not as long as there are results.

        >>> w = Value(2.0)
        >>> compile(lambda x: w * x).map_backward([1.0, 2.0, 4.0]), w.grad
        ([2.0, 4.0, 8.0], 7.0)
        """
        samples = Columns(columns, self.call)
        weights = ONE if upstream is None else flat_doubles(upstream)
        results, left = self.mapped(samples, [], threads, weights)
        for add in left:
            add()
        return results.as_given()

    def mapped(
        self,
        samples: Columns,
        gradients: list[array[float]],
        threads: int,
        upstream: Any,
    ) -> tuple[Results, list[Callable[[], None]]]:
        """Compute the results of many samples, and what is asked for besides.

        Args:
            samples: what goes in.
            gradients: where the gradients by the columns go; empty if they are not wanted.
            threads: how many threads share the work.
            upstream: what the results' gradients begin with, all in one array; `ONE` for 1, None
                if no gradients are wanted at all.

        Returns:
            The results, and what is left to do to add the sums of the parameters' gradients to
            these.
        """
        if type(threads) is not int or threads < 1:
            raise ValueError(f"threads must be a whole number from 1 on, not {threads!r}")
        results = Results(samples)
        if samples.count == 0:
            return results, []
        versions = self.versions.get(samples.form)
        version = versions[-1] if versions else self.version_for(samples.call(0))
        if version is not None:
            results.begin(version.result, len(version.program.outputs))
        elif upstream is not None and upstream is not ONE:
            first = self.run_eagerly(samples.call(0))[1]
            results.begin(shape_of(first), len(flat(first, "the result")))
        if upstream is ONE:
            if not results.is_single:
                raise_not_single(results.shape)
            upstream = array("d", [1.0]) * samples.count
        elif upstream is not None and len(upstream) != samples.count * results.width:
            raise ValueError(
                f"upstream must hold {samples.count * results.width} numbers, one for each result "
                f"of each sample, not {len(upstream)}"
            )
        keeps_order = not self.optimize and upstream is not None
        if version is None or version.program.calls_python or keeps_order or self.escape:
            return results, self.one_by_one(0, samples.count, results, gradients, upstream)
        left: list[Callable[[], None]] = []
        for part in in_parallel(version, results, gradients, threads, upstream):
            for first, last in part.wrong:
                left += self.one_by_one(first, last, results, gradients, upstream)
            if part.space is not None and (gradients or upstream is None):
                version.give_back_batch(part.space)
            elif part.space is not None:
                left.append(functools.partial(add_sums, version, part.space))
        self.replays += samples.count
        return results, left

    def one_by_one(
        self,
        first: int,
        last: int,
        results: Results,
        gradients: list[array[float]],
        upstream: Any,
    ) -> list[Callable[[], None]]:
        """The same for samples that do not all go the same way."""
        left: list[Callable[[], None]] = []
        samples, width = results.samples, results.width
        for place in range(first, last):
            call = samples.call(place)
            try:
                if upstream is None:
                    results.store(place, self.answer(call))
                    continue
                seeds = upstream[place * width : (place + 1) * width]
                value, by_inputs, parameters, by_parameters = self.everything(call, seeds)
            except Exception as error:
                raise in_sample(error, place) from error
            results.store(place, value)
            width = results.width
            if gradients:
                samples.store(place, by_inputs, gradients)
            else:
                left.append(functools.partial(add_to_parameters, parameters, by_parameters))
        return left

    def answer(self, call: Call) -> Any:
        """One sample's result."""
        run = self.replayed(call)
        if run is None:
            return self.eagerly(call)
        version, space = run
        try:
            return version.results(space)
        finally:
            version.give_back(space)

    def everything(
        self, call: Call, upstream: Sequence[float]
    ) -> tuple[Any, Sequence[float], list[Value], Sequence[float]]:
        """One sample's result, and its derivatives by inputs and by parameters."""
        run = self.replayed(call)
        if run is not None:
            version, space = run
            try:
                check_width(len(version.program.outputs), len(upstream))
                machine.backward(version.machine, space, upstream)
                if machine.has_finite_gradients(version.machine, space):
                    return (
                        version.results(space),
                        machine.input_gradients(version.machine, space),
                        version.program.parameters,
                        machine.parameter_gradients(version.machine, space),
                    )
            finally:
                version.give_back(space)
        with recording():
            inputs, result = self.run_eagerly(call)
            outputs = flat(result, "the result")
            check_width(len(outputs), len(upstream))
            pairs = [
                (output, seed)
                for output, seed in zip(outputs, upstream, strict=True)
                if isinstance(output, Value) and seed != 0.0
            ]
            values = filled(result, iter([data_of(output) for output in outputs]))
            if not pairs:
                return values, [0.0] * len(inputs), [], []
            root, seed = pairs[0]
            if len(pairs) > 1:
                root, seed = dot([node for node, _ in pairs], [seed for _, seed in pairs]), 1.0
        ours = set(inputs)
        leaves = [node for node in leaves_of(root) if node not in ours]
        with unchanged(leaves):
            root.backward(seed)
            by_parameters = [node.grad for node in leaves]
        return values, [node.grad for node in inputs], leaves, by_parameters

    # ---- which program ----------------------------------------------------------------------

    def call(self, args: tuple[Any, ...], named: dict[str, Any]) -> Call:
        """The arguments of a call, taken apart."""
        if named:
            bound = inspect.signature(self.function).bind(*args, **named)
            args, named = bound.args, bound.kwargs
        if named:
            names = ", ".join(named)
            raise TypeError(f"compiled functions take no arguments by name alone: {names}")
        return Call(args, self.static_argnums)

    def replayed(self, call: Call) -> tuple[Version, machine.Space] | None:
        """The program for a call, and the room in which it has computed everything; None if the
        function itself has to run."""
        if self.escape:
            return None
        versions = self.versions.get(call.form)
        version = versions[-1] if versions else self.recorded(call)
        is_new = not versions
        agreed = -1  # so many comparisons came out as recorded, in the programs tried before
        while version is not None:
            space = version.space()
            machine.read_parameters(version.machine, space)
            machine.write_inputs(version.machine, space, call.numbers)
            try:
                machine.forward(version.machine, space)
            except Exception as error:  # the function raises it again, if it comes to that
                call.failure = error
                version.give_back(space)
                return None
            broken = machine.first_broken_guard(version.machine, space)
            if broken < 0:
                if machine.is_finite(space):
                    self.replays += 1
                    return version, space
                version.give_back(space)
                return None
            version.give_back(space)
            other = self.other_version(call, version, broken) if broken > agreed else None
            agreed = broken
            if other is None:
                if is_new:  # it does not decide by its arguments alone
                    return None
                other, is_new = self.recorded(call), True
            version = other
        return None

    def version_for(self, call: Call) -> Version | None:
        """The program for a call; None if there is none."""
        run = self.replayed(call)
        if run is None:
            return None
        version, space = run
        version.give_back(space)
        self.replays -= 1
        return version

    def other_version(self, call: Call, version: Version, broken: int) -> Version | None:
        """The program in which the first `broken` comparisons come out alike, and the next not."""
        versions = self.versions.get(call.form, [])
        for other in reversed(versions):
            if (
                len(other.outcomes) > broken
                and other.outcomes[:broken] == version.outcomes[:broken]
                and other.outcomes[broken] != version.outcomes[broken]
            ):
                with self.lock:
                    if other in versions:
                        versions.remove(other)
                    versions.append(other)
                return other
        return None

    def recorded(self, call: Call) -> Version | None:
        """A new program; None if none can be made, with a warning that says why."""
        inputs = call.inputs()
        result, recorder = record(self.function, inputs, call.arguments(inputs), {})
        with self.lock:
            self.recordings += 1
        if recorder.escape:
            self.escape = recorder.escape
            call.run = inputs, result
            warnings.warn(
                f"{self!r} is not replayed, since its numbers leave the graph: {self.escape}",
                RuntimeWarning,
                stacklevel=level_of_calling_line(),
            )
            return None
        program = program_of(result, recorder, self.optimize)
        version = Version(program, shape_of(result))
        with self.lock:
            versions = self.versions.setdefault(call.form, [])
            versions.append(version)
            del versions[:-MOST_PROGRAMS]
        return version

    # ---- on Values --------------------------------------------------------------------------

    def run_eagerly(self, call: Call) -> tuple[list[Value], Any]:
        """The inputs, and what the function makes of them."""
        with self.lock:
            self.eager_calls += 1
        if call.run is not None:  # for the first time, to be recorded
            run, call.run = call.run, None
            return run
        inputs = call.inputs()
        return inputs, self.function(*call.arguments(inputs))

    def eagerly(self, call: Call) -> Any:
        """The function's result as floats."""
        _, result = self.run_eagerly(call)
        numbers = [data_of(leaf) for leaf in flat(result, "the result")]
        return filled(result, iter(numbers))

    def value_and_grad_eagerly(self, call: Call) -> tuple[float, tuple[Any, ...]]:
        """The same as `value_and_grad`."""
        with recording():
            inputs, result = self.run_eagerly(call)
            output = single_result(result)
        if isinstance(output, Value):
            ours = set(inputs)
            with unchanged([node for node in leaves_of(output) if node not in ours]):
                output.backward()
        return data_of(output), call.shaped([node.grad for node in inputs])

    def backward_eagerly(self, call: Call) -> float:
        """The same as `backward`."""
        with recording():
            inputs, result = self.run_eagerly(call)
            output = single_result(result)
        if isinstance(output, Value):
            output.backward()
            if call.values:
                add_to_parameters(*call.of_values([node.grad for node in inputs]))
        return data_of(output)

    # ---- looking at it ----------------------------------------------------------------------

    def cache_info(self) -> CacheInfo:
        """What has been recorded, and what became of the calls.

        >>> fast = compile(lambda x: x * x)
        >>> fast(2.0), fast(3.0), fast.cache_info().recordings, fast.cache_info().replays
        (4.0, 9.0, 1, 2)
        """
        programs = self.programs()
        return CacheInfo(
            programs=len(programs),
            recordings=self.recordings,
            replays=self.replays,
            eager=self.eager_calls,
            nodes=sum([program.nodes for program in programs]),
            instructions=sum([len(program.offsets) - 1 for program in programs]),
            bytes=sum([program.bytes for program in programs]),
            escape=self.escape,
        )

    def programs(self) -> list[Program]:
        """All programs, the one used last at the end."""
        with self.lock:
            return [version.program for kept in self.versions.values() for version in kept]

    @property
    def parameters(self) -> list[Value]:
        """The Values from around the function that its programs use, in the order of these."""
        found = [node for program in self.programs() for node in program.parameters]
        return list(dict.fromkeys(found))

    def to_c(self, path: str | os.PathLike[str], name: str = "") -> Path:
        """Write the program that was used last as a C file: a function of the inputs and the
        parameters that gives the result and its gradient, and needs nothing but C's library.

        Its comment says how it is called. Parameters stand in it as they are now. The inputs are
        the numbers of the arguments, from left to right. What was recorded on one side of a branch
        answers NAN for the other.

        Args:
            path: the file.
            name: the C function's name; by default the function's own.

        Raises:
            ValueError: if nothing has been recorded, if the function returns more than one number,
                or if an operation cannot be said in C; the message names it.
            OSError: if the file cannot be written.
        """
        own = getattr(self.function, "__name__", "")
        program = self.last_program()
        title = f"{own or 'A function'}, recorded and written by chalkgrad."
        return write_file(path, c_program(program, name or c_name(own), title))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all programs to a file, from which `load_compiled` makes a compiled function again.

        All that the programs know goes with them: for each form of the arguments and each outcome
        of the comparisons what is computed, the constants, and the parameters' data as it is now.
        Operations go by their names. The function itself does not.

        Args:
            path: the file.

        Raises:
            ValueError: if nothing has been recorded, or the function is not replayed.
            TypeError: if an argument or the result has a part that cannot be written: only numbers,
                texts, None, lists, tuples, and dicts with texts as keys can; the message names it.
            OSError: if the file cannot be written.

        >>> import os, tempfile
        >>> w = Value(3.0, label="w")
        >>> fast = compile(lambda x: w * x)
        >>> fast(2.0)
        6.0
        >>> path = os.path.join(tempfile.mkdtemp(), "product.chalk")
        >>> fast.save(path).name
        'product.chalk'
        >>> from autograd import load_compiled
        >>> load_compiled(path).value_and_grad(5.0)
        (15.0, (3.0,))
        """
        from autograd.replay_files import program_file

        return write_file(path, program_file(self))

    def program(self) -> str:
        """What was recorded, in words: the program that was used last.

        >>> fast = compile(lambda x, y: x * y + 1)
        >>> fast(2.0, 3.0)
        7.0
        >>> print(fast.program())
        5 nodes recorded; 1 instructions; 1 constants, 0 parameters, 2 inputs, 11 slots; 224 bytes
        v10 = in0 * in1 + 1
        results: v10

        Raises:
            ValueError: if nothing has been recorded.
        """
        return self.last_program().listing()

    def last_program(self) -> Program:
        """The program that was used last."""
        programs = self.programs()
        if not programs:
            why = f": {self.escape}" if self.escape else "; call it first"
            raise ValueError(f"{self!r} has no program{why}")
        return programs[-1]


def program_of(result: Any, recorder: Recorder, optimize: bool) -> Program:
    """The program of one recording."""
    outputs = flat(result, "the result")
    wanted = list(outputs)
    for guard in recorder.guards:
        wanted += [guard.left, guard.right]
    graph, found = flatten(recorder.tape, recorder.inputs, wanted)
    results, compared = found[: len(outputs)], found[len(outputs) :]
    guards = [
        (RELATIONS.index(guard.relation), left, right, int(guard.outcome))
        for guard, left, right in zip(recorder.guards, compared[::2], compared[1::2], strict=True)
        if not (graph.is_constant[left] and graph.is_constant[right])
    ]
    return (optimised_plan if optimize else plan)(graph, results, guards)


def single_result(result: Any) -> Any:
    """The one number that a function returned: a Value or a number."""
    if not (isinstance(result, Value) or is_number(result)):
        raise_not_single(result)
    return result


def check_width(given: int, expected: int) -> None:
    """Raise ValueError unless a sample has as many results as its neighbours."""
    if given != expected:
        raise ValueError(f"all samples need as many results: here are {given}, not {expected}")


def data_of(x: Any) -> float:
    """The data of a Value, or the number itself."""
    return x.data if isinstance(x, Value) else float(x)


def leaves_of(output: Value) -> list[Value]:
    """The leaves under a node."""
    from autograd.graph import leaves

    return list(leaves(output))


class unchanged:  # noqa: N801  # used as `with unchanged(nodes):`
    """The gradients of some nodes begin at 0 inside, and are what they were after it."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.nodes = nodes

    def __enter__(self) -> None:
        self.before = [(node, node.grad, node.has_grad) for node in self.nodes]
        for node in self.nodes:
            node.grad = 0.0

    def __exit__(self, *_: object) -> None:
        for node, grad, has_grad in self.before:
            node.grad = grad
            if has_grad and grad == 0.0:
                machine.add_totals([node], [0.0])


def add_sums(version: Version, space: machine.Space) -> None:
    """Add what a batch has summed up to the parameters' `.grad`."""
    if version.dependent:
        sums = machine.parameter_gradients(version.machine, space)
        add_to_parameters(version.program.parameters, sums)
    else:
        machine.add_gradients(version.machine, space, False)
    version.give_back_batch(space)


def add_to_parameters(parameters: list[Value], gradients: Sequence[float]) -> None:
    """Add gradients to `.grad`; where a Value depends on others, they are handed on to these."""
    leaf_nodes, leaf_sums, inner_nodes, inner_sums = [], [], [], []
    for node, gradient in zip(parameters, gradients, strict=True):
        if node.op:
            inner_nodes.append(node)
            inner_sums.append(gradient)
        else:
            leaf_nodes.append(node)
            leaf_sums.append(gradient)
    machine.add_totals(leaf_nodes, leaf_sums)
    if inner_nodes:
        with recording(), unobserved():
            dot(inner_nodes, inner_sums).backward()


def in_sample(error: Exception, place: int) -> Exception:
    """An error of the same type that says which sample it is about."""
    try:
        return type(error)(f"in sample {place}: {error}")
    except Exception:  # an exception that is not made from a text
        return error


def compile(
    f: Callable[..., Any] | None = None,
    *,
    optimize: bool = True,
    static_argnums: int | Sequence[int] = (),
) -> Any:
    """A function that records f at its first call, and replays it at native speed from then on.

    f is a function of numbers, or of lists, tuples and dicts of numbers, which it gets as Values.
    It may use Values from around it (parameters), whose data is read at each call. It must depend
    on nothing else that changes: whatever else it computes with is fixed when it is recorded.

        fast(*args)                    the result as a float, or as a tree of floats
        fast.value_and_grad(*args)     the result, and its derivatives in the shape of the arguments
        fast.backward(*args)           the result; adds to the parameters' `.grad`
        fast.map(*columns)             results and derivatives for many samples
        fast.map_values(*columns)      results for many samples
        fast.map_backward(*columns)    results; adds the sum of the parameters' gradients
        fast.cache_info(), fast.program()      what was recorded
        fast.to_c(path)                the same as a C function
        fast.save(path)                the same as a file for `load_compiled`

    Branches are safe: where a comparison of Values comes out otherwise than it was recorded, f is
    recorded again, and both programs are kept. A function that reads `.data` of what depends on its
    arguments or parameters is not replayed at all; a warning says so, and it runs as it is.

    Args:
        f: the function; without it, a decorator is returned.
        optimize: if False, every operation is run as it was recorded, in the engine's own order,
            and results and gradients are the engine's to the last bit. If True, they may differ by
            rounding, and what leads to no result is left out.
        static_argnums: the positions of arguments that are no numbers to differentiate by, such as
            indices: f gets them as they are, and is recorded for each of their values.

    Raises:
        TypeError: if f cannot be called.

    >>> w = Value(3.0)
    >>> @compile
    ... def loss(x):
    ...     return (w * x - 1) ** 2
    >>> loss.backward(2.0), w.grad
    (25.0, 20.0)
    """
    places = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
    if f is None:
        return functools.partial(compile, optimize=optimize, static_argnums=places)
    if not callable(f):
        raise TypeError(f"compile takes a function, not {type(f).__name__}")
    return Compiled(f, optimize, places)

"""A module's state: its parameters and buffers as plain numbers by name, read out and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.numbers import as_float
from nn.arrays import Array, flat, mapped, nested, shape_of
from nn.scoping import joined_name

if TYPE_CHECKING:
    from nn.module import Module


class IncompatibleKeys(NamedTuple):
    """What loading found: names that were missing, and names that the module does not have."""

    missing_keys: list[str]
    unexpected_keys: list[str]


@dataclass(frozen=True)
class Parameter:
    """A parameter's place in the state."""

    values: Array

    def read(self) -> Array:
        """Its numbers."""
        return mapped(lambda value: value.data, self.values)

    def write(self, numbers: list[float]) -> None:
        """Set the data of its Values, which stay the same objects."""
        for value, number in zip(flat(self.values), numbers, strict=True):
            value.data = number


@dataclass(frozen=True)
class Buffer:
    """A buffer's place in the state: the attribute of a module."""

    module: Module
    name: str

    def read(self) -> Array:
        """A copy of its numbers."""
        return mapped(lambda number: number, getattr(self.module, self.name))

    def write(self, numbers: list[float]) -> None:
        """Put these numbers in its place; a count stays an int."""
        old = self.read()
        kinds = [type(number) for number in flat(old)]
        new = [kind(number) for kind, number in zip(kinds, numbers, strict=True)]
        setattr(self.module, self.name, nested(new, shape_of(old)))


def places(module: Module, path: str = "") -> Iterator[tuple[str, Parameter | Buffer]]:
    """All there is to save, with names; what is shared stands under each of its names."""
    for name, array in module.named_parameters(path, recurse=False):
        yield name, Parameter(array)
    for name, _ in module.named_buffers(recurse=False):
        yield joined_name(path, name), Buffer(module, name)
    for name, child in module.named_children():
        yield from places(child, joined_name(path, name))


def state_of(module: Module) -> dict[str, Array]:
    """What `Module.state_dict` returns."""
    return {name: place.read() for name, place in places(module)}


def load_state(module: Module, state: Mapping[str, Any], strict: bool) -> IncompatibleKeys:
    """What `Module.load_state_dict` does: everything is looked at before anything is changed."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"a state is a dict of names and numbers, not {type(state).__name__}; nn.load(path) "
            "reads one from a file"
        )
    own = dict(places(module))
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    problems = []
    if strict:
        problems += [f"{name} is missing" for name in missing]
        problems += [f"{name} is not expected" for name in unexpected]
    numbers = {}
    for name in [name for name in own if name in state]:
        try:
            numbers[name] = numbers_like(own[name].read(), state[name])
        except (TypeError, ValueError) as error:
            problems.append(f"{name}: {error}")
    if problems:
        lines = "".join([f"\n    {problem}" for problem in problems])
        raise ValueError(f"this state is not one of {type(module).__name__}:{lines}")
    for name in numbers:
        own[name].write(numbers[name])
    return IncompatibleKeys(missing, unexpected)


def numbers_like(expected: Array, given: Any) -> list[float]:
    """The numbers of an array, which must have the shape of another one."""
    if shape_of(given) != shape_of(expected):
        raise ValueError(f"expected the shape {shape_of(expected)}, got {shape_of(given)}")
    return [as_float(number) for number in flat(given)]

"""Modules made of modules: one after the other, in a list, or around a shortcut."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, overload

from nn.arrays import Array, as_lists, flat, nested, shape_of
from nn.module import Module
from nn.scoping import joined_name, singular

L = TypeVar("L", bound="ModuleSequence")


class ModuleSequence(Module):
    """The base of what holds modules in an order; their names are their places, "0", "1", ..."""

    def __len__(self) -> int:
        return len(list(self.named_children()))

    def __iter__(self) -> Iterator[Module]:
        return iter([child for _, child in self.named_children()])

    @overload
    def __getitem__(self: L, index: int) -> Any: ...
    @overload
    def __getitem__(self: L, index: slice) -> L: ...
    def __getitem__(self: L, index: int | slice) -> Any:
        children = list(self)
        if isinstance(index, slice):
            return type(self)().extend(children[index])
        return children[operator.index(index)]

    def append(self: L, module: Module) -> L:
        """Add a module at the end."""
        return self.hold(str(len(self)), module)

    def extend(self: L, modules: Iterable[Module]) -> L:
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def hold(self: L, name: str, module: Module) -> L:
        """Add a module under a name of its own.

        Raises:
            TypeError: if it is no module.
        """
        if not isinstance(module, Module):
            hint = f"; make it: {module.__name__}()" if isinstance(module, type) else ""
            raise TypeError(f"expected a module, not {module!r}{hint}")
        setattr(self, name, module)
        return self


class Sequential(ModuleSequence):
    """Modules one after the other: each is called with what the one before it returns.

    Args:
        modules: the modules; or one dict of them by name.

    >>> import nn
    >>> model = Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> model
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    def __init__(self, *modules: Any) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.hold(name, module)
        else:
            self.extend(modules)

    def forward(self, x: Array) -> Any:
        """What the last module returns; x if there is none."""
        for module in self:
            x = module(x)
        return x

    def child_scope(self, own: str, name: str, child: Module) -> str:
        """By class and place, such as "linear1" and "relu2"; by its name where it has one."""
        if name.isdigit():
            name = f"{type(child).__name__.lower()}{int(name) + 1}"
        return joined_name(own, name)


class ModuleList(ModuleSequence):
    """A list of modules; it is not called itself.

    >>> import nn
    >>> blocks = ModuleList([nn.Linear(2, 2) for _ in range(3)])
    >>> len(blocks), len(blocks[1:]), [name for name, _ in blocks.named_parameters()][:2]
    (3, 2, ['0.weight', '0.bias'])
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def child_lines(self) -> list[str]:
        """The children as they are printed, equal neighbours in one line."""
        lines = []
        for text, equal in itertools.groupby(self.named_children(), key=lambda pair: repr(pair[1])):
            names = [name for name, _ in equal]
            many = len(names) > 1
            places = f"({names[0]}-{names[-1]}): {len(names)} x" if many else f"({names[0]}):"
            lines.append(f"{places} {text}")
        return lines

    def child_scope(self, own: str, name: str, child: Module) -> str:
        """As in a plain list: by the singular of the list's name."""
        return singular(own) + str(int(name) + 1)


class Residual(Module):
    """A shortcut around a module: x + module(x).

    >>> import nn
    >>> Residual(nn.ReLU())([1.0, -1.0])
    [2.0, -1.0]
    """

    def __init__(self, module: Module) -> None:
        self.module = module

    def forward(self, x: Array) -> Array:
        """x + module(x).

        Raises:
            ValueError: if the module's result has another shape than x.
        """
        x = as_lists(x)
        y = as_lists(self.module(x))
        if shape_of(x) != shape_of(y):
            raise ValueError(
                f"a shortcut needs results of the shape of what goes in, {shape_of(x)}; "
                f"the module's have {shape_of(y)}"
            )
        sums = [a + b for a, b in zip(flat(x), flat(y), strict=True)]
        return nested(sums, shape_of(x))

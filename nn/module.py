"""`Module`: what holds parameters and other modules, and is called like a function.

Nothing is registered. A module looks at its own attributes, in the order in which they were first
assigned, and finds its parameters (Values, nested lists of them) and its children (modules, lists
and dicts of them) there; names come from the attributes. So a subclass needs no
`super().__init__()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

from autograd import Value, zero_grad
from nn.arrays import Array, flat
from nn.modes import switches
from nn.scoping import call_in_scope, joined_name, singular, with_scope
from nn.state import IncompatibleKeys, load_state, state_of

M = TypeVar("M", bound="Module")


class Module:
    """The base of layers, losses and whole networks. Subclasses define `forward` (or `__call__`).

    A parameter is an attribute that holds a Value made from a number, or a nested list of such
    Values; a child is one that holds a module, or a list or dict of modules. Attributes whose names
    begin with an underscore are neither, and nor are results of operations: keep inputs and other
    Values that are not to be learnt under such names.

    >>> import nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope = Value(2.0)
    ...         self.intercept = Value(1.0)
    ...     def forward(self, x):
    ...         return self.slope * x + self.intercept
    >>> line = Line()
    >>> line(3.0).data, [name for name, _ in line.named_parameters()]
    (7.0, ['slope', 'intercept'])
    """

    training: bool = True

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if "__call__" in vars(cls):
            cls.__call__ = with_scope(cls.__call__)  # type: ignore[method-assign]

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """What the module computes; for subclasses to define."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes: define forward(self, x) in it"
        )

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """What `forward` returns; inside `nn.scopes()`, made in the module's scope."""
        if switches.scopes:
            return call_in_scope(type(self).forward, self, *inputs, **named)
        return self.forward(*inputs, **named)

    # ---- parameters and buffers -------------------------------------------------------------

    def parameters(self, recurse: bool = True) -> list[Value]:
        """All parameters, the module's own before its children's; a shared one is listed once."""
        arrays = self.named_parameters(recurse=recurse)
        return list(dict.fromkeys([value for _, array in arrays for value in flat(array)]))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Array]]:
        """Pairs of a name, such as "layers.1.bias", and a nested list of Values (or one Value)."""
        met = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, array in module.own_parameters():
                if id(array) not in met:
                    met.add(id(array))
                    yield joined_name(path, name), array

    def own_parameters(self) -> Iterator[tuple[str, Array]]:
        """The same without the children's."""
        for name, member in self.members():
            if not isinstance(member, Module):
                yield name, member

    def register_buffer(self, name: str, number_or_list: Array) -> None:
        """Hold numbers that are not learnt but saved, such as running means, as an attribute."""
        setattr(self, name, number_or_list)
        names = vars(self).setdefault("_buffer_names", [])
        if name not in names:
            names.append(name)

    def buffers(self, recurse: bool = True) -> list[Array]:
        """All buffers: numbers and nested lists of numbers."""
        return [buffer for _, buffer in self.named_buffers(recurse=recurse)]

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Array]]:
        """Pairs of a name, such as "1.running_mean", and the buffer."""
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name in vars(module).get("_buffer_names", []):
                yield joined_name(path, name), getattr(module, name)

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to 0."""
        zero_grad(self.parameters())

    # ---- children ---------------------------------------------------------------------------

    def members(self) -> Iterator[tuple[str, Any]]:
        """Parameters and children by name, in the order of their attributes."""
        for name, attribute in vars(self).items():
            if not name.startswith("_"):
                yield from found_in(name, attribute)

    def children(self) -> Iterator[Module]:
        """The modules directly below, each once."""
        return iter(dict.fromkeys([child for _, child in self.named_children()]))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Pairs of a name, such as "layers.0", and a module directly below."""
        for name, member in self.members():
            if isinstance(member, Module):
                yield name, member

    def modules(self) -> Iterator[Module]:
        """The module itself and all below it, each once."""
        return iter([module for _, module in self.named_modules()])

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """The same with names; the module's own is `prefix`. Parents come before their children."""
        met = set()
        waiting: list[tuple[str, Module]] = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            if module not in met:
                met.add(module)
                yield path, module
                below = [(joined_name(path, name), m) for name, m in module.named_children()]
                waiting.extend(reversed(below))

    def child_scope(self, own: str, name: str, child: Module) -> str:
        """The scope of a child, where the module's own scope is `own` ("" for the outermost)."""
        attribute, *places = name.split(".")
        if places and all(place.isdigit() for place in places):
            numbers = "_".join([str(int(place) + 1) for place in places])
            return joined_name(own, singular(attribute) + numbers)
        return joined_name(own, name)

    def apply(self: M, function: Callable[[Module], object]) -> M:
        """Call `function` with every module below and with this one, children first.

        >>> import nn
        >>> def zero_bias(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros_(module.bias)
        >>> nn.Sequential(nn.Linear(1, 1), nn.ReLU()).apply(zero_bias)[0].bias
        [Value(data=0)]
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # ---- training and evaluation ------------------------------------------------------------

    def train(self: M, mode: bool = True) -> M:
        """Switch this module and all below to training, as they are at first, or out of it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Switch to evaluation: dropout passes all, batch norm uses its running statistics."""
        return self.train(False)

    # ---- saving -----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Parameters and buffers as plain numbers by name: nested lists of floats.

        >>> import nn
        >>> model = nn.Linear(2, 1)
        >>> _ = nn.init.constant_(model.weight, 0.5)
        >>> model.state_dict()["weight"]
        [[0.5, 0.5]]
        """
        return state_of(self)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> IncompatibleKeys:
        """Set parameters and buffers to the numbers of a `state_dict`, PyTorch's included.

        The Values stay the same objects. Nothing is changed if anything is wrong.

        Args:
            state_dict: nested lists, arrays or tensors by name.
            strict: whether each name must be known and each of the module's names be there.

        Returns:
            The names that were missing and the unexpected ones: both empty if `strict`.

        Raises:
            ValueError: for missing or unexpected names, wrong shapes, and what is no number; all
                problems are listed.
        """
        return load_state(self, state_dict, strict)

    def to_torch(self) -> Any:
        """The same model in PyTorch, with the same parameters; see `nn.to_torch`."""
        return import_module("nn.pytorch").to_torch(self)

    # ---- printing ---------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed; for subclasses."""
        return ""

    def child_lines(self) -> list[str]:
        """The children as they are printed."""
        return [f"({name}): {child!r}" for name, child in self.named_children()]

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = self.child_lines()
        name = type(self).__name__
        if not children and len(lines) <= 1:
            return f"{name}({extra})"
        body = "\n".join([*lines, *children]).replace("\n", "\n  ")
        return f"{name}(\n  {body}\n)"


# ---- what an attribute holds ------------------------------------------------------------------


def found_in(name: str, attribute: Any) -> Iterator[tuple[str, Any]]:
    """The modules and parameters in an attribute, with their names."""
    if isinstance(attribute, Module) or parameter_shape(attribute) is not None:
        yield name, attribute
    elif isinstance(attribute, dict):
        for key, part in attribute.items():
            yield from found_in(f"{name}.{key}", part)
    elif isinstance(attribute, (list, tuple)):
        for i, part in enumerate(attribute):
            yield from found_in(f"{name}.{i}", part)


def parameter_shape(attribute: Any) -> tuple[int, ...] | None:
    """The shape of a nested list that holds leaf Values alone; None for anything else.

    Lists of several shapes, such as the weights of all layers, are several parameters.
    """
    if type(attribute) is Value:
        return None if attribute.op else ()
    if not isinstance(attribute, (list, tuple)) or not attribute:
        return None
    if type(attribute[0]) is Value:  # a row, the usual case
        are_leaves = all(type(value) is Value and not value.op for value in attribute)
        return (len(attribute),) if are_leaves else None
    first = parameter_shape(attribute[0])
    if first is None or any(parameter_shape(part) != first for part in attribute):
        return None
    return (len(attribute), *first)

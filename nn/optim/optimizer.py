"""What all optimisers share: parameter groups, their options and their state.

A group is a dictionary of options with the list of parameters that they hold for, as in PyTorch;
beside it stands its state, one array of floats a quantity, one float a parameter. A kind of
optimiser adds one method, `update`: from weights and gradients to new weights, all plain floats.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeAlias

from autograd import Value
from autograd.flat_leaves import any_reached, assign_data, data_of, forget_gradients, gradients_of
from autograd.numbers import as_float, format_number
from nn.optim.elementwise import Numbers, elementwise

#: "params" and the options, by name.
Group: TypeAlias = dict[str, Any]
#: "step", how many were taken, and arrays of floats such as "exp_avg"; empty before the first step.
State: TypeAlias = dict[str, Any]


class Optimizer:
    """The base of all optimisers.

    Args:
        params: Values, such as `model.parameters()`; or a list of groups, dictionaries with the
            Values under "params" and the options that differ from the defaults.
        defaults: the options of this kind of optimiser.

    Raises:
        TypeError: for anything but leaf Values among the parameters.
        ValueError: if there are none, if one is listed twice, or if an option is out of range.

    Attributes:
        param_groups: the groups; their options may be changed between steps.
        state: the state of each group, in the same order.
    """

    def __init__(self, params: Iterable[Value] | Iterable[Group], defaults: Group) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: list[State] = []
        for group in as_groups(params):
            self.add_param_group(group)

    def add_param_group(self, group: Group) -> None:
        """Optimise more parameters, with options of their own.

        Args:
            group: the Values under "params", and any options that differ from the defaults.
        """
        unknown = [name for name in group if name not in self.defaults and name != "params"]
        if unknown or "params" not in group:
            problem = f"has no option {unknown[0]!r}" if unknown else 'needs a group with "params"'
            raise ValueError(
                f"{type(self).__name__} {problem}; options: {', '.join(self.defaults)}"
            )
        group = {**self.defaults, **group, "params": checked(group["params"], self.parameters())}
        self.check(group)
        self.param_groups.append(group)
        self.state.append({})

    def parameters(self) -> Iterator[Value]:
        """The parameters of all groups, in order."""
        for group in self.param_groups:
            yield from group["params"]

    def check(self, group: Group) -> None:
        """Raise ValueError for options that are out of range; subclasses check theirs as well."""
        require(group, "lr", "above 0", lambda lr: lr > 0.0)
        require(group, "weight_decay", "0 or above", lambda decay: decay >= 0.0)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            forget_gradients(group["params"])

    def step(self) -> None:
        """Change all parameters by one step against their gradients.

        A group that no backward pass has reached stays as it is. Within a group that one has, a
        parameter that it has not reached counts as one with gradient 0, as the unused row of an
        embedding does in PyTorch.
        """
        for group, state in zip(self.param_groups, self.state, strict=True):
            params = group["params"]
            if not any_reached(params):
                continue
            gradients = gradients_of(params)
            if group["maximize"]:
                (gradients,) = elementwise(negated, [gradients], [])
            assign_data(params, self.update(group, state, data_of(params), gradients))

    def update(
        self, group: Group, state: State, weights: Numbers, gradients: Numbers
    ) -> Iterable[float]:
        """One step for the parameters of a group.

        Args:
            group: the options.
            state: the state of this group, which is brought up to date; empty at the first step.
            weights: the data of the parameters.
            gradients: their gradients, to be descended.

        Returns:
            The new weights.
        """
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def state_dict(self) -> dict[str, Any]:
        """Options and state as plain lists, numbers and dictionaries, ready for JSON.

        Parameters stand in it by their place in the order of all groups.
        """
        groups, first = [], 0
        for group in self.param_groups:
            last = first + len(group["params"])
            groups.append({**group, "params": list(range(first, last))})
            first = last
        return {"state": [plain(state) for state in self.state], "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, step counters included.

        Args:
            state_dict: from an optimiser of the same kind with groups of the same sizes.

        Raises:
            ValueError: if it does not fit; nothing is changed then.
        """
        name = type(self).__name__
        if not {"state", "param_groups"} <= set(state_dict):
            raise ValueError(f'{name}: expected a state_dict with "state" and "param_groups"')
        groups, states = state_dict["param_groups"], state_dict["state"]
        given = [len(group["params"]) for group in groups]
        own = [len(group["params"]) for group in self.param_groups]
        if given != own or len(states) != len(own):
            raise ValueError(f"{name} has groups of {own} parameters; the state_dict, of {given}")
        loaded = []
        for group, saved, state in zip(self.param_groups, groups, states, strict=True):
            if set(saved) - {"initial_lr"} != set(group) - {"initial_lr"}:
                raise ValueError(
                    f"{name} has the options {sorted(group)}; the state_dict, {sorted(saved)}"
                )
            for key, numbers in state.items():
                if isinstance(numbers, (list, array)) and len(numbers) != len(group["params"]):
                    raise ValueError(
                        f"{name}: {key!r} has {len(numbers)} numbers for "
                        f"{len(group['params'])} parameters"
                    )
            loaded.append({**deepcopy(dict(saved)), "params": group["params"]})
        for group, options in zip(self.param_groups, loaded, strict=True):
            group.clear()
            group.update(options)
        self.state[:] = [as_arrays(state) for state in states]

    def __repr__(self) -> str:
        lines = []
        for number, group in enumerate(self.param_groups):
            options = {name: option for name, option in group.items() if name != "params"}
            lines += [f"Parameter Group {number}"]
            lines += [f"    {name}: {option}" for name, option in sorted(options.items())]
        return "\n".join([f"{type(self).__name__} (", *lines, ")"])


def negated(g: Any) -> tuple[Any]:
    """-g, where a gradient is to be ascended."""
    return (-g,)


def plain(state: State) -> dict[str, Any]:
    """A copy of a group's state with lists for its arrays."""
    return {
        name: part.tolist() if isinstance(part, array) else deepcopy(part)
        for name, part in state.items()
    }


def as_arrays(state: Mapping[str, Any]) -> State:
    """A copy of a group's state with arrays for its lists of floats."""
    return {
        name: array("d", part)
        if isinstance(part, list) and all(type(x) is float for x in part)
        else deepcopy(part)
        for name, part in state.items()
    }


def as_groups(params: Any) -> list[Group]:
    """Parameters, or groups of them, as a list of groups."""
    if callable(getattr(params, "parameters", None)):
        raise TypeError(
            f"an optimizer takes parameters, not a {type(params).__name__}: "
            "give it model.parameters()"
        )
    if isinstance(params, (Value, Mapping)) or not isinstance(params, Iterable):
        raise TypeError(
            "an optimizer takes a list of Values or of groups, such as model.parameters(), "
            f"not a {type(params).__name__}"
        )
    items = list(params)
    if not items:
        raise ValueError("an optimizer needs at least one parameter; the list is empty")
    return items if all(isinstance(item, dict) for item in items) else [{"params": items}]


def checked(params: Any, taken: Iterable[Value]) -> list[Value]:
    """The parameters of one group as a list of leaves, none of them taken or listed twice."""
    values = [params] if isinstance(params, Value) else list(params)
    met = set(taken)
    for place, value in enumerate(values):
        if not isinstance(value, Value):
            raise TypeError(
                f"parameter {place} is a {type(value).__name__}, and an optimizer changes Values"
            )
        if value.op:
            raise ValueError(
                f"parameter {place} is the result of {value.op!r}; only leaves can be optimized"
            )
        if value in met:
            raise ValueError(f"parameter {place} ({value!r}) is listed twice")
        met.add(value)
    if not values:
        raise ValueError("a parameter group needs at least one parameter; its list is empty")
    return values


def require(group: Group, name: str, what: str, is_right: Callable[[float], bool]) -> None:
    """Raise ValueError unless an option is a finite number with a property; it becomes a float."""
    number = as_float(group[name])
    if not (math.isfinite(number) and is_right(number)):
        raise ValueError(f"{name} must be a number {what}, not {format_number(number)}")
    group[name] = number

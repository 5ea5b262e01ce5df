"""Operations of a user's own: one rule, and engine, pictures, steps and derivatives know it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from autograd.engine import Value
from autograd.functions import make_function
from autograd.registry import BY_NAME, Rule, operation


def define(
    notation: str = "",
    *,
    symbol: str = "",
    derivatives: tuple[str, ...] = (),
    domain: Mapping[str, type[Exception]] | None = None,
) -> Callable[[Rule], Callable[..., Any]]:
    """A decorator that makes a rule an operation: a function of Values and numbers.

    A rule takes its operands as floats and returns its value and one local derivative an operand.
    The operation then records, draws, steps, is differentiated again, copied, and read by `parse`
    like the built-in ones; with one required operand it is a method of Value too.

    Args:
        notation: the operation as a Python expression of its operands, such as "x ** 3", for
            printing; the function's call if not given.
        symbol: what pictures write into its node; its name if not given.
        derivatives: the local derivatives as formulas should show them, one an operand, in the
            operands' names and `out`, the result; those of the rule if not given.
        domain: conditions on the operands, and what is raised where one does not hold, such as
            {"x > 0": ValueError}.

    Raises:
        TypeError: if the rule is not made by `def`, its operands are not plain arguments, their
            defaults no floats, or something else is not what is described here.
        ValueError: if the name is taken by a built-in operation or an attribute of Value, or a
            text is no expression of the operands. A rule of one's own may be defined anew.

    >>> @define("x ** 3", symbol="³")
    ... def cube(x):
    ...     return x * x * x, 3 * x * x
    >>> y = cube(Value(2.0))
    >>> y.data, y.local_derivatives
    (8.0, (12.0,))
    """
    if callable(notation):
        raise TypeError("define takes its arguments in brackets: write @define() above the rule")

    def enter(rule: Rule) -> Callable[..., Any]:
        operands = operand_names(rule)
        name = rule.__name__
        if hasattr(Value, name) and not (name in BY_NAME and BY_NAME[name].is_own):
            raise ValueError(f"{name!r} is an attribute of Value already: choose another name")
        if derivatives and len(derivatives) != len(operands):
            raise ValueError(
                f"{name} has {len(operands)} operands, but {len(derivatives)} derivatives are given"
            )
        for text in [notation or name, *(domain or {})]:
            check_expression(name, text, {*operands, name})
        for text in derivatives:
            check_expression(name, text, {*operands, "out", "pi"})
        for condition, error in (domain or {}).items():
            if not (isinstance(error, type) and issubclass(error, Exception)):
                raise TypeError(
                    f"the domain of {name} must say which exception is raised unless {condition}, "
                    f"such as ValueError, not {error!r}"
                )
        entry = operation(
            rule,
            notation,
            symbol=symbol,
            domain=domain,
            derivatives=derivatives,
        )
        return make_function(entry)

    return enter


def operand_names(rule: Rule) -> list[str]:
    """The operands of a rule.

    Raises:
        TypeError: if it is no function made by `def`, or one without plain arguments that have
            floats as defaults.
    """
    is_plain = inspect.isfunction(rule) and rule.__name__.isidentifier()
    if not is_plain or inspect.iscoroutinefunction(rule) or inspect.isgeneratorfunction(rule):
        raise TypeError(f"a rule is a function that `def` gives a name, not {rule!r}")
    parameters = list(inspect.signature(rule).parameters.values())
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise TypeError(
                f"the operands of {rule.__name__} must be plain arguments such as x and y, "
                f"not {parameter}"
            )
        if parameter.default is not parameter.empty and type(parameter.default) is not float:
            raise TypeError(
                f"the default of {parameter.name} must be a float such as 1.0, "
                f"not {parameter.default!r}"
            )
        if parameter.name == "out":
            raise TypeError(
                f"an operand of {rule.__name__} is called out, as formulas call its result: "
                "choose another name"
            )
    if not parameters:
        raise TypeError(f"the rule of {rule.__name__} needs at least one operand")
    return [parameter.name for parameter in parameters]


def check_expression(name: str, text: str, known: set[str]) -> None:
    """Raise a ValueError if a text is no expression of the names that it may contain."""
    if not isinstance(text, str):
        raise TypeError(f"of the operation {name}: a formula must be a str, not {text!r}")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        raise ValueError(f"of the operation {name}: {text!r} is no Python expression") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known | set(BY_NAME):
            raise ValueError(
                f"of the operation {name}: {text!r} uses {node.id!r}; it may use "
                f"{', '.join(sorted(known))} and the table's functions"
            )

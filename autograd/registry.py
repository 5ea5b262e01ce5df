"""The table of operations: what the rest of the program knows about each one.

A rule is a plain function that returns a value and its local derivatives, one an operand:

    def mul(x, y):
        return x * y, y, x

`operation(mul, "x * y", symbol="×")` enters it here. All else is taken from that one entry: the
engine calls the rule, `functions.py` offers it under its name, drawings show its symbol, formulas
print its notation, errors quote its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

#: The module whose rules are compiled; those of any other are a user's own.
BUILT_IN = "autograd.operations"

#: A rule: operands as floats -> (value, one local derivative an operand).
Rule = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Operation:
    """One entry of the table.

    Attributes:
        name: what `Value.op` says, and the public function's name.
        rule: operands (floats) -> (value, local derivative, ...), one derivative an operand.
        operands: the rule's parameter names; `defaults` belong to the last of them.
        notation: the operation as a Python expression of those names, such as `"x * y"`; where it
            takes any number of operands, a function from that number to the expression.
        symbol: what a drawing writes into the operation's node.
        domain: conditions on the operands, each with the exception that its violation raises.
        derivatives: the local derivatives as a textbook writes them, for printing, where the
            rule is written for accuracy instead; in the operands' names and `out`. Or a function
            of the number of operands, as `notation`.
        variadic: whether it takes any number of operands. They are called x1, x2, ..., and the
            rule fills in a row of numbers (see `rows.py`) and returns the value.
        aliases: other public names of the same operation.
        is_own: whether a user defined it; its rule is then Python in either form of the engine.
        code: its place in the table, by which the engine knows it.
    """

    name: str
    rule: Rule
    operands: tuple[str, ...]
    defaults: tuple[float, ...]
    notation: str | Callable[[int], str]
    symbol: str
    domain: Mapping[str, type[Exception]] = field(default_factory=dict)
    derivatives: tuple[str, ...] | Callable[[int], tuple[str, ...]] = ()
    variadic: bool = False
    aliases: tuple[str, ...] = ()
    is_own: bool = False
    code: int = -1

    @property
    def arity(self) -> int:
        """How many operands a node of this operation has; 0 if any number."""
        return len(self.operands)

    def operand_names(self, count: int) -> tuple[str, ...]:
        """What its formulas call the operands of a node that has `count` of them."""
        if self.variadic:
            return tuple([f"x{i}" for i in range(1, count + 1)])
        return self.operands

    @property
    def is_called(self) -> bool:
        """Whether it is written as a function under its own name: exp(x), but x * y."""
        written = self.notation if isinstance(self.notation, str) else self.notation(1)
        return written.partition("(")[0] in (self.name, *self.aliases)

    def as_written(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands less the trailing numbers that equal the defaults, as one writes a call.

        >>> entry("leaky_relu").as_written((-2.0, 0.1, 1.0))
        (-2.0, 0.1)
        """
        if not self.defaults:
            return operands
        last = len(operands)
        while last > len(self.operands) - len(self.defaults):
            default = self.defaults[last - 1 - len(self.operands)]
            if not (type(operands[last - 1]) is float and operands[last - 1] == default):
                break
            last -= 1
        return operands[:last]

    def with_defaults(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands with the trailing ones that `as_written` leaves out."""
        missing = len(self.operands) - len(operands)
        return (*operands, *self.defaults[-missing:]) if missing > 0 else operands

    def __repr__(self) -> str:
        return f"<operation {self.name}: {self.notation}>"


#: Every operation; its index is the code that nodes store. Entry 0 is "no operation": a leaf.
OPERATIONS: list[Operation] = [
    Operation(name="", rule=lambda: (), operands=(), defaults=(), notation="", symbol="", code=0)
]
BY_NAME: dict[str, Operation] = {}


def operation(
    rule: Rule,
    notation: str | Callable[[int], str] = "",
    *,
    symbol: str = "",
    domain: Mapping[str, type[Exception]] | None = None,
    derivatives: tuple[str, ...] | Callable[[int], tuple[str, ...]] = (),
    variadic: bool = False,
    aliases: tuple[str, ...] = (),
) -> Operation:
    """Enter a rule into the table and return its entry.

    Args:
        rule: `f(x, y, ...) -> (value, d/dx, d/dy, ...)`, named as the operation is to be called.
        notation: the operation as a Python expression of its operands; `name(x, y)` if not given.
        symbol: the text in a drawing's operation node; the name if not given.
        domain: for example `{"x > 0": ValueError}`.
        derivatives: one expression an operand, such as `("out * (1 - out)",)`, where formulas
            should show another form than the rule's.
        variadic: whether it takes any number of operands; the rule then gets a row.
        aliases: further public names.

    Raises:
        ValueError: if the name is taken. (A user's operation may be defined anew.)
    """
    name = rule.__name__
    is_own = rule.__module__ != BUILT_IN
    for taken in (name, *aliases):
        if taken in BY_NAME and not (is_own and BY_NAME[taken].is_own):
            raise ValueError(f"an operation named {taken!r} exists already: {BY_NAME[taken]!r}")
    code = rule.__code__
    names = () if variadic else code.co_varnames[: code.co_argcount]
    if variadic and not notation:
        notation = partial(called_by_name, name)
    entry = Operation(
        name=name,
        rule=rule,
        operands=names,
        defaults=() if variadic else rule.__defaults__ or (),
        notation=notation or f"{name}({', '.join(names)})",
        symbol=symbol or name,
        domain=dict(domain or {}),
        derivatives=derivatives,
        variadic=variadic,
        aliases=aliases,
        is_own=is_own,
        code=len(OPERATIONS),
    )
    OPERATIONS.append(entry)
    for known in (name, *aliases):
        BY_NAME[known] = entry
    return entry


def built_in_count() -> int:
    """How many entries are ours: the first ones; users' own operations come after them."""
    return sum([not operation.is_own for operation in OPERATIONS])


def slot_counts() -> list[int]:
    """For each of our operations how many operands its nodes keep in slots: one or two, or 0 where
    they keep them in a row."""
    return [
        operation.arity if operation.arity <= 2 and not operation.defaults else 0
        for operation in OPERATIONS[: built_in_count()]
    ]


def called_by_name(name: str, count: int) -> str:
    """The notation of a function of `count` operands: "softmax(x1, x2)"."""
    return f"{name}({', '.join([f'x{i}' for i in range(1, count + 1)])})"


def entry(name: str) -> Operation:
    """The operation with this name or alias.

    >>> entry("mul").notation
    'x * y'

    Raises:
        KeyError: if there is none.
    """
    return BY_NAME[name]

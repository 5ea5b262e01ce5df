"""Writes `functions.pyi`, which tells editors and type checkers what `functions.py` makes.

The functions come from the table of operations; so does this file: `python -m autograd.stubs`.
"""

from __future__ import annotations

from pathlib import Path

from autograd import functions
from autograd.registry import BY_NAME, Operation

HEAD = '''\
"""The functions of autograd. Made from the table by `python -m autograd.stubs`; not edited."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from autograd.engine import Value
from autograd.registry import Operation

FUNCTIONS: dict[str, Callable[..., Any]]
CALLABLE: dict[str, Callable[..., Any]]

def make_function(operation: Operation) -> Callable[..., Any]: ...
def on_numbers(operation: Operation, operands: Sequence[Any]) -> float: ...

def dot(
    ws: Iterable[Value | float], xs: Iterable[Value | float], bias: Value | float | None = None
) -> Any: ...
def affine(
    rows: Iterable[Iterable[Value | float]],
    xs: Iterable[Value | float],
    biases: Iterable[Value | float] | None = None,
) -> list[Any]: ...
def identity(x: Value) -> Value: ...
def log_softmax(xs: Iterable[Value | float]) -> list[Any]: ...
def logsumexp(xs: Iterable[Value | float]) -> Any: ...
def mean(xs: Iterable[Value | float]) -> Any: ...
def softmax(xs: Iterable[Value | float]) -> list[Any]: ...
def total(xs: Iterable[Value | float]) -> Any: ...
'''


def stub() -> str:
    """The text of `functions.pyi`."""
    parts = [HEAD, f"__all__ = {functions.__all__!r}\n"]
    for name in functions.__all__:
        if name in BY_NAME and not BY_NAME[name].variadic:
            parts.append(signatures(name, BY_NAME[name]))
    return "\n".join(parts)


def signatures(name: str, operation: Operation) -> str:
    """A Value for any Value among the operands, a float for numbers alone."""
    required = operation.arity - len(operation.defaults)
    lines = []
    for chosen in range(required):
        typed = [
            f"{operand}: {'Value' if position == chosen else 'Value | float'}"
            for position, operand in enumerate(operation.operands[:required])
        ]
        typed += [f"{operand}: Value | float = ..." for operand in operation.operands[required:]]
        lines.append(f"@overload\ndef {name}({', '.join(typed)}) -> Value: ...\n")
    typed = [f"{operand}: float" for operand in operation.operands[:required]]
    typed += [f"{operand}: float = ..." for operand in operation.operands[required:]]
    lines.append(f"@overload\ndef {name}({', '.join(typed)}) -> float: ...\n")
    return "".join(lines)


if __name__ == "__main__":
    Path(__file__).with_name("functions.pyi").write_text(stub(), encoding="utf-8")

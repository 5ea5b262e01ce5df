"""A scalar reverse-mode automatic differentiation engine.

>>> from autograd import Value, exp, ln
>>> x, y, z = Value(1.0, label="x"), Value(3.0, label="y"), Value(2.0, label="z")
>>> f = ln(x) + exp(y) * z
>>> f.backward()
>>> round(f.data, 4), round(y.grad, 4)
(40.1711, 40.1711)

`Value` records each operation; `backward` carries gradients back through the graph. See `engine.py`
for how, and `operations.py` for the table of operations.
"""

from autograd import native

BACKEND = native.load()  # before any other module imports the engine

from autograd import functions
from autograd.engine import Value
from autograd.expression import Expression, parse
from autograd.functions import *  # noqa: F403  # one name an operation; functions.pyi lists them
from autograd.graph import leaves, topological_order, zero_grad
from autograd.modes import ieee, no_grad, scope

__all__ = [
    "Expression",
    "Value",
    "backend",
    "ieee",
    "leaves",
    "no_grad",
    "parse",
    "scope",
    "topological_order",
    "zero_grad",
    *functions.__all__,
]


def backend() -> str:
    """Which form of the engine is running: "compiled" or "python"."""
    return BACKEND

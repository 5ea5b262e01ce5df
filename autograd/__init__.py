"""A scalar reverse-mode automatic differentiation engine.

>>> from autograd import Value, exp, ln
>>> x, y, z = Value(1.0, label="x"), Value(3.0, label="y"), Value(2.0, label="z")
>>> f = ln(x) + exp(y) * z
>>> f.backward()
>>> round(f.data, 4), round(y.grad, 4)
(40.1711, 40.1711)

`Value` records each operation; `backward` carries gradients back through the graph. See `engine.py`
for how, and `operations.py` for the table of operations. What is used more rarely (derivatives of
functions, checks, explanations, graphs as data) is imported at its first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd import native

BACKEND = native.load()  # before any other module imports the engine

from autograd import functions, graph_copies
from autograd.engine import Value
from autograd.functions import *  # noqa: F403  # one name an operation; functions.pyi lists them
from autograd.graph import leaves, parameters, topological_order, zero_grad
from autograd.modes import ieee, no_grad, scope, tracing

if TYPE_CHECKING:
    from autograd.answers import AnswersReport, check_answers
    from autograd.check import GradientReport, gradcheck, numerical_gradient
    from autograd.diagnosis import Explanation, why
    from autograd.expression import Expression, parse
    from autograd.graph_json import GraphFormatError, from_json, to_json
    from autograd.graph_paths import Path, paths
    from autograd.graph_summary import Summary, summary
    from autograd.own import define
    from autograd.replay import compile
    from autograd.replay_files import load_compiled
    from autograd.submissions import check_submission
    from autograd.transforms import (
        derivative,
        grad,
        gradients,
        hessian,
        hvp,
        jacobian,
        jvp,
        value_and_grad,
        vjp,
    )

#: The module of each name that is imported at its first use.
LATER = {
    "AnswersReport": "answers",
    "Explanation": "diagnosis",
    "Expression": "expression",
    "GradientReport": "check",
    "GraphFormatError": "graph_json",
    "Path": "graph_paths",
    "Summary": "graph_summary",
    "check_answers": "answers",
    "check_submission": "submissions",
    "compile": "replay",
    "define": "own",
    "derivative": "transforms",
    "from_json": "graph_json",
    "grad": "transforms",
    "gradcheck": "check",
    "gradients": "transforms",
    "hessian": "transforms",
    "hvp": "transforms",
    "jacobian": "transforms",
    "jvp": "transforms",
    "load_compiled": "replay_files",
    "numerical_gradient": "check",
    "parse": "expression",
    "paths": "graph_paths",
    "summary": "graph_summary",
    "to_json": "graph_json",
    "value_and_grad": "transforms",
    "vjp": "transforms",
    "why": "diagnosis",
}

__all__ = [
    "AnswersReport",
    "Explanation",
    "Expression",
    "GradientReport",
    "GraphFormatError",
    "Path",
    "Summary",
    "Value",
    "backend",
    "check_answers",
    "check_submission",
    "compile",
    "define",
    "derivative",
    "from_json",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hvp",
    "ieee",
    "jacobian",
    "jvp",
    "leaves",
    "load_compiled",
    "no_grad",
    "numerical_gradient",
    "parameters",
    "parse",
    "paths",
    "scope",
    "summary",
    "to_json",
    "topological_order",
    "tracing",
    "value_and_grad",
    "vjp",
    "why",
    "zero_grad",
    *functions.__all__,
]

graph_copies.teach(Value)


def __getattr__(name: str) -> Any:
    """What is imported at its first use."""
    if name not in LATER:
        raise AttributeError(f"module 'autograd' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"autograd.{LATER[name]}"), name)
    return found


def __dir__() -> list[str]:
    """All names, imported yet or not."""
    return sorted({*globals(), *__all__})


def backend() -> str:
    """Which form of the engine is running: "compiled" or "python"."""
    return BACKEND

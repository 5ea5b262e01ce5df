"""Seeing backpropagation: pictures of graphs, and the two passes step by step.

Modules are imported when one of their names is first used, so that `import viz` costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import autograd

if not hasattr(autograd, "backend"):
    raise ImportError(
        f"viz needs chalkgrad's own package `autograd`, but {autograd.__file__} was imported. Two "
        "packages (or files) called autograd cannot share an environment: remove the other one, "
        "or use a virtual environment of chalkgrad's own and install it again"
    )

if TYPE_CHECKING:
    from viz.dot import Picture, draw_dot
    from viz.stepping import steps
    from viz.terminal import explain, table

WHERE = {
    "Picture": "viz.dot",
    "draw_dot": "viz.dot",
    "steps": "viz.stepping",
    "explain": "viz.terminal",
    "table": "viz.terminal",
}

__all__ = ["Picture", "draw_dot", "explain", "steps", "table"]


def __getattr__(name: str) -> Any:
    if name in WHERE:
        return getattr(importlib.import_module(WHERE[name]), name)
    raise AttributeError(f"module 'viz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *WHERE])

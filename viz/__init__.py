"""Seeing backpropagation: pictures of graphs, and the two passes step by step.

Modules are imported when one of their names is first used, so that `import viz` costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

try:
    importlib.import_module("autograd.engine")
except ImportError as error:
    raise ImportError(
        "viz needs chalkgrad's own `autograd` package, but another one was imported "
        f"({error}). Two packages called autograd cannot share an environment: "
        "uninstall the other one, or use a virtual environment of chalkgrad's own"
    ) from error

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

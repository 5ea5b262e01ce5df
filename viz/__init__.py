"""Seeing backpropagation: pictures of graphs, and the two passes step by step.

Modules are imported when one of their names is first used, so that `import viz` costs little.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

#: Where the engine is; found without importing it, which takes longer than all else here.
ENGINE = find_spec("autograd")

if ENGINE is None or not (Path(ENGINE.origin or "").parent / "operations.py").is_file():
    found = f"{ENGINE.origin} would be" if ENGINE else "none was"
    raise ImportError(
        f"viz needs chalkgrad's own package `autograd`, but {found} imported. Two packages (or "
        "files) called autograd cannot share an environment: remove the other one, or use a "
        "virtual environment of chalkgrad's own and install it again"
    )

if TYPE_CHECKING:
    from viz.animations import animation, frames
    from viz.derivations import derivation
    from viz.descent import draw_step
    from viz.dot import draw_dot
    from viz.mermaid import draw_mermaid
    from viz.pages import page
    from viz.picture import Picture
    from viz.plots import plot_decision_boundary, plot_function, plot_history
    from viz.stepping import steps
    from viz.terminal import explain, table
    from viz.walk_views import walk
    from viz.worksheets import check_worksheets, worksheet, write_worksheets

#: The module of each name. None is called like a function in it: importing a module sets the
#: package's attribute of that name.
WHERE = {
    "Picture": "viz.picture",
    "animation": "viz.animations",
    "check_worksheets": "viz.worksheets",
    "derivation": "viz.derivations",
    "draw_dot": "viz.dot",
    "draw_mermaid": "viz.mermaid",
    "draw_step": "viz.descent",
    "explain": "viz.terminal",
    "frames": "viz.animations",
    "page": "viz.pages",
    "plot_decision_boundary": "viz.plots",
    "plot_function": "viz.plots",
    "plot_history": "viz.plots",
    "steps": "viz.stepping",
    "table": "viz.terminal",
    "walk": "viz.walk_views",
    "worksheet": "viz.worksheets",
    "write_worksheets": "viz.worksheets",
}

__all__ = [
    "Picture",
    "animation",
    "check_worksheets",
    "derivation",
    "draw_dot",
    "draw_mermaid",
    "draw_step",
    "explain",
    "frames",
    "page",
    "plot_decision_boundary",
    "plot_function",
    "plot_history",
    "steps",
    "table",
    "walk",
    "worksheet",
    "write_worksheets",
]


def __getattr__(name: str) -> Any:
    if name in WHERE:
        return getattr(importlib.import_module(WHERE[name]), name)
    raise AttributeError(f"module 'viz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *WHERE])


if "IPython" in sys.modules:  # in a notebook, Values, steps and plots show themselves
    importlib.import_module("viz.notebook").register()

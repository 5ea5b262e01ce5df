"""Which form of the engine runs: the sources compiled, or the sources as they are.

The hot modules are compiled when the package is installed where there is a C compiler: all of them
or none. Each compiled file carries a fingerprint of all their sources, so that a source which was
edited since is noticed: the plain form then runs, with a warning, never the stale one.

`setup.py` reads this file too, without importing the package; it needs the standard library alone.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

#: The modules that are compiled, in the order in which they import each other.
HOT = (
    *("rows", "precise", "operations", "engine", "functions", "walks"),
    *("flat_graph", "simplify", "planning", "machine", "flat_leaves"),
)
#: What is written by hand for the compiler; `setup.py` makes the other files of C types.
TYPED = (
    *("rows.pxd", "engine.pxd", "memory.pxd", "flat_graph.pxd", "simplify.pxd", "planning.pxd"),
    *("walks.pxd", "machine.pxd", "flat_leaves.pxd", "kernels.pxd", "kernels.h", "kernel_loops.h"),
)
FOLDER = Path(__file__).parent


def fingerprint() -> str:
    """A digest of the sources of the hot modules and of their C types."""
    digest = hashlib.sha256()
    for name in (*[f"{module}.py" for module in HOT], *TYPED):
        digest.update((FOLDER / name).read_bytes().replace(b"\r\n", b"\n"))
    return f"chalkgrad sources {digest.hexdigest()}"


def compiled_files() -> list[Path]:
    """The compiled hot modules beside their sources, for the Python that is running."""
    return [
        FOLDER / f"{name}{suffix}"
        for name in HOT
        for suffix in importlib.machinery.EXTENSION_SUFFIXES
        if (FOLDER / f"{name}{suffix}").is_file()
    ]


def load() -> str:
    """Import the hot modules in the right form, and say which: "compiled" or "python"."""
    files = compiled_files()
    if files and os.environ.get("CHALKGRAD_PURE", "") in ("", "0"):
        mark = fingerprint().encode()
        if len(files) == len(HOT) and all(mark in path.read_bytes() for path in files):
            return "compiled"
        from autograd.extras import install_command  # setup.py has no package to import from

        warnings.warn(
            f"the sources in {FOLDER} have changed since they were compiled: the plain Python "
            f"engine runs, more slowly. Build it again with `make` or `{install_command('.')}`",
            RuntimeWarning,
            stacklevel=3,
        )
    load_sources()
    return "python"


class SourceFinder:
    """Finds the hot modules' sources, though compiled files stand beside them."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The source of a hot module; nothing for any other name."""
        package, _, module = name.rpartition(".")
        if package == "autograd" and module in HOT:
            return importlib.util.spec_from_file_location(name, FOLDER / f"{module}.py")
        return None


def load_sources() -> None:
    """Import every hot module from its source, with our stand-in for the compiler's module."""
    finder = SourceFinder()
    compilers_own = sys.modules.get("cython")
    sys.modules["cython"] = importlib.import_module("autograd._cython")
    sys.meta_path.insert(0, finder)
    try:
        for name in HOT:
            importlib.import_module(f"autograd.{name}")
    finally:
        sys.meta_path.remove(finder)
        del sys.modules["cython"]
        if compilers_own is not None:
            sys.modules["cython"] = compilers_own

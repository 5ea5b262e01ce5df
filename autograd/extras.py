"""Packages that may be missing: how to install one for the Python that is running.

The extras of chalkgrad are installed when they are needed. A bare `pip install` may be that of
another Python than the one which has just missed the package; so a hint names this one.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path


def install_command(requirement: str) -> str:
    """The command that installs a package for the Python that is running, ready to be pasted.

    Args:
        requirement: a package, or an extra of chalkgrad: "torch", "chalkgrad[plots]".

    >>> import sys
    >>> from unittest.mock import patch
    >>> with patch.object(sys, "executable", "/usr/bin/python3"):
    ...     print(install_command("chalkgrad[plots]"))
    /usr/bin/python3 -m pip install 'chalkgrad[plots]'
    """
    words = [running_python(), "-m", "pip", "install", requirement]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def running_python() -> str:
    """The Python that is running, as it is called from the current directory."""
    if not sys.executable:  # in a browser, or inside another program
        return "python"
    try:
        nearby = Path(sys.executable).relative_to(Path.cwd())
    except (ValueError, FileNotFoundError):  # it lies elsewhere, or the directory is gone
        return sys.executable
    return str(nearby) if len(nearby.parts) > 1 else sys.executable

"""The command, run as a process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def chalkgrad(*arguments, written=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "viz", *map(str, arguments)],
        cwd=ROOT,
        input=written,
        env={**os.environ, "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
    )

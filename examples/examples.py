"""What is said to `python examples/xor.py`: that an example is run as `python -m examples.xor`.

Python looks for modules in the folder of the file that it runs. Here it finds this one in the place
of the package `examples`, which every example imports from.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograd.extras import running_python

if __name__ == "examples":
    root = Path(__file__).resolve().parent.parent
    example = Path(sys.argv[0]).stem
    is_there = Path.cwd() == root
    command = f"{running_python() if is_there else sys.executable} -m examples.{example}"
    place = "" if is_there else f", in the folder {root}"
    print(f"run it as `{command}`{place}", file=sys.stderr)
    sys.exit(2)

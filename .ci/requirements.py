"""Prints what chalkgrad requires, or what one of its extras does: one requirement a line.

pygraphviz is left out: `make` installs it by itself, as a wheel or not at all.
"""

import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

pyproject = Path(__file__).parents[1] / "pyproject.toml"
project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
if len(sys.argv) > 1:
    lines = project["optional-dependencies"][sys.argv[1]]
else:
    lines = project["dependencies"]
for requirement in map(Requirement, lines):
    if requirement.name != "pygraphviz":
        print(requirement)

"""Prints what the installed chalkgrad requires, or what one of its extras does: one a line.

pygraphviz is left out: `make` installs it by itself, as a wheel or not at all.
"""

import sys
from importlib.metadata import requires

from pip._vendor.packaging.requirements import Requirement

extra = sys.argv[1] if len(sys.argv) > 1 else ""
for line in requires("chalkgrad") or []:
    requirement = Requirement(line)
    belongs_to_extra = "extra ==" in str(requirement.marker)
    if belongs_to_extra != bool(extra) or requirement.name == "pygraphviz":
        continue
    if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
        requirement.marker = None
        print(requirement)

"""`python -m viz` is the `chalkgrad` command."""

import sys

from viz.cli import main

sys.exit(main())

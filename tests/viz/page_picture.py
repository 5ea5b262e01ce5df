"""Draws the README's picture of a page again: `python -m tests.viz.page_picture`.

The page of its first program is opened in Chromium, which must be on the machine, and stepped to
where a gradient is carried back through the product.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from autograd import Value, parse
from autograd.files import write_file
from docs.blocks import ROOT
from tests.viz.chromium import PROGRAM, Browser, Tab
from viz import page

TARGET = ROOT / "docs" / "pictures" / "page.png"
FORMULA = "h1 = ln(x); h2 = exp(y); h3 = h2*z; h1 + h3"
STEP = 12  # df/dz += df/dh3 * ∂h3/∂z
WIDTH = 1200  # pixels


def main() -> None:
    """Write the page, step through it, and take its picture."""
    if PROGRAM is None:
        sys.exit("a picture of a page needs Chromium, and there is none on the PATH")
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        file = Path(folder, "lnexp.html")
        root = parse(FORMULA)(x=Value(1.0), y=Value(3.0), z=Value(2.0))
        page(root, file)
        tab = Tab(browser)
        tab.show(file, width=WIDTH)
        for _ in range(STEP):
            tab.press("ArrowRight")
        picture = tab.screenshot()
    print(f"wrote {write_file(TARGET, picture).relative_to(ROOT)}")


if __name__ == "__main__":
    main()

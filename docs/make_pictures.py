"""Draws the guide's pictures again: `python -m docs.make_pictures [PAGE ...]`.

Each picture of a page is made by a code block of that page. So the pages are followed, each in a
folder of its own, and what they show from `pictures/` is taken from there.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from autograd.files import write_file
from docs.blocks import PAGES, ROOT, follow_page

PICTURES = ROOT / "docs" / "pictures"
SHOWN = re.compile(r"!\[[^\]]*\]\((?:docs/)?pictures/([^)\s]+)\)")


def pictures_of(page: Path) -> list[str]:
    """The names of the pictures that a page shows."""
    return SHOWN.findall(page.read_text(encoding="utf-8"))


def draw_again(page: Path) -> list[Path]:
    """Follow a page, and keep the pictures that it shows.

    Returns:
        The files that were written.

    Raises:
        FileNotFoundError: if no block of the page makes one of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            follow_page(page, Path(folder))
        finally:
            os.chdir(ROOT)
        return [
            write_file(PICTURES / name, (Path(folder) / name).read_bytes())
            for name in pictures_of(page)
        ]


def main(arguments: list[str]) -> None:
    """All pages, or those that are named."""
    os.environ["COLUMNS"] = "80"
    for page in [Path(name).resolve() for name in arguments] or PAGES:
        for path in draw_again(page):
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])

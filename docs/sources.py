"""Links to lines of source files: `[xor](../examples/xor.py#L20)` leads to a page of that file.

In the repository such a link works as it stands. In the built guide each file that is linked to
becomes a page, with a place for every line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.util import logging

from docs.blocks import ROOT

logger = logging.getLogger(__name__)

LINK = re.compile(r"\]\(\.\./(?P<file>[\w/]+\.py)(?:#L(?P<line>\d+)(?:-L\d+)?)?\)")
SCHEME = "source"
#: How a link of this scheme becomes an address; an option of MyST.
URL = {"url": "code/{{path}}.html#{{fragment}}"}


class Place(NamedTuple):
    """Where a link leads: a file of the repository, and a line of it (1 if none is given)."""

    file: str
    line: int


def places_in(text: str) -> list[Place]:
    """The places that a page links to.

    >>> places_in("see [here](../examples/xor.py#L20) and [there](../nn/linear.py)")
    [Place(file='examples/xor.py', line=20), Place(file='nn/linear.py', line=1)]
    """
    return [Place(found["file"], int(found["line"] or 1)) for found in LINK.finditer(text)]


def to_pages(app: Sphinx, page: str, content: list[str]) -> None:
    """Let a page's links lead to the pages of the files; one that leads nowhere is a warning."""
    for place in places_in(content[0]):
        path = ROOT / place.file
        count = len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0
        if place.line > count:
            logger.warning("%s has no line %d", place.file, place.line, location=page)
        else:
            linked.add(place.file)
    content[0] = LINK.sub(
        lambda found: f"]({SCHEME}:{found['file']}#L-{found['line'] or 1})", content[0]
    )


#: The files that pages link to; filled while the pages are read.
linked: set[str] = set()


def file_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that is linked to."""
    formatter = HtmlFormatter(linenos="inline", linespans="L", wrapcode=True)
    for file in sorted(linked):
        code = highlight((ROOT / file).read_text(encoding="utf-8"), PythonLexer(), formatter)
        title = f'<h1><code class="docutils literal">{file}</code></h1>'
        yield f"code/{file}", {"title": file, "body": title + code}, "page.html"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both hooks."""
    app.connect("source-read", to_pages)
    app.connect("html-collect-pages", file_pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}

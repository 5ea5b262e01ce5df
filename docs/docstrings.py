"""Docstrings are plain text; here they become what Sphinx reads.

Stars and bars are meant as such, and an indented piece of text is shown as it stands. "Args:" and
the like are read by napoleon, which comes with Sphinx; it is called here, since its own hook takes
what a property's docstring says before a colon for a type.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields|Example|Examples|Note|Notes):$")
CODE = re.compile(r"(`[^`]*`)")
NAPOLEON = Config(napoleon_use_rtype=False, napoleon_use_ivar=True)


def as_written(lines: list[str]) -> list[str]:
    """The lines of a docstring with what Sphinx would take for markup made plain.

    >>> as_written(["|x| is -x or x:", "", "    *, not **", "", ">>> 2 * 3"])
    ['\\\\|x\\\\| is -x or x:', '', '::', '', '    *, not **', '', '>>> 2 * 3']
    """
    found: list[str] = []
    in_section = in_session = as_it_stands = False
    for line in lines:
        after_blank = not found or not found[-1].strip()
        indented = line.startswith(" ")
        if SECTION.match(line):
            in_section = True
        in_session = line.startswith(">>>") or (in_session and bool(line.strip()))
        if line.strip() and not indented:
            as_it_stands = False
        if indented and after_blank and not in_section and not as_it_stands:
            found += ["::", ""]
            as_it_stands = True
        found.append(line if in_session or as_it_stands else escaped(line))
    return found


def escaped(line: str) -> str:
    """A line of prose in which stars and bars outside of `code` are themselves."""
    return "".join(
        [as_code(part) if part[:1] == "`" else as_prose(part) for part in CODE.split(line)]
    )


def as_code(part: str) -> str:
    """`name` is a link, if there is such a name; `.name` is an attribute of whatever has one."""
    return f"`{part}`" if part.startswith("`.") else part


def as_prose(part: str) -> str:
    """Text in which nothing is markup, and an empty string is two straight quotes."""
    return re.sub(r"[*|\\]", r"\\\g<0>", part).replace('""', '``""``')


class Docstring(GoogleDocstring):
    """napoleon's reader; "low, high: the borders" are two names in each section."""

    def _consume_fields(
        self, parse_type: bool = True, prefer_type: bool = False, multiple: bool = False
    ) -> list[tuple[str, str, list[str]]]:
        return list(super()._consume_fields(parse_type, prefer_type, multiple=True))


def process(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Sphinx's hook: the lines are changed in their place."""
    kind = "function" if what == "property" else what
    docstring = Docstring(as_written(lines), NAPOLEON, app, kind, name, obj, options)
    lines[:] = docstring.lines()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the hook."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

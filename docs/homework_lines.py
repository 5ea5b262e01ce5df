"""The links of homework.md lead to the lines on which functions of the examples begin.

Lines move when an example is edited: `python -m docs.homework_lines` sets the links right again.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "homework.md"

#: [`function`](../examples/file.py#L12)
LINK = re.compile(r"\[`(?P<name>\w+)`\]\((?P<file>\.\./examples/\w+\.py)#L(?P<line>\d+)\)")


def line_of(name: str, path: Path) -> int:
    """The line on which a function, a class or a constant of a file begins, from 1.

    Raises:
        ValueError: if there is none of that name.
    """
    begin = re.compile(rf"(def|class) {name}\b|{name}(:.*)? = ")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if begin.match(line):
            return number
    raise ValueError(f"there is no {name} in {path.name}; homework.md links to it")


def with_right_lines(text: str) -> str:
    """The page, each of its links with the line as it is now."""

    def renewed(link: re.Match[str]) -> str:
        name, file = link["name"], link["file"]
        return f"[`{name}`]({file}#L{line_of(name, PAGE.parent / file)})"

    return LINK.sub(renewed, text)


if __name__ == "__main__":
    PAGE.write_text(with_right_lines(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""The code blocks of a page: run in order, and compared with what the page shows.

A page is a program that its reader follows from top to bottom. So its blocks run in that order, in
one folder and with one set of names:

    ```python           is run; of ```python homework.py the file is written, for a later command
    ```output           what the block before it printed
    ```pycon            a session at the prompt, as in docstrings
    ```console          commands after "$ ", each followed by what it prints
    ```sh               commands alone
    ```csv answers.csv  a file, whatever its language

Of commands, those of chalkgrad and Python are run; installing and the like is left to the reader.
`...` on a line of its own stands for lines that are not shown. A block of which the first line says
`needs=torch` is left out where there is no module of that name, and `status=1` is how its commands
end. A block that is indented counts as commands if it begins with one.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROMPT = "$ "
PROGRAMS = {
    "chalkgrad": [sys.executable, "-m", "viz"],
    "python": [sys.executable],
}


class PageError(AssertionError):
    """What a page shows is not what the program does."""


@dataclass(frozen=True)
class Block:
    """A code block.

    Attributes:
        page, line: where its text begins.
        language: "python", "pycon", "output", "console", "sh" or any other; "" if none is said.
        name: the file that it is to be saved as, or "".
        options: what else its first line says: {"needs": "torch"}.
        text: what is in it.
    """

    page: Path
    line: int
    language: str
    name: str
    options: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        """The page and the line, such as "docs/start.md:12"."""
        return f"{os.path.relpath(self.page, ROOT)}:{self.line}"

    @property
    def missing(self) -> str:
        """The module that it needs and that is not there, or ""."""
        needed = self.options.get("needs", "")
        return needed if needed and find_spec(needed) is None else ""


def blocks_of(page: Path) -> list[Block]:
    """The code blocks of a page, from top to bottom."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type not in ("fence", "code_block") or token.map is None:
            continue
        language, *words = token.info.split() or [indented_language(token.content)]
        options = dict([word.split("=", 1) for word in words if "=" in word])
        name = next((word for word in words if "=" not in word), "")
        line = token.map[0] + (2 if token.type == "fence" else 1)
        found.append(Block(page, line, language, name, options, token.content))
    return found


def indented_language(text: str) -> str:
    """What an indented block is: a session, commands, or just text."""
    if text.startswith(PROMPT + "chalkgrad "):
        return "console"
    return "sh" if text.startswith("chalkgrad ") else ""


@dataclass
class Reading:
    """A page being followed.

    Attributes:
        folder: where its files are written and its commands run.
        names: what its Python blocks have defined so far.
        printed: what the last Python block printed; None when that has been compared.
        left_out: the modules that were missing.
    """

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    printed: str | None = None
    left_out: list[str] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        """Do what a reader does with a block.

        Raises:
            PageError: if it prints something else than the page shows.
        """
        if block.missing:
            self.left_out.append(block.missing)
        elif block.name:
            (self.folder / block.name).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            self.run_program(block)
        elif block.language == "output":
            compare(block, block.text, self.printed)
            self.printed = None
        elif block.language == "pycon":
            self.run_session(block)
        elif block.language in ("console", "sh"):
            self.run_commands(block)

    def run_program(self, block: Block) -> None:
        """Run a Python block; its lines count as the page's."""
        program = compile("\n" * (block.line - 1) + block.text, str(block.page), "exec")
        with redirect_stdout(io.StringIO()) as printed:
            exec(program, self.names)
        self.printed = printed.getvalue()

    def run_session(self, block: Block) -> None:
        """Run a session at the prompt."""
        page = str(block.page)
        session = doctest.DocTestParser().get_doctest(
            block.text, {}, block.place, page, block.line - 1
        )
        session.globs = self.names
        report: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        if runner.run(session, out=report.append, clear_globs=False).failed:
            raise PageError("".join(report))
        if not session.examples:
            raise PageError(f"{block.place}: there is no >>> in this session")

    def run_commands(self, block: Block) -> None:
        """Run the commands that can be run, and compare what they print, if that is shown."""
        status = int(block.options.get("status", 0))
        for command, shown in commands_of(block):
            done = run_command(command, self.folder)
            if done is None:
                continue
            if done.returncode != status:
                raise PageError(
                    f"{block.place}: {command} ended with {done.returncode}:\n{done.stdout}"
                )
            if shown is not None:
                compare(block, shown, done.stdout)


def commands_of(block: Block) -> Iterator[tuple[str, str | None]]:
    """Each command, and what the page shows of its output (None if the page shows none at all)."""
    if block.language == "sh":
        for line in block.text.splitlines():
            yield line, None
        return
    for part in re.split(rf"^{re.escape(PROMPT)}", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def run_command(command: str, folder: Path) -> subprocess.CompletedProcess[str] | None:
    """Run a command as in a terminal of 80 columns; None if it is not one that is run here."""
    program, *arguments = shlex.split(command, comments=True) or [""]
    if program not in PROGRAMS:
        return None
    return subprocess.run(
        [*PROGRAMS[program], *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def compare(block: Block, shown: str, printed: str | None) -> None:
    """Raise if a text is not what was printed; spaces and empty lines at its ends do not count."""
    if printed is None:
        raise PageError(f"{block.place}: an output is shown, but no program before it")
    shown, printed = tidy(shown), tidy(printed)
    checker = doctest.OutputChecker()
    if not checker.check_output(shown, printed, doctest.ELLIPSIS):
        raise PageError(f"{block.place}: the page shows\n\n{shown}\nbut it prints\n\n{printed}")


def tidy(text: str) -> str:
    """A text without spaces at the ends of its lines, nor empty lines around it."""
    return "\n".join([line.rstrip() for line in text.splitlines()]).strip("\n") + "\n"


def follow_page(page: Path, folder: Path) -> list[str]:
    """Run a page's blocks in a folder, which must be the current one.

    Returns:
        The modules that were missing, so that what needs them was left out.

    Raises:
        PageError: if the page shows something else than the program does.
    """
    reading = Reading(folder)
    for block in blocks_of(page):
        reading.follow(block)
    return reading.left_out

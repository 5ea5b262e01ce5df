"""What all examples share: their options, and the board that they write on.

An example is a module with a function `main(board)`, and ends with

    if __name__ == "__main__":
        run(main)

Each part of its problem is a function that returns numbers; `main` writes them on the board:
headings, sentences, tables, worked solutions, and pictures and plots into a folder.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

from autograd import Value
from autograd.answers import AnswersReport
from autograd.files import check_writable
from autograd.numbers import format_number, is_number
from viz import derivation, draw_dot, explain, table
from viz.commands.marking import show
from viz.derivations import NARROWEST
from viz.terminal import Column, has_unicode, print_rows

#: Where pictures go if no folder is given.
FOLDER = "out"
#: A line of prose is no longer than this, however wide the terminal is.
WIDEST = 80
#: What reports are written with where the terminal has ASCII alone.
IN_ASCII = str.maketrans({"∂": "d", "–": "-", "−": "-", "×": "x", "→": ">", "…": "~"})


class Chalkboard:
    """Where an example writes: to the terminal, and pictures into a folder.

    Args:
        folder: for pictures and plots; it is there.
        options: the example's own options, as argparse read them.
        console: where text goes; standard output if not given.
    """

    def __init__(
        self,
        folder: Path,
        options: argparse.Namespace | None = None,
        console: Console | None = None,
    ) -> None:
        self.folder = folder
        self.options = options or argparse.Namespace()
        self.console = console or Console(highlight=False)

        self.last = ""  # what was written last: "heading", "prose", "block" or "file"

    def begin(self, kind: str) -> None:
        """Leave a line empty between what belongs apart."""
        together = {"block": ("heading", "prose"), "prose": ("heading",), "file": ("file", "block")}
        if self.last and self.last not in together.get(kind, ()):
            self.console.print()
        self.last = kind

    # ---- text ----

    def heading(self, title: str) -> None:
        """A problem, or a part of one, begins."""
        self.begin("heading")
        self.console.rule(Text(title, "bold"), align="left")

    def say(self, text: str) -> None:
        """A paragraph, its lines filled."""
        self.begin("prose")
        lines = textwrap.wrap(" ".join(text.split()), min(self.console.width, WIDEST))
        self.console.print(Text("\n".join(lines)), soft_wrap=True)

    def write(self, report: object) -> None:
        """A report, a worksheet, a formula: as it prints itself."""
        self.begin("block")
        text = str(report).rstrip("\n")
        if not has_unicode(self.console):
            text = text.translate(IN_ASCII)
        self.console.print(Text(text), soft_wrap=True)

    def marks(self, report: AnswersReport) -> None:
        """Answers, marked: as wide as the terminal, and coloured by their verdicts."""
        self.begin("block")
        show(report, self.console)

    def numbers(self, named: Mapping[str, Any]) -> None:
        """Numbers, vectors and matrices, each on a line with its name."""
        width = max(map(len, named))
        self.write("\n".join([f"  {name:{width}} = {written(x)}" for name, x in named.items()]))

    def rows(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table; a column is set to the right if all that stands in it are numbers."""
        self.begin("block")
        entries = [list(row) for row in rows]
        columns = [
            Column(heading, is_number=all(map(is_number, cells)), is_title=place == 0)
            for place, (heading, cells) in enumerate(
                zip(headings, zip(*entries, strict=True), strict=True)
            )
        ]
        print_rows(self.console, columns, [list(map(written, row)) for row in entries])

    # ---- graphs ----

    def table(self, root: Value) -> None:
        """Every node of a graph: its value, its local derivatives, its gradient."""
        self.begin("block")
        table(root, console=self.console)

    def steps(self, root: Value) -> None:
        """Both passes over a graph, step by step."""
        self.begin("block")
        explain(root, console=self.console)

    def derivation(self, root: Value, wrt: Value | str | Iterable[Value | str]) -> None:
        """The worked solution for one derivative, or several."""
        width = max(min(self.console.width, WIDEST), NARROWEST)
        self.write(derivation(root, wrt, style="text", width=width))

    # ---- files ----

    def picture(
        self, name: str, root: Value, kinds: Sequence[str] = ("png",), **options: Any
    ) -> None:
        """Draw a graph into a file of that name for each kind ("png", "svg", "pdf").

        Where nothing can draw, or not in time, that is said, and the DOT text is written.

        Args:
            name: the file's name without its suffix.
            root: the result of an expression.
            kinds: the formats.
            options: as `viz.draw_dot` takes them.
        """
        picture = draw_dot(root, **options)
        try:
            paths = [picture.render(outfile=self.folder / f"{name}.{kind}") for kind in kinds]
        except (RuntimeError, TimeoutError) as error:  # nothing here can draw, or not in time
            self.say(f"no picture {name}: {error}")
            paths = [picture.save(self.folder / f"{name}.dot")]
        for path in paths:
            self.wrote(path)

    def plot(self, name: str, draw: Callable[..., object], *of: Any, **options: Any) -> None:
        """Draw curves into a PNG file of that name; without matplotlib, say what is missing.

        Args:
            name: the file's name without its suffix.
            draw: one of viz's plots, such as `plot_function`; it is given a path.
            of: what it draws.
            options: what else it takes.
        """
        path = self.folder / f"{name}.png"
        try:
            draw(*of, path=path, **options)
        except ImportError as error:
            self.begin("file")
            width = min(self.console.width, WIDEST)
            self.console.print(Text(textwrap.fill(f"no plot {path.name}: {error}", width), "dim"))
        else:
            self.wrote(path)

    def wrote(self, path: object) -> None:
        """Say that a file was written."""
        self.begin("file")
        self.console.print(Text(f"wrote {path}", "dim"), soft_wrap=True)


def written(x: Any) -> str:
    """A number in six digits, a vector or matrix in brackets, anything else as its text.

    >>> written([[0.1 + 0.2, 1.0], [2, Value(40.171073846)]])
    '[[0.3, 1], [2, 40.1711]]'
    """
    if isinstance(x, Value):
        return format_number(x.data)
    if isinstance(x, (list, tuple)):
        return f"[{', '.join(map(written, x))}]"
    if isinstance(x, bool):
        return "yes" if x else "no"
    return format_number(float(x)) if is_number(x) else str(x)


# ---- the program --------------------------------------------------------------------------------


class BadOption(Exception):  # noqa: N818  # it is no error of the program
    """What is wrong with what the user gave, in one line."""


class Options(argparse.ArgumentParser):
    """Options that complain in one line, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and how to see what there is."""
        self.exit(2, f"{self.prog}: error: {message} (--help shows the options)\n")


def number(text: str) -> float:
    """An option that is a finite number, for argparse."""
    x = float(text)
    if not math.isfinite(x):
        raise ValueError(f"{text} is not finite")
    return x


def count(text: str) -> int:
    """An option that is a whole number of 1 or more, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, not {text!r}")
    return int(text)


def run(
    main: Callable[[Chalkboard], object], add_options: Callable[[Options], object] = lambda _: None
) -> NoReturn:
    """Run an example as a program: read its options, make its folder, let it write.

    What is wrong with the options or with the folder, or which package is missing, is said in one
    line, with exit status 2; `main` may raise `BadOption`.

    Args:
        main: the example's; its module's docstring is what `--help` shows.
        add_options: adds the options that the example alone has; they are in `board.options`.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal cannot show becomes "?"
            stream.reconfigure(errors="replace")
    parser = options_of(sys.modules[main.__module__])
    add_options(parser)
    chosen = parser.parse_args()
    try:
        make_folder(chosen.out)
        main(Chalkboard(chosen.out, chosen))
    except (BadOption, ImportError, OSError) as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def options_of(module: ModuleType) -> Options:
    """The options that every example has."""
    parser = Options(
        prog=f"python -m {module.__spec__.name if module.__spec__ else module.__name__}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        default=Path(FOLDER),
        help=f"where pictures are written ({FOLDER})",
    )
    return parser


def make_folder(folder: Path) -> None:
    """Make the folder that pictures go into, unless it is there.

    Raises:
        OSError: if it cannot be made or written to; the message names it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(f"cannot make the folder {folder}: {error.strerror}") from None
    check_writable(folder / "picture.png")

"""Pictures: DOT text that draws itself, if there is not too much in it to be read."""

from __future__ import annotations

import os
import warnings
from contextlib import nullcontext
from pathlib import Path

import graphviz

from autograd.files import write_file
from viz.render import DPI, FORMATS, TIME_LIMIT, render

#: Pictures that Graphviz does not draw here; a text under such a name would open nowhere.
NOT_DRAWN = ("bmp", "gif", "jpeg", "jpg", "tif", "tiff", "webp")
#: The most values and arrows that a picture is drawn of: larger ones fill no screen, and Graphviz
#: takes longer for one than anybody waits.
MOST_VALUES = 300
MOST_ARROWS = 900

#: What to do about a graph that is too large.
SEE_A_PART = (
    "See a part of it: draw_dot(root, depth=3), the nodes within 3 edges of the root; "
    "draw_dot(root, around=node, depth=2), of any node; or collapse what was made inside of "
    '`with autograd.scope("layer1"):` by collapse=1 and open a scope by expand="layer1"'
)


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz ships no types
    """A graph as DOT text (`.source`) that draws itself, with or without a `dot` program.

    It shows itself in a notebook. `pipe` gives the picture's bytes, `render` writes it to a file.

    Attributes:
        drawn: how many values and arrows it has. A picture of too many to be read is not drawn;
            its text is there for other programs.
    """

    drawn: tuple[int, int] = (0, 0)

    def pipe(
        self,
        format: str | None = None,
        *,
        quiet: bool = False,
        engine: str | None = None,
        encoding: str | None = None,
        dpi: float = DPI,
        timeout: float = TIME_LIMIT,
    ) -> bytes | str:
        """The picture in a format ("svg", "png", "pdf"); as text if an encoding is given.

        Args:
            format: what to draw; the picture's own format if not given.
            quiet: whether to keep Graphviz's warnings back.
            engine: "dot", the only layout there is.
            encoding: such as "utf-8", for text in place of bytes.
            dpi: dots an inch, for PNG.
            timeout: seconds after which the attempt is given up.

        Raises:
            ValueError: for another format or engine, a dpi that is not positive, or a picture of
                more than can be read.
            TimeoutError: if the layout takes longer than `timeout` seconds.
            RuntimeError: if nothing on this machine can draw, or Graphviz fails.
        """
        if (engine or self.engine) != "dot":
            raise ValueError(f"pictures are laid out with 'dot', not {engine or self.engine!r}")
        check_readable(*self.drawn)
        with warnings.catch_warnings() if quiet else nullcontext():
            if quiet:
                warnings.simplefilter("ignore")
            picture = render(self.source, format or self.format, dpi=dpi, timeout=timeout)
        return picture.decode(encoding) if encoding else picture

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        quiet: bool = False,
        quiet_view: bool = False,
        *,
        outfile: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        dpi: float = DPI,
        timeout: float = TIME_LIMIT,
    ) -> str:
        """Draw into a file and return its path, as `graphviz.Digraph.render` does.

        `render("f.png")` and `render(outfile="f.png")` write that file alone. For a name without
        such a suffix, `render("f")`, or with a format, the DOT text goes to `f` (unless `cleanup`)
        and the picture to `f.svg`, or what the format is.

        Args:
            filename: the picture, or the DOT text beside which the picture goes.
            directory: the folder for it.
            view: whether to open the picture.
            cleanup: whether to leave the DOT text out.
            format, quiet, engine, dpi, timeout: as `pipe`.
            quiet_view: as `view`, with the viewer's own messages kept back.
            outfile: the picture; its suffix is the format if none is given.

        Raises:
            FileNotFoundError, PermissionError: if the file cannot be written.
            ValueError, TimeoutError, RuntimeError: as `pipe`.
        """
        ending = suffix(filename or "")
        if outfile is None and format is None and ending in FORMATS:
            filename, outfile = None, filename
        elif ending in NOT_DRAWN:
            raise ValueError(f"no .{ending} is drawn; the formats are {', '.join(FORMATS)}")
        source = None
        if outfile is not None:
            target = Path(directory or "", outfile)
            format = format or suffix(outfile) or self.format
            if filename is not None:
                source = Path(directory or "", filename)
        else:
            source = Path(directory or self.directory, filename or self.filename)
            format = format or self.format
            target = source.with_name(f"{source.name}.{format}")
        picture = self.pipe(format, quiet=quiet, engine=engine, dpi=dpi, timeout=timeout)
        if source is not None and not cleanup:
            write_file(source, self.source)
        write_file(target, picture)
        if view or quiet_view:
            self._view(str(target), format=format, quiet=quiet_view)
        return str(target)


def suffix(file: str | os.PathLike[str]) -> str:
    """What a file's name ends with, without the point and in lower case: "png"."""
    return Path(file).suffix.lstrip(".").lower()


def check_readable(values: int, arrows: int) -> None:
    """Raise a ValueError if that is more than a picture can show."""
    if values > MOST_VALUES or arrows > MOST_ARROWS:
        raise ValueError(
            f"a picture of {values:,} values and {arrows:,} arrows cannot be read: at most "
            f"{MOST_VALUES:,} and {MOST_ARROWS:,} are drawn. {SEE_A_PART}; or give the DOT text, "
            "`.source`, to another program"
        )

"""Drawing: DOT text becomes a PNG, SVG or PDF, on a machine with or without Graphviz.

Two renderers can do it: the Graphviz that comes inside the `pygraphviz` wheel, and a `dot` program.
Either runs as a child process with a time limit, sees one font (the one shipped here), and has its
answer checked: Graphviz is able to hang, and to draw a wrong picture without an error.
"""

from __future__ import annotations

import html
import importlib.util
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograd.extras import install_command
from autograd.numbers import is_number
from autograd.state import level_of_calling_line

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
DRAW = Path(__file__).parent / "embedded" / "draw.py"
CANNOT_IMPORT = 3

#: The formats that can be checked, and so the ones that are drawn.
FORMATS = ("png", "svg", "pdf")

TIME_LIMIT = 60.0  # seconds
DPI = 144


def render(
    source: str, output_format: str, *, dpi: float = DPI, timeout: float = TIME_LIMIT
) -> bytes:
    """The picture of a graph.

    Args:
        source: DOT text.
        output_format: "png", "svg" or "pdf".
        dpi: dots an inch, for PNG.
        timeout: seconds after which the attempt is given up.

    Raises:
        TypeError, ValueError: for another format, or a dpi that is no positive number.
        TimeoutError: if the layout takes longer.
        RuntimeError: if there is no renderer, or Graphviz fails or draws something unusable.
    """
    if output_format not in FORMATS:
        raise ValueError(f"expected a format among {', '.join(FORMATS)}, not {output_format!r}")
    if not is_number(dpi):
        raise TypeError(f"dpi must be a number, such as {DPI}, not {type(dpi).__name__}")
    if not 0 < dpi < math.inf:
        raise ValueError(f"dpi must be a positive number, such as {DPI}, not {dpi}")
    with fonts() as environment:
        for command in renderers(output_format, dpi):
            try:
                done = subprocess.run(
                    command,
                    input=source.encode("utf-8"),
                    capture_output=True,
                    timeout=timeout,
                    env=environment,
                )
            except subprocess.TimeoutExpired:
                nodes = source.count("[label=<") or source.count("[label=")  # boxes, if it is ours
                raise TimeoutError(
                    f"Graphviz has not laid out the graph ({nodes} nodes) within {timeout:g} s; "
                    "draw a part of it: draw_dot of an inner node"
                ) from None
            except OSError as error:
                raise RuntimeError(f"{command[0]} cannot be run: {error}") from None
            if done.returncode != CANNOT_IMPORT:
                return checked(done, output_format)
    raise RuntimeError(
        f"no renderer was found: install one with `{install_command('pygraphviz')}` (its wheel "
        "carries Graphviz inside) or install Graphviz so that `dot` is on the PATH; the DOT text "
        "needs neither"
    )


def renderers(output_format: str, dpi: float) -> Iterator[list[str]]:
    """The commands that can draw on this machine, the preferred one first."""
    if sys.executable and importlib.util.find_spec("pygraphviz") is not None:
        yield [sys.executable, str(DRAW), output_format, str(dpi)]
    dot = shutil.which("dot")
    if dot is not None:
        resolution = [f"-Gdpi={dpi}"] if output_format == "png" else []
        yield [dot, f"-T{output_format}", *resolution]


@contextmanager
def fonts() -> Iterator[dict[str, str]]:
    """An environment in which the shipped font is the only one: the same picture everywhere.

    It is copied, since fontconfig leaves a file beside the fonts that it finds: in the package,
    that would stay behind when the package is uninstalled.
    """
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as folder:
        place = Path(folder) / "fonts"
        place.mkdir()
        shutil.copy(FONT, place)
        configuration = Path(folder) / "fonts.conf"
        configuration.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{html.escape(str(place))}</dir><cachedir>{html.escape(folder)}</cachedir>"
            "</fontconfig>",
            encoding="utf-8",
        )
        yield {**os.environ, "FONTCONFIG_FILE": str(configuration)}


def checked(done: subprocess.CompletedProcess[bytes], output_format: str) -> bytes:
    """The picture, if it is one; what Graphviz complained of otherwise."""
    complaints = [
        line
        for line in done.stderr.decode("utf-8", "replace").splitlines()
        if line.strip() and "fontconfig" not in line.lower()
    ]
    said = "; ".join(complaints)[:500]
    if done.returncode != 0 or any("error" in line.lower() for line in complaints):
        raise RuntimeError(
            f"Graphviz failed (status {done.returncode}): {said or 'it said nothing'}"
        )
    if not is_complete(done.stdout, output_format):
        raise RuntimeError(
            f"Graphviz gave {len(done.stdout)} bytes that are no complete {output_format}: {said}"
        )
    if complaints:
        warnings.warn(f"Graphviz: {said}", RuntimeWarning, stacklevel=level_of_calling_line())
    return done.stdout


def is_complete(picture: bytes, output_format: str) -> bool:
    """Whether the bytes begin and end as a picture of this format does, with a size of its own."""
    if output_format == "png":
        if not (picture.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in picture[-12:]):
            return False
        return min(png_size(picture)) > 1
    if output_format == "svg":
        return b"<svg" in picture and picture.rstrip().endswith(b"</svg>")
    return picture.startswith(b"%PDF") and b"%%EOF" in picture[-32:]


def png_size(picture: bytes) -> tuple[int, int]:
    """The width and the height of a PNG, in dots."""
    width, height = struct.unpack(">II", picture[16:24])
    return int(width), int(height)

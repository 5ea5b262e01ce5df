"""Frames and animations: a picture a step, in which nothing moves but the numbers.

For slides, videos and pages that take pictures alone. One layout serves all frames: every number
has the room that its longest text needs.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.engine import Value
from autograd.extras import install_command
from autograd.files import check_writable, write_file
from autograd.numbers import format_number, is_number
from viz.dot import draw_dot
from viz.moments import Moment, at_moment, cut, text_width, with_caption, with_room
from viz.render import DPI, render
from viz.stepping import Backward, Forward, Step, steps

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_FRAMES = 300
FRAME = re.compile(r"step-\d+\.png")
#: The last frame stays for so many times as long as the others.
LAST = 3
FORMATS = {".gif": "GIF", ".png": "PNG", ".apng": "PNG"}


def frames(
    root: Value,
    folder: str | os.PathLike[str],
    *,
    seed: float = 1.0,
    rankdir: str = "LR",
    parameters: Iterable[str | Value] = (),
    dpi: float = DPI,
) -> list[Path]:
    """Write a PNG a step of both passes: step-01.png, step-02.png, ...; return their paths.

    Args:
        root: the result of an expression. Its nodes are left as they are: `backward` need not
            have run, and is not run.
        folder: where to write; made if it is not there. Frames of an earlier run that are not
            written anew are deleted: what is called step-, a number, and .png. Other files in it
            are left alone.
        seed: the gradient to start the backward pass with.
        rankdir, parameters: as for `draw_dot`.
        dpi: dots an inch.

    All pictures are of one size, and each box stands in the same place in all of them.

    Raises:
        TypeError: if `root` is not one Value.
        ValueError: if there are more than 300 steps, or data was assigned after the expression was
            built; or as `draw_dot`.
        OSError: if the files cannot be written.
        RuntimeError, TimeoutError: as `Picture.pipe`.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise FileExistsError(f"{place} is not a folder")
    drawn = list(pictures(root, seed, rankdir, parameters, dpi))
    place.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(drawn)))
    written = [
        write_file(place / f"step-{number:0{digits}}.png", picture)
        for number, picture in enumerate(drawn, 1)
    ]
    for path in place.iterdir():
        if FRAME.fullmatch(path.name) and path not in written:
            path.unlink()
    return written


def animation(
    root: Value,
    file: str | os.PathLike[str],
    *,
    seconds: float = 1.5,
    seed: float = 1.0,
    rankdir: str = "LR",
    parameters: Iterable[str | Value] = (),
    dpi: float = DPI,
) -> Path:
    """Write the frames of both passes as one animated GIF or APNG, and return its path.

    Args:
        root: the result of an expression.
        file: where to write: "f.gif", or "f.png" (or .apng) for an animated PNG.
        seconds: how long each frame stays; the last one stays three times as long.
        seed, rankdir, parameters, dpi: as for `frames`.

    Raises:
        ImportError: if Pillow is not installed.
        ValueError: for another suffix, or if `seconds` is not positive; or as `frames`.
        OSError, TypeError, RuntimeError, TimeoutError: as `frames`.
    """
    target = Path(file)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"animations are .gif, .png or .apng files, not {target.name!r}")
    if not is_number(seconds) or not 0 < seconds < 60 * 60:
        raise ValueError(f"seconds must be a positive number, such as 1.5, not {seconds!r}")
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "animations are put together by Pillow, which is not installed: "
            f"{install_command('chalkgrad[animation]')}; frames(root, folder) writes single "
            "pictures without it"
        ) from None
    check_writable(target)
    images = [
        Image.open(io.BytesIO(picture))
        for picture in pictures(root, seed, rankdir, parameters, dpi)
    ]
    return write_file(target, put_together(images, FORMATS[suffix], round(1000 * seconds)))


def put_together(images: Sequence[Image], file_format: str, milliseconds: int) -> bytes:
    """The bytes of an endless animation."""
    first, *others = [image.convert("RGB") for image in images]
    stream = io.BytesIO()
    first.save(
        stream,
        file_format,
        save_all=True,
        append_images=others,
        duration=[*[milliseconds] * len(others), LAST * milliseconds],
        loop=0,
    )
    return stream.getvalue()


def pictures(
    root: Value, seed: float, rankdir: str, parameters: Iterable[str | Value], dpi: float
) -> Iterator[bytes]:
    """A PNG a step."""
    passed = steps(root, seed)
    if len(passed) > MOST_FRAMES:
        raise ValueError(
            f"there are {len(passed):,} steps, and {MOST_FRAMES} frames are drawn at most: take an "
            "inner node, or a smaller example"
        )
    source = draw_dot(root, rankdir=rankdir, parameters=parameters).source
    known = list(moments(passed))
    numbers = {number for moment in known for number in (*moment.values, *moment.gradients)}
    source = with_room(source, max(map(text_width, numbers)))
    widest = max(text_width(line) for moment in known for line in moment.caption)
    for moment in known:
        yield render(
            with_caption(at_moment(source, moment), moment.caption, widest), "png", dpi=dpi
        )


def moments(passed: list[Step]) -> Iterator[Moment]:
    """What is known after each of the steps."""
    order = [step.node for step in passed if isinstance(step, Forward)]
    number = {node: place for place, node in enumerate(order)}
    values, gradients = [""] * len(order), [""] * len(order)
    for place, step in enumerate(passed, 1):
        news = number[step.node]
        if isinstance(step, Forward):
            values[news] = format_number(step.value)
            edges = {(news, operand) for operand in range(len(step.node.parents))}
        else:
            gradients[news] = format_number(step.gradient)
            edges = {(number[step.source], step.operand)} if step.source is not None else set()
        heading = f"Step {place} of {len(passed)}, {step.phase}"
        caption = (heading, *map(cut, caption_lines(step)))
        yield Moment(step.phase, tuple(values), tuple(gradients), news, edges, caption)


def caption_lines(step: Step) -> tuple[str, str]:
    """The step in two lines, the second one empty where one says it."""
    if isinstance(step, Backward) and step.source is not None:
        return str(step), f"d{step.root_name}/d{step.name} = {format_number(step.gradient)} now"
    return str(step), ""

"""Writing files: complete or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_file(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file beside its place, then rename it: a failure leaves the old one untouched.

    A symbolic link stays one, and what it points to is written; an existing file keeps its
    permissions. A device or a pipe (/dev/stdout, /dev/fd/63) is written to, never replaced.

    Raises:
        FileNotFoundError: if the folder does not exist.
        PermissionError, OSError: if it cannot be written; the message names the file.
    """
    target = Path(path)
    check_writable(target)
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            replace(Path(os.path.realpath(target)), data)
    except OSError as error:
        raise type(error)(f"cannot write {target}: {error.strerror}") from None
    return target


def replace(place: Path, data: bytes) -> None:
    """Put a whole file where there is none, or in the place of a regular one."""
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666 & ~current_umask()
    handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".chalkgrad-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(handle)  # on the disk before it takes the old one's place
        os.chmod(beside, mode)
        os.replace(beside, place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def check_writable(target: Path) -> None:
    """Raise now what writing would raise later, so that no work is done in vain."""
    place = Path(os.path.realpath(target))
    if not place.parent.is_dir() and not target.exists():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {place.parent}")
    try:
        kind = target.stat().st_mode
    except FileNotFoundError:
        kind = 0
    except OSError as error:  # a name that is too long, links in a circle
        raise type(error)(f"cannot write {target}: {error.strerror}") from None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(f"cannot write {target}: it is a folder")
    if kind and not os.access(target, os.W_OK):
        raise PermissionError(f"cannot write {target}: no permission to write to it")
    if (not kind or stat.S_ISREG(kind)) and not os.access(place.parent, os.W_OK):
        raise PermissionError(f"cannot write {target}: no permission in {place.parent}")


def current_umask() -> int:
    """The permissions that new files are not to have; mkstemp's own are tighter."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

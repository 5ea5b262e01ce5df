"""Writing files: complete or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_file(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file beside its place, then rename it: a failure leaves the old one untouched.

    Raises:
        FileNotFoundError: if the folder does not exist.
        PermissionError, OSError: if it cannot be written; the message names the file.
    """
    target = Path(path)
    check_writable(target)
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise type(error)(f"cannot write {target}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(beside, 0o666 & ~current_umask())
        os.replace(beside, target)
    except OSError as error:
        Path(beside).unlink(missing_ok=True)
        raise type(error)(f"cannot write {target}: {error.strerror}") from None
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return target


def check_writable(target: Path) -> None:
    """Raise now what writing would raise later, so that no work is done in vain."""
    folder = target.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {folder}")
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: it is a folder")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"cannot write {target}: no permission in {folder}")


def current_umask() -> int:
    """The permissions that new files are not to have; mkstemp's own are tighter."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

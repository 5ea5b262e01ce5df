"""Checkpoints: everything a training run needs to go on, as one JSON file.

Floats are written with all their digits, so that what is read is what was written, bit for bit. The
file is written beside its place and then renamed: at any moment there is a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.files import write_file

FORMAT = "chalkgrad checkpoint 1"
PARTS = ("settings", "model", "optimizer", "scheduler", "random", "history", "best")


def write_checkpoint(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the checkpoint at `path`, or leave the old one as it is if that fails."""
    write_file(path, json.dumps({"format": FORMAT, **content}).encode())


def read_checkpoint(path: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `write_checkpoint` wrote, for a run with the same settings.

    Args:
        path: the file.
        settings: what must be as it was when the checkpoint was written, by name.

    Raises:
        ValueError: if it is no checkpoint, is truncated, or belongs to another run; the message
            says how it differs.
    """
    advice = "give another path, or delete the file to start anew"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is truncated, or no checkpoint: {error}; {advice}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'{path} does not say "format": "{FORMAT}": it is no checkpoint; {advice}')
    missing = [part for part in PARTS if part not in content]
    if missing:
        raise ValueError(f"{path} is a checkpoint without {', '.join(missing)}; {advice}")
    for name, here in settings.items():
        there = content["settings"].get(name)
        if there != here:
            raise ValueError(
                f"{path} is from another run: {name} {there!r} there, {here!r} here; {advice}"
            )
    return content

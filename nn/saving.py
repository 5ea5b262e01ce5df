"""States on disk: `save` and `load` keep what `state_dict` returns, bit for bit.

A file is JSON, whose numbers are the shortest text that gives the same float again, or, where its
name ends in .safetensors, the format that PyTorch's users exchange. It is written beside the old
one and then takes its name: whatever happens, there is a whole one.
"""

from __future__ import annotations

import importlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.extras import install_command
from autograd.files import write_file
from autograd.numbers import as_float
from nn.arrays import Array, as_lists, flat, mapped, shape_of

FORMAT = "chalkgrad state 1"


def save(state_dict: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a `state_dict` to a file.

    Args:
        state_dict: what `Module.state_dict` returns.
        path: the file; JSON, unless it ends in .safetensors (extra `safetensors`).

    Raises:
        ValueError: if a number is nan or infinite; an older file then stays as it is.
        TypeError: if it is no dict of nested lists of numbers.

    >>> import nn, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.json")
    >>> model = nn.Linear(2, 1)
    >>> nn.save(model.state_dict(), path)
    >>> nn.Linear(2, 1).load_state_dict(nn.load(path))
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    if not isinstance(state_dict, Mapping):
        kind = type(state_dict).__name__
        raise TypeError(f"save takes a state_dict, not {kind}: save(model.state_dict(), path)")
    state = {name: checked(name, numbers) for name, numbers in state_dict.items()}
    if Path(path).suffix == ".safetensors":
        write_file(path, to_safetensors(state))
    else:
        text = json.dumps({"format": FORMAT, "state": state}, allow_nan=False)
        write_file(path, text.encode())


def load(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read what `save` wrote, or any .safetensors file of floats; for `Module.load_state_dict`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is not one of these, or not whole.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"there is no file {Path(path).absolute()}: load takes the path that was given to save"
        ) from None
    if Path(path).suffix == ".safetensors":
        return from_safetensors(content, path)
    try:
        found = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)} is not a whole JSON file: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"{os.fspath(path)} is not a file that nn.save wrote ({FORMAT!r})")
    if not isinstance(found.get("state"), dict):
        raise ValueError(f"{os.fspath(path)} holds no state")
    return {name: checked(name, numbers) for name, numbers in found["state"].items()}


def checked(name: str, numbers: Any) -> Array:
    """The numbers of one entry: nested lists of ints and finite floats."""
    if not isinstance(name, str):
        raise TypeError(f"the names of a state are str; {name!r} is {type(name).__name__}")
    try:
        shape_of(numbers)
        exact = mapped(lambda x: x if type(x) is int else as_float(x), as_lists(numbers))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from None
    if not all(math.isfinite(number) for number in flat(exact)):
        raise ValueError(f"{name} holds nan or an infinite number, which no model should keep")
    return exact


# ---- safetensors --------------------------------------------------------------------------------


def to_safetensors(state: Mapping[str, Array]) -> bytes:
    """A state as the bytes of such a file: 64-bit floats, and 64-bit integers for counts."""
    numpy = needed("numpy")
    content: bytes = needed("safetensors.numpy").save(
        {name: numpy.array(numbers) for name, numbers in state.items()}
    )
    return content


def from_safetensors(content: bytes, path: str | os.PathLike[str]) -> dict[str, Array]:
    """A state from the bytes of such a file."""
    try:
        tensors = needed("safetensors.numpy").load(content)
    except needed("safetensors").SafetensorError as error:
        raise ValueError(f"{os.fspath(path)} is not a whole safetensors file: {error}") from error
    return {name: checked(name, tensor.tolist()) for name, tensor in tensors.items()}


def needed(package: str) -> Any:
    """A package of the extra `safetensors`.

    Raises:
        ImportError: if it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            "files of the format .safetensors need the packages safetensors and numpy: "
            f"{install_command('chalkgrad[safetensors]')}; or give the file another ending, for "
            "JSON"
        ) from error

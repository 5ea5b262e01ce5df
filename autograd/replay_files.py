"""Compiled functions as files: what was recorded, without the function.

    chalkgrad program 1                 what it is, and the version of the format
    4f1c...                             the SHA-256 of all that follows
    {"name": "loss", ...}               one line of JSON: all but the long lists of numbers
    ...                                 these, one after the other, as little-endian numbers

The first list is the parameters' data (doubles). For each program follow its constants (doubles),
and its instructions, outputs, guards and parameters (ints, see `program.py`); the JSON says how
long each is. Operations and parameters are given by their places in the JSON's lists.

The checksum tells damage, not intent. No file can make the loader run code, nor a program read or
write where it should not: see `program_check.py`.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import keyword
import math
import os
import sys
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autograd.engine import Value, restored_node
from autograd.program import Program
from autograd.program_check import checked_program, code_places, renumbered
from autograd.registry import BY_NAME, OPERATIONS, Operation
from autograd.replay import MOST_PROGRAMS, Compiled
from autograd.replay_calls import Call
from autograd.replay_versions import Version
from autograd.trees import flat

MAGIC = b"chalkgrad program "
VERSION = 1
#: What can be written of what is no number: `["is", it]`. Where a number goes, there is a 0; trees
#: are written as `["list", part, ...]`, `["tuple", ...]`, `["dict", [key, part], ...]`.
PLAIN_TYPES = (type(None), bool, int, float, str)
#: The lists of a program in their order, and its numbers.
LISTS = {"constants": "d", "words": "i", "outputs": "i", "guards": "i", "parameters": "i"}
COUNTS = ("inputs", "uniform", "uniform_instructions", "differentiable", "nodes")
#: So much of a form is shown in an error.
SHOWN = 60


# ---- writing ------------------------------------------------------------------------------------


def program_file(compiled: Compiled) -> bytes:
    """The content of the file for a compiled function.

    Raises:
        ValueError: if it has no programs, or is not replayed.
        TypeError: if a form of its arguments or results cannot be written.
    """
    if compiled.escape or not compiled.programs():
        why = compiled.escape or "call it first"
        raise ValueError(f"{compiled!r} has no program to save: {why}")
    with compiled.lock:
        kept = [(form, list(versions)) for form, versions in compiled.versions.items()]
    parameters = compiled.parameters
    places = {node: place for place, node in enumerate(parameters)}
    names: dict[str, int] = {}
    lists: list[array[Any]] = [array("d", [node.data for node in parameters])]
    forms = []
    for form, versions in kept:
        shape = [
            written_form(part, f"argument {place}", place in compiled.static_argnums)
            for place, part in enumerate(form)
        ]
        records = [version_record(version, names, places, lists) for version in versions]
        forms.append({"form": shape, "programs": records})
    header = {
        "name": getattr(compiled.function, "__name__", ""),
        "arguments": argument_names(compiled.function),
        "optimize": compiled.optimize,
        "static_argnums": list(compiled.static_argnums),
        "operations": list(names),
        "parameters": [[node.label, node.scope] for node in parameters],
        "forms": forms,
    }
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("ascii")
    body = b"".join([text, b"\n", *[little_endian(numbers).tobytes() for numbers in lists]])
    checksum = hashlib.sha256(body).hexdigest().encode("ascii")
    return b"".join([MAGIC, b"%d\n" % VERSION, checksum, b"\n", body])


def version_record(
    version: Version, names: dict[str, int], places: dict[Value, int], lists: list[array[Any]]
) -> dict[str, Any]:
    """What the header says of one program; its lists are put to the others."""
    program = version.program
    codes = [0] * len(OPERATIONS)
    for code in used_codes(program):
        codes[code] = names.setdefault(OPERATIONS[code].name, len(names))
    own: dict[str, array[Any]] = {
        "constants": program.constants,
        "words": renumbered(program.words, program.offsets, codes),
        "outputs": array("i", program.outputs),
        "guards": program.guards,
        "parameters": array("i", [places[node] for node in program.parameters]),
    }
    lists.extend(own.values())
    return {
        "result": written_form(Call((version.result,), ()).form[0], "the result", False),
        **{key: len(numbers) for key, numbers in own.items()},
        **{key: getattr(program, key) for key in COUNTS},
    }


def used_codes(program: Program) -> list[int]:
    """The operations in a program, in the order of the table."""
    found: set[int] = set()
    for place in code_places(program.words, program.offsets):
        found.update(program.words[place])
    return sorted(found)


def argument_names(function: Callable[..., Any]) -> list[str]:
    """What the function calls its arguments, as far as one can give them by name or by place."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it does not tell
        return []
    return [item.name for item in parameters if item.kind is item.POSITIONAL_OR_KEYWORD]


def written_form(form: Any, name: str, is_static: bool) -> Any:
    """A form of arguments (see `Call.form`) as JSON has it.

    Raises:
        TypeError: if it has a part that cannot be written.
    """
    if form == 0:
        return 0
    kind = form[0]
    if is_static or kind in (type(None), bool, str):
        item = form[1]
        if kind not in PLAIN_TYPES or (kind is float and not math.isfinite(item)):
            raise TypeError(
                f"{name} is static, and {item!r} cannot be saved: only numbers, texts and None can"
            )
        return ["is", item]
    if kind is dict:
        for key, _ in form[1:]:
            if type(key) is not str:
                raise TypeError(f"{name} has the key {key!r}, and only texts can be saved as keys")
        return [
            "dict",
            *[[key, written_form(part, f"{name}[{key!r}]", False)] for key, part in form[1:]],
        ]
    if kind not in (list, tuple):
        raise TypeError(
            f"{name} is of type {kind.__name__}, which cannot be saved: use a list, a tuple or a "
            "dict"
        )
    return [
        kind.__name__,
        *[written_form(part, f"{name}[{i}]", False) for i, part in enumerate(form[1:])],
    ]


def little_endian(numbers: array[Any]) -> array[Any]:
    """The same numbers, their bytes in the order in which they stand in a file; and back."""
    if sys.byteorder == "little":
        return numbers
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    return swapped


# ---- reading ------------------------------------------------------------------------------------


def load_compiled(path: str | os.PathLike[str]) -> Compiled:
    """The compiled function that `fast.save(path)` wrote, as far as it was recorded.

    It is called like the one that was saved, and computes the same. Its parameters are new Values
    with the data, labels and scopes of the saved ones, in `loaded.parameters`. What it has no
    program for it cannot answer, since the function itself is not in the file:

    - a branch that was not recorded is a ValueError, another form of the arguments a TypeError;
    - where a number leaves its domain, or a value or gradient is not finite, it raises an
      ArithmeticError, also inside `ieee()`: a program does not know which operation it was.

    A user's own operations are looked up by their names, so they must be defined before.

    Args:
        path: the file.

    Raises:
        ValueError: if the file is none of these, is damaged, was written by a newer chalkgrad, or
            uses operations that are not defined; the message says which.
        OSError: if it cannot be read.

    >>> import os, tempfile
    >>> from autograd import compile, exp
    >>> path = os.path.join(tempfile.mkdtemp(), "growth.chalk")
    >>> rate = Value(0.0, label="rate")
    >>> fast = compile(lambda t: 2 * exp(rate * t))
    >>> fast(3.0), fast.save(path).name
    (2.0, 'growth.chalk')
    >>> loaded = load_compiled(path)
    >>> loaded.backward(3.0), loaded.parameters[0].label, loaded.parameters[0].grad
    (2.0, 'rate', 6.0)
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise type(error)(f"cannot read {path}: {error.strerror}") from None
    try:
        return read_file(content)
    except ValueError as error:
        raise ValueError(f"cannot load {path}: {error}") from None


def read_file(content: bytes) -> Loaded:
    """The compiled function in a file's content."""
    if not content.startswith(MAGIC):
        raise ValueError("it is no program that chalkgrad saved")
    first, _, rest = content.partition(b"\n")
    version = first.removeprefix(MAGIC)
    if version.isdigit() and len(version) < 10 and int(version) > VERSION:
        raise ValueError(
            f"it was saved by a newer chalkgrad, in version {int(version)} of the format; this one "
            f"reads version {VERSION}"
        )
    checksum, _, body = rest.partition(b"\n")
    if version != b"%d" % VERSION or checksum != hashlib.sha256(body).hexdigest().encode("ascii"):
        raise ValueError("it is damaged: its checksum does not fit what it holds")
    text, _, numbers = body.partition(b"\n")
    try:
        header = json.loads(text)
    except ValueError:
        raise ValueError("its description is no JSON") from None
    except RecursionError:
        raise ValueError("its description is nested too deeply") from None
    return Reader(header, numbers).loaded()


class Reader:
    """The parts of a file as they are taken out, one after the other."""

    def __init__(self, header: Any, numbers: bytes) -> None:
        self.header = header
        self.numbers = numbers
        self.at = 0

    def loaded(self) -> Loaded:
        """The compiled function."""
        header = self.header
        absent = Absent(item_of(header, "name", str), items_of(header, "arguments", str))
        optimize = item_of(header, "optimize", bool)
        static_argnums = tuple(items_of(header, "static_argnums", int))
        operations = known_operations(items_of(header, "operations", str))
        notes = items_of(header, "parameters", list)
        data = self.numbers_of("d", len(notes))
        parameters = [
            restored_node("", (), (), number, 0.0, False, *read_notes(note))
            for number, note in zip(data, notes, strict=True)
        ]
        versions: dict[Any, list[Version]] = {}
        for place, record in enumerate(items_of(header, "forms", dict)):
            form = tuple([read_form(part) for part in item_of(record, "form", list)])
            if any(has_parts(part) for i, part in enumerate(form) if i in static_argnums):
                raise ValueError(f"form {place} of the arguments has numbers where it is static")
            programs = items_of(record, "programs", dict)
            if form in versions or not 1 <= len(programs) <= MOST_PROGRAMS:
                raise ValueError(
                    f"form {place} of the arguments is there twice, or has no programs"
                )
            versions[form] = []
            for number, item in enumerate(programs):
                try:
                    version = self.version(item, form, operations, parameters)
                except ValueError as error:
                    raise ValueError(f"form {place}, program {number}: {error}") from None
                versions[form].append(version)
        if self.at != len(self.numbers) or not versions:
            raise ValueError("it does not hold as much as it says")
        return Loaded(absent, optimize, static_argnums, parameters, versions)

    def version(
        self, record: Any, form: Any, operations: Sequence[Operation], parameters: list[Value]
    ) -> Version:
        """One program of a form of the arguments."""
        lists = {
            name: self.numbers_of(typecode, item_of(record, name, int))
            for name, typecode in LISTS.items()
        }
        places = lists["parameters"]
        if len(set(places)) < len(places) or not all(0 <= i < len(parameters) for i in places):
            raise ValueError("its parameters are none of the file's")
        result = tree_of(read_form(item_of(record, "result", object)))
        program = checked_program(
            lists["words"],
            operations,
            constants=lists["constants"],
            parameters=[parameters[i] for i in places],
            outputs=lists["outputs"].tolist(),
            guards=lists["guards"],
            **{name: item_of(record, name, int) for name in COUNTS},
        )
        if program.inputs != sum([number_count(part) for part in form]):
            raise ValueError("it has not as many inputs as its arguments have numbers")
        if len(program.outputs) != len(flat(result)):
            raise ValueError("it has not as many outputs as its result has numbers")
        return Version(program, result)

    def numbers_of(self, typecode: str, count: int) -> array[Any]:
        """The next list."""
        numbers = array(typecode)
        end = self.at + count * numbers.itemsize
        if count < 0 or end > len(self.numbers):
            raise ValueError("it does not hold as much as it says")
        numbers.frombytes(self.numbers[self.at : end])
        self.at = end
        return little_endian(numbers)


def item_of(record: Any, key: str, kind: type) -> Any:
    """What an object of the description has under a key: an item of this type."""
    item = record.get(key) if isinstance(record, dict) else None
    if kind is not object and type(item) is not kind:
        raise ValueError(f"its description has no {key} of type {kind.__name__}")
    return item


def items_of(record: Any, key: str, kind: type) -> list[Any]:
    """The same for a list of items of one type."""
    items: list[Any] = item_of(record, key, list)
    if any(type(item) is not kind for item in items):
        raise ValueError(f"its description has {key} that are not of type {kind.__name__}")
    return items


def read_notes(notes: list[Any]) -> list[str]:
    """A parameter's label and scope."""
    if len(notes) != 2 or any(type(note) is not str for note in notes):
        raise ValueError("a parameter has not a label and a scope")
    return notes


def known_operations(names: list[str]) -> list[Operation]:
    """The operations of these names.

    Raises:
        ValueError: if some are not in the table.
    """
    unknown = [repr(name) for name in names if name not in BY_NAME]
    if unknown:
        raise ValueError(
            f"it uses operations that are not defined here: {', '.join(unknown)}; define your own "
            "before loading"
        )
    return [BY_NAME[name] for name in names]


def read_form(written: Any) -> Any:
    """The form that `written_form` wrote."""
    if type(written) is int and written == 0:
        return 0
    if not isinstance(written, list) or not written:
        raise ValueError("a form of the arguments or of the result is none")
    kind, *parts = written
    if kind == "is" and len(parts) == 1 and type(parts[0]) in PLAIN_TYPES:
        return (type(parts[0]), parts[0])
    if kind in ("list", "tuple"):
        return (list if kind == "list" else tuple, *[read_form(part) for part in parts])
    if kind != "dict" or not all(
        isinstance(part, list) and len(part) == 2 and type(part[0]) is str for part in parts
    ):
        raise ValueError("a form of the arguments or of the result is none")
    return (dict, *[(key, read_form(part)) for key, part in parts])


def has_parts(form: Any) -> bool:
    """Whether a form is that of a number or of a tree, not of what is static."""
    return form == 0 or form[0] in (list, tuple, dict)


def number_count(form: Any) -> int:
    """How many numbers arguments of a form have."""
    if form == 0:
        return 1
    if form[0] is dict:
        return sum([number_count(part) for _, part in form[1:]])
    return sum([number_count(part) for part in form[1:]]) if form[0] in (list, tuple) else 0


def tree_of(form: Any) -> Any:
    """A tree of zeros of a form.

    Raises:
        ValueError: if something in it is no number.
    """
    if form == 0:
        return 0.0
    if form[0] is dict:
        return {key: tree_of(part) for key, part in form[1:]}
    if form[0] not in (list, tuple):
        raise ValueError("its result is no number")
    return form[0]([tree_of(part) for part in form[1:]])


# ---- what is loaded -----------------------------------------------------------------------------


class Absent:
    """Stands for the function that a loaded program was recorded from."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        is_plain = all(word.isidentifier() and not keyword.iskeyword(word) for word in arguments)
        if not (name.isprintable() and is_plain and len(set(arguments)) == len(arguments)):
            raise ValueError("what it calls its function or the arguments is no name")
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__name__ = self.__qualname__ = name
        self.__doc__ = "Loaded by `autograd.load_compiled`, which see."
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(word, kind, default=None) for word in arguments]
        )

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Another function is recorded or differentiated, and would need what is not there."""
        raise RuntimeError(
            f"{self.__name__} was loaded from a file, so it cannot be a part of another compiled "
            "function, nor be differentiated by grad and its like: use its own value_and_grad, "
            "backward or map, outside of these"
        )


class Loaded(Compiled):
    """A compiled function without the function; made by `load_compiled`, which see."""

    def __init__(
        self,
        absent: Absent,
        optimize: bool,
        static_argnums: tuple[int, ...],
        parameters: list[Value],
        versions: dict[Any, list[Version]],
    ) -> None:
        super().__init__(absent, optimize, static_argnums)
        self.versions = versions
        self.in_order = parameters

    def __repr__(self) -> str:
        return f"<compiled {self.function.__name__}, loaded>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self

    @property
    def parameters(self) -> list[Value]:
        """The parameters, in the order of the file."""
        return list(self.in_order)

    def recorded(self, call: Call) -> Version | None:
        """There is no program for a call, and none can be made."""
        if call.form in self.versions:
            raise ValueError(
                f"{self!r} was saved without the branch that it takes here: call the function "
                "itself with such arguments before saving it"
            )
        known = " or ".join([form_text(form) for form in self.versions])
        raise TypeError(
            f"{self!r} was saved for arguments of the form {shortened(known)}, and these are "
            f"{shortened(form_text(call.form))}: call the function itself with such arguments "
            "before saving it"
        )

    def run_eagerly(self, call: Call) -> tuple[list[Value], Any]:
        """A program has no answer for a call."""
        if call.failure is not None:
            raise call.failure
        raise ArithmeticError(
            f"{self!r} has no answer here: a number left the domain of an operation, or a value or "
            "a gradient is not finite; call the function itself to learn which"
        )


def form_text(form: Any) -> str:
    """The form of all arguments, with * for a number: "(*, [*, *])"."""
    return f"({', '.join([part_text(part) for part in form])})"


def part_text(form: Any) -> str:
    """The form of one."""
    if form == 0:
        return "*"
    if form[0] is dict:
        return "{" + ", ".join([f"{key!r}: {part_text(part)}" for key, part in form[1:]]) + "}"
    if form[0] in (list, tuple) and all(part == 0 or type(part) is tuple for part in form[1:]):
        parts = ", ".join([part_text(part) for part in form[1:]])
        return f"[{parts}]" if form[0] is list else f"({parts})"
    return repr(form[1]) if form[0] in PLAIN_TYPES else getattr(form[0], "__name__", repr(form))


def shortened(text: str) -> str:
    """A text as far as it goes into an error."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."

"""Worksheets: problems with nice numbers, a sheet a student, their keys, and the marking.

`worksheet` makes one; `write_worksheets` makes a folder of them, to be printed and handed out;
`check_worksheets` marks what comes back against the folder's key. What a problem is stands in
`problems.py`, how it is printed in `sheets.py`.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import re
import shutil
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autograd.answers import AnswersReport, check_answers
from autograd.engine import Value
from autograd.files import current_umask
from autograd.graph_json import from_json, to_json
from autograd.questions import Subject
from autograd.submissions import (
    ANSWER,
    NAME,
    STUDENT,
    Entry,
    StudentReport,
    SubmissionReport,
    by_student,
    entries_of,
    student_report,
    text_of,
)
from viz.dot import draw_dot
from viz.picture import Picture
from viz.problems import GRADIENTS, VALUES, Problem, problem
from viz.render import png_size
from viz.sheets import Blank, Label, blanks_of, latex, latex_document, markdown

#: The most sheets that are made at once.
MOST_SHEETS = 10_000
#: Seeds of single sheets: each base seed has so many of its own.
SHEETS_A_SEED = 2**32
#: What the key's file says it is.
FORMAT, VERSION = "chalkgrad worksheets", 1
#: More names than these are not listed in an error.
MOST_NAMES = 8
#: The space between the boxes of a sheet's picture, in inches: it is to fit on a page.
TIGHT = {"ranksep": "0.12", "nodesep": "0.12"}


@dataclass(frozen=True)
class Worksheet:
    """A problem to be worked out by hand, and its key.

    Attributes:
        topic: what it is about: one of `viz.problems.TOPICS`.
        seed: what it was drawn from.
        problem: the problem.
    """

    topic: str
    seed: int
    problem: Problem

    @property
    def root(self) -> Value:
        """The result; its backward pass has run."""
        return self.problem.root

    @property
    def blanks(self) -> list[Blank]:
        """What is asked for, in the order of the sheet."""
        return blanks_of(self.problem)

    @property
    def answers(self) -> dict[str, str]:
        """The key: the answers as they are written, under the names of `check_answers`."""
        return {blank.key: blank.answer for blank in self.blanks}

    def check(self, answers: Mapping[str, str | float]) -> AnswersReport:
        """Mark answers; see `autograd.check_answers`."""
        return check_answers(self.root, answers, self.problem.lr)

    def picture(self, answered: bool = False) -> Picture:
        """The graph with blanks, or with the answers in them."""
        kinds = [kind for kind in self.problem.asked if kind in (VALUES, GRADIENTS)]
        drawn = draw_dot(
            self.root,
            rankdir="TB",
            parameters=self.problem.parameters,
            style="key" if answered else "bare",
            blanks=kinds,
            local_derivatives=False,
        )
        drawn.graph_attr.update(TIGHT)
        return drawn

    def markdown(self, answered: bool = False, picture: str = "worksheet.png") -> str:
        """The sheet, or its key with the derivation, as Markdown.

        Args:
            answered: whether it is the key.
            picture: the file of the picture.
        """
        return markdown(self.problem, Label("", "", self.seed), picture, answered)

    def __str__(self) -> str:
        return self.markdown()


def worksheet(topic: str, seed: int = 0) -> Worksheet:
    """A problem with nice numbers.

    The same seed gives the same problem on every machine and with every version of Python.

    Args:
        topic: "relu-chain", "computation-graph", "mlp" or "softmax".
        seed: a whole number from 0 on.

    Raises:
        TypeError: if the seed is no whole number.
        ValueError: if it is negative, or there is no such topic.

    >>> sheet = worksheet("relu-chain", seed=7)
    >>> sheet.answers["m1.data"], sheet.answers["df/dx"]
    ('0.9', '0.64')
    >>> print(sheet.check({"df/dx": "0.64", "df/dw1": "0.4"}))
    1 of 2 right; wrong: df/dw1
    answer for  given  right  verdict
    df/dx        0.64   0.64  right
    df/dw1        0.4   -0.4  wrong
        the sign is wrong
    """
    return Worksheet(topic, seed, problem(topic, checked_seed(seed)))


def checked_seed(seed: int) -> int:
    """The seed, if it is one."""
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"a seed is a whole number, not {type(seed).__name__}")
    if seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, not {seed}")
    return seed


# ---- a folder of worksheets ---------------------------------------------------------------------


class Copy(NamedTuple):
    """One worksheet of a folder.

    Attributes:
        label: its number and its student.
        stem: what its files are called: "07-ann".
        sheet: the worksheet.
    """

    label: Label
    stem: str
    sheet: Worksheet


def write_worksheets(
    folder: str | os.PathLike[str],
    topic: str,
    seed: int = 0,
    count: int = 1,
    *,
    students: Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write a folder of worksheets, one a student, each with numbers of its own.

    The folder gets

        sheets.tex, keys.tex   all sheets, and all keys, as LaTeX documents to be printed
        sheets/01.md, .png     each sheet as Markdown with its picture; and .csv, a form for answers
        keys/01.md, .png       its key: the answers, the picture with them, the derivation
        key.json               the key that `check_worksheets` marks by

    Sheet 1, 2, ... of a seed are always the same, whatever the count. Where students are named,
    each one's sheet follows from the seed and the name, wherever the name stands in the list.

    Args:
        folder: a folder that does not exist yet, or is empty. It appears as a whole, or not at all.
        topic: "relu-chain", "computation-graph", "mlp" or "softmax".
        seed: a whole number from 0 on.
        count: how many sheets, if no students are named.
        students: their names.
        progress: called with the number of sheets that are done, and of all.

    Returns:
        The folder.

    Raises:
        TypeError, ValueError: if a seed, a count or a topic is none, or a name stands twice.
        FileExistsError: if there is something in the folder.
        OSError: if it cannot be written.
        RuntimeError: if nothing on this machine can draw.
    """
    target = Path(folder)
    names = None if students is None else checked_names(students)
    copies = list(copies_of(topic, checked_seed(seed), checked_count(count), names))
    check_folder(target)
    beside = folder_beside(target)
    try:
        fill(beside, topic, seed, copies, progress)
        move(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def checked_count(count: int) -> int:
    """The number of sheets, if there can be so many."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"the count is a whole number, not {type(count).__name__}")
    if not 1 <= count <= MOST_SHEETS:
        raise ValueError(f"the count is a whole number from 1 to {MOST_SHEETS:,}, not {count}")
    return count


def checked_names(students: Iterable[str]) -> list[str]:
    """The students' names, if no two are alike and there are not too many."""
    names = [unicodedata.normalize("NFC", " ".join(name.split())) for name in students]
    names = [name for name in names if name]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"two students are called {twice[0]!r}: tell them apart")
    if not 1 <= len(names) <= MOST_SHEETS:
        raise ValueError(f"a class has from 1 to {MOST_SHEETS:,} students, not {len(names)}")
    return names


def copies_of(topic: str, seed: int, count: int, students: list[str] | None) -> Iterator[Copy]:
    """The worksheets of a folder."""
    names = [""] * count if students is None else students
    digits = max(2, len(str(len(names))))
    for place, name in enumerate(names, 1):
        own = zlib.crc32(name.encode("utf-8")) if name else place
        number = f"{place:0{digits}}"
        stem = "-".join([number, *words_of(name)])
        sheet = worksheet(topic, seed * SHEETS_A_SEED + own)
        yield Copy(Label(number, name, seed, f"{stem}.csv"), stem, sheet)


def words_of(name: str) -> list[str]:
    """A name as it may stand in the name of a file: small letters without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.findall(r"[a-z0-9]+", plain.lower())[:4]


def check_folder(target: Path) -> None:
    """Refuse a folder that has something in it, or that cannot be made."""
    if target.is_dir():
        if any(target.iterdir()):
            raise FileExistsError(
                f"{target} is not empty: choose a new folder, so that no sheet of before is among "
                "the new ones"
            )
        parent = target
    elif target.exists() or target.is_symlink():
        raise FileExistsError(f"{target} is not a folder")
    else:
        parent = target.parent
    if not parent.is_dir():
        raise FileNotFoundError(f"cannot make {target}: there is no folder {parent}")
    if not os.access(parent, os.W_OK):
        raise PermissionError(f"cannot make {target}: no permission to write in {parent}")


def folder_beside(target: Path) -> Path:
    """A folder in which a new one is made, before it is put in its place."""
    parent = target if target.exists() else target.parent
    try:
        return Path(tempfile.mkdtemp(prefix=".chalkgrad-", dir=parent))
    except OSError as error:
        raise type(error)(f"cannot make {target}: {error.strerror}") from None


def move(beside: Path, target: Path) -> None:
    """Put a finished folder, or what is in it, in its place."""
    os.chmod(beside, 0o777 & ~current_umask())
    if target.exists():
        for child in beside.iterdir():
            os.replace(child, target / child.name)
    else:
        os.replace(beside, target)


def fill(
    folder: Path,
    topic: str,
    seed: int,
    copies: Sequence[Copy],
    progress: Callable[[int, int], None] | None,
) -> None:
    """Write everything into a folder of our own, where nobody sees it half done."""
    for name in ("sheets", "keys"):
        (folder / name).mkdir()
    shapes: list[dict[str, tuple[int, int]]] = []
    with ThreadPoolExecutor(os.cpu_count()) as drawing:  # each picture is a process of its own
        for done, shape in enumerate(drawing.map(lambda copy: draw(folder, copy), copies), 1):
            shapes.append(shape)
            if progress is not None:
                progress(done, len(copies))
    for name, answered in (("sheets", False), ("keys", True)):
        bodies = []
        for copy, shape in zip(copies, shapes, strict=True):
            picture = f"{copy.stem}.png"
            text = markdown(copy.sheet.problem, copy.label, picture, answered)
            save(folder / name / f"{copy.stem}.md", text)
            bodies.append(
                latex(copy.sheet.problem, copy.label, f"{name}/{picture}", shape[name], answered)
            )
        save(folder / f"{name}.tex", latex_document(bodies))
    for copy in copies:
        save(folder / "sheets" / f"{copy.stem}.csv", form(copy))
    save(folder / "key.json", key_text(topic, seed, copies))


def draw(folder: Path, copy: Copy) -> dict[str, tuple[int, int]]:
    """Draw a sheet and its key; the width and the height of each picture."""
    shapes = {}
    for name, answered in (("sheets", False), ("keys", True)):
        picture = copy.sheet.picture(answered).pipe("png")
        assert isinstance(picture, bytes)  # no encoding was asked for
        (folder / name / f"{copy.stem}.png").write_bytes(picture)
        shapes[name] = png_size(picture)
    return shapes


def save(file: Path, text: str) -> None:
    """Write a text, with the same line ends everywhere."""
    file.write_bytes(text.encode("utf-8"))


def form(copy: Copy) -> str:
    """A form for the answers to a sheet: a submission without answers."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow([STUDENT, NAME, ANSWER])
    student = copy.label.student or copy.label.number
    writer.writerows([[student, blank.key, ""] for blank in copy.sheet.blanks])
    return rows.getvalue()


def key_text(topic: str, seed: int, copies: Sequence[Copy]) -> str:
    """The key of a folder, as JSON."""
    sheets = [
        {
            "sheet": copy.label.number,
            "student": copy.label.student,
            "seed": copy.sheet.seed,
            "lr": copy.sheet.problem.lr,
            "answers": copy.sheet.answers,
            "graph": json.loads(to_json(copy.sheet.root)),
        }
        for copy in copies
    ]
    document = {"format": FORMAT, "version": VERSION, "topic": topic, "seed": seed}
    return json.dumps({**document, "sheets": sheets}, indent=1, ensure_ascii=False) + "\n"


# ---- marking ------------------------------------------------------------------------------------


class KeySheet(NamedTuple):
    """What a key says of one sheet.

    Attributes:
        number, student: whose it is.
        root: the result of the graph that it is about.
        lr: the learning rate of its step, if it has one.
        asked: the keys of what it asks for.
    """

    number: str
    student: str
    root: Value
    lr: float | None
    asked: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the sheet is called in reports."""
        return self.student or self.number

    def is_called(self, name: str) -> bool:
        """Whether a submission may mean this sheet: by its student, or by its number."""
        given = unicodedata.normalize("NFC", " ".join(name.split())).casefold()
        if given == self.student.casefold() != "":
            return True
        return given.isdecimal() and not self.student and int(given) == int(self.number)


def check_worksheets(
    key: str | os.PathLike[str], submissions: Iterable[str | Path]
) -> SubmissionReport:
    """Mark answers to the worksheets of a folder against its key.

    Args:
        key: the folder's `key.json`.
        submissions: files or texts, as `autograd.check_submission` takes them. The column `student`
            has the student's name or the number of the sheet; it may be missing where the key has
            one sheet alone. What was asked for and not answered counts as not right.

    Raises:
        OSError: if a file cannot be read.
        ValueError: if the key is none, or a submission cannot be understood.
    """
    sheets = read_key(Path(key))
    found = by_student([entry for one in submissions for entry in entries_in(one)])
    return SubmissionReport(
        tuple([report_on(sheets, name, entries) for name, entries in found.items()])
    )


def entries_in(submission: str | Path) -> list[Entry]:
    """The answers in a submission; what is wrong with a file is said with its name."""
    try:
        return entries_of(text_of(submission))
    except ValueError as error:
        if isinstance(submission, Path):
            raise ValueError(f"{submission}: {error}") from None
        raise


def report_on(sheets: Sequence[KeySheet], name: str, entries: Sequence[Entry]) -> StudentReport:
    """The report on the answers to one sheet."""
    meant = [sheet for sheet in sheets if sheet.is_called(name)]
    if not name and len(sheets) == 1:
        meant = list(sheets)
    if meant:
        sheet = meant[0]
        return student_report(Subject(sheet.root, sheet.lr), sheet.name, entries, sheet.asked)
    if not name:
        raise ValueError(
            f"the submission has no column 'student', and the key has {len(sheets)} sheets: say "
            "whose answers they are"
        )
    names = [sheet.name for sheet in sheets]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else f". The sheets are {known(names)}"
    unknown = f"not counted: the key has no sheet for {name!r}{hint}"
    return StudentReport(name, AnswersReport(()), uncounted=(unknown,))


def known(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")


def read_key(file: Path) -> list[KeySheet]:
    """The sheets of a key.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no key.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise ValueError("another format or version")
        return [key_sheet(record) for record in document["sheets"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else error
        raise ValueError(f"{file} is no key of worksheets: {reason}") from None


def key_sheet(record: Mapping[str, Any]) -> KeySheet:
    """A sheet as it stands in the key's file."""
    root = from_json(json.dumps(record["graph"]))
    return KeySheet(
        record["sheet"], record["student"], root, record["lr"], tuple(record["answers"])
    )

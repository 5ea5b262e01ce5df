"""Marking a whole submission: a file of answers, of one student or of many.

A file that cannot be understood as a whole is refused in one line. An answer that cannot be read is
a line in its student's report, and counts as not right: one slip of the pen does not keep the
others from being marked.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autograd.answers import (
    MARGIN,
    WIDTH,
    AnswersReport,
    ReportLine,
    checked,
    named,
    table,
    wrapped,
)
from autograd.engine import Value
from autograd.questions import Subject
from autograd.written_numbers import read_number

NAME, ANSWER, STUDENT = "name", "answer", "student"
#: What may divide the columns of a file; the one that the first line has most of does.
DELIMITERS = ",;\t"


class Entry(NamedTuple):
    """An answer as it stands in a file.

    Attributes:
        student: whose it is; "" if the file does not say.
        name, answer: what it answers, and the answer.
        where: its place in the file, such as "line 3: "; "" if that needs no saying.
    """

    student: str
    name: str
    answer: Any
    where: str = ""


@dataclass(frozen=True)
class StudentReport:
    """One student's answers.

    Attributes:
        student: the name; "" if the file has none.
        answers: the report on those that could be read.
        problems: a line for each that could not.
        unanswered: what was asked for and not answered, where it is known what was asked for.
    """

    student: str
    answers: AnswersReport
    problems: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers) and not self.problems and not self.unanswered

    @property
    def score(self) -> int:
        """How many answers are right, rounded ones included."""
        return self.answers.score

    @property
    def count(self) -> int:
        """How many answers there are, unreadable and missing ones included."""
        return len(self.answers.rows) + len(self.problems) + len(self.unanswered)

    def as_data(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        marked = self.answers.as_data() | {"answers": self.count}
        missing = {"problems": list(self.problems), "unanswered": list(self.unanswered)}
        return {"student": self.student, **marked, **missing}

    def lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The report, as `AnswersReport.lines`."""
        student = f"{self.student}: " if self.student else ""
        outcome = self.answers.outcome_of(self.count, len(self.problems), len(self.unanswered))
        lines = wrapped(f"{student}{outcome}", width)
        lines += table(self.answers.rows, width) if self.answers.rows else []
        for problem in self.problems:
            lines += wrapped(problem, width, margin=MARGIN)
        if self.unanswered:
            missing = f"not answered: {named(self.unanswered)}"
            lines += wrapped(missing, width, margin=MARGIN)
        return lines

    def __str__(self) -> str:
        return "\n".join([line.text for line in self.lines()])


@dataclass(frozen=True)
class SubmissionReport:
    """What `check_submission` found: one report a student. It is true if nothing is wrong."""

    students: tuple[StudentReport, ...]

    def __bool__(self) -> bool:
        return all(self.students)

    def __getitem__(self, student: str) -> StudentReport:
        for report in self.students:
            if report.student == student:
                return report
        raise KeyError(student)

    @property
    def score(self) -> int:
        """How many answers are right, of all students together."""
        return sum([report.score for report in self.students])

    @property
    def count(self) -> int:
        """How many answers there are, of all students together."""
        return sum([report.count for report in self.students])

    def as_data(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        students = [report.as_data() for report in self.students]
        return {"right": self.score, "answers": self.count, "students": students}

    def lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The report, as `AnswersReport.lines`: student by student, then the total."""
        lines: list[ReportLine] = []
        for report in self.students:
            lines += [*report.lines(width), ReportLine("")]
        total = f"total: {self.score} of {self.count} right"
        if len(self.students) > 1:
            perfect = sum(map(bool, self.students))
            total += f"; {perfect} of {len(self.students)} students have everything right"
        return [*lines, *wrapped(total, width)]

    def __str__(self) -> str:
        return "\n".join([line.text for line in self.lines()])


def check_submission(
    root: Value, submission: str | Path, lr: float | None = None
) -> SubmissionReport:
    """Mark a file of answers about a graph; see `check_answers` for what an answer is.

    Args:
        root: the result.
        submission: a path; or the text itself, which has several lines or begins with a "{". It is
            CSV with the columns `name` and `answer`, and `student` if there are several; or JSON,
            {"x": 1, "h2.data": "20.09"} or {"ann": {"x": 1}, "bob": {"x": "2/3"}}.
        lr: the learning rate of a step after which values are asked for.

    Raises:
        TypeError: if `root` is not a Value, or `submission` neither a path nor a text.
        OSError: if the file cannot be read.
        ValueError: if the file is empty, is not text, lacks a column or is no JSON; or if data was
            assigned after the expression was built.

    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> print(check_submission(x * y, "name,answer\\nx,3\\ny,three"))
    1 of 2 right; 1 cannot be read
    answer for  given  right  verdict
    x               3      3  right
    line 3: the answer for 'y': 'three' is no number: it has the name 'three' in it;
        write a number such as -0.06, 2/3, 1e-3 or exp(3)
    <BLANKLINE>
    total: 1 of 2 right
    """
    text = text_of(submission)
    subject = Subject(root, lr)
    reports = [
        student_report(subject, student, entries)
        for student, entries in by_student(entries_of(text)).items()
    ]
    return SubmissionReport(tuple(reports))


def by_student(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The answers of each student, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.student, []).append(entry)
    return found


def student_report(
    subject: Subject, student: str, entries: Iterable[Entry], asked: Iterable[str] = ()
) -> StudentReport:
    """The report on one student's answers.

    Args:
        subject: the graph that they are about.
        student: whose they are.
        entries: the answers.
        asked: the keys of what was asked for, if that is known; an empty answer is then none.
    """
    missing = {subject.question(key)[1:4]: key for key in asked}
    is_form = bool(missing)
    answers: dict[str, Any] = {}
    problems: list[str] = []
    for entry in entries:
        if is_form and entry.answer == "":
            continue
        try:
            missing.pop(subject.question(entry.name)[1:4], None)
            read_number(entry.answer)
        except (TypeError, ValueError, OverflowError) as error:
            problems.append(f"{entry.where}the answer for {entry.name!r}: {error}")
            continue
        if entry.name in answers:
            problems.append(f"{entry.where}{entry.name!r} is answered a second time")
        else:
            answers[entry.name] = entry.answer
    return StudentReport(
        student, checked(subject, answers), tuple(problems), tuple(missing.values())
    )


# ---- reading ------------------------------------------------------------------------------------


def text_of(submission: str | Path) -> str:
    """The text itself, or the file's."""
    if not isinstance(submission, (str, Path)):
        raise TypeError(f"a submission is a path or a text, not {type(submission).__name__}")
    if isinstance(submission, str) and (
        "\n" in submission or submission.lstrip().startswith("{") or not submission.strip()
    ):
        return submission
    try:
        return Path(submission).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{submission} is not text in UTF-8: save it as CSV UTF-8") from None


def entries_of(text: str) -> list[Entry]:
    """The answers in a submission's text."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ValueError("the submission is empty")
    is_json = text.lstrip().startswith(("{", "["))
    entries = list(json_entries(text) if is_json else csv_entries(text))
    if not entries:
        raise ValueError("the submission has no answers in it")
    return entries


def csv_entries(text: str) -> Iterator[Entry]:
    """The answers in a CSV text, one a row; rows without any text are passed over."""
    header = text.lstrip().splitlines()[0]
    delimiter = max(DELIMITERS, key=header.count)
    rows = csv_rows(text.lstrip(), delimiter)
    columns = [column.strip().lower() for column in next(rows)[1]]
    for wanted in (NAME, ANSWER):
        if wanted not in columns:
            raise ValueError(
                f"the submission has no column {wanted!r}; its columns are "
                f"{', '.join(columns)}. It needs name and answer, and may have student"
            )
    for line, row in rows:
        cells = dict(zip(columns, [cell.strip() for cell in row], strict=False))
        if any(cells.values()):
            student, name, answer = [cells.get(column, "") for column in (STUDENT, NAME, ANSWER)]
            yield Entry(student, name, answer, f"line {line}: ")


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text, each with the number of its line."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise ValueError(f"the CSV cannot be read: line {rows.line_num}: {error}") from None


def json_entries(text: str) -> Iterator[Entry]:
    """The answers in a JSON text."""
    try:
        data = json.loads(text, object_pairs_hook=Pairs)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply to be read") from None
    except ValueError as error:
        raise ValueError(f"the JSON cannot be read: {error}") from None
    if not isinstance(data, Pairs):
        raise ValueError('JSON answers are {"x": 1, ...} or {"ann": {"x": 1, ...}, ...}')
    groups = [isinstance(item, Pairs) for _, item in data]
    if any(groups) and not all(groups):
        name = data[groups.index(False)][0]
        raise ValueError(f"the JSON has students in it, and an answer for {name!r} of none of them")
    for name, item in data:
        if isinstance(item, Pairs):
            for inner, answer in item:
                yield Entry(name, inner, answer)
        else:
            yield Entry("", name, item)


class Pairs(list[tuple[str, Any]]):
    """A JSON object, its keys in order; one that stands twice is there twice."""

"""Marking a whole submission: a file of answers, of one student or of many.

A file that cannot be understood as a whole is refused in one line. An answer that cannot be read is
a line in its student's report, and counts as not right: one slip of the pen does not keep the
others from being marked. An answer to nothing that was asked is told, too, and not counted. A class
is shown in a line a student, and below that the wrong answers alone.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autograd.answers import (
    LONGEST_KEY,
    MARGIN,
    NARROWEST,
    WIDTH,
    AnswerRow,
    AnswersReport,
    ReportLine,
    checked,
    named,
    shortened,
    table,
    wrapped,
)
from autograd.engine import Value
from autograd.questions import Subject
from autograd.written_numbers import read_number

NAME, ANSWER, STUDENT = "name", "answer", "student"
#: What may divide the columns of a file; the one that the first line has most of does.
DELIMITERS = ",;\t"
#: How one of a class is shown whose name is left empty.
NAMELESS = "(no name)"


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
        uncounted: a line for each answer that is not counted: to what is not in the graph, or not
            on the sheet, or has an answer already.
    """

    student: str
    answers: AnswersReport
    problems: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    uncounted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.answers) and not self.remarks

    @property
    def score(self) -> int:
        """How many answers are right, rounded ones included."""
        return self.answers.score

    @property
    def count(self) -> int:
        """How many answers count, unreadable and missing ones included."""
        return len(self.answers.rows) + len(self.problems) + len(self.unanswered)

    @property
    def wrong(self) -> list[AnswerRow]:
        """The wrong answers."""
        return [row for row in self.answers.rows if not row]

    @property
    def remarks(self) -> list[str]:
        """What is to be said beside the wrong answers, such as "27 not answered"."""
        numbers = {
            "cannot be read": len(self.problems),
            "not answered": len(self.unanswered),
            "not counted": len(self.uncounted),
        }
        return [f"{number} {what}" for what, number in numbers.items() if number]

    def as_data(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        marked = self.answers.as_data() | {"answers": self.count}
        others = {
            "problems": list(self.problems),
            "unanswered": list(self.unanswered),
            "uncounted": list(self.uncounted),
        }
        return {"student": self.student, **marked, **others}

    def lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The report, as `AnswersReport.lines`."""
        student = f"{self.student}: " if self.student else ""
        outcome = self.answers.outcome_of(self.count, self.remarks)
        lines = wrapped(f"{student}{outcome}", width)
        lines += table(self.answers.rows, width) if self.answers.rows else []
        lines += self.complaints(width)
        if self.unanswered:
            missing = f"not answered: {named(self.unanswered)}"
            lines += wrapped(missing, width, margin=MARGIN)
        return lines

    def wrong_lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The wrong answers alone, each with its likeliest mistake, and what cannot be read."""
        lines = table(self.wrong, width, most=1) if self.wrong else []
        return lines + self.complaints(width)

    def complaints(self, width: int) -> list[ReportLine]:
        """What cannot be read, and what is not counted."""
        lines: list[ReportLine] = []
        for complaint in (*self.problems, *self.uncounted):
            lines += wrapped(complaint, width, margin=MARGIN)
        return lines

    def __str__(self) -> str:
        return "\n".join([line.text for line in self.lines()])


@dataclass(frozen=True)
class SubmissionReport:
    """What `check_submission` found: one report a student. It is true if nothing is wrong.

    It prints as a line a student, with the wrong answers below; that of one student alone in full.
    """

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
        """How many answers count, of all students together."""
        return sum([report.count for report in self.students])

    def as_data(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        students = [report.as_data() for report in self.students]
        return {"right": self.score, "answers": self.count, "students": students}

    def lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The report, as `AnswersReport.lines`: the class, the wrong answers, and the total."""
        if len(self.students) < 2:
            return self.all_lines(width)
        lines = [*class_table(self.students, width), ReportLine("")]
        for report in self.students:
            if wrong := report.wrong_lines(width):
                lines += [*wrapped(f"{report.student or NAMELESS}:", width), *wrong, ReportLine("")]
        return [*lines, *self.total(width)]

    def all_lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The same with every answer: student by student, then the total."""
        lines: list[ReportLine] = []
        for report in self.students:
            lines += [*report.lines(width), ReportLine("")]
        return [*lines, *self.total(width)]

    def total(self, width: int = WIDTH) -> list[ReportLine]:
        """The last lines: how much is right in all."""
        total = f"total: {self.score} of {self.count} right"
        if len(self.students) > 1:
            perfect = sum(map(bool, self.students))
            total += f"; {perfect} of {len(self.students)} students have everything right"
        return wrapped(total, width)

    def __str__(self) -> str:
        return "\n".join([line.text for line in self.lines()])


def class_table(students: Sequence[StudentReport], width: int) -> list[ReportLine]:
    """A line a student: the name, how many are right, and what is not, as far as that fits."""
    wide = max(width, NARROWEST)
    longest = min(LONGEST_KEY, wide // 3)
    names = [shortened(report.student or NAMELESS, longest) for report in students]
    scores = [f"{report.score} of {report.count}" for report in students]
    first = max(map(len, ("student", *names)))
    second = max(map(len, ("right", *scores)))
    rest = max(1, wide - first - second - 4)
    lines = [f"{'student':{first}}  {'right':{second}}  {shortened('not right', rest)}"]
    for report, name, score in zip(students, names, scores, strict=True):
        lines.append(f"{name:{first}}  {score:{second}}  {in_short(report, rest)}".rstrip())
    return [ReportLine(line) for line in lines]


def in_short(report: StudentReport, width: int) -> str:
    """Which answers are wrong, and what else there is to say.

    The last keys give way to "+2", then all of them to their number, then the rest to its own.
    """
    keys = [shortened(row.key, LONGEST_KEY) for row in report.wrong]
    wrong = [f"{len(keys)} wrong"] if keys else []
    others = len(report.problems) + len(report.unanswered) + len(report.uncounted)
    shorter = [
        [", ".join([*keys[:most], *([f"+{len(keys) - most}"] if most < len(keys) else [])])]
        for most in range(len(keys), 0, -1)
    ]
    texts = ["; ".join([*part, *report.remarks]) for part in (*shorter, wrong)]
    texts.append("; ".join([*wrong, f"{others} other"]))
    return next((text for text in texts if len(text) <= width), shortened(texts[-1], width))


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
    sheet = {subject.question(key)[1:4]: key for key in asked}
    answered: set[tuple[Any, ...]] = set()
    answers: dict[str, Any] = {}
    problems: list[str] = []
    uncounted: list[str] = []
    for entry in entries:
        if sheet and entry.answer == "":
            continue
        try:
            question = subject.question(entry.name)[1:4]
        except (TypeError, ValueError) as error:
            uncounted.append(f"{entry.where}not counted: {error}")
            continue
        if sheet and question not in sheet:
            uncounted.append(f"{entry.where}not counted: the sheet does not ask for {entry.name!r}")
        elif question in answered:
            uncounted.append(f"{entry.where}not counted: {entry.name!r} has an answer already")
        else:
            answered.add(question)
            try:
                read_number(entry.answer)
            except (TypeError, ValueError, OverflowError) as error:
                problems.append(f"{entry.where}the answer for {entry.name!r}: {error}")
            else:
                answers[entry.name] = entry.answer
    unanswered = [key for question, key in sheet.items() if question not in answered]
    return StudentReport(
        student, checked(subject, answers), tuple(problems), tuple(unanswered), tuple(uncounted)
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

"""Marking a student's answers: right, right but rounded, or wrong, and then by which mistake.

`questions.py` says what a key asks for, `written_numbers.py` how precise an answer claims to be,
`mistakes.py` looks for what would explain a wrong one. Here they meet, and the report is printed.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.candidates import TOLD, Mistake
from autograd.engine import Value
from autograd.mistakes import Marked, explanations
from autograd.numbers import format_number
from autograd.questions import Question, Subject
from autograd.written_numbers import WrittenNumber, read_number

RIGHT, ROUNDED, WRONG = "right", "rounded", "wrong"

#: So many wrong answers are explained; those after them are marked alone.
MOST_EXPLAINED = 50

WIDTH = 80
#: A report is made no narrower, and the words below a row are given this margin.
NARROWEST = 20
MARGIN = "    "
LONGEST_KEY = 24
LONGEST_NUMBER = 16
MOST_NAMES = 5  # more of them are counted, not named


def check_answers(
    root: Value, answers: Mapping[str, str | float], lr: float | None = None
) -> AnswersReport:
    """Mark answers about a graph; of each wrong one, name the mistake that gives its number.

    Answers are given under the names that pictures and steps show (labels; v1, v2, ... for nodes
    without one), as one of

        "x"          d(root)/d(x), along all paths; also "x.grad" and, of a root f, "df/dx"
        "h2.data"    the value of h2
        "dh3/dh2"    the local derivative ∂h3/∂h2; where h2 is no operand of h3, d(h3)/d(h2) along
                     all paths. "∂f/∂h3" is the local one, "df/dh3" is not
        "w.new"      the value of a leaf after a step of gradient descent, w - lr * d(root)/d(w)

    An answer is "right" if it is the right number but for the rounding of floats. It is "rounded"
    if it is within half a unit of its last digit and within 1 % of the right number: 20.09 for
    20.0855, but not 1 for 0.94. Else it is "wrong".

    The right answers are worked out from the recorded local derivatives; no `.grad` is read or
    changed.

    Args:
        root: the result.
        answers: a number, or a text such as "20.09", "2/3" or "exp(3)", for each name.
        lr: the learning rate of that step.

    Raises:
        TypeError: if `root` is not a Value, `answers` not a mapping from names, or an answer
            neither a number nor a text.
        ValueError: if there are no answers, a name is not the graph's, an answer's text is no
            number, or data was assigned after the expression was built.

    >>> x, y, z = Value(1.0, label="x"), Value(3.0, label="y"), Value(2.0, label="z")
    >>> print(check_answers(ln(x) + exp(y) * z, {"x": 1, "y": "6", "z": "20.09"}))
    2 of 3 right; wrong: y
    answer for  given    right  verdict
    x               1        1  right
    y               6  40.1711  wrong
        at the edge v2 → y: it was taken at the input y where the output v2 belongs;
        ∂v2/∂y is 20.0855, not 3
    z           20.09  20.0855  rounded
    """
    if not isinstance(answers, Mapping):
        raise TypeError(
            f"answers must be a mapping such as {{'x': 1, 'h2.data': '20.09'}}, "
            f"not {type(answers).__name__}"
        )
    if not answers:
        raise ValueError("there are no answers to check")
    return checked(Subject(root, lr), answers)


@dataclass(frozen=True)
class AnswerRow:
    """One answer.

    Attributes:
        key: the name that it was given under.
        asked: "gradient", "value", "local derivative" or "value after the step".
        title: what was asked for, as it is written: "df/dx", "h2", "∂h3/∂h2".
        given: the number that was given.
        written: the same as it was written.
        right: the right answer.
        verdict: "right", "rounded" or "wrong".
        mistakes: what would explain a wrong one, the likeliest first; empty if nothing known does.
    """

    key: str
    asked: str
    title: str
    given: float
    written: str
    right: float
    verdict: str
    mistakes: tuple[Mistake, ...] = ()

    def __bool__(self) -> bool:
        return self.verdict != WRONG

    @property
    def explanation(self) -> str:
        """The likeliest mistakes in words; "" if the answer is right or nothing explains it."""
        return told(self.mistakes)

    def as_data(self) -> dict[str, Any]:
        """The row as JSON can hold it."""
        mistakes = [
            {"kind": mistake.kind, "text": mistake.text}
            | {"node": mistake.node, "operand": mistake.operand}
            for mistake in self.mistakes
        ]
        return {
            "key": self.key,
            "asked": self.asked,
            "title": self.title,
            "given": plain(self.given),
            "written": self.written,
            "right": plain(self.right),
            "verdict": self.verdict,
            "mistakes": mistakes,
        }


@dataclass(frozen=True)
class AnswersReport:
    """What `check_answers` found: one row an answer. It is true if none is wrong."""

    rows: tuple[AnswerRow, ...]

    def __bool__(self) -> bool:
        return all(self.rows)

    def __getitem__(self, key: str) -> AnswerRow:
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)

    @property
    def score(self) -> int:
        """How many answers are right, rounded ones included."""
        return sum(map(bool, self.rows))

    @property
    def outcome(self) -> str:
        """One line, such as "3 of 4 right; wrong: y"."""
        return self.outcome_of(len(self.rows))

    def outcome_of(self, count: int, remarks: Sequence[str] = ()) -> str:
        """The same of `count` answers, with what else is to be said, such as "1 not answered"."""
        wrong = [row.key for row in self.rows if not row]
        more = [f"wrong: {named(wrong)}"] if wrong else []
        return "; ".join([f"{self.score} of {count} right", *remarks, *more])

    def as_data(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        rows = [row.as_data() for row in self.rows]
        return {"right": self.score, "answers": len(self.rows), "rows": rows}

    def lines(self, width: int = WIDTH) -> list[ReportLine]:
        """The report, each line with the verdict that it is about, if it is about one."""
        return [*wrapped(self.outcome, width), *table(self.rows, width)]

    def __str__(self) -> str:
        return "\n".join([line.text for line in self.lines()])


def told(mistakes: Sequence[Mistake], most: int = TOLD) -> str:
    """The likeliest of some mistakes that all give the same number, in words: one of a kind."""
    texts: dict[str, str] = {}
    for mistake in mistakes:
        texts.setdefault(mistake.kind, mistake.text)
    more = " (and others fit too)" if len(texts) > most else ""
    return f"{'; or: '.join(list(texts.values())[:most])}{more}"


def plain(number: float) -> float | str:
    """A number as JSON has it: those that are not finite are texts."""
    return number if math.isfinite(number) else format_number(number)


# ---- marking ------------------------------------------------------------------------------------


def checked(subject: Subject, answers: Mapping[str, str | float]) -> AnswersReport:
    """The report on answers about a graph."""
    sheet = [marked(subject, subject.question(key), answers[key]) for key in answers]
    wrong = [item for item in sheet if item.verdict == WRONG][:MOST_EXPLAINED]
    found = {item.question.key: tuple(explanations(subject, item, sheet)) for item in wrong}
    return AnswersReport(tuple([row_of(item, found.get(item.question.key, ())) for item in sheet]))


def marked(subject: Subject, question: Question, answer: str | float) -> Marked:
    """An answer beside the right one."""
    try:
        given = read_number(answer)
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"the answer for {question.key!r}: {error}") from None
    right = subject.right(question)
    return Marked(question, given, right, verdict(given, right, subject.rounding(question)))


def verdict(given: WrittenNumber, right: float, rounding: float = 0.0) -> str:
    """ "right", "rounded" or "wrong".

    Args:
        given: the answer.
        right: the right answer.
        rounding: how far off `right` may be because floats are rounded.

    >>> verdict(read_number("20.09"), 20.0855), verdict(read_number("1"), 0.94)
    ('rounded', 'wrong')
    """
    if given.is_exactly(right, rounding):
        return RIGHT
    return ROUNDED if given.is_rounded(right) else WRONG


def row_of(item: Marked, mistakes: tuple[Mistake, ...]) -> AnswerRow:
    """The row of one answer."""
    question, given = item.question, item.given
    return AnswerRow(
        key=question.key,
        asked=question.kind,
        title=question.title,
        given=given.number,
        written=given.text,
        right=item.right,
        verdict=item.verdict,
        mistakes=mistakes,
    )


# ---- the report as plain text -------------------------------------------------------------------


class ReportLine(NamedTuple):
    """A line of a report.

    Attributes:
        text: the line.
        verdict: of an answer's own line, its verdict; else "".
    """

    text: str
    verdict: str = ""


def shortened(text: str, length: int) -> str:
    """A text of at most this length on one line, what is left out marked by "…"."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def named(keys: Sequence[str]) -> str:
    """The first few of some names."""
    more = f", and {len(keys) - MOST_NAMES} more" if len(keys) > MOST_NAMES else ""
    return ", ".join([shortened(key, LONGEST_KEY) for key in keys[:MOST_NAMES]]) + more


def wrapped(text: str, width: int, first: str = "", margin: str = "") -> list[ReportLine]:
    """A text in lines of at most this width."""
    wide = max(width, NARROWEST)
    lines = textwrap.wrap(text, wide, initial_indent=first, subsequent_indent=margin)
    return [ReportLine(line) for line in lines]


def table(rows: Sequence[AnswerRow], width: int, most: int = TOLD) -> list[ReportLine]:
    """The rows in columns, or as lines where columns are too wide.

    Below a wrong one stand the likeliest mistakes, so many at most.
    """
    headings = ("answer for", "given", "right", "verdict")
    cells = [
        (
            shortened(row.key, LONGEST_KEY),
            shortened(row.written, LONGEST_NUMBER),
            format_number(row.right),
            row.verdict,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    fits = sum(widths) + 2 * (len(widths) - 1) <= width

    def line(key: str, given: str, right: str, verdict: str) -> str:
        if not fits:
            return f"{key}: {verdict}"
        return f"{key:{widths[0]}}  {given:>{widths[1]}}  {right:>{widths[2]}}  {verdict}"

    lines = [ReportLine(line(*headings))] if fits else []
    for row, cell in zip(rows, cells, strict=True):
        lines.append(ReportLine(line(*cell), row.verdict))
        if not fits:
            lines += wrapped(f"given {cell[1]}, right {cell[2]}", width, MARGIN, MARGIN)
        if row.mistakes:
            lines += wrapped(told(row.mistakes, most), width, MARGIN, MARGIN)
    return lines

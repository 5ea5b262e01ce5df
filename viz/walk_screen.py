"""What a walk looks like: its panels as lines of text, at the width and the height there are.

A `Sheet` writes the panels: the formula with symbols and with numbers, the node between its
neighbours, all nodes, what is still to come. `screen` puts them together for a window. Nothing is
said by colour alone, and every line fits.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from rich.cells import cell_len
from rich.text import Text

from autograd.engine import Value
from autograd.graph_formulas import factor
from autograd.numbers import format_number, format_product
from viz.stepping import Backward, Forward, Step
from viz.walking import COMMANDS, Share, Walk

#: A window of fewer columns gets its panels below each other.
NARROW = 60
#: A window of fewer rows gets no lines that only part others.
LOW = 18
INDENT = "  "
#: Spaces between columns.
GAP = 4
#: How many lines the neighbours of a node take at most.
NEIGHBOURS = 6
NAME, NUMBER, GRADIENT, QUIET, ASKED = "bold cyan", "", "green", "dim", "bold yellow"

#: The commands whose keys are named at the foot, as far as there is room; the last ones always.
USUAL = ("forward", "back", "ask_place", "next_change", "toggle_predicting")
ASKING = ("ask_answer", "forward", "back", "ask_place")
LAST = ("toggle_help", "quit")

Lines = list[Text]
T = TypeVar("T")


class Signs(NamedTuple):
    """The characters that not every terminal has."""

    partial: str = "∂"
    here: str = "▶"
    to_right: str = "→"
    to_left: str = "←"
    rule: str = "─"
    ellipsis: str = "…"
    not_yet: str = "–"
    cursor: str = "▏"


UNICODE = Signs()
ASCII = Signs("d", ">", "->", "<-", "-", "...", "-", "_")


class Entry(NamedTuple):
    """A line that is being typed: what is asked for, what has been typed, and a hint."""

    title: str
    text: str
    hint: str


@dataclass(frozen=True)
class Sheet:
    """The panels of a walk at one width.

    Attributes:
        walk: what is shown.
        width: how many columns a line may take.
        signs: the characters it is drawn with.
    """

    walk: Walk
    width: int
    signs: Signs = UNICODE

    # ---- the step -------------------------------------------------------------------------------

    def title(self) -> Text:
        """Which pass, which step of how many; in predict mode, to the right, the score."""
        place, score = self.place(), str(self.walk.score) if self.walk.predicting else ""
        if cell_len(place) + cell_len(score) + 2 > self.width:
            pass_, _, number = place.partition(" pass, step ")
            place = f"{pass_} {number.replace(' of ', '/')}"
        gap = max(self.width - cell_len(place) - cell_len(score), 2)
        return self.cropped(Text.assemble((place, "bold"), " " * gap if score else "", score))

    def place(self) -> str:
        """Which pass, and which step of how many."""
        pass_ = "Forward" if isinstance(self.walk.step, Forward) else "Backward"
        return f"{pass_} pass, step {self.walk.position + 1} of {len(self.walk.steps)}"

    def formulas(self) -> Lines:
        """The step with symbols, then with numbers; or, where it is asked for, the question."""
        step = self.walk.step
        if isinstance(step, Forward):
            return self.of_value(step)
        return self.of_seed(step) if step.source is None else self.of_share(step)

    def of_value(self, step: Forward) -> Lines:
        """A node gets its value: h2 = exp(y), = exp(3), = 20.0855."""
        result = format_number(step.value)
        if not step.node.op:
            return self.equation(step.name, "=", [(f"{result}  (given)", "bold")])
        if self.walk.is_asking:
            return self.equation(
                step.name, "=", [(step.symbols, ""), (step.numbers, ""), ("?", ASKED)]
            )
        rows = [(step.symbols, ""), (step.numbers, ""), (result, "bold")]
        return self.equation(step.name, "=", rows)

    def of_seed(self, step: Backward) -> Lines:
        """The pass begins: df/df = 1."""
        rows = [(f"{format_number(step.gradient)}  (the seed)", "bold")]
        return self.equation(self.gradient_name(step.node), "=", rows)

    def of_share(self, step: Backward) -> Lines:
        """An edge adds its share to a gradient."""
        target, (upstream, local) = self.gradient_name(step.node), self.factors(step)
        rule = (f"{upstream} * {local}", "")
        if self.walk.is_asking:
            return self.equation(target, "+=", [rule]) + self.question(step, target, upstream)
        numbers = f"{factor(step.upstream)} * {factor(step.local_derivative)}"
        rows = [rule, (numbers, ""), (format_product(step.contribution), "bold")]
        lines = self.equation(target, "+=", rows)
        lines += self.paragraph(f"with {local} = {step.symbols}")
        return lines + self.equation(target, "=", [(self.running_sum(step), GRADIENT)])

    def question(self, step: Backward, target: str, upstream: str) -> Lines:
        """What is known of a share that is asked for, and what is asked."""
        given = f"{self.definition(step)}, {upstream} = {format_number(step.upstream)}"
        asked = "?"
        if earlier := self.walk.earlier():
            given += f", so far {target} = {format_number(earlier[-1].gradient)}"
            asked = "?  (this share added)"
        return self.paragraph(f"with {given}") + self.equation(target, "=", [(asked, ASKED)])

    def running_sum(self, step: Backward) -> str:
        """What a share makes of the gradient: "1 + (-0.06) = 0.94  (complete)"."""
        added = format_number(step.gradient)
        if earlier := self.walk.earlier():
            before = format_number(earlier[-1].gradient)
            added = f"{before} + {factor(step.contribution)} = {added}"
        rest = sum(not share.is_known for share in self.walk.shares_of(step.node))
        return f"{added}  ({rest} more to come)" if rest else f"{added}  (complete)"

    def definition(self, step: Backward) -> str:
        """How the sender was computed: h2 = exp(y)."""
        assert step.source is not None  # the seed is not asked for
        sender = self.walk.steps[self.walk.place[step.source]]
        return f"{sender.name} = {sender.symbols}"

    def verdict(self) -> Lines:
        """What became of the prediction of this step."""
        verdict = self.walk.verdict
        if verdict is None:
            return []
        style = "bold green" if verdict else "bold red"
        text = f"You: {format_number(verdict.given)}. {verdict}"
        for theirs, ours in ((UNICODE.partial, self.signs.partial), ("→", self.signs.to_right)):
            text = text.replace(theirs, ours)
        return [self.cropped(Text(line, style)) for line in self.wrapped(text, "")]

    # ---- the node among its neighbours ----------------------------------------------------------

    def neighbours(self, count: int) -> Lines:
        """The operands of the node, the node, and the nodes that use it, in `count` lines."""
        node = self.walk.node
        operands = self.some(list(dict.fromkeys(node.parents)), self.name_and_value, count - 1)
        consumers = self.consumers(node, count - 1)
        middle = [Text.assemble((f"{self.signs.here} ", "bold"), self.name_and_value(node))]
        gradient = self.walk.gradient(node)
        if gradient is not None:
            middle.append(self.with_number(INDENT + self.gradient_name(node), gradient, GRADIENT))
        if self.width < NARROW:
            return self.stacked(operands, middle, consumers)[: max(count, 0)]
        left = [Text("from", QUIET), *(operands or [Text("an input")])]
        right = [Text("used by", QUIET), *(consumers or [Text("nothing: it is the result")])]
        return self.beside([left, [Text("this node", QUIET), *middle], right])[: max(count, 0)]

    def stacked(self, operands: Lines, middle: Lines, consumers: Lines) -> Lines:
        """The neighbours in a narrow window: operands, node and users, a line each."""
        comma = Text(", ")
        lines = [Text.assemble(("from ", QUIET), comma.join(operands) if operands else "an input")]
        lines.append(Text("  ").join(middle))
        if consumers:
            lines.append(Text.assemble(("used by ", QUIET), comma.join(consumers)))
        return [self.cropped(line) for line in lines]

    def consumers(self, node: Value, count: int) -> Lines:
        """The nodes that use a node: their values; in the backward pass, what each one sends."""
        if isinstance(self.walk.step, Forward):
            users = sorted(set(self.walk.consumers[node]), key=self.walk.place.__getitem__)
            return self.some(users, self.name_and_value, count)
        shares = [share for share in self.walk.shares_of(node) if share.step.source is not None]
        current = next((i for i, share in enumerate(shares) if share.is_current), 0)
        gone = min(current - count + 2, len(shares) - count)  # this one has to be seen
        return self.some(shares[max(gone, 0) :], self.share, count)

    def some(self, items: Sequence[T], write: Callable[[T], Text], count: int) -> Lines:
        """A line for each item, or for the first ones and for how many more there are."""
        if len(items) <= count:
            return [write(item) for item in items]
        lines = [write(item) for item in items[: max(count - 1, 0)]]
        return [*lines, Text(f"{self.signs.ellipsis} {len(items) - len(lines)} more", QUIET)]

    def share(self, share: Share) -> Text:
        """What one consumer sends: "yx sends 1"."""
        here = f"{self.signs.to_left} " if share.is_current else ""
        line = Text.assemble((here, "bold"), (share.step.source_name, NAME))
        if not share.is_known:
            return line.append(" to come" if not share.is_current else " sends ?", QUIET)
        verb = " sends " if share.is_current else " sent "
        return line.append(verb).append(format_product(share.step.contribution), GRADIENT)

    # ---- all nodes, and what is to come ---------------------------------------------------------

    def nodes(self, count: int) -> Lines:
        """The names, values and gradients of the nodes, those around this one, in `count` lines."""
        shown = self.window(count - 1)
        rows = [("", "node", "value", "gradient"), *[self.row(node) for node in shown]]
        name, value, gradient = (max(cell_len(row[i]) for row in rows) for i in (1, 2, 3))
        name = max(min(name, self.width - value - gradient - 6), 4)
        lines = []
        for index, row in enumerate(rows):
            styles = (NAME, NUMBER, GRADIENT) if index else (QUIET, QUIET, QUIET)
            line = Text.assemble(
                (fill(row[0], 2), "bold"),
                (fill(cropped(Text(row[1]), name, self.signs).plain, name), styles[0]),
                (f"  {row[2]:>{value}}", styles[1]),
                (f"  {row[3]:>{gradient}}", styles[2]),
            )
            line.stylize("bold" if row[0] == self.signs.here else "")
            lines.append(self.cropped(line))
        return lines

    def row(self, node: Value) -> tuple[str, str, str, str]:
        """A node in the list: its mark, its name, its value and its gradient."""
        mark = "*" if node is self.walk.watched else ""
        if node is self.walk.node:
            mark = self.signs.here
        value, gradient = self.walk.value(node), self.walk.gradient(node)
        return mark, self.walk.names[node], self.number(value), self.number(gradient)

    def window(self, count: int) -> list[Value]:
        """The nodes that are listed where there is room for so many: those about this one."""
        order = self.walk.order
        first = self.walk.place[self.walk.node] - count // 2
        first = max(min(first, len(order) - count), 0)
        return order[first : first + max(count, 0)]

    def to_come(self, count: int) -> Lines:
        """The steps after this one, in `count` lines."""
        walk = self.walk
        rest = len(walk.steps) - walk.position - 1
        following = walk.steps[walk.position + 1 : walk.position + 1 + max(count, 1)]
        if rest and count <= 2:
            return [self.cropped(Text.assemble(("then ", QUIET), self.brief(following[0])))][:count]
        heading = "then" if rest else "then nothing"
        lines = [self.cropped(Text(heading, QUIET))]
        room = count - 1 if rest <= count - 1 else count - 2
        lines += [self.cropped(Text(self.brief(step))) for step in following[: max(room, 0)]]
        if rest > room:
            more = rest - max(room, 0)
            lines.append(self.cropped(Text(f"and {more} more step{'s' * (more > 1)}", QUIET)))
        return lines[:count]

    def brief(self, step: Step) -> str:
        """A step without its numbers."""
        if isinstance(step, Forward):
            return f"{step.name} = {step.symbols or 'given'}"
        target = self.gradient_name(step.node)
        if step.source is None:
            return f"{target} = the seed"
        return f"{target} += {' * '.join(self.factors(step))}"

    # ---- the foot, and the help -----------------------------------------------------------------

    def message(self) -> Lines:
        """What the last move has to say; at least one line."""
        return self.remark(self.walk.message, "bold")

    def typed(self, entry: Entry) -> Text:
        """The line that is being typed; of a long one, its end."""
        title = f"{entry.title}: "
        room = self.width - cell_len(title) - cell_len(self.signs.cursor)
        text = entry.text[-max(room, 1) :]
        return self.cropped(Text.assemble((title, "bold"), text, self.signs.cursor))

    def remark(self, text: str, style: str = QUIET) -> Lines:
        """A sentence in two lines at most."""
        lines = [Text(line, style) for line in self.wrapped(text, "")]
        return [self.cropped(line) for line in shortened(lines, 2, self.signs)]

    def hints(self) -> Text:
        """The most useful keys, as many as there is room for."""
        words = "  ".join([word for _, word in self.hinted()])
        return self.cropped(Text(words, QUIET))

    def hinted(self) -> list[tuple[str, str]]:
        """The actions whose keys are named at the foot, and what is written of each."""
        shown = {"right": self.signs.to_right, "left": self.signs.to_left}
        words = {
            command.action: f"{shown.get(command.keys[0], command.keys[0])} {command.short}"
            for command in COMMANDS
        }
        actions = list(USUAL)
        if self.walk.is_asking:
            actions = list(ASKING)
            words["forward"] = f"{self.signs.to_right} show it"
        while len(actions) > 1 and self.length(words, [*actions, *LAST]) > self.width:
            actions.pop()
        return [(action, words[action]) for action in (*actions, *LAST)]

    def length(self, words: Mapping[str, str], actions: Iterable[str]) -> int:
        """How many columns some hints take."""
        return cell_len("  ".join([words[action] for action in actions]))

    def help(self) -> Lines:
        """All keys."""
        is_wide = self.width >= 70
        rows = [
            (" ".join(command.keys if is_wide else command.keys[:2]), command)
            for command in COMMANDS
        ]
        widest = max(cell_len(keys) for keys, _ in rows)
        return [
            self.cropped(
                Text.assemble(
                    (fill(keys, widest + 2), NAME), command.text if is_wide else command.short
                )
            )
            for keys, command in rows
        ]

    def brief_screen(self) -> Lines:
        """The step and what there is to say, for a terminal where lines stay as they are."""
        message = self.message() if self.walk.message else []
        score = f"; {self.walk.score}" if self.walk.predicting else ""
        title = Text(self.place() + score, "bold")
        return [title, *self.formulas(), *self.verdict(), *message, self.hints(), Text("")]

    # ---- words and numbers ----------------------------------------------------------------------

    def gradient_name(self, node: Value) -> str:
        """What the gradient of a node is called: df/dx."""
        return f"d{self.walk.names[self.walk.order[-1]]}/d{self.walk.names[node]}"

    def factors(self, step: Backward) -> tuple[str, str]:
        """What is multiplied: the upstream gradient and the local derivative."""
        d = self.signs.partial
        return f"d{step.root_name}/d{step.source_name}", f"{d}{step.source_name}/{d}{step.name}"

    def number(self, number: float | None) -> str:
        """A number, or the sign that it is not known yet."""
        return self.signs.not_yet if number is None else format_number(number)

    def name_and_value(self, node: Value) -> Text:
        """A node in a few words: x0 = 1."""
        return self.with_number(self.walk.names[node], self.walk.value(node), NAME)

    def with_number(self, name: str, number: float | None, style: str) -> Text:
        """A name and its number."""
        return Text.assemble((name, style), " = ", self.number(number))

    # ---- lines ----------------------------------------------------------------------------------

    def equation(self, left: str, sign: str, rows: Sequence[tuple[str, str]]) -> Lines:
        """What stands left of a sign, and right of it one row below another."""
        start = f"{left} {sign} "
        margin = " " * (cell_len(start) - 2)
        if cell_len(start) > self.width // 2:  # too little room beside it
            margin = INDENT
        lines: Lines = []
        for index, (row, style) in enumerate(rows):
            head = f"{margin}= " if index else start
            for number, part in enumerate(self.wrapped(head + row, margin + INDENT)):
                line = Text(part)
                line.stylize(style, len(head) if number == 0 else 0)
                if index == number == 0:
                    line.stylize("bold", 0, len(left))
                lines.append(self.cropped(line))
        return lines

    def paragraph(self, text: str) -> Lines:
        """A remark, indented."""
        return [self.cropped(Text(line, QUIET)) for line in self.wrapped(INDENT + text, INDENT)]

    def wrapped(self, text: str, indent: str) -> list[str]:
        """A text as lines that fit, all but the first with something before them."""
        lines = textwrap.wrap(
            text,
            max(self.width, len(indent) + 1),
            subsequent_indent=indent,
            drop_whitespace=True,
            break_on_hyphens=False,
        )
        return lines or [""]

    def cropped(self, line: Text) -> Text:
        """A line that fits: what is too much of it gives way to an ellipsis."""
        return cropped(line, self.width, self.signs)

    def beside(self, columns: Sequence[Lines]) -> Lines:
        """Columns of lines beside each other."""
        widths = [max(line.cell_len for line in column) for column in columns]
        room = self.width - GAP * (len(columns) - 1)
        most = room // len(columns)
        spare = room - sum(min(w, most) for w in widths)
        widths = [w if w <= most else min(w, most + spare) for w in widths]
        lines: Lines = []
        for cells in zip_longest(*columns, fillvalue=Text("")):
            line = Text("")
            for cell, width in zip(cells, widths, strict=True):
                part = cropped(cell, width, self.signs)
                line.append_text(part).append(" " * (width - part.cell_len + GAP))
            line.rstrip()
            lines.append(self.cropped(line))
        return lines


def cropped(line: Text, width: int, signs: Signs) -> Text:
    """A line of so many columns at most: what is too much of it gives way to an ellipsis."""
    if line.cell_len <= width:
        return line
    line = line.copy()
    line.truncate(max(width - cell_len(signs.ellipsis), 0))
    return line.append(signs.ellipsis[:width])


def fill(text: str, width: int) -> str:
    """A text with spaces after it, up to a width in columns."""
    return text + " " * (width - cell_len(text))


def shortened(lines: Lines, count: int, signs: Signs) -> Lines:
    """The first lines, and how many more there are."""
    if len(lines) <= count:
        return lines
    return [*lines[: count - 1], Text(f"{signs.ellipsis} {len(lines) - count + 1} more", QUIET)]


# ---- a whole window -----------------------------------------------------------------------------


def screen(sheet: Sheet, height: int, entry: Entry | None = None) -> Lines:
    """All panels of a walk in a window of so many lines, the most needed ones first."""
    part = [Text("")] if height >= LOW else []
    rule = [Text(sheet.signs.rule * sheet.width, QUIET)] if height >= LOW else []
    top = [sheet.title(), *rule, *sheet.formulas(), *sheet.verdict()]
    foot = foot_lines(sheet, entry)
    room = height - len(foot)
    top = shortened(top, room, sheet.signs)
    room -= len(top)
    neighbours = sheet.neighbours(min(NEIGHBOURS, room // 2))
    if neighbours and room > len(neighbours) + len(part):
        top += [*part, *neighbours]
        room -= len(part) + len(neighbours)
    if room > len(part) + 1:
        top += [*part, *panels(sheet, room - len(part))]
    top += [Text("")] * (height - len(foot) - len(top))
    return [sheet.cropped(line) for line in [*top, *foot][:height]]


def panels(sheet: Sheet, height: int) -> Lines:
    """The nodes and what is to come: beside each other if the window is wide enough."""
    if sheet.width >= NARROW:
        nodes = Sheet(sheet.walk, sheet.width * 3 // 5, sheet.signs).nodes(height)
        rest = sheet.width - GAP - max(line.cell_len for line in nodes)
        return sheet.beside([nodes, Sheet(sheet.walk, rest, sheet.signs).to_come(height)])
    if height < 8:
        return sheet.to_come(height)
    to_come = sheet.to_come(height // 3)
    return [*sheet.nodes(height - len(to_come)), *to_come]


def foot_lines(sheet: Sheet, entry: Entry | None) -> Lines:
    """The last lines: what is typed or what there is to say, and the keys."""
    if entry is not None:
        return [sheet.typed(entry), *sheet.remark(entry.hint)]
    return [*sheet.message(), sheet.hints()]


def help_screen(sheet: Sheet, height: int) -> Lines:
    """The keys in a window of so many lines."""
    lines = sheet.help()
    if len(lines) + 4 <= height:
        foot = Text("any key goes back", QUIET)
        lines = [Text("Keys", "bold"), Text(""), *lines, Text(""), foot]
    return [sheet.cropped(line) for line in shortened(lines, height, sheet.signs)]

"""Walking through the steps: where one stands, what is known by then, and every move.

A `Walk` is a list of steps and a position in it. It knows no terminal: the views (`walk_keys.py`,
`walk_tui.py`) turn keys into its moves, and show what it says (`walk_screen.py`). What is known of
a node (its value, its gradient so far) follows from the position alone, so that going back is as
cheap as going on.

In predict mode a step that works out a number is hidden until it has been predicted or given up.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.engine import Value
from viz.predictions import Verdict, expected, judge
from viz.stepping import Backward, Forward, Step


class Command(NamedTuple):
    """Something that a key does.

    Attributes:
        keys: the names of its keys, such as "right" or "g".
        action: the name of the method of the walk, or of the view.
        text: what it does, for the help.
        short: the same in a word.
    """

    keys: tuple[str, ...]
    action: str
    text: str
    short: str


#: The keys of both views. An action that is no method of `Walk` is the view's own.
COMMANDS = (
    Command(("right", "space", "l", "j", "down"), "forward", "the next step", "next"),
    Command(("left", "backspace", "h", "k", "up"), "back", "the step before", "back"),
    Command(("home", "<"), "to_start", "the first step", "start"),
    Command(("end", "G", ">"), "to_end", "the last step", "end"),
    Command(("pagedown",), "page_forward", "ten steps on", "ten steps on"),
    Command(("pageup",), "page_back", "ten steps back", "ten steps back"),
    Command(("b",), "to_backward", "the backward pass", "backward pass"),
    Command(("g", "/"), "ask_place", "go to a node, or to a step by its number", "go to"),
    Command(("n",), "next_change", "the next step that changes the watched node", "follow"),
    Command(("N",), "change_before", "the step before that changed it", "follow back"),
    Command(("w",), "toggle_watch", "watch the node of this step, or no longer", "watch"),
    Command(("p",), "toggle_predicting", "predict each number before you see it", "predict"),
    Command(("enter", "="), "ask_answer", "give the number that is asked for", "answer"),
    Command(("?",), "toggle_help", "these keys", "help"),
    Command(("q",), "quit", "leave", "quit"),
)
PAGE = 10

#: What can be typed: what it is called, and what the person who types should know.
TITLES = {"place": "go to", "answer": "the number is"}
HINTS = {
    "place": "a name or a step; Tab completes, Esc leaves",
    "answer": "such as -0.06, 2/3 or exp(3); Esc leaves",
}
#: How many names are offered while one is typed.
OFFERED = 8
DIGITS = tuple("0123456789")
ANSWER_BEGINS = (*DIGITS, ".", "-", "+", "(", "−")


@dataclass(frozen=True)
class Share:
    """What one consumer of a node adds to its gradient.

    Attributes:
        step: the step that adds it.
        is_known: whether that step has been shown.
        is_current: whether it is the step shown now.
    """

    step: Backward
    is_known: bool
    is_current: bool


@dataclass
class Score:
    """How the predictions went."""

    right: int = 0
    wrong: int = 0
    given_up: int = 0

    def __str__(self) -> str:
        text = f"{self.right} of {self.right + self.wrong} right"
        return f"{text}, {self.given_up} not tried" if self.given_up else text


@dataclass(eq=False)
class Walk:
    """A position in the steps of a graph.

    Attributes:
        steps: all steps: `steps(root)`.
        position: the index of the step that is shown.
        predicting: whether numbers are asked for before they are shown.
        watched: the node whose changes `next_change` goes to; None for the node of the step.
        verdicts: what became of each prediction, by the index of the step.
        revealed: the steps that were predicted, or given up, in predict mode.
        message: what the last move has to say, such as that there is no such node.
        order: the nodes, in the order in which they get their values.
        names: what each node is called; `nodes` leads from the name to the node.
        place: the index of the step that gives a node its value.
        shares: the indices of the steps that add to the gradient of a node.
        consumers: the nodes that send those shares.

    >>> from viz import steps
    >>> x = Value(3.0, label="x")
    >>> walk = Walk(steps(x * x))
    >>> walk.to_end()
    >>> str(walk.step)
    'df/dx += df/df * ∂f/∂x = 1 * 3 = 3'
    >>> walk.gradient(x)
    6.0
    >>> walk.back()
    >>> walk.gradient(x)
    3.0
    """

    steps: Sequence[Step]
    position: int = 0
    predicting: bool = False
    watched: Value | None = None
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    revealed: set[int] = field(default_factory=set)
    score: Score = field(default_factory=Score)
    message: str = ""

    def __post_init__(self) -> None:
        self.order = [step.node for step in self.steps if isinstance(step, Forward)]
        self.names = {node: step.name for node, step in zip(self.order, self.steps, strict=False)}
        self.nodes: dict[str, Value] = {}
        for node, name in self.names.items():
            self.nodes.setdefault(name, node)
        self.place = {node: index for index, node in enumerate(self.order)}
        self.shares: dict[Value, list[int]] = {node: [] for node in self.order}
        self.consumers: dict[Value, list[Value]] = {node: [] for node in self.order}
        for index, step in enumerate(self.steps):
            if isinstance(step, Backward):
                self.shares[step.node].append(index)
                if step.source is not None:
                    self.consumers[step.node].append(step.source)

    # ---- what is known --------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.position]

    @property
    def node(self) -> Value:
        """The node that the step changes."""
        return self.step.node

    @property
    def is_asking(self) -> bool:
        """Whether the step is hidden until its number is predicted."""
        return (
            self.predicting
            and self.position not in self.revealed
            and is_worked_out(self.steps[self.position])
        )

    @property
    def known(self) -> int:
        """How many steps have been shown: all up to this one, or up to the one before."""
        return self.position + (not self.is_asking)

    @property
    def verdict(self) -> Verdict | None:
        """What became of the prediction of this step."""
        return self.verdicts.get(self.position)

    def value(self, node: Value) -> float | None:
        """The value of a node, if it is known by now."""
        place = self.place[node]
        step = self.steps[place]
        return step.value if place < self.known and isinstance(step, Forward) else None

    def gradient(self, node: Value) -> float | None:
        """The gradient of a node as far as it is added up by now; None before the first share."""
        shares = self.shares[node]
        count = bisect_left(shares, self.known)
        step = self.steps[shares[count - 1]] if count else None
        return step.gradient if isinstance(step, Backward) else None

    def shares_of(self, node: Value) -> list[Share]:
        """What each consumer adds to the gradient of a node, in the order of the steps."""
        return [
            Share(step, index < self.known, index == self.position)
            for index in self.shares[node]
            if isinstance(step := self.steps[index], Backward)
        ]

    def earlier(self) -> list[Backward]:
        """The steps before this one that have added to the gradient of its node."""
        return [
            share.step
            for share, index in zip(self.shares_of(self.node), self.shares[self.node], strict=True)
            if index < self.position
        ]

    # ---- moves ----------------------------------------------------------------------------------

    def perform(self, action: str) -> bool:
        """Make the move that a key stands for; False if that is the view's own affair."""
        if not hasattr(Walk, action):
            return False
        getattr(self, action)()
        return True

    def begun_by(self, key: str) -> str:
        """What is typed when a key begins it: an "answer", a "place", or "" for nothing."""
        if self.is_asking and key in ANSWER_BEGINS:
            return "answer"
        return "place" if key in DIGITS else ""

    def go(self, position: int) -> None:
        """To a step, or to the first or the last one if there are not so many."""
        self.message = ""
        self.position = min(max(position, 0), len(self.steps) - 1)

    def forward(self) -> None:
        """One step on. A hidden step is given up and shown first."""
        if self.is_asking:
            self.give_up()
            return
        at_end = self.position == len(self.steps) - 1
        self.go(self.position + 1)
        if at_end:
            self.message = "This is the last step."

    def back(self) -> None:
        """One step back."""
        at_start = self.position == 0
        self.go(self.position - 1)
        if at_start:
            self.message = "This is the first step."

    def page_forward(self) -> None:
        """Ten steps on."""
        self.go(self.position + PAGE)

    def page_back(self) -> None:
        """Ten steps back."""
        self.go(self.position - PAGE)

    def to_start(self) -> None:
        """To the first step."""
        self.go(0)

    def to_end(self) -> None:
        """To the last step."""
        self.go(len(self.steps) - 1)

    def to_backward(self) -> None:
        """To the seed, with which the backward pass begins."""
        self.go(len(self.order))

    def go_to(self, place: str) -> None:
        """To a node, by its name, or to a step, by its number (the first is 1).

        A part of a name is enough if one node alone has it.
        """
        name = place.strip()
        if name in self.nodes:
            self.go_to_node(self.nodes[name])
        elif name.isdecimal():
            number = int(name) if len(name) < 20 else len(self.steps) + 1
            if 1 <= number <= len(self.steps):
                self.go(number - 1)
            else:
                self.message = f"There is no step {name}: the steps are 1 to {len(self.steps)}."
        elif name:
            found = self.matches(name)
            if len(found) == 1:
                self.go_to(found[0])
            else:
                meant = f" Did you mean {', '.join(found[:3])}?" if found else ""
                self.message = f"There is no node {name}.{meant}"

    def go_to_node(self, node: Value) -> None:
        """In the forward pass, to where the node gets its value; in the backward pass, to where it
        gets the first share of its gradient."""
        is_forward = isinstance(self.step, Forward)
        self.go(self.place[node] if is_forward else self.shares[node][0])

    def matches(self, text: str) -> list[str]:
        """The names of nodes that begin with a text, then those that hold it, in their order."""
        wanted = text.strip().casefold()
        held = [name for name in self.nodes if wanted in name.casefold()]
        return sorted(held, key=lambda name: not name.casefold().startswith(wanted))

    def toggle_watch(self) -> None:
        """Watch the node of this step; if it is watched, do so no longer."""
        name = self.names[self.node]
        if self.watched is self.node:
            self.watched = None
            self.message = f"{name} is no longer watched."
        else:
            self.watched = self.node
            self.message = f"{name} is watched: n goes to its next change."

    @property
    def followed(self) -> Value:
        """The watched node; if there is none, the node of this step."""
        return self.node if self.watched is None else self.watched

    def changes(self) -> list[int]:
        """The steps that change the node that is followed."""
        return [self.place[self.followed], *self.shares[self.followed]]

    def next_change(self) -> None:
        """To the next step that changes the watched node."""
        changes = self.changes()
        later = bisect_right(changes, self.position)
        if later < len(changes):
            self.go(changes[later])
        else:
            self.message = f"Nothing changes {self.names[self.followed]} after this."

    def change_before(self) -> None:
        """To the step before this one that changes the watched node."""
        changes = self.changes()
        later = bisect_left(changes, self.position)
        if later:
            self.go(changes[later - 1])
        else:
            self.message = f"Nothing changes {self.names[self.followed]} before this."

    # ---- predicting -----------------------------------------------------------------------------

    def toggle_predicting(self) -> None:
        """Ask for numbers before they are shown, from the next step on; or do so no longer."""
        self.predicting = not self.predicting
        self.revealed.add(self.position)  # it has been seen
        self.message = (
            "From the next step on, give each number before you see it."
            if self.predicting
            else "Numbers are shown at once."
        )

    def predict(self, answer: str) -> None:
        """Judge a prediction of the hidden step, and show the step.

        Raises:
            ValueError: if the answer cannot be read; the step stays hidden.
        """
        verdict = judge(self.step, answer)
        self.message = ""
        self.verdicts[self.position] = verdict
        self.revealed.add(self.position)
        if verdict:
            self.score.right += 1
        else:
            self.score.wrong += 1

    def give_up(self) -> None:
        """Show the hidden step without a prediction."""
        self.message = ""
        self.revealed.add(self.position)
        self.score.given_up += 1


def is_worked_out(step: Step) -> bool:
    """Whether there is a number to predict: not that of an input, nor the seed, nor nan."""
    worked_out = bool(step.node.op) if isinstance(step, Forward) else step.source is not None
    return worked_out and not math.isnan(expected(step))

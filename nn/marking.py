"""Marking a network's worksheet: a student's a, z, delta, gradients and weights after the step.

Each name on the sheet is a question about the graph of the loss (`autograd.questions`), so that a
wrong number is explained as `autograd.check_answers` explains it, through all layers.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from autograd import Value
from autograd.answers import AnswersReport, checked
from autograd.questions import GRADIENT, UPDATE, VALUE, Question, Subject
from nn.arrays import Array, flat
from nn.module import Module
from nn.worksheet import Passed, forward_pass, parameter_names

#: What the loss is called.
LOSS = "L"
#: More names than these are not listed in an error.
MOST_NAMES = 12


def check_worksheet(
    model: Module,
    x: Array,
    y: Array,
    loss: Callable[[Any, Any], Value],
    lr: float,
    answers: Mapping[str, str | float],
) -> AnswersReport:
    """Mark a student's numbers for one step of gradient descent; see `nn.worksheet`.

    Names are those of the sheet, with the layer in brackets as in z(0):

        "a2(1)", "z2(1)"      before and after the activation of unit 2 in layer 1
        "delta2(1)"           dL/da of that unit
        "dw12(1)", "db1(1)"   dL/dw and dL/db: w12 is the weight from input 2 into unit 1
        "w12(1).new"          the weight after the step, w - lr dL/dw; also "b1(1).new"
        "L"                   the loss

    What counts as right or rounded, and how a mistake is found, is as in `autograd.check_answers`.
    The model is left as it is.

    Args:
        model: a chain of `Linear` layers and activations, or an `MLP`.
        x: the inputs of one sample.
        y: its target.
        loss: called with the outputs and y.
        lr: the learning rate.
        answers: a number, or a text such as "2/3", for each name.

    Raises:
        TypeError: if `answers` is no mapping from names, or an answer neither a number nor a text.
        ValueError: if there are no answers, a name is not on the sheet, or an answer's text is no
            number; or if the model or x is none that a worksheet is made of.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(1, 1))
    >>> model[0].weight[0][0].data, model[0].bias[0].data = 3.0, 1.0
    >>> answers = {"a1(1)": 7, "dw11(1)": 4, "w11(1).new": "-1"}
    >>> print(check_worksheet(model, [2.0], [5.0], nn.HalfSquaredError(), 0.1, answers))
    2 of 3 right; wrong: w11(1).new
    answer for  given  right  verdict
    a1(1)           7      7  right
    dw11(1)         4      4  right
    w11(1).new     -1    2.6  wrong
        the learning rate was left out: w11(1) after the step is 3 - 0.1 * 4
    """
    if not isinstance(answers, Mapping):
        raise TypeError(
            f"answers must be a mapping such as {{'a1(1)': 0.5}}, not {type(answers).__name__}"
        )
    if not answers:
        raise ValueError("there are no answers to check")
    passed, result = forward_pass(model, x, y, loss)
    return checked(SheetSubject(passed, result, lr), answers)


class SheetSubject(Subject):
    """A network's worksheet about which questions are asked.

    Attributes:
        asked: what each name asks for: the kind of question, and the node.
    """

    def __init__(self, passed: list[Passed], result: Value, lr: float) -> None:
        self.asked = {LOSS: (VALUE, result)}
        called = {result: LOSS}
        for number, layer in enumerate(passed, 1):
            for unit, (a, z) in enumerate(zip(layer.a, layer.z, strict=True), 1):
                place = f"{unit}({number})"
                self.asked |= {f"a{place}": (VALUE, a), f"z{place}": (VALUE, z)}
                self.asked |= {f"delta{place}": (GRADIENT, a)}
                called.setdefault(a, f"a{place}")
                called.setdefault(z, f"z{place}")
            weight, bias = layer.stage.weight, layer.stage.bias or []
            names = parameter_names(len(weight), len(layer.inputs), bool(bias))
            for name, node in zip(names, [*flat(weight), *bias], strict=True):
                place = f"{name}({number})"
                self.asked |= {f"d{place}": (GRADIENT, node), f"{place}.new": (UPDATE, node)}
                called.setdefault(node, place)
        super().__init__(result, lr, called)

    def question(self, key: str) -> Question:
        """What a name asks for.

        Raises:
            TypeError: if it is no text.
            ValueError: if it is not on the sheet.
        """
        if not isinstance(key, str):
            raise TypeError(f"answers are given by name, such as 'a1(1)', not by {key!r}")
        name = key.replace(" ", "")
        if name not in self.asked:
            raise ValueError(self.unknown(name))
        kind, node = self.asked[name]
        if node not in self.names:
            raise ValueError(f"{name!r} does not reach the loss: nothing follows from it")
        if kind == UPDATE:
            return self.update(key, node)
        if kind == GRADIENT:
            return self.derivative(key, self.root, node)
        return Question(key, VALUE, node, node, self.names[node])

    def unknown(self, name: str) -> str:
        """What to say of a name that is not on the sheet."""
        names = list(self.asked)
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        meant = f"; did you mean {close[0]!r}?" if close else "."
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return (
            f"nothing on the sheet is called {name!r}{meant} The names are "
            f"{', '.join(names[1:MOST_NAMES])}, {LOSS}{more}"
        )

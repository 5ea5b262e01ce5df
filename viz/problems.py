"""Problems for worksheets: a graph with nice numbers, drawn by chance from a seed.

Every number on the way (values, local derivatives, gradients, values after a step) is a short
decimal, so that a sheet is worked out by hand: numbers are drawn until that is so. In softmax the
logits are logarithms of whole numbers; the logarithm of a probability is the one number to round.

A seed gives the same problem on every machine and with every Python: all chance comes from
`random.Random(seed).random()`, which is the same everywhere.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from autograd.engine import Value
from autograd.functions import dot, exp, ln, maximum, relu, total
from autograd.graph import topological_order

VALUES, LOCALS, GRADIENTS, UPDATES = (
    "values",
    "local derivatives",
    "gradients",
    "values after the step",
)
#: A short decimal has no more digits behind the point, and no more in all.
MOST_DECIMALS = 4
MOST_DIGITS = 5
#: No number on a sheet is larger.
LARGEST = 100.0
#: A topic that finds no nice numbers in so many attempts has an error in it.
MOST_ATTEMPTS = 100_000

Item = TypeVar("Item")


@dataclass(frozen=True)
class Problem:
    """Something to work out.

    Attributes:
        title: what it is about.
        task: what is asked for, in words; formulas stand between backticks.
        root: the result; its backward pass has run.
        asked: which kinds of numbers are asked for.
        parameters: the names of the leaves that are weights and biases.
        written: how a leaf is given where that is not its number: {"z1": "ln 2"}.
        lr: the learning rate of the step, if there is one.
    """

    title: str
    task: str
    root: Value
    asked: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    lr: float | None = None


class Draws:
    """Numbers drawn by chance, alike everywhere."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return int(self._random.random() * count)

    def choice(self, items: Sequence[Item]) -> Item:
        """One of some items."""
        return items[self.below(len(items))]

    def tenths(self, most: int = 9) -> float:
        """A number such as -0.7, and never 0."""
        size = 1 + self.below(most)
        return (size if self.below(2) else -size) / 10

    def whole(self, most: int) -> float:
        """A whole number from -most to most, and never 0."""
        size = 1 + self.below(most)
        return float(size if self.below(2) else -size)


def problem(topic: str, seed: int) -> Problem:
    """The problem that a seed leads to.

    Raises:
        ValueError: for a topic that there is not.
    """
    if topic not in TOPICS:
        raise ValueError(f"the topics are {', '.join(TOPICS)}, not {topic!r}")
    draws = Draws(seed)
    for _ in range(MOST_ATTEMPTS):
        found = TOPICS[topic](draws)
        if found is not None:
            return found
    raise RuntimeError(f"no {topic} problem with nice numbers was found for the seed {seed}")


# ---- nice numbers -------------------------------------------------------------------------------


def is_short(number: float) -> bool:
    """Whether it is a short decimal, but for the rounding of floats.

    What rounding leaves of a zero counts as none: it could not be printed.

    >>> is_short(0.1 + 0.2), is_short(1 / 3), is_short(0.1 + 0.2 - 0.3)
    (True, False, False)
    """
    scaled = abs(number) * 10**MOST_DECIMALS
    if not 0.5 < scaled <= LARGEST * 10**MOST_DECIMALS:
        return number == 0
    digits = str(round(scaled)).rstrip("0")
    return abs(scaled - round(scaled)) < 1e-6 and len(digits) <= MOST_DIGITS


def is_nice(root: Value, rounded: Collection[Value] = ()) -> bool:
    """Whether every number of a graph is a short decimal, but for the values of some nodes.

    Its backward pass is run. A zero with a sign counts as none of them.
    """
    order = topological_order(root)
    root.backward()
    numbers = [node.data for node in order if node not in rounded]
    numbers += [local for node in order for local in node.local_derivatives]
    gradients = [node.grad for node in order]
    signed = [number for number in numbers if number == 0 and math.copysign(1.0, number) < 0]
    return not signed and all(map(is_short, [*numbers, *gradients]))


def leaf(number: float, label: str) -> Value:
    """A Value with a label."""
    return Value(number, label=label)


def named(label: str, node: Value) -> Value:
    """The node, labelled."""
    node.label = label
    return node


def are_unlike(numbers: Sequence[float]) -> bool:
    """Whether no two are alike, signs aside: then one cannot be taken for another unnoticed."""
    return len({abs(number) for number in numbers}) == len(numbers)


# ---- topics -------------------------------------------------------------------------------------


def relu_chain(draws: Draws) -> Problem | None:
    """f = relu(w2 relu(w1 x + b1) + b2 + x); in a quarter of them the inner unit is dead."""
    is_live = draws.below(4) > 0
    x, w1, b1 = leaf(draws.whole(3), "x"), leaf(draws.tenths(), "w1"), leaf(draws.tenths(), "b1")
    w2, b2 = leaf(draws.tenths(), "w2"), leaf(draws.tenths(), "b2")
    a1 = named("a1", named("m1", w1 * x) + b1)
    h = named("h", relu(a1))
    a2 = named("a2", named("m2", w2 * h) + b2)
    s = named("s", a2 + x)
    f = named("f", relu(s))
    is_usual = s.data > 0 and a1.data and (a1.data > 0) == is_live
    if not is_usual or not are_unlike([given.data for given in (x, w1, b1, w2, b2)]):
        return None
    if not is_nice(f):
        return None
    return Problem(
        title="A chain of two ReLU units with a skip connection",
        task="The input `x` reaches the result over two paths: their contributions add up."
        + RULES["relu"],
        root=f,
        asked=(VALUES, LOCALS, GRADIENTS),
        parameters=("w1", "b1", "w2", "b2"),
    )


#: What a sheet says of operations with two branches, where it has them.
RULES = {
    "maximum": " `max(a, b)` passes the gradient to the larger operand alone.",
    "relu": " The derivative of `relu(a)` is 1 if `a > 0`, and else 0.",
}
#: Operations of random graphs; the likelier ones stand there more than once.
OPERATIONS: tuple[tuple[int, Callable[..., Value]], ...] = (
    (2, lambda x, y: x + y),
    (2, lambda x, y: x - y),
    (2, lambda x, y: x * y),
    (2, lambda x, y: x * y),
    (2, lambda x, y: x / y),
    (2, maximum),
    (1, lambda x: x**2),
    (1, relu),
)
INPUTS = (2.0, 3.0, 4.0, 5.0, 0.5, 1.5, 2.5)


def computation_graph(draws: Draws) -> Problem | None:
    """Three inputs, six operations, and at least one node that is used twice."""
    inputs = [leaf(draws.choice(INPUTS) * draws.choice((1, 1, -1)), name) for name in "xyz"]
    nodes, used = list(inputs), []
    for place in range(1, 7):
        count, operation = draws.choice(OPERATIONS)
        fresh = [node for node in nodes if node not in used]
        chosen = [draws.choice(fresh) if fresh else draws.choice(nodes)]
        if count == 2:
            rest = [node for node in nodes if node is not chosen[0]]
            chosen.insert(draws.below(2), draws.choice(rest))
        try:
            node = operation(*chosen)
        except ArithmeticError:
            return None
        nodes.append(named("f" if place == 6 else f"h{place}", node))
        used += chosen
    root = nodes[-1]
    if not is_nice(root) or not is_instructive(root, inputs, used):
        return None
    return Problem(
        title="A computation graph",
        task="Where a node is used more than once, the contributions to its gradient add up."
        + "".join([words for op, words in RULES.items() if any(n.op == op for n in nodes)]),
        root=root,
        asked=(VALUES, LOCALS, GRADIENTS),
    )


def is_instructive(root: Value, inputs: list[Value], used: list[Value]) -> bool:
    """Whether all of a random graph matters, no operation is at a kink, and no two inputs or
    results are alike."""
    order = topological_order(root)
    inner = [node for node in order if node.op]
    ties = [
        node.op in ("maximum", "relu") and 0.0 < abs(node.local_derivatives[0]) < 1.0
        for node in inner
    ]
    at_kinks = [node.op == "relu" and node.parents[0].data == 0 for node in inner]
    twice = [node for node in order if used.count(node) > 1]
    return (
        len(order) == len(inputs) + 6
        and bool(twice)
        and not any(ties + at_kinks)
        and len({node.op for node in inner}) >= 4
        and all(node.data for node in order)
        and sum(node.grad == 0 for node in order) <= 1
        and are_unlike([node.data for node in inputs])
        and len({node.data for node in inner}) >= 5
    )


def mlp(draws: Draws) -> Problem | None:
    """Two inputs, two ReLU units, one output, the squared error, and a step of descent."""
    x = [leaf(draws.whole(3), name) for name in ("x1", "x2")]
    weights = [[leaf(draws.tenths(), f"w{j}{i}") for i in (1, 2)] for j in (1, 2)]
    biases = [leaf(draws.tenths(), f"b{j}") for j in (1, 2)]
    v = [leaf(draws.tenths(), name) for name in ("v1", "v2")]
    c = leaf(draws.tenths(), "c")
    a = [
        named(f"a{j}", dot(row, x, bias))
        for j, row, bias in zip((1, 2), weights, biases, strict=True)
    ]
    h = [named(f"h{j}", relu(unit)) for j, unit in zip((1, 2), a, strict=True)]
    y = named("y", dot(v, h, c))
    error = draws.choice((0.1, 0.2, 0.5, 1.0)) * draws.choice((1, -1))
    t = leaf(round(100 * (y.data - error)) / 100, "t")
    e = named("e", y - t)
    loss = named("L", e**2)
    lr = draws.choice((0.1, 0.5))
    pre_activations, features = [unit.data for unit in a], [given.data for given in x]
    is_usual = max(pre_activations) > 0 and all(pre_activations) and t.data != 0
    if not is_usual or not are_unlike(pre_activations) or not are_unlike(features):
        return None
    parameters = [*weights[0], biases[0], *weights[1], biases[1], *v, c]
    if not is_nice(loss) or not all(is_short(node.data - lr * node.grad) for node in parameters):
        return None
    return Problem(
        title="One step of gradient descent in a small network",
        task="Two inputs, a hidden layer of two ReLU units, one linear output `y`, its target `t`, "
        "and the squared error as the loss. After the backward pass every weight and bias "
        f"moves against its gradient: `w - lr * dL/dw`, with the learning rate `lr = {lr:g}`."
        + RULES["relu"],
        root=loss,
        asked=(VALUES, GRADIENTS, UPDATES),
        parameters=tuple([node.label for node in parameters]),
        lr=lr,
    )


def softmax(draws: Draws) -> Problem | None:
    """Three logits ln a, ln b, ln c, whose exponentials have a round sum."""
    every = draws.choice((10, 20, 25, 40, 50, 100))
    first = 1 + draws.below(every - 2)
    second = 1 + draws.below(every - 2)
    third = every - first - second
    counts = (first, second, third)
    if third < 1 or max(counts) > 60 or not are_unlike(counts):
        return None
    right = draws.below(3)
    logits = [leaf(math.log(n), f"z{i}") for i, n in enumerate(counts, 1)]
    exponentials = [named(f"e{i}", exp(z)) for i, z in enumerate(logits, 1)]
    s = named("S", total(exponentials))
    p = named("p", exponentials[right] / s)
    q = named("q", ln(p))
    loss = named("L", -q)
    if not is_nice(loss, rounded=[*logits, q, loss]):
        return None
    return Problem(
        title="Softmax and cross-entropy",
        task=f"Of three classes, number {right + 1} is the right one, and `p` is its probability. "
        "The logits are logarithms: `exp(ln 2) = 2`. Write `q` and `L` as logarithms, or round "
        f"them to four digits. `e{right + 1}` reaches `L` over two paths: their contributions add "
        "up.",
        root=loss,
        asked=(VALUES, LOCALS, GRADIENTS),
        written=tuple((f"z{i}", f"ln {n}") for i, n in enumerate(counts, 1) if n > 1),
    )


TOPICS: dict[str, Callable[[Draws], Problem | None]] = {
    "relu-chain": relu_chain,
    "computation-graph": computation_graph,
    "mlp": mlp,
    "softmax": softmax,
}

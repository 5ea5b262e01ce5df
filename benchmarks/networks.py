"""The workloads, written once: the class of the values is a parameter, so that both sides of a
comparison execute the same Python and differ in their nodes alone.

The perceptron and its loss are those of micrograd's demo notebook, operator for operator. The
transformer is small, but has every part of a large one: embeddings of token and position, RMS
norm, causal attention in several heads, a feed-forward part, residual connections, and the
cross-entropy of the next token. `GRAPHS` holds graphs that are made to any size.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from random import Random
from typing import Any, TypeAlias

from autograd import Value, dot, maximum, total

# ---- a perceptron that tells two moons apart ----------------------------------------------------

REGULARISATION = 1e-4


def two_moons(count: int, noise: float = 0.1, seed: int = 1337) -> tuple[list[Any], list[int]]:
    """Points on two interleaving half circles, and the half that each belongs to: -1 or 1."""
    generator = Random(seed)
    points = []
    labels = []
    for index in range(count):
        angle = math.pi * generator.random()
        label = 2 * (index % 2) - 1
        x = math.cos(angle) if label < 0 else 1.0 - math.cos(angle)
        y = math.sin(angle) if label < 0 else 0.5 - math.sin(angle)
        points.append([x + generator.gauss(0.0, noise), y + generator.gauss(0.0, noise)])
        labels.append(label)
    return points, labels


class Neuron:
    """The weighted sum of its inputs plus a bias, in plain operators; then ReLU, if wanted."""

    def __init__(self, value: Any, fan_in: int, nonlinear: bool, generator: Random) -> None:
        self.w = [value(generator.uniform(-1, 1)) for _ in range(fan_in)]
        self.b = value(0)
        self.nonlinear = nonlinear

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neuron's output for one point."""
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)  # noqa: B905  # as in the notebook
        return act.relu() if self.nonlinear else act

    def parameters(self) -> list[Any]:
        """The weights, then the bias."""
        return [*self.w, self.b]


class DotNeuron(Neuron):
    """The same with the weighted sum as one node."""

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neuron's output for one point."""
        act = dot(self.w, x, bias=self.b)
        return act.relu() if self.nonlinear else act


class Layer:
    """Neurons side by side; a lone output is not wrapped in a list."""

    def __init__(self, neurons: list[Neuron]) -> None:
        self.neurons = neurons

    def __call__(self, x: Sequence[Any]) -> Any:
        """The outputs of all neurons for one point."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Any]:
        """Those of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """A multi-layer perceptron: ReLU in every layer but the last.

    Args:
        value: the class of its parameters.
        sizes: the number of inputs, then of neurons in each layer.
        neuron: how a neuron is written.
    """

    def __init__(
        self, value: Any, sizes: Sequence[int], neuron: type[Neuron] = Neuron, seed: int = 1337
    ) -> None:
        generator = Random(seed)
        last = len(sizes) - 2
        self.layers = [
            Layer([neuron(value, sizes[i], i != last, generator) for _ in range(sizes[i + 1])])
            for i in range(len(sizes) - 1)
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The score of one point."""
        out: Any = x
        for layer in self.layers:
            out = layer(out)
        return out

    def parameters(self) -> list[Any]:
        """Those of all layers."""
        return [p for layer in self.layers for p in layer.parameters()]


def max_margin_loss(value: Any, model: MLP, points: list[Any], labels: list[int]) -> Any:
    """Hinge loss and L2 regularisation, as micrograd's notebook writes them."""
    inputs = [list(map(value, point)) for point in points]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(labels, scores)]  # noqa: B905
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = REGULARISATION * sum(p * p for p in model.parameters())
    return data_loss + reg_loss


def max_margin_loss_with_dot(value: Any, model: MLP, points: list[Any], labels: list[int]) -> Any:
    """The same loss with `dot` and `total` for the two long sums."""
    inputs = [list(map(value, point)) for point in points]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(labels, scores)]  # noqa: B905
    parameters = model.parameters()
    data_loss = total(losses) * (1.0 / len(losses))
    reg_loss = REGULARISATION * dot(parameters, parameters)
    return data_loss + reg_loss


# ---- a character transformer --------------------------------------------------------------------

#: What is taken off scores before their exponentials, so that none of these is above 1.
Largest: TypeAlias = Callable[[list[Any]], Any]


def largest_number(scores: list[Any]) -> float:
    """The largest as a plain number, which the graph knows as a constant alone."""
    return float(max([score.data for score in scores]))


def largest_node(scores: list[Any]) -> Any:
    """The largest as a node, so that a recorded program finds it anew at each call."""
    return reduce(maximum, scores)


class Linear:
    """A matrix and a bias: one weighted sum an output."""

    def __init__(self, value: Any, fan_in: int, fan_out: int, generator: Random) -> None:
        deviation = 1.0 / math.sqrt(fan_in)
        self.weights = matrix(value, fan_out, fan_in, deviation, generator)
        self.biases = [value(0.0) for _ in range(fan_out)]

    def __call__(self, x: list[Any]) -> list[Any]:
        """The matrix times a vector, plus the biases."""
        return [
            sum((w * xi for w, xi in zip(row, x)), bias)  # noqa: B905
            for row, bias in zip(self.weights, self.biases)  # noqa: B905
        ]

    def parameters(self) -> list[Any]:
        """The matrix, row by row, then the biases."""
        return [*flatten(self.weights), *self.biases]


class Transformer:
    """One layer of a decoder-only transformer over characters.

    Args:
        value: the class of its parameters.
        vocabulary: the number of different characters.
        context: the longest text, in characters.
        width: the length of the vector that stands for a character.
        heads: the number of attention heads; divides width.
        largest: how it finds what softmax takes off.
    """

    def __init__(
        self,
        value: Any,
        vocabulary: int = 27,
        context: int = 16,
        width: int = 16,
        heads: int = 4,
        seed: int = 42,
        largest: Largest = largest_number,
    ) -> None:
        generator = Random(seed)
        self.width = width
        self.heads = heads
        self.largest = largest
        self.tokens = matrix(value, vocabulary, width, 0.5, generator)
        self.positions = matrix(value, context, width, 0.5, generator)
        self.query = Linear(value, width, width, generator)
        self.key = Linear(value, width, width, generator)
        self.value = Linear(value, width, width, generator)
        self.projection = Linear(value, width, width, generator)
        self.expand = Linear(value, width, 4 * width, generator)
        self.contract = Linear(value, 4 * width, width, generator)
        self.unembed = Linear(value, width, vocabulary, generator)

    def __call__(self, text: Sequence[int]) -> list[list[Any]]:
        """The logits of the character after each one of the text."""
        stream = [
            add(self.tokens[token], self.positions[position]) for position, token in enumerate(text)
        ]
        attended = self.attend([rms_norm(x) for x in stream])
        stream = [add(x, self.projection(y)) for x, y in zip(stream, attended, strict=True)]
        stream = [add(x, self.feed_forward(rms_norm(x))) for x in stream]
        return [self.unembed(rms_norm(x)) for x in stream]

    def attend(self, stream: list[list[Any]]) -> list[list[Any]]:
        """For each position, the values of it and the earlier ones, weighted by attention."""
        queries = [self.query(x) for x in stream]
        keys = [self.key(x) for x in stream]
        values = [self.value(x) for x in stream]
        size = self.width // self.heads
        attended: list[list[Any]] = [[] for _ in stream]
        for start in range(0, self.width, size):
            head = slice(start, start + size)
            for position, query in enumerate(queries):
                scores = [
                    product_sum(query[head], key[head]) * size**-0.5 for key in keys[: position + 1]
                ]
                weights = softmax(scores, self.largest)
                attended[position] += [
                    product_sum(weights, [value[i] for value in values[: position + 1]])
                    for i in range(start, start + size)
                ]
        return attended

    def feed_forward(self, x: list[Any]) -> list[Any]:
        """A hidden layer with ReLU, four times as wide, and back."""
        return self.contract([hidden.relu() for hidden in self.expand(x)])

    def parameters(self) -> list[Any]:
        """Embeddings, then the linear maps."""
        maps = (
            self.query,
            self.key,
            self.value,
            self.projection,
            self.expand,
            self.contract,
            self.unembed,
        )
        weights = [p for linear in maps for p in linear.parameters()]
        return [*flatten(self.tokens), *flatten(self.positions), *weights]


def next_character_loss(model: Transformer, text: Sequence[int]) -> Any:
    """The mean cross-entropy of each character of the text, given those before it."""
    losses = [
        cross_entropy(logits, target, model.largest)
        for logits, target in zip(model(text[:-1]), text[1:], strict=True)
    ]
    return plain_sum(losses) * (1.0 / len(losses))


def random_text(length: int, vocabulary: int = 27, seed: int = 7) -> list[int]:
    """Characters by number, drawn evenly."""
    generator = Random(seed)
    return [generator.randrange(vocabulary) for _ in range(length)]


def matrix(
    value: Any, rows: int, columns: int, deviation: float, generator: Random
) -> list[list[Any]]:
    """Values from a normal distribution around 0."""
    return [[value(generator.gauss(0.0, deviation)) for _ in range(columns)] for _ in range(rows)]


def flatten(rows: list[list[Any]]) -> list[Any]:
    """All entries, row by row."""
    return [entry for row in rows for entry in row]


def add(x: list[Any], y: list[Any]) -> list[Any]:
    """The sum of two vectors."""
    return [xi + yi for xi, yi in zip(x, y, strict=True)]


def plain_sum(terms: list[Any]) -> Any:
    """The sum in plain operators, without the 0 that `sum` starts with."""
    return sum(terms[1:], terms[0])


def product_sum(x: Sequence[Any], y: Sequence[Any]) -> Any:
    """The inner product of two vectors, in plain operators."""
    return plain_sum([xi * yi for xi, yi in zip(x, y, strict=True)])


def rms_norm(x: list[Any]) -> list[Any]:
    """The vector divided by the root of its mean square."""
    mean_square = product_sum(x, x) * (1.0 / len(x))
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def softmax(scores: list[Any], largest: Largest) -> list[Any]:
    """Positive weights that sum to 1."""
    shift = largest(scores)
    exponentials = [(score - shift).exp() for score in scores]
    denominator = plain_sum(exponentials)
    return [exponential / denominator for exponential in exponentials]


def cross_entropy(logits: list[Any], target: int, largest: Largest) -> Any:
    """-log softmax(logits)[target], as a difference of logarithms."""
    shift = largest(logits)
    denominator = plain_sum([(logit - shift).exp() for logit in logits])
    return denominator.log() - (logits[target] - shift)


# ---- graphs of any size -------------------------------------------------------------------------


@dataclass(frozen=True)
class PreparedGraph:
    """A graph to be built: everything that is no node (data, random choices) is drawn already."""

    build: Callable[[], Value]
    parameters: list[Value]
    nodes: int


def network_graph(size: int) -> PreparedGraph:
    """What training makes: the loss of a perceptron 2-8-1 over as many points as give the size.

    Inner nodes point at neighbours that were made just before, and at 33 parameters, whose
    number does not grow: only the count of nodes that point at each does.
    """
    model = MLP(Value, (2, 8, 1))
    parameters = model.parameters()
    nodes_a_point = 2 + 8 * (2 + 2 + 1) + (8 + 8) + 3 + 1  # inputs, hidden, output, hinge, sum
    points, labels = two_moons(max(1, (size - len(parameters)) // nodes_a_point))

    def build() -> Value:
        loss: Value = sum(hinge_losses(model, points, labels), Value(0.0))
        return loss

    return PreparedGraph(build, parameters, 1 + len(parameters) + nodes_a_point * len(points))


def hinge_losses(model: MLP, points: list[Any], labels: list[int]) -> Iterator[Value]:
    """One loss a point, made when it is asked for."""
    for point, label in zip(points, labels, strict=True):
        yield (1 + -label * model([Value(x) for x in point])).relu()


def scattered_graph(size: int) -> PreparedGraph:
    """The worst for a processor's cache: x = (x + an earlier x, chosen at random) * 0.5.

    It is one chain, as deep as half its nodes, and every second node points anywhere in memory.
    Since each x is a mean of earlier ones, no value or gradient explodes or dies out, which would
    change what the arithmetic costs.
    """
    generator = Random(size)
    links = size // 2
    start = Value(1.0)
    earlier = array("q", [int(generator.random() * (i + 1)) for i in range(links)])

    def build() -> Value:
        x = start
        made = [x]
        for index in earlier:
            x = (x + made[index]) * 0.5
            made.append(x)
        return x

    return PreparedGraph(build, [start], 1 + 2 * links)


GRAPHS: dict[str, Callable[[int], PreparedGraph]] = {
    "network": network_graph,
    "scattered": scattered_graph,
}

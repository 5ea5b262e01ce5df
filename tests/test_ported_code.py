"""Code in the manner of the small engines that people come from runs once its import is changed."""

import math
import random
from itertools import pairwise

import pytest

from autograd import Value


class Neuron:
    """As micrograd's: plain operators, Python's sum, relu as a method."""

    def __init__(self, nin, nonlin=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.relu() if self.nonlin else act

    def parameters(self):
        return [*self.w, self.b]


class Network:
    def __init__(self, sizes):
        self.layers = [
            [Neuron(nin, nonlin=i != len(sizes) - 2) for _ in range(nout)]
            for i, (nin, nout) in enumerate(pairwise(sizes))
        ]

    def __call__(self, x):
        for layer in self.layers:
            out = [neuron(x) for neuron in layer]
            x = out[0] if len(out) == 1 else out
        return x

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


def test_a_network_is_trained_as_in_micrograds_lecture():
    random.seed(1337)
    model = Network([3, 4, 4, 1])
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(60):
        predictions = [model(x) for x in xs]
        loss = sum((out - y) ** 2 for y, out in zip(ys, predictions, strict=True))
        for p in model.parameters():
            p.grad = 0
        loss.backward()
        for p in model.parameters():
            p.data -= 0.02 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.05 * losses[0]


def test_the_expression_of_micrograds_readme():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_a_language_models_step_as_in_microgpt():
    """Softmax, RMS norm and Adam on scalars: `.exp()`, `.log()`, `** -0.5`, `p.grad = 0`."""
    random.seed(42)
    vocabulary, width = 5, 4
    embedding = [[Value(random.gauss(0, 0.5)) for _ in range(width)] for _ in range(vocabulary)]
    head = [[Value(random.gauss(0, 0.5)) for _ in range(width)] for _ in range(vocabulary)]
    parameters = [p for row in embedding + head for p in row]

    def linear(x, w):
        return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]

    def softmax(logits):
        largest = max(value.data for value in logits)
        exponentials = [(value - largest).exp() for value in logits]
        denominator = sum(exponentials)
        return [e / denominator for e in exponentials]

    def rmsnorm(x):
        mean_square = sum(xi * xi for xi in x) / len(x)
        scale = (mean_square + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    text = [0, 3, 1, 4, 2, 0]
    m, v = [0.0] * len(parameters), [0.0] * len(parameters)
    losses = []
    for step in range(40):
        terms = []
        for here, after in pairwise(text):
            probabilities = softmax(linear(rmsnorm(embedding[here]), head))
            terms.append(-probabilities[after].log())
        loss = (1 / len(terms)) * sum(terms)
        loss.backward()
        for i, p in enumerate(parameters):
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            corrected = m[i] / (1 - 0.9 ** (step + 1))
            scale = math.sqrt(v[i] / (1 - 0.99 ** (step + 1))) + 1e-8
            p.data -= 0.1 * corrected / scale
            p.grad = 0
        losses.append(loss.data)
    assert losses[0] == pytest.approx(math.log(vocabulary), rel=0.5)
    assert losses[-1] < 0.05

"""IFT6135, assignment 1: backpropagation by matrices, convolutions, mixtures, cross-entropy, steps.

Q1. h = W1 x + b1, a = sigmoid(W2 h + b2), o = W3 a + b3: the gradients of all weights, what must
    be kept for the backward pass, ReLU's derivatives at 0, its second derivative, and swish.
Q2. Convolutions: a bias before batch normalisation, four claims about layers, the shapes and
    parameters of a network, the receptive field of another.
Q3. A mixture of logistic regressions is a network.
Q4. Binary cross-entropy is a likelihood, and the entropy plus the Kullback-Leibler divergence.
Q5. Gradient descent on y^2 + (y - x)^2 from (1, 1) with steps of 0.01, 0.1 and 10.

The worked answers are wrong in four places (in Q1.1, Q1.2, Q3 and Q4.2); each is found out below.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import nn
from autograd import (
    Value,
    check_answers,
    derivative,
    dot,
    grad,
    hessian,
    relu,
    sigmoid,
    summary,
    swish,
)
from autograd.answers import AnswersReport
from examples.naming import named
from examples.presenting import Chalkboard, run, written
from nn.arrays import flat
from nn.summary import Summary
from viz import plot_function, plot_history

Vector = list[float]
Matrix = list[list[float]]

# ---- Q1: three layers ---------------------------------------------------------------------------

#: n = 2 inputs, m = 2 units h, r = 3 units a, s = 2 outputs o; and the target y.
x, y = [1.0, -2.0], [0.5, 0.0]
W1, b1 = [[0.5, -0.25], [1.0, 0.75]], [0.1, 0.4]
W2, b2 = [[0.6, -0.8], [-0.4, 1.2], [0.3, 0.5]], [0.2, -0.3, 0.0]
W3, b3 = [[1.0, -0.5, 0.25], [0.8, 0.4, -1.2]], [0.1, 0.0]


def outputs() -> list[Value]:
    """Q1.1: the outputs o, each node named by its layer and its place: h1, h2, a1, ..."""
    inputs = named("x", x)
    h = layer("h", named("W1_", W1), inputs, named("b1_", b1))
    p = layer("p", named("W2_", W2), h, named("b2_", b2))
    a = [sigmoid(p_i) for p_i in p]
    for i, a_i in enumerate(a, 1):
        a_i.label = f"a{i}"
    return layer("o", named("W3_", W3), a, named("b3_", b3))


def layer(name: str, W: Any, inputs: list[Value], b: Any) -> list[Value]:
    """W z + b, one node a unit."""
    units = [dot(row, inputs, bias=b_i) for row, b_i in zip(W, b, strict=True)]
    for i, unit in enumerate(units, 1):
        unit.label = f"{name}{i}"
    return units


def loss() -> Value:
    """Q1.1: L = |o - y|^2 / 2."""
    L: Value = nn.HalfSquaredError()(outputs(), y)
    L.label = "L"
    return L


FORMULAS = """
  dL/dW3 = dL/do a^T           dL/db3 = dL/do         dL/da = W3^T dL/do
  dL/dW2 = (dL/da * a') h^T    dL/db2 = dL/da * a'    dL/dh = W2^T (dL/da * a')
  dL/dW1 = dL/dh x^T           dL/db1 = dL/dh

with the sigmoid's derivative a' = a (1 - a), elementwise; o - y is dL/do.
"""


def back_through_W3(dL_do: Vector, slope: Vector) -> Vector:
    """Q1.1: dL/da = W3^T dL/do."""
    return affine(transposed(W3), dL_do)


def back_through_W3_and_sigmoid(dL_do: Vector, slope: Vector) -> Vector:
    """Q1.1: the worked answer's dL/da = W3^T dL/do * a'. The step to h has the sigmoid's derivative
    a' in it too, which then comes in twice."""
    return times(affine(transposed(W3), dL_do), slope)


def gradients_by_matrices(
    dL_da: Callable[[Vector, Vector], Vector] = back_through_W3,
) -> dict[str, float]:
    """Q1.1: FORMULAS, from the last layer to the first, with one of the two for dL/da."""
    h = affine(W1, x, b1)
    a = [sigmoid(p_i) for p_i in affine(W2, h, b2)]
    slope = [a_i * (1 - a_i) for a_i in a]
    do = [o_i - y_i for o_i, y_i in zip(affine(W3, a, b3), y, strict=True)]
    da = dL_da(do, slope)
    dh = affine(transposed(W2), times(da, slope))
    db2 = times(back_through_W3(do, slope), slope)
    found: dict[str, Any] = {"a": da, "h": dh, "b1_": dh, "b2_": db2, "b3_": do}
    found |= {"W1_": outer(dh, x), "W2_": outer(db2, h), "W3_": outer(do, a)}
    nodes = [node for name, numbers in found.items() for node in flat(named(name, numbers))]
    return {node.label: node.data for node in nodes}


def affine(W: Matrix, z: Vector, b: Vector | None = None) -> Vector:
    """W z + b on plain numbers."""
    products = [dot(row, z) for row in W]
    return products if b is None else [p + b_i for p, b_i in zip(products, b, strict=True)]


def transposed(W: Matrix) -> Matrix:
    """W^T."""
    return [list(column) for column in zip(*W, strict=True)]


def times(us: Vector, vs: Vector) -> Vector:
    """u * v, elementwise."""
    return [u * v for u, v in zip(us, vs, strict=True)]


def outer(us: Vector, vs: Vector) -> Matrix:
    """u v^T."""
    return [[u * v for v in vs] for u in us]


def marked(gradients: dict[str, float]) -> AnswersReport:
    """Q1.1: gradients, written down with six digits, marked."""
    return check_answers(loss(), {name: written(number) for name, number in gradients.items()})


# ---- Q1: memory, kinks, swish -------------------------------------------------------------------


def kept() -> dict[str, list[str] | int]:
    """Q1.2: what the backward pass reads of the forward pass, besides x and the weights.

    With dL/do given it is h and a, 2 (m + r) bytes at two bytes a number; a loss that needs o adds
    2 s. The worked answer counts 2 (m + r + s) for a network without its loss.
    """
    of_network, of_loss = summary(outputs(), width=2), summary(loss(), width=2)
    return {
        "kept": [node.label for node in of_network.kept_intermediates],
        "bytes": of_network.intermediate_bytes,
        "bytes with a squared loss": of_loss.intermediate_bytes,
    }


def relu_at_zero() -> dict[str, float]:
    """Q1.3: the derivatives of ReLU at 0 from both sides, and the one that is used."""
    return {
        "left": derivative(relu, side="left")(0.0),
        "right": derivative(relu, side="right")(0.0),
        "used": derivative(relu)(0.0),
    }


def second_derivatives(places: Vector) -> list[Vector]:
    """Q1.4, Q1.6: x, relu''(x), swish''(x), swish'(x)."""
    return [
        [p, derivative(relu, order=2)(p), derivative(swish, order=2)(p), derivative(swish)(p)]
        for p in places
    ]


def swish_limits(places: Vector) -> list[Vector]:
    """Q1.5: x, then x sigmoid(beta x) for beta = 1e-9, 1 and 1e9, between x / 2 and relu(x)."""
    return [[p, *[swish(p, beta) for beta in (1e-9, 1.0, 1e9)]] for p in places]


# ---- Q2: convolutions ---------------------------------------------------------------------------


def bias_before_normalisation() -> dict[str, Any]:
    """Q2.1 (d): a convolution's output after batch normalisation, with two biases, and the gradient
    of that bias. Normalisation subtracts the mean, and the bias with it."""
    found: dict[str, Any] = {}
    image = [[0.0, 1.0, 3.0], [2.0, -1.0, 0.5], [1.0, 4.0, -2.0]]
    for bias in (0.0, 5.0):
        nn.manual_seed(0)
        convolution, normalisation = nn.Conv2d(1, 1, 2), nn.BatchNorm1d(1)
        nn.init.constant_(convolution.bias, bias)
        (channel,) = convolution([image])
        (out,) = normalisation([[flat(channel)]])[0]
        found[f"with bias {bias:g}"] = [number.data for number in out]
        nn.MSELoss()(out, [1.0, 0.0, 0.0, 0.0]).backward()
        found["dL/dbias"] = flat(convolution.bias)[0].grad
    return found


def parameters_of_convolutions() -> dict[str, tuple[int, int]]:
    """Q2.2 (a-c): how many weights and biases, by depth, filters, stride and padding."""
    layers = {
        "5 filters 4 x 4, depth 1": nn.Conv2d(1, 5, 4),
        "5 filters 4 x 4, depth 3": nn.Conv2d(3, 5, 4),
        "6 filters 4 x 4, depth 1": nn.Conv2d(1, 6, 4),
        "5 filters, stride 2": nn.Conv2d(1, 5, 4, stride=2),
        "5 filters, padding 2": nn.Conv2d(1, 5, 4, padding=2),
    }
    return {
        name: (len(flat(layer.weight)), len(flat(layer.bias))) for name, layer in layers.items()
    }


def pooled() -> dict[str, Any]:
    """Q2.2 (d): max pooling takes two channels to two channels, each by itself."""
    image = [[[1.0, 2.0], [4.0, 3.0]], [[10.0, 20.0], [0.0, 5.0]]]
    return {"image": image, "pooled": nn.MaxPool2d(2)(image)}


def convolutional_network() -> Summary:
    """Q2.3: Conv4-5-Pvalid-S2, Pool3, Conv3-5-Pvalid-S1, Pool2, FC5 on 64 x 64 x 1."""
    model = nn.Sequential(
        nn.Conv2d(1, 5, 4, stride=2),
        nn.MaxPool2d(3),
        nn.Conv2d(5, 5, 3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(5 * 4 * 4, 5),
    )
    return nn.summary(model, (1, 64, 64))


def receptive_field() -> Summary:
    """Q2.4: five layers of 5 x 5 with stride 1 and padding 2, 8 channels between them."""
    channels = [1, 8, 8, 8, 8, 1]
    layers = [nn.Conv2d(i, o, 5, padding=2) for i, o in pairwise(channels)]
    return nn.summary(nn.Sequential(*layers), (1, 32, 32))


# ---- Q3: a mixture as a network -----------------------------------------------------------------

PI = [0.5, 0.3, 0.2]
W = [[1.0, -2.0], [0.5, 1.5], [-3.0, 1.0]]


class Mixture(NamedTuple):
    """P(y = 1 | x) of K = 3 logistic regressions.

    Attributes:
        network: by a network: inputs x, hidden units sigmoid(w_k.x), one output with weights pi.
        sampled: the share of ones where first k is drawn, and then y.
        without_sigmoid: the worked answer's sum of pi_k (w_k.x), which is no probability.
    """

    network: float
    sampled: float
    without_sigmoid: float


def mixture(point: Vector, draws: int = 20_000) -> Mixture:
    """Q3: sum_k pi_k sigmoid(w_k.x) by a network, and by drawing."""
    model = nn.Sequential(nn.Linear(2, 3, bias=False), nn.Sigmoid(), nn.Linear(3, 1, bias=False))
    model.load_state_dict({"0.weight": W, "2.weight": [PI]})
    generator = random.Random(0)
    ones = 0
    for _ in range(draws):
        (w,) = generator.choices(W, PI)
        ones += generator.random() < sigmoid(dot(w, point))
    linear = sum([pi * dot(w, point) for pi, w in zip(PI, W, strict=True)])
    return Mixture(model(point)[0].data, ones / draws, linear)


# ---- Q4: cross-entropy --------------------------------------------------------------------------


def likelihood(xs: Vector) -> dict[str, float]:
    """Q4.1: at p = the mean of the labels, -ln of the likelihood, the sum of the cross-entropies,
    and its derivative by p: 0, so that p is the maximum likelihood estimate."""
    p = Value(sum(xs) / len(xs), label="p")
    entropies = nn.BCELoss(reduction="sum")([p] * len(xs), xs)
    entropies.backward()
    product = math.prod([p.data**x * (1 - p.data) ** (1 - x) for x in xs])
    return {"-ln likelihood": -math.log(product), "sum of ce": entropies.data, "d/dp": p.grad}


class CrossEntropy(NamedTuple):
    """Q4.2: ce(p, x), the entropy of x, and the divergence of p from x."""

    cross_entropy: float
    entropy: float
    divergence: float


def cross_entropy(p: float, x: float) -> CrossEntropy:
    """Q4.2: three numbers of which the first is the sum of the others, for 0 < x < 1."""
    target, guess = [x, 1 - x], [math.log(p), math.log(1 - p)]
    return CrossEntropy(
        nn.BCELoss()([Value(p)], [x]).data,
        -sum([share * math.log(share) for share in target]),
        nn.KLDivLoss(reduction="sum")([Value(g) for g in guess], target).data,
    )


# ---- Q5: gradient descent -----------------------------------------------------------------------

START = [1.0, 1.0]


def f(x: Any, y: Any) -> Any:
    """Q5: the function to be minimised."""
    return y**2 + (y - x) ** 2


def minimum() -> dict[str, Any]:
    """Q5.1: the gradient at (0, 0) is 0, and the Hessian is the same everywhere, with a positive
    determinant and diagonal: (0, 0) is the only minimum."""
    H = hessian(lambda v: f(*v))([0.0, 0.0])
    return {
        "gradient": grad(lambda v: f(*v))([0.0, 0.0]),
        "Hessian": H,
        "determinant": H[0][0] * H[1][1] - H[0][1] * H[1][0],
    }


def descent(step_size: float, steps: int = 1, momentum: float = 0.0) -> list[Vector]:
    """Q5.2, Q5.3: the points that gradient descent comes to, the start included."""
    x, y = (Value(number, label=name) for name, number in zip("xy", START, strict=True))
    optimizer = nn.optim.SGD([x, y], lr=step_size, momentum=momentum)
    way = [[x.data, y.data]]
    for _ in range(steps):
        optimizer.zero_grad()
        f(x, y).backward()
        optimizer.step()
        way.append([x.data, y.data])
    return way


def distance(point: Vector) -> float:
    """Q5.2: how far a point is from the minimum at (0, 0)."""
    return math.hypot(*point)


def runs(steps: int = 40) -> dict[str, list[dict[str, float]]]:
    """Q5.3: f along the way, with small steps, with fitting ones, and with momentum."""
    ways = {
        "step 0.01": descent(0.01, steps),
        "step 0.1": descent(0.1, steps),
        "step 0.01, momentum 0.9": descent(0.01, steps, momentum=0.9),
    }
    return {name: [{"train_loss": f(*point)} for point in way] for name, way in ways.items()}


# ---- on the board -------------------------------------------------------------------------------


def show_three_layers(board: Chalkboard) -> None:
    """Q1."""
    board.heading("Q1.1  Three layers: the gradients by matrices, marked")
    board.write(FORMULAS.strip("\n"))
    report = marked(gradients_by_matrices())
    board.say(f"Of all {len(report.rows)} numbers: {report.outcome}.")
    board.say("Now with dL/da = W3^T dL/do * a', as in the worked answer:")
    report = marked(gradients_by_matrices(back_through_W3_and_sigmoid))
    board.rows(
        ["answer for", "given", "right", "given / right"],
        [[row.key, row.given, row.right, row.given / row.right] for row in report.rows if not row],
    )
    board.say(
        """dL/da is too small by a' = a (1 - a), and what follows from it, dL/dh, dL/db1 and dL/dW1,
        has that factor twice. b2, W2, b3 and W3 are right, but for the transposes that the worked
        answer leaves out. It also writes dL/dW1 without do/da. Right is dL/da = W3^T dL/do."""
    )
    board.heading("Q1.2  What must be kept, at two bytes a number (m = 2, r = 3, s = 2)")
    board.numbers(kept())
    board.say(
        """h and a: 2 (m + r) bytes, for dL/do comes with the backward pass. The worked answer adds
        2 s for it; that is right only where the loss itself needs o, as a squared one does."""
    )
    board.heading("Q1.3  ReLU's derivatives at 0")
    board.numbers(relu_at_zero())
    board.heading("Q1.4, Q1.6  Second derivatives; ReLU or swish?")
    board.rows(
        ["x", "relu''(x)", "swish''(x)", "swish'(x)"],
        second_derivatives([-3.0, -1.5, -0.5, 0.5, 1.5, 3.0]),
    )
    board.say(
        """ReLU's second derivative is 0 wherever there is one, so a network differentiated twice
        says nothing; swish has one everywhere. But swish falls where its first derivative is
        negative, and ReLU is monotone."""
    )
    board.heading("Q1.5  Swish for beta near 0 and near infinity")
    board.rows(
        ["x", "beta = 1e-9", "beta = 1", "beta = 1e9"], swish_limits([-2.0, -1.0, 0.0, 1.0, 2.0])
    )
    board.say("On the left x / 2, on the right relu(x).")
    board.plot("ift6135_swish", plot_function, "swish")


def show_convolutions(board: Chalkboard) -> None:
    """Q2."""
    board.heading("Q2.1 (d)  A bias before batch normalisation")
    board.numbers(bias_before_normalisation())
    board.say("It has no effect, and so no gradient.")
    board.heading("Q2.2  True or false?")
    board.rows(
        ["convolution", "weights", "biases"],
        [[name, *counts] for name, counts in parameters_of_convolutions().items()],
    )
    board.say(
        """(a) The weights depend on the input's depth: true. (b) As many biases as filters: true.
        (c) The parameters depend on stride and padding: false. (d) Max pooling works on height and
        width alone: true, each channel is pooled by itself."""
    )
    board.numbers(pooled())
    board.heading("Q2.3  Shapes and parameters")
    board.write(convolutional_network())
    board.heading("Q2.4  The receptive field of five 5 x 5 layers")
    board.write(receptive_field())


def show_probabilities(board: Chalkboard) -> None:
    """Q3 and Q4."""
    board.heading("Q3  A mixture of logistic regressions is a network")
    board.say(
        """P(y = 1 | x) = sum_k pi_k sigmoid(w_k.x): inputs x, K hidden sigmoid units with the
        weights w_k and no bias, one linear output with the weights pi_k. The worked answer's hidden
        units are w_k.x, without the sigmoid."""
    )
    board.numbers({"pi": PI, "W": W})
    points = [[1.0, 0.5], [-2.0, 1.0], [0.0, 0.0], [2.0, 2.0]]
    board.rows(
        ["x", "network", "20000 draws", "no sigmoid"],
        [[point, *mixture(point)] for point in points],
    )
    board.heading("Q4.1  Binary cross-entropy is -ln of a likelihood")
    board.say("For the labels 1, 1, 0, 1, 0, 0, 1, 1 and p = 5/8, their mean:")
    board.numbers(likelihood([1, 1, 0, 1, 0, 0, 1, 1]))
    board.say(
        "The likelihood of x is p^x (1 - p)^(1 - x). At the mean d/dp is 0, but for rounding."
    )
    board.heading("Q4.2  Cross-entropy = entropy + divergence")
    rows = []
    for p, target in ((0.6, 0.3), (0.5, 0.3), (0.3, 0.3), (0.9, 0.8)):
        found = cross_entropy(p, target)
        rows.append([p, target, *found, found.entropy + found.divergence])
    board.rows(["p", "x", "ce(p, x)", "H(x)", "KL(x || p)", "H + KL"], rows)
    board.say(
        """The worked answer takes x ln x + (1 - x) ln(1 - x) for the entropy; that is negative, and
        the entropy is not: H = -x ln x - (1 - x) ln(1 - x). So ce is the sum of H and KL and not
        their difference, and at p = x it is H."""
    )


def show_descent(board: Chalkboard) -> None:
    """Q5."""
    board.heading("Q5.1  The minimum of y^2 + (y - x)^2")
    board.numbers(minimum())
    board.say("The gradient is 0 at (0, 0), and f curves upwards in all directions.")
    board.heading("Q5.2  One step from (1, 1)")
    rows = []
    for step_size in (0.01, 0.1, 10.0):
        _, point = descent(step_size)
        rows.append([step_size, point, f"{distance(point):.6f}"])
    board.rows(["step size", "(x1, y1)", "distance from (0, 0)"], rows)
    board.heading("Q5.3  Many steps, momentum, early stopping")
    rows = [
        [step_size, momentum, *[distance(descent(step_size, n, momentum)[-1]) for n in (1, 10, 40)]]
        for step_size, momentum in ((0.01, 0.0), (0.1, 0.0), (10.0, 0.0), (0.01, 0.9))
    ]
    board.rows(["step size", "momentum", "after 1 step", "10 steps", "40 steps"], rows)
    board.say(
        """Short steps are slow, long ones diverge; momentum gathers speed along the valley. A run
        with early stopping is in examples/boulder_ps2.py, problem 2 (a)."""
    )
    board.plot("ift6135_descent", plot_history, runs())


def main(board: Chalkboard) -> None:
    """The questions one after the other."""
    show_three_layers(board)
    show_convolutions(board)
    show_probabilities(board)
    show_descent(board)


if __name__ == "__main__":
    run(main)

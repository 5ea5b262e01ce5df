"""CSE517A, homework 4: derivatives of vectors, a network by hand, softmax, ReLU, gradient checks.

P1. dy/dx of a number by a vector, of a vector by a number, and of a vector by a vector.
P3. One forward and one backward pass for x = 2, y = 1 and the squared loss: every a and z, then
    every delta and the updates of W and b. The homework's network is not known here: it is read
    from a file (--network), and is 1-2-1 with ReLU otherwise.
P4. A network for several classes: softmax outputs, the prediction, the cross-entropy, the update
    of the last layer's weights, and delta of the layer before.
P5. ReLU and its derivative; vanishing gradients; dying units, and a cure.
P6. Gradient checks: x^3 at 2 with eps = 0.001; then every w and b of a network.

A layer computes a = W z + b from the z of the layer before, and z = g(a); delta is dL/da.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nn
from autograd import (
    Value,
    check_answers,
    derivative,
    dot,
    grad,
    gradcheck,
    jacobian,
    ln,
    numerical_gradient,
    relu,
    softmax,
    summary,
    tanh,
)
from autograd.answers import AnswersReport
from autograd.check import GradientReport
from examples.naming import named
from examples.presenting import BadOption, Chalkboard, Options, number, run, written
from nn.diagnose import Diagnosis
from nn.worksheet import Worksheet
from viz import plot_function

Vector = list[float]
Matrix = list[list[float]]

# ---- P1: derivatives of and by vectors ----------------------------------------------------------


def derivatives_of_vectors() -> dict[str, Any]:
    """P1: the three kinds at x = (1, 2, 3), or x = 2; rows are outputs, columns inputs."""
    x = [1.0, 2.0, 3.0]

    def number_of_vector(x: Any) -> Any:
        return x[0] * x[1] + x[2] ** 2

    def vector_of_number(x: Any) -> Any:
        return [x**2, 3 * x]

    def vector_of_vector(x: Any) -> Any:
        return [x[0] * x[1], x[1] * x[2]]

    return {
        "dy/dx, y = x1 x2 + x3^2": jacobian(number_of_vector)(x),
        "dy/dx, y = (x^2, 3 x)": jacobian(vector_of_number)(2.0),
        "dy/dx, y = (x1 x2, x2 x3)": jacobian(vector_of_vector)(x),
        "its transpose (inputs by row)": jacobian(vector_of_vector, layout="denominator")(x),
    }


# ---- P3: a network by hand ----------------------------------------------------------------------

#: One entry a layer: its weights, a unit a row; its biases; its activation.
NETWORK = [
    {"W": [[1.0], [0.5]], "b": [-1.0, 0.5], "g": "relu"},
    {"W": [[1.0, -2.0]], "b": [0.5], "g": "identity"},
]

#: The most nodes of a picture that is easy to read.
READABLE = 60

ACTIVATIONS = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


def network(layers: list[dict[str, Any]]) -> nn.Sequential:
    """P3: layers as data made a network.

    Raises:
        ValueError: if they are no layers.
    """
    if not layers:
        raise ValueError("there are no layers in it")
    modules: list[nn.Module] = []
    for place, layer in enumerate(layers, 1):
        try:
            weight, bias, activation = layer["W"], layer["b"], ACTIVATIONS[layer["g"]]
            linear = nn.Linear(len(weight[0]), len(weight))
            linear.load_state_dict({"weight": weight, "bias": bias})
        except (KeyError, TypeError, IndexError, ValueError):
            raise ValueError(
                f'layer {place} must be like {{"W": [[1, 2], [3, 4]], "b": [0, 1], "g": "relu"}}: '
                f"a row of W and an entry of b for each unit, and g among {', '.join(ACTIVATIONS)}"
            ) from None
        modules += [linear, activation()]
    return nn.Sequential(*modules)


def forward_and_backward(
    layers: list[dict[str, Any]], x: Vector, y: Vector, learning_rate: float = 0.1
) -> Worksheet:
    """P3: a and z of every layer, delta, dL/dW, dL/db, and W and b after a step.

    The loss is (z - y)^2 / 2, so that delta of a linear output is z - y.

    Raises:
        ValueError: if the layers are no network, or x or y do not fit it.
    """
    return nn.worksheet(network(layers), x, y, nn.HalfSquaredError(), learning_rate)


def loss_graph(layers: list[dict[str, Any]], x: Vector, y: Vector) -> Value:
    """P3: the same as a graph, gradients and all."""
    model = network(layers)
    for place in range(1, len(layers) + 1):
        linear = model[2 * place - 2]
        for j, (row, b) in enumerate(zip(linear.weight, linear.bias, strict=True), 1):
            b.label = f"b{place}_{j}"
            for i, w in enumerate(row, 1):
                w.label = f"W{place}_{j}{i}"
    with nn.scopes():
        loss: Value = nn.HalfSquaredError()(model(named("x", x)), y)
    loss.label = "L"
    loss.backward()
    return loss


# ---- P4: several classes ------------------------------------------------------------------------


class Classes(NamedTuple):
    """P4: a network for three classes and one sample of class y, worked out.

    Attributes:
        z: the outputs z(L) = softmax(a(L)): one probability a class.
        prediction: the class of the greatest one.
        loss: the cross-entropy, -ln z_y(L).
        delta: dL/da(L), by the chain rule.
        z_minus_y: what it should be.
        d_weight: dL/dW(L), by the chain rule.
        delta_z: what it should be: delta_i(L) z_j(L-1).
        delta_before: dL/da(L-1), by the chain rule.
        back_through_w: what it should be: g'(a_j) sum_k delta_k w_kj.
    """

    z: Vector
    prediction: int
    loss: float
    delta: Vector
    z_minus_y: Vector
    d_weight: Matrix
    delta_z: Matrix
    delta_before: Vector
    back_through_w: Vector


def several_classes(y: int = 1) -> Classes:
    """P4: 4 inputs, two layers of 4 tanh units, 3 softmax outputs; weights at random."""
    nn.manual_seed(4)
    first, second, last = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 3)
    z1 = nn.Tanh()(first([0.5, -1.0, 1.5, 0.0]))
    a2 = second(z1)
    z2 = nn.Tanh()(a2)
    a3 = last(z2)
    z3 = softmax(a3)
    loss = -ln(z3[y])
    loss.backward()

    z = [z_i.data for z_i in z3]
    delta = [a_i.grad for a_i in a3]
    back = [
        (1 - z_j.data**2) * sum([delta[k] * last.weight[k][j].data for k in range(3)])
        for j, z_j in enumerate(z2)
    ]
    return Classes(
        z=z,
        prediction=z.index(max(z)),
        loss=loss.data,
        delta=delta,
        z_minus_y=[z_i - (i == y) for i, z_i in enumerate(z)],
        d_weight=[[w.grad for w in row] for row in last.weight],
        delta_z=[[delta_i * z_j.data for z_j in z2] for delta_i in delta],
        delta_before=[a_j.grad for a_j in a2],
        back_through_w=back,
    )


# ---- P5: activations ----------------------------------------------------------------------------


def relu_at(places: Vector) -> list[Vector]:
    """P5 (a): relu and its derivative at some places; relu'(0) is taken to be 0."""
    return [[x, relu(x), derivative(relu)(x)] for x in places]


def gradients_by_layer(depth: int = 8) -> dict[str, list[float | None]]:
    """P5 (b): the size of dL/dW in each of many layers, with sigmoids and with ReLU.

    A sigmoid's derivative is 1/4 at most, so each layer takes three quarters or more away; that of
    ReLU is 1 wherever a unit is on.
    """
    sizes: dict[str, list[float | None]] = {}
    for activation in (nn.Sigmoid, nn.ReLU):
        nn.manual_seed(0)
        layers: list[nn.Module] = []
        for _ in range(depth):
            linear = nn.Linear(8, 8)
            nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
            layers += [linear, activation()]
        model = nn.Sequential(*layers)
        points = [([(-1.0) ** (i * j) * j / 8 for j in range(8)], [0.5] * 8) for i in range(4)]
        seen = nn.diagnose(model, points, nn.MSELoss()).layers
        sizes[activation.__name__] = [
            layer.gradient for layer in seen if layer.gradient is not None
        ]
    return sizes


#: Four points of y = x^2.
PARABOLA = [([x], [x**2]) for x in (0.25, 0.5, 0.75, 1.0)]


class Dying(NamedTuple):
    """P5 (c, d): what becomes of hidden units after one step that was too long.

    Attributes:
        before, after: the network before and after that step.
        loss: the loss after 500 usual steps from there, with each activation.
    """

    before: Diagnosis
    after: Diagnosis
    loss: dict[str, float]


def dying_units() -> Dying:
    """P5 (c, d): ReLU units that are off for every sample get no gradient and never come back;
    leaky ones, from the same weights, have a slope there and do."""
    loss_of = nn.MSELoss()

    def model_with(activation: nn.Module) -> nn.Sequential:
        return nn.Sequential(nn.Linear(1, 4), activation, nn.Linear(4, 1))

    def descend(model: nn.Sequential, steps: int, learning_rate: float) -> float:
        optimizer = nn.optim.SGD(model.parameters(), lr=learning_rate)
        nn.fit(model, PARABOLA, loss_of, optimizer, steps, batch_size=4, progress=False)
        return nn.evaluate(model, PARABOLA, loss_of)[0]

    nn.manual_seed(67)
    model = model_with(nn.ReLU())
    before = nn.diagnose(model, PARABOLA, loss_of)
    descend(model, steps=1, learning_rate=2.0)
    after = nn.diagnose(model, PARABOLA, loss_of)
    losses = {}
    for activation in (nn.ReLU(), nn.LeakyReLU(0.1)):
        again = model_with(activation)
        again.load_state_dict(model.state_dict())
        losses[type(activation).__name__] = descend(again, steps=500, learning_rate=0.2)
    return Dying(before, after, losses)


# ---- P6: gradient checks ------------------------------------------------------------------------


def cube(x: Any) -> Any:
    """P6 (a): f(x) = x^3."""
    return x**3


def cube_at_two(eps: float = 0.001) -> dict[str, float]:
    """P6 (a): f'(2) by rule, and by (f(x + eps) - f(x - eps)) / (2 eps)."""
    return {"analytic": grad(cube)(2.0), "numerical": numerical_gradient(cube, 2.0, eps=eps)}


#: P6 (b): a network 2-2-1 with tanh, and one sample.
PARAMETERS: dict[str, Any] = {
    "W1": [[0.5, -0.3], [0.8, 0.2]],
    "b1": [0.1, -0.1],
    "W2": [0.7, -0.6],
    "b2": 0.2,
}
X, Y = [1.0, -2.0], 0.5


def network_loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """P6 (b): (z2 - y)^2 / 2 as a function of all weights and biases."""
    z1 = [tanh(dot(row, X, bias=b)) for row, b in zip(W1, b1, strict=True)]
    return (dot(W2, z1, bias=b2) - Y) ** 2 / 2


def network_check() -> GradientReport:
    """P6 (b): each of the nine, one at a time: (L(w + eps) - L(w - eps)) / (2 eps)."""
    return gradcheck(network_loss, PARAMETERS)


def slope_at_output(a: float, z: float) -> float:
    """P6 (b): the derivative of z = tanh(a), 1 - z^2."""
    return 1 - z**2


def slope_at_input(a: float, z: float) -> float:
    """P6 (b): a common slip: a in the place of z."""
    return 1 - a**2


def gradient_by_hand(
    slope: Callable[[float, float], float] = slope_at_output,
) -> dict[str, float]:
    """P6 (b): backpropagation through the same network, written out."""
    W1, b1, W2, b2 = PARAMETERS.values()
    a1 = [dot(row, X, bias=b) for row, b in zip(W1, b1, strict=True)]
    z1 = [tanh(a) for a in a1]
    delta2 = dot(W2, z1, bias=b2) - Y
    gradients = {"b2": delta2}
    for j, (a, z) in enumerate(zip(a1, z1, strict=True)):
        delta1 = delta2 * W2[j] * slope(a, z)
        gradients |= {f"W2_{j + 1}": delta2 * z, f"b1_{j + 1}": delta1}
        gradients |= {f"W1_{j + 1}{i}": delta1 * x for i, x in enumerate(X, 1)}
    return gradients


def marked(gradient: dict[str, float]) -> AnswersReport:
    """P6 (b): a gradient by hand, written down with six digits, marked."""
    W1, b1 = named("W1_", PARAMETERS["W1"]), named("b1_", PARAMETERS["b1"])
    W2, b2 = named("W2_", PARAMETERS["W2"]), named("b2", PARAMETERS["b2"])
    loss = network_loss(W1, b1, W2, b2)
    loss.label = "L"
    return check_answers(loss, {name: written(x) for name, x in gradient.items()})


# ---- options ------------------------------------------------------------------------------------


def layers_from(path: str) -> list[dict[str, Any]]:
    """The layers of a network from a JSON file, for argparse.

    Raises:
        argparse.ArgumentTypeError: if there is no such file, or no list of layers in it.
    """
    try:
        layers = json.loads(Path(path).read_text(encoding="utf-8"))
        network(layers)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{path} is no network: {error}") from None
    return layers  # type: ignore[no-any-return]


def add_options(parser: Options) -> None:
    """The network, the inputs and the targets of P3."""
    parser.add_argument(
        "--network",
        metavar="FILE",
        type=layers_from,
        default=NETWORK,
        help='of P3, as JSON: [{"W": [[1], [0.5]], "b": [-1, 0.5], "g": "relu"}, ...], a row of W '
        f"a unit; g is among {', '.join(ACTIVATIONS)}",
    )
    parser.add_argument("--x", type=number, nargs="+", default=[2.0], help="its inputs (2)")
    parser.add_argument("--y", type=number, nargs="+", default=[1.0], help="its targets (1)")
    parser.add_argument("--lr", type=number, default=0.1, help="its learning rate (0.1)")


# ---- on the board -------------------------------------------------------------------------------


def asked_for(options: argparse.Namespace) -> Worksheet:
    """P3 with the user's network and numbers.

    Raises:
        BadOption: if they do not fit together.
    """
    try:
        return forward_and_backward(options.network, options.x, options.y, options.lr)
    except (ValueError, ArithmeticError) as error:
        raise BadOption(str(error)) from None


def show_network(board: Chalkboard, sheet: Worksheet) -> None:
    """P3."""
    layers = board.options.network
    board.heading("P3  One forward and one backward pass")
    board.say("The network, a layer a line; the loss is half the squared difference:")
    board.rows(["W", "b", "g"], [[layer["W"], layer["b"], layer["g"]] for layer in layers])
    board.say("w12 is the weight from input 2 to unit 1, delta = dL/da, gradient = dL/dw:")
    board.write(sheet)
    board.say("The updates, -lr times the gradients:")
    updates: dict[str, Any] = {}
    for place, layer in enumerate(sheet.layers, 1):
        updates[f"dW({place})"] = [[-sheet.lr * w for w in row] for row in layer.d_weight]
        updates[f"db({place})"] = [-sheet.lr * b for b in layer.d_bias]
    board.numbers(updates)
    graph = loss_graph(layers, board.options.x, board.options.y)
    if summary(graph).nodes <= READABLE:
        board.picture("cse517a_network", graph)


def show_classes(board: Chalkboard) -> None:
    """P4."""
    y = 1
    found = several_classes(y)
    board.heading("P4  Several classes")
    board.say(
        """(a) As many classes as outputs. With softmax, z_i = exp(a_i) / sum_k exp(a_k), all are
        positive and add up to 1, so z(L) is a vector of probabilities. (b) z(l) = g(W z(l-1) + b);
        the prediction is the class of the greatest output:"""
    )
    board.numbers(
        {"z(L)": found.z, "their sum": sum(found.z), "prediction": found.prediction, "y": y}
    )
    board.say(
        """(c) Of the cross-entropy -sum_i y_i ln z_i only the true class is left, -ln z_y; it falls
        from infinity at 0 to 0 at 1:"""
    )
    board.numbers({"-ln z_y": found.loss})
    board.plot("cse517a_cross_entropy", plot_function, "-ln(z)", interval=(0.02, 1.0))
    board.say(
        """(d) dz_y/da_i = z_y ((1 if i = y else 0) - z_i), and -1 / z_y cancels the z_y: delta_i =
        z_i - y_i. So dL/dw_ij = (z_i - y_i) z_j(L-1), and a step takes lr times that from w_ij:"""
    )
    board.rows(
        ["class i", "dL/da_i", "z_i - y_i", "dL/dw_i1", "delta_i z_1"],
        [
            [i, found.delta[i], found.z_minus_y[i], found.d_weight[i][0], found.delta_z[i][0]]
            for i in range(3)
        ],
    )
    board.say("(e) delta_j(L-1) = g'(a_j) sum_k delta_k w_kj:")
    rows = zip(found.delta_before, found.back_through_w, strict=True)
    board.rows(
        ["unit j", "dL/da_j", "g'(a_j) sum_k delta_k w_kj"],
        [[j, *numbers] for j, numbers in enumerate(rows, 1)],
    )


def show_activations(board: Chalkboard) -> None:
    """P5."""
    board.heading("P5 (a)  ReLU and its derivative")
    board.rows(["x", "relu(x)", "relu'(x)"], relu_at([-2.0, -1.0, 0.0, 1.0, 2.0]))
    board.say("At 0 the slope is 0 on the left and 1 on the right; 0 is what is used.")
    board.plot("cse517a_relu", plot_function, "relu", interval=(-3.0, 3.0))

    board.heading("P5 (b)  Vanishing gradients")
    sizes = gradients_by_layer()
    board.say("The root mean square of dL/dW in each of eight layers:")
    columns = zip(*sizes.values(), strict=True)
    board.rows(["layer", *sizes], [[i, *numbers] for i, numbers in enumerate(columns, 1)])
    board.say(
        """On the way back each layer multiplies by W and by g'. A sigmoid's g' is 1/4 at most, so
        the gradient shrinks at every layer; that of a ReLU is 1 where the unit is on."""
    )

    board.heading("P5 (c)  Dying units")
    dying = dying_units()
    board.say("A dead unit is off for every sample: its derivative is 0, so nothing moves it.")
    board.say("Before one step of gradient descent with a learning rate of 2:")
    board.write(dying.before)
    board.say("After it:")
    board.write(dying.after)

    board.heading("P5 (d)  A cure")
    board.say("The loss after 500 usual steps from there, with ReLU and with leaky ReLU:")
    board.numbers(dying.loss)
    board.say(
        """The slope of a leaky ReLU below 0 lets the gradient through, so its units come back. With
        ReLU only the last bias still learns: the loss is the variance of the targets."""
    )


def main(board: Chalkboard) -> None:
    """The problems one after the other."""
    sheet = asked_for(board.options)
    board.heading("P1  Derivatives of vectors and by vectors")
    board.say("At x = (1, 2, 3), or x = 2. A row an output, a column an input (numerator layout):")
    board.numbers(derivatives_of_vectors())
    show_network(board, sheet)
    show_classes(board)
    show_activations(board)
    board.heading("P6 (a)  The derivative of x^3 at 2")
    board.rows(["way", "f'(2)"], [[way, f"{x:.9g}"] for way, x in cube_at_two().items()])
    board.say("The difference is eps^2 = 0.000001: (x + e)^3 - (x - e)^3 = 6 x^2 e + 2 e^3.")
    board.heading("P6 (b)  Every weight and bias of a network")
    board.say(
        "(L(w + eps) - L(w - eps)) / (2 eps), one parameter at a time, the others as they are:"
    )
    board.write(network_check())
    board.say("Backpropagation written out by hand, marked:")
    board.marks(marked(gradient_by_hand()))
    board.say("The same with 1 - a^2 in the place of 1 - z^2 for the slope of tanh:")
    board.marks(marked(gradient_by_hand(slope_at_input)))


if __name__ == "__main__":
    run(main, add_options)

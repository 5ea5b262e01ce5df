"""CU Boulder, problem set 2: two computational graphs by hand; parameters, and learning curves.

1. What is a parameter, and what a hyper-parameter? The first are changed by training, the second
   chosen by hand, from what they lead to on validation data.
2. Over- and underfitting, seen from the curves of training and validation.
3. Forward, the binary cross-entropy, and the gradient of every parameter, hidden node and input:
   (a) two leaky-ReLU units (slope 0.1 below 0, and 1 at 0) and a sigmoid output, W1 = [1, -1],
       B1 = 0, W2 = [-1, 0.5], B2 = 0.5, W3 = [1, 1], B3 = -1, label 0;
   (b) a graph of five hidden nodes, W1 = 1.5, B1 = 1, W2 = -3, label 1.
4. tanh(x) = 2 sigmoid(2x) - 1; both graphs with a tanh output and (1/2)(Y - t)^2.

The homework's figures are not known here. The inputs of (a) are options (--x), and the wiring of
(b) is written down by the user (--wiring, --values); without them stated ones are used.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import nn
from autograd import (
    Value,
    derivative,
    dot,
    leaky_relu,
    leaves,
    ln,
    parse,
    sigmoid,
    tanh,
    topological_order,
)
from examples.naming import named
from examples.presenting import BadOption, Chalkboard, Options, number, run
from viz import plot_history

# ---- 1: parameters and hyper-parameters ---------------------------------------------------------


def changed_by_training() -> dict[str, bool]:
    """1 (b): for each item, whether a training run changes it. Those are the parameters."""
    model = classifier(width=4)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    batch_size = 8

    def state() -> dict[str, Any]:
        return {
            "a weight matrix W": [[w.data for w in row] for row in model[0].weight],
            "the learning rate": optimizer.param_groups[0]["lr"],
            "a bias term b": [b.data for b in model[0].bias],
            "the minibatch size": batch_size,
            "the activation function": repr(model[1]),
            "the optimizer": type(optimizer).__name__,
        }

    before = state()
    nn.fit(model, TRAIN, nn.CrossEntropyLoss(), optimizer, 1, batch_size, progress=False)
    return {item: was != state()[item] for item, was in before.items()}


# ---- 2: over- and underfitting ------------------------------------------------------------------

TRAIN = nn.data.moons(24, noise=0.45, seed=1)
DEV = nn.data.moons(60, noise=0.45, seed=2)


def classifier(width: int) -> nn.Sequential:
    """2 inputs, two hidden layers, 2 classes."""
    nn.manual_seed(0)
    return nn.Sequential(
        nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2)
    )


def trained(
    make_optimizer: Callable[..., nn.optim.Optimizer], epochs: int = 30, **options: Any
) -> nn.History:
    """A run on few and noisy points; its record."""
    model = classifier(width=12)
    optimizer = make_optimizer(model.parameters())
    return nn.fit(
        model,
        TRAIN,
        nn.CrossEntropyLoss(),
        optimizer,
        epochs,
        batch_size=8,
        validation=DEV,
        progress=False,
        **options,
    )


def overfitting() -> dict[str, nn.History]:
    """2 (a): a run that overfits, and the same with weight decay, and with early stopping."""
    return {
        "overfitting": trained(lambda weights: nn.optim.Adam(weights, lr=0.05)),
        "weight decay": trained(lambda weights: nn.optim.AdamW(weights, lr=0.05, weight_decay=1.0)),
        "early stopping": trained(lambda weights: nn.optim.Adam(weights, lr=0.05), patience=5),
    }


def underfitting() -> dict[str, nn.History]:
    """2 (b): a run that underfits, and the same with ten times the learning rate."""
    return {
        "underfitting": trained(lambda weights: nn.optim.SGD(weights, lr=0.01)),
        "larger steps": trained(lambda weights: nn.optim.SGD(weights, lr=0.1)),
    }


# ---- 3: two graphs ------------------------------------------------------------------------------


def cross_entropy(Y: Value, t: float) -> Any:
    """3: -t ln Y - (1 - t) ln(1 - Y), of which one term is left for t = 0 and t = 1."""
    return -ln(Y) if t == 1 else -ln(1 - Y)


def half_squared_error(Y: Value, t: float) -> Any:
    """4: (Y - t)^2 / 2."""
    return 0.5 * (Y - t) ** 2


class Output(NamedTuple):
    """How a graph ends: its activation, and the loss of Y for a label t."""

    activation: Callable[[Any], Any]
    loss: Callable[[Value, float], Any]


SIGMOID = Output(sigmoid, cross_entropy)
TANH = Output(tanh, half_squared_error)


def standard_network(X1: float, X2: float, output: Output = SIGMOID, t: float = 0) -> Value:
    """3 (a): the loss of the network, as a graph in the homework's names."""
    X = named("X", [X1, X2])
    W1, B1 = named("W1_", [1.0, -1.0]), named("B1", 0.0)
    W2, B2 = named("W2_", [-1.0, 0.5]), named("B2", 0.5)
    W3, B3 = named("W3_", [1.0, 1.0]), named("B3", -1.0)
    A1 = dot(W1, X, bias=B1)
    A2 = dot(W2, X, bias=B2)
    H1 = leaky_relu(A1, 0.1)
    H2 = leaky_relu(A2, 0.1)
    z = dot(W3, [H1, H2], bias=B3)
    A1.label, A2.label, H1.label, H2.label, z.label = "A1", "A2", "H1", "H2", "z"
    return ended(z, output, t)


def ended(z: Value, output: Output, t: float) -> Value:
    """The loss of a graph whose output neuron is given z."""
    Y = output.activation(z)
    L: Value = output.loss(Y, t)
    Y.label, L.label = "Y", "L"
    return L


#: The graph of (b) if none is given: hidden nodes, the last of which goes into the output neuron.
WIRING = "H1 = W1*X1; H2 = X2 + B1; H3 = max(H1, H2); H4 = H2*X3; H5 = H3 + W2*H4"
VALUES = {"W1": 1.5, "B1": 1.0, "W2": -3.0, "X1": 1.0, "X2": -0.5, "X3": 0.5}


def wired_graph(
    wiring: str = WIRING,
    values: dict[str, float] = VALUES,
    output: Output = SIGMOID,
    t: float = 1,
) -> Value:
    """3 (b): the loss of the graph that is written down, in its names.

    Raises:
        SyntaxError, NameError, TypeError, ValueError, ArithmeticError: what is wrong with it.
    """
    *_, last = wiring.rstrip("; ").split(";")
    f = parse(f"{wiring.rstrip('; ')}; {last.partition('=')[0]}")
    inputs = {name: Value(values[name], label=name) for name in f.names if name in values}
    z = f(**inputs)
    if not isinstance(z, Value):
        raise ValueError("it depends on none of its values")
    return ended(z, output, t)


def numbers_of(L: Value) -> dict[str, float]:
    """3, 4: Y, L, and the gradient of every named node, as dH1 or dW3_1."""
    L.backward()
    nodes = {node.label: node for node in topological_order(L) if node.label}
    gradients = {f"d{name}": node.grad for name, node in nodes.items() if name != "L"}
    return {"Y": nodes["Y"].data, "L": L.data, **gradients}


# ---- 4: tanh ------------------------------------------------------------------------------------


def tanh_by_sigmoid(places: list[float]) -> list[list[float]]:
    """4 (a): x, tanh(x), 2 sigmoid(2 x) - 1, and the derivatives of both."""

    def by_sigmoid(x: Any) -> Any:
        return 2 * sigmoid(2 * x) - 1

    return [
        [x, tanh(x), by_sigmoid(x), derivative(tanh)(x), derivative(by_sigmoid)(x)] for x in places
    ]


def through_the_output(L: Value) -> dict[str, float]:
    """4 (b, c): Y, L, dL/dY = Y - t, dY/dz = 1 - Y^2, and dL/dz, z being the output's input."""
    L.backward()
    (Y,) = [node for node in topological_order(L) if node.label == "Y"]
    (z,), (slope,) = Y.parents, Y.local_derivatives
    return {"Y": Y.data, "L": L.data, "dL/dY": Y.grad, "dY/dz": slope, "dL/dz": z.grad}


# ---- options ------------------------------------------------------------------------------------


def named_number(text: str) -> tuple[str, float]:
    """An option such as X1=2, for argparse."""
    name, _, value = text.partition("=")
    try:
        return name, number(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected such as X1=2, not {text!r}") from None


def add_options(parser: Options) -> None:
    """The inputs of 3 (a); the wiring and the inputs of 3 (b)."""
    parser.add_argument("--x", type=number, nargs=2, default=[2.0, 1.0], help="X1 X2 of (a) (2 1)")
    parser.add_argument(
        "--wiring",
        default=WIRING,
        help="the hidden nodes of (b), a formula each; the last one goes into the output neuron "
        f'("{WIRING}")',
    )
    parser.add_argument(
        "--values",
        type=named_number,
        nargs="+",
        default=[],
        metavar="NAME=NUMBER",
        help="inputs and parameters of (b) ("
        + " ".join([f"{name}={x:g}" for name, x in VALUES.items()])
        + ")",
    )


# ---- on the board -------------------------------------------------------------------------------


def show_training(board: Chalkboard) -> None:
    """1 and 2."""
    board.heading("1  Parameters (P) and hyper-parameters (HP)")
    board.say("What a training run changes is a parameter; the rest is set before it:")
    board.rows(
        ["item", "changed", "P or HP"],
        [[item, was, "P" if was else "HP"] for item, was in changed_by_training().items()],
    )
    board.say(
        """Parameters are fitted to the training data, hyper-parameters chosen by the validation
        data. Two more of them are the width of a layer and the strength of weight decay."""
    )
    board.heading("2 (a)  Overfitting")
    runs = overfitting()
    board.rows(CURVES, [curve(name, run_) for name, run_ in runs.items()])
    board.say(
        """The training loss falls on and on, the validation loss is lowest early and rises: the
        network learns the noise. Weight decay holds it back; early stopping keeps the weights of
        the best epoch."""
    )
    board.plot("boulder_overfitting", plot_history, runs["overfitting"])
    board.plot("boulder_cures", plot_history, runs)
    board.heading("2 (b)  Underfitting")
    runs = underfitting()
    board.rows(CURVES, [curve(name, run_) for name, run_ in runs.items()])
    board.say(
        """Both losses of the first run still fall at its end, and neither is low: the steps are too
        short, or there are too few of them. Larger ones get there."""
    )
    board.plot("boulder_underfitting", plot_history, runs["underfitting"])
    board.plot("boulder_larger_steps", plot_history, runs)


CURVES = ["run", "training loss", "dev loss", "lowest", "in epoch", "epochs"]


def curve(name: str, history: nn.History) -> list[Any]:
    """A run in a line: both losses at its end, and the lowest validation loss."""
    last, best = history.epochs[-1], history.best
    return [name, last.train_loss, last.dev_loss, best.dev_loss, best.number, last.number]


def show_graph(board: Chalkboard, name: str, L: Value, by: list[str]) -> None:
    """3: a graph, all its gradients, and the derivation of some."""
    answers = numbers_of(L)
    board.table(L)
    board.picture(name, L, parameters=[leaf for leaf in leaves(L) if leaf.label[0] in "WB"])
    board.say("The answers:")
    board.numbers(answers)
    board.say(f"And the work for {', '.join([f'dL/d{node}' for node in by])}:")
    board.derivation(L, by)


def show_tanh(board: Chalkboard, standard: Value, wired: Value) -> None:
    """4."""
    board.heading("4 (a)  tanh(x) = 2 sigmoid(2x) - 1")
    board.rows(
        ["x", "tanh(x)", "2 sigmoid(2x) - 1", "tanh'(x)", "the other's"],
        tanh_by_sigmoid([-3.0, -1.0, 0.0, 0.5, 2.0]),
    )
    board.say(
        """Multiply sigmoid(2x) = 1 / (1 + e^(-2x)) by e^x / e^x: it is e^x / (e^x + e^(-x)), and
        twice that less 1 is (e^x - e^(-x)) / (e^x + e^(-x))."""
    )
    board.heading("4 (b, c)  A tanh output and half the squared error")
    board.say("tanh runs from -1 to 1, so that the other class is -1 now: 0 would be its middle.")
    board.rows(
        ["graph", "Y", "L", "dL/dY", "dY/dz", "dL/dz"],
        [
            ["(a), label -1", *through_the_output(standard).values()],
            ["(b), label 1", *through_the_output(wired).values()],
        ],
    )
    board.say("dL/dY is Y - t and dY/dz is 1 - Y^2, so that dL/dz = (Y - t) (1 - Y^2). Of (a):")
    board.derivation(standard, "z")


def asked_for(options: argparse.Namespace, output: Output, t: float) -> tuple[Value, Value]:
    """The graphs of (a), with label t, and of (b), with label 1, of the user's numbers.

    Raises:
        BadOption: if one of them cannot be.
    """
    X1, X2 = options.x
    try:
        standard = standard_network(X1, X2, output, t)
    except (ValueError, ArithmeticError) as error:
        raise BadOption(f"--x {X1:g} {X2:g}: {error}") from None
    try:
        wired = wired_graph(options.wiring, VALUES | dict(options.values), output)
    except (SyntaxError, NameError, TypeError, ValueError, ArithmeticError) as error:
        raise BadOption(f"--wiring {options.wiring!r}: {error}") from None
    labels = {leaf.label for leaf in leaves(wired)}
    for name, _ in options.values:
        if name not in labels:
            raise BadOption(f"--values gives {name}, which is not in the wiring")
    return standard, wired


def main(board: Chalkboard) -> None:
    """The problems one after the other."""
    graphs = asked_for(board.options, SIGMOID, 0)
    with_tanh = asked_for(board.options, TANH, -1)
    show_training(board)
    board.heading("3 (a)  The standard network, label 0")
    show_graph(board, "boulder_a", graphs[0], ["W3_1", "X1"])
    board.heading("3 (b)  The graph that is written down, label 1")
    board.write(board.options.wiring.replace("; ", "\n"))
    inputs = [leaf.label for leaf in leaves(graphs[1]) if leaf.label.startswith("X")]
    show_graph(board, "boulder_b", graphs[1], inputs)
    show_tanh(board, *with_tanh)


if __name__ == "__main__":
    run(main, add_options)

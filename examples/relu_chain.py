"""A ReLU chain with a skip connection, a parameter count, and softmax with cross-entropy.

1. x0 = 1, w0 = 0.3, w1 = -0.2, b0 = 0.1, b1 = -0.3, and

       xw0 = x0 w0       x1 = relu(xwb0)     y1 = xw1 + b1     z: Value = relu(yx)
       xwb0 = xw0 + b0   xw1 = x1 w1         yx = y1 + x0

   All values, and dz/dw0, dz/dw1, dz/db0, dz/db1; x0 is used twice, so dz/dx0 is a sum over two
   paths.
T3. How many parameters has a network of 30 inputs, 1024 and 512 hidden units and 1 output?
T4. With softmax P and cross-entropy L, show that dL/dh_i = P_i - y_i for every class i; then
    dx4/dx3 in the chain x1 = w1 * 1 + b1, x2 = relu(x1), x3 = w2 x2 + b2, x4 = softmax of x3.
Last, a small network is trained from scratch.
"""

from __future__ import annotations

from typing import NamedTuple

import nn
from autograd import Value, check_answers, gradcheck, leaves, ln, paths, relu, softmax, zero_grad
from examples.presenting import Chalkboard, run
from nn.summary import Summary
from viz import plot_decision_boundary, plot_history

# ---- 1: the chain -------------------------------------------------------------------------------

PARAMETERS = ("w0", "w1", "b0", "b1")

#: The worked answer of the homework.
ANSWERS = {"xw0.data": 0.3, "xwb0.data": 0.4, "x1.data": 0.4, "xw1.data": -0.08}
ANSWERS |= {"y1.data": -0.38, "yx.data": 0.62, "z.data": 0.62}
ANSWERS |= {"dz/dw0": -0.2, "dz/dw1": 0.4, "dz/db0": -0.2, "dz/db1": 1}


def relu_chain() -> Value:
    """z, every node on the way named."""
    x0 = Value(1.0, label="x0")
    w0, b0 = Value(0.3, label="w0"), Value(0.1, label="b0")
    w1, b1 = Value(-0.2, label="w1"), Value(-0.3, label="b1")
    xw0 = x0 * w0
    xwb0 = xw0 + b0
    x1 = relu(xwb0)
    xw1 = x1 * w1
    y1 = xw1 + b1
    yx = y1 + x0
    z: Value = relu(yx)
    xw0.label, xwb0.label, x1.label, xw1.label = "xw0", "xwb0", "x1", "xw1"
    y1.label, yx.label, z.label = "y1", "yx", "z"
    return z


def two_paths() -> dict[str, float]:
    """dz/dx0 over each of its two paths, and in all: x0 goes into xw0 and, skipping, into yx."""
    z = relu_chain()
    (x0,) = [leaf for leaf in leaves(z) if leaf.label == "x0"]
    long, short = [path.product for path in paths(z, x0)]
    z.backward()
    return {"skip": short, "through w0 and w1": long, "dz/dx0": x0.grad}


# ---- T3: counting parameters --------------------------------------------------------------------


def parameter_count() -> Summary:
    """The layers of 30-1024-512-1 with their weights and biases."""
    model = nn.Sequential(
        nn.Linear(30, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, 1)
    )
    return nn.summary(model, 30)


# ---- T4: softmax and cross-entropy --------------------------------------------------------------


class SoftmaxGradient(NamedTuple):
    """P = softmax(h), the one-hot label y, and dL/dh for L = -sum_j y_j ln P_j."""

    P: list[float]
    y: list[float]
    gradient: list[float]

    @property
    def P_minus_y(self) -> list[float]:
        """What the homework asks to be shown."""
        return [p - y for p, y in zip(self.P, self.y, strict=True)]


LOGITS = [1.0, 2.0, 0.5]


def softmax_cross_entropy(label: int) -> SoftmaxGradient:
    """dL/dh by the chain rule, through the logarithm and the softmax."""
    h = [Value(number, label=f"h{i}") for i, number in enumerate(LOGITS)]
    P = softmax(h)
    loss = -ln(P[label])
    loss.backward()
    y = [float(i == label) for i in range(len(h))]
    return SoftmaxGradient([p.data for p in P], y, [node.grad for node in h])


def true_class_loss() -> Value:
    """L = -ln P1, where class 1 is the true one."""
    h = [Value(number, label=f"h{i}") for i, number in enumerate(LOGITS)]
    P1 = softmax(h)[1]
    loss: Value = -ln(P1)
    P1.label, loss.label = "P1", "L"
    return loss


def softmax_chain() -> Value:
    """x4, the share of x3 in a softmax beside h1 = 1 and h2 = -0.5."""
    w1, b1 = Value(0.5, label="w1"), Value(0.1, label="b1")
    w2, b2 = Value(-1.5, label="w2"), Value(0.4, label="b2")
    h1, h2 = Value(1.0, label="h1"), Value(-0.5, label="h2")
    x1 = w1 * 1 + b1
    x2 = relu(x1)
    x3 = w2 * x2 + b2
    x4: Value = softmax([x3, h1, h2])[0]
    x1.label, x2.label, x3.label, x4.label = "x1", "x2", "x3", "x4"
    return x4


# ---- a network trained from scratch -------------------------------------------------------------


class Trained(NamedTuple):
    """A network, the points that it learnt, and its loss and accuracy after each epoch."""

    model: nn.Sequential
    points: list[tuple[list[float], int]]
    history: list[dict[str, float]]


def trained(epochs: int = 30, learning_rate: float = 0.5) -> Trained:
    """Gradient descent by hand: forward, loss, backward, update."""
    nn.manual_seed(0)
    points = nn.data.blobs(90, classes=3, seed=1)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
    loss_of = nn.CrossEntropyLoss()
    history = []
    for _ in range(epochs):
        logits = model(xs)
        loss = loss_of(logits, ys)
        zero_grad(model.parameters())
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= learning_rate * parameter.grad
        right = [row.index(max(row)) == y for row, y in zip(logits, ys, strict=True)]
        history.append({"train_loss": loss.data, "train_accuracy": sum(right) / len(ys)})
    return Trained(model, points, history)


# ---- on the board -------------------------------------------------------------------------------


def main(board: Chalkboard) -> None:
    """The problems one after the other."""
    z = relu_chain()
    z.backward()
    board.heading("1. The chain: values, local derivatives, gradients")
    board.table(z)
    board.picture("relu_chain", z, parameters=PARAMETERS)
    board.say(
        """Each derivative is the product of the local ones along its path. x0 is used twice, so
        there are two paths, and their products add up (the homework does not ask for it):"""
    )
    board.derivation(z, [*PARAMETERS, "x0"])
    board.say("The worked answer of the homework, marked:")
    board.marks(check_answers(z, ANSWERS))

    board.heading("T3. The parameters of 30-1024-512-1")
    board.write(parameter_count())
    board.say("A layer has inputs * outputs weights and one bias an output.")

    board.heading("T4. Softmax and cross-entropy: dL/dh_i = P_i - y_i")
    board.say("The true class is 1, so L = -ln P1. By its own logit h1, and by another, h0:")
    board.derivation(true_class_loss(), ["h1", "h0"])
    board.say(
        """P1 cancels: -(1 - P1) = P1 - 1 for the true class, and P0 - 0 for the other. The
        homework's proof covers the true class only; here is every class, for every label:"""
    )
    rows = []
    for label in range(len(LOGITS)):
        found = softmax_cross_entropy(label)
        rows += [
            [f"y = {label}", f"h{i}", gradient, found.P_minus_y[i]]
            for i, gradient in enumerate(found.gradient)
        ]
    board.rows(["label", "by", "dL/dh", "P - y"], rows)
    board.say("And by differences, for label 1:")
    board.write(gradcheck(lambda h: nn.CrossEntropyLoss()(h, 1), [LOGITS]))

    board.heading("T4. The chain x1, x2, x3, x4")
    x4 = softmax_chain()
    x4.backward()
    board.derivation(x4, ["x3", "w1"])
    board.picture("softmax_chain", x4, parameters=["w1", "b1", "w2", "b2"])
    board.say("dx4/dx3 = x4 (1 - x4): the quotient rule's (S e^x3 - e^(2 x3)) / S^2, tidied up.")

    board.heading("A network trained from scratch")
    network = trained()
    shown = (1, 2, 5, 10, 20, 30)
    board.rows(
        ["epoch", "loss", "accuracy"],
        [[number, *network.history[number - 1].values()] for number in shown],
    )
    board.plot("relu_chain_training", plot_history, network.history)
    points, labels = [x for x, _ in network.points], [y for _, y in network.points]
    board.plot("relu_chain_regions", plot_decision_boundary, network.model, points, labels)


if __name__ == "__main__":
    run(main)

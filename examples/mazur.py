"""Mazur's step-by-step backpropagation, with his numbers, and one of them explained.

Two inputs, two hidden units and two outputs, all sigmoids; a layer's units share one bias:

    net_h1 = w1 i1 + w2 i2 + b1      net_o1 = w5 out_h1 + w6 out_h2 + b2
    net_h2 = w3 i1 + w4 i2 + b1      net_o2 = w7 out_h1 + w8 out_h2 + b2

The inputs are 0.05 and 0.10, the targets 0.01 and 0.99, the error is half the squared difference,
the learning rate 0.5. The biases are not updated. (M. Mazur, "A Step by Step Backpropagation
Example", 2015.)
"""

from __future__ import annotations

from collections.abc import Callable

from autograd import Value, dot, sigmoid, zero_grad
from examples.presenting import Chalkboard, run

INPUTS = {"i1": 0.05, "i2": 0.10}
TARGETS = {"o1": 0.01, "o2": 0.99}
BIASES = {"b1": 0.35, "b2": 0.60}
HIDDEN = {"w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30}
OUTPUT = {"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55}
LEARNING_RATE = 0.5

#: What he prints for the error after one step.
PUBLISHED_ERROR = 0.291027924

Weights = dict[str, float]


def network(weights: Weights) -> dict[str, Value]:
    """The nodes of the network by name, the error last, under "E"."""
    numbers = {**INPUTS, **BIASES, **weights}
    v = {name: Value(number, label=name) for name, number in numbers.items()}
    v["net_h1"] = dot([v["w1"], v["w2"]], [v["i1"], v["i2"]], bias=v["b1"])
    v["net_h2"] = dot([v["w3"], v["w4"]], [v["i1"], v["i2"]], bias=v["b1"])
    v["out_h1"] = sigmoid(v["net_h1"])
    v["out_h2"] = sigmoid(v["net_h2"])
    v["net_o1"] = dot([v["w5"], v["w6"]], [v["out_h1"], v["out_h2"]], bias=v["b2"])
    v["net_o2"] = dot([v["w7"], v["w8"]], [v["out_h1"], v["out_h2"]], bias=v["b2"])
    v["out_o1"] = sigmoid(v["net_o1"])
    v["out_o2"] = sigmoid(v["net_o2"])
    v["miss_o1"] = TARGETS["o1"] - v["out_o1"]
    v["miss_o2"] = TARGETS["o2"] - v["out_o2"]
    v["E_o1"] = 0.5 * v["miss_o1"] ** 2
    v["E_o2"] = 0.5 * v["miss_o2"] ** 2
    v["E"] = v["E_o1"] + v["E_o2"]
    for name, node in v.items():
        node.label = name
    return v


def gradients(weights: Weights) -> Weights:
    """dE/dw for every weight."""
    nodes = network(weights)
    nodes["E"].backward()
    return {name: nodes[name].grad for name in weights}


def step(weights: Weights) -> Weights:
    """All weights after one step of gradient descent, their gradients taken at one place."""
    slopes = gradients(weights)
    return {name: w - LEARNING_RATE * slopes[name] for name, w in weights.items()}


def step_overwriting(weights: Weights) -> Weights:
    """A common slip: w5 to w8 are overwritten first, and the gradient is then carried back to the
    hidden layer through the new ones. The result is no step along the gradient."""
    new = step(weights)
    nodes = network(weights)
    nodes["E"].backward()
    back = {
        "out_h1": nodes["net_o1"].grad * new["w5"] + nodes["net_o2"].grad * new["w7"],
        "out_h2": nodes["net_o1"].grad * new["w6"] + nodes["net_o2"].grad * new["w8"],
    }
    zero_grad(nodes["E"])
    for name, upstream in back.items():
        nodes[name].backward(seed=upstream)
    hidden = {name: weights[name] - LEARNING_RATE * nodes[name].grad for name in HIDDEN}
    return {**new, **hidden}


def after_steps(count: int, taken: Callable[[Weights], Weights] = step) -> dict[str, float]:
    """The error and the outputs after so many steps."""
    weights = HIDDEN | OUTPUT
    for _ in range(count):
        weights = taken(weights)
    nodes = network(weights)
    return {name: nodes[name].data for name in ("E", "out_o1", "out_o2")}


def error(weights: Weights) -> float:
    """E at some weights."""
    return network(weights)["E"].data


def main(board: Chalkboard) -> None:
    """The forward pass, the backward pass, one step, and many."""
    weights = HIDDEN | OUTPUT
    nodes = network(weights)
    nodes["E"].backward()
    board.heading("The forward and the backward pass")
    board.table(nodes["E"])
    board.picture("mazur", nodes["E"], parameters=[*weights, *BIASES])

    board.heading("dE/dw5, a weight of the output layer: one path")
    board.derivation(nodes["E"], "w5")
    board.heading("dE/dw1, a weight of the hidden layer: a sum over two paths")
    board.derivation(nodes["E"], "w1")

    board.heading("One step: w - 0.5 dE/dw")
    new = step(weights)
    rows = [[name, weights[name], nodes[name].grad, new[name]] for name in weights]
    board.rows(["weight", "before", "dE/dw", "after"], rows)

    board.heading("The error after the step")
    overwritten = step_overwriting(weights)
    board.say(
        f"""The new weights are his to the last digit, and give E = {error(new):.9f}. He prints
        {PUBLISHED_ERROR}. That comes out where w5 to w8 are overwritten before the gradient goes
        back to the hidden layer, which then passes through the new ones: with w1 =
        {overwritten["w1"]:.9f} in place of {new["w1"]:.9f}, E = {error(overwritten):.9f}. First
        all gradients, then all updates."""
    )

    board.heading("Many steps")
    rows = [[count, *after_steps(count).values()] for count in (0, 1, 10, 100, 1000, 10000)]
    board.rows(["steps", "E", "out_o1", "out_o2"], rows)
    slipped = after_steps(10000, step_overwriting)
    board.say(
        f"""The targets are {TARGETS["o1"]} and {TARGETS["o2"]}. After 10000 steps he prints the
        outputs 0.015912196 and 0.984065734: the overwriting again, which gives
        {slipped["out_o1"]:.9f} and {slipped["out_o2"]:.9f}."""
    )


if __name__ == "__main__":
    run(main)

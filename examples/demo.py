"""The main job on two homework graphs: values, gradients, steps and pictures.

1. f = ln x + exp(y) * z at (1, 3, 2), with the inner nodes h1 = ln x, h2 = exp y, h3 = h2 * z:
   every value, every local derivative, and df/dx, df/dy, df/dz.
2. Two neurons in a row with a skip connection around them: x1 = relu(x0 w0 + b0),
   y1 = x1 w1 + b1, z = relu(y1 + x0). x0 is used twice, so its gradient is a sum over two paths.
"""

from __future__ import annotations

from autograd import Value, exp, ln, relu
from examples.presenting import Chalkboard, run


def logarithm_and_exponential() -> Value:
    """f = ln x + exp(y) * z, the inner nodes named."""
    x, y, z = Value(1, label="x"), Value(3, label="y"), Value(2, label="z")
    h1 = ln(x)
    h2 = exp(y)
    h3 = h2 * z
    f = h1 + h3
    h1.label, h2.label, h3.label, f.label = "h1", "h2", "h3", "f"
    return f


def relu_chain() -> Value:
    """z = relu(relu(x0 w0 + b0) w1 + b1 + x0), every node named."""
    x0 = Value(1, label="x0")
    w0, b0 = Value(0.3, label="w0"), Value(0.1, label="b0")
    w1, b1 = Value(-0.2, label="w1"), Value(-0.3, label="b1")
    nodes = {}
    nodes["xw0"] = xw0 = x0 * w0
    nodes["xwb0"] = xwb0 = xw0 + b0
    nodes["x1"] = x1 = relu(xwb0)
    nodes["xw1"] = xw1 = x1 * w1
    nodes["y1"] = y1 = xw1 + b1
    nodes["yx"] = yx = y1 + x0
    nodes["z"] = z = relu(yx)
    for name, node in nodes.items():
        node.label = name
    return z


def work_out(
    board: Chalkboard, title: str, name: str, root: Value, parameters: tuple[str, ...] = ()
) -> None:
    """Run backward, print the table and the steps, and draw the graph as PNG and SVG."""
    board.heading(title)
    root.backward()
    board.table(root)
    board.steps(root)
    board.picture(name, root, kinds=("png", "svg"), parameters=parameters)


def main(board: Chalkboard) -> None:
    """Both graphs, one after the other."""
    work_out(board, "f = ln x + exp(y) * z at (1, 3, 2)", "lnexp", logarithm_and_exponential())
    parameters = ("w0", "w1", "b0", "b1")
    work_out(board, "A ReLU chain with a skip connection", "relu_chain", relu_chain(), parameters)


if __name__ == "__main__":
    run(main)

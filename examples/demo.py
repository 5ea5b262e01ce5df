"""The main job on two homework graphs: values, gradients, steps and pictures.

1. f = ln x + exp(y) * z at (1, 3, 2), with the inner nodes h1 = ln x, h2 = exp y, h3 = h2 * z:
   every value, every local derivative, and df/dx, df/dy, df/dz.
2. Two neurons in a row with a skip connection around them: x1 = relu(x0 w0 + b0),
   y1 = x1 w1 + b1, z = relu(y1 + x0). x0 is used twice, so its gradient is a sum over two paths.
"""

from __future__ import annotations

from autograd import Value
from examples.cosc490_hw3 import logarithm_and_exponential
from examples.presenting import Chalkboard, run
from examples.relu_chain import PARAMETERS, relu_chain


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
    work_out(board, "A ReLU chain with a skip connection", "relu_chain", relu_chain(), PARAMETERS)


if __name__ == "__main__":
    run(main)

"""The main job on two homework graphs: values, gradients, steps and pictures.

1. f = ln x + exp(y) * z at (1, 3, 2), with the inner nodes h1 = ln x, h2 = exp y, h3 = h2 * z:
   every value, every local derivative, and df/dx, df/dy, df/dz.
2. Two neurons in a row with a skip connection around them: x1 = relu(x0 w0 + b0),
   y1 = x1 w1 + b1, z = relu(y1 + x0). x0 is used twice, so its gradient is a sum over two paths.

The pictures go into `out/`, or into the folder that is given: `python -m examples.demo FOLDER`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from autograd import Value, exp, ln, relu
from viz import draw_dot, explain, table


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


def show(title: str, name: str, root: Value, parameters: tuple[str, ...], folder: Path) -> None:
    """Run backward, print the table and the steps, and draw the graph as PNG and SVG."""
    console = Console(highlight=False)
    console.rule(title)
    root.backward()
    table(root, console=console)
    console.print()
    explain(root, console=console)
    picture = draw_dot(root, parameters=parameters)
    try:
        written = [picture.render(outfile=folder / f"{name}.{kind}") for kind in ("png", "svg")]
    except RuntimeError as error:  # nothing on this machine can draw
        console.print(f"no picture: {error}", markup=False)
        written = [picture.save(folder / f"{name}.dot")]
    for path in written:
        console.print(f"wrote {path}", markup=False)
    console.print()


def main(folder: str = "out") -> None:
    """Both graphs, one after the other."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    show("f = ln x + exp(y) * z at (1, 3, 2)", "lnexp", logarithm_and_exponential(), (), out)
    parameters = ("w0", "w1", "b0", "b1")
    show("A ReLU chain with a skip connection", "relu_chain", relu_chain(), parameters, out)


if __name__ == "__main__":
    main(*sys.argv[1:2])

"""The main job, as `make demo` runs it."""

import re

import pytest
from PIL import Image

from autograd import topological_order
from examples.demo import logarithm_and_exponential, relu_chain


@pytest.mark.parametrize(
    ("graph", "values", "gradients"),
    [
        (
            logarithm_and_exponential,
            {"h1": 0, "h2": 20.085536923187668, "h3": 40.171073846375336, "f": 40.171073846375336},
            {"x": 1, "y": 40.171073846375336, "z": 20.085536923187668},
        ),
        (
            relu_chain,
            {"xw0": 0.3, "xwb0": 0.4, "x1": 0.4, "xw1": -0.08, "y1": -0.38, "yx": 0.62, "z": 0.62},
            {"w0": -0.2, "w1": 0.4, "b0": -0.2, "b1": 1, "x0": 0.94},
        ),
    ],
)
def test_the_numbers_are_those_of_the_homework(graph, values, gradients):
    root = graph()
    root.backward()
    nodes = {node.label: node for node in topological_order(root)}
    assert {name: nodes[name].data for name in values} == pytest.approx(values, rel=1e-14)
    assert {name: nodes[name].grad for name in gradients} == pytest.approx(gradients, rel=1e-14)


@pytest.mark.draws
def test_it_prints_tables_and_steps_and_writes_four_pictures(output, tmp_path):
    printed = output("demo")
    assert re.search(r"x0 +input +1 +0\.94", printed)
    assert re.search(r"y +input +3 +40\.1711", printed)
    assert printed.count("Backward pass") == 2
    names = ["lnexp.png", "lnexp.svg", "relu_chain.png", "relu_chain.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in ("lnexp.png", "relu_chain.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 1000
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 50

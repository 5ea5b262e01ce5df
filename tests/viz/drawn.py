"""What the tests of pictures share: a small network with scopes, and a look into an SVG."""

from xml.etree import ElementTree

from autograd import Value, dot, relu, scope
from viz import draw_dot


def small_network():
    """(mlp(x1, x2) - t)^2 of a 2-3-1 network, its neurons in scopes; backward done."""
    activations = [Value(-1.0, label="x1"), Value(0.5, label="x2")]
    weights = [[(0.3, 0.2), (-0.4, -0.9), (-1.0, 0.7)], [(-0.5, 0.6, 1.0)]]
    with scope("mlp"):
        for layer, rows in enumerate(weights, 1):
            outputs = []
            for neuron, row in enumerate(rows, 1):
                with scope(f"layer{layer}"), scope(f"neuron{neuron}"):
                    w = [Value(number, label=f"w{i}") for i, number in enumerate(row, 1)]
                    sum_of_products = dot(w, activations, Value(0.1, label="b"))
                    outputs.append(relu(sum_of_products) if layer == 1 else sum_of_products)
            activations = outputs
    loss = (activations[0] - Value(1.0, label="t")) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


def elements(root, **options):
    """The elements of the SVG picture, in its order."""
    svg = draw_dot(root, **options).pipe("svg", encoding="utf-8")
    return list(ElementTree.fromstring(svg).iter())


def texts(root, **options):
    """The words in the SVG picture, in its order; spaces at their ends left out."""
    words = [item.text for item in elements(root, **options) if item.tag.endswith("}text")]
    return [word.replace("\xa0", " ").strip() for word in words]


def lines(source, part):
    """The lines of a DOT text that contain something."""
    return [line.strip() for line in source.splitlines() if part in line]

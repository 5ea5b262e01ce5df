"""COSC490, homework 3: Jacobians, activations, XOR, a computation graph, and what trains badly.

1. Concepts, each shown on a network: equal initial weights, dropout in training and in evaluation,
   sigmoids with large weights, residual connections, what is kept for the backward pass.
2. The Jacobians of c, |w|^2, w.x, Xw, w, w^2 (elementwise) and X W^T.
3. Sigmoid, ReLU and tanh with their derivatives; the Jacobian of softmax is diag(s) - s s^T.
4. XOR: no single layer relu(w.x + b) computes it, two layers do; from zeros it is never learnt.
5. f = ln x + exp(y) z at (1, 3, 2): the graph, both passes, every local derivative.
6. A sentiment classifier: see examples/sentiment.py.

Three of the worked answers are wrong (2.7, 4.2 and 4.3); each is found out below.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import nn
from autograd import (
    Value,
    check_answers,
    derivative,
    dot,
    exp,
    jacobian,
    ln,
    relu,
    sigmoid,
    softmax,
    summary,
    tanh,
    why,
)
from autograd.answers import AnswersReport
from examples import xor
from examples.presenting import Chalkboard, run
from nn.arrays import shape_of
from nn.diagnose import Diagnosis
from viz import plot_function

Vector = list[float]
Matrix = list[list[float]]

#: The four points of XOR, each with its answer as a list of one number.
XOR = xor.squares()

# ---- 1: concepts --------------------------------------------------------------------------------


def equal_weights(steps: int = 100) -> dict[str, Matrix]:
    """1.1, 1.6: the hidden weights after training on XOR, begun with a constant and at random.

    Units that begin equal get equal gradients, and so stay equal.
    """
    weights = {}
    for start in ("constant", "random"):
        nn.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        if start == "constant":
            nn.init.constant_(model.parameters(), 0.5)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.2)
        nn.fit(model, XOR, nn.MSELoss(), optimizer, steps, batch_size=4, progress=False)
        weights[start] = [[w.data for w in row] for row in model[0].weight]
    return weights


def dropout(draws: int = 2000) -> dict[str, Vector]:
    """1.5: what dropping half of a layer makes of four ones.

    In training each is 0 or doubled, anew each time, so that the mean stays 1. In evaluation
    nothing is dropped.
    """
    nn.manual_seed(0)
    layer = nn.Dropout(0.5)
    ones = [1.0, 1.0, 1.0, 1.0]
    once, again = layer(ones), layer(ones)
    many = [layer(ones) for _ in range(draws)]
    mean = [sum(unit) / draws for unit in zip(*many, strict=True)]
    layer.eval()
    return {"training": once, "again": again, "mean in training": mean, "evaluation": layer(ones)}


def sigmoid_stack(low: float, high: float) -> Diagnosis:
    """1.7: four layers of sigmoids, their weights drawn between two numbers, on XOR."""
    nn.manual_seed(0)
    layers = []
    for inputs, outputs in ((2, 4), (4, 4), (4, 4), (4, 1)):
        layers += [nn.Linear(inputs, outputs), nn.Sigmoid()]
    model = nn.Sequential(*layers)
    nn.init.uniform_(model.parameters(), low, high)
    return nn.diagnose(model, XOR, nn.MSELoss())


def deep_stack(depth: int = 12) -> dict[str, float]:
    """1.8: the gradient in the first of many layers, beside that in the last: with residual
    connections, x + tanh(W x + b), and without."""
    shares = {}
    for name in ("plain", "residual"):
        nn.manual_seed(0)
        layers: list[nn.Module] = [nn.Sequential(nn.Linear(2, 2), nn.Tanh()) for _ in range(depth)]
        if name == "residual":
            layers = [nn.Residual(layer) for layer in layers]
        found = nn.diagnose(nn.Sequential(*layers), XOR)
        gradients = [layer.gradient for layer in found.layers if layer.gradient is not None]
        shares[name] = gradients[0] / gradients[-1]
    return shares


def gradient_signs() -> dict[str, Vector]:
    """1.3, 3.4: dL/dw of a unit that is fed by sigmoids, and of one fed by tanhs, for one sample.

    It is delta times what comes in. Sigmoids are all positive, so their signs are all that of
    delta: the weights can only grow together or shrink together.
    """
    gradients = {}
    for activation in (nn.Sigmoid(), nn.Tanh()):
        nn.manual_seed(1)
        model = nn.Sequential(nn.Linear(2, 4), activation, nn.Linear(4, 1))
        loss = nn.HalfSquaredError()(model([1.0, -1.0]), [1.0])
        loss.backward()
        gradients[type(activation).__name__] = [w.grad for w in model[2].weight[0]]
    return gradients


def kept_for_backward() -> list[str]:
    """1.9: the numbers of the forward pass that the backward pass of ln x + exp(y) z reads."""
    return [node.label for node in summary(logarithm_and_exponential()).kept]


# ---- 2: Jacobians -------------------------------------------------------------------------------

w = [1.0, -2.0, 3.0]
x = [4.0, 5.0, 6.0]
X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
W = [[1.0, 0.0, 2.0], [3.0, 1.0, 1.0], [0.0, 2.0, 1.0]]


def jacobians() -> dict[str, Any]:
    """2.1 to 2.6: outputs by row, inputs by column; of one output a lone row."""
    return {
        "c": jacobian(lambda w: 7.0)(w),
        "|w|^2": jacobian(lambda w: dot(w, w))(w),
        "w.x": jacobian(lambda w: dot(w, x))(w),
        "Xw": jacobian(lambda w: [dot(row, w) for row in X])(w),
        "w": jacobian(lambda w: w)(w),
        "w^2": jacobian(lambda w: [w_i**2 for w_i in w])(w),
    }


class MatrixProduct(NamedTuple):
    """2.7: what is found about f(W) = X W^T, X being n x d and W k x d.

    Attributes:
        shape: of f.
        jacobian_shape: of df_ij/dW_pq, all four indices.
        right: of how many entries X_iq where j = p, else 0, is the number.
        document: of how many the document's X_ip where j = q, else 0, is.
        entries: how many there are.
    """

    shape: tuple[int, ...]
    jacobian_shape: tuple[int, ...]
    right: int
    document: int
    entries: int


def matrix_product() -> MatrixProduct:
    """2.7: the Jacobian of X W^T, and two formulas for it tried on every entry."""

    def f(W: Any) -> Any:
        return [[dot(x_i, w_j) for w_j in W] for x_i in X]

    J = jacobian(f)(W)
    n, k, _, d = shape_of(J)
    places = [(i, j, p, q) for i in range(n) for j in range(k) for p in range(k) for q in range(d)]
    right = [J[i][j][p][q] == (X[i][q] if j == p else 0.0) for i, j, p, q in places]
    document = [J[i][j][p][q] == (X[i][p] if j == q else 0.0) for i, j, p, q in places]
    return MatrixProduct(shape_of(f(W)), shape_of(J), sum(right), sum(document), len(places))


# ---- 3: activations -----------------------------------------------------------------------------


def without_activations() -> dict[str, list[Matrix]]:
    """3.1: the Jacobian of two layers at two places. Without an activation between them it is the
    same everywhere: they are one linear layer."""
    found = {}
    for name, activation in {"none": nn.Identity(), "tanh": nn.Tanh()}.items():
        nn.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 3), activation, nn.Linear(3, 1))
        found[name] = [jacobian(model)(place) for place in ([0.0, 0.0], [3.0, -2.0])]
    return found


def activations() -> list[list[Any]]:
    """3.2: sigmoid, ReLU and tanh with their derivatives at some places."""
    rows = []
    for f in (sigmoid, relu, tanh):
        for place in (-2.0, 0.0, 2.0):
            rows.append([f.__name__, place, f(place), derivative(f)(place)])
    return rows


def softmax_jacobian(z: Vector) -> tuple[Matrix, Matrix]:
    """3.5, 3.6: the Jacobian of softmax at z, and diag(s) - s s^T."""
    s = softmax(z)
    claimed = [[s_i * ((i == j) - s_j) for j, s_j in enumerate(s)] for i, s_i in enumerate(s)]
    return jacobian(softmax)(z), claimed


# ---- 4: XOR (the rest of it stands in examples/xor.py) ------------------------------------------


def all_zero_claim() -> AnswersReport:
    """4.3: "starting from zeros, all gradients are zero", marked."""
    model = xor.with_zeros()
    xor.labelled_graph(model, [0.0, 0.0])  # names the parameters
    loss = nn.MSELoss()(model([x for x, _ in XOR]), [y for _, y in XOR])
    loss.label = "l"
    return check_answers(loss, {parameter.label: 0 for parameter in model.parameters()})


def why_zero() -> str:
    """4.3: why the first layer gets no gradient, at the point (1, 0)."""
    model = xor.with_zeros()
    y = xor.labelled_graph(model, [1.0, 0.0])
    return str(why(y, model[0].weight[0][0]))


# ---- 5: a computation graph ---------------------------------------------------------------------

#: The homework's answers, its local derivatives that are zero included.
ANSWERS = {"h1.data": 0, "h2.data": 20.0855, "h3.data": 40.1711, "f.data": 40.1711}
ANSWERS |= {"dh1/dx": 1, "dh2/dy": 20.0855, "dh3/dh2": 2, "dh3/dz": 20.0855}
ANSWERS |= {"dh1/dy": 0, "dh2/dx": 0, "dh2/dz": 0, "dh3/dx": 0, "df/dh1": 1, "df/dh3": 1}
ANSWERS |= {"df/dx": 1, "df/dy": 40.1711, "df/dz": 20.0855}


def logarithm_and_exponential() -> Value:
    """5.1, 5.2: f = ln x + exp(y) z, one operation a node, each node named."""
    x, y, z = Value(1, label="x"), Value(3, label="y"), Value(2, label="z")
    h1 = ln(x)
    h2 = exp(y)
    h3 = h2 * z
    f: Value = h1 + h3
    h1.label, h2.label, h3.label, f.label = "h1", "h2", "h3", "f"
    return f


# ---- on the board -------------------------------------------------------------------------------


def show_concepts(board: Chalkboard) -> None:
    """Section 1."""
    board.heading("1.1, 1.6  Equal initial weights")
    weights = equal_weights()
    board.say("The weights of three hidden units after 100 steps on XOR, a unit a row:")
    board.rows(
        ["unit", "begun with 0.5", "begun at random"],
        [[unit, *rows] for unit, rows in enumerate(zip(*weights.values(), strict=True), 1)],
    )
    board.say("Units that begin equal have equal gradients: they stay one unit, three times over.")

    board.heading("1.3, 3.4  Zero-centred activations")
    board.say("dL/dw = delta * input, for the four weights of a unit behind four activations:")
    board.numbers(gradient_signs())
    board.say("Sigmoids are positive, so all four have the sign of delta. Behind tanh they differ.")

    board.heading("1.5  Dropout")
    board.numbers(dropout())
    board.say("On in training, off in evaluation; the factor 1 / (1 - p) keeps the mean.")

    board.heading("1.7  Sigmoids with large positive weights")
    board.write(sigmoid_stack(5.0, 10.0))
    gradient = sigmoid_stack(-1.0, 1.0).layers[0].gradient
    board.say(f"With weights between -1 and 1, the first layer's gradient is {gradient:.6f}.")

    board.heading("1.8  Residual connections")
    board.say("The gradient in the first of 12 layers of tanh, as a share of that in the last:")
    board.numbers(deep_stack())
    board.say("x + tanh(W x + b) has the derivative 1 + ...: a way that no weight makes narrow.")

    board.heading("1.9  What is kept for the backward pass")
    kept = ", ".join(kept_for_backward())
    board.say(f"Of ln x + exp(y) z: {kept}. The derivatives of the sums need no number.")


def show_jacobians(board: Chalkboard) -> None:
    """Section 2."""
    board.heading("2  Jacobians, outputs by row and inputs by column")
    board.numbers({"w": w, "x": x, "X": X, "W": W})
    found = jacobians()
    expected = ["0", "2 w^T", "x^T", "X", "I", "diag(2 w)"]
    board.rows(
        ["", "f", "shape", "Jacobian", "which is"],
        [
            [f"2.{number}", f, shape_text(J), J, meaning]
            for number, ((f, J), meaning) in enumerate(zip(found.items(), expected, strict=True), 1)
        ],
    )
    product = matrix_product()
    board.heading("2.7  X W^T, X being n x d and W k x d (here 2 x 3 and 3 x 3)")
    board.say(
        f"""f is n x k, here {product.shape}, and not d x k as the worked answer has it; its
        Jacobian is n x k x k x d, here {product.jacobian_shape}. Two formulas for df_ij/dW_pq,
        tried on all entries:"""
    )
    board.rows(
        ["formula", "right in"],
        [
            ["X_iq where j = p, else 0", f"{product.right} of {product.entries}"],
            [
                "X_ip where j = q, else 0 (the worked answer)",
                f"{product.document} of {product.entries}",
            ],
        ],
    )


def shape_text(J: Any) -> str:
    """The shape of a Jacobian; that of one output is a row, 1 x d."""
    shape = shape_of(J)
    return " x ".join(map(str, (1, *shape) if len(shape) == 1 else shape))


def show_activations(board: Chalkboard) -> None:
    """Section 3."""
    board.heading("3.1  Why activations?")
    board.say("dy/dx of two layers, at (0, 0) and at (3, -2), with nothing and with tanh between:")
    board.numbers(without_activations())
    board.say("With nothing between them they are one linear layer, however many there are.")
    board.heading("3.2  Activations and their derivatives")
    board.rows(
        ["f", "f(x)", "f'(x)"],
        [
            ["sigmoid", "1 / (1 + exp(-x))", "f(x) (1 - f(x))"],
            ["relu", "max(0, x)", "1 if x > 0, else 0"],
            ["tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "1 - f(x)^2"],
        ],
    )
    board.rows(["f", "x", "f(x)", "f'(x)"], activations())
    for f in ("sigmoid", "relu", "tanh"):
        board.plot(f"cosc490_{f}", plot_function, f)

    z = [1.0, 2.0, 3.0]
    J, claimed = softmax_jacobian(z)
    board.heading("3.5, 3.6  The Jacobian of softmax at (1, 2, 3)")
    board.say("By the chain rule, and as diag(s) - s s^T:")
    board.rows(["by the chain rule", "diag(s) - s s^T"], zip(J, claimed, strict=True))


def show_xor(board: Chalkboard) -> None:
    """Section 4."""
    board.heading("4  XOR")
    xor.one_layer(board)
    xor.two_layers(board)
    xor.from_zeros(board)
    board.say("The worked answer claims that all of these gradients are 0. Marked:")
    rows = all_zero_claim().rows
    board.rows(
        ["by", "gradient", "claimed", "verdict"],
        [[row.key, row.right, row.given, row.verdict] for row in rows],
    )
    board.say(f"Why the first layer has none, at (1, 0): {why_zero()}")


def show_graph(board: Chalkboard) -> None:
    """Section 5."""
    f = logarithm_and_exponential()
    f.backward()
    board.heading("5  f = ln x + exp(y) z at (1, 3, 2)")
    board.table(f)
    board.picture("cosc490_graph", f)
    board.steps(f)
    board.derivation(f, ["x", "y", "z"])
    board.say("The worked answers of 5.2 to 5.4, marked; derivatives that are 0 are among them:")
    board.marks(check_answers(f, ANSWERS))


def main(board: Chalkboard) -> None:
    """The sections one after the other."""
    show_concepts(board)
    show_jacobians(board)
    show_activations(board)
    show_xor(board)
    show_graph(board)


if __name__ == "__main__":
    run(main)

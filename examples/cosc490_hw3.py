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
from examples.presenting import Chalkboard, run, written
from nn.arrays import shape_of
from nn.diagnose import Diagnosis
from viz import plot_function

Vector = list[float]
Matrix = list[list[float]]

#: The four points of XOR, each with its answer as a list of one number.
XOR = [(x, [float(y)]) for x, y in nn.data.xor()]

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
        descend(model, steps)
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


def descend(model: nn.Module, steps: int, learning_rate: float = 0.2) -> float:
    """Gradient descent on XOR; the mean squared error after it."""
    optimizer = nn.optim.SGD(model.parameters(), lr=learning_rate)
    nn.fit(model, XOR, nn.MSELoss(), optimizer, steps, batch_size=4, progress=False)
    return nn.evaluate(model, XOR, nn.MSELoss())[0]


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


# ---- 4: XOR -------------------------------------------------------------------------------------


class TwoLayers(NamedTuple):
    """h = relu(W1 x + b1), y = W2 h + b2."""

    W1: Matrix
    b1: Vector
    W2: Vector
    b2: float

    def network(self) -> nn.Sequential:
        """The network, its parameters named as here."""
        model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
        numbers = {"0.weight": self.W1, "0.bias": self.b1, "2.weight": [self.W2]}
        model.load_state_dict({**numbers, "2.bias": [self.b2]})
        for layer, linear in ((1, model[0]), (2, model[2])):
            for j, row in enumerate(linear.weight, 1):
                linear.bias[j - 1].label = f"b{layer}_{j}"
                for i, weight in enumerate(row, 1):
                    weight.label = f"W{layer}_{j}{i}"
        return model


DOCUMENT = TwoLayers([[1, 1], [1, -1]], [0, 0], [1, -1], 0)
RIGHT = TwoLayers([[1, 1], [1, 1]], [0, -1], [1, -2], 0)
ZEROS = TwoLayers([[0, 0], [0, 0]], [0, 0], [0, 0], 0)


def best_single_layer(starts: int = 10) -> float:
    """4.1: the least mean squared error that relu(w.x + b) reaches on XOR from random starts."""
    errors = []
    for seed in range(starts):
        nn.manual_seed(seed)
        errors.append(descend(nn.Sequential(nn.Linear(2, 1), nn.ReLU()), steps=300))
    return min(errors)


def hidden_and_output(weights: TwoLayers) -> list[tuple[Vector, Vector, float]]:
    """4.2: x, h and y for each of the four points."""
    model = weights.network()
    rows = []
    for point, _ in XOR:
        h = model[:2](point)
        rows.append((point, [unit.data for unit in h], model[2](h)[0].data))
    return rows


def xor_graph(weights: TwoLayers, point: Vector) -> Value:
    """4.2: y at one point, as a graph."""
    inputs = [Value(number, label=f"x{i}") for i, number in enumerate(point, 1)]
    with nn.scopes():
        output = weights.network()(inputs)
    y: Value = output[0]
    y.label = "y"
    return y


def marked(weights: TwoLayers) -> list[AnswersReport]:
    """4.2: "this network computes XOR", marked at each of the four points."""
    return [check_answers(xor_graph(weights, x), {"y.data": answer}) for x, (answer,) in XOR]


class FromZeros(NamedTuple):
    """4.3: what comes of beginning with zeros.

    Attributes:
        gradients: of the loss by each parameter.
        claim: the document's "all gradients are zero", marked.
        reason: why dl/dW1_11 is 0.
        outputs: for the four points after training.
        error: their mean squared error.
    """

    gradients: dict[str, float]
    claim: AnswersReport
    reason: str
    outputs: Vector
    error: float


def from_zeros() -> FromZeros:
    """4.3: the gradients at zero, and where gradient descent goes from there."""
    model = ZEROS.network()
    parameters = model.parameters()
    loss = nn.MSELoss()(model([point for point, _ in XOR]), [answer for _, answer in XOR])
    loss.label = "l"
    loss.backward()
    gradients = {parameter.label: parameter.grad for parameter in parameters}
    claim = check_answers(loss, dict.fromkeys(gradients, 0))
    (y,) = model([1.0, 0.0])
    y.label = "y"
    reason = str(why(y, model[0].weight[0][0]))
    error = descend(model, steps=100)
    return FromZeros(gradients, claim, reason, [model(point)[0].data for point, _ in XOR], error)


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
    f = logarithm_and_exponential()
    kept = [node.label for node in summary(f).kept]
    board.say(f"Of ln x + exp(y) z: {', '.join(kept)}. The derivatives of the sums need no number.")


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
    board.heading("4.1  XOR by one layer, relu(w1 x1 + w2 x2 + b)")
    board.say(
        f"""At (0, 0) it has to be 0, so b <= 0. At (0, 1) and (1, 0) it has to be 1, so w1 = w2 =
        1 - b. Then at (1, 1) it is 2 - b, which is 2 at least, and not 0. So it cannot be done;
        nor is it learnt: the least mean squared error from ten random starts is
        {best_single_layer():.4g}, which 0.5 for every point reaches too."""
    )
    board.heading("4.2  XOR by two layers")
    for title, weights in (("The worked answer", DOCUMENT), ("These do", RIGHT)):
        board.say(f"{title}: W1 = {weights.W1}, b1 = {weights.b1}, W2 = {weights.W2}, b2 = 0:")
        answers = [report["y.data"] for report in marked(weights)]
        rows = zip(hidden_and_output(weights), answers, strict=True)
        board.rows(
            ["(x1, x2)", "h", "y", "XOR", "verdict"],
            [[*numbers, answer.given, answer.verdict] for numbers, answer in rows],
        )
    board.say(
        """No W2 and b2 repair the worked answer's hidden layer. It puts (0, 1) at h = (1, 0), half
        way between (0, 0) at h = (0, 0) and (1, 1) at h = (2, 0). What is linear in h is there the
        mean of its values at those two: (0 + 0) / 2 = 0, where XOR is 1."""
    )
    graph = xor_graph(RIGHT, [1.0, 1.0])
    graph.backward()
    board.picture("cosc490_xor", graph)

    board.heading("4.3  XOR from zeros")
    zeros = from_zeros()
    board.say("The gradients of the mean squared error, and the claim that all of them are 0:")
    board.rows(
        ["by", "gradient", "claimed", "verdict"],
        [[row.key, row.right, row.given, row.verdict] for row in zeros.claim.rows],
    )
    board.say("b2 has a gradient and learns. The others have none, for W2 and h are 0:")
    board.say(zeros.reason)
    board.say(
        f"""So it stays, and after 100 steps the network answers {written(zeros.outputs)}, with an
        error of {zeros.error:.4g}: the mean of the answers is all that b2 can learn."""
    )


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
    board.write(check_answers(f, ANSWERS))


def main(board: Chalkboard) -> None:
    """The sections one after the other."""
    show_concepts(board)
    show_jacobians(board)
    show_activations(board)
    show_xor(board)
    show_graph(board)


if __name__ == "__main__":
    run(main)

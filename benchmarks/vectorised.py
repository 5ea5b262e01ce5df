"""The workloads of topic `replay` in CasADi, JAX and PyTorch, as their experts would write them.

CasADi evaluates scalar expressions, as we do: once the very graph that we record, once from its own
matrices of expressions. JAX and PyTorch work on whole arrays, so the losses are written over all
positions or points at once. Where a framework allows several ways, this is the fastest that was
found: buffers in place of converted arguments (CasADi); one vector of parameters, features before
points (JAX, whose calls cost by the argument); query, key and value in one product, fused attention
and cross-entropy (PyTorch). All numbers are float64.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from operator import add, mul, neg, sub, truediv
from typing import Any

from autograd import Value
from autograd.extras import install_command
from autograd.graph import topological_order
from benchmarks.networks import MLP, Transformer, next_character_loss, two_moons
from benchmarks.recorded import (
    SIZES_OF_MLP,
    Prepared,
    Side,
    character_model,
    our_graph,
    our_mlp,
    our_transformer,
)
from benchmarks.report import Answer

# ---- what is installed --------------------------------------------------------------------------

#: The extra of chalkgrad that brings a package.
EXTRAS = {"casadi": "bench", "jax": "bench", "torch": "torch", "sklearn": "datasets"}


def missing(package: str) -> str:
    """Why what needs a package is left out; "" if it need not be."""
    if package not in EXTRAS or find_spec(package) is not None:
        return ""
    return f"{package} is missing: {install_command(f'chalkgrad[{EXTRAS[package]}]')}"


def torch_on_one_thread() -> Any:
    """PyTorch, on one thread."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    return torch


def torch_name() -> str:
    """PyTorch with its version, without the build's."""
    return f"PyTorch {version('torch').partition('+')[0]}"


# ---- the transformer in CasADi ------------------------------------------------------------------


def casadi_prepared(expressions: Any, parameters: Any, weights: Sequence[float]) -> Prepared:
    """A function for a loss and its gradients, called through buffers."""
    ca = import_module("casadi")
    outputs = [expressions, ca.gradient(expressions, parameters)]
    function = ca.Function("step", [parameters], outputs)
    buffer, evaluate = function.buffer()
    given, loss, gradients = array("d", weights), array("d", [0.0]), array("d", weights)
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(loss))
    buffer.set_res(1, memoryview(gradients))

    def step() -> object:
        evaluate()
        return buffer, given, loss, gradients  # which `evaluate` uses, but does not keep alive

    def answer() -> Answer:
        step()
        return loss[0], list(gradients)

    step()
    return Prepared(step, answer)


def casadi_graph(context: int) -> Side:
    """The graph that we record, node by node as CasADi's expressions."""
    ca = import_module("casadi")
    of_operation: dict[str, Callable[..., Any]] = {
        "add": add,
        "sub": sub,
        "mul": mul,
        "div": truediv,
        "neg": neg,
        "pow": pow,
        "exp": ca.exp,
        "ln": ca.log,
        "maximum": ca.fmax,
        "relu": lambda x: ca.fmax(x, 0),
    }
    model, text = character_model(context)
    parameters = model.parameters()

    def prepare() -> Prepared:
        vector = ca.SX.sym("parameters", len(parameters))
        made = dict(zip(parameters, ca.vertsplit(vector), strict=True))
        root = next_character_loss(model, text)
        for node in topological_order(root):
            if node not in made:
                operands = [made[x] if isinstance(x, Value) else x for x in node.operands]
                made[node] = of_operation[node.op](*operands)
        return casadi_prepared(made[root], vector, [p.data for p in parameters])

    return Side(f"CasADi {version('casadi')}, same", prepare)


def casadi_matrices(context: int) -> Side:
    """The same loss from matrices of expressions; a position is a column."""
    ca = import_module("casadi")
    model, text = character_model(context)
    width, size = model.width, model.width // model.heads

    def linear(x: Any, weights: Any, biases: Any) -> Any:
        return ca.mtimes(weights, x) + ca.repmat(biases, 1, x.shape[1])

    def normalised(x: Any) -> Any:
        return x * ca.repmat((ca.sum1(x * x) / width + 1e-5) ** -0.5, width, 1)

    def softmax(scores: Any) -> Any:
        exponentials = ca.exp(scores - ca.mmax(scores))
        return exponentials / ca.sum1(exponentials)

    def cross_entropy(logits: Any, target: int) -> Any:
        shifted = logits - ca.mmax(logits)
        return ca.log(ca.sum1(ca.exp(shifted))) - shifted[target]

    def attend(query: Any, key: Any, value: Any) -> Any:
        heads = []
        for start in range(0, width, size):
            q, k, v = [matrix[start : start + size, :] for matrix in (query, key, value)]
            columns = [
                ca.mtimes(v[:, :end], softmax(ca.mtimes(k[:, :end].T, q[:, end - 1]) * size**-0.5))
                for end in range(1, context + 1)
            ]
            heads.append(ca.horzcat(*columns))
        return ca.vertcat(*heads)

    def prepare() -> Prepared:
        weights = [p.data for p in model.parameters()]
        vector = ca.SX.sym("parameters", len(weights))
        matrices = []
        for rows, columns, start in places(model):
            part = vector[start : start + rows * columns]
            matrices.append(ca.reshape(part, columns, rows).T)
        tokens, positions, *maps = matrices
        query, key, value, projection, expand, contract, unembed = [
            partial(linear, weights=maps[i], biases=maps[i + 1]) for i in range(0, len(maps), 2)
        ]
        stream = (tokens[text[:-1], :] + positions).T
        x = normalised(stream)
        stream += projection(attend(query(x), key(x), value(x)))
        stream += contract(ca.fmax(expand(normalised(stream)), 0))
        logits = unembed(normalised(stream))
        losses = [cross_entropy(logits[:, i], text[i + 1]) for i in range(context)]
        return casadi_prepared(reduce(add, losses) / context, vector, weights)

    return Side("CasADi, matrices", prepare)


def places(model: Transformer) -> Iterator[tuple[int, int, int]]:
    """Rows, columns and first place of each matrix in `parameters()`; biases are one column."""
    start = 0
    linears = (
        *(model.query, model.key, model.value, model.projection),
        *(model.expand, model.contract, model.unembed),
    )
    parts = [model.tokens, model.positions]
    for linear in linears:
        parts += [linear.weights, [[bias] for bias in linear.biases]]
    for part in parts:
        yield len(part), len(part[0]), start
        start += len(part) * len(part[0])


# ---- the transformer in PyTorch -----------------------------------------------------------------


def torch_transformer(context: int) -> Side:
    """The same loss over all positions and heads at once."""
    torch = torch_on_one_thread()
    F = import_module("torch.nn.functional")  # noqa: N806  # as PyTorch's users write
    model, text = character_model(context)
    width, heads = model.width, model.heads

    def prepare() -> Prepared:
        weights = torch.tensor([p.data for p in model.parameters()], dtype=torch.float64)
        tokens, positions, wq, bq, wk, bk, wv, bv, *rest = [
            weights[start : start + rows * columns].reshape(rows, columns)
            for rows, columns, start in places(model)
        ]
        parameters = [
            *(tokens, positions, torch.cat([wq, wk, wv]), torch.cat([bq, bk, bv])),
            *rest,
        ]
        parameters = [
            p.squeeze(1).clone().requires_grad_() if p.shape[1] == 1 else p.clone().requires_grad_()
            for p in parameters
        ]
        inputs, targets = torch.tensor(text[:-1]), torch.tensor(text[1:])

        def normalised(x: Any) -> Any:
            return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5)

        def loss() -> Any:
            tokens, positions, qkv, bqkv, wo, bo, w1, b1, w2, b2, wu, bu = parameters
            stream = F.embedding(inputs, tokens) + positions
            together = F.linear(normalised(stream), qkv, bqkv)
            query, key, value = together.view(1, context, 3, heads, -1).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            attended = attended[0].transpose(0, 1).reshape(context, width)
            stream = stream + F.linear(attended, wo, bo)
            hidden = F.relu(F.linear(normalised(stream), w1, b1))
            stream = stream + F.linear(hidden, w2, b2)
            return F.cross_entropy(F.linear(normalised(stream), wu, bu), targets)

        step = torch_step(loss, parameters)
        step()

        def answer() -> Answer:
            value = step().item()
            tokens, positions, qkv, bqkv, *rest = [p.grad for p in parameters]
            ours = [tokens, positions]
            for weight, bias in zip(qkv.chunk(3), bqkv.chunk(3), strict=True):
                ours += [weight, bias]
            return value, torch.cat([g.reshape(-1) for g in [*ours, *rest]]).tolist()

        return Prepared(step, answer)

    return Side(torch_name(), prepare)


def torch_step(loss: Callable[[], Any], parameters: Sequence[Any]) -> Callable[[], Any]:
    """A function that computes a loss and puts its gradients into the parameters."""

    def step() -> Any:
        for parameter in parameters:
            parameter.grad = None
        value = loss()
        value.backward()
        return value

    return step


# ---- the perceptron -----------------------------------------------------------------------------


def jax_mlp(points: int) -> Side:
    """Mean hinge loss over all points, compiled together with its gradient."""
    jax = import_module("jax")
    jnp = import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    inputs, labels = two_moons(points)
    weights = [p.data for p in MLP(Value, SIZES_OF_MLP).parameters()]

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        start = 0
        for fan_in, fan_out in pairwise(SIZES_OF_MLP):
            end = start + fan_out * (fan_in + 1)
            layer = parameters[start:end].reshape(fan_out, fan_in + 1)
            x = layer[:, :-1] @ x + layer[:, -1:]
            if end < len(weights):
                x = jnp.maximum(x, 0)
            start = end
        return jnp.mean(jnp.maximum(1 - y * x[0], 0))

    def prepare() -> Prepared:
        parameters = jnp.array(weights)
        x, y = jnp.array(inputs).T.copy(), jnp.array(labels, dtype=float)
        compiled = jax.jit(jax.value_and_grad(loss))

        def step() -> Any:
            return jax.block_until_ready(compiled(parameters, x, y))

        def answer() -> Answer:
            value, gradients = step()
            return float(value), gradients.tolist()

        step()  # the first call traces and compiles
        return Prepared(step, answer)

    return Side(f"JAX {version('jax')}, jit", prepare)


def torch_mlp(points: int) -> Side:
    """The same loss in PyTorch."""
    torch = torch_on_one_thread()
    F = import_module("torch.nn.functional")  # noqa: N806
    inputs, labels = two_moons(points)
    model = MLP(Value, SIZES_OF_MLP)

    def prepare() -> Prepared:
        x = torch.tensor(inputs, dtype=torch.float64)
        y = torch.tensor(labels, dtype=torch.float64)[:, None]
        one = torch.ones_like(y)
        parameters = []
        for layer in model.layers:
            for part in ([[w.data for w in n.w] for n in layer.neurons], neuron_biases(layer)):
                parameters.append(torch.tensor(part, dtype=torch.float64).requires_grad_())
        w1, b1, w2, b2, w3, b3 = parameters

        def loss() -> Any:
            hidden = F.relu(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2))
            return F.relu(torch.addcmul(one, y, F.linear(hidden, w3, b3), value=-1)).mean()

        step = torch_step(loss, parameters)
        step()

        def answer() -> Answer:
            value = step().item()
            gradients = []
            for weight, bias in ((w1, b1), (w2, b2), (w3, b3)):
                gradients += torch.cat([weight.grad, bias.grad[:, None]], 1).reshape(-1).tolist()
            return value, gradients

        return Prepared(step, answer)

    return Side(torch_name(), prepare)


def neuron_biases(layer: Any) -> list[float]:
    """The biases of a layer's neurons."""
    return [neuron.b.data for neuron in layer.neurons]


# ---- all sides of all workloads -----------------------------------------------------------------

#: By workload; each side by a short name, with the package that it needs before any colon.
SIDES: dict[str, dict[str, Callable[[int], Side]]] = {
    "transformer": {
        "chalkgrad": our_transformer,
        "casadi": casadi_graph,
        "casadi:matrices": casadi_matrices,
        "torch": torch_transformer,
    },
    "mlp": {"chalkgrad": our_mlp, "jax": jax_mlp, "torch": torch_mlp},
    "network": {"chalkgrad": partial(our_graph, "network")},
    "scattered": {"chalkgrad": partial(our_graph, "scattered")},
}


def package_of(side: str) -> str:
    """The package that a side of `SIDES` needs."""
    return side.partition(":")[0]

"""Graphs with a mistake planted in them: a naive backpropagation that goes wrong at one place.

It shares nothing with the engine: operations, derivatives and wrong derivatives stand here once
more, as one would write them on paper. The nodes of a program are called n0, n1, ... by place.
"""

import math
from dataclasses import dataclass

from autograd import Value
from autograd.functions import FUNCTIONS


def logistic(x):
    return 1 / (1 + math.exp(-x))


#: Value, and derivatives, of the operands' numbers and the value.
OPERATIONS = {
    "add": (lambda x, y: x + y, lambda n, out: [1, 1]),
    "sub": (lambda x, y: x - y, lambda n, out: [1, -1]),
    "mul": (lambda x, y: x * y, lambda n, out: [n[1], n[0]]),
    "div": (lambda x, y: x / y, lambda n, out: [1 / n[1], -n[0] / n[1] ** 2]),
    "square": (lambda x: x * x, lambda n, out: [2 * n[0]]),
    "cube": (lambda x: x**3, lambda n, out: [3 * n[0] ** 2]),
    "neg": (lambda x: -x, lambda n, out: [-1]),
    "exp": (math.exp, lambda n, out: [out]),
    "ln": (math.log, lambda n, out: [1 / n[0]]),
    "sqrt": (math.sqrt, lambda n, out: [0.5 / out]),
    "sin": (math.sin, lambda n, out: [math.cos(n[0])]),
    "cos": (math.cos, lambda n, out: [-math.sin(n[0])]),
    "tanh": (math.tanh, lambda n, out: [1 - out * out]),
    "sigmoid": (logistic, lambda n, out: [out * (1 - out)]),
    "relu": (lambda x: max(x, 0.0), lambda n, out: [1.0 if n[0] > 0 else 0.0]),
    "mean": (lambda *xs: sum(xs) / len(xs), lambda n, out: [1 / len(n)] * len(n)),
}
UNARY = ["square", "cube", "neg", "exp", "ln", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu"]
BINARY = ["add", "sub", "mul", "mul", "add", "div"]
DEGREE = math.pi / 180

#: Wrong derivatives: kind, operation, slot -> the numbers that it may come to.
WRONG = {
    ("at input", "exp", 0): lambda n, out: [n[0]],
    ("at input", "sqrt", 0): lambda n, out: [0.5 / n[0]],
    ("at input", "tanh", 0): lambda n, out: [1 - n[0] ** 2],
    ("at input", "sigmoid", 0): lambda n, out: [n[0] * (1 - n[0])],
    ("at output", "exp", 0): lambda n, out: [math.exp(out)],
    ("at output", "ln", 0): lambda n, out: [1 / out],
    ("at output", "sin", 0): lambda n, out: [math.cos(out)],
    ("at output", "cos", 0): lambda n, out: [-math.sin(out)],
    ("at output", "tanh", 0): lambda n, out: [1 - math.tanh(out) ** 2],
    ("at output", "sigmoid", 0): lambda n, out: [logistic(out) * (1 - logistic(out))],
    ("at output", "square", 0): lambda n, out: [2 * out],
    ("at output", "cube", 0): lambda n, out: [3 * out**2],
    ("at output", "sqrt", 0): lambda n, out: [0.5 / math.sqrt(out)],
    ("product rule", "mul", 0): lambda n, out: [n[0]],
    ("product rule", "mul", 1): lambda n, out: [n[1]],
    ("quotient rule", "div", 0): lambda n, out: [n[1], -n[0] / n[1] ** 2],
    ("quotient rule", "div", 1): lambda n, out: [
        n[0] / n[1] ** 2,
        -1 / n[1] ** 2,
        -n[0] / n[1],
        1 / n[1],
    ],
    ("power rule", "square", 0): lambda n, out: [n[0], 2 * n[0] ** 2],
    ("power rule", "cube", 0): lambda n, out: [n[0] ** 2, 3 * n[0] ** 3, 3 * n[0], 2 * n[0] ** 2],
    ("dead relu", "relu", 0): lambda n, out: [1.0],
    ("live relu", "relu", 0): lambda n, out: [0.0],
    ("log base", "ln", 0): lambda n, out: [1 / (n[0] * math.log(10))],
    ("degrees", "sin", 0): lambda n, out: [math.cos(n[0] * DEGREE)],
    ("degrees", "cos", 0): lambda n, out: [-math.sin(n[0] * DEGREE)],
}
EDGE_KINDS = sorted({kind for kind, _, _ in WRONG} | {"sign", "left out", "missed contribution"})
#: Other names under which the report may speak of the same wrong edge.
SAME = {"forgotten minus": "sign", "zero": "missed contribution"}
NODE_KINDS = ["overwritten", "upstream", "mean", "stopped", "other node"]
ANSWER_KINDS = ["sign of answer", "factor", "value", "missed path", "single path"]
KINDS = [*EDGE_KINDS, "before activation", *NODE_KINDS, *ANSWER_KINDS]


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake, the node, and the slot of the node's operand; None where it has none."""

    kind: str
    node: int | None = None
    slot: int | None = None


class Program:
    """Leaves, and operations on earlier nodes. The last node is the result."""

    def __init__(self, leaves, steps):
        self.leaves, self.steps = leaves, steps
        self.values = list(leaves)
        self.locals = [[] for _ in leaves]
        for name, operands in steps:
            numbers = [self.values[i] for i in operands]
            value, derivatives = OPERATIONS[name]
            self.values.append(value(*numbers))
            self.locals.append(derivatives(numbers, self.values[-1]))
        self.root = len(self.values) - 1

    def step(self, node):
        """The operation of a node and its operands' places; of a leaf, neither."""
        inner = node - len(self.leaves)
        return self.steps[inner] if inner >= 0 else ("", ())

    def numbers(self, node):
        return [self.values[i] for i in self.step(node)[1]]

    def gradients(self, local=None, upstream=None, top=None):
        """Backpropagation. `local(node, slot, d)` and `upstream(node, gradient)` may put something
        else in the place of a number."""
        gradients = [0.0] * len(self.values)
        gradients[self.root if top is None else top] = 1.0
        for node in range(self.root if top is None else top, -1, -1):
            sent = upstream(node, gradients[node]) if upstream else gradients[node]
            for slot, parent in enumerate(self.step(node)[1]):
                derivative = self.locals[node][slot]
                gradients[parent] += sent * (local(node, slot, derivative) if local else derivative)
        return gradients

    def build(self):
        """The same graph as Values; all its nodes."""
        nodes = [Value(number) for number in self.leaves]
        for name, operands in self.steps:
            chosen = [nodes[i] for i in operands]
            if name in ("square", "cube"):
                nodes.append(chosen[0] ** (2 if name == "square" else 3))
            else:
                nodes.append(FUNCTIONS[name](*chosen))
        for place, node in enumerate(nodes):
            node.label = f"n{place}"
        return nodes

    def used(self):
        """The nodes that the result was computed from, itself included."""
        found = {self.root}
        for node in range(self.root, -1, -1):
            if node in found:
                found.update(self.step(node)[1])
        return sorted(found)

    def above(self, target):
        """The nodes that were computed from `target`, of those that the result needs."""
        found = {target}
        for node in range(target + 1, self.root + 1):
            if found.intersection(self.step(node)[1]):
                found.add(node)
        return [node for node in self.used() if node in found and node != target]

    def path_products(self, target):
        """The product of every path from the result to `target`, found by walking each."""
        products, walks = [], [(self.root, 1.0)]
        while walks:
            node, product = walks.pop()
            if node == target:
                products.append(product)
                continue
            walks += [
                (parent, product * self.locals[node][slot])
                for slot, parent in enumerate(self.step(node)[1])
            ]
        return products


def outcomes(program, target, mistake):
    """The numbers that a mistake may make of d(result)/d(target); several rules may be meant."""
    kind = SAME.get(mistake.kind, mistake.kind)
    node, slot = mistake.node, mistake.slot
    right = program.gradients()
    if kind in ("sign", "sign of answer") and node is None:
        return [-right[target]]
    if kind == "factor" and node is None:
        return [2 * right[target], right[target] / 2]
    if kind == "value":
        return [program.values[target]]
    if kind == "other node":
        return [right[node]]
    if kind == "stopped":
        return [program.gradients(top=node)[target]]
    if kind == "upstream":
        return [program.gradients(upstream=lambda n, g: 1.0 if n == node else g)[target]]
    if kind == "single path":
        return program.path_products(target)
    if kind == "missed path":
        return [right[target] - product for product in program.path_products(target)]
    if kind == "overwritten":
        return [overwritten(program, target, node, slot)]
    if kind == "mean":
        count = len(program.step(node)[1])
        return [program.gradients(upstream=lambda n, g: g * count if n == node else g)[target]]
    return [
        with_edge(program, target, node, slot, wrong) for wrong in wrong_locals(program, mistake)
    ]


def with_edge(program, target, node, slot, wrong):
    """The gradient with a wrong derivative at one edge."""
    return program.gradients(local=lambda n, s, d: wrong if (n, s) == (node, slot) else d)[target]


def overwritten(program, target, node, slot):
    """The gradient where of all that arrives at the edge's lower end this one share is kept."""
    place = program.step(node)[1][slot]

    def kept(n, s, derivative):
        is_other = program.step(n)[1][s] == place and (n, s) != (node, slot)
        return 0.0 if is_other else derivative

    return program.gradients(local=kept)[target]


def wrong_locals(program, mistake):
    """The wrong derivatives that a mistake at an edge may mean; none where it does not apply."""
    kind = SAME.get(mistake.kind, mistake.kind)
    node, slot = mistake.node, mistake.slot
    if slot is None:
        return []
    name, operands = program.step(node)
    right, numbers = program.locals[node][slot], program.numbers(node)
    if kind == "sign":
        return [-right]
    if kind == "left out":
        return [1.0]
    if kind == "missed contribution":
        return [0.0]
    if kind == "factor":
        return [2 * right, right / 2]
    if kind == "function":
        return [program.values[node]] if len(operands) == 1 else []
    if kind == "before activation":
        return before_activation(program, node, slot)
    rule = WRONG.get((kind, name, slot))
    try:
        return rule(numbers, program.values[node]) if rule else []
    except (ValueError, ArithmeticError):
        return []


def before_activation(program, node, slot):
    """The derivative of a product, its other factor taken from before its function was applied."""
    name, operands = program.step(node)
    if name != "mul":
        return []
    inner, below = program.step(operands[1 - slot])
    is_function = inner and len(below) == 1 and inner not in ("square", "cube")
    return [program.values[below[0]]] if is_function else []


# ---- drawing ------------------------------------------------------------------------------------


def drawn_program(rng):
    """A random graph of moderate numbers in which every leaf is used somewhere."""
    while True:
        leaves = [
            round(rng.choice([-1, 1]) * rng.uniform(0.3, 2.5), 2) for _ in range(rng.randint(2, 4))
        ]
        steps = drawn_steps(rng, len(leaves))
        try:
            program = Program(leaves, steps)
        except (ValueError, ArithmeticError):
            continue
        if is_moderate(program):
            return program


def drawn_steps(rng, count):
    """Random operations; each takes the newest node or an earlier one."""
    steps = []
    for _ in range(rng.randint(4, 12)):
        newest = count + len(steps) - 1
        chosen = [rng.choice([newest, rng.randint(0, newest)]) for _ in range(3)]
        kind = rng.random()
        if kind < 0.45:
            steps.append((rng.choice(UNARY), (chosen[0],)))
        elif kind < 0.95:
            steps.append((rng.choice(BINARY), tuple(chosen[:2])))
        else:
            steps.append(("mean", tuple(chosen)))
    return steps


def is_moderate(program):
    """Whether nothing in it is very large, or so small that it could be rounding alone."""
    used = program.used()
    gradients = program.gradients()
    numbers = [program.values[i] for i in used] + [gradients[i] for i in used]
    return len(used) > 4 and all(x == 0.0 or 1e-4 < abs(x) < 1e4 for x in numbers)


def drawn_mistake(rng, program):
    """(target, mistake, its number): a mistake of a random kind at a random place that matters."""
    right = program.gradients()
    kinds = rng.sample(KINDS, len(KINDS))
    targets = [i for i in program.used() if i != program.root]
    for kind in kinds:
        for target in rng.sample(targets, len(targets)):
            tried = [
                (mistake, number)
                for mistake in places(program, target, kind)
                for number in outcomes(program, target, mistake)
                if is_seen(number, right[target])
            ]
            if tried:
                return target, *rng.choice(tried)
    raise AssertionError("no mistake changes anything in this graph")


def places(program, target, kind):
    """Where a kind of mistake can happen on the way to `target`."""
    above = program.above(target)
    edges = [
        Mistake(kind, node, slot)
        for node in above
        for slot, parent in enumerate(program.step(node)[1])
        if parent == target or parent in above
    ]
    if kind in ANSWER_KINDS:
        return [Mistake(kind)]
    if kind in ("upstream", "stopped"):
        return [Mistake(kind, node) for node in above if node != program.root]
    if kind == "other node":
        return [Mistake(kind, node) for node in program.used() if node != target]
    if kind == "mean":
        return [Mistake(kind, node) for node in above if program.step(node)[0] == "mean"]
    return edges


def is_seen(number, right):
    """Whether a wrong number can be told from the right one by its first four digits."""
    apart = abs(number - right)
    return math.isfinite(number) and abs(number) < 1e6 and apart > max(0.02 * abs(right), 1e-6)

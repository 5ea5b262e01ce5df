"""Formulas: what an operation computes, read as expression trees.

The table holds each operation's notation and its rule once, as Python. Here both are read into
Python's own expression trees (`ast`), which every printer walks: text (`printing.py`), LaTeX and
MathML for people, C and JavaScript for machines.
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from autograd.registry import BY_NAME, Operation

#: The call of this name is a derivative that has no formula: ∂(ratio(x, y), y).
DERIVATIVE = "∂"
MOST_TERMS = 1000  # each is one level of an expression tree, and Python reads few thousand levels


@cache
def notation(operation: Operation, count: int = 0) -> ast.expr:
    """The operation itself, an expression of its operands' names; of `count` operands, if any
    number is possible. A sum of very many is the call that made it."""
    if count > MOST_TERMS:
        names: list[ast.expr] = [ast.Name(name) for name in operation.operand_names(count)]
        return ast.Call(ast.Name(operation.name), names, [])
    written = operation.notation
    return parsed(written if isinstance(written, str) else written(count))


@cache
def derivatives(operation: Operation, count: int = 0) -> tuple[ast.expr, ...]:
    """Its local derivatives, one an operand, in the operands' names and `out`, the result.

    Taken from the entry where that gives a form for people, else from the rule itself. Where the
    rule is no formula (a user's rule with an `if` statement), they are only named: ∂ratio/∂y.
    """
    written = operation.derivatives
    if callable(written):
        written = written(count)
    if written:
        return tuple([parsed(text) for text in written])
    try:
        return rule_results(operation)[1:]
    except ValueError:
        names: list[ast.expr] = [ast.Name(name) for name in operation.operand_names(count)]
        called = ast.Call(ast.Name(operation.name), names, [])
        return tuple([ast.Call(ast.Name(DERIVATIVE), [called, name], []) for name in names])


def parsed(text: str) -> ast.expr:
    """The expression that a Python text writes."""
    return ast.parse(text, mode="eval").body


# ---- the rule as formulas -----------------------------------------------------------------------


@cache
def rule_results(operation: Operation) -> tuple[ast.expr, ...]:
    """What the rule returns, (value, derivatives ...), its local names put in.

    In the derivatives, the name of the value stays a name, `out`. Functions that have a spelling
    for people (see `autograd/precise.py`) are spelled out.

    Raises:
        ValueError: if the rule's source cannot be read, or is not straight-line Python.
    """
    source = rule_source(operation)
    *statements, last = source.definition.body
    if not (isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple)):
        raise ValueError(f"the rule of {operation.name} does not end by returning its results")
    value, *rest = last.value.elts
    steps = list(assignments(operation, statements))
    of_value = [i for i, (name, _) in enumerate(steps) if name == ast.unparse(value)]
    local: dict[str, ast.expr] = {}
    out = value
    for i, (name, expression) in enumerate(steps):
        local[name] = put_in(expression, local)
        if i in of_value[-1:]:
            out, local[name] = local[name], parsed("out")
    results = (put_in(out, local), *[put_in(item, local) for item in rest])
    return tuple([formula_of(operation, Spelling(source.names).visit(item)) for item in results])


def assignments(operation: Operation, statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The local names of a straight-line rule, with what is assigned to them."""
    for statement in statements:
        if is_docstring(statement):
            continue
        pairs = assigned(statement)
        if not pairs:
            raise ValueError(f"the rule of {operation.name} is not straight-line Python")
        for target, value in pairs:
            yield ast.unparse(target), value


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a text by itself."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def assigned(statement: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """What an assignment assigns to what, one after the other; nothing if it is none, or one
    whose order matters: a, b = b, a."""
    if isinstance(statement, ast.AugAssign):
        before = parsed(ast.unparse(statement.target))
        return [(statement.target, ast.BinOp(before, statement.op, statement.value))]
    if isinstance(statement, ast.AnnAssign) and statement.value:
        return [(statement.target, statement.value)]
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return []
    target: ast.expr = statement.targets[0]
    value = statement.value
    if not isinstance(target, ast.Tuple):
        return [(target, value)]
    if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
        return []
    words = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    in_order = words.isdisjoint(ast.unparse(item) for item in target.elts)
    return list(zip(target.elts, value.elts, strict=True)) if in_order else []


#: What formulas are made of.
FORMULA = (
    *(ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.IfExp, ast.Compare, ast.BoolOp),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UnaryOp, ast.USub, ast.Not),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.And, ast.Or, ast.Load),
)


def formula_of(operation: Operation, expression: ast.expr) -> ast.expr:
    """The expression itself, if it is a formula."""
    for node in ast.walk(expression):
        if not isinstance(node, FORMULA):
            written = ast.unparse(expression)
            raise ValueError(f"the rule of {operation.name} is no formula: {written}")
    return expression


class Spelling(ast.NodeTransformer):
    """Spells out the functions that the rules' author wrote for accuracy: precise.sech2(x)."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """What the function's module says that the call means, if it says so."""
        self.generic_visit(node)
        called = called_function(node, self.names)
        spellings = getattr(sys.modules.get(called.module), "SPELLINGS", {}) if called else {}
        if called is None or called.name not in spellings:
            return node
        parameters = parameter_names(called_source(called).definition)
        return put_in(parsed(spellings[called.name]), dict(zip(parameters, node.args, strict=True)))


def spelled_out(node: ast.Call) -> ast.expr:
    """A call of an operation that is not written as a call: mul(x, y) is x * y.

    >>> ast.unparse(spelled_out(parsed("mul(a + b, c)")))
    '(a + b) * c'
    >>> ast.unparse(spelled_out(parsed("math.fabs(a)")))
    'abs(a)'
    """
    name = called_name(node)
    operation = BY_NAME.get({"fabs": "abs"}.get(name, name))
    if operation is None or operation.variadic:
        return node
    written = notation(operation)
    if isinstance(written, ast.Call) and BY_NAME.get(called_name(written)) is operation:
        return ast.Call(written.func, node.args, [])
    required = len(operation.operands) - len(operation.defaults)
    defaults = operation.defaults[max(len(node.args) - required, 0) :]
    operands = [*node.args, *map(ast.Constant, defaults)]
    return put_in(written, dict(zip(operation.operands, operands, strict=True)))


def called_name(node: ast.Call) -> str:
    """The last word of what a call calls: `exp` of `math.exp(x)`."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


# ---- the sources of functions -------------------------------------------------------------------


class Source(NamedTuple):
    """A function as it is written: its definition, and what the names around it stand for."""

    definition: ast.FunctionDef
    names: Mapping[str, Any]


class Called(NamedTuple):
    """A function that a rule calls: the module that it stands in, its name there, and itself;
    None where it is compiled."""

    module: str
    name: str
    function: Any = None


@cache
def rule_source(operation: Operation) -> Source:
    """The definition of the operation's rule, wherever it was written.

    A compiled rule has no source of its own; the file beside it has.

    Raises:
        ValueError: if the source cannot be found.
    """
    rule = operation.rule
    function = rule if isinstance(rule, FunctionType) else None
    return called_source(Called(rule.__module__, rule.__name__, function))


@cache
def called_source(called: Called) -> Source:
    """The source of a function that a rule calls."""
    function = called.function
    if function is None:
        return Source(definition_in(called.module, called.name), module_names(called.module))
    names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    return Source(definition_of(function), names)


def parameter_names(definition: ast.FunctionDef) -> list[str]:
    """What a function calls the numbers that it takes."""
    return [argument.arg for argument in (*definition.args.posonlyargs, *definition.args.args)]


def definition_of(function: FunctionType) -> ast.FunctionDef:
    """The definition of a Python function: of a module, a notebook or inside another function."""
    try:
        text = inspect.getsource(function)
    except OSError as error:
        raise ValueError(f"the source of {function.__qualname__} cannot be found") from error
    indented = text[:1].isspace()
    for item in ast.walk(ast.parse(f"if True:\n{text}" if indented else text)):
        if isinstance(item, ast.FunctionDef):
            return item
    raise ValueError(f"{function.__qualname__} is not defined by a def statement")


def definition_in(module: str, name: str) -> ast.FunctionDef:
    """The definition of a function in a module's source."""
    for item in module_tree(module).body:
        if isinstance(item, ast.FunctionDef) and item.name == name:
            return item
    raise ValueError(f"the source of {name} is not in {module}")


@cache
def module_names(module: str) -> Mapping[str, Any]:
    """What the names in a module stand for; a compiled one keeps its constants to itself."""
    kept = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    tree = module_tree(module)
    body: list[ast.stmt] = [item for item in tree.body if isinstance(item, kept)]
    names: dict[str, Any] = {"__name__": module}
    exec(compile(ast.Module(body, []), module, "exec"), names)
    functions = [item.name for item in tree.body if isinstance(item, ast.FunctionDef)]
    return names | {name: Called(module, name) for name in functions}


@cache
def module_tree(module: str) -> ast.Module:
    """The source of an imported module, parsed."""
    path = Path(getattr(sys.modules.get(module), "__file__", "") or "")
    source = path.with_name(path.name.partition(".")[0] + ".py")
    if not source.is_file():
        raise ValueError(f"the source of module {module} cannot be found")
    return ast.parse(source.read_text(encoding="utf-8"))


def called_function(node: ast.Call, names: Mapping[str, Any]) -> Called | None:
    """The function that a call calls, if its name stands for one."""
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        module = names.get(node.func.value.id)
        if not inspect.ismodule(module):
            return None
        function = getattr(module, node.func.attr, None)
        plain = function if isinstance(function, FunctionType) else None
        return Called(module.__name__, node.func.attr, plain)
    if not isinstance(node.func, ast.Name):
        return None
    known = names.get(node.func.id, getattr(builtins, node.func.id, None))
    if isinstance(known, Called):
        return known
    name, module_name = (getattr(known, word, None) for word in ("__name__", "__module__"))
    if not (callable(known) and isinstance(name, str) and isinstance(module_name, str)):
        return None
    return Called(module_name, name, known if isinstance(known, FunctionType) else None)


# ---- putting in ---------------------------------------------------------------------------------


class Substitution(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, local: Mapping[str, ast.expr]) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """What the name stands for."""
        return self.local.get(node.id, node)


def put_in(expression: ast.expr, local: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with the local names replaced by what they stand for."""
    replaced: ast.expr = Substitution(local).visit(copy.deepcopy(expression))
    return replaced


# ---- plain numbers ------------------------------------------------------------------------------

FOLDED: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
}


def with_numbers(expression: ast.expr, numbers: Mapping[str, float]) -> ast.expr:
    """The expression with numbers in the place of names, and what is all numbers worked out.

    Quotients stay: 1 / 3 says more than 0.333333.

    >>> from autograd.printing import text
    >>> from autograd.registry import entry
    >>> text(with_numbers(derivatives(entry("pow"))[0], {"y": 3.0}), {})
    '3 * x^2'
    """
    constants: dict[str, ast.expr] = {name: ast.Constant(x) for name, x in numbers.items()}
    folded: ast.expr = Folding().visit(put_in(expression, constants))
    return folded


class Folding(ast.NodeTransformer):
    """Works out sums, differences, products and powers of two numbers; x^1 is x."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """The number that it is, if it is one."""
        self.generic_visit(node)
        right = node.right.value if isinstance(node.right, ast.Constant) else None
        if isinstance(node.op, ast.Pow) and right == 1:
            return node.left
        if right is None or not isinstance(node.left, ast.Constant) or type(node.op) not in FOLDED:
            return node
        try:
            number = FOLDED[type(node.op)](float(node.left.value), float(right))  # type: ignore[arg-type]
        except ArithmeticError:
            return node
        return ast.Constant(number) if isinstance(number, float) else node  # or complex


# ---- the branch taken ---------------------------------------------------------------------------

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def branch_taken(
    expression: ast.expr, numbers: Mapping[str, float]
) -> tuple[ast.expr, list[ast.expr]]:
    """What a conditional expression comes down to for these numbers, and what decided it.

    That is the condition that was found true; where none was, all that were found false, negated.

    >>> from autograd.printing import text
    >>> from autograd.registry import entry
    >>> branch, conditions = branch_taken(derivatives(entry("relu"))[0], {"x": -2.0})
    >>> text(branch, {}), [text(condition, {"x": "h"}) for condition in conditions]
    ('0', ['h <= 0'])
    """
    conditions: list[ast.expr] = []
    while isinstance(expression, ast.IfExp):
        if holds(expression.test, numbers):
            return expression.body, [expression.test]
        conditions.append(negation(expression.test))
        expression = expression.orelse
    return expression, conditions


def holds(condition: ast.expr, numbers: Mapping[str, float]) -> bool:
    """Whether a rule's condition is true of the operands."""
    code = compile(ast.fix_missing_locations(ast.Expression(condition)), "<condition>", "eval")
    return bool(eval(code, {"__builtins__": {}}, dict(numbers)))


def negation(condition: ast.expr) -> ast.expr:
    """The condition that holds when this one does not: x > 0 becomes x <= 0."""
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
        opposite = OPPOSITE[type(condition.ops[0])]()
        return ast.Compare(condition.left, [opposite], condition.comparators)
    if isinstance(condition, ast.BoolOp):
        other = ast.And() if isinstance(condition.op, ast.Or) else ast.Or()
        return ast.BoolOp(other, [negation(part) for part in condition.values])
    return ast.UnaryOp(ast.Not(), condition)

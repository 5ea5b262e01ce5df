"""Formulas: what an operation computes, as an expression tree and as plain text.

The table holds each operation's notation and its rule once, as Python. Here both are read into
Python's own expression trees (`ast`), which any printer can walk; the printer for plain text stands
below, others (LaTeX, MathML, C) work on the same trees.
"""

from __future__ import annotations

import ast
import copy
import operator
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from autograd.numbers import format_number
from autograd.registry import Operation

#: Python's operators: (how they are written, how tightly they bind).
BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: (" + ", 1),
    ast.Sub: (" - ", 1),
    ast.Mult: (" * ", 2),
    ast.Div: (" / ", 2),
    ast.Pow: ("^", 4),
}
UNARY_BINDING = 3
ATOM = 5

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "!=",
}


@cache
def notation(operation: Operation, count: int = 0) -> ast.expr:
    """The operation itself, an expression of its operands' names; of `count` operands, if any
    number is possible."""
    written = operation.notation
    return ast.parse(written if isinstance(written, str) else written(count), mode="eval").body


@cache
def derivatives(operation: Operation, count: int = 0) -> tuple[ast.expr, ...]:
    """Its local derivatives, one an operand, in the operands' names and `out`, the result.

    Taken from the entry where that gives a form for people, else from the rule itself.
    """
    written = operation.derivatives
    if callable(written):
        written = written(count)
    if written:
        return tuple([ast.parse(text, mode="eval").body for text in written])
    return rule_results(operation)[1:]


@cache
def rule_results(operation: Operation) -> tuple[ast.expr, ...]:
    """What the rule returns, (value, derivatives ...), its local names put in; `out` stays a name.

    Raises:
        ValueError: if the rule's source cannot be read, or is not straight-line Python.
    """
    function = rule_source(operation)
    local: dict[str, ast.expr] = {}
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            local[statement.targets[0].id] = put_in(statement.value, local)
        elif isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
            value, *rest = statement.value.elts
            value = put_in(value, local)
            local.pop("out", None)
            return (value, *[put_in(item, local) for item in rest])
        else:
            break
    raise ValueError(f"the rule of {operation.name} is not straight-line Python")


def rule_source(operation: Operation) -> ast.FunctionDef:
    """The definition of the rule, from the file that it stands in.

    A compiled rule has no source of its own; the file beside it has.
    """
    module = operation.rule.__module__
    tree = module_tree(module)
    for item in ast.walk(tree):
        if isinstance(item, ast.FunctionDef) and item.name == operation.rule.__name__:
            return item
    raise ValueError(f"the source of {operation.name}'s rule is not in {module}")


@cache
def module_tree(module: str) -> ast.Module:
    """The source of an imported module, parsed."""
    path = Path(getattr(sys.modules.get(module), "__file__", "") or "")
    source = path.with_name(path.name.partition(".")[0] + ".py")
    if not source.is_file():
        raise ValueError(f"the source of module {module} cannot be found")
    return ast.parse(source.read_text(encoding="utf-8"))


class Substitution(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, local: Mapping[str, ast.expr]) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """What the name stands for; `out` stays itself."""
        if node.id == "out":
            return node
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


# ---- the printer for plain text -----------------------------------------------------------------


def text(expression: ast.expr, names: Mapping[str, str]) -> str:
    """The expression as plain text, with names (or numbers) put in the place of its operands.

    >>> from autograd.registry import entry
    >>> text(notation(entry("mul")), {"x": "h2", "y": "z"})
    'h2 * z'
    >>> text(notation(entry("pow")), {"x": "-4", "y": "2"})
    '(-4)^2'
    """
    return printed(expression, names)[0]


def printed(node: ast.expr, names: Mapping[str, str]) -> tuple[str, int]:
    """The text of an expression and how tightly its outermost operator binds."""
    if isinstance(node, ast.Name):
        word = names.get(node.id, node.id)
        return word, UNARY_BINDING if word.startswith("-") else ATOM
    if isinstance(node, ast.Constant):
        word = format_number(float(node.value))  # type: ignore[arg-type]
        return word, UNARY_BINDING if word.startswith("-") else ATOM
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = bracketed(node.operand, names, UNARY_BINDING + 1)
        return f"-{inner}", UNARY_BINDING
    if isinstance(node, ast.BinOp):
        sign, binding = BINARY[type(node.op)]
        is_power = isinstance(node.op, ast.Pow)
        left = bracketed(node.left, names, binding + is_power)
        right = bracketed(node.right, names, binding + (not is_power), behind=True)
        return f"{left}{sign}{right}", binding
    if isinstance(node, ast.Call):
        arguments = ", ".join(text(argument, names) for argument in node.args)
        return f"{called(node)}({arguments})", ATOM
    if isinstance(node, ast.IfExp):
        body, test, orelse = (text(part, names) for part in (node.body, node.test, node.orelse))
        return f"{body} if {test} else {orelse}", 0
    if isinstance(node, ast.Compare):
        words = [text(node.left, names)]
        for comparison, right_side in zip(node.ops, node.comparators, strict=True):
            words += [COMPARISONS[type(comparison)], text(right_side, names)]
        return " ".join(words), 0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"not ({text(node.operand, names)})", 0
    if isinstance(node, ast.BoolOp):
        joint = " and " if isinstance(node.op, ast.And) else " or "
        return joint.join(text(part, names) for part in node.values), 0
    raise ValueError(f"no text for {ast.dump(node)}")


def bracketed(node: ast.expr, names: Mapping[str, str], binding: int, behind: bool = False) -> str:
    """A part of an expression, in brackets where it binds less tightly than asked, or has a sign
    behind an operator: 2 * (-3)."""
    inner, own = printed(node, names)
    return f"({inner})" if own < binding or (behind and inner.startswith("-")) else inner


def called(node: ast.Call) -> str:
    """The name of the function that a call calls; `math.fabs` is abs, `math.log` is ln."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "?")
    return {"fabs": "abs", "log": "ln"}.get(name, name)

"""Local derivatives as expressions, from the same rules that compute them as numbers.

A rule returns its local derivatives as floats. Here its source is read once more, so that

- on Values, it gives each local derivative as a part of the graph, which can be differentiated
  again: `math.exp`, and what the functions of `precise` stand for, are the table's operations;
- at a kink, it gives the derivative on one side: x > 0 is then decided by x and, where x is 0, by
  the direction in which x moves.

In both, comparisons are made on data, and choose a branch as they did at the forward pass.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import BuiltinFunctionType, CodeType, ModuleType
from typing import Any

from autograd.engine import Value
from autograd.formulas import derivatives, rule_results, rule_source
from autograd.functions import FUNCTIONS
from autograd.modes import recording
from autograd.recording import unobserved
from autograd.registry import BY_NAME, Operation, entry
from autograd.state import modes

#: Modules whose functions rules may call, and what the table calls some of them.
MODULES = ("math", "numpy")
OF_MATH = {"fabs": "absolute"}
NUMBER = "_number"
MOVING = "_moving"
SETTLED = "_settled"
FUNCTION = "_function_"  # before an operation's name: its function in the table


def local_derivative(node: Value, position: int) -> Any:
    """The derivative of a node by its operand at `position`, as an expression of its operands.

    Returns:
        A Value, or a float where the derivative does not depend on the operands.

    Raises:
        ValueError: if the operation is a user's, and its rule cannot be read or differentiated.

    >>> x, y = Value(3.0), Value(2.0)
    >>> local_derivative(x * y, 1) is x
    True
    """
    operation = entry(node.op)
    operands = operation.with_defaults(node.operands)
    if operation.variadic:
        formula = derivatives(operation, len(operands))[position]
        if isinstance(formula, ast.Constant):
            return float(formula.value)  # type: ignore[arg-type]
        if isinstance(formula, ast.Name) and formula.id != "out":
            return operands[operation.operand_names(len(operands)).index(formula.id)]
    return on_values(operation, len(operands), position)(*operands, node)


def one_sided_derivative(
    node: Value,
    position: int,
    recorded: float,
    tangents: Mapping[Value, float],
    push: Callable[[Sequence[Any], dict[Value, Any]], None],
) -> float:
    """The derivative of a node by its operand at `position`, as its operands begin to move.

    Where a condition of the rule is undecided, as x > 0 for x = 0, the tangents decide it.

    Args:
        node: the result of an operation.
        position: which of its operands.
        recorded: the derivative as it was recorded.
        tangents: how fast each operand moves; 0 where nothing is said.
        push: gives all nodes under some results their tangents, for what the rule compares.
    """
    operation = entry(node.op)
    if operation.variadic or not has_kink(operation, position):
        return recorded
    twins: list[Any] = []
    moves: dict[Value, Any] = {}
    for operand in operation.with_defaults(node.operands):
        if isinstance(operand, Value):
            twins.append(Value(operand.data))
            moves[twins[-1]] = tangents.get(operand, 0.0)
        else:
            twins.append(operand)

    def moving(x: Any) -> tuple[float, float]:
        if not isinstance(x, Value):
            return x, 0.0
        push([x], moves)
        return x.data, moves[x]

    with recording():
        return float(number(on_one_side(operation, position)(moving, *twins, node.data)))


# ---- the two forms of a rule --------------------------------------------------------------------


@cache
def on_values(operation: Operation, count: int, position: int) -> Callable[..., Any]:
    """f(operands ..., out): the derivative by one operand, an expression of Values."""
    names = operation.operand_names(count)
    if operation.variadic:
        formula = derivatives(operation, count)[position]
    else:
        try:
            formula = rule_results(operation)[1 + position]
        except ValueError:
            return whole_rule(operation, 1 + position, OnValues)
    body = OnValues(operation).visit(copy.deepcopy(formula))
    return function_of([*names, "out"], body, environment(operation))


@cache
def on_one_side(operation: Operation, position: int) -> Callable[..., Any]:
    """f(moving, operands ..., out): the derivative by one operand, with comparisons of pairs.

    `moving` makes a Value a pair: its data, and the direction in which it moves.
    """
    try:
        formula = rule_results(operation)[1 + position]
    except ValueError:
        return whole_rule(operation, 1 + position, OnOneSide, [MOVING])
    body = OnOneSide(operation).visit(copy.deepcopy(formula))
    names = [MOVING, *operation.operands, "out"]
    return function_of(names, body, environment(operation, is_last=True))


@cache
def has_kink(operation: Operation, position: int) -> bool:
    """Whether comparisons may decide what the derivative by an operand is."""
    try:
        formula = rule_results(operation)[1 + position]
    except ValueError:  # a rule with statements
        return True
    return any(isinstance(node, ast.Compare) for node in ast.walk(formula))


def whole_rule(
    operation: Operation, place: int, form: type[OnValues], more: Sequence[str] = ()
) -> Callable[..., Any]:
    """f(more ..., operands ..., out): one result of a rule that is more than straight lines."""
    try:
        definition = rule_source(operation).definition
    except ValueError as error:
        raise ValueError(
            f"{operation.name} cannot be differentiated again: {error}. Define it in a file, or "
            "in a notebook"
        ) from None
    scope = environment(operation, is_last=form is OnOneSide)
    rule = form(operation).visit(copy.deepcopy(definition))
    rule.decorator_list = []
    rule.args.args[:0] = [ast.arg(name) for name in more]
    exec(compiled(ast.Module([rule], []), "exec"), scope)
    return lambda *operands: scope[definition.name](*operands[:-1])[place]


def function_of(names: list[str], body: ast.expr, scope: dict[str, Any]) -> Callable[..., Any]:
    """The function of these names that an expression describes."""
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    function = ast.Expression(ast.Lambda(arguments, body))
    made: Callable[..., Any] = eval(compiled(function, "eval"), scope)
    return made


def compiled(tree: Any, mode: str) -> CodeType:
    """The code of a tree that was put together by hand."""
    code: CodeType = compile(ast.fix_missing_locations(tree), "<rule>", mode)
    return code


def environment(operation: Operation, is_last: bool = False) -> dict[str, Any]:
    """What the names in a rule stand for besides its operands: those around it, and ours.

    Args:
        operation: whose rule it is.
        is_last: whether no further derivative is asked for, so that functions whose derivative is
            not known may be called.
    """
    names = rule_source(operation).names
    around = {name: OnTable.made_of(operation, meaning, is_last) for name, meaning in names.items()}
    functions = {f"{FUNCTION}{name}": function for name, function in FUNCTIONS.items()}
    return {"pi": math.pi, **around, **functions, NUMBER: number_in_comparison, SETTLED: settled}


class OnTable:
    """A module such as `math`, whose functions take Values where the table has such a function."""

    def __init__(self, operation: Operation, module: ModuleType, is_last: bool) -> None:
        self.operation = operation
        self.module = module
        self.is_last = is_last

    @staticmethod
    def made_of(operation: Operation, meaning: Any, is_last: bool) -> Any:
        """What a name in a rule means: a module of functions, or one of `math`'s, on Values."""
        if isinstance(meaning, ModuleType) and meaning.__name__ in MODULES:
            return OnTable(operation, meaning, is_last)
        if isinstance(meaning, BuiltinFunctionType) and meaning.__module__ == "math":
            return getattr(OnTable(operation, math, is_last), meaning.__name__)
        return meaning

    def __getattr__(self, name: str) -> Any:
        item = getattr(self.module, name)
        known = FUNCTIONS.get(OF_MATH.get(name, name))
        if known or not callable(item):
            return known or item

        def of_numbers(*operands: Any) -> Any:
            if not self.is_last and any(isinstance(operand, Value) for operand in operands):
                raise ValueError(
                    f"{self.operation.name} cannot be differentiated again: its rule calls "
                    f"{self.module.__name__}.{name}, whose derivative is not known"
                )
            return item(*map(number, operands))

        return of_numbers


def number(operand: Any) -> Any:
    """The data of a Value; anything else as it is."""
    return operand.data if isinstance(operand, Value) else operand


def number_in_comparison(operand: Any) -> Any:
    """The same where a comparison decides which formula holds; see `settled`."""
    with unobserved():
        return number(operand)


def settled(outcome: bool, on_values: Callable[[], bool]) -> bool:
    """The outcome of a comparison of numbers. A recorder is told of it, as a comparison of Values.

    >>> settled(True, lambda: Value(2.0) > 1)
    True
    """
    return outcome if modes.recorder is None else bool(on_values())


# ---- transformations of a rule ------------------------------------------------------------------


class OnValues(ast.NodeTransformer):
    """Calls are of functions on Values, comparisons of the data."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.around = rule_source(operation).names

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`exp(x)` is the table's, unless it is a function of the user's own by that name."""
        self.generic_visit(node)
        name = ast.unparse(node.func)
        is_ours = name in BY_NAME and not (self.operation.is_own and name in self.around)
        return call_of_table(name, node.args) if is_ours else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Factors of 1 and sums with 0, which spellings leave behind, make no nodes; 0.0 is no such
        0, as -0 + 0.0 is 0. Quotients and powers are the table's: they do not raise in `ieee`."""
        self.generic_visit(node)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, ast.Constant):
                is_one = isinstance(node.op, ast.Mult) and one.value == 1
                is_nothing = isinstance(node.op, ast.Add) and one.value == 0
                if is_one or (is_nothing and isinstance(one.value, int)):
                    return other
        name = {ast.Div: "div", ast.Pow: "pow"}.get(type(node.op))
        return call_of_table(name, [node.left, node.right]) if name else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Both sides as numbers; beside it, for a recorder, the comparison of both as Values."""
        on_values = copy.deepcopy(node)
        self.generic_visit(on_values)
        nothing = ast.arguments([], [], kwonlyargs=[], kw_defaults=[], defaults=[])
        again = ast.Lambda(nothing, in_order_of_data(on_values))
        return ast.Call(ast.Name(SETTLED, ast.Load()), [OnData().visit(node), again], [])


def call_of_table(name: str, operands: list[ast.expr]) -> ast.expr:
    """The call of an operation's function in the table, whatever its name means in the rule."""
    return ast.Call(ast.Name(f"{FUNCTION}{name}", ast.Load()), operands, [])


def in_order_of_data(node: ast.Compare) -> ast.expr:
    """The comparison, but `==`, identity for Values, is `<=` and `>=`, and `!=` is not both."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return node
    sides: list[ast.expr] = [
        ast.Compare(node.left, [relation], node.comparators) for relation in (ast.LtE(), ast.GtE())
    ]
    equal = ast.BoolOp(ast.And(), sides)
    return equal if isinstance(node.ops[0], ast.Eq) else ast.UnaryOp(ast.Not(), equal)


class OnData(ast.NodeTransformer):
    """Names stand for numbers: what is compared makes no nodes."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """The function's name stays what it is."""
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """So do modules."""
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The number of an operand."""
        return ast.Call(ast.Name(NUMBER, ast.Load()), [node], [])


class OnOneSide(OnValues):
    """Comparisons take the tangents into account: they compare pairs (x, tangent of x)."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Pairs compare by their first members, and where these are equal by their second."""
        sides = [self.pair(side) for side in (node.left, *node.comparators)]
        return ast.Compare(sides[0], node.ops, sides[1:])

    def pair(self, side: ast.expr) -> ast.expr:
        """One side, an expression of Values, with the direction in which it moves."""
        return ast.Call(ast.Name(MOVING, ast.Load()), [self.visit(side)], [])

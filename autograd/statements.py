"""Rules as functions of a language with C's syntax: the part that C and JavaScript share.

A rule is a small subset of Python: assignments, `if`, loops over a row, `return`, arithmetic,
comparisons, conditional expressions, calls of `math` and of functions that are themselves of this
subset. What is outside of it is refused by name, never translated into something else.
"""

from __future__ import annotations

import ast
import math
import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TypeGuard

from autograd.formulas import (
    Called,
    Source,
    assigned,
    called_function,
    called_source,
    is_docstring,
    parameter_names,
    rule_source,
)
from autograd.printing import SIGNS, Binding, Printed, Printer
from autograd.registry import Operation

#: The functions of `math` that take two numbers; the others take one.
OF_TWO = ("atan2", "copysign", "fmod", "pow")
MATH, BUILTINS = "math", "builtins"
INDENT = "    "
WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)
#: The names that a row's parts have in the function made of a rule.
ROW = {"numbers": "x", "derivatives": "d", "count": "n"}


class FunctionPrinter(Printer):
    """Prints one function. C and JavaScript differ in the words that are left open here.

    Args:
        owner: what an error calls the function: "the rule of cube".
        source: the function.
        outputs: how many numbers it returns.
        row: the name of the rule's parameter that is a row; "" if it takes numbers.
    """

    language: str
    functions: Mapping[str, str]  # the language's name of each function of `math`
    runtime: Mapping[str, str] = {}  # the sources of those that the language has not
    comparisons: Mapping[type[ast.cmpop], str]
    not_finite: Mapping[str, str]  # how nan and inf are written
    index_type: str  # what the index of a loop is declared as
    reserved: frozenset[str]  # words that cannot be names there

    def __init__(self, owner: str, source: Source, outputs: int, row: str = "") -> None:
        super().__init__({})
        self.owner = owner
        self.source = source
        self.outputs = outputs
        self.row = row
        self.calls: dict[Called, None] = {}  # in order of appearance
        self.parameters = parameter_names(source.definition)
        self.assigned = assigned_names(source.definition)
        self.integers = index_names(source.definition)
        self.views: dict[str, str] = {}  # local names of a row's parts
        self.locals: dict[str, str] = {}  # the other local names, with their types
        self.finished: set[str] = set()  # the indices of loops that are over

    # ---- statements ----

    def function(self, name: str) -> str:
        """The whole function."""
        body = self.source.definition.body
        lines = [line for statement in body for line in self.statement(statement)]
        if not self.returns(body[-1]):
            raise self.refusal(body[-1], "does not end by returning its results")
        return "\n".join(
            [f"{self.signature(name)} {{", *indented(self.declarations() + lines), "}"]
        )

    def returns(self, last: ast.stmt) -> bool:
        """Whether a function that ends in this statement always returns something."""
        if isinstance(last, ast.If):
            return bool(last.orelse) and all(
                self.returns(block[-1]) for block in (last.body, last.orelse)
            )
        return isinstance(last, ast.Return)

    def statement(self, statement: ast.stmt) -> list[str]:
        """The lines of one statement."""
        if is_docstring(statement):
            return []
        if isinstance(statement, ast.Return) and statement.value:
            return self.results(statement.value)
        if isinstance(statement, ast.If):
            return self.branches(statement)
        if isinstance(statement, ast.For):
            return self.loop(statement)
        pairs = assigned(statement)
        if not pairs:
            raise self.refusal(statement)
        return [line for target, value in pairs for line in self.assignment(target, value)]

    def assignment(self, target: ast.expr, value: ast.expr) -> list[str]:
        """`name = value;` or `d[i] = value;`; nothing for a new name of a row's part."""
        part = self.row_part(value)
        if isinstance(target, ast.Subscript) and self.row_part(target.value) == "derivatives":
            return [f"{self.element(target).text} = {self.text(value)};"]
        if not isinstance(target, ast.Name) or target.id == self.row:
            raise self.refusal(target, f"assigns to {ast.unparse(target)!r}")
        if part in ("numbers", "derivatives"):
            self.views[target.id] = part
            return []
        is_index = target.id in self.integers
        written = self.integer(value) if is_index else self.text(value)
        if target.id not in self.parameters:
            self.locals[target.id] = self.index_type if is_index else "double"
        return [f"{self.safe(target.id)} = {written};"]

    def branches(self, statement: ast.If) -> list[str]:
        """if (...) { ... } else { ... }."""
        lines = [f"if ({self.truth(statement.test).text}) {{"]
        lines += indented(line for item in statement.body for line in self.statement(item))
        if statement.orelse:
            lines += ["} else {"]
            lines += indented(line for item in statement.orelse for line in self.statement(item))
        return [*lines, "}"]

    def loop(self, statement: ast.For) -> list[str]:
        """for (i = 0; i < n; i++) { ... }."""
        target, loop = statement.target, statement.iter
        if not isinstance(target, ast.Name) or not is_range(loop) or len(loop.args) > 2:
            raise self.refusal(statement, f"loops over {ast.unparse(loop)!r}")
        changed = {name for item in statement.body for name in assigned_names(item)}
        taken = changed | {*self.locals, *self.parameters}
        if target.id in taken or changed & names_in(loop) or statement.orelse:
            raise self.refusal(statement)
        *start, stop = [self.integer(argument) for argument in loop.args]
        self.integers.add(target.id)
        self.finished.discard(target.id)
        i = self.safe(target.id)
        first = f"{self.index_type} {i} = {start[0] if start else 0}"
        lines = [f"for ({first}; {i} < {stop}; {i}++) {{"]
        lines += indented(line for item in statement.body for line in self.statement(item))
        self.integers.discard(target.id)  # C forgets it here
        self.finished.add(target.id)
        return [*lines, "}"]

    def results(self, value: ast.expr) -> list[str]:
        """The derivatives into `d`, and the value returned."""
        items = value.elts if isinstance(value, ast.Tuple) else [value]
        if len(items) != self.outputs:
            raise self.refusal(value, f"returns {len(items)} of {self.outputs} numbers")
        out, *derivatives = [self.text(item) for item in items]
        return [
            *[f"d[{i}] = {derivative};" for i, derivative in enumerate(derivatives)],
            f"return {out};",
        ]

    # ---- integers: counts and indices ----

    def row_part(self, node: ast.expr) -> str:
        """Which part of the row an expression is: numbers, derivatives or count; "" if none."""
        if isinstance(node, ast.Name):
            return self.views.get(node.id, "")
        of_row = isinstance(node, ast.Attribute) and ast.unparse(node.value) == self.row
        return node.attr if of_row and isinstance(node, ast.Attribute) and node.attr in ROW else ""

    def is_count(self, node: ast.expr) -> bool:
        """Whether an expression is an integer that is made of counts and indices."""
        if isinstance(node, ast.BinOp) and type(node.op) in WHOLE:
            sides = [node.left, node.right]
            return any(map(self.is_count, sides)) and all(map(self.is_whole, sides))
        if isinstance(node, ast.Name):
            return node.id in self.integers
        return self.row_part(node) == "count"

    def is_whole(self, node: ast.expr) -> bool:
        """Whether it is a count, or an integer that is written out."""
        literal = isinstance(node, ast.Constant) and type(node.value) is int
        return literal or self.is_count(node)

    def integer(self, node: ast.expr) -> str:
        """A count or an index, as an integer."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return str(node.value)
        if isinstance(node, ast.Name) and node.id in self.integers:
            return self.safe(node.id)
        if self.row_part(node) == "count":
            return ROW["count"]
        if isinstance(node, ast.BinOp) and type(node.op) in (ast.Add, ast.Sub, ast.Mult):
            left, right = self.integer(node.left), self.integer(node.right)
            tight = isinstance(node.op, ast.Mult)
            if isinstance(node.left, ast.BinOp) and tight:
                left = f"({left})"
            if isinstance(node.right, ast.BinOp) and (tight or isinstance(node.op, ast.Sub)):
                right = f"({right})"
            return f"{left}{SIGNS[type(node.op)]}{right}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            divisor = node.right.value if isinstance(node.right, ast.Constant) else 0
            if self.row_part(node.left) == "count" and isinstance(divisor, int) and divisor > 0:
                return self.floor_quotient(ROW["count"], divisor)
        if isinstance(node, ast.IfExp):
            test = self.truth(node.test).text
            return f"({test} ? {self.integer(node.body)} : {self.integer(node.orelse)})"
        raise self.refusal(node, f"takes {ast.unparse(node)!r} as an index")

    def element(self, node: ast.Subscript) -> Printed:
        """x[i], d[i]."""
        part = self.row_part(node.value)
        if part not in ("numbers", "derivatives"):
            raise self.refusal(node)
        return Printed(f"{ROW[part]}[{self.integer(node.slice)}]")

    # ---- expressions ----

    def printed(self, node: ast.expr) -> Printed:
        """An expression whose value is a number."""
        if self.is_count(node):
            return Printed(self.as_double(self.integer(node)))
        if isinstance(node, ast.Subscript):
            return self.element(node)
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self.constant(
                getattr(self.source.names.get(node.value.id), node.attr, None), node
            )
        if isinstance(node, (ast.Compare, ast.BoolOp)) or is_not(node):
            raise self.refusal(node, f"takes the condition {ast.unparse(node)!r} as a number")
        return super().printed(node)

    def name(self, word: str) -> Printed:
        """A parameter, a local name or a constant of the module."""
        if word in self.views or word == self.row or word in self.finished:
            raise self.refusal(ast.Name(word), f"takes {word!r} as a number")
        if word in self.assigned or word in self.parameters:
            return Printed(self.safe(word))
        return self.constant(self.source.names.get(word), ast.Name(word))

    def constant(self, value: object, node: ast.expr) -> Printed:
        """The number that a name stands for outside the function."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refusal(node, f"reads {ast.unparse(node)!r}, which is no number")
        return self.number(float(value))

    def number(self, number: float) -> Printed:
        """A literal from which the language reads the very same number."""
        if math.isfinite(number):
            written = repr(number)
        else:
            written = self.not_finite["nan" if math.isnan(number) else "inf"]
            written = f"-{written}" if number == -math.inf else written
        signed = written.startswith("-")
        return Printed(written, Binding.SIGN if signed else Binding.ATOM, signed)

    def power(self, node: ast.BinOp) -> Printed:
        """pow(x, y)."""
        base, exponent = self.text(node.left), self.text(node.right)
        self.calls[Called(MATH, "pow")] = None
        return Printed(f"{self.functions['pow']}({base}, {exponent})")

    def call(self, node: ast.Call) -> Printed:
        """A call of `math`, or of a function that is printed as well."""
        called = called_function(node, self.source.names)
        known = called and called.module in (MATH, BUILTINS)
        if called is None or (known and called.name not in self.functions):
            written = ast.unparse(node.func) if called is None else f"{called.module}.{called.name}"
            raise self.refusal(node, f"calls {written}")
        if not known:
            self.check_source(called, len(node.args))
        elif len(node.args) != (2 if called.name in OF_TWO else 1):
            raise self.refusal(node)
        self.calls[called] = None
        arguments = ", ".join([self.text(argument) for argument in node.args])
        spelled = self.functions[called.name] if known else function_name(called)
        return Printed(f"{spelled}({arguments})")

    def check_source(self, called: Called, count: int) -> None:
        """Raise a ValueError if the function that is called has no source to be printed, or takes
        another number of arguments."""
        written = f"{called.module}.{called.name}"
        try:
            parameters = parameter_names(called_source(called).definition)
        except ValueError as error:
            raise self.refusal(self.source.definition, f"calls {written}") from error
        if len(parameters) != count:
            raise self.refusal(self.source.definition, f"calls {written} with arguments left out")

    def conditional(self, node: ast.IfExp) -> Printed:
        """condition ? x : y."""
        test = self.in_brackets(self.truth(node.test), Binding.OR)
        body = self.bracketed(node.body, Binding.OR)
        return Printed(f"{test} ? {body} : {self.text(node.orelse)}", Binding.CONDITIONAL)

    def truth(self, node: ast.expr) -> Printed:
        """A condition; a number is true where it is not 0."""
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        if isinstance(node, ast.BoolOp):
            return self.boolean(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.negation(node)
        return self.comparison(ast.Compare(node, [ast.NotEq()], [ast.Constant(0.0)]))

    def comparison(self, node: ast.Compare) -> Printed:
        """x < y; -1 <= x <= 1 as -1 <= x && x <= 1."""
        compared = [node.left, *node.comparators]
        if any(map(self.is_count, compared)) and all(map(self.is_whole, compared)):
            sides = [self.integer(side) for side in compared]
        else:
            sides = [self.bracketed(side, Binding.SUM) for side in compared]
        parts = []
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(operator) not in self.comparisons:
                raise self.refusal(node)
            parts.append(f"{left} {self.comparisons[type(operator)]} {right}")
        binding = Binding.COMPARISON if len(parts) == 1 else Binding.AND
        return Printed(" && ".join(parts), binding)

    def negation(self, node: ast.UnaryOp) -> Printed:
        """!(condition)."""
        return Printed(f"!({self.truth(node.operand).text})", Binding.NOT)

    def boolean(self, node: ast.BoolOp) -> Printed:
        """condition && condition, condition || condition."""
        both = isinstance(node.op, ast.And)
        binding = Binding.AND if both else Binding.OR
        parts = [self.in_brackets(self.truth(part), Binding.NOT) for part in node.values]
        return Printed((" && " if both else " || ").join(parts), binding)

    def safe(self, name: str) -> str:
        """The name of a parameter or a local, as the language allows it; no two become one."""
        word = ascii_name(name)
        taken = {*self.reserved, *self.functions.values(), *(ROW.values() if self.row else "d")}
        return f"{word}_" if word.rstrip("_") in taken else word

    def refusal(self, node: ast.AST, what: str = "") -> ValueError:
        """What is raised for what this language cannot say."""
        says = what or f"says {ast.unparse(node).partition(chr(10))[0]!r}"
        return ValueError(f"{self.owner} {says}, which has no {self.language} spelling")

    # ---- what differs ----

    @abstractmethod
    def declarations(self) -> list[str]:
        """The lines that declare the local names."""

    @abstractmethod
    def as_double(self, integer: str) -> str:
        """An integer among doubles."""

    @abstractmethod
    def floor_quotient(self, count: str, divisor: int) -> str:
        """count // divisor, of numbers that are not negative."""

    @abstractmethod
    def signature(self, name: str) -> str:
        """The first line of the function, without its bracket."""


def index_names(definition: ast.FunctionDef) -> set[str]:
    """The local names that are used as an index or as the end of a range."""
    places: list[ast.AST] = []
    for node in ast.walk(definition):
        if isinstance(node, ast.Subscript):
            places.append(node.slice)
        elif is_range(node):
            places += node.args
    used = {name for place in places for name in names_in(place)}
    return used & assigned_names(definition)


def assigned_names(statement: ast.stmt) -> set[str]:
    """The names that are assigned to in a statement, but for the indices of its loops."""
    targets = [
        target
        for item in ast.walk(statement)
        if isinstance(item, (ast.Assign, ast.AugAssign, ast.AnnAssign))
        for target in (item.targets if isinstance(item, ast.Assign) else [item.target])
    ]
    return {
        name.id
        for target in targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }


def names_in(node: ast.AST) -> set[str]:
    """The names in an expression."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def is_range(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether it is a call of `range`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "range"


def is_not(node: ast.expr) -> bool:
    """Whether it is a negated condition."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def indented(lines: Iterable[str]) -> list[str]:
    """Lines, one step to the right."""
    return [f"{INDENT}{line}" for line in lines]


def ascii_name(name: str) -> str:
    """A name of any alphabet in ASCII; no two become one."""
    return "".join([c if c.isascii() else f"_u{ord(c):x}_" for c in name])


# ---- whole programs -----------------------------------------------------------------------------


def rule_function(language: type[FunctionPrinter], operation: Operation) -> FunctionPrinter:
    """The printer of an operation's rule."""
    source = rule_source(operation)
    owner = f"the rule of {operation.name}"
    if operation.variadic:
        return language(owner, source, 1, parameter_names(source.definition)[0])
    return language(owner, source, 1 + operation.arity)


def rule_name(operation: Operation) -> str:
    """What the function of an operation is called: `chalkgrad_mul`."""
    return f"chalkgrad_{ascii_name(operation.name)}"


def function_name(called: Called) -> str:
    """What a function of a module is called: `autograd_precise_sech2`."""
    whole = called.function.__qualname__ if called.function else called.name
    return re.sub(r"\W", "_", ascii_name(f"{called.module}_{whole}"))


def called_functions(
    language: type[FunctionPrinter], operations: Iterable[Operation]
) -> dict[Called, str]:
    """The functions that the operations' rules call, each once, after those that it calls."""
    done: dict[Called, str] = {}

    def add(called: Called, callers: tuple[Called, ...]) -> None:
        if called in done:
            return
        if called.module in (MATH, BUILTINS):
            done[called] = language.runtime.get(called.name, "")
            return
        owner = f"{called.module}.{called.name}"
        if called in callers:
            raise ValueError(f"{owner} calls itself, which has no {language.language} spelling")
        printer = language(owner, called_source(called), 1)
        text = printer.function(function_name(called))
        for inner in printer.calls:
            add(inner, (*callers, called))
        done[called] = text

    for operation in operations:
        printer = rule_function(language, operation)
        printer.function(rule_name(operation))
        for called in printer.calls:
            add(called, ())
    return done

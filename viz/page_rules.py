"""The script's copy of the operations: their rules, and the conditions of their domains."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable

from autograd.formulas import Source, parsed
from autograd.printing import Binding, Printed
from autograd.registry import Operation
from autograd.statements import rule_name
from viz.javascript import JavaScriptPrinter, js_function, js_prelude


def js_rules(operations: Iterable[Operation]) -> str:
    """JavaScript that defines RULES and DOMAINS, two tables by the operations' names.

    RULES holds functions as `js_function` prints them, DOMAINS lists of conditions on the operands,
    in the order in which the operation states them.

    Raises:
        ValueError: if a rule or a condition cannot be said in JavaScript; the message names it.
    """
    entries = list(operations)
    functions = [js_prelude(entries), *map(js_function, entries)]
    rules = ", ".join([f"{json.dumps(entry.name)}: {rule_name(entry)}" for entry in entries])
    domains = ", ".join([f"{json.dumps(entry.name)}: {js_domain(entry)}" for entry in entries])
    tables = [f"const RULES = {{{rules}}};", f"const DOMAINS = {{{domains}}};"]
    return "\n\n".join([text for text in (*functions, *tables) if text])


def js_domain(operation: Operation) -> str:
    """The domain of an operation as an array of JavaScript functions.

    >>> from autograd.registry import entry
    >>> js_domain(entry("asin"))
    '[(x) => -1.0 <= x && x <= 1.0]'
    """
    conditions = []
    for condition in operation.domain:
        printer = ConditionPrinter(operation)
        test = printer.truth(parsed(condition)).text
        operands = ", ".join([printer.safe(word) for word in operation.operands])
        conditions.append(f"({operands}) => {test}")
    return f"[{', '.join(conditions)}]"


class ConditionPrinter(JavaScriptPrinter):
    """JavaScript of a condition on an operation's operands, which may ask for a remainder."""

    def __init__(self, operation: Operation) -> None:
        definition = parsed_function(operation.operands)
        super().__init__(f"the domain of {operation.name}", Source(definition, {}), 1)

    def printed(self, node: ast.expr) -> Printed:
        """An expression; x % y as Python means it, with the sign of y."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            x = self.bracketed(node.left, Binding.SIGN)
            y = self.bracketed(node.right, Binding.SIGN)
            return Printed(f"(({x} % {y}) + {y}) % {y}", Binding.PRODUCT)
        return super().printed(node)


def parsed_function(operands: Iterable[str]) -> ast.FunctionDef:
    """A function that takes these operands, for the printer to find their names in."""
    definition = ast.parse(f"def condition({', '.join(operands)}): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    return definition

"""Sums and products of expressions, simplified as far as a derivation needs it: no factor of 1, no
term of 0, one sign in front."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable

from autograd.numbers import format_number


def product(factors: Iterable[ast.expr]) -> ast.expr:
    """The product, without factors of 1, sign and numbers in front; 0 if a factor is.

    >>> from autograd.formulas import parsed
    >>> print(ast.unparse(product([parsed("-x"), parsed("1"), parsed("y * -z")])))
    x * y * z
    >>> print(ast.unparse(product([parsed("1"), parsed("-1 / y")])))
    -1 / y
    """
    negative = False
    magnitudes: list[ast.expr] = []
    pending = list(factors)[::-1]
    while pending:
        is_negative, factor = without_sign(pending.pop())
        negative ^= is_negative
        if isinstance(factor, ast.BinOp) and isinstance(factor.op, ast.Mult):
            pending += (factor.right, factor.left)
        else:
            magnitudes.append(factor)
    if any(is_number(factor, 0.0) for factor in magnitudes) and all(map(is_finite, magnitudes)):
        return ast.Constant(0.0)
    kept = [factor for factor in magnitudes if not is_number(factor, 1.0)] or [ast.Constant(1.0)]
    kept.sort(key=lambda factor: not isinstance(factor, ast.Constant))
    whole = kept[0]
    for factor in kept[1:]:
        whole = ast.BinOp(whole, ast.Mult(), factor)
    return with_sign(negative, whole)


def addition(terms: Iterable[ast.expr]) -> ast.expr:
    """The sum, without terms of 0; a term with a sign is subtracted.

    >>> from autograd.formulas import parsed
    >>> print(ast.unparse(addition([parsed("0"), parsed("x"), parsed("-y"), parsed("-0.5")])))
    x - y - 0.5
    """
    kept = [term for term in terms if not is_number(term, 0.0)] or [ast.Constant(0.0)]
    whole = kept[0]
    for term in kept[1:]:
        negative, magnitude = without_sign(term)
        whole = ast.BinOp(whole, ast.Sub() if negative else ast.Add(), magnitude)
    return whole


def without_sign(expression: ast.expr) -> tuple[bool, ast.expr]:
    """Whether an expression begins with a minus sign, and the rest of it."""
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub):
        negative, rest = without_sign(expression.operand)
        return not negative, rest
    if isinstance(expression, ast.Constant) and isinstance(expression.value, (int, float)):
        return expression.value < 0, ast.Constant(abs(expression.value))
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Mult, ast.Div)):
        negative, left = without_sign(expression.left)
        return negative, ast.BinOp(left, expression.op, expression.right)
    return False, expression


def with_sign(negative: bool, expression: ast.expr) -> ast.expr:
    """An expression with a minus sign before it, or not."""
    if not negative:
        return expression
    if isinstance(expression, ast.Constant) and isinstance(expression.value, (int, float)):
        return ast.Constant(-expression.value)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mult):
        return ast.BinOp(with_sign(True, expression.left), expression.op, expression.right)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Div):
        return ast.BinOp(ast.UnaryOp(ast.USub(), expression.left), expression.op, expression.right)
    return ast.UnaryOp(ast.USub(), expression)


def is_number(expression: ast.expr, number: float) -> bool:
    """Whether an expression is this number, as far as its printed digits tell."""
    return (
        isinstance(expression, ast.Constant)
        and isinstance(expression.value, (int, float))
        and format_number(expression.value + 0.0) == format_number(number)
    )


def is_finite(expression: ast.expr) -> bool:
    """Whether an expression is no infinite or undefined number."""
    value = expression.value if isinstance(expression, ast.Constant) else 0.0
    return not isinstance(value, float) or math.isfinite(value)

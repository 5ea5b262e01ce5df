"""C: the operations' rules as C99 functions, which compute what the rules compute, bit for bit.

Compile them without fused multiplication and addition (`-ffp-contract=off`) and without
`-ffast-math`: then each operation rounds as in Python, and the functions of `math` are the same
library's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograd.registry import Operation
from autograd.statements import FunctionPrinter, called_functions, rule_function, rule_name

#: The functions of `math` that are those of C's library.
LIBRARY = (
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign"),
    *("cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "floor", "fmod", "log"),
    *("log10", "log1p", "log2", "pow", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"),
)
FUNCTIONS = {name: name for name in LIBRARY} | {"abs": "fabs"}
NOT_FINITE = {"nan": "NAN", "inf": "INFINITY"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while NAN INFINITY"
)


def c_function(operation: Operation) -> str:
    """A C99 function of one operation: it returns the value and fills in the local derivatives.

    It takes the operands as doubles, then `double *d`; where the operation takes any number of
    them, `const double *x, int n, double *d`.

    >>> from autograd.registry import entry
    >>> print(c_function(entry("tan")))
    static double chalkgrad_tan(double x, double *d) {
        double out;
        out = tan(x);
        d[0] = 1.0 + out * out;
        return out;
    }

    Raises:
        ValueError: if the rule steps outside of what can be said in C; the message names it.
    """
    return rule_function(CPrinter, operation).function(rule_name(operation))


def c_prelude(operations: Iterable[Operation]) -> str:
    """What must stand before these operations' functions: the header, and the functions that
    their rules call, each once and after those that it calls itself.

    Raises:
        ValueError: as `c_function`.
    """
    functions = [text for text in called_functions(CPrinter, operations).values() if text]
    return "\n\n".join(["#include <math.h>", *functions])


class CPrinter(FunctionPrinter):
    """C99."""

    language = "C"
    functions = FUNCTIONS
    comparisons = COMPARISONS
    not_finite = NOT_FINITE
    index_type = "int"
    reserved = frozenset(KEYWORDS.split())

    def signature(self, name: str) -> str:
        """static double chalkgrad_mul(double x, double y, double *d)."""
        numbers = [f"double {self.safe(word)}" for word in self.parameters]
        given = ["const double *x", "int n"] if self.row else numbers
        derivatives = ["double *d"] if self.row or self.outputs > 1 else []
        return f"static double {name}({', '.join([*given, *derivatives])})"

    def declarations(self) -> list[str]:
        """The local names, by type."""
        lines = []
        for kind in ("int", "double"):
            names = [self.safe(name) for name, its_kind in self.locals.items() if its_kind == kind]
            if names:
                lines.append(f"{kind} {', '.join(names)};")
        return lines

    def as_double(self, integer: str) -> str:
        """(double)n."""
        return f"(double){integer}" if integer.isidentifier() else f"(double)({integer})"

    def floor_quotient(self, count: str, divisor: int) -> str:
        """C divides integers so."""
        return f"({count} / {divisor})"

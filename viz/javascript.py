"""JavaScript: the operations' rules as functions for live pages.

The functions are printed from the same rules as C's. What `Math` lacks stands here, written out;
`Math` itself may differ from C's library in the last digit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autograd.c_source import COMPARISONS
from autograd.registry import Operation
from autograd.statements import FunctionPrinter, called_functions, rule_function, rule_name


def js_function(operation: Operation) -> str:
    """A JavaScript function of one operation: it returns the value and fills in the derivatives.

    It takes the operands, then an array `d`; where the operation takes any number of them, an
    array `x`, their number `n` and `d`.

    >>> from autograd.registry import entry
    >>> print(js_function(entry("exp")))
    function chalkgrad_exp(x, d) {
        let out;
        out = Math.exp(x);
        d[0] = out;
        return out;
    }

    Raises:
        ValueError: if the rule steps outside of what can be said in JavaScript; the message names
            it.
    """
    return rule_function(JavaScriptPrinter, operation).function(rule_name(operation))


def js_prelude(operations: Iterable[Operation]) -> str:
    """What must stand beside these operations' functions: the functions that their rules call.

    Raises:
        ValueError: as `js_function`.
    """
    texts = called_functions(JavaScriptPrinter, operations).values()
    return "\n\n".join([text for text in dict.fromkeys(texts) if text])


POW = """\
function math_pow(x, y) {
    // Math.pow says NaN for 1 to the power NaN and for -1 to an infinite power; C says 1.
    return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}"""

FMOD = """\
function math_fmod(x, y) {
    return x % y;
}"""

EXP2 = """\
function math_exp2(x) {
    return Math.pow(2, x);
}"""

COPYSIGN = """\
function math_copysign(x, y) {
    return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
}"""

#: Source: the rational approximations of FDLIBM's s_erf.c (Sun Microsystems, 1993). On each
#: interval erf or erfc is a simple function plus a quotient of polynomials, in ascending powers.
ERF = """\
const math_erf_middle = 8.45062911510467529297e-01;
const math_erf_quotients = {
    small: [
        [1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
         -5.77027029648944159157e-03, -2.37630166566501626084e-05],
        [1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
         1.32494738004321644526e-04, -3.96022827877536812320e-06]],
    near_one: [
        [-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
         3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
         -2.16637559486879084300e-03],
        [1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
         1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02]],
    tail: [
        [-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
         -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
         -8.12874355063065934246e+01, -9.81432934416914548592e+00],
        [1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
         6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
         6.57024977031928170135e+00, -6.04244152148580987438e-02]],
    far_tail: [
        [-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
         -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
         -4.83519191608651397019e+02],
        [1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
         3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
         -2.24409524465858183362e+01]],
};

function math_erf_quotient(name, x) {
    const [above, below] = math_erf_quotients[name].map(
        (coefficients) => coefficients.reduceRight((sum, coefficient) => sum * x + coefficient));
    return above / below;
}

function math_erfc_tail(x) { // erfc(x) for x >= 1.25
    const z = Math.fround(x); // z * z is exact
    const quotient = math_erf_quotient(x < 1 / 0.35 ? "tail" : "far_tail", 1 / (x * x));
    return Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + quotient) / x;
}

function math_erf(x) {
    const size = Math.abs(x);
    if (size < 0.84375) return x + x * math_erf_quotient("small", x * x);
    if (size < 1.25)
        return Math.sign(x) * (math_erf_middle + math_erf_quotient("near_one", size - 1));
    return size < 6 ? Math.sign(x) * (1 - math_erfc_tail(size)) : Math.sign(x);
}

function math_erfc(x) {
    if (x < 0.25) return x > -0.84375 ? 1 - math_erf(x) : 1 + math_erf(-x);
    if (x < 0.84375) return 0.5 - (x - 0.5 + x * math_erf_quotient("small", x * x));
    if (x < 1.25) return 1 - math_erf_middle - math_erf_quotient("near_one", x - 1);
    return x < 28 ? math_erfc_tail(x) : 0 * (1 / x);
}"""

#: The functions of `math` that those of `Math` are, under the same names.
SAME = (
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh"),
    *("exp", "expm1", "floor", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan"),
    *("tanh", "trunc"),
)
RUNTIME = {
    "copysign": COPYSIGN,
    "erf": ERF,
    "erfc": ERF,
    "exp2": EXP2,
    "fmod": FMOD,
    "pow": POW,
}
FUNCTIONS = {name: f"Math.{name}" for name in SAME} | {name: f"math_{name}" for name in RUNTIME}
FUNCTIONS |= {"abs": "Math.abs", "fabs": "Math.abs"}
EQUALITIES: dict[type[ast.cmpop], str] = {ast.Eq: "===", ast.NotEq: "!=="}
NOT_FINITE = {"nan": "NaN", "inf": "Infinity"}
WORDS = (
    "arguments await break case catch class const continue debugger default delete do else enum "
    "eval export extends false finally for function if implements import in instanceof interface "
    "let new null package private protected public return static super switch this throw true try "
    "typeof undefined var void while with yield Infinity Math NaN"
)


class JavaScriptPrinter(FunctionPrinter):
    """JavaScript, whose numbers are all doubles."""

    language = "JavaScript"
    functions = FUNCTIONS
    runtime = RUNTIME
    comparisons = COMPARISONS | EQUALITIES
    not_finite = NOT_FINITE
    index_type = "let"
    reserved = frozenset(WORDS.split())

    def signature(self, name: str) -> str:
        """function chalkgrad_mul(x, y, d)."""
        given = ["x", "n"] if self.row else [self.safe(word) for word in self.parameters]
        derivatives = ["d"] if self.row or self.outputs > 1 else []
        return f"function {name}({', '.join([*given, *derivatives])})"

    def declarations(self) -> list[str]:
        """The local names."""
        names = [self.safe(name) for name in self.locals]
        return [f"let {', '.join(names)};"] if names else []

    def as_double(self, integer: str) -> str:
        """An integer is a double."""
        return integer if integer.isidentifier() else f"({integer})"

    def floor_quotient(self, count: str, divisor: int) -> str:
        """The quotient of doubles is not whole by itself."""
        return f"Math.floor({count} / {divisor})"

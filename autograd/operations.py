"""The operations: one entry each, with its value, its local derivatives and its notation.

A rule is straight-line Python on floats: arithmetic, comparisons, conditional expressions and calls
of `math`. It returns the value and one local derivative an operand. The line below it enters it in
the table (see `registry.py`), and that is all there is to adding an operation.

Conventions at the kinks, where a derivative does not exist: relu'(0) = 0, |x|'(0) = 0, ties of
maximum and minimum are shared evenly, clip'(border) = 1, leaky_relu'(0) is an argument. A nan goes
in, a nan comes out, in the value and in the derivative.

Formulas are written for accuracy at the far ends as well as near 0: none of them overflows where
the true result is finite, and none subtracts what it has just added.
"""

from __future__ import annotations

import math

from autograd.registry import operation

NAN = float("nan")
PI = 3.141592653589793
LN_2 = math.log(2.0)
LN_10 = math.log(10.0)
SQRT_HALF = math.sqrt(0.5)
SQRT_2_PI = math.sqrt(2.0 * PI)  # the normal density is exp(-x^2/2) / sqrt(2 pi)
SQRT_PI = math.sqrt(PI)
SQRT_2_OVER_PI = math.sqrt(2.0 / PI)

# ---- arithmetic ---------------------------------------------------------------------------------


def add(x, y):
    """The sum x + y."""
    return x + y, 1.0, 1.0


operation(add, "x + y", symbol="+")


def sub(x, y):
    """The difference x - y."""
    return x - y, 1.0, -1.0


operation(sub, "x - y", symbol="−")


def mul(x, y):
    """The product x * y: each factor is the other's derivative."""
    return x * y, y, x


operation(mul, "x * y", symbol="×")


def div(x, y):
    """The quotient x / y."""
    out = x / y
    return out, 1.0 / y, -out / y


operation(div, "x / y", symbol="÷", domain={"y != 0": ZeroDivisionError})


def pow(x, y):
    """The power x ** y.

    By y the derivative is out * ln(x): nan for a negative base, and 0 for a base of 0 with y >= 0,
    where x ** y stays what it is for every larger y.
    """
    out = math.pow(x, y)
    dx = y * math.pow(x, y - 1.0) if y != 0.0 else 0.0
    dy = out * math.log(x) if x > 0.0 else (0.0 if x == 0.0 and y >= 0.0 else NAN)
    return out, dx, dy


operation(
    pow,
    "x ** y",
    symbol="^",
    derivatives=("y * x ** (y - 1)", "out * ln(x)"),
    domain={
        "x != 0 or y >= 0": ZeroDivisionError,
        "x >= 0 or y % 1 == 0": ValueError,
    },
)


def neg(x):
    """The negative -x."""
    return -x, -1.0


operation(neg, "-x", symbol="−")


def absolute(x):
    """The absolute value |x|; its derivative at 0 is 0."""
    return math.fabs(x), 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


operation(
    absolute,
    "abs(x)",
    symbol="|x|",
    derivatives=("1 if x > 0 else (-1 if x < 0 else 0)",),
    aliases=("abs",),
)

# ---- powers and logarithms ----------------------------------------------------------------------


def exp(x):
    """e to the power x: its own derivative."""
    out = math.exp(x)
    return out, out


operation(exp)


def expm1(x):
    """exp(x) - 1, accurate where x is near 0."""
    return math.expm1(x), math.exp(x)


operation(expm1)


def ln(x):
    """The natural logarithm of x > 0."""
    return math.log(x), 1.0 / x


operation(ln, domain={"x > 0": ValueError}, aliases=("log",))


def log2(x):
    """The logarithm of x > 0 to base 2."""
    return math.log2(x), 1.0 / (x * LN_2)


operation(log2, derivatives=("1 / (x * ln(2))",), domain={"x > 0": ValueError})


def log10(x):
    """The logarithm of x > 0 to base 10."""
    return math.log10(x), 1.0 / (x * LN_10)


operation(log10, derivatives=("1 / (x * ln(10))",), domain={"x > 0": ValueError})


def log1p(x):
    """ln(1 + x) for x > -1, accurate where x is near 0."""
    return math.log1p(x), 1.0 / (1.0 + x)


operation(log1p, domain={"x > -1": ValueError})


def sqrt(x):
    """The square root of x >= 0; its derivative at 0 is infinite."""
    out = math.sqrt(x)
    return out, 0.5 / out


operation(sqrt, symbol="√", derivatives=("1 / (2 * out)",), domain={"x >= 0": ValueError})

# ---- trigonometry -------------------------------------------------------------------------------


def sin(x):
    """The sine of x in radians."""
    return math.sin(x), math.cos(x)


operation(sin)


def cos(x):
    """The cosine of x in radians."""
    return math.cos(x), -math.sin(x)


operation(cos)


def tan(x):
    """The tangent of x in radians."""
    out = math.tan(x)
    return out, 1.0 + out * out


operation(tan, derivatives=("1 + out ** 2",))


def asin(x):
    """The angle in [-pi/2, pi/2] whose sine is x."""
    return math.asin(x), 1.0 / math.sqrt((1.0 - x) * (1.0 + x))


operation(asin, derivatives=("1 / sqrt(1 - x ** 2)",), domain={"-1 <= x <= 1": ValueError})


def acos(x):
    """The angle in [0, pi] whose cosine is x."""
    return math.acos(x), -1.0 / math.sqrt((1.0 - x) * (1.0 + x))


operation(acos, derivatives=("-1 / sqrt(1 - x ** 2)",), domain={"-1 <= x <= 1": ValueError})


def atan(x):
    """The angle in (-pi/2, pi/2) whose tangent is x."""
    return math.atan(x), 1.0 / (1.0 + x * x)


operation(atan, derivatives=("1 / (1 + x ** 2)",))


def sinh(x):
    """The hyperbolic sine of x."""
    return math.sinh(x), math.cosh(x)


operation(sinh)


def cosh(x):
    """The hyperbolic cosine of x."""
    return math.cosh(x), math.sinh(x)


operation(cosh)


def tanh(x):
    """The hyperbolic tangent of x: an S from -1 to 1. Its derivative is 1 - tanh(x)^2.

    The derivative is computed as 4 e / (1 + e)^2 with e = exp(-2 |x|), which is the same number
    and stays accurate where tanh is nearly 1.
    """
    e = math.exp(-2.0 * math.fabs(x))
    return math.tanh(x), 4.0 * e / ((1.0 + e) * (1.0 + e))


operation(tanh, derivatives=("1 - out ** 2",))

# ---- activations --------------------------------------------------------------------------------


def sigmoid(x):
    """The logistic function 1 / (1 + exp(-x)): an S from 0 to 1. Its derivative is s * (1 - s)."""
    e = math.exp(-math.fabs(x))
    out = 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)
    return out, e / ((1.0 + e) * (1.0 + e))


operation(sigmoid, symbol="σ", derivatives=("out * (1 - out)",))


def relu(x):
    """The rectifier max(0, x); its derivative at 0 is 0."""
    return (
        x if x > 0.0 else (0.0 if x <= 0.0 else x),
        1.0 if x > 0.0 else (0.0 if x <= 0.0 else x),
    )


operation(relu, symbol="ReLU", derivatives=("1 if x > 0 else 0",))


def leaky_relu(x, negative_slope=0.01, derivative_at_zero=1.0):
    """x where x > 0, negative_slope * x elsewhere; the derivative at 0 is the caller's choice."""
    return (
        x if x > 0.0 else negative_slope * x,
        1.0
        if x > 0.0
        else (derivative_at_zero if x == 0.0 else (negative_slope if x < 0.0 else x)),
        0.0 if x > 0.0 else x,
        0.0,
    )


operation(
    leaky_relu,
    symbol="leaky ReLU",
    derivatives=(
        "1 if x > 0 else (negative_slope if x < 0 else derivative_at_zero)",
        "0 if x > 0 else x",
        "0",
    ),
)


def elu(x, alpha=1.0):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere; the derivative at 0 is alpha."""
    return (
        x if x > 0.0 else alpha * math.expm1(x),
        1.0 if x > 0.0 else alpha * math.exp(x),
        0.0 if x > 0.0 else math.expm1(x),
    )


operation(
    elu,
    symbol="ELU",
    derivatives=("1 if x > 0 else alpha * exp(x)", "0 if x > 0 else exp(x) - 1"),
)


def softplus(x):
    """ln(1 + exp(x)), the smooth rectifier. Its derivative is sigmoid(x)."""
    e = math.exp(-math.fabs(x))
    return (
        (x if x > 0.0 else 0.0) + math.log1p(e) if x == x else x,
        1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e),
    )


operation(softplus, derivatives=("sigmoid(x)",))


def silu(x):
    """x * sigmoid(x)."""
    e = math.exp(-math.fabs(x))
    s = 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)
    return x * s, s + x * (e / ((1.0 + e) * (1.0 + e)))


operation(
    silu,
    symbol="SiLU",
    derivatives=("sigmoid(x) + out * (1 - sigmoid(x))",),
)


def swish(x, beta=1.0):
    """x * sigmoid(beta * x); x/2 for beta = 0, and nearer and nearer to ReLU for a growing beta."""
    z = beta * x
    e = math.exp(-math.fabs(z))
    s = 1.0 / (1.0 + e) if z >= 0.0 else e / (1.0 + e)
    slope = e / ((1.0 + e) * (1.0 + e))
    return x * s, s + z * slope, x * x * slope


operation(
    swish,
    derivatives=(
        "sigmoid(beta * x) + beta * out * (1 - sigmoid(beta * x))",
        "x * out * (1 - sigmoid(beta * x))",
    ),
)


def erf(x):
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return math.erf(x), 2.0 / SQRT_PI * math.exp(-x * x)


operation(erf, derivatives=("2 / sqrt(pi) * exp(-(x ** 2))",))


def gelu(x):
    """x * Phi(x), with the normal distribution's Phi."""
    phi = 0.5 * math.erfc(-x * SQRT_HALF)
    return x * phi, phi + x * (math.exp(-0.5 * x * x) / SQRT_2_PI)


operation(
    gelu,
    symbol="GELU",
    derivatives=("(1 + erf(x / sqrt(2))) / 2 + x * exp(-(x ** 2) / 2) / sqrt(2 * pi)",),
)


def gelu_tanh(x):
    """An approximation of gelu: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).

    (1 + tanh(u)) / 2 is sigmoid(2u), which does not cancel for negative u.
    """
    u = 2.0 * SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)
    slope_u = 2.0 * SQRT_2_OVER_PI * (1.0 + 3.0 * 0.044715 * x * x)
    e = math.exp(-math.fabs(u))
    s = 1.0 / (1.0 + e) if u >= 0.0 else e / (1.0 + e)
    return x * s, s if e == 0.0 else s + x * slope_u * (e / ((1.0 + e) * (1.0 + e)))


operation(
    gelu_tanh,
    symbol="GELU",
    derivatives=(
        (
            "(1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2"
            " + x / 2 * (1 - tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)) ** 2)"
            " * sqrt(2 / pi) * (1 + 0.134145 * x ** 2)"
        ),
    ),
)

# ---- choosing -----------------------------------------------------------------------------------


def maximum(x, y):
    """The larger of x and y; where they are equal, each has derivative 1/2."""
    return (
        x if x > y else (y if y > x else (x if x == y else x + y)),
        1.0 if x > y else (0.0 if y > x else (0.5 if x == y else x + y)),
        0.0 if x > y else (1.0 if y > x else (0.5 if x == y else x + y)),
    )


operation(
    maximum,
    symbol="max",
    derivatives=(
        "1 if x > y else (0 if y > x else 1 / 2)",
        "0 if x > y else (1 if y > x else 1 / 2)",
    ),
    aliases=("max",),
)


def minimum(x, y):
    """The smaller of x and y; where they are equal, each has derivative 1/2."""
    return (
        x if x < y else (y if y < x else (x if x == y else x + y)),
        1.0 if x < y else (0.0 if y < x else (0.5 if x == y else x + y)),
        0.0 if x < y else (1.0 if y < x else (0.5 if x == y else x + y)),
    )


operation(
    minimum,
    symbol="min",
    derivatives=(
        "1 if x < y else (0 if y < x else 1 / 2)",
        "0 if x < y else (1 if y < x else 1 / 2)",
    ),
    aliases=("min",),
)


def clip(x, low, high):
    """x, but not below low nor above high; inside and on the borders the derivative by x is 1."""
    return (
        low if x < low else (high if x > high else x),
        0.0 if x < low or x > high else (1.0 if x == x else x),
        1.0 if x < low else 0.0,
        1.0 if x > high else 0.0,
    )


operation(
    clip,
    derivatives=(
        "0 if x < low or x > high else 1",
        "1 if x < low else 0",
        "1 if x > high else 0",
    ),
)


def where(condition, x, y):
    """x where condition is not 0, else y."""
    return (
        x if condition != 0.0 else y,
        0.0,
        1.0 if condition != 0.0 else 0.0,
        0.0 if condition != 0.0 else 1.0,
    )


operation(where)


# ---- any number of operands ---------------------------------------------------------------------


def total(row):
    """The sum of any number of operands, from left to right; each has derivative 1."""
    out = 0.0
    for i in range(row.count):
        out += row.numbers[i]
        row.derivatives[i] = 1.0
    return out


operation(
    total,
    lambda count: " + ".join([f"x{i}" for i in range(1, count + 1)]),
    symbol="Σ",
    derivatives=lambda count: ("1",) * count,
    variadic=True,
)


def mean(row):
    """The sum of any number of operands, divided by their number n; each has derivative 1/n."""
    out = 0.0
    for i in range(row.count):
        out += row.numbers[i]
        row.derivatives[i] = 1.0 / row.count
    return out / row.count


operation(
    mean,
    lambda count: "(" + " + ".join([f"x{i}" for i in range(1, count + 1)]) + f") / {count}",
    symbol="mean",
    derivatives=lambda count: (f"1 / {count}",) * count,
    variadic=True,
)


def dot(row):
    """The sum of products w1 x1 + ... + wn xn, plus a bias where the number of operands is odd.

    The operands are all w, then all x, then the bias. The derivative by a factor is the other one.
    """
    numbers, derivatives = row.numbers, row.derivatives
    half = row.count // 2
    out = 0.0
    for i in range(half):
        out += numbers[i] * numbers[half + i]
        derivatives[i] = numbers[half + i]
        derivatives[half + i] = numbers[i]
    if row.count > 2 * half:
        out += numbers[2 * half]
        derivatives[2 * half] = 1.0
    return out


def sum_of_products(count):
    """The notation of a dot of `count` operands: "x1 * x3 + x2 * x4 + x5"."""
    half = count // 2
    terms = [f"x{i} * x{half + i}" for i in range(1, half + 1)]
    return " + ".join([*terms, f"x{count}"] if count > 2 * half else terms) or "0"


def other_factors(count):
    """The local derivatives of a dot of `count` operands."""
    half = count // 2
    factors = [f"x{half + i}" for i in range(1, half + 1)] + [f"x{i}" for i in range(1, half + 1)]
    return (*factors, "1") if count > 2 * half else tuple(factors)


operation(dot, sum_of_products, symbol="Σ ×", derivatives=other_factors, variadic=True)

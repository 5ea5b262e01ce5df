"""The operations: one entry each, with its value, its local derivatives and its notation.

A rule is straight-line Python on floats: arithmetic, comparisons, conditional expressions, and
calls of `math` and `precise`. It returns the value and one local derivative an operand. The line
below it enters it in the table (see `registry.py`), and that is all there is to adding an
operation.

Conventions at the kinks, where a derivative does not exist: relu'(0) = 0, |x|'(0) = 0, ties of
maximum and minimum are shared evenly, clip'(border) = 1, leaky_relu'(0) is an argument. A nan goes
in, a nan comes out, in the value and in the derivative.

Rules are written for accuracy at the far ends as well as near 0: none of them overflows where the
true result is finite, and none subtracts what it has just added. What that takes stands in
`precise.py`. Derivatives of derivatives come from the same rules: each is run once more on Values
(see `differentiable.py`), with the functions of the table in the place of `math` and `precise`.
"""

from __future__ import annotations

import math

from autograd import precise
from autograd.registry import operation

NAN = float("nan")
TINY = 2.2250738585072014e-308  # the smallest normal float; what is below has fewer digits
LOG2_E = 1.4426950408889634
LOG10_E = 0.4342944819032518
TWO_PER_SQRT_PI = 1.1283791670955126
GELU_SLOPE = 1.5957691216057308  # sqrt(8 / pi)

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
    return out, 1.0 / y, -out / y if math.fabs(out) > TINY or out == 0.0 else -x / (y * y)


operation(
    div,
    "x / y",
    symbol="÷",
    derivatives=("1 / y", "-out / y"),
    domain={"y != 0": ZeroDivisionError},
)


def pow(x, y):
    """The power x ** y.

    By y the derivative is out * ln(x): nan for a negative base, and 0 for a base of 0 with y >= 0,
    where x ** y stays what it is for every larger y.
    """
    out = math.pow(x, y)
    dy = precise.power_log(x, y, out) if x > 0.0 else (0.0 if x == 0.0 and y >= 0.0 else NAN)
    return out, precise.power_slope(x, y, out), dy


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


def identity(x):
    """x itself, as a node of its own."""
    return x, 1.0


operation(identity, "x", symbol="=")


def absolute(x):
    """The absolute value |x|; its derivative at 0 is 0."""
    return math.fabs(x), 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0 * x)


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
    return math.log2(x), LOG2_E / x


operation(log2, derivatives=("1 / (x * ln(2))",), domain={"x > 0": ValueError})


def log10(x):
    """The logarithm of x > 0 to base 10."""
    return math.log10(x), LOG10_E / x


operation(log10, derivatives=("1 / (x * ln(10))",), domain={"x > 0": ValueError})


def log1p(x):
    """ln(1 + x) for x > -1, accurate where x is near 0."""
    return math.log1p(x), 1.0 / (1.0 + x)


operation(log1p, domain={"x > -1": ValueError})


def sqrt(x):
    """The square root of x >= 0; its derivative at 0 is infinite."""
    out = math.sqrt(x)
    return out, 0.5 / (out + 0.0)  # -0 + 0 is 0, and the derivative +inf


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
    return math.atan(x), 1.0 / (1.0 + x * x) if math.fabs(x) < 1e8 else 1.0 / x / x


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
    """The hyperbolic tangent of x: an S from -1 to 1. Its derivative is 1 - tanh(x)^2."""
    return math.tanh(x), precise.sech2(x)


operation(tanh, derivatives=("1 - out ** 2",))


def sech2(x):
    """The square of the hyperbolic secant, 1 - tanh(x)^2: the derivative of tanh."""
    out = precise.sech2(x)
    return out, -2.0 * out * math.tanh(x)


operation(sech2, "1 - tanh(x) ** 2", symbol="sech²", derivatives=("-2 * out * tanh(x)",))

# ---- activations --------------------------------------------------------------------------------


def sigmoid(x):
    """The logistic function 1 / (1 + exp(-x)): an S from 0 to 1. Its derivative is s * (1 - s)."""
    return precise.logistic(x), precise.logistic_slope(x)


operation(sigmoid, symbol="σ", derivatives=("out * (1 - out)",))


def sigmoid_slope(x):
    """The derivative of sigmoid, s * (1 - s). Its own is s * (1 - s) * (1 - 2 s)."""
    out = precise.logistic_slope(x)
    return out, -out * math.tanh(0.5 * x)


operation(
    sigmoid_slope,
    "sigmoid(x) * (1 - sigmoid(x))",
    symbol="σ′",
    derivatives=("out * (1 - 2 * sigmoid(x))",),
)


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
        1.0 if x > 0.0 else precise.scaled_exp(x, alpha),
        0.0 if x > 0.0 else math.expm1(x),
    )


operation(
    elu,
    symbol="ELU",
    derivatives=("1 if x > 0 else alpha * exp(x)", "0 if x > 0 else exp(x) - 1"),
)


def softplus(x):
    """ln(1 + exp(x)), the smooth rectifier. Its derivative is sigmoid(x)."""
    return precise.softplus(x), precise.logistic(x)


operation(softplus, derivatives=("sigmoid(x)",))


def silu(x):
    """x * sigmoid(x)."""
    return (
        precise.scaled_logistic(x, 0.0, x),
        precise.logistic(x) + precise.scaled_logistic_slope(x, 0.0, x, 1.0),
    )


operation(
    silu,
    symbol="SiLU",
    derivatives=("sigmoid(x) + out * (1 - sigmoid(x))",),
)


def swish(x, beta=1.0):
    """x * sigmoid(beta * x); x/2 for beta = 0, and nearer and nearer to ReLU for a growing beta."""
    z = beta * x
    rest = precise.scaled_product_error(beta, x)
    slope_z = precise.scaled_logistic_slope(z, rest, z, 1.0)
    return (
        precise.scaled_logistic(z, rest, x),
        precise.scaled_logistic(z, rest, 1.0) + slope_z,
        precise.scaled_logistic_slope(z, rest, x, x),
    )


operation(
    swish,
    derivatives=(
        "sigmoid(beta * x) + beta * out * (1 - sigmoid(beta * x))",
        "x * out * (1 - sigmoid(beta * x))",
    ),
)


def erf(x):
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return math.erf(x), TWO_PER_SQRT_PI * precise.exp_of_minus_square(x)


operation(erf, derivatives=("2 / sqrt(pi) * exp(-(x ** 2))",))


def gaussian(x):
    """The bell curve exp(-x^2)."""
    out = precise.exp_of_minus_square(x)
    return out, -2.0 * precise.scaled_exp_of_minus_square(x, x)


operation(gaussian, "exp(-(x ** 2))", derivatives=("-2 * x * out",))


def normal_pdf(x):
    """The density of the normal distribution, exp(-x^2 / 2) / sqrt(2 pi)."""
    return precise.normal_pdf(x), precise.scaled_normal_pdf(x, -x)


operation(normal_pdf, symbol="φ", derivatives=("-x * out",))


def normal_cdf(x):
    """The normal distribution function: the share of the normal distribution that is below x."""
    return precise.normal_cdf(x), precise.normal_pdf(x)


operation(normal_cdf, symbol="Φ")


def gelu(x):
    """x * Phi(x), with the normal distribution's Phi."""
    return precise.gelu(x), precise.normal_cdf(x) + precise.scaled_normal_pdf(x, x)


operation(gelu, symbol="GELU", derivatives=("normal_cdf(x) + x * normal_pdf(x)",))


def gelu_tanh(x):
    """An approximation of gelu: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).

    (1 + tanh(z / 2)) / 2 is sigmoid(z), which does not cancel for negative z.
    """
    z = precise.gelu_tanh_argument(x)
    rest = precise.gelu_tanh_rest(x)
    slope_z = GELU_SLOPE * (1.0 + 0.134145 * x * x)
    return (
        precise.scaled_logistic(z, rest, x),
        precise.scaled_logistic(z, rest, 1.0) + precise.scaled_logistic_slope(z, rest, x, slope_z),
    )


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
    """x, but not below low nor above high; inside and on the borders the derivative by x is 1.

    Where low is above high, it is high, as min(max(x, low), high) is.
    """
    return (
        high if x > high or low > high else (low if x < low else x),
        0.0 if x < low or x > high or low > high else (1.0 if x == x else x),
        1.0 if x < low and low <= high else 0.0,
        1.0 if x > high or low > high else 0.0,
    )


operation(
    clip,
    derivatives=(
        "0 if x < low or x > high or low > high else 1",
        "1 if x < low and low <= high else 0",
        "1 if x > high or low > high else 0",
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
    if out - out != 0.0:  # too large a sum may have a mean
        out = 0.0
        for i in range(row.count):
            out += row.numbers[i] / row.count
        return out
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


def logsumexp(row):
    """ln(exp(x1) + ... + exp(xn)), which does not overflow. Its derivatives are softmax.

    The largest operand is taken out, and what the sum loses by rounding is summed beside it.
    Sources: P. Blanchard, D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and
    softmax functions (2021); T. Ogita, S. M. Rump, S. Oishi, Accurate sum and dot product (2005).
    """
    numbers, derivatives = row.numbers, row.derivatives
    place = 0
    for i in range(row.count):
        place = i if numbers[i] > numbers[place] else place
    shift = numbers[place] if numbers[place] - numbers[place] == 0.0 else 0.0
    others, lost = 0.0, 0.0
    for i in range(row.count):
        derivatives[i] = precise.exp_of_difference(numbers[i], shift)
        term = 0.0 if i == place else derivatives[i]
        lost += precise.sum_error(others, term)
        others += term
    others += lost
    largest = derivatives[place]  # 1 if all are finite
    for i in range(row.count):
        derivatives[i] = derivatives[i] / (largest + others)
    return shift + math.log1p(others) if largest == 1.0 else math.log(largest + others)


operation(
    logsumexp,
    derivatives=lambda count: tuple([f"exp(x{i} - out)" for i in range(1, count + 1)]),
    variadic=True,
)


def softmax(row):
    """exp(x1) / (exp(x1) + ... + exp(xn)): the first operand's share among all.

    Its derivative by its own operand is p (1 - p), by another one -p q with that one's share q.
    """
    numbers, derivatives = row.numbers, row.derivatives
    shift = numbers[0]
    for i in range(row.count):
        shift = numbers[i] if numbers[i] > shift else shift
    others, lost = 0.0, 0.0
    for i in range(row.count):
        derivatives[i] = precise.exp_of_difference(numbers[i], shift)
        term = 0.0 if i == 0 else derivatives[i]
        lost += precise.sum_error(others, term)
        others += term
    others += lost
    own = derivatives[0]
    out = own / (own + others)
    for i in range(row.count):
        derivatives[i] = -out * (derivatives[i] / (own + others))
    derivatives[0] = out * (others / (own + others))
    return out


def softmax_derivatives(count):
    """The local derivatives of a softmax of `count` operands."""
    names = [f"x{i}" for i in range(1, count + 1)]
    others = []
    for i in range(1, count):
        shares = ", ".join([names[i], *names[:i], *names[i + 1 :]])
        others.append(f"-out * softmax({shares})")
    return ("out * (1 - out)", *others)


operation(softmax, derivatives=softmax_derivatives, variadic=True)


def log_softmax(row):
    """ln(softmax(x1, ..., xn)) = x1 - logsumexp(x1, ..., xn), also where that softmax underflows.

    Its derivative by its own operand is 1 - p, by another one -q, with their shares p and q.
    """
    numbers, derivatives = row.numbers, row.derivatives
    place = 0
    for i in range(row.count):
        place = i if numbers[i] > numbers[place] else place
    shift = numbers[place] if numbers[place] - numbers[place] == 0.0 else 0.0
    others, lost = 0.0, 0.0
    rest, rest_lost = 0.0, 0.0  # the sum of all but x1's, for 1 - p
    for i in range(row.count):
        derivatives[i] = precise.exp_of_difference(numbers[i], shift)
        term = 0.0 if i == place else derivatives[i]
        lost += precise.sum_error(others, term)
        others += term
        term = 0.0 if i == 0 else derivatives[i]
        rest_lost += precise.sum_error(rest, term)
        rest += term
    others += lost
    rest += rest_lost
    largest = derivatives[place]
    for i in range(row.count):
        derivatives[i] = -derivatives[i] / (largest + others)
    derivatives[0] = rest / (largest + others)
    size = math.log1p(others) if largest == 1.0 else math.log(largest + others)
    return numbers[0] - shift - size + precise.sum_error(numbers[0], -shift)


def log_softmax_derivatives(count):
    """The local derivatives of a log_softmax of `count` operands."""
    return ("1 - exp(out)", *[f"-exp(x{i} - x1 + out)" for i in range(2, count + 1)])


operation(log_softmax, derivatives=log_softmax_derivatives, variadic=True)

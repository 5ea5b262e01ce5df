"""Functions of floats that `math` lacks, computed with care: the rules of `operations.py` use them.

The plain formulas lose digits: 1 - tanh(x)^2 cancels, exp(-x * x) amplifies the rounding of x * x,
sigmoid(x) * x has no digits left where sigmoid(x) is subnormal. Two remedies serve throughout. The
rounding error of a product is itself a float, which `product_error` finds; it is then used to first
order, as in exp(-(p + e)) = exp(-p) * (1 - e). And a factor comes in as an argument, so that it
meets half the exponential before the other half makes the result small.

Each function is straight-line Python, as the rules are. What it stands for, in the names of the
table, is its *spelling*: formulas print that, and derivatives of derivatives are taken of that.
"""

from __future__ import annotations

import math

TINY = 2.2250738585072014e-308  # the smallest normal float; what is below has fewer digits
SPLITTER = 134217729.0  # 2^27 + 1
GREAT = 3.273390607896142e150  # 2^500: products of greater numbers may overflow
SHRINK = 2.409919865102884e-181  # 2^-600
SQRT_HALF = math.sqrt(0.5)
SQRT_HALF_REST = -4.833646656726457e-17  # sqrt(1/2) minus that float
PER_SQRT_PI = 0.5641895835477563  # 1 / sqrt(pi)
PER_SQRT_2_PI = 0.3989422804014327  # 1 / sqrt(2 pi)
GELU_CUBIC = 0.044715
GELU_SCALE = 1.5957691216057308  # sqrt(8 / pi)
GELU_SCALE_REST = -9.96930880911092e-17  # sqrt(8 / pi) minus that float

# ---- rounding errors ----------------------------------------------------------------------------


def product_error(x, y):
    """x * y minus its rounded value, exactly; 0 where that cannot be told.

    Both are split into halves of 26 bits, whose products are exact.
    Source: T. J. Dekker, A floating-point technique for extending the available precision (1971).
    """
    product = x * y
    x_large = SPLITTER * x
    x_high = x_large - (x_large - x)
    x_low = x - x_high
    y_large = SPLITTER * y
    y_high = y_large - (y_large - y)
    y_low = y - y_high
    error = ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low
    return error if error - error == 0.0 else 0.0


def scaled_product_error(x, y):
    """The same, also where x or y is too large to be split: a power of 2 goes over to the other."""
    scale = SHRINK if math.fabs(x) > GREAT else (1.0 / SHRINK if math.fabs(y) > GREAT else 1.0)
    return product_error(x * scale, y / scale)


def sum_error(x, y):
    """x + y minus its rounded value, exactly; 0 where that cannot be told.

    Source: D. E. Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B.
    """
    out = x + y
    y_seen = out - x
    error = (x - (out - y_seen)) + (y - y_seen)
    return error if error - error == 0.0 else 0.0


# ---- exponentials -------------------------------------------------------------------------------


def exp_of_difference(x, y):
    """exp(x - y), the rounding of x - y made good."""
    out = math.exp(x - y)
    return out + out * sum_error(x, -y)


def scaled_exp(x, factor):
    """factor * exp(x) for x <= 0, also where exp(x) is subnormal."""
    root = math.exp(0.5 * x)
    return factor * math.exp(x) if x > -700.0 else (factor * root) * root


def exp_of_minus_square(x):
    """exp(-x^2), the rounding of x^2 made good."""
    out = math.exp(-x * x)
    return out - out * product_error(x, x)


def scaled_exp_of_minus_square(x, factor):
    """factor * exp(-x^2), also where that exponential is subnormal or factor is infinite."""
    root = math.exp(-0.5 * x * x)
    root = root - root * (0.5 * product_error(x, x))
    return 0.0 if root == 0.0 else (factor * root) * root


# ---- the logistic function ----------------------------------------------------------------------


def logistic(x):
    """1 / (1 + exp(-x)) = e / (1 + e) with e = exp(x): that of the two which cannot overflow."""
    e = math.exp(-math.fabs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def logistic_slope(x):
    """The derivative of the logistic function: e / (1 + e)^2 with e = exp(-|x|).

    The square is multiplied out, for then fewer roundings count in full.
    """
    e = math.exp(-math.fabs(x))
    return e / (1.0 + e * (2.0 + e))


def logistic_root(x, rest):
    """exp(-|x + rest| / 2), where `rest` is below the last digit of x."""
    root = math.exp(-0.5 * math.fabs(x))
    return root - 0.5 * rest * root if x >= 0.0 else root + 0.5 * rest * root


def scaled_logistic(x, rest, factor):
    """factor * logistic(x + rest), also where that logistic is subnormal or factor is infinite."""
    root = logistic_root(x, rest)
    e = root * root
    small = 0.0 if root == 0.0 else (factor * root) * (root / (1.0 + e))
    return factor / (1.0 + e) if x >= 0.0 else small


def scaled_logistic_slope(x, rest, a, b):
    """a * b * logistic_slope(x + rest), also where that slope is subnormal or a * b overflows."""
    root = logistic_root(x, rest)
    share = root / (1.0 + root * root)
    return 0.0 if share == 0.0 else (a * share) * (b * share)


def softplus(x):
    """ln(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), with an exponential that cannot overflow.

    Source: M. Maechler, Accurately computing log(1 - exp(-|a|)) (2012), on log1pexp.
    """
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-math.fabs(x)))


def sech2(x):
    """1 - tanh(x)^2, the square of the hyperbolic secant: 4 e / (1 + e)^2 with e = exp(-2 |x|)."""
    e = math.exp(-2.0 * math.fabs(x))
    return 4.0 * e / (1.0 + e * (2.0 + e))


# ---- the normal distribution --------------------------------------------------------------------


def normal_cdf(x):
    """The normal distribution function, erfc(-x / sqrt(2)) / 2.

    The rounding of x / sqrt(2) is made good by erfc's derivative, -2 / sqrt(pi) * exp(-z^2).
    Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 7.1.22.
    """
    z = x * SQRT_HALF
    rest = product_error(x, SQRT_HALF) + x * SQRT_HALF_REST if math.fabs(x) < 40.0 else 0.0
    return 0.5 * math.erfc(-z) + PER_SQRT_PI * rest * math.exp(-z * z)


def scaled_normal_pdf(x, factor):
    """factor * normal density, exp(-x^2 / 2) / sqrt(2 pi), also where that is subnormal or factor
    infinite."""
    root = math.exp(-0.25 * x * x)
    root = root - root * (0.25 * product_error(x, x))
    return 0.0 if root == 0.0 else (factor * PER_SQRT_2_PI * root) * root


def normal_pdf(x):
    """The normal density, exp(-x^2 / 2) / sqrt(2 pi)."""
    return scaled_normal_pdf(x, 1.0)


def gelu(x):
    """x * normal_cdf(x), by an asymptotic series where that distribution function is subnormal.

    Phi(x) = phi(x) / |x| * (1 - 1/x^2 + 3/x^4 - 15/x^6 + ...) for x -> -infinity.
    Source: M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 26.2.12.
    """
    u = 1.0 / (x * x) if x < -35.0 else 0.0
    series = 1.0 - u * (
        1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u * (1.0 - 9.0 * u * (1.0 - 11.0 * u))))
    )
    return x * normal_cdf(x) if x >= -35.0 else scaled_normal_pdf(x, -series)


def gelu_tanh_argument(x):
    """sqrt(8 / pi) * (x + 0.044715 x^3), rounded."""
    return GELU_SCALE * (x * (1.0 + GELU_CUBIC * (x * x)))


def gelu_tanh_rest(x):
    """What rounding took from `gelu_tanh_argument`: the errors of its steps, carried along."""
    square = x * x
    cubic = GELU_CUBIC * square
    cubic_rest = product_error(GELU_CUBIC, square) + GELU_CUBIC * product_error(x, x)
    bracket = 1.0 + cubic
    bracket_rest = sum_error(1.0, cubic) + cubic_rest
    product = x * bracket
    product_rest = product_error(x, bracket) + x * bracket_rest
    rest = product_error(GELU_SCALE, product) + GELU_SCALE * product_rest
    return rest + GELU_SCALE_REST * product if math.fabs(x) < 100.0 else 0.0


# ---- powers -------------------------------------------------------------------------------------


def power_slope(x, y, power):
    """y * x^(y - 1), the derivative of power = x^y by x; 0 for y = 0.

    For x < 0 it is found from |x|; the sign of the power tells whether y is odd.
    """
    size = power_slope_size(math.fabs(x), y) if y != 0.0 else 0.0
    sign = -math.copysign(1.0, power) if x < 0.0 and y != 0.0 else 1.0
    return sign * size if power == power else power


def power_slope_size(x, y):
    """y * x^(y - 1) for x >= 0, also where that power is subnormal or overflows.

    What y - 1 loses by rounding is made good: x^(e + rest) = x^e * (1 + rest * ln(x)).
    """
    exponent = y - 1.0
    lost = sum_error(y, -1.0)
    power = math.pow(x, exponent)
    size = (
        y * power
        if power >= TINY and power - power == 0.0
        else (y * math.pow(x, 0.5 * exponent)) * math.pow(x, 0.5 * exponent)
    )
    return (
        size + size * (lost * math.log(x))
        if lost != 0.0 and x > 0.0 and size - size == 0.0
        else size
    )


def power_log(x, y, power):
    """power * ln(x), the derivative of power = x^y by y for x > 0, also where it is subnormal."""
    log = math.log(x)
    return (math.pow(x, 0.5 * y) * log) * math.pow(x, 0.5 * y) if power < TINY else power * log


#: What each function stands for, in its parameters and the operations of the table.
SPELLINGS = {
    "product_error": "0",
    "scaled_product_error": "0",
    "sum_error": "0",
    "exp_of_difference": "exp(x - y)",
    "scaled_exp": "factor * exp(x)",
    "exp_of_minus_square": "gaussian(x)",
    "scaled_exp_of_minus_square": "factor * gaussian(x)",
    "logistic": "sigmoid(x)",
    "logistic_slope": "sigmoid_slope(x)",
    "logistic_root": "exp(-abs(x) / 2)",
    "scaled_logistic": "factor * sigmoid(x)",
    "scaled_logistic_slope": "a * b * sigmoid_slope(x)",
    "softplus": "softplus(x)",
    "sech2": "sech2(x)",
    "normal_cdf": "normal_cdf(x)",
    "normal_pdf": "normal_pdf(x)",
    "scaled_normal_pdf": "factor * normal_pdf(x)",
    "gelu": "x * normal_cdf(x)",
    "gelu_tanh_argument": "sqrt(8 / pi) * (x + 0.044715 * x ** 3)",
    "gelu_tanh_rest": "0",
    "power_slope": "0 if x == 0 and y == 0 else y * x ** (y - 1)",
    "power_slope_size": "y * x ** (y - 1)",
    "power_log": "power * ln(x)",
}

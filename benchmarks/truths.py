"""What every operation should give, by mpmath, and where to ask: one case an operation.

A truth takes the operands, which are floats and so exact rationals, and returns the value and the
local derivatives to 50 digits and more. It is written so that nothing cancels in it; where the
function itself passes through zero as a difference of two terms, the truth is a list of the terms.

Points are drawn where floats are hard: over all magnitudes, around zeros, kinks and branches, in
saturation, and where results are subnormal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from autograd.extras import install_command

try:
    import mpmath
except ModuleNotFoundError:
    raise SystemExit(f"mpmath is missing: {install_command('chalkgrad[test]')}") from None

mp = mpmath.MPContext()
mp.dps = 60

LARGEST = 1.7976931348623157e308
SMALLEST = 5e-324
Point = tuple[float, ...]
#: A true number, or the terms whose sum it is; None where there is none (0 ** -1, (-2) ** 0.5).
Truth = Any


@dataclass(frozen=True)
class Case:
    """An operation and its true values.

    Attributes:
        name: the operation's name in the table.
        truth: operands -> [value, derivative by the first operand, ...].
        draw: a source of random numbers -> a point; it need not lie in the domain.
        limit: how many ulps a result may be off.
        inside: whether a point is in the domain.
        corners: points that are always tried.
        terms: what the limit is a multiple of where a result crosses zero, by its place in the
            truth: the largest of these terms.
    """

    name: str
    truth: Callable[..., list[Truth]]
    draw: Callable[[Random], Point]
    limit: int
    inside: Callable[..., bool] = lambda *operands: True
    corners: tuple[Point, ...] = ()
    terms: dict[int, str] = field(default_factory=dict)

    def points(self, random: Random, count: int) -> list[Point]:
        """Points of the domain at which the value is finite, corners first."""
        found = [point for point in self.corners if self.is_asked_at(point)]
        while len(found) < count:
            point = self.draw(random)
            if self.is_asked_at(point):
                found.append(point)
        return found[:count]

    def is_asked_at(self, point: Point) -> bool:
        """Whether the operands are finite and the true value is no larger than a float can be."""
        if not (all(map(math.isfinite, point)) and self.inside(*point)):
            return False
        value = self.truth(*map(mp.mpf, point))[0]
        return bool(abs(mp.fsum(value) if isinstance(value, list) else value) <= LARGEST)


# ---- where to ask -------------------------------------------------------------------------------


def wide(random: Random) -> float:
    """A float of any sign and size, subnormal ones included."""
    return sign(random) * math.ldexp(random.uniform(0.5, 1.0), random.randint(-1073, 1024))


def moderate(random: Random) -> float:
    """A float of any sign, of a size that one meets."""
    return sign(random) * math.ldexp(random.uniform(0.5, 1.0), random.randint(-40, 10))


def close_to(random: Random, centre: float) -> float:
    """A float next to a number: as likely a few ulps away as a quarter of it."""
    away = sign(random) * math.ldexp(random.uniform(0.5, 1.0), random.randint(-53, -1))
    return centre + away * (abs(centre) or 1.0)


def sign(random: Random) -> float:
    """1 or -1."""
    return random.choice((1.0, -1.0))


def line(*centres: float, spans: tuple[tuple[float, float], ...] = ()) -> Callable[[Random], Point]:
    """Draws one operand: of any size, of a usual size, near the centres and within the spans."""
    all_spans = ((-5.0, 5.0), (-50.0, 50.0), *spans)

    def draw(random: Random) -> Point:
        kind = random.randrange(4)
        if kind == 0:
            return (wide(random),)
        if kind == 1:
            return (moderate(random),)
        if kind == 2:
            return (close_to(random, random.choice((0.0, *centres))),)
        return (random.uniform(*random.choice(all_spans)),)

    return draw


#: Where exp(x), exp(2 x) or exp(x^2) leave the normal floats, and what follows them does.
EXPONENTIAL = ((-760.0, -690.0), (690.0, 760.0), (-380.0, -340.0), (340.0, 380.0), (-760.0, 760.0))
BELL = ((5.0, 6.5), (26.0, 27.4), (-27.4, -26.0), (37.0, 39.0), (-39.0, -37.0), (-40.0, -25.0))


def right_angles(random: Random) -> Point:
    """The float next to a multiple of pi / 2, where a sine, cosine or tangent is near 0."""
    multiple = random.randint(-(2 ** random.randint(1, 60)), 2 ** random.randint(1, 60))
    return (float(mp.pi * multiple / 2),)


def angles(random: Random) -> Point:
    """An angle of any size, or next to a multiple of pi / 2."""
    return random.choice((line(spans=((-1e6, 1e6),)), right_angles))(random)


def pair(random: Random) -> Point:
    """Two numbers of any size, alike, equal or unrelated."""
    x = random.choice((wide, moderate))(random)
    kind = random.randrange(5)
    if kind == 0:
        return x, sign(random) * close_to(random, x)
    if kind == 1:
        return x, random.choice((x, -x))
    return x, random.choice((wide, moderate))(random)


def factors(random: Random) -> Point:
    """Two numbers whose product has any size."""
    x = random.choice((wide, moderate))(random)
    return x, wide(random) / x


def quotients(random: Random) -> Point:
    """Two numbers whose quotient has any size."""
    y = random.choice((wide, moderate))(random)
    return wide(random) * y, y


def powers(random: Random) -> Point:
    """A base and an exponent whose power has any size, or is 0 or 1."""
    kind = random.randrange(8)
    if kind == 0:
        return random.choice((0.0, -0.0)), random.choice(
            (abs(wide(random)), float(random.randint(0, 9)))
        )
    if kind == 1:
        return random.choice((wide, moderate))(random), float(random.randint(-5, 5))
    if kind == 2:
        return abs(wide(random)), random.choice((0.5, -0.5, 1.5, 2.5, 1 / 3, 0.1, -0.9))
    if kind == 3:
        return abs(wide(random)), random.choice((wide, moderate))(random)
    base = abs(close_to(random, 1.0) if kind == 4 else random.choice((wide, moderate))(random))
    if base in (0.0, 1.0):
        return base, moderate(random)
    exponent = random.uniform(-745.0, 710.0) / math.log(base)
    if kind >= 6 and math.isfinite(exponent):
        return random.choice((base, -base)), float(round(exponent))
    return base, exponent


def times_beta(random: Random) -> Point:
    """x and beta, with a product of any size or one that matters for exp."""
    x = random.choice((wide, moderate))(random)
    if random.random() < 0.2:
        return x, random.choice((wide, moderate))(random)
    low, high = random.choice(((-5.0, 5.0), (-50.0, 50.0), *EXPONENTIAL))
    return x, random.uniform(low, high) / x


def scaled(spans: tuple[tuple[float, float], ...]) -> Callable[[Random], Point]:
    """Draws x and a factor of any size."""
    one = line(spans=spans)
    return lambda random: (*one(random), random.choice((wide, moderate))(random))


def triple(random: Random) -> Point:
    """Three numbers, the last two in order, the first between or on them or outside."""
    low, high = sorted((random.choice((wide, moderate))(random), wide(random)))
    x = random.choice((wide(random), moderate(random), low, high, low / 2 + high / 2))
    return x, low, high


def choice_of_two(random: Random) -> Point:
    """A condition, 0 or not, and two numbers."""
    return random.choice((0.0, -0.0, wide(random))), wide(random), wide(random)


def logits(random: Random) -> Point:
    """1 to 12 numbers: up to 1000 apart, close together, tied, one above all, or of any size."""
    count = random.randint(1, 12)
    base = random.choice((0.0, moderate(random), random.uniform(-1000.0, 1000.0)))
    reach = random.choice((1e-9, 1.0, 5.0, 40.0, 750.0, 1000.0))
    numbers = [base + random.uniform(-reach, reach) for _ in range(count)]
    kind = random.randrange(5)
    if kind == 0:
        numbers[-1] = numbers[0]
    if kind == 1:
        numbers[random.randrange(count)] += random.uniform(20.0, 1000.0)
    if kind == 2:
        numbers = [random.choice((wide, moderate))(random) for _ in range(count)]
    if kind == 3:  # the sum of the exponentials is next to 1
        low = random.uniform(-40.0, 0.0)
        numbers = [low + random.uniform(-1.0, 0.0) for _ in range(count)]
        numbers[0] = -math.fsum(map(math.exp, numbers[1:]))
    return tuple(numbers)


def summands(random: Random) -> Point:
    """1 to 12 numbers, of any size, of usual sizes, or nearly cancelling."""
    count = random.randint(1, 12)
    kind = random.choice((wide, moderate, lambda random: random.uniform(-1.0, 1.0)))
    numbers = [kind(random) for _ in range(count)]
    if random.random() < 0.3:
        numbers[-1] = -math.fsum(number / 16.0 for number in numbers[:-1]) * 16.0
    return tuple(numbers)


# ---- true functions -----------------------------------------------------------------------------


def exp(x: Any) -> Any:
    """exp(x); 0 where no float times any float would bring it back."""
    return mp.exp(x) if x > -10000 else mp.mpf(0)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def sigmoid_slope(x: Any) -> Any:
    """sigmoid(x) * (1 - sigmoid(x))."""
    e = exp(-abs(x))
    return e / (1 + e) ** 2


def sech2(x: Any) -> Any:
    """1 - tanh(x)^2."""
    return 4 * sigmoid_slope(2 * x)


def normal_pdf(x: Any) -> Any:
    """exp(-x^2 / 2) / sqrt(2 pi)."""
    return exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_cdf(x: Any) -> Any:
    """erfc(-x / sqrt(2)) / 2."""
    if abs(x) > 200:
        return mp.mpf(1 if x > 0 else 0)
    return mp.erfc(-x / mp.sqrt(2)) / 2


def erf(x: Any) -> Any:
    """The error function."""
    return mp.erf(x) if abs(x) < 200 else mp.sign(x)


def power(x: Any, y: Any) -> Any:
    """x ** y as exp(y ln|x|) with its sign, for x other than 0."""
    size = y * mp.ln(abs(x))
    power = mp.inf if size > 10000 else exp(size)
    return -power if x < 0 and int(y) % 2 else power


def pow_truth(x: Any, y: Any) -> list[Truth]:
    """x ** y, y x ** (y - 1), x ** y ln x."""
    if x == 0:
        slope = mp.mpf(1 if y == 1 else 0) if y == 0 or y >= 1 else mp.inf
        return [mp.mpf(1 if y == 0 else 0), slope, mp.mpf(0)]
    out = power(x, y)
    return [out, y * power(x, y - 1), out * mp.ln(x) if x > 0 else None]


def silu_terms(x: Any, z: Any, slope: Any) -> list[Truth]:
    """sigmoid(z) and x * sigmoid'(z) * z', whose sum is the derivative of x * sigmoid(z)."""
    return [sigmoid(z), x * sigmoid_slope(z) * slope]


def gelu_tanh_truth(x: Any) -> list[Truth]:
    """x * sigmoid(z) with z = sqrt(8 / pi) * (x + 0.044715 x^3), 0.044715 being that float."""
    cubic = mp.mpf(0.044715)
    scale = mp.sqrt(8 / mp.pi)
    z = scale * (x + cubic * x**3)
    return [x * sigmoid(z), silu_terms(x, z, scale * (1 + 3 * cubic * x * x))]


def shares(xs: tuple[Any, ...]) -> tuple[list[Any], Any, Any]:
    """exp(x - largest) for each x, the largest x, and the sum of all but the largest's own."""
    place = max(range(len(xs)), key=lambda i: xs[i])
    powers = [exp(x - xs[place]) for x in xs]
    return powers, xs[place], mp.fsum(powers[:place] + powers[place + 1 :])


def logsumexp_truth(*xs: Any) -> list[Truth]:
    """The largest plus ln(1 + the others' shares), and each one's share."""
    powers, largest, others = shares(xs)
    return [[largest, mp.log1p(others)], *[power / (1 + others) for power in powers]]


def softmax_truth(*xs: Any) -> list[Truth]:
    """p = the first one's share; p (1 - p), and -p q for each other share q."""
    powers, _, others = shares(xs)
    whole = 1 + others
    p = powers[0] / whole
    return [p, p * mp.fsum(powers[1:]) / whole, *[-p * power / whole for power in powers[1:]]]


def log_softmax_truth(*xs: Any) -> list[Truth]:
    """ln p = (x1 - largest) - ln(1 + others); 1 - p, and -q for each other share q."""
    powers, largest, others = shares(xs)
    whole = 1 + others
    rest = [mp.fsum(powers[1:]) / whole, *[-power / whole for power in powers[1:]]]
    return [xs[0] - largest - mp.log1p(others), *rest]


def dot_truth(*xs: Any) -> list[Truth]:
    """w1 x1 + ... + wn xn + bias, as terms; the other factors."""
    half = len(xs) // 2
    bias = list(xs[2 * half :])
    products = [w * x for w, x in zip(xs[:half], xs[half : 2 * half], strict=True)]
    return [[*products, *bias], *xs[half : 2 * half], *xs[:half], *[mp.mpf(1) for _ in bias]]


def choose(condition: Any, x: Any, y: Any) -> list[Truth]:
    """x if the condition is not 0, else y."""
    return [x if condition else y, None, int(condition != 0), int(condition == 0)]


# ---- the cases ----------------------------------------------------------------------------------

ELEMENTARY = 4
COMPOSITE = 16
HALF = mp.mpf(0.5)
ENDS = tuple(
    (sign * x,)
    for x in (0.0, SMALLEST, 2.2250738585072014e-308, 1.0, LARGEST)
    for sign in (1.0, -1.0)
)


def unary(
    name: str,
    limit: int,
    truth: Callable[[Any], list[Truth]],
    draw: Callable[[Random], Point],
    inside: Callable[..., bool] = lambda x: True,
    terms: dict[int, str] | None = None,
) -> Case:
    """The case of an operation of one operand."""
    return Case(name, truth, draw, limit, inside, ENDS, terms or {})


CASES = [
    Case("add", lambda x, y: [x + y, 1, 1], pair, ELEMENTARY),
    Case("sub", lambda x, y: [x - y, 1, -1], pair, ELEMENTARY),
    Case("mul", lambda x, y: [x * y, y, x], factors, ELEMENTARY),
    Case("div", lambda x, y: [x / y, 1 / y, -x / y**2], quotients, ELEMENTARY, lambda x, y: y != 0),
    Case(
        "pow",
        pow_truth,
        powers,
        ELEMENTARY,
        lambda x, y: (x != 0 or y >= 0) and (x >= 0 or y % 1 == 0),
    ),
    unary("neg", ELEMENTARY, lambda x: [-x, -1], line()),
    unary("identity", ELEMENTARY, lambda x: [x, 1], line()),
    unary("absolute", ELEMENTARY, lambda x: [abs(x), mp.sign(x)], line()),
    unary(
        "exp", ELEMENTARY, lambda x: [exp(x), exp(x)], line(spans=EXPONENTIAL), lambda x: x < 710
    ),
    unary(
        "expm1",
        ELEMENTARY,
        lambda x: [mp.expm1(x) if x > -10000 else -1, exp(x)],
        line(spans=EXPONENTIAL),
        lambda x: x < 710,
    ),
    unary("ln", ELEMENTARY, lambda x: [mp.ln(x), 1 / x], line(1.0), lambda x: x > 0),
    unary(
        "log2",
        ELEMENTARY,
        lambda x: [mp.ln(x) / mp.ln2, 1 / x / mp.ln2],
        line(1.0),
        lambda x: x > 0,
    ),
    unary(
        "log10",
        ELEMENTARY,
        lambda x: [mp.ln(x) / mp.ln10, 1 / x / mp.ln10],
        line(1.0),
        lambda x: x > 0,
    ),
    unary("log1p", ELEMENTARY, lambda x: [mp.log1p(x), 1 / (1 + x)], line(-1.0), lambda x: x > -1),
    unary(
        "sqrt",
        ELEMENTARY,
        lambda x: [mp.sqrt(x), HALF / mp.sqrt(x) if x else mp.inf],
        line(1.0),
        lambda x: x >= 0,
    ),
    unary("sin", ELEMENTARY, lambda x: [mp.sin(x), mp.cos(x)], angles),
    unary("cos", ELEMENTARY, lambda x: [mp.cos(x), -mp.sin(x)], angles),
    unary("tan", ELEMENTARY, lambda x: [mp.tan(x), 1 / mp.cos(x) ** 2], angles),
    unary(
        "asin",
        ELEMENTARY,
        lambda x: [mp.asin(x), 1 / mp.sqrt(1 - x * x) if abs(x) < 1 else mp.inf],
        line(1.0, -1.0, spans=((-1.0, 1.0),)),
        lambda x: abs(x) <= 1,
    ),
    unary(
        "acos",
        ELEMENTARY,
        lambda x: [mp.acos(x), -1 / mp.sqrt(1 - x * x) if abs(x) < 1 else -mp.inf],
        line(1.0, -1.0, spans=((-1.0, 1.0),)),
        lambda x: abs(x) <= 1,
    ),
    unary("atan", ELEMENTARY, lambda x: [mp.atan(x), 1 / (1 + x * x)], line(1.0, 1e8, -1e8)),
    unary(
        "sinh",
        ELEMENTARY,
        lambda x: [mp.sinh(x), mp.cosh(x)],
        line(spans=EXPONENTIAL),
        lambda x: abs(x) < 711,
    ),
    unary(
        "cosh",
        ELEMENTARY,
        lambda x: [mp.cosh(x), mp.sinh(x)],
        line(spans=EXPONENTIAL),
        lambda x: abs(x) < 711,
    ),
    unary(
        "tanh",
        ELEMENTARY,
        lambda x: [mp.tanh(x) if abs(x) < 1000 else mp.sign(x), sech2(x)],
        line(spans=(*EXPONENTIAL, (17.0, 23.0))),
    ),
    unary(
        "sech2",
        COMPOSITE,
        lambda x: [sech2(x), -2 * sech2(x) * mp.tanh(x) if abs(x) < 1000 else mp.mpf(0)],
        line(spans=(*EXPONENTIAL, (17.0, 23.0))),
    ),
    unary(
        "erf", ELEMENTARY, lambda x: [erf(x), 2 / mp.sqrt(mp.pi) * exp(-x * x)], line(spans=BELL)
    ),
    Case(
        "maximum",
        lambda x, y: [max(x, y), (mp.sign(x - y) + 1) / 2, (mp.sign(y - x) + 1) / 2],
        pair,
        ELEMENTARY,
    ),
    Case(
        "minimum",
        lambda x, y: [min(x, y), (mp.sign(y - x) + 1) / 2, (mp.sign(x - y) + 1) / 2],
        pair,
        ELEMENTARY,
    ),
    Case(
        "clip",
        lambda x, low, high: [
            min(max(x, low), high),
            int(low <= x <= high),
            int(x < low),
            int(x > high),
        ],
        triple,
        ELEMENTARY,
    ),
    unary("relu", ELEMENTARY, lambda x: [max(x, mp.mpf(0)), int(x > 0)], line()),
    Case(
        "leaky_relu",
        lambda x, slope, at_zero: [
            x if x > 0 else slope * x,
            1 if x > 0 else slope if x < 0 else at_zero,
            min(x, mp.mpf(0)),
            None,
        ],
        lambda random: (*factors(random), 1.0),
        ELEMENTARY,
        corners=((0.0, 0.1, 1.0), (-0.0, 0.1, 0.1)),
    ),
    Case("where", choose, choice_of_two, ELEMENTARY),
    unary("sigmoid", COMPOSITE, lambda x: [sigmoid(x), sigmoid_slope(x)], line(spans=EXPONENTIAL)),
    unary(
        "sigmoid_slope",
        COMPOSITE,
        lambda x: [
            sigmoid_slope(x),
            -sigmoid_slope(x) * mp.tanh(x / 2) if abs(x) < 10000 else mp.mpf(0),
        ],
        line(spans=EXPONENTIAL),
    ),
    Case(
        "elu",
        lambda x, alpha: (
            [x, 1, mp.mpf(0)]
            if x > 0
            else [alpha * mp.expm1(max(x, -1000)), alpha * exp(x), mp.expm1(max(x, -1000))]
        ),
        scaled(EXPONENTIAL),
        COMPOSITE,
        corners=((0.0, 1.0), (-1e-300, 1e-10)),
    ),
    unary(
        "softplus",
        COMPOSITE,
        lambda x: [max(x, mp.mpf(0)) + mp.log1p(exp(-abs(x))), sigmoid(x)],
        line(spans=EXPONENTIAL),
    ),
    unary(
        "silu",
        COMPOSITE,
        lambda x: [x * sigmoid(x), silu_terms(x, x, 1)],
        line(-1.2784645427610738, spans=EXPONENTIAL),
        terms={1: "σ(x), x σ'(x)"},
    ),
    Case(
        "swish",
        lambda x, beta: [
            x * sigmoid(beta * x),
            silu_terms(x, beta * x, beta),
            x * x * sigmoid_slope(beta * x),
        ],
        times_beta,
        COMPOSITE,
        corners=((2.0, 0.0), (0.0, 2.0)),
        terms={1: "σ(βx), βx σ'(βx)"},
    ),
    unary(
        "gelu",
        COMPOSITE,
        lambda x: [x * normal_cdf(x), [normal_cdf(x), x * normal_pdf(x)]],
        line(-0.7517915246935645, -35.0, spans=BELL),
        terms={1: "Φ(x), x φ(x)"},
    ),
    unary(
        "gelu_tanh",
        COMPOSITE,
        gelu_tanh_truth,
        line(-0.7524614220710162, spans=((-25.0, -19.0), (-22.0, -20.0), (19.0, 25.0))),
        terms={1: "σ(z), x σ'(z) z'"},
    ),
    unary("gaussian", COMPOSITE, lambda x: [exp(-x * x), -2 * x * exp(-x * x)], line(spans=BELL)),
    unary("normal_pdf", COMPOSITE, lambda x: [normal_pdf(x), -x * normal_pdf(x)], line(spans=BELL)),
    unary("normal_cdf", COMPOSITE, lambda x: [normal_cdf(x), normal_pdf(x)], line(spans=BELL)),
    Case(
        "total",
        lambda *xs: [list(xs), *[1 for _ in xs]],
        summands,
        COMPOSITE,
        lambda *xs: mp.fsum(map(abs, xs)) <= LARGEST,
        terms={0: "x1, ..., xn"},
    ),
    Case(
        "mean",
        lambda *xs: [[x / len(xs) for x in xs], *[mp.mpf(1) / len(xs) for _ in xs]],
        summands,
        COMPOSITE,
        corners=((LARGEST, LARGEST), (LARGEST, -LARGEST, LARGEST), (SMALLEST, SMALLEST)),
        terms={0: "x1 / n, ..., xn / n"},
    ),
    Case(
        "dot",
        dot_truth,
        summands,
        COMPOSITE,
        lambda *xs: mp.fsum(map(abs, dot_truth(*map(mp.mpf, xs))[0])) <= LARGEST,
        terms={0: "w1 x1, ..., bias"},
    ),
    Case("logsumexp", logsumexp_truth, logits, COMPOSITE, terms={0: "max x, ln Σ exp(x - max x)"}),
    Case("softmax", softmax_truth, logits, COMPOSITE),
    Case("log_softmax", log_softmax_truth, logits, COMPOSITE),
]

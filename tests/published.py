"""The published worked examples: expressions with their values, gradients and adjoints."""

import json
from pathlib import Path

CASES = json.loads((Path(__file__).parent / "data" / "published.json").read_text(encoding="utf-8"))
WITH_DEFINITIONS = [case for case in CASES if case.get("definitions")]


def name_of(case):
    return case["id"]


def is_right(answer, right):
    """The tolerance of the published answers."""
    return abs(answer - right) <= 1e-12 * max(1.0, abs(right))


def lets(case):
    """The definitions and the result as one text: "h1 = ln(x); h2 = exp(y); h1 + h2"."""
    return "; ".join([*(f"{name} = {text}" for name, text in case["definitions"]), case["result"]])

"""When an output counts as right, which accuracy counts: what each loss implies.

For the cross-entropies the class with the largest output is the answer; with two classes and one
output, a probability above one half, or a score above 0. Other losses, such as squares, imply
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from autograd import Value
from nn.arrays import flat
from nn.losses import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HingeLoss, NLLLoss

#: From one output and its target to whether the output is right.
Decision: TypeAlias = Callable[[Any, Any], bool]


def decision_for(loss: object) -> Decision | None:
    """When an output is right in the sense of a loss; None where that has no meaning."""
    for kind, decision in DECISIONS.items():
        if isinstance(loss, kind):
            return decision
    return None


def largest_is_right(output: Any, target: Any) -> bool:
    """Whether the largest output is that of the target's class (a number, or a row of shares).

    For classes in each place of an array, classes first, all places must be right.
    """
    if type(target) is int and type(output[0]) is float:  # plain numbers, as replays give
        return bool(output.index(max(output)) == target)
    if type(output[0]) is list:
        places = zip(zip(*output, strict=True), target, strict=True)
        return all(largest_is_right(list(scores), right) for scores, right in places)
    scores, shares = numbers(output), numbers(target)
    right = shares[0] if len(shares) == 1 else shares.index(max(shares))
    return scores.index(max(scores)) == right


def above(threshold: float) -> Decision:
    """Whether each output is above a threshold just where its target is above 0.5."""

    def is_right(output: Any, target: Any) -> bool:
        pairs = zip(numbers(output), numbers(target), strict=True)
        return all((score > threshold) == (share > 0.5) for score, share in pairs)

    return is_right


def numbers(array: Any) -> list[float]:
    """The scalars of an array as plain numbers."""
    return [x.data if isinstance(x, Value) else x for x in flat(array)]


DECISIONS: dict[type, Decision] = {
    CrossEntropyLoss: largest_is_right,
    NLLLoss: largest_is_right,
    BCELoss: above(0.5),
    BCEWithLogitsLoss: above(0.0),
    HingeLoss: above(0.0),
}

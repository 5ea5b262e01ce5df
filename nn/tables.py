"""Tables as plain text: columns whose cells stand below each other."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.numbers import format_number


def aligned(columns: Sequence[tuple[str, Sequence[str]]], left: int = 0) -> list[str]:
    """The lines of a table, the names above.

    The first `left` columns are text, the others numbers.
    """
    lines = [""] * (1 + max([len(cells) for _, cells in columns]))
    for place, (name, cells) in enumerate(columns):
        width = max(map(len, [name, *cells]))
        for row, cell in enumerate([name, *cells]):
            text = cell.ljust(width) if place < left else cell.rjust(width)
            lines[row] += text if place == 0 else f"  {text}"
    return [line.rstrip() for line in lines]


def number_or_dash(number: float | None) -> str:
    """A number, or – where there is none."""
    return "–" if number is None else format_number(number)


def percent(share: float | None) -> str:
    """A share such as 97.5 %, or – where there is none."""
    return "–" if share is None else f"{share:.1%}".replace("%", " %")

"""Tables for a terminal and for a page of the documentation, and ratios."""

import math
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows below a header; the first column to the left, the others to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    rendered = []
    for line in lines:
        first, *others = line
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        rendered.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join([rendered[0], "-" * max(map(len, rendered)), *rendered[1:]])


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The same as a table of Markdown; numbers are to be set right by whoever shows it."""
    aligned = ["---", *["---:"] * (len(header) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (header, aligned, *rows))


def geometric_mean(values: Iterable[float]) -> float:
    """The mean of ratios; not a number when there are none, or one is not positive."""
    known = list(values)
    if not known or min(known) <= 0:
        return float("nan")
    return math.exp(sum(map(math.log, known)) / len(known))


def number(value: float | None, digits: int = 1) -> str:
    """A number for a table, a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.{digits}f}"

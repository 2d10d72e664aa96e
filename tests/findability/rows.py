"""The notation of the catalogue's rows: one row with ``each`` stands for many near twins.

``each = {n = "1..30", end = ["edf", "cbf"]}`` is every pair of a number and an ending; texts of the
row and of all that hangs on it name them as Python's format does: ``scan_{n:04}.{end}``. A third
number is the step: ``"0..500..50"``. ``{row}`` counts what a row stands for. A row without ``each``
and outside of one is taken as it is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

Row = Mapping[str, Any]
Variables = Mapping[str, Any]


def expanded(row: Row, outer: Variables) -> Iterator[tuple[Row, Variables]]:
    """The rows that a row stands for, each with the variables of what hangs on it."""
    each = row.get("each", {})
    for number, chosen in enumerate(product(*map(_values, each.values())), 1):
        variables = {**outer, **dict(zip(each, chosen, strict=True))}
        if each:
            variables["row"] = number
        yield {name: _named(name, value, variables) for name, value in row.items()}, variables


def _values(written: str | Sequence[Any]) -> Sequence[Any]:
    if not isinstance(written, str):
        return written
    low, high, *step = map(int, written.split(".."))
    return range(low, high + 1, *step)


def _named(name: str, value: Any, variables: Variables) -> Any:
    # What hangs on a row is expanded with it, by variables of its own too.
    return value if name in ("datasets", "files", "each") else _filled(value, variables)


def _filled(value: Any, variables: Variables) -> Any:
    match value:
        case str() if variables:
            return value.format_map(variables)
        case list():
            return [_filled(one, variables) for one in value]
        case dict():
            return {
                _filled(name, variables): _filled(one, variables) for name, one in value.items()
            }
    return value

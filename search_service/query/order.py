"""In what order hits come, how they are compared, and where a page goes on.

The id, ascending, is always the last key. By relevance there is no other key: score, then id.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Value = int | float | str | None

_Hit = TypeVar("_Hit")


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by, and in which direction."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Order:
    """Sort keys in order of precedence; none: by relevance, highest score first."""

    keys: tuple[SortKey, ...] = ()

    @property
    def by_relevance(self) -> bool:
        """Whether hits come by their scores."""
        return not self.keys


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last hit of the page before: its sort values (by relevance: its score) and its id.

    ``rank`` is a hint: how many hits came before the one that the cursor stands on. It may be
    wrong or missing (None), the page is the same.
    """

    values: tuple[Value, ...]
    id: int
    rank: int | None = None


def in_order(
    hits: Iterable[_Hit],
    descending: Sequence[bool],
    *,
    id_of: Callable[[_Hit], int],
    values_of: Callable[[_Hit], Sequence[Value]],
) -> list[_Hit]:
    """Hits by their values, as many as there are directions, then by id.

    What is missing comes first ascending and last descending; texts go by their code points.
    """
    ordered = sorted(hits, key=id_of)
    for place in reversed(range(len(descending))):
        ordered.sort(key=lambda hit: comparable(values_of(hit)[place]), reverse=descending[place])
    return ordered


def comparable(value: Value) -> tuple[int, float | str]:
    """What a value is compared by: None is the lowest."""
    return (0, 0) if value is None else (1, value)

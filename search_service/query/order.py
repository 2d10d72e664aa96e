"""In what order hits come, and where a page goes on.

The id, ascending, is always the last key. By relevance there is no other key: score, then id.
"""

from dataclasses import dataclass

Value = int | float | str | None


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

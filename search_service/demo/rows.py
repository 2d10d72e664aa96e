"""Rows of the example catalogue while they are being made: numbered, by table."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

Value = str | int | float | None
Row = dict[str, Value]
Block = tuple[str, list[Row]]

HOUR, DAY = 3_600, 86_400


@dataclass
class Rows:
    """Rows by table; ids go on from one collection to the next that shares them."""

    ids: dict[str, Iterator[int]] = field(default_factory=dict)
    by_table: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> int:
        """Adds a row, which gets its id by this."""
        number = next(self.ids.setdefault(table, itertools.count(1)))
        self.by_table.setdefault(table, []).append({"ID": number, **row})
        return number

    def take(self) -> Iterator[Block]:
        """Hands the rows over as (table, rows), and has none."""
        taken, self.by_table = self.by_table, {}
        yield from taken.items()


def stamp(seconds: float) -> str:
    """A moment as the database holds it: UTC, without zone and fractions."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")


def times(created: int, changed: int) -> Row:
    """When a row was made and changed."""
    return {"CREATE_TIME": stamp(created), "MOD_TIME": stamp(changed)}

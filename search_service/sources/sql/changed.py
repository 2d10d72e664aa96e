"""Finds the rows that changed in the database since a moment: their ids, and whole related rows.

Times of change have no zone and no index: tables are read along their key. The clock is the
database's. Not here: rows that were deleted, which leave no trace, see ``sync.id_ranges``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from search_service.catalogue import lookup
from search_service.catalogue.columns import SIZES, Layout, Parent
from search_service.catalogue.documents import LOWEST_INTEGER, Document
from search_service.catalogue.relations import PROPAGATIONS
from search_service.errors import SchemaUnknown, SourceRefused
from search_service.sources.moments import Moments
from search_service.sources.sql.assemble import Assembler, Unfit
from search_service.sources.sql.connecting import Database, Unreadable
from search_service.sources.sql.parents import ASKED_AT_ONCE
from search_service.sources.sql.schema import Catalogue

TIMES = ("CREATE_TIME", "MOD_TIME")
SIZE_FIELDS = tuple(column.field for column in SIZES)
_AT_ONCE = 1_000_000  # ids that one statement looks at
_ROWS = 10_000

_NOW = {
    "mysql": "SELECT UTC_TIMESTAMP()",
    "postgresql": "SELECT date_trunc('second', now() AT TIME ZONE 'UTC')",
    "oracle": "SELECT CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE) FROM DUAL",
    "sqlite": "SELECT datetime('now')",
}
_NOW["mariadb"] = _NOW["mysql"]


class Changed:
    """Of one catalogue, over the connection of its source."""

    def __init__(self, database: Database, catalogue: Catalogue, moments: Moments) -> None:
        self._database = database
        self._catalogue = catalogue
        self._moments = moments
        self._related = related_rows(catalogue.layouts)
        self._tables: dict[str, sa.TableClause] = {}

    def now(self) -> datetime:
        """The time of the database's clock, in UTC."""
        statement = _NOW.get(self._database.connection.dialect.name, "SELECT CURRENT_TIMESTAMP")
        ((found,),) = self._database.rows(sa.text(statement))
        return datetime.fromisoformat(str(found)).replace(tzinfo=UTC)

    @property
    def related(self) -> Sequence[str]:
        """Those without documents of their own, whose fields documents repeat."""
        return list(self._related)

    def ids(self, entity: str, since: datetime) -> Iterator[Sequence[int]]:
        """Of rows that were made or changed since, ascending."""
        layout = self._catalogue.layouts.get(entity)
        if layout is None:
            return
        table = self._table(layout.table)
        key = table.c[self._written(layout.table, "ID")]
        changed = sa.select(key).where(self._since(layout.table, since)).order_by(key)
        first = sa.select(sa.func.min(key))
        low = LOWEST_INTEGER
        while True:
            ((found,),) = self._database.rows(first.where(key >= low))
            if found is None:
                return
            low, high = int(found), int(found) + _AT_ONCE
            rows = self._database.rows(changed.where(key >= low, key < high))
            if rows:
                yield [int(id_) for (id_,) in rows]
            low = high

    def rows(self, related: str, since: datetime) -> Iterator[tuple[int, Document]]:
        """Rows of a related entity, as a catalogue would send them. Those unfit are left out."""
        parent = self._related[related]
        table = self._table(parent.table)
        assembler = Assembler(parent.columns, (), self._moments)
        names = self._catalogue.names[parent.table].columns
        values: list[sa.ColumnElement[Any]] = []
        for column in parent.columns:
            first, *others = (table.c[names[one]] for one in column.names)
            values.append(sa.func.coalesce(first, *others) if others else first)
        key = table.c[names["ID"]]
        labelled = [value.label(f"c{place}") for place, value in enumerate([*values, key])]
        changed = sa.select(*labelled).where(self._since(parent.table, since)).order_by(key)
        try:
            rows = self._database.rows(changed)
        except Unreadable as error:
            raise SourceRefused(f"Table {parent.table} cannot be read: {error}") from None
        for row in rows:
            try:
                yield int(row[-1]), assembler.document(row)
            except Unfit:
                continue

    def children(self, entity: str, ids: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
        """Rows that repeat what these refer to: a datafile has its dataset's investigation.

        The changes of a catalogue do not say that a row refers to another one now.
        """
        layouts = self._catalogue.layouts
        for child, layout in layouts.items():
            for parent in layout.parents:
                if not parent.parents or parent.table != layouts[entity].table:
                    continue
                table = self._table(layout.table)
                key = table.c[self._written(layout.table, "ID")]
                refers = table.c[self._written(layout.table, parent.by)]
                for start in range(0, len(ids), ASKED_AT_ONCE):
                    some = ids[start : start + ASKED_AT_ONCE]
                    rows = self._database.rows(sa.select(key).where(refers.in_(some)).order_by(key))
                    yield child, [int(id_) for (id_,) in rows]

    def has_sizes(self, entity: str) -> bool:
        """Whether triggers keep its sizes, without a trace in the time of change."""
        layout = self._catalogue.layouts.get(entity)
        return layout is not None and set(SIZES) <= set(layout.columns)

    def sizes(self, entity: str, low: int, high: int) -> Iterator[tuple[int, Document]]:
        """The sizes of all rows with low <= id < high, by id."""
        layout = self._catalogue.layouts[entity]
        names = self._catalogue.names[layout.table].columns
        table = self._table(layout.table)
        key = table.c[names["ID"]]
        # Nothing stored is sent as what the table of columns says.
        values = [
            sa.func.coalesce(table.c[names[column.names[0]]], column.missing).label(column.field)
            for column in SIZES
        ]
        page = sa.select(key, *values).where(key < high).order_by(key).limit(_ROWS)
        while True:
            rows = self._database.rows(page.where(key >= low))
            for id_, *sizes in rows:
                yield int(id_), dict(zip(SIZE_FIELDS, map(int, sizes), strict=True))
            if len(rows) < _ROWS:
                return
            low = int(rows[-1][0]) + 1

    def _since(self, table: str, since: datetime) -> sa.ColumnElement[bool]:
        wall = wall_time(since, self.now(), self._moments)
        # SQLite keeps times as text without fractions, and compares them as text.
        as_text = self._database.connection.dialect.name == "sqlite"
        value: object = wall.isoformat(" ", "seconds") if as_text else wall
        kind: sa.types.TypeEngine[Any] = sa.String() if as_text else sa.DateTime()
        columns = self._table(table).c
        return sa.or_(
            *(
                columns[self._written(table, name)] >= sa.bindparam(f"s{place}", value, type_=kind)
                for place, name in enumerate(TIMES)
            )
        )

    def _table(self, name: str) -> sa.TableClause:
        if name not in self._tables:
            written = self._catalogue.names[name]
            with self._database.reading("cannot be examined"):
                inspector = sa.inspect(self._database.connection)
                columns = [str(one["name"]) for one in inspector.get_columns(written.table)]
            self._tables[name] = sa.table(written.table, *map(sa.column, columns))
        return self._tables[name]

    def _written(self, table: str, column: str) -> str:
        """The name of a column as the database writes it."""
        for name in self._table(table).c.keys():  # noqa: SIM118 (iterating gives columns)
            if name.upper() == column:
                return name
        raise SchemaUnknown(f"Table {table} has no column {column}, which a sync needs")


def related_rows(layouts: Mapping[str, Layout]) -> Mapping[str, Parent]:
    """The parents that related entities are, of those without documents of their own."""
    return {
        related: found[0]
        for related, propagations in PROPAGATIONS.items()
        if lookup.find_entity(related) is None
        and (
            found := [
                parent
                for propagation in propagations
                if propagation.entity in layouts
                for parent in _all_parents(layouts[propagation.entity])
                if any(column.field == propagation.by for column in parent.columns)
            ]
        )
    }


def _all_parents(place: Layout | Parent) -> Iterator[Parent]:
    for parent in place.parents:
        yield parent
        yield from _all_parents(parent)


def wall_time(since: datetime, now: datetime, moments: Moments) -> datetime:
    """The earliest time that a clock of the zone has shown since a moment, without zone.

    Where clocks were put back in between, an hour came twice: it begins with the first.
    """
    before, after = moments.wall(since), moments.wall(now)
    put_back = (before - since.replace(tzinfo=None)) - (after - now.replace(tzinfo=None))
    return min(before, before - put_back)

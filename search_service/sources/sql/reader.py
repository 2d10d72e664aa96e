"""Documents from the catalogue's database, read by ranges of ids.

An entity's own table is read alone, in pages; parents are read when they are first met and kept in
memory, as neighbours share them. MariaDB hands a page over as one JSON text, which costs the reader
less than the driver's work for each value, and the server a little more.

Measured with 300,000 datafiles in 6,000 datasets, server and reader together on two cores that
others use too:

| parents | datafiles a second | reader's processor time for each |
| --- | --- | --- |
| joined by the database | 15,000 to 37,000 | 25 µs |
| kept in memory | 24,000 to 53,000 | 20 µs |
| kept in memory, pages as JSON | 37,000 to 61,000 | 11 µs |
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from search_service.catalogue.columns import RELEASE_DATE, RELEASES
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER, Document
from search_service.catalogue.origin import Facility, Origin
from search_service.sources import spread
from search_service.sources.base import Bounds, OnRejected, Row
from search_service.sources.moments import Moments
from search_service.sources.sql import schema, statements
from search_service.sources.sql.assemble import Assembler, Unfit
from search_service.sources.sql.changed import Changed
from search_service.sources.sql.connecting import Database, Unreadable
from search_service.sources.sql.parents import ASKED_AT_ONCE, Parents
from search_service.sources.sql.statements import EntityStatements

PAGE = 4_000
COUNTED_EXACTLY = 1_000_000  # ids: more are estimated

Values = Sequence[Any]
_ID = itemgetter(-1)

_ESTIMATES = {
    "mysql": "SELECT TABLE_ROWS FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :table",
    "postgresql": "SELECT CAST(reltuples AS BIGINT) FROM pg_class"
    " WHERE oid = to_regclass(quote_ident(:table))",
    "oracle": "SELECT NUM_ROWS FROM USER_TABLES WHERE TABLE_NAME = UPPER(:table)",
}
_ESTIMATES["mariadb"] = _ESTIMATES["mysql"]


class SqlSource:
    """A ``Source`` over one connection to a database. Raises SourceFailed."""

    checked = True  # by ``assemble``

    def __init__(self, database: Database, moments: Moments, on_rejected: OnRejected) -> None:
        self._database = database
        self._moments = moments
        self._on_rejected = on_rejected
        self._statements: dict[str, EntityStatements] = {}
        with database.reading("cannot be examined"):
            self._catalogue = schema.examine(database.connection)

    @property
    def version(self) -> int:
        """The version of the catalogue, 6 or 7."""
        return self._catalogue.version

    def origin(self, named: Origin) -> Origin:
        """The facilities tell which catalogue it is."""
        return replace(named, facilities=tuple(self.facilities()))

    def facilities(self) -> Sequence[Facility]:
        """The facilities, by id."""
        found = self._database.rows(statements.of_facilities(self._catalogue))
        return [Facility(int(id_), str(name)) for id_, name in found]

    def bounds(self, entity: str) -> Bounds | None:
        """Exact ids; the count of a large table is the database's estimate.

        None also for an entity that catalogues of this version do not have.
        """
        found = self._of(entity)
        if found is None:
            return None
        ends = self._ends(found, LOWEST_INTEGER, HIGHEST_INTEGER)
        if ends is None:
            return None
        low, high = ends
        span = high - low + 1
        count = None
        if span > COUNTED_EXACTLY:
            table = self._catalogue.names[found.layout.table].table
            count = _estimated_rows(self._database, table)
        if count is None:
            count = self._count(found, low, high + 1)
        return Bounds(low, high, max(1, min(count, span)))

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        """Cuts that are found by counting samples, see ``spread``."""
        found, bounds = self._of(entity), self.bounds(entity)
        if found is None or bounds is None:
            return []
        return spread.cut(
            bounds,
            pieces,
            lambda low, high: self._ends(found, low, high),
            lambda low, high: self._count(found, low, high),
        )

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """Documents in blocks of a page; each call reads parents anew."""
        found = self._of(entity)
        if found is None:
            return
        parents = [Parents(self._database, one, self._moments) for one in found.parents]
        assembler = Assembler(found.layout.columns, found.layout.constants, self._moments)
        while low < high:
            rows, last = self._page(found, low, high)
            if block := self._documents(found, rows, assembler, parents):
                yield block
            if last is None:
                return
            low = last + 1

    def count(self, entity: str, low: int, high: int) -> int:
        """The exact number, counted by the database: it takes long for a large range."""
        found = self._of(entity)
        return self._count(found, low, high) if found else 0

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        """The ids of rows, also of those that no document can be made of."""
        found = self._of(entity)
        if found is None:
            return []
        rows = self._database.rows(found.ids, low=low, high=high, rows=limit)
        return [int(id_) for (id_,) in rows]

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        """The documents, read some hundred at a time."""
        found = self._of(entity)
        if found is None:
            return []
        wanted = sorted(set(ids))
        parents = [Parents(self._database, one, self._moments) for one in found.parents]
        assembler = Assembler(found.layout.columns, found.layout.constants, self._moments)
        documents: list[Row] = []
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            some = wanted[start : start + ASKED_AT_ONCE]
            try:
                rows: Sequence[Values] = self._database.rows(found.some, ids=some)
            except Unreadable:
                self._database.reconnect()
                rows = [row for id_ in some for row in self._one(found, id_)]
            documents += self._documents(found, rows, assembler, parents)
        return documents

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """No release dates where the catalogue has no such column."""
        names = self._catalogue.names[RELEASES.table].columns
        if not set(RELEASE_DATE.names) <= set(names):
            return
        found = statements.of_entity(self._catalogue, RELEASES)
        assembler = Assembler(RELEASES.columns, (), self._moments)
        while low < high:
            rows, last = self._page(found, low, high)
            for id_, document in self._documents(found, rows, assembler, []):
                if (at := document.get(RELEASE_DATE.field)) is not None:
                    yield id_, at
            if last is None:
                return
            low = last + 1

    def changed(self) -> Changed:
        """The rows that changed, over the same connection. Raises SchemaUnknown."""
        return Changed(self._database, self._catalogue, self._moments)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _of(self, entity: str) -> EntityStatements | None:
        layout = self._catalogue.layouts.get(entity)
        if layout is None:
            return None
        if entity not in self._statements:
            self._statements[entity] = statements.of_entity(self._catalogue, layout)
        return self._statements[entity]

    def _ends(self, found: EntityStatements, low: int, high: int) -> tuple[int, int] | None:
        ((lowest, highest),) = self._database.rows(found.ends, low=low, high=high)
        return None if lowest is None else (int(lowest), int(highest))

    def _count(self, found: EntityStatements, low: int, high: int) -> int:
        ((count,),) = self._database.rows(found.count, low=low, high=high)
        return int(count)

    def _page(
        self, found: EntityStatements, low: int, high: int
    ) -> tuple[Sequence[Values], int | None]:
        """The rows that can be read, and the last id if there may be more."""
        place = {"low": low, "high": high, "rows": PAGE}
        try:
            rows = self._rows(found, place)
        except Unreadable:
            self._database.reconnect()
            ids = [id_ for (id_,) in self._database.rows(found.ids, **place)]
            left = [row for id_ in ids for row in self._one(found, id_)]
            return left, ids[-1] if len(ids) == PAGE else None
        return rows, rows[-1][-1] if len(rows) == PAGE else None

    def _rows(self, found: EntityStatements, place: Mapping[str, int]) -> Sequence[Values]:
        if self._database.packs:
            packed = self._database.packed(found.packed, **place)
            if packed is not None:
                # In order already, which nobody promises.
                packed.sort(key=_ID)
                return packed
        return self._database.rows(found.page, **place)

    def _one(self, found: EntityStatements, id_: int) -> Sequence[Values]:
        try:
            return self._database.rows(found.one, id=id_)
        except Unreadable as error:
            self._database.reconnect()
            self._on_rejected(found.layout.entity, id_, str(error))
            return []

    def _documents(
        self,
        found: EntityStatements,
        rows: Sequence[Values],
        assembler: Assembler,
        parents: list[Parents],
    ) -> list[Row]:
        # A row ends with its references and its id.
        first = -len(parents) - 1
        for place, one in enumerate(parents, first):
            one.meet({row[place] for row in rows})
        document_of = assembler.document
        inherited: dict[object, Document] = {}
        block: list[Row] = []
        for row in rows:
            try:
                references = tuple(row[first:-1])
                fields = inherited.get(references)
                if fields is None:
                    fields = inherited[references] = _joined(assembler, parents, references)
                document = document_of(row, fields)
            except Unfit as error:
                self._on_rejected(found.layout.entity, row[-1], str(error))
            else:
                block.append((row[-1], document))
        return block


def _estimated_rows(database: Database, table: str) -> int | None:
    """About how many rows a table has, by the database's statistics; None when it has none."""
    statement = _ESTIMATES.get(database.connection.dialect.name)
    if statement is None:
        return None
    found = database.rows(sa.text(statement), table=table)
    value = found[0][0] if found else None
    return int(value) if value is not None and value > 0 else None


def _joined(
    assembler: Assembler, parents: Sequence[Parents], references: Sequence[Any]
) -> Document:
    """What a row has of its parents together, which many rows of a page share."""
    fields = assembler.constants.copy()
    for one, id_ in zip(parents, references, strict=True):
        fields.update(one.of(id_))
    return fields

"""Rows that others refer to, kept in memory as the fields that they add to a document."""

from search_service.catalogue.documents import Document
from search_service.sources.moments import Moments
from search_service.sources.sql.assemble import Assembler, Unfit
from search_service.sources.sql.connecting import Database, Unreadable
from search_service.sources.sql.statements import ParentStatement

KEPT = 50_000  # some 75 MB of datasets with their investigations and samples
ASKED_AT_ONCE = 500  # Oracle takes 1,000


class Parents:
    """Of one reference of an entity, for one read; ``kept`` has reasons for want of fields."""

    def __init__(self, database: Database, statement: ParentStatement, moments: Moments) -> None:
        self._database = database
        self._select = statement.select
        self._assembler = Assembler(statement.columns, (), moments)
        self.kept: dict[int | None, Document | str] = {}
        self.required = statement.parent.required
        self.by = statement.parent.by
        self._table = statement.parent.table

    def meet(self, ids: set[int | None]) -> None:
        """Reads those of a page that are not known yet; neighbours mostly share theirs."""
        new = ids - self.kept.keys()
        if len(self.kept) + len(new) > KEPT:
            self.kept.clear()
            new = set(ids)
        new.discard(None)
        wanted = sorted(id_ for id_ in new if id_ is not None)
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            self._read(wanted[start : start + ASKED_AT_ONCE])

    def of(self, id_: int | None) -> Document:
        """The fields of a parent. Raises Unfit when it is not there, or no fields can be made."""
        try:
            found = self.kept[id_]
        except KeyError:
            if not self.required:
                return {}
            if id_ is None:
                raise Unfit(f"{self.by} is empty") from None
            raise Unfit(f"{self._table} {id_} is not there, or lacks what it refers to") from None
        if isinstance(found, str):
            raise Unfit(f"{self._table} {id_}: {found}")
        return found

    def _read(self, ids: list[int]) -> None:
        try:
            rows = self._database.rows(self._select, ids=ids)
        except Unreadable as error:
            self._database.reconnect()
            if len(ids) == 1:
                self.kept[ids[0]] = str(error)
                return
            for id_ in ids:
                self._read([id_])
            return
        for row in rows:
            id_ = int(row[-1])
            try:
                self.kept[id_] = self._assembler.document(row)
            except Unfit as error:
                self.kept[id_] = str(error)

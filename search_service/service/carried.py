"""What related entities without an index of their own were last carried as: a durable table.

An update that says the same again needs no look at the documents. What is not in the table is not
known, and is carried once. It is small: users, types, formats, instruments.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import orjson

from search_service.engines.base import Document
from search_service.errors import StorageFailed

_TABLE = """
CREATE TABLE IF NOT EXISTS carried (
    generation INTEGER, related TEXT, id INTEGER, fields BLOB,
    PRIMARY KEY (generation, related, id)
) WITHOUT ROWID
"""
_SELECT = "SELECT id, fields FROM carried WHERE generation = ? AND related = ?"
_AT_ONCE = 500  # the database takes some thousand parameters

P = ParamSpec("P")
T = TypeVar("T")


def _named_failure(
    work: Callable[Concatenate["Carried", P], T],
) -> Callable[Concatenate["Carried", P], T]:
    def named(table: "Carried", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(table, *args, **kwargs)
        except sqlite3.Error as error:
            raise StorageFailed(f"{table.path} cannot be used: {error}") from error

    return named


class Carried:
    """One thread at a time. The rows belong to a generation of the data directory."""

    def __init__(self, path: Path, generation: int) -> None:
        self.path = path
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(_TABLE)
        self.restart(generation)

    @_named_failure
    def restart(self, generation: int) -> None:
        """Nothing is known any more of other generations."""
        self._generation = generation
        with self._database as database:
            database.execute("DELETE FROM carried WHERE generation != ?", (generation,))

    @_named_failure
    def of(self, related: str, ids: Collection[int]) -> Mapping[int, Document]:
        """The fields that are known, by id."""
        found: dict[int, Document] = {}
        for piece in _pieces(sorted(ids)):
            marks = ",".join("?" * len(piece))
            # Only question marks are put into the statement.
            statement = f"{_SELECT} AND id IN ({marks})"
            rows = self._database.execute(statement, (self._generation, related, *piece))
            found.update((id_, orjson.loads(fields)) for id_, fields in rows)
        return found

    @_named_failure
    def remember(self, related: str, fields: Mapping[int, Document | None]) -> None:
        """What was carried now, by id; None: it is not known any more."""
        known = [(id_, orjson.dumps(f)) for id_, f in fields.items() if f is not None]
        gone = [id_ for id_, f in fields.items() if f is None]
        place = (self._generation, related)
        with self._database as database:
            database.executemany(
                "INSERT OR REPLACE INTO carried VALUES (?, ?, ?, ?)",
                [(*place, id_, content) for id_, content in known],
            )
            database.executemany(
                "DELETE FROM carried WHERE generation = ? AND related = ? AND id = ?",
                [(*place, id_) for id_ in gone],
            )

    @_named_failure
    def forget(self, related: Iterable[str]) -> None:
        """Nothing is known any more of these entities."""
        with self._database as database:
            database.executemany(
                "DELETE FROM carried WHERE generation = ? AND related = ?",
                [(self._generation, name) for name in related],
            )

    def close(self) -> None:
        """End; what is known stays."""
        self._database.close()


def _pieces(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))

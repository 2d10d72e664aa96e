"""A durable table of the state of each related entity that was propagated last.

It holds related entities that have no index of their own. An update that repeats the state in the
table needs no look at the documents; a state that is not in the table is propagated once. The table
is small: users, types, formats, instruments.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import orjson

from search_service.engines.base import Document
from search_service.errors import StorageFailed

log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS carried (
    generation INTEGER, related TEXT, id INTEGER, fields BLOB,
    PRIMARY KEY (generation, related, id)
) WITHOUT ROWID
"""
_SELECT = "SELECT id, fields FROM carried WHERE generation = ? AND related = ?"
_AT_ONCE = 500  # ids: the database takes some thousand parameters

P = ParamSpec("P")
T = TypeVar("T")


def _named_failure(
    work: Callable[Concatenate["PropagatedStates", P], T],
) -> Callable[Concatenate["PropagatedStates", P], T]:
    def named(table: "PropagatedStates", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            try:
                return work(table, *args, **kwargs)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                table.set_aside(error)
                return work(table, *args, **kwargs)
        except (sqlite3.Error, OSError) as error:
            raise StorageFailed(f"{table.path} cannot be used: {error}") from error

    return named


class PropagatedStates:
    """For one thread at a time. The rows belong to one generation of the index.

    The database is opened when it is needed: a service starts on a full disk too. Each method
    raises StorageFailed; a damaged database is replaced by an empty one.
    """

    def __init__(self, path: Path, generation: int) -> None:
        self.path = path
        self._generation = generation
        self._connection: sqlite3.Connection | None = None

    @property
    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._opened()
        return self._connection

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, check_same_thread=False)
        try:
            ((state, *_), *_) = database.execute("PRAGMA quick_check(1)")
            if state != "ok":
                raise _Damaged(state)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute(_TABLE)
            self._drop_others(database)
        except BaseException:
            database.close()
            raise
        return database

    def set_aside(self, why: Exception) -> None:
        """Move a damaged database away, and begin with an empty one: only work is lost."""
        self.close()
        beside = self.path.with_name(f"{self.path.name}.damaged")
        log.warning(
            "damaged table set aside, and begun anew",
            extra={"path": str(self.path), "kept": str(beside), "why": str(why)},
        )
        self.path.replace(beside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @_named_failure
    def restart(self, generation: int) -> None:
        """Go on with another generation, and remove the rows of all others."""
        self._generation = generation
        if self._connection is not None:
            self._drop_others(self._connection)

    def _drop_others(self, database: sqlite3.Connection) -> None:
        with database:
            statement = "DELETE FROM carried WHERE generation != ?"
            database.execute(statement, (self._generation,))

    @_named_failure
    def of(self, related: str, ids: Iterable[int]) -> Mapping[int, Document]:
        """The states of a related entity that are known, by id."""
        found: dict[int, Document] = {}
        for piece in _pieces(sorted(ids)):
            marks = ",".join("?" * len(piece))
            # Only question marks are put into the statement.
            statement = f"{_SELECT} AND id IN ({marks})"
            rows = self._database.execute(statement, (self._generation, related, *piece))
            for id_, fields in rows:
                with suppress(ValueError):  # a flipped bit: the state is not known
                    found[id_] = orjson.loads(fields)
        return found

    @_named_failure
    def remember(self, related: str, fields: Mapping[int, Document | None]) -> None:
        """Keep states that were propagated, by id; None removes one. Raises StorageFailed."""
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
        """Remove the states of these related entities."""
        with self._database as database:
            database.executemany(
                "DELETE FROM carried WHERE generation = ? AND related = ?",
                [(self._generation, name) for name in related],
            )

    def close(self) -> None:
        """Close the database; its rows stay."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Damaged(sqlite3.DatabaseError):
    pass


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    codes = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    # The lower byte is the kind of an error, the upper ones are its variants.
    return isinstance(error, _Damaged) or getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def damage(path: Path) -> str | None:
    """The damage of a database; None when it is sound, or does not exist."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            ((state, *_), *_) = database.execute("PRAGMA integrity_check(1)")
    except sqlite3.Error as error:
        return f"cannot be read ({error})"
    return None if state == "ok" else f"is no sound database ({state})"


def _pieces(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))

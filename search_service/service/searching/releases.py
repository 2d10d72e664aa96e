"""When investigations become public: a table beside the documents of a generation.

The catalogue's changes do not tell release dates, so only a re-index writes the table, and no
change removes anything from it. A clear begins a generation that has none: nothing is public then.
"""

import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from search_service.engines.index import GenerationFiles
from search_service.errors import ReleasesDamaged, StorageFailed
from search_service.files import sync_directory
from search_service.query.released import Released, released

NAME = "released.sqlite"
_MADE = f"{NAME}.made"
_EVERY = "SELECT investigation, at FROM released"
_TABLE = "CREATE TABLE released (investigation INTEGER PRIMARY KEY, at INTEGER NOT NULL)"

Row = tuple[int, int]  # the id of an investigation, when it is released in epoch milliseconds


def write(
    files: GenerationFiles,
    generation: int,
    rows: Iterable[Row],
    *,
    before: int,
    low: int | None,
    high: int | None,
) -> None:
    """The table of a generation: these rows, and of the generation before what they do not tell.

    They tell of all ids with ``low`` <= id < ``high``; None is an open end. In one step, and it can
    be done again. Raises StorageFailed.
    """
    place = files.place(generation)
    path, beside = place / NAME, place / f"{NAME}.new"
    try:
        beside.unlink(missing_ok=True)
        with closing(sqlite3.connect(beside)) as database, database:
            database.execute(_TABLE)
            insert = "INSERT OR REPLACE INTO released VALUES (?, ?)"
            database.executemany(insert, _outside(files, before, low, high))
            database.executemany(insert, rows)
            _sign(database)
        _settle(beside)
        beside.replace(path)
        (place / _MADE).touch()
        sync_directory(place)
        files.publish(generation, NAME)
        files.publish(generation, _MADE)
    except (OSError, sqlite3.Error) as error:
        raise StorageFailed(f"{path} cannot be written: {error}") from error


def _sign(database: sqlite3.Connection) -> None:
    """The database does not notice a bit that is flipped in a date: the table has a checksum."""
    # Only a number is put into the statement.
    database.execute(f"PRAGMA user_version = {_checksum(database)}")


def _checksum(database: sqlite3.Connection) -> int:
    """Of the content; never 0, which a table of an earlier version has."""
    found = 0
    for row in database.execute(f"{_EVERY} ORDER BY investigation"):
        found = zlib.crc32(repr(row).encode(), found)
    return (found & 0x7FFFFFFF) or 1


def damage(files: GenerationFiles, generation: int) -> str | None:
    """What is wrong with the table of a generation; None: nothing, or there is none.

    Raises StorageFailed.
    """
    path = _table_of(files, generation)
    return None if path is None else _damage_of(path)


def _damage_of(path: Path) -> str | None:
    if not path.exists():
        return "is missing"
    try:
        with closing(_opened(path)) as database:
            ((state, *_), *_) = database.execute("PRAGMA integrity_check(1)")
            if state != "ok":
                return f"is no sound database ({state})"
            ((written,),) = database.execute("PRAGMA user_version")
            if written not in (0, _checksum(database)):
                return "does not agree with its checksum"
    except (sqlite3.Error, OverflowError) as error:
        return f"cannot be read ({error})"
    return None


def take_over(files: GenerationFiles, generation: int, *, before: int) -> None:
    """The table of the generation before, where investigations are not read anew."""
    if _table_of(files, before) is not None:
        write(files, generation, (), before=before, low=0, high=0)


def rows(files: GenerationFiles, generation: int, low: int, high: int) -> Iterable[Row]:
    """The rows of the table with ``low`` <= id < ``high``, ascending; none without a table.

    Raises StorageFailed: ReleasesDamaged.
    """
    path = _table_of(files, generation)
    if path is None:
        return []
    if what := _damage_of(path):
        raise ReleasesDamaged(path, what)
    return _rows(path, _EVERY + " WHERE ? <= investigation AND investigation < ?", low, high)


def _outside(
    files: GenerationFiles, generation: int, low: int | None, high: int | None
) -> Iterable[Row]:
    path = None if low is None and high is None else _table_of(files, generation)
    if path is None:
        return []
    return [
        (id_, at)
        for id_, at in _rows(path, _EVERY)
        if (low is not None and id_ < low) or (high is not None and id_ >= high)
    ]


def _table_of(files: GenerationFiles, generation: int) -> Path | None:
    """Where the table is, or should be; None where none was written: nothing is public then."""
    try:
        path = files.file(generation, NAME)
        if path.exists() or files.file(generation, _MADE).exists():
            return path
    except OSError as error:
        raise StorageFailed(f"What is public cannot be read: {error}") from error
    return None


def _settle(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _rows(path: Path, statement: str, *values: int) -> list[Row]:
    with closing(_opened(path)) as database:
        return database.execute(statement, values).fetchall()


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


# ── asked by searches ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Known:
    """What is public in a generation, ``since`` <= a moment < ``until``."""

    generation: int
    since: int
    until: int | None
    released: Released

    def holds(self, generation: int, moment: int) -> bool:
        is_before = self.until is None or moment < self.until
        return generation == self.generation and self.since <= moment and is_before


def now() -> int:
    """In epoch milliseconds."""
    return int(time.time() * 1000)


class Releases:
    """Tells what is public; a set is kept until the next release, or the next generation."""

    def __init__(self, files: GenerationFiles, clock: Callable[[], int] = now) -> None:
        self._files = files
        self._clock = clock
        self._known: _Known | None = None
        # Looked for and compared once for a generation: the file may have to be brought here first.
        self._table: tuple[int, Path | None] | None = None

    def now(self) -> int:
        """The moment for which what is public may be asked at the latest."""
        return self._clock()

    @property
    def until(self) -> int | None:
        """The moment until which what was told last stays as it is; None: for ever."""
        return self._known.until if self._known is not None else None

    def at(self, generation: int, moment: int) -> Released:
        """What was public at a moment, in a generation. Raises StorageFailed, ReleasesDamaged."""
        moment = min(moment, self._clock())  # who asks may not look ahead
        if self._known is None or not self._known.holds(generation, moment):
            self._known = self._read(generation, moment)
        return self._known.released

    def _read(self, generation: int, moment: int) -> _Known:
        path = self._sound(generation)
        if path is None:
            return _Known(generation, moment, None, released(()))
        try:
            ids = _rows(path, f"{_EVERY} WHERE at <= ?", moment)
            ((following, _),) = _rows(path, "SELECT min(at), 0 FROM released WHERE at > ?", moment)
        except sqlite3.Error as error:
            raise ReleasesDamaged(path, f"cannot be read ({error})") from error
        return _Known(
            generation,
            max((at for _, at in ids), default=moment),
            following,
            released(id_ for id_, _ in ids),
        )

    def _sound(self, generation: int) -> Path | None:
        if self._table is None or self._table[0] != generation:
            path = _table_of(self._files, generation)
            # What is public by a flipped bit must not be seen.
            if path is not None and (what := _damage_of(path)):
                raise ReleasesDamaged(path, what)
            self._table = generation, path
        return self._table[1]

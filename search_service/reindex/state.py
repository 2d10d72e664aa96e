"""How far a re-index has come, durably: a small database, a file of the generation that it builds.

The documents that are durable are in the index; this says which pieces there are, how far each was
read, and what was left out. Only the command writes it, and publishes it now and then, so that
another machine can go on. Not here: progress between commits.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from search_service.engines.index import GenerationFiles
from search_service.errors import StorageFailed
from search_service.reindex.plan import Piece
from search_service.runtime.brought_files import brought

NAME = "reindex.sqlite"
REJECTS = "rejects.jsonl"
_TABLES = """
CREATE TABLE IF NOT EXISTS pieces (
    entity TEXT, low TEXT, high TEXT, expected INTEGER,
    next TEXT, documents INTEGER, done INTEGER,
    PRIMARY KEY (entity, low)
);
CREATE TABLE IF NOT EXISTS rejects (entity TEXT, id INTEGER, reason TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS rejected ON rejects (entity, ifnull(id, 'none'), reason);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""

_REJECT = "INSERT OR IGNORE INTO rejects VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not in the index; ``id`` is None when it has none."""

    entity: str
    id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A piece: what is durable of it ends before ``next``."""

    piece: Piece
    next: int
    documents: int
    done: bool


class RunState:
    """Open for one thread; each call is durable on this machine when it returns.

    Other machines have what was published last. It may be older than what is durable in the index:
    then what lies between is read again.
    """

    def __init__(self, files: GenerationFiles, generation: int) -> None:
        """Raises OSError, sqlite3.Error, StorageFailed."""
        self._files = files
        self._generation = generation
        self._published = 0  # changes
        here = files.place(generation) / NAME
        if here.exists():
            # What a crash left beside it must not be applied to the file that comes now.
            _connected(here).close()
        self._database = _connected(brought(files, generation, NAME))
        self._database.executescript(_TABLES)

    def publish(self) -> None:
        """Let other machines have what is written since. Raises OSError, StorageFailed."""
        written = self._database.total_changes
        if written != self._published:
            self._files.publish(self._generation, NAME)
            self._published = written

    def plan(self, pieces: Iterable[Piece]) -> None:
        """Note what is to be done, at the start; a plan that is not whole is not there."""
        # As text: a shard may begin before the lowest integer and end after the highest.
        rows = [(p.entity, str(p.low), str(p.high), p.expected, str(p.low), 0, 0) for p in pieces]
        with self._database as database:
            database.execute("DELETE FROM pieces")
            database.executemany("INSERT INTO pieces VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            database.execute("INSERT OR REPLACE INTO facts VALUES ('planned', '1')")

    @property
    def is_planned(self) -> bool:
        """Whether there is a plan."""
        return self.fact("planned") is not None

    def checkpoints(self) -> Sequence[Checkpoint]:
        """Every piece, the largest first: the last ones to end should be short."""
        rows = self._database.execute(
            "SELECT entity, low, high, expected, next, documents, done FROM pieces"
            " ORDER BY expected DESC, entity, low"
        )
        return [
            Checkpoint(
                Piece(entity, int(low), int(high), expected), int(after), documents, bool(done)
            )
            for entity, low, high, expected, after, documents, done in rows
        ]

    def advance(
        self, piece: Piece, after: int, documents: int, rejects: Iterable[Reject], *, done: bool
    ) -> None:
        """Note that a piece is durable up to an id; ``documents`` are those of its shard."""
        with self._database as database:
            database.execute(
                "UPDATE pieces SET next = ?, documents = ?, done = ? WHERE entity = ? AND low = ?",
                (str(after), documents, int(done), piece.entity, str(piece.low)),
            )
            database.executemany(_REJECT, [(r.entity, r.id, r.reason) for r in rejects])

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Note what was left out; the same again does not matter."""
        with self._database as database:
            database.executemany(_REJECT, [(r.entity, r.id, r.reason) for r in rejects])

    def fact(self, name: str) -> str | None:
        """A fact about the run; None when it was not noted."""
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Note a fact about the run."""
        with self._database as database:
            database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def rejects(self) -> Iterator[Reject]:
        """What was left out, by entity and id."""
        rows = self._database.execute("SELECT entity, id, reason FROM rejects ORDER BY entity, id")
        return (Reject(*row) for row in rows)

    def rejected(self) -> Mapping[str, int]:
        """How many were left out, by entity."""
        return dict(self._database.execute("SELECT entity, count(*) FROM rejects GROUP BY entity"))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def write_rejects(state: RunState, files: GenerationFiles, generation: int) -> int:
    """What was left out as lines of JSON; no file when it is nothing. Returns their number.

    Raises OSError, StorageFailed.
    """
    path = files.place(generation) / REJECTS
    number = 0
    for reject in state.rejects():
        if not number:
            path.write_text("")
        number += 1
        line = {"entity": reject.entity, "id": reject.id, "reason": reject.reason}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    if number:
        files.publish(generation, REJECTS)
    return number


@contextmanager
def opened(files: GenerationFiles, generation: int) -> Iterator[RunState]:
    """The state of a generation that is built; when the block fails, others should go on there."""
    with closing(RunState(files, generation)) as state:
        try:
            yield state
        except BaseException:
            with suppress(OSError, StorageFailed):  # what failed before is told
                state.publish()
            raise


def _connected(path: Path) -> sqlite3.Connection:
    """A database that is one file between transactions, so that it can be copied whole."""
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode=DELETE").fetchall()
        database.execute("PRAGMA synchronous=FULL")
        database.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except BaseException:
        database.close()
        raise
    return database

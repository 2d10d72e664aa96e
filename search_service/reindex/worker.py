"""A process that builds pieces: reads rows, prepares and encodes documents, writes and commits.

One piece at a time, by ids ascending, so a piece says itself how far it was built. Not here: which
piece is whose, and what is noted, see ``crew`` and ``state``.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Protocol

from analyzers import Units
from search_service import logs
from search_service.catalogue import lookup
from search_service.catalogue.document_limits import DocumentLimits
from search_service.catalogue.documents import (
    HIGHEST_INTEGER,
    LOWEST_INTEGER,
    prepare,
    with_si,
)
from search_service.engines.id_ranges import HIGHEST_ID
from search_service.engines.index import BulkBuilder, Encode, Encoded, Engine
from search_service.errors import (
    BadRequest,
    EngineUnavailable,
    SourceFailed,
    SourceLost,
    StorageFailed,
)
from search_service.files import is_full
from search_service.processes import end_with_parent
from search_service.reindex.plan import Piece
from search_service.reindex.state import Checkpoint, Reject
from search_service.service.indexing.refused_operations import reason_of
from search_service.sources.base import OnRejected, Row, Source

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
TELL_SECONDS = 0.5
COLLECTED_AFTER = 200_000  # objects more than before


class OpenSource(Protocol):
    """Opens a connection of its own in the process that calls it; can be sent to one."""

    def __call__(self, on_rejected: OnRejected) -> Source:
        """A new connection. Raises SourceFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker of a run is told."""

    open_source: OpenSource
    engine: Engine
    generation: int
    memory: int  # bytes of a builder
    commit_seconds: float = 60.0  # so much work at most is done again after a crash
    pauses: Sequence[float] = PAUSES  # before a lost connection is tried again
    json_logs: bool = False
    limits: DocumentLimits = field(default_factory=DocumentLimits)


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker waits for a piece."""


@dataclass(frozen=True, slots=True)
class At:
    """So many documents of the piece are written, not all of them durably."""

    documents: int


@dataclass(frozen=True, slots=True)
class Durable:
    """The piece is built up to an id; ``documents`` are all of it."""

    after: int
    documents: int
    rejects: Sequence[Reject]
    done: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker gives up.

    ``lost``: the source or the cluster did not come back; ``full``: there is no room.
    """

    why: str
    lost: bool = False
    full: bool = False


Message = Ready | At | Durable | Failed
Tell = Callable[[Message], None]


def main(connection: Connection, job: Job) -> None:
    """Run the process: pieces come and messages go, until None comes or the parent is gone."""
    end_with_parent("reindex-worker")
    # The documents of a page are objects enough for several looks at all there are, in vain.
    gc.set_threshold(COLLECTED_AFTER)
    logs.configure(as_json=job.json_logs, quiet=True)
    tell: Tell = connection.send
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            builder = Builder(job, tell)
            tell(Ready())
            while (checkpoint := connection.recv()) is not None:
                builder.build(checkpoint)
                tell(Ready())
        except (SourceLost, EngineUnavailable) as error:
            tell(Failed(str(error), lost=True, full=is_full(error)))
        except (SourceFailed, StorageFailed) as error:
            tell(Failed(str(error), full=is_full(error)))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # noqa: BLE001 (told to the command, which ends with it)
            tell(Failed(f"{type(error).__name__}: {error}", full=is_full(error)))


class Builder:
    """Builds one piece after the other."""

    def __init__(self, job: Job, tell: Tell, pause: Callable[[float], None] = time.sleep) -> None:
        self._job = job
        self._tell = tell
        self._pause = pause
        self._units = Units(job.engine.config.units)
        self._encoders: dict[str, Encode] = {}
        self._source: Source | None = None
        self._rejects: list[Reject] = []

    def build(self, checkpoint: Checkpoint) -> None:
        """Build a piece, or what is missing of it. Raises SourceFailed, StorageFailed."""
        pauses = iter(self._job.pauses)
        self._durable = checkpoint
        while True:
            before = self._durable
            try:
                self._build(before)
            except EngineUnavailable as error:
                if self._durable != before:
                    pauses = iter(self._job.pauses)
                pause = next(pauses, None)
                if pause is None or is_full(error):
                    raise
                log.warning(
                    "engine does not answer, it is tried again",
                    extra={"seconds": pause, "why": str(error)},
                )
                self._pause(pause)
            else:
                return

    def _build(self, checkpoint: Checkpoint) -> None:
        piece = checkpoint.piece
        job = self._job
        builder = job.engine.builder(
            job.generation, piece.entity, piece.low, piece.high, memory=job.memory
        )
        try:
            self._fill(builder, checkpoint)
        except BaseException:
            builder.drop()
            raise

    def _fill(self, builder: BulkBuilder, checkpoint: Checkpoint) -> None:
        # A crash may have come between a commit and the note of it: documents beyond this place
        # that are there already are replaced.
        piece, place, there = checkpoint.piece, checkpoint.next, checkpoint.documents
        committed = told = time.monotonic()
        try:
            for rows in self._blocks(piece.entity, place, piece.high):
                documents = list(self._encoded(piece.entity, rows))
                builder.put(documents)
                there += len(documents)
                place = rows[-1][0] + 1
                now = time.monotonic()
                if now - committed >= self._job.commit_seconds:
                    committed = told = now
                    builder.commit()
                    self._tell_durable(builder, piece, place, done=False)
                elif now - told >= TELL_SECONDS:
                    told = now
                    self._tell(At(there))
        except SourceLost:
            builder.close()
            self._tell_durable(builder, piece, place, done=False)
            raise
        builder.close()
        self._tell_durable(builder, piece, piece.high, done=True)

    def _tell_durable(self, builder: BulkBuilder, piece: Piece, after: int, *, done: bool) -> None:
        place, count = min(after, HIGHEST_ID), builder.count()
        rejects, self._rejects = self._rejects, []
        self._tell(Durable(place, count, rejects, done))
        self._durable = Checkpoint(piece, place, count, done)

    def _blocks(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """The rows by id; a lost connection is made anew after a pause, and goes on there."""
        pauses = iter(self._job.pauses)
        while True:
            try:
                for rows in self._opened().read(entity, low, high):
                    if rows:
                        yield rows
                        low = rows[-1][0] + 1
                        pauses = iter(self._job.pauses)
            except SourceLost as error:
                self._let_go()
                pause = next(pauses, None)
                if pause is None:
                    raise
                log.warning(
                    "source lost, it is tried again", extra={"seconds": pause, "why": str(error)}
                )
                self._pause(pause)
            else:
                return

    def _opened(self) -> Source:
        if self._source is None:
            self._source = self._job.open_source(self._reject)
        return self._source

    def _let_go(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            with suppress(SourceLost):
                source.close()

    def _encoded(self, entity: str, rows: Sequence[Row]) -> Iterator[tuple[int, Encoded]]:
        found = lookup.entity(entity)
        encode = self._encoders.get(entity)
        if encode is None:
            encode = self._encoders[entity] = self._job.engine.encoder(entity)
        checked, check = self._opened().checked, self._job.limits.check
        for id_, document in rows:
            try:
                if not LOWEST_INTEGER <= id_ <= HIGHEST_INTEGER:
                    raise BadRequest(f"{entity} {id_}: the id is no 64-bit integer")
                if not checked:
                    document = prepare(found, id_, document, self._units)
                else:
                    document = with_si(found, document, self._units)
                check(entity, id_, document)
                encoded = encode(id_, document)
            except Exception as error:  # noqa: BLE001 (whatever it is, the others go on)
                self._reject(entity, id_, reason_of(error))
            else:
                yield id_, encoded

    def _reject(self, entity: str, id_: int | None, reason: str) -> None:
        self._rejects.append(Reject(entity, id_, reason))

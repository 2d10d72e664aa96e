"""The writing end of one shard: its writer is opened at the first change and closed when idle.

Safe for several threads; one at a time is inside. Not here: which shards there are, which are
open at a time and when they are committed, see ``writer``.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Protocol

import tantivy

from search_service import system_limits
from search_service.engines.base import Document
from search_service.engines.documents.engine_fields import KEY, TERMS
from search_service.engines.embedded.index.schema import key_term
from search_service.engines.embedded.storage import shard_files
from search_service.engines.embedded.storage.damage import Schema, damages_of
from search_service.engines.embedded.storage.failures import is_failure
from search_service.engines.embedded.write.known_ids import KnownIds
from search_service.errors import ShardDamaged, StorageFailed
from search_service.files import is_full, make_directory, sync_directory

log = logging.getLogger(__name__)

# The engine keeps 1.2 kB for each delete until the next commit.
_MOST_DELETES = 20_000
_SETTLE_SECONDS = 0.5
_MOST_NOTED = 1_000_000  # ids, 60 bytes each

Encode = Callable[[int, Document], str]


class Codec(Protocol):
    """What a shard's index looks like: all that the writing end knows of schema and analysis."""

    def create(self, entity: str, path: str) -> tantivy.Index:
        """The index at this path, ready to be written; made when there is none."""
        ...

    def schema(self, entity: str) -> Schema:
        """The schema of an entity as it is written beside its documents."""
        ...

    def encoder(self, entity: str) -> Encode:
        """A document as the line that the engine indexes. One thread at a time uses it."""
        ...


class ShardWriter:
    """``stamp`` and ``unpublished`` are those of ``writer``; the rest follows the changes."""

    def __init__(self, entity: str, path: Path, low: int, high: int, codec: Codec) -> None:
        self.entity = entity
        self.path = path
        self.low = low
        self.high = high
        self.stamp = 0
        self.lock = RLock()
        self.dirty = False  # changed since the last commit
        self.unpublished = False  # changed since readers were told of it
        self.lost = False  # changes that were not committed are gone
        self.codec = codec
        self._noted: set[int] | None = None
        self._known_ids: KnownIds | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._deletes = 0  # since the last commit
        self._committed = -math.inf  # when
        self._sound = False  # its files were compared with their checksums

    @property
    def exists(self) -> bool:
        """Whether there is an index, with documents or without, be it damaged or not."""
        return shard_files.exists(self.path)

    @property
    def is_open(self) -> bool:
        """Whether it holds a writer, and so memory."""
        return self._writer is not None

    @property
    def is_merging(self) -> bool:
        """Whether to close it now may be to wait for merges, for minutes where they are large."""
        if not self.is_open or self.dirty:
            return False
        # A commit begins merges, which have no files at first.
        just_committed = time.monotonic() - self._committed < _SETTLE_SECONDS
        return just_committed or shard_files.is_merging(self.path)

    def open(self, memory: int, threads: int) -> None:
        """Open the writer with so many bytes and threads. Raises ShardDamaged."""
        with self.lock, _FailuresNamed(self):
            index = self._index()
            if not self._sound:
                # A merge would give what is damaged a checksum that is right.
                self.refuse_damage()
                self._sound = True
            if self._known_ids is None:
                self._known_ids = KnownIds(_highest(index))
            self._writer = index.writer(memory, threads)

    def _index(self) -> tantivy.Index:
        if self.exists:
            # What a commit that did not end left behind is in the way of the next one.
            shard_files.keep_committed(self.path)
            index = self.codec.create(self.entity, str(self.path))
        else:
            make_directory(self.path)
            index = self.codec.create(self.entity, str(self.path))
            sync_directory(self.path)
        shard_files.note_made(self.path)
        return index

    def refuse_damage(self) -> None:
        """Compare all files with their checksums. Raises ShardDamaged."""
        for damage in damages_of(self.path, self.codec.schema(self.entity)):
            # A thread of a writer that failed may still write its own list, which lacks what came
            # since. The list is written anew when the shard is opened to be written.
            if damage.path.name != shard_files.MANAGED:
                raise ShardDamaged(self.path, damage.sentence)

    def put(self, lines: Iterable[tuple[int, str]]) -> None:
        """Add documents, replacing those that are there. The writer must be open."""
        with self.lock, _FailuresNamed(self):
            writer, known_ids = self._opened()
            self.dirty = self.unpublished = True
            delete, add, known = writer.delete_documents_by_term, writer.add_json, known_ids.add
            noted = self._noted
            for id_, line in lines:
                if noted is not None:
                    noted.add(id_)
                if known(id_):
                    self._deletes += 1
                    delete(TERMS, key_term(id_))
                add(line)
            self._bound_deletes()

    def delete(self, ids: Iterable[int]) -> None:
        """Delete documents, those that are there. The writer must be open."""
        with self.lock, _FailuresNamed(self):
            writer, known_ids = self._opened()
            for id_ in ids:
                if known_ids.may_hold(id_):
                    self.dirty = self.unpublished = True
                    if self._noted is not None:
                        self._noted.add(id_)
                    self._deletes += 1
                    writer.delete_documents_by_term(TERMS, key_term(id_))
            self._bound_deletes()

    def commit(self) -> None:
        """Make the changes durable, and visible to who opens the shard from now on."""
        with self.lock, _FailuresNamed(self):
            if self.dirty:
                writer, _ = self._opened()
                writer.commit()
                # The engine renames the file that names the segments, and leaves it at that.
                sync_directory(self.path)
                self.dirty = False
                self._deletes = 0
                self._committed = time.monotonic()

    def count(self) -> int:
        """How many documents are durable."""
        return shard_files.count(self.path)

    def close(self) -> None:
        """Commit, let the merges end and close the writer."""
        with self.lock, _FailuresNamed(self):
            self.commit()
            writer, self._writer = self._writer, None
            if writer is not None:
                # A writer that is dropped while it merges may still change files afterwards.
                writer.wait_merging_threads()

    def forget(self) -> None:
        """What is known of the ids takes memory, and is read again when it is needed."""
        with self.lock:
            if self._writer is None:
                self._known_ids = None

    def drop(self) -> None:
        """Give up the writer and what was not committed."""
        with self.lock:
            self.lost = self.lost or self.dirty
            self.dirty = False
            self._noted = None
            self._deletes = 0
            self._known_ids = None
            writer, self._writer = self._writer, None
            if writer is not None:
                # Ends the engine's threads; without it they would write their last segment first,
                # and the interpreter would wait for them.
                for end in (writer.rollback, writer.wait_merging_threads):
                    self._ended(end)

    def _ended(self, end: Callable[[], object]) -> None:
        try:
            end()
        except BaseException as error:
            if not is_failure(error):
                raise
            log.info("writer dropped", extra={"path": str(self.path), "why": str(error)})

    def note_changes(self) -> None:
        """Note which ids are put or deleted from now on."""
        self._noted = set()

    def noted_changes(self) -> set[int] | None:
        """Those ids, which are noted no more; None: some were taken back, or they were too many."""
        noted, self._noted = self._noted, None
        return noted

    def _bound_deletes(self) -> None:
        if self._noted is not None and len(self._noted) > _MOST_NOTED:
            self._noted = None
        # Readers are not told, so it is no commit of the service.
        if self._deletes >= _MOST_DELETES:
            self.commit()

    def _opened(self) -> tuple[tantivy.IndexWriter, KnownIds]:
        if self._writer is None or self._known_ids is None:
            raise RuntimeError("the writer is not open")
        return self._writer, self._known_ids


class _FailuresNamed:
    """What the engine cannot do becomes a StorageFailed; a writer that failed is not used again.

    Where files are damaged it is a ShardDamaged.
    """

    def __init__(self, shard: ShardWriter) -> None:
        self._shard = shard

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if is_failure(error):
            shard = self._shard
            shard.drop()
            limit = system_limits.reached(error)
            if shard.exists and limit is None and not is_full(error):
                shard.refuse_damage()
            why = f"a limit of the system is too low: {limit}" if limit else error
            raise StorageFailed(
                f"{shard.entity} could not be written to {shard.path}: {why}"
            ) from error


def _highest(index: tantivy.Index) -> int | None:
    aggregation = {"highest": {"max": {"field": KEY}}}
    found = index.searcher().aggregate(tantivy.Query.all_query(), aggregation)
    value = found["highest"]["value"]
    if value is None:
        return None
    # The engine answers with a double: from 2**53 on it may have been rounded down.
    return int(math.nextafter(value, math.inf)) if abs(value) >= 2**53 else int(value)

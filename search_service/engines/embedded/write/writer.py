"""Changes the documents of the embedded engine: over shards, editions and generations.

Readers are told of changes by a new ``View``. One thread at a time changes an entity, except that
``add`` takes many. Not here: the order of operations, locks and the journal, see ``service``.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from search_service.engines.base import Change, Document, IndexStatus, Put, Reader
from search_service.engines.documents.encoders import Encoders
from search_service.engines.documents.pieces import pieces
from search_service.engines.embedded.storage.counting import counted
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.generations import remove
from search_service.engines.embedded.storage.shard_files import link_shard, shard_path, shards_of
from search_service.engines.embedded.storage.slices.own_directory import remove_leftovers
from search_service.engines.embedded.storage.view import View
from search_service.engines.embedded.write.damaged_shards import DamagedShards
from search_service.engines.embedded.write.edition import Edition, by_shard
from search_service.engines.embedded.write.open_writers import OpenWriters
from search_service.engines.embedded.write.rewriting import LEAST_DELETED, Rewriting
from search_service.engines.embedded.write.shard_writer import Codec, Encode, ShardWriter
from search_service.errors import ShardDamaged, StorageFailed
from search_service.files import NotDurable, sync_directory
from search_service.processors import processors

log = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
# Readers that were told of a newer view may still be opening what the older one named.
TRASH_SECONDS = 30.0
# Encoded and written in pieces, so that two threads take turns at the shard and at encoding.
_PIECE = 500


class EmbeddedWriter:
    """The one writer of a data directory."""

    def __init__(
        self,
        directory: DataDirectory,
        codec: Codec,
        entities: Iterable[str],
        open_reader: Callable[[View], Reader],
        *,
        memory: int = 50_000_000,
        open_writers: int = 8,
        threads: int | None = None,
        encoders: Encoders | None = None,
        rewritten_from: int = LEAST_DELETED,
        on_publish: Callable[[View], None] = lambda view: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``memory``: bytes of one writer, of which so many are open at a time.

        ``threads``: of a writer in a population; by default half the processors, as documents are
        encoded by another one. ``encoders``: of populations; without, the calling threads encode.
        ``rewritten_from``: deleted documents in a shard that are worth to write segments anew.
        """
        cores = processors()
        self._directory = directory
        self._codec = codec
        self._entities = tuple(entities)
        self._open_reader = open_reader
        self._reader: Reader | None = None
        self._read = 0  # the version of the view that the reader saw last
        self._on_publish = on_publish
        self._clock = clock
        self._writers = OpenWriters(
            memory, open_writers, max(1, cores // 2) if threads is None else threads, clock
        )
        self._rewriting = Rewriting(self._writers, rewritten_from)
        self._elsewhere = encoders
        self._encoders: dict[str, tuple[Lock, Encode]] = {
            entity: (Lock(), codec.encoder(entity)) for entity in self._entities
        }
        self._publishing = Lock()
        self._stamp = 0
        self._trash: list[tuple[float, Path]] = []
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="commit")
        self._populations: dict[str, Edition] = {}
        self._editions = self._found(directory)
        self._damaged = DamagedShards(codec, lambda: self._editions)
        self.view = View(0, directory.generation)
        self._damaged.look_at_start(self._entities)
        self._publish()

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    @property
    def generation(self) -> int:
        """Changes with ``clear``."""
        return self._directory.generation

    def reader(self) -> Reader:
        """What was committed last; for the thread that commits, until it asks for it again."""
        view = self.view
        if self._reader is None:
            self._reader = self._open_reader(view)
        elif self._read != view.version:
            self._reader.see(view)
        self._read = view.version
        return self._reader

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """As in ``Writer``: by a reader of its own, as the other one may be in use."""
        reader = self._open_reader(self.view)
        try:
            return reader.highest_id(entity, low, high)
        finally:
            reader.close()

    def status(self) -> IndexStatus:
        """Counted in the files, so not for every request."""
        counts = counted({entity: edition.path for entity, edition in self._editions.items()})
        return IndexStatus(
            generation=self.generation,
            documents=counts.documents,
            segments=counts.segments,
            deleted=counts.deleted,
            shards={entity: len(self.view.of(entity)) for entity in self._entities},
            interrupted=self._directory.interrupted(),
            damaged={e: str(shard.error()) for e, shard in self.view.damaged.items()},
        )

    @property
    def open_writers(self) -> int:
        """How many writers of shards are open."""
        return len(self._writers)

    # ── damage ─────────────────────────────────────────────────────────────────────────────────

    @property
    def damaged(self) -> frozenset[str]:
        """As in ``Writer``."""
        return frozenset(self._damaged.by_entity())

    def look_for_damage(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        """As in ``Writer``."""
        self._damaged.look(self._entities, goes_on)
        self._publish()
        return bool(self.damaged)

    @contextmanager
    def _damage_noted(self) -> Iterator[None]:
        try:
            yield
        except ShardDamaged as error:
            self._damaged.note(error.path, error.what)
            self._publish()
            raise

    # ── changes ────────────────────────────────────────────────────────────────────────────────

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        """Put (create or replace) and delete, the last one of an id counts."""
        self._damaged.refuse(entity)
        with self._damage_noted():
            self._apply(self._editions[entity], changes)

    def _apply(self, edition: Edition, changes: Iterable[Change]) -> None:
        by_shard: dict[int, dict[int, Change]] = {}
        for change in changes:
            by_shard.setdefault(edition.partition.low_of(change.id), {})[change.id] = change
        for low, last in by_shard.items():
            puts = [(c.id, c.document) for c in last.values() if isinstance(c, Put)]
            deletes = [c.id for c in last.values() if not isinstance(c, Put)]
            if deletes and low in edition.shards:
                with self._writers.using(edition.shards[low]) as shard:
                    shard.delete(deletes)
            self._put(edition, low, puts)

    def commit(self, entities: Iterable[str]) -> None:
        """Everything applied to these is durable, and readers are told of it."""
        with self._damage_noted():
            changed = [s for e in entities for s in self._editions[e].written() if s.unpublished]
            self._commit(changed)
        self._publish()
        self._rewriting.consider(changed)

    def undo(self) -> None:
        """Forget what was applied and not committed; populations go on."""
        for edition in self._editions.values():
            for shard in edition.written():
                if shard.dirty:
                    self._writers.drop(shard)

    def clear(self) -> None:
        """Remove every document of every entity, as one step; populations end.

        Raises as ``adopt`` does; after NotDurable the old documents stay on the disk.
        """
        try:
            old = self._directory.renew()
        except NotDurable:
            self._follow(self._found(self._directory))
            raise
        self._follow(self._found(self._directory))
        self.throw_away(old)

    # ── populations ────────────────────────────────────────────────────────────────────────────

    def begin(self, entity: str, *, delete: bool) -> None:
        """Start a population: readers go on seeing the entity as it is now until ``end``.

        ``delete``: it starts from no documents. A crash before ``end`` undoes it.
        """
        if not delete:
            self._damaged.refuse(entity)
        self.commit([entity])
        current = self._editions[entity]
        path = self._directory.next_edition(entity)
        if not delete:
            try:
                for low in shards_of(current.path):
                    link_shard(shard_path(current.path, low), shard_path(path, low))
                sync_directory(path)
            except (OSError, ShardDamaged) as error:
                remove(path)
                if isinstance(error, ShardDamaged):
                    raise
                raise StorageFailed(f"{entity} could not be prepared to grow: {error}") from error
        self._populations[entity] = Edition(entity, path, current.partition, self._codec)

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> None:
        """Put documents into the population of an entity. For several threads at once."""
        edition = self._populations[entity]
        for low, puts in by_shard(edition.partition, documents):
            self._put(edition, low, puts, bulk=True)

    def end(self, entity: str) -> None:
        """Commit the population: readers see it as a whole. Raises StorageFailed, and undoes it.

        Raises NotDurable: they see it, but after a power loss it may be undone.
        """
        edition, old = self._populations[entity], self._editions[entity]
        try:
            self._commit(edition.written())
            self._refuse_losses(edition)
            sync_directory(edition.path)
            self._directory.promote(entity, edition.path)
        except NotDurable:
            self._go_on_with(edition)
            raise
        except StorageFailed:
            self.abandon(entity)
            raise
        except OSError as error:
            self.abandon(entity)
            raise StorageFailed(f"The population of {entity} could not end: {error}") from error
        self._go_on_with(edition)
        self.throw_away(old.path)

    def _go_on_with(self, edition: Edition) -> None:
        old = self._editions[edition.entity]
        self._editions[edition.entity] = self._populations.pop(edition.entity)
        for shard in edition.written():
            shard.unpublished = True
        self._publish()
        self._drop(old)

    def abandon(self, entity: str) -> None:
        """Undo a population: the documents from before it stay."""
        edition = self._populations.pop(entity)
        self._drop(edition)
        self.throw_away(edition.path)

    # ── generations ────────────────────────────────────────────────────────────────────────────

    def adopt(self, number: int) -> None:
        """Go on with another generation, which readers see as a whole. The one until now stays.

        What was applied must be committed, here and there. Raises OSError: nothing has changed.
        Raises NotDurable: it was adopted, but after a power loss the other may be current again.
        """
        # First whatever can fail: once the file ``current`` is written there is no way back.
        editions = self._found(self._directory.at(number))
        try:
            self._directory.switch(number)
        except NotDurable:
            self._follow(editions)
            raise
        self._follow(editions)

    def _follow(self, editions: dict[str, Edition]) -> None:
        given_up = [*self._editions.values(), *self._populations.values()]
        self._populations.clear()
        damaged = self.damaged
        self._editions = editions
        self._damaged.look_at_start([entity for entity in self._entities if entity not in damaged])
        self._damaged.look(damaged)  # they may have been taken over as they are
        self._publish()
        for edition in given_up:
            self._drop(edition)

    def throw_away(self, path: Path) -> None:
        """Remove a directory, but not while readers may still be opening what is in it."""
        self._trash.append((self._clock() + TRASH_SECONDS, path))

    # ── housekeeping ───────────────────────────────────────────────────────────────────────────

    def tend(self) -> None:
        """Close idle writers, write segments anew, remove what nobody needs; called regularly."""
        for shard in self._writers.close_idle(IDLE_SECONDS):
            # Its segments were merged: readers that open it anew have fewer to search.
            shard.unpublished = True
        self._rewriting.tend(lambda shard: shard in self._editions[shard.entity].written())
        if self._elsewhere is not None:
            self._elsewhere.tend(IDLE_SECONDS)
        self._publish()
        self._empty_trash(self._clock())
        remove_leftovers(self._directory.root)

    def close(self) -> None:
        """Commit what was applied, and let another process have the directory."""
        for entity in list(self._populations):
            self.abandon(entity)
        self._rewriting.end()
        if self._elsewhere is not None:
            self._elsewhere.end()
        self._writers.close_all()
        self._threads.shutdown()
        self._empty_trash(float("inf"))
        if self._reader is not None:
            self._reader.close()
        remove_leftovers(self._directory.root)
        self._directory.close()

    def lose(self) -> None:
        """End as a crash would: what was not committed is gone, populations stay unfinished."""
        for edition in [*self._editions.values(), *self._populations.values()]:
            self._drop(edition)
        self._rewriting.end()
        if self._elsewhere is not None:
            self._elsewhere.end()
        self._threads.shutdown()
        self._directory.close()

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _found(self, directory: DataDirectory) -> dict[str, Edition]:
        partition_of = directory.manifest.partition_of
        return {
            entity: Edition(entity, directory.edition(entity), partition_of(entity), self._codec)
            for entity in self._entities
        }

    def _put(
        self,
        edition: Edition,
        low: int,
        puts: Sequence[tuple[int, Document]],
        *,
        bulk: bool = False,
    ) -> None:
        for piece in pieces(puts, _PIECE):
            lines = self._encoded(edition.entity, piece, bulk=bulk)
            with self._writers.using(edition.shard(low), bulk=bulk) as shard:
                shard.put(lines)

    def _encoded(
        self, entity: str, documents: Sequence[tuple[int, Document]], *, bulk: bool
    ) -> Sequence[tuple[int, str]]:
        if bulk and self._elsewhere is not None:
            lines = self._elsewhere.lines(entity, documents)
            if lines is not None:
                return lines
        turn, encode = self._encoders[entity]
        with turn:
            return [(id_, encode(id_, document)) for id_, document in documents]

    def _commit(self, shards: Sequence[ShardWriter]) -> None:
        dirty = [shard for shard in shards if shard.dirty]
        if len(dirty) == 1:
            dirty[0].commit()
            return
        failures = [f.exception() for f in [self._threads.submit(s.commit) for s in dirty]]
        for failure in failures:
            if failure is not None:
                raise failure

    def _refuse_losses(self, edition: Edition) -> None:
        for shard in edition.written():
            if shard.lost:
                raise StorageFailed(
                    f"The population of {edition.entity} could not be written to {shard.path}, the "
                    "log says why; the documents from before it are there again"
                )

    def _publish(self) -> None:
        with self._publishing:
            shards = {}
            changed = False
            for entity, edition in self._editions.items():
                for shard in edition.written():
                    if shard.unpublished and not shard.dirty:
                        self._stamp += 1
                        shard.stamp, shard.unpublished = self._stamp, False
                shards[entity] = edition.view()
                changed = changed or shards[entity] != self.view.of(entity)
            damaged = self._damaged.by_entity()
            changed = changed or damaged != self.view.damaged
            if not changed and self.view.version and self.view.generation == self.generation:
                return
            self.view = View(self.view.version + 1, self.generation, shards, damaged)
            self._on_publish(self.view)

    def _drop(self, edition: Edition) -> None:
        for shard in edition.written():
            self._writers.drop(shard)

    def _empty_trash(self, now: float) -> None:
        for _, path in [item for item in self._trash if item[0] <= now]:
            remove(path)
        self._trash = [item for item in self._trash if item[1].exists()]

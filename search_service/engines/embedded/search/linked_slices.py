"""The slices of one entity, made of links to the segments of its shards and kept current.

Not here: what is done where links cannot be made, see ``open_slices``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_service.catalogue.model import Entity
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.embedded.storage.slices.dealing import (
    Dealt,
    SliceOptions,
    deal,
    slice_count,
)
from search_service.engines.embedded.storage.slices.linked_slice import (
    LinkedSlice,
    Located,
    SegmentGone,
)
from search_service.engines.embedded.storage.slices.own_directory import OwnDirectory
from search_service.engines.embedded.storage.slices.segments import (
    Segment,
    ShardSegments,
    read_segments,
)
from search_service.engines.embedded.storage.view import ShardView
from search_service.errors import ShardDamaged

_TRIES = 20  # shards may go from commit to commit meanwhile

Key = tuple[str, int]
"""The kind of a slice's segments, and its number among those of that kind."""


class CannotLink(Exception):
    """Links cannot be made; the message says why."""


@dataclass(slots=True)
class _Open:
    linked: LinkedSlice
    slice_: Slice


class LinkedSlices:
    """As of the last ``see``. A shard that alone has documents is a slice as it is."""

    def __init__(self, entity: Entity, own: OwnDirectory, wanted: SliceOptions) -> None:
        self._entity = entity
        self._own = own
        self._wanted = wanted
        self._read: dict[str, tuple[int, ShardSegments]] = {}  # by path, with the shard's stamp
        self._dealt: Dealt = {}
        self._open: dict[Key, _Open] = {}
        self._alone: tuple[Path, int, Slice] | None = None  # with the stamp of the shard

    def see(self, shards: Sequence[ShardView]) -> list[Slice]:
        """The slices of these shards. Raises ShardDamaged, CannotLink."""
        made_anew = False
        for _ in range(_TRIES):
            try:
                return self._see(shards)
            except SegmentGone as gone:
                self._read_again(gone)
            except (OSError, _NotOpened) as error:
                # Somebody may have removed the directories, which are needed by nobody else.
                self.close()
                if made_anew:
                    self._refuse_damaged(shards, error)
                    raise CannotLink(_reason(error)) from error
                made_anew = True
        raise CannotLink("its shards change too quickly")

    def close(self) -> None:
        """Remove what was made; slices that are open can still be searched."""
        for opened in self._open.values():
            opened.linked.remove()
        self._open = {}
        self._dealt = {}
        self._read = {}

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def _see(self, shards: Sequence[ShardView]) -> list[Slice]:
        self._read = {shard.path: self._read_shard(shard) for shard in shards}
        holding = [(s, read) for s, read in self._read.values() if read.documents]
        documents = sum(read.documents for _, read in holding)
        segments = sum(len(read.segments) for _, read in holding)
        before = len(set(self._dealt.values()))
        count = slice_count(documents, segments, self._wanted, before)
        if count == 1 and len(holding) == 1:
            self._drop(self._open)
            stamp, read = holding[0]
            return [self._as_it_is(read.shard, stamp)]
        self._alone = None
        self._dealt = deal([read for _, read in holding], count, self._dealt)
        return self._link([read for _, read in holding])

    def _read_shard(self, shard: ShardView) -> tuple[int, ShardSegments]:
        known = self._read.get(shard.path)
        if known is not None and known[0] == shard.stamp:
            return known
        return shard.stamp, read_segments(Path(shard.path))

    def _read_again(self, gone: SegmentGone) -> None:
        """Raises ShardDamaged when the last commit of a shard names what is gone."""
        stamp, before = self._read[str(gone.shard)]
        now = read_segments(gone.shard)
        if now.segments == before.segments:
            raise ShardDamaged(gone.shard, f"{gone}") from gone
        self._read[str(gone.shard)] = stamp, now

    def _as_it_is(self, shard: Path, stamp: int) -> Slice:
        if self._alone is None or self._alone[0] != shard:
            self._alone = shard, stamp, Slice(str(shard), self._entity)
        elif self._alone[1] != stamp:
            self._alone[2].reload()
            self._alone = shard, stamp, self._alone[2]
        return self._alone[2]

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    def _link(self, shards: Sequence[ShardSegments]) -> list[Slice]:
        wanted: dict[Key, list[Located]] = defaultdict(list)
        for shard in shards:
            for segment in shard.segments:
                wanted[shard.kind, self._dealt[segment.id]].append((shard.shard, segment))
        opstamp = max((shard.opstamp for shard in shards), default=0)
        for key, segments in wanted.items():
            self._put(key, segments, opstamp)
        self._drop(self._open.keys() - wanted.keys())
        return [self._open[key].slice_ for key in sorted(wanted)]

    def _put(self, key: Key, segments: Sequence[Located], opstamp: int) -> None:
        opened = self._open.get(key)
        if opened is None:
            opened = self._open[key] = self._made(key)
        elif opened.linked.names(_segments(segments)):
            return
        opened.linked.put(segments, opstamp)
        try:
            opened.slice_.reload()
        except ShardDamaged as error:
            raise _NotOpened(error.what) from error
        opened.linked.drop_unnamed()

    def _made(self, key: Key) -> _Open:
        kind, _ = key
        linked = LinkedSlice(self._own.path_of_next(), kind)
        try:
            # The engine opens an index twice, so it is opened before it has any segment.
            return _Open(linked, Slice(str(linked.path), self._entity))
        except ShardDamaged as error:
            linked.remove()
            raise _NotOpened(error.what) from error

    def _drop(self, keys: Iterable[Key]) -> None:
        for key in list(keys):
            self._open.pop(key).linked.remove()

    def _refuse_damaged(self, shards: Sequence[ShardView], error: Exception) -> None:
        """Raises ShardDamaged for the shard that is the reason."""
        if isinstance(error, _NotOpened):
            for shard in shards:
                Slice(shard.path, self._entity)


class _NotOpened(Exception):
    """The engine does not open a slice."""


def _reason(error: Exception) -> str:
    """Without the names of files, which differ from time to time."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _segments(located: Iterable[Located]) -> Iterable[Segment]:
    return (segment for _, segment in located)

"""The shards of an entity as of one population, for writing."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

from search_service.engines.base import Document
from search_service.engines.embedded.storage.shard_files import shard_path, shards_of
from search_service.engines.embedded.storage.view import ShardView
from search_service.engines.embedded.write.shard_writer import Codec, ShardWriter
from search_service.engines.id_ranges import Partition


class Edition:
    """The shards of an entity as of one population; they are found once and made when needed."""

    def __init__(self, entity: str, path: Path, partition: Partition, codec: Codec) -> None:
        self.entity = entity
        self.path = path
        self.partition = partition
        self._codec = codec
        self._making = Lock()
        self.shards = {low: self._make(low) for low in shards_of(path)}

    def shard(self, low: int) -> ShardWriter:
        """The shard that begins at ``low``; made when there is none."""
        with self._making:
            if low not in self.shards:
                self.shards[low] = self._make(low)
            return self.shards[low]

    def written(self) -> list[ShardWriter]:
        """The shards that there are."""
        with self._making:
            return list(self.shards.values())

    def view(self) -> tuple[ShardView, ...]:
        """What readers are to open, by the lowest id."""
        return tuple(
            ShardView(str(shard.path), shard.low, shard.high, shard.stamp)
            for shard in sorted(self.written(), key=lambda shard: shard.low)
            if shard.exists
        )

    def _make(self, low: int) -> ShardWriter:
        high = self.partition.high_of(low)
        return ShardWriter(self.entity, shard_path(self.path, low), low, high, self._codec)


def by_shard(
    partition: Partition, documents: Sequence[tuple[int, Document]]
) -> Iterable[tuple[int, Sequence[tuple[int, Document]]]]:
    """Documents by the lowest id of their shard."""
    if not documents:
        return []
    lowest = partition.low_of(min(id_ for id_, _ in documents))
    if lowest == partition.low_of(max(id_ for id_, _ in documents)):
        return [(lowest, documents)]  # a population goes by id: nearly always
    by_shard: dict[int, list[tuple[int, Document]]] = {}
    for id_, document in documents:
        by_shard.setdefault(partition.low_of(id_), []).append((id_, document))
    return by_shard.items()

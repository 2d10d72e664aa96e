"""What the shards of editions hold, as their last commits say: documents, segments, deletes."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from search_service.engines.embedded.storage.shard_files import (
    last_commit,
    shard_path,
    shards_of,
)
from search_service.errors import ShardDamaged


@dataclass(frozen=True, slots=True)
class Counts:
    """By entity. ``deleted``: documents that segments hold and nobody finds."""

    documents: Mapping[str, int]
    segments: Mapping[str, int]
    deleted: Mapping[str, int]


def counted(editions: Mapping[str, Path]) -> Counts:
    """What is in the edition of each entity; damaged shards are not counted."""
    documents, segments, deleted = (dict.fromkeys(editions, 0) for _ in range(3))
    for entity, edition in editions.items():
        for low in shards_of(edition):
            with suppress(ShardDamaged):
                commit = last_commit(shard_path(edition, low))
                if commit is not None:
                    documents[entity] += commit.documents
                    segments[entity] += len(commit.segments)
                    deleted[entity] += commit.deleted
    return Counts(documents, segments, deleted)

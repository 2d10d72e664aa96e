"""A data directory multiplied by links: copies of every segment of some entities, at little disk.

The base is left as it is, in shards of its own; behind them come shards of about as many documents
as a shard of a full facility holds, each with the base's segments several times over under new
names. A file of a copy is a hard link to that of the base: the engine never changes a file, so even
a writer does no harm. The page cache is shared too: all copies are the same pages.

Documents that are found by the million get ids of their own in each copy, or pages would be full of
ties that no facility has: their columns are files of their own, see ``higher_ids``. Their terms and
texts are links too and keep the ids of the base, and so do all other entities. What is equal in
all copies distorts some figures: see "What multiplying distorts" in ``docs/scaling.md``. Not here:
how the base is made, see ``base_index``.
"""

import json
import os
import tempfile
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tantivy

from load_tests.higher_ids import Ids, with_higher_ids
from search_service.catalogue.entities import ENTITIES
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.embedded.storage import generations, shard_files
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.id_ranges import DEFAULT_WIDTH, Partition
from search_service.files import make_directory, remove_tree, write_durably

MULTIPLIED = (
    "Datafile",
    "DatafileParameter",
    "Dataset",
    "DatasetParameter",
    "DatasetTechnique",
    "Investigation",
)
"""What is searched, and what is filtered by. What a hit is joined to, to be shown or to be seen at
all, stays once: its ids repeat, so each hit would bring as many of them as there are copies."""
WITH_IDS_OF_THEIR_OWN = frozenset({"Datafile", "DatafileParameter", "DatasetParameter"})
"""To whose ids nothing joins, or only to be looked up by a term."""

_COLUMNS = ".fast"
_GENERATION = 1
_EDITION = 1


@dataclass(frozen=True, slots=True)
class Extent:
    """What an entity has after it was multiplied: documents, segments and shards."""

    documents: int
    segments: int
    shards: int


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment of the base: where its files are, and what ``meta.json`` says of it."""

    shard: Path
    name: str
    files: tuple[str, ...]
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Copies:
    """So many copies of the segments of a base; ``stride``: how much higher the ids of the next one
    are, 0: not at all. ``meta``: what ``meta.json`` says, but for the segments."""

    segments: Sequence[_Segment]
    meta: dict[str, Any]
    stride: int
    scratch: Path

    def ids_of(self, segment: _Segment) -> Ids | None:
        """None when they stay as they are."""
        return _ids(segment, self.meta, self.scratch) if self.stride else None


def multiply(
    base: Path,
    target: Path,
    times: int,
    entities: Collection[str] = MULTIPLIED,
    shard_documents: int = DEFAULT_WIDTH,
) -> dict[str, Extent]:
    """Make ``target``, on the same file system; no service may have ``base`` open meanwhile.

    What an earlier call did not end is made anew. Returns the extent of each entity. Raises
    DirectoryInUse, DirectoryRefused, ShardDamaged, OSError.
    """
    unfinished = target.with_name(f"{target.name}.part")
    remove_tree(unfinished)
    with closing(DataDirectory.hold(base)) as directory:
        partitions: dict[str, Partition] = {}
        extents: dict[str, Extent] = {}
        for entity in ENTITIES:
            source = directory.edition(entity.name)
            if not source.is_dir():
                continue
            edition = _edition(unfinished, entity.name)
            make_directory(edition)
            partition = directory.manifest.partition_of(entity.name)
            copies = times - 1 if entity.name in entities else 0
            of_their_own = entity.name in WITH_IDS_OF_THEIR_OWN
            partitions[entity.name] = _multiplied(
                source, edition, partition, copies, shard_documents, of_their_own
            )
            extents[entity.name] = _extent(edition)
        content = replace(
            directory.manifest, partitions=partitions, journal=_GENERATION, replaces=0
        )
    content.write(generations.path_of(unfinished, _GENERATION))
    generations.point_at(unfinished, _GENERATION)
    unfinished.rename(target)
    return extents


def extents_of(data: Path) -> dict[str, Extent]:
    """The extent of each entity of a data directory. Raises DirectoryRefused, Unreadable."""
    directory = DataDirectory(data, None).at(generations.current(data))
    return {
        entity.name: _extent(edition)
        for entity in ENTITIES
        if (edition := directory.edition(entity.name)).is_dir()
    }


def _edition(root: Path, entity: str) -> Path:
    return generations.path_of(root, _GENERATION) / entity / generations.name_of(_EDITION)


def _extent(edition: Path) -> Extent:
    shards = [shard_files.shard_path(edition, low) for low in shard_files.shards_of(edition)]
    commits = [commit for shard in shards if (commit := shard_files.last_commit(shard))]
    return Extent(
        sum(commit.documents for commit in commits),
        sum(len(commit.segments) for commit in commits),
        len(shards),
    )


def _multiplied(
    source: Path,
    edition: Path,
    partition: Partition,
    copies: int,
    shard_documents: int,
    of_their_own: bool,
) -> Partition:
    """The shards of the base, and those of the copies behind them. Returns where all begin."""
    lows = shard_files.shards_of(source)
    shards = [shard_files.shard_path(source, low) for low in lows]
    for low, shard in zip(lows, shards, strict=True):
        shard_files.link_shard(shard, shard_files.shard_path(edition, low))
    segments = [segment for shard in shards for segment in _segments(shard)]
    documents = sum(segment.content["max_doc"] for segment in segments)
    if not documents or not copies:
        return partition
    meta = _meta(shards)
    highest = max(_ids(one, meta, edition).high for one in segments) if of_their_own else 0
    stride = 10 ** len(str(highest)) if of_their_own else 0
    together = max(1, shard_documents // documents)
    high = partition.high_of(lows[-1])
    for first in range(1, copies + 1, together):
        numbers = range(first, min(first + together, copies + 1))
        low = first * stride if stride else high
        _copy_shard(
            _Copies(segments, meta, stride, edition), numbers, shard_files.shard_path(edition, low)
        )
        lows.append(low)
        high = low + partition.width
    return Partition(max(partition.width, together * stride), tuple(lows))


def _meta(shards: Sequence[Path]) -> dict[str, Any]:
    """What ``meta.json`` of a shard of copies says, but for its segments."""
    found = [json.loads((shard / shard_files.META).read_bytes()) for shard in shards]
    # It must not be less than that of any segment's deletes.
    return {**found[0], "opstamp": max(each["opstamp"] for each in found)}


def _segments(shard: Path) -> Iterator[_Segment]:
    commit = shard_files.last_commit(shard)
    if commit is None:
        return
    content = json.loads((shard / shard_files.META).read_bytes())
    for segment in content["segments"]:
        name = segment["segment_id"].replace("-", "")
        files = tuple(sorted(file for file in commit.files if file.startswith(name)))
        yield _Segment(shard, name, files, segment)


def _ids(segment: _Segment, meta: dict[str, Any], scratch: Path) -> Ids:
    """The ids of a segment, as the engine finds them in an index that is that segment alone."""
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        alone = Path(directory)
        for file in segment.files:
            os.link(segment.shard / file, alone / file)
        (alone / shard_files.MANAGED).write_text(json.dumps([shard_files.META, *segment.files]))
        (alone / shard_files.META).write_text(json.dumps({**meta, "segments": [segment.content]}))
        searcher = tantivy.Index.open(directory).searcher()
        low, high = (
            searcher.search(
                tantivy.Query.all_query(), limit=1, order_by_field=KEY, order=order
            ).hits[0][0]
            for order in (tantivy.Order.Asc, tantivy.Order.Desc)
        )
        return Ids(int(low), int(high), segment.content["max_doc"])


def _copy_shard(copies: _Copies, numbers: range, target: Path) -> None:
    target.mkdir()
    listed, managed = [], [shard_files.META]
    for segment in copies.segments:
        ids = copies.ids_of(segment)
        for number in numbers:
            id_ = uuid.uuid4()
            for file in segment.files:
                linked = file.replace(segment.name, id_.hex, 1)
                if ids is not None and file.endswith(_COLUMNS):
                    content = (segment.shard / file).read_bytes()
                    higher = with_higher_ids(content, ids, number * copies.stride)
                    (target / linked).write_bytes(higher)
                else:
                    os.link(segment.shard / file, target / linked)
                managed.append(linked)
            listed.append({**segment.content, "segment_id": str(id_)})
    write_durably(target / shard_files.MANAGED, json.dumps(sorted(managed)).encode())
    meta = {**copies.meta, "segments": listed}
    write_durably(target / shard_files.META, json.dumps(meta).encode())
    shard_files.note_made(target)

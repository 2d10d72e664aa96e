"""How many slices there are of an entity, and which segments are in which.

A slice is searched by one thread, so all are to have the same number of documents. And a commit
should change one slice: the segments of a shard stay together, unless the shard is so large that
the slices would be uneven.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search_service.engines.embedded.storage.slices.segments import ShardSegments

# A thread for less is not worth what it costs a search in Python, 0.3 ms.
DOCUMENTS = 2_000_000
# To see that a segment of a slice is new, the engine opens all of them anew, 35 µs each.
SEGMENTS = 400
MOST_FOR_SEGMENTS = 5
_SMALLEST_PART = 4  # a shard stays in one piece up to a quarter of a slice
_UNEVEN = 1.5  # times the mean: then all is dealt anew, if that makes it better
_LEAST_GAIN = 0.8
_SLACK = 1.25  # by so much an entity has to shrink before it has fewer slices


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """How many slices: ``fixed``, or if 0, up to ``cores`` as there are documents."""

    fixed: int = 0
    cores: int = 1


def slice_count(documents: int, segments: int, wanted: SliceOptions, before: int) -> int:
    """How many slices an entity should have that has had ``before`` until now."""
    if wanted.fixed:
        return wanted.fixed
    count = _count(documents, segments, wanted.cores)
    if count >= before:
        return count
    return min(before, _count(documents * _SLACK, segments * _SLACK, wanted.cores))


def _count(documents: float, segments: float, cores: int) -> int:
    by_documents = min(int(documents // DOCUMENTS), cores)
    by_segments = min(-int(-segments // SEGMENTS), MOST_FOR_SEGMENTS)
    return max(1, by_documents, by_segments)


Dealt = Mapping[str, int]
"""The number of its slice, by the id of the segment."""


def deal(shards: Iterable[ShardSegments], count: int, before: Dealt) -> Dealt:
    """Which segment is in which of ``count`` slices; what was dealt ``before`` stays there."""
    pieces = list(_pieces(list(shards), count))
    if count == 1:
        return {id_: 0 for piece in pieces for id_ in piece.ids}
    dealt, highest = _deal(pieces, count, before)
    mean = sum(piece.documents for piece in pieces) / count
    if highest > _UNEVEN * mean:
        anew, highest_anew = _deal(pieces, count, {})
        if highest_anew < _LEAST_GAIN * highest:
            return anew
    return dealt


@dataclass(frozen=True, slots=True)
class _Piece:
    ids: Sequence[str]  # of segments that stay together
    documents: int


def _pieces(shards: Sequence[ShardSegments], count: int) -> Iterable[_Piece]:
    largest = sum(shard.documents for shard in shards) / count / _SMALLEST_PART
    for shard in shards:
        if shard.documents > largest:
            yield from (_Piece([each.id], each.documents) for each in shard.segments)
        else:
            yield _Piece([each.id for each in shard.segments], shard.documents)


def _deal(pieces: Iterable[_Piece], count: int, before: Dealt) -> tuple[Dealt, int]:
    """With the documents of the largest slice."""
    dealt: dict[str, int] = {}
    loads = [0] * count
    new = []
    for piece in pieces:
        place = next((before[id_] for id_ in piece.ids if before.get(id_, count) < count), None)
        if place is None:
            new.append(piece)
        else:
            loads[place] += piece.documents
            dealt.update((id_, place) for id_ in piece.ids)
    for piece in sorted(new, key=lambda piece: piece.documents, reverse=True):
        place = loads.index(min(loads))
        loads[place] += piece.documents
        dealt.update((id_, place) for id_ in piece.ids)
    return dealt, max(loads)

"""Cuts entities into pieces of work: a piece is a shard of the next generation.

Pieces hold about equally many documents, as the source counts them, and there are more of them
than workers, so that a slow one does not hold up the others. Not here: who builds a piece, and
when, see ``run``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from search_service.engines.id_ranges import HIGHEST_ID, LOWEST_ID, IdRange, Partition
from search_service.sources.base import Source

PIECES_FOR_A_WORKER = 3
# A search looks into every shard, so a small entity is not cut further than it is worth.
LEAST_DOCUMENTS = 50_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One shard: the ids ``low`` <= id < ``high``."""

    entity: str
    low: int
    high: int
    expected: int  # documents, about


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built of one entity; ``ids``: those that were asked for, widened to whole shards."""

    entity: str
    partition: Partition
    ids: IdRange
    pieces: Sequence[Piece]


def plan(
    source: Source, entity: str, width: int, workers: int, *, least: int = LEAST_DOCUMENTS
) -> Plan:
    """All of an entity, in shards that hold at most ``width`` documents."""
    found = source.bounds(entity)
    if found is None:
        return Plan(entity, Partition(width), IdRange(), ())
    enough = min(PIECES_FOR_A_WORKER * workers, found.count // least)
    number = max(1, enough, -(-found.count // width))
    inner = source.boundaries(entity, number) if number > 1 else ()
    cuts = sorted({found.low, *(cut for cut in inner if found.low < cut <= found.high)})
    # What is added while it is read has higher ids, and comes from the journal too.
    ends = [*cuts[1:], min(cuts[-1] + width, HIGHEST_ID)]
    ends[-1] = max(ends[-1], found.high + 1)
    expected = -(-found.count // len(cuts))
    partition = Partition(max(width, ends[-1] - cuts[-1]), tuple(cuts))
    pieces = [Piece(entity, low, high, expected) for low, high in zip(cuts, ends, strict=True)]
    return Plan(entity, partition, IdRange(), pieces)


def plan_part(source: Source, entity: str, partition: Partition, ids: IdRange) -> Plan:
    """The shards, as they are, that hold any of some ids; the others are taken over."""
    low = partition.low_of(ids.low) if ids.low is not None else LOWEST_ID
    high = partition.high_of(partition.low_of(ids.high - 1)) if ids.high is not None else HIGHEST_ID
    whole = IdRange(
        None if ids.low is None else low,
        None if ids.high is None else high,
    )
    found = source.bounds(entity)
    if found is None:
        return Plan(entity, partition, whole, ())
    pieces = []
    place = partition.low_of(max(low, found.low))
    while place < min(high, found.high + 1):
        end = partition.high_of(place)
        share = (min(end, found.high + 1) - max(place, found.low)) / (found.high + 1 - found.low)
        pieces.append(Piece(entity, place, end, round(found.count * share)))
        place = end
    return Plan(entity, partition, whole, pieces)

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
    """What is built of one entity; ``part`` is what was asked for, widened to whole shards."""

    entity: str
    ranges: Partition
    part: IdRange
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
    ranges = Partition(max(width, ends[-1] - cuts[-1]), tuple(cuts))
    pieces = [Piece(entity, low, high, expected) for low, high in zip(cuts, ends, strict=True)]
    return Plan(entity, ranges, IdRange(), pieces)


def plan_part(source: Source, entity: str, ranges: Partition, part: IdRange) -> Plan:
    """The shards, as they are, that hold ids of a part; the others are taken over."""
    low = ranges.low_of(part.low) if part.low is not None else LOWEST_ID
    high = ranges.high_of(ranges.low_of(part.high - 1)) if part.high is not None else HIGHEST_ID
    whole = IdRange(
        None if part.low is None else low,
        None if part.high is None else high,
    )
    found = source.bounds(entity)
    if found is None:
        return Plan(entity, ranges, whole, ())
    pieces = []
    place = ranges.low_of(max(low, found.low))
    while place < min(high, found.high + 1):
        end = ranges.high_of(place)
        share = (min(end, found.high + 1) - max(place, found.low)) / (found.high + 1 - found.low)
        pieces.append(Piece(entity, place, end, round(found.count * share)))
        place = end
    return Plan(entity, ranges, whole, pieces)

"""Counts of values and of ranges over all matching documents of all shards."""

from collections import Counter
from collections.abc import Sequence

import tantivy

from search_service.catalogue.model import Kind
from search_service.engines.base import Buckets, Ranges, Terms
from search_service.engines.embedded import schema
from search_service.engines.embedded.shard import Shard, combined

# The engine refuses to count more different values than this; beyond it, the counts of a shard's
# rarest values are missing.
MOST_LABELS = 60_000


def term_counts(shards: Sequence[tuple[Shard, tantivy.Query]], dimension: Terms) -> Buckets:
    """The labels of a facetable field, highest count first, equal ones by label."""
    counted: Counter[str] = Counter()
    for shard, query in shards:
        column = _column(shard, dimension.field)
        if column is None:
            continue
        request = {
            "labels": {"terms": {"field": column, "size": MOST_LABELS, "segment_size": MOST_LABELS}}
        }
        for bucket in shard.searcher.aggregate(query, request)["labels"]["buckets"]:
            counted[bucket["key"]] += bucket["doc_count"]
    del counted[""]  # a value like any other, but no label
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def range_counts(shards: Sequence[tuple[Shard, tantivy.Query]], dimension: Ranges) -> Buckets:
    """The ranges in the order asked for, with their counts."""
    return [
        (
            wanted.key,
            sum(
                shard.count(combined(query, within))
                for shard, query in shards
                if (within := _within(shard, dimension.field, wanted.low, wanted.high)) is not None
            ),
        )
        for wanted in dimension.ranges
    ]


def _column(shard: Shard, field: str) -> str | None:
    declared = shard.entity.by_name.get(field)
    if declared is None or declared.kind not in (Kind.TEXT, Kind.EXACT):
        return None
    return schema.facet_field(field)


def _within(
    shard: Shard, field: str, low: float | None, high: float | None
) -> tantivy.Query | None:
    """Documents with ``low`` <= value < ``high``; None where the entity has no such numbers."""
    declared = shard.entity.by_name.get(field)
    if declared is None or not declared.kind.is_number:
        return None
    column = schema.number_field(shard.entity, field)
    return shard.between(column, low, high)

"""Counts of values and of ranges over all matching documents of all shards."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import tantivy

from search_service.engines.base import Buckets, Ranges
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.long_terms import is_label
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.shard import Shard

# The engine refuses to count more different values than this; beyond it, the counts of a shard's
# rarest values are missing.
MOST_LABELS = 60_000


def term_counts(
    shards: Sequence[tuple[Shard, tantivy.Query]], fields: Collection[str]
) -> Mapping[str, Buckets]:
    """The labels of facetable fields, highest count first, equal ones by label.

    All fields are counted in one pass: finding the documents is what takes the time.
    """
    counted: dict[str, Counter[str]] = {field: Counter() for field in fields}
    for shard, query in shards:
        request = {
            field: {"terms": {"field": column, "size": MOST_LABELS, "segment_size": MOST_LABELS}}
            for field in fields
            if (column := _column(shard, field)) is not None
        }
        if not request:
            continue
        for field, found in shard.searcher.aggregate(query, request).items():
            for bucket in found["buckets"]:
                counted[field][bucket["key"]] += bucket["doc_count"]
    return {field: _arranged(labels) for field, labels in counted.items()}


def _arranged(labels: Counter[str]) -> Buckets:
    del labels[""]  # a value like any other, but no label
    counted = [(label, count) for label, count in labels.items() if is_label(label)]
    return sorted(counted, key=lambda item: (-item[1], item[0]))


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
    if declared is None or not declared.has_values:
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

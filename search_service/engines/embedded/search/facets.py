"""Counts of values and of ranges over all matching documents of all shards."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import tantivy

from search_service.engines.base import Buckets, Ranges
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.long_terms import is_label
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Slice

# The engine refuses to count more different values than this; beyond it, the counts of a slice's
# rarest values are missing.
MOST_LABELS = 60_000


def term_counts(
    slices: Sequence[tuple[Slice, tantivy.Query]], fields: Collection[str]
) -> Mapping[str, Buckets]:
    """The labels of facetable fields, highest count first, equal ones by label.

    All fields are counted in one pass: finding the documents is what takes the time.
    """
    counted: dict[str, Counter[str]] = {field: Counter() for field in fields}
    for slice_, query in slices:
        request = {
            field: {"terms": {"field": column, "size": MOST_LABELS, "segment_size": MOST_LABELS}}
            for field in fields
            if (column := _column(slice_, field)) is not None
        }
        if not request:
            continue
        for field, found in slice_.searcher.aggregate(query, request).items():
            for bucket in found["buckets"]:
                counted[field][bucket["key"]] += bucket["doc_count"]
    return {field: _arranged(labels) for field, labels in counted.items()}


def _arranged(labels: Counter[str]) -> Buckets:
    del labels[""]  # a value like any other, but no label
    counted = [(label, count) for label, count in labels.items() if is_label(label)]
    return sorted(counted, key=lambda item: (-item[1], item[0]))


def range_counts(slices: Sequence[tuple[Slice, tantivy.Query]], dimension: Ranges) -> Buckets:
    """The ranges in the order asked for, with their counts."""
    return [
        (
            wanted.key,
            sum(
                slice_.count(combined(query, within))
                for slice_, query in slices
                if (within := _within(slice_, dimension.field, wanted.low, wanted.high)) is not None
            ),
        )
        for wanted in dimension.ranges
    ]


def _column(slice_: Slice, field: str) -> str | None:
    declared = slice_.entity.by_name.get(field)
    if declared is None or not declared.has_values:
        return None
    return schema.facet_field(field)


def _within(
    slice_: Slice, field: str, low: float | None, high: float | None
) -> tantivy.Query | None:
    """Documents with ``low`` <= value < ``high``; None where the entity has no such numbers."""
    declared = slice_.entity.by_name.get(field)
    if declared is None or not declared.kind.is_number:
        return None
    column = schema.number_field(slice_.entity, field)
    return slice_.between(column, low, high)

"""Counts of values and of ranges over all matching documents of a slice, and of all slices."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tantivy

from search_service.engines.base import Buckets, Dimension, Ranges, Terms
from search_service.engines.documents import engine_fields
from search_service.engines.documents.long_terms import is_label
from search_service.engines.embedded.search import ranges
from search_service.engines.embedded.search.slice import Slice, TooManyCounts

# The engine refuses to count many more different values than this; beyond it, the counts of the
# rarest values that a field has in a slice are missing.
MOST_LABELS = 60_000


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """What is counted in one slice, by field."""

    labels: Mapping[str, Mapping[str, int]]  # how many documents have a label
    ranges: Mapping[str, Sequence[int]]  # how many are in each range, in the order asked for


def count(slice_: Slice, query: tantivy.Query, dimensions: Sequence[Dimension]) -> SliceCounts:
    """The counts of one slice."""
    labelled = [each.field for each in dimensions if isinstance(each, Terms)]
    return SliceCounts(
        _labels(slice_, query, labelled),
        {
            each.field: ranges.count(slice_, query, each)
            for each in dimensions
            if isinstance(each, Ranges)
        },
    )


def _labels(
    slice_: Slice, query: tantivy.Query, fields: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """All fields are counted in one pass, if they can be: finding the documents takes the time."""
    request = {
        field: {"terms": {"field": column, "size": MOST_LABELS, "segment_size": MOST_LABELS}}
        for field in fields
        if (column := _column(slice_, field)) is not None
    }
    if not request:
        return {}
    try:
        counted = slice_.aggregate(query, request)
    except TooManyCounts:
        counted = {}
        for field, its in request.items():
            counted |= slice_.aggregate(query, {field: its})
    return {
        field: {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}
        for field, found in counted.items()
    }


def added_up(
    slices: Sequence[SliceCounts], dimensions: Sequence[Dimension]
) -> Mapping[str, Buckets]:
    """The counts of all slices: labels, highest count first, equal ones by label; then ranges."""
    counted: dict[str, Counter[str]] = {
        each.field: Counter() for each in dimensions if isinstance(each, Terms)
    }
    for each in slices:
        for field, labels in each.labels.items():
            counted[field].update(labels)
    buckets = {field: _arranged(labels) for field, labels in counted.items()}
    for dimension in dimensions:
        if isinstance(dimension, Ranges):
            of_slices = [each.ranges[dimension.field] for each in slices]
            buckets[dimension.field] = [
                (wanted.key, sum(counts[place] for counts in of_slices))
                for place, wanted in enumerate(dimension.ranges)
            ]
    return buckets


def _arranged(labels: Counter[str]) -> Buckets:
    del labels[""]  # a value like any other, but no label
    counted = [(label, count) for label, count in labels.items() if is_label(label)]
    return sorted(counted, key=lambda item: (-item[1], item[0]))


def _column(slice_: Slice, field: str) -> str | None:
    declared = slice_.entity.by_name.get(field)
    if declared is None or not declared.has_values:
        return None
    return engine_fields.facet_field(field)

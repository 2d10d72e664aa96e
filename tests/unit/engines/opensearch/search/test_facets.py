"""Labels and ranges are counted exactly, however many shards and labels there are."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from search_service.engines.base import Buckets, Document, Range, Ranges, Terms
from search_service.engines.opensearch.search import facets
from search_service.engines.opensearch.search.facets import BucketLimits
from search_service.engines.opensearch.search.requests import Requests
from search_service.query.tree import Everything, Term
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch

EVERYTHING: dict[str, Any] = {"match_all": {}}
MANY = 700
DATASETS: dict[int, Document] = {
    n: {
        "id": n,
        "type.name": f"type {n % 3}",
        "sample.type.name": f"kind {n * 7919 % 500:03}",
        "fileSize": n,
    }
    for n in range(1, MANY + 1)
} | {
    MANY + 1: {"id": MANY + 1, "type.name": "", "fileSize": -5},
    MANY + 2: {"id": MANY + 2, "type.name": "x" * 40_000, "fileSize": 2**62 + 1},
    MANY + 3: {"id": MANY + 3, "name": "without"},
}
PARAMETERS: dict[int, Document] = {
    n: {"id": n, "dataset.id": n, "numericValue": value}
    for n, value in enumerate((-1.5, 0.0, 0.25, 1e300), 1)
}
DOCUMENTS: dict[str, dict[int, Document]] = {"Dataset": DATASETS, "DatasetParameter": PARAMETERS}
KINDS = Counter(str(d["sample.type.name"]) for d in DATASETS.values() if "sample.type.name" in d)


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def requests(request: pytest.FixtureRequest, indices: Indices) -> Iterator[Requests]:
    with indices.of(DOCUMENTS, shards=request.param) as made:
        yield made.requests


def counted(requests: Requests, field: str, limits: BucketLimits = facets.LIMITS) -> Buckets:
    return dict(facets.counts(requests, "Dataset", EVERYTHING, [Terms(field)], limits))[field]


def in_range(requests: Requests, entity: str, field: str, *ranges: Range) -> list[int]:
    found = facets.counts(requests, entity, EVERYTHING, [Ranges(field, ranges)])[field]
    assert [key for key, _ in found] == [range_.key for range_ in ranges]
    return [count for _, count in found]


def test_labels_come_by_their_count_then_by_name_and_no_label_is_empty(requests: Requests) -> None:
    assert counted(requests, "type.name") == [("type 1", 234), ("type 0", 233), ("type 2", 233)]


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(BucketLimits(), id="all-at-once"),
        pytest.param(BucketLimits(commonest=7), id="more-than-are-asked-for-first"),
        pytest.param(BucketLimits(commonest=7, buckets=90, page=30), id="page-by-page"),
    ],
)
def test_labels_are_counted_exactly(requests: Requests, limits: BucketLimits) -> None:
    found = counted(requests, "sample.type.name", limits)
    wanted = sorted(KINDS.items(), key=lambda item: (-item[1], item[0]))
    assert found == wanted[: len(found)]
    assert len(found) == len(wanted) or len(found) == limits.buckets


@pytest.mark.parametrize("field", ["unheardOf", "fileSize"])
def test_what_has_no_labels_has_none(requests: Requests, field: str) -> None:
    assert counted(requests, field) == []


def test_ranges_begin_with_their_lower_end_and_end_before_the_upper(requests: Requests) -> None:
    ranges = [
        Range("1 to 10", 1, 10),
        Range("none", 10, 10),
        Range("backwards", 10, 1),
        Range("below 2.5", None, 2.5),
        Range("all", None, None),
        Range("nothing", -4, 1),
    ]
    assert in_range(requests, "Dataset", "fileSize", *ranges) == [9, 0, 0, 3, MANY + 2, 0]


def test_whole_numbers_are_compared_as_such_however_large(requests: Requests) -> None:
    large = 2**62 + 1
    ranges = [
        Range("below", 700, large),
        Range("at", large, large + 1),
        Range("beyond", 10**30, None),
        Range("up to beyond", None, 10**30),
        Range("above nothing", None, -(10**30)),
    ]
    assert in_range(requests, "Dataset", "fileSize", *ranges) == [1, 1, 0, MANY + 2, 0]


def test_fractions_are_counted_too(requests: Requests) -> None:
    ranges = [
        Range("to 0", None, 0),
        Range("from 0", 0.0, 0.25),
        Range("rest", 0.25, None),
    ]
    assert in_range(requests, "DatasetParameter", "numericValue", *ranges) == [1, 1, 2]


def test_ranges_of_what_is_no_number_are_empty(requests: Requests) -> None:
    assert in_range(requests, "Dataset", "type.name", Range("all", None, None)) == [0]


def test_more_ranges_than_one_answer_may_have_are_counted(requests: Requests) -> None:
    ranges = tuple(Range(str(n), n, n + 1) for n in range(250))
    found = facets.counts(
        requests,
        "Dataset",
        EVERYTHING,
        [Ranges("fileSize", ranges), Terms("type.name")],
        BucketLimits(commonest=50, buckets=100, page=70),
    )
    assert [count for _, count in found["fileSize"]] == [0] + [1] * 249
    assert len(found["type.name"]) == 3


def test_only_matching_documents_are_counted(indices: Indices) -> None:
    with indices.of(DOCUMENTS) as made:
        reader, of_type = made.reader(), [Terms("type.name")]
        assert reader.counts("Dataset", Term("name", "without"), of_type) == {"type.name": []}
        assert len(reader.counts("Dataset", Everything(), of_type)["type.name"]) == 3

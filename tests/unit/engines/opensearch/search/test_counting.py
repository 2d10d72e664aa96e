"""Documents are counted as far as it is asked, and the highest id is found."""

from collections.abc import Iterator
from typing import Any

import pytest

from search_service.engines.opensearch.search import counting
from search_service.engines.opensearch.search.requests import Requests
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch

EVERYTHING: dict[str, Any] = {"match_all": {}}
IDS = [-7, 0, 3, 2**60, *range(100, 150)]


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def requests(request: pytest.FixtureRequest, indices: Indices) -> Iterator[Requests]:
    documents = {"Dataset": {id_: {"id": id_} for id_ in IDS}}
    with indices.of(documents, shards=request.param) as made:
        yield made.requests


def test_all_matching_documents_are_counted(requests: Requests) -> None:
    assert counting.tally(requests, "Dataset", EVERYTHING, None) == len(IDS)
    assert counting.tally(requests, "Dataset", {"match_none": {}}, None) == 0


@pytest.mark.parametrize("up_to", [1, 10, 1000])
def test_counting_may_stop(requests: Requests, up_to: int) -> None:
    found = counting.tally(requests, "Dataset", EVERYTHING, up_to)
    assert min(up_to, len(IDS)) <= found <= len(IDS)


@pytest.mark.parametrize(
    ("low", "high", "highest"),
    [
        (None, None, 2**60),
        (None, 2**60 - 1, 149),
        (0, 3, 3),
        (0, 2, None),
        (None, -1, -7),
        (2**60, None, None),
        (99, 148, 148),
    ],
)
def test_the_highest_id_of_a_range(
    requests: Requests, low: int | None, high: int | None, highest: int | None
) -> None:
    assert counting.highest_id(requests, "Dataset", low, high) == highest


def test_an_entity_without_documents_has_none(requests: Requests) -> None:
    assert counting.highest_id(requests, "Datafile", None, None) is None
    assert counting.tally(requests, "Datafile", EVERYTHING, None) == 0

"""Documents come back as they were put, by hits, by ids, by what they join to, and in order."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from search_service.engines.base import Hit, Reader
from search_service.engines.opensearch.search.pages import MOST_WITH_DOCUMENTS
from search_service.query.order import Order
from search_service.query.tree import Everything, NumberRange
from tests.support.opensearch.indices import Indices, MadeIndices

pytestmark = pytest.mark.opensearch

DATASETS: dict[int, dict[str, Any]] = {
    3: {"id": 3, "name": 'line\nbreak "quoted" \\ µ \U0001f4a1', "investigation.id": 9},
    7: {"id": 7, "name": "scan", "nobody.knows": "this"},
    -2: {"id": -2, "investigation.id": -(2**63), "startDate": 2**62},
}
TECHNIQUES = {
    id_: {"id": id_, "dataset.id": 3 if id_ % 4 else 7, "technique.name": f"t{id_}"}
    for id_ in range(1, 41)
}


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def made(request: pytest.FixtureRequest, indices: Indices) -> Iterator[MadeIndices]:
    documents = {"Dataset": DATASETS, "DatasetTechnique": TECHNIQUES}
    with indices.of(documents, shards=request.param) as made:
        yield made


@pytest.fixture
def reader(made: MadeIndices) -> Reader:
    return made.reader()


@pytest.mark.parametrize(
    "limit", [5, MOST_WITH_DOCUMENTS + 1], ids=["with-the-page", "by-their-ids"]
)
def test_hits_have_their_documents(reader: Reader, limit: int) -> None:
    hits = reader.page("Dataset", Everything(), Order(), None, limit)
    sources = reader.fetch("Dataset", hits)
    assert [orjson.loads(each) for each in sources.documents] == [DATASETS[hit.id] for hit in hits]
    assert [hits[place].id for place in sources.undeclared] == [7]


def test_a_short_page_brings_its_documents(made: MadeIndices) -> None:
    reader = made.reader()
    hits = reader.page("Dataset", Everything(), Order(), None, 5)
    before = made.sent
    reader.fetch("Dataset", hits)
    assert made.sent == before


@pytest.mark.parametrize("limit", [5, MOST_WITH_DOCUMENTS + 1])
def test_numbers_of_hits(reader: Reader, limit: int) -> None:
    hits = reader.page("Dataset", Everything(), Order(), None, limit)
    numbers = reader.numbers("Dataset", hits, "investigation.id")
    assert numbers == [DATASETS[hit.id].get("investigation.id") for hit in hits]
    assert reader.numbers("Dataset", hits, "id") == [hit.id for hit in hits]
    assert reader.numbers("Dataset", hits, "name") == [None, None, None]


def test_documents_are_found_by_ids(reader: Reader) -> None:
    assert reader.find("Dataset", [7, 8, -2]) == {7: DATASETS[7], -2: DATASETS[-2]}
    assert reader.find("Dataset", []) == {}


def test_a_walk_is_by_id(reader: Reader) -> None:
    found = reader.documents("DatasetTechnique", NumberRange("dataset.id", 3, 3), 10, 5)
    assert found == [(id_, TECHNIQUES[id_]) for id_ in (11, 13, 14, 15, 17)]
    rest = reader.documents("DatasetTechnique", Everything(), 38, 5)
    assert [id_ for id_, _ in rest] == [39, 40]


@pytest.mark.parametrize(
    "fields", [("id",), ("id", "technique.name")], ids=["from-columns", "from-documents"]
)
def test_joined_documents_are_by_id_and_cut(reader: Reader, fields: tuple[str, ...]) -> None:
    joined = reader.joined("DatasetTechnique", "dataset.id", [3, 7, 8], 4, fields)
    assert [each["id"] for each in joined[3]] == [1, 2, 3, 5]
    assert [each["id"] for each in joined[7]] == [4, 8, 12, 16]
    assert not joined.get(8)
    for each in joined[7]:
        assert {name: each[name] for name in fields} == {
            name: TECHNIQUES[each["id"]][name] for name in fields
        }


def test_of_very_many_joined_documents_each_key_has_its_first(indices: Indices) -> None:
    rows = {
        id_: {"id": id_, "datafile.id": 5 if id_ > 20 else 6, "numericValue": 0.5}
        for id_ in range(1, 10_100)
    }
    with indices.of({"DatafileParameter": rows}) as made:
        for fields in (("id",), ("id", "type.name")):
            joined = made.reader().joined("DatafileParameter", "datafile.id", [5, 6], 3, fields)
            assert [each["id"] for each in joined[5]] == [21, 22, 23]
            assert [each["id"] for each in joined[6]] == [1, 2, 3]


def test_nothing_is_fetched_of_no_hits(reader: Reader) -> None:
    hits: list[Hit] = []
    assert reader.fetch("Dataset", hits).documents == []
    assert reader.numbers("Dataset", hits, "startDate") == []


def test_a_document_that_is_gone_since_is_empty(reader: Reader) -> None:
    gone, there = Hit(12, None, (), None), Hit(3, None, (), None)
    sources = reader.fetch("Dataset", [gone, there])
    assert [orjson.loads(each) for each in sources.documents] == [{}, DATASETS[3]]

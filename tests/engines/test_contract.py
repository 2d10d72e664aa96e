"""What a catalogue server's own suite and its users ask for, of any engine: facets and ranges."""

from collections.abc import Mapping
from typing import Any

import pytest

from search_service.errors import BadRequest
from tests.support.facility import Documents
from tests.support.over import CLUSTER, THREE_SHARDS, over
from tests.support.searching import Searching

ENGINES = [
    pytest.param(1000, id="one-shard"),
    pytest.param(2, id="many"),
    pytest.param(None, id="dicts"),
    CLUSTER,
    THREE_SHARDS,
]

SAMPLE = {"sample.id": 4, "sample.name": "silk", "sample.type.name": "fibre", "sample.type.id": 8}


def documents() -> Documents:
    dataset = {"investigation.id": 1, "type.name": "raw", "type.id": 3, **SAMPLE}
    return {
        "Dataset": {
            1: {"id": 1, "fileSize": 10, **dataset},
            2: {"id": 2, "fileSize": 2**40, **dataset},
            3: {"id": 3, "type.id": 4},
        },
        "Datafile": {
            1: {"id": 1, "fileSize": 10, "datafileFormat.name": "nxs", **SAMPLE},
        },
        "DatasetParameter": {
            n: {"id": n, "dataset.id": 1, "type.name": "t", "numericValue": value}
            for n, value in enumerate((100.0, 250.0, 400.0, 1e12), 1)
        },
    }


@pytest.fixture(scope="module", params=ENGINES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searching:
    directory = tmp_path_factory.mktemp("contract")
    return Searching.over(directory, documents(), over(request, request.param))


@pytest.mark.parametrize(
    ("entity", "fields"),
    [
        ("Dataset", ["type.name", "sample.type.name"]),
        ("Datafile", ["datafileFormat.name", "sample.type.name"]),
    ],
)
def test_facets_of_all_fields_begin_with_those_of_the_entity_itself(
    service: Searching, entity: str, fields: list[str]
) -> None:
    assert list(service.facets(entity, {}, None)) == fields


@pytest.mark.parametrize(
    ("filter_", "ids"),
    [
        ({"fileSize": {"from": 1, "to": 100_000_000_000}}, [1]),
        ({"fileSize": {"from": 11}}, [2]),
        ({"fileSize": {"to": 10}}, [1]),
        ({"fileSize": [{"to": 10}, {"from": 11}]}, [1, 2]),
        ({"fileSize": {"from": 1, "key": "a label"}, "id": {"from": 2}}, [2]),
        ({"type.id": {"from": 4}}, [3]),
        ({"sample.id": {"from": 4, "to": 4}}, [1, 2]),
        ({"investigation.id": {"from": 1}}, [1, 2]),
        ({"unheardOf": {"from": 1}}, []),
    ],
)
def test_a_range_of_an_own_field_may_leave_the_entity_out(
    service: Searching, filter_: Mapping[str, Any], ids: list[int]
) -> None:
    assert sorted(service.search("Dataset", {"filter": filter_}).ids) == ids


@pytest.mark.parametrize(
    "filter_",
    [
        {"fileSize": {"from": 1.5}},
        {"fileSize": {"from": "1"}},
        {"fileSize": {}},
        {"fileSize": 5},
        {"name": {"from": 1}},
        {"typ.id": {"from": 1}},
    ],
)
def test_a_range_that_cannot_be_is_told(service: Searching, filter_: Mapping[str, Any]) -> None:
    with pytest.raises(BadRequest):
        service.search("Dataset", {"filter": filter_})


def test_ranges_of_a_double_field_are_labelled_with_doubles(service: Searching) -> None:
    ranges = [{"from": 100, "to": 400}, {"from": 400}, {"to": 1e10}]
    dimension = {"dimension": "numericValue", "ranges": ranges}
    found = service.facets("DatasetParameter", {}, [dimension])["numericValue"]["buckets"]
    assert found == {
        "100.0-400.0": {"doc_count": 2, "from": 100, "to": 400},
        "400.0-*": {"doc_count": 2, "from": 400},
        "*-1.0E10": {"doc_count": 3, "to": 1e10},
    }


def test_of_dimensions_of_one_field_the_last_is_counted(service: Searching) -> None:
    several = {"dimension": "fileSize", "ranges": [{"to": 11}, {"from": 11, "to": 5}, {"from": 11}]}
    one = {"dimension": "fileSize", "ranges": [{"key": "any", "from": 0}]}
    assert service.facets("Dataset", {}, [several, one]) == service.facets("Dataset", {}, [one])
    assert service.facets("Dataset", {}, [one, several]) == service.facets("Dataset", {}, [several])

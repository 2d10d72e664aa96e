"""Sets of a hundred thousand values in one request: exact, and within the time of a search."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.calling import Caller
from tests.support.serving import serving

pytestmark = pytest.mark.slow

SIZE = 100_000
TYPES = ["temperature", "pressure", "energy"]


def parameters() -> list[dict[str, Any]]:
    chance = random.Random(3)
    return [
        {
            "id": id_,
            "dataset.id": chance.randrange(3 * SIZE),
            "type.name": chance.choice(TYPES),
            "numericValue": chance.choice([1.5, 4.0, 77.0]),
        }
        for id_ in range(1, 20_001)
    ]


PARAMETERS = parameters()
WANTED = random.Random(4).sample(range(3 * SIZE), SIZE)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A service with many parameters, over several shards."""
    settings = {"workers": 1, "shard_ids_of": "DatasetParameter=7000"}
    with serving(tmp_path_factory.mktemp("data"), settings) as service:
        caller = Caller(service.url)
        batches = [PARAMETERS[start : start + 5_000] for start in range(0, len(PARAMETERS), 5_000)]
        caller.populate("DatasetParameter", batches)
        caller.populate("Dataset", [[{"id": id_, "name": "a"} for id_ in range(1, 301)]])
        yield caller


def test_facets_of_a_hundred_thousand_ids_are_exact(caller: Caller) -> None:
    wanted = set(WANTED)
    of_these = [found for found in PARAMETERS if found["dataset.id"] in wanted]
    values = Counter(found["numericValue"] for found in of_these)
    counted = caller.facets(
        "DatasetParameter",
        {"dataset.id": WANTED},
        {"dimension": "type.name"},
        {"dimension": "numericValue", "ranges": [{"key": "cold", "to": 77}, {"key": "all"}]},
    )
    assert counted == {
        "type.name": Counter(found["type.name"] for found in of_these),
        "numericValue": {"cold": values[1.5] + values[4.0], "all": len(of_these)},
    }


def test_facets_of_a_hundred_thousand_ids_that_are_not_there_are_none(caller: Caller) -> None:
    absent = list(range(3 * SIZE, 4 * SIZE))
    counted = caller.facets("DatasetParameter", {"dataset.id": absent}, {"dimension": "type.name"})
    assert counted == {"type.name": {}}


def test_a_filter_of_a_hundred_thousand_strings_finds_what_has_one_of_them(caller: Caller) -> None:
    values = [*(f"no {number}" for number in range(SIZE)), "energy"]
    reply = caller.search("Dataset", {"filter": {"datasetparameter.type.name": values}})
    assert reply.status == 200
    found = {hit["_source"]["id"] for hit in reply.content["results"]}
    having = {each["dataset.id"] for each in PARAMETERS if each["type.name"] == "energy"}
    assert found == having & set(range(1, 301))
    assert found

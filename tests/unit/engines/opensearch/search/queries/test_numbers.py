"""Numbers and sets of ids become the shortest query that finds them."""

from base64 import b64decode
from typing import Any

import orjson
import pytest
from pyroaring import BitMap64

from search_service.catalogue import lookup
from search_service.engines.opensearch.search.queries.clauses import NOTHING
from search_service.engines.opensearch.search.queries.numbers import (
    MOST_TERMS,
    KnownSets,
    between,
    equal_to,
    serialized,
)
from search_service.query.id_set import HIGHEST, LOWEST, IdSet

DATAFILE, PARAMETER = lookup.entity("Datafile"), lookup.entity("DatafileParameter")
SPARSE = IdSet.of(range(0, 10 * MOST_TERMS, 2))


def asked(entity: Any, field: str, values: Any) -> Any:
    return orjson.loads(orjson.dumps(equal_to(entity, field, values, KnownSets())))


@pytest.mark.parametrize(
    ("low", "high", "query"),
    [
        (1.5, 3.5, {"range": {"fileSize": {"gte": 2, "lte": 3}}}),
        (None, 1e300, {"exists": {"field": "fileSize"}}),
        (LOWEST, 7, {"range": {"fileSize": {"lte": 7}}}),
        (2.1, 2.9, NOTHING),
        (1e300, None, NOTHING),
    ],
)
def test_integers_between(low: float | None, high: float | None, query: object) -> None:
    assert between(DATAFILE, "fileSize", low, high) == query


def test_an_end_that_is_no_number_of_json_is_the_furthest_that_is() -> None:
    query = between(PARAMETER, "numericValue", 0, float("inf"))
    assert orjson.loads(orjson.dumps(query))["range"]["numericValue"]["lte"] > 1e308


def test_the_id_is_the_key() -> None:
    assert asked(DATAFILE, "id", (3, 1)) == {"terms": {"_key": [1, 3]}}


def test_consecutive_ids_are_a_range() -> None:
    query = {"range": {"_key": {"gte": 5, "lte": 5_000_004}}}
    assert asked(DATAFILE, "id", IdSet.of(range(5, 5_000_005))) == query


def test_a_large_set_is_a_bitmap() -> None:
    query = asked(DATAFILE, "dataset.id", SPARSE)["terms"]
    assert query["value_type"] == "bitmap"
    assert BitMap64.deserialize(b64decode(query["dataset.id"][0])) == BitMap64(list(SPARSE))


def test_negative_numbers_stand_beside_a_bitmap() -> None:
    several = asked(DATAFILE, "fileSize", IdSet.of([*SPARSE, -3, LOWEST]))
    negative, bitmap = several["constant_score"]["filter"]["bool"]["should"]
    assert negative == {"terms": {"fileSize": [LOWEST, -3]}}
    assert bitmap["terms"]["value_type"] == "bitmap"


@pytest.mark.parametrize(
    "ids", [[0], [1, 2**16, 2**32, 2**33 + 5, HIGHEST], list(range(70_000)), []]
)
def test_a_bitmap_is_read_by_others(ids: list[int]) -> None:
    assert list(BitMap64.deserialize(serialized(IdSet.of(ids)))) == ids


def test_a_set_is_made_ready_once() -> None:
    sets = KnownSets()
    assert sets.bitmap(SPARSE) is sets.bitmap(SPARSE)


def test_what_is_no_number_is_not_found() -> None:
    assert equal_to(DATAFILE, "name", (1,), KnownSets()) is NOTHING
    assert equal_to(DATAFILE, "nonsense", (1,), KnownSets()) is NOTHING
    assert equal_to(DATAFILE, "fileSize", (1.5,), KnownSets()) is NOTHING

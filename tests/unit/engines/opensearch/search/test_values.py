"""The values of a field are all of those that matching documents have, however many."""

from typing import Any

import pytest

from search_service.engines.opensearch.search.values import values, values_of_each
from search_service.query.id_set import HIGHEST, LOWEST
from search_service.query.order import Order
from search_service.query.tree import Bool, Join, Term
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch

FIRST = 20  # values of a first answer
EVERYTHING: dict[str, Any] = {"match_all": {}}


@pytest.mark.parametrize(
    ("of_value", "shards"),
    [
        pytest.param(1, 3, id="a-document-for-a-value"),
        pytest.param(4, 1, id="several-documents-for-a-value"),
    ],
)
def test_more_values_than_an_answer_holds(indices: Indices, shards: int, of_value: int) -> None:
    wanted = [LOWEST, -1, *range(3, 3 * 7 * FIRST + 99, 3), HIGHEST]
    rows = {
        place: {"id": place, "datafile.id": value}
        for place, value in enumerate(sorted(wanted * of_value, key=lambda value: value % 1_009))
    }
    with indices.of({"DatafileParameter": rows}, shards=shards) as made:
        assert (
            list(values(made.requests, ("DatafileParameter", EVERYTHING, "datafile.id"), FIRST))
            == wanted
        )


def test_several_sets_take_one_round_trip(indices: Indices) -> None:
    rows = {id_: {"id": id_, "dataset.id": id_ % 5} for id_ in range(1, 20)}
    with indices.of({"DatasetTechnique": rows}) as made:
        before = made.sent
        even = {"terms": {"_key": [2, 4, 6]}}
        found = values_of_each(
            made.requests,
            [
                ("DatasetTechnique", EVERYTHING, "dataset.id"),
                ("DatasetTechnique", even, "id"),
                ("DatasetTechnique", EVERYTHING, "technique.name"),
                ("Sample", EVERYTHING, "sample.id"),
            ],
        )
        assert [list(each) for each in found] == [[0, 1, 2, 3, 4], [2, 4, 6], [], []]
        assert made.sent == before + 1


def test_a_value_that_is_missing_is_none(indices: Indices) -> None:
    rows = {1: {"id": 1, "investigation.id": 4}, 2: {"id": 2}}
    with indices.of({"Dataset": rows}) as made:
        assert list(values(made.requests, ("Dataset", EVERYTHING, "investigation.id"))) == [4]


def test_a_scored_join_scores_the_mean_of_its_documents(indices: Indices) -> None:
    entities: dict[str, dict[int, dict[str, Any]]] = {
        "Dataset": {id_: {"id": id_, "name": "x"} for id_ in (1, 2, 3)},
        "DatasetTechnique": {
            1: {"id": 1, "dataset.id": 1, "technique.name": "tomo"},
            2: {"id": 2, "dataset.id": 1, "technique.name": "tomo and more words"},
            3: {"id": 3, "dataset.id": 2, "technique.name": "tomo"},
        },
    }
    join = Join("DatasetTechnique", "dataset.id", "id", Term("technique.name", "tomo"), scored=True)
    with indices.of(entities) as made:
        reader = made.reader()
        of_terms = reader.page("DatasetTechnique", join.query, Order(), None, 9)
        scores = {hit.id: hit.score or 0 for hit in of_terms}
        page = reader.page("Dataset", Bool(must=(join,)), Order(), None, 9)
    assert [hit.id for hit in page] == [2, 1]
    assert page[0].score == pytest.approx(scores[3], rel=0.01)
    assert page[1].score == pytest.approx((scores[1] + scores[2]) / 2, rel=0.01)

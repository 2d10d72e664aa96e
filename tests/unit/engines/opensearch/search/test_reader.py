"""A reader asks as few questions as it can, and sees what was committed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from search_service.engines.base import Reader
from search_service.engines.opensearch.index.format import ClusterFormat
from search_service.engines.opensearch.search.reader import OpenSearchReader
from search_service.engines.opensearch.search.stamps import SeenState
from search_service.query.order import Order
from search_service.query.tree import Bool, Exact, Join, Query, Term
from tests.support.opensearch.indices import CONFIG, Indices, MadeIndices

pytestmark = pytest.mark.opensearch

ENTITIES: dict[str, dict[int, dict[str, Any]]] = {
    "Dataset": {id_: {"id": id_, "investigation.id": id_ % 3} for id_ in range(1, 10)},
    "DatasetTechnique": {
        id_: {"id": id_, "dataset.id": id_, "technique.name": "tomo"} for id_ in (1, 2, 3, 4)
    },
    "DatasetParameter": {
        id_: {"id": id_, "dataset.id": id_, "type.name": "energy"} for id_ in (2, 3, 8)
    },
    "InvestigationUser": {1: {"id": 1, "investigation.id": 2, "user.name": "db/me"}},
}
TOMO = Join("DatasetTechnique", "dataset.id", "id", Term("technique.name", "tomo"))
ENERGY = Join("DatasetParameter", "dataset.id", "id", Term("type.name", "energi"))
MINE = Join(
    "InvestigationUser", "investigation.id", "investigation.id", Exact("user.name", ("db/me",))
)


@pytest.fixture(scope="module")
def made(indices: Indices) -> Iterator[MadeIndices]:
    with indices.of(ENTITIES) as made:
        yield made


@dataclass
class States:
    """A state that a test changes."""

    now: SeenState

    def seen(self) -> SeenState:
        """It."""
        return self.now


def found(reader: Reader, query: Query) -> list[int]:
    return [hit.id for hit in reader.page("Dataset", query, Order(), None, 99)]


def test_joins_that_depend_on_no_other_take_one_round_trip(made: MadeIndices) -> None:
    reader = made.reader()
    for join in (TOMO, ENERGY, MINE):
        reader.count(join.entity)  # which is asked once for all
    before = made.sent
    assert found(reader, Bool(filter=(TOMO, ENERGY, MINE))) == [2]
    assert made.sent == before + 2  # the joins, the page
    assert found(reader, Bool(filter=(TOMO, ENERGY))) == [2, 3]
    assert made.sent == before + 3


def test_a_join_within_a_join_is_resolved_first(made: MadeIndices) -> None:
    of_mine = Join("Dataset", "id", "dataset.id", Bool(filter=(MINE, ENERGY)))
    techniques = made.reader().page("DatasetTechnique", of_mine, Order(), None, 9)
    assert [hit.id for hit in techniques] == [2]


def test_a_reader_sees_what_changed(made: MadeIndices) -> None:
    states = States(SeenState(1, 1, {"Dataset": 1}))
    reader = OpenSearchReader(made.requests, CONFIG, ClusterFormat(), states)
    assert reader.renew() == states.now
    assert reader.renew() is None
    before = reader.stamp("Dataset"), reader.stamp("Sample")
    states.now = replace(states.now, version=2, commits={"Dataset": 2})
    view = reader.renew()
    assert view is not None
    assert view.version == 2
    assert reader.stamp("Dataset") != before[0]
    assert reader.stamp("Sample") == before[1]
    states.now = replace(states.now, version=3, generation=2)
    reader.renew()
    assert reader.stamp("Sample") != before[1]


def test_what_a_join_stood_for_is_forgotten_with_a_change(made: MadeIndices) -> None:
    states = States(SeenState(1, 1))
    reader = OpenSearchReader(made.requests, CONFIG, ClusterFormat(), states)
    reader.renew()
    assert found(reader, Bool(filter=(TOMO,))) == [1, 2, 3, 4]
    before = made.sent
    found(reader, Bool(filter=(TOMO,)))
    assert made.sent == before + 1
    states.now = replace(states.now, version=2, commits={"DatasetTechnique": 2})
    reader.renew()
    found(reader, Bool(filter=(TOMO,)))
    assert made.sent > before + 2

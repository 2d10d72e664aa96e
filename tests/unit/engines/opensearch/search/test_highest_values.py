"""A page "newest first" looks at the newest documents first, and finds what all would give."""

from collections.abc import Iterator
from typing import Any

import pytest

from search_service.engines.opensearch.search import highest_values
from search_service.engines.opensearch.search.highest_values import HighestValues, is_broad
from search_service.query.id_set import IdSet
from search_service.query.tree import Bool, Boost, Everything, Exact, Numbers, Query, Term
from tests.support.opensearch.indices import Indices, MadeIndices

COUNT = highest_values.HIGHEST + 5


@pytest.mark.parametrize(
    ("query", "broad"),
    [
        (Everything(), True),
        (Bool(filter=(Exact("type.name", ("raw",)),)), True),
        (Bool(filter=(Numbers("investigation.id", IdSet.of(range(5_000))),)), True),
        (Bool(filter=(Numbers("investigation.id", (1, 2)),)), False),
        (Bool(filter=(Everything(), Boost(Term("name", "scan"), 2.0))), False),
        (Bool(should=(Everything(), Term("name", "scan"))), True),
    ],
)
def test_a_query_is_broad(query: Query, *, broad: bool) -> None:
    assert is_broad(query) is broad


@pytest.fixture(scope="module")
def made(indices: Indices) -> Iterator[MadeIndices]:
    documents: dict[int, dict[str, Any]] = {
        id_: {"id": id_, "datafile.id": id_} for id_ in range(COUNT)
    }
    with indices.of({"DatafileParameter": documents}) as made:
        yield made


@pytest.mark.opensearch
def test_the_highest_values_begin(made: MadeIndices) -> None:
    stamp = [1]
    highest = HighestValues(made.requests, lambda entity: COUNT, lambda entity: stamp[0], many=10)
    assert highest.begin("DatafileParameter", "datafile.id") == 5
    before = made.sent
    assert highest.begin("DatafileParameter", "datafile.id") == 5
    assert made.sent == before
    stamp[0] = 2
    assert highest.begin("DatafileParameter", "datafile.id") == 5
    assert made.sent == before + 1


@pytest.mark.opensearch
def test_a_field_that_few_documents_have_has_no_beginning(made: MadeIndices) -> None:
    highest = HighestValues(made.requests, lambda entity: COUNT, lambda entity: 1, many=10)
    assert highest.begin("DatafileParameter", "type.id") is None


@pytest.mark.opensearch
def test_of_few_documents_all_are_looked_at(made: MadeIndices) -> None:
    before = made.sent
    highest = HighestValues(made.requests, lambda entity: COUNT, lambda entity: 1)
    assert highest.begin("DatafileParameter", "datafile.id") is None
    assert made.sent == before

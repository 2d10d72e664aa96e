"""Joins become ids, and what these may take is bounded."""

import numpy as np
import pytest

from search_service.engines.joins import JoinResolver, Scores
from search_service.errors import LimitExceeded
from search_service.query.id_set import Ids, IdSet
from search_service.query.tree import Bool, Join, NumberRange, Numbers, Query

SPARSE, DENSE = range(0, 50_000, 5), range(10_000)


def resolver(ids: range, most: int) -> JoinResolver:
    def values(entity: str, query: Query, field: str) -> IdSet:
        return IdSet.of(list(ids))

    def scores(entity: str, query: Query, field: str) -> tuple[Ids, Scores]:
        found = np.array(ids, np.int64)
        return found, np.linspace(0.5, 1.5, len(found))

    return JoinResolver(values, scores, lambda entity: 0, most=most)


def joins(count: int, *, scored: bool = False) -> Query:
    conditions = (
        Join("DatafileParameter", "datafile.id", "id", NumberRange("numericValue", 0, n), scored)
        for n in range(1, count + 1)
    )
    return Bool(filter=tuple(conditions))


@pytest.mark.parametrize(
    ("ids", "count", "scored"),
    [
        pytest.param(SPARSE, 4, False, id="within-the-limit"),
        pytest.param(SPARSE, 4, True, id="with-scores"),
        pytest.param(DENSE, 40, False, id="of-many-that-stand-together-few-are-missing"),
    ],
)
def test_ids_of_joined_documents_may_take_what_a_search_may(
    ids: range, count: int, scored: bool
) -> None:
    resolved = resolver(ids, 4_000_000).without_joins(joins(count, scored=scored))
    assert isinstance(resolved, Bool)
    # Sets without scores become one.
    assert len(resolved.filter) == (count if scored else 1)


@pytest.mark.parametrize("scored", [False, True])
def test_joins_that_find_too_many_together_are_refused(scored: bool) -> None:
    with pytest.raises(LimitExceeded, match="max_search_memory"):
        resolver(SPARSE, 4_000_000).without_joins(joins(5, scored=scored))


def test_a_join_that_is_known_counts_as_much_as_a_new_one() -> None:
    joining = resolver(SPARSE, 4_000_000)
    for count in (2, 4):
        joining.without_joins(joins(count))
    with pytest.raises(LimitExceeded):
        joining.without_joins(joins(5))


def test_without_a_limit_any_number_is_taken() -> None:
    resolved = resolver(SPARSE, 0).without_joins(joins(30))
    assert isinstance(resolved, Bool)
    assert isinstance(resolved.filter[0], Numbers)

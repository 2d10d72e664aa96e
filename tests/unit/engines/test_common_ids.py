"""Several sets of ids that all have to be met become one of what they have in common."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.common_ids import CommonIds, common
from search_service.query.id_set import IdSet
from search_service.query.tree import Bool, Nothing, NumberRange, Numbers, Query, Term

WORD, RANGE = Term("name", "silk"), NumberRange("fileSize", 1, 9)


def on(field: str, *ids: int) -> Numbers:
    return Numbers(field, IdSet.of(ids))


def in_one(*filters: Query, must: tuple[Query, ...] = ()) -> Query:
    return CommonIds().in_one(Bool(must=must, filter=filters))


def test_those_of_a_field_become_one_and_all_else_stays() -> None:
    parts = on("id", 1, 2, 3, 7), RANGE, on("dataset.id", 5), on("id", 2, 7, 9), on("id", 7, 2, 4)
    found = in_one(*parts, must=(WORD,))
    assert isinstance(found, Bool)
    assert found.must == (WORD,)
    assert {*found.filter} == {RANGE, on("dataset.id", 5), on("id", 2, 7)}
    assert len(found.filter) == 3


def test_what_nothing_is_common_to_finds_nothing() -> None:
    assert in_one(on("id", 1, 2), on("id", 3)) == Bool(filter=(Nothing(),))


def test_a_query_without_several_sets_of_a_field_is_itself() -> None:
    for query in (
        WORD,
        Bool(filter=(on("id", 1), on("dataset.id", 1), RANGE)),
        Bool(must=(on("id", 1), on("id", 2))),
        Bool(should=(on("id", 1), on("id", 2))),
        Bool(filter=(Numbers("id", (1,)), Numbers("id", (2,)))),
    ):
        assert CommonIds().in_one(query) is query


def test_the_same_sets_have_the_same_set_in_common() -> None:
    together, one, other = CommonIds(), on("id", 1, 2, 3), on("id", 2, 3, 4)
    first, again = (together.in_one(Bool(filter=(one, other))) for _ in range(2))
    assert isinstance(first, Bool)
    assert isinstance(again, Bool)
    (of_first,), (of_again,) = first.filter, again.filter
    assert isinstance(of_first, Numbers)
    assert isinstance(of_again, Numbers)
    # An engine knows what it made of a set by the set itself.
    assert of_first.values is of_again.values


@given(st.lists(st.sets(st.integers(-5, 30)), min_size=1, max_size=5))
def test_what_is_common_is_in_each(sets: list[set[int]]) -> None:
    wanted = reduce(set[int].intersection, sets)
    assert list(common([IdSet.of(ids) for ids in sets])) == sorted(wanted)

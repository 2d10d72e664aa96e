"""Pages sorted by a guess from samples are those of all documents in order, whatever the guess."""

from collections.abc import Callable

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.engines.embedded.search.pages.bounds import EFFORT, Effort
from search_service.engines.embedded.search.pages.sorted import sorted_page
from search_service.query.order import Cursor, SortKey, Value
from tests.support.sampled import Sampled, sampled_slice, spread

DOCUMENTS = 6_000
FIELDS = (
    "id",
    "name",
    "fileSize",
    "fileCount",
    "date",
    "investigation.id",
    "investigation.startDate",
    "dataset.id",
    "datafileFormat.id",
    "sample.id",  # in no document
    "numericValue",  # of no datafile
)
# Every hit is more than these efforts allow, so that a bound is looked for wherever one can be.
EFFORTS = st.sampled_from(
    [EFFORT, Effort(0, 1, 1, 1), Effort(0, 10, 10, 200), Effort(0, 50, 50, 10**9)]
)
KEYS = st.lists(
    st.builds(SortKey, st.sampled_from(FIELDS), st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda key: key.field,
)
LIMITS = st.one_of(st.integers(1, 5), st.integers(1, 300))
WORDS = st.sampled_from([None, "common", "rare", "nowhere"])


@pytest.fixture(scope="module", params=[1, 6])
def sampled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    directory = tmp_path_factory.mktemp("slice")
    return sampled_slice(directory, spread(DOCUMENTS), request.param, deleted=9)


def query_of(sampled: Sampled, word: str | None) -> tantivy.Query:
    if word is None:
        return tantivy.Query.all_query()
    return tantivy.Query.term_query(sampled.slice.schema, "description", word)


def matches(sampled: Sampled, word: str | None) -> Callable[[int], bool]:
    return lambda id_: word is None or word in sampled.documents[id_]["description"].split()


def values_of(sampled: Sampled, keys: list[SortKey], id_: int) -> tuple[Value, ...]:
    return tuple(sampled.value(id_, key.field) for key in keys)


@settings(max_examples=150)
@given(KEYS, WORDS, LIMITS, EFFORTS, st.data())
def test_a_page_is_the_next_of_all_in_order(
    sampled: Sampled,
    keys: list[SortKey],
    word: str | None,
    limit: int,
    effort: Effort,
    data: st.DataObject,
) -> None:
    whole = sampled.in_order(keys, list(filter(matches(sampled, word), sampled.documents)))
    after, start = None, 0
    goes_on = data.draw(st.booleans())
    if whole and goes_on:
        start = data.draw(st.integers(0, len(whole) - 1)) + 1
        last = whole[start - 1]
        after = Cursor(values_of(sampled, keys, last), last)
    query = query_of(sampled, word)
    page = sorted_page(sampled.slice, query, keys, after, limit, effort)
    expected = whole[start:][:limit]
    assert [hit.id for hit in page] == expected
    assert [hit.values for hit in page] == [values_of(sampled, keys, id_) for id_ in expected]
    assert sampled.slice.ids([hit.address for hit in page]) == expected


@settings(max_examples=50)
@given(WORDS, LIMITS, EFFORTS, st.integers(0, 3 * DOCUMENTS + 10))
def test_a_page_by_id_is_the_next_of_all(
    sampled: Sampled, word: str | None, limit: int, effort: Effort, after_id: int
) -> None:
    whole = sorted(filter(matches(sampled, word), sampled.documents))
    query = query_of(sampled, word)
    page = sorted_page(sampled.slice, query, (), Cursor((), after_id), limit, effort)
    assert [hit.id for hit in page] == [id_ for id_ in whole if id_ > after_id][:limit]

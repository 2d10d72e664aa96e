"""Pages put together are the whole, in order, however the caller goes on from one to the next."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.facility import HIGHEST_ID, made_up
from tests.support.questions import Question, asked, sorts
from tests.support.searching import PEER, PEOPLE, Searching, built_after, walk


@pytest.fixture(scope="module", params=[PEER, PEOPLE])
def facility(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searching:
    directory = tmp_path_factory.mktemp("shards")
    return Searching.over_shards(directory, made_up(2), HIGHEST_ID // 3, request.param, slices=2)


SORTS = st.one_of(st.just(dict[str, str]()), sorts())
LIMITS = st.one_of(st.sampled_from([1, 2, 3]), st.integers(1, HIGHEST_ID))


@settings(max_examples=100)
@given(asked(), SORTS, LIMITS, st.booleans())
def test_pages_put_together_are_the_whole(
    facility: Searching,
    question: tuple[str, Question],
    sort: dict[str, str],
    limit: int,
    built: bool,
) -> None:
    whole = facility.search(*question, sort=sort)
    pages = list(walk(facility, *question, sort, limit, built=built))
    assert [id_ for page in pages for id_ in page.ids] == whole.ids
    assert len(set(whole.ids)) == len(whole.ids)
    assert all(len(page.ids) == limit for page in pages[:-1])
    assert len(pages[-1].ids) < limit


@settings(max_examples=100)
@given(asked(), SORTS, LIMITS, st.data())
def test_a_page_may_go_on_from_any_hit(
    facility: Searching,
    question: tuple[str, Question],
    sort: dict[str, str],
    limit: int,
    data: st.DataObject,
) -> None:
    whole = facility.search(*question, sort=sort, fields=["id", *sort])
    if not whole.ids:
        return
    place = data.draw(st.integers(0, len(whole.ids) - 1))
    after = built_after(whole.hits[place], sort)
    page = facility.search(*question, sort=sort, limit=limit, after=after)
    assert page.ids == whole.ids[place + 1 :][:limit]


@settings(max_examples=100)
@given(asked(), SORTS, LIMITS)
def test_what_is_given_to_go_on_from_is_what_a_caller_would_build(
    facility: Searching, question: tuple[str, Question], sort: dict[str, str], limit: int
) -> None:
    page = facility.search(*question, sort=sort, limit=limit, fields=["id", *sort])
    assert (page.after is not None) is (len(page.ids) == limit)
    if page.after is not None:
        assert page.after == built_after(page.hits[-1], sort)

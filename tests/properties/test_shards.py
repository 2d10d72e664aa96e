"""Many shards answer as one, and as the slow, obvious engine does."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from tests.support.facility import HIGHEST_ID, made_up
from tests.support.questions import Question, asked, facet_requests, sorts
from tests.support.searching import Page, Searching

SHARDS = {1: HIGHEST_ID + 1, 3: HIGHEST_ID // 3 + 1, 17: HIGHEST_ID // 17}
ONE, FEW, MANY = SHARDS

# A shard knows the mean length of a field only among its own documents, so that scores differ the
# more the fewer there are: here some 40, and some 7. Hits that are farther apart keep their order.
CLEARLY_APART = {FEW: 0.1, MANY: 0.5}

Answering = dict[int, Searching]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    """The same facility over each number of shards."""
    documents = made_up(1)
    return {
        count: Searching.over_shards(tmp_path_factory.mktemp(f"shards-{count}"), documents, width)
        for count, width in SHARDS.items()
    }


@pytest.fixture(scope="module")
def oracle() -> Searching:
    return Searching.over_dicts(made_up(1))


@settings(deadline=None, max_examples=100)
@given(asked(), sorts())
def test_sorted_pages_are_equal(
    shards: Answering, oracle: Searching, question: tuple[str, Question], sort: dict[str, str]
) -> None:
    wanted = oracle.search(*question, sort=sort).ids
    for count, searching in shards.items():
        assert searching.search(*question, sort=sort).ids == wanted, f"over {count}"


@settings(deadline=None, max_examples=100)
@given(asked())
def test_by_relevance_the_same_documents_come_in_much_the_same_order(
    shards: Answering, oracle: Searching, question: tuple[str, Question]
) -> None:
    wanted = set(oracle.search(*question).ids)
    one = shards[ONE].search(*question)
    assert set(one.ids) == wanted
    for count in (FEW, MANY):
        found = shards[count].search(*question)
        assert len(found.ids) == len(wanted)
        assert set(found.ids) == wanted
        assert swapped(one, found, CLEARLY_APART[count]) == [], f"over {count}"


def swapped(wanted: Page, found: Page, apart: float) -> list[tuple[int, int]]:
    """Pairs of hits that do not come in the order wanted, although their scores are apart."""
    place = {id_: at for at, id_ in enumerate(found.ids)}
    return [
        (better, worse)
        for better, worse in combinations(wanted.ids, 2)
        if wanted.scores[better] - wanted.scores[worse] > apart * wanted.scores[better]
        and place[better] > place[worse]
    ]


@settings(deadline=None, max_examples=100)
@given(facet_requests())
def test_facets_are_equal(
    shards: Answering, oracle: Searching, request: tuple[str, Question, list[Question]]
) -> None:
    wanted = oracle.facets(*request)
    for count, searching in shards.items():
        found = searching.facets(*request)
        assert found == wanted, f"over {count}"
        for field, dimension in found.items():
            assert [*dimension["buckets"]] == [*wanted[field]["buckets"]], f"over {count}"

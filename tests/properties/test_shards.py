"""Many shards answer as one, in however many slices, and as the slow, obvious engine does."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from tests.support.facility import HIGHEST_ID, made_up
from tests.support.questions import Question, asked, facet_requests, sorts
from tests.support.searching import Page, Searching

SHARDS: dict[int, tuple[int | None, ...]] = {1: (1, 2), 3: (1, 2, None), 17: (1, 2, 5), 100: (1, 5)}
"""With the numbers of slices that each number of shards is searched in; None: one for each."""

ONE = 1, 1

# A slice knows the mean length of a field only among its own documents, so that scores differ the
# more the fewer there are: here some 60, some 40, and some 25. Hits that are farther apart keep
# their order.
CLEARLY_APART = {2: 0.1, None: 0.1, 5: 0.25}

Answering = dict[tuple[int, int | None], Searching]
"""By the number of shards and of slices."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    """The same facility over each number of shards."""
    documents = made_up(1)
    return {
        (count, of_them): searching
        for count, slices in SHARDS.items()
        for of_them, searching in zip(
            slices,
            Searching.over_slices(
                tmp_path_factory.mktemp(f"shards-{count}"),
                documents,
                HIGHEST_ID // count + 1,
                slices,
            ),
            strict=True,
        )
    }


@pytest.fixture(scope="module")
def oracle() -> Searching:
    return Searching.over_dicts(made_up(1))


@settings(max_examples=100)
@given(asked(), sorts())
def test_sorted_pages_are_equal(
    shards: Answering, oracle: Searching, question: tuple[str, Question], sort: dict[str, str]
) -> None:
    wanted = oracle.search(*question, sort=sort).ids
    for over, searching in shards.items():
        assert searching.search(*question, sort=sort).ids == wanted, f"over {over}"


@settings(max_examples=100)
@given(asked())
def test_by_relevance_the_same_documents_come_in_much_the_same_order(
    shards: Answering, oracle: Searching, question: tuple[str, Question]
) -> None:
    wanted = set(oracle.search(*question).ids)
    one = shards[ONE].search(*question)
    assert set(one.ids) == wanted
    for over, searching in shards.items():
        found = searching.search(*question)
        assert len(found.ids) == len(wanted)
        assert set(found.ids) == wanted
        if over[1] == 1:
            assert found.ids == one.ids, f"over {over}"
            assert found.scores == pytest.approx(one.scores, rel=1e-5), f"over {over}"
        else:
            assert swapped(one, found, CLEARLY_APART[over[1]]) == [], f"over {over}"


def swapped(wanted: Page, found: Page, apart: float) -> list[tuple[int, int]]:
    """Pairs of hits that do not come in the order wanted, although their scores are apart."""
    place = {id_: at for at, id_ in enumerate(found.ids)}
    return [
        (better, worse)
        for better, worse in combinations(wanted.ids, 2)
        if wanted.scores[better] - wanted.scores[worse] > apart * wanted.scores[better]
        and place[better] > place[worse]
    ]


@settings(max_examples=100)
@given(facet_requests())
def test_facets_are_equal(
    shards: Answering, oracle: Searching, request: tuple[str, Question, list[Question]]
) -> None:
    wanted = oracle.facets(*request)
    for over, searching in shards.items():
        found = searching.facets(*request)
        assert found == wanted, f"over {over}"
        for field, dimension in found.items():
            assert [*dimension["buckets"]] == [*wanted[field]["buckets"]], f"over {over}"

"""Pages by relevance that lie so far behind that no list of all hits is made."""

from pathlib import Path

import pytest
import tantivy

from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.pages.ranked import ranked_page
from search_service.engines.embedded.search.slice import Slice
from search_service.query.order import Cursor
from tests.unit.engines.embedded.search.test_slice import slice_over


@pytest.fixture(scope="module")
def slice_(tmp_path_factory: pytest.TempPathFactory) -> Slice:
    path: Path = tmp_path_factory.mktemp("slice")
    return slice_over(path, [range(60), range(200, 230), [5_000]], gone=[8])


def walk(slice_: Slice, query: tantivy.Query, rank: int | None, longest: int) -> list[SliceHit]:
    """All hits in pages of seven, by lists of at most so many."""
    hits: list[SliceHit] = []
    after = None
    while page := ranked_page(slice_, query, after, 7, longest=longest):
        hits += page
        after = Cursor(page[-1].values, page[-1].id, rank)
    return hits


@pytest.mark.parametrize("rank", [None, 0, 2**31 - 1])
@pytest.mark.parametrize("longest", [1, 9, 50])
def test_pages_are_the_same_however_short_the_lists_are(
    slice_: Slice, longest: int, rank: int | None
) -> None:
    words = ("scan", "one", "many", "text")
    of = [tantivy.Query.term_query(slice_.schema, "description", word) for word in words]
    query = tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in of])
    whole = ranked_page(slice_, query, None, 1_000)
    assert len(whole) == 90
    found = walk(slice_, query, rank, longest)
    assert [hit.id for hit in found] == [hit.id for hit in whole]
    assert [hit.values for hit in found] == [hit.values for hit in whole]

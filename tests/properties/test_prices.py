"""Whatever is asked for, the query that it becomes ends where the limit does."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.catalogue import lookup
from search_service.errors import BadRequest
from search_service.query.limits import QueryLimits
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.reading import Reading
from search_service.query.tree import Query, children
from tests.support.texts import any_text

LIMITS = QueryLimits(max_search_memory=2)
MOST_LEAVES = 3 * 2_000  # of 1 kB at least, in each entity that a text is looked for in
ANALYSIS = Analysis()
PIECES = st.sampled_from(
    ['"Fe Cu Ni C O"', "sulphur", "a0???b0???", "*x*", "w~2", "[a TO b]", "李小红", "x-y.z/1"]
)


def leaves(query: Query) -> int:
    found = children(query)
    return sum(map(leaves, found)) if found else 1


@pytest.mark.parametrize("kind", [PeerReading, PeopleReading])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(PIECES, any_text()), min_size=1, max_size=6), st.integers(1, 60))
def test_a_query_is_never_larger_than_its_limit(
    kind: type[PeerReading] | type[PeopleReading], pieces: list[str], times: int
) -> None:
    reading: Reading = kind(ANALYSIS, limits=LIMITS)
    text = " OR ".join(pieces * times)
    for name in ("Investigation", "Datafile"):
        with suppress(BadRequest):
            query = reading.query(text, lookup.entity(name))
            assert leaves(query) <= MOST_LEAVES

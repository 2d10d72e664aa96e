"""The price of a query: of every leaf, each part once, refused where all together is too much."""

import pytest

from search_service.errors import LimitExceeded
from search_service.query.limits import QueryLimits
from search_service.query.price import Price
from search_service.query.tree import (
    ANY,
    ONE,
    Bool,
    Boost,
    Constant,
    Exact,
    Fuzzy,
    Join,
    NumberRange,
    PartFuzzy,
    PartWildcard,
    Query,
    Term,
    Wildcard,
    WordRange,
)

LIMITS = QueryLimits(max_search_memory=10)
SCAN = Term("name", "scan")
PATTERN = Wildcard("name", (ANY, "scan", ANY))


def of(*queries: Query, documents: int = 0) -> int:
    found = Price(LIMITS, lambda entity: documents if entity == "Datafile" else 0)
    for query in queries:
        found.add(query, "Datafile")
    return found.bytes


@pytest.mark.parametrize(
    ("cheap", "expensive"),
    [
        (SCAN, Fuzzy("name", "scan", 1)),
        (PartFuzzy("name", "scan", 1), Fuzzy("name", "scan", 1)),
        (Fuzzy("name", "scan", 1), Fuzzy("name", "scan", 2)),
        (Fuzzy("name", "scan", 2), Fuzzy("name", "scanning", 2)),
        (Wildcard("name", ("scan", ANY)), Wildcard("name", (ANY, "scan"))),
        (Wildcard("name", ("a", ONE)), Wildcard("name", ("a", ONE, ONE))),
        (PATTERN, PartWildcard(("name", "title"), PATTERN.pattern)),
        (WordRange("name", "a", None), WordRange("name", "a", "b")),
        (WordRange("name", "a", "b"), WordRange("name", "aa", "b")),
        (Exact("name", ("a",)), Exact("name", ("a", "b"))),
        (Exact("name", ("a",)), NumberRange("fileSize", 1, 2)),
        (SCAN, Join("Dataset", "id", "dataset.id", SCAN)),
    ],
)
def test_what_takes_more_costs_more(cheap: Query, expensive: Query) -> None:
    assert 0 < of(cheap) < of(expensive)


def test_a_query_costs_what_its_leaves_do_wherever_they_stand() -> None:
    other = Term("name", "other")
    group = Bool((Boost(SCAN, 2.0),), (Constant(other, 1.0),), (), (PATTERN,))
    assert of(group) == of(SCAN, other, PATTERN)


def test_a_part_costs_in_each_place_where_it_stands() -> None:
    twice: Query = PATTERN
    for _ in range(5):
        twice = Bool(should=(twice, twice))
    assert of(twice) == 32 * of(PATTERN)
    for _ in range(100):
        twice = Bool(should=(twice, twice))
    with pytest.raises(LimitExceeded):  # and it takes no time to see it
        of(twice)


def test_all_queries_of_a_search_have_one_price_which_is_bounded() -> None:
    ranges = [WordRange("name", "aaaaa", f"b{end:05}") for end in range(100)]
    found = Price(LIMITS)
    for each in ranges[:7]:
        found.add(each, "Datafile")
    assert found.bytes < 10_000_000
    with pytest.raises(
        LimitExceeded, match=r"may take 12 MB, and at most 10 are.*max_search_memory"
    ):
        found.add(ranges[7], "Datafile")


def test_what_marks_documents_costs_a_bit_for_each_up_to_those_of_a_segment() -> None:
    assert of(PATTERN, documents=8_000_000) == of(PATTERN) + 1_000_000
    assert of(PATTERN, documents=10**9) == of(PATTERN, documents=20_000_000)
    assert of(SCAN, documents=10**9) == of(SCAN)
    elsewhere = Join("Dataset", "id", "dataset.id", PATTERN)
    assert of(elsewhere, documents=8_000_000) == of(elsewhere) + 1_000_000  # by the join alone

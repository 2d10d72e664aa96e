"""Clauses are put together with as few of them as say the same."""

from search_service.engines.opensearch.search.queries.clauses import (
    NOTHING,
    any_of,
    boosted,
    constant,
    term,
    terms,
    together,
)

SCAN, DARK = term("name", "scan"), term("name", "dark")


def test_one_of_one_is_that_one() -> None:
    assert any_of([NOTHING, SCAN]) == SCAN


def test_any_of_nothing_is_nothing() -> None:
    assert any_of([NOTHING, NOTHING]) is NOTHING


def test_nothing_stays_nothing_whatever_it_scores() -> None:
    assert constant(NOTHING, 3.0) is NOTHING
    assert boosted(NOTHING, 3.0) is NOTHING


def test_terms_of_a_field_become_one_clause() -> None:
    found = together([SCAN, {"exists": {"field": "doi"}}, terms("name", ["flat", "tomo"]), DARK])
    assert found == [
        {"terms": {"name": ["scan", "flat", "tomo", "dark"]}},
        {"exists": {"field": "doi"}},
    ]


def test_numbers_and_bitmaps_stay_as_they_are() -> None:
    numbers = {"terms": {"_key": [1, 2]}}
    bitmap = {"terms": {"_key": ["OjA="], "value_type": "bitmap"}}
    assert together([numbers, bitmap]) == [numbers, bitmap]

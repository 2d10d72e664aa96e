"""The answer of a search, as the search page shows it."""

from typing import Any

import pytest

from search_service.catalogue.lookup import entity
from search_service.http.pages.results import Piece, date_shown, results
from search_service.http.pages.search_form import Facet, SearchForm

DATASET = entity("Dataset")
FORM = SearchForm(DATASET, text="neutron")
TYPE = Facet(DATASET, "type.name")


def answer(*hits: dict[str, Any], **others: Any) -> dict[str, Any]:
    count = {"value": len(hits), "exact": True}
    return {"hits": hits, "cursor": None, "count": count, "did_you_mean": None, **others}


HIT = {
    "id": 7,
    "score": 1.5,
    "document": {"id": 7, "name": "run 7", "startDate": 0, "type.name": "raw", "x": "<b>"},
    "highlights": {"description": [{"text": "a "}, {"text": "neutron", "match": True}]},
}


def test_a_hit_has_its_name_its_facts_and_where_words_were_found() -> None:
    (hit,) = results(FORM, [], answer(HIT)).hits
    assert hit.title == [Piece("run 7")]
    assert hit.facts == [("start date", "1970-01-01 00:00"), ("type", "raw")]
    assert hit.snippets == [("description", [Piece("a "), Piece("neutron", match=True)])]
    assert ("x", "<b>") in hit.fields
    assert "why=7" in hit.why


def test_a_document_without_a_name_is_told_by_its_id() -> None:
    (hit,) = results(FORM, [], answer({"id": 7, "document": {}})).hits
    assert hit.title == [Piece("Dataset 7")]


def test_what_a_document_has_too_much_of_is_cut() -> None:
    fields = {f"x{n}": "<b>" * 300_000 for n in range(1_000)}
    hit, named = results(
        FORM,
        [],
        answer(
            {"id": 7, "document": fields},
            {"id": 8, "document": {"name": "a" * 1_000_000}},
        ),
    ).hits
    assert hit.fields[0] == ("x0", "<b>" * 333 + "<… (900,000 characters)")
    assert hit.fields[-1] == ("…", "900 more")
    assert sum(len(name) + len(value) for name, value in hit.fields) < 200_000
    assert sum(len(piece.text) for piece in named.title) < 2_000


def test_a_label_that_no_address_can_hold_narrows_nothing() -> None:
    labels = [{"label": "a" * 100_000, "count": 2}, {"label": "raw", "count": 1}]
    (facet,) = results(FORM, [TYPE], answer(facets=[{"buckets": labels}])).facets
    assert facet.labels is not None
    assert [shown.label for shown in facet.labels] == ["raw"]


def test_facets_narrow_and_say_where_there_are_too_many() -> None:
    counted = [{"buckets": [{"label": "raw", "count": 3}]}, {"buckets": None}]
    found = results(FORM, [TYPE, TYPE], answer(facets=counted)).facets
    assert found[0].labels is not None
    assert found[0].labels[0].address == "/?entity=dataset&q=neutron&f=Dataset.type.name%3Araw"
    assert found[1].labels is None


def test_pages_go_on_and_another_spelling_is_a_search_of_its_own() -> None:
    found = results(FORM, [], answer(HIT, cursor="abc", did_you_mean="neutrons"))
    assert found.next == "/?entity=dataset&q=neutron&cursor=abc&before=1"
    assert found.did_you_mean == ("neutrons", "/?entity=dataset&q=neutrons")
    assert results(FORM, [], answer(count={"value": 10_000, "exact": False})).count == (
        "10,000 or more"
    )


@pytest.mark.parametrize("moment", [2**63 - 1, -(2**63)])
def test_a_date_that_no_calendar_has_is_a_number(moment: int) -> None:
    assert date_shown(moment) == str(moment)

"""A request becomes one tree, and the tree finds what was asked for."""

from typing import Any

import pytest

from analyzers.synonyms import Synonyms
from analyzers.units import Units
from search_service.catalogue.lookup import entity as entity_named
from search_service.errors import BadRequest, UnreadableText
from search_service.query.build import build_facets, build_search
from search_service.query.request.conditions import read_conditions, read_facet_conditions
from search_service.query.request.shapes import FacetRequest, SearchRequest
from search_service.query.text.analyse import Analysis
from search_service.query.text.classify import split
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.reading import Reading
from search_service.query.tree import (
    Bool,
    Constant,
    Everything,
    Join,
    Nothing,
    NumberRange,
    Query,
    Term,
)
from tests.support.dict_engine import DictReader

ANALYSIS = Analysis(Synonyms.parse("iron, Fe"))
PEER, PEOPLE = PeerReading(ANALYSIS), PeopleReading(ANALYSIS)
UNITS = Units()

DOCUMENTS: dict[str, list[dict[str, Any]]] = {
    "Investigation": [
        {"id": 1, "title": "iron oxides", "visitId": "HC-1", "startDate": 10, "endDate": 20},
        {"id": 2, "title": "silk of spiders", "visitId": "HC-2", "startDate": 30, "endDate": 40},
    ],
    "Sample": [
        {"sample.id": 5, "sample.name": "silk", "sample.investigation.id": 1},
        {"sample.id": 6, "sample.name": "glass", "sample.investigation.id": 2},
    ],
    "InvestigationSample": [
        {"id": 7, "investigation.id": 2, "sample.id": 8, "sample.name": "amber"},
    ],
    "Dataset": [
        {"id": 3, "name": "scan", "investigation.id": 1, "startDate": 11, "endDate": 12},
        {"id": 4, "name": "scan of iron", "investigation.id": 2, "startDate": 31, "endDate": 50},
    ],
    "DatasetParameter": [
        {"id": 1, "dataset.id": 3, "type.name": "temperature", "numericValue": 4},
        {"id": 2, "dataset.id": 4, "type.name": "temperature", "numericValue": 300},
    ],
    "InvestigationUser": [
        {"id": 1, "investigation.id": 1, "user.name": "db/zoe", "user.fullName": "Zoë Byron"},
    ],
    "InvestigationInstrument": [{"id": 1, "investigation.id": 2, "instrument.id": 9}],
    "InstrumentScientist": [{"id": 1, "instrument.id": 9, "user.name": "db/ada"}],
}


@pytest.fixture(scope="module")
def catalogue() -> DictReader:
    return DictReader(
        {
            name: {found[entity_named(name).id_field or "id"]: found for found in documents}
            for name, documents in DOCUMENTS.items()
        },
        synonyms=ANALYSIS.synonyms,
    )


def search(entity: str, query: dict[str, Any], reading: Reading = PEER) -> Query:
    request = SearchRequest(entity, read_conditions(query), limit=10)
    return build_search(request, reading, UNITS)


@pytest.mark.parametrize(
    ("entity", "query", "ids"),
    [
        pytest.param("Dataset", {}, {3, 4}, id="no-conditions"),
        pytest.param("Dataset", {"text": "fe"}, {4}, id="text"),
        pytest.param("Dataset", {"text": "scan", "lower": 11, "upper": 12}, {3}, id="period"),
        pytest.param("Dataset", {"upper": 12}, {3}, id="half-a-period"),
        pytest.param("Dataset", {"upper": 49}, {3}, id="both-dates-count"),
        pytest.param("Dataset", {"user": "db/zoe"}, {3}, id="a-user"),
        pytest.param("Dataset", {"user": "db/ada"}, {4}, id="an-instrument-scientist"),
        pytest.param("Dataset", {"user": "DB/ZOE"}, set(), id="nobody"),
        pytest.param("Investigation", {"user": "db/ada"}, {2}, id="a-scientist's-investigations"),
        pytest.param("Investigation", {"userFullName": "byron"}, {1}, id="by-full-name"),
        pytest.param("Dataset", {"userFullName": "byron"}, {3}, id="datasets-by-full-name"),
        pytest.param("Investigation", {"text": "silk"}, {1, 2}, id="own-words-or-a-sample's"),
        pytest.param("Investigation", {"text": "amber"}, {2}, id="samples-of-catalogue-7"),
        pytest.param("Investigation", {"text": "+iron +silk"}, set(), id="each-on-its-own"),
        pytest.param("Investigation", {"text": "sample.name:silk"}, {1}, id="a-sample's-field"),
        pytest.param("Investigation", {"text": "*:* -iron -glass"}, {1, 2}, id="some-sample-is-so"),
        pytest.param(
            "Dataset",
            {"parameters": [{"name": "temp*", "lowerNumericValue": 3, "upperNumericValue": 5}]},
            {3},
            id="a-parameter",
        ),
        pytest.param(
            "Dataset",
            {"filter": {"datasetparameter.numericValue": {"from": 300}}, "text": "scan"},
            {4},
            id="a-filter",
        ),
    ],
)
def test_a_search_finds(
    catalogue: DictReader, entity: str, query: dict[str, Any], ids: set[int]
) -> None:
    found = catalogue.documents(entity, search(entity, query), None, 100)
    assert {id_ for id_, _ in found} == ids


def test_a_search_without_conditions_is_everything() -> None:
    assert search("Dataset", {"target": "Dataset"}) == Everything()


def test_conditions_do_not_score() -> None:
    assert search("Dataset", {"text": "name:scan", "upper": 5}) == Bool(
        must=(Term("name", "scan"),),
        filter=(NumberRange("startDate", None, 5), NumberRange("endDate", None, 5)),
    )


def test_samples_score_by_their_mean() -> None:
    found = search("Investigation", {"text": "sample.name:silk"})
    assert isinstance(found, Bool)
    joins = [part for part in found.should if isinstance(part, Join)]
    assert [(join.entity, join.scored) for join in joins] == [
        ("Sample", True),
        ("InvestigationSample", True),
    ]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"text": "the"}, id="only-stop-words"),
        pytest.param({"text": "-scan"}, id="only-exclusions"),
        pytest.param({"text": "scan", "filter": {"dataset.type.name": []}}, id="none-of-these"),
        pytest.param({"lower": 5, "upper": 4}, id="a-period-that-ends-before-it-begins"),
    ],
)
def test_what_nothing_can_meet_is_known_at_once(query: dict[str, Any]) -> None:
    assert search("Dataset", query) == Nothing()


@pytest.mark.parametrize(
    "query", [{"text": ""}, {"text": "("}, {"userFullName": "a AND"}, {"userFullName": ""}]
)
def test_text_without_meaning_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(UnreadableText):
        search("Investigation", query)


@pytest.mark.parametrize("name", ["Astrom)", "O'Brien [STFC", "Astrom, B. (ESS"])
def test_a_name_that_follows_no_syntax_is_its_words(name: str) -> None:
    plain = " ".join(split(name))
    found = search("Investigation", {"userFullName": name}, PEOPLE)
    assert found == search("Investigation", {"userFullName": plain}, PEOPLE)
    assert found != Nothing()


@pytest.mark.parametrize("name", ["", " ", "(", '"'])
def test_a_name_without_a_word_is_refused_as_people_mean_it_too(name: str) -> None:
    with pytest.raises(UnreadableText):
        search("Investigation", {"userFullName": name}, PEOPLE)


def test_a_filter_that_cannot_join_is_told() -> None:
    with pytest.raises(BadRequest, match="The filter names the entity nonsense"):
        search("Dataset", {"filter": {"nonsense.a": "b"}})


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


def facets(entity: str, query: dict[str, Any]) -> Query:
    request = FacetRequest(entity, read_facet_conditions(query), None, 10)
    return build_facets(request, ANALYSIS.facetable)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, {1, 2}),
        ({"dataset.id": [3, 9]}, {1}),
        ({"dataset.id": []}, set()),
        ({"type.name": "temperature", "dataset.id": 4}, {2}),
        ({"type.name": ["temperature", "x"]}, {1, 2}),
        ({"type.name": "temper"}, set()),
        ({"numericValue": 4.0}, {1}),
    ],
)
def test_facets_count(catalogue: DictReader, query: dict[str, Any], ids: set[int]) -> None:
    condition = facets("DatasetParameter", query)
    found = catalogue.documents("DatasetParameter", condition, None, 100)
    assert {id_ for id_, _ in found} == ids


def test_an_entity_that_is_none_has_nothing_to_count() -> None:
    assert facets("Nonsense", {}) == Nothing()


@pytest.mark.parametrize(
    ("full_name", "is_whole"),
    [
        pytest.param("Byron, Zoë", True, id="two-names"),
        pytest.param("李小红", True, id="a-name-without-blanks"),
        pytest.param("Byron, Z.", False, id="an-initial-is-no-name"),
        pytest.param("+Zoë Byron", False, id="syntax-means-what-it-says"),
    ],
)
def test_who_has_all_of_a_name_comes_first(full_name: str, is_whole: bool) -> None:
    request = SearchRequest("Investigation", read_conditions({"userFullName": full_name}), limit=10)
    query = build_search(request, PEOPLE, UNITS)
    first = query.should if isinstance(query, Bool) else ()
    assert bool(first) is is_whole
    assert all(isinstance(part, Constant) for part in first)

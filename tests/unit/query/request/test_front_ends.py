"""What a front end may ask, and what it is told when it asks for something else."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from search_service.errors import BadRequest, NobodyAsks
from search_service.query.order import Order, SortKey
from search_service.query.request.front_ends import Asker, Counted, read_search, read_suggest

OF_USER = {"entity": "dataset", "user": "ada"}


def test_what_is_left_out_has_a_default() -> None:
    asked = read_search({"entity": "DataFile", "public": True})
    assert (asked.entity.name, asked.asker) == ("Datafile", Asker(None, True))
    assert (asked.limit, asked.fields, asked.cursor) == (20, None, None)
    assert (asked.order, asked.counted, asked.highlight) == (Order(), Counted.BOUNDED, True)


def test_everything_may_be_said() -> None:
    asked = read_search(
        {
            **OF_USER,
            "public": False,
            "text": "silicon",
            "userFullName": "ada",
            "lower": 0,
            "upper": "202401010000",
            "parameters": [{"name": "temperature", "lowerNumericValue": 1, "units": "K"}],
            "filter": {
                "datasetparameter": {"filter": [{"field": "type.name", "value": "x"}]},
                "dataset.fileSize": [{"from": 1, "to": 2}],
                "investigation.type.name": "experiment",
            },
            "fields": ["name", "Investigation title"],
            "sort": {"startDate": "desc", "name": "asc"},
            "limit": 1_000,
            "cursor": "abc",
            "count": "exact",
            "facets": [
                {"dimension": "type.name", "limit": 5},
                {"dimension": "fileSize", "ranges": [{"key": "small", "to": 10}]},
                {"dimension": "technique.name", "entity": "datasettechnique"},
            ],
            "highlight": False,
        }
    )
    assert asked.asker == Asker("ada", False)
    assert asked.order == Order((SortKey("startDate", True), SortKey("name", False)))
    assert asked.fields == frozenset({"name"})
    assert [joined.entity for joined in asked.joined] == ["Investigation"]
    assert [facet.entity.name for facet in asked.facets] == [
        "Dataset",
        "Dataset",
        "DatasetTechnique",
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param([], "The body should be an object", id="no-object"),
        pytest.param({}, "'entity' is missing", id="nothing"),
        pytest.param({"entity": 1, "user": "a"}, "'entity' should be a string", id="entity-kind"),
        pytest.param({"entity": "sample", "user": "a"}, "one of investigation,", id="entity"),
        pytest.param({"entity": "dataset"}, "Say whose rights hold", id="nobody"),
        pytest.param({"entity": "dataset", "public": False}, "Say whose", id="nobody-at-all"),
        pytest.param({**OF_USER, "user": ""}, "is an empty string", id="empty-user"),
        pytest.param(
            {**OF_USER, "user": None}, "'user' should be a string, but is null", id="null"
        ),
        pytest.param({**OF_USER, "public": "yes"}, "'public' should be true or false", id="public"),
        pytest.param({**OF_USER, "query": {}}, "unknown key query", id="unknown"),
        pytest.param({**OF_USER, "maxResults": 5}, "unknown key maxResults", id="the-contract's"),
        pytest.param({**OF_USER, "text": 5}, "'text' should be a string", id="text"),
        pytest.param({**OF_USER, "lower": "soon"}, "soon", id="date"),
        pytest.param({**OF_USER, "limit": 0}, "from 1 to 1000, but is 0", id="limit-low"),
        pytest.param({**OF_USER, "limit": 1_001}, "from 1 to 1000, but is 1001", id="limit-high"),
        pytest.param({**OF_USER, "limit": "5"}, "'limit' should be a 64-bit integer", id="limit"),
        pytest.param({**OF_USER, "sort": "name"}, "'sort' should be an object", id="sort-kind"),
        pytest.param({**OF_USER, "sort": {"title": "asc"}}, "cannot be sorted by title", id="sort"),
        pytest.param(
            {**OF_USER, "sort": {"numericValue": "asc"}}, "but by id,", id="sort-of-another"
        ),
        pytest.param({**OF_USER, "sort": {"name": "up"}}, "'asc' or 'desc'", id="direction"),
        pytest.param({**OF_USER, "fields": "name"}, "'fields' should be an array", id="fields"),
        pytest.param({**OF_USER, "fields": ["User name"]}, "nothing joins to Dataset", id="joined"),
        pytest.param({**OF_USER, "cursor": 5}, "'cursor' should be a string", id="cursor"),
        pytest.param({**OF_USER, "count": True}, "bounded, exact, none", id="count"),
        pytest.param({**OF_USER, "highlight": 1}, "'highlight' should be true", id="highlight"),
        pytest.param({**OF_USER, "facets": {}}, "'facets' should be an array", id="facets"),
        pytest.param({**OF_USER, "facets": [{}]}, "has no 'dimension'", id="no-dimension"),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "title"}]}, "no field title", id="dimension"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "type.name", "size": 1}]}, "key size", id="facet"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "type.name", "limit": 0}]}, "to 1000", id="labels"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "type.name"}] * 2}, "more than once", id="twice"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "type.name"}] * 21}, "at most 20", id="many-facets"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "name", "entity": "User"}]}, "User", id="whose"
        ),
        pytest.param(
            {**OF_USER, "facets": [{"dimension": "id", "ranges": [{"until": 1}]}]},
            "unknown key until",
            id="range",
        ),
        pytest.param(
            {**OF_USER, "parameters": [{"value": 1}]}, "unknown key value", id="parameter"
        ),
        pytest.param({**OF_USER, "parameters": [5]}, "should be an object", id="parameter-kind"),
        pytest.param({**OF_USER, "filter": []}, "'filter' should be an object", id="filter-kind"),
        pytest.param(
            {**OF_USER, "filter": {"dataset.id": {"gte": 1}}}, "unknown key gte", id="filter-range"
        ),
        pytest.param(
            {**OF_USER, "filter": {"datasetparameter": {"filter": [], "key": "x"}}},
            "unknown key key",
            id="filter-group",
        ),
        pytest.param(
            {**OF_USER, "filter": {"datasetparameter": {"filter": [{"name": "x"}]}}},
            "unknown key name",
            id="filter-condition",
        ),
    ],
)
def test_what_is_wrong_with_a_search_is_said(wrong: object, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_search(wrong)
    assert said in refused.value.message


def suggest(query_string: str) -> Any:
    return read_suggest(parse_qsl(query_string, keep_blank_values=True))


def test_a_beginning_is_read() -> None:
    asked = suggest("entity=datafile&prefix=sca&user=ada&public=true&limit=50")
    assert (asked.entity.name, asked.prefix, asked.limit) == ("Datafile", "sca", 50)
    assert asked.asker == Asker("ada", True)
    assert suggest("entity=datafile&prefix=s&public=true").limit == 10


@pytest.mark.parametrize(
    ("query_string", "said"),
    [
        ("", "'prefix' is missing"),
        ("entity=dataset&user=a", "'prefix' is missing"),
        ("entity=dataset&prefix=&user=a", "1 to 100 characters"),
        ("entity=dataset&prefix=%20&user=a", "not only blanks"),
        (f"entity=dataset&prefix={'a' * 101}&user=a", "but has 101"),
        ("prefix=a&user=a", "'entity' is missing"),
        ("entity=job&prefix=a&user=a", "but is job"),
        ("entity=dataset&prefix=a", "Say whose rights hold"),
        ("entity=dataset&prefix=a&public=false", "Say whose rights hold"),
        ("entity=dataset&prefix=a&public=1", "'public' should be true or false, but is 1"),
        ("entity=dataset&prefix=a&user=", "empty string"),
        ("entity=dataset&prefix=a&user=a&limit=51", "from 1 to 50"),
        ("entity=dataset&prefix=a&user=a&limit=-1", "'limit' should be from 1 to 50"),
        ("entity=dataset&prefix=a&user=a&limit=x", "'limit' should be a 64-bit integer"),
        ("entity=dataset&prefix=a&user=a&user=b", "user is in the query string more than once"),
        ("entity=dataset&prefix=a&user=a&q=1", "unknown key q"),
    ],
)
def test_what_is_wrong_with_a_beginning_is_said(query_string: str, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        suggest(query_string)
    assert said in refused.value.message


def test_who_says_nothing_of_rights_is_told_by_a_code_of_its_own() -> None:
    with pytest.raises(NobodyAsks) as refused:
        read_search({"entity": "dataset"})
    assert refused.value.code == "NOBODY_ASKS"

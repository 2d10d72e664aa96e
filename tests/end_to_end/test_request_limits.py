"""The price of a request is bounded before it is paid: each limit, over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pytest

from search_service.query.limits import QueryLimits
from tests.support.calling import BASE, Caller, Reply
from tests.support.serving import serving

pytestmark = pytest.mark.slow

SMALL = {
    "max_text_length": 300,
    "max_text_words": 30,
    "max_fuzzy_words": 3,
    "max_fuzzy_length": 12,
    "max_wildcard_words": 3,
    "max_word_wildcards": 4,
    "max_word_ranges": 2,
    "max_search_conditions": 3,
    "max_filter_values": 9,
    "max_filter_ranges": 5,
    "max_facet_values": 8,
    "max_facet_dimensions": 3,
    "max_facet_ranges": 4,
    "max_search_fields": 5,
    "max_search_memory": 20,
}


@pytest.fixture(scope="module", params=["peer", "people"])
def caller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    given = {"workers": 1, "matching": request.param, **SMALL}
    with serving(tmp_path_factory.mktemp("limits"), given) as service:
        yield Caller(service.url)
        assert service.defects() == []


@dataclass(frozen=True)
class Row:
    """``asked``: what is asked for with so much of what ``setting`` limits."""

    setting: str
    asked: Callable[[int], Mapping[str, Any]]
    above: int = 0  # the least that is refused; 0: one more than the limit
    id: str = ""


def either(words: str, count: int) -> str:
    return " OR ".join([words] * count)


def parameter(**condition: object) -> Mapping[str, Any]:
    return {"parameters": [condition]}


def groups(*conditions: Mapping[str, Any], count: int = 1) -> Mapping[str, Any]:
    return {"filter": {"DatafileParameter": [{"filter": conditions}] * count}}


QUERIES = [
    Row("max_text_length", lambda n: {"text": "a" * n}),
    Row("max_text_length", lambda n: {"userFullName": "a" * n}, id="full name"),
    Row("max_text_length", lambda n: parameter(stringValue="a" * n), id="parameter"),
    Row("max_text_words", lambda n: {"text": either("a", n)}),
    Row("max_text_words", lambda n: {"text": 'b AND "' + "a " * (n - 1) + '"'}, id="phrase"),
    Row("max_text_words", lambda n: {"userFullName": either("a", n)}, id="names"),
    Row("max_fuzzy_words", lambda n: {"text": either("scan~1", n)}),
    Row("max_fuzzy_words", lambda n: {"userFullName": either("anna~", n)}, id="fuzzy names"),
    Row("max_fuzzy_length", lambda n: {"text": "x" * n + "~2"}),
    Row("max_wildcard_words", lambda n: {"text": either("*can", n)}),
    Row("max_word_wildcards", lambda n: {"text": "a*" * n}),
    Row("max_word_wildcards", lambda n: parameter(name="a?" * n), id="pattern"),
    Row("max_word_ranges", lambda n: {"text": either("[a TO b]", n)}),
    Row("max_word_ranges", lambda n: {"text": either("name>=b", n)}, id="comparison"),
    Row("max_search_conditions", lambda n: {"parameters": [{"name": "a"}] * n}),
    Row("max_search_conditions", lambda n: {"filter": {f"Datafile.f{i}": "K" for i in range(n)}}),
    Row("max_search_conditions", lambda n: {"filter": {f"f{i}": {"from": 1} for i in range(n)}}),
    Row("max_search_conditions", lambda n: groups({"field": "units", "value": "K"}, count=n)),
    Row("max_filter_values", lambda n: {"filter": {"Datafile.name": ["a"] * n}}),
    Row("max_filter_values", lambda n: groups(*[{"field": "units", "value": "K"}] * n)),
    Row("max_filter_ranges", lambda n: {"filter": {"fileSize": [{"from": 1, "to": 2}] * n}}),
    Row("max_filter_ranges", lambda n: groups(*[{"field": "numericValue", "exact": 1}] * n)),
    # The ends of a range, of so many letters each: 120 kB a letter in each of some fields.
    Row("max_search_memory", lambda n: {"text": f"[{'a' * n} TO {'b' * n}]"}, above=90),
]
BODIES = [
    Row("max_search_fields", lambda n: {"fields": [f"f{i}" for i in range(n)]}),
    Row(
        "max_search_fields", lambda n: {"fields": [f"Datafile f{i}" for i in range(n)]}, id="joined"
    ),
]
FACETS = [
    Row("max_search_conditions", lambda n: {"query": {f"f{i}": "a" for i in range(n)}}),
    Row("max_facet_values", lambda n: {"query": {"id": list(range(n))}}),
    Row("max_facet_dimensions", lambda n: {"query": {}, "dimensions": [{"dimension": "name"}] * n}),
    Row("max_facet_ranges", lambda n: {"query": {}, "dimensions": [size_by(n)]}),
]


def test_each_limit_is_tried_here() -> None:
    """One that is not passed on to who reads a request has no effect, and nothing else tells it."""
    every = {field.name for field in fields(QueryLimits)}
    assert SMALL.keys() == every == {row.setting for row in (*QUERIES, *BODIES, *FACETS)}


def size_by(ranges: int) -> Mapping[str, Any]:
    return {"dimension": "fileSize", "ranges": [{"from": i} for i in range(ranges)]}


def check(row: Row, ask: Callable[[Mapping[str, Any]], Reply]) -> None:
    most = SMALL[row.setting]
    allowed = ask(row.asked(3 if row.above else most))
    assert allowed.status == 200, allowed
    refused = ask(row.asked(row.above or most + 1))
    assert (refused.status, refused.content["code"]) == (400, "LIMIT_EXCEEDED"), refused
    assert f"at most {most:,} are allowed" in refused.message
    assert f"the setting {row.setting} " in refused.message


def name_of(row: Row) -> str:
    return f"{row.setting} {row.id}".strip()


@pytest.mark.parametrize("row", QUERIES, ids=name_of)
def test_a_search_within_a_limit_is_answered_and_one_beyond_is_told_of_the_setting(
    caller: Caller, row: Row
) -> None:
    check(row, lambda query: caller.search("Datafile", query))


@pytest.mark.parametrize("row", QUERIES, ids=name_of)
def test_a_search_of_a_front_end_has_the_same_limits(caller: Caller, row: Row) -> None:
    def ask(query: Mapping[str, Any]) -> Reply:
        return caller.ask("/v1/search", {"entity": "Datafile", "user": "anna", **query})

    check(row, ask)


@pytest.mark.parametrize("row", BODIES, ids=name_of)
def test_the_fields_that_are_asked_for_are_bounded(caller: Caller, row: Row) -> None:
    check(
        row,
        lambda body: caller.ask(f"{BASE}dataset", {"query": {}, **body}, {"maxResults": 1}),
    )
    check(
        row,
        lambda body: caller.ask("/v1/search", {"entity": "Dataset", "user": "anna", **body}),
    )


def test_so_are_those_of_a_listing(caller: Caller) -> None:
    check(BODIES[0], lambda body: caller.ask(f"{BASE}dataset/documents", body))


@pytest.mark.parametrize("row", FACETS, ids=name_of)
def test_a_facet_request_is_bounded(caller: Caller, row: Row) -> None:
    params = {"maxResults": 1, "maxLabels": 10}
    check(row, lambda body: caller.ask(f"{BASE}datafile/facet", body, params))


def test_the_ranges_of_all_facets_of_a_front_end_are_bounded(caller: Caller) -> None:
    def ask(body: Mapping[str, Any]) -> Reply:
        return caller.ask("/v1/search", {"entity": "Datafile", "user": "anna", **body})

    check(Row("max_facet_ranges", lambda n: {"facets": [size_by(n)]}), ask)


def test_a_long_name_of_a_field_is_refused(caller: Caller) -> None:
    body = {"query": {}, "fields": [f"{'x' * 300} id"]}
    reply = caller.ask(f"{BASE}dataset", body, {"maxResults": 1})
    assert reply.status == 400
    assert "none has more than 200" in reply.message

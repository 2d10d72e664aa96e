"""What a span tells of a request, and that it tells no text that a caller made up but its path."""

from typing import Any

import pytest

from search_service.errors import BadRequest, SearchTimedOut
from search_service.http.routes import OPERATIONS, Operation
from search_service.http.search_records import Answered
from search_service.http.tracing import spans
from search_service.request_context import RequestContext
from search_service.workers.answers import QUEUE_SECONDS, TIMES, Answer, refusal

CONTEXT = RequestContext("portal-7", "4bf92f3577b34da6a3ce929d0e0e4736")


def operation(name: str) -> Operation:
    return next(one for one in OPERATIONS if one.name == name)


def answered(path: str, entity: str = "", method: str = "POST", **more: Any) -> Answered:
    scope = {"method": method, "path": path, "query_string": b"prefix=secret", "headers": []}
    return Answered({**scope, **more}, "192.0.2.7", entity, b'{"text": "secret"}', 0.0)


@pytest.mark.parametrize(
    ("path", "entity", "name", "told", "span"),
    [
        (
            "/icat.lucene/dataset",
            "dataset",
            "search",
            "/icat.lucene/dataset",
            "POST /icat.lucene/{entity}",
        ),
        (
            "/icat.lucene/lock/secret",
            "secret",
            "lock",
            "/icat.lucene/lock/{entity}",
            "POST /icat.lucene/lock/{entity}",
        ),
        ("/v1/search", "", "v1_search", "/v1/search", "POST /v1/search"),
    ],
)
def test_a_path_is_told_with_an_entity_that_there_is(
    path: str, entity: str, name: str, told: str, span: str
) -> None:
    request = answered(path, entity)
    found = spans.attributes_of(request, operation(name), Answer(), CONTEXT)
    assert found["url.path"] == told
    assert spans.name_of(request, operation(name)) == span
    assert "secret" not in repr(found)


def test_what_leads_nowhere_has_a_short_path_and_a_name_of_few() -> None:
    request = answered("/x\ud800" + "y" * 10_000, method="BREW", scheme="https")
    found = spans.attributes_of(request, None, Answer(501), CONTEXT)
    assert spans.name_of(request, None) == "HTTP"
    assert found["http.request.method"] == "_OTHER"
    assert found["url.scheme"] == "https"
    assert str(found["url.path"]).startswith("/x?yyy")
    assert len(str(found["url.path"])) < 3_000
    assert "http.route" not in found


def test_a_failure_has_its_kind_and_a_refusal_its_code() -> None:
    request = answered("/icat.lucene/dataset", "dataset")
    failed = refusal(SearchTimedOut(5))
    found = spans.attributes_of(request, operation("search"), failed, CONTEXT)
    assert (found["error.type"], found["icat_search.error"]) == ("TIMED_OUT", "TIMED_OUT")
    assert spans.is_failure(failed)
    assert "5 seconds" in spans.why_of(failed)
    refused = refusal(BadRequest("no"))
    found = spans.attributes_of(request, operation("search"), refused, CONTEXT)
    assert "error.type" not in found
    assert found["icat_search.error"] == "BAD_REQUEST"
    assert not spans.is_failure(refused)


def test_a_caller_that_left_had_no_answer() -> None:
    found = spans.attributes_of(answered("/v1/search"), operation("v1_search"), None, CONTEXT)
    assert found["icat_search.caller_left"] is True
    assert "http.response.status_code" not in found
    assert spans.times_of(None) == ((), ())


def test_a_search_waited_then_was_done_in_steps() -> None:
    steps = (("read", 7.0, 7.1), ("engine", 7.1, 7.8))
    facts = {TIMES: (("search", 7.0, 8.0), *steps), QUEUE_SECONDS: 0.5}
    done, within_last = spans.times_of(Answer(facts=facts))
    assert list(done) == [("queue", 6.5, 7.0), ("search", 7.0, 8.0)]
    assert tuple(within_last) == steps


@pytest.mark.parametrize(
    ("path", "traced"),
    [("/health/ready", False), ("/metrics", False), ("/assets/a.css", False), ("/status", True)],
)
def test_what_machines_ask_by_the_clock_is_not_traced(path: str, traced: bool) -> None:
    assert spans.is_traced(path) is traced

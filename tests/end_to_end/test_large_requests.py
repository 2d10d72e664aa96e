"""Requests that ask for too much: refused by name, or the end of a search process and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search_service.app import body_limits
from search_service.settings.model import Settings
from tests.support.calling import BASE, Caller
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

LIMITS = body_limits(Settings())
FILES = [{"id": id_, "name": f"silk {id_}", "description": "d" * 20_000} for id_ in range(1, 121)]
QUERY = {"text": "silk"}
SETTINGS = {
    "workers": 1,
    "worker_memory": 400,
    "max_search_body": 64,
    "max_hits": 100,
    "max_answer": 1,
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, SETTINGS) as found:
        Caller(found.url).populate("Datafile", [FILES])
        yield found


def created(id_: int, document: dict[str, Any]) -> dict[str, Any]:
    return {"create": {"_index": "Datafile", "_id": id_, "doc": document}}


def searched(caller: Caller, limit: int, fields: list[str]) -> Any:
    body = {"query": QUERY, "fields": fields}
    return caller.ask(f'{BASE}Datafile?maxResults={limit}&sort={{"id":"asc"}}', body)


def test_a_page_of_too_many_hits_or_bytes_is_refused_with_the_setting(service: Served) -> None:
    caller = Caller(service.url)
    for limit, fields, setting in (
        (2**31 - 1, ["id"], "max_hits"),
        (100, ["id", "description"], "max_answer"),
    ):
        reply = searched(caller, limit, fields)
        assert (reply.status, reply.content["code"]) == (400, "LIMIT_EXCEEDED")
        assert setting in reply.message
    assert len(searched(caller, 100, ["id"]).content["results"]) == 100


def test_a_search_that_needs_too_much_memory_fails_alone(service: Served) -> None:
    caller = Caller(service.url)
    body = b'{"query": {"text": "silk"}, "fields": [' + b"[]," * 15_000_000 + b"[]]}"
    reply = caller.ask_raw(f"{BASE}Datafile?maxResults=10", body)
    assert (reply.status, reply.content["code"]) == (500, "SEARCH_OUT_OF_MEMORY")
    assert "worker_memory" in reply.message
    assert len(searched(caller, 10, ["id"]).content["results"]) == 10
    assert service.process.poll() is None


@pytest.mark.parametrize(
    ("document", "setting"),
    [
        ({"name": "x" * (LIMITS.documents.value_length + 1)}, "max_value_length"),
        ({"location": "/a" * (LIMITS.documents.path_depth + 1)}, "max_path_depth"),
        ({f"f{n}": 1 for n in range(LIMITS.documents.document_fields + 1)}, "max_document_fields"),
        ({"x" * (LIMITS.documents.name_length + 1): 1}, "max_name_length"),
        ({"unknown": ["x" * (LIMITS.documents.size // 9)] * 10}, "max_document"),
    ],
)
def test_of_a_batch_with_too_large_a_document_nothing_is_done(
    service: Served, document: dict[str, Any], setting: str
) -> None:
    caller = Caller(service.url)
    for path, sent in (
        ("modify", [created(500, {"id": 500}), created(501, document)]),
        ("addNow/Datafile", [{"id": 500, "name": "good"}, {"id": 501, **document}]),
    ):
        reply = caller.ask(f"{BASE}{path}", sent)
        assert (reply.status, reply.content["code"]) == (400, "LIMIT_EXCEEDED")
        assert setting in reply.message
    caller.done("commit")
    assert caller.status()["documents"]["Datafile"] == len(FILES)


def test_nothing_is_locked_by_a_longer_name_than_entities_may_have(service: Served) -> None:
    reply = Caller(service.url).ask(f"{BASE}lock/{'x' * (LIMITS.documents.name_length + 1)}")
    assert (reply.status, reply.content["code"]) == (400, "LIMIT_EXCEEDED")
    assert "max_name_length" in reply.message
    assert Caller(service.url).status()["locked"] == {}


def test_of_a_body_of_too_many_values_nothing_is_read(service: Served) -> None:
    caller = Caller(service.url)
    too_many = LIMITS.values + 1
    for body in (b"[" + b"[]," * too_many + b"[]]", b'[{"x":[' + b"1," * too_many + b"1]}]"):
        reply = caller.ask_raw(f"{BASE}modify", body)
        assert (reply.status, reply.content["code"]) == (400, "LIMIT_EXCEEDED")
        assert "max_body_values" in reply.message


def test_a_large_body_is_kept_whole(service: Served) -> None:
    caller = Caller(service.url)
    files: list[dict[str, Any]] = [
        {"id": id_, "name": f"}}, {{ {id_}"} for id_ in range(1_000, 80_000)
    ]
    assert caller.modify(*(created(file["id"], file) for file in files)).status == 204
    caller.done("commit")
    counted = caller.status()["documents"]["Datafile"]
    assert counted == len(FILES) + len(files)

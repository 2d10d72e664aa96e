"""Every path of the contract over HTTP, in front of toy searches and toy changes."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from search_service.app import create_app
from search_service.settings.model import Settings
from tests.support.toy_service import ToyChanges, opener

BASE = "/icat.lucene"
HERE = ("127.0.0.1", 50_000)


@asynccontextmanager
async def a_client(
    changes: ToyChanges | None = None,
    *,
    settings: Settings | None = None,
    waiting: int = 8,
    caller: tuple[str, int] = HERE,
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings or Settings(), opener(changes or ToyChanges(), waiting=waiting))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=caller)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def test_the_version_is_told() -> None:
    async def work() -> None:
        async with a_client() as client:
            answer = await client.get(f"{BASE}/version")
            assert answer.status_code == 200
            assert set(answer.json()) == {"version"}

    run(work)


DELETE = [{"delete": {"_index": "Datafile", "_id": 7}}]


@pytest.mark.parametrize(
    ("path", "body", "done"),
    [
        ("modify", DELETE, ("modify", [("delete", "Datafile", 7)])),
        ("addNow/Datafile", [{"id": 7}], ("add_now", "Datafile", [{"id": 7}])),
        ("commit", None, ("commit",)),
        ("lock/Dataset", None, ("lock", "Dataset", None, None, False)),
        (
            "lock/Dataset?minId=-3&maxId=9&delete=true",
            None,
            ("lock", "Dataset", -3, 9, True),
        ),
        ("lock/Dataset?delete=false&minId=4", None, ("lock", "Dataset", 4, None, False)),
    ],
)
def test_a_change_is_done_and_answered_with_204(path: str, body: object, done: object) -> None:
    async def work() -> None:
        changes = ToyChanges()
        async with a_client(changes) as client:
            answer = await client.post(f"{BASE}/{path}", json=body)
            assert (answer.status_code, answer.content) == (204, b"")
            assert changes.done == [done]

    run(work)


@pytest.mark.parametrize(
    ("path", "operation", "entity"),
    [
        ("investigation", "search", "investigation"),
        ("dataset", "search", "dataset"),
        ("DataFile", "search", "DataFile"),
        ("DatasetTechnique/facet", "facet", "DatasetTechnique"),
        ("datafile/facet", "facet", "datafile"),
    ],
)
def test_a_search_goes_to_a_worker_as_it_came(path: str, operation: str, entity: str) -> None:
    async def work() -> None:
        async with a_client() as client:
            answer = await client.post(f"{BASE}/{path}?maxResults=5&a=b%20c", json={"query": {}})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.json() == {
                "operation": operation,
                "entity": entity,
                "params": "maxResults=5&a=b%20c",
                "body": {"query": {}},
            }

    run(work)


def test_what_front_ends_ask_goes_to_a_worker_as_it_came() -> None:
    async def work() -> None:
        async with a_client() as client:
            answer = await client.post("/v1/search", json={"entity": "dataset"})
            assert answer.json()["operation"] == "v1_search"
            assert answer.json()["body"] == {"entity": "dataset"}
            answer = await client.get("/v1/suggest?prefix=a%20b")
            assert answer.json()["operation"] == "v1_suggest"
            assert answer.json()["params"] == "prefix=a%20b"

    run(work)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"content-type": "text/plain"}, id="text"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param({"content-type": "multipart/form-data; boundary=x"}, id="multipart"),
        pytest.param({"content-type": "nonsense"}, id="nonsense"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_json_whatever_their_header_says(headers: dict[str, str], chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in json.dumps(DELETE).encode():
            yield bytes([byte])

    async def work() -> None:
        changes = ToyChanges()
        async with a_client(changes) as client:
            content = pieces() if chunked else json.dumps(DELETE).encode()
            answer = await client.post(f"{BASE}/modify", content=content, headers=headers)
            assert answer.status_code == 204
            assert changes.done == [("modify", [("delete", "Datafile", 7)])]

    run(work)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 501, "NOT_IMPLEMENTED"),
        ("GET", BASE, 501, "NOT_IMPLEMENTED"),
        ("GET", f"{BASE}/", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/nothing", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/parameter", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/datasettechnique", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/lock", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/lock/", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/addNow", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/modify/now", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/datafile/facets", 501, "NOT_IMPLEMENTED"),
        ("POST", "/version", 501, "NOT_IMPLEMENTED"),
        ("POST", "/icat.lucenes/version", 501, "NOT_IMPLEMENTED"),
        ("POST", f"{BASE}/version", 405, "METHOD_NOT_ALLOWED"),
        ("GET", f"{BASE}/commit", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1", 501, "NOT_IMPLEMENTED"),
        ("GET", "/v1/", 501, "NOT_IMPLEMENTED"),
        ("POST", "/v1/search/dataset", 501, "NOT_IMPLEMENTED"),
        ("POST", "/v2/search", 501, "NOT_IMPLEMENTED"),
        ("GET", "/v1/search", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v1/suggest", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", f"{BASE}/Datafile", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", f"{BASE}/lock/Datafile", 405, "METHOD_NOT_ALLOWED"),
        ("POST", f"{BASE}/modify", 400, "BAD_REQUEST"),
        ("POST", f"{BASE}/addNow/Datafile", 400, "BAD_REQUEST"),
        ("POST", f"{BASE}/lock/Dataset?minId=x", 400, "BAD_REQUEST"),
        ("POST", f"{BASE}/lock/Dataset?maxId=1.5", 400, "BAD_REQUEST"),
        ("POST", f"{BASE}/lock/Dataset?delete=perhaps", 400, "BAD_REQUEST"),
        ("POST", f"{BASE}/unlock/Dataset", 406, "NOT_LOCKED"),
        ("POST", f"{BASE}/clear", 500, "INTERNAL"),
    ],
)
def test_what_is_wrong_is_said(method: str, path: str, status: int, code: str) -> None:
    async def work() -> None:
        async with a_client() as client:
            answer = await client.request(method, path)
            assert answer.status_code == status
            said = answer.json()
            assert set(said) == {"code", "message"}
            assert said["code"] == code
            assert "secret" not in said["message"]

    run(work)


def test_another_method_is_told_which_one_is_taken() -> None:
    async def work() -> None:
        async with a_client() as client:
            answer = await client.get(f"{BASE}/dataset")
            assert answer.headers["allow"] == "POST"

    run(work)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"refuse": "no such field"}, 400, id="an-error-of-the-caller"),
        pytest.param({"stumble": 1}, 500, id="a-defect"),
        pytest.param({"sleep": 60}, 504, id="over-its-time"),
    ],
)
@pytest.mark.parametrize("path", [f"{BASE}/dataset", "/v1/search"])
def test_an_error_of_a_search_is_told(path: str, body: object, status: int) -> None:
    async def work() -> None:
        async with a_client(settings=Settings(search_seconds=0.2)) as client:
            answer = await client.post(path, json=body)
            assert answer.status_code == status
            assert set(answer.json()) == {"code", "message"}
            assert "secret" not in answer.text

    run(work)


@pytest.mark.parametrize("path", [f"{BASE}/dataset", "/v1/search"])
def test_a_busy_service_says_when_to_try_again(path: str) -> None:
    async def work() -> None:
        async with a_client(waiting=0) as client:
            # No two alike: equal ones would be answered by one search.
            posts = [client.post(path, json={"sleep": 0.5 + n / 1000}) for n in range(9)]
            answers = await asyncio.gather(*posts)
            assert {answer.status_code for answer in answers} == {200, 503}
            refused = [answer for answer in answers if answer.status_code == 503]
            assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)

    run(work)


def test_a_body_that_is_too_large_is_refused_with_a_sentence() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    async def work() -> None:
        changes = ToyChanges()
        async with a_client(changes, settings=Settings(max_body=1)) as client:
            for content in (b" " * 2_000_000, pieces()):
                answer = await client.post(f"{BASE}/modify", content=content)
                assert answer.status_code == 413
                assert "1 MB" in answer.json()["message"]
            assert changes.done == []

    run(work)


@pytest.mark.parametrize(
    ("allowed", "caller", "status"),
    [
        ("127.0.0.1/32", "127.0.0.1", 204),
        ("127.0.0.1/32", "127.0.0.2", 401),
        ("10.0.0.0/8", "10.9.8.7", 204),
        ("10.0.0.0/8", "11.9.8.7", 401),
        ("10.0.0.0/8", "::ffff:10.9.8.7", 204),
        ("2001:db8::/32", "2001:db8::5", 204),
        ("2001:db8::/32", "10.9.8.7", 401),
        ("", "127.0.0.1", 401),
        ("0.0.0.0/0", "no address", 401),
    ],
)
def test_only_listed_addresses_may_call(allowed: str, caller: str, status: int) -> None:
    async def work() -> None:
        settings = Settings.model_validate({"allowed_addresses": allowed})
        async with a_client(settings=settings, caller=(caller, 1)) as client:
            answer = await client.post(f"{BASE}/commit")
            assert answer.status_code == status
            if status == 401:
                assert caller in answer.json()["message"]
                assert answer.headers["www-authenticate"].startswith("Bearer")
            for probed in ("/health/live", f"{BASE}/version"):
                assert (await client.get(probed)).status_code == 200

    run(work)


@pytest.mark.parametrize(
    ("caller", "contract", "front_ends"),
    [("10.0.0.1", 204, 200), ("10.1.0.1", 401, 200), ("10.2.0.1", 401, 401)],
)
def test_front_ends_may_search_and_change_nothing(
    caller: str, contract: int, front_ends: int
) -> None:
    async def work() -> None:
        settings = Settings.model_validate(
            {"allowed_addresses": "10.0.0.0/16", "front_end_addresses": "10.1.0.0/16"}
        )
        async with a_client(settings=settings, caller=(caller, 1)) as client:
            asked = {
                contract: [await client.post(f"{BASE}/commit")],
                front_ends: [
                    await client.post("/v1/search", json={}),
                    await client.get("/v1/suggest"),
                ],
            }
            for status, answers in asked.items():
                assert {answer.status_code for answer in answers} == {status}
            refused = await client.post("/v1/search", json={})
            if front_ends == 401:
                assert "front_end_addresses" in refused.json()["message"]

    run(work)


def test_an_address_in_a_header_is_not_believed() -> None:
    async def work() -> None:
        async with a_client(caller=("192.0.2.1", 1)) as client:
            headers = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"}
            assert (await client.post(f"{BASE}/commit", headers=headers)).status_code == 401

    run(work)


def test_changes_go_on_beside_each_other_and_beside_searches() -> None:
    async def work() -> None:
        changes = ToyChanges(wait_for=threading.Event())
        async with a_client(changes) as client:
            commits = [asyncio.ensure_future(client.post(f"{BASE}/commit")) for _ in "ab"]
            assert (await client.post(f"{BASE}/modify", json=DELETE)).status_code == 204
            assert (await client.post(f"{BASE}/dataset", json={})).status_code == 200
            assert not any(commit.done() for commit in commits)
            assert changes.wait_for is not None
            changes.wait_for.set()
            assert [(await commit).status_code for commit in commits] == [204, 204]

    run(work)


def test_when_the_application_ends_its_changes_are_closed() -> None:
    async def work() -> None:
        changes = ToyChanges()
        async with a_client(changes):
            assert not changes.closed
        assert changes.closed

    run(work)


def test_health_status_and_metrics_are_told() -> None:
    async def work() -> None:
        async with a_client() as client:
            await client.post(f"{BASE}/Dataset", json={})
            await client.post(f"{BASE}/nothing")
            assert (await client.get("/health/live")).json() == {"status": "live"}
            assert (await client.get("/health/ready")).json() == {"status": "ready"}
            status = (await client.get("/status")).json()
            assert status["documents"] == {"Datafile": 12}
            assert status["searches"]["size"] == 1
            metrics = await client.get("/metrics")
            assert metrics.headers["content-type"].startswith("text/plain")
            lines = metrics.text.splitlines()
            counted = 'icat_search_requests_total{entity="Dataset",operation="search",status="200"}'
            assert f"{counted} 1.0" in lines
            assert 'icat_search_hits_sum{entity="Dataset"} 3.0' in lines
            assert 'icat_search_workers{state="idle"} 1.0' in lines

    run(work)


def test_a_cluster_that_is_away_is_told_and_comes_back() -> None:
    changes = ToyChanges(is_there=False)

    async def work() -> None:
        async with a_client(changes) as client:
            refused = await client.post(f"{BASE}/modify", json=[])
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json()["code"] == "ENGINE_UNAVAILABLE"
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["status"]) == (
                503,
                "The cluster does not answer",
            )
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.get("/status")).status_code == 503
            assert "icat_search_index_available 0.0" in (await client.get("/metrics")).text
            changes.is_there = True
            assert (await client.post(f"{BASE}/modify", json=[])).status_code == 204
            assert "icat_search_index_available 1.0" in (await client.get("/metrics")).text

    run(work)


def test_names_that_callers_make_up_do_not_become_labels() -> None:
    async def work() -> None:
        async with a_client() as client:
            await client.post(f"{BASE}/Made-up/facet", json={})
            assert "Made-up" not in (await client.get("/metrics")).text

    run(work)


def test_the_operations_are_described() -> None:
    async def work() -> None:
        async with a_client() as client:
            document = (await client.get("/openapi.json")).json()
            assert document["openapi"].startswith("3.")
            body = document["paths"]["/icat.lucene/modify"]["post"]["requestBody"]
            assert body["content"]["application/json"]["schema"]["type"] == "array"
            datafile = document["components"]["schemas"]["Datafile"]
            assert datafile["properties"]["dataset.id"]["type"] == "integer"
            shown = await client.get("/docs")
            assert "<code>/icat.lucene/modify</code>" in shown.text
            assert "script-src 'self'" in shown.headers["content-security-policy"]

    run(work)


def test_every_reference_of_the_description_leads_somewhere() -> None:
    from search_service.http.openapi.document import describe
    from search_service.http.routes import OPERATIONS

    document = describe(OPERATIONS)
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])


def records_of(
    work: Callable[[], Coroutine[Any, Any, None]], caplog: pytest.LogCaptureFixture, message: str
) -> list[dict[str, Any]]:
    with caplog.at_level(logging.INFO):
        run(work)
    return [vars(record) for record in caplog.records if record.message == message]


SLEEPY = {"sleep": 0.2, "query": {"text": "title:zeolite scan*"}}


def test_a_slow_search_is_logged_with_its_shape_and_steps(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with a_client(settings=Settings(slow_search_seconds=0.15)) as client:
            await client.post(f"{BASE}/dataset?maxResults=1", json=SLEEPY)

    (slow,) = records_of(work, caplog, "slow search")
    assert slow["shape"]["params"] == {"maxResults": "1"}
    text = slow["shape"]["query"]["query"]["text"]
    assert text == {"characters": 19, "words": 2, "fields": ["title"], "wildcards": 1}
    assert "zeolite" not in str(slow)
    assert {"steps_ms", "queue_seconds", "search_seconds"} <= slow.keys()


def test_a_slow_search_is_logged_with_its_query_where_that_is_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(slow_search_seconds=0.15, slow_search_query=True, access_log=False)

    async def work() -> None:
        async with a_client(settings=settings) as client:
            await client.post(f"{BASE}/dataset?maxResults=1", json={"sleep": 0.2})
            await client.post(f"{BASE}/dataset", json={"refuse": "no"})

    (slow,) = records_of(work, caplog, "slow search")
    assert (slow["query"], slow["params"]) == ('{"sleep":0.2}', "maxResults=1")
    (refused,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert (refused["status"], refused["client"]) == (400, "127.0.0.1")


def test_a_request_has_the_id_that_its_caller_gave_or_one_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        async with a_client() as client:
            given = await client.get(f"{BASE}/version", headers={"X-Request-Id": "portal-7"})
            assert given.headers["x-request-id"] == "portal-7"
            made = await client.get(f"{BASE}/version", headers={"X-Request-Id": "a b"})
            assert len(made.headers["x-request-id"]) == 16

    run(work)

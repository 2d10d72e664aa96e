"""Callers beside each other: expensive searches, calls that hang up, equal questions of many."""

import json
import socket
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.end_to_end.slow_searches import FILES, QUICK, READ_SLOWLY, SLOW
from tests.end_to_end.test_front_ends import LAST_YEAR, NEVER, fill, release
from tests.support.calling import BASE, Caller
from tests.support.processes import wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SETTINGS = {**READ_SLOWLY, "workers": 2, "writer_memory": 15}


def expensive(n: int) -> Mapping[str, Any]:
    """A search that takes some hundred milliseconds, another one for each number."""
    patterns = str(SLOW["text"]).split()
    start = 12 * n % (len(patterns) - 12)
    return {"text": " ".join(patterns[start : start + 12])}


def quick(n: int) -> Mapping[str, Any]:
    """A search that takes some milliseconds, another one for each number."""
    return {"text": f"name:silk description:{n}"}


def repeat(url: str, queries: Iterator[Mapping[str, Any]], end: Event, replies: list[int]) -> None:
    caller = Caller(url)
    while not end.is_set():
        replies.append(caller.search("Datafile", next(queries)).status)


def test_four_clients_with_expensive_searches_leave_the_others_their_searches(
    tmp_path: Path,
) -> None:
    # Also on a machine that needs less than the usual 0.1 seconds for expensive ones.
    with serving(tmp_path, {**SETTINGS, "expensive_search_seconds": 0.02}) as service:
        Caller(service.url).populate("Datafile", [FILES])
        end = Event()
        of_four, of_others = list[int](), list[int]()
        clients = [(map(expensive, count(n, 4)), of_four) for n in range(4)]
        clients += [(map(quick, count(n, 3)), of_others) for n in range(3)]
        threads = [
            Thread(target=repeat, args=(service.url, queries, end, replies))
            for queries, replies in clients
        ]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(of_four) >= 4, "a round of expensive searches")
        before = len(of_four), len(of_others)
        wait_for(lambda: len(of_four) >= before[0] + 12, "three more rounds")
        four, others = len(of_four) - before[0], len(of_others) - before[1]
        end.set()
        for thread in threads:
            thread.join()
        assert set(of_others) == {200}
        assert set(of_four) <= {200, 503, 504}
        assert others > 2 * four  # in the order of their coming it would be three of seven


def test_a_caller_that_hangs_up_gives_its_worker_back(tmp_path: Path) -> None:
    with serving(tmp_path, {**SETTINGS, "workers": 1, "search_seconds": 60}) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        with hanging(service, SLOW):
            wait_for(lambda: caller.status()["searches"]["busy"] == 1, "a search under way")
        assert caller.search("Datafile", QUICK).status == 200
        counts = caller.status()["searches"]["counts"]
        assert (counts["abandoned"], counts["crashed"], counts["overran"]) == (1, 0, 0)
        assert service.stop() == 0
    assert service.defects() == []


def test_in_an_overload_all_refusals_are_alike_and_counted(tmp_path: Path) -> None:
    bounds = {"workers": 1, "waiting_searches": 1, "search_seconds": 60}
    with (
        serving(tmp_path, {**SETTINGS, **bounds}) as service,
        httpx.Client(base_url=service.url, timeout=30) as client,
    ):
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        runs = hanging(service, SLOW)
        wait_for(lambda: caller.status()["searches"]["busy"] == 1, "a search under way")
        waits = hanging(service, expensive(1))
        wait_for(lambda: caller.status()["searches"]["waiting"] == 1, "one that waits")
        path = f"{BASE}datafile?maxResults=10"
        answers = [client.post(path, json={"query": quick(n)}) for n in range(20)]
        assert {answer.status_code for answer in answers} == {503}
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].json()["code"] == "BUSY"
        assert len({answer.headers["x-request-id"] for answer in answers}) == 20
        own = ("date", "retry-after", "x-request-id")
        headers = [{**answer.headers, **dict.fromkeys(own)} for answer in answers]
        assert headers == 20 * headers[:1]
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        # What is no search, and who may not call, are told what they always are.
        assert caller.ask(f"{BASE}version", method="GET").status == 200
        assert client.post(path, json={}, headers={"host": "evil.example"}).status_code == 421
        counted = 'requests_total{entity="Datafile",operation="search",status="503"} 20.0'
        assert counted in caller.text("/metrics")
        assert caller.status()["searches"]["refused"]["full"] == 20
        runs.close()
        waits.close()
        wait_for(lambda: caller.status()["searches"]["busy"] == 0, "an idle worker")
        assert caller.search("Datafile", QUICK).status == 200
        assert service.stop() == 0
    assert service.defects() == []


def hanging(service: Served, query: Mapping[str, Any]) -> socket.socket:
    """A connection that has sent a search."""
    url = urlsplit(service.url)
    body = json.dumps({"query": query, "fields": ["id"]}).encode()
    connection = socket.create_connection((url.hostname or "", url.port or 0))
    head = f"POST {BASE}datafile?maxResults=10 HTTP/1.1\r\nHost: x\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_what_everybody_may_see_is_answered_once_until_something_changes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    question = {"entity": "investigation", "prefix": "bon", "public": "true"}
    asked = {"entity": "investigation", "public": True, "text": "bones"}
    with (
        serving(data, {"workers": 2, "writer_memory": 15}) as service,
        httpx.Client(base_url=service.url) as client,
    ):
        caller = Caller(service.url)
        fill(caller)
        nothing = client.get("/v1/suggest", params=question)
        release(tmp_path, data, {1: NEVER, 2: NEVER, 3: LAST_YEAR})
        first = client.get("/v1/suggest", params=question)
        assert "bones" in first.text
        assert first.headers["cache-control"] == "public, max-age=5"
        assert first.headers["etag"] != nothing.headers["etag"]

        tagged = {"if-none-match": first.headers["etag"]}
        again = client.get("/v1/suggest", params=question, headers=tagged)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        of_user = client.get("/v1/suggest", params={**question, "user": "ada"}, headers=tagged)
        assert (of_user.status_code, of_user.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in of_user.headers

        posts = [client.post("/v1/search", json=asked, headers=tagged) for _ in range(3)]
        assert {answer.status_code for answer in posts} == {200}
        assert len({answer.headers["etag"] for answer in posts}) == 1
        assert caller.status()["searches"]["shared"]["kept"] >= 3

        renewed = {"id": 3, "name": "INV3", "title": "Radiography of horns"}
        caller.modify({"update": {"_index": "Investigation", "_id": 3, "doc": renewed}})
        caller.done("commit")
        changed = client.get("/v1/suggest", params=question, headers=tagged)
        assert changed.status_code == 200
        assert "bones" not in changed.text
        assert client.post("/v1/search", json=asked).headers["etag"] != posts[0].headers["etag"]

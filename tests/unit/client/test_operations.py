"""A service is called over HTTP: busy, locked, slow and gone ones."""

import http.server
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest

from search_service.client.connection import Client, Unanswered
from search_service.client.index_client import IndexClient
from search_service.client.operations import Refused, Service
from search_service.errors import CannotSync, SearchTimedOut

Answer = tuple[int, object]


@contextmanager
def answering(*answers: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers, one after the other, and what it was sent."""
    left, received = list(answers), list[bytes]()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            status, content = left.pop(0)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def calling(url: str, *pauses: float) -> Iterator[Service]:
    with closing(Client.at(url)) as client:
        yield Service(client, pauses)


def counted(*numbers: int) -> Answer:
    buckets = {str(place): {"doc_count": number} for place, number in enumerate(numbers)}
    return 200, {"aggregations": {"id": {"buckets": buckets}}}


def test_a_busy_service_is_asked_again_and_not_for_ever() -> None:
    busy: Answer = (503, {"message": "4 searches are waiting already"})
    with answering(busy, busy, (200, {})) as (url, received):
        with calling(url, 0.0, 0.0) as service:
            service.commit()
        assert len(received) == 3
    with (
        answering(busy, busy) as (url, _),
        calling(url, 0.0) as service,
        pytest.raises(CannotSync, match="4 searches are waiting already"),
    ):
        service.commit()


def test_a_locked_entity_is_told_from_other_refusals() -> None:
    with answering((406, {"message": "Lucene locked for Dataset"}), (400, {"message": "no"})) as (
        url,
        _,
    ):
        with calling(url) as service, pytest.raises(Refused, match="locked for Dataset"):
            service.modify([])
        with calling(url) as service, pytest.raises(CannotSync) as refused:
            service.modify([])
        assert not isinstance(refused.value, Refused)


def test_ranges_that_take_too_long_together_are_counted_in_smaller_groups() -> None:
    late: Answer = (504, {"message": "Search cancelled for exceeding 5 seconds"})
    twenty = [*range(20)]
    fours = [counted(*range(start, min(start + 4, 19))) for start in range(0, 19, 4)]
    with answering(late, *fours) as (url, _), calling(url) as service:
        assert IndexClient(service).counts("Datafile", twenty) == [*range(19)]
    with (
        answering(late) as (url, _),
        calling(url) as service,
        pytest.raises(SearchTimedOut, match="5 seconds"),
    ):
        IndexClient(service).counts("Datafile", [1, 2])


@pytest.mark.parametrize("url", ["search.example.org", "ftp://x", "http://", "http://[::1", ""])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(Unanswered, match="is no address") as told:
        Client.at(url)
    assert not told.value.sent


def test_who_answers_as_another_program_is_told() -> None:
    with (
        answering((200, ["no status"])) as (url, _),
        calling(url) as service,
        pytest.raises(CannotSync, match="answers, but not as this service does"),
    ):
        service.status()

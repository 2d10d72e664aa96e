"""A service is called over HTTP: busy, locked, slow and gone ones."""

import http.server
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest

from search_service.client.connection import Client, Patience, Unanswered
from search_service.client.index_client import IndexClient
from search_service.client.operations import Refused, Service
from search_service.errors import CannotSync, SearchTimedOut
from tests.support.silent import silent_server

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
            body = b"" if content is None else json.dumps(content).encode()
            body = content.encode() if isinstance(content, str) else body
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
    with answering(busy, busy, (204, None)) as (url, received):
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


@pytest.mark.parametrize(
    "url", ["search.example.org", "ftp://x", "http://", "http://[::1", "http://xn--", ""]
)
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(Unanswered, match="is no address") as told:
        Client.at(url)
    assert not told.value.sent


PAGE = "<html>It works!</html>"
CALLS: dict[str, Callable[[Service], object]] = {
    "status": lambda service: service.status(),
    "locked": lambda service: service.locked(),
    "identity": lambda service: service.identity(),
    "origin": lambda service: service.origin(),
    "modify": lambda service: service.modify([]),
    "commit": lambda service: service.commit(),
    "unlock": lambda service: service.unlock("Datafile"),
    "abandon": lambda service: service.abandon("Datafile"),
    "counts": lambda service: IndexClient(service).counts("Datafile", [1, 2]),
    "ids": lambda service: IndexClient(service).ids("Datafile", 1, 2),
}


@pytest.mark.parametrize("content", [PAGE, ["no status"], 7, {"documents": 3, "locked": 4}])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_who_answers_as_another_program_is_told(
    call: Callable[[Service], object], content: object
) -> None:
    with (
        answering(*[(200, content)] * 2) as (url, _),
        calling(url) as service,
        pytest.raises(CannotSync, match="is the address right"),
    ):
        call(service)


def test_a_page_in_place_of_a_sentence_is_not_repeated() -> None:
    with (
        answering((404, PAGE)) as (url, _),
        calling(url) as service,
        pytest.raises(CannotSync, match=r"status 404 with a page, so is the address right\?$"),
    ):
        service.status()


@pytest.mark.parametrize("token", ["schl\u00fcssel", "two\nlines", "\udcff"])
def test_what_is_no_token_is_told_without_it(token: str) -> None:
    with pytest.raises(Unanswered, match="has a sign that none has") as told:
        Client.at("http://127.0.0.1:1", token)
    assert token not in str(told.value)


@pytest.mark.parametrize("host", ["a" * 300, "a..b"])
def test_a_host_that_cannot_be_one_is_told(host: str) -> None:
    with closing(Client.at(f"http://{host}")) as client, pytest.raises(Unanswered, match=host):
        client.call("GET", "/status")


@pytest.mark.parametrize(
    ("call", "patience"),
    [
        pytest.param(Service.status, Patience(question=0.2, told=0.1), id="a-question"),
        pytest.param(Service.commit, Patience(change=0.2, told=0.1), id="a-change"),
    ],
)
def test_a_service_that_says_nothing_is_waited_for_once_and_the_log_tells(
    call: Callable[[Service], object], patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    with silent_server() as (server, port):
        with (
            closing(Client.at(f"http://127.0.0.1:{port}", patience=patience)) as client,
            pytest.raises(CannotSync, match=r"no service answers at .*timed out"),
        ):
            call(Service(client))
        server.accept()[0].close()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "has not answered yet, it is waited for" in caplog.text

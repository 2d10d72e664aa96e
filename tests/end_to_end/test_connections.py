"""What callers can do to a service by connections alone: stall, not read, fill, flood."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.calling import BASE, Caller, create
from tests.support.processes import wait_for
from tests.support.serving import Served, serving
from tests.support.sockets import sent

pytestmark = pytest.mark.slow

MODIFY = b"POST /icat.lucene/modify HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"POST /icat.lucene/modify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
SEARCH = (
    b"POST /icat.lucene/datafile?maxResults=6000 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
)
PLACES, OF_ADDRESS = 30, 20


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "workers": 1,
        "allowed_addresses": "127.0.0.0/8",
        "head_seconds": 1,
        "stalled_seconds": 2,
        "max_connections": PLACES,
        "max_connections_of_address": OF_ADDRESS,
        "max_search_body": 1,
    }
    with serving(tmp_path_factory.mktemp("connections") / "data", settings) as running:
        yield running
        assert running.stop() == 0
        assert running.defects() == []


def connection(service: Served, address: str = "127.0.0.1", room: int = 0) -> socket.socket:
    """A connection from an address, which takes little of an answer with ``room``."""
    made = socket.socket()
    if room:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.settimeout(20)
    made.bind((address, 0))
    made.connect(("127.0.0.1", urlsplit(service.url).port))
    return made


def rest(made: socket.socket) -> bytes:
    """All that comes until the connection ends."""
    received = b""
    try:
        while part := made.recv(1 << 16):
            received += part
    except ConnectionResetError:
        pass
    return received


def refused(service: Served, reason: str) -> float:
    """How often something was refused for it."""
    label = f'icat_search_refused_total{{reason="{reason}"}} '
    lines = Caller(service.url).text("/metrics").splitlines()
    return sum(float(line.removeprefix(label)) for line in lines if line.startswith(label))


def test_a_change_with_something_wrong_behind_it_is_answered(service: Served) -> None:
    body = json.dumps([create("Dataset", 1, "one")]).encode()
    with closing(connection(service)) as made:
        made.sendall(MODIFY % len(body) + body + b"garbage\r\n\r\n")
        assert rest(made).startswith(b"HTTP/1.1 204 ")
    caller = Caller(service.url)
    caller.done("commit")
    assert caller.names("Dataset") == {1: "one"}


@pytest.mark.parametrize(
    ("head", "told"),
    [
        pytest.param(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n", "address (URL)", id="address"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300, "headers", id="headers"),
    ],
)
def test_too_large_a_head_is_told_what_is_too_much(service: Served, head: bytes, told: str) -> None:
    ((status, content),) = sent(service.url, [head + b"\r\n"])
    assert (status, content["code"]) == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")
    assert told in content["message"]


# ── stalling ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("beginning", "code"),
    [
        pytest.param(b"GET /health/live HTTP/1.1\r\nX: ", "REQUEST_TIMED_OUT", id="a-head"),
        pytest.param(MODIFY % 100 + b"[", "REQUEST_TIMED_OUT", id="a-body"),
        pytest.param(CHUNKED + b"1\r\n[\r\n", "REQUEST_TIMED_OUT", id="chunks"),
        pytest.param(CHUNKED + b"2\r\n[]\r\n0\r\n", "REQUEST_TIMED_OUT", id="trailers"),
        pytest.param(SEARCH % 9 + b"{", "REQUEST_TIMED_OUT", id="a-search"),
    ],
)
def test_what_does_not_arrive_is_answered_with_408(
    service: Served, beginning: bytes, code: str
) -> None:
    with closing(connection(service)) as made:
        made.sendall(beginning)
        head, _, content = rest(made).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(content)["code"] == code


def test_changes_that_stop_in_their_body_hold_up_no_others(service: Served) -> None:
    with ExitStack() as stack:
        stalled = [stack.enter_context(closing(connection(service))) for _ in range(12)]
        for made in stalled:
            made.sendall(MODIFY % 100 + b"[")
        assert Caller(service.url).modify(create("Dataset", 1, "scan")).status == 204
        assert {rest(made)[9:12] for made in stalled} == {b"408"}


def test_an_answer_that_nobody_reads_ends_with_its_connection(service: Served) -> None:
    caller = Caller(service.url)
    caller.modify(*(create("Datafile", id_, "x" * 2_000) for id_ in range(6_000)))
    caller.done("commit")
    asked = json.dumps({"query": {}, "fields": ["id", "name"]}).encode()
    before = refused(service, "unread_answer")
    with closing(connection(service, room=4_096)) as made:
        made.sendall((SEARCH % len(asked) + asked) * 3)
        wait_for(lambda: refused(service, "unread_answer") > before, "the end of the connection")
        assert len(rest(made)) < 12_000_000
    for _ in range(2):  # whoever reads gets all of it
        found = caller.ask(f"{BASE}datafile?maxResults=6000", json.loads(asked)).content
        assert len(found["results"]) == 6_000


# ── filling ──────────────────────────────────────────────────────────────────────────────────────


def test_the_longest_waiting_connection_gives_way_to_the_next_of_its_address(
    service: Served,
) -> None:
    with ExitStack() as stack:
        made = [stack.enter_context(closing(connection(service))) for _ in range(2 * PLACES)]
        assert rest(made[0]) == b""
        for address in ("127.0.0.2", "127.0.0.3"):
            with closing(connection(service, address)) as other:
                other.sendall(b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n")
                assert rest(other).startswith(b"HTTP/1.1 200 ")
        made[-1].sendall(b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert rest(made[-1]).startswith(b"HTTP/1.1 200 ")


def test_one_connection_more_than_can_be_at_work_gets_503(service: Served) -> None:
    with ExitStack() as stack:
        made = [stack.enter_context(closing(connection(service))) for _ in range(OF_ADDRESS)]
        for one in made:
            one.sendall(MODIFY % 100 + b"[")
        answers = b""
        while not answers:  # as soon as all of them have begun to work
            with closing(connection(service)) as another:
                another.settimeout(0.2)
                try:
                    answers = rest(another)
                except TimeoutError:
                    continue
        assert answers.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: " in answers
        assert b"TOO_MANY_CONNECTIONS" in answers


@pytest.mark.parametrize(
    ("packets", "code"),
    [
        pytest.param([SEARCH % (2 << 20)], "BODY_TOO_LARGE", id="a-length-alone"),
        pytest.param([SEARCH % (2 << 20) + b" " * (2 << 20)], "BODY_TOO_LARGE", id="all-of-it"),
        pytest.param(
            [b"POST /v1/search HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"]
            + [b"80000\r\n" + b" " * (1 << 19) + b"\r\n"] * 3,
            "BODY_TOO_LARGE",
            id="chunks",
        ),
        pytest.param(
            [b"GET /v1/suggest HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"],
            "BODY_TOO_LARGE",
            id="where-none-is",
        ),
    ],
)
def test_a_search_has_a_smaller_body_than_a_change(
    service: Served, packets: list[bytes], code: str
) -> None:
    ((status, content),) = sent(service.url, packets)
    assert (status, content["code"]) == (413, code)


def test_a_change_has_a_larger_body_than_a_search(service: Served) -> None:
    body = b"[" + b" " * (2 << 20) + b"]"
    assert [status for status, _ in sent(service.url, [MODIFY % len(body) + body])] == [204]


# ── flooding ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"1\r\n \r\n" * 1_000, id="chunks-of-a-byte"),
        pytest.param(b"1;" + b"x" * 6_000, id="an-extension-of-a-chunk"),
        pytest.param(b"0\r\n" + b"X: y\r\n" * 1_000, id="trailers"),
        pytest.param(b"0\r\nX: " + b"y" * 6_000, id="a-trailer"),
    ],
)
def test_a_body_that_is_mostly_none_is_refused(service: Served, piece: bytes) -> None:
    with closing(connection(service)) as made:
        made.sendall(CHUNKED)
        first, following = piece, piece.removeprefix(b"0\r\n")
        try:
            made.sendall(first)
            for _ in range(400):
                made.sendall(following.removeprefix(b"1;") if b";" in piece else following)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert rest(made)[9:12] in (b"400", b"")
    assert refused(service, "body_framing") > 0


def test_requests_far_ahead_are_left_for_another_connection(service: Served) -> None:
    with closing(connection(service)) as made:
        made.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)
        answers = rest(made)
    assert 16 <= answers.count(b"HTTP/1.1 200 OK") < 100
    assert answers.count(b"connection: close") == 1


def test_refusals_are_counted_each_and_logged_together(service: Served) -> None:
    before = refused(service, "syntax")
    for _ in range(30):
        ((status, _),) = sent(service.url, [b"no HTTP\r\n\r\n"])
        assert status == 400
    assert refused(service, "syntax") == before + 30
    lines = [line for line in service.log if "connection refused or ended" in line]
    assert len([line for line in lines if "why=syntax" in line]) < 10


def test_who_is_not_allowed_is_told_so_before_its_body_is_asked_for(tmp_path: Path) -> None:
    settings = {"workers": 1, "allowed_addresses": "192.0.2.1"}
    with serving(tmp_path / "data", settings) as service:
        for expects in (b"", b"Expect: 100-continue\r\n"):
            head = (MODIFY % (32 << 20))[:-2] + expects + b"\r\n"
            ((status, _),) = sent(service.url, [head])
            assert status == 401
        ((status, _),) = sent(service.url, [MODIFY % (4 << 20) + b" " * (4 << 20)])
        assert status == 401

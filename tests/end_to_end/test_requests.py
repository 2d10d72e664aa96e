"""Requests that no catalogue sends, and some that its Java does, to a service that runs."""

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import odd_requests
from tests.support.calling import BASE, Caller, create
from tests.support.programs import program
from tests.support.serving import Served, serving
from tests.support.sockets import sent

JAVA = Path(__file__).parents[1] / "support" / "Post.java"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("requests") / "data", {"workers": 1}) as running:
        caller = Caller(running.url)
        assert caller.modify(create("Datafile", 1, "scan 1.nxs")).status == 204
        caller.done("commit")
        yield running
        assert running.stop() == 0
        assert running.defects() == []


# ── upgrades ─────────────────────────────────────────────────────────────────────────────────────

BODY = b'{"query": {"text": "scan"}, "fields": ["id"]}'
TARGET = f"{BASE}datafile?maxResults=5".encode()
SMUGGLED = f"POST {BASE}clear HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
WEBSOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"


def head(*lines: bytes, length: int | None = len(BODY)) -> bytes:
    size = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"POST %b HTTP/1.1\r\nHost: x\r\n%b%b\r\n" % (TARGET, size, b"".join(lines))


def in_pieces(body: bytes) -> bytes:
    """As chunks of three bytes."""
    pieces = [body[at : at + 3] for at in range(0, len(body), 3)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize("offered", [H2C, WEBSOCKET, b""], ids=["h2c", "websocket", "none"])
@pytest.mark.parametrize(
    ("packets", "answers"),
    [
        pytest.param(lambda offered: [head(offered) + BODY], 1, id="in-one-packet"),
        pytest.param(lambda offered: [head(offered), BODY], 1, id="the-body-later"),
        pytest.param(
            lambda offered: [head(offered)[:70], head(offered)[70:], BODY[:9], BODY[9:]],
            1,
            id="in-many-packets",
        ),
        pytest.param(
            lambda offered: [head(offered, CHUNKED, length=None) + in_pieces(BODY)],
            1,
            id="in-pieces",
        ),
        pytest.param(
            lambda offered: [head(offered, CHUNKED, length=None), in_pieces(BODY)],
            1,
            id="in-pieces-later",
        ),
        pytest.param(
            lambda offered: [3 * (head(offered) + BODY) + head() + BODY], 4, id="one-after-another"
        ),
        pytest.param(
            lambda offered: [head() + BODY + head(offered), BODY + head(offered) + BODY],
            3,
            id="between-others",
        ),
    ],
)
def test_an_upgrade_that_is_offered_is_not_taken(
    service: Served, offered: bytes, packets: object, answers: int
) -> None:
    assert callable(packets)
    found = sent(service.url, packets(offered), answers)
    assert [status for status, _ in found] == [200] * answers
    for _, content in found:
        assert [hit["_source"]["id"] for hit in content["results"]] == [1]


@pytest.mark.parametrize("offered", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
def test_a_body_is_never_the_next_request(service: Served, offered: bytes) -> None:
    last = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    packets = [head(offered, length=len(SMUGGLED)), SMUGGLED + last]
    answers = sent(service.url, packets, 3)
    assert [status for status, _ in answers] == [400, 200]
    assert Caller(service.url).search("Datafile", {"text": "scan"}).content["results"]


def test_a_client_of_java_is_answered(service: Served) -> None:
    java = Path(program("javac")).with_name("java")
    url = f"{service.url}{TARGET.decode()}"
    done = subprocess.run(
        [str(java), "-Xmx64m", str(JAVA), url, BODY.decode()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 21
    assert all(line.startswith("200 ") and '"id":1}' in line for line in lines), done.stdout


def test_a_proxy_is_refused(service: Served) -> None:
    packet = b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n" + SMUGGLED
    ((status, content),) = sent(service.url, [packet], 2)
    assert (status, content["code"]) == (501, "NOT_IMPLEMENTED")
    assert Caller(service.url).search("Datafile", {"text": "scan"}).content["results"]


# ── whoever calls ────────────────────────────────────────────────────────────────────────────────

LONG = 64_000


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/" * LONG, id="slashes"),
        pytest.param("/x" * (LONG // 2), id="parts"),
        pytest.param("/icat.lucene" + "/x" * (LONG // 2), id="parts-of-the-contract"),
        pytest.param("/v1/" + "%2F" * (LONG // 3), id="escaped-slashes"),
        pytest.param("/%" * (LONG // 2), id="percent-signs"),
        pytest.param("/v1/suggest?" + "&" * LONG, id="ampersands"),
        pytest.param("/v1/suggest?" + "a=1&" * (LONG // 4), id="parameters"),
        pytest.param("/icat.lucene/lock/Dataset?minId=x&" + "a=1&" * (LONG // 4), id="of-a-lock"),
        pytest.param("/icat.lucene/datafile?" + "%" * LONG, id="signs-of-a-query"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_address_takes_long_to_be_refused(service: Served, target: str, method: str) -> None:
    line = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
    started = time.perf_counter()
    answers = sent(service.url, [line * 3], 3)
    assert len(answers) == 3
    assert all(400 <= status < 500 or status == 501 for status, _ in answers)
    assert time.perf_counter() - started < 10  # it was minutes


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param([b"GET /" + b"x" * 200_000] * 2, id="an-address"),
        pytest.param([b"GET / HTTP/1.1\r\nX: ", b"y" * 100_000, b"y" * 50_000], id="a-header"),
        pytest.param([b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 300], id="many-headers"),
    ],
)
def test_a_head_without_an_end_is_refused(service: Served, packets: list[bytes]) -> None:
    ((status, content),) = sent(service.url, packets)
    assert status in (400, 431)
    assert content["message"]


def test_a_literal_template_is_no_entity(service: Served) -> None:
    caller = Caller(service.url)
    assert caller.ask(f"{BASE}{{entity}}", {"query": {}}, {"maxResults": 5}).status == 501


def test_odd_requests_are_answered_without_a_defect(service: Served) -> None:
    chance = random.Random(9)
    for _ in range(400):
        method, target, body = odd_requests.request(chance)
        status, content = odd_requests.answer(service.url, method, target, body)
        assert status < 500 or status in (501, 503, 504), (method, target, body, content)
        if status >= 400:
            assert content["code"]
            assert content["message"]
            assert len(content["message"]) < 2_000


def test_outsiders_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    settings = {"workers": 1, "allowed_addresses": "192.0.2.1"}
    with serving(tmp_path / "data", settings) as running:
        caller = Caller(running.url)
        for path in ("icat.lucene/modify", "icat.lucene/datafile", "v1/search", "icat.lucene/{x}"):
            reply = caller.ask(f"/{path}", {"query": {}})
            assert (reply.status, reply.content["code"]) == (401, "ADDRESS_REFUSED")
        done = threading.Thread(target=_slashes, args=(running.url,))
        done.start()
        assert caller.ask("/health/live", method="GET").status == 200
        done.join()
        assert running.stop() == 0


def _slashes(url: str) -> None:
    line = b"GET /icat.lucene%b HTTP/1.1\r\nHost: %b\r\n\r\n" % (b"/" * LONG, b"x")
    assert {status for status, _ in sent(url, [line * 5], 5)} == {401}

"""The proxy between a catalogue and its search component."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx
import pytest

from search_service.changeover.exchanges import exchanges_in
from tests.support.calling import Caller, create
from tests.support.certificates import certified
from tests.support.serving import serving
from tests.support.sockets import sent

pytestmark = pytest.mark.slow


@contextmanager
def recording(
    peer: str, file: str, *options: str, trusted: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a proxy, and its process, which is ended.

    ``trusted``: an authority of certificates.
    """
    command = [sys.executable, "-m", "search_service", "record", "--peer", peer, "--port", "0"]
    environment = os.environ if trusted is None else {**os.environ, "SSL_CERT_FILE": str(trusted)}
    with subprocess.Popen(
        [*command, *options, file], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://127\S+$", process.stderr.readline().strip())
            assert found is not None
            yield found[0], process
        finally:
            process.kill()


def test_requests_are_passed_on_and_written_down(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    with (
        serving(tmp_path / "data", {"workers": 1}) as service,
        recording(service.url, str(file)) as (url, process),
    ):
        through, direct = Caller(url), Caller(service.url)
        through.modify(create("Dataset", 1, "run 1"), create("Dataset", 2, "run 2"))
        through.done("commit")
        assert through.names("Dataset") == direct.names("Dataset") == {1: "run 1", 2: "run 2"}
        refused = httpx.post(f"{url}/icat.lucene/nothing")
        assert refused.status_code == httpx.post(f"{service.url}/icat.lucene/nothing").status_code
        assert httpx.get(f"{url}/icat.lucene/version").json()["version"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    exchanges = list(exchanges_in(file))
    assert [one.path for one in exchanges[:2]] == ["modify", "commit"]
    (search,) = [one for one in exchanges if one.is_search]
    assert sorted(hit.id or 0 for hit in search.answer.hits or ()) == [1, 2]
    assert search.answer.seconds > 0
    assert file.stat().st_mode & 0o077 == 0


def test_a_request_that_offers_an_upgrade_is_passed_on_with_its_body(tmp_path: Path) -> None:
    body = json.dumps({"query": {}}).encode()
    offers = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    head = b"POST /icat.lucene/dataset?maxResults=5 HTTP/1.1\r\nHost: 127.0.0.1\r\n" + offers
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with (
        serving(tmp_path / "data", {"workers": 1}) as service,
        recording(service.url, str(tmp_path / "exchanges.jsonl")) as (url, _),
    ):
        direct = sent(service.url, [request, request], 2)
        assert sent(url, [request, request], 2) == direct
        assert [status for status, _ in direct] == [200, 200]


def test_a_network_with_bits_beyond_its_mask_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "search_service", "record", "--peer", "http://127.0.0.1:9"]
    options = ["--allow", "10.0.0.5/8", str(tmp_path / "exchanges.jsonl")]
    ended = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "10.0.0.5/32" in ended.stderr


def test_a_full_disk_does_not_stop_the_catalogue(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data", {"workers": 1}) as service,
        recording(service.url, "/dev/full") as (url, process),
    ):
        for _ in range(3):
            assert Caller(url).names("Dataset") == {}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read().count("cannot be recorded") == 1


def test_who_is_not_listed_is_refused_and_a_peer_that_is_away_is_told(tmp_path: Path) -> None:
    file = str(tmp_path / "exchanges.jsonl")
    with recording("http://127.0.0.1:9", file, "--allow", "10.0.0.0/8") as (url, _):
        assert httpx.get(f"{url}/icat.lucene/version").status_code == 401
    with recording("http://127.0.0.1:9", file) as (url, _):
        answer = httpx.get(f"{url}/icat.lucene/version")
    assert answer.status_code == 502
    assert json.loads(answer.content)["message"] == "The search service does not answer"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET //elsewhere/x HTTP/1.1\r\n", 400),
        (b"GET /icat.lucene/../x HTTP/1.1\r\n", 400),
        (b"GET /%3fa HTTP/1.1\r\n", 502),
        (b"GET /x?%ff'\" HTTP/1.1\r\n", 502),
        (b"POST /icat.lucene/clear HTTP/1.1\r\nOrigin: https://evil.example\r\n", 403),
        (b"GET /icat.lucene/version HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ],
)
def test_what_is_no_request_of_a_catalogue_goes_no_further(
    tmp_path: Path, head: bytes, status: int
) -> None:
    with recording("http://127.0.0.1:9", str(tmp_path / "exchanges.jsonl")) as (url, process):
        ((found, _),) = sent(url, [head + b"Host: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"], 1)
        assert found == status
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


ANSWER = {"results": [{"_id": 3, "_shardIndex": 0, "_score": 1.5, "_source": {"id": 7}}]}
SEARCH = "/icat.lucene/dataset?maxResults=1"


@contextmanager
def peer(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The address of a component that answers each request as given, in HTTP/1.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def in_chunks(handler: BaseHTTPRequestHandler, content: bytes, *headers: tuple[str, str]) -> None:
    """An answer whose length is not said, in two chunks."""
    handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.send_response(200)
    for name, value in (*headers, ("Transfer-Encoding", "chunked")):
        handler.send_header(name, value)
    handler.end_headers()
    for part in (content[:9], content[9:], b""):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))


def stopped(process: "subprocess.Popen[str]") -> str:
    """What a proxy said, once it was told to stop and ended."""
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    return said


def test_a_peer_under_tls_is_called_by_an_authority_of_the_facility(tmp_path: Path) -> None:
    authority, file = certified(tmp_path, "peer"), str(tmp_path / "exchanges.jsonl")
    settings = {
        "workers": 1,
        "tls_certificate": authority.certificate,
        "tls_key": authority.key,
    }
    with serving(tmp_path / "data", settings) as service:
        address = service.url.replace("http://", "https://")
        with recording(address, file, trusted=authority.certificate) as (url, process):
            assert httpx.post(f"{url}{SEARCH}", json={"query": {}}).json() == {"results": []}
            stopped(process)
        with recording(address, file) as (url, process):
            assert httpx.post(f"{url}{SEARCH}", json={"query": {}}).status_code == 502
            assert "SSL_CERT_FILE" in stopped(process)


def test_an_answer_in_gzip_and_chunks_is_passed_on_as_it_is_and_recorded(tmp_path: Path) -> None:
    packed, file = gzip.compress(json.dumps(ANSWER).encode()), tmp_path / "exchanges.jsonl"
    with (
        peer(lambda asked: in_chunks(asked, packed, ("Content-Encoding", "gzip"))) as address,
        recording(address, str(file)) as (url, process),
        httpx.stream("POST", f"{url}{SEARCH}", json={"query": {}}) as answer,
    ):
        assert b"".join(answer.iter_raw()) == packed
        assert answer.headers["content-encoding"] == "gzip"
        stopped(process)
    (search,) = exchanges_in(file)
    assert [hit.id for hit in search.answer.hits or ()] == [7]


def test_a_caller_of_http_1_0_gets_an_answer_without_chunks(tmp_path: Path) -> None:
    content = json.dumps(ANSWER).encode()
    request = f"POST {SEARCH} HTTP/1.0\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with (
        peer(lambda asked: in_chunks(asked, content)) as address,
        recording(address, str(tmp_path / "exchanges.jsonl")) as (url, _),
    ):
        assert sent(url, [request]) == [(200, ANSWER)]


def test_a_body_of_any_size_is_passed_on_in_chunks_or_not(tmp_path: Path) -> None:
    sizes = []

    def count(handler: BaseHTTPRequestHandler) -> None:
        size = 0
        if length := handler.headers["Content-Length"]:
            left = int(length)
            while left:
                part = handler.rfile.read(min(left, 1 << 20))
                left -= len(part)
                size += len(part)
        else:
            while chunk := int(handler.rfile.readline(), 16):
                size += len(handler.rfile.read(chunk))
                handler.rfile.readline()
            handler.rfile.readline()
        sizes.append(size)
        handler.send_response(204)
        handler.end_headers()

    large, part = 100 << 20, bytes(1 << 20)
    with (
        peer(count) as address,
        recording(address, str(tmp_path / "exchanges.jsonl")) as (url, process),
    ):
        target = f"{url}/icat.lucene/addNow/Datafile"
        headers = {"content-length": str(large)}
        said = httpx.post(target, content=(part for _ in range(100)), headers=headers, timeout=300)
        assert said.status_code == 204
        said = httpx.post(target, content=(part for _ in range(100)), timeout=300)
        assert said.status_code == 204
        peak = Path(f"/proc/{process.pid}/status").read_text()
        assert int(re.findall(r"VmHWM:\s+(\d+) kB", peak)[0]) < 200_000
    assert sizes == [large, large]


def test_who_waits_for_a_slow_peer_waits_alone(tmp_path: Path) -> None:
    begun, may_end = Event(), Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        if "commit" in handler.path:
            begun.set()
            assert may_end.wait(300)
        handler.send_response(204)
        handler.end_headers()

    file = tmp_path / "exchanges.jsonl"
    with peer(slow) as address, recording(address, str(file)) as (url, process):
        waiting = Thread(target=httpx.post, args=(f"{url}/icat.lucene/commit",), kwargs=SLOWLY)
        waiting.start()
        assert begun.wait(60)
        assert httpx.post(f"{url}/icat.lucene/modify", json=[]).status_code == 204
        may_end.set()
        waiting.join(60)
        stopped(process)
    assert [one.path for one in exchanges_in(file)] == ["modify", "commit"]


SLOWLY = {"content": b"", "headers": {"content-length": "0"}, "timeout": 300}


def test_a_caller_that_hangs_up_is_not_taken_for_a_peer_that_is_away(tmp_path: Path) -> None:
    ended = Event()

    def read(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.close_connection = True
        ended.set()

    head = b"POST /icat.lucene/modify HTTP/1.1\r\nHost: proxy\r\nContent-Length: 100\r\n\r\n["
    with (
        peer(read) as address,
        recording(address, str(tmp_path / "exchanges.jsonl")) as (url, process),
    ):
        at = urlsplit(url)
        with closing(socket.create_connection((at.hostname, at.port or 80))) as caller:
            caller.sendall(head)
        assert ended.wait(60)
        said = stopped(process)
    assert "the caller hung up" in said
    assert "the peer does not answer" not in said

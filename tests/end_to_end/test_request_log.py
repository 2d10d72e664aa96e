"""What the log and the metrics say of requests that a caller makes up."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.test_reindex import call
from tests.support.processes import wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow


def raw(service: Served, request: bytes) -> bytes:
    """What is answered to bytes as they are; the connection is closed after it."""
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(request + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def logged(service: Served, words: str) -> str:
    """The line with these words, once it is there."""
    wait_for(lambda: any(words in line for line in service.log), words)
    return next(line for line in service.log if words in line)


def test_a_request_that_is_refused_is_logged_with_the_reason(tmp_path: Path) -> None:
    with serving(tmp_path / "data", {"workers": 1, "matching": "peer"}) as service:
        assert call(service.url, "dataset?maxResults=0", {"query": {}})[0] == 400
        line = logged(service, "BAD_REQUEST")
        assert "why=\"'maxResults' should be from 1 to" in line
        assert "client=127.0.0.1" in line
        assert call(service.url, "dataset?maxResults=1", {"query": {"text": "a b ("}})[0] == 400
        line = logged(service, "UNREADABLE_TEXT")
        assert "syntax errors: expected a word, a phrase, a range or a group, but the te" in line


def test_a_refused_address_is_logged(tmp_path: Path) -> None:
    settings = {"workers": 1, "allowed_addresses": "192.0.2.0/24"}
    with serving(tmp_path / "data", settings) as service:
        assert call(service.url, "commit")[0] == 401
        line = logged(service, "ADDRESS_REFUSED")
        assert 'why="Requests from 127.0.0.1 are not accepted' in line
        assert "client=127.0.0.1" in line


def test_a_caller_cannot_write_into_the_log_nor_make_labels(tmp_path: Path) -> None:
    with serving(tmp_path / "data", {"workers": 1}) as service:
        raw(service, b"GET /icat.lucene/a%0A2026-01-01T00:00:00.000Z%20info%20forged%1B%5B2J")
        line = logged(service, "forged")
        assert "request method=GET" in line
        assert line.rstrip("\n").isprintable()
        assert raw(service, b"GET /icat.lucene/long" + b"g" * 60_000).startswith(b"HTTP/1.1 501")
        assert len(logged(service, "/icat.lucene/longg")) < 6_000
        for path in ("lock/Nonsense", "addNow/Nonsense", "Nonsense/facet", "nonsense"):
            call(service.url, path, {})
        raw(service, b"BREW /icat.lucene/dataset")
        metrics = raw(service, b"GET /metrics").decode()
        assert "onsense" not in metrics
        assert "BREW" not in metrics
        assert "forged" not in metrics

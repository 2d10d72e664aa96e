import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore, Thread
from typing import Any

import pytest

from load_tests.client import Client, Unavailable
from tests.support.stub import Answer, stub

VERSION = "/icat.lucene/version"


def echo(_path: str, body: Any) -> Answer:
    return 200, {"echo": body}


@contextmanager
def canned(*answers: bytes) -> Iterator[str]:
    """A server that sends these bytes, one for each request, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for answer in answers:
                    connection.recv(65_536)
                    connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def test_requests_follow_each_other_on_one_connection() -> None:
    with stub(echo) as service, Client(service.url) as client:
        answers = [client.call("/icat.lucene/modify", b"[%d]" % n).json() for n in range(3)]
    assert answers == [{"echo": [n]} for n in range(3)]


def test_an_answer_without_body_is_none() -> None:
    with stub() as service, Client(service.url) as client:
        assert client.call("/icat.lucene/commit").json() is None


def test_an_answer_in_chunks_is_put_together() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\n\r\n'
    )
    with canned(chunked) as url, Client(url) as client:
        assert client.call(VERSION).json() == {"a": 1}


def test_headers_of_an_answer_can_be_asked_for() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After:  2\r\nContent-Length: 0\r\n\r\n"
    with canned(busy) as url, Client(url) as client:
        answer = client.call(VERSION)
    assert (answer.header("retry-after"), answer.header("etag")) == ("2", None)


def test_what_is_not_modified_has_no_body_whatever_its_length() -> None:
    unchanged = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 500\r\n\r\n'
    with canned(unchanged) as url, Client(url, timeout=5) as client:
        answer = client.call(VERSION)
    assert (answer.status, answer.body, answer.header("etag")) == (304, b"", '"a"')


def test_a_client_can_call_from_another_address_and_send_headers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Client(url, source="127.0.10.7") as client:
            client.connect()
            connection, (address, _) = server.accept()
            connection.close()
            encoded = client.encode("/a", method="GET", headers={"If-None-Match": "b"})
    assert address == "127.0.10.7"
    assert encoded.startswith(b"GET /a HTTP/1.1\r\n")
    assert b"\r\nIf-None-Match: b\r\n" in encoded


def test_an_error_is_told_with_what_the_service_said() -> None:
    refused = b'HTTP/1.1 400 Bad Request\r\nContent-Length: 15\r\n\r\n{"message":"x"}'
    with canned(refused) as url, Client(url) as client:
        answer = client.call(VERSION)
    assert answer.status == 400
    with pytest.raises(Unavailable, match=r'status 400: {"message":"x"}'):
        answer.check()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", id="half-an-answer"),
        pytest.param(b"what?\r\n\r\n", id="no-http"),
    ],
)
def test_a_service_that_breaks_off_is_unavailable(answer: bytes) -> None:
    with canned(answer) as url, Client(url) as client, pytest.raises(Unavailable):
        client.call(VERSION)


def test_nobody_at_the_address_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(Unavailable):
        client.call(VERSION)


def test_a_connection_that_the_service_closed_meanwhile_is_opened_again() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(answer)
                closed.release()

        closed = Semaphore(0)
        thread = Thread(target=serve, daemon=True)
        thread.start()
        with Client(f"http://127.0.0.1:{server.getsockname()[1]}") as client:
            assert client.call(VERSION).json() == 1
            assert closed.acquire(timeout=5)
            assert client.call(VERSION).json() == 1
        thread.join(5)


def test_after_a_failure_the_next_request_opens_a_new_connection() -> None:
    with stub(echo) as service:
        client = Client(service.url)
        client.close()
        assert client.call(VERSION, b"1").json() == {"echo": 1}
        client.close()
        assert client.call(VERSION, b"2").json() == {"echo": 2}
        client.close()

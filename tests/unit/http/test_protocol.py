"""The protocol on real connections, fed with packets of sizes that no sender can choose."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from search_service.errors import TooBusy
from search_service.http.admission.control import AdmissionControl
from search_service.http.headers import Pair, headers_of
from search_service.http.protocol import (
    LARGEST_HEAD,
    LONGEST_ADDRESS,
    MOST_AFTER_ANSWER,
    MOST_HEADERS,
    HttpProtocol,
)
from search_service.workers.answers import Answer, refusal

START = b"GET / HTTP/1.1\r\nX: "
END = b"\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers everything with nothing."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@dataclass
class Shed:
    """Refuses every request whose address says so. ``bodies``: of those that it was asked for."""

    bodies: list[bytes] = field(default_factory=list)

    def is_on(self) -> bool:
        return True

    def refusal_of(self, scope: Any, body: bytes) -> tuple[Answer, list[Pair]] | None:
        self.bodies.append(body)
        if scope["path"] != "/refused":
            return None
        answer = refusal(TooBusy("Too many wait"))
        return answer, headers_of(answer)


@asynccontextmanager
async def connected(
    shed: Shed | None = None, application: Any = application
) -> AsyncIterator[tuple[HttpProtocol, asyncio.StreamReader]]:
    """The protocol of a connection, and what its caller reads."""
    loop = asyncio.get_running_loop()
    made: asyncio.Queue[HttpProtocol] = asyncio.Queue()
    config = uvicorn.Config(application, log_config=None, lifespan="off")
    admission = AdmissionControl()
    admission.shedding = shed

    def make() -> HttpProtocol:
        protocol = HttpProtocol(config, ServerState(), {}, loop, admission=admission)
        made.put_nowait(protocol)
        return protocol

    async with await loop.create_server(make, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield await made.get(), reader
        finally:
            writer.close()
            await writer.wait_closed()


def answers(packets: Sequence[bytes], shed: Shed | None = None) -> bytes:
    """All of them, after which the connection ended; waits for that end."""

    async def work() -> bytes:
        async with asyncio.timeout(10), connected(shed) as (protocol, reader):
            for packet in packets:
                protocol.data_received(packet)
            return await reader.read()

    return asyncio.run(work())


def statuses(packets: Sequence[bytes], shed: Shed | None = None) -> list[int]:
    """Of all answers, after which the connection ended."""
    return [int(head[:3]) for head in answers(packets, shed).split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([150_000], id="one-packet"),
        pytest.param([0, 100_000, 50_000], id="begun-alone"),
        pytest.param([100_000, 50_000], id="begun-with-much"),
        pytest.param([50_000] * 3, id="equal"),
    ],
)
@pytest.mark.parametrize("end", [END, b""], ids=["ends", "without-an-end"])
def test_a_head_is_too_large_however_it_is_cut_into_packets(sizes: list[int], end: bytes) -> None:
    first, *others = [b"x" * size for size in sizes]
    packets = [START + first, *others]
    packets[-1] += end
    assert statuses(packets) == [431]


def test_the_largest_head_is_taken_however_it_is_cut_into_packets() -> None:
    head = START + b"x" * (LARGEST_HEAD - 50) + b"\r\nConnection: close" + END
    assert statuses([head]) == [204]
    assert statuses([head[:40], head[40:]]) == [204]


def test_a_body_before_a_head_in_the_same_packet_does_not_count() -> None:
    size = 2 * LARGEST_HEAD
    body = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    last = b"GET / HTTP/1.1\r\nConnection: close" + END
    assert statuses([body + last[:10], last[10:]]) == [204, 204]


def test_who_still_sends_reads_why_it_was_refused() -> None:
    async def work() -> bytes:
        async with asyncio.timeout(10), connected() as (protocol, reader):
            protocol.data_received(b"no HTTP at all\r\n\r\n")
            answer = await reader.read()  # to the end: nothing else comes
            protocol.data_received(b"x" * 100_000)
            assert not protocol.transport.is_closing()  # closed with unread bytes it were a reset
            protocol.data_received(b"x" * MOST_AFTER_ANSWER)
            assert protocol.transport.is_closing()
            return answer

    assert asyncio.run(work()).startswith(b"HTTP/1.1 400 ")


LONG_ADDRESS = b"GET /" + b"x" * LONGEST_ADDRESS + b" HTTP/1.1\r\n"
MANY_HEADERS = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MOST_HEADERS + 1)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        pytest.param(
            LONG_ADDRESS, f"The address .* at most {LONGEST_ADDRESS:,} bytes", id="address"
        ),
        pytest.param(MANY_HEADERS, f"The head .* at most {MOST_HEADERS} headers", id="headers"),
        pytest.param(
            START + b"x" * LARGEST_HEAD + b"\r\n",
            f"The address and the headers .* at most {LARGEST_HEAD:,} bytes together",
            id="bytes",
        ),
    ],
)
@pytest.mark.parametrize("offer", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"])
def test_it_is_told_what_of_a_head_is_too_much(head: bytes, sentence: str, offer: bytes) -> None:
    line, end, headers = head.partition(b"\r\n")
    answer = answers([line + end + offer + headers + b"\r\n"])
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert re.search(sentence, answer.decode())


def test_the_longest_address_and_most_headers_are_taken() -> None:
    address = b"GET /" + b"x" * (LONGEST_ADDRESS - 1) + b" HTTP/1.1\r\nConnection: close" + END
    assert statuses([address]) == [204]
    headers = b"GET / HTTP/1.1\r\nConnection: close\r\n" + b"X: y\r\n" * (MOST_HEADERS - 1)
    assert statuses([headers + b"\r\n"]) == [204]


VALID = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]"


@pytest.mark.parametrize("requests", [1, 3])
@pytest.mark.parametrize("cut", [False, True], ids=["one-packet", "two-packets"])
@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(b"garbage" + END, id="no-request"),
        pytest.param(b"\0", id="no-text"),
        pytest.param(b"GET / HTTP/9" + END, id="no-version"),
        pytest.param(b"CONNECT x:1 HTTP/1.1" + END, id="for-a-proxy"),
        pytest.param(LONG_ADDRESS + b"\r\n", id="long-address"),
        pytest.param(MANY_HEADERS + b"\r\n", id="many-headers"),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n", id="no-chunk"
        ),
    ],
)
def test_what_is_wrong_behind_requests_takes_no_answer_of_theirs(
    requests: int, cut: bool, behind: bytes
) -> None:
    packets = [VALID * requests, behind] if cut else [VALID * requests + behind]
    assert statuses(packets) == [204] * requests


def request(path: str, body: bytes = b"{}", *, last: bool = False) -> bytes:
    end = "\r\nConnection: close" if last else ""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}{end}\r\n\r\n"
    return head.encode() + body


def test_in_an_overload_requests_are_refused_whole_or_answered() -> None:
    shed = Shed()
    asked = [request("/refused", b"1"), request("/", b"2"), request("/refused", b"3", last=True)]
    assert statuses(asked, shed) == [503, 204, 503]
    assert shed.bodies == [b"1", b"2", b"3"]


def test_requests_in_one_packet_are_refused_or_answered_in_their_order() -> None:
    asked = [request("/"), request("/refused"), request("/refused"), request("/", last=True)]
    assert statuses([b"".join(asked)], Shed()) == [204, 503, 503, 204]


def test_a_request_whose_body_is_still_coming_is_left_to_the_application() -> None:
    shed = Shed()
    whole = request("/refused", b"12345", last=True)
    assert statuses([whole[:-3], whole[-3:]], shed) == [204]
    assert shed.bodies == []


def test_a_refusal_ends_a_connection_that_is_not_kept() -> None:
    old = request("/refused").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert statuses([old], Shed()) == [503]


def test_the_answer_to_head_has_no_body_and_comes_at_once() -> None:
    asked = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert statuses([asked, START + b"1\r\nConnection: close" + END]) == [204, 204]


@pytest.mark.parametrize("behind", [0, 1, 3])
def test_a_request_is_told_that_its_caller_left_whatever_was_sent_behind_it(behind: int) -> None:
    async def work() -> list[tuple[str, str]]:
        told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

        async def waits(scope: Any, receive: Any, send: Any) -> None:
            assert not (await receive())["more_body"]
            told.put_nowait((scope["path"], "begun"))
            told.put_nowait((scope["path"], (await receive())["type"]))
            await application(scope, receive, send)  # which goes nowhere
            told.put_nowait((scope["path"], "ended"))

        async with asyncio.timeout(10), connected(application=waits) as (protocol, _):
            protocol.data_received(request("/1") + request("/more") * behind)
            found = [await told.get()]
            protocol.transport.abort()
            return [*found, await told.get(), await told.get()]

    assert asyncio.run(work()) == [("/1", "begun"), ("/1", "http.disconnect"), ("/1", "ended")]

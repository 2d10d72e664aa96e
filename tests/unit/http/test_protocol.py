"""The protocol on real connections, fed with packets of sizes that no sender can choose."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from search_service.http.protocol import LARGEST_HEAD, MOST_AFTER_ANSWER, HttpProtocol

START = b"GET / HTTP/1.1\r\nX: "
END = b"\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers everything with nothing."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[HttpProtocol, asyncio.StreamReader]]:
    """The protocol of a connection, and what its caller reads."""
    loop = asyncio.get_running_loop()
    made: asyncio.Queue[HttpProtocol] = asyncio.Queue()
    config = uvicorn.Config(application, log_config=None, lifespan="off")

    def make() -> HttpProtocol:
        made.put_nowait(protocol := HttpProtocol(config, ServerState(), {}, loop))
        return protocol

    async with await loop.create_server(make, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield await made.get(), reader
        finally:
            writer.close()
            await writer.wait_closed()


def statuses(packets: Sequence[bytes]) -> list[int]:
    """Of all answers, after which the connection ended; waits for that end."""

    async def work() -> bytes:
        async with asyncio.timeout(10), connected() as (protocol, reader):
            for packet in packets:
                protocol.data_received(packet)
            return await reader.read()

    heads = asyncio.run(work()).split(b"HTTP/1.1 ")[1:]
    return [int(head[:3]) for head in heads]


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

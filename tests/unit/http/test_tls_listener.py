"""Connections before HTTP: with TLS, without it, and with nothing at all."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from search_service.http.tls import Certificates
from search_service.http.tls_listener import MOST_HANDSHAKES, TlsListener
from tests.support.certificates import Certified, certified

Address = tuple[str, int]


class Greets(asyncio.Protocol):
    """Says hello to whoever comes through."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certified(tmp_path_factory.mktemp("tls"), "service")


@asynccontextmanager
async def listening(certificates: Certificates) -> AsyncIterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listener = TlsListener(listening, Greets, certificates)
        try:
            async with asyncio.timeout(30):
                yield listening.getsockname()
        finally:
            listener.close()
            await listener.wait_closed()


async def greeting(address: Address, certificate: Path) -> bytes:
    """What is said to a caller that trusts a certificate."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    reader, writer = await asyncio.open_connection(*address, ssl=trusting)
    try:
        return await reader.read()
    finally:
        writer.close()


def test_who_speaks_tls_comes_through(pair: Certified) -> None:
    async def work() -> bytes:
        async with listening(Certificates(pair.certificate, pair.key, None)) as address:
            return await greeting(address, pair.certificate)

    assert asyncio.run(work()) == b"hello"


def test_the_next_connection_has_a_renewed_certificate(tmp_path: Path) -> None:
    first = certified(tmp_path, "service")
    certificates = Certificates(first.certificate, first.key, None)

    async def work() -> None:
        async with listening(certificates) as address:
            assert await greeting(address, first.certificate) == b"hello"
            second = await asyncio.to_thread(certified, tmp_path, "service")
            certificates.renew()
            assert await greeting(address, second.certificate) == b"hello"

    asyncio.run(work())


def test_who_speaks_plain_http_is_told_so(pair: Certified) -> None:
    async def work() -> bytes:
        async with listening(Certificates(pair.certificate, pair.key, None)) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            try:
                return await reader.read()
            finally:
                writer.close()

    answer = asyncio.run(work())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"https" in answer


def test_of_too_many_silent_connections_the_oldest_ends_and_others_come_through(
    pair: Certified,
) -> None:
    async def work() -> None:
        async with listening(Certificates(pair.certificate, pair.key, None)) as address:
            silent = [await asyncio.open_connection(*address) for _ in range(MOST_HANDSHAKES)]
            assert await greeting(address, pair.certificate) == b"hello"
            reader, _ = silent[0]
            assert await reader.read() == b""
            for _, writer in silent:
                writer.close()

    asyncio.run(work())


def test_who_ends_before_a_handshake_hinders_nobody(pair: Certified) -> None:
    async def work() -> None:
        async with listening(Certificates(pair.certificate, pair.key, None)) as address:
            for beginning in (b"", b"\x16", b"\x16\x03nonsense"):
                _, writer = await asyncio.open_connection(*address)
                writer.write(beginning)
                writer.close()
            assert await greeting(address, pair.certificate) == b"hello"

    asyncio.run(work())

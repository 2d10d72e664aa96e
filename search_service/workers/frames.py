"""What goes between the service and a search worker: frames of a small head and a large body.

A frame is two lengths, the head (pickled: tuples, numbers and the view, between processes of one
service) and the body as it is: a request's or an answer's bytes, which nobody copies twice.
"""

import asyncio
import pickle
import struct
from collections.abc import Callable
from socket import socket
from typing import Any

_LENGTHS = struct.Struct("!II")
# A page of 1,000 hits is 600 kB; the usual 208 kB would wake the reader three times for it.
BUFFER = 1 << 20
SMALL = 1 << 16  # below, one write of a joined frame is cheaper than two writes

Head = tuple[Any, ...]


def pack(head: Head, body: bytes | bytearray) -> tuple[bytes, bytes | bytearray]:
    """The two parts of a frame, in the order in which they are written.

    The first holds both lengths (of less than 4 GB) and the head, the second is the body, not
    copied. Raises struct.error for what is longer.
    """
    packed = pickle.dumps(head, pickle.HIGHEST_PROTOCOL)
    return _LENGTHS.pack(len(packed), len(body)) + packed, body


def send(connection: socket, head: Head, body: bytes | bytearray = b"") -> None:
    """Write a frame, and wait until the other side has taken it. For the worker's side.

    Raises ConnectionError when the other side has gone.
    """
    start, rest = pack(head, body)
    if len(rest) < SMALL:
        connection.sendall(start + rest)
        return
    connection.sendall(start)
    connection.sendall(rest)


def receive(connection: socket) -> tuple[Head, bytearray] | None:
    """Wait for a frame and return its head and body. For the worker's side.

    None when the other side has gone, also in the middle of a frame.
    """
    lengths = _exactly(connection, _LENGTHS.size)
    if lengths is None:
        return None
    head_length, body_length = _LENGTHS.unpack(lengths)
    head, body = _exactly(connection, head_length), _exactly(connection, body_length)
    if head is None or body is None:
        return None
    return pickle.loads(head), body  # noqa: S301 (from our own process)


def _exactly(connection: socket, count: int) -> bytearray | None:
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        try:
            got = connection.recv_into(rest)
        except ConnectionError:
            return None
        if not got:
            return None
        rest = rest[got:]
    return data


class FrameReader(asyncio.BufferedProtocol):
    """Calls ``on_frame`` with head and body of each frame, ``on_end`` when the other side has gone.

    The body is read into its own buffer by the event loop: no thread, and no copy after it.
    """

    def __init__(
        self, on_frame: Callable[[Head, bytearray], None], on_end: Callable[[], None]
    ) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._expect(_LENGTHS.size)
        self._head_length: int | None = None
        self._head: Head | None = None

    def _expect(self, count: int) -> None:
        self._part = bytearray(count)
        self._filled = 0

    def get_buffer(self, sizehint: int) -> memoryview:
        """The bytes that are missing of the current part, for the event loop to read into."""
        return memoryview(self._part)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """The event loop has read so many bytes."""
        self._filled += nbytes
        # A part of no length (a head is never empty, a body may be) is complete at once.
        while self._filled == len(self._part):
            self._part_is_complete()

    def _part_is_complete(self) -> None:
        part = self._part
        if self._head_length is None:
            self._head_length, self._body_length = _LENGTHS.unpack(part)
            self._expect(self._head_length)
        elif self._head is None:
            self._head = pickle.loads(part)  # noqa: S301 (from our own process)
            self._expect(self._body_length)
        else:
            head = self._head
            self._head_length = self._head = None
            self._expect(_LENGTHS.size)
            self._on_frame(head, part)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side has gone."""
        self._on_end()

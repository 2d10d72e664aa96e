"""HTTP as uvicorn's httptools protocol speaks it, without what would harm callers or the service.

An upgrade that is offered (`Upgrade: h2c`: the HTTP client of Java does with every request) is not
taken, so the request goes on as HTTP/1.1, as RFC 9110 has it. The parser would end at the head
of such a request, and take its body for the next one (Kludex/uvicorn #2722).

Anybody may connect, and whose calls are answered is decided once the head of a request is read: so
a head has a largest size and a longest time, and what follows an answer does too. Not here: who may
call, see ``gate``.
"""

import asyncio
from http import HTTPStatus

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A catalogue keeps its connections; it should be the one that closes them, or a request may meet a
# connection that is just being closed.
IDLE_SECONDS = 75
HEAD_SECONDS = 30  # from the first byte of a request to the end of its head
LARGEST_HEAD = 128 << 10  # bytes: a query string may hold where a page ends, and so a long title
MOST_HEADERS = 200
# What is still sent of a body after its request was answered is read and thrown away: whoever sends
# would otherwise see a broken connection instead of the answer.
MOST_AFTER_ANSWER = 64 << 20
# For what a caller still sends after its request was refused: a connection that is closed with
# bytes that nobody read is reset, and the caller may never see why.
LINGER_SECONDS = 5


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    _in_head = False  # the head of a request was begun
    _in_message = False  # a request was begun
    _head_bytes = 0  # of the head that has begun, as far as it came in packets of its own
    _heads_begun = 0  # in the packet that is read
    _after_answer = 0
    _refused = False  # nothing is read any more
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A request may be waited for as long as the next one."""
        super().connection_made(transport)
        self._wait_for_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """No timer is left."""
        self._unset_keepalive_if_required()
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A packet, with parts of one request or with several."""
        if self.transport.is_closing():
            return
        begins = not self._in_message
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._refuse_head()
                return
        elif self._refused or self._is_after_answer():
            self._after_answer += len(data)
            if self._after_answer > MOST_AFTER_ANSWER:
                self.transport.close()
                return
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._heads_begun = 0
        self._feed(memoryview(data))
        if self._in_head and begins and self._heads_begun == 1:
            # How a caller's bytes are cut into packets is chance: those of the first count too.
            self._head_bytes = len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._refuse_head()
        self._wait_for_more()

    def _is_after_answer(self) -> bool:
        return self._in_message and self.cycle is not None and self.cycle.response_complete

    def _wait_for_more(self) -> None:
        """For a while, unless it is the service that has something to do."""
        if self._refused:
            return
        if self._in_head:
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(
                    HEAD_SECONDS, self.timeout_keep_alive_handler
                )
        elif self.timeout_keep_alive_task is None and (
            self.cycle is None or self.cycle.response_complete
        ):
            self.timeout_keep_alive_task = self.loop.call_later(
                IDLE_SECONDS, self.timeout_keep_alive_handler
            )

    def _feed(self, data: memoryview) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # The parser has stopped after a head, of which the callbacks made nothing.
                (read,) = upgrade.args
                data = data[read:]
                if not self._read_head_again():
                    return
            except httptools.HttpParserError:
                if self._in_head and self._size_of_head() > LARGEST_HEAD:
                    self._refuse_head()
                else:
                    self._refuse(HTTPStatus.BAD_REQUEST, "The request is no HTTP/1.1")
                return
            else:
                return

    def _read_head_again(self) -> bool:
        """Read the head once more, as of a request that offers no upgrade; whether it is one."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, "This is no proxy")
            return False
        head = [method, b" ", self.url, b" HTTP/", self.parser.get_http_version().encode()]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [b"\r\n", name, b": ", value]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        try:
            self.parser.feed_data(b"".join([*head, b"\r\n\r\n"]))
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is no HTTP/1.1")
            return False
        return True

    # ── callbacks of the parser ──────────────────────────────────────────────────────────────────

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._heads_begun += 1
        self._in_head = self._in_message = True
        self._head_bytes = self._after_answer = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a line behind a body in pieces."""
        if len(self.headers) >= MOST_HEADERS:
            raise httptools.HttpParserError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the head is to be read again."""
        if self._size_of_head() > LARGEST_HEAD:
            raise httptools.HttpParserError("too large a head")
        if self.parser.should_upgrade():
            return
        self._in_head = False
        self._stop_head_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if not self.parser.should_upgrade():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The last byte of a request, or of the head that is to be read again."""
        if not self.parser.should_upgrade():
            self._in_message = False
            super().on_message_complete()

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _size_of_head(self) -> int:
        """Bytes of the address and the headers that were read whole."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse_head(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            f"The address and the headers of a request may have {LARGEST_HEAD} bytes together",
        )

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Say what is wrong, and end the connection: what follows cannot be understood."""
        body = orjson.dumps({"code": status.name, "message": message})
        lines = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        )
        self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
        self._refused, self._in_head = True, False
        self._unset_keepalive_if_required()
        self._stop_head_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an earlier request would answer behind the end
            return
        self.transport.write_eof()
        self.timeout_keep_alive_task = self.loop.call_later(
            LINGER_SECONDS, self.timeout_keep_alive_handler
        )

"""HTTP as uvicorn's httptools protocol speaks it, without what would harm callers or the service.

An upgrade that is offered (`Upgrade: h2c`: the HTTP client of Java does with every request) is not
taken, so the request goes on as HTTP/1.1, as RFC 9110 has it. The parser would end at the head
of such a request, and take its body for the next one (Kludex/uvicorn #2722).

Anybody may connect, and whose calls are answered is decided once the head of a request is read: so
every stage of a connection has a largest size and a longest time
(``docs/decisions/0034-the-front-process-is-bounded.md``). Not here: who may call, see ``gate``;
what all connections have together, see ``admission``.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from search_service.errors import (
    BadRequest,
    HeadTooLarge,
    NoProxy,
    RequestTimedOut,
    ServiceError,
    TooManyBytes,
    TooManyConnections,
)
from search_service.http.admission.connections import CONNECTION
from search_service.http.admission.control import AdmissionControl, Scope
from search_service.http.admission.refusals import Reason
from search_service.http.headers import Pair, headers_of
from search_service.http.transfers import BodyProgress, UnreadAnswer
from search_service.workers.answers import Answer, refusal

LARGEST_HEAD = 128 << 10  # bytes: a query string may hold where a page ends, and so a long title
LONGEST_ADDRESS = (1 << 16) - 1  # bytes: the parser takes no longer one apart
MOST_HEADERS = 200
# Requests that are read before the first of them is answered. Those behind are not answered.
MOST_AHEAD = 16
# What is still sent of a body after its request was answered is read and thrown away: whoever sends
# would otherwise see a broken connection instead of the answer.
MOST_AFTER_ANSWER = 64 << 20
DISCARD_SECONDS = 30
# For what a caller still sends after its request was refused: a connection that is closed with
# bytes that nobody read is reset, and the caller may never see why.
LINGER_SECONDS = 5
_CLOSES = (b"connection", b"close")


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    _in_head = False  # the head of a request was begun
    _in_message = False  # a request was begun
    _head_bytes = 0  # of the head that has begun, as far as it came in packets of its own
    _header_bytes = 0  # of the headers that were read whole
    _head_began = 0.0
    _heads_begun = 0  # in the packet that is read
    _excess: HeadTooLarge | None = None  # what of the head is too much, if anything
    _before: RequestResponseCycle | None = None  # of a request that the newest waits for
    _running: RequestResponseCycle | None = None  # that is answered, or was last
    _after_answer = 0
    _refused = False  # nothing is read any more
    _is_full = False  # of requests that wait for the one before
    _waits_for_reader = False  # the answer is written, and most of it not read yet
    _end_by: float | None = None  # of what follows an answer
    _is_reading = False  # a packet
    _unbegun: tuple[RequestResponseCycle, Any] | None = None  # to be answered once that is read

    def __init__(
        self, *arguments: Any, admission: AdmissionControl | None = None, **others: Any
    ) -> None:
        """``admission``: what the connections of a server share."""
        super().__init__(*arguments, **others)
        self._admission = admission or AdmissionControl()
        self._limits = self._admission.limits
        self._body = BodyProgress(self._limits)
        self._unread = UnreadAnswer(self._limits, self._admission.in_flight)
        self.timeout_keep_alive = self._limits.idle_seconds  # type: ignore[assignment]
        self.address = ""

    # ── as ``admission`` sees a connection ───────────────────────────────────────────────────────

    def give_way(self) -> bool:
        """End, unless an answer would be lost."""
        if self.transport.get_write_buffer_size():
            return False
        self._note(Reason.REPLACED)
        self.transport.abort()
        return True

    def look(self, now: float) -> None:
        """End what takes too long."""
        if self._unread.is_stalled(self.transport.get_write_buffer_size(), now):
            self._drop_answer(Reason.UNREAD_ANSWER)
        elif self._end_by is not None:
            if now >= self._end_by:
                self._end_by = now + LINGER_SECONDS
                self.transport.close()
        elif self._in_head:
            if self.flow.read_paused:
                self._head_began = now
            elif now - self._head_began > self._limits.head_seconds:
                self._refuse(RequestTimedOut("The head", "head_seconds"), Reason.HEAD_TIME)
        elif self._in_message and self._body.is_stalled(now, self.flow.read_paused):
            self._refuse(RequestTimedOut("The body", "stalled_seconds"), Reason.BODY_TIME)

    def drop_body(self) -> None:
        """Refuse the request whose body is received: there is no room for it."""
        self._refuse(TooManyBytes(), Reason.BYTES_IN_FLIGHT)

    # ── the connection ───────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A request may be waited for as long as the next one."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._admission.admit(self, self.loop):
            self._wait_for_more()
        else:
            self._refused = True
            self._note(Reason.CONNECTIONS)
            transport.write(_last_answer(TooManyConnections()))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left of it."""
        self._unset_keepalive_if_required()
        self._admission.connections.leave(self)
        self._unread.end()
        self.pipeline.clear()
        if (running := self._running) is not None and not running.response_complete:
            # uvicorn tells the newest request alone, and one that others were sent behind would be
            # worked on to its end, and its answer written to what is closed.
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin to answer; in an overload once the packet is read, as it may be refused whole."""
        self._running = cycle
        shedding = self._admission.shedding
        if shedding is None or not shedding.is_on():
            super()._start_asgi_task(cycle, app)
            return
        self._unbegun = cycle, app
        if not self._is_reading:
            self._begin_or_refuse()

    def _begin_or_refuse(self) -> None:
        if self._unbegun is None:
            return
        (cycle, app), self._unbegun = self._unbegun, None
        shedding = self._admission.shedding
        refused = None
        if shedding is not None and not cycle.more_body:
            refused = shedding.refusal_of(cast(Scope, cycle.scope), bytes(cycle.body))
        if refused is None:
            super()._start_asgi_task(cycle, app)
            return
        answer, headers = refused
        if not cycle.keep_alive:
            headers.append(_CLOSES)
        self.transport.write(_written(answer, [*cycle.default_headers, *headers]))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.end_after_answer()
        self.on_response_complete()

    def data_received(self, data: bytes) -> None:
        """A packet, with parts of one request or with several."""
        if self.transport.is_closing() or (self._is_full and not self._refused):
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
                self._note(Reason.AFTER_ANSWER)
                self.transport.close()
                return
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._heads_begun = 0
        in_body = self._in_message and not self._in_head
        self._is_reading = True
        self._feed(memoryview(data))
        self._is_reading = False
        self._begin_or_refuse()
        if self._in_head and begins and self._heads_begun == 1:
            # How a caller's bytes are cut into packets is chance: those of the first count too.
            self._head_bytes = len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._refuse_head()
        if in_body and self._in_message and not self._body.takes(len(data), self.loop.time()):
            self._refuse(
                BadRequest("The body is in too small pieces, or has too much behind or between"),
                Reason.BODY_FRAMING,
            )
        self._wait_for_more()

    def resume_writing(self) -> None:
        """It was read."""
        super().resume_writing()
        if self._waits_for_reader:
            self._waits_for_reader = False
            self._unread.end()
            super().on_response_complete()
            self._after_response()

    def _is_after_answer(self) -> bool:
        return self._in_message and self.cycle is not None and self.cycle.response_complete

    def _wait_for_more(self) -> None:
        """For a while, unless it is the service that has something to do."""
        if self._refused or self._in_head or self.timeout_keep_alive_task is not None:
            return
        if self.cycle is None or (self.cycle.response_complete and not self._waits_for_reader):
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    # ── the parser ───────────────────────────────────────────────────────────────────────────────

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
                self._refuse_unread()
                return
            else:
                return

    def _read_head_again(self) -> bool:
        """Read the head once more, as of a request that offers no upgrade; whether it is one."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(NoProxy(), Reason.SYNTAX)
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
            self._refuse_unread()
            return False
        return True

    def _refuse_unread(self) -> None:
        """Refuse what the parser stopped at, if it is not that all was read that may be."""
        if self._excess is not None:
            self._refuse(self._excess, Reason.HEAD_SIZE)
        elif not self._is_full:
            self._refuse(BadRequest("The request is no HTTP/1.1"), Reason.SYNTAX)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if len(self.pipeline) >= MOST_AHEAD:
            self._stop_reading_ahead()
            raise httptools.HttpParserError("too many requests")
        super().on_message_begin()
        self._heads_begun += 1
        self._in_head = self._in_message = True
        self._head_bytes = self._header_bytes = self._after_answer = 0
        self._head_began = self.loop.time()
        self._end_by = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. What stands behind a body in pieces is none: nobody reads it."""
        if not self._in_head:
            return
        if len(self.headers) >= MOST_HEADERS:
            self._exceed(HeadTooLarge("The head", MOST_HEADERS, "headers"))
        self._header_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the head is to be read again."""
        if self._size_of_head() > LARGEST_HEAD:
            self._exceed(_HEAD_TOO_LARGE)
        if len(self.url) > LONGEST_ADDRESS:
            self._exceed(HeadTooLarge("The address (URL)", LONGEST_ADDRESS, "bytes"))
        if self.parser.should_upgrade():
            return
        self._in_head = False
        before = self.cycle
        self._body.begin(self._head_began)
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        self._admission.connections.works(self)
        super().on_headers_complete()
        self._before = before if self.pipeline else None
        answer = _AnswerTransport(self, self.cycle)
        self.cycle.transport = cast(asyncio.Transport, answer)
        self.cycle.on_response = answer.complete
        if self.expect_100_continue:
            # Who is answered before it sent the body may send it or not, so nothing can follow.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if not self.parser.should_upgrade():
            self._body.content += len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The last byte of a request, or of the head that is to be read again."""
        if not self.parser.should_upgrade():
            self._in_message = False
            super().on_message_complete()
            if self.cycle.response_complete:
                self._after_response()

    def _stop_reading_ahead(self) -> None:
        """Who sends it all in advance sends the rest again."""
        self._note(Reason.PIPELINING)
        self._end_behind(self.pipeline[0][0])

    def _end_behind(self, last: RequestResponseCycle) -> None:
        """Answer what was read up to a request, and end then."""
        self._is_full, self._in_head, self._in_message = True, False, False
        last.keep_alive = False
        self.flow.pause_reading()

    # ── after an answer ──────────────────────────────────────────────────────────────────────────

    def on_response_complete(self) -> None:
        """The answer is written: the next request is looked at when it is read."""
        if self._refused:
            self.server_state.total_requests += 1  # and no other is answered
        elif self.flow.write_paused and not self.transport.is_closing():
            self._waits_for_reader = True
            self.flow.pause_reading()
        else:
            super().on_response_complete()
            self._after_response()
        if left := self.transport.get_write_buffer_size():
            drop = partial(self._drop_answer, Reason.BYTES_IN_FLIGHT)
            self._unread.begin(left, self.loop.time(), self.address, drop)

    def _after_response(self) -> None:
        """Another request may come, once the body of this one has."""
        self._end_by = None
        if self.cycle.response_complete:
            if self._in_message and not self._in_head:
                self._end_by = self.loop.time() + DISCARD_SECONDS
            self._admission.connections.waits(self)

    def end_after_answer(self) -> None:
        """The answer was the last, but the request may not have been read to its end."""
        if self._in_message or self._is_full:
            self._linger()
        else:
            self.transport.close()

    def _drop_answer(self, reason: Reason) -> None:
        self._note(reason)
        self.transport.abort()

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────

    def _size_of_head(self) -> int:
        """Bytes of the address and the headers that were read whole."""
        return len(self.url) + self._header_bytes

    def _exceed(self, excess: HeadTooLarge) -> NoReturn:
        """Stop the parser."""
        self._excess = excess
        raise httptools.HttpParserError(excess.message)

    def _refuse_head(self) -> None:
        self._refuse(_HEAD_TOO_LARGE, Reason.HEAD_SIZE)

    def _refuse(self, error: ServiceError, reason: Reason) -> None:
        """Say what is wrong, and end the connection: what follows cannot be understood.

        Requests before it are answered, as they may have been carried out; then this one is not.
        """
        self._note(reason)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            has_cycle = self._in_message and not self._in_head
            if not has_cycle:
                self._end_behind(cycle)
                return
            if self.pipeline and self._before is not None:
                self.pipeline.popleft()  # its body is wrong, and it was not begun
                self.cycle = self._before
                self._end_behind(self._before)
                return
            if cycle.response_started:
                self._refused, self._in_head = True, False
                self.transport.close()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_last_answer(error))
        self._linger()

    def _linger(self) -> None:
        """Read what a caller still sends, for a moment, and throw it away."""
        self._refused, self._in_head = True, False
        self._unset_keepalive_if_required()
        self._end_by = self.loop.time() + LINGER_SECONDS
        self._admission.connections.waits(self)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _note(self, reason: Reason) -> None:
        self._admission.refusals.note(reason, self.address)


_HEAD_TOO_LARGE = HeadTooLarge("The address and the headers", LARGEST_HEAD, "bytes together")


class _AnswerTransport:
    """What an answer is written to: its end is not that of the connection yet.

    Its head waits for its body, so that both are one write: each costs 0.1 ms and more, most of
    what a short answer does.
    """

    __slots__ = ("_cycle", "_head", "_head_is_written", "_protocol", "_transport", "is_closing")

    def __init__(self, protocol: HttpProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._transport = protocol.transport
        self._head = b""
        self._head_is_written = False
        self.is_closing = self._transport.is_closing

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif self._head_is_written or not self._cycle.response_started:
            self._transport.write(data)  # `100 Continue` stands before the head
        else:
            self._head, self._head_is_written = data, True

    def complete(self) -> None:
        self._flush()
        self._protocol.on_response_complete()

    def close(self) -> None:
        self._flush()
        self._protocol.end_after_answer()

    def _flush(self) -> None:
        """Write a head behind which nothing comes."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)


def _last_answer(error: ServiceError) -> bytes:
    """The whole answer of a connection that ends with it."""
    answer = refusal(error)
    return _written(answer, [*headers_of(answer), _CLOSES])


def _written(answer: Answer, headers: Iterable[Pair]) -> bytes:
    status = HTTPStatus(answer.status)
    lines = (
        b"HTTP/1.1 %d %s" % (status, status.phrase.encode()),
        *(name + b": " + value for name, value in headers),
    )
    return b"\r\n".join((*lines, b"", answer.body))

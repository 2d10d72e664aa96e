"""Fills a service elsewhere over HTTP as a catalogue does: lock, addNow in blocks, unlock.

That service answers with what it held until the unlock of each entity. It prepares the documents
itself; here they are only tried, as it refuses a whole block for one that is wrong. Not here: the
next generation of a data directory on this machine, see ``run``.
"""

import http.client
import json
import logging
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Lock
from urllib.parse import urlencode, urlsplit

import orjson

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import prepare
from search_service.engines.embedded.generations import Part
from search_service.errors import BadRequest, CannotReindex
from search_service.reindex.patience import opened, patiently
from search_service.reindex.plan import Piece, plan
from search_service.reindex.progress import Progress
from search_service.reindex.run import Show, Wanted
from search_service.reindex.source import Row, Source
from search_service.reindex.state import Reject, Stand
from search_service.reindex.worker import OpenSource

log = logging.getLogger(__name__)

BLOCK = 10_000
_BASE = "/icat.lucene"
_TIMEOUT_SECONDS = 600  # an unlock commits all that was added
_SHOWN_SECONDS = 1.0
_TRY_AGAIN = (502, 503, 504)


def fill(
    url: str, units: str, open_source: OpenSource, wanted: Wanted, show: Show
) -> tuple[dict[str, int], list[Reject]]:
    """Fill each entity anew; documents by entity, and what was left out.

    Raises CannotReindex, SourceFailed; the entity at work then stays locked at the service.
    """
    documents: dict[str, int] = {}
    rejects: list[Reject] = []

    def reject(entity: str, id_: int | None, reason: str) -> None:
        rejects.append(Reject(entity, id_, reason))

    # This connection stays open to the end: what it knows of a file, others take from it.
    with opened(open_source, reject) as source:
        for entity in wanted.entities:
            filling = _Filling(url, entity, units, open_source, wanted, show)
            documents[entity] = filling.run(source)
            rejects += filling.rejects
    return documents, list(dict.fromkeys(rejects))


class _Filling:
    """One entity."""

    def __init__(
        self,
        url: str,
        entity: str,
        units: str,
        open_source: OpenSource,
        wanted: Wanted,
        show: Show,
    ) -> None:
        self.rejects: list[Reject] = []
        self._url = url
        self._entity = entity
        self._units = Units(units)
        self._open_source = open_source
        self._wanted = wanted
        self._show = show
        self._progress = Progress()
        self._counting = Lock()
        self._ended = Event()

    def run(self, source: Source) -> int:
        """Lock, add and unlock. Returns the number of documents."""
        pieces = self._pieces(source)
        self._progress.begin([Stand(piece, piece.low, 0, False) for piece in pieces])
        with closing(_Connection(self._url, self._wanted.pauses)) as connection:
            connection.post(f"lock/{self._entity}?{_range(self._wanted.part)}")
            try:
                sent = self._send_all(pieces)
            except BaseException as error:
                log.error(
                    "entity left locked at the service, which goes on with what it held before; "
                    "restart that service to undo it",
                    extra={"entity": self._entity, "why": str(error)},
                )
                raise
            connection.post(f"unlock/{self._entity}")
        self._show(self._progress.lines())
        return sent

    def _pieces(self, source: Source) -> Sequence[Piece]:
        wanted, part = self._wanted, self._wanted.part
        width = wanted.widths.get(self._entity, wanted.width)
        least = min(wanted.least, BLOCK)
        pieces = plan(source, self._entity, width, wanted.workers, least=least).pieces
        clipped = [
            Piece(
                piece.entity,
                piece.low if part.low is None else max(piece.low, part.low),
                piece.high if part.high is None else min(piece.high, part.high),
                piece.expected,
            )
            for piece in pieces
        ]
        return [piece for piece in clipped if piece.low < piece.high]

    def _send_all(self, pieces: Sequence[Piece]) -> int:
        with ThreadPoolExecutor(self._wanted.workers, "fill") as threads:
            running = [threads.submit(self._send, piece) for piece in pieces]
            try:
                while True:
                    done, waiting = wait(running, _SHOWN_SECONDS, FIRST_EXCEPTION)
                    failures = [f.exception() for f in done if f.exception() is not None]
                    if failures or not waiting:
                        break
                    self._show(self._progress.lines())
            finally:
                self._ended.set()
                for one in running:
                    one.cancel()
        for failure in failures:
            if failure is not None:
                raise failure
        return sum(one.result() for one in running)

    def _send(self, piece: Piece) -> int:
        sent, place = 0, piece.low
        with closing(_Connection(self._url, self._wanted.pauses)) as connection:

            def pour(source: Source) -> None:
                nonlocal sent, place
                for rows in _blocks(source.read(piece.entity, place, piece.high)):
                    if self._ended.is_set():
                        return
                    documents = [document for _, document in self._kept(rows)]
                    if documents:
                        body = orjson.dumps(documents)
                        connection.post(f"addNow/{piece.entity}", body, again=True)
                    sent, place = sent + len(documents), rows[-1][0] + 1
                    self._note(piece, sent)

            patiently(self._open_source, self._reject, pour, self._wanted.pauses, reached=True)
        self._note(piece, sent, done=True)
        return sent

    def _note(self, piece: Piece, sent: int, *, done: bool = False) -> None:
        with self._counting:
            self._progress.note(piece, sent, done=done)

    def _kept(self, rows: Sequence[Row]) -> Iterator[Row]:
        found = lookup.entity(self._entity)
        for id_, document in rows:
            try:
                prepare(found, id_, document, self._units)
            except BadRequest as error:
                self._reject(self._entity, id_, str(error))
            else:
                yield id_, document

    def _reject(self, entity: str, id_: int | None, reason: str) -> None:
        self.rejects.append(Reject(entity, id_, reason))


class _Connection:
    """A connection to the service, made when it is needed."""

    def __init__(self, url: str, pauses: Sequence[float]) -> None:
        self._url = url
        self._pauses = pauses
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes = b"", *, again: bool = False) -> None:
        """Ask for an operation. Raises CannotReindex; ``again``: tried again before, as it may be.

        A block that is sent twice is there once.
        """
        waiting = list(self._pauses) if again else []
        while (refused := self._posted(path, body)) is not None:
            if not refused.later or not waiting:
                raise CannotReindex(f"{self._url} {path}: {refused.why}")
            pause = waiting.pop(0)
            log.warning(
                "service lost, it is tried again", extra={"seconds": pause, "why": refused.why}
            )
            time.sleep(pause)

    def close(self) -> None:
        """Leave the service."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _posted(self, path: str, body: bytes) -> "_Refused | None":
        try:
            connection = self._connection = self._connection or _connected(self._url)
            connection.request("POST", f"{_BASE}/{path}", body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return _Refused(str(error) or type(error).__name__, later=True)
        if response.status < 300:
            return None
        return _Refused(_message(content) or response.reason, response.status in _TRY_AGAIN)


@dataclass(frozen=True, slots=True)
class _Refused:
    why: str
    later: bool  # another time it may not be


def _message(content: bytes) -> str:
    try:
        found = json.loads(content)
    except ValueError:
        return content[:200].decode(errors="replace")
    return str(found.get("message", "")) if isinstance(found, dict) else ""


def _connected(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, parts.port, timeout=_TIMEOUT_SECONDS, context=context
        )
    return http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)


def _range(part: Part) -> str:
    if part == Part():
        return "delete=true"
    # The lowest id of a lock is the last one that is not locked.
    bounds = {
        "minId": None if part.low is None else part.low - 1,
        "maxId": None if part.high is None else part.high - 1,
    }
    return urlencode({name: id_ for name, id_ in bounds.items() if id_ is not None})


def _blocks(blocks: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
    """The same rows in blocks of the size that is sent."""
    held: list[Row] = []
    for rows in blocks:
        held.extend(rows)
        while len(held) >= BLOCK:
            yield held[:BLOCK]
            held = held[BLOCK:]
    if held:
        yield held

"""Fills a service elsewhere over HTTP as a catalogue does: lock, addNow in blocks, unlock.

That service answers with what it held until the unlock of each entity. It prepares the documents
itself; here they are only tried, as it refuses a whole block for one that is wrong. Not here: the
next generation of a data directory on this machine, see ``run``.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import closing
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from urllib.parse import urlencode

import orjson

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import prepare
from search_service.catalogue.entities import ENTITIES
from search_service.client.connection import Client, Patience, Reply, Unanswered
from search_service.client.operations import another_program, origin_in, status_in
from search_service.engines.id_ranges import IdRange
from search_service.errors import BadRequest, CannotReindex
from search_service.reindex.plan import Piece, plan
from search_service.reindex.progress import Progress
from search_service.reindex.retry import opened, with_retries
from search_service.reindex.run import ReindexOptions, Show
from search_service.reindex.state import Checkpoint, Reject
from search_service.reindex.worker import OpenSource
from search_service.sources.base import Row, Source
from search_service.sources.same_catalogue import refuse_another

log = logging.getLogger(__name__)

BLOCK = 10_000
_BASE = "/icat.lucene"
_AGAIN = (0.0, 0.0)  # a kept connection may have been ended untold, and an answer be lost
_SHOWN_SECONDS = 1.0
_LEFT_SECONDS = 5.0  # for what is on its way when the others end
_GIVE_UP = Patience(change=60.0)
_TRY_AGAIN = (502, 503, 504)
_UNKNOWN = 404
_LOCKED = 406  # or not locked, as the sentence says


Connect = Callable[..., Client]


def fill(
    url: str,
    units: str,
    open_source: OpenSource,
    wanted: ReindexOptions,
    show: Show,
    token: str = "",
) -> tuple[dict[str, int], list[Reject]]:
    """Fill each entity anew; documents by entity, and what was left out.

    ``token``: what is sent with each call, if any.

    Raises CannotReindex, CannotSync, SourceFailed, AnotherCatalogue; what was sent of the entity at
    work is given up, where the service knows how.
    """
    connect = partial(Client.at, url, token)
    documents: dict[str, int] = {}
    rejects: list[Reject] = []

    def reject(entity: str, id_: int | None, reason: str) -> None:
        rejects.append(Reject(entity, id_, reason))

    # This connection stays open to the end: what it knows of a file, others take from it.
    with opened(open_source, reject) as source:
        _refuse_another(url, connect, source, wanted)
        for entity in wanted.entities:
            filling = _Filling(connect, entity, units, open_source, wanted, show)
            documents[entity] = filling.run(source)
            rejects += filling.rejects
    return documents, list(dict.fromkeys(rejects))


def cancel(url: str, entities: Sequence[str], token: str = "") -> list[str]:
    """Undo the populations of these that did not end. Returns them.

    Raises CannotReindex, CannotSync.
    """
    with closing(Client.at(url, token)) as client:
        reply = _status(client)
        if reply.status == _UNKNOWN:
            raise CannotReindex(
                f"{client.name} does not say what is locked, as icat.lucene does not; restart it"
            )
        if not reply.done:
            raise CannotReindex(f"{client.name} does not say what is locked: {reply.message}")
        locked = status_in(reply.content, client.name)["locked"]
        found = [entity for entity in entities if entity in locked]
        calls = _Calls(client, _AGAIN)
        for entity in found:
            calls.abandon(entity)
    return found


def _refuse_another(url: str, connect: Connect, source: Source, wanted: ReindexOptions) -> None:
    with closing(connect()) as client:
        reply = _status(client)
        # icat.lucene has no status, and who may fill a service need not see that.
        status = status_in(reply.content, client.name) if reply.done else {}
        is_empty = not any(status.get("documents", {}).values())
        now = source.origin(wanted.origin)
        whole = wanted.ids == IdRange() and {e.name for e in ENTITIES} <= set(wanted.entities)
        refuse_another(
            f"What {client.name} holds",
            None if is_empty else origin_in(status.get("source")),
            replace(now, zone="") if whole else now,
            all_entities=False,
            cure=f"If it is to hold this one, empty it first: curl -X POST {url}{_BASE}/clear",
        )


def _status(client: Client) -> Reply:
    try:
        return client.call("GET", "/status")
    except Unanswered as error:
        raise CannotReindex(str(error)) from error


class _Ended(Exception):
    """Another thread has failed, or the command is stopped."""


class _Filling:
    """One entity."""

    def __init__(
        self,
        connect: Connect,
        entity: str,
        units: str,
        open_source: OpenSource,
        wanted: ReindexOptions,
        show: Show,
    ) -> None:
        self.rejects: list[Reject] = []
        self._connect = connect
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
        self._progress.begin([Checkpoint(piece, piece.low, 0, False) for piece in pieces])
        with closing(self._calls()) as calls:
            calls.lock(self._entity, self._wanted.ids)
            try:
                sent = self._send_all(pieces)
            except BaseException:
                self._give_up()
                raise
            calls.unlock(self._entity)
        self._show(self._progress.lines())
        return sent

    def _calls(self, pause: Callable[[float], object] = time.sleep) -> "_Calls":
        return _Calls(self._connect(), self._wanted.pauses, pause)

    def _pause_in_thread(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise _Ended

    def _give_up(self) -> None:
        """Nothing of half a population is searched, and changes are accepted again."""
        try:
            # Once: who stops a command does not wait for a service that has gone.
            with closing(_Calls(self._connect(patience=_GIVE_UP), ())) as calls:
                calls.abandon(self._entity)
        except CannotReindex as error:
            log.error(
                "entity left locked at the service, which goes on with what it held before; "
                "restart that service to undo it",
                extra={"entity": self._entity, "why": str(error)},
            )
        else:
            log.warning(
                "what was sent of an entity was given up; the service has what it held before",
                extra={"entity": self._entity},
            )

    def _pieces(self, source: Source) -> Sequence[Piece]:
        wanted, ids = self._wanted, self._wanted.ids
        width = wanted.widths.get(self._entity, wanted.width)
        least = min(wanted.least, BLOCK)
        pieces = plan(source, self._entity, width, wanted.workers, least=least).pieces
        clipped = [
            Piece(
                piece.entity,
                piece.low if ids.low is None else max(piece.low, ids.low),
                piece.high if ids.high is None else min(piece.high, ids.high),
                piece.expected,
            )
            for piece in pieces
        ]
        return [piece for piece in clipped if piece.low < piece.high]

    def _send_all(self, pieces: Sequence[Piece]) -> int:
        running = {piece: Future[int]() for piece in pieces}
        left = SimpleQueue[Piece]()
        for piece in pieces:
            left.put(piece)
        for _ in range(min(self._wanted.workers, len(pieces))):
            # None that waits for a service which says nothing keeps the command from ending.
            Thread(target=self._send_left, args=(left, running), name="fill", daemon=True).start()
        try:
            while True:
                done, waiting = wait(running.values(), _SHOWN_SECONDS, FIRST_EXCEPTION)
                failures = [f.exception() for f in done if f.exception() is not None]
                if failures or not waiting:
                    break
                self._show(self._progress.lines())
        finally:
            self._ended.set()
            wait([one for one in running.values() if one.running()], _LEFT_SECONDS)
        for failure in failures:
            if failure is not None:
                raise failure
        return sum(one.result() for one in running.values())

    def _send_left(
        self, left: "SimpleQueue[Piece]", running: "Mapping[Piece, Future[int]]"
    ) -> None:
        while not self._ended.is_set():
            try:
                piece = left.get_nowait()
            except Empty:
                return
            future = running[piece]
            future.set_running_or_notify_cancel()
            try:
                future.set_result(self._send(piece))
            except BaseException as error:  # noqa: BLE001 (raised by the thread that waits)
                future.set_exception(error)

    def _send(self, piece: Piece) -> int:
        sent, place = 0, piece.low
        with closing(self._calls(self._pause_in_thread)) as calls:

            def pour(source: Source) -> None:
                nonlocal sent, place
                for rows in _blocks(source.read(piece.entity, place, piece.high)):
                    if self._ended.is_set():
                        return
                    documents = [document for _, document in self._kept(rows)]
                    if documents:
                        calls.add(piece.entity, orjson.dumps(documents))
                    sent, place = sent + len(documents), rows[-1][0] + 1
                    self._note(piece, sent)

            with_retries(
                self._open_source,
                self._reject,
                pour,
                self._wanted.pauses,
                reached=True,
                pause=self._pause_in_thread,
            )
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
                self._wanted.limits.check(self._entity, id_, document)
            except BadRequest as error:
                self._reject(self._entity, id_, str(error))
            else:
                yield id_, document

    def _reject(self, entity: str, id_: int | None, reason: str) -> None:
        self.rejects.append(Reject(entity, id_, reason))


class _Calls:
    """Operations of a contract that knows nothing of repeating; for one thread.

    What is safe to send twice is sent again, by a new connection. Raises CannotReindex, and
    CannotSync where another program answers.
    """

    def __init__(
        self,
        client: Client,
        pauses: Sequence[float],
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """``pauses``: seconds before each call that is made again, which ``pause`` waits."""
        self._client = client
        self._pauses = pauses
        self._pause = pause
        self.close = client.close

    def lock(self, entity: str, ids: IdRange) -> None:
        """Begin to populate an entity.

        Tried again only where it did not get there: who has an entity that is found locked the
        next time would not be known.
        """
        path = f"lock/{entity}?{_range(ids)}"
        try:
            reply = self._again(path, b"", lambda failure: not failure.sent)
        except Unanswered as error:
            unsure = f"; {entity} may be locked now: {_how_to_unlock(entity)}" if error.sent else ""
            raise CannotReindex(f"{error}{unsure}") from error
        if reply.status == _LOCKED:
            raise CannotReindex(
                f"{self._client.name}: {reply.message}. Somebody populates it, or a run before was "
                f"interrupted: {_how_to_unlock(entity)}"
            )
        self._refuse(path, reply)

    def add(self, entity: str, body: bytes) -> None:
        """Add documents: a block that is sent twice is there once."""
        path = f"addNow/{entity}"
        self._refuse(path, self._repeated(path, body))

    def unlock(self, entity: str) -> None:
        """End the population."""
        self._end(f"unlock/{entity}")

    def abandon(self, entity: str) -> None:
        """Undo the population; a service of another kind cannot."""
        self._end(f"abandon/{entity}")

    def _end(self, path: str) -> None:
        lost = False

        def note(failure: Unanswered) -> bool:
            nonlocal lost
            lost = lost or failure.sent
            return True

        reply = self._repeated(path, b"", note)
        if lost and reply.status == _LOCKED:
            return  # the first time it was done, only the answer was lost
        self._refuse(path, reply)

    def _repeated(
        self, path: str, body: bytes, may: Callable[[Unanswered], bool] = lambda failure: True
    ) -> Reply:
        try:
            return self._again(path, body, may)
        except Unanswered as error:
            raise CannotReindex(str(error)) from error

    def _again(self, path: str, body: bytes, may: Callable[[Unanswered], bool]) -> Reply:
        waiting = list(self._pauses)
        while True:
            try:
                reply = self._client.call("POST", f"{_BASE}/{path}", body)
                if reply.status not in _TRY_AGAIN or not waiting:
                    return reply
                why = reply.message
            except Unanswered as error:
                if not may(error) or not waiting:
                    raise
                why = str(error)
            seconds = waiting.pop(0)
            log.warning("service lost, it is tried again", extra={"seconds": seconds, "why": why})
            self._pause(seconds)

    def _refuse(self, path: str, reply: Reply) -> None:
        if not reply.done:
            raise CannotReindex(f"{self._client.name}, {path}: {reply.message}")
        if not reply.acknowledged:
            raise another_program(self._client.name)


def _how_to_unlock(entity: str) -> str:
    return (
        f"give that up by icat-search reindex --service URL --cancel --entities {entity}, or "
        "restart that service; it then has what it held before"
    )


def _range(ids: IdRange) -> str:
    if ids == IdRange():
        return "delete=true"
    # The lowest id of a lock is the last one that is not locked.
    bounds = {
        "minId": None if ids.low is None else ids.low - 1,
        "maxId": None if ids.high is None else ids.high - 1,
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

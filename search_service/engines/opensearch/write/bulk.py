"""Sends changes of documents in requests of bounded size, until the cluster has done each of them.

What it has too much to do for is sent again after a pause, and nothing else is. A change has a
version: it can be sent twice, and one that comes after that of a later turn has no effect. Not
here: how a document is encoded, see ``encoded_changes``.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from search_service.engines.opensearch.cluster.answers import Answer
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.errors import EngineUnavailable, ServiceError
from search_service.files import is_full

MOST_BYTES = 4_000_000
"""Of a request; one that holds a single document may be larger."""

MOST_CHANGES = 5_000

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before what was rejected is sent again."""

_PARAMS: Mapping[str, str | bool] = {
    "require_alias": True,
    # One item for each change, in order, is all that is needed of the answer.
    "filter_path": "errors,items.*.status,items.*.error",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A change of a document as it is sent."""

    id: int
    content: bytes


def put_line(index: str, id_: int, version: int, document: str) -> Line:
    """Create a document or replace it; ``index``: the alias by which it is written."""
    return Line(id_, f"{_head('index', index, id_, version)}\n{document}\n".encode())


def delete_line(index: str, id_: int, version: int) -> Line:
    """Remove a document, if there is one."""
    return Line(id_, f"{_head('delete', index, id_, version)}\n".encode())


def _head(what: str, index: str, id_: int, version: int) -> str:
    # Names of indices have no characters that JSON escapes.
    return (
        f'{{"{what}":{{"_index":"{index}","_id":"{id_}","version":{version},'
        f'"version_type":"external_gte"}}}}'
    )


def pieces(lines: Iterable[Line], most_bytes: int = MOST_BYTES) -> Iterator[Sequence[Line]]:
    """Lines in pieces that are requests."""
    piece: list[Line] = []
    size = 0
    for line in lines:
        if piece and (size + len(line.content) > most_bytes or len(piece) >= MOST_CHANGES):
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line.content)
    if piece:
        yield piece


class _Result(Enum):
    DONE = auto()
    REJECTED = auto()
    NO_INDEX = auto()
    REFUSED = auto()


class BulkRequests:
    """Bulk requests to a cluster, for several threads."""

    def __init__(
        self,
        cluster: Cluster,
        seconds: float,
        pause: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``seconds``: after so long it gives up what is rejected again and again.

        ``pause``: waits, unless given for as long as it does not give up.
        """
        self._given_up = threading.Event()
        self._cluster = cluster
        self._seconds = seconds
        self._pause = self._given_up.wait if pause is None else pause
        self._clock = clock

    def give_up(self) -> None:
        """Send nothing again: whoever waits for that gets the error."""
        self._given_up.set()

    def send(self, entity: str, lines: Sequence[Line]) -> bool:
        """Carry out changes, of as many documents, which are as many as a request may have.

        Returns False when the index is not there (any more). Raises EngineUnavailable where it may
        be done later, and EngineFailed with the document that the cluster does not take.
        """
        ends = self._clock() + self._seconds
        pause = FIRST_PAUSE
        while True:
            results, reason = self._sent(entity, lines)
            if _Result.NO_INDEX in results:
                return False
            lines = [
                line
                for line, result in zip(lines, results, strict=True)
                if result is not _Result.DONE
            ]
            if not lines:
                return True
            is_over = self._given_up.is_set() or self._clock() + pause > ends
            if reason is not None and is_over:
                raise reason
            self._pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _sent(
        self, entity: str, lines: Sequence[Line]
    ) -> tuple[Sequence[_Result], ServiceError | None]:
        """What became of each, and what to say of those that were rejected."""
        try:
            answer = self._cluster.bulk(b"".join([line.content for line in lines]), _PARAMS)
        except EngineUnavailable as error:
            if is_full(error):
                raise
            # The answer may be lost: all is sent again.
            return [_Result.REJECTED] * len(lines), error
        if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # it has one document only
            raise self._error(f"{entity} {lines[0].id}", answer)
        if not answer.is_success:
            return [_Result.REJECTED] * len(lines), self._error(f"changes of {entity}", answer)
        if not answer.content["errors"]:
            return [_Result.DONE] * len(lines), None
        items = [item for (item,) in map(dict.values, answer.content["items"])]
        results = [_result(item) for item in items]
        reason = None
        for line, item, result in zip(lines, items, results, strict=True):
            if result in (_Result.REJECTED, _Result.REFUSED):
                reason = self._error(f"{entity} {line.id}", Answer(item["status"], item))
                if result is _Result.REFUSED or is_full(reason):
                    raise reason
        return results, reason

    def _error(self, what: str, answer: Answer) -> ServiceError:
        return self._cluster.error_of(what, answer)


def _result(item: Mapping[str, Any]) -> _Result:
    status = item["status"]
    error = item.get("error")
    if error is None or status == HTTPStatus.CONFLICT:
        return _Result.DONE  # removed what is not there; or a later turn has written it
    kind = error.get("type")
    if kind == "index_not_found_exception":
        return _Result.NO_INDEX
    is_blocked = kind == "cluster_block_exception"
    if is_blocked or status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return _Result.REJECTED
    return _Result.REFUSED

"""Sends changes of documents to an index, each with a version, by which the latest turn wins.

Not here: when changes are sent, see ``change_writer``.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, assert_never

import orjson

from search_service.engines.base import Change, Delete, Put
from search_service.engines.documents.encoders import Codec
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.errors import EngineFailed, EngineUnavailable

_LINES = 1000
_SIZE = 5_000_000  # bytes
_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)  # seconds, for a cluster that has too much to do
_DONE = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_NO_INDEX = "index_not_found_exception"


class Sending:
    """As in ``change_writer.Bulk``. For several threads."""

    def __init__(self, cluster: Cluster, codec: Codec) -> None:
        self._cluster = cluster
        self._codec = codec
        self._encoders = threading.local()

    def __call__(self, entity: str, index: str, changes: Sequence[Change], version: int) -> bool:
        """As in ``change_writer.Bulk``."""
        encode = self._encoder(entity)
        lines: list[bytes] = []
        for change in changes:
            head = {"_id": str(change.id), "version": version, "version_type": "external_gte"}
            match change:
                case Put(id_, document):
                    lines.append(
                        orjson.dumps({"index": {"_index": index, **head}})
                        + b"\n"
                        + encode(id_, document).encode()
                        + b"\n"
                    )
                case Delete():
                    lines.append(orjson.dumps({"delete": {"_index": index, **head}}) + b"\n")
                case _:
                    assert_never(change)
        return all(self._sent(entity, piece) for piece in _pieces(lines))

    def _encoder(self, entity: str) -> Any:
        encoders: dict[str, Any] = self._encoders.__dict__
        if entity not in encoders:
            encoders[entity] = self._codec.encoder(entity)
        return encoders[entity]

    def _sent(self, entity: str, lines: list[bytes]) -> bool:
        for pause in (*_PAUSES, None):
            answer = self._cluster.bulk(b"".join(lines), {"require_alias": True})
            if answer.is_success:
                items = [item for each in answer.content["items"] for item in each.values()]
                lines = [
                    line
                    for line, item in zip(lines, items, strict=True)
                    if item["status"] >= HTTPStatus.TOO_MANY_REQUESTS
                ]
                if any(item.get("error", {}).get("type") == _NO_INDEX for item in items):
                    return False
                for item in items:
                    _refuse(entity, item)
            if not lines:
                return True
            if pause is not None:
                time.sleep(pause)
        raise EngineUnavailable(f"The cluster has too much to do to write {entity}")


def _refuse(entity: str, item: dict[str, Any]) -> None:
    if HTTPStatus.BAD_REQUEST <= item["status"] < HTTPStatus.TOO_MANY_REQUESTS:
        if item["status"] in _DONE:
            return
        reason = item.get("error", {}).get("reason")
        what = f"{entity} {item['_id']} could not be written"
        if item["status"] == HTTPStatus.FORBIDDEN:
            raise EngineUnavailable(f"{what}: {reason}")
        raise EngineFailed(what, ValueError(reason))


def _pieces(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and (len(piece) >= _LINES or size + len(line) > _SIZE):
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield piece

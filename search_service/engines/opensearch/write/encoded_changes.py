"""Encodes changes of documents and sends them: what a commit and a population put.

Many documents are encoded in processes of their own, as everything else in a service waits for
Python meanwhile. Not here: when changes are sent, see ``change_writer``.
"""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from search_service.engines.base import Change, Delete, Document, Put
from search_service.engines.documents.encoders import Encoders
from search_service.engines.documents.encoding_process import Codec, Encode
from search_service.engines.documents.pieces import pieces as document_pieces
from search_service.engines.opensearch.write.bulk import (
    BulkRequests,
    Line,
    delete_line,
    pieces,
    put_line,
)

ENCODED_AT_ONCE = 2_000  # documents: a request or less

IDLE_SECONDS = 60.0
"""After which the processes that encode end, at the next few documents that are encoded here."""


class EncodedChanges:
    """Sends changes to indices, for several threads; see ``change_writer.Bulk``."""

    def __init__(
        self, requests: BulkRequests, codec: Codec, encoders: Encoders | None = None
    ) -> None:
        """``encoders``: None to encode all documents here."""
        self._requests = requests
        self._elsewhere = encoders
        self._codec = codec
        self._turn = Lock()
        self._encoders: dict[str, Encode] = {}

    def __call__(self, entity: str, index: str, changes: Sequence[Change], version: int) -> bool:
        """Carry out changes, of a document the last one, unless a later turn has written it.

        ``index``: the alias by which it is written. Returns False when there is none (any more).
        """
        last = {change.id: change for change in changes}
        lines = self._lines(entity, index, list(last.values()), version)
        return all(self._requests.send(entity, piece) for piece in pieces(lines))

    def close(self) -> None:
        """End the processes that encode."""
        if self._elsewhere is not None:
            self._elsewhere.end()

    def _lines(
        self, entity: str, index: str, changes: Sequence[Change], version: int
    ) -> Iterator[Line]:
        puts: list[tuple[int, Document]] = []
        for change in changes:
            match change:
                case Put(id_, document):
                    puts.append((id_, document))
                case Delete(id_):
                    yield delete_line(index, id_, version)
        for piece in document_pieces(puts, ENCODED_AT_ONCE):
            for id_, line in self._encoded(entity, piece):
                yield put_line(index, id_, version, line)

    def _encoded(
        self, entity: str, documents: Sequence[tuple[int, Document]]
    ) -> Iterable[tuple[int, str]]:
        if self._elsewhere is not None:
            lines = self._elsewhere.lines(entity, documents)
            if lines is not None:
                return lines
            self._elsewhere.tend(IDLE_SECONDS)
        with self._turn:
            encode = self._encoders.get(entity)
            if encode is None:
                encode = self._encoders[entity] = self._codec.encoder(entity)
            return [(id_, encode(id_, document)) for id_, document in documents]

"""Documents from a file with a line for each: ``{"entity": "Datafile", "doc": {…}}``.

The lines need not be in order. Where they are is found once (``index``), so that ranges of ids
are read from the middle of the file, by several processes at the same time.
"""

import mmap
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from search_service.catalogue.columns import RELEASE_DATE, RELEASES
from search_service.catalogue.origin import Origin
from search_service.errors import SourceLost
from search_service.sources.base import Bounds, OnRejected, Row
from search_service.sources.lines.index import LineIndex
from search_service.sources.lines.records import Reader

BLOCK = 2_000
_FLAT = {str, int, float}


class LinesSource:
    """A ``Source`` over one file."""

    checked = False

    def __init__(self, path: Path, on_rejected: OnRejected) -> None:
        self._on_rejected = on_rejected
        self._path = path
        self._index = LineIndex(path, on_rejected)
        self._readers: dict[str, Reader] = {}
        self._text: mmap.mmap | None = None

    def origin(self, named: Origin) -> Origin:
        """A file does not name facilities."""
        return named

    def bounds(self, entity: str) -> Bounds | None:
        """The exact ids and count."""
        reader = self._reader(entity)
        if reader is None:
            return None
        return Bounds(reader.id_at(0), reader.id_at(len(reader) - 1), len(reader))

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        """Cuts into pieces of equal size."""
        reader = self._reader(entity)
        if reader is None:
            return []
        count = len(reader)
        cuts = {reader.id_at(count * piece // pieces) for piece in range(1, pieces)}
        return sorted(cuts - {reader.id_at(0)})

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """Documents in blocks of ``BLOCK``, without release dates."""
        for block in self._read(entity, low, high):
            if entity == RELEASES.entity:
                for _, document in block:
                    document.pop(RELEASE_DATE.field, None)
            yield block

    def _read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        reader = self._reader(entity)
        if reader is None:
            return
        text = self._opened_text()
        end = reader.place(high)
        for start in range(reader.place(low), end, BLOCK):
            block: list[Row] = []
            for id_, offset, line in reader.between(start, min(start + BLOCK, end)):
                stop = text.find(b"\n", offset)
                content = text[offset : stop if stop >= 0 else len(text)]
                try:
                    document = orjson.loads(content)["doc"]
                except orjson.JSONDecodeError as error:
                    self._on_rejected(entity, id_, f"line {line}: {error}")
                    continue
                if _FLAT.issuperset(map(type, document.values())):
                    block.append((id_, document))
                else:
                    self._on_rejected(
                        entity, id_, f"line {line}: a field is neither a string nor a number"
                    )
            if block:
                yield block

    def count(self, entity: str, low: int, high: int) -> int:
        """The number of lines; of several with one id only the last counts."""
        reader = self._reader(entity)
        return max(0, reader.place(high) - reader.place(low)) if reader else 0

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        """The ids of lines."""
        reader = self._reader(entity)
        if reader is None:
            return []
        start, end = reader.place(low), reader.place(high)
        return [id_ for id_, _, _ in reader.between(start, min(start + limit, end))]

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        """The documents, read one by one."""
        return [
            row
            for id_ in sorted(set(ids))
            for block in self.read(entity, id_, id_ + 1)
            for row in block
        ]

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Release dates of documents that have one; those that a catalogue sends have none."""
        for block in self._read(RELEASES.entity, low, high):
            for id_, document in block:
                at = document.get(RELEASE_DATE.field)
                if isinstance(at, int):
                    yield id_, at

    def close(self) -> None:
        """Close the file and its index."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        if self._text is not None:
            self._text.close()
            self._text = None
        self._index.close()

    def _reader(self, entity: str) -> Reader | None:
        if entity not in self._readers:
            path = self._index.directory / entity
            if not path.exists():
                return None
            self._readers[entity] = Reader(path)
        return self._readers[entity]

    def _opened_text(self) -> mmap.mmap:
        if self._text is None:
            try:
                descriptor = os.open(self._index.text, os.O_RDONLY)
            except OSError as error:
                raise SourceLost(f"{self._path} cannot be read: {error.strerror}") from None
            try:
                self._text = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
            finally:
                os.close(descriptor)
        return self._text

"""Where in a file each document is, by entity, ascending by id, on disk.

A record is three integers: id, offset, number of the line. Memory is bounded: records go to disk as
they come, and entities that are not in order are sorted in runs and merged.
"""

import heapq
import mmap
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain, count, islice
from operator import lt
from pathlib import Path
from struct import Struct
from typing import IO

Record = tuple[int, int, int]

_RECORD = Struct("=3q")
BUFFERED = 200_000  # records of all entities together
RUN = 1_000_000  # records that are sorted in memory, which takes 150 MB
_READ_AT_ONCE = 4_096


class Writer:
    """Takes records in any order; ``finish`` puts those of each entity in order."""

    def __init__(self, directory: Path, buffered: int = BUFFERED, run: int = RUN) -> None:
        self._directory = directory
        self._buffers: dict[str, array[int]] = {}
        self._last: dict[str, int] = {}
        self._disordered: set[str] = set()
        self._buffered = 0
        self._most_buffered = buffered
        self._run = run

    def add(self, entity: str, id_: int, offset: int, line: int) -> None:
        """Notes where a document is."""
        buffer = self._buffers.get(entity)
        if buffer is None:
            buffer = self._buffers[entity] = array("q")
        buffer.extend((id_, offset, line))
        if id_ <= self._last.get(entity, id_ - 1):
            self._disordered.add(entity)
        self._last[entity] = id_
        self._buffered += 1
        if self._buffered >= self._most_buffered:
            self._flush()

    def add_all(
        self, entity: str, ids: Sequence[int], offsets: Sequence[int], first_line: int
    ) -> None:
        """Notes where documents on lines that follow each other are."""
        self.add(entity, ids[0], offsets[0], first_line)
        others = zip(ids[1:], offsets[1:], count(first_line + 1))
        self._buffers[entity].extend(chain.from_iterable(others))
        if not all(map(lt, ids, ids[1:])):
            self._disordered.add(entity)
        self._last[entity] = ids[-1]
        self._buffered += len(ids) - 1

    def finish(self, on_repeated: Callable[[str, int, int], None]) -> None:
        """Tells ``on_repeated`` entity, id and line of each document that a later one replaces."""
        self._flush()
        for entity in self._disordered:
            path = self._directory / entity
            in_order = path.with_suffix(".sorted")
            with ExitStack() as stack, in_order.open("wb") as out:
                runs = [stack.enter_context(run.open("rb")) for run in _runs(path, self._run)]
                before: Record | None = None
                for record in chain(heapq.merge(*map(_records, runs)), (None,)):
                    if before is not None:
                        if record is not None and record[0] == before[0]:
                            on_repeated(entity, before[0], before[2])
                        else:
                            out.write(_RECORD.pack(*before))
                    before = record
            for run in path.parent.glob(f"{entity}.run*"):
                run.unlink()
            in_order.replace(path)

    def _flush(self) -> None:
        for entity, buffer in self._buffers.items():
            with (self._directory / entity).open("ab") as file:
                buffer.tofile(file)
            del buffer[:]
        self._buffered = 0


def _runs(path: Path, size: int) -> Iterator[Path]:
    with path.open("rb") as file:
        records = _records(file)
        number = 0
        while run := sorted(islice(records, size)):
            part = path.with_suffix(f".run{number}")
            part.write_bytes(b"".join(_RECORD.pack(*record) for record in run))
            yield part
            number += 1


def _records(file: IO[bytes]) -> Iterator[Record]:
    while data := file.read(_READ_AT_ONCE * _RECORD.size):
        yield from _RECORD.iter_unpack(data)


class Reader:
    """The records of one entity."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
        self._count = len(self._map) // _RECORD.size

    def __len__(self) -> int:
        return self._count

    def id_at(self, place: int) -> int:
        """The id of the record at a place."""
        record: Record = _RECORD.unpack_from(self._map, place * _RECORD.size)
        return record[0]

    def place(self, id_: int) -> int:
        """The place of the first record whose id is not lower."""
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self.id_at(middle) < id_:
                low = middle + 1
            else:
                high = middle
        return low

    def between(self, start: int, stop: int) -> list[Record]:
        """The records of places start to stop, without the latter."""
        part = self._map[start * _RECORD.size : stop * _RECORD.size]
        return list(_RECORD.iter_unpack(part))

    def close(self) -> None:
        """Lets go of the file."""
        self._map.close()

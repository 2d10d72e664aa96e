"""Acknowledged changes: a document for each record, whose id is its number.

::

    17                  a record, compressed
    18                  one that is too large for a request: it names its parts, and is written last
    <mark>.0 …          the parts

Numbers have no gaps: who appends creates the document of the next number, and takes the one after
that when there is one already; where a node that ended left a gap, that is filled. A writer that
has not looked for long may create one that was removed long ago; so it looks at the state
afterwards, which says up to where records are removed.

Records are read by number as they were written last, so nothing here waits for a refresh. Not here:
what a record says, and which ones are committed.
"""

import base64
import threading
import uuid
from collections.abc import Callable, Iterator

import zstandard

from search_service.engines.opensearch.control.documents import Documents, Json
from search_service.engines.opensearch.control.state import IndexState
from search_service.errors import StorageFailed

PART_SIZE = 6_000_000
"""Bytes of a record in one document, beyond which it is divided: a cluster takes 100 MB at most."""

_VOID: Json = {"void": True}  # fills a gap
_LEVEL = 1  # of compression
_AT_ONCE = 16
# How far ahead is looked for the last record: one by one, then farther and farther.
_STEPS = (*range(1, _AT_ONCE + 1), *(_AT_ONCE << doubled for doubled in range(1, 17)))
_CONFLICTS = 2  # after so many others are far ahead
_FIRST_READ = 16  # records
_READ_SIZE = 16_000_000  # bytes of records to read at once
_LARGEST_READ = 1000


class Journal:
    """The journal, for several threads. ``state`` gives the state of the index now."""

    def __init__(
        self,
        documents: Documents,
        state: Callable[[], IndexState],
        part_size: int = PART_SIZE,
    ) -> None:
        self._documents = documents
        self._state = state
        self._part_size = part_size
        self._appending = threading.Lock()
        self._known = 0  # there was a record with this number, or it is not needed any more

    def note(self, state: IndexState) -> None:
        """Know that there were records up to those that are committed."""
        self._known = max(self._known, state.committed)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def append(self, record: bytes) -> int:
        """Write a record, which is durable on return. Returns its number."""
        head = self._head(record)
        while True:
            with self._appending:  # numbers have no gaps, so a thread waits for the one before it
                number = self._created(head)
            state = self._state()  # meanwhile the next one may append
            self.note(state)
            if number > state.floor:
                return number
            # There may have been one with this number, which is removed. Or this one is committed
            # and removed already; then its changes are made twice, which is as well.
            self._documents.remove_many([str(number)])

    def _head(self, record: bytes) -> Json:
        content = zstandard.ZstdCompressor(level=_LEVEL).compress(record)
        if len(content) <= self._part_size:
            return {"record": _text(content)}
        mark = uuid.uuid4().hex
        parts = [
            content[start : start + self._part_size]
            for start in range(0, len(content), self._part_size)
        ]
        for place, part in enumerate(parts):
            self._documents.put(f"{mark}.{place}", {"part": _text(part)})
        return {"mark": mark, "parts": len(parts)}

    def _created(self, head: Json) -> int:
        number, conflicts = self._known + 1, 0
        while self._documents.create(str(number), head) is None:
            conflicts += 1
            self._known = max(self._known, number)
            if conflicts >= _CONFLICTS:
                self._found_last()
            number = self._known + 1
        self._known = max(self._known, number)
        return number

    def remove(self, after: int, up_to: int) -> None:
        """Remove the records with ``after`` < number <= ``up_to``, which the state says before."""
        for start in range(after, up_to, _LARGEST_READ):
            ids = [str(n + 1) for n in range(start, min(start + _LARGEST_READ, up_to))]
            heads = self._documents.read_many(ids, ("mark", "parts"))
            parts = [id_ for head in heads if head for id_ in _parts_of(head)]
            self._documents.remove_many([*parts, *ids])

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def last(self) -> int:
        """The number of the last record that was appended before the call."""
        while True:
            found = self._found_last()
            state = self._state()
            if state.committed <= found:
                return found
            self.note(state)  # what is committed may be removed, so it was not found

    def _found_last(self) -> int:
        low, high = self._known, None
        while high is None or high > low + 1:
            if high is None:
                numbers = [low + step for step in _STEPS]
            else:
                numbers = list(range(low + 1, high, max(1, (high - low) // _AT_ONCE)))
            are_there = self._documents.existing([str(number) for number in numbers])
            if False not in are_there:
                low = numbers[-1]
                continue
            first = are_there.index(False)
            if True in are_there[first:]:
                self._look_after_gap(numbers[first])
                low, high = self._known, None
            else:
                low, high = numbers[first - 1] if first else low, numbers[first]
        self._known = max(self._known, low)
        return low

    def _look_after_gap(self, number: int) -> None:
        """Fill a gap before records that there are.

        A node may have ended that refused a number, and had not sent on the record that was the
        reason for it. Or the record is not needed any more, and removed.
        """
        state = self._state()
        if state.committed >= number:
            self.note(state)
        else:
            self._documents.create(str(number), _VOID)

    def records(self, after: int, up_to: int) -> Iterator[bytes]:
        """The records with ``after`` < number <= ``up_to``, in order."""
        count, start = _FIRST_READ, after
        while start < up_to:
            numbers = range(start + 1, min(start + count, up_to) + 1)
            heads = self._documents.read_many([str(number) for number in numbers])
            size = 0
            for number, head in zip(numbers, heads, strict=True):
                if head is None:
                    raise self._missing(number)
                if "void" in head:
                    continue
                content = self._content(number, head)
                size += len(content)
                yield zstandard.ZstdDecompressor().decompress(content)
            start = numbers[-1]
            count = max(1, min(_LARGEST_READ, 4 * count, count * _READ_SIZE // max(size, 1)))

    def _content(self, number: int, head: Json) -> bytes:
        if "record" in head:
            return base64.b64decode(head["record"])
        parts = [self._documents.read(id_) for id_ in _parts_of(head)]
        found = [base64.b64decode(part.document["part"]) for part in parts if part is not None]
        if len(found) < len(parts):
            raise self._missing(number)
        return b"".join(found)

    def _missing(self, number: int) -> StorageFailed:
        return StorageFailed(
            f"Record {number} of the journal {self._documents.index} is missing; restore the index "
            "from a snapshot, or build it anew from the catalogue"
        )


def _parts_of(head: Json) -> list[str]:
    return [f"{head['mark']}.{place}" for place in range(head.get("parts", 0))]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()

"""The documents that join to the hits of a page, as JSON, remembered until one of them changes.

Hits of one parent share what joins to them, and so do pages: a page of 1,000 datafiles is of a few
hundred investigations. Not here: what a request asks for, see ``query.request.pages``.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.model import Join
from search_service.engines.base import Document, Hit, Reader
from search_service.query.request.shapes import JoinedFields
from search_service.service.searching.limits import AnswerLimits

MOST_JOINED = 100  # documents joined to one hit, by the contract
MOST_BYTES = 32 << 20  # of all arrays that are remembered

NO_DOCUMENTS = b"[]"
_AT_ONCE = 1_000  # hits whose joined documents are read before their bytes are counted
_OF_AN_ENTRY = 120  # bytes of the array's object and its place in a dictionary

Arrays = Sequence[bytes]  # for each hit the documents that join to it, as a JSON array


@dataclass(slots=True)
class _Known:
    """The arrays of one entity, join and choice of fields, by the value that they join by."""

    stamp: Hashable
    size: int  # bytes of the choice of fields, which is a caller's
    arrays: dict[int, bytes] = field(default_factory=dict)


class JoinedArrays:
    """What joins to hits that one reader found. Rights play no part in it.

    The fields of a document come in alphabetical order.
    """

    def __init__(
        self, reader: Reader, most: int = MOST_BYTES, limits: AnswerLimits | None = None
    ) -> None:
        """``most``: bytes that are remembered; beyond, all are forgotten."""
        self._reader = reader
        self._most = most
        self._limits = limits or AnswerLimits()
        self._known: dict[tuple[str, str, frozenset[str]], _Known] = {}
        self._size = 0

    def of_page(
        self, entity: str, hits: Sequence[Hit], wanted: Sequence[JoinedFields]
    ) -> Mapping[str, Arrays]:
        """For each choice of fields its arrays, by the key of the answer. Raises LimitExceeded."""
        size = 0
        keys: dict[str, Sequence[int | None]] = {}
        found: dict[str, Arrays] = {}
        for each in wanted:
            if each.join is None or not hits:
                found[each.key] = [NO_DOCUMENTS] * len(hits)
                continue
            on = each.join.on
            if on not in keys:
                keys[on] = self._values(entity, hits, on)
            arrays = found[each.key] = self._arrays(each, each.join, keys[on])
            size += sum(map(len, arrays))
            self._limits.check_size(size)
        return found

    def _values(self, entity: str, hits: Sequence[Hit], field_name: str) -> Sequence[int | None]:
        if field_name == lookup.entity(entity).id_field:
            return [hit.id for hit in hits]
        return self._reader.numbers(entity, hits, field_name)

    def _arrays(
        self, wanted: JoinedFields, join: Join, keys: Sequence[int | None]
    ) -> Sequence[bytes]:
        known = self._group(wanted, join).arrays
        missing = [key for key in set(keys).difference(known) if key is not None]
        size = 0
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            self._read(wanted, join, some, known)
            size += sum(len(known[key]) for key in some)
            self._limits.check_size(size)
        return [NO_DOCUMENTS if key is None else known[key] for key in keys]

    def _group(self, wanted: JoinedFields, join: Join) -> _Known:
        name = wanted.entity, join.by, wanted.fields
        stamp = self._reader.stamp(wanted.entity)
        known = self._known.get(name)
        if known is None or known.stamp != stamp:
            if known is not None:
                self._size -= known.size + sum(map(_size, known.arrays.values()))
            size = _OF_AN_ENTRY + sum(_OF_AN_ENTRY + len(field) for field in wanted.fields)
            known = self._known[name] = _Known(stamp, size)
            self._size += size
        return known

    def _read(
        self, wanted: JoinedFields, join: Join, keys: Collection[int], known: dict[int, bytes]
    ) -> None:
        found = self._reader.joined(wanted.entity, join.by, keys, MOST_JOINED, wanted.fields)
        names = sorted(wanted.fields)
        for key in keys:
            documents = found.get(key)
            array = known[key] = _written(documents, names) if documents else NO_DOCUMENTS
            self._size += _size(array)
        if self._size > self._most:  # who reads now still has theirs
            self._known.clear()
            self._size = 0


def _written(documents: Sequence[Document], names: Sequence[str]) -> bytes:
    return orjson.dumps(
        [{name: found[name] for name in names if name in found} for found in documents]
    )


def _size(array: bytes) -> int:
    return len(array) + _OF_AN_ENTRY

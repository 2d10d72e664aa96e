"""The documents of an entity as they are kept, by their ids: for a comparison with the catalogue.

Any entity, whole documents, no rights and no words: a search this is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Document, Reader
from search_service.errors import BadRequest
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.request.pages import read_field_names
from search_service.query.request.values import (
    HIGHEST,
    LOWEST,
    a_list,
    an_integer,
    an_object,
    decoded,
)
from search_service.query.tree import NumberRange
from search_service.service.searching.limits import AnswerLimits

MOST = 10_000  # documents of an answer
_AT_ONCE = 100  # documents that are read before their bytes are counted


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """These ids; or, when there are none, the first ``limit`` with ``low`` <= id < ``high``."""

    entity: Entity
    ids: tuple[int, ...] | None
    low: int
    high: int
    limit: int
    fields: frozenset[str] | None  # None: all


def read_listing(
    entity: str, body: bytes | bytearray, limits: QueryLimits = DEFAULTS
) -> ListingRequest:
    """The request. Raises BadRequest."""
    known = lookup.find_entity(entity)
    if known is None:
        raise BadRequest(f"There is no indexed entity {entity}")
    found = an_object(decoded(body, "The body"), "The body")
    ids = [an_integer(id_, "'ids'") for id_ in a_list(found.get("ids", []), "'ids'")]
    limit = an_integer(found.get("limit", MOST), "'limit'")
    if not 1 <= limit <= MOST or len(ids) > MOST:
        raise BadRequest(f"There may be from 1 to {MOST} documents in an answer")
    fields = read_field_names(found.get("fields", []), limits)
    return ListingRequest(
        known,
        tuple(ids) if "ids" in found else None,
        an_integer(found.get("from", LOWEST), "'from'"),
        an_integer(found.get("to", HIGHEST), "'to'"),
        limit,
        frozenset(fields) if "fields" in found else None,
    )


def write_listing(reader: Reader, request: ListingRequest, limits: AnswerLimits) -> bytes:
    """The documents that are asked for, by id, as the answer. Raises LimitExceeded."""
    written: list[bytes] = []
    size = 0
    for documents in _listed(reader, request):
        some = [
            orjson.dumps({"_id": id_, "_source": _with_fields(document, request.fields)})
            for id_, document in documents
        ]
        size += sum(map(len, some))
        limits.check_size(size)
        written += some
    return b'{"documents":[%b]}' % b",".join(written)


def _listed(reader: Reader, request: ListingRequest) -> Iterator[Sequence[tuple[int, Document]]]:
    """The documents by id, some at a time: each may be large."""
    entity = request.entity
    if request.ids is not None:
        ids = sorted(set(request.ids))
        for start in range(0, len(ids), _AT_ONCE):
            yield sorted(reader.find(entity.name, ids[start : start + _AT_ONCE]).items())
        return
    if request.low >= request.high:
        return
    within = NumberRange(str(entity.id_field), request.low, request.high - 1)
    after, left = None, request.limit
    while left > 0:
        some = reader.documents(entity.name, within, after, min(left, _AT_ONCE))
        yield some
        if len(some) < min(left, _AT_ONCE):
            return
        after, left = some[-1][0], left - len(some)


def _with_fields(document: Document, fields: frozenset[str] | None) -> Document:
    if fields is None:
        return document
    return {name: value for name, value in document.items() if name in fields}

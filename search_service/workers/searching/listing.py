"""The documents of an entity as they are kept, by their ids: for a comparison with the catalogue.

Any entity, whole documents, no rights and no words: a search this is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Document, Reader
from search_service.errors import BadRequest
from search_service.query.request.values import (
    HIGHEST,
    LOWEST,
    a_list,
    a_string,
    an_integer,
    an_object,
)
from search_service.query.tree import NumberRange

MOST = 10_000  # documents of an answer


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """These ids; or, when there are none, the first ``limit`` with ``low`` <= id < ``high``."""

    entity: Entity
    ids: tuple[int, ...] | None
    low: int
    high: int
    limit: int
    fields: frozenset[str] | None  # None: all


def read_listing(entity: str, body: bytes | bytearray) -> ListingRequest:
    """The request. Raises BadRequest."""
    known = lookup.find_entity(entity)
    if known is None:
        raise BadRequest(f"There is no indexed entity {entity}")
    try:
        found = an_object(orjson.loads(body), "The body")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}") from None
    ids = [an_integer(id_, "'ids'") for id_ in a_list(found.get("ids", []), "'ids'")]
    limit = an_integer(found.get("limit", MOST), "'limit'")
    if not 1 <= limit <= MOST or len(ids) > MOST:
        raise BadRequest(f"There may be from 1 to {MOST} documents in an answer")
    fields = [a_string(name, "'fields'") for name in a_list(found.get("fields", []), "'fields'")]
    return ListingRequest(
        known,
        tuple(ids) if "ids" in found else None,
        an_integer(found.get("from", LOWEST), "'from'"),
        an_integer(found.get("to", HIGHEST), "'to'"),
        limit,
        frozenset(fields) if "fields" in found else None,
    )


def listed(reader: Reader, request: ListingRequest) -> Sequence[tuple[int, Document]]:
    """The documents, by id."""
    if request.ids is not None:
        return sorted(reader.find(request.entity.name, request.ids).items())
    if request.low >= request.high:
        return []
    within = NumberRange(str(request.entity.id_field), request.low, request.high - 1)
    return reader.documents(request.entity.name, within, None, request.limit)


def write_listing(request: ListingRequest, found: Sequence[tuple[int, Document]]) -> bytes:
    """The answer."""
    fields = request.fields
    documents = [
        {
            "_id": id_,
            "_source": document
            if fields is None
            else {name: value for name, value in document.items() if name in fields},
        }
        for id_, document in found
    ]
    return orjson.dumps({"documents": documents})

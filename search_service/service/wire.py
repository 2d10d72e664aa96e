"""The contract's requests and answers: bytes to shapes, and results to bytes.

The body is JSON whatever a header says. Not here: the parts of a request, see
``query.request.conditions`` and ``query.request.pages``; errors as answers, see
``workers.answers``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, get_args
from urllib.parse import parse_qsl

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.document_limits import DocumentLimits
from search_service.catalogue.documents import Operation, OperationKind
from search_service.engines.base import Buckets, Document, Hit, Sources
from search_service.errors import BadRequest
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.order import Order
from search_service.query.request.conditions import (
    read_conditions,
    read_dimensions,
    read_facet_conditions,
)
from search_service.query.request.pages import (
    LARGEST_RANK,
    first_rank,
    read_cursor,
    read_fields,
    read_order,
    write_cursor,
)
from search_service.query.request.shapes import Dimension, FacetRequest, SearchRequest
from search_service.query.request.values import (
    a_document,
    a_string,
    an_integer,
    an_object,
    decoded,
    shown,
    written_integer,
)
from search_service.service.bodies import BodyLimits, elements

Body = bytes | bytearray | memoryview
Params = Mapping[str, str]

MOST_HITS = 2**31 - 1
OPERATIONS = get_args(OperationKind)


# ── requests ──────────────────────────────────────────────────────────────────────────────────────


def read_params(query_string: bytes) -> Mapping[str, str]:
    """The parameters of a query string; of a repeated name the first value."""
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    return dict(reversed(pairs))


def read_search(
    entity: str, params: Params, body: Body, limits: QueryLimits = DEFAULTS
) -> SearchRequest:
    """The request of a search. Raises BadRequest; KeyError for an unknown entity."""
    target = lookup.entity(entity)
    found = _object_with_query(body)
    order = _order(params)
    fields, joined = read_fields(target, found.get("fields", []), limits)
    after = params.get("search_after")
    return SearchRequest(
        entity=target.name,
        conditions=read_conditions(found["query"], limits),
        limit=_limit(params),
        order=order,
        after=read_cursor(decoded(after, "'search_after'"), order) if after else None,
        fields=fields,
        joined=joined,
    )


def read_facets(
    entity: str, params: Params, body: Body, limits: QueryLimits = DEFAULTS
) -> FacetRequest:
    """The request of a facet operation, of any entity. Raises BadRequest."""
    known = lookup.find_entity(entity)
    found = _object_with_query(body)
    most = min(_required_integer(params, "maxResults"), _required_integer(params, "maxLabels"))
    labels = _required_integer(params, "maxLabels") if most > 0 else 0
    return FacetRequest(
        entity=known.name if known else entity,
        conditions=read_facet_conditions(found["query"], limits),
        dimensions=(
            read_dimensions(found["dimensions"], limits) if "dimensions" in found else None
        ),
        labels=labels,
    )


def read_operations(body: Body, limits: BodyLimits) -> list[Operation]:
    """The operations of a ``modify``, in order. Raises BadRequest when one of them is wrong."""
    return [_operation(operation, limits.documents) for operation in elements(body, limits)]


def read_documents(entity: str, body: Body, limits: BodyLimits) -> list[Document]:
    """The documents of an ``addNow``. Raises BadRequest."""
    check = limits.documents.check
    documents = []
    for found in elements(body, limits):
        document = a_document(found, "A document")
        check(entity, shown(document.get("id")), document)
        documents.append(document)
    return documents


def integer_param(params: Params, name: str) -> int | None:
    """An integer of the query string; None when it is left out. Raises BadRequest."""
    written = params.get(name)
    return None if written is None else written_integer(written, f"'{name}'")


def boolean_param(params: Params, name: str) -> bool:
    """Whether a flag of the query string is true; left out it is not. Raises BadRequest."""
    written = params.get(name, "false").lower()
    if written not in ("true", "false"):
        raise BadRequest(f"'{name}' should be true or false, but is {shown(written)}")
    return written == "true"


def _json(body: Body) -> object:
    if not body:
        raise BadRequest("The request has no body; it should be JSON")
    return decoded(body, "The body")


def _object_with_query(body: Body) -> dict[str, Any]:
    found = an_object(_json(body), "The body")
    if "query" not in found:
        raise BadRequest("The body has no 'query'")
    return found


def _required_integer(params: Params, name: str) -> int:
    found = integer_param(params, name)
    if found is None:
        raise BadRequest(f"'{name}' is missing in the query string")
    return found


def _limit(params: Params) -> int:
    limit = _required_integer(params, "maxResults")
    if not 1 <= limit <= MOST_HITS:
        raise BadRequest(f"'maxResults' should be from 1 to {MOST_HITS}, but is {limit}")
    return limit


def _order(params: Params) -> Order:
    sort = params.get("sort")
    return read_order(decoded(sort, "'sort'")) if sort else Order()


def _operation(value: object, limits: DocumentLimits) -> Operation:
    operation = an_object(value, "An operation")
    if len(operation) != 1:
        raise BadRequest(
            f"An operation should have one key, create, update or delete, but has {len(operation)}"
        )
    kind, content = next(iter(operation.items()))
    what = an_object(content, f"The operation '{shown(kind)}'")
    known = _kind(kind)
    for key in ("_index", "_id", "doc") if known != "delete" else ("_index", "_id"):
        if key not in what:
            raise BadRequest(f"The operation '{known}' has no '{key}'")
    entity = a_string(what["_index"], f"'{known}._index'")
    id_ = an_integer(what["_id"], f"'{known}._id'")
    limits.check_entity(entity)
    if known == "delete":
        return Operation(known, entity, id_, None)
    document = a_document(what["doc"], f"'{known}.doc'")
    limits.check(entity, id_, document)
    return Operation(known, entity, id_, document)


def _kind(written: str) -> OperationKind:
    match written:
        case "create" | "update" | "delete":
            return written
    raise BadRequest(
        f"An operation should be one of create, update and delete, but is {shown(written)}"
    )


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


def write_hits(
    request: SearchRequest,
    hits: Sequence[Hit],
    sources: Sources,
    joined: Mapping[str, Sequence[bytes]] | None = None,
) -> bytes:
    """The answer of a search.

    ``sources`` are the documents of the hits as ``Reader.fetch`` gives them; ``joined``, by
    ``JoinedFields.key``, for each hit a JSON array of what joins to it.
    """
    rank = first_rank(request.after)
    heads, written = _heads(rank, hits), _with_fields(request, sources)
    results = (
        map(_joined_result, heads, written, _members(request, joined or {}, len(hits)))
        if request.joined
        else map(_result, heads, written)
    )
    answer = b'{"results":[%b]' % b",".join(results)
    if hits and len(hits) == request.limit:
        last = hits[-1]
        last_rank = min(rank + len(hits) - 1, LARGEST_RANK)
        cursor = write_cursor(request.order, last.score, last.values, last.id, last_rank)
        answer += b',"search_after":%b' % orjson.dumps(cursor)
    return answer + b"}"


def write_facets(dimensions: Sequence[Dimension], counts: Mapping[str, Buckets]) -> bytes:
    """The answer of a facet request: each dimension with its counts by field, maybe none.

    A range is repeated as the request has it.
    """
    return orjson.dumps(
        {
            "aggregations": {
                dimension.field: {"buckets": _buckets(dimension, counts.get(dimension.field, []))}
                for dimension in dimensions
            }
        }
    )


def _heads(first: int, hits: Sequence[Hit]) -> Iterable[bytes]:
    """What comes before the document of each result."""
    ranks = range(first, first + len(hits))
    if not hits or hits[0].score is None:
        return [b'{"_id":%d,"_shardIndex":0,"_source":' % min(n, LARGEST_RANK) for n in ranks]
    # Doubles as JSON has them, all at once.
    scores = orjson.dumps([hit.score for hit in hits])[1:-1].split(b",")
    return [
        b'{"_id":%d,"_shardIndex":0,"_score":%b,"_source":' % (min(n, LARGEST_RANK), score)
        for n, score in zip(ranks, scores, strict=True)
    ]


def _result(head: bytes, source: bytes) -> bytes:
    return b"%b%b}" % (head, source)


def _joined_result(head: bytes, source: bytes, members: bytes) -> bytes:
    """A result whose document has more members."""
    if source == b"{}":
        return b"%b{%b}}" % (head, members)
    return b"%b%b,%b}}" % (head, source[:-1], members)


def _with_fields(request: SearchRequest, sources: Sources) -> Iterable[bytes]:
    """The documents with the fields that are wanted of them.

    The catalogue asks for 1,000 documents with all their fields: decoding them would take as long
    as finding them, and so would looking for a field in one after the other.
    """
    documents, undeclared, fields = sources.documents, sources.undeclared, request.fields
    unwanted = _unwanted(request.entity, fields.intersection(_declared(request.entity)))
    together = b",".join(documents)
    present = [key for key in unwanted if key in together]
    if not present:
        if not undeclared:
            return documents
        return [
            _projected(source, fields) if place in undeclared else source
            for place, source in enumerate(documents)
        ]
    first, *others = present  # mostly each document has the first
    return [
        _projected(source, fields)
        if first in source or place in undeclared or any(key in source for key in others)
        else source
        for place, source in enumerate(documents)
    ]


@lru_cache(maxsize=256)
def _unwanted(entity: str, wanted: frozenset[str]) -> tuple[bytes, ...]:
    """The keys, as written, of the declared fields that are not wanted.

    ``wanted``: declared ones alone, as they are kept: a caller may ask for any others.
    """
    return tuple(b'"%b":' % name.encode() for name in _declared(entity) if name not in wanted)


def _declared(entity: str) -> Collection[str]:
    return lookup.entity(entity).by_name


def _projected(source: bytes, fields: frozenset[str]) -> bytes:
    document = orjson.loads(source)
    return orjson.dumps({name: document[name] for name in document if name in fields})


def _members(
    request: SearchRequest, joined: Mapping[str, Sequence[bytes]], count: int
) -> Iterable[bytes]:
    """What joins to each hit, as the members of an object."""
    names = [orjson.dumps(each.key).replace(b"%", b"%%") for each in request.joined]
    members = b",".join(name + b":%b" for name in names)
    arrays = [joined.get(each.key) or repeat(b"[]", count) for each in request.joined]
    return map(members.__mod__, zip(*arrays, strict=True))


def _buckets(dimension: Dimension, counted: Buckets) -> dict[str, dict[str, int | float]]:
    if dimension.ranges is None:
        return {label: {"doc_count": count} for label, count in counted}
    number = dict(counted)
    buckets: dict[str, dict[str, int | float]] = {}
    for range_ in dimension.ranges:
        bucket: dict[str, int | float] = {"doc_count": number.get(range_.label, 0)}
        if range_.low is not None:
            bucket["from"] = range_.low
        if range_.high is not None:
            bucket["to"] = range_.high
        buckets[range_.label] = bucket
    return buckets

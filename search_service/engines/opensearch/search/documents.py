"""Documents by hits, by ids, by what they join to, and one after the other.

A document stands in the cluster as the JSON text that was put, so what comes back is what was put.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.base import Document, Hit, Sources
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import KEY, WITH_UNDECLARED
from search_service.engines.opensearch.search.queries.numbers import KnownSets, equal_to
from search_service.engines.opensearch.search.requests import (
    WITHOUT_DOCUMENT,
    Json,
    Requests,
    hits_of,
)
from search_service.query.id_set import IdSet

DOCUMENT = "_document"  # the field of the text
WITH_DOCUMENT: Json = {"_source": True}  # it is all that is stored; to name it takes time

Place = str | None
"""The address of a hit: its stored document where that came with it; None: found by the id."""

_GONE = "{}"  # a document that another service removed since the page was made

_AT_ONCE = 5_000  # documents of one answer
# Documents joined to a page are read at once up to this many, then key by key.
_JOINED_AT_ONCE = 10_000
_SEARCHES_AT_ONCE = 200


def stored(hit: Mapping[str, Any]) -> Place:
    """The document that came with a hit of an answer."""
    source = hit.get("_source")
    return None if source is None else cast(str, source[DOCUMENT])


class Documents:
    """The documents of a reader."""

    def __init__(self, requests: Requests, sets: KnownSets) -> None:
        self._requests = requests
        self._sets = sets

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """As in ``Reader``."""
        texts = self._texts(entity, hits)
        mark = WITH_UNDECLARED.decode()
        undeclared = [place for place, text in enumerate(texts) if text.startswith(mark)]
        found = [text.encode() for text in texts]
        for place in undeclared:
            found[place] = found[place].removeprefix(WITH_UNDECLARED)
        return Sources(found, undeclared)

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        """As in ``Reader``, from columns."""
        found = lookup.entity(entity)
        declared = found.by_name.get(field)
        if declared is None or declared.kind is not FieldKind.INTEGER:
            return [None] * len(hits)
        if field == found.id_field:
            return [hit.id for hit in hits]
        if all(hit.address is not None for hit in hits):
            return [orjson.loads(cast(str, hit.address)).get(field) for hit in hits]
        ids = [hit.id for hit in hits]
        numbers: dict[int, int] = {}
        for at in range(0, len(ids), _AT_ONCE):
            for row in self._columns(
                found, self._with_ids(found, ids[at : at + _AT_ONCE]), [field]
            ):
                if field in row:
                    numbers[row[KEY]] = row[field]
        return [numbers.get(id_) for id_ in ids]

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """As in ``Reader``."""
        texts = self._by_id(entity, list(ids))
        return {id_: orjson.loads(text) for id_, text in texts.items()}

    def in_order(
        self, entity: str, query: Json, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """``Reader.documents``."""
        found: list[tuple[int, Document]] = []
        start = None if after_id is None else [after_id]
        while len(found) < limit:
            size = min(limit - len(found), _AT_ONCE)
            hits = self._hits(entity, query, [{KEY: "asc"}], start, size)
            found += [(hit["sort"][0], orjson.loads(hit["_source"][DOCUMENT])) for hit in hits]
            if len(hits) < size:
                break
            start = hits[-1]["sort"]
        return found

    # ── joined ───────────────────────────────────────────────────────────────────────────────────

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """As in ``Reader``."""
        found = lookup.entity(entity)
        wanted = equal_to(found, by, IdSet.of(keys), self._sets)
        column = engine_fields.number_field(found, by)
        sort: list[Json] = [{column: "asc"}, {KEY: "asc"}]
        as_columns = _are_numbers(found, fields)
        read = self._column_hits if as_columns else self._hits
        hits = read(entity, wanted, sort, None, _JOINED_AT_ONCE, fields)
        if len(hits) == _JOINED_AT_ONCE:
            hits = self._of_each(entity, found, by, keys, limit, fields)
        joined: dict[int, list[Document]] = defaultdict(list)
        for hit in hits:
            of_key = joined[hit["sort"][0]]
            if len(of_key) < limit:
                of_key.append(_row(found, hit, fields) if as_columns else _document(hit))
        return joined

    def _of_each(
        self,
        entity: str,
        found: Entity,
        by: str,
        keys: Collection[int],
        limit: int,
        fields: Collection[str],
    ) -> list[Any]:
        """Of a key with very many documents no more than are wanted."""
        as_columns = _are_numbers(found, fields)
        column = engine_fields.number_field(found, by)
        hits: list[Any] = []
        listed = list(keys)
        for at in range(0, len(listed), _SEARCHES_AT_ONCE):
            asked = [
                (
                    entity,
                    _body(
                        equal_to(found, by, (key,), self._sets),
                        [{column: "asc"}, {KEY: "asc"}],
                        None,
                        min(limit, _AT_ONCE),
                        _columns_of(found, fields) if as_columns else WITH_DOCUMENT,
                    ),
                )
                for key in listed[at : at + _SEARCHES_AT_ONCE]
            ]
            for answer in self._requests.searches(asked, *(_OF_COLUMNS if as_columns else ())):
                hits += hits_of(answer)
        return hits

    # ── what is read of hits ─────────────────────────────────────────────────────────────────────

    def _texts(self, entity: str, hits: Sequence[Hit]) -> list[str]:
        lacking = [hit.id for hit in hits if hit.address is None]
        if not lacking:
            return [cast(str, hit.address) for hit in hits]
        texts = self._by_id(entity, lacking)
        return [
            texts.get(hit.id, _GONE) if hit.address is None else cast(str, hit.address)
            for hit in hits
        ]

    def _by_id(self, entity: str, ids: Sequence[int]) -> dict[int, str]:
        found = lookup.entity(entity)
        texts: dict[int, str] = {}
        for at in range(0, len(ids), _AT_ONCE):
            wanted = self._with_ids(found, ids[at : at + _AT_ONCE])
            hits = self._hits(entity, wanted, [{KEY: "asc"}], None, _AT_ONCE)
            texts.update((hit["sort"][0], hit["_source"][DOCUMENT]) for hit in hits)
        return texts

    def _with_ids(self, entity: Entity, ids: Sequence[int]) -> Json:
        return equal_to(entity, entity.id_field or "id", IdSet.of(ids), self._sets)

    def _hits(
        self,
        entity: str,
        query: Json,
        sort: Sequence[Json],
        start: Sequence[Any] | None,
        size: int,
        fields: Collection[str] = (),
    ) -> list[Any]:
        body = _body(query, sort, start, size, WITH_DOCUMENT)
        return hits_of(self._requests.search(entity, body))

    def _column_hits(
        self,
        entity: str,
        query: Json,
        sort: Sequence[Json],
        start: Sequence[Any] | None,
        size: int,
        fields: Collection[str],
    ) -> list[Any]:
        """Columns of numbers are quicker than stored documents."""
        columns = _columns_of(lookup.entity(entity), fields)
        body = _body(query, sort, start, size, columns)
        return hits_of(self._requests.search(entity, body, *_OF_COLUMNS))

    def _columns(self, entity: Entity, query: Json, fields: Collection[str]) -> list[Document]:
        hits = self._column_hits(entity.name, query, [{KEY: "asc"}], None, _AT_ONCE, fields)
        return [{KEY: hit["sort"][0], **_row(entity, hit, fields)} for hit in hits]


_OF_COLUMNS = ("hits.hits.sort", "hits.hits.fields")


def _body(
    query: Json, sort: Sequence[Json], start: Sequence[Any] | None, size: int, read: Json
) -> Json:
    body: Json = {"query": query, "sort": sort, "size": size, "track_total_hits": False, **read}
    if start is not None:
        body["search_after"] = start
    return body


def _columns_of(entity: Entity, fields: Collection[str]) -> Json:
    columns = [engine_fields.number_field(entity, field) for field in fields]
    return {"docvalue_fields": columns, **WITHOUT_DOCUMENT}


def _are_numbers(entity: Entity, fields: Collection[str]) -> bool:
    declared = [entity.by_name.get(field) for field in fields]
    return all(field is not None and field.kind.is_number for field in declared)


def _row(entity: Entity, hit: Mapping[str, Any], fields: Collection[str]) -> Document:
    values = hit.get("fields", {})
    columns = ((field, engine_fields.number_field(entity, field)) for field in fields)
    return {field: values[column][0] for field, column in columns if column in values}


def _document(hit: Mapping[str, Any]) -> Document:
    return cast(Document, orjson.loads(hit["_source"][DOCUMENT]))

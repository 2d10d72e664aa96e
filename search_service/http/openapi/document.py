"""The OpenAPI document: the operations, with bodies described from the table of entities."""

import inspect
from collections.abc import Sequence

from search_service import __version__
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import searched_names
from search_service.catalogue.model import Entity, FieldKind
from search_service.catalogue.relations import PROPAGATIONS
from search_service.http.openapi import front_ends
from search_service.http.openapi.json_schema import (
    DATE,
    INTEGER,
    NUMBER,
    PARAMETER_CONDITION,
    TEXT,
    Json,
    answer,
    array,
    json_parameter,
    object_of,
    parameter,
    reference,
)
from search_service.http.openapi.refusals import refusals, responses
from search_service.http.routes import ENTITY, Operation
from search_service.workers.searching.listing import MOST

_OF_KIND: dict[FieldKind, Json] = {
    FieldKind.TEXT: {"type": "string", "description": "text, searched by its words"},
    FieldKind.PATH: {"type": "string", "description": "path, searched by its components"},
    FieldKind.EXACT: {"type": "string", "description": "exact text"},
    FieldKind.INTEGER: {"type": "integer", "format": "int64"},
    FieldKind.DOUBLE: {"type": "number", "format": "double"},
}
_SEARCHED = list(searched_names())


def describe(operations: Sequence[Operation]) -> Json:
    """The document. Handlers read bodies whatever their content type says."""
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ICAT Search",
            "version": __version__,
            "description": "The search component of an ICAT catalogue server. Bodies are read as "
            "JSON whatever their content type says.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": responses(),
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def _operation(operation: Operation) -> Json:
    about = inspect.getdoc(operation.handle) or ""
    described: Json = {
        "operationId": operation.name,
        "summary": about,
        "parameters": [*_entity_parameter(operation), *_QUERY.get(operation.name, [])],
        "responses": {
            **_SUCCESS.get(operation.name, {"204": {"description": "Done"}}),
            **refusals(operation),
        },
    }
    if operation.group is not None:
        # The second: nothing, where the caller's address is listed.
        described["security"] = [{"token": []}, {}]
    if body := _BODIES.get(operation.name):
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return described


_SECURITY_SCHEMES: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token for reading, changing or operating, as the service's settings have "
        "it. Not needed from addresses that they list, unless they ask for both.",
    }
}


def _entity_parameter(operation: Operation) -> list[Json]:
    if ENTITY not in operation.path:
        return []
    known = [entity for entity in ENTITIES if entity.searched or not operation.searched_only]
    names = [entity.name for entity in known]
    # Others have no values to count, and are passed over when the catalogue populates them.
    must_be_known = operation.searched_only or operation.name == "documents"
    return [
        {
            "name": "entity",
            "in": "path",
            "required": True,
            "description": "in any case",
            "schema": {
                "type": "string",
                **({"enum": names} if must_be_known else {"minLength": 1, "examples": names}),
            },
        }
    ]


_MAX_RESULTS = parameter("maxResults", "hits of a page", INTEGER, required=True)
_QUERY: dict[str, list[Json]] = {
    "lock": [
        parameter("minId", "ids above it must be free", INTEGER),
        parameter("maxId", "ids up to it must be free", INTEGER),
        parameter("delete", "remove every document of the entity first", {"type": "boolean"}),
    ],
    "search": [
        _MAX_RESULTS,
        json_parameter(
            "sort",
            'field to `asc` or `desc`, in order of precedence: `{"date": "desc"}`; without it by '
            "relevance",
            {"type": "object", "additionalProperties": {"enum": ["asc", "desc"]}},
        ),
        json_parameter(
            "search_after",
            "where the page before ended, as it was given or built from a hit",
            object_of(
                {"doc": INTEGER, "shardIndex": INTEGER, "score": NUMBER, "fields": array({})},
                *("doc", "shardIndex", "fields"),
            ),
        ),
    ],
    "facet": [
        _MAX_RESULTS,
        parameter("maxLabels", "labels of a dimension", INTEGER, required=True),
    ],
    **front_ends.QUERY,
}


_BODIES: dict[str, Json] = {
    "modify": array(reference("Operation")),
    "add_now": array({"anyOf": [reference(entity.name) for entity in ENTITIES]}),
    "search": reference("Search"),
    "facet": reference("Facets"),
    "documents": reference("Listing"),
    **front_ends.BODIES,
}
_SUCCESS: dict[str, Json] = {
    "version": answer(object_of({"version": TEXT}, "version")),
    "search": answer(reference("Page")),
    "facet": answer(reference("Aggregations")),
    "documents": answer(reference("Listed")),
    **front_ends.SUCCESS,
    "live": answer(object_of({"status": TEXT}, "status")),
    "ready": answer(object_of({"status": TEXT}, "status")),
    "status": answer({"type": "object"}),
    "metrics": {
        "200": {"description": "Metrics", "content": {"text/plain": {"schema": TEXT}}},
    },
}


def _schemas() -> Json:
    return {
        **{entity.name: _document(entity) for entity in ENTITIES},
        **_changes(),
        **_searches(),
        **_facets(),
        **_listings(),
        **front_ends.schemas(),
    }


def _document(entity: Entity) -> Json:
    described = object_of(
        {f.name: _OF_KIND[f.kind] for f in entity.fields if not _is_derived(f.name, f.kind)},
        *([entity.id_field] if entity.id_field else []),
        about="Fields that are not listed are kept and returned.",
    )
    described["additionalProperties"] = True
    return described


def _is_derived(name: str, kind: FieldKind) -> bool:
    """Made by the service from another field."""
    return name.endswith("SI") or (kind is FieldKind.PATH and "." in name)


def _changes() -> Json:
    names = sorted({*(entity.name for entity in ENTITIES), *PROPAGATIONS})
    index = {"type": "string", "examples": names}
    put = object_of(
        {
            "_index": index,
            "_id": INTEGER,
            "doc": {
                "anyOf": [*(reference(entity.name) for entity in ENTITIES), {"type": "object"}]
            },
        },
        "_index",
        "_id",
        "doc",
    )
    delete = object_of({"_index": index, "_id": INTEGER}, "_index", "_id")
    operation = object_of({"create": put, "update": put, "delete": delete})
    return {"Operation": {**operation, "minProperties": 1, "maxProperties": 1}}


def _searches() -> Json:
    parameter = object_of(
        PARAMETER_CONDITION,
        about="One of the values; name, units and stringValue with the wildcards * and ?",
    )
    query = object_of(
        {
            "target": {**TEXT, "examples": _SEARCHED},
            "text": {**TEXT, "description": "Lucene's query syntax"},
            "user": {**TEXT, "description": "only what this user may see"},
            "userFullName": {**TEXT, "description": "Lucene's query syntax on full names"},
            "lower": DATE,
            "upper": DATE,
            "parameters": array(parameter),
            "filter": {
                "type": "object",
                "description": "`entity.field` to a value, a range or an array of these; "
                "`field` alone to a range of the entity that is searched; "
                "`entity` to conditions that one joined document must meet",
                "additionalProperties": True,
            },
        }
    )
    hit = object_of(
        {
            "_id": {"type": "integer", "format": "int32"},
            "_shardIndex": {"type": "integer", "format": "int32"},
            "_score": NUMBER,
            "_source": {"type": "object"},
        },
        "_id",
        "_shardIndex",
        "_source",
    )
    fields = {**array(TEXT), "description": "fields to return; `Entity field` of joined ones"}
    return {
        "Search": object_of({"query": query, "fields": fields}, "query"),
        "Page": object_of(
            {"results": array(hit), "search_after": {"type": "object"}},
            "results",
            about="`search_after` is there when the page is full.",
        ),
    }


def _listings() -> Json:
    document = object_of({"_id": INTEGER, "_source": {"type": "object"}}, "_id", "_source")
    return {
        "Listing": object_of(
            {
                "ids": {**array(INTEGER), "maxItems": MOST},
                "from": INTEGER,
                "to": INTEGER,
                "limit": {**INTEGER, "minimum": 1, "maximum": MOST},
                "fields": array(TEXT),
            },
            about="These ids, or the first `limit` with `from` <= id < `to`; all fields without "
            "`fields`.",
        ),
        "Listed": object_of({"documents": array(document)}, "documents", about="By id."),
    }


def _facets() -> Json:
    value = {"anyOf": [TEXT, NUMBER, array({"anyOf": [TEXT, NUMBER]})]}
    label_range = object_of({"key": TEXT, "from": NUMBER, "to": NUMBER})
    dimension = object_of({"dimension": TEXT, "ranges": array(label_range)}, "dimension")
    bucket = object_of({"doc_count": INTEGER, "from": NUMBER, "to": NUMBER}, "doc_count")
    buckets = object_of({"buckets": {"type": "object", "additionalProperties": bucket}}, "buckets")
    return {
        "Facets": object_of(
            {
                "query": {"type": "object", "additionalProperties": value},
                "dimensions": array(dimension),
            },
            "query",
        ),
        "Aggregations": object_of(
            {"aggregations": {"type": "object", "additionalProperties": buckets}}, "aggregations"
        ),
    }

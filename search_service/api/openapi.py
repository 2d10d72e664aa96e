"""The OpenAPI document: the operations, with bodies described from the table of entities."""

import inspect
from collections.abc import Sequence
from typing import Any

from search_service import __version__
from search_service.api.routes import ENTITY, Operation
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, Kind
from search_service.catalogue.relations import CARRIERS

Json = dict[str, Any]

_OF_KIND: dict[Kind, Json] = {
    Kind.TEXT: {"type": "string", "description": "text, searched by its words"},
    Kind.PATH: {"type": "string", "description": "path, searched by its components"},
    Kind.EXACT: {"type": "string", "description": "exact text"},
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.DOUBLE: {"type": "number", "format": "double"},
}
_INTEGER = {"type": "integer", "format": "int64"}
_ERROR = {"$ref": "#/components/schemas/Error"}
_SEARCHED = [entity.name.lower() for entity in ENTITIES if entity.searched]


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
        "components": {"schemas": _schemas()},
    }


def _operation(operation: Operation) -> Json:
    about = inspect.getdoc(operation.handle) or ""
    described: Json = {
        "operationId": operation.name,
        "summary": about,
        "parameters": [*_entity_parameter(operation), *_QUERY.get(operation.name, [])],
        "responses": {
            **_SUCCESS.get(operation.name, {"204": {"description": "Done"}}),
            "default": {
                "description": "What is wrong, for a person",
                "content": {"application/json": {"schema": _ERROR}},
            },
        },
    }
    if body := _BODIES.get(operation.name):
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return described


def _entity_parameter(operation: Operation) -> list[Json]:
    if ENTITY not in operation.path:
        return []
    names = [e.name for e in ENTITIES if e.searched or not operation.searched_only]
    return [
        {
            "name": "entity",
            "in": "path",
            "required": True,
            "description": "in any case",
            "schema": {"type": "string", "examples": names},
        }
    ]


def _query(name: str, about: str, schema: Json, *, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": about,
        "schema": schema,
    }


_MAX_RESULTS = _query("maxResults", "hits of a page", _INTEGER, required=True)
_QUERY: dict[str, list[Json]] = {
    "lock": [
        _query("minId", "ids above it must be free", _INTEGER),
        _query("maxId", "ids up to it must be free", _INTEGER),
        _query("delete", "remove every document of the entity first", {"type": "boolean"}),
    ],
    "search": [
        _MAX_RESULTS,
        _query(
            "sort",
            'JSON: field to `asc` or `desc`, in order of precedence: `{"date": "desc"}`; without '
            "it by relevance",
            {"type": "string"},
        ),
        _query(
            "search_after",
            "JSON: where the page before ended, as it was given or built from a hit",
            {"type": "string"},
        ),
    ],
    "facet": [
        _MAX_RESULTS,
        _query("maxLabels", "labels of a dimension", _INTEGER, required=True),
    ],
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(properties: Json, *required: str, about: str = "") -> Json:
    described: Json = {"type": "object", "properties": properties}
    if required:
        described["required"] = list(required)
    if about:
        described["description"] = about
    return described


def _answer(schema: Json) -> Json:
    return {"200": {"description": "Found", "content": {"application/json": {"schema": schema}}}}


_BODIES: dict[str, Json] = {
    "modify": _array(_ref("Operation")),
    "add_now": _array({"anyOf": [_ref(entity.name) for entity in ENTITIES]}),
    "search": _ref("Search"),
    "facet": _ref("Facets"),
    "documents": _ref("Listing"),
}
_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_SUCCESS: dict[str, Json] = {
    "version": _answer(_object({"version": _TEXT}, "version")),
    "search": _answer(_ref("Page")),
    "facet": _answer(_ref("Aggregations")),
    "documents": _answer(_ref("Listed")),
    "live": _answer(_object({"status": _TEXT}, "status")),
    "ready": _answer(_object({"status": _TEXT}, "status")),
    "status": _answer({"type": "object"}),
    "metrics": {
        "200": {"description": "Metrics", "content": {"text/plain": {"schema": _TEXT}}},
    },
}


def _schemas() -> Json:
    return {
        "Error": _object({"code": _TEXT, "message": _TEXT}, "code", "message"),
        **{entity.name: _document(entity) for entity in ENTITIES},
        **_changes(),
        **_searches(),
        **_facets(),
        **_listings(),
    }


def _document(entity: Entity) -> Json:
    described = _object(
        {f.name: _OF_KIND[f.kind] for f in entity.fields if not _is_derived(f.name, f.kind)},
        *([entity.id_field] if entity.id_field else []),
        about="Fields that are not listed are kept and returned.",
    )
    described["additionalProperties"] = True
    return described


def _is_derived(name: str, kind: Kind) -> bool:
    """Made by the service from another field."""
    return name.endswith("SI") or (kind is Kind.PATH and "." in name)


def _changes() -> Json:
    names = sorted({*(entity.name for entity in ENTITIES), *CARRIERS})
    index = {"type": "string", "examples": names}
    put = _object(
        {
            "_index": index,
            "_id": _INTEGER,
            "doc": {"anyOf": [*(_ref(entity.name) for entity in ENTITIES), {"type": "object"}]},
        },
        "_index",
        "_id",
        "doc",
    )
    delete = _object({"_index": index, "_id": _INTEGER}, "_index", "_id")
    operation = _object({"create": put, "update": put, "delete": delete})
    return {"Operation": {**operation, "minProperties": 1, "maxProperties": 1}}


def _searches() -> Json:
    date = {
        "anyOf": [_INTEGER, _TEXT],
        "description": "epoch milliseconds, or yyyyMMddHHmm in UTC",
    }
    parameter = _object(
        {
            "name": _TEXT,
            "units": _TEXT,
            "stringValue": _TEXT,
            "lowerDateValue": date,
            "upperDateValue": date,
            "lowerNumericValue": _NUMBER,
            "upperNumericValue": _NUMBER,
        },
        about="One of the values; name, units and stringValue with the wildcards * and ?",
    )
    query = _object(
        {
            "target": {**_TEXT, "examples": _SEARCHED},
            "text": {**_TEXT, "description": "Lucene's query syntax"},
            "user": {**_TEXT, "description": "only what this user may see"},
            "userFullName": {**_TEXT, "description": "Lucene's query syntax on full names"},
            "lower": date,
            "upper": date,
            "parameters": _array(parameter),
            "filter": {
                "type": "object",
                "description": "`entity.field` to a value, a range or an array of these; "
                "`entity` to conditions that one joined document must meet",
                "additionalProperties": True,
            },
        }
    )
    hit = _object(
        {
            "_id": {"type": "integer", "format": "int32"},
            "_shardIndex": {"type": "integer", "format": "int32"},
            "_score": _NUMBER,
            "_source": {"type": "object"},
        },
        "_id",
        "_shardIndex",
        "_source",
    )
    fields = {**_array(_TEXT), "description": "fields to return; `Entity field` of joined ones"}
    return {
        "Search": _object({"query": query, "fields": fields}, "query"),
        "Page": _object(
            {"results": _array(hit), "search_after": {"type": "object"}},
            "results",
            about="`search_after` is there when the page is full.",
        ),
    }


def _listings() -> Json:
    document = _object({"_id": _INTEGER, "_source": {"type": "object"}}, "_id", "_source")
    return {
        "Listing": _object(
            {
                "ids": _array(_INTEGER),
                "from": _INTEGER,
                "to": _INTEGER,
                "limit": _INTEGER,
                "fields": _array(_TEXT),
            },
            about="These ids, or the first `limit` with `from` <= id < `to`; all fields without "
            "`fields`.",
        ),
        "Listed": _object({"documents": _array(document)}, "documents", about="By id."),
    }


def _facets() -> Json:
    value = {"anyOf": [_TEXT, _NUMBER, _array({"anyOf": [_TEXT, _NUMBER]})]}
    label_range = _object({"key": _TEXT, "from": _NUMBER, "to": _NUMBER})
    dimension = _object({"dimension": _TEXT, "ranges": _array(label_range)}, "dimension")
    bucket = _object({"doc_count": _INTEGER, "from": _NUMBER, "to": _NUMBER}, "doc_count")
    buckets = _object({"buckets": {"type": "object", "additionalProperties": bucket}}, "buckets")
    return {
        "Facets": _object(
            {
                "query": {"type": "object", "additionalProperties": value},
                "dimensions": _array(dimension),
            },
            "query",
        ),
        "Aggregations": _object(
            {"aggregations": {"type": "object", "additionalProperties": buckets}}, "aggregations"
        ),
    }

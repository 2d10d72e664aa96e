"""The schemas of the operations under ``/v1``: what ``query.request.front_ends`` reads."""

from search_service.catalogue.lookup import searched_names
from search_service.http.openapi.explanations import explanations
from search_service.http.openapi.json_schema import (
    DATE,
    FLAG,
    INTEGER,
    NUMBER,
    PARAMETER_CONDITION,
    TEXT,
    Json,
    answer,
    array,
    object_of,
    parameter,
    reference,
)
from search_service.query.request.front_ends import (
    HITS,
    LABELS,
    LONGEST_PREFIX,
    MOST_FACETS,
    MOST_HITS,
    MOST_LABELS,
    MOST_SUGGESTIONS,
    SUGGESTIONS,
    Counted,
)
from search_service.service.searching.find import BOUND
from search_service.service.searching.suggest import sources
from search_service.workers.searching.front_ends import EXPLAIN, SEARCH, SUGGEST

_SEARCHED: Json = {**TEXT, "enum": list(searched_names())}
_NAME: Json = {**TEXT, "minLength": 1}
_USER = "only what this user may see; the caller is believed"
_PUBLIC = "what everybody may see: investigations whose release date has passed"


def _limit(default: int, most: int) -> Json:
    return {**INTEGER, "minimum": 1, "maximum": most, "default": default}


_HEADERS: Json = {
    "ETag": {"description": "of what everybody may see", "schema": TEXT},
    "Cache-Control": {"description": "`no-store` for what a user may see", "schema": TEXT},
}


def _cacheable(described: Json) -> Json:
    return {"200": {**described["200"], "headers": _HEADERS}}


QUERY: dict[str, list[Json]] = {
    SUGGEST: [
        parameter("entity", "what will be searched", _SEARCHED, required=True),
        parameter(
            "prefix",
            "what was typed",
            {**TEXT, "minLength": 1, "maxLength": LONGEST_PREFIX},
            required=True,
        ),
        parameter("user", f"{_USER}; `user` or `public` is needed", _NAME),
        parameter("public", _PUBLIC, FLAG),
        parameter("limit", "suggestions", _limit(SUGGESTIONS, MOST_SUGGESTIONS)),
        {
            "name": "If-None-Match",
            "in": "header",
            "description": "the `ETag` of an answer that is there already",
            "schema": TEXT,
        },
    ],
}
BODIES: dict[str, Json] = {
    SEARCH: reference("FrontEndSearch"),
    EXPLAIN: reference("ExplainedSearch"),
}
SUCCESS: dict[str, Json] = {
    SEARCH: _cacheable(answer(reference("FrontEndPage"))),
    EXPLAIN: answer(reference("Explanation")),
    SUGGEST: {
        **_cacheable(answer(reference("Suggestions"))),
        "304": {"description": "It is still the answer of `If-None-Match`", "headers": _HEADERS},
    },
}


def schemas() -> Json:
    """Those that the operations refer to."""
    return {**_search(), **_page(), **_suggestions(), **explanations(_search())}


def _strict(described: Json) -> Json:
    """Other keys are refused."""
    return {**described, "additionalProperties": False}


def _search() -> Json:
    range_ = _strict(object_of({"from": NUMBER, "to": NUMBER, "key": TEXT}))
    facet = object_of(
        {
            "dimension": {**TEXT, "description": "a field"},
            "entity": {**TEXT, "description": "count documents of it that join to the hits"},
            "ranges": array(range_),
            "limit": _limit(LABELS, MOST_LABELS),
        },
        "dimension",
    )
    search = object_of(
        {
            "entity": _SEARCHED,
            "user": {**_NAME, "description": _USER},
            "public": {**FLAG, "description": _PUBLIC},
            "text": {**TEXT, "description": "Lucene's query syntax"},
            "userFullName": {**TEXT, "description": "Lucene's query syntax on full names"},
            "lower": DATE,
            "upper": DATE,
            "parameters": array(_strict(object_of(PARAMETER_CONDITION))),
            "filter": {
                "type": "object",
                "description": "`entity.field` to a value, a range or an array of these; "
                "`field` alone to a range of the entity that is searched; "
                "`entity` to conditions that one joined document must meet",
            },
            "fields": {
                **array(TEXT),
                "description": "fields of the documents, all without it; `Entity field` of joined "
                "ones",
            },
            "sort": {
                "type": "object",
                "additionalProperties": {"enum": ["asc", "desc"]},
                "description": "fields in order of precedence; without it by relevance",
            },
            "limit": _limit(HITS, MOST_HITS),
            "cursor": {**TEXT, "description": "that of the page before"},
            "count": {
                "enum": [known.value for known in Counted],
                "default": Counted.BOUNDED.value,
                "description": f"bounded: up to {BOUND:,} hits are counted",
            },
            "facets": {**array(_strict(facet)), "maxItems": MOST_FACETS},
            "highlight": {**FLAG, "default": True},
        },
        "entity",
        about="`user` or `public` is needed",
    )
    needed = {"anyOf": [{"required": ["user"]}, {"required": ["public"]}]}
    return {"FrontEndSearch": {**_strict(search), **needed}}


def _page() -> Json:
    piece = object_of(
        {"text": TEXT, "match": {**FLAG, "description": "there, and true, where it was found"}},
        "text",
    )
    hit = object_of(
        {
            "id": INTEGER,
            "score": {**NUMBER, "description": "by relevance"},
            "document": {"type": "object"},
            "joined": {
                "type": "object",
                "additionalProperties": array({"type": "object"}),
                "description": "by entity in lower case",
            },
            "highlights": {
                "type": "object",
                "additionalProperties": array(piece),
                "description": "by field: its value, or the part of it with most matches, in "
                "pieces of plain text",
            },
        },
        "id",
        "document",
    )
    bucket = object_of(
        {"label": TEXT, "count": INTEGER, "from": NUMBER, "to": NUMBER}, "label", "count"
    )
    facet = object_of(
        {
            "dimension": TEXT,
            "entity": TEXT,
            "buckets": {
                **array(bucket),
                "type": ["array", "null"],
                "description": "null: too many hits to count what joins to them",
            },
        },
        "dimension",
        "entity",
        "buckets",
    )
    nothing_or_text = {"type": ["string", "null"]}
    page = object_of(
        {
            "hits": array(hit),
            "cursor": {**nothing_or_text, "description": "null after the last page"},
            "count": object_of(
                {"value": INTEGER, "exact": FLAG},
                "value",
                "exact",
                about="not exact: so many or more",
            ),
            "facets": array(facet),
            "did_you_mean": {
                **nothing_or_text,
                "description": "a text that finds more, when this one finds few",
            },
        },
        "hits",
        "cursor",
        "did_you_mean",
    )
    return {"FrontEndPage": page}


def _suggestions() -> Json:
    kinds = sorted({found.kind for name in searched_names() for found in sources(name)})
    suggestion = object_of(
        {
            "text": {**TEXT, "description": "in place of what was typed"},
            "kind": {**TEXT, "enum": kinds},
            "entity": TEXT,
            "field": {**TEXT, "description": "where it was found, to filter by"},
        },
        *("text", "kind", "entity", "field"),
    )
    return {"Suggestions": object_of({"suggestions": array(suggestion)}, "suggestions")}

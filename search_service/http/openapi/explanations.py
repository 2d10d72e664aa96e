"""The schemas of ``POST /v1/explain``: what ``service.searching.explain`` tells."""

from collections.abc import Mapping

from search_service.http.openapi.json_schema import (
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    Json,
    array,
    object_of,
    reference,
)

_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_NUMBER_OR_NULL: Json = {"type": ["number", "null"]}
_FLAG_OR_NULL: Json = {"type": ["boolean", "null"], "description": "null: no document was asked of"}


def explanations(search: Mapping[str, Json]) -> Json:
    """``search``: the schema of a request for a search, by its name."""
    (request,) = search.values()
    properties = {**request["properties"], "id": {**INTEGER, "description": "of a document"}}
    return {
        "ExplainedSearch": {**request, "properties": properties},
        "Explanation": _explanation(),
        "ExplainedNode": _node(),
    }


def _node() -> Json:
    return object_of(
        {
            "says": {**TEXT, "description": "what it asks of a document"},
            "kind": {"enum": ["must", "should", "must_not", "filter", ""]},
            "matches": _FLAG_OR_NULL,
            "score": {**_NUMBER_OR_NULL, "description": "what it adds to that of the document"},
            "children": array(reference("ExplainedNode")),
        },
        *("says", "kind", "matches", "score", "children"),
    )


def _explanation() -> Json:
    leaf = object_of({"how": TEXT, "what": TEXT, "fields": array(TEXT)}, "how", "what", "fields")
    word_leaf = object_of(
        {"leaf": leaf, "entity": TEXT, "matched": array(TEXT)}, "leaf", "entity", "matched"
    )
    word = object_of(
        {
            "typed": TEXT,
            "documents": {**INTEGER, "description": "with it that the viewer may see, to 10,000"},
            "in_all": {**INTEGER, "description": "with it, whoever may see them, to 10,000"},
            "matches": _FLAG_OR_NULL,
            "leaves": array(word_leaf),
        },
        *("typed", "documents", "in_all", "matches", "leaves"),
    )
    condition = object_of(
        {
            "name": TEXT,
            "matches": FLAG,
            "within_rights": {**FLAG, "description": "by what the viewer may see alone"},
        },
        *("name", "matches", "within_rights"),
    )
    document = object_of(
        {
            "id": INTEGER,
            "document": {"type": ["object", "null"], "description": "null: there is none"},
            "is_visible": FLAG,
            "is_found": FLAG,
            "score": _NUMBER_OR_NULL,
            "conditions": array(condition),
            "verdict": {**TEXT, "description": "a sentence"},
        },
        *("id", "document", "is_visible", "is_found", "score", "conditions", "verdict"),
    )
    step = object_of({"name": TEXT, "seconds": NUMBER}, "name", "seconds")
    return object_of(
        {
            "read_as": {**_TEXT_OR_NULL, "description": "what the text was taken for"},
            "is_respelled": {**FLAG, "description": "it finds nothing as it was typed"},
            "words": array(word),
            "tree": reference("ExplainedNode"),
            "nodes_left_out": INTEGER,
            "hits": {**INTEGER, "description": "counted up to 10,000"},
            "document": {**document, "type": ["object", "null"]},
            "steps": array(step),
        },
        *("read_as", "is_respelled", "words", "tree", "nodes_left_out", "hits"),
        *("document", "steps"),
    )

"""JSON schemas in few words, for the description of the operations."""

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
INTEGER: Json = {"type": "integer", "format": "int64"}
FLAG: Json = {"type": "boolean"}
DATE: Json = {
    "anyOf": [INTEGER, {**TEXT, "pattern": "^[0-9]{12,20}$"}],
    "description": "epoch milliseconds, or yyyyMMddHHmm in UTC",
}

PARAMETER_CONDITION: Json = {
    "name": TEXT,
    "units": TEXT,
    "stringValue": TEXT,
    "lowerDateValue": DATE,
    "upperDateValue": DATE,
    "lowerNumericValue": NUMBER,
    "upperNumericValue": NUMBER,
}


def parameter(name: str, about: str, schema: Json, *, required: bool = False) -> Json:
    """A parameter of the query string."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": about,
        "schema": schema,
    }


def json_parameter(name: str, about: str, schema: Json) -> Json:
    """A parameter of the query string that is written as JSON."""
    content = {"application/json": {"schema": schema}}
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "content": content,
    }


def reference(name: str) -> Json:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Json) -> Json:
    """An array of such items."""
    return {"type": "array", "items": items}


def object_of(properties: Json, *required: str, about: str = "") -> Json:
    """An object with these properties, the named ones always."""
    described: Json = {"type": "object", "properties": properties}
    if required:
        described["required"] = list(required)
    if about:
        described["description"] = about
    return described


def either(*schemas: Json) -> Json:
    """Any of these."""
    return {"anyOf": [*schemas]}


def answer(schema: Json) -> Json:
    """What comes with 200."""
    return {"200": {"description": "Found", "content": {"application/json": {"schema": schema}}}}

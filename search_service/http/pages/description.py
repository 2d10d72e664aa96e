"""The OpenAPI document as tables that people read: what ``/docs`` shows, without any script.

Not here: the document itself, see ``http.openapi``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

Json = Mapping[str, Any]
_GROUPS = (
    ("/icat.lucene/", "For the catalogue server"),
    ("/v1/", "For front ends"),
    ("/", "For those who run the service"),
)


@dataclass(frozen=True, slots=True)
class TypePart:
    """A part of the name of a type; ``schema``: that which it names, if any."""

    text: str
    schema: str = ""


Type = tuple[TypePart, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a property. ``where``: `path`, `query`, `header`; empty of a property."""

    name: str
    type: Type
    about: str
    required: bool
    where: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation may answer with."""

    status: str
    about: str
    type: Type


@dataclass(frozen=True, slots=True)
class DescribedOperation:
    """A method at a path."""

    id: str
    method: str
    path: str
    about: str
    parameters: Sequence[Row]
    body: Type
    outcomes: Sequence[Outcome]
    needs_rights: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """A named shape of a body or an answer."""

    name: str
    type: Type
    about: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Description:
    """The whole. ``groups``: operations by whom they are for."""

    about: str
    groups: Sequence[tuple[str, Sequence[DescribedOperation]]]
    schemas: Sequence[Schema]


def described(document: Json) -> Description:
    """The document as tables."""
    left = [
        _operation(document, path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    groups = []
    for beginning, title in _GROUPS:
        groups.append((title, [one for one in left if one.path.startswith(beginning)]))
        left = [one for one in left if not one.path.startswith(beginning)]
    schemas = [
        Schema(name, type_of(schema), schema.get("description", ""), list(_properties(schema)))
        for name, schema in document["components"]["schemas"].items()
    ]
    return Description(document["info"].get("description", ""), groups, schemas)


def type_of(schema: Json) -> Type:
    """The type of a schema in words, with the names of those that it refers to.

    >>> type_of({"type": "array", "items": {"$ref": "#/components/schemas/Page"}})
    (TypePart(text='array of ', schema=''), TypePart(text='Page', schema='Page'))
    >>> type_of({"enum": ["asc", "desc"]})
    (TypePart(text='asc | desc', schema=''),)
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return (TypePart(name, name),)
    if "enum" in schema:
        return (TypePart(" | ".join(map(str, schema["enum"]))),)
    if "anyOf" in schema and "type" not in schema:
        return reduce(_either, map(type_of, schema["anyOf"]))
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        return (TypePart("object of "), *type_of(schema["additionalProperties"]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return (TypePart("array of "), *type_of(schema.get("items", {})))
    return (TypePart(" or ".join(kind) if isinstance(kind, list) else kind),)


def _either(one: Type, other: Type) -> Type:
    return (*one, TypePart(" or "), *other)


def _operation(document: Json, path: str, method: str, operation: Json) -> DescribedOperation:
    return DescribedOperation(
        operation["operationId"],
        method.upper(),
        path,
        operation.get("summary", ""),
        [_parameter(one) for one in operation.get("parameters", ())],
        _of_content(operation.get("requestBody", {})),
        [
            _outcome(document, status, response)
            for status, response in operation["responses"].items()
        ],
        bool(operation.get("security")),
    )


def _parameter(one: Json) -> Row:
    schema = one.get("schema") or one["content"]["application/json"]["schema"]
    about = one.get("description", "")
    return Row(one["name"], type_of(schema), about, one.get("required", False), one["in"])


def _outcome(document: Json, status: str, response: Json) -> Outcome:
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return Outcome(status, response.get("description", ""), _of_content(response))


def _of_content(holder: Json) -> Type:
    """The type of a body in JSON; nothing where there is none."""
    for content in holder.get("content", {}).values():
        return type_of(content.get("schema", {}))
    return ()


def _properties(schema: Json, inside: str = "") -> Iterator[Row]:
    """Those of an object, and within it those of its objects: `facets[].ranges[].from`."""
    required = schema.get("required", ())
    for name, found in schema.get("properties", {}).items():
        whole = f"{inside}{name}"
        yield Row(whole, type_of(found), found.get("description", ""), name in required)
        yield from _inner(found, whole)
    for found in schema.get("anyOf", ()):
        yield from _properties(found, inside)


def _inner(schema: Json, name: str) -> Iterator[Row]:
    items, others = schema.get("items"), schema.get("additionalProperties")
    if items:
        yield from _properties(items, f"{name}[].")
        if "additionalProperties" in items or "items" in items:
            yield from _inner(items, f"{name}[]")
    elif isinstance(others, dict):
        yield from _properties(others, f"{name}.*.")
        yield from _inner(others, f"{name}.*")
    else:
        yield from _properties(schema, f"{name}.")

"""The shape of a search: which keys it has, how long its texts and lists are, and no text of it.

For the log of slow searches, which people read who may not see what others search for. Names of
fields and numbers are shown; of a text how many words, fields, phrases and wildcards it has.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson

_LARGEST = 1 << 18  # bytes of a body; of a larger one only its size is told
_DEPTH, _KEYS, _SHOWN = 6, 40, 3
_NAME = re.compile(r"[A-Za-z][\w.]{0,63}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}")
_FIELD = re.compile(r"(?<!\\)\b([A-Za-z][\w.]{0,63}):", re.ASCII)

Shape = dict[str, object]


def request_shape(query_string: bytes, body: bytes) -> Shape:
    """Of any request, also of one that is refused."""
    shape: Shape = {}
    if query_string:
        pairs = parse_qsl(query_string[:_LARGEST].decode("latin-1"), keep_blank_values=True)
        shape["params"] = {_name(key): _of_param(value) for key, value in pairs[:_KEYS]}
    if body:
        shape["query"] = _of_body(body)
    return shape


def _of_param(value: str) -> object:
    if value[:1] in ("{", "["):
        return _of_body(value.encode("latin-1", errors="replace"))
    return value if _NUMBER.fullmatch(value) else _of_text(value)


def _of_body(body: bytes) -> object:
    if len(body) > _LARGEST:
        return f"{len(body)} bytes"
    try:
        return _of(orjson.loads(body), _DEPTH)
    except orjson.JSONDecodeError:
        return f"{len(body)} bytes, no JSON"


def _of(value: object, depth: int) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _of_text(value)
        case list() if depth:
            shown = [_of(each, depth - 1) for each in value[:_SHOWN]]
            more = len(value) - len(shown)
            return [*shown, f"{more} more"] if more else shown
        case Mapping() if depth:
            found = {_name(key): _of(each, depth - 1) for key, each in [*value.items()][:_KEYS]}
            more = len(value) - _KEYS
            return {**found, "…": f"{more} more"} if more > 0 else found
        case _:
            return "…"


def _name(key: object) -> str:
    """A key as it is, if it may be a name; what else a caller makes up is a text."""
    text = str(key)
    return text if _NAME.fullmatch(text) else f"({len(text)} characters)"


def _of_text(text: str) -> object:
    words = len(text.split())
    shape: Shape = {"characters": len(text), "words": words}
    if fields := sorted(set(_FIELD.findall(text))):
        shape["fields"] = fields[:_KEYS]
    if phrases := text.count('"') // 2:
        shape["phrases"] = phrases
    if wildcards := text.count("*") + text.count("?"):
        shape["wildcards"] = wildcards
    if ranges := text.count(" TO "):
        shape["ranges"] = ranges
    return shape

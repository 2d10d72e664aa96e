"""A decoded JSON value is what it should be, or the caller is told.

``what`` names the value in the sentence of the error: ``"maxResults"``, ``"'fields' of the body"``.
"""

import math
import re
from typing import Any, TypeGuard

import orjson

from search_service.errors import BadRequest

LOWEST, HIGHEST = -(2**63), 2**63 - 1
LONGEST_SHOWN = 60
DEEPEST = 100  # JSON is read some 1,000 levels deep, and written 254
_NO_MEMORY = "not enough memory"  # as the parser says it
_NESTED = frozenset((dict, list))
_WRITTEN = re.compile(r"-?[0-9]{1,19}")


def decoded(text: bytes | bytearray | memoryview | str, what: str, offset: int = 0) -> object:
    """JSON as values. ``offset``: where the text begins in what was sent.

    Raises BadRequest; MemoryError where there is none to read it.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _NO_MEMORY in error.msg.lower():
            raise MemoryError from error
        if not offset:
            raise BadRequest(f"{what} is not JSON: {error}") from None
        raise BadRequest(f"{what} is not JSON: {error.msg} (char {offset + error.pos})") from None


def a_string(value: object, what: str) -> str:
    """Raises BadRequest, as all here do."""
    if isinstance(value, str):
        return value
    raise _wrong(value, what, "a string")


def a_list(value: object, what: str) -> list[object]:
    """Of anything."""
    if isinstance(value, list):
        return value
    raise _wrong(value, what, "an array")


def an_object(value: object, what: str) -> dict[str, Any]:
    """With anything in it."""
    if isinstance(value, dict):
        return value
    raise _wrong(value, what, "an object")


def a_document(value: object, what: str) -> dict[str, Any]:
    """An object whose values can be written as JSON again, within what else there is."""
    document = an_object(value, what)
    # Every document of a population passes here: 0.4 µs, and 1.6 to ask each value by itself.
    if _NESTED.isdisjoint(map(type, document.values())):
        return document
    level = [inner for inner in document.values() if isinstance(inner, dict | list)]
    for _ in range(DEEPEST + 1):
        if not level:
            return document
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    raise BadRequest(f"{what} holds arrays and objects more than {DEEPEST} deep in one another")


def a_number(value: object, what: str) -> int | float:
    """An integer or a fraction. Of zeros there is one, without a sign."""
    if is_number(value) and math.isfinite(value):
        return value or abs(value)
    raise _wrong(value, what, "a number")


def an_integer(value: object, what: str) -> int:
    """A 64-bit integer. 5.0 is one, 5.5 and true are not.

    Nor is a double of -2⁶³: it may have been an integer below, as JSON is read here.
    """
    if is_number(value) and math.isfinite(value) and value == int(value):
        whole = int(value)
        if LOWEST <= whole <= HIGHEST and not (whole == LOWEST and isinstance(value, float)):
            return whole
    raise _wrong(value, what, "a 64-bit integer")


def written_integer(written: str, what: str) -> int:
    """A 64-bit integer in decimal, as query strings have them."""
    # Python refuses to read a number of more than 4,300 digits, in its own words.
    if _WRITTEN.fullmatch(written) and LOWEST <= int(written) <= HIGHEST:
        return int(written)
    raise _wrong(written, what, "a 64-bit integer")


def all_integers(values: list[Any]) -> TypeGuard[list[int]]:
    """Whether these are 64-bit integers, written as such: quick, for a great many of them."""
    return {*map(type, values)} == {int} and min(values) >= LOWEST and max(values) <= HIGHEST


def is_number(value: object) -> TypeGuard[int | float]:
    """To JSON true and false are no numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: object) -> str:
    """A value as a sentence shows it: never long."""
    match value:
        case None | bool():
            return str(value).lower().replace("none", "null")
        case dict():
            return "an object"
        case list():
            return "an array"
        case str() if not value:
            return "an empty string"
    text = str(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _wrong(value: object, what: str, expected: str) -> BadRequest:
    return BadRequest(f"{what} should be {expected}, but is {shown(value)}")

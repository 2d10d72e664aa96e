"""Who asks: an address, and the user in whose name it asks.

It decides in which order requests are served and never what they may see, so it is looked for, not
read: of a body without JSON being parsed. Not here: whose rights hold, see ``query.request``.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

import orjson

# Where the name of a user is looked for: a catalogue sends it before long lists.
_LOOKED_AT = 1 << 16
_LONGEST = 200  # bytes of a name; of a longer one nothing is taken
_IN_BODY = re.compile(rb'"user"\s{0,8}:\s{0,8}("(?:[^"\\]|\\.){0,%d}")' % _LONGEST)
_IN_QUERY_STRING = re.compile(rb"(?:^|&)user=([^&]{1,%d})" % _LONGEST)


@dataclass(frozen=True, slots=True)
class Caller:
    """``user`` is empty where a request names none: administrators and facets of a catalogue."""

    address: str = ""
    user: str = ""


def caller(address: str, query_string: bytes, body: bytes | bytearray) -> Caller:
    """Who asks. Anything may be in query string and body."""
    return Caller(address, _in_body(body) if body else _in_query_string(query_string))


def _in_body(body: bytes | bytearray) -> str:
    if (found := _IN_BODY.search(body, 0, _LOOKED_AT)) is None:
        return ""
    try:
        name: str = orjson.loads(found[1])  # one user is one caller, however it is written
    except orjson.JSONDecodeError:
        return ""
    return name


def _in_query_string(query_string: bytes) -> str:
    if (found := _IN_QUERY_STRING.search(query_string[:_LOOKED_AT])) is None:
        return ""
    return unquote_plus(found[1].decode("latin-1"))

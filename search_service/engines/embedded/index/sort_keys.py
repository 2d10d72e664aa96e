"""Strings as sort keys: an encoding that keeps their order and that the engine can compare.

The engine compares strings only through its query language, where blanks, quotes and brackets
cannot stand in a bound. Each of these characters is written as an allowed neighbour and a digit,
so the encoded strings sort as the original ones do by their bytes, and decode without loss.

A column keeps of a longer key than 65,535 bytes what its length is beyond 65,536. So strings are
sorted by their beginnings, and equal ones by what is sorted by next.
"""

import re

from search_service.engines.documents.engine_fields import LONGEST_SORTED

_CONTROLS = "".join(map(chr, range(0x00, 0x21)))  # with the blank

_PLACES = "#$%&*+,-./0123456789:;>?@ABCDEFGH"  # allowed, in order, as many as there are controls

# An allowed character, and those that follow it in order and are not allowed in a bound.
_RUNS = (
    ("'", "()*"),  # a lone * would be an open end
    ("<", "="),
    ("Z", "[\\]"),
    ("_", "`"),
    ("z", "{"),
    ("|", "}"),
    ("~", "\x7f\x80\x81\x82\x83\x84\x85"),
    ("\x9f", "\xa0"),
    ("\u167f", "\u1680"),
    ("\u1fff", "".join(map(chr, range(0x2000, 0x200B)))),
    ("\u2027", "\u2028\u2029"),
    ("\u202e", "\u202f"),
    ("\u205e", "\u205f"),
    ("\u2fff", "\u3000"),
)


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    # Nothing allowed comes before the controls, so they share the first allowed character after
    # them, `!`, which therefore comes last of those it introduces.
    for place, character in enumerate(_CONTROLS):
        table[ord(character)] = "!" + _PLACES[place]
    table[ord("!")] = "!y"
    table[ord('"')] = "!~"
    for first, run in _RUNS:
        for place, character in enumerate(first + run):
            table[ord(character)] = first + "0123456789AB"[place]
    return table


_ENCODED = _table()
_DECODED = {code: chr(character) for character, code in _ENCODED.items()}
_CODES = re.compile("|".join(sorted(map(re.escape, _DECODED), key=len, reverse=True)))
_NEEDS_CODE = re.compile("[" + "".join(re.escape(chr(c)) for c in _ENCODED if c != ord("_")) + "]")

# A bound that begins with a hyphen is read as a number. A comma is the allowed character before it.
_FIRST = {",": ",0", "-": ",1"}
_FIRST_DECODED = {code: character for character, code in _FIRST.items()}

LOWEST = "!"  # no string but the empty one sorts before it


def encode(value: str) -> str:
    """The sort key of a string."""
    value = value[:LONGEST_SORTED]
    first = _FIRST.get(value[:1])
    return _translated(value) if first is None else first + _translated(value[1:])


def _translated(value: str) -> str:
    if _NEEDS_CODE.search(value):
        return value.translate(_ENCODED)
    return value.replace("_", _ENCODED[ord("_")])  # all that most file names need


def decode(key: str) -> str:
    """The string of a sort key."""
    first = _FIRST_DECODED.get(key[:2])
    rest = key if first is None else key[2:]
    return (first or "") + _CODES.sub(lambda found: _DECODED[found[0]], rest)

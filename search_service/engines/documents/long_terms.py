"""Values that are longer than a term of the engine may be: a shorter term stands for each.

The engine leaves out a longer term without a word, and keeps of a longer label what its length is
beyond 65,536, which need not be text (measured: it then panics at every count of the field). The
term begins as the value does, so that the beginning of a pattern still finds it, and ends in a
digest, so that the whole value does too. It is no label: nobody reads it.
"""

from base64 import b64encode
from hashlib import blake2b

LONGEST = 65_530
"""Bytes of UTF-8 of the longest term."""

_KEPT = 255  # characters that the term begins with
_MARK = "\U0010ffff"  # no character: Unicode keeps it for uses within a program
_LENGTH = _KEPT + 1 + 24
_SURELY_SHORT = LONGEST // 4  # characters: UTF-8 has at most four bytes for each


def term_of(value: str) -> str:
    """The term that a value is found by: nearly always the value."""
    if len(value) <= _SURELY_SHORT:
        return value
    content = value.encode()
    if len(content) <= LONGEST:
        return value
    digest = b64encode(blake2b(content, digest_size=18).digest()).decode("ascii")
    return f"{value[:_KEPT]}{_MARK}{digest}"


def is_label(term: str) -> bool:
    """Whether a term is what somebody wrote."""
    return len(term) != _LENGTH or term[_KEPT] != _MARK

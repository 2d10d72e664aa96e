"""Values that are longer than a term of the engine may be: a shorter term stands for each.

An engine refuses a longer term, or leaves it out without a word. The shorter one begins as the
value does, so that the beginning of a pattern still finds it, and ends in a digest, so that the
whole value does too. It is no label: nobody reads it.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import blake2b

_KEPT = 255  # characters that the term begins with
_MARK = "\U0010ffff"  # no character: Unicode keeps it for uses within a program
_LENGTH = _KEPT + 1 + 24


def terms_up_to(longest: int) -> Callable[[str], str]:
    """The term that a value is found by, nearly always the value.

    ``longest``: bytes of UTF-8 of the longest term, some thousands.
    """
    surely_short = longest // 4  # characters: UTF-8 has at most four bytes for each

    def term_of(value: str, /) -> str:
        if len(value) <= surely_short:
            return value
        content = value.encode()
        if len(content) <= longest:
            return value
        digest = b64encode(blake2b(content, digest_size=18).digest()).decode("ascii")
        return f"{value[:_KEPT]}{_MARK}{digest}"

    return term_of


def is_label(term: str) -> bool:
    """Whether a term is what somebody wrote."""
    return len(term) != _LENGTH or term[_KEPT] != _MARK

"""Wildcards and ranges of words as regular expressions of the engine, which match whole words."""

import re

from search_service.query.tree import ANY, Characters, Pattern

_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$#&\-~/])")
_ONE = "(?s:.)"
_ANY = "(?s:.*)"
_EXPRESSIONS = {
    Characters.ANYTHING: (_ONE, _ANY),
    Characters.ASCII: ("[ -~]", "[ -~]*"),
    Characters.LATIN: ("[a-z]", "[a-z]*"),
    Characters.LETTERS: ("[^0-9.$/]", "[^0-9.$/]*"),
    Characters.DIGITS: ("[0-9]", "[0-9]*"),
}
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)  # are no characters


def escaped(text: str) -> str:
    """The expression of a literal text."""
    return _SPECIAL.sub(r"\\\1", text)


def wildcard(pattern: Pattern, characters: Characters = Characters.ANYTHING) -> str:
    """The expression of a pattern of literal text and wildcards."""
    one, many = _EXPRESSIONS[characters]
    return "".join(
        escaped(part) if isinstance(part, str) else many if part is ANY else one for part in pattern
    )


def word_range(
    low: str | None, high: str | None, *, include_low: bool = True, include_high: bool = True
) -> str | None:
    """The expression of the words between two, by their bytes; None when there are none.

    None is an open end.
    """
    if low is None and high is None:
        return _ANY
    if high is None:
        return _from(low or "", include_low)
    if low is None:
        up_to = _up_to(high, include_high)
        return _one_of(up_to) if up_to else None
    if low > high or (low == high and not (include_low and include_high)):
        return None
    if low == high:
        return escaped(low)
    shared = 0
    while shared < len(low) and low[shared] == high[shared]:
        shared += 1
    parts: list[str] = []
    if shared == len(low):  # high continues low
        if include_low:
            parts.append("")
        parts += _up_to(high[shared:], include_high, nothing=False)
    else:
        first, last = low[shared], high[shared]
        parts.append(escaped(first) + _from(low[shared + 1 :], include_low))
        parts += _between(ord(first) + 1, ord(last) - 1)
        up_to = _up_to(high[shared + 1 :], include_high)
        if up_to:
            parts.append(escaped(last) + _one_of(up_to))
    return escaped(low[:shared]) + _one_of(parts) if parts else None


def _from(low: str, include: bool) -> str:
    """Words that come at ``low`` or after it."""
    if not low:
        return _ANY if include else "(?s:.+)"
    same = escaped(low[0]) + _from(low[1:], include)
    return _one_of([same, *_between(ord(low[0]) + 1, _LAST_CHARACTER)])


def _up_to(high: str, include: bool, *, nothing: bool = True) -> list[str]:
    """Words that come at ``high`` or before it; without ``nothing`` not the empty one."""
    parts = [""] if nothing and (high or include) else []
    if high:
        parts += _between(0, ord(high[0]) - 1)
        rest = _up_to(high[1:], include)
        if rest:
            parts.append(escaped(high[0]) + _one_of(rest))
    return parts


def _between(first: int, last: int) -> list[str]:
    """Words that begin with a character of this range of code points."""
    if first in _SURROGATES:
        first = _SURROGATES.stop
    if last in _SURROGATES:
        last = _SURROGATES.start - 1
    return [rf"[\x{{{first:x}}}-\x{{{last:x}}}]{_ANY}"] if first <= last else []


def _one_of(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + "|".join(parts) + ")"

"""Patterns with ``*`` (any text) and ``?`` (one character): written → marks and literal text."""

from collections.abc import Callable, Iterable
from itertools import groupby

from search_service.query.tree import ANY, ONE, Mark, Pattern

_MARKS = {"*": ANY, "?": ONE}


def pattern_of_values(written: str) -> Pattern:
    r"""A pattern against whole values. A backslash before ``*``, ``?`` or itself escapes it.

    >>> pattern_of_values("de?ect*"), pattern_of_values(r"a\*")
    (('de', Mark(sign='?'), 'ect', Mark(sign='*')), ('a*',))
    """
    parts: list[str | Mark] = []
    escaped = False
    for at, character in enumerate(written):
        if escaped:
            parts.append(character)
            escaped = False
        elif character == "\\" and written[at + 1 : at + 2] in ("*", "?", "\\"):
            escaped = True
        else:
            parts.append(_MARKS.get(character, character))
    return joined(parts)


def joined(parts: Iterable[str | Mark]) -> Pattern:
    """Neighbouring text joined, and of neighbouring ``*`` only one."""
    pattern: list[str | Mark] = []
    for is_mark, run in groupby(parts, lambda part: isinstance(part, Mark)):
        if not is_mark:
            text = "".join(map(str, run))
            pattern += [text] if text else []
            continue
        for mark in run:
            if not (mark == ANY and pattern and pattern[-1] == ANY):
                pattern.append(mark)
    return tuple(pattern)


def is_beginning(pattern: Pattern) -> bool:
    """Whether what fits a pattern is all that begins so, or all there is.

    >>> [is_beginning(pattern) for pattern in (("de", ANY), (ANY,), (ANY, "de"), ("d", ONE))]
    [True, True, False, False]
    """
    return pattern[-1:] == (ANY,) and all(isinstance(part, str) for part in pattern[:-1])


def marks(pattern: Pattern) -> int:
    """How many wildcards there are in it."""
    return sum(isinstance(part, Mark) for part in pattern)


def mapped(pattern: Pattern, change: Callable[[str], str]) -> Pattern:
    """The pattern with its literal text changed."""
    return tuple(change(part) if isinstance(part, str) else part for part in pattern)


def split(pattern: Pattern, separators: str) -> list[Pattern]:
    """The pattern cut at separators within its text, without empty pieces."""
    return _cut(pattern, lambda character: character in separators)


def split_at_signs(pattern: Pattern) -> list[Pattern]:
    """The pattern cut at what is neither a letter nor a digit, without empty pieces.

    >>> split_at_signs(("zw42", ONE, "-", ANY))
    [('zw42', Mark(sign='?')), (Mark(sign='*'),)]
    """
    return _cut(pattern, lambda character: not character.isalnum())


def _cut(pattern: Pattern, is_between: Callable[[str], bool]) -> list[Pattern]:
    pieces: list[list[str | Mark]] = [[]]
    for part in pattern:
        if isinstance(part, Mark):
            pieces[-1].append(part)
            continue
        for character in part:
            if is_between(character):
                pieces.append([])
            else:
                pieces[-1].append(character)
    return [joined(piece) for piece in pieces if piece]

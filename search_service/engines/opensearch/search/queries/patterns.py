"""Patterns in the syntax of the cluster's wildcards, and whole paths' in that of its expressions.

``Characters`` of a pattern are a hint that is taken where the terms that fit are listed, of which
the cluster takes few.
"""

import re

from search_service.engines.opensearch.search.queries.clauses import Json
from search_service.query.tree import ANY, Characters, Pattern

_CLASSES = {
    Characters.ANYTHING: ".",
    Characters.ASCII: "[ -~]",
    Characters.LATIN: "[a-z]",
    Characters.LETTERS: "[^0-9.$/]",
    Characters.DIGITS: "[0-9]",
}

_SPECIAL_IN_WILDCARD = re.compile(r"([\\*?])")
# A letter or a digit behind a backslash has a meaning of its own.
_SPECIAL_IN_EXPRESSION = re.compile(r"([!-/:-@\[-`{-~])")


def matching(field: str, pattern: Pattern) -> Json:
    """Documents with a term of this form; each scores 1."""
    match pattern:
        case (str(beginning), mark) if mark is ANY:
            return {"prefix": {field: beginning}}
        case _:
            return {"wildcard": {field: {"value": as_wildcard(pattern)}}}


def as_wildcard(pattern: Pattern) -> str:
    """A pattern for ``wildcard``."""
    return "".join(
        _SPECIAL_IN_WILDCARD.sub(r"\\\1", part) if isinstance(part, str) else part.sign
        for part in pattern
    )


def path_or_below(field: str, pattern: Pattern, separators: str) -> Json:
    """Whole paths of this form, and all that is below them; each scores 1."""
    if pattern and pattern[-1] is ANY:
        return matching(field, pattern)
    separator = "|".join(map(escaped, separators))
    expression = f"({as_expression(pattern)})(({separator}).*)?"
    return {"regexp": {field: {"value": expression, "flags": "NONE"}}}


def as_expression(pattern: Pattern, characters: Characters = Characters.ANYTHING) -> str:
    """A pattern for ``regexp``."""
    one = _CLASSES[characters]
    return "".join(
        escaped(part) if isinstance(part, str) else f"{one}*" if part is ANY else one
        for part in pattern
    )


def escaped(text: str) -> str:
    """A text as an expression that fits it alone."""
    return _SPECIAL_IN_EXPRESSION.sub(r"\\\1", text)

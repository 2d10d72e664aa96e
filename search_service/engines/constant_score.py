"""Queries whose hits all score the same, so that by relevance means by id.

Which leaves score alike is what ``query.tree`` says of them. Not here: how an engine scores the
others.
"""

import math
from typing import assert_never

from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
)


def constant_score(query: Query, unit: float) -> float | None:
    """The score of every hit; None where scores differ. ``unit``: what the engine gives for 1."""
    match query:
        case Term() | SynonymGroup() | SynonymTerm() | Phrase() | Parts() | Fuzzy() | Join():
            return None
        case Constant(score=score):
            return score * unit
        case Boost(inner, factor):
            inner_score = constant_score(inner, unit)
            return None if inner_score is None else inner_score * factor
        case Bool(must=must, should=()):
            scores = [constant_score(part, unit) for part in must]
            return None if None in scores else math.fsum(filter(None, scores))
        case Bool(must=(), should=(only,), filter=()):
            return constant_score(only, unit)
        case Bool():
            return None
        case (
            Everything()
            | Nothing()
            | PartWildcard()
            | PartPatterns()
            | PartFuzzy()
            | Wildcard()
            | WordRange()
            | Exact()
            | ExactWildcard()
            | NumberRange()
            | Numbers()
            | Exists()
        ):
            return unit
        case _:
            assert_never(query)

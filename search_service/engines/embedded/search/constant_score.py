"""Queries whose hits all score the same, so that by relevance means by id."""

import math

from search_service.engines.embedded.search.scoring import CONSTANT
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Join,
    Parts,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
)


def constant_score(query: Query) -> float | None:
    """The score of every hit; None where scores differ."""
    match query:
        case Term() | SynonymGroup() | SynonymTerm() | Phrase() | Parts() | Join():
            return None
        case Constant(score=constant):
            return constant * CONSTANT
        case Boost(inner, factor):
            score = constant_score(inner)
            return None if score is None else score * factor
        case Bool(must=must, should=(), filter=_):
            scores = [constant_score(part) for part in must]
            return None if None in scores else math.fsum(filter(None, scores))
        case Bool(must=(), should=(only,), filter=()):
            return constant_score(only)
        case Bool():
            return None
        case _:
            return CONSTANT

"""Queries of the cluster made of others: any of them, all alike, times a factor.

Not here: what they find, see ``words``, ``parts`` and ``numbers``.
"""

from collections.abc import Iterable, Sequence
from typing import Any

Json = dict[str, Any]

NOTHING: Json = {"match_none": {}}
EVERYTHING: Json = {"match_all": {}}  # each scores 1


def term(field: str, word: str) -> Json:
    """Documents with a term, by its weight."""
    return {"term": {field: word}}


def terms(field: str, words: Sequence[str]) -> Json:
    """Documents with any of these terms; each scores 1."""
    return {"terms": {field: list(words)}}


def exists(field: str) -> Json:
    """Documents with something in a field; each scores 1."""
    return {"exists": {"field": field}}


def constant(query: Json, score: float = 1.0) -> Json:
    """What a query finds, each with the same score."""
    if query is NOTHING:
        return query
    return {"constant_score": {"filter": query, "boost": score}}


def any_of(queries: Iterable[Json]) -> Json:
    """What any of them finds; the scores add up."""
    found = [query for query in queries if query is not NOTHING]
    if not found:
        return NOTHING
    if len(found) == 1:
        return found[0]
    return {"bool": {"should": found, "minimum_should_match": 1}}


def boosted(query: Json, factor: float) -> Json:
    """What a query finds, its scores times a factor."""
    if factor == 1.0 or query is NOTHING:
        return query
    return {"bool": {"must": [query], "boost": factor}}


def together(queries: Iterable[Json]) -> list[Json]:
    """Alternatives whose scores do not count: those with one term of a field become one of many.

    A query of the cluster has few clauses, and a clause as many terms as are wanted.
    """
    words: dict[str, list[str]] = {}
    others: list[Json] = []
    for query in queries:
        for kind in ("term", "terms"):
            if kind in query and _is_of_words(query[kind]):
                for field, found in query[kind].items():
                    listed = found if kind == "terms" else [found]
                    words.setdefault(field, []).extend(listed)
                break
        else:
            others.append(query)
    return [*({"terms": {field: listed}} for field, listed in words.items()), *others]


def _is_of_words(named: Json) -> bool:
    """Whether its terms are words, not numbers or a bitmap."""
    (found, *others) = named.values()
    return not others and isinstance(found if isinstance(found, str) else found[0], str)

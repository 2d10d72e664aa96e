"""A query with more clauses than the cluster takes, as one with fewer.

A pasted page is hundreds of words, and each is looked for in ten fields. Words that no document has
go first, which changes nothing. If there are still too many, the commonest words of a field become
one clause: they find the same documents, and score alike. Not here: what is too much even so, which
the cluster refuses and its client says (see ``cluster.failures``).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.opensearch.search.queries.clauses import (
    NOTHING,
    Json,
    constant,
    together,
)
from search_service.engines.opensearch.search.term_statistics import FieldTerm
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.engines.rarity import inverse_document_frequency

MOST_CLAUSES = 1_000
"""The cluster takes 1,024, unless its settings say otherwise."""


def with_few_clauses(query: Json, entity: Entity, known: KnownFrequencies, *, scored: bool) -> Json:
    """The query, or one with fewer clauses that finds the same documents.

    ``scored``: whether their scores count.
    """
    if _count(query) <= MOST_CLAUSES:
        return query
    texts = _text_fields(entity)
    terms = {term for leaf in _leaves(query) for term in _terms_of(leaf, texts)}
    frequencies = known.of(entity.name, terms)
    thinner = _rebuilt(query, lambda leaf: _unless_nowhere(leaf, texts, frequencies))
    thinner = _with_scores(thinner) if scored else _without_scores(thinner)
    too_many = _count(thinner) - MOST_CLAUSES
    if too_many <= 0:
        return thinner
    common = sorted(frequencies, key=frequencies.__getitem__, reverse=True)
    return _Merging(common, frequencies, known.count(entity.name)).of(thinner, too_many)


# ── walking ──────────────────────────────────────────────────────────────────────────────────────


def _parts(query: Json) -> Iterator[Json]:
    """The queries that a query is made of, none of a leaf."""
    match query:
        case {"bool": dict(group)}:
            for name in ("must", "should", "must_not", "filter"):
                yield from group.get(name, ())
        case {"constant_score": {"filter": dict(inner)}}:
            yield inner
        case {"dis_max": {"queries": [*alternatives]}}:
            yield from alternatives


def _leaves(query: Json) -> Iterator[Json]:
    parts = list(_parts(query))
    if not parts:
        yield query
    for part in parts:
        yield from _leaves(part)


def _count(query: Json) -> int:
    return sum(1 for _ in _leaves(query))


def _rebuilt(query: Json, of_leaf: Callable[[Json], Json]) -> Json:
    """The same query with other leaves; what cannot find anything any more is left out."""
    match query:
        case {"bool": dict(group)}:
            return _group(group, of_leaf)
        case {"constant_score": {"filter": dict(inner), **rest}}:
            found = _rebuilt(inner, of_leaf)
            return found if found is NOTHING else {"constant_score": {"filter": found, **rest}}
        case {"dis_max": {"queries": [*alternatives], **rest}}:
            left = _left(alternatives, of_leaf)
            return {"dis_max": {"queries": left, **rest}} if left else NOTHING
        case _:
            return of_leaf(query)


def _left(queries: Sequence[Json], of_leaf: Callable[[Json], Json]) -> list[Json]:
    rebuilt = (_rebuilt(query, of_leaf) for query in queries)
    return [query for query in rebuilt if query is not NOTHING]


def _group(group: Json, of_leaf: Callable[[Json], Json]) -> Json:
    clauses: dict[str, Any] = {**group}
    for name in ("must", "should", "must_not", "filter"):
        if name not in group:
            continue
        left = _left(group[name], of_leaf)
        if name in ("must", "filter") and len(left) < len(group[name]):
            return NOTHING
        clauses[name] = left
        if not left:
            del clauses[name]
    is_without = "should" in group and "should" not in clauses
    if is_without and clauses.pop("minimum_should_match", 0):
        return NOTHING
    return {"bool": clauses}


# ── words that no document has ───────────────────────────────────────────────────────────────────


def _text_fields(entity: Entity) -> Collection[str]:
    texts = [each.name for each in entity.fields if each.kind is FieldKind.TEXT]
    paths = [each.name for each in entity.fields if each.kind is FieldKind.PATH]
    return {*texts, *paths, *map(engine_fields.synonyms_field, texts), engine_fields.PARTS}


def _terms_of(leaf: Json, texts: Collection[str]) -> list[FieldTerm]:
    """The terms that a document has to have, all of them."""
    match leaf:
        case {"term": dict(named)}:
            found = [*named.items()]
        case {"match_phrase": dict(named)}:
            ((field, asked),) = named.items()
            text = asked["query"] if isinstance(asked, dict) else asked
            words = set(text.split(" ")) - {engine_fields.STOP_WORD_PLACE}
            found = [(field, word) for word in words]
        case _:
            return []
    return [(field, word) for field, word in found if field in texts and isinstance(word, str)]


def _unless_nowhere(
    leaf: Json, texts: Collection[str], frequencies: Mapping[FieldTerm, int]
) -> Json:
    return leaf if all(frequencies[term] for term in _terms_of(leaf, texts)) else NOTHING


# ── what does not score ──────────────────────────────────────────────────────────────────────────


def _with_scores(query: Json) -> Json:
    """What is a filter in it, with few clauses."""
    match query:
        case {"bool": dict(group)}:
            filters = {
                name: [_without_scores(part) for part in group[name]]
                for name in ("filter", "must_not")
                if name in group
            }
            scoring = {
                name: [_with_scores(part) for part in group[name]]
                for name in ("must", "should")
                if name in group
            }
            return {"bool": {**group, **filters, **scoring}}
        case {"constant_score": {"filter": dict(inner), **rest}}:
            return {"constant_score": {"filter": _without_scores(inner), **rest}}
        case _:
            return query


def _without_scores(query: Json) -> Json:
    """Words of one field that are alternatives, as one clause."""
    match query:
        case {"bool": {"should": [*should], "minimum_should_match": 1} as group}:
            alternatives = together(map(_without_scores, _flat(should)))
            return {"bool": {**group, "should": alternatives}}
        case {"bool": dict(group)}:
            names = group.keys() & {"must", "filter", "must_not"}
            inner = {name: [_without_scores(part) for part in group[name]] for name in names}
            return {"bool": {**group, **inner}}
        case {"constant_score": {"filter": dict(inner)}}:
            return _without_scores(inner)
        case _:
            return query


# ── common words ─────────────────────────────────────────────────────────────────────────────────


class _Merging:
    """Merges the commonest words of alternatives."""

    def __init__(
        self,
        common: Sequence[FieldTerm],
        frequencies: Mapping[FieldTerm, int],
        documents: int,
    ) -> None:
        self._common = common
        self._frequencies = frequencies
        self._documents = documents
        self._merged: set[FieldTerm] = set()

    def of(self, query: Json, too_many: int) -> Json:
        """With so many clauses less, as far as they are words among alternatives."""
        fields = {field for field, _ in self._common}
        self._merged = {*self._common[: too_many + len(fields)]}
        return self._of(query)

    def _of(self, query: Json) -> Json:
        match query:
            case {"bool": dict(group)}:
                found: Json = {**group}
                if "should" in group:
                    found["should"] = self._alternatives(list(_flat(group["should"])))
                if "must" in group:
                    found["must"] = [self._of(part) for part in group["must"]]
                return {"bool": found}
            case _:
                return query

    def _alternatives(self, queries: Sequence[Json]) -> list[Json]:
        kept: list[Json] = []
        merged: dict[str, list[str]] = {}
        for query in queries:
            match query:
                case {"term": dict(named)} if self._merged.issuperset(named.items()):
                    ((field, word),) = named.items()
                    merged.setdefault(field, []).append(word)
                case _:
                    kept.append(self._of(query))
        return kept + [self._one(field, words) for field, words in merged.items()]

    def _one(self, field: str, words: Sequence[str]) -> Json:
        commonest = max(self._frequencies[field, word] for word in words)
        score = inverse_document_frequency(self._documents, min(commonest, self._documents))
        return constant({"terms": {field: [*dict.fromkeys(words)]}}, score)


def _flat(queries: Sequence[Json]) -> Iterator[Json]:
    """Alternatives of alternatives as alternatives, where the scores add up alike."""
    for query in queries:
        match query:
            case {"bool": {"should": [*inner], "minimum_should_match": 1, **rest}} if not rest:
                yield from _flat(inner)
            case _:
                yield query

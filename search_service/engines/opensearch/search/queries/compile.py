"""An analysed tree as a query of the cluster.

Joins are resolved before, see ``engines.joins``. Leaves of words are made in ``words``, of parts in
``parts``, of numbers in ``numbers``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.config import IndexConfig
from search_service.engines.documents import engine_fields
from search_service.engines.documents.format import Format
from search_service.engines.opensearch.search.queries import numbers, patterns
from search_service.engines.opensearch.search.queries.clauses import (
    EVERYTHING,
    NOTHING,
    Json,
    any_of,
    boosted,
    constant,
    terms,
    together,
)
from search_service.engines.opensearch.search.queries.few_clauses import with_few_clauses
from search_service.engines.opensearch.search.queries.numbers import KnownSets
from search_service.engines.opensearch.search.queries.parts import PartQueries
from search_service.engines.opensearch.search.queries.weights import Weights
from search_service.engines.opensearch.search.queries.words import WordQueries
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
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
    Pattern,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes the queries of a reader."""

    config: IndexConfig
    frequencies: KnownFrequencies
    format: Format
    sets: KnownSets

    def compiled(self, entity: str, query: Query, *, scored: bool) -> Json:
        """What finds the documents that match. ``scored``: with the scores of the tree.

        Raises BadRequest for a range that is too large to be carried out.
        """
        found = lookup.entity(entity)
        weights = Weights(found, query if scored else Nothing(), self.frequencies)
        compiled = _Compilation(self, found, weights).of(query, scored=scored)
        return with_few_clauses(compiled, found, self.frequencies, scored=scored)


class _Compilation:
    """Of one tree."""

    def __init__(self, compiler: Compiler, entity: Entity, weights: Weights) -> None:
        self._entity = entity
        self._facetable = compiler.config.facetable
        self._format = compiler.format
        self._sets = compiler.sets
        separators = compiler.config.separators
        self._words = WordQueries(self._entity, separators, compiler.format, weights)
        self._parts = PartQueries(self._entity, compiler.format)
        self._compiled: dict[tuple[int, bool], Json] = {}  # by identity, of one tree

    def of(self, query: Query, *, scored: bool) -> Json:
        """A part that stands in several places is compiled once."""
        place = id(query), scored
        compiled = self._compiled.get(place)
        if compiled is None:
            compiled = self._compiled[place] = self._of(query, scored)
        return compiled

    def _of(self, query: Query, scored: bool) -> Json:
        match query:
            case Everything():
                return EVERYTHING
            case Nothing():
                return NOTHING
            case Term(field, word):
                return self._words.term(field, word)
            case SynonymGroup(field, words):
                return self._words.synonym_group(field, words, scored=scored)
            case SynonymTerm(field, word):
                return self._words.synonym_term(field, word, scored=scored)
            case Phrase(field, words, slop):
                return self._words.phrase(field, words, slop)
            case Parts(field, parts):
                return self._parts.parts(field, parts, scored=scored)
            case PartWildcard(fields, pattern):
                return self._parts.part_wildcard(fields, pattern)
            case PartPatterns(field, in_order):
                return self._parts.part_patterns(field, in_order)
            case PartFuzzy(field, part, edits):
                return self._parts.part_fuzzy(field, part, edits)
            case Wildcard(field, pattern):
                return self._words.wildcard(field, pattern)
            case Fuzzy(field, word, edits):
                return self._words.fuzzy(field, word, edits, scored=scored)
            case WordRange():
                return self._words.word_range(query)
            case Exact(field, values):
                return self._exact(field, values)
            case ExactWildcard(field, pattern):
                return self._exact_wildcard(field, pattern)
            case NumberRange(field, low, high):
                return numbers.between(self._entity, field, low, high)
            case Numbers(field, values):
                return numbers.equal_to(self._entity, field, values, self._sets)
            case Exists(field):
                return self._exists(field)
            case Bool():
                return self._scored_bool(query) if scored else self._unscored_bool(query)
            case Boost(inner, factor):
                found = self.of(inner, scored=scored)
                return boosted(found, factor) if scored else found
            case Constant(inner, score):
                found = self.of(inner, scored=False)
                return constant(found, score) if scored else found
            case Join():
                raise AssertionError("joins are resolved before a query is compiled")
            case _:
                assert_never(query)

    # ── whole values ─────────────────────────────────────────────────────────────────────────────

    def _whole_value_field(self, field: str) -> str | None:
        declared = self._entity.by_name.get(field)
        if declared is None:
            return None
        if declared.kind is FieldKind.EXACT:
            return field
        if engine_fields.has_facet_column(declared, self._facetable):
            return engine_fields.facet_field(field)
        return None

    def _exact(self, field: str, values: Sequence[str]) -> Json:
        engine_field = self._whole_value_field(field)
        if engine_field is not None:
            return terms(engine_field, [self._format.term_of(value) for value in values])
        if field in self._entity.by_name:
            return NOTHING
        undeclared = [engine_fields.undeclared_value(field, value) for value in values]
        return terms(engine_fields.UNDECLARED, list(map(self._format.term_of, undeclared)))

    def _exact_wildcard(self, field: str, pattern: Pattern) -> Json:
        engine_field = self._whole_value_field(field)
        return NOTHING if engine_field is None else patterns.matching(engine_field, pattern)

    def _exists(self, field: str) -> Json:
        declared = self._entity.by_name.get(field)
        if declared is not None and declared.kind.is_number:
            return numbers.between(self._entity, field, None, None)
        return self._words.exists(field)

    # ── groups ───────────────────────────────────────────────────────────────────────────────────

    def _scored_bool(self, query: Bool) -> Json:
        must = [self.of(part, scored=True) for part in query.must]
        filters = [self.of(part, scored=False) for part in query.filter]
        should = [self.of(part, scored=True) for part in query.should]
        should = [part for part in should if part is not NOTHING]
        if any(part is NOTHING for part in (*must, *filters)):
            return NOTHING
        if not must and not filters:
            if not should:
                return NOTHING
            if not query.must_not:
                return any_of(should)
        must_not = self._excluded(query)
        return _group(must=must, should=should, must_not=must_not, filters=filters)

    def _unscored_bool(self, query: Bool) -> Json:
        required = [self.of(part, scored=False) for part in (*query.must, *query.filter)]
        if any(part is NOTHING for part in required):
            return NOTHING
        if not required:
            found = (self.of(part, scored=False) for part in query.should)
            alternatives = any_of(together(part for part in found if part is not NOTHING))
            if alternatives is NOTHING or not query.must_not:
                return alternatives
            required = [alternatives]
        must_not = self._excluded(query)
        if not must_not and len(required) == 1:
            return required[0]
        return _group(must=[], should=[], must_not=must_not, filters=required)

    def _excluded(self, query: Bool) -> Sequence[Json]:
        found = (self.of(part, scored=False) for part in query.must_not)
        return [part for part in found if part is not NOTHING]


def _group(
    *,
    must: Sequence[Json],
    should: Sequence[Json],
    must_not: Sequence[Json],
    filters: Sequence[Json],
) -> Json:
    clauses: Json = {"must": must, "should": should, "must_not": must_not, "filter": filters}
    group: Json = {name: queries for name, queries in clauses.items() if queries}
    if should and not must and not filters:
        group["minimum_should_match"] = 1
    return {"bool": group}

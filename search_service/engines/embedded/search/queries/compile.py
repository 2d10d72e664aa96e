"""An analysed tree as a query of the engine, for one slice.

Joins are resolved before, see ``engines.joins``. Leaves of words are made in ``words``, of
parts in ``parts``, of numbers in ``numbers``.
"""

from collections.abc import Sequence
from typing import TypeGuard, assert_never

import tantivy

from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.terms import term_of
from search_service.engines.embedded.search.queries import numbers
from search_service.engines.embedded.search.queries.combine import CONSTANT, any_of, constant
from search_service.engines.embedded.search.queries.known_words import (
    WEIGHED,
    OfSlice,
    Weighed,
)
from search_service.engines.embedded.search.queries.numbers import KnownSets
from search_service.engines.embedded.search.queries.parts import PartQueries
from search_service.engines.embedded.search.queries.patterns import KnownPatterns, PatternQueries
from search_service.engines.embedded.search.queries.regular_expressions import wildcard
from search_service.engines.embedded.search.queries.weights import Weights
from search_service.engines.embedded.search.queries.words import WordQueries
from search_service.engines.embedded.search.slice import Slice
from search_service.query.tree import (
    ANY,
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

Occur = tantivy.Occur
MUST, SHOULD, MUST_NOT = Occur.Must, Occur.Should, Occur.MustNot


def compile_query(
    query: Query,
    slice_: Slice,
    facetable: frozenset[str],
    separators: str,
    weights: Weights,
    known: KnownPatterns | None = None,
    known_sets: KnownSets | None = None,
    known_words: OfSlice | None = None,
    *,
    scored: bool = True,
) -> tantivy.Query:
    """The engine's query. BadRequest for a pattern that is too large to be carried out.

    ``scored``: with the scores of the tree; what takes long to be weighed is not, without.
    ``known``: patterns of other slices of the entity, which all have one schema; it is added to.
    ``known_sets``: sets of ids as compiled before; ``known_words``: words, which are added to.
    """
    words = OfSlice() if known_words is None else known_words
    compiler = _Compiler(slice_, facetable, separators, weights, known, known_sets, words, scored)
    return compiler.compile(query)


class _Compiler:
    def __init__(
        self,
        slice_: Slice,
        facetable: frozenset[str],
        separators: str,
        weights: Weights,
        known: KnownPatterns | None,
        known_sets: KnownSets | None,
        known_words: OfSlice,
        scored: bool,
    ) -> None:
        self._slice = slice_
        self._known_sets = known_sets
        self._entity = slice_.entity
        self._schema = slice_.schema
        self._facetable = facetable
        self._patterns = PatternQueries(slice_.schema, {} if known is None else known)
        self._words = WordQueries(slice_, separators, weights, self._patterns)
        self._parts = PartQueries(slice_, weights, self._patterns)
        self._known_words = known_words
        self._scored = scored
        self._compiled: dict[int, tantivy.Query] = {}  # by identity, of one tree

    def compile(self, query: Query) -> tantivy.Query:
        """A part that stands in several places is compiled once."""
        compiled = self._compiled.get(id(query))
        if compiled is None:
            made = self._weighed(query) if self._is_weighed(query) else self._compile(query)
            compiled = self._compiled[id(query)] = made
        return compiled

    def _is_weighed(self, query: Query) -> TypeGuard[Weighed]:
        return isinstance(query, WEIGHED) and (self._scored or not isinstance(query, Fuzzy))

    def _weighed(self, query: Weighed) -> tantivy.Query:
        compiled = self._known_words.get(query)
        if compiled is None:
            compiled = self._compile(query)
            self._known_words.add(query, compiled)
        return compiled

    def _compile(self, query: Query) -> tantivy.Query:
        match query:
            case Everything():
                return constant(tantivy.Query.all_query())
            case Nothing():
                return tantivy.Query.empty_query()
            case Term(field, word):
                return self._words.term(field, word)
            case SynonymGroup(field, words):
                return self._words.synonym_group(field, words)
            case SynonymTerm(field, word):
                return self._words.synonym_term(field, word)
            case Phrase(field, words, slop):
                return self._words.phrase(field, words, slop)
            case Parts(field, words):
                return self._parts.parts(field, words)
            case PartWildcard(fields, pattern, characters):
                return self._parts.part_wildcard(fields, pattern, characters)
            case PartPatterns(field, in_order):
                return self._parts.part_patterns(field, in_order)
            case PartFuzzy(field, part, edits):
                return self._parts.part_fuzzy(field, part, edits)
            case Wildcard(field, (str(beginning), mark)) if mark is ANY:
                return self._words.prefix(field, beginning)
            case Wildcard(field, pattern, characters):
                return self._words.regex(field, wildcard(pattern, characters))
            case Fuzzy(field, word, edits):
                return self._words.fuzzy(field, word, edits, scored=self._scored)
            case WordRange():
                return self._words.word_range(query)
            case Exact(field, values):
                return self._exact(field, values)
            case ExactWildcard(field, pattern):
                return self._exact_wildcard(field, pattern)
            case NumberRange(field, low, high):
                return numbers.between(self._slice, field, low, high)
            case Numbers(field, values):
                return numbers.equal_to(self._slice, field, values, self._known_sets)
            case Exists(field):
                return self._exists(field)
            case Bool():
                return self._bool(query)
            case Boost(inner, factor):
                return tantivy.Query.boost_query(self.compile(inner), factor)
            case Constant(inner, score):
                return tantivy.Query.const_score_query(self.compile(inner), score * CONSTANT)
            case Join():
                raise AssertionError("joins are resolved before a query is compiled")
            case _:
                assert_never(query)

    def _whole_value_field(self, field: str) -> str | None:
        declared = self._entity.by_name.get(field)
        if declared is None:
            return None
        if declared.kind is FieldKind.EXACT:
            return field
        if engine_fields.has_facet_column(declared, self._facetable):
            return engine_fields.facet_field(field)
        return None

    def _exact(self, field: str, values: Sequence[str]) -> tantivy.Query:
        engine_field = self._whole_value_field(field)
        if engine_field is not None:
            terms = [term_of(value) for value in values]
        elif field not in self._entity.by_name:
            engine_field = engine_fields.UNDECLARED
            terms = [schema.undeclared_term(field, value) for value in values]
        else:
            return tantivy.Query.empty_query()
        return constant(
            any_of(
                tantivy.Query.term_query(self._schema, engine_field, term, "basic")
                for term in terms
            )
        )

    def _exact_wildcard(self, field: str, pattern: Pattern) -> tantivy.Query:
        engine_field = self._whole_value_field(field)
        if engine_field is None:
            return tantivy.Query.empty_query()
        return constant(self._patterns.on(engine_field, wildcard(pattern)))

    def _exists(self, field: str) -> tantivy.Query:
        declared = self._entity.by_name.get(field)
        if declared is None:
            return tantivy.Query.empty_query()
        if declared.kind.is_number:
            query = tantivy.Query.exists_query(engine_fields.number_field(self._entity, field))
        else:
            present = schema.present_term(field)
            query = tantivy.Query.term_query(self._schema, engine_fields.TERMS, present, "basic")
        return constant(query)

    def _bool(self, query: Bool) -> tantivy.Query:
        clauses = [(MUST, self.compile(part)) for part in query.must]
        clauses += [(SHOULD, self.compile(part)) for part in query.should]
        clauses += [
            (MUST, tantivy.Query.const_score_query(self.compile(part), 0.0))
            for part in query.filter
        ]
        if not clauses:
            return tantivy.Query.empty_query()
        clauses += [(MUST_NOT, self.compile(part)) for part in query.must_not]
        return tantivy.Query.boolean_query(clauses)

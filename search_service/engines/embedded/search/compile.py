"""An analysed tree as a query of the engine, for one shard.

Joins are resolved before, see ``engines.joins``. What a word weighs, see ``weights``.
"""

from collections.abc import Sequence
from typing import Any, assert_never

import tantivy

from search_service.catalogue.model import FieldKind
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.long_terms import term_of
from search_service.engines.embedded.index.path_tokens import directory_token
from search_service.engines.embedded.index.tokens import as_term, without_blanks
from search_service.engines.embedded.search import numbers, regular_expressions
from search_service.engines.embedded.search.combine import CONSTANT, any_of, boosted, constant
from search_service.engines.embedded.search.shard import Shard
from search_service.engines.embedded.search.weights import Weights
from search_service.errors import BadRequest
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
    Marks,
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

TOO_MANY_MARKS = "A pattern with wildcards is too long or has too many of them to be searched for"

_LONGEST_END = 200
"""Characters of the end of a range; the engine refuses expressions of far fewer, mostly."""

RANGE_TOO_LONG = (
    "A range of words is too long to be searched for: write fewer characters at its ends, some 20"
)

KnownPatterns = dict[tuple[str, str], tantivy.Query]
"""Patterns as compiled, by the engine's field: each takes 1 to 5 ms (measured: a word with three
wildcards over 84 small shards took 10 s when each shard compiled its own, with this 0.2 s)."""


def compile_query(
    query: Query,
    shard: Shard,
    facetable: frozenset[str],
    separators: str,
    weights: Weights,
    known: KnownPatterns | None = None,
) -> tantivy.Query:
    """The engine's query. BadRequest for a pattern that is too large to be carried out.

    ``known``: patterns of other shards of the entity, which all have one schema; it is added to.
    """
    return _Compiler(shard, facetable, separators, weights, known).compile(query)


class _Compiler:
    def __init__(
        self,
        shard: Shard,
        facetable: frozenset[str],
        separators: str,
        weights: Weights,
        known: KnownPatterns | None,
    ) -> None:
        self._shard = shard
        self._entity = shard.entity
        self._schema = shard.schema
        self._facetable = facetable
        self._separators = separators
        self._weights = weights
        self._known: KnownPatterns = {} if known is None else known
        self._compiled: dict[int, tantivy.Query] = {}  # by identity, of one tree

    def compile(self, query: Query) -> tantivy.Query:
        """A part that stands in several places is compiled once."""
        compiled = self._compiled.get(id(query))
        if compiled is None:
            compiled = self._compiled[id(query)] = self._compile(query)
        return compiled

    def _compile(self, query: Query) -> tantivy.Query:
        match query:
            case Everything():
                return constant(tantivy.Query.all_query())
            case Nothing():
                return tantivy.Query.empty_query()
            case Term(field, word):
                return self._term(field, word)
            case SynonymGroup(field, words):
                return self._synonym_group(field, words)
            case SynonymTerm(field, word):
                return self._synonym_term(field, word)
            case Phrase(field, words, slop):
                return self._phrase(field, words, slop)
            case Parts(field, words):
                return self._parts(field, words)
            case PartWildcard(fields, pattern, marks):
                return self._part_wildcard(fields, pattern, marks)
            case PartPatterns(field, in_order):
                return self._part_patterns(field, in_order)
            case PartFuzzy(field, part, edits):
                return self._part_fuzzy(field, part, edits)
            case Wildcard(field, (str(beginning), mark)) if mark is ANY:
                return self._prefix(field, beginning)
            case Wildcard(field, pattern, marks):
                return self._regex(field, regular_expressions.wildcard(pattern, marks))
            case Fuzzy(field, word, edits):
                return self._fuzzy(field, word, edits)
            case WordRange():
                return self._word_range(query)
            case Exact(field, values):
                return self._exact(field, values)
            case ExactWildcard(field, pattern):
                return self._exact_wildcard(field, pattern)
            case NumberRange(field, low, high):
                return numbers.between(self._shard, field, low, high)
            case Numbers(field, values):
                return numbers.equal_to(self._shard, field, values)
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

    def _is_words(self, field: str) -> bool:
        declared = self._entity.by_name.get(field)
        return declared is not None and declared.kind in (
            FieldKind.TEXT,
            FieldKind.PATH,
            FieldKind.EXACT,
        )

    def _term(self, field: str, word: str) -> tantivy.Query:
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        if self._is_whole_path(field):
            return self._path_or_below(field, word)
        word = self._as_term(field, word)
        query = tantivy.Query.term_query(self._schema, field, word)
        return boosted(query, self._weights.boost(field, [word]))

    def _synonym_group(self, field: str, words: Sequence[str]) -> tantivy.Query:
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        return any_of(
            boosted(
                tantivy.Query.term_query(self._schema, field, word),
                self._weights.boost_of_synonym(field, word, words),
            )
            for word in words
        )

    def _path_or_below(self, field: str, path: str) -> tantivy.Query:
        token = directory_token(path)
        return any_of(
            [
                boosted(
                    tantivy.Query.term_query(self._schema, field, token),
                    self._weights.boost(field, [token]),
                ),
                tantivy.Query.term_query(
                    self._schema, schema.whole_path_field(field), term_of(path)
                ),
            ]
        )

    def _synonym_term(self, field: str, word: str) -> tantivy.Query:
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind is not FieldKind.TEXT:
            return tantivy.Query.empty_query()
        synonyms = schema.synonyms_field(field)
        query = tantivy.Query.term_query(self._schema, synonyms, word, "basic")
        return tantivy.Query.const_score_query(query, self._weights.of_terms(synonyms, [word]))

    def _as_term(self, field: str, word: str) -> str:
        """A word as it stands in ``_word_parts``."""
        return as_term(word) if self._is_of_components(field) else term_of(word)

    def _as_pattern(self, field: str, pattern: str) -> str:
        """A pattern of words as they stand in ``_word_parts``."""
        return without_blanks(pattern) if self._is_of_components(field) else pattern

    def _is_of_components(self, field: str) -> bool:
        is_path = self._entity.by_name[field].kind is FieldKind.PATH
        return is_path and not self._is_whole_path(field)

    def _is_whole_path(self, field: str) -> bool:
        return self._entity.by_name[field].kind is FieldKind.PATH and field.endswith(".exact")

    def _phrase(self, field: str, words: Sequence[tuple[int, str]], slop: int) -> tantivy.Query:
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind not in (FieldKind.TEXT, FieldKind.PATH):
            return tantivy.Query.empty_query()
        first = min(position for position, _ in words)
        placed = [(position - first, self._as_term(field, word)) for position, word in words]
        query = tantivy.Query.phrase_query(self._schema, field, list(placed), slop)
        return boosted(query, self._weights.boost(field, [word for _, word in placed]))

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _parts(self, field: str, words: Sequence[str]) -> tantivy.Query:
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = schema.part_code(self._entity, field)
        terms = [term_of(code + without_blanks(word)) for word in words]
        if not all(self._shard.document_frequency(schema.PARTS, term) for term in terms):
            return tantivy.Query.empty_query()
        if len(terms) == 1:
            query = tantivy.Query.term_query(self._schema, schema.PARTS, terms[0], "basic")
        else:
            query = tantivy.Query.phrase_query(self._schema, schema.PARTS, list[Any](terms))
        return tantivy.Query.const_score_query(query, self._weights.of_terms(schema.PARTS, terms))

    def _part_wildcard(
        self, fields: Sequence[str], pattern: Pattern, marks: Marks
    ) -> tantivy.Query:
        codes = [
            schema.part_code(self._entity, field)
            for field in fields
            if field in self._entity.parted_fields
        ]
        match pattern:
            case _ if not codes:
                return tantivy.Query.empty_query()
            case (str(beginning), mark) if mark is ANY:
                return constant(
                    any_of(
                        tantivy.Query.fuzzy_term_query(
                            self._schema, schema.PARTS, code + beginning, 0, prefix=True
                        )
                        for code in codes
                    )
                )
            case _:
                expression = f"[{''.join(codes)}]{regular_expressions.wildcard(pattern, marks)}"
                return constant(self._regex_on(schema.PARTS, expression))

    def _part_patterns(
        self, field: str, in_order: Sequence[tuple[Pattern, Marks]]
    ) -> tantivy.Query:
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = schema.part_code(self._entity, field)
        words = [code + regular_expressions.wildcard(pattern, marks) for pattern, marks in in_order]
        try:
            query = tantivy.Query.regex_phrase_query(self._schema, schema.PARTS, list[Any](words))
        except ValueError as error:
            raise BadRequest(TOO_MANY_MARKS) from error
        return constant(query)

    def _part_fuzzy(self, field: str, part: str, edits: int) -> tantivy.Query:
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = schema.part_code(self._entity, field)
        return constant(
            tantivy.Query.fuzzy_term_query(self._schema, schema.PARTS, code + part, edits)
        )

    def _regex(self, field: str, pattern: str) -> tantivy.Query:
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        pattern = self._as_pattern(field, pattern)
        if self._is_whole_path(field):
            # What finds a directory finds all that is below it.
            separator = "|".join(map(regular_expressions.escaped, self._separators))
            pattern = f"({pattern})(({separator})(?s:.*))?"
        return constant(any_of(self._regex_on(part, pattern) for part in self._word_parts(field)))

    def _word_range(self, wanted: WordRange) -> tantivy.Query:
        ends = [end for end in (wanted.low, wanted.high) if end is not None]
        if any(len(end) > _LONGEST_END for end in ends):
            raise BadRequest(RANGE_TOO_LONG)
        between = regular_expressions.word_range(
            wanted.low,
            wanted.high,
            include_low=wanted.include_low,
            include_high=wanted.include_high,
        )
        if between is None:
            return tantivy.Query.empty_query()
        try:
            return self._regex(wanted.field, between)
        except BadRequest as error:
            raise BadRequest(RANGE_TOO_LONG) from error

    def _prefix(self, field: str, beginning: str) -> tantivy.Query:
        """As a regular expression finds it; that would take half a millisecond to be read."""
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        beginning = self._as_pattern(field, beginning)
        return constant(
            any_of(
                tantivy.Query.fuzzy_term_query(self._schema, part, beginning, 0, prefix=True)
                for part in self._word_parts(field)
            )
        )

    def _word_parts(self, field: str) -> Sequence[str]:
        """The engine's fields that hold the words of a field, and those that mean the same.

        None without any word: a pattern takes a millisecond to be made ready.
        """
        if self._entity.by_name[field].kind is FieldKind.TEXT:
            both = field, schema.synonyms_field(field)
            return [name for name in both if self._shard.has_words(name)]
        return (schema.whole_path_field(field),) if self._is_whole_path(field) else (field,)

    def _regex_on(self, engine_field: str, pattern: str) -> tantivy.Query:
        place = engine_field, pattern
        try:
            if place not in self._known:
                query = tantivy.Query.regex_query(self._schema, engine_field, pattern)
                self._known[place] = query
            return self._known[place]
        except ValueError as error:
            raise BadRequest(TOO_MANY_MARKS) from error

    def _fuzzy(self, field: str, word: str, edits: int) -> tantivy.Query:
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        word = self._as_pattern(field, word)
        return constant(
            any_of(
                tantivy.Query.fuzzy_term_query(self._schema, part, word, edits)
                for part in self._word_parts(field)
            )
        )

    def _whole_value_field(self, field: str) -> str | None:
        declared = self._entity.by_name.get(field)
        if declared is None:
            return None
        if declared.kind is FieldKind.EXACT:
            return field
        if schema.has_facet_column(declared, self._facetable):
            return schema.facet_field(field)
        return None

    def _exact(self, field: str, values: Sequence[str]) -> tantivy.Query:
        engine_field = self._whole_value_field(field)
        if engine_field is not None:
            terms = [term_of(value) for value in values]
        elif field not in self._entity.by_name:
            engine_field = schema.UNDECLARED
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
        return constant(self._regex_on(engine_field, regular_expressions.wildcard(pattern)))

    def _exists(self, field: str) -> tantivy.Query:
        declared = self._entity.by_name.get(field)
        if declared is None:
            return tantivy.Query.empty_query()
        if declared.kind.is_number:
            query = tantivy.Query.exists_query(schema.number_field(self._entity, field))
        else:
            present = schema.present_term(field)
            query = tantivy.Query.term_query(self._schema, schema.TERMS, present, "basic")
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

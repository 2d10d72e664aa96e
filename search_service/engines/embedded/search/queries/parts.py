"""Parts of texts (see ``analyzers.parts``) as queries of the engine, for one slice."""

from collections.abc import Sequence
from typing import Any

import tantivy

from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index.terms import term_of, without_blanks
from search_service.engines.embedded.search.queries.combine import any_of, constant
from search_service.engines.embedded.search.queries.patterns import PatternQueries
from search_service.engines.embedded.search.queries.regular_expressions import wildcard
from search_service.engines.embedded.search.queries.weights import Weights
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.too_large import PATTERN_TOO_LARGE
from search_service.errors import BadRequest
from search_service.query.tree import ANY, Characters, Pattern


class PartQueries:
    """The queries of one slice's parts."""

    def __init__(self, slice_: Slice, weights: Weights, patterns: PatternQueries) -> None:
        self._slice = slice_
        self._entity = slice_.entity
        self._schema = slice_.schema
        self._weights = weights
        self._patterns = patterns

    def parts(self, field: str, words: Sequence[str]) -> tantivy.Query:
        """Parts one after the other."""
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = engine_fields.part_code(self._entity, field)
        terms = [term_of(code + without_blanks(word)) for word in words]
        if not all(self._slice.document_frequency(engine_fields.PARTS, term) for term in terms):
            return tantivy.Query.empty_query()
        if len(terms) == 1:
            query = tantivy.Query.term_query(self._schema, engine_fields.PARTS, terms[0], "basic")
        else:
            query = tantivy.Query.phrase_query(self._schema, engine_fields.PARTS, list[Any](terms))
        return tantivy.Query.const_score_query(
            query, self._weights.of_terms(engine_fields.PARTS, terms)
        )

    def part_wildcard(
        self, fields: Sequence[str], pattern: Pattern, characters: Characters
    ) -> tantivy.Query:
        """A part of these fields that fits a pattern."""
        codes = [
            engine_fields.part_code(self._entity, field)
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
                            self._schema, engine_fields.PARTS, code + beginning, 0, prefix=True
                        )
                        for code in codes
                    )
                )
            case _:
                expression = f"[{''.join(codes)}]{wildcard(pattern, characters)}"
                return constant(self._patterns.on(engine_fields.PARTS, expression))

    def part_patterns(
        self, field: str, in_order: Sequence[tuple[Pattern, Characters]]
    ) -> tantivy.Query:
        """Parts one after the other that fit these patterns. Raises BadRequest."""
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = engine_fields.part_code(self._entity, field)
        words = [code + wildcard(pattern, characters) for pattern, characters in in_order]
        try:
            query = tantivy.Query.regex_phrase_query(
                self._schema, engine_fields.PARTS, list[Any](words)
            )
        except ValueError as error:
            raise BadRequest(PATTERN_TOO_LARGE) from error
        return constant(query)

    def part_fuzzy(self, field: str, part: str, edits: int) -> tantivy.Query:
        """A part that is spelled nearly so."""
        if field not in self._entity.parted_fields:
            return tantivy.Query.empty_query()
        code = engine_fields.part_code(self._entity, field)
        return constant(
            tantivy.Query.fuzzy_term_query(self._schema, engine_fields.PARTS, code + part, edits)
        )

"""Words, phrases, patterns and ranges of words as queries of the engine, for one slice.

A word that no document has becomes an empty query: the engine would look for it in each segment.

What a word weighs, see ``weights``; parts of texts, see ``parts``.
"""

from collections.abc import Sequence

import tantivy

from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.path_tokens import directory_token
from search_service.engines.embedded.index.terms import as_term, term_of, without_blanks
from search_service.engines.embedded.search.queries.combine import (
    any_of,
    boosted,
    constant,
    with_optional,
)
from search_service.engines.embedded.search.queries.patterns import PatternQueries
from search_service.engines.embedded.search.queries.regular_expressions import escaped, word_range
from search_service.engines.embedded.search.queries.weights import Weights
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.near_words import has_near_words
from search_service.engines.too_large import RANGE_TOO_LONG
from search_service.errors import BadRequest
from search_service.query.tree import WordRange

_LONGEST_END = 200
"""Characters of the end of a range; the engine refuses expressions of far fewer, mostly."""


class WordQueries:
    """The queries of one slice's words."""

    def __init__(
        self, slice_: Slice, separators: str, weights: Weights, patterns: PatternQueries
    ) -> None:
        self._slice = slice_
        self._entity = slice_.entity
        self._schema = slice_.schema
        self._separators = separators
        self._weights = weights
        self._patterns = patterns

    def term(self, field: str, word: str) -> tantivy.Query:
        """One word; of whole paths a path and all that is below it."""
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        if self._is_whole_path(field):
            return self._path_or_below(field, word)
        word = self._as_term(field, word)
        if not self._slice.document_frequency(field, word):
            return tantivy.Query.empty_query()
        query = tantivy.Query.term_query(self._schema, field, word)
        return boosted(query, self._weights.boost(field, [word]))

    def synonym_group(self, field: str, words: Sequence[str]) -> tantivy.Query:
        """Any of these words, weighed as one."""
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        return any_of(
            boosted(
                tantivy.Query.term_query(self._schema, field, word),
                self._weights.boost_of_synonym(field, word, words),
            )
            for word in words
            if self._slice.document_frequency(field, word)
        )

    def synonym_term(self, field: str, word: str) -> tantivy.Query:
        """A synonym that stands beside the text."""
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind is not FieldKind.TEXT:
            return tantivy.Query.empty_query()
        synonyms = engine_fields.synonyms_field(field)
        if not self._slice.document_frequency(synonyms, word):
            return tantivy.Query.empty_query()
        query = tantivy.Query.term_query(self._schema, synonyms, word, "basic")
        return tantivy.Query.const_score_query(query, self._weights.of_terms(synonyms, [word]))

    def phrase(self, field: str, words: Sequence[tuple[int, str]], slop: int) -> tantivy.Query:
        """Words at these places, relative to each other."""
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind not in (FieldKind.TEXT, FieldKind.PATH):
            return tantivy.Query.empty_query()
        first = min(position for position, _ in words)
        placed = [(position - first, self._as_term(field, word)) for position, word in words]
        if not all(self._slice.document_frequency(field, word) for _, word in placed):
            return tantivy.Query.empty_query()
        query = tantivy.Query.phrase_query(self._schema, field, list(placed), slop)
        return boosted(query, self._weights.boost(field, [word for _, word in placed]))

    def prefix(self, field: str, beginning: str) -> tantivy.Query:
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

    def regex(self, field: str, pattern: str) -> tantivy.Query:
        """A word that fits an expression. Raises BadRequest when it is too large."""
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        pattern = self._as_pattern(field, pattern)
        if self._is_whole_path(field):
            # What finds a directory finds all that is below it.
            separator = "|".join(map(escaped, self._separators))
            pattern = f"({pattern})(({separator})(?s:.*))?"
        return constant(
            any_of(self._patterns.on(part, pattern) for part in self._word_parts(field))
        )

    def word_range(self, wanted: WordRange) -> tantivy.Query:
        """A word between two. Raises BadRequest when its ends are too long."""
        ends = [end for end in (wanted.low, wanted.high) if end is not None]
        if any(len(end) > _LONGEST_END for end in ends):
            raise BadRequest(RANGE_TOO_LONG)
        between = word_range(
            wanted.low,
            wanted.high,
            include_low=wanted.include_low,
            include_high=wanted.include_high,
        )
        if between is None:
            return tantivy.Query.empty_query()
        try:
            return self.regex(wanted.field, between)
        except BadRequest as error:
            raise BadRequest(RANGE_TOO_LONG) from error

    def fuzzy(self, field: str, word: str, edits: int, *, scored: bool) -> tantivy.Query:
        """A word that is spelled nearly so; ``scored``: the more similar, the higher."""
        if not self._is_words(field):
            return tantivy.Query.empty_query()
        word = self._as_pattern(field, word)
        found = constant(
            any_of(
                tantivy.Query.fuzzy_term_query(self._schema, part, word, edits)
                for part in self._word_parts(field)
            )
        )
        if not scored or not has_near_words(self._entity.by_name[field]):
            return found
        return with_optional(
            found,
            (
                boosted(tantivy.Query.term_query(self._schema, field, near), boost)
                for near, boost in self._weights.boosts_of_near(field, word).items()
            ),
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
                    self._schema, engine_fields.whole_path_field(field), term_of(path)
                ),
            ]
        )

    def _is_words(self, field: str) -> bool:
        declared = self._entity.by_name.get(field)
        return declared is not None and declared.kind in (
            FieldKind.TEXT,
            FieldKind.PATH,
            FieldKind.EXACT,
        )

    def _word_parts(self, field: str) -> Sequence[str]:
        """The engine's fields that hold the words of a field, and those that mean the same.

        None without any word: a pattern takes a millisecond to be made ready.
        """
        if self._entity.by_name[field].kind is FieldKind.TEXT:
            both = field, engine_fields.synonyms_field(field)
            return [name for name in both if self._slice.has_words(name)]
        return (engine_fields.whole_path_field(field),) if self._is_whole_path(field) else (field,)

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
        return self._entity.by_name[field].is_whole_path

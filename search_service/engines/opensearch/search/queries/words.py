"""Words, phrases, patterns and ranges of words as queries of the cluster.

Not here: parts of texts, see ``parts``; how frequent words of a group are, see ``weights``.
"""

from collections.abc import Iterable, Sequence

from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.format import Format
from search_service.engines.documents.path_tokens import directory_token
from search_service.engines.opensearch.search.queries import patterns
from search_service.engines.opensearch.search.queries.clauses import (
    NOTHING,
    Json,
    any_of,
    boosted,
    constant,
    exists,
    term,
    terms,
)
from search_service.engines.opensearch.search.queries.weights import Weights
from search_service.engines.too_large import RANGE_TOO_LONG
from search_service.errors import BadRequest
from search_service.query.tree import Pattern, WordRange

_LONGEST_END = 200
"""Characters of the end of a range."""


class WordQueries:
    """The queries of words of an entity."""

    def __init__(self, entity: Entity, separators: str, format_: Format, weights: Weights) -> None:
        self._entity = entity
        self._separators = separators
        self._format = format_
        self._weights = weights

    def term(self, field: str, word: str) -> Json:
        """One word; of whole paths a path and all that is below it."""
        if not self._is_words(field):
            return NOTHING
        if self._is_whole_path(field):
            whole = engine_fields.whole_path_field(field)
            return any_of(
                [term(field, directory_token(word)), term(whole, self._format.term_of(word))]
            )
        return term(field, self._as_term(field, word))

    def synonym_group(self, field: str, words: Sequence[str], *, scored: bool) -> Json:
        """Any of these words, weighed as one."""
        if not self._is_words(field):
            return NOTHING
        if not scored:
            return terms(field, words)
        boosts = self._weights.boosts_of_synonyms(field, words)
        return any_of(boosted(term(field, word), boost) for word, boost in boosts.items())

    def synonym_term(self, field: str, word: str, *, scored: bool) -> Json:
        """A synonym that stands beside the text."""
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind is not FieldKind.TEXT:
            return NOTHING
        synonyms = engine_fields.synonyms_field(field)
        if not scored:
            return term(synonyms, word)
        return constant(term(synonyms, word), self._weights.of_term(synonyms, word))

    def phrase(self, field: str, words: Sequence[tuple[int, str]], slop: int) -> Json:
        """Words at these places, relative to each other."""
        declared = self._entity.by_name.get(field)
        if declared is None or declared.kind not in (FieldKind.TEXT, FieldKind.PATH):
            return NOTHING
        if self._is_whole_path(field):  # which is one word
            return NOTHING
        first = min(position for position, _ in words)
        placed = [""] * (max(position for position, _ in words) - first + 1)
        for position, word in words:
            placed[position - first] = self._as_term(field, word)
        return as_phrase(field, placed, slop)

    def wildcard(self, field: str, pattern: Pattern) -> Json:
        """A word of this form; of whole paths, what finds a directory finds all below it."""
        if not self._is_words(field):
            return NOTHING
        if self._is_whole_path(field):
            whole = engine_fields.whole_path_field(field)
            return patterns.path_or_below(whole, pattern, self._separators)
        pattern = tuple(
            self._as_term(field, part) if isinstance(part, str) else part for part in pattern
        )
        return _any_alike(patterns.matching(part, pattern) for part in self._word_fields(field))

    def fuzzy(self, field: str, word: str, edits: int, *, scored: bool) -> Json:
        """A word that is spelled nearly so; ``scored``: the more similar, the higher."""
        if not self._is_words(field):
            return NOTHING
        word = self._as_term(field, word)
        found = _any_alike(nearly(part, word, edits) for part in self._word_fields(field))
        boosts = self._weights.boosts_of_near(field, word) if scored else {}
        if not boosts:
            return found
        near = [boosted(term(field, each), boost) for each, boost in boosts.items()]
        return {"bool": {"must": [found], "should": near}}

    def word_range(self, wanted: WordRange) -> Json:
        """A word between two. Raises BadRequest when its ends are too long."""
        ends = [end for end in (wanted.low, wanted.high) if end is not None]
        if any(len(end) > _LONGEST_END for end in ends):
            raise BadRequest(RANGE_TOO_LONG)
        field = wanted.field
        if not self._is_words(field):
            return NOTHING
        low, high = (
            None if end is None else self._as_term(field, end) for end in (wanted.low, wanted.high)
        )
        bounds = {
            "gte" if wanted.include_low else "gt": low,
            "lte" if wanted.include_high else "lt": high,
        }
        within = {name: end for name, end in bounds.items() if end is not None}
        fields = self._word_fields(field)
        if not within:
            return _any_alike(map(exists, fields))
        found: list[Json] = [{"range": {part: within}} for part in fields]
        if self._is_whole_path(field) and high is not None:
            whole = engine_fields.whole_path_field(field)
            found += (
                {"prefix": {whole: beginning}} for beginning in self._beyond(low, high, wanted)
            )
        return _any_alike(found)

    def exists(self, field: str) -> Json:
        """A word at all."""
        if not self._is_words(field):
            return NOTHING
        return exists(
            engine_fields.whole_path_field(field) if self._is_whole_path(field) else field
        )

    def _beyond(self, low: str | None, high: str, wanted: WordRange) -> list[str]:
        """How paths begin that come after a range, and are below a directory within it.

        Such a directory is a beginning of the end of the range, or else all below it would be
        within the range too.
        """
        directories = (high[:length] for length in range(1, len(high) + 1))
        within = [
            directory
            for directory in directories
            if (low is None or directory > low or (wanted.include_low and directory == low))
            and (directory != high or wanted.include_high)
        ]
        beginnings: list[str] = []
        for directory in within:  # the shortest first
            for separator in self._separators:
                beginning = directory + separator
                if not any(map(beginning.startswith, beginnings)):
                    beginnings.append(beginning)
        return beginnings

    def _is_words(self, field: str) -> bool:
        declared = self._entity.by_name.get(field)
        return declared is not None and not declared.kind.is_number

    def _word_fields(self, field: str) -> Sequence[str]:
        """The fields that hold the words of a field, and those that mean the same."""
        if self._entity.by_name[field].kind is FieldKind.TEXT:
            return field, engine_fields.synonyms_field(field)
        if self._is_whole_path(field):
            return (engine_fields.whole_path_field(field),)
        return (field,)

    def _as_term(self, field: str, word: str) -> str:
        """A word, or the text of a pattern, as it stands in ``_word_fields``."""
        is_path = self._entity.by_name[field].kind is FieldKind.PATH
        if is_path and not self._is_whole_path(field):
            return self._format.as_term(word)
        return self._format.term_of(word)

    def _is_whole_path(self, field: str) -> bool:
        return self._entity.by_name[field].is_whole_path


def as_phrase(field: str, words: Sequence[str], slop: int = 0) -> Json:
    """Words one after the other, where an empty one stands for any."""
    text = " ".join(word or engine_fields.STOP_WORD_PLACE for word in words)
    return {"match_phrase": {field: {"query": text, "slop": slop} if slop else text}}


def nearly(field: str, word: str, edits: int, *, kept: int = 0) -> Json:
    """A term at most so many edits away; the first ``kept`` characters are the same."""
    wanted = {
        "value": word,
        "fuzziness": edits,
        "prefix_length": kept,
        # Each term that is near enough, and none weighs more.
        "rewrite": "constant_score",
    }
    return {"fuzzy": {field: wanted}}


def _any_alike(queries: Iterable[Json]) -> Json:
    found = list(queries)
    return found[0] if len(found) == 1 else constant(any_of(found))

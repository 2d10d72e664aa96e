"""What words weigh that the cluster would weigh otherwise: those that count as one another.

They are synonyms, and words that are spelled nearly so.

The cluster weighs every other word as Lucene does, by the statistics of all shards. Not here: how
document frequencies are found, see ``engines.opensearch.search.vocabulary``.
"""

from collections.abc import Iterator, Mapping, Sequence

from search_service.catalogue.model import Entity
from search_service.engines.documents import engine_fields
from search_service.engines.near_words import MOST, has_near_words
from search_service.engines.opensearch.search.queries.few_clauses import MOST_CLAUSES
from search_service.engines.opensearch.search.term_statistics import FieldTerm
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.engines.rarity import inverse_document_frequency
from search_service.query.tree import Fuzzy, Query, SynonymGroup, SynonymTerm, children

_CLAUSES = 2
"""What a word that is spelled nearly so takes, in its field and in that of synonyms."""

_MOST_LETTERS = 2_000
"""Letters of such words of which others are looked up, in all fields: 50 for each letter."""


class Weights:
    """The weights of one tree's words; all that they depend on is asked for at once."""

    def __init__(self, entity: Entity, query: Query, known: KnownFrequencies) -> None:
        groups, beside, near = set[SynonymGroup](), set[SynonymTerm](), set[FieldTerm]()
        fuzzy = letters = 0
        for leaf in _weighed(query):
            match leaf:
                case SynonymGroup():
                    groups.add(leaf)
                case SynonymTerm():
                    beside.add(leaf)
                case Fuzzy(field, word):
                    fuzzy += 1
                    letters += len(word)
                    if has_near_words(entity.by_name.get(field)) and letters <= _MOST_LETTERS:
                        near.add((field, word))
        terms = {(group.field, word) for group in groups for word in group.words}
        terms |= {(engine_fields.synonyms_field(leaf.field), leaf.word) for leaf in beside}
        fields = {group.field for group in groups} | {field for field, _ in near}
        self._near = known.near_words(entity.name, near) if near else {}
        left = max(0, MOST_CLAUSES - _CLAUSES * fuzzy)
        # Others are wanted too.
        self._most_near = min(MOST, left // 2 // max(fuzzy, 1))
        self._frequencies: Mapping[FieldTerm, int] = known.of(entity.name, terms) if terms else {}
        self._present = known.present(entity.name, fields) if fields else {}
        self._documents = known.count(entity.name) if beside else 0

    def boosts_of_synonyms(self, field: str, words: Sequence[str]) -> Mapping[str, float]:
        """By what the score of each word is multiplied, of those that documents have."""
        frequencies = {word: self._frequencies.get((field, word), 0) for word in words}
        present = self._present.get(field, 0)
        together = inverse_document_frequency(present, sum(frequencies.values()))
        return {
            word: len(words) * together / inverse_document_frequency(present, frequency)
            for word, frequency in frequencies.items()
            if frequency
        }

    def boosts_of_near(self, field: str, word: str) -> Mapping[str, float]:
        """As ``boosts_of_synonyms``, of a word and those one edit away: the commonest counts."""
        near = self._near.get((field, word))
        if near is None:
            return {}
        present = self._present.get(field, 0)
        together = inverse_document_frequency(present, near.frequency)
        return {
            each.word: each.similarity
            * together
            / inverse_document_frequency(present, each.frequency)
            for each in near.words[: self._most_near]
        }

    def of_term(self, engine_field: str, term: str) -> float:
        """What a term scores whose field has no length: as in a mean document."""
        frequency = self._frequencies.get((engine_field, term), 0)
        return inverse_document_frequency(self._documents, frequency)


def _weighed(query: Query) -> Iterator[SynonymGroup | SynonymTerm | Fuzzy]:
    if isinstance(query, SynonymGroup | SynonymTerm | Fuzzy):
        yield query
    for child in children(query):
        yield from _weighed(child)

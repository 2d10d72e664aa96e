"""What words weigh that the cluster would weigh otherwise: synonyms, by how frequent all are.

The cluster weighs every other word as Lucene does, by the statistics of all shards. Not here: how
document frequencies are found, see ``engines.opensearch.search.vocabulary``.
"""

from collections.abc import Iterator, Mapping, Sequence

from search_service.catalogue.model import Entity
from search_service.engines.documents import engine_fields
from search_service.engines.opensearch.search.term_statistics import FieldTerm
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.engines.rarity import inverse_document_frequency
from search_service.query.tree import Query, SynonymGroup, SynonymTerm, children


class Weights:
    """The weights of one tree's synonyms; all that they depend on is asked for at once."""

    def __init__(self, entity: Entity, query: Query, known: KnownFrequencies) -> None:
        groups, beside = set[SynonymGroup](), set[SynonymTerm]()
        for leaf in _synonyms(query):
            if isinstance(leaf, SynonymGroup):
                groups.add(leaf)
            else:
                beside.add(leaf)
        terms = {(group.field, word) for group in groups for word in group.words}
        terms |= {(engine_fields.synonyms_field(leaf.field), leaf.word) for leaf in beside}
        fields = {group.field for group in groups}
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

    def of_term(self, engine_field: str, term: str) -> float:
        """What a term scores whose field has no length: as in a mean document."""
        frequency = self._frequencies.get((engine_field, term), 0)
        return inverse_document_frequency(self._documents, frequency)


def _synonyms(query: Query) -> Iterator[SynonymGroup | SynonymTerm]:
    if isinstance(query, SynonymGroup | SynonymTerm):
        yield query
    for child in children(query):
        yield from _synonyms(child)

"""A text as icat.lucene reads it: its syntax, and any of its words.

Any one word of a synonym finds it, and words have the places that they have in icat.lucene's index.
Not here: what both readings share, see ``analyse``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import ClassVar

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.limits import QueryLimits
from search_service.query.parsed import Parsed
from search_service.query.text.analyse import Analysis, Analyst, TextWords, synonym_group
from search_service.query.text.classify import TypedText
from search_service.query.text.reading import FullName
from search_service.query.text.syntax import parse
from search_service.query.tree import Bool, Join, Query, Term
from search_service.query.vocabulary import ANY_WORDS, Vocabulary


@dataclass(frozen=True)
class PeerReading:
    """The ``Reading`` of icat.lucene. It asks no vocabulary, and corrects no spelling."""

    analysis: Analysis
    limits: QueryLimits = field(default_factory=QueryLimits)
    rights_score: ClassVar[bool] = True

    def typed(self, text: str, entity: Entity) -> TypedText:
        """Its syntax, and nothing else."""
        return parse(text, self.limits)

    def query(
        self,
        text: str,
        entity: Entity,
        vocabulary: Vocabulary = ANY_WORDS,
        visible: Vocabulary | None = None,
    ) -> Query:
        """The text on the entity's own fields, or on those of samples that it does not repeat."""
        parsed = parse(text, self.limits)
        of_others = (
            Join(other.name, join.by, join.on, self.analysed(parsed, other), scored=True)
            for other, join in lookup.searched_beside(entity.name)
        )
        return Bool(should=(self.analysed(parsed, entity), *of_others))

    def respelled(
        self, text: str, entity: Entity, vocabulary: Vocabulary, visible: Vocabulary | None = None
    ) -> Query | None:
        """None: every word is as it was typed."""
        return None

    def full_name(
        self, typed: str, entity: Entity, field: str, vocabulary: Vocabulary = ANY_WORDS
    ) -> FullName:
        """By any of the words."""
        return FullName(self.analysed(parse(typed, self.limits), entity, (field,)))

    def analysed(
        self,
        parsed: Parsed,
        entity: Entity,
        fields: Sequence[str] | None = None,
        vocabulary: Vocabulary = ANY_WORDS,
    ) -> Query:
        """As ``Reading`` says."""
        return PeerAnalyst(entity, self.analysis, fields, self.limits).query(parsed)


class PeerAnalyst(Analyst):
    """The analysis of icat.lucene, where it is another."""

    def _of_any_word(self, name: str, found: TextWords) -> Iterable[Query]:
        """A word that several phrases have weighs as often."""
        queries = self._without_synonyms(name, found)
        for match in found.synonyms:
            if match.is_of_single_words:
                queries.append(synonym_group(name, match))
            else:
                queries += [Term(name, word) for words in match.alternatives for word in words]
        return queries

    def _ways(self, found: TextWords) -> Iterable[Sequence[tuple[int, str]]]:
        """One word of each place, whichever synonym it belongs to."""
        by_place: dict[int, dict[str, None]] = {}
        for word, place in self._placed(found):
            by_place.setdefault(place, {})[word] = None
        for chosen in product(*by_place.values()):
            yield list(zip(by_place, chosen, strict=True))

    def _placed(self, found: TextWords) -> list[tuple[str, int]]:
        """The words and their synonyms with their places in the index, typed words first."""
        placed = self._analysis.synonyms.spread(found.words) if found.synonyms else None
        if placed is None:
            return [(word, at) for at, word in enumerate(found.words) if word]
        return sorted(placed, key=lambda token: (token[1], token[0] not in found.words))

"""What a reading is going to ask of a vocabulary, for an index that answers many words at once.

The reading is carried out twice with vocabularies that answer the same to everything: one has each
word and one has none, so that nearly all is asked that may be. What is missed is asked later, word
by word. Not here: what is known of the words.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from search_service.errors import BadRequest
from search_service.query.vocabulary import Ask


class Among(Enum):
    """Where a word is looked for."""

    WORDS = auto()
    PARTS = auto()
    SYNONYMS = auto()


class Expected(NamedTuple):
    """A word that is going to be asked of some fields of an entity."""

    entity: str
    among: Among
    word: str


def expected(ask: Ask) -> frozenset[Expected]:
    """What a reading asks (see ``Vocabulary.expect``), as far as it has a meaning."""
    found: set[Expected] = set()
    for frequency in (1, 0):
        try:
            ask(_Recorder(frequency, found))
        except BadRequest:  # the reading itself is refused with it
            break
    return frozenset(found)


@dataclass(frozen=True)
class _Recorder:
    """A vocabulary with the same answer to everything, which it notes."""

    frequency: int
    found: set[Expected] = field(default_factory=set)

    def expect(self, reading: Hashable, ask: Ask) -> None:
        pass

    def count(self, entity: str) -> int:
        return 1

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        self.found.add(Expected(entity, Among.WORDS, word))
        return self.frequency

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        self.found.add(Expected(entity, Among.PARTS, part))
        return self.frequency

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        self.found.add(Expected(entity, Among.SYNONYMS, word))
        return self.frequency > 0

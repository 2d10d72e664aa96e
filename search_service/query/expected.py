"""What a reading is going to ask of a vocabulary, for an index that answers many words at once.

The reading is carried out twice with vocabularies that answer the same to everything: one has each
word and one has none, so that nearly all is asked that may be. What is missed is asked later, word
by word. What is asked for one word or phrase is remembered: texts are mostly of known words, and to
carry out a reading takes longer than to look the words up. Not here: what is known of the words.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum, auto

from search_service.errors import BadRequest
from search_service.query.tree import Everything, Query
from search_service.query.vocabulary import Ask

MOST_MADE = 20_000
"""Words and phrases of which is remembered what is asked for them."""

Key = tuple[str, str]  # what is made, of which text

_LONGEST = 64  # characters of one of them


class Among(StrEnum):
    """Where a word is looked for."""

    WORDS = auto()
    PARTS = auto()
    SYNONYMS = auto()


Expected = tuple[str, Among, str]
"""An entity, and a word that is going to be asked of some fields of it."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What is asked for a word or phrase, and the number that is made of it."""

    asked: frozenset[Expected]
    made: int


class Recordings:
    """What is asked for words and phrases, whatever documents there are, for one kind of reading.

    What was not asked for goes before what was, as in ``query.text.relevance.meanings.Memory``.
    """

    def __init__(self, most: int = MOST_MADE) -> None:
        """``most``: words and phrases that are remembered."""
        self._most = most // 2
        self._new: dict[Hashable, _Made] = {}
        self._old: dict[Hashable, _Made] = {}

    def find(self, key: Hashable) -> _Made | None:
        """What is known of it."""
        known = self._new.get(key)
        if known is None and (known := self._old.get(key)) is not None:
            self.add(key, known)
        return known

    def add(self, key: Hashable, made: _Made) -> None:
        """Remember it."""
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[key] = made


def expected(ask: Ask, recordings: Recordings | None = None) -> frozenset[Expected]:
    """What a reading asks (see ``Vocabulary.expect``), as far as it has a meaning.

    ``recordings``: those of readings before.
    """
    known = Recordings() if recordings is None else recordings
    found: set[Expected] = set()
    for frequency in (1, 0):
        recorder = _Recorder(frequency, known)
        try:
            ask(recorder)
        except BadRequest:  # the reading itself is refused with it
            break
        finally:
            found |= recorder.found
    return frozenset(found)


class _Recorder:
    """A vocabulary with the same answer to everything, which it notes."""

    def __init__(self, frequency: int, recordings: Recordings) -> None:
        self._frequency = frequency
        self._recordings = recordings
        self.found: set[Expected] = set()

    def memory(self, entity: str) -> "_Memory":
        return _Memory(self, entity)

    def made(self, entity: str, key: Key, make: Callable[[], int]) -> int:
        """What is made, noting what is asked for it; that is found out once."""
        place = self._frequency, entity, key
        known = self._recordings.find(place)
        if known is not None:
            self.found |= known.asked
            return known.made
        outer, self.found = self.found, set()
        try:
            made = make()
            if len(key[1]) <= _LONGEST:
                self._recordings.add(place, _Made(frozenset(self.found), made))
        finally:
            self.found |= outer
        return made

    def expect(self, reading: Hashable, ask: Ask) -> None:
        pass

    def count(self, entity: str) -> int:
        return 1

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        self.found.add((entity, Among.WORDS, word))
        return self._frequency

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        self.found.add((entity, Among.PARTS, part))
        return self._frequency

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        self.found.add((entity, Among.SYNONYMS, word))
        return self._frequency > 0


class _Memory:
    """As in ``query.text.relevance.meanings``; of a query only what is asked for it is of use."""

    def __init__(self, recorder: _Recorder, entity: str) -> None:
        self._recorder = recorder
        self._entity = entity

    def query(self, key: Key, make: Callable[[], Query]) -> Query:
        def number() -> int:
            make()
            return 0

        self._recorder.made(self._entity, key, number)
        return Everything()

    def number(self, key: Key, make: Callable[[], int]) -> int:
        return self._recorder.made(self._entity, key, make)

"""Words that are written as one or as two: ``microstructure`` and ``micro structure``.

Where a word may be cut is what the index knows: both halves are words of some document. So nothing
is kept for it. Not here: typed hyphens, which join words in ``parts``.
"""

from collections.abc import Iterable, Sequence

from analyzers.chain import text_words
from search_service.catalogue.model import Entity, Field
from search_service.query.text.relevance.meanings import memory_of
from search_service.query.tree import Parts, Phrase, Query
from search_service.query.vocabulary import Vocabulary

_SHORTEST_HALF = 3
_SHORT_ENDS = ("up", "in")  # as in `warmup`
_SHORTEST = 7
_SHORTEST_JOINED = 5
_LONGEST = 40
"""Letters of the longest compound; what is longer is no word, and has too many places to cut."""


def cuts(word: str) -> Iterable[tuple[str, str]]:
    """The places where a word may be two.

    >>> list(cuts("nanorod")), list(cuts("warmup"))
    ([('nan', 'orod'), ('nano', 'rod')], [('warm', 'up')])
    """
    if not (word.isascii() and word.isalpha() and len(word) <= _LONGEST):
        return
    if word.endswith(_SHORT_ENDS) and len(word) >= _SHORTEST_JOINED:
        yield word[:-2], word[-2:]
    if len(word) >= _SHORTEST:
        for at in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1):
            yield word[:at], word[at:]


class Compounds:
    """Compounds of one entity's texts."""

    def __init__(self, entity: Entity, known: Vocabulary) -> None:
        self._entity = entity.name
        self._known = known
        self._fields = [name for name in entity.default_fields if entity.by_name[name].is_text]
        self._cuts: dict[str, list[tuple[tuple[str, str], list[str]]]] = {}
        self._memory = memory_of(known, entity.name)

    def as_two_words(self, field: Field, text: str) -> Iterable[Query]:
        """Two words of a field, one after the other, that the typed word may be."""
        for halves, words in self._known_cuts(text):
            if all(words) and all(self._holds(field.name, word) for word in words):
                yield Phrase(field.name, tuple(enumerate(words)))
            if field.parts and all(self._holds_part(field.name, half) for half in halves):
                yield Parts(field.name, halves)

    def _known_cuts(self, text: str) -> list[tuple[tuple[str, str], list[str]]]:
        """Cuts whose halves are known to some field: looked at once for all of them.

        Each with its words.
        """
        found = self._cuts.get(text)
        if found is None:
            pairs = cuts(text.lower())
            found = [
                (pair, [word for half in pair for word in text_words(half)])
                for pair in pairs
                if self._is_known(pair[0]) and self._is_known(pair[1])
            ]
            self._cuts[text] = found
        return found

    def _is_known(self, half: str) -> bool:
        """A long word has dozens of halves, and each is asked of all fields."""
        return self._memory.number(("half", half), lambda: int(self._is_in_a_field(half))) > 0

    def _is_in_a_field(self, half: str) -> bool:
        word = "".join(text_words(half))
        return any(self._holds(name, word) or self._holds_part(name, half) for name in self._fields)

    def _holds(self, name: str, word: str) -> bool:
        return word != "" and self._known.document_frequency(self._entity, name, word) > 0

    def _holds_part(self, name: str, part: str) -> bool:
        return self._known.part_document_frequency(self._entity, name, part) > 0


def as_one_word(words: Sequence[str]) -> str | None:
    """Two words as the one that they may be.

    >>> as_one_word(["nano", "particle"]), as_one_word(["hc", "1234"]), as_one_word(["of", "a"])
    ('nanoparticle', None, None)
    """
    if len(words) != 2 or not all(word.isalpha() for word in words):
        return None
    joined = "".join(words).lower()
    return joined if len(joined) >= _SHORTEST_JOINED else None

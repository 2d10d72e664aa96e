"""What somebody has typed so far: the word that it ends in, and what comes before that.

Not here: what begins so, see ``service.searching.suggest``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzers import text_words, words
from analyzers.chain import lower
from search_service.query.tree import ANY, Query, Term, Wildcard

_SHORTEST_STEM, _LONGEST_ENDING = 3, 4


@dataclass(frozen=True, slots=True)
class Beginning:
    """``before`` and ``last`` are all of what was typed, but for signs behind the last word."""

    typed: str
    before: str
    last: str  # lower case; empty where no word was typed
    stems_before: tuple[str, ...]

    @classmethod
    def of(cls, typed: str) -> "Beginning":
        """Take apart what was typed."""
        found = words(lower(typed))
        if not found:
            return cls(typed, "", "", ())
        at = lower(typed).rindex(found[-1])
        stems = tuple(word for word in text_words(typed[:at]) if word)
        return cls(typed, typed[:at], found[-1], stems)

    @property
    def shorter(self) -> Iterator[str]:
        """Stems that a word which begins so may have: ``scatteri`` begins one of ``scatter``."""
        word = self.last
        yield from (found for found in text_words(word) if found and found != word)
        for length in range(
            len(word) - 1, max(_SHORTEST_STEM, len(word) - _LONGEST_ENDING) - 1, -1
        ):
            yield word[:length]
        if word.endswith("y"):
            yield word[:-1] + "i"

    def forms(self, field: str) -> Iterator[Query]:
        """Documents that may have a word which begins so."""
        yield Wildcard(field, (self.last, ANY))
        yield from (Term(field, stem) for stem in dict.fromkeys(self.shorter))

    def is_of(self, word: str) -> bool:
        """Whether a word in lower case begins so."""
        return word.startswith(self.last)

    def is_in(self, text: str) -> bool:
        """Whether a text has all the words before, and one that begins so."""
        found = lower(text)
        stems = set(text_words(found))
        return stems.issuperset(self.stems_before) and any(map(self.is_of, words(found)))

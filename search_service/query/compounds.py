"""Words that are written as one or as two: ``microstructure`` and ``micro structure``.

Where a word may be cut is what the index knows: both halves are words of some document. So nothing
is kept for it. Not here: the other direction, typed hyphens join words in ``parts``.
"""

from collections.abc import Iterable

from analyzers.chain import text_words
from search_service.query.tree import Phrase, Query
from search_service.query.vocabulary import Vocabulary

_SHORTEST_HALF = 3
_SHORTEST = 7


def cuts(word: str) -> Iterable[tuple[str, str]]:
    """The places where a word may be two.

    >>> list(cuts("nanorod"))
    [('nan', 'orod'), ('nano', 'rod')]
    """
    if word.isascii() and word.isalpha() and len(word) >= _SHORTEST:
        for at in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1):
            yield word[:at], word[at:]


def in_two(entity: str, field: str, text: str, known: Vocabulary) -> list[Query]:
    """Phrases of two words of a field that the typed word may be."""
    found: list[Query] = []
    for first, second in cuts(text.lower()):
        halves = [word for half in (first, second) for word in text_words(half)]
        if (
            len(halves) == 2
            and all(halves)
            and all(known.holding(entity, field, w) for w in halves)
        ):
            found.append(Phrase(field, ((0, halves[0]), (1, halves[1]))))
    return found

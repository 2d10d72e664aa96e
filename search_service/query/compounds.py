"""Words that are written as one or as two: ``microstructure`` and ``micro structure``.

Where a word may be cut is what the index knows: both halves are words of some document. So nothing
is kept for it. Not here: typed hyphens, which join words in ``parts``.
"""

from collections.abc import Iterable, Sequence

from analyzers.chain import text_words
from search_service.catalogue.model import Field
from search_service.query.tree import Parts, Phrase, Query
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


def in_two(entity: str, field: Field, text: str, known: Vocabulary) -> list[Query]:
    """Two words of a field, one after the other, that the typed word may be."""
    found: list[Query] = []
    for first, second in cuts(text.lower()):
        halves = [word for half in (first, second) for word in text_words(half)]
        if all(halves) and all(known.holding(entity, field.name, word) for word in halves):
            found.append(Phrase(field.name, tuple(enumerate(halves))))
        parts = (first, second)
        if field.parts and all(known.holding_part(entity, field.name, part) for part in parts):
            found.append(Parts(field.name, parts))
    return found


def in_one(words: Sequence[str]) -> str | None:
    """Two words as the one that they may be.

    >>> in_one(["nano", "particle"]), in_one(["hc", "1234"]), in_one(["of", "a"])
    ('nanoparticle', None, None)
    """
    if len(words) != 2 or not all(word.isalpha() for word in words):
        return None
    joined = "".join(words).lower()
    return joined if len(joined) >= _SHORTEST else None

"""Words that are spelled otherwise than they were typed: how far apart, and what they find.

Not here: whether a whole text is spelled anew, see ``query.text.matching``.
"""

from collections.abc import Callable, Sequence

from analyzers import parts as of_names
from analyzers.chain import lower, text_words
from analyzers.folding import folded, unified
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, Field
from search_service.query.conditions import any_of
from search_service.query.parsed import Match, Parsed
from search_service.query.tree import Fuzzy, Join, Nothing, PartFuzzy, Parts, Query

_VOWELS = frozenset("aeiouy")
"""A word of Latin letters without any is a code, and another code is another thing."""

_SHORTEST = 4
"""Letters of the shortest word that may be misspelled."""

_LONGEST_WORD = 40
"""Letters of a word that somebody may mean: a longer one takes gigabytes to be compared."""

_TWO_EDITS = 8
"""Letters of the shortest word of which two may be wrong."""


def distance(one: str, other: str, most: int) -> int | None:
    """How many letters are put in, left out, changed or swapped with their neighbour.

    None when these are more than ``most``. It takes a time that grows with the length of a word
    times ``most``.

    >>> distance("silcon", "silicon", 1), distance("slilicon", "silicon", 1)
    (1, 1)
    >>> distance("form", "from", 1), distance("from", "farm", 1)
    (1, None)
    """
    if abs(len(one) - len(other)) > most:
        return None
    far = most + 1  # whatever is farther away
    width = 2 * most + 1
    # Of each row the places from `i - most` to `i + most`: what is outside is too far anyway.
    before = [far] * width
    row = [abs(shift) if shift >= 0 else far for shift in range(-most, most + 1)]
    for i, letter in enumerate(one, 1):
        last, row, older = row, [far] * width, before
        for at in range(max(0, most - i), min(width, len(other) - i + most + 1)):
            j = i + at - most
            if j == 0:
                row[at] = i
                continue
            cost = last[at] + (letter != other[j - 1])
            if at + 1 < width:
                cost = min(cost, last[at + 1] + 1)
            if at > 0:
                cost = min(cost, row[at - 1] + 1)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other[j - 1]:
                cost = min(cost, older[at] + 1)
            row[at] = cost
        before = last
        if min(row) > most and min(last) > most:
            return None
    nearest = row[len(other) - len(one) + most]
    return nearest if nearest <= most else None


def edits_allowed(word: str) -> int:
    """How many letters of a word may be wrong. A number is another one.

    >>> [edits_allowed(word) for word in ("neturon", "cryostatt", "hc12", "ab", "dsddd")]
    [1, 2, 0, 0, 0]
    >>> edits_allowed("a" * 41)
    0
    """
    if not word.isalpha() or not _SHORTEST <= len(word) <= _LONGEST_WORD:
        return 0
    if _VOWELS.isdisjoint(folded(word)):
        return 0
    return 1 if len(word) < _TWO_EDITS else 2


def similar(entity: Entity, field: Field, text: str, edits: int) -> Query | None:
    """Words of a field so similar to one, the most similar first; None where it is too long."""
    typed = folded(unified(text))
    if len(typed) > _LONGEST_WORD:
        return None
    found: list[Query] = []
    for allowed in range(1, edits + 1):
        if field.parts:
            forms = [typed, *of_names.inflections(typed)]
            found += [PartFuzzy(field.name, form, allowed) for form in forms]
        if not (field.named and entity.is_of_files):  # the parts of such a name are all there is
            stems = [stem for stem in text_words(typed) if stem]
            found += [
                Fuzzy(field.name, form, allowed) for form in dict.fromkeys([lower(text), *stems])
            ]
    return any_of(found) if found else None


def as_typed(field: Field, text: str) -> Query:
    """A part of a field that ``similar`` finds too, if it is as it was typed."""
    return Parts(field.name, (folded(unified(text)),))


class SimilarWords:
    """Queries for words similar to those of a text, among the documents of one entity."""

    def __init__(self, entity: Entity, analysed: Callable[[Parsed, Entity], Query]) -> None:
        """``analysed``: the query of a word as it was typed."""
        self._entity = entity
        self._others = lookup.searched_beside(entity.name)
        self._analysed = analysed

    def each(self, words: Sequence[str], edits: Sequence[int]) -> list[Query]:
        """For each word, with so many edits, in any field or in samples."""
        return [self.anywhere(*pair) for pair in zip(words, edits, strict=True)]

    def anywhere(self, word: str, edits: int) -> Query:
        """One word in any field, or in samples."""
        joined = [
            Join(other.name, join.by, join.on, self._in_entity(word, edits, other), scored=True)
            for other, join in self._others
        ]
        return any_of([self._in_entity(word, edits, self._entity), *joined])

    def _in_entity(self, word: str, edits: int, entity: Entity) -> Query:
        if not edits:
            return self._analysed(Match(None, word), entity)
        fields = [entity.by_name[name] for name in entity.default_fields]
        found = [similar(entity, field, word, edits) for field in fields if field.is_text]
        queries = [query for query in found if query is not None]
        return any_of(queries) if queries else Nothing()

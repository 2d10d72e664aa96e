"""Words that are one edit away from another, and how much each weighs, with any engine.

An engine finds the documents of words that are spelled nearly so, and does not tell which words
they have. So each word that one edit can make of the other is looked up, by the letters that a
typing error has. Not here: words two edits away, of which there are some hundred thousand; how a
word is looked up.
"""

from collections.abc import Collection, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

from search_service.catalogue.model import Field, FieldKind

MOST = 50
"""Words that weigh, the most similar of them, as in Lucene."""


class NearWord(NamedTuple):
    """A word that documents have: how similar it is, above 0 to 1, and in how many it is."""

    word: str
    similarity: float
    frequency: int


class NearWords(NamedTuple):
    """A word and those one edit away, the most similar first.

    ``frequency``: of the commonest. All are as rare as that, or an error, which few documents have,
    would come before the word.
    """

    words: Sequence[NearWord]
    frequency: int


def has_near_words(field: Field | None) -> bool:
    """Whether near words of a field weigh: not where a value is found as a whole."""
    return (
        field is not None
        and field.kind in (FieldKind.TEXT, FieldKind.PATH)
        and not field.is_whole_path
    )


def nearest(word: str, frequencies: Mapping[str, int]) -> NearWords:
    """The most similar words. ``frequencies``: of words one edit away, 0 where there are none."""
    near = [
        NearWord(each, alike, frequency)
        for each, frequency in frequencies.items()
        if frequency and (alike := similarity(word, each)) > 0
    ]
    near.sort(key=lambda each: (-each.similarity, each.word))
    del near[MOST:]
    return NearWords(near, max((each.frequency for each in near), default=0))


def similarity(word: str, near: str) -> float:
    """How much a word one edit away weighs beside the word itself, as in Lucene; 0 to 1.

    >>> similarity("neutron", "neutron"), similarity("four", "for"), similarity("a", "b")
    (1.0, 0.6666666666666667, 0.0)
    """
    return 1.0 if near == word else 1 - 1 / max(min(len(word), len(near)), 1)


def one_edit_away(word: str) -> Collection[str]:
    """A word, and each with a letter left out, put in, changed or swapped with its neighbour.

    Letters are Latin, or those of the word; digits and capitals where the word has any.
    """
    letters = {*ascii_lowercase, *word}
    if any(map(str.isdigit, word)):
        letters.update(digits)
    if any(map(str.isupper, word)):
        letters.update(ascii_uppercase)
    found = {word}
    for at in range(len(word) + 1):
        before, behind = word[:at], word[at:]
        found.update(before + letter + behind for letter in letters)
        if behind:
            found.add(before + behind[1:])
            found.update(before + letter + behind[1:] for letter in letters)
        if len(behind) > 1:
            found.add(before + behind[1] + behind[0] + behind[2:])
    found.discard("")
    return found

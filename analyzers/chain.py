"""What a text becomes before it is searched: words, possessive, lower case, stop words, stems.

Documents and queries go through the same chain. Not here: synonyms, which are put on top of the
result (``synonyms``), and paths, which are analysed by their components (``paths``).
"""

from analyzers.stems import stem
from analyzers.stop_words import STOP_WORDS
from analyzers.words import words

_POSSESSIVES = ("'s", "’s", "＇s", "'S", "’S", "＇S")

REMEMBERED = 50_000
"""Words whose results are kept, about 8 MB; then all are forgotten, which costs less than order."""


def text_words(text: str) -> list[str]:
    """The words to index or to search for. The place in the list is the position in the text.

    A stop word leaves an empty string in its place: skip it, and keep the positions of the others.

    >>> text_words("The user's scattering of neutrons by Fe")
    ['', 'user', 'scatter', 'of', 'neutron', '', 'fe']
    """
    return [_KNOWN[word] for word in words(lower(text))]


def lower(text: str) -> str:
    """Lower case character by character, so that a word is the same wherever it stands.

    ``str.lower`` looks at the neighbours of Σ and makes two characters of İ.

    >>> lower("ΑΣ İZMİR")
    'ασ izmir'
    """
    if text.isascii():
        return text.lower()
    return text.replace("Σ", "σ").replace("İ", "i").lower()


def without_possessive(word: str) -> str:
    """A word without its ``'s``.

    >>> without_possessive("curie's"), without_possessive("curies'")
    ('curie', "curies'")
    """
    return word[:-2] if word.endswith(_POSSESSIVES) else word


class _Known(dict[str, str]):
    """Lower-case word → what the chain makes of it."""

    def __missing__(self, word: str) -> str:
        if "0" <= word[-1] <= "9":
            return word  # no suffix, and mostly the only one of its kind
        bare = without_possessive(word)
        result = "" if bare in STOP_WORDS else stem(bare)
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = result
        return result


_KNOWN = _Known()

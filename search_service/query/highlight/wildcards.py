"""Whether a word fits a pattern with ``*`` and ``?``, in a time that grows with its length alone.

Python's regular expressions try every way to share a word among the marks: ``*a*a*a*a*a*b`` over a
word of 200 letters took longer than a search may. Here all ways are followed at once, each place of
the pattern a bit of one number. Not here: what an index finds by a pattern, see ``engines``.
"""

from collections.abc import Iterable

from search_service.query.tree import ANY, Mark, Pattern


class Wildcards:
    """A pattern, ready to be tried on many words."""

    def __init__(self, pattern: Pattern) -> None:
        signs = _signs(pattern)
        self._staying = 0  # places that any character leaves as they are: a `*` stands there
        self._by_character: dict[str, int] = {}  # places that a character leads to
        self._by_any = 0  # places that any character leads to: behind a `?`
        place = 1
        for sign in signs:
            if sign == ANY:
                self._staying |= place
                continue
            place <<= 1
            if isinstance(sign, Mark):
                self._by_any |= place
            else:
                self._by_character[sign] = self._by_character.get(sign, 0) | place
        self._end = place

    def fits(self, word: str) -> bool:
        """Whether the whole of a word fits."""
        places = 1
        for character in word:
            led_to = self._by_any | self._by_character.get(character, 0)
            places = ((places << 1) & led_to) | (places & self._staying)
            if not places:
                return False
        return bool(places & self._end)


def _signs(pattern: Pattern) -> Iterable[str | Mark]:
    for part in pattern:
        if isinstance(part, Mark):
            yield part
        else:
            yield from part

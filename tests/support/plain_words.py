"""The words of a text, found character by character: slow, and without regular expressions.

A second writing of the rules that ``analyzers.words`` describes, to compare it with.
"""

from collections.abc import Iterator
from importlib.resources import files

from analyzers.words import LONGEST

_EXTENDING = "XZVvkt"
_PICTURES = "PlB"


def plain_words(text: str) -> list[str]:
    """What ``words`` should give."""
    letters = "".join(map(_letters().get, map(ord, text), "o" * len(text)))
    return [text[start:end] for start, end in _spans(letters)]


_table: dict[int, str] = {}


def _letters() -> dict[int, str]:
    if not _table:
        rows = files("analyzers").joinpath("data/word_break.txt").read_text(encoding="utf-8")
        for row in rows.splitlines():
            if not row.startswith("#"):
                first, last, letter = row.split()
                _table.update(dict.fromkeys(range(int(first, 16), int(last, 16) + 1), letter))
    return _table


def _spans(letters: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(letters):
        seen = _Letters(letters[at : at + LONGEST])
        if end := seen.word() or seen.emoji(0):
            yield at, at + end
            at += end
        else:
            at += seen.lines(0, _EXTENDING.replace("t", "")) or 1


class _Letters:
    """Letters from where a word may begin. Ends are 0 where nothing fits."""

    def __init__(self, letters: str) -> None:
        self._letters = letters

    def word(self) -> int:
        """The end of a word that is no emoji."""
        match self.at(0):
            case "I" | "i":
                return self.more(1)
            case "T" | "t":
                return self.run(0, "Tt")
        end = begin = self.lines(0)
        while (after := self.block(end)) > end:
            end = self.lines(after)
            if end == after:
                break
        return end if end > begin else 0

    def at(self, at: int) -> str:
        return self._letters[at : at + 1] or "o"

    def more(self, at: int, extending: str = _EXTENDING) -> int:
        while self.at(at) in extending:
            at += 1
        return at

    def run(self, at: int, letters: str) -> int:
        while self.at(at) in letters:
            at = self.more(at + 1)
        return at

    def lines(self, at: int, extending: str = _EXTENDING) -> int:
        while self.at(at) == "E":
            at = self.more(at + 1, extending)
        return at

    def block(self, at: int) -> int:
        """Katakana alone, or letters and digits with what joins them."""
        if self.at(at) == "K":
            return self.run(at, "K")
        while (letter := self.at(at)) in "LlHN":
            at = self.more(at + 1)
            if self._joins(letter, at):
                at = self.more(at + 1)
        return at

    def _joins(self, before: str, at: int) -> bool:
        between, after = self.at(at), self.at(self.more(at + 1))
        if before == "N":
            return between in "nbq" and after == "N"
        if before == "H" and between in "qd":
            return between == "q" or after == "H"
        return between in "mbq" and after in "LlH"

    def emoji(self, at: int) -> int:
        """The end of a keycap, of a flag, or of pictures that are joined."""
        match self.at(at):
            case "c":
                key = self.more(at + 1, "XZt")
                key += self.at(key) == "V"
                return self.more(key + 1) if self.at(key) == "k" else 0
            case "R":
                second = self.more(at + 1)
                return self.more(second + 1) if self.at(second) == "R" else 0
            case "Z":
                at = self.more(at, "Z")
                end = self._picture(at)
            case "M":
                end = self._apart(at + 1)
            case _:
                end = self._picture(at)
        while end and self.at(end) == "Z":
            joined = self.more(end, "Z")
            after = self._apart(joined + 1) if self.at(joined) == "M" else self._picture(joined)
            if not after:
                break
            end = after
        return end

    def _picture(self, at: int) -> int:
        if self.at(at) not in _PICTURES:
            return 0
        end = self._apart(at + 1)
        if self.at(at) == "B" and self.at(end) == "M":
            return self._apart(end + 1)
        return end + (self.at(end) == "V")

    def _apart(self, at: int) -> int:
        """Extends a picture, as long as no joiner comes that joins another."""
        while self.at(at) in "XktZ":
            joiners = self.more(at, "Z")
            if joiners > at and self.at(joiners) in f"{_PICTURES}M":
                break
            at = max(joiners, at + 1)
        return at

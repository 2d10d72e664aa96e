"""Where words begin and end: Unicode word boundaries (UAX #29).

Nothing is dropped or changed here but what lies between words: see ``chain`` for lower case, stop
words and stems. The rules are those of Unicode 15.0, with four additions that Lucene's standard
tokenizer makes, so that both find the same words: runs of Thai, Lao, Khmer and Burmese stay whole,
Han and Hiragana characters stand alone, an emoji sequence is a word, and a word longer than 255
characters is cut.
"""

import re
from bisect import bisect_right
from functools import cache
from importlib.resources import files

LONGEST = 255
"""Characters of the longest word; a longer one is cut into pieces of this length."""

# No possessive quantifiers (`*+`) and no atomic groups here, nor in any other expression of the
# project: CPython 3.11.0 to 3.11.4 matches them wrongly (its issues 100061 and 106052), 3.12.7 and
# 3.13.0 still groups in them (101955). These expressions need none: each step of them begins with
# characters that cannot go on with the step before, and what follows the first step may be missing,
# so that going back never finds anything and takes no longer than the text. What going back would
# need is remembered, 300 bytes a step: a word of so many steps is cut anyway.
_STEPS = f"{{0,{LONGEST}}}"

# Nearly all text of a catalogue is ASCII, where one expression says it all: `_` joins, `.` `'` `:`
# stay between letters, `.` `'` `,` `;` between digits. `\b` keeps a long line of underscores, which
# is no word, from being tried from each of its characters.
_ASCII = re.compile(
    r"\b_*[^\W_]\w*"
    r"(?:[.,:;'](?:(?<=[A-Za-z][.:'])(?=[A-Za-z])|(?<=[0-9][.,;'])(?=[0-9]))\w+)" + _STEPS,
    re.ASCII,
)


def words(text: str) -> list[str]:
    """The words of a text in order, as they are written.

    >>> words("X-ray data: scan_12.dat, scan.5 at 1,5 K (user's notes)")
    ['X', 'ray', 'data', 'scan_12', 'dat', 'scan', '5', 'at', '1,5', 'K', "user's", 'notes']
    >>> words("Röntgen 東京 スキャン 한국어 ☃")
    ['Röntgen', '東', '京', 'スキャン', '한국어', '☃']
    """
    if text.isascii():
        found: list[str] = _ASCII.findall(text)
        if len(text) <= LONGEST:
            return found
    else:
        found = any_words(text)
    if max(map(len, found), default=0) > LONGEST:
        return _cut(text)
    return found


def any_words(text: str) -> list[str]:
    """The words of any text, of which long ones are in pieces of any length, see ``_cut``.

    ``words`` takes a shorter way to the same for ASCII.
    """
    found = _grammar().finditer(text.translate(_parts()))
    return [text[match.start() : match.end()] for match in found if match["word"] is not None]


def _cut(text: str) -> list[str]:
    """The slow way round words that are too long: no word sees farther than its longest."""
    parts = text.translate(_parts())
    pattern = _grammar()
    found = []
    at = 0
    while at < len(parts):
        match = pattern.match(parts, at, at + LONGEST)
        if match is None:
            at += 1
            continue
        if match["word"] is not None:
            found.append(text[at : match.end()])
        at = match.end()
    return found


class _Parts(dict[int, str]):
    """Code point → the letter of ``data/word_break.txt``; ``o`` plays no part in words."""

    def __init__(self) -> None:
        table = files("analyzers").joinpath("data/word_break.txt").read_text(encoding="utf-8")
        rows = [line.split() for line in table.splitlines() if not line.startswith("#")]
        self._first = [int(row[0], 16) for row in rows]
        self._last = [int(row[1], 16) for row in rows]
        self._letter = [row[2] for row in rows]

    def __missing__(self, point: int) -> str:
        row = bisect_right(self._first, point) - 1
        letter = self._letter[row] if row >= 0 and point <= self._last[row] else "o"
        self[point] = letter
        return letter


@cache
def _parts() -> _Parts:
    return _Parts()


@cache
def _grammar() -> re.Pattern[str]:
    """The rules as an expression over letters that stand for characters.

    L letter, l letter that is an emoji too, H Hebrew letter, N digit, K Katakana, E underscore and
    the like. m b q join letters, n b q digits, q d follow Hebrew. I Han, i Hiragana, T t South East
    Asian. X Z V v k t extend what they follow: Z joins emoji, V and v choose how they are shown, k
    is the keycap of a digit or c. P emoji, B emoji that takes a modifier, M the modifier, R half
    a flag.
    """
    more = "[XZVvkt]*"
    # `|)` costs less than `)?`, and the commonest comes first.
    letter = f"[Ll]+{more}(?:[mbq]{more}(?=[LlH])|)"
    hebrew = f"H{more}(?:q{more}|d{more}(?=H)|[mb]{more}(?=[LlH])|)"
    digit = f"N+{more}(?:[nbq]{more}(?=N)|)"
    block = f"(?:(?:{letter}|{digit}|{hebrew}){{1,{LONGEST}}}|K[KXZVvkt]*)"
    line = "E[EXZVvkt]*"
    plain = r"[LlN][LlNXZVvkt]*(?=o|\Z)"
    alone = f"[Ii]{more}|[Tt][TtXZVvk]*"
    word = f"(?:{line}|){block}(?:{line}(?:{block}|)){_STEPS}"

    apart = f"[Xkt]*(?:Z+(?![ZPlBM])[Xkt]*){_STEPS}"
    picture = f"(?:B{apart}M{apart}|[PlB]{apart}V?)"
    emoji = (
        f"(?:(?:(?<!Z)Z+)?{picture}|M{apart})(?:Z+(?:{picture}|M{apart})){_STEPS}"
        f"|c[XZt]*V?k{more}|R{more}R{more}"
    )

    return re.compile(f"(?P<word>{plain}|{alone}|{word}|{emoji})|E[EXZVvk]*")

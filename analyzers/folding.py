"""Characters that mean the same, made the same: what ``Bjørn`` and ``Bjorn`` have in common.

Case, accents, ligatures, sub- and superscripts, and the many hyphens, apostrophes and blanks that
text is pasted with. Not here: where words begin and end, see ``parts``.
"""

import re
import unicodedata
from typing import Literal

from analyzers.chain import lower

_HYPHENS = "‐‑‒–—―−﹘﹣－⁃"
_APOSTROPHES = "‘’‛ʼʹ′＇`´ʻ"
_NOTHING = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"

_UNIFIED = str.maketrans(
    {**dict.fromkeys(_HYPHENS, "-"), **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_NOTHING)}
)
_BROKEN_LINE = re.compile(r"(?<=[^\W\d_])-[ \t]*\r?\n\s*(?=[^\W\d_])")
_POWER_OF_TEN = re.compile(r"(?:(?P<times>\d)\s*[×·x]\s*)?(?<!\d)10(?P<power>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")

# Marks at one letter, as Unicode's stream-safe text format has it; no writing has more than a few.
_MOST_MARKS = 30
# What decomposes into marks, and Python takes for letters.
_HALF_WIDTH_MARKS = "\uff9e\uff9f"
_MANY_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[{_HALF_WIDTH_MARKS}]){{{_MOST_MARKS + 1},}}")

_LETTERS = str.maketrans(
    {
        "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th",
        "ı": "i", "ħ": "h", "ŋ": "n", "ς": "σ", "ɸ": "φ",
    }
)  # fmt: skip
_SPELLED = str.maketrans({"ö": "oe", "ä": "ae", "ü": "ue", "ø": "oe"})


def unified(text: str) -> str:
    """The text in one way of writing it; case and accents are kept.

    >>> unified("TiO₂ – ﬁve\u00adfold O’Brien 2×10⁻³")
    "TiO2 - fivefold O'Brien 2e-3"
    """
    if text.isascii():
        text = text.replace("`", "'") if "`" in text else text
    else:
        text = _POWER_OF_TEN.sub(_exponent, text)
        text = normalized("NFKC", text.translate(_UNIFIED)).translate(_UNIFIED)
    return _BROKEN_LINE.sub("-", text) if "\n" in text else text


def folded(text: str) -> str:
    """Lower case without accents, of a text that is ``unified``.

    >>> folded("Ångström"), folded("STRAßE"), folded("Łódź"), folded("ΑΣ")
    ('angstrom', 'strasse', 'lodz', 'ασ')
    """
    low = lower(text)
    if low.isascii():
        return low
    letters = normalized("NFD", low.translate(_LETTERS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def spellings(word: str) -> list[str]:
    """The ways in which a word is written without its accents, the usual one first.

    >>> spellings("Åström"), spellings("Müller"), spellings("x")
    (['astrom', 'aastroem', 'astroem'], ['muller', 'mueller'], ['x'])
    """
    plain = folded(word)
    if word.isascii():
        return [plain]
    low = lower(word)
    spelled = low.translate(_SPELLED)
    found = [plain, folded(spelled.replace("å", "aa")), folded(spelled)]
    if len(low) <= 3 and low[0] == "μ" and low[1:].isascii() and low[1:]:
        found.append(f"u{low[1:]}")  # µm is typed um
    return list(dict.fromkeys(found))


def _exponent(found: "re.Match[str]") -> str:
    power = unicodedata.normalize("NFKC", found["power"]).translate(_UNIFIED).lstrip("+")
    return f"{found['times'] or '1'}e{power}"


def normalized(form: Literal["NFD", "NFKC"], text: str) -> str:
    """The text in a form of Unicode, without the marks that are too many at one letter.

    Marks at a letter are put in order, in time that grows with the square of their number and that
    no other thread gets any of: 80,000 took 8 s, and one value may hold a million.
    """
    return unicodedata.normalize(form, _MANY_MARKS.sub(_fewer_marks, text))


def _fewer_marks(found: "re.Match[str]") -> str:
    """Signs that may be marks, with as many of those in a row as there may be."""
    kept, marks = [], 0
    for sign in found[0]:
        is_mark = unicodedata.combining(sign) or unicodedata.combining(
            unicodedata.normalize("NFKD", sign)[0]
        )
        marks = marks + 1 if is_mark else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)

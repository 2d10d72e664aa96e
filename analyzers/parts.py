"""The parts that a name, a formula, an identifier or a joined word is remembered by.

Instruments write ``XB07_004411_absorption.nxs``, people type ``absorption``, ``4411``, ``xb07``.
Letters and digits are taken apart, words within words at inner capitals, numbers lose leading
zeros; everything is folded (``folding``). What can be read in several ways has several *readings*,
each a list of parts in order:

>>> readings("TiO₂"), readings("micro-structure")
([['ti', 'o', '2'], ['tio', '2']], [['micro', 'structure'], ['microstructure']])
>>> readings("XB07_004411_absorption.nxs"), readings("0.25mm")
([['xb', '7', '4411', 'absorption', 'nxs']], [['0.25', 'mm']])
>>> readings("O'Brien"), readings("Björn"), readings("α-Fe2O3")
([['o', 'brien'], ['obrien']], [['bjorn'], ['bjoern']], [['alpha', 'fe', '2', 'o', '3'], \
['alphafe', '2', 'o', '3']])

A part is of letters only, or begins with a digit. Stop words and endings stay: a part is what was
written. Not here: words of texts and their stems, see ``chain``.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from analyzers.chain import lower
from analyzers.dois import dois
from analyzers.folding import folded, spellings, unified
from analyzers.greek import GREEK
from analyzers.numbers import NUMBER, numbers
from analyzers.words import words

# What the marks that are no parts begin with.
END, EXTENSION, DOI = "$", ".", "/"

GAP = ""
"""An empty place: no phrase goes across it."""

LONG = 40
"""Parts of a value beyond which another reading is written only where it differs."""

_MOST_REMEMBERED = 5  # words between hyphens
_LONGEST_REMEMBERED = 40  # characters of one

_AROUND = 2  # parts on either side of such a place

# Nearly all names of files have one reading, which one expression gives. What tells the others from
# them begins with a set of characters that are rare: 1 µs instead of 5.
_JOINING = re.compile(r"[-'.,e](?:(?<=[a-z]['-])[a-z]|(?<=[0-9][.,])[0-9]|(?<=[0-9]e)[-+0-9])")
_CAPITAL = re.compile(r"[A-Z](?:(?<=[a-z][A-Z])|(?<=[A-Z][A-Z])[a-z])")
_PLAIN = re.compile(r"[a-z]+|[1-9][0-9]*|0(?![0-9])")

_DIGIT = re.compile(r"\d")
# What is between words, a capital at their beginning and a stop at their end is all that is plain.
_NOT_PLAIN_WORDS = re.compile(
    r"[^a-z ](?:(?<![A-Z,;.:])|(?<=[A-Z])(?:(?<=[^ ].)|(?![a-z]))"
    r"|(?<=[,;.:])(?:(?<![a-z].)|(?=[^ ])))"
)

_LETTERS = r"[^\W\d_]+"
# Letters first: of a number much is asked before it is none.
_PIECE = re.compile(
    rf"(?P<letters>{_LETTERS}(?:'{_LETTERS})*)|(?=\d)(?:(?P<number>{NUMBER})|(?P<other>\d+))"
)
_UNIT = re.compile(r"[fpnuμmkMGT](?:eV|Hz|Pa|[VATKWJNH])")
"""Units with a prefix: ``10 kV`` is not ``10 K``."""

_LONGEST_EXTENSION = 8

_IDENTIFIER = re.compile(r"[A-Za-z]{1,8}[0-9]*(?:[- /][0-9]+)+")
_SIGNS = re.compile(r"[- /]")
_LONGEST_IDENTIFIER = 24

Reading = list[str]
_Stretch = list[Reading]  # each way to read a number, or letters that hyphens join


def readings(text: str) -> list[Reading]:
    """The ways to take a text apart, the first one as it is written; none of a text without any."""
    if text.isascii():
        low = text.lower()
        if not (_JOINING.search(low) or _CAPITAL.search(text) or "\n" in text):
            plain = _PLAIN.findall(low)
            return [plain] if plain else []
    return _readings(_stretches(unified(text)))


def indexed(value: str, *, whole: bool = False) -> list[str]:
    """What a document is found by, in places: an empty one parts what does not follow on.

    ``whole``: also as the whole of a name, with its extension and its chunks.

    >>> indexed("XB07_scan.nxs", whole=True)
    ['xb', '7', 'scan', 'nxs', '$4', '.nxs', 'xb07']
    >>> indexed("micro-structure of 10.5072/A.1")
    ['micro', 'structure', 'of', '10.5072', 'a', '1', '', 'microstructure', 'of', '10.5072', 'a', \
'1', '', '/10.5072/a.1']
    """
    found = readings(value)
    tokens = [*found[0]] if found else []
    if whole and tokens:
        tokens.append(end(len(tokens)))
        if extension := extension_of(value):
            tokens.append(EXTENSION + extension)
        tokens += chunks(value)
    if len(found) > 0 and (joined := identifier(value)):
        tokens += [GAP, joined]
    if len(found) > 1:
        base = found[0]
        for other in found[1:]:
            if len(base) <= LONG:
                tokens += [GAP, *other]
            else:
                for stretch in _differing(base, other):
                    tokens += [GAP, *stretch]
    if "10." in value:
        for doi in dict.fromkeys(dois(value)):
            tokens += [GAP, DOI + doi]
    return tokens


def says_no_more(value: str) -> bool:
    """Whether the parts of a value are the words that it has anyway.

    Never where digits are: `77K` should find `77 K`, and `hc1234` HC-1234.

    >>> says_no_more("neutron powder"), says_no_more("micro-structure"), says_no_more("run 7")
    (True, False, False)
    """
    if not _NOT_PLAIN_WORDS.search(value):
        return True
    return not _DIGIT.search(value) and readings(value) == [words(lower(value))]


def end(count: int) -> str:
    """The mark behind the last part of a whole name that has so many."""
    return f"{END}{count}"


def extension_of(name: str) -> str | None:
    """The extension of a file's name, folded.

    >>> extension_of("a_b.EDF"), extension_of("scan.0001"), extension_of("of the U.S.")
    ('edf', None, None)
    """
    before, _, extension = name.rpartition(".")
    if not before or len(extension) > _LONGEST_EXTENSION or extension.isdigit():
        return None
    if not (extension.isascii() and extension.isalnum()) or before[-1] in " .":
        return None
    return extension.lower()


def chunks(name: str) -> list[str]:
    """Letters and digits between underscores, as they are written: no word boundary parts them.

    >>> chunks("XB07_004411_run17a.nxs")
    ['xb07', 'run17a']
    """
    if "_" not in name:
        return []
    before = name.rpartition(".")[0] or name
    return [
        chunk.lower() if chunk.isascii() else folded(unified(chunk))
        for chunk in before.split("_")
        if chunk.isalnum() and not chunk.isalpha() and not chunk.isdigit()
    ]


def identifier(value: str) -> str | None:
    """A number with letters before it, as it is written without what parts it.

    >>> identifier("HC-1234-2"), identifier("RB 0012"), identifier("HC1234"), identifier("a-b 3 c")
    ('hc12342', 'rb0012', None, None)
    """
    if len(value) > _LONGEST_IDENTIFIER or not _IDENTIFIER.fullmatch(value):
        return None
    return _SIGNS.sub("", value).lower()


def inflections(word: str) -> list[str]:
    """Other numbers of an English noun, as names may have them.

    >>> inflections("flats"), inflections("dark"), inflections("as")
    (['flat'], ['darks'], [])
    """
    if len(word) < 4 or not word.isalpha():
        return []
    if word.endswith("s"):
        return [] if word.endswith("ss") else [word[:-1]]
    return [f"{word}s"]


# ── several readings ──────────────────────────────────────────────────────────────────────────────


def _readings(stretches: Sequence[_Stretch]) -> list[Reading]:
    most = max(map(len, stretches), default=0)
    found: list[Reading] = []
    for number in range(most):
        reading: Reading = []
        for ways in stretches:
            reading += ways[number] if number < len(ways) else ways[0]
        if reading not in found:
            found.append(reading)
    return found


def _stretches(text: str) -> list[_Stretch]:
    found: list[_Stretch] = []
    joined: list[str] = []
    last = -1
    for piece in _PIECE.finditer(text):
        letters = piece["letters"]
        if joined and not (letters and text[last : piece.start()] == "-"):
            found.append(_ways(joined))
            joined = []
        if letters:
            joined.append(letters)
        else:
            found.append([_number(piece)])
        last = piece.end()
    if joined:
        found.append(_ways(joined))
    return found


def _number(piece: "re.Match[str]") -> Reading:
    if piece["number"] is not None:
        return numbers(piece["number"])
    return [piece["other"]]  # digits of another script


def _ways(joined: list[str]) -> list[Reading]:
    """How letters between hyphens are read: apart, inner capitals and apostrophes too; joined."""
    # What is long does not come again, and would fill the memory.
    if len(joined) <= _MOST_REMEMBERED and max(map(len, joined)) <= _LONGEST_REMEMBERED:
        return _remembered_ways(tuple(joined))
    return _ways_of(joined)


@lru_cache(50_000)
def _remembered_ways(joined: tuple[str, ...]) -> list[Reading]:
    return _ways_of(joined)


def _ways_of(joined: Sequence[str]) -> list[Reading]:
    if len(joined) == 1 and joined[0].isascii() and joined[0].isalpha():
        word = joined[0]
        if not _CAPITAL.search(word):
            return [[word.lower()]]
    bare = [_named(_without_apostrophes(word)) for word in joined]
    inner = [part for word in bare for part in _inner(word)]
    ways = [
        [_named(folded(part)) for part in inner],
        [folded(word) for word in bare],
        [folded("".join(bare))],
    ]
    if any("'" in word for word in joined):
        ways.append([folded(part) for word in joined for part in word.split("'") if part])
    if not all(word.isascii() for word in bare):
        spelled = [spellings(word) for word in bare]
        for number in (1, 2):
            ways.append([way[min(number, len(way) - 1)] for way in spelled])
            ways.append(["".join(ways[-1])])
    return [list(way) for way in dict.fromkeys(map(tuple, ways))]


def _inner(word: str) -> Iterator[str]:
    """The words in a word: they begin with a capital, or in another script.

    >>> list(_inner("darkField")), list(_inner("kV")), list(_inner("meV"))
    (['dark', 'Field'], ['kV'], ['meV'])
    """
    if _UNIT.fullmatch(word):
        yield word
        return
    start = 0
    for at in range(1, len(word)):
        before, letter, after = word[at - 1], word[at], word[at + 1 : at + 2]
        begins = letter.isupper() and (before.islower() or (before.isupper() and after.islower()))
        if begins or (_is_greek(before) != _is_greek(letter) and not _is_micro(word[start:at])):
            yield word[start:at]
            start = at
    yield word[start:]


def _is_greek(letter: str) -> bool:
    return "α" <= letter.lower() <= "ω"


def _is_micro(letters: str) -> bool:
    return letters.lower() == "μ"


def _without_apostrophes(word: str) -> str:
    if word[-2:] in ("'s", "'S"):
        word = word[:-2]
    return word.replace("'", "")


def _named(word: str) -> str:
    """A Greek letter that stands alone is its name."""
    return GREEK.get(lower(word), word) if len(word) == 1 else word


def _differing(base: Reading, other: Reading) -> Iterator[Reading]:
    """Where another reading of a long text differs, with what stands around it."""
    known = set(base)
    start = stop = -1
    for at, part in enumerate(other):
        if part in known:
            continue
        if start >= 0 and at - _AROUND > stop:
            yield other[start:stop]
            start = -1
        if start < 0:
            start = max(0, at - _AROUND)
        stop = at + _AROUND + 1
    if start >= 0:
        yield other[start:stop]

"""Stems of English words: *scattering*, *scattered*, *scatters* → ``scatter``.

The algorithm is Martin Porter's of 1980 (https://tartarus.org/martin/PorterStemmer/) with his two
later departures, ``bli → ble`` and ``logi → log``, which is what Lucene has. Not a ready-made one:
PyStemmer and snowballstemmer mean another variant by ``porter``, without ``logi``, and without some
letters undoubled (the k of *trekking*), so they would miss words that Lucene finds.
"""

# What a character is: consonant, vowel, or `y`, which depends on its neighbour. All but ASCII
# vowels are consonants, digits too.
_KINDS = bytes(
    ord("y") if chr(c) in "yY" else ord("v") if chr(c) in "aeiou" else ord("c") for c in range(256)
)

_ENDINGS = frozenset("cdegilmnrsuyt")
"""No rule changes a word that ends in another letter, such as a number."""

# Tried in this order; the first that fits ends the step, whether its condition holds or not.
_STEP_2 = {
    "a": (("ational", "ate"), ("tional", "tion")),
    "c": (("enci", "ence"), ("anci", "ance")),
    "e": (("izer", "ize"),),
    "l": (("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous")),
    "o": (("ization", "ize"), ("ation", "ate"), ("ator", "ate")),
    "s": (("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous")),
    "t": (("aliti", "al"), ("iviti", "ive"), ("biliti", "ble")),
    "g": (("logi", "log"),),
}
_STEP_3 = {
    "e": (("icate", "ic"), ("ative", ""), ("alize", "al")),
    "i": (("iciti", "ic"),),
    "l": (("ical", "ic"), ("ful", "")),
    "s": (("ness", ""),),
}
_STEP_4 = {
    "a": ("al",),
    "c": ("ance", "ence"),
    "e": ("er",),
    "i": ("ic",),
    "l": ("able", "ible"),
    "n": ("ant", "ement", "ment", "ent"),
    "o": ("sion", "tion", "ou"),
    "s": ("ism",),
    "t": ("ate", "iti"),
    "u": ("ous",),
    "v": ("ive",),
    "z": ("ize",),
}


def stem(word: str) -> str:
    """The stem of a lower-case word. A word of one or two letters is its own stem.

    >>> [stem(word) for word in ("scattering", "ionisation", "studies", "topology", "nxs", "be")]
    ['scatter', 'ionis', 'studi', 'topolog', 'nx', 'be']
    """
    if len(word) <= 2 or word[-1] not in _ENDINGS:
        return word
    if word[-1] == "s":
        word = _singular(word)
    if word[-1] in "dg":
        word = _without_ed_or_ing(word)
    if word[-1] == "y" and b"v" in _kinds(word)[:-1]:
        word = word[:-1] + "i"
    if len(word) > 1 and (rules := _STEP_2.get(word[-2])):
        word = _replaced(word, rules)
    if rules := _STEP_3.get(word[-1]):
        word = _replaced(word, rules)
    if len(word) > 1 and (endings := _STEP_4.get(word[-2])):
        word = _shortened(word, endings)
    return _tidied(word) if word[-1] in "el" else word


def _kinds(word: str) -> bytes:
    """``v`` for each vowel, ``c`` for each other character."""
    kinds = word.encode("ascii", "replace").translate(_KINDS)
    if b"y" not in kinds:
        return kinds
    known = bytearray(kinds)
    vowel, consonant = b"vc"
    for at, kind in enumerate(known):
        if kind == ord("y"):
            known[at] = vowel if at and known[at - 1] == consonant else consonant
    return bytes(known)


def _measure(stem: str) -> int:
    """How many times a vowel is followed by a consonant: Porter's m."""
    return _kinds(stem).count(b"vc")


def _ends_short(stem: str, kinds: bytes) -> bool:
    """Whether it ends as *hop* does: consonant, vowel, consonant other than w, x, y."""
    return kinds.endswith(b"cvc") and stem[-1] not in "wxy"


def _ends_double(stem: str, kinds: bytes) -> bool:
    return len(stem) > 1 and stem[-1] == stem[-2] and kinds[-1] == ord("c")


def _singular(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word if word[-2] == "s" else word[:-1]


def _without_ed_or_ing(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    if word.endswith("ed"):
        rest = word[:-2]
    elif word.endswith("ing"):
        rest = word[:-3]
    else:
        return word
    kinds = _kinds(rest)
    if b"v" not in kinds:
        return word
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if _ends_double(rest, kinds):
        return rest if rest[-1] in "lsz" else rest[:-1]
    if kinds.count(b"vc") == 1 and _ends_short(rest, kinds):
        return rest + "e"
    return rest


def _replaced(word: str, rules: tuple[tuple[str, str], ...]) -> str:
    for ending, other in rules:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return rest + other if _measure(rest) > 0 else word
    return word


def _shortened(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending):
            # Of -sion and -tion only the -ion goes.
            rest = word[:-3] if ending.endswith("ion") else word[: -len(ending)]
            return rest if _measure(rest) > 1 else word
    return word


def _tidied(word: str) -> str:
    kinds = _kinds(word)
    if word[-1] == "e":
        rest, rest_kinds = word[:-1], kinds[:-1]
        m = kinds.count(b"vc")
        if m > 1 or (m == 1 and not _ends_short(rest, rest_kinds)):
            word, kinds = rest, rest_kinds
    if word[-1:] == "l" and _ends_double(word, kinds) and kinds.count(b"vc") > 1:
        word = word[:-1]
    return word

"""A text as people type or paste it: one thing, plain words, or what its syntax says.

Not here: what any of these is looked for by, see ``matching``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers.dois import as_doi
from analyzers.folding import unified
from analyzers.stop_words import STOP_WORDS
from search_service.errors import LimitExceeded, UnreadableText
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.parsed import Match, Parsed, ParsedBool
from search_service.query.text.markup import without_markup
from search_service.query.text.pasted import Path, extension_in, path_in
from search_service.query.text.syntax import parse

LONG = 40
"""Words beyond which a text was pasted: nobody types so much syntax."""

_PROSE, _APART = 200, 20
"""Of more words than these syntax has an operator or a field among so many: an article has a
heading with AND in it."""

_LOOSE_SIGN = re.compile(r"(?:(?<=\s)|^)(?:[-+!]|&&|\|\||[–—])(?=\s|$)")
_LABEL = re.compile(r"(?<![\w.])([A-Za-z][\w.]*):(?=\s)")
_QUESTION_MARK = re.compile(r"(?<=[^\W\d_])\?+\s*$")
_FRACTION = re.compile(r"\.[0-9]+")
_OPERATOR = re.compile(r"\s(?:AND|OR|NOT)(?=\s)")
_FUZZY = re.compile(r"[^\s~]~[0-9.]*(?=[\s)^]|\Z)")
_FIELD = re.compile(r"(?<![\w.])([A-Za-z][\w.]*):(?=\S)")
_EDGES = "\"'`()[]{}<>.,;:!?*~^&|=…“”„‘’«»+"


@dataclass(frozen=True, slots=True)
class Doi:
    """Nothing but a DOI."""

    doi: str


@dataclass(frozen=True, slots=True)
class Extension:
    """Nothing but the extension of file names."""

    extension: str


@dataclass(frozen=True, slots=True)
class PlainWords:
    """Words without any syntax, in order."""

    words: tuple[str, ...]
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class PastedPath:
    """A path; ``other``: how else the text may be meant."""

    path: Path
    other: "PlainWords | Parsed | None"


TypedText = Doi | Extension | PlainWords | PastedPath | Parsed


def read(text: str, is_field: Callable[[str], bool], limits: QueryLimits = DEFAULTS) -> TypedText:
    """What a text is.

    Raises UnreadableText where it has neither valid syntax nor a word, LimitExceeded where its
    syntax asks for too much.

    >>> read("who looked at zeolites?", lambda name: False)
    PlainWords(words=('who', 'looked', 'at', 'zeolites'), is_long=False)
    """
    text = without_markup(text)
    if (doi := as_doi(text)) is not None:
        return Doi(doi)
    if (extension := extension_in(text)) is not None:
        return Extension(extension)
    if (path := path_in(text)) is not None:
        return PastedPath(path, None if path.is_sure else _otherwise(text, is_field, limits))
    return _words_or_syntax(text, is_field, limits)


def _otherwise(
    text: str, is_field: Callable[[str], bool], limits: QueryLimits
) -> PlainWords | Parsed | None:
    try:
        return _words_or_syntax(text, is_field, limits)
    except UnreadableText:
        return None


def _words_or_syntax(
    text: str, is_field: Callable[[str], bool], limits: QueryLimits
) -> PlainWords | Parsed:
    plain = split(text)
    is_long = len(plain) > LONG
    if is_long and not _has_syntax(text, is_field, len(plain)):
        return PlainWords(plain, is_long=True)
    try:
        parsed = parse(_tidied(text, is_field), limits)
    except UnreadableText:
        if not plain:
            raise
        return PlainWords(plain, is_long)
    except LimitExceeded:
        if _is_meant(text, is_field) or not plain:
            raise
        return PlainWords(plain, is_long)
    words = _plain_words(parsed)
    return parsed if words is None else PlainWords(words)


def syntax_or_words(text: str, limits: QueryLimits = DEFAULTS) -> Parsed:
    """What its syntax says, or any of its words where that is not valid.

    Raises UnreadableText without a word, LimitExceeded where its syntax asks for too much.

    >>> syntax_or_words("Astrom)")
    Match(field=None, text='Astrom')
    """
    try:
        return parse(text, limits)
    except UnreadableText:
        words = tuple(Match(None, word) for word in split(text))
        if not words:
            raise
        return words[0] if len(words) == 1 else ParsedBool(should=words)


def plain_words(parsed: Parsed) -> tuple[str, ...]:
    """The words of a text that has no syntax; none of one that has."""
    return _plain_words(parsed) or ()


def split(text: str) -> tuple[str, ...]:
    """The words between blanks, without the punctuation around them.

    >>> split('Oxides: "new phases (part 1')
    ('Oxides', 'new', 'phases', 'part', '1')
    """
    bare = (_bare(word) for word in unified(text).split())
    return tuple(word for word in bare if any(sign.isalnum() for sign in word))


def _bare(word: str) -> str:
    inner = word.strip(_EDGES).removeprefix("-")
    return f"0.{inner}" if f".{inner}" == word and word[1:].isdigit() else inner


def _tidied(text: str, is_field: Callable[[str], bool]) -> str:
    """Without what is punctuation of a sentence, as a blank after it tells."""
    text = _LOOSE_SIGN.sub(" ", text)
    text = _LABEL.sub(lambda found: found[0] if is_field(found[1]) else f"{found[1]} ", text)
    first, *others = text.split(maxsplit=1) or [""]
    if others and first.lower() in QUESTIONS:
        text = _QUESTION_MARK.sub("", text)
    return text


def _has_syntax(text: str, is_field: Callable[[str], bool], words: int) -> bool:
    """Whether a text of so many words was written to say more than its words do."""
    signs = len(_OPERATOR.findall(text)) + sum(map(is_field, _FIELD.findall(text)))
    return signs * _APART >= words if words > _PROSE else signs > 0


def _is_meant(text: str, is_field: Callable[[str], bool]) -> bool:
    """Whether its syntax is: not a tilde within an address, as of `https://host/~user`."""
    return (
        _FUZZY.search(text) is not None
        or any(sign in text for sign in "*?")
        or _has_syntax(text, is_field, 0)
    )


def _unified(word: str) -> str:
    """A word as it is written elsewhere, a fraction with its zero."""
    return f"0{word}" if _FRACTION.fullmatch(word) else unified(word)


def _plain_words(parsed: Parsed) -> tuple[str, ...] | None:
    """The words of a tree that is nothing but words."""
    match parsed:
        case Match(None, text):
            return (_unified(text),)
        case ParsedBool((), should, ()):
            words = [
                _unified(part.text)
                for part in should
                if isinstance(part, Match) and part.field is None
            ]
            return tuple(words) if len(words) == len(should) else None
        case _:
            return None


# ── function words ────────────────────────────────────────────────────────────────────────────────

# They join others, or ask, and say nothing about what is looked for. They are more than the stop
# words of the index, which hold for documents too and must leave the symbols of elements alone.
FUNCTION_WORDS = STOP_WORDS | frozenset(
    "about after all also am any as at be because been before being between both can could did do "
    "does done during each find from get give had has have he her here him his how i in its just "
    "let like look looked looking looks made make many may me more most much my no nor of off once "
    "only other our out over please same see she should show so some tell than them through too "
    "under until up upon us use used using very via want we were what when where whether which "
    "while who whom whose why within without would you your".split()
)

QUESTIONS = frozenset(
    "are can did do does had has have how is was were what when where which who whom whose "
    "why".split()
)

_SYMBOLS = frozenset({"As", "At", "Be", "He", "I", "In", "No"})


def content_words(words: Sequence[str]) -> list[str]:
    """The words that say something, each once: a repeated one, as an initial, counts no more.

    >>> content_words("who looked at silk and the Silk moth".split())
    ['silk', 'moth']
    """
    found = [word for at, word in enumerate(words) if not is_function_word(word, first=at == 0)]
    return list({word.lower(): word for word in reversed(found)}.values())[::-1]


def is_function_word(word: str, *, first: bool) -> bool:
    """Whether a word says nothing. A symbol with its capital is one, but not where a text begins.

    >>> [is_function_word(word, first=False) for word in ("of", "Be", "In")]
    [True, False, False]
    >>> is_function_word("In", first=True)
    True
    """
    return word.lower() in FUNCTION_WORDS and (first or word not in _SYMBOLS)

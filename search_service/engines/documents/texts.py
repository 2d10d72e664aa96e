"""A text as an engine takes it: its words, their synonyms and its parts."""

from collections.abc import Callable

from analyzers import Synonyms, parts, text_words
from search_service.engines.documents.engine_fields import STOP_WORD_PLACE
from search_service.engines.documents.format import Format, Words
from search_service.engines.documents.tokens import as_placed, as_text

Text = tuple[Words, str, str]
"""Words in their places; words that mean the same, without places; parts. Empty: there are none."""

Analyse = Callable[[str], Text]


def analyse_words(synonyms: Synonyms, form: Format) -> Analyse:
    """How a text without parts is analysed."""
    stacked = form.stacked

    def analyse(value: str) -> Text:
        words = text_words(value)
        indexed = synonyms.indexed(words)
        if indexed is None:
            return as_text(words), "", ""
        placed, beside = indexed
        return as_placed(placed, stacked), " ".join(dict.fromkeys(beside)), ""

    return analyse


def analyse_with_parts(synonyms: Synonyms, code: str, form: Format, *, named: bool) -> Analyse:
    """How a text with parts is analysed. ``code``: what the parts of its field begin with."""
    words_of = analyse_words(synonyms, form)

    def analyse(value: str) -> Text:
        words, beside, _ = words_of(value)
        return words, beside, as_parts(code, value, form, named=named)

    return analyse


def as_parts(code: str, value: str, form: Format, *, named: bool) -> str:
    """The parts of a value as an engine takes them; none where they say no more than its words.

    All of a name's are kept, so that patterns need not look anywhere else.
    """
    if not named and parts.says_no_more(value):
        return ""
    found = parts.indexed(value, whole=named)
    if not found:
        return ""
    if len(value) > form.surely_short:
        found = [part and form.term_of(code + part)[len(code) :] for part in found]
    if parts.GAP in found:
        return " ".join([f"{code}{part}" if part else STOP_WORD_PLACE for part in found])
    return code + f" {code}".join(found)

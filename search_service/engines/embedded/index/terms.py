"""Values and words as terms of tantivy.

It leaves out a term that is too long without a word, and keeps of a longer label what its length is
beyond 65,536, which need not be text (measured: it then panics at every count of the field).
"""

from search_service.engines.documents.long_terms import terms_up_to
from search_service.engines.documents.tokens import replacing

LONGEST = 65_530
"""Bytes of UTF-8 of the longest term."""

SURELY_SHORT = 16_000
"""Characters of a value whose words are all shorter than a term may be."""

term_of = terms_up_to(LONGEST)
"""The term that a value is found by: nearly always the value."""

without_blanks = replacing(" \t\n\r\f", 0xE000)
"""A word, or a pattern of one, as it stands in a term: a text is split at ASCII white space."""


def as_term(word: str) -> str:
    """A word as the engine knows it."""
    return term_of(without_blanks(word))

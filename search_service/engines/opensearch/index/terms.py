"""Values and words as terms of Lucene, which refuses a document with one that is too long."""

from search_service.engines.documents.long_terms import terms_up_to
from search_service.engines.documents.tokens import replacing

LONGEST = 32_766
"""Bytes of UTF-8 of the longest term, and characters of the longest word in a text."""

SURELY_SHORT = 900
"""Characters of a value whose words are all shorter: of one character folding makes 33 bytes."""

STACK = "\x01"
"""Between the words that stand on one position."""

# As `Character.isWhitespace` of Java has them.
_WHITE_SPACE = (
    "\t\n\x0b\f\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)

term_of = terms_up_to(LONGEST)
"""The term that a value is found by: nearly always the value."""

without_blanks = replacing(_WHITE_SPACE + STACK, 0xF0000)
"""A word, or a pattern of one, as it stands in a term: a text is split at white space."""


def as_term(word: str) -> str:
    """A word as the cluster knows it."""
    return term_of(without_blanks(word))

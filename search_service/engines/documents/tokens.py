"""How analysed words are handed to the engine: joined by blanks, in order of position."""

import re
from itertools import pairwise

from search_service.engines.documents.long_terms import term_of
from search_service.engines.embedded.index.schema import STOP_WORD_PLACE

# The engine splits at ASCII white space, and a path's component may hold some: it is written as a
# private character, in documents and in queries.
_BLANKS = {ord(blank): chr(0xE000 + ord(blank)) for blank in " \t\n\r\f"}
_BLANK = re.compile(r"[ \t\n\r\f]")


def as_term(word: str) -> str:
    """A word as the engine knows it."""
    return term_of(without_blanks(word))


def without_blanks(word: str) -> str:
    """A word, or a pattern of one, as it stands in a term."""
    if word.isprintable() and " " not in word:  # 0.05 µs, and 0.2 for the expression
        return word
    return word.translate(_BLANKS) if _BLANK.search(word) else word


def as_text(words: list[str]) -> str:
    """Words in the order of their positions; an empty string leaves its position free."""
    return " ".join(words) if all(words) else " ".join([word or STOP_WORD_PLACE for word in words])


def as_placed(placed: list[tuple[str, int]]) -> str | dict[str, object]:
    """Words with positions, ascending."""
    places = [place for _, place in placed]
    if any(place == before for before, place in pairwise(places)):
        return as_tokens(placed)
    words = [""] * (places[-1] + 1) if places else []
    for word, place in placed:
        words[place] = word
    return as_text(words)


def as_tokens(placed: list[tuple[str, int]]) -> dict[str, object]:
    """Words with positions, several on one position too, in the engine's pre-tokenized form."""
    return {
        "text": "",
        "tokens": [
            {
                "text": word,
                "position": position,
                "position_length": 1,
                "offset_from": 0,
                "offset_to": 0,
            }
            for word, position in placed
        ],
    }

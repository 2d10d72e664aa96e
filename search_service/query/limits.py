"""What one request may ask for: its parts are counted before any of them is carried out.

Each limit has the name of its setting. Not here: what the parts of a query cost together, see
``query.price``; how large a body or a page may be.
"""

from dataclasses import dataclass
from typing import Literal

from search_service.errors import LimitExceeded

Name = Literal[
    "max_text_length",
    "max_text_words",
    "max_fuzzy_words",
    "max_fuzzy_length",
    "max_wildcard_words",
    "max_word_wildcards",
    "max_word_ranges",
    "max_search_conditions",
    "max_filter_values",
    "max_filter_ranges",
    "max_facet_values",
    "max_facet_dimensions",
    "max_facet_ranges",
    "max_search_fields",
    "max_search_memory",
]


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The most of each part; what the parts are, and why these numbers, the settings say."""

    max_text_length: int = 200_000
    max_text_words: int = 10_000
    max_fuzzy_words: int = 20
    max_fuzzy_length: int = 40
    max_wildcard_words: int = 20
    max_word_wildcards: int = 50
    max_word_ranges: int = 10
    max_search_conditions: int = 50
    max_filter_values: int = 150_000
    max_filter_ranges: int = 200
    max_facet_values: int = 100_000
    max_facet_dimensions: int = 100
    max_facet_ranges: int = 1_000
    max_search_fields: int = 1_000
    max_search_memory: int = 300  # MB

    def check(self, name: Name, asked: int, what: str) -> None:
        """Raises LimitExceeded; ``what`` is the subject of its sentence, as that class has it."""
        most: int = getattr(self, name)
        if asked > most:
            raise LimitExceeded(what, most, name)


DEFAULTS = QueryLimits()

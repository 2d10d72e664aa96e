"""Words too common in English to be searched for.

Shorter than the usual list of Lucene: ``as at be in no`` are chemical symbols, so they are words to
search for.
"""

STOP_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "but",
        "by",
        "for",
        "if",
        "into",
        "is",
        "it",
        "not",
        "on",
        "or",
        "such",
    }
    | {
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    }
)
"""Lower case."""

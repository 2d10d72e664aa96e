"""How rare a word is, as Lucene counts it for BM25. Not here: how often a text says it."""

import math


def inverse_document_frequency(documents: float, frequency: int) -> float:
    """Of a word that so many of the documents have."""
    return math.log(1 + max(0, documents - frequency + 0.5) / (frequency + 0.5))

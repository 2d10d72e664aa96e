"""Words of the dictionaries of slices that are one edit away from another."""

from collections.abc import Collection

import tantivy

from search_service.engines.embedded.search.slice import Slice
from search_service.engines.near_words import NearWords, nearest, one_edit_away


def near_words(slices: Collection[Slice], engine_field: str, word: str) -> NearWords:
    """A word and those one edit away, as far as documents of the slices have them."""
    having = [slice_ for slice_ in slices if _has_any(slice_, engine_field, word)]
    if not having:
        return nearest(word, {})
    # Not what a slice remembers of words: of some hundred few are there.
    frequencies = {
        near: sum(slice_.searcher.doc_freq(engine_field, near) for slice_ in having)
        for near in one_edit_away(word)
    }
    return nearest(word, frequencies)


def _has_any(slice_: Slice, engine_field: str, word: str) -> bool:
    """Whether a document has any of them, which takes less than to look them up."""
    if slice_.document_frequency(engine_field, word):
        return True
    query = tantivy.Query.fuzzy_term_query(slice_.schema, engine_field, word, 1)
    return bool(slice_.best(query, 1))

"""What begins as somebody types: words of a slice's dictionary, values in the order of a column.

A dictionary is walked from the first word that begins so to the last, 0.1 µs a word: little, but
for names of files, of which half may begin with one letter (measured over 600,000: 60 ms). Those
are found by their column, see ``named``: 1 to 5 ms, however many begin so.
"""

from collections.abc import Sequence

import tantivy

from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index.sort_keys import encode
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice

_LAST = "\U0010fffd"  # after every character that a name goes on with


def words(
    slice_: Slice, field: str, beginning: str, query: tantivy.Query | None, limit: int
) -> Sequence[tuple[str, int]]:
    """Words of a text field that begin so, with the number of matching documents; highest first."""
    declared = slice_.entity.by_name.get(field)
    if declared is None or declared.kind is not FieldKind.TEXT:
        return []
    found = slice_.searcher.terms_with_prefix(field, beginning, query, limit)
    return [(word, count) for word, count in found if count]


def named(
    slice_: Slice, field: str, beginning: str, query: tantivy.Query, limit: int
) -> Sequence[Address]:
    """Some matching documents whose value begins so.

    Not the first of them: to put half of a million in order takes six times as long as to find ten.
    """
    declared = slice_.entity.by_name.get(field)
    if declared is None or not engine_fields.is_text_sorted(declared):
        return []
    key = encode(beginning)
    within = slice_.text_between(engine_fields.sort_field(field), key, key + _LAST)
    return [address for _, address in slice_.best(combined(query, within), limit)]

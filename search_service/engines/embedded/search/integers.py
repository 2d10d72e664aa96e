"""The values of a column over all hits of a query, as arrays."""

from collections.abc import Sequence

import numpy as np
import tantivy

from search_service.engines.documents import engine_fields
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.joins import Scores
from search_service.query.id_set import Ids, IdSet

Scored = tuple[Ids, Scores]
"""Values, each with the score of its document."""


def of_slice(slice_: Slice, query: tantivy.Query, field: str) -> Ids:
    """The values of an integer field over hits that have one."""
    column = engine_fields.number_field(slice_.entity, field)
    pieces = []
    for hits in slice_.every(query):
        found, present = slice_.integers(column, [address for _, address in hits])
        pieces.append(found[present])
    return np.concatenate(pieces)


def scored_of_slice(slice_: Slice, query: tantivy.Query, field: str) -> Scored:
    """As ``of_slice``, with the scores."""
    column = engine_fields.number_field(slice_.entity, field)
    pieces = []
    for hits in slice_.every(query):
        found, present = slice_.integers(column, [address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), np.float64, len(hits))
        pieces.append((found[present], scores[present]))
    return together(pieces)


def as_set(found: Sequence[Ids]) -> IdSet:
    """Those of all slices."""
    return IdSet.of_array(np.concatenate(found)) if found else IdSet.of(())


def together(found: Sequence[Scored]) -> Scored:
    """Those of all slices, with their scores."""
    if not found:
        return np.array([], np.int64), np.array([], np.float64)
    ids, scores = zip(*found, strict=True)
    return np.concatenate(ids), np.concatenate(scores)

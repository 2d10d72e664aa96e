"""A page of hits that meet conditions, judged hit by hit.

Hits are taken in order without the conditions, and those that do not meet them are left out, as
long as that takes less than to find all documents that meet them. Not here: how it is told which
hits do, see ``late_joins`` for joined documents, and each engine for its own.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from search_service.query.id_set import Mask
from search_service.query.order import Cursor
from search_service.query.tree import Bool, Everything, Query

H = TypeVar("H")

# How many more hits are taken than a page should need, so that one look mostly does.
_MORE, _AND = 1.3, 50


def without(query: Bool, conditions: Collection[Query]) -> Bool:
    """A query without some of its filters."""
    others = tuple(part for part in query.filter if part not in conditions)
    # Without any filter a query may mean something else.
    return replace(query, filter=others or (Everything(),))


def judged_page(
    page: Callable[[Cursor | None, int], Sequence[H]],
    met: Callable[[Sequence[H]], Mask],
    behind: Callable[[H, Cursor | None, int], Cursor],
    *,
    share: float,
    after: Cursor | None,
    limit: int,
    most: int,
) -> list[H] | None:
    """The first hits that meet the conditions; None when more than ``most`` would be looked at.

    ``page``: hits after a cursor. ``met``: which of them meet the conditions. ``behind``: the
    cursor of the last of so many hits after another. ``share``: about how many of them meet the
    conditions, above 0; once some are seen, what they show counts.
    """
    found: list[H] = []
    looked_at = 0
    while len(found) < limit:
        length = math.ceil(_MORE * (limit - len(found)) / share) + _AND
        if looked_at + length > most:
            return None
        hits = page(after, length)
        meets = met(hits)
        found += [hit for hit, is_met in zip(hits, meets.tolist(), strict=True) if is_met]
        if len(hits) < length:
            break
        looked_at += length
        share = max(len(found), 1) / looked_at
        after = behind(hits[-1], after, length)
    return found[:limit]

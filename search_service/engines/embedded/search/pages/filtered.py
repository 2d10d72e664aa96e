"""A page of hits that meet a condition, judged hit by hit.

Hits are taken in order without the condition, and those that do not meet it are left out, as long
as that takes less than to find all documents that meet it. Not here: the condition, see
``queries.columns``.
"""

import math
from collections.abc import Callable, Sequence

from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.slice import Address
from search_service.query.id_set import Mask
from search_service.query.order import Cursor

Page = Callable[[Cursor | None, int], list[SliceHit]]

# How many more hits are taken than a page should need, so that one look mostly does.
_MORE, _AND = 1.3, 50


def filtered_page(
    page: Page,
    met: Callable[[Sequence[Address]], Mask],
    share: float,
    after: Cursor | None,
    limit: int,
    most: int,
) -> list[SliceHit] | None:
    """The first hits that meet the condition; None when more than ``most`` would be looked at.

    ``page``: hits after a cursor. ``share``: about how many of them meet it, above 0; once some
    are seen, what they show counts.
    """
    found: list[SliceHit] = []
    looked_at = 0
    while len(found) < limit:
        length = math.ceil(_MORE * (limit - len(found)) / share) + _AND
        if looked_at + length > most:
            return None
        hits = page(after, length)
        meets = met([hit.address for hit in hits])
        found += [hit for hit, is_met in zip(hits, meets.tolist(), strict=True) if is_met]
        if len(hits) < length:
            break
        looked_at += length
        share = max(len(found), 1) / looked_at
        last = hits[-1]
        after = Cursor(last.values, last.id, _rank(after, length))
    return found[:limit]


def _rank(after: Cursor | None, length: int) -> int | None:
    """The hint of the next cursor: how many hits come before the last of these."""
    if after is None:
        return length - 1
    return None if after.rank is None else after.rank + length

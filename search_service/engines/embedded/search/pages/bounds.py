"""A value that the hits of a page do not lie beyond: guessed from a sample, so that few are sorted.

Sorting looks at every hit, and by a string reads as many strings of each segment as the page holds.
A range of the column looks at a value in half a nanosecond, and at none of a segment whose values
all lie beyond. So a sample of the hits is sorted first (see ``index.samples``), and its first ones
tell up to which value some more hits lie than are wanted. The guess only costs time when it is
wrong: who asks has to go on behind the value when too few hits lie before it.
"""

from dataclasses import dataclass, replace
from itertools import zip_longest
from math import ceil, sqrt

import tantivy

from search_service.engines.embedded.index.samples import BITS
from search_service.engines.embedded.index.sort_keys import decode
from search_service.engines.embedded.search.pages.prices import Prices
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Slice

Given = int | float | str  # a value that is not missing


@dataclass(frozen=True, slots=True)
class Effort:
    """How many documents are looked at without a thought; others only in tests."""

    few: int = 20_000  # documents of a slice that are sorted as they are
    sampled: int = 1_000  # documents of a sample that are worth a look
    read: int = 20_000  # ... where its strings are read, segment by segment
    many: int = 50_000  # hits that are worth a way of their own


EFFORT = Effort()


@dataclass(frozen=True, slots=True)
class Column:
    """What hits are sorted by."""

    name: str  # of the field
    engine_field: str
    is_text: bool
    descending: bool

    @property
    def is_missing(self) -> bool:
        """The entity has no such field: no document has a value."""
        return not self.engine_field


@dataclass(frozen=True, slots=True)
class Bound:
    """A value of a column; ``is_shared``: many hits have it, so the page may end among them."""

    value: Given
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a column, in the order of a sort: what comes after one value, up to another."""

    after: Given | None = None
    upto: Given | None = None
    with_after: bool = False
    with_upto: bool = True

    def of(self, slice_: Slice, query: tantivy.Query, column: Column) -> tantivy.Query:
        """The hits within it; all, also those without a value, where it has no ends."""
        if self.after is None and self.upto is None:
            return query
        low, high = (self.after, self.with_after), (self.upto, self.with_upto)
        if column.descending:
            low, high = high, low
        return combined(
            query,
            slice_.within(column.engine_field, low[0], high[0], with_low=low[1], with_high=high[1]),
        )


def guessed_bound(
    slice_: Slice,
    query: tantivy.Query,
    column: Column,
    wanted: int,
    effort: Effort,
    start: Stretch = Stretch(),
) -> Bound | None:
    """A value that ``wanted`` hits after ``start`` and not many more lie before or at.

    None: sort all hits.
    """
    documents = slice_.documents
    if documents < effort.few:
        return None
    prices = Prices(documents, slice_.segments, wanted, column.is_text)
    samples = _samples(documents, effort.read if column.is_text else effort.sampled)
    # A look at a range first looks for where that begins, which can take as long as the page.
    is_expensive = start.after is not None and not column.is_text
    if is_expensive and not prices.is_bounding_worth(estimate(slice_, query, effort)):
        return None
    found = None
    for bits, denser in zip_longest(samples, samples[1:]):
        within = start if found is None else replace(start, upto=found.value)
        place = _place(wanted, bits)
        # Of numbers many more, to see how many are equal; strings are too expensive.
        length = place if column.is_text else place + (effort.many >> bits)
        hits, count = slice_.first_and_count(
            within.of(slice_, combined(query, slice_.sample(bits)), column),
            length,
            column.engine_field,
            descending=column.descending,
        )
        value = hits[place - 1][0] if len(hits) >= place else None
        is_told = value is not None or not column.is_text  # how many there are
        if found is None and is_told and not prices.is_bounding_worth(count << bits):
            return None
        if value is None:
            continue
        first = hits[0][0] if column.is_text else value
        is_shared = len(hits) == length and hits[-1][0] == first
        found = Bound(decode(value) if isinstance(value, str) else value, is_shared)
        if denser is None or not prices.is_a_look_worth(denser, place << bits):
            return found
    return found


def estimate(slice_: Slice, query: tantivy.Query, effort: Effort) -> int:
    """How many documents match, about; of a small slice at most so many."""
    if slice_.documents < effort.few:
        return slice_.documents
    bits = _samples(slice_.documents, effort.sampled)[0]
    return slice_.count(combined(query, slice_.sample(bits))) << bits


def equal(slice_: Slice, query: tantivy.Query, column: Column, value: Given) -> tantivy.Query:
    """Hits with the value."""
    return combined(query, slice_.within(column.engine_field, value, value))


def _samples(documents: int, least: int) -> list[int]:
    """The samples to ask, from the first that holds ``least`` documents to the densest."""
    return [bits for bits in reversed(BITS) if documents >> bits >= least or bits == BITS[0]]


def _place(wanted: int, bits: int) -> int:
    """Which hit of a sample lies behind ``wanted`` hits of all, mostly."""
    mean = wanted / (1 << bits)
    return ceil(mean + sqrt(mean) + 1)

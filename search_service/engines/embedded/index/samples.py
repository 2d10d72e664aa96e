"""Which documents stand for all: a sample that is a word of its own, so any query can be put to it.

Whether a document belongs to a sample follows from its id alone. Sampled ids are as far apart as
they can be without any period, so files that lie side by side do not fall into a sample together.
The samples are nested, each an eighth of the one before.
"""

from typing import Final

BITS: Final = (6, 9, 12, 15, 18)
"""The samples, densest first: one document in 2^bits."""

# Multiples of the golden ratio spread evenly, however many there are: an id is in a sample when the
# highest bits of its product are 0. On the path of every document, so these are used in place.
MIXED: Final = 0x9E3779B97F4A7C15
MASK: Final = (1 << 64) - 1
BELOW: Final = 1 << 64 - BITS[0]
"""``id * MIXED & MASK`` is below it for a document of any sample."""


def sample_term(bits: int) -> str:
    """The term of the documents of a sample; no other term begins so."""
    return f"%{bits}"


def sample_terms(id_: int) -> list[str]:
    """The terms of the samples that a document belongs to: mostly none."""
    product = id_ * MIXED & MASK
    return [sample_term(bits) for bits in BITS if product < 1 << 64 - bits]

"""What it takes the engine to bring hits into order, in nanoseconds of one core, about.

Measured with five and a hundred million datafiles; only what is compared with each other counts.
"""

from dataclasses import dataclass

_SORTED = 10  # a hit, by a number or by the ordinal of its string
_READ = 12_000  # a string of the page, of each segment anew
_COMPARED = 0.6  # a value of a column with a bound, value after value
_SOUGHT = 16  # the same for hits that are found otherwise
_SAMPLED = 60  # a document of a sample, looked for among hits within bounds


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a page of ``wanted`` hits of so many ``documents`` in so many ``segments``."""

    documents: int
    segments: int
    wanted: int
    is_text: bool

    def is_bounding_worth(self, hits: int) -> bool:
        """Whether so many hits are sorted sooner within a bound that leaves twice the page."""
        compared = min(hits * _SOUGHT, self.documents * _COMPARED)
        return compared + self._sorting(2 * self.wanted) < self._sorting(hits)

    def is_a_look_worth(self, bits: int, hits: int) -> bool:
        """Whether so many hits within a bound are worth a look for a closer one.

        The look is at the sample of one document in 2^``bits``.
        """
        look = (self.documents >> bits) * _SAMPLED
        return look + self._sorting(2 * self.wanted) < self._sorting(hits)

    def _sorting(self, hits: int) -> float:
        read = min(hits, self.segments * self.wanted) if self.is_text else 0
        return hits * _SORTED + read * _READ

"""How large the answer of one search may be, in hits and in bytes.

What is asked for sizes nothing: a caller that asks for 2³¹-1 hits is given all, where these are no
more than a page may have, and is refused otherwise. To give fewer would be wrong: a page that is
not full is the last one to a caller. Not here: what a text may cost, see ``query``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from search_service.engines.base import Hit, Reader, Sources
from search_service.errors import LimitExceeded

_AT_ONCE = 256  # documents that are read before their bytes are counted


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """``hits``: of a page; ``size``: bytes of an answer."""

    hits: int = 50_000
    size: int = 64 << 20

    def looked_for(self, limit: int) -> int:
        """How many hits to look for, where ``limit`` are asked for: one more than allowed tells."""
        return min(limit, self.hits + 1)

    def check_hits(self, count: int) -> None:
        """Raises LimitExceeded where a page would have more hits than it may."""
        if count > self.hits:
            raise LimitExceeded(
                f"The page that is asked for would have more than {self.hits:,} hits",
                self.hits,
                "max_hits",
            )

    def check_size(self, size: int) -> None:
        """Raises LimitExceeded where an answer would have more bytes than it may."""
        if size > self.size:
            raise LimitExceeded(
                f"The answer would have more than {self.size >> 20:,} MB",
                self.size >> 20,
                "max_answer",
            )

    def sources(self, reader: Reader, entity: str, hits: Sequence[Hit]) -> Sources:
        """The documents of hits, which may be of any size. Raises LimitExceeded."""
        if len(hits) <= _AT_ONCE:
            return reader.fetch(entity, hits)
        documents: list[bytes] = []
        undeclared: set[int] = set()
        size = 0
        for start in range(0, len(hits), _AT_ONCE):
            found = reader.fetch(entity, hits[start : start + _AT_ONCE])
            documents += found.documents
            undeclared.update(start + place for place in found.undeclared)
            size += sum(map(len, found.documents))
            self.check_size(size)
        return Sources(documents, undeclared)

"""Which ids a shard may hold, so that only those are deleted before they are added.

A delete costs the engine about as much as an added integer and a look into every segment at the
commit. A population adds millions of ids, nearly all of them new.
"""

_BITS = 16
_BYTES = 1 << (_BITS - 3)
_MASK = (1 << _BITS) - 1

# 64 MB for a shard: half a billion ids in a row. Beyond it every id is taken for a known one.
_MOST_CHUNKS = 8192


class KnownIds:
    """``highest``: of the ids committed when the writing began; None of an empty shard."""

    def __init__(self, highest: int | None) -> None:
        self._committed_up_to = highest if highest is not None else -(2**63) - 1
        self._chunks: dict[int, bytearray] = {}
        self._full = False

    def add(self, id_: int) -> bool:
        """Note an id; whether it may have been there before."""
        if id_ <= self._committed_up_to or self._full:
            return True
        chunk = self._chunks.get(id_ >> _BITS)
        if chunk is None:
            if len(self._chunks) >= _MOST_CHUNKS:
                self._full = True
                self._chunks.clear()
                return True
            chunk = self._chunks[id_ >> _BITS] = bytearray(_BYTES)
        place, bit = (id_ & _MASK) >> 3, 1 << (id_ & 7)
        known = chunk[place] & bit != 0
        chunk[place] |= bit
        return known

    def may_hold(self, id_: int) -> bool:
        """Whether an id may be there."""
        if id_ <= self._committed_up_to or self._full:
            return True
        chunk = self._chunks.get(id_ >> _BITS)
        return chunk is not None and chunk[(id_ & _MASK) >> 3] & 1 << (id_ & 7) != 0

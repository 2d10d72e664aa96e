"""Documents in pieces that are encoded together, and whose lines are in memory together.

Not here: how much of the lines is sent to a cluster at once, see ``engines.opensearch.write.bulk``.
"""

from collections.abc import Iterator, Sequence

import orjson

from search_service.engines.base import Document

# Of the documents as JSON. Their lines may take 80 times that, where a text is all abbreviations
# ("CD" is found by four words, each with its place): a body of changes would take 5 GB.
MOST_BYTES = 4 << 20

Documents = Sequence[tuple[int, Document]]


def pieces(documents: Documents, most: int, most_bytes: int = MOST_BYTES) -> Iterator[Documents]:
    """The documents in order, so many at a time and no more bytes, but one at least."""
    for start in range(0, len(documents), most):
        yield from _halved(documents[start : start + most], most_bytes)


def _halved(piece: Documents, most_bytes: int) -> Iterator[Documents]:
    # Nearly every piece is written once, which is 1 µs of the 70 that a document takes.
    if len(piece) == 1 or len(orjson.dumps(piece)) <= most_bytes:
        yield piece
        return
    middle = len(piece) // 2
    yield from _halved(piece[:middle], most_bytes)
    yield from _halved(piece[middle:], most_bytes)

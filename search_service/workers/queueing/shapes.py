"""What a request is like, coarsely: requests of one shape take about as long.

Found by looking for single characters, not by reading: it runs in the event loop for each request.
A wrong shape costs a worse estimate and nothing else.
"""

import re
from collections.abc import Hashable

from search_service.workers.frames import Head

_LOOKED_AT = 1 << 14  # bytes of a body
_LARGEST_KNOWN = 1 << 16  # bytes; a larger body is not remembered as a whole
_LEADING_WILDCARD = re.compile(rb'[\s":(+-][*?]+[^\s"*?]')
_WANTED = re.compile(rb'(?:maxResults=|"limit"\s?:\s?)(\d{1,9})')


def shape(head: Head, body: bytes | bytearray) -> Hashable:
    """Of an operation with its entity and query string, and a body."""
    operation, entity, query_string = head
    looked_at = bytes(body[:_LOOKED_AT])
    wildcards = looked_at.count(b"*")
    return (
        operation,
        entity.lower()[:40],
        len(body).bit_length(),
        min(wildcards, 2),
        looked_at.count(b"~").bit_length(),
        wildcards > 0 and _LEADING_WILDCARD.search(looked_at) is not None,
        _size_of_page(query_string, looked_at),
        b"sort=" in query_string or b'"sort"' in looked_at,
        b'"facets"' in looked_at,
    )


def identity(head: Head, body: bytes | bytearray) -> int | None:
    """The same number for the same request; None for one that is too large to be remembered."""
    return hash((head, bytes(body))) if len(body) <= _LARGEST_KNOWN else None


def _size_of_page(query_string: bytes, body: bytes) -> int:
    found = _WANTED.search(query_string) or _WANTED.search(body)
    return int(found[1]).bit_length() if found else 0

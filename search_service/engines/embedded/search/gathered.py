"""What is read of the hits of a page, which may lie in several slices.

Not here: which hits there are, see ``pages``.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from search_service.engines.base import Hit
from search_service.engines.embedded.search.slice import Address, Slice

Place = tuple[Slice, Address]
"""Where the engine finds the document of a hit."""

T = TypeVar("T")


def gathered(hits: Sequence[Hit], read: Callable[[Slice, list[Address]], list[T]]) -> list[T]:
    """What is read of the hits, each slice asked once, in the order of the hits."""
    if not hits:
        return []
    places = cast(list[Place], [hit.address for hit in hits])
    slices, addresses = zip(*places, strict=True)
    if len(set(slices)) == 1:
        return read(slices[0], list(addresses))
    found: dict[int, T] = {}
    for slice_ in dict.fromkeys(slices):
        of_it = [place for place, other in enumerate(slices) if other is slice_]
        found.update(zip(of_it, read(slice_, [addresses[place] for place in of_it]), strict=True))
    return [found[place] for place in range(len(hits))]

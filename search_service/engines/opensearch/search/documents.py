"""Documents by hits, by ids, by what they join to, and one after the other."""

from collections.abc import Collection, Mapping, Sequence

from search_service.engines.base import Document, Hit, Sources
from search_service.engines.opensearch.search.requests import Json, Requests

Place = str | None
"""The address of a hit: its stored document where that came with it; None: found by the id."""


class Documents:
    """The documents of a reader."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """As in ``Reader``."""
        raise NotImplementedError

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        """As in ``Reader``."""
        raise NotImplementedError

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """As in ``Reader``."""
        raise NotImplementedError

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """As in ``Reader``."""
        raise NotImplementedError

    def in_order(
        self, entity: str, query: Json, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """``Reader.documents``."""
        raise NotImplementedError

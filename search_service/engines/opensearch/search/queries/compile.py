"""An analysed tree as a query of the cluster.

Joins are resolved before, see ``engines.joins``.
"""

from search_service.engines.config import IndexConfig
from search_service.engines.opensearch.search.requests import Json
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.query.tree import Query


class Compiler:
    """Makes the queries of a reader."""

    def __init__(self, config: IndexConfig, frequencies: KnownFrequencies) -> None:
        self._config = config
        self._frequencies = frequencies

    def compiled(self, entity: str, query: Query, *, scored: bool) -> Json:
        """What finds the documents that match. ``scored``: with the scores of the tree."""
        raise NotImplementedError

"""Encoders of documents for the cluster, which can be sent to processes."""

from dataclasses import dataclass

from search_service.engines.config import IndexConfig
from search_service.engines.documents.encode import Encoder
from search_service.engines.documents.encoding_process import Encode
from search_service.engines.opensearch.index.format import ClusterFormat


@dataclass(frozen=True)
class ClusterCodec:
    """As in ``documents.encoders.Codec``."""

    config: IndexConfig

    def encoder(self, entity: str) -> Encode:
        """A document as the JSON object that the cluster indexes. For one thread."""
        config = self.config
        return Encoder(
            entity, config.facetable, config.synonyms, config.separators, ClusterFormat()
        ).line

"""Indices of entities as the engine makes them, for tests of what is put into them."""

from collections.abc import Sequence

from analyzers import SEPARATORS
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.config import ClusterOptions, IndexConfig
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.index.mapping import body_of
from search_service.engines.opensearch.write.indices import Indices

CONFIG = IndexConfig(frozenset(FACETABLE_BY_DEFAULT), "", SEPARATORS)


def indices_of(cluster: Cluster, options: ClusterOptions) -> Indices:
    """The indices under the prefix of the options."""
    return Indices(cluster, Names(options.prefix), options, lambda name: body_of(name, CONFIG))


def made(indices: Indices, entity: str) -> str:
    """The name of an empty index of an entity."""
    name = indices.names.index(1, entity)
    indices.create({entity: name})
    return name


def ids_in(indices: Indices, index: str) -> Sequence[int]:
    """The ids of the documents that were written, in order."""
    indices.refresh([index])
    found = indices.cluster.search(
        index, {"size": 10_000, "sort": "_key", "_source": False, "fields": ["_key"]}
    )
    return [int(hit["_id"]) for hit in found["hits"]["hits"]]

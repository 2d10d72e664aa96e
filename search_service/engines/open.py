"""Builds the engine from the values of the settings: the only importer of an engine."""

from search_service.engines.config import EngineOptions
from search_service.engines.embedded.engine import EmbeddedEngine
from search_service.engines.index import Engine
from search_service.errors import EngineRefused

_OF_CLUSTER = ("opensearchpy", "pyroaring")


def open_engine(options: EngineOptions) -> Engine:
    """The engine with these options. Nothing of the index is opened yet.

    Raises EngineRefused when packages that it needs are not installed.
    """
    if options.cluster is not None:
        return _in_cluster(options)
    return EmbeddedEngine(options)


def _in_cluster(options: EngineOptions) -> Engine:
    # Not at the top: only who has a cluster need have the packages.
    try:
        from search_service.engines.opensearch.engine import OpenSearchEngine
    except ModuleNotFoundError as error:
        if error.name not in _OF_CLUSTER:
            raise
        raise EngineRefused(
            f"The engine opensearch needs the package {error.name}, which is not installed: "
            "pip install 'icat-search-service[opensearch]'"
        ) from error
    return OpenSearchEngine(options)

"""Builds the engine from the values of the settings: the only importer of an engine."""

from search_service.engines.config import EngineOptions
from search_service.engines.embedded.engine import EmbeddedEngine
from search_service.engines.index import Engine


def open_engine(options: EngineOptions) -> Engine:
    """The engine with these options. Nothing of the index is opened yet."""
    return EmbeddedEngine(options)

"""What the settings of an index mean for shards: the codec, and what a data directory must fit.

Not here: how a document becomes words, see ``engines.documents``.
"""

from search_service.engines.config import IndexConfig
from search_service.engines.documents.analysis import analysis_of, settings_of
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.index.schema import fingerprint
from search_service.engines.embedded.storage.manifest import FORMAT, engine_version
from search_service.engines.fit import Fit


def codec_of(config: IndexConfig) -> TableCodec:
    """What the writing end knows of schema and analysis."""
    return TableCodec(config.facetable, config.synonyms, config.separators)


def fit_of(config: IndexConfig) -> Fit:
    """What a data directory must have been written with."""
    return Fit(
        fingerprint(config.facetable, analysis_of(config)),
        settings_of(config),
        engine_version(),
        FORMAT,
    )

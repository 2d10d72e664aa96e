"""What the settings of an index mean for shards: the codec, and what a data directory must fit.

Not here: how a document becomes words, see ``engines.documents``.
"""

from analyzers import ancestors, components, file_name_parts, parts, text_words
from search_service.engines.config import IndexConfig
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.index.schema import fingerprint
from search_service.engines.embedded.storage.manifest import FORMAT, engine_version
from search_service.engines.fit import Fit

# Its words stand for the code that makes words: another version that makes others does not fit.
SAMPLE_TEXT = "The Bragg's X-ray scattering, at 4.2 K: Fe2O3/µm naïve running αβ 中文 don't"
SAMPLE_NAME = "XB07_004411 myÅngström's super-cell of α-TiO₂ 1,5e-3 10.5072/A.1 0.25 µm.NXS"
SAMPLE_PATH = "C:\\Data\\run 1/Sample-2_ß.tar.GZ"


def codec_of(config: IndexConfig) -> TableCodec:
    """What the writing end knows of schema and analysis."""
    return TableCodec(config.facetable, config.synonyms, config.separators)


def fit_of(config: IndexConfig) -> Fit:
    """What a data directory must have been written with."""
    separators = config.separators
    sample = (
        text_words(SAMPLE_TEXT),
        components(SAMPLE_PATH, separators),
        file_name_parts(SAMPLE_PATH, separators),
        ancestors(SAMPLE_PATH, separators),
        parts.indexed(SAMPLE_NAME, whole=True),
    )
    return Fit(
        fingerprint(config.facetable, f"{config.synonyms.digest} {sample!r}"),
        {
            "facet_fields": " ".join(sorted(config.facetable)),
            "units": config.units,
            "path_separators": separators,
            "synonym_files": " ".join(map(str, config.synonym_files)) or "built in",
        },
        engine_version(),
        FORMAT,
    )

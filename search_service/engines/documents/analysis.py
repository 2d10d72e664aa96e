"""What the words of an index depend on: settings, and the code that makes words.

Not here: which engine fields there are, see ``engine_fields``.
"""

from collections.abc import Mapping

from analyzers import VERSION, ancestors, components, file_name_parts, parts, text_words
from search_service.engines.config import IndexConfig

# Beside the version: what another release of Python makes of them is told too.
SAMPLE_TEXT = "The Bragg's X-ray scattering, at 4.2 K: Fe2O3/µm naïve running αβ 中文 don't"
SAMPLE_NAME = "XB07_004411 myÅngström's super-cell of α-TiO₂ 1,5e-3 10.5072/A.1 0.25 µm.NXS"
SAMPLE_PATH = "C:\\Data\\run 1/Sample-2_ß.tar.GZ"


def analysis_of(config: IndexConfig, version: int = VERSION) -> str:
    """A text that is another when documents or queries would have other words.

    ``version``: that of the code that makes words.
    """
    separators = config.separators
    sample = (
        text_words(SAMPLE_TEXT),
        components(SAMPLE_PATH, separators),
        file_name_parts(SAMPLE_PATH, separators),
        ancestors(SAMPLE_PATH, separators),
        parts.indexed(SAMPLE_NAME, whole=True),
    )
    # Without the first version, which indices were written with before there was a second.
    numbered = "" if version == 1 else f" {version}"
    return f"{config.synonyms.digest} {sample!r}{numbered}"


def settings_of(config: IndexConfig) -> Mapping[str, str]:
    """The settings that decide what an index holds, for ``Fit``."""
    return {
        "facet_fields": " ".join(sorted(config.facetable)),
        "units": config.units,
        "path_separators": config.separators,
        "synonym_files": " ".join(map(str, config.synonym_files)) or "built in",
    }

"""The settings that decide what shards hold, and what a data directory must fit for their sake.

Not here: how a document becomes words, see ``encode``.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analyzers import Synonyms, ancestors, components, file_name_parts, parts, text_words
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.index.schema import fingerprint
from search_service.engines.embedded.storage.manifest import Fit

# Its words stand for the code that makes words: another version that makes others does not fit.
SAMPLE_TEXT = "The Bragg's X-ray scattering, at 4.2 K: Fe2O3/µm naïve running αβ 中文 don't"
SAMPLE_NAME = "XB07_004411 myÅngström's super-cell of α-TiO₂ 1,5e-3 10.5072/A.1 0.25 µm.NXS"
SAMPLE_PATH = "C:\\Data\\run 1/Sample-2_ß.tar.GZ"


@dataclass(frozen=True)
class Kept:
    """The settings that decide what is kept of a document and by which words it is found."""

    facetable: frozenset[str]
    units: str
    separators: str
    synonym_files: tuple[Path, ...] = ()

    @cached_property
    def synonyms(self) -> Synonyms:
        """Read once in each process."""
        return Synonyms.read(self.synonym_files) if self.synonym_files else Synonyms.builtin()

    def codec(self) -> TableCodec:
        """What the writing end knows of schema and analysis."""
        return TableCodec(self.facetable, self.synonyms, self.separators)

    def fit(self) -> Fit:
        """What a data directory must have been written with."""
        separators = self.separators
        sample = (
            text_words(SAMPLE_TEXT),
            components(SAMPLE_PATH, separators),
            file_name_parts(SAMPLE_PATH, separators),
            ancestors(SAMPLE_PATH, separators),
            parts.indexed(SAMPLE_NAME, whole=True),
        )
        return Fit(
            fingerprint(self.facetable, f"{self.synonyms.digest} {sample!r}"),
            {
                "facet_fields": " ".join(sorted(self.facetable)),
                "units": self.units,
                "path_separators": separators,
                "synonym_files": " ".join(map(str, self.synonym_files)) or "built in",
            },
        )

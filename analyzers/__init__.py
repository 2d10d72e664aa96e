"""Words from the texts, paths and units of a catalogue of scientific data."""

from analyzers.chain import text_words
from analyzers.paths import SEPARATORS, ancestors, components, file_name_parts
from analyzers.stems import stem
from analyzers.stop_words import STOP_WORDS
from analyzers.synonyms import Match, SynonymError, Synonyms
from analyzers.units import DEFAULT_ALIASES, Conversion, Units
from analyzers.words import words

__all__ = [
    "DEFAULT_ALIASES",
    "SEPARATORS",
    "STOP_WORDS",
    "Conversion",
    "Match",
    "SynonymError",
    "Synonyms",
    "Units",
    "ancestors",
    "components",
    "file_name_parts",
    "stem",
    "text_words",
    "words",
]

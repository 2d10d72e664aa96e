r"""Words from the texts, paths and units of a catalogue of scientific data.

What a search finds is decided by what texts are taken apart into, when they are indexed and when
they are asked for. This package does that and nothing else: it knows no catalogue and no search
engine.

Texts become words: Unicode word boundaries, possessive ``'s`` off, lower case, stop words out,
English stems. The place in the list is the position; a stop word leaves an empty one.

>>> text_words("The users' measurements of Fe by SAXS")
['', 'user', 'measur', 'of', 'fe', '', 'sax']

Synonyms are put on top, for one word or several. ``matches`` is for queries, ``stacked`` for
documents.

>>> synonyms = Synonyms.builtin()
>>> synonyms.matches(text_words("Fe by SAXS"))[0]
Match(start=0, end=1, alternatives=(('iron',), ('fe',)))
>>> synonyms.stacked(text_words("XRF of glass"))
[('xrf', 0), ('x', 0), ('of', 1), ('rai', 1), ('glass', 2), ('fluoresc', 2)]
>>> synonyms.stacked(text_words("glass")) is None
True

Paths are found by their components, whichever way their separators lean, by the parts of the file
name, and by the directories above.

>>> components(r"C:\Data\run 1\scan.NXS"), file_name_parts("/data/scan.NXS")
(['c:', 'data', 'run 1', 'scan.nxs'], ['scan', 'nxs'])
>>> ancestors("/data/a/b.nxs")
['/data', '/data/a', '/data/a/b.nxs']

Names, formulas and identifiers are also found by their parts, read in every way that people do.

>>> readings("XB07_004411_absorption.nxs"), readings("micro-structure")
([['xb', '7', '4411', 'absorption', 'nxs']], [['micro', 'structure'], ['microstructure']])

Values become SI as if converted by hand on paper, and then rounded to a double.

>>> Units().to_si(0.3, "mK"), Units("Pa: bar 1e5").to_si(12, "mbar"), Units().to_si(1, "counts")
((0.0003, 'Kelvin'), (1200.0, 'Pascal'), None)

``python -m analyzers TEXT`` shows what becomes of a text. Errors are ValueErrors that say what is
wrong: ``SynonymError`` of a synonym file, ValueError of unit aliases. Where the word lists come
from is said in ``data/SOURCES.md``.
"""

from analyzers.chain import text_words
from analyzers.parts import readings
from analyzers.paths import SEPARATORS, ancestors, components, file_name_parts
from analyzers.stems import stem
from analyzers.stop_words import STOP_WORDS
from analyzers.synonyms import Match, SynonymError, Synonyms
from analyzers.units import DEFAULT_ALIASES, Conversion, Units
from analyzers.words import words

VERSION = 1
"""Goes up when documents get other words, parts or directories, so that an index can tell."""

__all__ = [
    "DEFAULT_ALIASES",
    "SEPARATORS",
    "STOP_WORDS",
    "VERSION",
    "Conversion",
    "Match",
    "SynonymError",
    "Synonyms",
    "Units",
    "ancestors",
    "components",
    "file_name_parts",
    "readings",
    "stem",
    "text_words",
    "words",
]

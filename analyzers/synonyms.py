"""Which words and phrases mean the same.

Files are in the format of Solr, so that a facility can bring its own::

    # a line of comment
    sulfur, sulphur, S
    NPD, neutron powder diffraction => NPD, neutron powder diffraction

In a line with commas each phrase stands for all of them. In a line with ``=>`` a phrase on the left
is replaced by those on the right. A phrase in several lines stands for all that they say. A
backslash keeps the comma after it. Both sides go through the chain (``text_words``), so a file's
``scatters`` is also ``scattering``.

Synonyms are matched on the result of the chain: from left to right, the longest phrase first, and
what was found is not looked at again. A stop word between two words of a phrase does not break it,
as in Lucene, whose filters these are made after.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import itemgetter
from pathlib import Path
from typing import Self

from analyzers.chain import text_words

Phrase = tuple[str, ...]
"""Words of the chain, none of them empty."""

BUILTIN = ("elements.txt", "spelling.txt", "techniques.txt")
"""The files in ``data/``; where they come from is said in ``data/SOURCES.md``."""

_position = itemgetter(1)
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")
_DIGITS = re.compile(r"[0-9]+")
_ESCAPED = re.compile(r"\\(.)")


class SynonymError(ValueError):
    """A line of a synonym file that has no meaning; says which and why."""


@dataclass(frozen=True, slots=True)
class Match:
    """Words ``start`` to ``end`` (exclusive) mean any of the alternatives.

    What was written is among them, unless a line with ``=>`` leaves it out.
    """

    start: int
    end: int
    alternatives: tuple[Phrase, ...]

    @property
    def is_of_single_words(self) -> bool:
        """Whether a single word stands for single words."""
        return self.end - self.start == 1 and all(len(said) == 1 for said in self.alternatives)


class Synonyms:
    """A set of rules, ready to be asked."""

    def __init__(self, rules: Iterable[tuple[Phrase, Phrase]]) -> None:
        """From pairs: a phrase, and one phrase that it stands for."""
        merged: dict[Phrase, dict[Phrase, None]] = {}
        for phrase, alternative in rules:
            merged.setdefault(phrase, {})[alternative] = None
        self._rules = {phrase: tuple(found) for phrase, found in merged.items()}
        # Most texts hold no synonym, which one look at their words must tell. By first word: the
        # numbers of words that a phrase with it has, longest first.
        lengths: dict[str, set[int]] = {}
        for phrase in self._rules:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}
        self._first_words = frozenset(self._lengths)

    @classmethod
    def parse(cls, text: str, name: str = "synonyms") -> Self:
        """From the text of a file; ``name`` is what errors call it. Raises SynonymError.

        >>> Synonyms.parse("Fe, iron").matches(["iron", "oxid"])
        [Match(start=0, end=1, alternatives=(('fe',), ('iron',)))]
        """
        return cls(_rules(text, name))

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """From files in UTF-8, taken together. Raises OSError, SynonymError."""
        return cls(
            rule for path in paths for rule in _rules(path.read_text(encoding="utf-8"), str(path))
        )

    @staticmethod
    @cache
    def builtin() -> "Synonyms":
        """The elements, spelling variants and techniques that come with this package."""
        data = files("analyzers").joinpath("data")
        return Synonyms(
            rule
            for name in BUILTIN
            for rule in _rules(data.joinpath(name).read_text(encoding="utf-8"), name)
        )

    def __len__(self) -> int:
        """How many phrases have alternatives."""
        return len(self._rules)

    @property
    def longest_number(self) -> int:
        """How many digits in a row a word of a phrase has, at most: no longer one is found.

        >>> [Synonyms.parse(line).longest_number for line in ("C60, fullerene", "Fe, iron")]
        [2, 0]
        """
        words = [word for phrase in self._rules for word in phrase]
        return max((len(run) for word in words for run in _DIGITS.findall(word)), default=0)

    @property
    def digest(self) -> str:
        """Another one for other rules: 32 hexadecimal digits, to be kept with an index."""
        return hashlib.sha256(repr(sorted(self._rules.items())).encode()).hexdigest()[:32]

    def matches(self, words: Sequence[str]) -> list[Match]:
        """The phrases found in the words of a text (see ``text_words``), left to right.

        >>> Synonyms.parse("CD, circular dichroism").matches(["uv", "circular", "dichroism"])
        [Match(start=1, end=3, alternatives=(('cd',), ('circular', 'dichroism')))]
        """
        if self._first_words.isdisjoint(words):
            return []
        places = [at for at, word in enumerate(words) if word]
        present = [words[at] for at in places]
        found: list[Match] = []
        done = 0
        for at, word in enumerate(present):
            if at < done or word not in self._first_words:
                continue
            for length in self._lengths[word]:
                end = at + length
                alternatives = self._rules.get(tuple(present[at:end]))
                if alternatives is not None and end <= len(present):
                    found.append(Match(places[at], places[end - 1] + 1, alternatives))
                    done = end
                    break
        return found

    def stacked(self, words: Sequence[str]) -> list[tuple[str, int]] | None:
        """The words of a text with their positions, and the alternatives from where they match.

        The text's own words stay where they are, so a phrase copied from it finds it. None when
        there is nothing to add, which is the usual case.

        >>> Synonyms.parse("MX, macromolecular crystallography").stacked(["", "mx", "data"])
        [('mx', 1), ('macromolecular', 1), ('data', 2), ('crystallographi', 2)]
        """
        found = self.matches(words)
        if not found:
            return None
        placed = {(word, at): None for at, word in enumerate(words) if word}
        for match in found:
            for phrase in match.alternatives:
                placed.update(((word, match.start + n), None) for n, word in enumerate(phrase))
        return sorted(placed, key=_position)

    def spread(self, words: Sequence[str]) -> list[tuple[str, int]] | None:
        """The same words as ``stacked``, with places made for them as Lucene's indexes have them.

        Alternatives begin together; then each has its further words to itself, and the text goes
        on behind them all. So what follows a match follows the last alternative, the gap of a stop
        word before or in a match is closed, and a first word of two alternatives is there twice,
        which counts when hits are ranked. For those who must answer phrases as Lucene does, in
        documents and queries alike; otherwise ``stacked`` is the better one.

        >>> Synonyms.parse("MX, macromolecular crystallography").spread(["", "mx", "data"])
        [('mx', 0), ('macromolecular', 0), ('crystallographi', 1), ('data', 2)]
        """
        found = self.matches(words)
        return _spread(words, found)[0] if found else None

    def indexed(self, words: Sequence[str]) -> tuple[list[tuple[str, int]], list[str]] | None:
        """As ``spread``, without single words for a single word: these are second.

        They need no place, and would make a document longer than it is.

        >>> Synonyms.parse("copper, Cu").indexed(["", "copper", "foil"])
        ([('copper', 0), ('foil', 1)], ['cu'])
        """
        found = self.matches(words)
        return _spread(words, found, apart=True) if found else None


def _spread(
    words: Sequence[str], found: Sequence[Match], *, apart: bool = False
) -> tuple[list[tuple[str, int]], list[str]]:
    starts = {match.start: match for match in found}
    placed: list[tuple[str, int]] = []
    beside: list[str] = []
    at = place = gap = 0
    while at < len(words):
        if match := starts.get(at):
            free = place + 1
            alternatives: Sequence[Phrase] = match.alternatives
            if apart and match.is_of_single_words:
                kept = (words[at],) if (words[at],) in alternatives else alternatives[0]
                beside += [word for (word,) in alternatives if (word,) != kept]
                alternatives = (kept,)
            for first, *others in alternatives:
                placed.append((first, place))
                for word in others:
                    placed.append((word, free))
                    free += 1
            at, place, gap = match.end, free, 0
        elif words[at]:
            placed.append((words[at], place + gap))
            at, place, gap = at + 1, place + gap + 1, 0
        else:
            at, gap = at + 1, gap + 1
    return sorted(placed, key=_position), beside


def _rules(text: str, name: str) -> Iterable[tuple[Phrase, Phrase]]:
    for number, line in enumerate(text.splitlines(), start=1):
        rule = line.strip().removeprefix("\ufeff")
        if not rule or rule.startswith("#"):
            continue
        where = f"{name}, line {number}"
        sides = [_phrases(side, where) for side in rule.split("=>")]
        match sides:
            case [left] if len(left) > 1:
                right = left
            case [left, right]:
                pass
            case [_]:
                raise SynonymError(f"{where}: {rule!r} has nothing that it is a synonym of")
            case _:
                raise SynonymError(f"{where}: more than one '=>'")
        for phrase in left:
            for alternative in right:
                yield phrase, alternative


def _phrases(side: str, where: str) -> list[Phrase]:
    found = []
    for written in _UNESCAPED_COMMA.split(side):
        phrase = _ESCAPED.sub(r"\1", written).strip()
        words = tuple(word for word in text_words(phrase) if word)
        if not words:
            what = f"{phrase!r} has no word to search for" if phrase else "an empty phrase"
            raise SynonymError(f"{where}: {what}")
        found.append(words)
    return found

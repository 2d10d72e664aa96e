"""Where parts that were searched for stand in a value: runs of letters and digits in order.

What an index holds of a value has no places in it, so stretches of the value are taken apart by
themselves, and one that gives the wanted parts is the place. Not here: words, see ``marks``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzers.folding import folded, unified
from analyzers.parts import DOI, END, EXTENSION, extension_of
from search_service.query.parts import readings
from search_service.query.spelling import distance

Span = tuple[int, int]  # from, to: the end is not part of it

_LONGER = 2  # runs of a stretch beyond the parts that it is to have: `micro-structure` for one
_RUN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_INNER = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
"""Where a word begins within another."""


@dataclass(slots=True)
class WantedParts:
    """What a query looks for among the parts of one field."""

    parts: set[tuple[str, ...]] = field(default_factory=set)
    patterns: list[tuple[re.Pattern[str], ...]] = field(default_factory=list)
    nearly: list[tuple[str, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.parts or self.patterns or self.nearly)

    def spans(self, value: str) -> Iterator[Span]:
        """The stretches of a value that have what is looked for."""
        runs = list(_runs(value))
        forms = [folded(unified(value[start:end])) for start, end in runs]
        for parts in self.parts:
            yield from _of_parts(parts, value, runs, forms)
        for patterns in self.patterns:
            yield from _of_patterns(patterns, value, runs, forms)
        for near, edits in self.nearly:
            for run, form in zip(runs, forms, strict=True):
                if distance(near, form, edits) is not None:
                    yield run


def _runs(value: str) -> Iterator[Span]:
    for found in _RUN.finditer(value):
        at = found.start()
        for inner in _INNER.finditer(value, *found.span()):
            yield at, inner.start()
            at = inner.start()
        yield at, found.end()


def _of_parts(
    parts: tuple[str, ...], value: str, runs: Sequence[Span], forms: Sequence[str]
) -> Iterator[Span]:
    match parts:
        case (str(only),) if only.startswith(EXTENSION):
            if extension_of(value) == only.removeprefix(EXTENSION):
                yield len(value) - len(only) + len(EXTENSION), len(value)
            return
        case (str(only),) if only.startswith(DOI):
            at = value.lower().find(only.removeprefix(DOI))
            if at >= 0:
                yield at, at + len(only) - len(DOI)
            return
    wanted = tuple(part for part in parts if not part.startswith(END))
    if not wanted:
        return
    first = wanted[0]
    for place, form in enumerate(forms):
        if not _may_begin(form, first):
            continue
        for last in range(place, min(len(runs), place + len(wanted) + _LONGER)):
            start, end = runs[place][0], runs[last][1]
            stretch = value[start:end]
            if wanted in readings(stretch) or wanted == (folded(unified(stretch)),):
                yield start, end
                break


def _may_begin(form: str, part: str) -> bool:
    """Whether a run may be where parts begin: a number lost its zeros, a letter may be a name."""
    if form[0].isdigit():
        form = form.lstrip("0") or "0"
    return form[0] == part[0] or not form[0].isascii()


def _of_patterns(
    patterns: Sequence[re.Pattern[str]], value: str, runs: Sequence[Span], forms: Sequence[str]
) -> Iterator[Span]:
    bare = [form.lstrip("0") or "0" if form[0].isdigit() else form for form in forms]
    for place in range(len(runs) - len(patterns) + 1):
        found = bare[place : place + len(patterns)]
        if all(one.fullmatch(form) for one, form in zip(patterns, found, strict=True)):
            yield runs[place][0], runs[place + len(patterns) - 1][1]

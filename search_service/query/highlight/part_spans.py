"""Where parts that were searched for stand in a value: runs of letters and digits in order.

What an index holds of a value has no places in it, so stretches of the value are taken apart by
themselves, and one that gives the wanted parts is the place. Not here: words, see ``spans``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from analyzers.chain import lower
from analyzers.folding import folded, unified
from analyzers.parts import DOI, END, EXTENSION, extension_of
from search_service.query.highlight.wildcards import Wildcards
from search_service.query.text.relevance.parts import readings
from search_service.query.text.relevance.spelling import distance

Span = tuple[int, int]  # from, to: the end is not part of it

_STRETCHES = 20_000
"""Of all hits of an answer, at 50 µs each: of a long text each place may be one."""

_LONGEST_RUN = 40  # characters of one whose form is remembered
_LONGER = 2  # runs of a stretch beyond the parts that it is to have: `micro-structure` for one
_RUN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_NO_PART = re.compile(r"[\W_]+")
_MARKS = EXTENSION + DOI
_INNER = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
"""Where a word begins within another."""


@dataclass(slots=True)
class WantedParts:
    """What a query looks for among the parts of one field."""

    parts: set[tuple[str, ...]] = field(default_factory=set)
    patterns: list[tuple[Wildcards, ...]] = field(default_factory=list)
    nearly: list[tuple[str, int]] = field(default_factory=list)
    stretches: int = _STRETCHES  # that may still be taken apart

    def __bool__(self) -> bool:
        return bool(self.parts or self.patterns or self.nearly)

    def spans(self, value: str) -> Iterator[Span]:
        """The stretches of a value that have what is looked for."""
        there = [parts for parts in self.parts if _may_have(value, parts)]
        if not there and not self.patterns and not self.nearly:
            return
        runs = _Runs.of(value)
        for parts in there:
            yield from self._of_parts(parts, runs)
        for patterns in self.patterns:
            yield from _of_patterns(patterns, runs)
        for near, edits in self.nearly:
            for form, places in runs.by_form.items():
                if distance(near, form, edits) is not None:
                    yield from (runs.spans[place] for place in places)

    def _of_parts(self, parts: tuple[str, ...], runs: "_Runs") -> Iterator[Span]:
        value = runs.value
        match parts:
            case (str(only),) if only.startswith(EXTENSION):
                if extension_of(value) == only.removeprefix(EXTENSION):
                    yield len(value) - len(only) + len(EXTENSION), len(value)
                return
            case (str(only),) if only.startswith(DOI):
                at = lower(value).find(only.removeprefix(DOI))
                if at >= 0:
                    yield at, at + len(only) - len(DOI)
                return
        wanted = tuple(part for part in parts if not part.startswith(END))
        if not wanted:
            return
        for place in runs.beginning(wanted[0]):
            if (runs.forms[place],) == wanted:
                yield runs.spans[place]
                continue
            for last in range(place, min(len(runs.spans), place + len(wanted) + _LONGER)):
                start, end = runs.spans[place][0], runs.spans[last][1]
                if self.stretches <= 0:
                    return
                self.stretches -= 1
                stretch = value[start:end]
                if wanted in readings(stretch) or wanted == (folded(unified(stretch)),):
                    yield start, end
                    break


def _may_have(value: str, parts: Sequence[str]) -> bool:
    """Whether it is worth looking: nearly no value has what is looked for."""
    if not value.isascii():
        return True
    low, squeezed = _squeezed(value)
    return all(
        part.lstrip(_MARKS) in low or part in squeezed for part in parts if not part.startswith(END)
    )


@lru_cache(8)
def _squeezed(value: str) -> tuple[str, str]:
    low = value.lower()
    return low, _NO_PART.sub("", low)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of a value, folded; numbers without the zeros before them."""

    value: str
    spans: list[Span]
    forms: list[str]
    by_form: dict[str, list[int]]  # their places
    by_initial: dict[str, list[str]]  # forms by their first character; empty: of other scripts

    @classmethod
    def of(cls, value: str) -> "_Runs":
        spans = list(_runs(value))
        forms = [_form(value[start:end]) for start, end in spans]
        by_form: dict[str, list[int]] = {}
        for place, form in enumerate(forms):
            by_form.setdefault(form, []).append(place)
        by_initial: dict[str, list[str]] = {}
        for form in by_form:
            by_initial.setdefault(form[:1] if form.isascii() else "", []).append(form)
        return cls(value, spans, forms, by_form, by_initial)

    def beginning(self, part: str) -> Iterator[int]:
        """The places where a part may begin: a run is all of it, or the first of several."""
        for form in self.by_initial.get(part[0], ()):
            if part.startswith(form):
                yield from self.by_form[form]
        for form in self.by_initial.get("", ()):
            yield from self.by_form[form]


def _form(run: str) -> str:
    return _remembered_form(run) if len(run) <= _LONGEST_RUN else _form_of(run)


@lru_cache(50_000)
def _remembered_form(run: str) -> str:
    return _form_of(run)


def _form_of(run: str) -> str:
    form = folded(unified(run))
    return (form.lstrip("0") or "0") if form.isdigit() else form


def _runs(value: str) -> Iterator[Span]:
    for found in _RUN.finditer(value):
        at = found.start()
        for inner in _INNER.finditer(value, *found.span()):
            yield at, inner.start()
            at = inner.start()
        yield at, found.end()


def _of_patterns(patterns: Sequence[Wildcards], runs: _Runs) -> Iterator[Span]:
    forms, spans = runs.forms, runs.spans
    first, *rest = patterns
    for form, places in runs.by_form.items():
        if first.fits(form):
            for place in places:
                found = forms[place + 1 : place + len(patterns)]
                if len(found) == len(rest) and all(
                    one.fits(other) for one, other in zip(rest, found, strict=True)
                ):
                    yield spans[place][0], spans[place + len(rest)][1]

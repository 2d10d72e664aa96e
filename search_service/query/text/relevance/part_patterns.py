"""A pattern with ``*`` and ``?`` → patterns over the parts of a text.

``XB07_0?_absor*`` is taken apart as a name is: runs of letters and of digits, in order. A ``*``
between runs stands for anything, so what follows it need not come next. Not here: patterns over
whole words, see ``parts.wildcard``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, product
from math import prod

from analyzers import parts as of_names
from analyzers.folding import folded, unified
from analyzers.numbers import date_parts
from search_service.query.conditions import any_of
from search_service.query.text import patterns
from search_service.query.tree import (
    ANY,
    ONE,
    Bool,
    Characters,
    Mark,
    PartPatterns,
    Parts,
    PartWildcard,
    Pattern,
    Query,
)

_MOST_OPEN = 2
"""``?`` of a run that may stand among others in order: a few hundred parts are tried for it."""

_MOST_WAYS = 24
"""Ways to write the numbers of a pattern; where there are more, each may stand anywhere."""

_FEWEST_LETTERS = 3
"""Beside a ``*`` in such a run, for the same reason."""


def extension(pattern: Pattern) -> str | None:
    """The extension that a pattern like ``*.edf`` asks for.

    >>> extension((ANY, ".EDF")), extension((ANY, "edf")), extension(("a", ANY))
    ('edf', None, None)
    """
    match pattern:
        case (mark, str(rest)) if mark is ANY and rest.startswith("."):
            return of_names.extension_of(f"x{rest}")
        case _:
            return None


def over_parts(name: str, pattern: Pattern) -> Query | None:
    """What the pattern finds among the parts of a field; None when it asks for none."""
    if (ending := extension(pattern)) is not None:
        return _with_extension(name, str(pattern[1]), ending)
    ways = [way for way in (_runs(pattern, left=True), _runs(pattern, left=False)) if way]
    found = [_in_order(name, way) for way in dict.fromkeys(map(tuple, ways))]
    found += [PartWildcard((name,), piece) for piece in _mixed(pattern)]
    return any_of(dict.fromkeys(found)) if found else None


def _with_extension(name: str, literal: str, ending: str) -> Query:
    ends = Parts(name, (of_names.EXTENSION + ending,))
    if literal.count(".") == 1:
        return ends
    return Bool(must=(Parts(name, tuple(of_names.readings(literal)[0])), ends))


# ── runs ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Run:
    """Letters, or digits, with marks among them."""

    parts: list[str | Mark] = field(default_factory=list)
    is_open: bool = False  # a `*` parts it from what comes next

    def fits(self, sign: str) -> bool:
        literal = next((part for part in self.parts if isinstance(part, str)), sign)
        return literal.isdigit() == sign.isdigit()

    def pattern(self) -> Pattern:
        return patterns.joined(self.parts)


_Runs = tuple[Pattern, ...]


def _runs(pattern: Pattern, *, left: bool) -> list[_Runs]:
    """Runs that follow on, in groups that a ``*`` parts.

    ``left``: a ``?`` between letters and digits belongs to what it follows, else it parts them.
    (Where it belongs to what it leads, they stand together, see ``_mixed``.)
    """
    runs: list[_Run] = [_Run()]
    for part in _signs(pattern):
        last = runs[-1]
        if part is None:
            if last.parts:
                last.is_open = last.is_open or last.parts[-1] is ANY
                runs.append(_Run())
        elif isinstance(part, Mark) or last.fits(part):
            last.parts.append(part)
        else:
            if last.parts[-1] is ANY:
                last.is_open = True
            elif last.parts[-1] is ONE and not left:
                last.parts.pop()
            runs.append(_Run([ANY, part] if last.is_open else [part]))
    groups: list[list[Pattern]] = [[]]
    for run in runs:
        found = run.pattern()
        if found and found[0] is ANY and groups[-1]:
            groups.append([])
        if any(isinstance(part, str) for part in found):
            groups[-1].append(found)
        elif found:
            groups.append([])
        if run.is_open and groups[-1]:
            groups.append([])
    return [tuple(group) for group in groups if group]


def _signs(pattern: Pattern) -> Iterable[str | Mark | None]:
    """Letters, digits and marks; None for what is between."""
    for part in pattern:
        if isinstance(part, Mark):
            yield part
        else:
            for sign in folded(unified(part)):
                yield sign if sign.isalnum() else None


def _in_order(name: str, groups: Sequence[_Runs]) -> Query:
    found = [_group(name, group) for group in groups]
    return found[0] if len(found) == 1 else Bool(must=tuple(found))


def _group(name: str, runs: _Runs) -> Query:
    kept = [*map(_as_kept, runs)]
    if len(runs) > 2 and _is_month(runs[-3], runs[-2]):
        kept[-1] = _as_day(runs[-1]) or kept[-1]
    if prod(map(len, kept)) > _MOST_WAYS:
        return Bool(must=tuple(any_of(_in_row(name, [way]) for way in ways) for ways in kept))
    return any_of(_in_row(name, ways) for ways in product(*kept))


def _is_month(year: Pattern, month: Pattern) -> bool:
    match year, month:
        case (str(first),), (str(second),):
            return date_parts(f"{first}{second:0>2}01") is not None
        case _:
            return False


def _as_day(run: Pattern) -> list[Pattern]:
    """The days that ``0*`` or ``1*`` stands for after a year and a month; none of anything else."""
    match run:
        case ("0", mark) if mark is ANY:
            return [(ONE,)]
        case (str(tens), mark) if mark is ANY and tens in ("1", "2", "3"):
            return [(tens,), (tens, ONE)]
        case _:
            return []


def _in_row(name: str, runs: Sequence[Pattern]) -> Query:
    if all(_is_literal(run) for run in runs):
        return Parts(name, tuple(str(run[0]) for run in runs))
    if len(runs) == 1:
        return PartWildcard((name,), runs[0], _characters(runs[0]))
    if all(_is_narrow(run) for run in runs):
        return PartPatterns(name, tuple((run, _characters(run)) for run in runs))
    return Bool(must=tuple(_stretches(name, runs)))


def _stretches(name: str, runs: Sequence[Pattern]) -> Iterable[Query]:
    """Runs that follow on where they are literal, each of the others anywhere."""
    for are_literal, stretch in groupby(runs, _is_literal):
        if are_literal:
            yield Parts(name, tuple(str(run[0]) for run in stretch))
        else:
            yield from (PartWildcard((name,), run, _characters(run)) for run in stretch)


def _as_kept(run: Pattern) -> list[Pattern]:
    """Numbers are kept without the zeros that they began with: `00??` may be `7` or `42`."""
    match run:
        case (str(first), *others) if first[0] == "0":
            bare = first.lstrip("0")
            if bare or not others:
                return [patterns.joined([bare or "0", *others])]
            marks = [part for part in others if part is ONE]
            if len(marks) == len(others):
                return [tuple(marks[:length]) for length in range(1, len(marks) + 1)]
            return [patterns.joined(others)]
        case (mark, str(first)) if mark is ANY and first[0] == "0" and first.strip("0"):
            return [(ANY, first.lstrip("0"))]
        case _:
            return [run]


def _characters(run: Pattern) -> Characters:
    literal = "".join(part for part in run if isinstance(part, str))
    if literal.isalpha():
        # A word in another script has no such letters.
        return Characters.LATIN if literal.isascii() else Characters.LETTERS
    return Characters.DIGITS


def _is_literal(run: Pattern) -> bool:
    return len(run) == 1 and isinstance(run[0], str)


def _is_narrow(run: Pattern) -> bool:
    if ANY not in run:
        return run.count(ONE) <= _MOST_OPEN
    literal = "".join(part for part in run if isinstance(part, str))
    return literal.isalpha() and len(literal) >= _FEWEST_LETTERS


def _mixed(pattern: Pattern) -> Iterable[Pattern]:
    """The pattern over letters and digits that stand together, where nothing else is in it."""
    signs = [*_signs(pattern)]
    literals = [sign for sign in signs if isinstance(sign, str)]
    if None in signs or not any(sign.isdigit() for sign in literals):
        return
    if any(sign.isalpha() for sign in literals):
        yield patterns.joined(sign for sign in signs if sign is not None)

"""The nodes of a text as it was typed: parsed, and not analysed yet.

``query.text.analyse`` makes a ``tree`` of them. ``field`` None: the default fields.
"""

from dataclasses import dataclass

from search_service.query.tree import Everything, Nothing, Pattern


@dataclass(frozen=True, slots=True)
class Match:
    """An unquoted word: any of the words that its analysis gives."""

    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class MatchPhrase:
    """Quoted text: its words in order, within ``slop`` moves."""

    field: str | None
    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class MatchWildcard:
    """Any word of this form."""

    field: str | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class MatchFuzzy:
    """A word spelled nearly so."""

    field: str | None
    text: str
    edits: int


@dataclass(frozen=True, slots=True)
class MatchRange:
    """A range of words by their bytes; None is an open end."""

    field: str | None
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


Raw = Match | MatchPhrase | MatchWildcard | MatchFuzzy | MatchRange


@dataclass(frozen=True, slots=True)
class ParsedBool:
    """A group as typed, clauses in order of each kind."""

    must: tuple["Parsed", ...] = ()
    should: tuple["Parsed", ...] = ()
    must_not: tuple["Parsed", ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedBoost:
    """``^factor`` as typed."""

    query: "Parsed"
    factor: float


Parsed = Raw | Everything | Nothing | ParsedBool | ParsedBoost

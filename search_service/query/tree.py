"""The nodes of an analysed query, which is all that an engine sees.

Scores: a term and a phrase score by BM25, parts by their rarity, every other leaf scores a constant
1, to which a word that may be spelled otherwise adds by what it finds; what is a filter scores
nothing. Not here: what was typed, before its words are analysed, see ``parsed``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from operator import is_
from typing import assert_never

from search_service.query.id_set import IdSet


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a pattern that is not literal text."""

    sign: str


class Characters(Enum):
    """Which characters ``*`` and ``?`` of a pattern stand for.

    An engine may leave out terms that fit with other characters alone, and need not: whoever asks
    wants none of them. Fewer characters compile faster.
    """

    ANYTHING = auto()
    ASCII = auto()
    LETTERS = auto()  # of parts: what begins with no digit and no sign
    LATIN = auto()  # a to z
    DIGITS = auto()


ANY = Mark("*")  # any text, also none
ONE = Mark("?")  # one character
Pattern = tuple[str | Mark, ...]  # literal text and marks


class _Leaf:
    """The class of every leaf: to find one in the union ``Leaf`` takes three times as long."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Everything(_Leaf):
    """Every document."""


@dataclass(frozen=True, slots=True)
class Nothing(_Leaf):
    """No document."""


@dataclass(frozen=True, slots=True)
class Term(_Leaf):
    """One indexed word of a text, path or exact field."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class SynonymGroup(_Leaf):
    """Any of single words that mean the same, so that a document with one is one with each.

    They weigh as one word that is as frequent as all of them together, once for each of them.
    """

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase(_Leaf):
    """Words at relative positions; two words or more."""

    field: str
    words: tuple[tuple[int, str], ...]
    slop: int = 0


@dataclass(frozen=True, slots=True)
class SynonymTerm(_Leaf):
    """A single word that means the same as one of the field (see ``analyzers.synonyms``)."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Parts(_Leaf):
    """Parts of a text one after the other (see ``analyzers.parts``); as rare as the rarest of them.

    They score by that alone: names of one instrument have one length.
    """

    field: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartWildcard(_Leaf):
    """A pattern over the parts of texts."""

    fields: tuple[str, ...]
    pattern: Pattern
    characters: Characters = Characters.ANYTHING


@dataclass(frozen=True, slots=True)
class PartPatterns(_Leaf):
    """Patterns over parts one after the other; each with few parts that it fits."""

    field: str
    patterns: tuple[tuple[Pattern, Characters], ...]


@dataclass(frozen=True, slots=True)
class PartFuzzy(_Leaf):
    """A part at most so many edits away from this one."""

    field: str
    part: str
    edits: int


@dataclass(frozen=True, slots=True)
class Wildcard(_Leaf):
    """A pattern over the indexed words of a field."""

    field: str
    pattern: Pattern
    characters: Characters = Characters.ANYTHING


@dataclass(frozen=True, slots=True)
class Fuzzy(_Leaf):
    """An indexed word at most so many edits away from this one.

    In a text or path it scores by BM25 too, for itself and for each word one edit away, see
    ``engines.near_words``.
    """

    field: str
    word: str
    edits: int  # 1 or 2, a transposition counts as one


@dataclass(frozen=True, slots=True)
class WordRange(_Leaf):
    """An indexed word between two, by their bytes; None is an open end."""

    field: str
    low: str | None
    high: str | None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Exact(_Leaf):
    """The whole value of an exact or facetable field is one of these."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExactWildcard(_Leaf):
    """A pattern over whole values of an exact or facetable field; case counts."""

    field: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class NumberRange(_Leaf):
    """Inclusive; None is an open end."""

    field: str
    low: int | float | None
    high: int | float | None


@dataclass(frozen=True, slots=True)
class Numbers(_Leaf):
    """A number field equals one of these; many ids are an ``IdSet``."""

    field: str
    values: tuple[int | float, ...] | IdSet


@dataclass(frozen=True, slots=True)
class Exists(_Leaf):
    """The document has something in this field to be found by."""

    field: str


@dataclass(frozen=True, slots=True)
class Join:
    """Documents whose ``on`` equals the field ``by`` of some document of ``entity`` that matches.

    ``scored``: a document scores the mean of its joined documents' scores, otherwise a constant 1.
    """

    entity: str
    by: str
    on: str
    query: "Query"
    scored: bool = False


@dataclass(frozen=True, slots=True)
class Bool:
    """All of ``must`` and ``filter``, none of ``must_not``; ``should`` adds to the score.

    Without ``must`` and ``filter`` at least one of ``should`` has to match: only exclusions find
    nothing.
    """

    must: tuple["Query", ...] = ()
    should: tuple["Query", ...] = ()
    must_not: tuple["Query", ...] = ()
    filter: tuple["Query", ...] = ()
    is_simple: bool = field(default=False, kw_only=True, compare=False, repr=False)
    """Whether ``query.simplify`` made it, which need not look at it again."""


@dataclass(frozen=True, slots=True)
class Boost:
    """Scores times a factor."""

    query: "Query"
    factor: float


@dataclass(frozen=True, slots=True)
class Constant:
    """What the query finds, each with the same score."""

    query: "Query"
    score: float


Leaf = (
    Everything
    | Nothing
    | Term
    | SynonymGroup
    | SynonymTerm
    | Phrase
    | Parts
    | PartWildcard
    | PartPatterns
    | PartFuzzy
    | Wildcard
    | Fuzzy
    | WordRange
    | Exact
    | ExactWildcard
    | NumberRange
    | Numbers
    | Exists
)
Query = Leaf | Join | Bool | Boost | Constant


def children(query: Query) -> tuple[Query, ...]:
    """The queries that a query is made of, none of a leaf.

    That of a join is over the documents of another entity.
    """
    match query:
        case Bool(must, should, must_not, filters):
            return (*must, *should, *must_not, *filters)
        case Boost(inner) | Constant(inner) | Join(query=inner):
            return (inner,)
        case _Leaf():
            return ()
        case _:
            assert_never(query)


def rebuilt(query: Query, of: Callable[[Query], Query]) -> Query:
    """The same node with ``of`` of each of its children; itself where they are the same."""
    match query:
        case Bool(must, should, must_not, filters):
            clauses = must, should, must_not, filters
            others = tuple(tuple(map(of, queries)) if queries else () for queries in clauses)
            return query if _are_same(clauses, others) else Bool(*others)
        case Boost(inner, factor):
            other = of(inner)
            return query if other is inner else Boost(other, factor)
        case Constant(inner, score):
            other = of(inner)
            return query if other is inner else Constant(other, score)
        case Join(query=inner):
            other = of(inner)
            return query if other is inner else replace(query, query=other)
        case _Leaf():
            return query
        case _:
            assert_never(query)


def _are_same(
    clauses: tuple[tuple[Query, ...], ...], others: tuple[tuple[Query, ...], ...]
) -> bool:
    """By identity: to compare what they hold would take longer than to make them again."""
    return all(
        all(map(is_, queries, changed)) for queries, changed in zip(clauses, others, strict=True)
    )


def alternatives(query: Query) -> tuple[Query, ...]:
    """The queries of a group of which one has to match, and no more; else the query itself."""
    if isinstance(query, Bool) and not (query.must or query.must_not or query.filter):
        return query.should
    return (query,)

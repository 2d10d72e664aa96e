"""What the leaves of a query take in a search worker, known before the query is carried out.

A word is looked up; a pattern, a range and a word that is spelled nearly so are compiled into an
automaton and mark the documents that they find, those of all leaves at once. Measured, see
``docs/decisions/0031-a-request-has-a-price.md``. Not here: documents that match, of which an engine
has a few at a time, and the ids of joined documents, see ``engines.joins``.
"""

from collections.abc import Callable
from typing import assert_never

from search_service.query.limits import QueryLimits
from search_service.query.text.patterns import is_beginning
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Mark,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Pattern,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
    children,
)

# All in bytes, of the embedded engine.
_WORD = 1_000
_WORD_IN_ORDER = 300
_NEAR_WORDS = 50_000  # those that weigh beside a word with ``~``: at most 50
_VALUE = 1_500
_ID = 100
_RANGE = 200_000  # of numbers: documents of a column are looked at by the thousand
_JOIN = 100_000
_LETTER = {0: 100, 1: 8_000, 2: 32_000}  # of a word by its edits
_WILDCARD = 80_000
_LITERAL = 4_000  # a letter beside wildcards, or before the one at the end
_END = 120_000  # a letter at an end of a range of words
_WITHOUT_END = 100_000

_SEGMENT = 20_000_000
"""Documents of a part of an index that is searched at a time, of which each has a bit."""

MB = 1_000_000


def _unknown(entity: str) -> int:
    return 0


class Price:
    """Adds up what queries take, and refuses what goes beyond the limit.

    A part counts in each place where it stands: an engine carries it out in each.
    """

    def __init__(self, limits: QueryLimits, documents: Callable[[str], int] = _unknown) -> None:
        """``documents``: how many an entity has."""
        self._limits = limits
        self._documents = documents
        self._bytes = 0
        # By identity, which holds as long as the queries are kept: a part may stand in many places.
        self._known: dict[tuple[int, str], tuple[int, Query]] = {}

    @property
    def bytes(self) -> int:
        """What all queries so far take together."""
        return self._bytes

    def add(self, query: Query, entity: str) -> None:
        """A query over documents of an entity. Raises LimitExceeded where all take too much."""
        self._bytes += self._of(query, entity)
        megabytes = -(-self._bytes // MB)
        self._limits.check(
            "max_search_memory",
            megabytes,
            f"The words, wildcards, ranges and conditions of the search may take {megabytes:,} MB",
        )

    def _of(self, query: Query, entity: str) -> int:
        while isinstance(query, (Boost, Constant)):  # takes nothing itself
            query = query.query
        kind = type(query)
        if kind in _WORDS:
            return _WORD
        if isinstance(query, (Bool, Join)):
            return self._of_group(query, entity)
        return _of_node(query) + (self._of_marks(entity) if kind in _MARKING else 0)

    def _of_group(self, query: Bool | Join, entity: str) -> int:
        key = id(query), entity
        known = self._known.get(key)
        if known is not None:
            return known[0]
        found, among = 0, entity
        if isinstance(query, Join):
            found, among = _JOIN + self._of_marks(entity), query.entity
        for part in children(query):
            found += self._of(part, among)
        self._known[key] = found, query
        return found

    def _of_marks(self, entity: str) -> int:
        return min(self._documents(entity), _SEGMENT) // 8


# By the type itself, as most parts of a query are of these: every search is looked at.
_WORDS = frozenset((Term, SynonymTerm, Exists, Everything, Nothing))
_MARKING = frozenset(
    (Fuzzy, PartFuzzy, Wildcard, PartWildcard, PartPatterns, ExactWildcard, WordRange)
)
"""They mark all documents that they find before the first is looked at, and so does a join."""


def _of_node(query: Query) -> int:
    match query:
        case Phrase(words=words) | SynonymGroup(words=words) | Parts(parts=words):
            return _WORD + _WORD_IN_ORDER * len(words)
        case Fuzzy(_, word, edits):
            return _WORD + _NEAR_WORDS + _LETTER[edits] * (len(word) + 1)
        case PartFuzzy(_, part, edits):
            return _WORD + _LETTER[edits] * (len(part) + 1)
        case PartWildcard(fields, pattern):
            return _WORD * len(fields) + _of_pattern(pattern)
        case Wildcard(pattern=pattern) | ExactWildcard(pattern=pattern):
            return _of_pattern(pattern)
        case PartPatterns(_, patterns):
            return sum(_of_pattern(pattern) for pattern, _ in patterns)
        case WordRange(_, low, high):
            return _WITHOUT_END + _END * (len(low or "") + len(high or ""))
        case Exact(values=values):
            return _WORD + _VALUE * len(values)
        case Numbers(values=values):
            return _WORD + _ID * len(values)
        case NumberRange():
            return _RANGE
        case Term() | SynonymTerm() | Exists() | Everything() | Nothing():
            return _WORD
        case Bool() | Boost() | Constant() | Join():
            return 0  # see ``_of_group``
        case _:
            assert_never(query)


def _of_pattern(pattern: Pattern) -> int:
    # What begins so stands together in a dictionary: the wildcard at the end takes nothing.
    costly = pattern[:-1] if is_beginning(pattern) else pattern
    return _LITERAL + sum(
        _WILDCARD if isinstance(part, Mark) else _LITERAL * len(part) for part in costly
    )

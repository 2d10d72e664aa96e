"""What a caller asks for, as shapes: made by ``conditions``, ``pages`` and ``service.wire``.

``query.build`` makes trees of them. Not here: whether a field or an entity exists, which
``query.conditions`` says.
"""

from dataclasses import dataclass

from search_service.catalogue.model import Join
from search_service.query.order import Cursor, Order

Number = int | float


@dataclass(frozen=True, slots=True)
class Between:
    """An inclusive range; None is an open end."""

    low: Number | None = None
    high: Number | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Both ends inclusive, in epoch milliseconds; None is an open end."""

    lower: int | None = None
    upper: int | None = None


@dataclass(frozen=True, slots=True)
class ParameterCondition:
    """Some parameter meets all that is given. Strings are patterns with ``*`` and ``?``."""

    name: str | None = None
    units: str | None = None
    value: str | Period | Between | None = None


# ── filters ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Equals:
    """A number, which a stored range that holds it equals too."""

    number: Number


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """A field of a joined document: an exact string, a number or a range of numbers."""

    field: str
    test: str | Equals | Between
    units: str | None = None


@dataclass(frozen=True, slots=True)
class FieldFilter:
    """``entity.field``: any of exact strings and ranges."""

    entity: str  # as the caller wrote it
    field: str
    any_of: tuple[str | Between, ...]


@dataclass(frozen=True, slots=True)
class OwnFilter:
    """``field``: any of ranges, of a field of the target whose name was left out."""

    field: str
    any_of: tuple[str | Between, ...]


@dataclass(frozen=True, slots=True)
class JoinedFilter:
    """``entity``: for each group of conditions one joined document that meets all of them."""

    entity: str  # as the caller wrote it
    each: tuple[tuple[FieldCondition, ...], ...]


Filter = FieldFilter | OwnFilter | JoinedFilter


BY_RELEVANCE = Order()
WHENEVER = Period()


# ── searches ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a hit must meet, all of it. None: not asked for."""

    text: str | None = None
    user: str | None = None
    user_full_name: str | None = None
    period: Period = WHENEVER
    parameters: tuple[ParameterCondition, ...] = ()
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinedFields:
    """Fields of an entity that joins to the hits, asked for as ``Entity field``."""

    key: str  # in the answer
    entity: str
    join: Join | None  # to the hits' entity; None: nothing joins
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A page of hits."""

    entity: str  # as the table writes it
    conditions: Conditions
    limit: int
    order: Order = BY_RELEVANCE
    after: Cursor | None = None
    fields: frozenset[str] = frozenset()  # of the hits themselves
    joined: tuple[JoinedFields, ...] = ()


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ValueCondition:
    """A field equals any of these; of none of these: nothing is found."""

    field: str
    any_of: tuple[str | Number, ...]


@dataclass(frozen=True, slots=True)
class LabelRange:
    """``low`` inclusive, ``high`` exclusive, as the caller wrote them; None is an open end."""

    label: str
    low: Number | None
    high: Number | None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field to count by: its values, or ranges of numbers."""

    field: str
    ranges: tuple[LabelRange, ...] | None = None


@dataclass(frozen=True, slots=True)
class FacetRequest:
    """How many documents have which values."""

    entity: str  # as the table writes it, or as the caller did when there is no such entity
    conditions: tuple[ValueCondition, ...]
    dimensions: tuple[Dimension, ...] | None  # None: every facetable field that occurs
    labels: int  # at most so many for a field; 0: every dimension asked for, without labels

"""What somebody asks by the search page: read from its address, and written into others.

The address holds all of it, so that a page can be sent to somebody, and the way back is the
browser's. Not here: what comes of it, see ``results``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any
from urllib.parse import urlencode

from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, FieldKind
from search_service.errors import BadRequest

HITS = 10
# Each has a link that has all the others: thousands made a page of 190 MB of an address of 60 kB.
MOST_NARROWINGS = 50
_LABELS = 8
_OF_JOINED = 3  # dimensions of what joins to hits: each takes a search of its own


@dataclass(frozen=True, slots=True)
class Facet:
    """A dimension that the page counts by; ``entity``: whose documents are counted."""

    entity: Entity
    field: str

    @property
    def key(self) -> str:
        """In addresses."""
        return f"{self.entity.name}.{self.field}"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Only hits with this label."""

    facet: Facet
    label: str


@dataclass(frozen=True, slots=True)
class SearchForm:
    """``user``: empty, for what is public. ``before``: hits of the pages before this one.

    ``why``: the id of a document of which it is asked why it is found or not.
    """

    entity: Entity
    user: str = ""
    public: bool = True
    text: str = ""
    sort: str = ""
    narrowings: tuple[Narrowing, ...] = ()
    cursor: str = ""
    before: int = 0
    why: int | None = None
    # Of each part of an address what it is there: a page has a hundred links that share most, and a
    # part may be as long as an address.
    _quoted: dict[tuple[str, str], str] = dataclass_field(
        default_factory=dict, compare=False, repr=False
    )

    def address(self, **changes: Any) -> str:
        """The page with something else asked for; from the first hit on, unless that says so."""
        first: dict[str, Any] = {"cursor": "", "before": 0, "why": None}
        asked = replace(self, **{**first, **changes})
        pairs = [
            ("entity", asked.entity.name.lower()),
            ("user", asked.user),
            ("public", "1" if asked.public and asked.user else ""),
            ("q", asked.text),
            ("sort", asked.sort),
            *(("f", f"{one.facet.key}:{one.label}") for one in asked.narrowings),
            ("cursor", asked.cursor),
            ("before", str(asked.before or "")),
            ("why", "" if asked.why is None else str(asked.why)),
        ]
        return f"/?{'&'.join(self._quoted_part(pair) for pair in pairs if pair[1])}"

    def with_narrowing(self, one: Narrowing) -> str:
        """The page with fewer hits."""
        return self.address(narrowings=(*self.narrowings, one))

    def without(self, one: Narrowing) -> str:
        """The page without a narrowing."""
        return self.address(narrowings=tuple(other for other in self.narrowings if other != one))

    def _quoted_part(self, pair: tuple[str, str]) -> str:
        found = self._quoted.get(pair)
        if found is None:
            found = self._quoted[pair] = urlencode([pair])
        return found

    def conditions(self) -> dict[str, Any]:
        """The keys of a request that choose the hits."""
        body: dict[str, Any] = {"entity": self.entity.name.lower()}
        if self.user:
            body["user"] = self.user
        if self.public or not self.user:
            body["public"] = True
        if self.text:
            body["text"] = self.text
        if filters := _filters(self.entity, self.narrowings):
            body["filter"] = filters
        return body

    def request(self, facets: Iterable[Facet]) -> dict[str, Any]:
        """The body of ``POST /v1/search``."""
        body = {**self.conditions(), "limit": HITS}
        if self.sort:
            field, _, direction = self.sort.partition(":")
            body["sort"] = {field: direction}
        asked = [
            {"dimension": facet.field, "limit": _LABELS}
            | ({} if facet.entity == self.entity else {"entity": facet.entity.name})
            for facet in facets
        ]
        if asked:
            body["facets"] = asked
        if self.cursor:
            body["cursor"] = self.cursor
        return body


def read_form(pairs: Collection[tuple[str, str]], facet_fields: Collection[str]) -> SearchForm:
    """The form of an address; what it does not know in it is passed over.

    Raises BadRequest where it is narrowed too often.
    """
    found = dict(pairs)
    asked = lookup.find_entity(found.get("entity", ""))
    entity = asked if asked is not None and asked.searched else searched()[0]
    by_key = {facet.key: facet for facet in facets_of(entity, facet_fields)}
    narrowings = [
        Narrowing(by_key[key], label)
        for name, value in pairs
        if name == "f"
        for key, _, label in [value.partition(":")]
        if key in by_key and label
    ]
    if len(narrowings) > MOST_NARROWINGS:
        raise BadRequest(
            f"A page is narrowed by {MOST_NARROWINGS} labels at most, and not by "
            f"{len(narrowings):,}; ask POST /v1/search"
        )
    user = found.get("user", "").strip()
    sort = found.get("sort", "")
    return SearchForm(
        entity,
        user,
        public=not user or found.get("public") == "1",
        text=found.get("q", "").strip(),
        sort=sort if sort in dict(sorts_of(entity)) else "",
        narrowings=tuple(dict.fromkeys(narrowings)),
        cursor=found.get("cursor", ""),
        before=_number(found.get("before", "")) or 0,
        why=_number(found.get("why", "")),
    )


def searched() -> list[Entity]:
    """The entities that can be searched."""
    return [entity for entity in ENTITIES if entity.searched]


def sorts_of(entity: Entity) -> list[tuple[str, str]]:
    """Orders of hits beside relevance: as in an address, and in words."""
    found = []
    for field in entity.fields:
        if not field.sortable or "." in field.name or field.name == entity.id_field:
            continue
        ends = ("a to z", "z to a") if field.has_values else ("lowest first", "highest first")
        if is_date(field.name):
            ends = ("oldest first", "newest first")
        name = in_words(field.name)
        found += [
            (f"{field.name}:asc", f"{name}, {ends[0]}"),
            (f"{field.name}:desc", f"{name}, {ends[1]}"),
        ]
    return found


def facets_of(entity: Entity, facet_fields: Collection[str]) -> list[Facet]:
    """What hits of an entity are counted by: its own fields, and those of what joins to it."""
    own = [
        Facet(entity, field.name)
        for field in entity.fields
        if field.has_values and field.name in facet_fields
    ]
    joined = [
        Facet(other, field.name)
        for other in ENTITIES
        if not other.searched and lookup.join(other.name, entity.name) is not None
        for field in other.fields
        if field.kind is FieldKind.TEXT
        and field.name in facet_fields
        and field.name not in entity.by_name
    ]
    by_name = {one.field: one for one in reversed(joined)}
    return [*own, *list(by_name.values())[::-1][:_OF_JOINED]]


def in_words(name: str) -> str:
    """A field for people.

    >>> in_words("investigation.startDate"), in_words("doi"), in_words("type.name")
    ('investigation start date', 'DOI', 'type')
    """
    of_what = name.removesuffix(".name")
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in of_what)
    return " ".join("DOI" if word == "doi" else word for word in spaced.replace(".", " ").split())


def is_date(name: str) -> bool:
    """Whether a field of numbers holds dates, whichever entity it is repeated from."""
    return name.rpartition(".")[2] in {date for entity in ENTITIES for date in entity.dates}


def _filters(entity: Entity, narrowings: Iterable[Narrowing]) -> dict[str, Any]:
    """Any of the labels of a field of its own; each of those of what joins to it."""
    found: dict[str, Any] = {}
    for one in narrowings:
        if one.facet.entity == entity:
            found.setdefault(one.facet.key, []).append(one.label)
            continue
        condition = {"field": one.facet.field, "value": one.label}
        found.setdefault(one.facet.entity.name, []).append({"filter": [condition]})
    return found


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None

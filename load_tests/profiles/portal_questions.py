"""Questions that a portal sends to `/v1`: searches with facets, their next pages, suggestions."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from load_tests.documents import Facility
from load_tests.queries import Request, frequent, word

LIMIT = 20
SUGGESTIONS = 8
Facet = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """What a portal's page of results shows of an entity. ``key``: says a hit's investigation."""

    fields: tuple[str, ...]
    facets: tuple[Facet, ...]
    key: str


PAGES: Mapping[str, Page] = {
    "investigation": Page(
        ("name", "visitId", "title", "startDate", "InvestigationInstrument instrument.fullName"),
        ({"dimension": "type.name"},),
        "id",
    ),
    "dataset": Page(
        ("name", "description", "startDate", "visitId", "investigation.id", "sample.name"),
        (
            {"dimension": "type.name"},
            {"dimension": "technique.name", "entity": "DatasetTechnique"},
        ),
        "investigation.id",
    ),
    "datafile": Page(
        ("name", "location", "date", "fileSize", "visitId", "investigation.id"),
        ({"dimension": "datafileFormat.name"},),
        "investigation.id",
    ),
}


@dataclass(frozen=True)
class Question:
    """A search as a person has it in mind: what for, in which words, in whose name."""

    entity: str
    text: str | None
    user: str | None = None
    filter: tuple[tuple[str, str], ...] = ()
    sort: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None

    @property
    def page(self) -> Page:
        """What is shown of what it finds."""
        return PAGES[self.entity]

    def request(self) -> Request:
        """It as a request."""
        body: dict[str, Any] = {
            "entity": self.entity,
            "public": True,
            "fields": self.page.fields,
            "facets": self.page.facets,
            "limit": LIMIT,
        }
        optional = {"text": self.text, "user": self.user, "cursor": self.cursor}
        body |= {key: value for key, value in optional.items() if value is not None}
        body |= {"filter": dict(self.filter)} if self.filter else {}
        body |= {"sort": dict(self.sort)} if self.sort else {}
        return Request("/v1/search", json.dumps(body, ensure_ascii=False).encode())

    def narrowed(self, facet: Facet, label: str) -> "Question":
        """The same for what has a label of a facet."""
        of = facet.get("entity", self.entity).lower()
        return replace(self, filter=((f"{of}.{facet['dimension']}", label),), cursor=None)


def question(facility: Facility, dice: random.Random, user: str | None = None) -> Question:
    """Somebody's question: mostly one or two words."""
    (entity,) = dice.choices(tuple(PAGES), (4, 3, 3))
    words = [word(facility, dice)]
    if dice.random() < 0.5:
        words.append(frequent(facility, dice))
    return Question(entity, " ".join(words), user)


def suggestion(entity: str, prefix: str, user: str | None) -> Request:
    """What may be meant by what was typed so far."""
    named = {} if user is None else {"user": user}
    values = {"entity": entity, "prefix": prefix, "public": "true", "limit": SUGGESTIONS, **named}
    return Request(f"/v1/suggest?{urlencode(values)}", b"")

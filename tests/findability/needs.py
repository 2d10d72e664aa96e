"""What people look for, and when they have found it.

A need is a row in a file of ``data``:

``kind``               where the file has needs of several kinds
``entity``, ``text``   what is searched; ``user``, ``filter``, ``parameters``, ``lower``, ``upper``,
                       ``userFullName`` go into the query too
``times``              the text is so often repeated
``want``               the documents: names, titles, visits or locations, ``*`` for anything. All of
                       them must be among the first hits
``within``             how many first hits may hold them; as many as are wanted if it is not said
``least``              so many of the wanted are enough (and ``within`` is that number, if not said)
``never``              what must not be found at all
``nothing``            nothing is to be found
``refused``            to be told what is wrong: 400 with a sentence
``no_matter``          hits, nothing, or a 400 with a sentence
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.findability.catalogue import catalogue, files, handles

LIMIT = 100
"""Hits that are looked at."""

IN_THE_QUERY = ("text", "user", "userFullName", "filter", "parameters", "lower", "upper")
ABOUT = {
    "kind",
    "entity",
    "want",
    "within",
    "least",
    "never",
    "nothing",
    "refused",
    "no_matter",
    "times",
}


@dataclass(frozen=True)
class Need:
    """What somebody types, and the ids of what they mean."""

    kind: str
    entity: str
    query: Mapping[str, Any]
    wanted: frozenset[int]
    least: int
    within: int
    never: frozenset[int]
    nothing: bool = False
    refused: bool = False
    no_matter: bool = False

    def __str__(self) -> str:
        return f"{self.entity} {dict(self.query)!r}"


@dataclass(frozen=True)
class Found:
    """What a service answered."""

    status: int
    ids: tuple[int, ...] = ()
    message: str = ""


class WrongNeed(Exception):
    """A row that says something impossible."""


@cache
def needs() -> tuple[Need, ...]:
    """All of them, kind by kind."""
    made = [
        _need(row.get("kind") or content["kind"], row)
        for content in files()
        for row in content["needs"]
    ]
    return tuple(sorted(made, key=lambda need: need.kind.lower()))


def is_met(need: Need, found: Found) -> bool:
    """Whether the person has what they looked for."""
    told = found.status == 400 and bool(found.message)
    if need.no_matter:
        return found.status == 200 or told
    if need.refused:
        return told
    if found.status != 200 or need.never.intersection(found.ids):
        return False
    if need.nothing:
        return not found.ids
    return len(need.wanted.intersection(found.ids[: need.within])) >= need.least


def _need(kind: str, row: Mapping[str, Any]) -> Need:
    entity = row["entity"]
    if unknown := row.keys() - ABOUT - set(IN_THE_QUERY):
        raise WrongNeed(f"{kind}: {sorted(unknown)} of {row} mean nothing")
    wanted = frozenset(_ids(entity, row.get("want", ())))
    outcomes = [name for name in ("nothing", "refused", "no_matter") if row.get(name)]
    if len(outcomes) + bool(wanted) != 1 and not row.get("never"):
        raise WrongNeed(f"{kind}: {row} should want something or say what else is right")
    least = row.get("least", len(wanted))
    need = Need(
        kind=kind,
        entity=entity,
        query={name: row[name] for name in IN_THE_QUERY if name in row} | _repeated(row),
        wanted=wanted,
        least=least,
        within=row.get("within", least),
        never=frozenset(_ids(entity, row.get("never", ()))),
        **dict.fromkeys(outcomes, True),
    )
    if need.within < need.least or need.least > len(wanted) or need.never & wanted:
        raise WrongNeed(f"{kind}: {row} cannot be met ({len(wanted)} are wanted)")
    return need


def _repeated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": row["text"] * row["times"]} if "times" in row else {}


def _ids(entity: str, patterns: list[str]) -> Iterator[int]:
    for pattern in patterns:
        fits = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
        found = [
            document["id"]
            for document in catalogue().documents[entity]
            if any(map(fits.fullmatch, handles(entity, document)))
        ]
        if not found:
            raise WrongNeed(f"no {entity} is called {pattern}")
        yield from found

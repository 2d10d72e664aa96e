"""Cursors of ``/v1``: where a page ended, as a text that only this service reads.

A cursor goes on with the search that it was given for, as of the moment of its first page: what
became public since does not move the pages. It opens nothing: whose rights hold is said again with
each page.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import orjson

from search_service.engines.base import Hit
from search_service.errors import BadRequest, CursorRefused
from search_service.query.order import Cursor
from search_service.query.request.front_ends import SearchAsked
from search_service.query.request.pages import read_cursor, write_cursor
from search_service.query.request.values import an_integer

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page goes on, and for which moment it was asked."""

    after: Cursor
    moment: int


def written(asked: SearchAsked, moment: int, last: Hit, rank: int) -> str:
    """The cursor behind a hit."""
    place = write_cursor(asked.order, last.score, last.values, last.id, rank)
    content = orjson.dumps([_search(asked), moment, place])
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def read(asked: SearchAsked) -> Place | None:
    """Where the page goes on; None on the first. Raises CursorRefused."""
    if asked.cursor is None:
        return None
    search, moment, place = _parts(asked.cursor)
    if search != _search(asked):
        raise CursorRefused(
            "The 'cursor' belongs to another search; send it with the same conditions, order and "
            "user as the page before"
        )
    try:
        return Place(read_cursor(place, asked.order), an_integer(moment, "'cursor'"))
    except BadRequest:
        raise _unknown() from None


def _parts(cursor: str) -> tuple[Any, Any, Any]:
    try:
        content = urlsafe_b64decode(cursor[:_LONGEST] + "=" * (-len(cursor) % 4))
        search, moment, place = orjson.loads(content)
    except (ValueError, TypeError):
        raise _unknown() from None
    return search, moment, place


def _unknown() -> CursorRefused:
    return CursorRefused(
        "The 'cursor' is none that this service gave; leave it out for the first page"
    )


def _search(asked: SearchAsked) -> str:
    """Which search it is, however many hits a page has and whatever is told of them."""
    conditions = (asked.entity.name, asked.asker, asked.conditions, asked.order)
    return hashlib.sha256(repr(conditions).encode()).hexdigest()[:16]

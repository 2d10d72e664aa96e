"""What a searcher remembers between requests changes no answer: to whomever, after any change."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers import Units
from search_service.errors import ServiceError
from search_service.workers.searching.front_ends import SEARCH
from search_service.workers.searching.searcher import Searcher
from tests.support.dict_engine import DictReader, DictView
from tests.support.rights import OWN, SHARED, TYPED, USERS, Documents, Facility
from tests.support.searching import PEOPLE, reading

READING = reading(PEOPLE)
FIELDS = ["id", "name", "InvestigationUser user.name", "DatasetParameter type.name"]


@cache
def documents(seed: int) -> Documents:
    """Facilities with the same words, in other documents."""
    return Facility(seed, investigations=4).documents


def searcher(view: DictView) -> Searcher:
    """A new one, that remembers nothing."""
    reader = DictReader()
    reader.see(view)
    return Searcher(reader, READING, Units())


WORD = st.sampled_from([*SHARED, *OWN, *TYPED])
TEXT = st.one_of(WORD, st.lists(WORD, min_size=2, max_size=4).map(" ".join))
ENTITY = st.sampled_from(["investigation", "dataset", "datafile"])
REQUEST = st.tuples(ENTITY, TEXT, st.sampled_from([None, *USERS]), st.booleans())
STEP = REQUEST | st.integers(1, 3)  # a request, or other documents


def answered(
    one: Searcher, entity: str, text: str, user: str | None, is_of_front_end: bool
) -> bytes:
    """What a request is answered with, or refused."""
    who: Mapping[str, Any] = {} if user is None else {"user": user}
    try:
        if is_of_front_end:
            # All hits: a cursor to more of them has the moment in it.
            asked = {"entity": entity, "text": text, **(who or {"public": True}), "limit": 1000}
            return bytes(one.answer((SEARCH, "", b""), bytearray(orjson.dumps(asked))).body)
        body = {"query": {"text": text, **who}, "fields": FIELDS}
        params = urlencode({"maxResults": 5}).encode()
        question = ("search", entity, params)
        return bytes(one.answer(question, bytearray(orjson.dumps(body))).body)
    except ServiceError as error:
        return repr(error).encode()


@settings(max_examples=60)
@given(st.lists(STEP, min_size=2, max_size=8))
def test_a_searcher_answers_as_a_new_one(
    steps: list[tuple[str, str, str | None, bool] | int],
) -> None:
    view = DictView(1, 1, documents(1))
    old = searcher(view)
    for step in steps:
        if isinstance(step, int):
            view = DictView(view.version + 1, 1, documents(step))
            old.see(view)
        else:
            assert answered(old, *step) == answered(searcher(view), *step)

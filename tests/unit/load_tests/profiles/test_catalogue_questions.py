import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from load_tests.client import Answer
from load_tests.documents import Facility
from load_tests.profiles import catalogue_questions
from load_tests.profiles.catalogue_questions import Asked, page_after, page_facets, whole_page
from load_tests.profiles.truth import Truth
from load_tests.queries import Request

TRUTH = Truth(Facility(3_000))
NO_HITS = Answer(200, b'{"results":[]}')


def drawn(draw: Callable[[Truth, random.Random], Asked]) -> list[Asked]:
    dice = random.Random(1)
    return [draw(TRUTH, dice) for _ in range(20)]


@pytest.mark.parametrize(
    "draw",
    [
        catalogue_questions.own_data,
        catalogue_questions.own_words,
        catalogue_questions.words,
        catalogue_questions.path,
        catalogue_questions.wildcard,
        catalogue_questions.whole_page,
    ],
)
def test_questions_differ_and_finding_nothing_is_an_answer(
    draw: Callable[[Truth, random.Random], Asked],
) -> None:
    asked = drawn(draw)
    assert len({request for _, request, _ in asked}) > 10
    assert {check(NO_HITS) for _, _, check in asked} == {""}


def test_a_known_file_has_to_come_up() -> None:
    for _, request, check in drawn(catalogue_questions.known_file):
        text = json.loads(request.body)["query"]["text"]
        assert text.startswith('location.exact:"/')
        assert check(NO_HITS)


def test_facets_of_a_page_are_known_and_it_has_a_thousand_hits_at_most() -> None:
    for _, request, check in drawn(page_facets):
        body: Any = json.loads(request.body)
        ids = body["query"]["id"]
        assert 0 < len(ids) == len(set(ids)) <= 1_000
        counts: dict[str, dict[str, int]] = {}
        for id_ in ids:
            counts.setdefault(TRUTH.file(id_).format, {"doc_count": 0})["doc_count"] += 1
        found = {"aggregations": {"datafileFormat.name": {"buckets": counts}}}
        assert check(Answer(200, orjson.dumps(found))) == ""


def test_the_next_page_goes_on_where_the_last_one_ended() -> None:
    _, request, _ = drawn(whole_page)[0]
    after = {"doc": 5, "shardIndex": 0, "fields": ["a}b", 7]}
    answer = Answer(200, orjson.dumps({"results": [], "search_after": after}))
    following = page_after(request, answer)
    assert following is not None
    assert following.body == request.body
    again = page_after(following, answer)
    assert again == following
    assert json.loads(parse_qs(urlsplit(following.target).query)["search_after"][0]) == after


def test_there_is_no_page_after_the_last() -> None:
    assert page_after(Request("/a?maxResults=1", b""), NO_HITS) is None

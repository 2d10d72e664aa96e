"""Answers that would have too many hits, or too many bytes."""

from typing import Any

import pytest

from analyzers import Units
from search_service.errors import LimitExceeded
from search_service.service.searching.limits import AnswerLimits
from search_service.workers.searching.searcher import Searcher
from tests.support.dict_engine import DictReader
from tests.support.searching import PEER, Searching, reading

SENTENCE = "silk " * 200  # 1,000 bytes
FILES: dict[int, dict[str, Any]] = {
    id_: {"id": id_, "dataset.id": 1, "name": f"silk {id_}", "description": SENTENCE}
    for id_ in range(1, 601)
}
DATASETS: dict[int, dict[str, Any]] = {1: {"id": 1, "name": "silk", "description": SENTENCE * 50}}


def searching(limits: AnswerLimits) -> Searching:
    reader = DictReader({"Datafile": FILES, "Dataset": DATASETS})
    return Searching(Searcher(reader, reading(PEER), Units(), limits=limits))


@pytest.mark.parametrize("limit", [600, 601, 2**31 - 1])
def test_a_page_of_any_length_is_given_where_the_hits_are_no_more_than_allowed(limit: int) -> None:
    page = searching(AnswerLimits(hits=600)).search("Datafile", {"text": "silk"}, limit=limit)
    assert len(page.hits) == 600
    assert (page.after is not None) == (limit == 600)


def test_a_page_of_more_hits_than_allowed_is_refused_by_name() -> None:
    with pytest.raises(LimitExceeded, match="max_hits"):
        searching(AnswerLimits(hits=599)).search("Datafile", {"text": "silk"}, limit=2**31 - 1)


def test_pages_that_are_not_longer_than_allowed_go_through_all_hits() -> None:
    index = searching(AnswerLimits(hits=250))
    found: list[int] = []
    after = None
    while len(found) < 600:
        page = index.search("Datafile", {"text": "silk"}, limit=250, after=after)
        found += page.ids
        after = page.after
    assert sorted(found) == sorted(FILES)


@pytest.mark.parametrize(
    "fields", [("id", "description"), ("id", "Dataset description")], ids=["own", "joined"]
)
def test_an_answer_of_more_bytes_than_allowed_is_refused_by_name(fields: tuple[str, ...]) -> None:
    index = searching(AnswerLimits(size=1 << 19))
    assert index.search("Datafile", {"text": "silk"}, limit=5, fields=fields).hits
    with pytest.raises(LimitExceeded, match="max_answer"):
        index.search("Datafile", {"text": "silk"}, limit=600, fields=fields)


def test_documents_before_a_cut_of_fields_count_too() -> None:
    with pytest.raises(LimitExceeded, match="max_answer"):
        searching(AnswerLimits(size=100_000)).search("Datafile", {"text": "silk"}, limit=600)

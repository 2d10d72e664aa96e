"""Long texts are searched for although the cluster takes few clauses."""

from collections.abc import Iterator

import pytest

from search_service.query.order import Order
from search_service.query.tree import Bool, Boost, Constant, Phrase, Query, Term
from tests.support.dict_engine import DictReader
from tests.support.opensearch.indices import Indices, MadeIndices

pytestmark = pytest.mark.opensearch

WORDS = [f"word{n}" for n in range(700)]
FIELDS = ("title", "summary", "name")
DOCUMENTS = {
    "Investigation": {
        n: {
            "id": n,
            "title": " ".join(WORDS[: 35 * n]),
            "summary": " ".join(WORDS[n * 35 : n * 35 + 30]),
        }
        for n in range(1, 20)
    }
    | {100: {"id": 100, "title": "zinc tin"}}
}


@pytest.fixture(scope="module")
def made(indices: Indices) -> MadeIndices:
    return indices.made(DOCUMENTS)


def any_word(words: list[str]) -> Bool:
    return Bool(
        should=tuple(Bool(should=tuple(Term(field, word) for field in FIELDS)) for word in words)
    )


def hits(made: MadeIndices, query: Query) -> list[tuple[int, float | None]]:
    found = made.reader().page("Investigation", query, Order(), None, 1000)
    return [(hit.id, hit.score) for hit in found]


ABSENT = [f"absent{n}" for n in range(500)]


def test_words_that_no_document_has_do_not_count(made: MadeIndices) -> None:
    few, many = any_word(WORDS[:20]), any_word([*WORDS[:20], *ABSENT])
    assert hits(made, many) == hits(made, few)


def without_or_with(words: list[str]) -> Iterator[Query]:
    some = any_word(words)
    yield some
    yield Bool(must=(some,), should=(Term("title", "word3"),), filter=(Term("title", "word15"),))
    yield Bool(should=(some,), must_not=(Term("title", "word15"), Term("title", "absent")))
    yield Bool(must=(Boost(some, 2.0), Constant(Phrase("title", ((0, "word1"), (1, "word2"))), 3)))
    yield Bool(should=(some, Phrase("title", ((0, "word1"), (1, "absent1")))))


@pytest.mark.parametrize("query", list(without_or_with([*WORDS, *ABSENT])))
def test_a_text_of_very_many_words_finds_the_same_documents(
    made: MadeIndices, query: Query
) -> None:
    judge = DictReader(DOCUMENTS).tally("Investigation", query)
    assert len(hits(made, query)) == judge
    assert made.reader().tally("Investigation", query) == judge

"""The best hits of some words, found among the documents of the high parts alone."""

from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.pages.narrowed import narrowed_page
from search_service.engines.embedded.search.pages.ranked import ranked_page
from search_service.engines.embedded.search.queries.compile import compile_query
from search_service.engines.embedded.search.queries.upper_bounds import UpperBounds
from search_service.engines.embedded.search.queries.weights import Statistics, Weights
from search_service.engines.embedded.search.slice import Slice
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    NumberRange,
    Parts,
    Phrase,
    Query,
    Term,
)
from tests.support.shards import FACETABLE, reader_over

WORDS = ("scan", "dark", "flat", "tomo", "beam", "rare")
WEIGHTS = (60, 30, 20, 8, 4, 1)


@pytest.fixture(scope="module")
def slice_(tmp_path_factory: pytest.TempPathFactory) -> Slice:
    """Names of few words, and descriptions of up to eighty that repeat some."""
    dice = Random(5)

    def some(most: int) -> str:
        return " ".join(dice.choices(WORDS, WEIGHTS, k=dice.randint(1, most)))

    def dataset(id_: int) -> dict[str, Any]:
        longest = dice.choice([0, 3, 10, 80])
        description = {"description": some(longest)} if longest else {}
        return {"id": id_, "name": some(3), "startDate": id_ % 50, **description}

    documents = {id_: dataset(id_) for id_ in range(1, 2_001)}
    reader = reader_over(tmp_path_factory.mktemp("shard"), {"Dataset": documents}, 10_000, 450)
    (found,) = reader._slices.of("Dataset")
    return found


WORD = st.sampled_from(WORDS)
FIELD = st.sampled_from(["name", "description"])
LEAVES = st.one_of(
    st.builds(Term, FIELD, WORD),
    st.builds(lambda word: Parts("name", (word,)), WORD),
    st.builds(lambda field, a, b: Phrase(field, ((0, a), (1, b))), FIELD, WORD, WORD),
)
PARTS = st.one_of(LEAVES, st.builds(Boost, LEAVES, st.sampled_from([0.5, 3.0])))


@st.composite
def texts(draw: st.DrawFn) -> Query:
    """Some words, those that all have coming first; within a period or not."""
    words = draw(st.lists(st.tuples(FIELD, WORD), min_size=2, max_size=3, unique=True))
    terms = tuple(Term(field, word) for field, word in words)
    every = Constant(Bool(filter=terms), draw(st.sampled_from([2.0, 40.0])))
    text = Bool(should=(*terms, *draw(st.lists(PARTS, max_size=4)), every))
    if draw(st.booleans()):
        return Bool(must=(text,), filter=(NumberRange("startDate", 10, draw(st.integers(10, 50))),))
    return text


class Asked:
    """Pages and bounds of queries over a slice."""

    def __init__(self, slice_: Slice) -> None:
        self._slice = slice_
        self._weights = Weights(slice_, Statistics([slice_]))
        self.bounds = UpperBounds(slice_, self._weights)

    def page(self, limit: int, query: Query) -> list[SliceHit]:
        compiled = compile_query(query, self._slice, FACETABLE, "/\\", self._weights)
        return ranked_page(self._slice, compiled, None, limit)


@settings(max_examples=200)
@given(texts(), st.sampled_from([1, 10, 60]))
def test_it_is_the_page_of_all(slice_: Slice, text: Query, limit: int) -> None:
    asked = Asked(slice_)
    found = narrowed_page(text, asked.bounds, partial(asked.page, limit), limit, many=0)
    if found is not None:
        assert [hit.id for hit in found] == [hit.id for hit in asked.page(limit, text)]


@settings(max_examples=200)
@given(st.one_of(PARTS, texts()))
def test_no_document_scores_more_than_the_bound_and_no_more_match(
    slice_: Slice, query: Query
) -> None:
    asked = Asked(slice_)
    hits = asked.page(5_000, query)
    documents, score = asked.bounds.documents(query), asked.bounds.score(query)
    assert documents is not None
    assert score is not None
    assert len(hits) <= documents
    assert all(float(str(hit.values[0])) <= score * 1.0001 for hit in hits[:1])


def test_a_page_of_documents_that_have_both_words_is_found_among_them(slice_: Slice) -> None:
    asked = Asked(slice_)
    both = Bool(filter=(Term("name", "tomo"), Term("description", "scan")))
    words = (Term("name", "tomo"), Term("description", "scan"), Term("description", "dark"))
    text = Bool(should=(*words, Constant(both, 40.0)))
    tried: list[Query] = []

    def page(query: Query) -> list[SliceHit]:
        tried.append(query)
        return asked.page(20, query)

    assert narrowed_page(text, asked.bounds, page, 20, many=0) == asked.page(20, text)
    assert len(tried) == 1
    assert tried != [text]

"""Pages of any engine: exactly in order, however many hits are equal, on any shards."""

import random
from collections.abc import Iterator, Mapping
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import pytest

from search_service.engines.base import Hit, Reader
from search_service.query.order import Cursor, Order, SortKey
from search_service.query.tree import Bool, Everything, Numbers, Query, Term
from tests.support.dict_engine import DictReader
from tests.support.over import CLUSTER, THREE_SHARDS, over
from tests.support.shards import Documents, reader_over

WIDTHS = [
    pytest.param((10_000, 1), id="1-shard"),
    pytest.param((10_000, 3), id="1-shard-in-3-slices"),
    pytest.param((350, 2), id="3-shards-in-2-slices"),
    pytest.param((60, 1), id="17-shards-in-1-slice"),
    pytest.param((60, 5), id="17-shards-in-5-slices"),
    pytest.param(None, id="dicts"),
    CLUSTER,
    THREE_SHARDS,
]
ORDERS = [
    (("name", False),),
    (("name", True),),
    (("fileSize", False),),
    (("fileSize", True), ("name", False)),
    (("name", True), ("date", False), ("fileSize", True)),
    (("id", True),),
    (("numericValue", False), ("name", False)),
]


def some_documents() -> Documents:
    random_ = random.Random(7)
    names = ["Zeta", "alpha", "alpha beta", "gamma (1)", '"q"', "", "été", "ünder_score", "[x]"]
    names += ["-5 K", "-5", "-", ",5", "--", "+5"]
    documents: dict[int, Mapping[str, Any]] = {}
    for id_ in random_.sample(range(1000), 600):
        document: dict[str, Any] = {"id": id_, "fileSize": random_.choice([0, 5, 5, 7, 2**40])}
        if random_.random() < 0.8:
            document["name"] = random_.choice(names)
        if random_.random() < 0.5:
            document["date"] = random_.randrange(3)
        if random_.random() < 0.5:
            document["description"] = random_.choice(["common", "common word", "common rare"])
        documents[id_] = document
    return documents


DOCUMENTS = some_documents()


@pytest.fixture(scope="module", params=WIDTHS)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    if not isinstance(request.param, tuple):
        documents = {"Datafile": {id_: {**found} for id_, found in DOCUMENTS.items()}}
        engine = over(request, request.param)
        return engine(documents) if callable(engine) else DictReader(documents)
    directory: Path = tmp_path_factory.mktemp("shards")
    width, slices = request.param
    return reader_over(directory, {"Datafile": DOCUMENTS}, width, segment=70, slices=slices)


def in_order(keys: tuple[tuple[str, bool], ...]) -> list[int]:
    """The ids in the order that the contract asks for."""

    def compare(a: int, b: int) -> int:
        for field, descending in keys:
            x, y = DOCUMENTS[a].get(field), DOCUMENTS[b].get(field)
            if x != y:
                lower = x is None or (y is not None and x < y)
                return -1 if lower != descending else 1
        return a - b

    return sorted(DOCUMENTS, key=cmp_to_key(compare))


def walk(reader: Reader, query: Query, order: Order, size: int) -> Iterator[list[Hit]]:
    after, rank = None, 0
    while True:
        hits = list(reader.page("Datafile", query, order, after, size))
        if hits:
            yield hits
        if len(hits) < size:
            return
        rank += len(hits)
        last = hits[-1]
        values = (last.score,) if order.by_relevance else last.values
        after = Cursor(values, last.id, rank - 1)


@pytest.mark.parametrize("size", [1000, 37, 1])
@pytest.mark.parametrize("keys", ORDERS, ids=str)
def test_pages_put_together_are_the_whole_in_order(
    reader: Reader, keys: tuple[tuple[str, bool], ...], size: int
) -> None:
    if size == 1 and len(keys) > 1:
        size = 5  # one by one is as slow as it sounds
    order = Order(tuple(SortKey(*key) for key in keys))
    pages = list(walk(reader, Everything(), order, size))
    assert [hit.id for page in pages for hit in page] == in_order(keys)


@pytest.mark.parametrize("size", [1000, 50, 7, 2])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Term("description", "common"), id="two-scores"),
        pytest.param(
            Bool(should=(Term("description", "rare"), Term("description", "common"))),
            id="several-scores",
        ),
        pytest.param(Everything(), id="one-score"),
        pytest.param(Numbers("fileSize", (5, 7)), id="a-filter-alone"),
    ],
)
def test_pages_by_relevance_miss_nothing_and_double_nothing(
    reader: Reader, query: Query, size: int
) -> None:
    pages = list(walk(reader, query, Order(), size))
    hits = [hit for page in pages for hit in page]
    whole = reader.page("Datafile", query, Order(), None, 10_000)
    assert [hit.id for hit in hits] == [hit.id for hit in whole]
    scores = [hit.score or 0 for hit in whole]
    assert scores == sorted(scores, reverse=True)
    ties = [(-score, hit.id) for score, hit in zip(scores, whole, strict=True)]
    assert ties == sorted(ties)


@pytest.mark.parametrize(
    "keys", [(), (("name", False),), (("fileSize", True),), (("nowhere", False),)], ids=str
)
def test_a_page_may_be_of_more_hits_than_any_index_has(
    reader: Reader, keys: tuple[tuple[str, bool], ...]
) -> None:
    order = Order(tuple(SortKey(*key) for key in keys))
    for query in (Everything(), Term("description", "common")):
        whole = reader.page("Datafile", query, order, None, 10_000)
        assert reader.page("Datafile", query, order, None, 2**31 - 1) == whole


@pytest.mark.parametrize("rank", [None, 0, 100_000])
def test_a_cursor_needs_no_right_rank(reader: Reader, rank: int | None) -> None:
    query = Term("description", "common")
    whole = reader.page("Datafile", query, Order(), None, 10_000)
    last = whole[20]
    rest = reader.page("Datafile", query, Order(), Cursor((last.score,), last.id, rank), 10_000)
    assert [hit.id for hit in rest] == [hit.id for hit in whole[21:]]

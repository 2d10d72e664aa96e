"""Pages come exactly in order and follow on, with any cursor and of any length."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from search_service.engines.base import Reader
from search_service.engines.opensearch.search.pages import AT_ONCE
from search_service.query.order import Cursor, Order, SortKey, Value
from search_service.query.tree import Bool, Constant, Everything, Exact, Query, Term
from tests.support.dict_engine import DictReader
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch

LONG = "z" * 1_500
NAMES = (
    "scan",
    "Scan 2",
    "",
    "dark",
    "Ångström",
    "\U0001f4a1",
    LONG + "a",
    LONG + "b",
    "scan scan",
)


def _dataset(id_: int) -> dict[str, Any]:
    found: dict[str, Any] = {"id": id_, "type.name": "raw" if id_ % 3 else "processed"}
    if id_ % 5:
        found["name"] = NAMES[id_ % len(NAMES)]
    if id_ % 7:
        found["startDate"] = id_ * 37 % 50 - 10
    return found


DATASETS = {id_: _dataset(id_) for id_ in (*range(1, 200), -5, 2**62)}
PARAMETERS = {
    id_: {"id": id_, "dataset.id": 1, **({"numericValue": id_ / 7 - 3} if id_ % 4 else {})}
    for id_ in range(1, 50)
}
ENTITIES = {"Dataset": DATASETS, "DatasetParameter": PARAMETERS}

BY_NAME, BY_DATE = SortKey("name", descending=False), SortKey("startDate", descending=False)
NAME_DOWN, DATE_DOWN = SortKey("name", descending=True), SortKey("startDate", descending=True)


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def reader(request: pytest.FixtureRequest, indices: Indices) -> Iterator[Reader]:
    with indices.of(ENTITIES, shards=request.param) as made:
        yield made.reader()


@pytest.fixture(scope="module")
def oracle() -> DictReader:
    return DictReader(ENTITIES)


def walked(reader: Reader, entity: str, query: Query, order: Order, limit: int) -> list[int]:
    ids: list[int] = []
    after = None
    while True:
        page = reader.page(entity, query, order, after, limit)
        ids += [hit.id for hit in page]
        if len(page) < limit:
            return ids
        last = page[-1]
        after = Cursor(last.values if order.keys else (last.score,), last.id)


@pytest.mark.parametrize(
    "keys",
    [
        (BY_NAME,),
        (NAME_DOWN,),
        (BY_DATE,),
        (DATE_DOWN,),
        (BY_DATE, NAME_DOWN),
        (NAME_DOWN, BY_DATE),
    ],
    ids=lambda keys: "-".join(f"{key.field}-{'down' if key.descending else 'up'}" for key in keys),
)
@pytest.mark.parametrize("limit", [1, 7, 1_000])
def test_sorted_pages_follow_on(
    reader: Reader, oracle: DictReader, keys: tuple[SortKey, ...], limit: int
) -> None:
    wanted = oracle.page("Dataset", Everything(), Order(keys), None, 1_000)
    if limit == 1:
        wanted = wanted[:20]
        found: list[int] = []
        after = None
        for _ in wanted:
            (hit,) = reader.page("Dataset", Everything(), Order(keys), after, 1)
            found.append(hit.id)
            after = Cursor(hit.values, hit.id)
    else:
        found = walked(reader, "Dataset", Everything(), Order(keys), limit)
    # Of long names only the beginnings are compared, and by id those that begin alike.
    assert [_in_place(id_) for id_ in found] == [_in_place(hit.id) for hit in wanted]


def _in_place(id_: int) -> object:
    return "long" if DATASETS[id_].get("name", "").startswith(LONG) else id_


@pytest.mark.parametrize("descending", [True, False])
def test_doubles_are_sorted_with_what_has_none(
    reader: Reader, oracle: DictReader, *, descending: bool
) -> None:
    order = Order((SortKey("numericValue", descending),))
    wanted = oracle.page("DatasetParameter", Everything(), order, None, 100)
    assert walked(reader, "DatasetParameter", Everything(), order, 6) == [hit.id for hit in wanted]
    page = reader.page("DatasetParameter", Everything(), order, None, 100)
    assert [hit.values for hit in page] == [hit.values for hit in wanted]


@pytest.mark.parametrize("limit", [1, 10])
def test_pages_by_relevance_follow_on(reader: Reader, limit: int) -> None:
    query = Term("name", "scan")
    every = reader.page("Dataset", query, Order(), None, 1_000)
    assert [hit.id for hit in every] == walked(reader, "Dataset", query, Order(), limit)
    scores = [hit.score or 0 for hit in every]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1


@pytest.mark.parametrize(
    ("query", "score"),
    [
        (Everything(), 1.0),
        (Bool(filter=(Exact("type.name", ("raw",)),)), 0.0),
        (Constant(Term("name", "scan"), 2.5), 2.5),
    ],
)
def test_what_scores_alike_comes_by_id(
    reader: Reader, oracle: DictReader, query: Query, score: float
) -> None:
    wanted = sorted(hit.id for hit in oracle.page("Dataset", query, Order(), None, 1_000))
    page = reader.page("Dataset", query, Order(), None, 1_000)
    assert [hit.id for hit in page] == wanted
    assert {hit.score for hit in page} == {score}
    assert walked(reader, "Dataset", query, Order(), 13) == wanted


@pytest.mark.parametrize(
    ("score", "found"),
    [(1.0, [11, 12]), (2.0, [-5, 1]), (0.5, [])],
    ids=["same", "higher", "lower"],
)
def test_a_cursor_may_have_any_score(reader: Reader, score: float, found: list[int]) -> None:
    page = reader.page("Dataset", Everything(), Order(), Cursor((score,), 10), 2)
    assert [hit.id for hit in page] == found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (BY_NAME, None),
        (NAME_DOWN, None),
        (BY_DATE, None),
        (DATE_DOWN, None),
        (BY_NAME, LONG + "ab"),
    ],
)
def test_a_cursor_may_be_built_by_the_caller(
    reader: Reader, oracle: DictReader, key: SortKey, value: Value
) -> None:
    cursor, order = Cursor((value,), 100, rank=-3), Order((key,))
    if isinstance(value, str):
        every = reader.page("Dataset", Everything(), order, None, 1_000)
        wanted = [hit.id for hit in every if hit.values[0] == LONG[:1_000] and hit.id > 100]
    else:
        wanted = [hit.id for hit in oracle.page("Dataset", Everything(), order, cursor, 5)]
    found = [hit.id for hit in reader.page("Dataset", Everything(), order, cursor, 5)]
    assert found[: len(wanted)] == wanted[:5]


def test_a_page_may_be_longer_than_the_cluster_gives_at_once(indices: Indices) -> None:
    ids = range(1, AT_ONCE + 51)
    documents = {id_: {"id": id_, "datafile.id": id_ % 1_000} for id_ in ids}
    wanted = sorted(ids, key=lambda id_: (-(id_ % 1_000), id_))
    order = Order((SortKey("datafile.id", descending=True),))
    with indices.of({"DatafileParameter": documents}) as made:
        page = made.reader().page("DatafileParameter", Everything(), order, None, len(ids) + 9)
        fetched = made.reader().fetch("DatafileParameter", page).documents
    assert [hit.id for hit in page] == wanted
    assert [orjson.loads(each)["id"] for each in fetched] == wanted


def test_a_page_of_no_hits_asks_for_nothing(reader: Reader) -> None:
    assert reader.page("Dataset", Everything(), Order(), None, 0) == []


def test_some_hits_are_of_those_that_match(reader: Reader) -> None:
    matching = {hit.id for hit in reader.page("Dataset", Term("name", "scan"), Order(), None, 500)}
    hits = reader.some("Dataset", Term("name", "scan"), 5)
    assert len(hits) == 5
    assert {hit.id for hit in hits} < matching
    assert len(reader.fetch("Dataset", hits).documents) == 5

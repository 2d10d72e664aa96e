"""Ranges are counted as if each number were looked at for each of them."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence

import pytest
import tantivy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.base import Document, Range, Ranges
from search_service.engines.embedded.search import ranges
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.search.slice import Slice
from search_service.query.tree import Everything, Query, Term
from tests.support.embedded_service import EmbeddedService
from tests.support.service import create, delete
from tests.support.shards import linked, shards_of

LOWEST, HIGHEST = -(2**63), 2**63 - 1
LARGE = 2**53  # not every integer beyond is a double

SIZES = (LOWEST, LOWEST + 1, -LARGE - 1, -LARGE, -5, 0, 1, 2, 1_000, LARGE, LARGE + 1, HIGHEST)
VALUES = (-1.7e308, -1.5, -0.1, -0.0, 5e-324, 0.1, 0.30000000000000004, 2.5, 1e17, 1.7e308)
DOCUMENTS = 120

Documents = dict[int, Document]


def made_up(field: str, values: Sequence[float]) -> Documents:
    """Every fourth without a number."""
    dice = random.Random(field)
    numbers = {
        id_: {field: dice.choice(values)} if id_ % 4 else {} for id_ in range(1, DOCUMENTS + 1)
    }
    return {
        id_: {"id": id_, "type.name": dice.choice(("raw", "cooked")), **number}
        for id_, number in numbers.items()
    }


COUNTED: Mapping[str, tuple[str, Documents]] = {
    "fileSize": ("Dataset", made_up("fileSize", SIZES)),
    "numericValue": ("DatasetParameter", made_up("numericValue", VALUES)),
}
GONE = range(1, DOCUMENTS, 10)


@pytest.fixture(scope="module", params=[1, 5, None], ids=["one-slice", "five", "each-shard"])
def reader(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedReader]:
    root = tmp_path_factory.mktemp("ranges")
    service = EmbeddedService(root, width=DOCUMENTS // 5)
    for entity, documents in COUNTED.values():
        for first in range(3):  # several segments of each shard
            some = [create(entity, id_, documents[id_]) for id_ in documents if id_ % 3 == first]
            service.changes.modify(some)
            service.changes.commit()
        service.changes.modify([delete(entity, id_) for id_ in GONE])
        service.changes.commit()
    yield linked(service.writer.view, root, request.param)
    service.end()


def near(number: float) -> st.SearchStrategy[float]:
    if isinstance(number, int):
        return st.integers(-2, 2).map(lambda off: number + off)
    return st.sampled_from([math.nextafter(number, end) for end in (-math.inf, math.inf, number)])


def ends(values: Sequence[float]) -> st.SearchStrategy[float | None]:
    return st.none() | st.sampled_from(values).flatmap(near).map(lambda end: end or 0)


def some_ranges(field: str, values: Sequence[float]) -> st.SearchStrategy[Ranges]:
    one = st.builds(Range, st.just(""), ends(values), ends(values))
    return st.builds(Ranges, st.just(field), st.lists(one, max_size=40).map(tuple))


ANY_RANGES = st.one_of(
    some_ranges("fileSize", (*SIZES, 2**62 + 1, -(2**62) - 1, 10**30, -(10**30), 2.5)),
    some_ranges("numericValue", (*VALUES, 3)),
)


def counted_one_by_one(wanted: Ranges, word: str | None) -> list[int]:
    _, documents = COUNTED[wanted.field]
    numbers = [
        document[wanted.field]
        for id_, document in documents.items()
        if wanted.field in document and id_ not in GONE and word in (None, document["type.name"])
    ]
    return [
        sum(
            (each.low is None or number >= each.low) and (each.high is None or number < each.high)
            for number in numbers
        )
        for each in wanted.ranges
    ]


@settings(max_examples=100)
@given(ANY_RANGES, st.sampled_from([None, "raw", "nowhere"]))
@example(Ranges("fileSize", (Range("", None, None), Range("", 5, 5), Range("", 5, -5))), None)
@example(Ranges("numericValue", ()), None)
def test_ranges_are_counted_as_one_by_one(
    reader: EmbeddedReader, wanted: Ranges, word: str | None
) -> None:
    entity, _ = COUNTED[wanted.field]
    query: Query = Everything() if word is None else Term("type.name", word)
    found = reader.counts(entity, query, [wanted])[wanted.field]
    assert [count for _, count in found] == counted_one_by_one(wanted, word)


def test_more_bounds_than_the_engine_takes_at_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("bounds")
    documents: Documents = {id_: {"id": id_, "fileSize": id_} for id_ in range(1, 31)}
    (shard,) = shards_of(directory, "Dataset", documents, 100)
    slice_ = Slice(shard.path, entity_named("Dataset"))
    wanted = Ranges("fileSize", tuple(Range("", low, low + 2) for low in range(-5, 40, 2)))
    everything = tantivy.Query.all_query()
    at_once = ranges.count(slice_, everything, wanted)
    assert at_once == [0] * 3 + [2] * 15 + [0] * 5
    assert ranges.count(slice_, everything, wanted, most_bounds=4) == at_once


@pytest.mark.parametrize("field", ["type.name", "unheardOf"])
def test_ranges_of_what_is_no_number_are_empty(reader: EmbeddedReader, field: str) -> None:
    wanted = Ranges(field, (Range("", None, None),))
    assert reader.counts("Dataset", Everything(), [wanted])[field] == [("", 0)]

"""Large sets of ids among the conditions: the answer is that of each document judged by itself."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.engines.base import Hit, Reader, Terms
from search_service.engines.late_joins import LateJoins
from search_service.query.id_set import HIGHEST, LOWEST, IdSet
from search_service.query.order import Cursor, Order, SortKey
from search_service.query.tree import (
    ANY,
    Bool,
    Everything,
    Exact,
    Join,
    NumberRange,
    Numbers,
    Query,
    Term,
    Wildcard,
)
from tests.support.dict_engine import DictReader
from tests.support.opensearch.indices import Indices
from tests.support.shards import reader_over

Documents = dict[int, dict[str, Any]]

DATASETS = 4_000
LAST = 3 * DATASETS  # ids have gaps
SPECIAL = (LOWEST, LOWEST + 1, -7, 0, HIGHEST - 1, HIGHEST)
WORDS = ("scan", "dark", "flat", "tomo", "beam")


def _datasets(dice: Random) -> Documents:
    ids = sorted({*range(1, 1_500), *dice.sample(range(1_500, LAST), DATASETS - 1_500)})
    return {id_: _dataset(dice, id_) for id_ in ids}


def _dataset(dice: Random, id_: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": id_,
        "name": " ".join(dice.choices(WORDS, weights=(40, 10, 5, 2, 1), k=dice.randint(1, 4))),
        "startDate": dice.randrange(300),
        "type.name": dice.choice(("raw", "processed")),
    }
    if dice.random() < 0.95:
        is_special = dice.random() < 0.05
        found["investigation.id"] = dice.choice(SPECIAL) if is_special else dice.randrange(1, 900)
    return found


def _techniques(dice: Random, datasets: Documents) -> Documents:
    return {
        n: {"id": n, "dataset.id": dataset, "technique.name": dice.choice(("saxs", "waxs"))}
        for n, dataset in enumerate(dice.choices(list(datasets), k=3_000), 1)
    }


@dataclass(frozen=True)
class Engines:
    """The same documents in some numbers of shards, and in the engine that others are judged by."""

    readers: dict[str, Reader]
    oracle: DictReader
    datasets: Documents


@pytest.fixture(
    scope="module", params=["shards", pytest.param("cluster", marks=pytest.mark.opensearch)]
)
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    dice = Random(3)
    datasets = _datasets(dice)
    entities = {"Dataset": datasets, "DatasetTechnique": _techniques(dice, datasets)}

    def made(name: str, width: int, segment: int) -> Reader:
        return reader_over(tmp_path_factory.mktemp(name), entities, width, segment)

    if request.param == "cluster":
        indices: Indices = request.getfixturevalue("indices")
        readers = {f"of {n}": indices.made(entities, n).reader() for n in (1, 3)}
    else:
        readers = {"one": made("one", 2 * LAST, 900), "three": made("three", LAST // 3 + 1, 10_000)}
    return Engines(readers, DictReader(entities), datasets)


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


@st.composite
def sets(draw: st.DrawFn, most: int) -> IdSet:
    """Runs, ids at some distance from each other, ids one by one, and the ends of all integers."""
    ids: set[int] = set()
    for start, length, step in draw(
        st.lists(
            st.tuples(
                st.integers(-50, most), st.sampled_from([1, 30, 900, 5_000]), st.integers(1, 7)
            ),
            max_size=3,
        )
    ):
        ids.update(range(start, min(start + length * step, most + 50), step))
    ids.difference_update(draw(st.lists(st.integers(1, most), max_size=30)))
    ids.update(draw(st.lists(st.sampled_from(SPECIAL), max_size=3)))
    listed = list(ids)
    return IdSet.of(listed + listed[:5])  # some twice


OF_IDS = st.builds(Numbers, st.just("id"), sets(LAST))
OF_INVESTIGATIONS = st.builds(Numbers, st.just("investigation.id"), sets(900))
RANGES = st.builds(
    NumberRange,
    st.just("investigation.id"),
    st.one_of(st.none(), st.integers(-10, 900), st.sampled_from([LOWEST, 2.5, -1e300])),
    st.one_of(st.none(), st.integers(-10, 900), st.sampled_from([HIGHEST, 800.5, 1e300])),
)
CONDITIONS = st.one_of(
    OF_IDS,
    OF_INVESTIGATIONS,
    st.builds(lambda a, b: Bool(should=(a, b)), OF_IDS, OF_INVESTIGATIONS),
    st.builds(lambda a, b: Bool(must=(a,), must_not=(b,)), RANGES, OF_INVESTIGATIONS),
    st.builds(lambda a: Bool(must=(Everything(),), must_not=(a,)), OF_IDS),
)
TEXTS = st.sampled_from(
    [
        Term("name", "scan"),
        Term("name", "beam"),
        Bool(should=(Term("name", "dark"), Term("name", "flat"))),
        Wildcard("name", (ANY, "an")),
        Everything(),
    ]
)
SORTS = st.sampled_from(
    [(SortKey("startDate", True),), (SortKey("name", False), SortKey("startDate", False))]
)


def asked(text: Query, *conditions: Query) -> Query:
    if text == Everything():
        return Bool(filter=conditions)
    return Bool(must=(text,), filter=conditions)


def walked(reader: Reader, query: Query, order: Order, limit: int) -> list[Hit]:
    """All hits, page by page."""
    hits: list[Hit] = []
    after = None
    while True:
        page = reader.page("Dataset", query, order, after, limit)
        hits += page
        if len(page) < limit:
            return hits
        values = page[-1].values if order.keys else (page[-1].score,)
        after = Cursor(values, page[-1].id)


# ── the properties ───────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60)
@given(TEXTS, st.lists(CONDITIONS, min_size=1, max_size=2), st.sampled_from([3, 100, 9_000]))
def test_by_relevance_a_condition_leaves_out_what_does_not_meet_it(
    engines: Engines, text: Query, conditions: list[Query], limit: int
) -> None:
    meets = set(engines.oracle.values("Dataset", Bool(filter=tuple(conditions)), "id"))
    for name, reader in engines.readers.items():
        every = reader.page("Dataset", text, Order(), None, 9_000)
        wanted = [hit.id for hit in every if hit.id in meets]
        query = asked(text, *conditions)
        assert [hit.id for hit in reader.page("Dataset", query, Order(), None, limit)] == wanted[
            :limit
        ], name


@settings(max_examples=25)
@given(TEXTS, CONDITIONS, st.sampled_from([90, 700]))
def test_pages_by_relevance_follow_on(
    engines: Engines, text: Query, condition: Query, limit: int
) -> None:
    for name, reader in engines.readers.items():
        query = asked(text, condition)
        wanted = [hit.id for hit in reader.page("Dataset", query, Order(), None, 9_000)]
        found = [hit.id for hit in walked(reader, query, Order(), limit)]
        assert found == wanted, name


@settings(max_examples=30)
@given(TEXTS, CONDITIONS, SORTS, st.sampled_from([100, 9_000]))
def test_sorted_pages_are_those_of_the_slow_engine(
    engines: Engines, text: Query, condition: Query, keys: tuple[SortKey, ...], limit: int
) -> None:
    query, order = asked(text, condition), Order(keys)
    wanted = [hit.id for hit in engines.oracle.page("Dataset", query, order, None, 9_000)]
    for name, reader in engines.readers.items():
        assert [hit.id for hit in walked(reader, query, order, limit)] == wanted, name


@settings(max_examples=60)
@given(TEXTS, CONDITIONS)
def test_sets_counts_and_facets_are_those_of_the_slow_engine(
    engines: Engines, text: Query, condition: Query
) -> None:
    query = asked(text, condition)
    oracle, facet = engines.oracle, [Terms("type.name")]
    for name, reader in engines.readers.items():
        for field in ("id", "investigation.id"):
            found = reader.values("Dataset", query, field)
            assert found == oracle.values("Dataset", query, field), name
        assert reader.tally("Dataset", query) == oracle.tally("Dataset", query), name
        assert reader.counts("Dataset", query, facet) == oracle.counts("Dataset", query, facet)


@settings(max_examples=30)
@given(TEXTS, sets(LAST), st.sampled_from(["saxs", "waxs"]), st.sampled_from([50, 9_000]))
def test_joins_are_those_of_the_slow_engine(
    engines: Engines, text: Query, ids: IdSet, technique: str, limit: int
) -> None:
    inner = Bool(filter=(Term("technique.name", technique), Numbers("dataset.id", ids)))
    query = asked(text, Join("DatasetTechnique", "dataset.id", "id", inner))
    wanted = set(engines.oracle.values("Dataset", query, "id"))
    for name, reader in engines.readers.items():
        found = [hit.id for hit in walked(reader, query, Order(), limit)]
        assert len(found) == len(set(found)), name
        assert set(found) == wanted, name


@settings(max_examples=60)
@given(
    TEXTS,
    CONDITIONS,
    st.sampled_from(["saxs", "waxs"]),
    st.one_of(st.just(()), SORTS),
    st.sampled_from([5, 90]),
)
def test_a_set_that_is_not_made_gives_the_same_pages(
    engines: Engines,
    text: Query,
    condition: Query,
    technique: str,
    keys: tuple[SortKey, ...],
    limit: int,
) -> None:
    joined = Exact("technique.name", (technique,))
    join = Join("DatasetTechnique", "dataset.id", "id", joined)
    query = asked(text, join, condition)
    order = Order(keys)
    for name, reader in {**engines.readers, "oracle": engines.oracle}.items():
        late_joins = LateJoins(reader, lambda join: False, many=0)
        after, made = None, 0
        for _ in range(4):
            wanted = reader.page("Dataset", query, order, after, limit)
            found = late_joins.page("Dataset", query, order, after, limit)
            if found is not None:
                made += 1
                assert [hit.id for hit in found] == [hit.id for hit in wanted], name
                assert [hit.values for hit in found] == [hit.values for hit in wanted], name
            if len(wanted) < limit:
                break
            last = wanted[-1]
            after = Cursor(last.values if order.keys else (last.score,), last.id)
        assert made or text == Everything() or limit == 90, name


def test_a_set_is_seen_anew_after_a_change(tmp_path: Path) -> None:
    ids = IdSet.of(range(1, 5_000, 2))
    query = Bool(filter=(Numbers("id", ids),))
    first = reader_over(tmp_path / "first", {"Dataset": {n: {"id": n} for n in (1, 2)}}, 9_000)
    assert [hit.id for hit in first.page("Dataset", query, Order(), None, 9)] == [1]
    second = reader_over(tmp_path / "second", {"Dataset": {n: {"id": n} for n in (3, 5)}}, 9_000)
    first.see(second._slices._view)
    assert [hit.id for hit in first.page("Dataset", query, Order(), None, 9)] == [3, 5]
    assert first.tally("Dataset", query) == 2


@pytest.mark.slow
def test_a_viewer_of_fifty_thousand_investigations_finds_those_alone(tmp_path: Path) -> None:
    dice = Random(8)
    ids = range(1, 60_001)
    own = sorted(dice.sample(ids, 50_000))
    entities = {
        "Investigation": {n: {"id": n, "name": dice.choice(WORDS)} for n in ids},
        "InvestigationUser": {
            n: {"id": n, "investigation.id": id_, "user.name": "db/me"} for n, id_ in enumerate(own)
        },
    }
    reader = reader_over(tmp_path, entities, 100_000, 25_000)
    seen = Join("InvestigationUser", "investigation.id", "id", Term("user.name", "db/me"))
    assert list(reader.values("Investigation", Bool(filter=(seen,)), "id")) == own
    for text in (Term("name", "beam"), Term("name", "scan"), Everything()):
        every = reader.page("Investigation", text, Order(), None, 100_000)
        held = set(own)
        wanted = [hit.id for hit in every if hit.id in held]
        query = asked(text, seen)
        found = reader.page("Investigation", query, Order(), None, 100_000)
        assert [hit.id for hit in found] == wanted
        page = reader.page("Investigation", query, Order(), None, 100)
        assert [hit.id for hit in page] == wanted[:100]

"""How entities are cut into shards."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.id_ranges import IdRange, Partition
from search_service.reindex.plan import Plan, plan, plan_part
from tests.support.json_source import JsonSource, OpenJson


def source_of(directory: Path, ids: list[int]) -> JsonSource:
    OpenJson(directory).write({"Datafile": {id_: {"id": id_} for id_ in ids}})
    return JsonSource(directory)


@pytest.fixture
def dense(tmp_path: Path) -> JsonSource:
    return source_of(tmp_path, list(range(1000, 2000)))


def counts(found: Plan, ids: list[int]) -> list[int]:
    return [sum(piece.low <= id_ < piece.high for id_ in ids) for piece in found.pieces]


def test_there_are_more_pieces_than_workers_of_about_one_size(dense: JsonSource) -> None:
    found = plan(dense, "Datafile", 10_000, 4, least=10)
    assert counts(found, list(range(1000, 2000))) == pytest.approx([1000 / 12] * 12, abs=1)


def test_a_small_entity_is_not_cut(dense: JsonSource) -> None:
    assert len(plan(dense, "Datafile", 10_000, 4, least=1000).pieces) == 1


def test_no_shard_holds_more_than_its_width(dense: JsonSource) -> None:
    found = plan(dense, "Datafile", 30, 1, least=1000)
    assert max(counts(found, list(range(1000, 2000)))) <= 30


def test_an_entity_without_documents_has_no_pieces(dense: JsonSource) -> None:
    found = plan(dense, "Dataset", 30, 1)
    assert (found.pieces, found.partition) == ((), Partition(30))


@given(
    ids=st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=50, unique=True),
    workers=st.integers(1, 5),
    width=st.integers(1, 100),
)
def test_a_piece_is_a_shard_and_every_id_is_in_one(
    tmp_path_factory: pytest.TempPathFactory, ids: list[int], workers: int, width: int
) -> None:
    source = source_of(tmp_path_factory.mktemp("source"), ids)
    found = plan(source, "Datafile", width, workers, least=3)
    assert sum(counts(found, ids)) == len(ids)
    for piece in found.pieces:
        assert found.partition.low_of(piece.low) == piece.low
        assert found.partition.low_of(piece.high - 1) == piece.low
        assert found.partition.high_of(piece.low) == piece.high


@pytest.mark.parametrize(
    ("part", "pieces", "whole"),
    [
        pytest.param(IdRange(1250, 1251), [(1200, 1300)], IdRange(1200, 1300), id="one-shard"),
        pytest.param(IdRange(1200, 1300), [(1200, 1300)], IdRange(1200, 1300), id="its-borders"),
        pytest.param(
            IdRange(1850, None), [(1800, 1900), (1900, 2000)], IdRange(1800, None), id="open-above"
        ),
        pytest.param(IdRange(None, 1001), [(1000, 1100)], IdRange(None, 1100), id="open-below"),
        pytest.param(IdRange(5000, 6000), [], IdRange(5000, 6000), id="nothing-there"),
    ],
)
def test_a_part_is_widened_to_whole_shards(
    dense: JsonSource, part: IdRange, pieces: list[tuple[int, int]], whole: IdRange
) -> None:
    found = plan_part(dense, "Datafile", Partition(100), part)
    assert [(piece.low, piece.high) for piece in found.pieces] == pieces
    assert found.ids == whole

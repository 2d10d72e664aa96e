from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.embedded.storage.slices.dealing import (
    DOCUMENTS,
    SEGMENTS,
    Dealt,
    SliceOptions,
    deal,
    slice_count,
)
from search_service.engines.embedded.storage.slices.segments import Segment, ShardSegments

_ids = count()


def shard(*documents: int) -> ShardSegments:
    """A shard with segments of so many documents."""
    names = [f"{next(_ids):032x}" for _ in documents]
    segments = [Segment(id_, id_, held, (), {}) for id_, held in zip(names, documents, strict=True)]
    return ShardSegments(Path(f"shard-{names[0]}"), "", 0, tuple(segments), sum(documents))


def loads(shards: list[ShardSegments], dealt: Dealt, slices: int) -> list[int]:
    """The documents of each slice."""
    found = [0] * slices
    for each in shards:
        for segment in each.segments:
            found[dealt[segment.id]] += segment.documents
    return found


@pytest.mark.parametrize(
    ("documents", "segments", "cores", "slices"),
    [
        pytest.param(0, 0, 2, 1, id="nothing"),
        pytest.param(100_000, 100, 16, 1, id="small"),
        pytest.param(2 * DOCUMENTS, 10, 16, 2, id="as many as are worth a thread"),
        pytest.param(1_000 * DOCUMENTS, 10, 2, 2, id="one for each core"),
        pytest.param(1_000, 2 * SEGMENTS, 1, 2, id="many segments on one core"),
        pytest.param(1_000, 100 * SEGMENTS, 1, 5, id="very many segments"),
    ],
)
def test_slices_are_as_many_as_threads_are_worth_it(
    documents: int, segments: int, cores: int, slices: int
) -> None:
    assert slice_count(documents, segments, SliceOptions(0, cores), 0) == slices


def test_a_number_of_slices_can_be_fixed() -> None:
    assert slice_count(10, 1, SliceOptions(3, 16), 1) == 3


def test_an_entity_that_shrinks_a_little_keeps_its_slices() -> None:
    wanted = SliceOptions(0, 8)
    assert slice_count(4 * DOCUMENTS - 1, 10, wanted, 4) == 4
    assert slice_count(3 * DOCUMENTS, 10, wanted, 4) == 3


def test_segments_of_a_shard_stay_together() -> None:
    shards = [shard(10, 10, 10) for _ in range(60)]
    dealt = deal(shards, 5, {})
    assert all(len({dealt[s.id] for s in each.segments}) == 1 for each in shards)
    assert loads(shards, dealt, 5) == [360] * 5


def test_a_large_shard_is_divided() -> None:
    shards = [shard(*[100] * 10), shard(3)]
    assert sorted(loads(shards, deal(shards, 2, {}), 2)) == [500, 503]


def test_what_was_dealt_stays_where_it_was() -> None:
    shards = [shard(100) for _ in range(40)]
    before = deal(shards, 4, {})
    changed = [*shards[1:], shard(90, 11)]
    dealt = deal(changed, 4, before)
    assert all(dealt[s.id] == before[s.id] for each in shards[1:] for s in each.segments)


def test_a_merged_shard_stays_in_its_slice_as_long_as_a_segment_is_left() -> None:
    shards = [shard(100, 5) for _ in range(40)]
    before = deal(shards, 4, {})
    kept, merged = shards[7].segments[0], shard(5).segments[0]
    grown = ShardSegments(shards[7].shard, "", 0, (merged, kept), 105)
    dealt = deal([*shards[:7], grown, *shards[8:]], 4, before)
    assert dealt[merged.id] == before[kept.id]


def test_all_is_dealt_anew_when_one_slice_has_become_far_larger() -> None:
    shards = [shard(10) for _ in range(40)]
    before = deal(shards, 2, {})
    of_one = {s.id for each in shards for s in each.segments if before[s.id] == 0}
    left = [each for each in shards if each.segments[0].id in of_one]
    assert loads(left, deal(left, 2, before), 2) == [100, 100]


@given(
    st.lists(st.lists(st.integers(0, 1_000), min_size=1, max_size=6), max_size=30),
    st.integers(1, 5),
)
def test_slices_are_even_but_for_what_is_in_one_piece(sizes: list[list[int]], slices: int) -> None:
    shards = [shard(*each) for each in sizes]
    dealt = deal(shards, slices, {})
    found = loads(shards, dealt, slices)
    segment = max((size for each in sizes for size in each), default=0)
    assert max(found) <= sum(found) / slices * 1.25 + segment

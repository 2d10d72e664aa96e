import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import tantivy

from search_service.engines.base import Change, Delete, Put
from search_service.engines.embedded.storage.slices.linked_slice import (
    LinkedSlice,
    Located,
    SegmentGone,
)
from search_service.engines.embedded.storage.slices.segments import read_segments
from tests.support.plain_shards import Opened


def commit(opened: Opened, changes: Sequence[Change]) -> list[Located]:
    """Change a shard, and what it holds then."""
    opened.writer.apply("Datafile", changes)
    opened.writer.commit(["Datafile"])
    return [
        (Path(shard.path), segment)
        for shard in opened.writer.view.of("Datafile")
        for segment in read_segments(Path(shard.path)).segments
    ]


def puts(*ids: int) -> list[Change]:
    return [Put(id_, {"id": id_}) for id_ in ids]


@pytest.fixture
def linked(opened: Opened, tmp_path: Path) -> LinkedSlice:
    commit(opened, puts(1))
    kind = read_segments(Path(opened.writer.view.of("Datafile")[0].path)).kind
    return LinkedSlice(tmp_path / "slice", kind)


def ids(index: tantivy.Index) -> list[float]:
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=1_000).hits
    found = searcher.fast_field_values("_key", [address for _, address in hits])
    return sorted(id_ for id_ in found if id_ is not None)


def test_a_new_slice_is_empty(linked: LinkedSlice) -> None:
    assert ids(tantivy.Index.open(str(linked.path))) == []


def test_segments_of_several_shards_are_read_as_one_index(
    opened: Opened, linked: LinkedSlice
) -> None:
    linked.put(commit(opened, puts(2, 150, 250)), 7)
    assert ids(tantivy.Index.open(str(linked.path))) == [1, 2, 150, 250]


def test_a_reader_that_loads_it_anew_sees_what_was_put_since(
    opened: Opened, linked: LinkedSlice
) -> None:
    index = tantivy.Index.open(str(linked.path))
    linked.put(commit(opened, puts(2, 3)), 7)
    index.reload()
    assert ids(index) == [1, 2, 3]
    linked.put(commit(opened, [Delete(2)]), 8)
    assert ids(index) == [1, 2, 3]
    index.reload()
    linked.drop_unnamed()
    assert ids(index) == [1, 3]


def test_a_slice_keeps_what_its_shard_has_merged_away(opened: Opened, linked: LinkedSlice) -> None:
    linked.put(commit(opened, puts(2, 3)), 7)
    shutil.rmtree(opened.root / "generations")
    assert ids(tantivy.Index.open(str(linked.path))) == [1, 2, 3]


def test_only_what_is_named_is_kept(opened: Opened, linked: LinkedSlice) -> None:
    linked.put(commit(opened, puts(2, 3)), 7)
    linked.put(commit(opened, [Delete(2)]), 8)
    last = commit(opened, [Delete(1), Delete(3)])
    linked.put(last, 9)
    linked.drop_unnamed()
    linked.drop_unnamed()
    there = {name for name in os.listdir(linked.path) if not name.startswith((".", "meta.json"))}
    assert there == {file for _, segment in last for file in segment.files}


def test_it_says_whether_it_has_just_these(opened: Opened, linked: LinkedSlice) -> None:
    before = commit(opened, puts(2, 3))
    linked.put(before, 7)
    assert linked.names([segment for _, segment in before])
    assert not linked.names([segment for _, segment in commit(opened, [Delete(2)])])


def test_a_file_that_its_shard_has_lost_is_told(opened: Opened, linked: LinkedSlice) -> None:
    located = commit(opened, puts(2))
    shard, segment = located[-1]
    (shard / segment.files[-1]).unlink()
    with pytest.raises(SegmentGone, match=segment.files[-1]) as gone:
        linked.put(located, 7)
    assert gone.value.shard == shard
    assert ids(tantivy.Index.open(str(linked.path))) == []


def test_a_directory_that_somebody_removed_is_no_segment_that_is_gone(
    opened: Opened, linked: LinkedSlice
) -> None:
    shutil.rmtree(linked.path)
    with pytest.raises(FileNotFoundError):
        linked.put(commit(opened, puts(2)), 7)


def test_what_was_linked_before_a_failure_is_linked_no_second_time(
    opened: Opened, linked: LinkedSlice
) -> None:
    located = commit(opened, puts(2))
    shard, segment = located[0]
    (linked.path / segment.files[0]).hardlink_to(shard / segment.files[0])
    linked.put(located, 7)
    assert ids(tantivy.Index.open(str(linked.path))) == [1, 2]


def test_it_is_for_the_account_of_the_service_alone(linked: LinkedSlice) -> None:
    assert linked.path.stat().st_mode & 0o777 == 0o700

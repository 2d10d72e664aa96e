from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search_service.engines.base import Delete, Put
from search_service.engines.embedded.storage import shard_files
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.errors import DirectoryInUse, StorageFailed
from tests.support.plain_shards import FIT, Opened, documents
from tests.support.processes import wait_for


def put(id_: int, name: str = "first") -> Put:
    return Put(id_, {"id": id_, "name": name})


def test_a_change_is_seen_after_the_commit_and_not_before(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(7)])
    assert opened.documents("Datafile") == {}
    opened.writer.commit(["Datafile"])
    assert opened.documents("Datafile") == {7: {"id": 7, "name": "first"}}


def test_a_put_replaces_the_document_that_is_there(opened: Opened) -> None:
    for name in ("first", "second", "third"):
        opened.writer.apply("Datafile", [put(7, name)])
        opened.writer.commit(["Datafile"])
    opened.writer.apply("Datafile", [put(7, "fourth")])
    opened.writer.apply("Datafile", [put(7, "fifth")])
    opened.writer.commit(["Datafile"])
    assert opened.documents("Datafile") == {7: {"id": 7, "name": "fifth"}}


@pytest.mark.parametrize(
    "id_", [2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), -(2**63) + 1]
)
def test_a_document_is_replaced_after_a_restart_whatever_its_id(opened: Opened, id_: int) -> None:
    """The highest id of a shard comes from the engine as a double."""
    for name in ("first", "second"):
        opened.writer.apply("Datafile", [put(id_, name)])
        opened.writer.commit(["Datafile"])
        opened.crash()
    assert opened.documents("Datafile") == {id_: {"id": id_, "name": "second"}}


def test_the_last_change_of_an_id_counts(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(1), put(2), Delete(1), put(3), Delete(3), put(3, "again")])
    opened.writer.commit(["Datafile"])
    assert opened.documents("Datafile") == {
        2: {"id": 2, "name": "first"},
        3: {"id": 3, "name": "again"},
    }


def test_deleting_what_is_not_there_makes_no_shard(opened: Opened) -> None:
    opened.writer.apply("Datafile", [Delete(12_345)])
    opened.writer.commit(["Datafile"])
    assert opened.writer.view.of("Datafile") == ()


def test_documents_go_to_the_shard_of_their_id(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(-1), put(0), put(99), put(100), put(12_345)])
    opened.writer.commit(["Datafile"])
    shards = [(s.low, s.high) for s in opened.writer.view.of("Datafile")]
    assert shards == [(-100, 0), (0, 100), (100, 200), (12_300, 12_400)]
    assert set(opened.documents("Datafile")) == {-1, 0, 99, 100, 12_345}


def test_only_a_changed_shard_gets_another_stamp(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(1), put(101)])
    opened.writer.commit(["Datafile"])
    first, second = opened.writer.view.of("Datafile")
    opened.writer.apply("Datafile", [put(102)])
    opened.writer.commit(["Datafile"])
    assert opened.writer.view.of("Datafile")[0] == first
    assert opened.writer.view.of("Datafile")[1].stamp != second.stamp


def test_a_commit_of_nothing_publishes_nothing(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.commit(["Datafile"])
    told = len(opened.views)
    opened.writer.commit(["Datafile", "Dataset"])
    assert len(opened.views) == told


def test_what_was_committed_is_there_after_a_crash_and_nothing_else(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(1), put(2)])
    opened.writer.commit(["Datafile"])
    opened.writer.apply("Datafile", [put(3), Delete(1)])
    opened.crash()
    assert set(opened.documents("Datafile")) == {1, 2}
    opened.writer.apply("Datafile", [put(2, "second")])
    opened.writer.commit(["Datafile"])
    assert opened.documents("Datafile")[2]["name"] == "second"


def test_a_second_service_is_refused_the_directory(opened: Opened) -> None:
    with pytest.raises(DirectoryInUse, match=r"is in use by process \d+; end that service first"):
        DataDirectory.open(opened.root, FIT)


def test_a_directory_can_be_used_again_after_the_service_ended(opened: Opened) -> None:
    opened.writer.apply("Datafile", [put(1)])
    opened.stop()
    opened.start()
    assert set(opened.documents("Datafile")) == {1}


def test_few_writers_are_open_however_many_shards_are_written(
    open_with: Callable[..., Opened],
) -> None:
    opened = open_with(open_writers=3)
    opened.writer.apply("Datafile", [put(id_) for id_ in range(0, 2000, 20)])
    assert opened.writer.open_writers <= 3
    opened.writer.commit(["Datafile"])
    assert opened.writer.status().shards["Datafile"] == 20
    assert set(opened.documents("Datafile")) == set(range(0, 2000, 20))


def tend_until_closed(opened: Opened) -> None:
    """Soon after a commit nobody can tell whether it has begun a merge."""

    def is_closed() -> bool:
        opened.writer.tend()
        return opened.writer.open_writers == 0

    wait_for(is_closed, "a closed writer")


def test_idle_writers_are_closed(open_with: Callable[..., Opened]) -> None:
    now = [0.0]
    opened = open_with(clock=lambda: now[0])
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.tend()
    now[0] = 100.0
    opened.writer.tend()
    assert opened.writer.open_writers == 1, "it has changes to commit"
    opened.writer.commit(["Datafile"])
    tend_until_closed(opened)
    opened.writer.apply("Datafile", [put(1, "second")])
    opened.writer.commit(["Datafile"])
    assert opened.documents("Datafile") == {1: {"id": 1, "name": "second"}}


def merge_begun(shard: Path) -> Path:
    """A file as a merge has it that goes on: one that no commit names."""
    path = shard / f"{'0' * 32}.store"
    path.touch()
    return path


def test_a_writer_that_merges_is_closed_when_it_has_merged(
    open_with: Callable[..., Opened],
) -> None:
    now = [0.0]
    opened = open_with(clock=lambda: now[0])
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.commit(["Datafile"])
    merge = merge_begun(Path(opened.writer.view.of("Datafile")[0].path))
    now[0] = 100.0
    opened.writer.tend()
    assert opened.writer.open_writers == 1, "to close it is to wait"
    merge.unlink()
    tend_until_closed(opened)


def test_merges_are_waited_for_where_many_writers_merge(
    open_with: Callable[..., Opened],
) -> None:
    opened = open_with(open_writers=2)
    for low in range(0, 800, 100):
        opened.writer.apply("Datafile", [put(low)])
        opened.writer.commit(["Datafile"])
        merge_begun(Path(opened.writer.view.of("Datafile")[-1].path))
    assert opened.writer.open_writers == 4


def test_small_segments_are_merged_without_a_commit_that_waits(opened: Opened) -> None:
    for id_ in range(8):
        opened.writer.apply("Datafile", [put(id_)])
        opened.writer.commit(["Datafile"])
    shard = Path(opened.writer.view.of("Datafile")[0].path)

    def segments() -> int:
        commit = shard_files.last_commit(shard)
        return len(commit.segments) if commit else 0

    wait_for(lambda: segments() == 1, "the end of the merge")
    wait_for(lambda: not shard_files.is_merging(shard), "the removal of what was merged")
    assert set(opened.documents("Datafile")) == set(range(8))


# ── populations ─────────────────────────────────────────────────────────────────────────────────


def add(opened: Opened, *ids: int, name: str = "populated") -> None:
    opened.writer.add("Datafile", [(id_, {"id": id_, "name": name}) for id_ in ids])


@pytest.fixture
def with_two(opened: Opened) -> Opened:
    opened.writer.apply("Datafile", [put(1), put(101)])
    opened.writer.commit(["Datafile"])
    return opened


@pytest.mark.parametrize("delete", [True, False])
def test_readers_see_the_entity_as_it_was_until_the_end(with_two: Opened, delete: bool) -> None:
    with_two.writer.begin("Datafile", delete=delete)
    add(with_two, 5, 205, 101)
    with_two.writer.commit(["Datafile", "Dataset"])
    assert set(with_two.documents("Datafile")) == {1, 101}
    before = with_two.writer.view
    with_two.writer.end("Datafile")
    kept = set() if delete else {1}
    assert set(with_two.documents("Datafile")) == kept | {5, 101, 205}
    assert with_two.documents("Datafile")[101]["name"] == "populated"
    assert set(documents(before, "Datafile")) == {1, 101}, "who was told of the old one reads on"


@pytest.mark.parametrize("delete", [True, False])
def test_a_crash_in_a_population_undoes_it(with_two: Opened, delete: bool) -> None:
    with_two.writer.begin("Datafile", delete=delete)
    add(with_two, 5, 205)
    with_two.crash()
    assert set(with_two.documents("Datafile")) == {1, 101}
    assert with_two.directory.undone == ("Datafile",)
    assert list(with_two.writer.status().interrupted) == ["Datafile"]


def test_an_interruption_is_remembered_until_a_population_ends(with_two: Opened) -> None:
    with_two.writer.begin("Datafile", delete=False)
    with_two.crash()
    with_two.crash()
    assert with_two.directory.undone == ()
    assert list(with_two.writer.status().interrupted) == ["Datafile"]
    with_two.writer.begin("Datafile", delete=False)
    with_two.writer.end("Datafile")
    assert not with_two.writer.status().interrupted


def test_a_population_of_an_empty_entity_is_undone_too(opened: Opened) -> None:
    opened.writer.begin("Datafile", delete=False)
    add(opened, 5)
    opened.crash()
    assert opened.documents("Datafile") == {}
    assert opened.directory.undone == ("Datafile",)


def test_a_finished_population_survives_a_crash(with_two: Opened) -> None:
    with_two.writer.begin("Datafile", delete=True)
    add(with_two, 5)
    with_two.writer.end("Datafile")
    with_two.crash()
    assert set(with_two.documents("Datafile")) == {5}
    assert not (with_two.root / "generations/000001/Datafile/000001").exists(), "old files are gone"


def test_an_abandoned_population_leaves_what_was_there(with_two: Opened) -> None:
    with_two.writer.begin("Datafile", delete=True)
    add(with_two, 5)
    with_two.writer.abandon("Datafile")
    assert set(with_two.documents("Datafile")) == {1, 101}
    with_two.writer.apply("Datafile", [put(2)])
    with_two.writer.commit(["Datafile"])
    assert set(with_two.documents("Datafile")) == {1, 2, 101}


def test_a_document_added_twice_is_there_once(opened: Opened) -> None:
    opened.writer.begin("Datafile", delete=True)
    add(opened, 5, 9, 7, name="first")
    add(opened, 7, 8, 5, name="second")
    opened.writer.end("Datafile")
    names = {id_: document["name"] for id_, document in opened.documents("Datafile").items()}
    assert names == {5: "second", 9: "first", 7: "second", 8: "second"}


def test_many_threads_add_to_one_population(open_with: Callable[..., Opened]) -> None:
    opened = open_with(open_writers=2, memory=30_000_000, threads=2)
    opened.writer.begin("Datafile", delete=True)
    with ThreadPoolExecutor(6) as threads:
        blocks = [range(start, start + 60) for start in range(0, 600, 30)]  # each id in two blocks
        for done in [threads.submit(add, opened, *block) for block in blocks]:
            done.result()
    opened.writer.end("Datafile")
    assert set(opened.documents("Datafile")) == set(range(630))


def test_other_entities_change_during_a_population(opened: Opened) -> None:
    opened.writer.begin("Datafile", delete=True)
    add(opened, 5)
    opened.writer.apply("Dataset", [put(3)])
    opened.writer.commit(["Dataset"])
    assert set(opened.documents("Dataset")) == {3}
    assert opened.documents("Datafile") == {}


def test_a_population_that_could_not_be_written_is_undone_and_said(with_two: Opened) -> None:
    with_two.writer.begin("Datafile", delete=True)
    add(with_two, 5)
    with pytest.raises(StorageFailed):
        with_two.writer._populations["Datafile"].shard(0).put([(6, "not JSON")])
    add(with_two, 7)
    with pytest.raises(StorageFailed, match="the documents from before it are there again"):
        with_two.writer.end("Datafile")
    assert set(with_two.documents("Datafile")) == {1, 101}


# ── clear ───────────────────────────────────────────────────────────────────────────────────────


def test_clear_removes_every_document_and_ends_populations(with_two: Opened) -> None:
    with_two.writer.begin("Dataset", delete=False)
    with_two.writer.apply("Datafile", [put(3)])
    before = with_two.writer.view
    with_two.writer.clear()
    assert with_two.documents("Datafile") == with_two.documents("Dataset") == {}
    assert set(documents(before, "Datafile")) == {1, 101}, "who was told of the old one reads on"
    with_two.writer.apply("Datafile", [put(4)])
    with_two.writer.commit(["Datafile"])
    assert set(with_two.documents("Datafile")) == {4}
    with_two.crash()
    assert set(with_two.documents("Datafile")) == {4}
    assert with_two.directory.undone == ()


def test_a_clear_survives_a_crash_and_the_old_files_go(with_two: Opened, tmp_path: Path) -> None:
    with_two.writer.clear()
    with_two.crash()
    assert with_two.documents("Datafile") == {}
    generations = sorted(path.name for path in (with_two.root / "generations").iterdir())
    assert generations == ["000002"]


def test_old_files_are_removed_once_readers_had_time_to_leave(
    open_with: Callable[..., Opened],
) -> None:
    now = [0.0]
    opened = open_with(clock=lambda: now[0])
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.commit(["Datafile"])
    old = Path(opened.writer.view.of("Datafile")[0].path)
    opened.writer.clear()
    opened.writer.tend()
    assert old.exists()
    now[0] = 100.0
    opened.writer.tend()
    assert not old.exists()


def test_a_list_of_removable_files_that_lacks_some_refuses_nothing(opened: Opened) -> None:
    """A thread of a writer that failed may write its own list after the next writer's."""
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.commit(["Datafile"])
    (shard,) = opened.writer.view.of("Datafile")
    (Path(shard.path) / ".managed.json").write_text('["meta.json"]')
    assert not opened.writer.look_for_damage()
    opened.crash()
    opened.writer.apply("Datafile", [put(2)])
    opened.writer.commit(["Datafile"])
    assert set(opened.documents("Datafile")) == {1, 2}

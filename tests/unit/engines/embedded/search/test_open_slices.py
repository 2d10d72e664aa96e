"""What readers see of shards that change: through slices, and where none can be made."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.catalogue import lookup
from search_service.catalogue.documents import Operation
from search_service.engines.embedded.search.open_slices import Linking, OpenSlices
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.slices.dealing import SliceOptions
from search_service.engines.embedded.storage.slices.own_directory import NAME
from search_service.engines.embedded.storage.slices.segments import read_segments
from search_service.engines.embedded.storage.view import View
from search_service.errors import ShardDamaged
from search_service.query.order import Order
from search_service.query.tree import Everything
from tests.support.disks import Disk, small_disk  # noqa: F401 (a fixture)
from tests.support.embedded_service import EmbeddedService
from tests.support.service import create, delete
from tests.support.shards import linked


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmbeddedService]:
    """Seven shards of two ids."""
    service = EmbeddedService(tmp_path / "served")
    commit(service, [run(id_) for id_ in range(1, 14)])
    yield service
    service.end()


def run(id_: int, name: str = "run") -> Operation:
    return create("Dataset", id_, {"id": id_, "name": name})


def commit(service: EmbeddedService, operations: list[Operation]) -> View:
    service.changes.modify(operations)
    service.changes.commit()
    return service.writer.view


def ids(reader: EmbeddedReader) -> list[int]:
    return [hit.id for hit in reader.page("Dataset", Everything(), Order(), None, 100)]


# Beside the data directory, where the writer's own reader has slices too.


def opened(service: EmbeddedService, slices: int = 0) -> OpenSlices:
    return OpenSlices(service.writer.view, Linking(service.root.parent, SliceOptions(slices)))


def reading(service: EmbeddedService, slices: int = 0) -> EmbeddedReader:
    return linked(service.writer.view, service.root.parent, slices)


def directories(service: EmbeddedService) -> list[Path]:
    """The slices on the disk."""
    return [path for path in (service.root.parent / NAME).glob("*/*") if path.is_dir()]


def shard_paths(view: View) -> list[str]:
    return [shard.path for shard in view.of("Dataset")]


# ── slices ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("slices", [0, 1, 2, 5])
def test_many_shards_are_few_slices(service: EmbeddedService, slices: int) -> None:
    found = opened(service, slices).of("Dataset")
    assert len(found) == max(slices, 1)
    assert sum(slice_.documents for slice_ in found) == 13
    assert max(s.documents for s in found) - min(s.documents for s in found) <= 2


def test_a_shard_that_alone_has_documents_is_a_slice_as_it_is(service: EmbeddedService) -> None:
    view = commit(service, [delete("Dataset", id_) for id_ in {*range(1, 14)} - {2, 3}])
    slices = OpenSlices(view, Linking(service.root.parent, SliceOptions()))
    (found,) = slices.of("Dataset")
    assert found.documents == 2
    assert directories(service) == []
    slices.see(commit(service, [run(5)]))
    assert [slice_.documents for slice_ in slices.of("Dataset")] == [3]
    assert len(directories(service)) == 1
    slices.see(commit(service, [delete("Dataset", 5), delete("Dataset", 3)]))
    assert [slice_.documents for slice_ in slices.of("Dataset")] == [1]
    assert directories(service) == []


def test_a_commit_that_changes_one_shard_changes_one_slice(service: EmbeddedService) -> None:
    slices = opened(service, 3)
    before = [(slice_, slice_.searcher) for slice_ in slices.of("Dataset")]
    slices.see(commit(service, [run(4, "another")]))
    after = [(slice_, slice_.searcher) for slice_ in slices.of("Dataset")]
    assert [s for s, _ in before] == [s for s, _ in after]
    assert sum(old is not new for (_, old), (_, new) in zip(before, after, strict=True)) == 1


def test_a_shard_that_did_not_change_is_read_no_second_time(service: EmbeddedService) -> None:
    slices, view = opened(service), service.writer.view
    slices.of("Dataset")
    first, *others = view.of("Dataset")
    for other in others:
        (Path(other.path) / "meta.json").unlink()
    changed = (replace(first, stamp=first.stamp + 99), *others)
    slices.see(View(view.version + 1, view.generation, {**view.shards, "Dataset": changed}))
    assert sum(slice_.documents for slice_ in slices.of("Dataset")) == 13


def test_a_reader_sees_each_view_that_it_is_shown_and_no_other(service: EmbeddedService) -> None:
    reader = reading(service, 2)
    assert ids(reader) == [*range(1, 14)]
    view = commit(service, [run(20), delete("Dataset", 3)])
    assert ids(reader) == [*range(1, 14)]
    reader.see(view)
    assert ids(reader) == [1, 2, *range(4, 14), 20]


def test_a_stamp_changes_with_the_documents(service: EmbeddedService) -> None:
    slices = opened(service)
    stamp = slices.stamp("Dataset")
    slices.see(commit(service, [create("Datafile", 1, {"id": 1})]))
    assert slices.stamp("Dataset") == stamp
    slices.see(commit(service, [run(1, "another")]))
    assert slices.stamp("Dataset") != stamp


def test_another_edition_has_slices_of_its_own(service: EmbeddedService) -> None:
    reader = reading(service)
    assert ids(reader) == [*range(1, 14)]
    service.changes.lock("Dataset", None, None, delete=True)
    service.changes.add_now("Dataset", [{"id": id_} for id_ in (2, 4, 6)])
    assert ids(reader) == [*range(1, 14)]
    service.changes.unlock("Dataset")
    reader.see(service.writer.view)
    assert ids(reader) == [2, 4, 6]
    assert len(directories(service)) == 1


def test_a_generation_that_is_cleared_leaves_no_slices(service: EmbeddedService) -> None:
    reader = reading(service)
    ids(reader)
    service.changes.clear()
    reader.see(service.writer.view)
    assert directories(service) == []
    assert ids(reader) == []


def test_shards_of_different_schemas_are_in_different_slices(service: EmbeddedService) -> None:
    view = service.writer.view
    for path in shard_paths(view)[:3]:
        meta = Path(path) / "meta.json"
        meta.write_bytes(meta.read_bytes().replace(b'"name": "name"', b'"name": "nom_"'))
    assert len({read_segments(Path(path)).kind for path in shard_paths(view)}) == 2
    found = opened(service).of("Dataset")
    assert sorted(slice_.documents for slice_ in found) == [5, 8]


def test_the_slices_of_a_reader_go_with_it(service: EmbeddedService) -> None:
    slices = opened(service)
    slices.of("Dataset")
    assert len(directories(service)) == 1
    del slices
    assert directories(service) == []


# ── what happens meanwhile ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Lets something happen between the reading of the shards and the making of links."""

    def happens(what: Callable[[], object]) -> None:
        def link_after_it(source: str, target: str) -> None:
            monkeypatch.undo()
            what()
            os.link(source, target)

        monkeypatch.setattr(os, "link", link_after_it)

    return happens


def test_a_shard_that_merges_meanwhile_is_read_again(
    service: EmbeddedService, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    shard = Path(shard_paths(service.writer.view)[2])

    def replace_segments() -> None:
        before = {path.name for path in shard.iterdir()}
        commit(service, [delete("Dataset", 4), delete("Dataset", 5)])
        commit(service, [run(4, "another"), run(5, "another")])
        assert {path.name for path in shard.iterdir()} != before

    meanwhile(replace_segments)
    found = opened(service).of("Dataset")
    assert sum(slice_.documents for slice_ in found) == 13


def test_a_file_that_the_last_commit_names_and_that_is_gone_is_damage(
    service: EmbeddedService,
) -> None:
    shard = Path(shard_paths(service.writer.view)[2])
    next(shard.glob("*.store")).unlink()
    with pytest.raises(ShardDamaged, match=r"\.store is missing") as damaged:
        opened(service).of("Dataset")
    assert damaged.value.path == shard


def test_a_shard_that_the_engine_does_not_open_is_named(service: EmbeddedService) -> None:
    shard = Path(shard_paths(service.writer.view)[2])
    terms = next(shard.glob("*.term"))
    terms.write_bytes(terms.read_bytes()[:-30])
    with pytest.raises(ShardDamaged, match="it cannot be opened") as damaged:
        opened(service).of("Dataset")
    assert damaged.value.path == shard
    assert service.writer.view.damaged == {}


def test_an_entity_that_the_view_names_damaged_is_refused(service: EmbeddedService) -> None:
    slices = opened(service)
    slices.of("Dataset")
    shard = Path(shard_paths(service.writer.view)[2])
    next(shard.glob("*.store")).unlink()
    assert service.writer.look_for_damage()
    slices.see(service.writer.view)
    with pytest.raises(ShardDamaged) as damaged:
        slices.of("Dataset")
    assert damaged.value.path == shard
    assert slices.of("Datafile") == []


def test_slices_that_somebody_removes_are_made_again(service: EmbeddedService) -> None:
    reader = reading(service, 2)
    ids(reader)
    shutil.rmtree(service.root.parent / NAME)
    assert ids(reader) == [*range(1, 14)]
    reader.see(commit(service, [run(20)]))
    assert ids(reader) == [*range(1, 14), 20]
    assert len(directories(service)) == 2


def test_slices_of_which_somebody_removed_files_are_made_again(service: EmbeddedService) -> None:
    reader = reading(service)
    ids(reader)
    (before,) = directories(service)
    for path in list(before.iterdir()):
        path.unlink()
    before.rmdir()
    reader.see(commit(service, [run(20)]))
    assert ids(reader) == [*range(1, 14), 20]


# ── where no links can be made ───────────────────────────────────────────────────────────────────


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What a file system says that has none."""

    def link(source: str, target: str) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), source, None, target)

    monkeypatch.setattr(os, "link", link)
    return monkeypatch


def test_without_links_shards_are_searched_one_by_one(
    service: EmbeddedService, no_links: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reader = reading(service)
    assert ids(reader) == [*range(1, 14)]
    (told,) = [record for record in caplog.records if record.message.startswith("no slices made")]
    assert vars(told)["why"] == "Operation not permitted"
    reader.see(commit(service, [run(20)]))
    caplog.clear()
    assert ids(reader) == [*range(1, 14), 20]
    assert not caplog.records
    no_links.undo()
    reader.see(commit(service, [run(21)]))
    assert ids(reader) == [*range(1, 14), 20, 21]
    assert len(directories(service)) == 1


def test_a_data_directory_in_which_nothing_can_be_made_is_searched(
    service: EmbeddedService,
) -> None:
    (service.root.parent / NAME).write_bytes(b"a file")
    assert ids(reading(service)) == [*range(1, 14)]


def test_a_view_whose_shards_another_file_system_holds_is_searched(
    service: EmbeddedService,
    small_disk: Disk,  # noqa: F811
) -> None:
    assert ids(linked(service.writer.view, small_disk.path)) == [*range(1, 14)]


def test_a_disk_that_is_full_ends_no_search(tmp_path: Path, small_disk: Disk) -> None:  # noqa: F811
    service = EmbeddedService(small_disk.path, width=2)
    commit(service, [run(id_) for id_ in range(1, 14)])
    small_disk.fill()
    reader = reading(service)
    assert ids(reader) == [*range(1, 14)]
    small_disk.empty()
    reader.see(commit(service, [run(20)]))
    assert ids(reader) == [*range(1, 14), 20]
    service.end()


def test_unknown_entities_have_no_slices(service: EmbeddedService) -> None:
    slices = opened(service)
    assert slices.of("Nothing") == []
    assert lookup.find_entity("Nothing") is None
    slices.see(replace(service.writer.view, version=99))
    assert len(slices.of("Dataset")) == 1

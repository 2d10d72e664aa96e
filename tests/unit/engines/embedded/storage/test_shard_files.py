import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search_service.engines.base import Delete, Put
from search_service.engines.embedded.storage import shard_files
from search_service.engines.embedded.write.shard_writer import ShardWriter
from search_service.errors import ShardDamaged, StorageFailed
from tests.support.plain_shards import Opened, PlainCodec


def put(id_: int, name: str = "first") -> Put:
    return Put(id_, {"id": id_, "name": name})


@pytest.fixture
def shard(opened: Opened) -> Path:
    """One with four documents, one of them deleted since."""
    opened.writer.apply("Datafile", [put(1), put(2), put(3), put(4)])
    opened.writer.commit(["Datafile"])
    opened.writer.apply("Datafile", [Delete(3)])
    opened.writer.commit(["Datafile"])
    return Path(opened.writer.view.of("Datafile")[0].path)


def names(shard: Path) -> set[str]:
    return {path.name for path in shard.iterdir()}


# ── what a commit that did not end left behind ────────────────────────────────────────────────────


def commit_without_meta(shard: Path, commit: Callable[[], None]) -> None:
    """Leave the files as they are when a commit ends between its deletes and its ``meta.json``."""
    before = shard.with_name("before")
    shutil.copytree(shard, before)
    commit()
    # The engine removed what only the commit before named.
    shutil.copytree(before, shard, dirs_exist_ok=True)
    shutil.rmtree(before)


def test_a_commit_that_wrote_its_deletes_and_no_meta_is_done_again(
    opened: Opened, shard: Path
) -> None:
    def commit() -> None:
        opened.writer.apply("Datafile", [put(1, "second"), Delete(2)])
        opened.writer.commit(["Datafile"])

    opened.crash()  # the next commit has the same opstamp as after the next crash
    commit_without_meta(shard, commit)
    opened.crash()
    assert len(list(shard.glob("*.del"))) == 2
    assert opened.documents("Datafile")[1] == {"id": 1, "name": "first"}
    commit()
    assert opened.documents("Datafile")[1] == {"id": 1, "name": "second"}
    assert set(opened.documents("Datafile")) == {1, 4}


def test_a_commit_that_failed_after_its_deletes_is_done_again_by_the_same_process(
    opened: Opened, shard: Path
) -> None:
    opened.writer.lose()
    codec = PlainCodec()
    writer = ShardWriter("Datafile", shard, 0, 100, codec)

    def commit() -> None:
        writer.open(15_000_000, 1)
        writer.put([(1, codec.encoder("Datafile")(1, {"id": 1, "name": "second"}))])
        writer.commit()
        writer.drop()

    commit_without_meta(shard, commit)
    commit()
    opened.start()
    assert set(opened.documents("Datafile")) == {1, 2, 4}


def test_only_what_the_last_commit_names_is_kept(opened: Opened, shard: Path) -> None:
    opened.stop()
    wanted = names(shard)
    for left_over in (f"{'ab' * 16}.store", f"{'ab' * 16}.9.del", ".tmpQx12", ".managed.json.new"):
        (shard / left_over).write_bytes(b"half")
    (shard / "note of an operator").touch()
    (shard / ".managed.json").write_bytes(b"garbled")
    shard_files.keep_committed(shard)
    assert names(shard) == wanted | {"note of an operator"}
    commit = shard_files.last_commit(shard)
    assert commit is not None
    assert set(json.loads((shard / ".managed.json").read_bytes())) == {"meta.json", *commit.files}


# ── what is missing ───────────────────────────────────────────────────────────────────────────────


def without_meta(shard: Path) -> None:
    (shard / "meta.json").unlink()


def with_empty_meta(shard: Path) -> None:
    (shard / "meta.json").write_bytes(b"")


def with_half_of_meta(shard: Path) -> None:
    content = (shard / "meta.json").read_bytes()
    (shard / "meta.json").write_bytes(content[: len(content) // 2])


def without_a_segment(shard: Path) -> None:
    next(shard.glob("*.store")).unlink()


def without_deletes(shard: Path) -> None:
    next(shard.glob("*.del")).unlink()


def emptied(shard: Path) -> None:
    shutil.rmtree(shard)
    shard.mkdir()


def removed(shard: Path) -> None:
    shutil.rmtree(shard)


def without_meta_and_mark(shard: Path) -> None:
    (shard / "meta.json").unlink()
    shard.with_name(f"{shard.name}.made").unlink()


DAMAGES = [
    without_meta,
    with_empty_meta,
    with_half_of_meta,
    without_a_segment,
    without_deletes,
    emptied,
    removed,
    without_meta_and_mark,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_shard_is_no_empty_shard(
    damage: Callable[[Path], None], opened: Opened, shard: Path
) -> None:
    opened.writer.lose()
    damage(shard)
    left = set(shard.parent.rglob("*"))
    opened.start()
    assert [view.low for view in opened.writer.view.of("Datafile")] == [0]
    with pytest.raises(ShardDamaged, match=f"The shard {shard} is damaged, .*--entities Datafile"):
        shard_files.check_files(shard)
    with pytest.raises(ShardDamaged):
        opened.writer.apply("Datafile", [put(4)])
    with pytest.raises(ShardDamaged):
        opened.writer.begin("Datafile", delete=False)
    assert left <= set(shard.parent.rglob("*"))


def test_a_population_from_nothing_replaces_a_damaged_shard(opened: Opened, shard: Path) -> None:
    without_meta(shard)
    opened.crash()
    opened.writer.begin("Datafile", delete=True)
    opened.writer.add("Datafile", [(7, {"id": 7})])
    opened.writer.end("Datafile")
    assert opened.documents("Datafile") == {7: {"id": 7}}


def test_a_shard_whose_making_a_crash_interrupted_is_made(opened: Opened) -> None:
    edition = opened.directory.edition("Datafile")
    half = shard_files.shard_path(edition, 0)
    half.mkdir(parents=True)
    (half / ".managed.json").write_text('["meta.json"]')
    opened.crash()
    assert opened.writer.view.of("Datafile") == ()
    opened.writer.apply("Datafile", [put(1)])
    opened.writer.commit(["Datafile"])
    assert set(opened.documents("Datafile")) == {1}


def test_shards_of_a_version_that_did_not_note_them_are_noted_at_the_start(
    opened: Opened, shard: Path
) -> None:
    shard.with_name(f"{shard.name}.made").unlink()
    opened.crash()
    shutil.rmtree(shard)
    opened.crash()
    with pytest.raises(StorageFailed, match="its directory is missing"):
        opened.writer.apply("Datafile", [put(1)])


# ── merges ────────────────────────────────────────────────────────────────────────────────────────


def test_a_shard_is_merged_while_files_of_no_commit_grow(shard: Path) -> None:
    assert not shard_files.is_merging(shard)
    merge = shard / f"{'0' * 32}.store"
    merge.touch()
    assert shard_files.is_merging(shard)
    os.utime(merge, (0, 0))
    assert not shard_files.is_merging(shard), "a merge that failed left it behind"
    os.utime(merge, (2e9, 2e9))
    assert not shard_files.is_merging(shard), "it did so before the clock was set back"


def test_a_shard_that_cannot_be_read_is_not_merged(shard: Path, tmp_path: Path) -> None:
    (shard / shard_files.META).write_text("{")
    assert not shard_files.is_merging(shard)


def test_a_commit_tells_how_many_documents_are_deleted(shard: Path) -> None:
    commit = shard_files.last_commit(shard)
    assert commit is not None
    assert (commit.documents, commit.deleted) == (3, 1)

import json
from pathlib import Path

import pytest

from search_service.engines.base import Delete, Put
from search_service.engines.embedded.storage.shard_files import last_commit
from search_service.engines.embedded.storage.slices.segments import read_segments
from search_service.errors import ShardDamaged
from tests.support.plain_shards import Opened


@pytest.fixture
def shard(opened: Opened) -> Path:
    """Four documents and one deleted since, in one segment or two."""
    opened.writer.apply("Datafile", [Put(id_, {"id": id_}) for id_ in range(5)])
    opened.writer.commit(["Datafile"])
    opened.writer.apply("Datafile", [Delete(3)])
    opened.writer.commit(["Datafile"])
    return Path(opened.writer.view.of("Datafile")[0].path)


def test_what_the_last_commit_names_is_read(shard: Path) -> None:
    found = read_segments(shard)
    commit = last_commit(shard)
    assert commit is not None
    assert found.documents == commit.documents == 4
    assert {file for segment in found.segments for file in segment.files} == commit.files
    assert [segment.content for segment in found.segments] == json.loads(
        (shard / "meta.json").read_bytes()
    )["segments"]


def test_other_deletes_are_another_state_of_the_same_segment(opened: Opened, shard: Path) -> None:
    before = read_segments(shard).segments
    opened.writer.apply("Datafile", [Delete(2)])
    opened.writer.commit(["Datafile"])
    after = read_segments(shard).segments
    assert [s.id for s in after] == [s.id for s in before]
    assert [s.state for s in after] != [s.state for s in before]


def test_shards_of_one_schema_are_of_one_kind(opened: Opened, shard: Path) -> None:
    opened.writer.apply("Datafile", [Put(500, {"id": 500})])
    opened.writer.commit(["Datafile"])
    first, second = (read_segments(Path(each.path)) for each in opened.writer.view.of("Datafile"))
    assert first.kind == second.kind


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, r"its meta\.json is missing"),
        (b"", r"its meta\.json cannot be read"),
        (b"[]", r"its meta\.json cannot be read"),
        (b'{"segments": [], "opstamp": 1}', r"its meta\.json cannot be read"),
    ],
)
def test_a_shard_that_does_not_say_what_it_holds_is_damaged(
    shard: Path, content: bytes | None, what: str
) -> None:
    (shard / "meta.json").unlink()
    if content is not None:
        (shard / "meta.json").write_bytes(content)
    with pytest.raises(ShardDamaged, match=what) as damaged:
        read_segments(shard)
    assert damaged.value.path == shard


def test_a_shard_without_a_directory_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(ShardDamaged, match="its directory is missing"):
        read_segments(tmp_path / "Datafile" / "000001" / "0")

"""Over a base that a re-index made, once for all tests of the module."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from load_tests.base_index import make_base
from load_tests.documents import Facility
from load_tests.multiply import MULTIPLIED, Extent, extents_of, multiply
from search_service.app import engine_by
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.closed import view_of
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.errors import DirectoryInUse
from search_service.query.order import Order
from search_service.query.tree import Everything
from search_service.settings.model import Settings

DATAFILES = 600
TIMES = 5
ONCE = "InvestigationUser"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("multiplied") / "base"
    report = make_base(Facility(DATAFILES), data, memory=15, show=lambda line: None)
    assert not report.rejected
    return data


@pytest.fixture(scope="module")
def multiplied(base: Path) -> Path:
    target = base.with_name(f"times-{TIMES}")
    multiply(base, target, TIMES, shard_documents=2 * DATAFILES)
    return target


def reader_of(data: Path) -> EmbeddedReader:
    engine = engine_by(Settings(data=data))
    reader = engine.reader()
    assert isinstance(reader, EmbeddedReader)
    reader.see(engine.view())
    return reader


def files_of(data: Path) -> Mapping[str, bytes]:
    found = (path for path in data.rglob("*") if path.is_file() and path.name != "service.lock")
    return {str(path.relative_to(data)): path.read_bytes() for path in found}


def test_every_document_is_there_so_many_times(base: Path, multiplied: Path) -> None:
    before, after = reader_of(base), reader_of(multiplied)
    for entity in MULTIPLIED:
        assert after.count(entity) == TIMES * before.count(entity) > 0
        assert after.tally(entity, Everything()) == after.count(entity)


def test_what_hits_are_joined_to_is_there_once(base: Path, multiplied: Path) -> None:
    assert reader_of(multiplied).count(ONCE) == reader_of(base).count(ONCE) > 0


def test_copies_stand_in_shards_of_a_size_behind_those_of_the_base(
    base: Path, multiplied: Path
) -> None:
    before, after = extents_of(base)["Datafile"], extents_of(multiplied)["Datafile"]
    # Four copies, two of them in a shard.
    assert after == Extent(TIMES * DATAFILES, TIMES * before.segments, before.shards + 2)
    shards = view_of(multiplied).of("Datafile")
    assert [shard.low for shard in shards] == sorted(shard.low for shard in shards)
    assert all(one.high <= next_.low for one, next_ in pairwise(shards))


def test_a_copy_takes_no_disk(multiplied: Path) -> None:
    files = [path.stat() for path in multiplied.rglob("*.store")]
    assert all(one.st_nlink > 1 for one in files)
    assert len({one.st_ino for one in files}) < len(files)


def test_files_have_ids_of_their_own_in_each_copy(multiplied: Path) -> None:
    page = reader_of(multiplied).page("Datafile", Everything(), Order(), None, TIMES * DATAFILES)
    wanted = {1_000 * copy + id_ for copy in range(TIMES) for id_ in range(1, DATAFILES + 1)}
    assert {hit.id for hit in page} == wanted
    shards = view_of(multiplied).of("Datafile")
    assert all(any(shard.low <= id_ < shard.high for shard in shards) for id_ in wanted)


def test_nothing_of_it_is_damaged(multiplied: Path) -> None:
    assert [one.what for one in engine_by(Settings(data=multiplied)).verify() if one.what] == []


def test_the_base_stays_as_it_is(base: Path, tmp_path: Path) -> None:
    before = files_of(base)
    multiply(base, base.with_name("times-2"), 2)
    assert files_of(base) == before


def test_once_is_the_base_itself(base: Path) -> None:
    target = base.with_name("times-1")
    multiply(base, target, 1)
    assert extents_of(target) == extents_of(base)


def test_a_base_that_is_in_use_is_refused(base: Path) -> None:
    used = DataDirectory.hold(base)
    try:
        with pytest.raises(DirectoryInUse):
            multiply(base, base.with_name("times-7"), 7)
    finally:
        used.close()
    assert not base.with_name("times-7").exists()


def test_what_was_not_ended_is_made_anew(base: Path) -> None:
    target = base.with_name("times-3")
    left = target.with_name("times-3.part")
    left.mkdir()
    (left / "anything").touch()
    multiply(base, target, 3)
    assert not left.exists()
    assert not (target / "anything").exists()

"""What a shard's files tell of themselves: every kind of file, damaged in every way."""

import shutil
from pathlib import Path

import pytest

from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.catalogue.lookup import entity
from search_service.engines.embedded.index.schema import schema_of, written
from search_service.engines.embedded.storage.damage import (
    WHOLE,
    Stopped,
    damages_of,
    small_files,
)
from search_service.engines.embedded.storage.shard_files import META
from tests.support.damage import DAMAGES, KINDS, flip, shards
from tests.support.embedded_service import EmbeddedService
from tests.support.service import create, update

SCHEMA = written(schema_of(entity("Dataset"), frozenset(FACETABLE_BY_DEFAULT)))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shard with two segments, and deletes in one of them."""
    root = tmp_path_factory.mktemp("service")
    service = EmbeddedService(root, width=1000)
    named = [create("Dataset", id_, {"id": id_, "name": f"run {id_}"}) for id_ in range(100)]
    service.changes.modify(named)
    service.changes.commit()
    service.changes.modify([update("Dataset", id_, {"id": id_, "name": "x"}) for id_ in (3, 50)])
    service.changes.commit()
    service.end()
    return next(shards(root, "Dataset"))


@pytest.fixture
def shard(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / sound.name))


def test_a_shard_as_it_was_written_is_sound(shard: Path) -> None:
    assert damages_of(shard, SCHEMA) == []


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("kind", [*KINDS, "json"])
def test_damage_of_each_file_is_named(kind: str, how: str, shard: Path) -> None:
    for path in sorted(shard.glob(f"*.{kind}")):
        before = path.read_bytes()
        DAMAGES[how](path)
        assert [damage.path for damage in damages_of(shard, SCHEMA)][:1] == [path]
        path.write_bytes(before)
    assert damages_of(shard, SCHEMA) == []


def test_wherever_a_bit_of_the_deletes_or_of_what_names_them_is_flipped_it_is_noticed(
    shard: Path,
) -> None:
    # Behind it are the schema, and the number of the last change, which nothing else tells.
    meta = shard / META
    named = meta.read_text().index('"segments"'), meta.read_text().index('"schema"')
    places = {meta: named, **{path: (0, path.stat().st_size) for path in shard.glob("*.del")}}
    assert len(places) == 2
    for path, (start, end) in places.items():
        before = path.read_bytes()
        for place in range(start, end):
            flip(path, place / (len(before) - 1))
            assert damages_of(shard, SCHEMA), f"byte {place} of {path.name}"
            path.write_bytes(before)


def test_large_files_are_not_read_to_their_end_when_that_is_not_asked(shard: Path) -> None:
    path = next(shard.glob("*.store"))
    flip(path, 0.2)
    assert damages_of(shard, up_to=10) == []
    assert [damage.path for damage in damages_of(shard)] == [path]
    path.write_bytes(path.read_bytes()[:-1])
    assert [damage.path for damage in damages_of(shard, up_to=10)] == [path]


def test_the_smallest_files_are_read_up_to_so_many_bytes_in_all(shard: Path) -> None:
    sizes = sorted(p.stat().st_size for kind in KINDS for p in shard.glob(f"*.{kind}"))
    assert small_files([shard], sum(sizes)) == WHOLE
    assert small_files([shard], sum(sizes) - 1) == sizes[-1] - 1
    assert small_files([shard], 0) == sizes[0] - 1


def test_whoever_does_not_want_to_know_any_more_does_not_wait_for_the_end_of_a_file(
    shard: Path,
) -> None:
    store = next(shard.glob("*.store"))
    store.write_bytes(bytes(5_000_000) + store.read_bytes())
    asked: list[bool] = []

    def goes_on() -> bool:
        asked.append(len(asked) < 2)
        return asked[-1]

    with pytest.raises(Stopped):
        damages_of(shard, goes_on=goes_on)
    assert asked == [True, True, False]  # at each of its pieces

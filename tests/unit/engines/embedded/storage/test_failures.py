"""What the engine raises over damaged files: an error of the table, its panics too."""

import shutil
from pathlib import Path

import pytest

from analyzers import Synonyms
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.damage import damages_of
from search_service.engines.embedded.storage.failures import is_failure, is_panic, names_failures
from search_service.engines.embedded.storage.view import ShardView, View
from search_service.engines.embedded.write.shard_writer import ShardWriter
from search_service.errors import BadRequest, EngineFailed, ShardDamaged
from search_service.query.order import Order
from search_service.query.tree import Everything
from tests.support.damage import shards
from tests.support.embedded_service import FACETABLE, EmbeddedService
from tests.support.service import create


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("service")
    service = EmbeddedService(root, width=1000)
    named = [create("Dataset", id_, {"id": id_, "name": f"run {id_}"}) for id_ in range(100)]
    service.changes.modify(named)
    service.changes.commit()
    service.end()
    return next(shards(root, "Dataset"))


def opened(shard: Path) -> EmbeddedReader:
    view = View(1, 1, {"Dataset": (ShardView(str(shard), 0, 1000, 1),)})
    return EmbeddedReader(FACETABLE, "/\\", view)


def with_columns_beyond_its_end(path: Path) -> None:
    """The length of the list of columns, 20 bytes before the checksum, says more than there is."""
    place = path.read_bytes().rindex(b'{"version"') - 20
    with path.open("r+b") as file:  # in its place: it may be mapped
        file.seek(place)
        file.write((1 << 40).to_bytes(8, "little"))


def test_a_panic_of_the_engine_is_an_error_that_names_the_entity(
    sound: Path, tmp_path: Path
) -> None:
    shard = Path(shutil.copytree(sound, tmp_path / sound.name))
    with_columns_beyond_its_end(next(shard.glob("*.fast")))
    with pytest.raises(EngineFailed, match="Dataset could not be searched") as failed:
        opened(shard).page("Dataset", Everything(), Order(), None, 10)
    assert is_panic(failed.value.__cause__)
    assert [damage.path.suffix for damage in damages_of(shard)] == [".fast"]


def test_a_writer_refuses_a_shard_that_is_damaged(sound: Path, tmp_path: Path) -> None:
    shard = Path(shutil.copytree(sound, tmp_path / "Dataset" / "000001" / sound.name))
    with_columns_beyond_its_end(next(shard.glob("*.fast")))
    codec = TableCodec(FACETABLE, Synonyms.builtin(), "/\\")
    writer = ShardWriter("Dataset", shard, 0, 1000, codec)
    with pytest.raises(ShardDamaged, match=r"its \w+\.fast does not agree with its checksum"):
        writer.open(15_000_000, 1)


@names_failures
def failing(reader: None, entity: str, error: BaseException) -> None:
    raise error


def test_what_the_engine_raises_is_told_from_what_others_raise() -> None:
    with pytest.raises(
        EngineFailed, match="Dataset could not be searched: the engine says: no end"
    ):
        failing(None, "Dataset", ValueError("no end"))
    with pytest.raises(BadRequest):
        failing(None, "Dataset", BadRequest("write more of it"))
    assert not is_failure(KeyboardInterrupt())
    assert not is_failure(ZeroDivisionError())

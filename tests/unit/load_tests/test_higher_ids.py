"""Over a shard that the engine wrote; the engine says what the ids are afterwards."""

from pathlib import Path

import pytest
import tantivy

from load_tests.higher_ids import Ids, NoColumnOfIds, with_higher_ids
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.embedded.storage.damage import damages_of

FAR = 7_000_000_000


def made(path: Path, ids: list[int]) -> Path:
    """A shard of one segment. Returns the file of its columns."""
    path.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(KEY, fast=True)
    builder.add_integer_field("size", fast=True)
    index = tantivy.Index(builder.build(), str(path))
    writer = index.writer(15_000_000, 1)
    for id_ in ids:
        document = tantivy.Document()
        document.add_integer(KEY, id_)
        document.add_integer("size", 3 * id_)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    (columns,) = path.glob("*.fast")
    return columns


def ids_of(shard: Path) -> list[int]:
    searcher = tantivy.Index.open(str(shard)).searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=10_000, order_by_field=KEY).hits
    return sorted(int(value) for value, _ in hits)


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param(list(range(1, 5_001)), id="without-gaps"),
        pytest.param([n + 1_700 * (n // 500) for n in range(5_000)], id="with-gaps"),
        pytest.param([(7_919 * n) % 100_003 for n in range(1, 5_000)], id="in-no-order"),
        pytest.param([5, 6], id="two"),
    ],
)
def test_every_id_is_higher_by_so_much(ids: list[int], tmp_path: Path) -> None:
    columns = made(tmp_path / "shard", ids)
    known = Ids(min(ids), max(ids), len(ids))
    columns.write_bytes(with_higher_ids(columns.read_bytes(), known, FAR))
    assert ids_of(columns.parent) == sorted(FAR + id_ for id_ in ids)
    assert [damage for damage in damages_of(columns.parent) if damage.path == columns] == []


def test_a_file_that_has_no_such_column_is_refused(tmp_path: Path) -> None:
    columns = made(tmp_path / "shard", [1, 2, 3]).read_bytes()
    with pytest.raises(NoColumnOfIds, match="from 2 to 3"):
        with_higher_ids(columns, Ids(2, 3, 2), FAR)

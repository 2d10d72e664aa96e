from collections import Counter
from pathlib import Path

import pytest

from load_tests import bench_reindex, catalogue_rows
from load_tests.catalogue_rows import GAP, GAP_EVERY, SPREAD, tables
from load_tests.catalogue_server import fill
from load_tests.documents import Facility
from search_service.catalogue.columns import CATALOGUE_6
from search_service.demo import catalogue
from search_service.sources.open import open_source
from tests.support.databases import Server

FACILITY = Facility(600, spread=SPREAD)


def test_datasets_differ_in_size_by_orders_of_magnitude() -> None:
    rows = next(
        rows for rows in tables(Facility(60_000, spread=SPREAD)) if rows.table == "DATAFILE"
    )
    sizes = Counter(row[rows.columns.index("DATASET_ID")] for row in rows.rows).values()
    assert max(sizes) > 1_000
    assert sorted(sizes)[len(sizes) // 2] < 5


def test_ids_have_gaps() -> None:
    ids = [catalogue_rows.id_of(number) for number in range(1, 3 * GAP_EVERY)]
    assert ids == sorted(set(ids))
    assert ids[-1] == len(ids) + 2 * GAP


@pytest.mark.databases
def test_every_entity_is_read_from_the_catalogue(mariadb_server: Server) -> None:
    url = mariadb_server.new_database()
    shown: list[str] = []
    fill(url, FACILITY, shown.append)
    rejected: list[object] = []
    source = open_source(url, on_rejected=lambda *told: rejected.append(told))
    try:
        found = {
            layout.entity: [
                row for block in source.read(layout.entity, 0, 1 << 40) for row in block
            ]
            for layout in CATALOGUE_6
        }
    finally:
        source.close()
    assert not rejected
    assert len(found["Datafile"]) == 600
    assert all(found.values())
    expected = next(rows for rows in tables(FACILITY) if rows.table == "DATAFILE")
    given = {row[0]: row[expected.columns.index("LOCATION")] for row in expected.rows}
    assert {id_: document["location"] for id_, document in found["Datafile"]} == given


@pytest.mark.slow
def test_a_re_index_is_measured_from_a_catalogue_and_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "catalogue.sqlite"
    catalogue.create(source, scale=0.01)
    keep = tmp_path / "kept"
    options = ["--source", f"sqlite:///{source}", "--keep", str(keep), "--sample", "200"]
    assert bench_reindex.main([*options, "--jsonl", "--entities", "all", "--workers", "1,2"]) == 0
    printed = capsys.readouterr().out
    for wanted in ("database, 1 workers", "database, 2 workers", "file, 2 workers", "µs each"):
        assert wanted in printed
    lines = [line.split() for line in printed.splitlines()]
    assert {"read", "prepare", "encode", "index", "commit", "merge"} <= {
        line[0] for line in lines if line
    }
    assert [path.name for path in keep.iterdir()] == ["documents.jsonl"]

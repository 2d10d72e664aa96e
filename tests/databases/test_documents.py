"""What is read from real databases is what the catalogue would send."""

import gzip
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa

from search_service.catalogue import lookup
from search_service.catalogue.columns import CATALOGUE_6
from search_service.catalogue.documents import Document, id_of
from search_service.catalogue.origin import Origin
from search_service.sources.base import Source
from tests.databases.conftest import Open
from tests.support import catalogues
from tests.support.databases import Server

pytestmark = pytest.mark.databases
ENTITIES = [layout.entity for layout in CATALOGUE_6]


@pytest.fixture
def in_sqlite(small: Path, opened: Open) -> Source:
    return opened(f"sqlite:///{small}")


@pytest.fixture
def in_mariadb(mariadb_copy: str, opened: Open) -> Source:
    return opened(mariadb_copy)


@pytest.fixture
def in_postgresql(postgresql_copy: str, opened: Open) -> Source:
    return opened(postgresql_copy)


def test_a_catalogue_gives_the_same_documents_from_each_kind_of_database(
    in_sqlite: Source, in_mariadb: Source, in_postgresql: Source
) -> None:
    expected = catalogues.all_documents(in_sqlite, ENTITIES)
    assert set(expected) == set(ENTITIES)
    assert typed(catalogues.all_documents(in_mariadb, ENTITIES)) == typed(expected)
    assert typed(catalogues.all_documents(in_postgresql, ENTITIES)) == typed(expected)


def test_the_example_catalogue_gives_the_documents_that_its_server_sent(
    mariadb_server: Server, opened: Open
) -> None:
    directory = catalogues.example_directory()
    if directory is None:
        pytest.skip(f"{catalogues.EXAMPLE_VARIABLE} does not name the example catalogue")
    url = mariadb_server.new_database()
    catalogues.load_example(directory, url)
    expected: dict[str, list[tuple[int, Document]]] = {}
    with gzip.open(directory / "example-documents.jsonl.gz") as lines:
        for line in map(orjson.loads, lines):
            entity, document = line["entity"], line["doc"]
            row = (id_of(lookup.entity(entity), document), document)
            expected.setdefault(entity, []).append(row)
    for rows in expected.values():
        rows.sort(key=lambda row: row[0])
    assert typed(catalogues.all_documents(opened(url), ENTITIES)) == typed(expected)


def test_every_database_names_the_same_facility(
    in_sqlite: Source, in_mariadb: Source, in_postgresql: Source
) -> None:
    found = in_sqlite.origin(Origin())
    assert found.facilities
    assert in_mariadb.origin(Origin()) == found
    assert in_postgresql.origin(Origin()) == found


@pytest.mark.parametrize("name", ["in_sqlite", "in_mariadb", "in_postgresql"])
def test_pieces_cut_at_the_boundaries_are_about_equal_and_make_the_whole(
    name: str, request: pytest.FixtureRequest
) -> None:
    source: Source = request.getfixturevalue(name)
    bounds = source.bounds("Datafile")
    assert bounds is not None
    assert bounds.count == 2_500
    cuts = source.boundaries("Datafile", 4)
    assert list(cuts) == sorted(set(cuts))
    edges = [bounds.low, *cuts, bounds.high + 1]
    pieces = [
        [id_ for block in source.read("Datafile", *edge) for id_, _ in block]
        for edge in pairwise(edges)
    ]
    assert [len(piece) for piece in pieces] == [pytest.approx(625, abs=15)] * 4
    ids = [id_ for piece in pieces for id_ in piece]
    assert ids == sorted(set(ids))
    assert len(ids) == bounds.count


def test_a_large_range_is_counted_by_what_the_server_knows(
    mariadb_server: Server, postgresql_server: Server, small: Path, opened: Open
) -> None:
    for server in (mariadb_server, postgresql_server):
        url = server.new_database()
        catalogues.copy(small, url)
        analyze = "ANALYZE TABLE DATAFILE" if "mysql" in url else "ANALYZE DATAFILE"
        catalogues.change(url, "UPDATE DATAFILE SET ID = 9000000000 WHERE ID = 2500", analyze)
        bounds = opened(url).bounds("Datafile")
        assert bounds is not None
        assert (bounds.low, bounds.high) == (1, 9_000_000_000)
        assert bounds.count == pytest.approx(2_500, rel=0.3)


def test_a_date_that_is_none_costs_its_document_alone(
    mariadb_writable: str, postgresql_writable: str, opened: Open
) -> None:
    bad_dates = {mariadb_writable: "0000-00-00 00:00:00", postgresql_writable: "infinity"}
    for url, date in bad_dates.items():
        relax = ["SET sql_mode = ''"] if "mysql" in url else []
        change = f"UPDATE DATAFILE SET DATAFILEMODTIME = '{date}' WHERE ID = 7"
        catalogues.change(url, *relax, change)
        rejected: list[tuple[str, int | None, str]] = []
        source = opened(url, on_rejected=lambda *told, told_to=rejected: told_to.append(told))
        rows = [id_ for block in source.read("Datafile", 1, 11) for id_, _ in block]
        assert rows == [1, 2, 3, 4, 5, 6, 8, 9, 10]
        assert [(entity, id_) for entity, id_, _ in rejected] == [("Datafile", 7)]
        assert "date" in rejected[0][2]


def test_texts_come_with_every_character(
    mariadb_writable: str, postgresql_writable: str, opened: Open
) -> None:
    text = 'Å 中文 🧪 it\'s "100" %s \\ \t\n\x01\x1f\x7f {},[]'
    for url in (mariadb_writable, postgresql_writable):
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            update = sa.text("UPDATE DATAFILE SET DESCRIPTION = :text WHERE ID = 1")
            connection.execute(update, {"text": text})
        ((_, document),) = next(iter(opened(url).read("Datafile", 1, 2)))
        assert document["description"] == text


def test_columns_may_be_of_several_character_sets(mariadb_writable: str, opened: Open) -> None:
    catalogues.change(
        mariadb_writable,
        "ALTER TABLE DATAFILE MODIFY NAME VARCHAR(255) CHARACTER SET latin1 COLLATE latin1_bin",
        "ALTER TABLE DATAFILE MODIFY LOCATION VARCHAR(500) CHARACTER SET ucs2",
        "ALTER TABLE DATAFILE MODIFY DOI VARCHAR(255) COLLATE utf8mb4_german2_ci",
        "UPDATE DATAFILE SET NAME = 'é', LOCATION = '/中', DOI = 'ß', DESCRIPTION = '🧪',"
        " FILESIZE = 9007199254740993 WHERE ID = 2",
    )
    ((_, document),) = next(iter(opened(mariadb_writable).read("Datafile", 2, 3)))
    texts = [document[name] for name in ("name", "location", "doi", "description")]
    assert texts == ["é", "/中", "ß", "🧪"]
    assert document["fileSize"] == 9_007_199_254_740_993


@pytest.mark.parametrize("number", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -(2.0**60), 7.0])
def test_numbers_come_exactly(
    mariadb_writable: str, postgresql_writable: str, opened: Open, number: float
) -> None:
    for url in (mariadb_writable, postgresql_writable):
        catalogues.change(
            url,
            "UPDATE DATASETPARAMETER SET STRING_VALUE = NULL, RANGETOP = 1,"
            f" NUMERIC_VALUE = {number!r} WHERE ID = 1",
        )
        ((_, document),) = next(iter(opened(url).read("DatasetParameter", 1, 2)))
        assert (document["numericValue"], document["rangeTop"]) == (number, 1.0)
        assert (type(document["numericValue"]), type(document["rangeTop"])) == (float, float)


def test_a_page_that_is_too_large_for_one_value_is_read_by_rows(
    mariadb_server: Server, small: Path, opened: Open
) -> None:
    url = mariadb_server.new_database()
    catalogues.copy(small, url)
    # 16 MB is what the server allows.
    catalogues.change(
        url,
        "ALTER TABLE DATAFILE MODIFY DESCRIPTION LONGTEXT",
        "UPDATE DATAFILE SET DESCRIPTION = REPEAT('wide ', 2000)",
    )
    (block,) = opened(url).read("Datafile", 0, 10_000)
    assert [id_ for id_, _ in block] == list(range(1, 2_501))
    assert {len(document["description"]) for _, document in block} == {10_000}


def typed(by_entity: dict[str, list[tuple[int, Document]]]) -> object:
    """For a comparison that tells 1 from 1.0."""
    return {
        entity: [
            (id_, sorted((n, type(v), v) for n, v in document.items())) for id_, document in rows
        ]
        for entity, rows in by_entity.items()
    }

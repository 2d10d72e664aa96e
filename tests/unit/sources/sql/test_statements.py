"""The statements as each kind of database is told them; there is no Oracle to try them on."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

from search_service.catalogue.columns import CATALOGUE_6, Layout
from search_service.sources.sql.schema import Catalogue, Names, needed
from search_service.sources.sql.statements import EntityStatements, of_entity

MYSQL, ORACLE, POSTGRESQL = (
    sa.create_engine(url).dialect
    for url in ("mysql+pymysql://", "oracle+oracledb://", "postgresql+psycopg://")
)
LAYOUTS = {layout.entity: layout for layout in CATALOGUE_6}


def catalogue(*, lower: bool) -> Catalogue:
    def written(name: str) -> str:
        return name.lower() if lower else name

    names = {
        table: Names(written(table), {column: written(column) for column in columns})
        for table, columns in needed(CATALOGUE_6).items()
    }
    return Catalogue(6, LAYOUTS, names)


def statements(entity: str, *, lower: bool) -> EntityStatements:
    return of_entity(catalogue(lower=lower), LAYOUTS[entity])


def told(select: object, dialect: Dialect) -> str:
    return " ".join(str(select.compile(dialect=dialect)).split())  # type: ignore[attr-defined]


def test_a_page_is_read_by_its_key_with_names_as_the_database_writes_them() -> None:
    technique = statements("DatasetTechnique", lower=False)
    assert told(technique.page, MYSQL) == (
        "SELECT x.`ID` AS c0, x.`DATASET_ID` AS c1, x.`TECHNIQUE_ID` AS c2, x.`ID` AS c3"
        " FROM `DATASETTECHNIQUE` AS x WHERE x.`ID` >= %(low)s AND x.`ID` < %(high)s"
        " ORDER BY x.`ID` LIMIT %(rows)s"
    )
    technique = statements("DatasetTechnique", lower=True)
    assert told(technique.page, POSTGRESQL).startswith(
        "SELECT x.id AS c0, x.dataset_id AS c1, x.technique_id AS c2, x.id AS c3"
        " FROM datasettechnique AS x WHERE x.id >= "
    )


def test_oracle_is_told_no_word_that_it_does_not_know() -> None:
    datafile = statements("Datafile", lower=True)
    page = told(datafile.page, ORACLE)
    assert "coalesce(x.datafilemodtime, x.datafilecreatetime, x.mod_time) AS c" in page
    assert page.startswith("SELECT x.id AS c0, x.name AS c1, ")
    assert page.endswith(
        " FROM datafile x WHERE x.id >= :low AND x.id < :high ORDER BY x.id"
        " FETCH FIRST :rows ROWS ONLY"
    )
    of_dataset = told(datafile.parents[0].select, ORACLE)
    assert "STRAIGHT_JOIN" not in of_dataset
    assert "FROM dataset x JOIN investigation p1 ON x.investigation_id = p1.id" in of_dataset
    assert "LEFT OUTER JOIN sample p2 ON x.sample_id = p2.id" in of_dataset


def test_mariadb_reads_parents_from_the_table_that_is_asked_for() -> None:
    of_dataset = statements("Datafile", lower=False).parents[0].select
    assert told(of_dataset, MYSQL).startswith("SELECT STRAIGHT_JOIN ")


@pytest.mark.parametrize("layout", CATALOGUE_6, ids=lambda layout: layout.entity)
@pytest.mark.parametrize("dialect", [MYSQL, ORACLE, POSTGRESQL], ids=lambda d: str(d.name))
def test_every_statement_can_be_written_for_every_kind(layout: Layout, dialect: Dialect) -> None:
    found = statements(layout.entity, lower=True)
    parents = [one.select for one in found.parents]
    for select in (found.page, found.ids, found.ends, found.one, found.count, *parents):
        assert "FROM" in told(select, dialect)

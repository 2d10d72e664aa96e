"""Catalogues in databases for tests: the example facility copied, the given schema loaded."""

import gzip
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pymysql
import sqlalchemy as sa
from pymysql.constants import CLIENT

from search_service.demo.catalogue import COMMON, DATES, INTEGERS, REALS, TABLES
from search_service.sources.base import Row, Source

EXAMPLE_VARIABLE = "ICAT_SEARCH_EXAMPLE_CATALOGUE"
ROWS_AT_ONCE = 2_000


def all_documents(source: Source, entities: Iterable[str]) -> dict[str, list[Row]]:
    """Everything that a source holds of some entities, those without documents left out."""
    found: dict[str, list[Row]] = {}
    for entity in entities:
        if (bounds := source.bounds(entity)) is not None:
            found[entity] = [
                row for block in source.read(entity, bounds.low, bounds.high + 1) for row in block
            ]
    return found


def copy(catalogue: Path, url: str) -> None:
    """Copies an example catalogue from SQLite to an empty database of another kind."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    # PostgreSQL keeps names in lower case when nobody quotes them, as the catalogue does.
    lower = engine.dialect.name == "postgresql"
    metadata = sa.MetaData()
    tables = tables_of(metadata, lower=lower)
    with closing(sqlite3.connect(catalogue)) as origin, engine.begin() as connection:
        metadata.create_all(connection)
        for name, table in tables.items():
            rows = origin.execute(
                f"SELECT {', '.join(column.name for column in table.columns)} FROM {name}"
            )
            while some := rows.fetchmany(ROWS_AT_ONCE):
                names = [column.name for column in table.columns]
                connection.execute(
                    sa.text(
                        f"INSERT INTO {table.name} ({', '.join(names)}) "
                        f"VALUES ({', '.join(f':{one}' for one in names)})"
                    ),
                    [dict(zip(names, row, strict=True)) for row in some],
                )


def tables_of(metadata: sa.MetaData, *, lower: bool = False) -> dict[str, sa.Table]:
    """The tables of a catalogue, with no keys but the ids."""
    return {name: _table(metadata, name, columns, lower) for name, columns in _columns()}


def change(url: str, *statements: str) -> None:
    """Changes a database by statements of its own."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))


def load_example(directory: Path, url: str) -> None:
    """Loads the schema and the content of the example that the variable names."""
    schema = (directory / "mariadb.sql").read_text(encoding="utf-8")
    content = gzip.decompress((directory / "example-data.sql.gz").read_bytes()).decode()
    address = sa.make_url(url)
    connection = pymysql.connect(
        host=address.host or "",
        port=address.port or 0,
        user=address.username,
        database=address.database,
        client_flag=CLIENT.MULTI_STATEMENTS,
        autocommit=True,
    )
    with closing(connection), connection.cursor() as cursor:
        for script in (schema, content):
            cursor.execute(script)
            while cursor.nextset():
                pass


def example_directory() -> Path | None:
    """What the variable names; None when it is not set."""
    named = os.environ.get(EXAMPLE_VARIABLE)
    return Path(named) if named else None


def _columns() -> Iterator[tuple[str, list[str]]]:
    for table in TABLES:
        named = f"{table.columns} {COMMON}".split()
        yield table.name, ["ID", *(one.rstrip("!").partition(">")[0] for one in named)]


def _table(metadata: sa.MetaData, name: str, columns: list[str], lower: bool) -> sa.Table:
    def written(text: str) -> str:
        return text.lower() if lower else text

    return sa.Table(
        written(name),
        metadata,
        *(
            sa.Column(written(one), _type(one), primary_key=one == "ID", autoincrement=False)
            for one in columns
        ),
    )


def _type(column: str) -> sa.types.TypeEngine[object]:
    kind: object = sa.String(1_000)
    if column in INTEGERS or (column.endswith("_ID") and column not in NO_REFERENCES):
        kind = sa.BigInteger()
    elif column in REALS:
        kind = sa.Double()
    elif column in DATES:
        kind = sa.DateTime()
    elif column == "SUMMARY":
        kind = sa.String(4_000)
    return kind  # type: ignore[return-value]


NO_REFERENCES = frozenset({"CREATE_ID", "MOD_ID", "VISIT_ID"})

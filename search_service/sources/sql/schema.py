"""Looks at a database: is it a catalogue, of which version, and how does it write its names?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from search_service.catalogue.columns import CATALOGUE_6, CATALOGUE_7, Layout, Parent
from search_service.errors import SchemaUnknown

Columns = Mapping[str, str]  # the catalogue's name of a column → the database's


@dataclass(frozen=True, slots=True)
class Names:
    """A table's name as the database writes it, and those of its columns."""

    table: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database holds: the layouts of its version, and its names by the catalogue's."""

    version: int
    layouts: Mapping[str, Layout]
    names: Mapping[str, Names]


def examine(connection: sa.Connection) -> Catalogue:
    """Raises SchemaUnknown with the table and column that are missing."""
    inspector = sa.inspect(connection)
    # Names are compared without regard to case: MariaDB keeps them as written, PostgreSQL in lower
    # case. SQLAlchemy writes Oracle's upper case as lower case.
    there = {name.upper(): name for name in inspector.get_table_names()}
    there |= {name.upper(): name for name in inspector.get_view_names()}
    version = _version(there, inspector)
    layouts = CATALOGUE_7 if version == 7 else CATALOGUE_6
    wanted = needed(layouts)
    for table in wanted:
        if table not in there:
            raise SchemaUnknown(f"{_NO_CATALOGUE} {version}: there is no table {table}")
    found = inspector.get_multi_columns(
        kind=ObjectKind.ANY, filter_names=[there[table] for table in wanted]
    )
    columns_of = {
        name: {str(column["name"]).upper(): str(column["name"]) for column in columns}
        for (_schema, name), columns in found.items()
    }
    names = {table: Names(there[table], columns_of[there[table]]) for table in wanted}
    for table, columns in wanted.items():
        for column in columns:
            if column not in names[table].columns:
                raise SchemaUnknown(
                    f"{_NO_CATALOGUE} {version}: table {table} has no column {column}"
                )
    return Catalogue(version, {layout.entity: layout for layout in layouts}, names)


_NO_CATALOGUE = "The database does not have the schema of ICAT"


def _version(there: Mapping[str, str], inspector: sa.Inspector) -> int:
    if "SAMPLE" not in there:
        raise SchemaUnknown(
            "The database is no catalogue of ICAT 6 or 7: there is no table SAMPLE. Does the "
            "address name the right database, and may the user read its tables?"
        )
    sample = {str(column["name"]).upper() for column in inspector.get_columns(there["SAMPLE"])}
    between = "INVESTIGATIONSAMPLE" in there
    return 7 if between and "INVESTIGATION_ID" not in sample else 6


def needed(layouts: Sequence[Layout]) -> Mapping[str, Sequence[str]]:
    """The columns of each table that statements name, in the order of the tables of data."""
    found: dict[str, dict[str, None]] = {}
    for layout in layouts:
        for table, column in _used(layout):
            found.setdefault(table, {})[column] = None
    return {table: list(columns) for table, columns in found.items()}


def _used(layout: Layout | Parent) -> Iterator[tuple[str, str]]:
    yield layout.table, "ID"
    for column in layout.columns:
        for name in column.names:
            yield layout.table, name
    for parent in layout.parents:
        yield layout.table, parent.by
        yield from _used(parent)

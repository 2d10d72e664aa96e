"""The statements that read a catalogue, made from the table of columns.

Of an entity: one for its own table, and one for each parent with whatever that refers to. The
parents of a page are read by themselves (see ``reader`` for why); only their own parents are joined
by the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa

from search_service.catalogue.columns import Column, Holds, Layout, Parent
from search_service.sources.sql.schema import Catalogue, Names


@dataclass(frozen=True, slots=True)
class ParentStatement:
    """Reads parents: the fields, then the id. Takes the list ``ids``."""

    select: sa.Select[Any]
    columns: Sequence[Column]
    parent: Parent


@dataclass(frozen=True, slots=True)
class EntityStatements:
    """Reads an entity: the fields, then the references to the parents, then the id.

    ``page`` takes ``low``, ``high`` (exclusive) and ``rows``. So do ``packed`` (for MariaDB), which
    gives the number of rows and all of them as JSON without the outer brackets, and ``ids``, which
    gives ids alone. ``ends`` (the lowest and the highest id) and ``count`` take ``low`` and
    ``high``, ``one`` takes ``id``, ``some`` the list ``ids``.
    """

    layout: Layout
    page: sa.Select[Any]
    packed: sa.Select[Any]
    ids: sa.Select[Any]
    ends: sa.Select[Any]
    count: sa.Select[Any]
    one: sa.Select[Any]
    some: sa.Select[Any]
    parents: Sequence[ParentStatement]
    key: sa.ColumnClause[int]


_FACILITY = "FACILITY"
_IDS = sa.bindparam("ids", expanding=True, type_=sa.BigInteger)


def of_entity(catalogue: Catalogue, layout: Layout) -> EntityStatements:
    """The statements for an entity."""
    table = _table(catalogue.names[layout.table], "x")
    key: sa.ColumnClause[int] = table.c[_name(catalogue, layout.table, "ID")]
    fields = [_value(catalogue, layout.table, table, column) for column in layout.columns]
    references = [table.c[_name(catalogue, layout.table, p.by)] for p in layout.parents]
    values = [*fields, *references, key]
    rows = sa.select(*_labelled(values)).select_from(table)
    arrays = _paged(sa.select(*_labelled([_json(layout, values)])).select_from(table), key)
    ids = sa.select(key)
    lowest_and_highest: list[sa.ColumnElement[Any]] = [sa.func.min(key), sa.func.max(key)]
    ends = sa.select(*lowest_and_highest)
    return EntityStatements(
        layout,
        _paged(rows, key),
        _packed(arrays.subquery("pages")),
        _paged(ids, key),
        _between(ends, key),
        _between(sa.select(sa.func.count()).select_from(table), key),
        rows.where(key == sa.bindparam("id", type_=sa.BigInteger)),
        rows.where(key.in_(_IDS)).order_by(key),
        [_of_parent(catalogue, parent) for parent in layout.parents],
        key,
    )


def of_facilities(catalogue: Catalogue) -> sa.Select[Any]:
    """The ids and names of the facilities, by id."""
    table = _table(catalogue.names[_FACILITY], "x")
    key: sa.ColumnClause[int] = table.c[_name(catalogue, _FACILITY, "ID")]
    return sa.select(key, table.c[_name(catalogue, _FACILITY, "NAME")]).order_by(key)


def _paged(select: sa.Select[Any], key: sa.ColumnClause[int]) -> sa.Select[Any]:
    rows = sa.bindparam("rows", type_=sa.Integer)
    return _between(select, key).order_by(key).limit(rows)


def _json(layout: Layout, values: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    # Columns of several character sets or collations cannot stand in one text as they are.
    utf8: sa.ColumnClause[str] = sa.literal_column("utf8mb4")
    texts = {place for place, column in enumerate(layout.columns) if column.holds is Holds.TEXT}
    return sa.func.json_array(
        *(
            sa.func.convert(value.op("USING")(utf8)) if place in texts else value
            for place, value in enumerate(values)
        )
    )


def _packed(arrays: sa.Subquery) -> sa.Select[Any]:
    together = arrays.c.c0.op("SEPARATOR")(sa.literal_column("','"))
    columns: list[sa.ColumnElement[Any]] = [sa.func.count(), sa.func.group_concat(together)]
    return sa.select(*columns).select_from(arrays)


def _between(select: sa.Select[Any], key: sa.ColumnClause[int]) -> sa.Select[Any]:
    low, high = (sa.bindparam(name, type_=sa.BigInteger) for name in ("low", "high"))
    return select.where(key >= low, key < high)


def _of_parent(catalogue: Catalogue, parent: Parent) -> ParentStatement:
    aliases = (f"p{number}" for number in count(1))
    columns: list[Column] = []
    values: list[sa.ColumnElement[Any]] = []
    root = _table(catalogue.names[parent.table], "x")
    joined: sa.FromClause = root

    def add(place: Parent, table: Any) -> None:
        nonlocal joined
        columns.extend(place.columns)
        values.extend(_value(catalogue, place.table, table, c) for c in place.columns)
        for above in place.parents:
            other = _table(catalogue.names[above.table], next(aliases))
            on = (
                table.c[_name(catalogue, place.table, above.by)]
                == other.c[_name(catalogue, above.table, "ID")]
            )
            joined = joined.join(other, on, isouter=not above.required)
            add(above, other)

    add(parent, root)
    key = root.c[_name(catalogue, parent.table, "ID")]
    select = sa.select(*_labelled([*values, key])).select_from(joined).where(key.in_(_IDS))
    # Left to itself MariaDB may start from a small table and read the whole of the large one.
    for dialect in ("mysql", "mariadb"):
        select = select.prefix_with("STRAIGHT_JOIN", dialect=dialect)
    return ParentStatement(select, columns, parent)


def _table(names: Names, alias: str) -> Any:
    return sa.table(names.table, *map(sa.column, names.columns.values())).alias(alias)


def _name(catalogue: Catalogue, table: str, column: str) -> str:
    return catalogue.names[table].columns[column]


def _value(catalogue: Catalogue, name: str, table: Any, column: Column) -> sa.ColumnElement[Any]:
    names: Mapping[str, str] = catalogue.names[name].columns
    first, *others = (table.c[names[one]] for one in column.names)
    return sa.func.coalesce(first, *others) if others else first


def _labelled(values: Sequence[sa.ColumnElement[Any]]) -> list[sa.Label[Any]]:
    """A column may be selected twice; in a row it has a place of its own."""
    return [value.label(f"c{place}") for place, value in enumerate(values)]

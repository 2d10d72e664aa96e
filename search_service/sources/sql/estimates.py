"""About how many rows a large table has, by what the database knows of it without counting."""

import sqlalchemy as sa

from search_service.sources.sql.connecting import Database

_STATEMENTS = {
    "mysql": "SELECT TABLE_ROWS FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = :table",
    "postgresql": "SELECT CAST(reltuples AS BIGINT) FROM pg_class"
    " WHERE oid = to_regclass(quote_ident(:table))",
    "oracle": "SELECT NUM_ROWS FROM USER_TABLES WHERE TABLE_NAME = UPPER(:table)",
}
_STATEMENTS["mariadb"] = _STATEMENTS["mysql"]


def rows(database: Database, table: str) -> int | None:
    """None when the database does not know."""
    statement = _STATEMENTS.get(database.connection.dialect.name)
    if statement is None:
        return None
    found = database.rows(sa.text(statement), table=table)
    value = found[0][0] if found else None
    return int(value) if value is not None and value > 0 else None

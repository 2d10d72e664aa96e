"""What each database's driver is told.

They give dates as text where they can: converting it costs less than the driver's own objects, and
a date that is none fails alone.
"""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

CONNECT_SECONDS = 10
READ_SECONDS = 600
PACKED_BYTES = 64 << 20  # the server may allow less, see ``connecting.Database.packed``


def options(url: sa.URL) -> dict[str, Any]:
    """Of SQLAlchemy's ``create_engine``."""
    backend = url.get_backend_name()
    match backend:
        case "mysql" | "mariadb":
            return {
                "connect_args": {
                    "conv": _mariadb_values(),
                    "connect_timeout": CONNECT_SECONDS,
                    "read_timeout": READ_SECONDS,
                    "init_command": f"SET SESSION group_concat_max_len = {PACKED_BYTES}",
                }
            }
        case "postgresql":
            return {
                "connect_args": {
                    "connect_timeout": CONNECT_SECONDS,
                    "tcp_user_timeout": 60_000,
                    "prepare_threshold": None,  # poolers between lose prepared statements
                }
            }
        case "sqlite":
            return {"creator": lambda: _sqlite(url)}
        case _:
            return {}


def _mariadb_values() -> dict[object, object]:
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    dates = {FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.DATE}
    return {kind: convert for kind, convert in conversions.items() if kind not in dates}


def dates_as_text(connection: Any, _record: object) -> None:
    """Told to each new connection of PostgreSQL."""
    from psycopg.types.string import TextLoader

    for kind in ("timestamp", "timestamptz", "date"):
        connection.adapters.register_loader(kind, TextLoader)


def _sqlite(url: sa.URL) -> sqlite3.Connection:
    """Read only: a file that is not there is not made."""
    path = Path(url.database or "").absolute()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

"""What each database's driver is told.

They give dates as text where they can: converting it costs less than the driver's own objects, and
a date that is none fails alone.
"""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

CONNECT_SECONDS = 10  # until a server takes the connection
# Until it has let us in, too: some look up our name before they greet, and the name server may be
# silent. PostgreSQL's driver has one limit for all of it.
OPEN_SECONDS = 30.0
READ_SECONDS = 600.0  # until it answers
PACKED_BYTES = 64 << 20  # the server may allow less, see ``connecting.Database.packed``


def options(url: sa.URL, read_seconds: float = READ_SECONDS) -> dict[str, Any]:
    """Of SQLAlchemy's ``create_engine``. ``read_seconds``: how long an answer may take."""
    backend = url.get_backend_name()
    match backend:
        case "mysql" | "mariadb":
            return {
                "connect_args": {
                    "conv": _mariadb_values(),
                    "connect_timeout": CONNECT_SECONDS,
                    "read_timeout": read_seconds,
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


def prepare(url: sa.URL, connection: Any, read_seconds: float) -> None:
    """Tell a new connection of the driver what no option tells."""
    match url.get_backend_name():
        case "postgresql":
            _dates_as_text(connection)
        case "oracle":
            connection.call_timeout = round(read_seconds * 1_000)


def _dates_as_text(connection: Any) -> None:
    from psycopg.types.string import TextLoader

    for kind in ("timestamp", "timestamptz", "date"):
        connection.adapters.register_loader(kind, TextLoader)


def _sqlite(url: sa.URL) -> sqlite3.Connection:
    """Read only: a file that is not there is not made."""
    path = Path(url.database or "").absolute()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

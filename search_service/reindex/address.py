"""The address of a database and its password, which nothing here ever shows.

The password is taken from the address, else from a file, else from the environment.
"""

import os
import re
from pathlib import Path

import sqlalchemy as sa

from search_service.errors import SourceRefused

PASSWORD_VARIABLE = "ICAT_SEARCH_SOURCE_PASSWORD"  # noqa: S105
HIDDEN = "***"
# The one driver of each database that is known here.
DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgresql": "postgresql+psycopg",
    "oracle": "oracle+oracledb",
    "sqlite": "sqlite+pysqlite",
}
_WITH_PASSWORD = re.compile(r"(?<=://)([^/?#]*?):[^/?#]*@|(?<=://)([^@]*?):.*@", re.DOTALL)
_IN_QUERY = re.compile(r"(?i)([?&](?:password|passwd|pwd|sslpassword)=)[^&#]*")


def shown(url: str) -> str:
    """The address for a log or a sentence: its password is hidden."""
    hidden = _WITH_PASSWORD.sub(lambda m: f"{m[1] or m[2] or ''}:{HIDDEN}@", url)
    return _IN_QUERY.sub(rf"\1{HIDDEN}", hidden)


def parse(url: str, password_file: Path | None = None) -> sa.URL:
    """The address with driver and password. Raises SourceRefused."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise SourceRefused(
            f"{shown(url)} is no address of a database; one is written "
            "mysql://user@host:3306/database"
        ) from None
    database = parsed.get_backend_name()
    if DRIVERS.get(database, "").partition("+")[0] != database or (
        parsed.drivername not in (database, DRIVERS[database])
    ):
        raise SourceRefused(
            f"{shown(url)}: databases are read by {', '.join(DRIVERS.values())}, not by "
            f"{parsed.drivername}"
        )
    parsed = parsed.set(drivername=DRIVERS[database])
    if parsed.password is None and database != "sqlite":
        parsed = parsed.set(password=_password(password_file))
    return parsed


def scrubbed(text: str, url: sa.URL) -> str:
    """What a driver said, on one line and without the password."""
    line = " ".join(text.split())
    for secret in (str(url.password or ""), *_query_secrets(url)):
        if secret:
            line = line.replace(secret, HIDDEN)
    return line


def _query_secrets(url: sa.URL) -> list[str]:
    return [
        value
        for name, values in url.query.items()
        if name.lower() in {"password", "passwd", "pwd", "sslpassword"}
        for value in ((values,) if isinstance(values, str) else values)
    ]


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE)
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SourceRefused(f"The password file {file} cannot be read: {reason}") from None

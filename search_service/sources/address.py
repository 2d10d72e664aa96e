"""The address of a database and its password, which nothing here ever shows.

The password is taken from the address, else from a file, else from the environment. In an address
it may hold any sign: it ends at the last `@` before the options.
"""

import os
from pathlib import Path
from urllib.parse import quote, unquote

import sqlalchemy as sa

from search_service.errors import SourceRefused
from search_service.files import Unreadable, secret_in
from search_service.masking import HIDDEN, NO_PORT, masked

PASSWORD_VARIABLE = "ICAT_SEARCH_SOURCE_PASSWORD"  # noqa: S105
# The one driver of each database that is known here.
DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgresql": "postgresql+psycopg",
    "oracle": "oracle+oracledb",
    "sqlite": "sqlite+pysqlite",
}


def parse(url: str, password_file: Path | None = None) -> sa.URL:
    """The address with driver and password. Raises SourceRefused."""
    try:
        parsed = sa.make_url(_quoted(url))
    except (sa.exc.ArgumentError, ValueError):
        raise SourceRefused(
            f"{masked(url)} is no address of a database; one is written "
            "mysql://user@host:3306/database"
        ) from None
    database = parsed.get_backend_name()
    if DRIVERS.get(database, "").partition("+")[0] != database or (
        parsed.drivername not in (database, DRIVERS[database])
    ):
        raise SourceRefused(
            f"{masked(url)}: databases are read by {', '.join(DRIVERS.values())}, not by "
            f"{parsed.drivername}"
        )
    parsed = parsed.set(drivername=DRIVERS[database])
    if parsed.password is None and database != "sqlite":
        parsed = parsed.set(password=_password(password_file))
    return parsed


def shown(parsed: sa.URL) -> str:
    """The address for a log or a sentence."""
    return masked(parsed.render_as_string(hide_password=True))


def _quoted(url: str) -> str:
    """The address with a user and a password that hold no signs with a meaning in addresses."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.startswith("sqlite"):
        return url
    before_options, _, options = rest.partition("?")
    if "@" in before_options and "@" in options:
        # The password may go on behind the `?`.
        raise SourceRefused(
            f"{masked(url)} has an @ before and after a ?, so that its password has no clear end; "
            "write those within the password or the options as %40"
        )
    end = rest.rfind("@")
    if end < 0 or ("@" not in before_options and not NO_PORT.match(before_options)):
        return url
    user, colon, password = rest[:end].partition(":")
    userinfo = f"{_requoted(user)}{colon}{_requoted(password)}"
    return f"{scheme}{separator}{userinfo}{rest[end:]}"


def _requoted(text: str) -> str:
    return quote(unquote(text), safe="")


def scrubbed(text: str, url: sa.URL) -> str:
    """The message of a driver, on one line and without the password."""
    line = " ".join(text.split())
    for secret in (str(url.password or ""), *_query_secrets(url)):
        for written in {secret, " ".join(secret.split()), quote(secret, safe="")}:
            line = line.replace(written, HIDDEN) if written else line
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
        return secret_in(file)
    except Unreadable as error:
        raise SourceRefused(
            f"The password file {file} cannot be read: {error.why}; the setting "
            "source_password_file names it, or the option --password-file"
        ) from None

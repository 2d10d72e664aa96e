"""Opens a source by its address. The arguments can be sent to a process, which opens its own."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from search_service.sources.address import parse
from search_service.sources.base import OnRejected, Source, ignore_rejected
from search_service.sources.index.reader import IndexSource
from search_service.sources.lines.reader import FileSource
from search_service.sources.lines.scan import SUFFIXES
from search_service.sources.moments import Moments
from search_service.sources.sql.connecting import Database
from search_service.sources.sql.reader import SqlSource

INDEX = "index:"
"""What the address of a data directory begins with."""


def open_source(
    url: str,
    zone: str = "UTC",
    *,
    password_file: Path | None = None,
    on_rejected: OnRejected = ignore_rejected,
) -> Source:
    """A source over a database, a file of documents or an index.

    Only a database needs a zone and a password.

    Raises SourceFailed: SourceRefused, SourceLost or SchemaUnknown.
    """
    if (file := _file(url)) is not None:
        return FileSource(file, on_rejected)
    if (directory := _index(url)) is not None:
        return IndexSource(directory)
    moments = Moments(zone)
    database = Database(parse(url, password_file))
    try:
        return SqlSource(database, moments, on_rejected)
    except BaseException:
        database.close()
        raise


@dataclass(frozen=True)
class SourceAt:
    """Opens the same source anew, in whatever process it was sent to."""

    url: str = field(repr=False)
    zone: str = "UTC"
    password_file: Path | None = None

    @property
    def address(self) -> str:
        """The address for a record: without user, password and options."""
        path = _file(self.url) or _index(self.url)
        if path is not None:
            return str(path.absolute())
        try:
            parsed = sa.make_url(self.url)
        except (sa.exc.ArgumentError, ValueError):
            return ""  # whoever opens it says so
        plain = sa.URL.create(
            parsed.get_backend_name(), None, None, parsed.host, parsed.port, parsed.database
        )
        return plain.render_as_string()

    @property
    def is_database(self) -> bool:
        """Whether its dates need a zone."""
        return _file(self.url) is None and _index(self.url) is None

    def __call__(self, on_rejected: OnRejected = ignore_rejected) -> Source:
        """A new connection. Raises SourceFailed."""
        return open_source(
            self.url, self.zone, password_file=self.password_file, on_rejected=on_rejected
        )


def _file(url: str) -> Path | None:
    if not url.endswith(SUFFIXES):
        return None
    if url.startswith("file:"):
        return Path(unquote(urlsplit(url).path))
    return None if "://" in url else Path(url)


def _index(url: str) -> Path | None:
    directory = url.removeprefix(INDEX)
    return Path(directory) if directory != url and directory else None

"""Opens a source by its address. The arguments can be sent to a process, which opens its own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from search_service.sources.address import parse
from search_service.sources.base import OnRejected, Source, ignore_rejected
from search_service.sources.index.reader import IndexSource
from search_service.sources.lines.reader import LinesSource
from search_service.sources.lines.scan import SUFFIXES
from search_service.sources.moments import Moments
from search_service.sources.sql.connecting import Database
from search_service.sources.sql.reader import SqlSource

INDEX = "index:"
"""What the address of a data directory begins with."""


@dataclass(frozen=True, slots=True)
class LinesFile:
    """A file with a line for each document."""

    path: Path


@dataclass(frozen=True, slots=True)
class IndexDirectory:
    """The data directory of another index."""

    path: Path


@dataclass(frozen=True, slots=True)
class CatalogueDatabase:
    """The catalogue's database; whether that is one of a known kind, whoever opens it says."""

    url: str = field(repr=False)


Place = LinesFile | IndexDirectory | CatalogueDatabase
"""What an address of a source names."""


def place_of(url: str) -> Place:
    """What an address names, by how it is written."""
    if url.endswith(SUFFIXES):
        if url.startswith("file:"):
            return LinesFile(Path(unquote(urlsplit(url).path)))
        if "://" not in url:
            return LinesFile(Path(url))
    if url.startswith(INDEX) and url != INDEX:
        return IndexDirectory(Path(url.removeprefix(INDEX)))
    return CatalogueDatabase(url)


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
    place = place_of(url)
    match place:
        case LinesFile(path):
            return LinesSource(path, on_rejected)
        case IndexDirectory(path):
            return IndexSource(path)
        case CatalogueDatabase():
            return _open_database(url, Moments(zone), password_file, on_rejected)
        case _:
            assert_never(place)


def _open_database(
    url: str, moments: Moments, password_file: Path | None, on_rejected: OnRejected
) -> Source:
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
        place = place_of(self.url)
        match place:
            case LinesFile(path) | IndexDirectory(path):
                return str(path.absolute())
            case CatalogueDatabase(url):
                return _recorded(url)
            case _:
                assert_never(place)

    @property
    def is_database(self) -> bool:
        """Whether its dates need a zone."""
        return isinstance(place_of(self.url), CatalogueDatabase)

    def __call__(self, on_rejected: OnRejected = ignore_rejected) -> Source:
        """A new connection. Raises SourceFailed."""
        return open_source(
            self.url, self.zone, password_file=self.password_file, on_rejected=on_rejected
        )


def _recorded(url: str) -> str:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return ""  # whoever opens it says so
    plain = sa.URL.create(
        parsed.get_backend_name(), None, None, parsed.host, parsed.port, parsed.database
    )
    return plain.render_as_string()

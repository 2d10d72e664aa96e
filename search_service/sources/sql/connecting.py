"""Connections to a database, whose failures become SourceFailed errors with a sentence."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from search_service.errors import SourceFailed, SourceLost, SourceRefused, SourceUnreachable
from search_service.sources.address import scrubbed, shown
from search_service.sources.sql.drivers import OPEN_SECONDS, READ_SECONDS, options, prepare
from search_service.sources.sql.silence import ended_after, opened_within

# A file is open at once, and may be read by the thread alone that opened it.
_OPENED_IN_TIME = frozenset({"postgresql", "sqlite"})
EXTRAS = {"postgresql": "postgresql", "oracle": "oracle"}
# Of the codes of MariaDB and MySQL. 2003 is an unknown host too, which is told by its text.
REFUSED_CODES = frozenset({1044, 1045, 1049, 1130, 1142, 1143, 1227, 1698, 2005})
LOST_CODES = frozenset(
    {1040, 1053, 1203, 1205, 1213, 1226, 1317, 1927, 2002, 2003, 2006, 2013, 4031}
)
LOST_STATES = frozenset(
    {"57P01", "57P02", "57P03", "57014", "53300", "40001", "40P01"}
)  # of PostgreSQL
# Nobody answers. Who was there before may come back; at an address that is new it is a wrong one.
UNREACHABLE_CODES = frozenset({2002, 2003})
UNREACHABLE_WORDS = (
    "connection refused",
    "connection timeout",
    "timeout expired",
    "timed out",
    "network is unreachable",
    "no route to host",
    "no such file or directory",  # a socket of the file system
    "ORA-12541",
    "ORA-12170",
    "DPY-6005",
)
LOST_WORDS = (
    *UNREACHABLE_WORDS,
    "starting up",
    "shutting down",
    "too many",
    "closed the connection",
    "ORA-01033",
    "DPY-4024",  # no answer in time
)
UNKNOWN_HOST_WORDS = ("name or service not known", "name resolution", "could not translate host")


class Unreadable(Exception):
    """A row of a page cannot be read by the driver."""


class Database:
    """A connection that can be opened again. Each failure is a SourceFailed, or Unreadable."""

    def __init__(
        self,
        url: sa.URL,
        open_seconds: float = OPEN_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        """Open it. A server may take ``open_seconds`` for that, and ``read_seconds`` to answer."""
        self._url = url
        self._open_seconds = open_seconds
        self._read_seconds = read_seconds
        self.shown = shown(url)
        self._engine = self._made()
        with self.translating_errors("cannot be opened"):
            self.connection = self._engine.connect()
        dialect = self._engine.dialect
        version = dialect.server_version_info or (0,)
        self.packs = bool(getattr(dialect, "is_mariadb", False)) and version >= (10, 5)

    def rows(self, select: sa.Executable, **values: object) -> list[tuple[Any, ...]]:
        """All rows, as the driver gives them. Raises Unreadable when there is one it cannot."""
        with self.reading("cannot be read"):
            cursor = self.connection.execute(select, values).cursor
            assert cursor is not None  # noqa: S101
            # The driver's tuples: making SQLAlchemy's rows of them would cost as much again.
            return list(cursor.fetchall())

    def packed(self, select: sa.Select[Any], **values: object) -> list[list[Any]] | None:
        """The rows of a statement that gives their number and all of them as JSON.

        None when they were too many for one value: the server has cut it off.
        """
        ((count, text),) = self.rows(select, **values)
        try:
            found: list[list[Any]] = orjson.loads(f"[{text or ''}]")
        except orjson.JSONDecodeError:
            return None
        return found if len(found) == count else None

    def reconnect(self) -> None:
        """After Unreadable: what is left of the answer is in the way."""
        self.connection.invalidate()
        self.connection.close()
        with self.translating_errors("cannot be opened again"):
            self.connection = self._engine.connect()

    def close(self) -> None:
        """Gives the connection back; that it is lost by then does not matter."""
        with suppress(SourceFailed, Unreadable), self.translating_errors("could not be closed"):
            self.connection.close()
        self._engine.dispose()

    def _made(self) -> sa.Engine:
        backend = self._url.get_backend_name()
        try:
            engine = sa.create_engine(
                self._url,
                poolclass=sa.NullPool,
                # Each page is a statement of its own; a transaction over hours would hold the
                # server's old versions of rows.
                isolation_level="AUTOCOMMIT",
                **options(self._url, self._read_seconds),
            )
        except ImportError as error:
            extra = EXTRAS.get(backend)
            how = f"; install icat-search-service[{extra}]" if extra else ""
            raise SourceRefused(f"There is no driver for {backend} ({error.name}){how}") from None
        sa.event.listen(engine, "connect", self._prepare)
        if backend not in _OPENED_IN_TIME:
            sa.event.listen(engine, "do_connect", self._connect)
        return engine

    def _connect(
        self, dialect: sa.Dialect, _record: object, arguments: Any, named: Any
    ) -> DBAPIConnection:
        return opened_within(self._open_seconds, lambda: dialect.connect(*arguments, **named))

    def _prepare(self, connection: DBAPIConnection, _record: object) -> None:
        prepare(self._url, connection, self._read_seconds)

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """As ``translating_errors``; a server that does not answer in the block is lost."""
        with self.translating_errors(what), self._answered():
            yield

    def _answered(self) -> AbstractContextManager[None]:
        # The other drivers have a limit of their own.
        if self._url.get_backend_name() != "postgresql":
            return nullcontext()
        connection: Any = self.connection.connection.dbapi_connection
        return ended_after(self._read_seconds, connection.fileno())

    @contextmanager
    def translating_errors(self, what: str) -> Iterator[None]:
        """Raise a SourceFailed or Unreadable for an error of the driver; ``what`` failed."""
        try:
            yield
        except (sa.exc.DataError, UnicodeError, OverflowError) as error:
            raise Unreadable(self._said(error)) from None
        except (sa.exc.DBAPIError, self._engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise self._failure(error, what) from None
        except (sa.exc.SQLAlchemyError, RuntimeError, TypeError, ValueError) as error:
            # An option in the address that the driver does not know, a key that it cannot read.
            raise SourceRefused(f"{self.shown} {what}: {self._said(error)}") from None

    def _failure(self, error: Exception, what: str) -> Exception:
        cause = _cause(error)
        said = self._said(error)
        if isinstance(cause, self._engine.dialect.loaded_dbapi.DataError) or "decode" in said:
            return Unreadable(said)
        ended = isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
        may_pass = ended or self._may_pass(cause, said)
        if not may_pass:
            return SourceRefused(f"{self.shown} {what}: {said}")
        kind = SourceUnreachable if _nobody_answers(cause, said) else SourceLost
        return kind(f"{self.shown} {what}: {said}")

    def _may_pass(self, cause: BaseException, said: str) -> bool:
        lower = said.lower()
        code = cause.args[0] if cause.args else None
        if code in REFUSED_CODES or any(words in lower for words in UNKNOWN_HOST_WORDS):
            return False
        if code in LOST_CODES or getattr(cause, "sqlstate", None) in LOST_STATES:
            return True
        if any(words.lower() in lower for words in LOST_WORDS) or isinstance(cause, OSError):
            return True
        if not isinstance(cause, self._engine.dialect.loaded_dbapi.Error):
            return False
        return bool(self._engine.dialect.is_disconnect(cause, None, None))

    def _said(self, error: BaseException) -> str:
        cause = _cause(error)
        words = [str(one) for one in cause.args if isinstance(one, str)]
        return scrubbed(" ".join(words) or str(cause) or type(cause).__name__, self._url)


def _nobody_answers(cause: BaseException, said: str) -> bool:
    code = cause.args[0] if cause.args else None
    lower = said.lower()
    return code in UNREACHABLE_CODES or any(words.lower() in lower for words in UNREACHABLE_WORDS)


def _cause(error: BaseException) -> BaseException:
    return (error.orig or error) if isinstance(error, sa.exc.DBAPIError) else error

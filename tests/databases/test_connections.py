"""What goes wrong between a re-index and its database is told, and never with the password."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from search_service.errors import SourceLost, SourceRefused, SourceUnreachable
from search_service.reindex.retry import with_retries
from search_service.sources.address import parse
from search_service.sources.base import ignore_rejected
from search_service.sources.open import SourceAt, open_source
from search_service.sources.sql.connecting import Database
from tests.databases.conftest import Open
from tests.support import catalogues, databases
from tests.support.databases import Server
from tests.support.processes import descendants

pytestmark = pytest.mark.databases
SHORT = 0.5  # seconds: a statement takes less
PASSWORD = "d0-not-tell!"


def url_with(url: str, **changed: object) -> str:
    return sa.make_url(url).set(**changed).render_as_string(hide_password=False)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reader(mariadb_copy: str) -> str:
    """A user with a password, who may only read."""
    catalogues.change(
        mariadb_copy,
        f"CREATE USER reader IDENTIFIED BY '{PASSWORD}'",
        "GRANT SELECT ON *.* TO reader",
    )
    return url_with(mariadb_copy, username="reader")


def test_the_password_is_taken_from_the_address(reader: str, opened: Open) -> None:
    assert opened(url_with(reader, password=PASSWORD)).bounds("Datafile") is not None


def test_the_password_is_taken_from_a_file(reader: str, opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    assert opened(reader, password_file=file).bounds("Datafile") is not None


def test_the_password_is_taken_from_the_environment(
    reader: str, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICAT_SEARCH_SOURCE_PASSWORD", PASSWORD)
    assert opened(reader).bounds("Datafile") is not None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"password": f"not-{PASSWORD}"}, "Access denied", id="password"),
        pytest.param({"host": "no-such-host.invalid"}, "no-such-host.invalid", id="host"),
        pytest.param({"database": "nowhere", "password": PASSWORD}, "nowhere", id="database"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence(
    reader: str, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(SourceRefused, match=words) as raised:
        open_source(url_with(reader, **({"password": PASSWORD} | changed)))
    assert PASSWORD not in str(raised.value)
    assert "cannot be opened" in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"username": "nobody_here"}, "nobody_here", id="user"),
        pytest.param({"host": "no-such-host.invalid"}, "resol|not known", id="host"),
        pytest.param({"database": "nowhere"}, "nowhere", id="database"),
    ],
)
def test_a_wrong_address_of_postgresql_is_refused_in_a_sentence(
    postgresql_copy: str, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(SourceRefused, match=words) as raised:
        open_source(url_with(postgresql_copy, **({"password": PASSWORD} | changed)))
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("name", ["mariadb_copy", "postgresql_copy"])
def test_a_server_that_does_not_answer_is_waited_for_only_if_it_did_before(
    name: str, request: pytest.FixtureRequest
) -> None:
    url = url_with(request.getfixturevalue(name), port=databases.free_port())
    waited = [0.0, 0.0]
    with pytest.raises(SourceUnreachable, match=r"cannot be opened: .*refused"):
        with_retries(SourceAt(url), ignore_rejected, lambda source: None, [600.0])
    with pytest.raises(SourceUnreachable, match=r"cannot be opened: .*refused"):
        with_retries(SourceAt(url), ignore_rejected, lambda source: None, waited, reached=True)


def end_connections(url: str) -> None:
    """Ends all connections but the one that does it, and waits until they are gone."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    others, end = (
        (
            "SELECT ID FROM information_schema.PROCESSLIST"
            " WHERE ID <> CONNECTION_ID() AND DB = DATABASE()",
            "KILL {}",
        )
        if "mysql" in url
        else (
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()",
            "SELECT pg_terminate_backend({})",
        )
    )
    with engine.connect() as connection:
        for (number,) in connection.exec_driver_sql(others).all():
            connection.exec_driver_sql(end.format(number))
        limit = time.monotonic() + 20
        while connection.exec_driver_sql(others).all():
            assert time.monotonic() < limit


@pytest.mark.parametrize("name", ["mariadb_copy", "postgresql_copy"])
def test_a_connection_that_ends_is_lost_and_a_new_one_reads_on(
    name: str, request: pytest.FixtureRequest, opened: Open
) -> None:
    url = request.getfixturevalue(name)
    source = opened(url)
    assert source.bounds("Datafile") is not None
    end_connections(url)
    with pytest.raises(SourceLost, match="cannot be read"):
        list(source.read("Datafile", 1, 100))
    source.close()
    assert len(next(iter(opened(url).read("Datafile", 1, 100)))) == 99


@pytest.fixture
def short_lived(small: Path) -> Iterator[Server]:
    with databases.running(databases.mariadb) as server:
        catalogues.copy(small, server.url)
        yield server


def test_a_server_that_stops_while_it_is_read_is_lost(short_lived: Server, opened: Open) -> None:
    source = opened(short_lived.url)
    source.bounds("Datafile")
    short_lived.stop()
    with pytest.raises(SourceLost):
        list(source.read("Datafile", 1, 100))


def test_a_table_that_may_not_be_read_is_refused(mariadb_copy: str) -> None:
    name = sa.make_url(mariadb_copy).database
    catalogues.change(
        mariadb_copy,
        f"CREATE USER curious IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT ON {name}.SAMPLE TO curious",
    )
    with pytest.raises(Exception, match="there is no table") as raised:
        open_source(url_with(mariadb_copy, username="curious", password=PASSWORD))
    assert PASSWORD not in str(raised.value)


@contextmanager
def still(server: Server) -> Iterator[None]:
    """The server and all of its processes stand still until the end of the block."""
    pids = [server.process.pid, *descendants(server.process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("name", ["mariadb", "postgresql"])
def test_a_server_that_stands_still_is_lost_and_one_that_goes_on_is_read_on(
    name: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    url = parse(server.url)
    database = Database(url, read_seconds=SHORT)
    one = sa.text("SELECT 1")
    assert database.rows(one) == [(1,)]
    with still(server):
        with pytest.raises(SourceLost, match="cannot be read"):
            database.rows(one)
        database.close()
        # The system takes connections for it all the same.
        with pytest.raises(SourceUnreachable, match=r"cannot be opened: .*(timed out|timeout)"):
            Database(url, open_seconds=SHORT)
    database = Database(url)
    assert database.rows(one) == [(1,)]
    database.close()

"""Private servers of MariaDB and PostgreSQL: own directory, own port, nothing kept.

As root the servers run as the users that Debian's packages make. ``scripts/databases`` starts
and stops a pair by hand.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.programs import program

START_SECONDS = 60
LEFT_RUNNING = Path(tempfile.gettempdir()) / f"icat-search-databases-{os.getuid()}"


class NoServer(Exception):
    """A server that does not start, and why."""


class Server:
    """A running server. ``url`` names a database for its owner, who needs no password."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.url = url
        self.process = process
        self._log = log
        self._numbers = count(1)

    def ready(self) -> None:
        """Waits until it answers."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        end = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise NoServer(f"{self.process.args!r} ended:\n{self._log.read_text()[-2000:]}")
            try:
                engine.connect().close()
            except sa.exc.DBAPIError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return

    def new_database(self) -> str:
        """Makes an empty database and gives its address."""
        name = f"catalogue_{next(self._numbers)}"
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        """At once: what it holds is thrown away."""
        self.process.send_signal(signal.SIGKILL if "mysql" in self.url else signal.SIGQUIT)
        self.process.wait(START_SECONDS)


Start = Callable[[Path, bool], Server]  # the directory; whether it ends with this process


def mariadb(directory: Path, tied: bool) -> Server:
    """A server in a directory, new or as left, with the database ``icat``, the user ``root``."""
    server = program("mariadbd")
    user = _owner(directory, "mysql")
    data, log, port = directory / "data", directory / "log", free_port()
    common = ["--no-defaults", f"--datadir={data}"]
    install = program("mariadb-install-db")
    options = [f"--user={user}"] if user else []
    simple = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    if not data.exists():
        _run([install, *common, *options, *simple], "")
    first = directory / "first.sql"
    first.write_text("CREATE DATABASE IF NOT EXISTS icat;\n")
    first.chmod(0o644)
    arguments = [
        *(server, *common, f"--port={port}", "--bind-address=127.0.0.1"),
        *(f"--socket={directory / 's'}", f"--pid-file={directory / 'pid'}"),
        *(f"--init-file={first}", "--skip-name-resolve", "--skip-log-bin"),
        *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin"),
        *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"),
        *("--innodb-buffer-pool-size=512M", "--innodb-use-native-aio=0"),
    ]
    url = f"mysql+pymysql://root@127.0.0.1:{port}/icat"
    return Server(url, _started(arguments, user, log, tied), log)


def postgresql(directory: Path, tied: bool) -> Server:
    """A new server in a directory, with the database ``postgres`` and a user of that name."""
    server = program("postgres")
    user = _owner(directory, "postgres")
    data, log, port = directory / "data", directory / "log", free_port()
    initdb = [program("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    _run([*initdb, "--locale=C", "--no-sync"], user)
    settings = [f"port={port}", f"unix_socket_directories={directory}", "fsync=off"]
    arguments = [server, "-D", str(data), "-h", "127.0.0.1"]
    for setting in (*settings, "full_page_writes=off", "synchronous_commit=off"):
        arguments += ["-c", setting]
    url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    return Server(url, _started(arguments, user, log, tied), log)


KINDS: dict[str, Start] = {"mariadb": mariadb, "postgresql": postgresql}


@contextmanager
def running(start: Start) -> Iterator[Server]:
    """A server with a directory of its own, both gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="icat-search-"))
    try:
        server = start(directory, True)
        try:
            server.ready()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """One for all tests; each test makes databases of its own."""
    with running(mariadb) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One for all tests; each test makes databases of its own."""
    with running(postgresql) as server:
        yield server


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _owner(directory: Path, user: str) -> str:
    """Gives the directory to a user who may run the server; "" when that is the caller."""
    if os.getuid() != 0:
        return ""
    entry = pwd.getpwnam(user)
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    return user


def _started(arguments: list[str], user: str, log: Path, tied: bool) -> subprocess.Popen[bytes]:
    before = _as_user(user)
    if tied and shutil.which("setpriv"):
        # A test run that is killed takes its servers with it.
        before = [*(before or ["setpriv"]), "--pdeathsig", "KILL"]
    with log.open("wb") as out:
        return subprocess.Popen([*before, *arguments], stdout=out, stderr=out, cwd="/")


def _as_user(user: str) -> list[str]:
    return ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []


def _run(arguments: list[str], user: str) -> None:
    done = subprocess.run(
        [*_as_user(user), *arguments], capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise NoServer(f"{arguments[0]} failed: {done.stdout[-1000:]} {done.stderr[-1000:]}")


def main() -> None:
    """``start`` prints the addresses and leaves the servers running, ``stop`` ends them."""
    match sys.argv[1:]:
        case ["start"]:
            _leave_running()
        case ["stop"]:
            _stop_those_left()
        case _:
            sys.exit("usage: scripts/databases start|stop")


def _leave_running() -> None:
    LEFT_RUNNING.mkdir(mode=0o711)
    for name, start in KINDS.items():
        directory = LEFT_RUNNING / name
        directory.mkdir()
        server = start(directory, False)
        (directory / "process").write_text(str(server.process.pid))
        server.ready()
        print(server.url)


def _stop_those_left() -> None:
    for file in LEFT_RUNNING.glob("*/process"):
        process = int(file.read_text())
        os.kill(process, signal.SIGQUIT if file.parent.name == "postgresql" else signal.SIGTERM)
        end = time.monotonic() + START_SECONDS
        while Path(f"/proc/{process}").exists() and time.monotonic() < end:
            time.sleep(0.05)
    if LEFT_RUNNING.exists():
        shutil.rmtree(LEFT_RUNNING)


if __name__ == "__main__":
    main()

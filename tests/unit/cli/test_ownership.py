"""Who may write into a data directory: the user of its service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from search_service.cli.ownership import refuse_other_user
from search_service.client import connection
from search_service.errors import AnotherOwner
from tests.support.processes import started
from tests.support.public_directory import public_directory

SOMEBODY = 54321
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")

LISTEN = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
os.setuid(int(sys.argv[2]))
listening.listen()
print("listening", flush=True)
sys.stdin.read()
"""


@contextmanager
def service_of(user: int, root: Path) -> Iterator[None]:
    """As far as it can be seen from the directory: who listens at the socket."""
    command = [sys.executable, "-c", LISTEN, str(root / connection.SOCKET), str(user)]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


def test_the_service_that_runs_decides_whoever_owns_the_files(tmp_path: Path) -> None:
    (tmp_path / "current").touch()
    with service_of(SOMEBODY, tmp_path):
        assert connection.owner(tmp_path) == SOMEBODY
        with pytest.raises(AnotherOwner, match=f"sudo -u #{SOMEBODY} icat-search rollback"):
            refuse_other_user(tmp_path, "rollback")
    refuse_other_user(tmp_path, "rollback")


def test_without_a_service_the_index_decides(tmp_path: Path) -> None:
    refuse_other_user(tmp_path, "reindex")
    (tmp_path / "current").touch()
    os.chown(tmp_path / "current", SOMEBODY, SOMEBODY)
    with pytest.raises(AnotherOwner, match="is used by a service of #54321"):
        refuse_other_user(tmp_path, "reindex")


def test_root_serves_in_an_empty_directory_of_whom_it_likes_and_makes_no_index_there(
    tmp_path: Path,
) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    refuse_other_user(tmp_path, "serve", serves=True)
    with pytest.raises(AnotherOwner):
        refuse_other_user(tmp_path, "reindex")


def test_who_may_not_write_is_told_who_may() -> None:
    with public_directory() as public:
        place = public / "data"
        place.mkdir(0o700)
        told = "sudo -u root icat-search sync"
        with acting_as(SOMEBODY), pytest.raises(AnotherOwner, match=told):
            refuse_other_user(place, "sync")


def test_a_directory_that_there_is_not_is_nobodys(tmp_path: Path) -> None:
    refuse_other_user(tmp_path / "none", "reindex")

"""Slices of one entity whose reader is killed while it makes them, and over many commits."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.slices.own_directory import NAME
from search_service.query.tree import Everything
from tests.support.embedded_service import EmbeddedService
from tests.support.service import create, delete
from tests.support.shards import linked

SHARDS = 7

READER = """
import os, pickle, signal, sys
from pathlib import Path
from search_service.query.tree import Everything
from tests.support.shards import linked

call, number = sys.argv[2:]
left = int(number)
carried_out = getattr(os, call)

def killed_there(*args, **options):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return carried_out(*args, **options)

setattr(os, call, killed_there)
reader = linked(pickle.load(sys.stdin.buffer), Path(sys.argv[1]), 2)
print(reader.count("Dataset"), flush=True)
sys.stdin.buffer.read()
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmbeddedService]:
    service = EmbeddedService(tmp_path / "data")
    service.changes.modify([create("Dataset", n, {"id": n}) for n in range(2 * SHARDS)])
    service.changes.commit()
    yield service
    service.end()


def ids(reader: EmbeddedReader) -> set[int]:
    return {id_ for id_, _ in reader.documents("Dataset", Everything(), None, 1_000)}


def killed(service: EmbeddedService, call: str, number: int) -> bool:
    """Let a reader be killed at this call of the system; whether it came so far."""
    done = subprocess.run(
        [sys.executable, "-c", READER, str(service.root), call, str(number)],
        input=pickle.dumps(service.writer.view),
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[5],
    )
    if done.returncode == 0:
        assert done.stdout.split() == [b"%d" % (2 * SHARDS)]
    return done.returncode == -signal.SIGKILL


def there(service: EmbeddedService) -> set[str]:
    return {path.name for path in (service.root / NAME).glob("*")}


# The directory of all readers, that of the reader, and one for each slice; six links for a shard.
@pytest.mark.parametrize(
    ("call", "number"),
    [("mkdir", 2), ("mkdir", 3), ("mkdir", 4), ("link", 1), ("link", 8), ("link", 6 * SHARDS)],
)
def test_a_reader_that_is_killed_amid_making_slices_leaves_nothing_for_long(
    service: EmbeddedService, call: str, number: int
) -> None:
    before = there(service)
    assert killed(service, call, number)
    assert there(service) > before
    reader = linked(service.writer.view, service.root, 2)
    assert ids(reader) == {*range(2 * SHARDS)}
    reader.close()
    service.writer.tend()
    assert there(service) == before
    service.changes.modify([create("Dataset", 100, {"id": 100})])
    service.changes.commit()
    assert set(service.found("Dataset")) == {*range(2 * SHARDS), 100}


def test_a_reader_that_is_not_killed_leaves_nothing(service: EmbeddedService) -> None:
    before = there(service)
    assert not killed(service, "link", 1_000)
    assert there(service) == before


def test_what_killed_readers_left_is_removed_when_the_service_starts(
    service: EmbeddedService,
) -> None:
    assert killed(service, "link", 10)
    left = there(service)
    service.crash()
    assert not there(service) & left
    assert set(service.found("Dataset")) == {*range(2 * SHARDS)}


def test_readers_follow_many_commits_and_the_merges_that_come_of_them(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "data", width=50)
    wanted: set[int] = set()
    for turn in range(40):
        added = {turn, 50 + turn, 100 + turn // 2}
        gone = {id_ for id_ in wanted if id_ % 7 == turn % 7} - added
        changes = [create("Dataset", id_, {"id": id_, "name": f"turn {turn}"}) for id_ in added]
        service.changes.modify(changes + [delete("Dataset", id_) for id_ in gone])
        service.changes.commit()
        wanted = (wanted | added) - gone
        assert set(service.found("Dataset")) == wanted, f"turn {turn}"
    service.end()

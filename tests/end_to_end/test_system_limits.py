"""Real limits of the system: of a service that starts, and of a process that opens an index."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from search_service.system_limits import of_this_process
from tests.support.calling import Caller, create
from tests.support.damage import shards
from tests.support.faults.members import WORKER, members
from tests.support.processes import wait_for
from tests.support.serving import serving

pytestmark = pytest.mark.slow

UNDER = """
import resource, runpy
resource.setrlimit(resource.{name}, ({value}, {value}))
runpy.run_module("search_service", run_name="__main__", alter_sys=True)
"""
OPENED = """
import mmap, resource, sys
from pathlib import Path
from search_service.catalogue.lookup import entity
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.embedded.storage.damage import damages_of
from search_service.errors import EngineFailed, StorageFailed

def maps():
    kept = []
    try:
        while True:
            kept.append(mmap.mmap(-1, 4096))
    except OSError:
        return kept

def space():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    size = 1024 * int(status["VmSize"].split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (size, size))

def files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))

path, which = sys.argv[1:]
kept = {"maps": maps, "space": space, "files": files}[which]()
try:
    Slice(path, entity("Datafile"))
except EngineFailed as error:
    message = error.message
try:
    damaged = [damage.sentence for damage in damages_of(Path(path))]
except StorageFailed as error:
    damaged = []
kept = None
print(message, damaged)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("limits") / "data"
    with serving(directory, {"workers": 1}) as service:
        caller = Caller(service.url)
        caller.modify(create("Datafile", 1, "scan.nxs"))
        caller.done("commit")
        assert caller.status()["limits"] == []
        assert service.stop() == 0
        assert not [line for line in service.log if "limit" in line]
    return directory


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("RLIMIT_NOFILE", 400, "RLIMIT_NOFILE allows 400 open files", id="files"),
        pytest.param("RLIMIT_AS", 3 << 30, "RLIMIT_AS allows 3,221,225,472 bytes", id="space"),
    ],
)
def test_a_limit_that_is_too_low_is_told_at_the_start_and_in_the_status(
    data: Path, name: str, value: int, said: str
) -> None:
    program = ("-c", UNDER.format(name=name, value=value))
    with serving(data, {"workers": 1}, program=program) as service:
        wait_for(lambda: any(said in line for line in service.log), "the warning")
        caller = Caller(service.url)
        (sentence,) = caller.status()["limits"]
        assert sentence.startswith(said)
        assert "in the unit of the service" in sentence
        assert caller.names("Datafile") == {1: "scan.nxs"}
        assert service.stop() == 0


def test_as_many_files_may_be_open_as_the_system_allows(data: Path) -> None:
    with serving(data, {"workers": 1}, through=("prlimit", "--nofile=256:512")) as service:
        pids = [service.process.pid, *members(service.process.pid, WORKER)]
        assert [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in pids] == [(512, 512)] * 2
        assert service.stop() == 0


@pytest.mark.parametrize(
    ("which", "named"),
    [("files", "RLIMIT_NOFILE"), ("space", "RLIMIT_AS"), ("maps", "vm.max_map_count")],
)
def test_an_index_that_cannot_be_opened_for_a_limit_is_not_damaged(
    data: Path, which: str, named: str
) -> None:
    if which == "maps" and (of_this_process().maps or 1 << 40) > 1_000_000:
        pytest.skip("there may be more maps than a test can make")
    shard = next(shards(data, "Datafile"))
    done = subprocess.run(
        [sys.executable, "-c", OPENED, str(shard), which],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert f"as a limit of the system is too low: {named}" in done.stdout
    assert done.stdout.endswith(" []\n")

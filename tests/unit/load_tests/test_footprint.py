import mmap
import os
import signal
import subprocess
from pathlib import Path

from load_tests.footprint import below, footprint, footprints
from tests.support.processes import started

SOME = 50_000_000


def test_memory_that_is_a_process_own_is_told_from_pages_of_files(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(SOME))
    before = footprint(os.getpid())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert mapped.find(b"x") == -1  # every page
        after = footprint(os.getpid())
    assert after.resident - before.resident >= 0.9 * SOME
    assert after.own - before.own < SOME / 2
    assert after.address_space > before.address_space
    assert after.maps > before.maps


def test_open_files_are_counted(tmp_path: Path) -> None:
    before = footprint(os.getpid()).files
    with (tmp_path / "file").open("w"):
        assert footprint(os.getpid()).files == before + 1


def test_a_process_comes_before_those_below_it() -> None:
    # Not of the tests' own process: what others started of it comes and goes.
    command = ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]
    with started(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert below(parent.pid) == [parent.pid, child]
        assert len(footprints(parent.pid)) == 2
        os.kill(child, signal.SIGKILL)
    assert footprints(parent.pid) == []

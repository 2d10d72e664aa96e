import mmap
import os
import subprocess
import sys
from pathlib import Path

from load_tests.footprint import below, footprint, footprints

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
    waiting = "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        pids = below(os.getpid())
        found = footprints(os.getpid())
        child.communicate(b"\n")
    assert pids[0] == os.getpid()
    assert child.pid in pids
    assert len(found) == len(pids)
    assert footprints(child.pid) == []

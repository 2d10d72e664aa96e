"""How much memory a process may take, in processes that take it."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from search_service import memory

MEGABYTE = 1 << 20
LIMIT = 400 * MEGABYTE
IN_GLIBC = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="others give back by themselves"
)

TAKES = f"""
import resource
from search_service.memory import MemoryLimit
limit = MemoryLimit({LIMIT})
limit.begin()
try:
    bytearray({2 * LIMIT})
except MemoryError:
    print("refused")
before = [limit.is_outgrown() for _ in range(30)]
taken = bytearray({LIMIT // 2})
print(any(before), limit.is_outgrown(), resource.getrlimit(resource.RLIMIT_CORE))
"""

# The last piece stays in use, so that the C library gives nothing back by itself.
FREES = """
from search_service import memory
pieces = [bytearray(1_000) for _ in range(100_000)]
del pieces[:-1]
before = memory.resident()
memory.give_back()
print(before - memory.resident())
"""

# Each arena beside the first begins at a multiple of 64 MB.
ARENAS = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from search_service import memory
{call}
together = Barrier(8)
def take():
    taken = [bytearray(1_000) for _ in range(100)]
    together.wait()
    return taken
with ThreadPoolExecutor(8) as threads:
    taken = [each.result() for each in [threads.submit(take) for _ in range(8)]]
starts = [int(line.split("-")[0], 16) for line in Path("/proc/self/maps").open() if "/" not in line]
print(sum(start % (64 << 20) == 0 for start in starts))
"""


def test_a_process_takes_no_more_than_its_limit_and_tells_when_it_has_half() -> None:
    done = subprocess.run([sys.executable, "-c", TAKES], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["refused", "False True (0, 0)"]


def test_a_process_without_a_limit_never_outgrows_it() -> None:
    limit = memory.MemoryLimit(0)
    limit.begin()
    assert not any(limit.is_outgrown() for _ in range(100))


def test_the_memory_of_all_is_what_a_control_group_allows(tmp_path: Path) -> None:
    whole = memory.of_machine(tmp_path)
    for written, expected in (("max", whole), (f"{64 * MEGABYTE}", 64 * MEGABYTE)):
        (tmp_path / "memory.max").write_text(written + "\n")
        assert memory.of_machine(tmp_path) == expected


@IN_GLIBC
def test_threads_share_two_arenas() -> None:
    def arenas(call: str) -> int:
        command = [sys.executable, "-c", ARENAS.format(call=call)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert arenas("") > 4
    assert arenas("memory.share_arenas()") <= 2


@IN_GLIBC
def test_what_was_freed_between_pieces_in_use_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREES], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 80 * MEGABYTE


def test_what_a_process_has_in_memory_grows_by_what_it_takes() -> None:
    before = memory.resident()
    taken = bytearray(b"x" * 50 * MEGABYTE)
    assert 40 * MEGABYTE < memory.resident() - before < 60 * MEGABYTE
    del taken


@pytest.mark.parametrize("processes", [1, 2, 64, 100_000])
def test_without_a_setting_each_process_has_from_one_to_four_gigabytes(processes: int) -> None:
    assert 1_000 <= memory.of_each(processes) <= 4_000


def test_more_than_there_is_is_named() -> None:
    assert memory.too_little(1, 1) is None
    sentence = memory.too_little(100_000, 4_000)
    assert sentence is not None
    assert "400,000,000 MB together" in sentence

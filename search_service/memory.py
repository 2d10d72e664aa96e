"""How much memory a process of the service may take for itself: a limit, and a mark below it.

The limit is the kernel's ``RLIMIT_DATA``: it counts what a process writes to, and not the files of
an index, which are mapped to be read and may be larger than the machine. Where it is reached
Python raises MemoryError and the engine ends its process, at once and before the memory is taken;
a watch from outside would come too late for one request that asks for 30 GB. Not here: who is
limited, and what becomes of a request that needed more, see ``workers.crew``; when freed memory is
given back to the system, see ``runtime.freed_memory``.
"""

import ctypes
import os
import resource
from dataclasses import dataclass, field
from pathlib import Path

_MEGABYTE = 1 << 20
_PAGE = resource.getpagesize()
_RESIDENT, _OF_FILES = 1, 2  # places in `statm`, in pages
_DATA = 5  # likewise, of those that RLIMIT_DATA counts
_LEAST, _MOST = 1_000, 4_000  # MB of a process, unless a setting says otherwise
_UNLIMITED = 1 << 60  # beyond this a control group has no limit
# A process that is larger from its first request on is not better anew.
_ANSWERS = 20
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's `malloc.h`
_ARENAS = 2


@dataclass(slots=True)
class MemoryLimit:
    """The memory of this process, from ``begin`` on. ``limit``: bytes; 0: as much as it wants."""

    limit: int
    answers: int = 0
    _statm: int | None = field(default=None, repr=False)

    def begin(self) -> None:
        """Limit this process."""
        if not self.limit:
            return
        limit_this_process(self.limit)
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def is_outgrown(self) -> bool:
        """Whether half of it is taken, to be asked after each answer: then a new process is better.

        What was freed in pieces stays with a process, and so does what its libraries remember.
        """
        if self._statm is None:
            return False
        self.answers += 1
        return self.answers >= _ANSWERS and _taken(self._statm) > self.limit // 2


def limit_this_process(limit: int) -> None:
    """Let this process have so many bytes of its own, and leave no image of them on the disk."""
    _lower(resource.RLIMIT_DATA, limit)
    _lower(resource.RLIMIT_CORE, 0)  # it would be written at each request that needs too much


def of_each(processes: int) -> int:
    """MB that each of so many processes may have when no setting says: half of the memory of all.

    At least 1,000 and at most 4,000: of a billion datafiles a worker has 1,100 of its own.
    """
    share = of_machine() // 2 // processes // _MEGABYTE
    return max(_LEAST, min(share, _MOST))


def too_little(processes: int, megabytes: int) -> str | None:
    """A sentence, where so many processes may take more memory together than there is."""
    there_is = of_machine() // _MEGABYTE
    if processes * megabytes <= there_is:
        return None
    return (
        f"{processes} search processes may take {megabytes:,} MB each and {processes * megabytes:,}"
        f" MB together, and there are {there_is:,}; set workers or worker_memory lower, or add "
        "memory"
    )


def of_machine(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that all processes here may have: of the machine, or of the control group."""
    found = resource.getpagesize() * os.sysconf("SC_PHYS_PAGES")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            allowed = int((groups / name).read_text())
        except (OSError, ValueError):  # no such file, or "max"
            continue
        if allowed < _UNLIMITED:
            found = min(found, allowed)
    return found


def resident(pid: int | str = "self") -> int:
    """Bytes in memory that are a process's own and no file's; 0 where that is not told."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:  # no Linux
        return 0
    return (int(pages[_RESIDENT]) - int(pages[_OF_FILES])) * _PAGE


def share_arenas() -> None:
    """Let all threads of this process take memory from the same few arenas of the C library.

    To be called before there are threads: by itself it has eight arenas for each processor, and
    what one thread freed is of no use to those of another arena.
    """
    _of_c_library("mallopt", _ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give memory that was freed back to the system. Other threads run meanwhile."""
    _of_c_library("malloc_trim", 0)


def _of_c_library(function: str, *arguments: int) -> None:
    """Call a function of glibc; nothing is done where another library has none: musl, macOS."""
    try:
        found = getattr(ctypes.CDLL(None), function)
    except (OSError, AttributeError):
        return
    found(*map(ctypes.c_long, arguments))  # int or size_t: small numbers, so both are right


def _taken(statm: int) -> int:
    return int(os.pread(statm, 200, 0).split()[_DATA]) * _PAGE


def _lower(which: int, limit: int) -> None:
    _, hard = resource.getrlimit(which)
    lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (lowest, lowest))
